"""How often 90 % intervals held the truth, by task family and size class, and how wide they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.errors import UnknownName
from advisor.core.ids import SIZE_CLASSES, pool_of_family
from advisor.figures import words
from advisor.figures.chart import Chart
from advisor.recommend.names import hint
from advisor.stats.noninferiority import share_interval

if TYPE_CHECKING:
    from advisor.figures.chart import Wanted
    from advisor.tables.snapshot import Snapshot

NOMINAL: Final = 0.90
HIDDEN: Final = "a score hidden among measured ones"
NEW: Final = "a task that nobody measured"
FRAME: Final = pl.Schema(
    {
        "protocol": pl.String, "pool": pl.String, "task_family": pl.String, "size_class": pl.String, "n": pl.Int64,
        "coverage": pl.Float64, "lo": pl.Float64, "hi": pl.Float64, "width_points": pl.Float64, "off": pl.Boolean,
    }
)  # fmt: skip
"""One group a row. n: hidden scores, or held-out questions; lo, hi: Wilson's interval at NOMINAL, null for questions, whose
coverages are shares themselves; width_points null where the table keeps none; off: nominal outside the interval, or below it by
more than 3 points where there is none and the questions are not few."""
_FAR: Final = 0.03
_QUESTIONS_LEAST: Final = 20
"""Fewer questions are shown and not judged."""


def build(wanted: Wanted, snapshot: Snapshot) -> Chart:
    """Coverage of the 90 % intervals, of hidden scores by family and size class, and of whole new tasks by family.

    Reads wanted.tasks (families; none: all). Raises: UnknownName: a family without any. Source: METHOD.md#cells, METHOD.md#good-enough
    """
    frame = pl.concat([_hidden(snapshot), _new(snapshot)])
    known = frame["task_family"].unique().sort().to_list()
    for name in wanted.tasks:
        if name not in known:
            near = hint(name, known, otherwise=f"it can be {', '.join(known)}")
            raise UnknownName(f"no interval was checked for the family {name!r}{near}")
    if wanted.tasks:
        frame = frame.filter(pl.col("task_family").is_in(list(wanted.tasks)))
    order = {name: i for i, name in enumerate(SIZE_CLASSES)}
    frame = frame.sort(
        pl.col("protocol") == NEW,
        "pool",
        "task_family",
        pl.col("size_class").replace_strict(order, default=-1, return_dtype=pl.Int64),
    )
    return Chart(
        name="backtest-intervals",
        title="How often the 90 % intervals held the truth",
        reading=_reading(frame, snapshot),
        frame=frame,
        notes=(
            f"{HIDDEN.capitalize()}: one score of a model is predicted from its others and from other models on the same task; "
            "groups with fewer than 200 hidden scores are in the total only. Bars: Wilson's 90% interval.",
            f"{NEW.capitalize()}: mean over questions of the share of models inside, all size caps together; no bar, since the "
            "models of one question stand or fall together and the table keeps no spread.",
            "Too few inside means too sure of itself; too many, wider than needed.",
        ),
        better="on the line at 90 %",
        pool=f"{int(frame.filter(protocol=HIDDEN)['n'].sum()):,} hidden scores, "
        f"{int(frame.filter(protocol=NEW)['n'].sum()):,} held-out questions",
        snapshot_id=snapshot.id,
        facts=_facts(snapshot),
    )  # fmt: skip


def _hidden(snapshot: Snapshot) -> pl.DataFrame:
    groups = snapshot.table("backtest_cells_groups")
    ends = [
        share_interval(round(c * n), n, level=NOMINAL)
        for c, n in groups.select("coverage", "n").iter_rows()
    ]
    made = groups.with_columns(
        protocol=pl.lit(HIDDEN),
        lo=pl.Series([low for low, _ in ends], dtype=pl.Float64),
        hi=pl.Series([high for _, high in ends], dtype=pl.Float64),
    ).with_columns(off=~pl.lit(NOMINAL).is_between("lo", "hi"))
    return made.select(pl.col(name).cast(dtype) for name, dtype in FRAME.items())


def _new(snapshot: Snapshot) -> pl.DataFrame:
    """Per family the mean over its questions: the receipts hold means per cap."""
    n = pl.col("n_questions").sum().cast(pl.Int64)
    made = (
        snapshot.table("receipts")
        .group_by("task_family")
        .agg(
            n=n,
            coverage=(pl.col("coverage") * pl.col("n_questions")).sum() / n,
        )
        .with_columns(
            pool=pl.col("task_family").map_elements(pool_of_family, return_dtype=pl.String),
            protocol=pl.lit(NEW),
            size_class=pl.lit(None),
            lo=pl.lit(None),
            hi=pl.lit(None),
            width_points=pl.lit(None),
            off=(pl.col("coverage") < NOMINAL - _FAR) & (pl.col("n") >= _QUESTIONS_LEAST),
        )
    )
    return made.select(pl.col(name).cast(dtype) for name, dtype in FRAME.items())


def _reading(frame: pl.DataFrame, snapshot: Snapshot) -> str:
    summary = snapshot.table("backtest_cells_summary").drop_nulls("coverage")
    overall = ", ".join(
        f"{row['coverage']:.1%} ({row['pool']}, n = {row['n']:,})"
        for row in summary.iter_rows(named=True)
    )
    below = frame.filter(pl.col("off"), pl.col("coverage") < NOMINAL).sort("coverage")
    told = f"Hidden scores lay inside in {overall}; 90% was meant."
    if below.is_empty():
        return f"{told} No group holds too few."
    named = ", ".join(
        f"{_group(row)} {row['coverage']:.0%}" for row in below.head(4).iter_rows(named=True)
    )
    more = f" and {below.height - 4} more" if below.height > 4 else ""
    return f"{told} Too few inside: {named}{more}."


def _group(row: dict[str, object]) -> str:
    return f"{row['task_family']}, {words.size_class(str(row['size_class'] or 'new tasks'))}:"


def _facts(snapshot: Snapshot) -> dict[str, float | int | str | None]:
    summary = snapshot.table("backtest_cells_summary").drop_nulls("coverage")
    return {f"{row['pool']}: coverage": row["coverage"] for row in summary.iter_rows(named=True)}
