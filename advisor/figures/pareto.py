"""Accuracy against what it takes: who is on the Pareto front of latency, memory or cost, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.ids import pool_of_family
from advisor.estimate.cost import cost as costs
from advisor.figures import answers
from advisor.figures.chart import Chart
from advisor.recommend.ties import TIED_FROM

if TYPE_CHECKING:
    from advisor.core.profile import Constraints
    from advisor.core.recommendation import LargeReference
    from advisor.figures.answers import Shown
    from advisor.figures.chart import Wanted
    from advisor.tables.snapshot import Snapshot

POINT: Final = 0.01


@dataclass(frozen=True, kw_only=True)
class _Axis:
    """One quantity that accuracy is weighed against."""

    quantity: str
    word: str
    taking: str
    """What a model does with it: "takes", "costs"."""


_LATENCY: Final = _Axis(quantity="latency_p95_s", word="latency", taking="takes")
_MEMORY: Final = _Axis(quantity="memory_bytes", word="memory", taking="needs")
_COST: Final = _Axis(quantity="cost_usd_per_1k_items", word="cost", taking="costs")
_WAYS: Final = {"api": "a provider's price", "own machine": "an hour of the stated machine"}
COLUMNS: Final = (
    "model_id", "kind", "size_class", "n_parameters", "taken", "taken_lo", "taken_hi", "taken_basis", "way", "score",
    "score_lo", "score_hi", "score_basis", "evidence", "p_good_enough", "eligible", "role", "on_front", "certainty",
    "level_with", "above_front",
)  # fmt: skip
"""taken: s, bytes or USD per 1,000 items; way (cost alone): "api" or "own machine". on_front: of the eligible models
with enough evidence to be named, none scores at least as high and takes less, or higher and takes no more, by the central
values. certainty, of the front alone: "clear"; "not clear": `level_with`, which takes less, may be as good; null: cannot
be told. above_front: too little measured to be named, and by central values better than the front."""


def latency(wanted: Wanted, snapshot: Snapshot) -> Chart:
    """Score against p95 latency of one item. Raises: BadInput: no answer."""
    return _chart(answers.shown(wanted, snapshot), _LATENCY, snapshot)


def memory(wanted: Wanted, snapshot: Snapshot) -> Chart:
    """Score against memory where it runs. Raises: BadInput: no answer."""
    return _chart(answers.shown(wanted, snapshot), _MEMORY, snapshot)


def cost(wanted: Wanted, snapshot: Snapshot) -> Chart:
    """Score against USD per 1,000 items. Raises: BadInput: no answer."""
    return _chart(answers.shown(wanted, snapshot), _COST, snapshot)


def on_front(frame: pl.DataFrame) -> pl.Series:
    """Whether each row is dominated by none: columns taken (less is better) and score (more is better), no nulls.

    One row dominates another that scores no more and takes no less, and is not equal in both.
    """
    best_there = pl.col("score").max().over("taken")
    levels = (
        frame.group_by("taken")
        .agg(level=pl.col("score").max())
        .sort("taken")
        .select("taken", before=pl.col("level").cum_max().shift(1))
    )
    judged = frame.join(levels, on="taken", how="left", maintain_order="left").select(
        on_front=(pl.col("score") == best_there)
        & (pl.col("before").is_null() | (pl.col("score") > pl.col("before")))
    )
    return judged["on_front"]


def _chart(found: Shown, axis: _Axis, snapshot: Snapshot) -> Chart:
    answer = found.answer
    frame = _frame(found, axis, snapshot)
    shown = frame.filter("eligible")
    front = frame.filter("on_front").sort("taken", "score", "model_id")
    bars = _bars(found, axis)
    missing = found.eligible.height - shown.height
    facts: dict[str, float | int | str | None] = {
        "quantity": axis.quantity,
        "metric": answers.metric_label(answer.profile),
        "n_eligible": found.eligible.height,
        "n_shown": shown.height,
        "n_missing": missing,
        "n_front": front.height,
        "n_front_not_clear": front.filter(pl.col("certainty") != "clear").height,
        "limit": _limit(answer.profile.constraints, axis),
    }
    return Chart(
        name=f"pareto-{axis.word}",
        title=f"Score against {axis.word}: {answers.question(answer.profile)}",
        reading=_reading(found, axis, frame, front),
        frame=frame,
        parts={"front": front.select("model_id", "taken", "score", "certainty"), "bars": bars},
        notes=tuple(_notes(found, axis, frame, missing)),
        better="up and to the left",
        pool=answers.pool_words(answer, shown.height) if shown.height else answer.pool.description,
        snapshot_id=answer.snapshot_id,
        as_of=answer.as_of,
        facts=facts,
    )


def _frame(found: Shown, axis: _Axis, snapshot: Snapshot) -> pl.DataFrame:
    """Eligible models and the large reference; where nobody is eligible, everybody who competed."""
    taken = found.taken.filter(pl.col("quantity") == axis.quantity).select(
        "model_id", taken="value", taken_lo="lo", taken_hi="hi", taken_basis="basis"
    )
    wanted = pl.col("eligible") | (pl.col("role") == "large reference")
    if not found.eligible.height:
        wanted = pl.lit(value=True)
    frame = (
        found.models.filter(wanted)
        .rename({"basis": "score_basis"})
        .join(taken, on="model_id", how="inner")
        .filter(pl.col("taken") > 0)
        .join(_ways(found, axis, snapshot), on="model_id", how="left")
    )
    nameable = frame.filter("eligible", pl.col("evidence") != "predicted")
    nameable = nameable.with_columns(on_front(nameable))
    fronted = nameable.select("model_id", "on_front")
    frame = frame.join(fronted, on="model_id", how="left").with_columns(
        pl.col("on_front").fill_null(value=False)
    )
    return (
        frame.join(_certainty(found, nameable), on="model_id", how="left")
        .with_columns(above_front=_above(frame, nameable.filter("on_front")))
        .select(COLUMNS)
        .sort("taken", "model_id")
    )


def _above(frame: pl.DataFrame, front: pl.DataFrame) -> pl.Series:
    """Whether each eligible row that may not be named would be on the front if it might."""
    steps = front.select("taken", "score")
    ordered = [
        bool(row["eligible"])
        and row["evidence"] == "predicted"
        and steps.filter(
            pl.col("taken") <= row["taken"], pl.col("score") >= row["score"]
        ).is_empty()
        for row in frame.iter_rows(named=True)
    ]
    return pl.Series("above_front", ordered, dtype=pl.Boolean)


def _ways(found: Shown, axis: _Axis, snapshot: Snapshot) -> pl.DataFrame:
    nothing = pl.DataFrame(schema={"model_id": pl.String, "way": pl.String})
    if axis is not _COST or found.stand is None:
        return nothing
    pool = found.stand.pool
    known = costs(snapshot.scan, pool.models, found.answer.profile.workload, pool=pool.pool)
    return known.filter(pl.col("way").is_not_null()).select("model_id", "way")


def _certainty(found: Shown, nameable: pl.DataFrame) -> pl.DataFrame:
    """model_id, certainty, level_with of the front's models: may one that takes less be as good after all?

    By the rule that says who is tied with the best (METHOD.md#verdict).
    """
    front = nameable.filter("on_front").sort("taken", "score", "model_id")
    rows = []
    for row in front.iter_rows(named=True):
        cheaper = nameable.filter(
            pl.col("taken") <= row["taken"], pl.col("model_id") != row["model_id"]
        ).sort("taken", "model_id")
        rows.append((row["model_id"], *_against(found, row, cheaper["model_id"].to_list())))
    schema = {"model_id": pl.String, "certainty": pl.String, "level_with": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _against(
    found: Shown, row: dict[str, object], cheaper: list[str]
) -> tuple[str | None, str | None]:
    if found.stand is None:
        return None, None
    try:
        chances = found.stand.apart.p_level(str(row["model_id"]), cheaper)
    except KeyError:
        return None, None
    level = next((name for name in cheaper if chances[name] >= TIED_FROM), None)
    return ("clear" if level is None else "not clear"), level


def _limit(limits: Constraints, axis: _Axis) -> float | None:
    if axis is _LATENCY:
        return None if limits.max_latency_ms is None else limits.max_latency_ms / 1e3
    if axis is _MEMORY:
        return None if limits.max_memory_gb is None else limits.max_memory_gb * 1e9
    return limits.max_cost_usd_per_1k


def _bars(found: Shown, axis: _Axis) -> pl.DataFrame:
    """Lines across the plot: bar, value: the stated limit, the best estimate, and the tolerance below it."""
    profile = found.answer.profile
    rows: list[tuple[str, float]] = []
    if (limit := _limit(profile.constraints, axis)) is not None:
        rows.append(("limit", limit))
    leaders = found.answer.leaders
    best = found.row(None if leaders is None else leaders.best)
    if best is not None:
        score = float(str(best["score"]))
        rows += [("best", score), ("tolerance", score - profile.tolerance * POINT)]
    return pl.DataFrame(rows, schema={"bar": pl.String, "value": pl.Float64}, orient="row")


def _reading(found: Shown, axis: _Axis, frame: pl.DataFrame, front: pl.DataFrame) -> str:
    answer = found.answer
    if frame.is_empty():
        return f"Nothing to draw: no {axis.word} is known of any model that competes."
    if not found.eligible.height:
        return (
            f"No model is known to meet every limit: the {frame.height:,} that compete and whose {axis.word} is known are "
            "shown, and none is on a front."
        )
    if front.is_empty():
        n = found.eligible.height
        return f"No {axis.word} is known of any of the {n:,} eligible models, so there is no front."
    named = answer.verdict.model_id
    if named is None:
        nobody = "No model is named: none is known to be good enough with the odds asked for."
        return f"{nobody} {_along(found, axis, front)}"
    row = frame.filter(pl.col("model_id") == named)
    if row.is_empty():
        unknown = f"The {axis.word} of {named} is not known: it cannot be placed."
        return f"{unknown} {_along(found, axis, front)}"
    words = [_against_best(found, axis, row.row(0, named=True), front)]
    reference = answer.large_reference
    if reference is not None:
        words.append(_against_reference(axis, row.row(0, named=True), frame, reference))
    return " ".join(word for word in words if word)


def _along(found: Shown, axis: _Axis, front: pl.DataFrame) -> str:
    """What the front's most accurate member buys over its cheapest."""
    top, first = front.row(-1, named=True), front.row(0, named=True)
    if front.height == 1:
        return f"{top['model_id']} alone is on the front, at {answers.points(top['score'])}."
    apart = found.difference(top["model_id"], first["model_id"])
    gained = (
        answers.gap(apart) if apart else f"{answers.points(top['score'] - first['score'])} points"
    )
    return (
        f"Along the front, {top['model_id']} scores {gained} more than {first['model_id']} and {axis.taking} "
        f"{answers.as_much(top['taken'] / first['taken'])}."
    )


def _against_best(found: Shown, axis: _Axis, named: dict[str, float], front: pl.DataFrame) -> str:
    """What the named model gives up against the best on the front, and what it saves."""
    top = front.row(-1, named=True)
    name = named["model_id"]
    own = f"{name} {axis.taking} {answers.amount(axis.quantity, named['taken'])}"
    if top["model_id"] == name:
        return f"{own} and is the most accurate on the front itself."
    apart = found.difference(top["model_id"], str(name))
    given = (
        answers.gap(apart) if apart else f"{answers.points(top['score'] - named['score'])} points"
    )
    ratio = top["taken"] / named["taken"]
    if ratio >= 1:
        saved = f"which {axis.taking} {answers.as_much(ratio)}"
    else:
        saved = f"which {axis.taking} less ({answers.amount(axis.quantity, top['taken'])})"
    words = f"{own}; it gives up {given} against the best on the front, {top['model_id']}, {saved}."
    over = front.filter(pl.col("taken") <= named["taken"], pl.col("score") >= named["score"]).row(
        -1, named=True
    )
    if over["model_id"] not in {name, top["model_id"]}:
        words += (
            f" By central values {over['model_id']} scores "
            f"{answers.points(over['score'] - named['score'])} points more and {axis.taking} no more."
        )
    return words


def _against_reference(
    axis: _Axis, named: dict[str, float], frame: pl.DataFrame, reference: LargeReference
) -> str:
    there = frame.filter(pl.col("model_id") == reference.model_id, ~pl.col("eligible"))
    if there.is_empty():
        return ""
    row = there.row(0, named=True)
    return (
        f"Outside the limits, {reference.model_id} is estimated {answers.points(row['score'] - named['score'])} points "
        f"higher at {_the_times(row['taken'] / named['taken'])} {axis.word}."
    )


def _the_times(ratio: float) -> str:
    return "the same" if f"{ratio:.2g}" == "1" else f"{answers.times(ratio)} the"


def _notes(found: Shown, axis: _Axis, frame: pl.DataFrame, missing: int) -> list[str]:
    n = found.eligible.height
    notes = []
    if not n and (unknown := found.models.height - frame.height):
        notes.append(
            f"{unknown:,} of {found.models.height:,} that compete have no known {axis.word} and are not shown"
        )
    if missing:
        notes.append(
            f"{missing:,} of {n:,} eligible models have no known {axis.word} and are not shown"
        )
    reference = found.answer.large_reference
    if reference is not None and reference.model_id not in set(frame["model_id"]):
        notes.append(f"the large reference, {reference.model_id}, has no known {axis.word}")
    unclear = frame.filter(pl.col("certainty") == "not clear").height
    if unclear:
        notes.append(
            f"on the front without a ring ({unclear} of {frame['on_front'].sum()}): a model that {axis.taking} less is as "
            f"good in at least {TIED_FROM:.0%} of the paired resamples of the evidence"
        )
    pale = frame.filter("eligible", pl.col("evidence") == "predicted").height
    if pale:
        above = frame["above_front"].sum()
        notes.append(
            f"pale: measured on too few similar tasks to be named ({pale:,}), so not on the front"
            + (
                f", though {above} {'is' if above == 1 else 'are'} predicted above it"
                if above
                else ""
            )
        )
    notes.append(_where(found, axis))
    if axis is _COST:
        counts = frame.group_by("way").len().sort("way")
        said = [f"{_WAYS[way]}: {k}" for way, k in counts.iter_rows() if way in _WAYS]
        notes += [f"cost is {' · '.join(said)}"] if said else []
        if found.answer.profile.workload.hardware_id is None:
            notes.append(
                "no price of a CPU hour is known: what runs on your own machine has no cost here"
            )
    if n and frame.height:
        notes.append(
            f"{answers.LEVEL_WORDS}, drawn for the front and the named model of {frame.height:,}"
        )
        notes.append(answers.gaps_words(found))
    return [*notes, *answers.shared_notes(found)]


def _where(found: Shown, axis: _Axis) -> str:
    work = found.answer.profile.workload
    machine = work.hardware_id or "one CPU core"
    items = f"{work.input_tokens} tokens in"
    if pool_of_family(found.answer.profile.task_family) == "language-model":
        items += f", {work.output_tokens} out where a model writes"
    if axis is _COST:
        return f"cost: 1,000 items of {items}"
    many = "one item at a time" if work.batch_size == 1 else f"{work.batch_size} items at once"
    what = "p95 of one item" if axis is _LATENCY else "weights, activations and the program"
    return f"{axis.word}: {what}, on {machine}, {items}, {many}"
