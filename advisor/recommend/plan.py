"""`advisor plan`: which missing cells would change the answer most for what they cost, as jobs for the bench."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from advisor.core.plan import Missing, Plan, PlannedJob
from advisor.recommend.information import on_own_data, on_public_tasks
from advisor.recommend.limits import judge
from advisor.recommend.own_answer import answer_and_ahead
from advisor.recommend.own_field import base_id
from advisor.recommend.own_next import first_anchors, items_of, seconds
from advisor.recommend.own_scores import overlaid
from advisor.recommend.pipeline import standing, weighed, with_status
from advisor.recommend.plan_jobs import job_for, unpublished

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.core.profile import TaskProfile
    from advisor.core.recommendation import Recommendation
    from advisor.recommend.options import Options
    from advisor.recommend.pipeline import Standing
    from advisor.tables.own import OwnEvidence
    from advisor.tables.snapshot import Snapshot

LISTED: Final = 10
"""Cells of a plan without a budget."""
LEAST: Final = 0.01
"""A cell that changes the answer less often than this is not worth its time."""
_USUAL_ITEMS: Final = 1_000
"""Items of a public task whose number is not known."""


@dataclass(frozen=True, kw_only=True)
class _Cell:
    shown: Missing
    changes: NDArray[np.bool_]
    """In each of the drawn truths; empty where nothing published tells."""


@dataclass(frozen=True, kw_only=True)
class _Question:
    profile: TaskProfile
    options: Options
    snapshot: Snapshot
    own: OwnEvidence | None


def plan(
    profile: TaskProfile,
    options: Options,
    snapshot: Snapshot,
    *,
    own: OwnEvidence | None = None,
    budget_s: float | None = None,
) -> Plan:
    """The missing cells in the order of their worth per hour, as many as the budget holds.

    For a file: models to run on it. For a named task: models that nobody measured on it. For words: models on the
    similar public tasks. Source: METHOD.md#plan
    """
    seen = None
    is_measured = any(n.task_id == profile.task_id for n in profile.neighbours)
    if own is not None and is_measured:
        seen = overlaid(snapshot, own, str(profile.task_id))
        snapshot = snapshot if seen is None else seen.snapshot
    asked = _Question(profile=profile, options=options, snapshot=snapshot, own=own)
    published = standing(profile, snapshot, as_of=options.as_of)
    answer, cells, notes = _cells(asked, published)
    chosen, together = _chosen(cells, budget_s)
    if profile.table is None:
        notes.append(
            "with a labelled file of your own, --data FILE plans runs on it: they tell more than public tasks"
        )
    if unrunnable := sum(cell.shown.job is None for cell in chosen):
        notes.append(
            f"{unrunnable} of the cells have no job: no harness here can run such a model or task"
        )
    return Plan(
        snapshot_id=snapshot.id,
        own_evidence_id=answer.own_evidence_id if seen is None else seen.own.id,
        task=profile.text,
        answer=answer.verdict.sentence,
        model_id=answer.verdict.model_id,
        budget_s=budget_s,
        cells=[cell.shown for cell in chosen],
        p_changes=together,
        spent_s=sum(cell.shown.cost_s or 0.0 for cell in chosen),
        n_considered=len(cells),
        jobs=[cell.shown.job for cell in chosen if cell.shown.job is not None],
        notes=notes,
    )


def _cells(asked: _Question, published: Standing) -> tuple[Recommendation, list[_Cell], list[str]]:
    """The answer as it stands, every cell that may change it, and what to know about them."""
    profile = asked.profile
    if profile.table is not None:
        return _on_file(asked, published)
    if asked.own is not None and profile.task_id is not None and not published.competing.is_named:
        after = _after_own_runs(asked, published, asked.own)
        if after is not None:
            return after
    answer = weighed(published, profile, asked.snapshot, options=asked.options)
    models = _status(asked, published)
    goodness = asked.snapshot.table("goodness")
    found = on_public_tasks(published.competing, models, profile, goodness=goodness)
    return answer, _missing(asked, published, found), []


def _status(asked: _Question, published: Standing) -> pl.DataFrame:
    judged = judge(published.competing.models, published.taken, asked.profile, asked.options)
    return with_status(published.competing, judged, asked.profile, asked.snapshot)


def _on_file(
    asked: _Question, published: Standing
) -> tuple[Recommendation, list[_Cell], list[str]]:
    if asked.own is not None:
        found = _after_own_runs(asked, published, asked.own)
        if found is not None:
            return found
    profile = asked.profile
    answer = weighed(published, profile, asked.snapshot, options=asked.options)
    rows = on_own_data(published.competing, _status(asked, published), profile)
    return answer, [*_baselines(asked, []), *_missing(asked, published, rows)], []


def _after_own_runs(
    asked: _Question, published: Standing, own: OwnEvidence
) -> tuple[Recommendation, list[_Cell], list[str]] | None:
    """Where own runs on this very data answer; None where they do not."""
    found = answer_and_ahead(asked.profile, asked.snapshot, own, published, asked.options)
    if found is None:
        return None
    answer, ahead = found
    if ahead is None:
        return answer, _anchors(asked, published, answer), [_NO_ANCHOR]
    rows = ahead.models.with_columns(task_id=pl.lit(None, pl.String))
    return answer, _missing(asked, published, rows), []


_NO_ANCHOR: Final = (
    "no model that you ran ties the public scores to your data, so no chances are stated: run one that has public "
    "scores too (of language models none ties them well enough yet)"
)


def _anchors(asked: _Question, published: Standing, answer: Recommendation) -> list[_Cell]:
    ran = answer.own_runs.models if answer.own_runs else []
    rows = first_anchors(published, asked.profile, asked.snapshot, asked.options)
    cells = [
        _cell(asked, published, row, _Worth(task_id=None, p_changes=None, gain=None, why=why))
        for row, why in rows
        if row["model_id"] not in {base_id(name) for name in ran}
    ]
    return [*_baselines(asked, ran), *cells]


def _baselines(asked: _Question, ran: list[str]) -> list[_Cell]:
    """Models that nobody publishes scores of, which cost seconds and set the floor."""
    stem = _task_name(asked.profile, None)
    cells: list[_Cell] = []
    if asked.profile.table is None:
        return cells
    for name in unpublished(asked.profile, ran):
        job = job_for(asked.profile, name, None, own=asked.own)
        shown = Missing(
            model_id=f"baseline/{name}", task_id=stem, n_parameters=None, p_changes=None, gain_points=None,
            cost_s=None, cost_usd=None, memory_bytes=None, value_per_hour=None,
            why="costs seconds, and sets the floor that anything larger has to beat",
            job=None if job is None else PlannedJob(**job),
        )  # fmt: skip
        cells.append(_Cell(shown=shown, changes=_UNKNOWN))
    return cells


_UNKNOWN: Final = np.zeros(0, dtype=np.bool_)


@dataclass(frozen=True, kw_only=True)
class _Worth:
    """What measuring a cell may change; task_id null: on the user's own file."""

    task_id: str | None
    p_changes: float | None
    gain: float | None
    why: str
    changes: NDArray[np.bool_] = field(default_factory=lambda: _UNKNOWN)


