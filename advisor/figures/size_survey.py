"""Figure 3 of arXiv 2409.06857 from today's evidence: score against size on four task types, five data sets each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.units import format_count
from advisor.figures.chart import Chart
from advisor.figures.size_curves import (
    CURVE,
    FRAME,
    SLOPES,
    Studied,
    band_notes,
    left_out,
    parts_of,
    points_of,
    study,
)
from advisor.figures.size_returns import per_decade, returns
from advisor.figures.size_scopes import DATA_SETS, measured_tasks
from advisor.figures.words import metric

if TYPE_CHECKING:
    from advisor.figures.chart import Wanted
    from advisor.tables.snapshot import Snapshot

TYPES: Final = ("Classification", "Clustering", "Retrieval", "STS")
"""The task types shown where none are named: MTEB's four with most data sets that most models were measured on. The choice
is ours: the survey's own data sets are not in the evidence by name."""


def build(wanted: Wanted, snapshot: Snapshot) -> Chart:
    """The curves of each of `wanted.tasks` (task types, families or benchmarks), one per data set; TYPES where none is named.

    Raises: UnknownName: nothing measured is called so.
    """
    panels = wanted.tasks or TYPES
    whole = {panel: study(panel, snapshot, wanted) for panel in panels}
    single = {
        panel: [study(task, snapshot, wanted) for task in _drawn(whole[panel], snapshot)]
        for panel in panels
    }
    flat = [(panel, s) for panel, studies in single.items() for s in studies]
    parts = parts_of([s for _, s in flat])
    types = parts_of(list(whole.values()))
    n_models = pl.concat([s.points.sized.select("model_id") for _, s in flat])
    return Chart(
        name="figure-3",
        title=f"Score against size on {len(panels)} task types, {len(flat)} data sets: the survey's Figure 3 from today's evidence"
        if not wanted.tasks
        else f"Score against size: {', '.join(panels)}",
        reading=_reading(whole, single),
        frame=pl.concat(
            [points_of(s).select(pl.lit(panel).alias("panel"), *FRAME) for panel, s in flat]
        ),
        parts={
            "curve": _with_panel(parts["curve"], flat).select("panel", *CURVE),
            "slopes": _with_panel(parts["slopes"], flat).select("panel", *SLOPES),
            "types": types["slopes"],
            "shares": types["shares"],
        },
        notes=(
            *_choice(whole, single, defaults=not wanted.tasks),
            *left_out([s for _, s in flat]),
            _points_note(flat),
            *band_notes([s for _, s in flat]),
        ),
        better="up",
        pool=f"{n_models['model_id'].n_unique():,} models of known size",
        snapshot_id=snapshot.id,
        as_of=wanted.as_of,
        facts={
            f"{panel} {name}": value
            for panel, row in zip(panels, types["slopes"].iter_rows(named=True), strict=True)
            for name, value in row.items()
            if name != "scope"
        },
    )


def _with_panel(frame: pl.DataFrame, flat: list[tuple[str, Studied]]) -> pl.DataFrame:
    panels = pl.DataFrame(
        [(panel, s.scope.name) for panel, s in flat],
        schema={"panel": pl.String, "scope": pl.String},
        orient="row",
    )
    return panels.join(frame, on="scope", how="inner", maintain_order="left_right")


def _reading(whole: dict[str, Studied], single: dict[str, list[Studied]]) -> str:
    """On how many data sets size still pays above the edge, and what a tenfold size is worth over all sizes."""
    paid: list[str] = []
    worth: list[str] = []
    edges: dict[str, None] = {}
    for panel, studies in single.items():
        told = [s.curve for s in studies if s.curve is not None and s.curve.above is not None]
        if told:
            still = sum(returns(curve) in {"grow", "hold", "diminish"} for curve in told)
            sets = "" if paid else " data sets"
            paid.append(f"{still} of {len(told)}{sets} of {panel}")
            edges |= dict.fromkeys(format_count(curve.edge) for curve in told)
        curve = whole[panel].curve
        if curve is not None:
            worth.append(f"{per_decade(curve.slope)} in {panel}")
    words = []
    if paid:
        words.append(f"Above {' or '.join(edges)} size is shown to pay on {_listed(paid)}.")
    if worth:
        words.append(f"Over all sizes a tenfold size is worth {_listed(worth)}.")
    return " ".join(words) or "Too few models of known size for a curve."


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _drawn(whole: Studied, snapshot: Snapshot) -> list[str]:
    """The data sets of a panel: those that stand for a type, or a benchmark's most measured ones, twins counted once."""
    tasks = whole.scope.tasks
    if len(tasks) <= DATA_SETS:
        return list(tasks)
    rows = measured_tasks(snapshot).filter(pl.col("task_id").is_in(list(tasks)))
    ordered = rows.sort(["n_models", "task_id"], descending=[True, False])
    return ordered.unique("twin_group", keep="first", maintain_order=True)["task_id"].to_list()[
        :DATA_SETS
    ]


def _choice(
    whole: dict[str, Studied], single: dict[str, list[Studied]], *, defaults: bool
) -> list[str]:
    lines = []
    for panel, s in whole.items():
        names = [each.scope.name for each in single[panel]]
        more = "" if len(names) == len(s.scope.tasks) else "; drawn are the most measured: "
        listed = f"{more}{', '.join(names)}" if more else f" ({', '.join(names)})"
        lines.append(f"{panel}: {s.scope.rule}{listed}, {metric(s.scope.metric)}")
    if defaults:
        lines.append(
            "task types and data sets are chosen by this rule and are not the survey's own"
        )
    return lines


def _points_note(flat: list[tuple[str, Studied]]) -> str:
    """Who stands in which plot."""
    unsized = pl.concat(
        [s.points.models.filter(pl.col("n_parameters").is_null()) for _, s in flat]
    )["model_id"].n_unique()
    return (
        f"a data set's points are the models measured on it, so they differ from one to the next; {unsized:,} models are "
        "not on the axis because their size is not disclosed, zero or in doubt"
    )
