"""Score against parameters for any task, task type or benchmark: points, curve, envelope, knee and shares of the best.

The explorer's chart. Several scopes are several panels of one chart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor.core.units import format_count
from advisor.figures import words
from advisor.figures.benchmarks import MTEB_ENGLISH
from advisor.figures.chart import Chart
from advisor.figures.size_points import POINTS, Points, size_points
from advisor.figures.size_returns import (
    CAPS,
    envelope,
    knee_of,
    points,
    returns,
    returns_words,
    shares,
    whole_words,
)
from advisor.figures.size_scopes import MIXED, Scope, find_scope
from advisor.stats.size_curve import SizeCurve, size_curve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.figures.chart import Wanted
    from advisor.tables.snapshot import Snapshot

DEFAULT: Final = (MTEB_ENGLISH,)
"""What is shown where nothing is named."""
LONGEST: Final = 120
"""Letters of several subjects' names that a title holds."""

FRAME: Final = pl.Schema(
    [
        ("scope", pl.String()), *POINTS.items(),
        ("measured", pl.Boolean()), ("on_envelope", pl.Boolean()), ("is_knee", pl.Boolean()),
    ]
)  # fmt: skip
"""One model of one scope a row. measured: no score was filled in. on_envelope: nothing smaller reaches it."""
CURVE: Final = pl.Schema(
    {"scope": pl.String, "n_parameters": pl.Float64, "value": pl.Float64, "lo": pl.Float64, "hi": pl.Float64}
)  # fmt: skip
"""lo and hi: 90 % band of the curve, not of a model; null where makers are too few."""
ENVELOPE: Final = pl.Schema(
    {"scope": pl.String, "n_parameters": pl.Int64, "value": pl.Float64, "model_id": pl.String}
)
SLOPES: Final = pl.Schema(
    {
        "scope": pl.String, "n_models": pl.Int64, "n_makers": pl.Int64, "slope": pl.Float64, "slope_lo": pl.Float64,
        "slope_hi": pl.Float64, "r2": pl.Float64, "edge": pl.Float64, "below": pl.Float64, "below_lo": pl.Float64,
        "below_hi": pl.Float64, "above": pl.Float64, "above_lo": pl.Float64, "above_hi": pl.Float64,
        "change": pl.Float64, "change_lo": pl.Float64, "change_hi": pl.Float64, "new_model": pl.Float64,
        "returns": pl.String,
    }
)  # fmt: skip
"""One scope a row; slopes are fractions of the scale per tenfold parameters."""


@dataclass(frozen=True, kw_only=True)
class Studied:
    """One scope with its points and what was fitted to them."""

    scope: Scope
    points: Points
    curve: SizeCurve | None
    frontier: pl.DataFrame
    knee: str | None


def study(name: str, snapshot: Snapshot, wanted: Wanted) -> Studied:
    """Everything that is drawn and told of one scope. Raises: UnknownName."""
    scope = find_scope(name, snapshot)
    found = size_points(scope, snapshot, as_of=wanted.as_of)
    sized = found.sized
    frontier = envelope(sized)
    curve = size_curve(
        sized["n_parameters"].to_numpy(),
        sized["value"].to_numpy(),
        sized["maker"].to_list(),
        edge=scope.edge,
    )
    return Studied(
        scope=scope, points=found, curve=curve, frontier=frontier, knee=knee_of(frontier)
    )


def build(wanted: Wanted, snapshot: Snapshot) -> Chart:
    """Score against size for each of `wanted.tasks`: task, task type, family or benchmark; MTEB(eng, v2) where none is named.

    Raises: UnknownName: nothing measured is called so.
    """
    names = wanted.tasks or DEFAULT
    if not wanted.tasks and wanted.answer is not None and wanted.answer.profile.task_id:
        names = (wanted.answer.profile.task_id,)
    return chart_of([study(name, snapshot, wanted) for name in names], snapshot, wanted)


def chart_of(studies: list[Studied], snapshot: Snapshot, wanted: Wanted) -> Chart:
    """The chart of some scopes, one panel each."""
    first = studies[0]
    one = len(studies) == 1
    subject = ", ".join(s.scope.name for s in studies)
    return Chart(
        name="size-curves",
        title=f"Score against size: {subject}"
        if len(subject) < LONGEST
        else f"Score against size: {len(studies)} subjects",
        reading=" ".join(_reading(s, alone=one) for s in studies),
        frame=pl.concat([points_of(s) for s in studies]),
        parts=parts_of(studies),
        notes=notes_of(studies),
        better="up; of two equally high, to the left",
        pool=_pool(studies),
        snapshot_id=snapshot.id,
        as_of=wanted.as_of,
        facts=_facts(first) if one else {"metric": "main score", "n_scopes": len(studies)},
    )


