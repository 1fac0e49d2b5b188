"""A few models side by side on one task: what each is estimated to score, to take, and scored on the similar tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypedDict

import polars as pl

from advisor.core.ids import NOT_NEURAL
from advisor.core.profile import DIMENSIONS
from advisor.figures import answers
from advisor.figures.chart import Chart
from advisor.figures.dimensions import chosen_models, known_dimensions
from advisor.recommend.doubts import set_aside
from advisor.recommend.ties import TIED_FROM
from advisor.tables.measured import measured_scores

if TYPE_CHECKING:
    from datetime import date

    from advisor.figures.answers import Shown
    from advisor.figures.chart import Wanted
    from advisor.tables.snapshot import Snapshot

MEASURES: Final = (
    "score", "parameters", "latency_p95_s", "memory_bytes", "cost_usd_per_1k_items", *DIMENSIONS[1:],
)  # fmt: skip
"""In the order in which they are drawn; accuracy is the score on another scale and is left to the dimensions."""
_WORDS: Final = {
    "parameters": "size",
    "latency_p95_s": "latency",
    "memory_bytes": "memory",
    "cost_usd_per_1k_items": "cost",
} | {name: name for name in ("score", *DIMENSIONS)}
SCHEMA: Final = pl.Schema(
    {
        "order": pl.Int64,
        "model_id": pl.String,
        "part": pl.String,
        "kind": pl.String,
        "license": pl.String,
        "eligible": pl.Boolean,
        "measure": pl.String,
        "value": pl.Float64,
        "lo": pl.Float64,
        "hi": pl.Float64,
        "basis": pl.String,
    }
)
"""One row per model and measure, unknown ones too (value null, basis "unknown"). A size has no interval."""
TASKS: Final = pl.Schema(
    {
        "order": pl.Int64,
        "model_id": pl.String,
        "kind": pl.String,
        "task_id": pl.String,
        "similarity": pl.Float64,
        "value": pl.Float64,
    }
)
"""One row per similar task and model that was measured on it, the most similar task first; value: fraction."""
DIFFERENCES: Final = pl.Schema(
    {
        "model_id": pl.String,
        "value": pl.Float64,
        "lo": pl.Float64,
        "hi": pl.Float64,
        "p_level": pl.Float64,
    }
)
"""Estimate of the first model less this one's, with its interval, and the chance that this one is at least as good on
average; null where no pair can be found again."""
_MOST_TASKS: Final = 12


def build(wanted: Wanted, snapshot: Snapshot) -> Chart:
    """Every measure of every model with its interval. Raises: BadInput, UnknownName."""
    found = answers.shown(wanted, snapshot)
    chosen = chosen_models(found, wanted.models)
    frame = _measures(found, chosen, snapshot)
    differences = _differences(found, chosen)
    better = "to the right for scores, to the left for what a model takes"
    return Chart(
        name="side-by-side",
        title=f"Side by side: {answers.question(found.answer.profile)}",
        reading=_reading(found, chosen, differences),
        frame=frame,
        parts={"differences": differences},
        notes=tuple(_notes(found, frame)),
        better=better,
        **_common(found, frame),
    )


def tasks(wanted: Wanted, snapshot: Snapshot) -> Chart:
    """What each model scored on the tasks most like the question's. Raises: BadInput, UnknownName."""
    found = answers.shown(wanted, snapshot)
    chosen = chosen_models(found, wanted.models)
    frame, n_tasks = _on_tasks(found, chosen, snapshot)
    differences = _differences(found, chosen)
    notes = [
        f"{frame['task_id'].n_unique()} of the {n_tasks} similar tasks, the most similar at the top; a model has a point "
        "only where it was measured, and scores that the snapshot's guard doubts are left out",
        *answers.shared_notes(found, symbols=False),
    ]
    return Chart(
        name="side-by-side-tasks",
        title=f"On similar tasks: {answers.question(found.answer.profile)}",
        reading=_tasks_reading(chosen, frame)
        if found.stand is not None
        else f"Nothing to draw: {answers.LOST}.",
        frame=frame,
        parts={"differences": differences},
        notes=tuple(notes),
        better="to the right",
        **_common(found, frame),
    )


class _Common(TypedDict):
    pool: str
    snapshot_id: str
    as_of: date | None
    facts: dict[str, float | int | str | None]


def _common(found: Shown, frame: pl.DataFrame) -> _Common:
    answer, n = found.answer, frame["model_id"].n_unique()
    return _Common(
        pool=f"{n} of {answer.pool.n_models:,} {answer.pool.description}",
        snapshot_id=answer.snapshot_id,
        as_of=answer.as_of,
        facts={"metric": answers.metric_label(answer.profile), "n_models": n},
    )


def _measures(found: Shown, chosen: dict[str, str], snapshot: Snapshot) -> pl.DataFrame:
    cards = {row["model_id"]: row for row in found.models.iter_rows(named=True)}
    taken = _by_key(found.taken, "quantity")
    scored = _by_key(known_dimensions(found, snapshot), "dimension")
    rows = []
    for order, (name, part) in enumerate(chosen.items()):
        card = cards.get(name)
        if card is None:
            continue
        size = card["n_parameters"]
        score = (card["score"], card["score_lo"], card["score_hi"], card["basis"])
        known = {
            "score": score,
            "parameters": (size, None, None, "unknown" if size is None else "measured"),
        }
        for measure in MEASURES:
            found_there = (
                known.get(measure) or taken.get((name, measure)) or scored.get((name, measure))
            )
            value, lo, hi, basis = found_there or (None, None, None, "unknown")
            number = None if value is None else float(value)
            about = (card["kind"], card["license"], card["eligible"])
            rows.append((order, name, part, *about, measure, number, lo, hi, basis))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _by_key(
    frame: pl.DataFrame, key: str
) -> dict[tuple[str, str], tuple[float, float, float, str]]:
    columns = ("model_id", key, "value", "lo", "hi", "basis")
    return {(row[0], row[1]): row[2:] for row in frame.select(columns).iter_rows()}


