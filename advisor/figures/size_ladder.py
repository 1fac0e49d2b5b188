"""What each size class reaches: its best model's estimate, share of the best, odds, and where size stops paying."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.ids import SIZE_CLASSES
from advisor.figures import answers
from advisor.figures import words as spelt
from advisor.figures.chart import Chart
from advisor.recommend.limits import SIZE_LIMITS, judge
from advisor.recommend.options import Options

if TYPE_CHECKING:
    from advisor.figures.answers import Shown
    from advisor.figures.chart import Wanted
    from advisor.tables.snapshot import Snapshot

POINT: Final = 0.01
_LIMITED: Final = {
    "max_parameters": "size", "max_memory_gb": "memory", "max_latency_ms": "latency", "max_cost_usd_per_1k": "cost",
}  # fmt: skip
_DECIDED: Final = (None, None)
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
        "undecided": pl.String,
        "undecided_why": pl.String,
        "is_knee": pl.Boolean,
        "is_pick": pl.Boolean,
    }
)
"""undecided: of a rung that fails no limit and yet is not eligible, what leaves that open ("cost not known"), and
undecided_why in full; null else.
rung: "best": the class's best well-evidenced model; "pick": the named model, where another one is its class's best."""


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
    unknown = _undecided(found)
    for rung in found.answer.size_ladder:
        if rung.eligible:
            unknown.pop(rung.model_id, None)
    rows = [
        {
            "size_class": rung.size_class, "rung": "best", "model_id": rung.model_id,
            "kind": kinds.get(rung.model_id), "n_parameters": rung.n_parameters, "score": rung.estimate.value,
            "score_lo": rung.estimate.lo, "score_hi": rung.estimate.hi, "basis": rung.estimate.basis,
            "share_of_best": rung.share_of_best, "p_good_enough": rung.p_good_enough, "eligible": rung.eligible,
            "undecided": unknown.get(rung.model_id, _DECIDED)[0],
            "undecided_why": unknown.get(rung.model_id, _DECIDED)[1], "is_knee": rung.is_knee, "is_pick": rung.model_id == named,
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


def _undecided(found: Shown) -> dict[str, tuple[str | None, str | None]]:
    """model_id → in short and in full why it is open whether it meets the limits; of models that fail none.

    A rung keeps every limit but those on size, so these alone are judged; where the field behind the answer is not
    found again, those stand that the answer lists.
    """
    if found.stand is None:
        rows = [(row.model_id, row.constraint, row.why) for row in found.answer.undecided]
    else:
        stand = found.stand
        judged = judge(stand.competing.models, stand.taken, found.answer.profile, Options())
        judged = judged.filter(pl.col("constraint").is_in(list(SIZE_LIMITS)))
        failing = judged.filter(pl.col("judgement") == "fails").select("model_id")
        unclear = judged.filter(pl.col("judgement") == "unknown")
        unclear = unclear.join(failing, on="model_id", how="anti")
        rows = unclear.select("model_id", "constraint", "why").rows()
    short: dict[str, list[str]] = {}
    full: dict[str, list[str]] = {}
    for model_id, constraint, why in rows:
        words = "not known" if "not known" in why else "not sure"
        short.setdefault(model_id, []).append(f"{_LIMITED.get(constraint, constraint)} {words}")
        full.setdefault(model_id, []).append(why)
    return {name: (", ".join(short[name]), "; ".join(full[name])) for name in short}


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
        if (open_ := frame["undecided"].count()) > 0:
            words.append(f"Of {open_} that is not known.")
    return " ".join(words)


def _words(size_class: str) -> str:
    return (
        "models without a neural network"
        if size_class == "no neural model"
        else spelt.size_class(size_class)
    )


def _notes(found: Shown, frame: pl.DataFrame) -> list[str]:
    notes = []
    held = set(frame["size_class"])
    if absent := [name for name in SIZE_CLASSES if name not in held]:
        notes.append(
            f"no model measured on enough similar tasks: {', '.join(spelt.size_class(name) for name in absent)}"
        )
    outside = frame.filter(~pl.col("eligible"), pl.col("undecided").is_null()).height
    if outside:
        notes.append(
            f"{outside} rung{' stands' if outside == 1 else 's stand'} outside the stated limits, not competing for the answer"
        )
    untold = frame.filter(pl.col("undecided").is_not_null())
    if untold.height:
        names = "; ".join(
            f"{row['model_id']}: {row['undecided_why']}" for row in untold.iter_rows(named=True)
        )
        notes.append(
            f"{untold.height} rung{'' if untold.height == 1 else 's'} may or may not meet the limits, because a fact is not "
            f"known well enough ({names}): not competing for the answer either"
        )
    notes.append(f"{answers.LEVEL_WORDS}; rungs are not joined: each is another model")
    return [*notes, *answers.shared_notes(found)]