def _missing(asked: _Question, published: Standing, found: pl.DataFrame) -> list[_Cell]:
    cards = {row["model_id"]: row for row in published.competing.models.iter_rows(named=True)}
    return [
        _cell(asked, published, cards[row["model_id"]], _Worth(
            task_id=row["task_id"], p_changes=row["p_changes"], gain=row["gain"], why=_why(row),
            changes=np.array(row["changes"], dtype=np.bool_),
        ))
        for row in found.iter_rows(named=True)
        if row["p_changes"] >= LEAST
    ]  # fmt: skip


def _why(row: dict[str, Any]) -> str:
    return f"{row['p_changes']:.0%} likely to change the named model, worth {row['gain']:.1f} points when it does"


def _cell(asked: _Question, published: Standing, card: dict[str, Any], worth: _Worth) -> _Cell:
    name, task_id, p, gain = str(card["model_id"]), worth.task_id, worth.p_changes, worth.gain
    if asked.profile.table is not None:
        n_items = items_of(asked.profile)
    else:
        n_items = _items_of_task(asked.snapshot, str(task_id or asked.profile.task_id))
    took = seconds(published.taken, name, n_items)
    per_1k = _quantity(published, name, "cost_usd_per_1k_items")
    priced = card["kind"] == "api" and per_1k is not None and n_items is not None
    job = job_for(asked.profile, name, task_id, own=asked.own, kind=str(card["kind"]))
    mean = None if p is None or gain is None else p * gain
    shown = Missing(
        model_id=name,
        task_id=_task_name(asked.profile, task_id),
        n_parameters=card["n_parameters"],
        p_changes=p,
        gain_points=gain,
        cost_s=took,
        cost_usd=(per_1k or 0.0) * (n_items or 0) / 1_000 if priced else None,
        memory_bytes=_quantity(published, name, "memory_bytes"),
        value_per_hour=mean / (took / 3_600) if mean is not None and took else None,
        why=worth.why,
        job=None if job is None else PlannedJob(**job),
    )
    return _Cell(shown=shown, changes=worth.changes)