def points_of(studied: Studied) -> pl.DataFrame:
    """FRAME rows of one scope."""
    on = studied.frontier["model_id"].implode()
    rows = studied.points.sized.with_columns(
        scope=pl.lit(studied.scope.name),
        measured=pl.col("n_measured") == pl.col("n_tasks"),
        on_envelope=pl.col("model_id").is_in(on),
        is_knee=pl.col("model_id") == pl.lit(studied.knee, dtype=pl.String),
    ).with_columns(pl.col("is_knee").fill_null(value=False))
    return rows.select(pl.col(name).cast(dtype) for name, dtype in FRAME.items())


def parts_of(studies: list[Studied]) -> dict[str, pl.DataFrame]:
    """Curve, envelope, slopes and shares of all scopes."""
    return {
        "curve": pl.concat([_curve(s) for s in studies]),
        "envelope": pl.concat([_envelope(s) for s in studies]),
        "slopes": pl.DataFrame([_slopes(s) for s in studies], schema=SLOPES),
        "shares": pl.concat(
            [
                shares(s.points, CAPS[s.scope.pool]).select(
                    pl.lit(s.scope.name).alias("scope"), pl.all()
                )
                for s in studies
            ]
        ),
    }


def _curve(studied: Studied) -> pl.DataFrame:
    curve = studied.curve
    if curve is None:
        return CURVE.to_frame()
    return pl.DataFrame(
        {
            "scope": studied.scope.name,
            "n_parameters": curve.sizes,
            "value": curve.value,
            "lo": pl.Series(curve.lo, dtype=pl.Float64) if curve.lo is not None else None,
            "hi": pl.Series(curve.hi, dtype=pl.Float64) if curve.hi is not None else None,
        },
        schema_overrides=CURVE,
    ).select(CURVE.names())


def _envelope(studied: Studied) -> pl.DataFrame:
    rows = studied.frontier.with_columns(scope=pl.lit(studied.scope.name))
    return rows.select(pl.col(name).cast(dtype) for name, dtype in ENVELOPE.items())


def _slopes(studied: Studied) -> dict[str, Any]:
    curve = studied.curve
    row: dict[str, Any] = dict.fromkeys(SLOPES) | {"scope": studied.scope.name}
    row["n_models"] = studied.points.sized.height
    if curve is None:
        return row
    row |= {
        "n_makers": curve.n_groups,
        "r2": curve.r2,
        "edge": curve.edge,
        "new_model": curve.new_model,
        "returns": returns(curve),
    }
    named = (("slope", curve.slope), ("below", curve.below), ("above", curve.above))
    for name, slope in (*named, ("change", curve.change)):
        if slope is not None:
            row |= {name: slope.value, f"{name}_lo": slope.lo, f"{name}_hi": slope.hi}
    return row


def _facts(studied: Studied) -> Mapping[str, float | int | str | None]:
    sized = studied.points.sized
    knee = sized.filter(pl.col("model_id") == pl.lit(studied.knee, dtype=pl.String))
    found: dict[str, float | int | str | None] = {
        name: value for name, value in _slopes(studied).items() if name != "scope"
    }
    found["metric"] = words.metric(studied.scope.metric)
    found["knee_model"] = studied.knee
    found["knee_parameters"] = None if knee.is_empty() else knee["n_parameters"][0]
    for row in shares(studied.points, CAPS[studied.scope.pool]).iter_rows(named=True):
        size = format_count(row["cap"])
        found[f"share_{size}"] = row["share"]
        found[f"share_per_task_{size}"] = row["share_per_task"]
    return found


def _reading(studied: Studied, *, alone: bool) -> str:
    name = studied.scope.name
    if studied.points.sized.is_empty():
        return f"{name}: no competing model of known size was measured on all of its tasks."
    curve = studied.curve
    if curve is None:
        n = studied.points.sized.height
        few = f"{n} model{'' if n == 1 else 's'} of known size"
        return f"{name}: {few}, too few for a curve."
    start = "" if alone else f"{name}: "
    told = returns_words(curve)
    if not alone:
        return f"{start}{told}"
    return f"{told} {whole_words(curve)} {_knee_words(studied)}".strip()


