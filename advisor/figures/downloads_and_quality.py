"""Downloads against measured quality: popular models that another one beats at no cost, and good ones hardly anybody uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor.core.errors import MissingData
from advisor.figures.answers import shown
from advisor.figures.chart import Chart
from advisor.figures.popularity import LISTING, counted, listings
from advisor.figures.quality import (
    COMMON_LEAST,
    LEVEL,
    SETS,
    SHARE_LEAST,
    Better,
    better_than,
    comparable_models,
    quality,
    rivals,
)
from advisor.recommend.candidates import pool_of

if TYPE_CHECKING:
    from datetime import date

    import numpy as np
    from numpy.typing import NDArray

    from advisor.core.recommendation import Recommendation
    from advisor.figures.answers import Shown
    from advisor.figures.chart import Wanted
    from advisor.figures.quality import Quality
    from advisor.tables.snapshot import Snapshot

GEM: Final = "hidden gem"
DOMINATED: Final = "popular, dominated"
RARE: Final = "dominated"
TIMES: Final = 10
"""How many times as downloaded a model must be for one that beats it to be a hidden gem."""
THE_ANSWER: Final = "the question"

FRAME: Final = pl.Schema(
    {
        "scope": pl.String, "model_id": pl.String, "kind": pl.String, "n_parameters": pl.Int64,
        "downloads_30d": pl.Int64, "downloads_date": pl.Date, "level": pl.Float64, "level_lo": pl.Float64,
        "level_hi": pl.Float64, "basis": pl.String, "n_tasks": pl.Int64, "commercial_use": pl.String,
        "mark": pl.String, "beaten_by": pl.String, "beaten_by_points": pl.Float64, "beaten_by_lo": pl.Float64,
        "beaten_by_hi": pl.Float64, "beaten_by_n_parameters": pl.Int64, "beaten_by_downloads_30d": pl.Int64,
        "beaten_by_n_tasks": pl.Int64, "n_beaten_by": pl.Int64, "beats": pl.String, "beats_points": pl.Float64,
        "beats_lo": pl.Float64, "beats_n_parameters": pl.Int64, "beats_downloads_30d": pl.Int64, "n_beats": pl.Int64,
    }
)  # fmt: skip
"""One model of one scope a row. level: fraction of the main score, with its interval; downloads_30d null: not on the list.
mark: GEM, DOMINATED, RARE (dominated, and no more downloaded than the median) or "". beaten_by: of the models that are no
larger, as free and measured better, the clearest, and by how many points, interval over all of them together. beats: the most
downloaded model at least as large that this one beats and that has TIMES its downloads."""


def build(wanted: Wanted, snapshot: Snapshot) -> Chart:
    """Level against downloads, one panel per set of tasks, each model marked where the paired interval allows it.

    Reads wanted.answer (the levels are then its estimates), else wanted.tasks (one set: these tasks; none: SETS), and
    wanted.as_of. Raises: UnknownName: a task without scores. Source: METHOD.md#gems
    """
    if wanted.answer is not None:
        parts = [_of_answer(wanted, wanted.answer, snapshot)]
        about = _ABOUT_ANSWER
    else:
        names = (", ".join(wanted.tasks),) if wanted.tasks else SETS
        found = [one for name in names if (one := _measured(name, wanted, snapshot))]
        parts = [_of_set(one, snapshot, wanted.as_of) for one in found]
        about = _about_sets(found)
    frame = pl.concat([FRAME.to_frame(), *parts]).sort(
        ["scope", "downloads_30d", "model_id"], descending=[False, True, False], nulls_last=True
    )
    return Chart(
        name="downloads-and-quality",
        title="Downloads against quality",
        reading=_reading(frame),
        frame=frame,
        notes=(_MARKS, about, _missing(frame), _WHOSE) if frame.height else (),
        better="up; marks compare models, not downloads",
        pool=_pool(frame),
        snapshot_id=snapshot.id,
        as_of=wanted.as_of,
        facts=_facts(frame),
    )


_MARKS: Final = (
    f'Dominated: a model that is no larger, to be had, as free and of the same languages is better; "popular": more '
    f"downloaded than the median of those listed. Hidden gem: undominated, at most the median's downloads, and better "
    f"than a model at least as large with {TIMES} times its downloads or more. Neither is said where the interval of the "
    "difference includes 0."
)
_ABOUT_ANSWER: Final = (
    "Levels are the answer's estimates for the question, bars their 90% intervals; better: the 90% interval of the "
    "difference on one task like yours, paired over the similar tasks, lies above 0. Open points are predicted."
)
_WHOSE: Final = (
    "Better is meant on these tasks: a model made for another language or task is judged on what it was not made for. "
    "A download count is no vote: what a tool loads by default counts most."
)


def _measured(name: str, wanted: Wanted, snapshot: Snapshot) -> Quality | None:
    """The set's scores; null where nobody was measured on enough of it by the day asked about."""
    try:
        return quality(name, snapshot, tasks=wanted.tasks, as_of=wanted.as_of)
    except MissingData:
        return None


