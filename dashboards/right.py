"""The page of trust: where the backtests missed what was promised, then how odds, intervals, picks and verdicts came out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import streamlit as st

from advisor.recommend import held_out, promises
from advisor.render import trust
from dashboards import charting, drawing, loaders, paging, state, widgets

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.tables.snapshot import Snapshot
    from dashboards.state import State

VIEWS: Final = {
    "misses": "Where it missed",
    "verdicts": "Verdicts",
    "odds": "Odds",
    "intervals": "Intervals",
    "picks": "Picks",
}
VIEW: Final = state.choice("show", tuple(VIEWS))
FAMILIES: Final = state.several("family")
PARAMETERS: Final = (VIEW, FAMILIES)


def page() -> None:
    """Everything below the heading."""
    now = state.current(*PARAMETERS)
    widgets.problems(now)
    st.segmented_control(
        "Show", tuple(VIEWS), format_func=VIEWS.__getitem__, required=True, **state.bound(VIEW, now)
    )  # fmt: skip
    parts: dict[str, Callable[[State, Snapshot, dict[str, pl.DataFrame]], None]] = {
        "misses": _misses, "verdicts": _verdicts, "odds": _odds, "intervals": _intervals, "picks": _picks,
    }  # fmt: skip
    with widgets.refusals():
        snapshot = loaders.snapshot()
        parts[now[VIEW]](now, snapshot, held_out.stored(snapshot))


def _misses(_now: State, snapshot: Snapshot, _stored: dict[str, pl.DataFrame]) -> None:
    found = promises.judged(snapshot)
    st.markdown(
        "What answers promise, on tasks that were held out of every fit, and in how many groups it was missed by more than "
        "chance explains (90 % interval of what came true). The missed groups stand below, the worst first."
    )
    st.html(trust.tally(found))
    for kind in trust.KINDS:
        if found.filter(pl.col("kind") == kind)["missed"].any():
            paging.table(trust.missed(found, kind))
    _take("promises", found)


def _verdicts(_now: State, snapshot: Snapshot, stored: dict[str, pl.DataFrame]) -> None:
    st.markdown(
        "Each held-out task was asked about as a user asks. *Cannot tell*: no model was named. *Good enough*: the named model "
        "came within the points given up. Beside it: naming the leaderboard's first, or a 7B model, without asking."
    )
    _chart("backtest-sizing", snapshot)
    if (table := stored.get("backtest_sizing")) is not None:
        paging.table(trust.sizing(table))
        _take("verdicts", table)


def _odds(_now: State, snapshot: Snapshot, stored: dict[str, pl.DataFrame]) -> None:
    st.markdown(
        "An answer states the odds that a model is good enough, and that it is the best. On held-out tasks they are put beside how "
        "often it was so: on the diagonal they are honest, below it they promise too much."
    )
    _chart("backtest-odds", snapshot)
    for name, caption in {
        "backtest_odds": "Odds of being good enough",
        "backtest_best": "Odds of being the best",
    }.items():
        if (table := stored.get(name)) is not None:
            st.html(trust.odds(table, caption=caption))


def _intervals(_now: State, snapshot: Snapshot, stored: dict[str, pl.DataFrame]) -> None:
    st.markdown(
        "Every predicted score has a 90 % interval. Measured scores were hidden and predicted: the interval should hold nine of "
        "ten. *Mean miss* is how far the predicted score lies from the measured one; *better than additive* is the share of the "
        "miss of the rule “model's mean plus task's mean” that is gone."
    )
    _chart("backtest-intervals", snapshot)
    if (table := stored.get("backtest_cells_groups")) is not None:
        paging.table(trust.groups(table))
    if (table := stored.get("backtest_cells_summary")) is not None:
        paging.table(trust.estimators(table))
        _take("intervals", table)


def _picks(now: State, snapshot: Snapshot, stored: dict[str, pl.DataFrame]) -> None:
    table = stored.get("receipts")
    if table is None:
        widgets.lines([f"Snapshot {snapshot.id} holds no receipts."])
        return
    st.markdown(
        "What a pick costs: the points between it and the best model under the size cap, on a task that the rule did not see. "
        "Beside it the two rules people use: take the biggest, or the first of the leaderboard."
    )
    families = sorted(table["task_family"].unique())
    st.multiselect(
        "Task families (none: all)", [*families, *(name for name in now[FAMILIES] if name not in families)],
        format_func=lambda name: name.replace("-", " "), **state.bound(FAMILIES, now),
    )  # fmt: skip
    _chart("backtest-regret", snapshot, tasks=now[FAMILIES])
    if now[FAMILIES]:
        table = table.filter(pl.col("task_family").is_in(now[FAMILIES]))
    if table.height:
        paging.table(trust.receipts(table))
        _take("picks", table)


def _chart(name: str, snapshot: Snapshot, *, tasks: tuple[str, ...] = ()) -> None:
    if charting.known((name,)):
        charting.show(charting.Spec(name=name, tasks=tasks), snapshot)


def _take(name: str, table: pl.DataFrame) -> None:
    from advisor.render import export

    drawing.downloads({f"{name}.csv": (lambda: export.csv(table), "text/csv")}, key=f"right_{name}")