def _quantity(published: Standing, model_id: str, quantity: str) -> float | None:
    found = published.taken.filter(pl.col("model_id") == model_id, pl.col("quantity") == quantity)[
        "value"
    ].to_list()
    return found[0] if found else None


def _items_of_task(snapshot: Snapshot, task_id: str) -> int:
    row = snapshot.collect(snapshot.scan("tasks").filter(pl.col("task_id") == task_id))
    found = row["n_items"].to_list()
    return int(found[0]) if found and found[0] else _USUAL_ITEMS


def _task_name(profile: TaskProfile, task_id: str | None) -> str:
    if task_id is not None:
        return task_id
    return Path(profile.text).stem if profile.table is not None else str(profile.task_id)


def _chosen(cells: list[_Cell], budget_s: float | None) -> tuple[list[_Cell], float | None]:
    """At most LISTED cells that fit the budget, and the chance that they together change the answer.

    First what has no chance to weigh (baselines, anchors); then one by one the cell that adds most worth per hour to
    those chosen: a change that another cell brings about in the same drawn truth is not counted twice.
    """
    chosen, spent = [], 0.0
    for cell in cells:
        cost = cell.shown.cost_s or 0.0
        if not cell.changes.size and (budget_s is None or spent + cost <= budget_s):
            chosen.append(cell)
            spent += cost
    rest = [cell for cell in cells if cell.changes.size]
    if budget_s is not None:
        rest = [cell for cell in rest if cell.shown.job is not None and cell.shown.cost_s]
    covered = np.zeros(rest[0].changes.size, dtype=np.bool_) if rest else None
    while rest and covered is not None and len(chosen) < LISTED:
        fitting = [
            c for c in rest if budget_s is None or spent + (c.shown.cost_s or 0.0) <= budget_s
        ]
        adds = {id(cell): float((cell.changes & ~covered).mean()) for cell in fitting}
        usable = [cell for cell in fitting if adds[id(cell)] >= LEAST]
        if not usable:
            break
        best = min(usable, key=lambda cell: _order(cell.shown, adds[id(cell)]))
        chosen.append(best)
        rest.remove(best)
        covered |= best.changes
        spent += best.shown.cost_s or 0.0
    if covered is None or not covered.any():
        return chosen, None
    # Half a draw on each side: a chance from draws is never quite 0 or 1.
    return chosen, float((covered.sum() + 0.5) / (covered.size + 1))


def _order(cell: Missing, adds: float) -> tuple[bool, bool, float, str, str]:
    """What can be run before what cannot, what has a known cost before what has none; then by worth per hour."""
    worth = adds * (cell.gain_points or 0.0)
    per_hour = worth / (cell.cost_s / 3_600) if cell.cost_s else worth
    return (cell.job is None, not cell.cost_s, -per_hour, cell.model_id, cell.task_id)
