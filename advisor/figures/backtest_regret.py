"""What a pick costs: points below the best model under each size cap, by our rule and by the two usual ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.errors import UnknownName
from advisor.core.units import format_count
from advisor.figures.chart import Chart
from advisor.recommend.names import hint

if TYPE_CHECKING:
    from advisor.figures.chart import Wanted
    from advisor.tables.snapshot import Snapshot

OURS: Final = "this advisor"
BIGGEST: Final = "the biggest"
LEADER: Final = "the leaderboard's first"
_RULES: Final = {
    OURS: "regret_mean_points",
    BIGGEST: "regret_biggest_points",
    LEADER: "regret_leader_points",
}
BY_CAP: Final = "by size cap, all families"
BY_FAMILY: Final = "by task family, no size cap"
NO_CAP: Final = "no cap"
FRAME: Final = pl.Schema(
    {
        "panel": pl.String, "group": pl.String, "position": pl.Int64, "rule": pl.String, "regret_points": pl.Float64,
        "n_questions": pl.Int64, "median_points": pl.Float64, "within_1_point": pl.Float64,
        "n_named": pl.Int64, "named_good_enough": pl.Float64,
    }
)  # fmt: skip
"""One rule in one group a row. regret_points: mean over the group's questions of the best model's measured score less the
pick's. median_points (a family's own, null over several), within_1_point, n_named, named_good_enough: of our rule alone."""


def build(wanted: Wanted, snapshot: Snapshot) -> Chart:
    """Mean regret of three rules by size cap and by task family.

    Reads wanted.tasks (families; none: all). Raises: UnknownName: a family without questions. Source: METHOD.md#receipt
    """
    table = snapshot.table("receipts")
    for name in wanted.tasks:
        if name not in set(table["task_family"]):
            near = hint(name, table["task_family"], otherwise="`advisor backtest` lists them")
            raise UnknownName(f"no held-out question of the family {name!r}{near}")
    if wanted.tasks:
        table = table.filter(pl.col("task_family").is_in(list(wanted.tasks)))
    free = table.filter(pl.col("cap").is_null())
    frame = pl.concat([_by_cap(table), _by_family(free, wanted.tasks)])
    return Chart(
        name="backtest-regret",
        title="What a pick costs against the best model under the cap",
        reading=_reading(table, frame),
        frame=frame,
        notes=(
            "Regret: measured score of the best model under the cap less the pick's, in points, on a task whose scores the rule "
            "did not see. All three rules choose among the same models; mean over questions.",
            "No interval: the table keeps means and medians of each group and no spread. Groups of fewer than 20 questions "
            "(number beside the name) say little.",
            "Small caps hold fewer families than large ones, so the caps' means are not of the same questions.",
        ),
        better="to the left",
        pool=f"{int(table['n_questions'].sum()):,} held-out questions of {table['task_family'].n_unique()} families",
        snapshot_id=snapshot.id,
        facts={
            f"{row['group']}: {row['rule']}": row["regret_points"]
            for row in frame.filter(panel=BY_CAP).iter_rows(named=True)
        },
    )


def _by_cap(table: pl.DataFrame) -> pl.DataFrame:
    """Means over all families' questions, from the means per family."""
    weight = pl.col("n_questions")

    def mean(column: str) -> pl.Expr:
        return (pl.col(column) * weight).sum() / weight.sum()

    each = (
        table.group_by("cap")
        .agg(
            n=weight.sum(),
            **{rule: mean(column) for rule, column in _RULES.items()},
            within_1_point=mean("within_1_point"),
            named=pl.col("n_named").sum(),
            good=(pl.col("named_good_enough").fill_null(0.0) * pl.col("n_named")).sum(),
        )
        .sort("cap", nulls_last=True)
    )
    names = [f"up to {format_count(cap)}" if cap else NO_CAP for cap in each["cap"]]
    return _tidy(
        each.with_columns(
            group=pl.Series(names, dtype=pl.String), median=pl.lit(None), good=pl.col("good") / pl.col("named")
        ),
        BY_CAP,
    )  # fmt: skip


def _by_family(free: pl.DataFrame, order: tuple[str, ...]) -> pl.DataFrame:
    each = free.select(
        group="task_family",
        n="n_questions",
        within_1_point="within_1_point",
        named="n_named",
        good="named_good_enough",
        median="regret_median_points",
        **{rule: pl.col(column) for rule, column in _RULES.items()},
    )
    if order:
        place = {name: i for i, name in enumerate(order)}
        each = each.sort(pl.col("group").replace_strict(place, return_dtype=pl.Int64))
    else:
        each = each.sort(["n", "group"], descending=[True, False])
    return _tidy(each, BY_FAMILY)


def _tidy(each: pl.DataFrame, panel: str) -> pl.DataFrame:
    numbered = each.with_row_index("position")
    parts = []
    for rule in _RULES:
        ours = rule == OURS
        parts.append(
            numbered.select(
                "group", "position", "within_1_point", panel=pl.lit(panel), rule=pl.lit(rule), regret_points=pl.col(rule),
                n_questions="n", median_points="median", n_named="named", named_good_enough="good",
            ).with_columns(
                pl.when(ours).then(pl.col(name)) for name in
                ("within_1_point", "median_points", "n_named", "named_good_enough")
            )
        )  # fmt: skip
    made = pl.concat(parts).select(pl.col(name).cast(dtype) for name, dtype in FRAME.items())
    rank = {rule: i for i, rule in enumerate(_RULES)}
    return made.sort("position", pl.col("rule").replace_strict(rank, return_dtype=pl.Int64))


def _reading(table: pl.DataFrame, frame: pl.DataFrame) -> str:
    if table.is_empty():
        return "No held-out question."
    total = table["n_questions"].sum()

    def mean(column: str) -> float:
        return float((table[column] * table["n_questions"]).sum()) / float(total)

    ours, biggest, leader = (mean(column) for column in _RULES.values())
    lost = table.filter(
        pl.col("regret_mean_points")
        > pl.min_horizontal("regret_biggest_points", "regret_leader_points")
    )
    worst = lost.with_columns(
        by=pl.col("regret_mean_points")
        - pl.min_horizontal("regret_biggest_points", "regret_leader_points")
    ).sort("by", descending=True)
    told = (
        f"Over {total:,} held-out questions the pick lies {ours:.1f} points below the best on average, {biggest:.1f} for the "
        f"biggest model and {leader:.1f} for the leaderboard's first."
    )
    if worst.is_empty():
        return f"{told} It is the best of the three in every group."
    row = worst.row(0, named=True)
    cap = f"up to {format_count(row['cap'])}" if row["cap"] else "without a cap"
    return (
        f"{told} In {worst.height} of {table.height} groups (family and cap) one of the two usual rules did better, the most in "
        f"{row['task_family']} {cap}: {row['by']:.1f} points, {row['n_questions']} questions."
    )