def _on_tasks(found: Shown, chosen: dict[str, str], snapshot: Snapshot) -> tuple[pl.DataFrame, int]:
    """TASKS rows, and how many similar tasks there are."""
    stand = found.stand
    if stand is None or not {"task_id", "similarity"} <= set(stand.competing.tasks.columns):
        return pl.DataFrame(schema=TASKS), 0
    names = pl.DataFrame(
        [(i, name) for i, name in enumerate(chosen)],
        schema={"order": pl.Int64, "model_id": pl.String},
        orient="row",
    )
    near = stand.competing.tasks.select("task_id", "similarity")
    cells = (
        measured_scores(snapshot.scan)
        .join(names.lazy(), on="model_id", how="semi")
        .join(near.lazy(), on="task_id", how="semi")
        .select("model_id", "task_id", "value")
    )
    known = set_aside(snapshot.collect(cells), stand.competing.flags)
    shown = (
        near.join(known.select("task_id").unique(), on="task_id", how="semi")
        .sort(["similarity", "task_id"], descending=[True, False])
        .head(_MOST_TASKS)
    )
    kinds = found.models.select("model_id", "kind")
    frame = (
        known.join(shown, on="task_id")
        .join(names, on="model_id")
        .join(kinds, on="model_id", how="left")
        .sort(["similarity", "task_id", "order"], descending=[True, False, False])
        .select(pl.col(column).cast(kind) for column, kind in TASKS.items())
    )
    return frame, near.height


def _differences(found: Shown, chosen: dict[str, str]) -> pl.DataFrame:
    first, *others = chosen or [""]
    rows = [
        (name, *(found.difference(first, name) or (None, None, None)), found.level(first, name))
        for name in others
    ]
    return pl.DataFrame(rows, schema=DIFFERENCES, orient="row")


def _reading(found: Shown, chosen: dict[str, str], differences: pl.DataFrame) -> str:
    """Who is better on average, then by how much on one task: two facts, so two sentences."""
    if not chosen:
        return "Nothing to draw: name two models or more, or ask a question that somebody is eligible for."
    first = next(iter(chosen))
    known = differences.drop_nulls(["value", "p_level"])
    if known.is_empty():
        return f"{first}: no difference to the others can be stated."
    told: dict[str, list[str]] = {}
    for row in known.iter_rows(named=True):
        told.setdefault(_standing(row["p_level"]), []).append(row["model_id"])
    standing = "; ".join(f"{words} {' and '.join(names)}" for words, names in told.items())
    apart = "; ".join(_apart(row) for row in known.iter_rows(named=True))
    where, one = "On average over the similar tasks", "On one task like yours"
    if found.stand is not None and found.stand.competing.is_named:
        where, one = "On this very task", "Here"
    return f"{where} {first} is {standing}. {one} it scores {apart}."


def _apart(row: dict[str, Any]) -> str:
    """Like "5.7 points more than org/model (1.0 to 10.4)"; of a lower score how much less."""
    value, lo, hi = row["value"], row["lo"], row["hi"]
    word = "more"
    if value < 0:
        word, value, lo, hi = "less", -value, -hi, -lo
    ends = f"{answers.points(lo)} to {answers.points(hi)}{answers.either_way(lo, hi)}"
    return f"{answers.points(value)} points {word} than {row['model_id']} ({ends})"


def _standing(p_level: float) -> str:
    """The first model against one that is at least as good with this chance: the house's rule for ties."""
    if answers.is_tie(p_level):
        return "level with"
    return "better than" if p_level < TIED_FROM else "worse than"


def _tasks_reading(chosen: dict[str, str], frame: pl.DataFrame) -> str:
    if frame.is_empty():
        return "Nothing to draw: none of these models was measured on any similar task."
    first = next(iter(chosen))
    own = frame.filter(pl.col("model_id") == first).select("task_id", own="value")
    parts = []
    for name in list(chosen)[1:]:
        both = frame.filter(pl.col("model_id") == name).join(own, on="task_id")
        if both.height:
            ahead = both.filter(pl.col("own") > pl.col("value")).height
            parts.append(f"above {name} on {ahead} of {both.height}")
    if not parts:
        return f"{first} shares no similar task with the others."
    return f"Of the similar tasks that both were measured on, {first} is {', '.join(parts)}."


def _notes(found: Shown, frame: pl.DataFrame) -> list[str]:
    sizeless = (pl.col("measure") == "parameters") & pl.col("kind").is_in(list(NOT_NEURAL))
    unknown = frame.filter(pl.col("value").is_null() & ~sizeless)
    notes = [
        f"not known of {model}: {', '.join(_WORDS[name] for name in measures)}"
        for model, measures in unknown.group_by("model_id", maintain_order=True)
        .agg("measure")
        .iter_rows()
    ]
    outside = frame.filter(~pl.col("eligible"))["model_id"].unique(maintain_order=True).to_list()
    if outside:
        notes.append(f"outside the stated limits: {', '.join(outside)}")
    notes += [
        f"first less this one: open where they are level on average (the lower is at least as good in {TIED_FROM:.0%} of "
        "the paired resamples of the evidence), filled where one is better on average; an interval that holds 0 says that "
        "one task may still go either way",
        f"{answers.LEVEL_WORDS}; {answers.gaps_words(found)}",
        *answers.shared_notes(found),
    ]
    return notes