def _knee_words(studied: Studied) -> str:
    knee = studied.frontier.filter(pl.col("model_id") == pl.lit(studied.knee, dtype=pl.String))
    if knee.is_empty():
        return ""
    row, top = knee.row(0, named=True), studied.frontier["value"][-1]
    size = format_count(row["n_parameters"])
    return f"The knee is at {size} ({row['model_id']}): nothing larger is more than {points(max(top - row['value'], 0.0))} points better."


def notes_of(studies: list[Studied]) -> tuple[str, ...]:
    """Caveats: how tasks and models were chosen, what bands and knee mean, what is missing."""
    alone = len(studies) == 1
    lines = []
    for s in studies:
        mixed = "; their mean mixes scales" if s.scope.metric == MIXED else ""
        chosen = f"{s.scope.rule}, {words.metric(s.scope.metric)}{mixed}"
        lines += (
            [chosen, s.points.told] if alone else [f"{s.scope.name}: {chosen}; {s.points.told}"]
        )
    lines += left_out(studies)
    filled = [s.points.fill_error for s in studies if s.points.fill_error is not None]
    if filled:
        lines.append(
            "open points: a missing score is filled in from the model's and the task's other scores, off by "
            f"{_from_to(filled)} points on hidden ones (root mean square)"
        )
    if alone:
        lines += _share_notes(studies[0])
    return (*lines, *band_notes(studies), *_knee_notes(studies))


def left_out(studies: list[Studied]) -> list[str]:
    """Who does not compete, and how many scores are doubted, over all scopes."""
    lines = list(dict.fromkeys(line for s in studies for line in s.points.out))
    doubted = sum(s.points.n_doubted for s in studies)
    if doubted:
        lines.append(f"{doubted:,} doubted scores (unexpected, or of a broken run) are left out")
    return lines


def band_notes(studies: list[Studied]) -> list[str]:
    """What the band is, and how far models lie from the curve."""
    wide = [s.curve.new_model for s in studies if s.curve and s.curve.new_model is not None]
    if not wide:
        return []
    return [
        "band: 90 % of the curve itself, makers resampled, not of a model; nine of ten models of a maker that the curve "
        f"has not seen lie within {_from_to(wide)} points of it"
    ]


def _knee_notes(studies: list[Studied]) -> list[str]:
    edges = dict.fromkeys(s.curve.edge for s in studies if s.curve and s.curve.edge)
    dotted = ", ".join(format_count(edge) for edge in edges)
    return [
        "knee: the smallest model on the stairs that nothing larger beats by more than 5 points; the stairs are the best of "
        "many, so a size that many tried stands higher, and a model measured again moves by about a point"
        + (f"; dotted line: {dotted}, which parts the slopes" if dotted else "")
    ]


def _from_to(fractions: list[float]) -> str:
    """Like "7.8 to 22.0", in points."""
    return " to ".join(dict.fromkeys(points(end) for end in (min(fractions), max(fractions))))


def _share_notes(studied: Studied) -> list[str]:
    rows = shares(studied.points, CAPS[studied.scope.pool])
    if rows.is_empty():
        return []
    top = studied.points.models.sort(["value", "model_id"], descending=[True, False]).row(
        0, named=True
    )
    one = ", ".join(
        f"{100 * r['share']:.0f} % at {format_count(r['cap'])}"
        for r in rows.iter_rows(named=True)
        if r["share"] is not None
    )
    lines = [
        f"share of the best ({top['model_id']}) that one model under a size cap reaches: {one}"
    ]
    if len(studied.scope.tasks) > 1 and rows["share_per_task"].null_count() < rows.height:
        each = ", ".join(
            f"{100 * r['share_per_task']:.0f} % at {format_count(r['cap'])}"
            for r in rows.iter_rows(named=True)
            if r["share_per_task"] is not None
        )
        lines.append(f"the same with the best model for each task, mean over the tasks: {each}")
    return lines


def _pool(studies: list[Studied]) -> str:
    described = {
        "embedding": "text embedding models measured by MTEB",
        "language-model": "language models, leaderboard merges left out",
        "tabular": "methods measured on tables",
    }
    n = pl.concat([s.points.sized.select("model_id") for s in studies])["model_id"].n_unique()
    pools = dict.fromkeys(described[s.scope.pool] for s in studies)
    return f"{n:,} {'; '.join(pools)}"