def _about_sets(found: list[Quality]) -> str:
    sets = "; ".join(f"{one.name}: {len(one.tasks)} tasks, twins counted once" for one in found)
    doubted = sum(one.n_doubted for one in found)
    return (
        f"Level: mean main score ({sets}), models measured on at least {SHARE_LEAST:.0%} of them, gaps filled by an additive "
        f"fit; bar: {LEVEL:.0%} interval over tasks. Better: Student's {LEVEL:.0%} interval of the mean difference on the "
        f"tasks both did (at least {COMMON_LEAST}), for all rivals together, above 0. {doubted:,} doubted scores left out."
    )


def _of_set(one: Quality, snapshot: Snapshot, as_of: date | None) -> pl.DataFrame:
    ids = one.models["model_id"].to_list()
    level, half = one.level()
    n = (one.values == one.values).sum(axis=1)
    listed = set(_downloads(ids, snapshot, as_of)["model_id"])
    found = [
        better_than(one.values, row, rivals(one.models, row)) if model in listed else []
        for row, model in enumerate(ids)
    ]
    facts = one.models.select("model_id", "kind", "n_parameters", "commercial_use").with_columns(
        level=pl.Series(level),
        level_lo=pl.Series(level - half),
        level_hi=pl.Series(level + half),
        n_tasks=pl.Series(n),
        basis=pl.lit("measured"),
        scope=pl.lit(one.name),
    )
    return _marked(facts, found, snapshot, as_of)


def _of_answer(wanted: Wanted, answer: Recommendation, snapshot: Snapshot) -> pl.DataFrame:
    ranked = sorted(answer.ranked, key=lambda model: model.model_id)
    facts = pl.DataFrame(
        {
            "model_id": [x.model_id for x in ranked],
            "kind": [x.kind for x in ranked],
            "n_parameters": [x.n_parameters for x in ranked],
            "commercial_use": [x.commercial_use for x in ranked],
            "level": [x.estimate.value for x in ranked],
            "level_lo": [x.estimate.lo for x in ranked],
            "level_hi": [x.estimate.hi for x in ranked],
            "n_tasks": [x.estimate.n_evidence for x in ranked],
            "basis": [x.estimate.basis for x in ranked],
            "scope": [THE_ANSWER] * len(ranked),
        }
    )
    pool = pool_of(answer.profile, snapshot)
    cards = facts.select("model_id").join(
        comparable_models(pool, snapshot), on="model_id", how="left", maintain_order="left"
    )
    behind = shown(wanted, snapshot)
    listed = set(_downloads(facts["model_id"].to_list(), snapshot, wanted.as_of)["model_id"])
    found = [
        _clear_of(behind, facts, row, rivals(cards, row)) if name in listed else []
        for row, name in enumerate(facts["model_id"])
    ]
    return _marked(facts, found, snapshot, wanted.as_of)


def _clear_of(
    behind: Shown, facts: pl.DataFrame, row: int, others: NDArray[np.intp]
) -> list[Better]:
    """Those of `others` whose difference to this model has its whole interval above 0, the clearest first."""
    names, n = facts["model_id"], facts["n_tasks"]
    found = []
    for i in (int(other) for other in others):
        gap = behind.difference(names[i], names[row])
        if gap is not None and gap[1] > 0:
            tasks = min(n[i], n[row])
            found.append(Better(model=i, by=gap[0], lo=gap[1], hi=gap[2], n_tasks=tasks))
    return sorted(found, key=lambda better: (-better.lo, better.model))


def _marked(
    facts: pl.DataFrame, found: list[list[Better]], snapshot: Snapshot, as_of: date | None
) -> pl.DataFrame:
    """FRAME: the facts with downloads, who beats whom, and the mark."""
    known = _downloads(facts["model_id"].to_list(), snapshot, as_of)
    ids, sizes = facts["model_id"].to_list(), facts["n_parameters"].to_list()
    loads: dict[str, int] = dict(known.select("model_id", "downloads_30d").iter_rows())
    middle = float(known["downloads_30d"].median() or 0) if known.height else 0.0  # type: ignore[arg-type]
    beaten: list[list[tuple[int, Better]]] = [[] for _ in ids]
    for row, better in enumerate(found):
        for one in better:
            mine, theirs = loads.get(ids[row]), loads.get(ids[one.model])
            if mine is not None and theirs is not None and mine >= TIMES * max(theirs, 1):
                beaten[one.model].append((row, one))
    made = []
    for row, model in enumerate(ids):
        first = found[row][0] if found[row] else None
        popular = sorted(beaten[row], key=lambda pair: (-loads[ids[pair[0]]], ids[pair[0]]))
        top = popular[0] if popular else None
        made.append(
            {
                "model_id": model,
                "mark": _mark(loads.get(model), middle, dominated=bool(first), beats=bool(top)),
                "beaten_by": ids[first.model] if first else None,
                "beaten_by_points": first.by if first else None,
                "beaten_by_lo": first.lo if first else None,
                "beaten_by_hi": first.hi if first else None,
                "beaten_by_n_parameters": sizes[first.model] if first else None,
                "beaten_by_downloads_30d": loads.get(ids[first.model]) if first else None,
                "beaten_by_n_tasks": first.n_tasks if first else None,
                "n_beaten_by": len(found[row]),
                "beats": ids[top[0]] if top else None,
                "beats_points": top[1].by if top else None,
                "beats_lo": top[1].lo if top else None,
                "beats_n_parameters": sizes[top[0]] if top else None,
                "beats_downloads_30d": loads[ids[top[0]]] if top else None,
                "n_beats": len(popular),
            }
        )
    marks = pl.DataFrame(made, schema={k: v for k, v in FRAME.items() if k in made[0]})
    full = facts.join(marks, on="model_id").join(known, on="model_id", how="left")
    return full.select(pl.col(name).cast(dtype) for name, dtype in FRAME.items())


