"""What each size class reaches: its best model's estimate, share of the best, odds, and where size stops paying."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.ids import SIZE_CLASSES
from advisor.figures import answers
from advisor.figures.chart import Chart

if TYPE_CHECKING:
    from advisor.figures.answers import Shown
    from advisor.figures.chart import Wanted
    from advisor.tables.snapshot import Snapshot

POINT: Final = 0.01
SCHEMA: Final = pl.Schema(
    {
        "size_class": pl.String,
        "rung": pl.String,
        "model_id": pl.String,
        "kind": pl.String,
        "n_parameters": pl.Int64,
        "score": pl.Float64,
        "score_lo": pl.Float64,
        "score_hi": pl.Float64,
        "basis": pl.String,
        "share_of_best": pl.Float64,
        "p_good_enough": pl.Float64,
        "eligible": pl.Boolean,
        "is_knee": pl.Boolean,
        "is_pick": pl.Boolean,
    }
)
"""rung: "best": the class's best well-evidenced model; "pick": the named model, where another one is its class's best."""


def build(wanted: Wanted, snapshot: Snapshot) -> Chart:
    """One rung per size class, smallest first, and the named model. Raises: BadInput: no answer."""
    found = answers.shown(wanted, snapshot)
    answer = found.answer
    frame = _frame(found)
    best = max(frame["score"].to_list(), default=None)
    low = answer.profile.tolerance * POINT
    bars = [] if best is None else [("best", best), ("tolerance", best - low)]
    knee = frame.filter("is_knee")
    return Chart(
        name="size-ladder",
        title=f"What each size reaches: {answers.question(answer.profile)}",
        reading=_reading(found, frame),
        frame=frame,
        parts={
            "bars": pl.DataFrame(bars, schema={"bar": pl.String, "value": pl.Float64}, orient="row")
        },
        notes=tuple(_notes(found, frame)),
        better="to the right",
        pool=f"best well-evidenced model per size of {answer.pool.n_models:,} {answer.pool.description}",
        snapshot_id=answer.snapshot_id,
        as_of=answer.as_of,
        facts={
            "metric": answers.metric_label(answer.profile),
            "knee": knee["size_class"][0] if knee.height else None,
            "pick": answer.verdict.model_id,
            "tolerance": low,
        },
    )


def _frame(found: Shown) -> pl.DataFrame:
    named = found.answer.verdict.model_id
    kinds = dict(found.models.select("model_id", "kind").iter_rows())
    rows = [
        {
            "size_class": rung.size_class, "rung": "best", "model_id": rung.model_id,
            "kind": kinds.get(rung.model_id), "n_parameters": rung.n_parameters, "score": rung.estimate.value,
            "score_lo": rung.estimate.lo, "score_hi": rung.estimate.hi, "basis": rung.estimate.basis,
            "share_of_best": rung.share_of_best, "p_good_enough": rung.p_good_enough, "eligible": rung.eligible,
            "is_knee": rung.is_knee, "is_pick": rung.model_id == named,
        }
        for rung in found.answer.size_ladder
    ]  # fmt: skip
    pick = found.row(named)
    if rows and pick is not None and not any(row["is_pick"] for row in rows):
        top = max(float(str(row["score"])) for row in rows)
        score = float(str(pick["score"]))
        own = {key: pick[key] for key in pick if key in SCHEMA}
        own |= {"rung": "pick", "is_knee": False, "is_pick": True}
        rows.append(own | {"share_of_best": score / top if top > 0 else 0.0})
    order = pl.col("size_class").cast(pl.Enum(SIZE_CLASSES))
    frame = pl.DataFrame(rows, schema=SCHEMA)
    return frame.sort(order, "rung", maintain_order=True)


def _reading(found: Shown, frame: pl.DataFrame) -> str:
    if frame.is_empty():
        return (
            "Nothing to draw: no size class has a model that was measured on enough similar tasks."
        )
    words = []
    knee = frame.filter("is_knee")
    tolerance = found.answer.profile.tolerance
    if knee.height:
        row = knee.row(0, named=True)
        sized = frame.filter(pl.col("size_class") != "undisclosed", pl.col("rung") == "best")
        if sized.height == 1:
            words.append(
                f"Of one size alone, {_words(row['size_class'])}, a model was measured enough."
            )
        elif row["model_id"] == sized["model_id"][-1]:
            words.append(
                f"Size pays up to the largest class, {_words(row['size_class'])}: every smaller one is estimated more than "
                f"{tolerance:g} points below a larger."
            )
        else:
            words.append(
                f"The ladder levels off at {_words(row['size_class'])}: no larger size is estimated more than "
                f"{tolerance:g} points higher."
            )
    pick = frame.filter("is_pick")
    if pick.height:
        row = pick.row(0, named=True)
        words.append(
            f"The named {row['model_id']} reaches {row['share_of_best']:.0%} of the best estimate on the ladder."
        )
    else:
        n = frame.filter("eligible").height
        words.append(f"No model is named; {n} of {frame.height} rungs are within the limits.")
    return " ".join(words)


def _words(size_class: str) -> str:
    return "models without a neural network" if size_class == "no neural model" else size_class


def _notes(found: Shown, frame: pl.DataFrame) -> list[str]:
    notes = []
    held = set(frame["size_class"])
    if absent := [name for name in SIZE_CLASSES if name not in held]:
        notes.append(
            f"no model measured on enough similar tasks: {', '.join(name for name in absent)}"
        )
    if (outside := frame.filter(~pl.col("eligible")).height) > 0:
        notes.append(
            f"{outside} rungs stand outside the stated limits: they are not competing for the answer"
        )
    notes.append(f"{answers.LEVEL_WORDS}; rungs are not joined: each is another model")
    return [*notes, *answers.shared_notes(found)]