def _mark(downloads: int | None, middle: float, *, dominated: bool, beats: bool) -> str:
    if downloads is None:
        return ""
    if dominated:
        return DOMINATED if downloads > middle else RARE
    return GEM if beats and downloads <= middle else ""


def _downloads(models: list[str], snapshot: Snapshot, as_of: date | None) -> pl.DataFrame:
    """model_id, downloads_30d, downloads_date: on the one list that holds most of the models, the latest of equals."""
    table = counted(snapshot, (1,), as_of=as_of).rows
    rows = table.filter(pl.col("model_id").is_in(models))
    one = listings(rows).sort(["n_models", "date"], descending=True).head(1)
    held = rows.join(one, on=LISTING, how="semi")
    return held.select("model_id", "downloads_30d", downloads_date="date").unique("model_id")


def _reading(frame: pl.DataFrame) -> str:
    if frame.is_empty():
        return "No model was measured on half of these tasks by then: there is no level to hold against downloads."
    sentences = [
        _of_scope(part, only=frame["scope"].n_unique() == 1)
        for part in frame.partition_by("scope", maintain_order=True)
    ]
    return " ".join(sentences)


def _of_scope(part: pl.DataFrame, *, only: bool) -> str:
    listed = part.drop_nulls("downloads_30d")
    where = "" if only else f"{part['scope'][0]}: "
    if listed.is_empty():
        return f"{where}no download count is known for any of the {part.height:,} models."
    popular = listed.filter(mark=DOMINATED).sort("beaten_by_lo", descending=True)
    gems = listed.filter(mark=GEM).sort("level", descending=True)
    n_popular = listed.filter(pl.col("downloads_30d") > pl.col("downloads_30d").median()).height
    told = f"{where}{popular.height} of the {n_popular} more downloaded models are dominated beyond the interval"
    if popular.height:
        row = popular.row(0, named=True)
        told += (
            f" ({row['model_id']} the clearest, by {row['beaten_by']}: {_points(row, 'beaten_by_points')} points, "
            f"{_points(row, 'beaten_by_lo')} to {_points(row, 'beaten_by_hi')})"
        )
    if gems.is_empty():
        return f"{told}; no hidden gem is clear of the interval."
    row = gems.row(0, named=True)
    times = row["beats_downloads_30d"] / max(row["downloads_30d"], 1)
    return (
        f"{told}; hidden gems: {gems.height} ({row['model_id']} is {_points(row, 'beats_points')} points above "
        f"{row['beats']}, which has {times:,.0f} times its downloads)."
    )


def _points(row: dict[str, Any], column: str) -> str:
    return f"{100 * row[column]:.1f}"


def _missing(frame: pl.DataFrame) -> str:
    parts = []
    for part in frame.partition_by("scope", maintain_order=True):
        known = part.drop_nulls("downloads_30d")
        day = f" on {known['downloads_date'][0]}" if known.height else ""
        parts.append(
            f"{part['scope'][0]}: {known.height:,} of {part.height:,} models are on a list{day}"
        )
    return (
        f"Downloads are of one list per panel, so that they compare: {'; '.join(parts)}. The others stand at the left as "
        "not listed: they carry no mark, but may dominate."
    )


def _pool(frame: pl.DataFrame) -> str:
    each = frame.group_by("scope", maintain_order=True).len()
    return "; ".join(f"{n:,} models, {scope}" for scope, n in each.iter_rows())


def _facts(frame: pl.DataFrame) -> dict[str, float | int | str | None]:
    facts: dict[str, float | int | str | None] = {}
    for part in frame.partition_by("scope", maintain_order=True):
        for mark in (GEM, DOMINATED, RARE):
            facts[f"{part['scope'][0]}: {mark}"] = part.filter(mark=mark).height
    return facts
