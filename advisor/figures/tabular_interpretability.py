"""Tables: how good each kind of model is, against how far a person can follow it, and what following costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.ids import pool_of_family
from advisor.figures import answers
from advisor.figures.chart import Chart
from advisor.score.interpretability import (
    interpretability,
    is_own_explanation,
    model_class,
    rubric,
)

if TYPE_CHECKING:
    from advisor.figures.answers import Shown
    from advisor.figures.chart import Wanted
    from advisor.tables.snapshot import Snapshot

SCHEMA: Final = pl.Schema(
    {
        "model_class": pl.String,
        "transparency": pl.Float64,
        "own_explanation": pl.Boolean,
        "model_id": pl.String,
        "kind": pl.String,
        "interpretability": pl.Float64,
        "interpretability_lo": pl.Float64,
        "interpretability_hi": pl.Float64,
        "score": pl.Float64,
        "score_lo": pl.Float64,
        "score_hi": pl.Float64,
        "score_basis": pl.String,
        "evidence": pl.String,
        "eligible": pl.Boolean,
        "role": pl.String,
        "best_of": pl.String,
    }
)
"""One row per model that competes. model_class, transparency: of the rubric, data/interpretability.toml. own_explanation:
its class is accepted as its own explanation. best_of: "interpretable" or "black box", for the best well-evidenced one."""


def build(wanted: Wanted, snapshot: Snapshot) -> Chart:
    """Score by class of the rubric, and the price of interpretability. Raises: BadInput: no answer."""
    found = answers.shown(wanted, snapshot)
    answer = found.answer
    frame = _frame(found)
    best = dict(frame.filter(pl.col("best_of").is_not_null()).select("best_of", "model_id").rows())
    price = found.difference(best["black box"], best["interpretable"]) if len(best) == 2 else None
    facts: dict[str, float | int | str | None] = {
        "metric": answers.metric_label(answer.profile),
        "best_interpretable": best.get("interpretable"),
        "best_black_box": best.get("black box"),
    }
    level = _level(found, best, price)
    facts["p_level"] = level
    facts |= dict(zip(("price", "price_lo", "price_hi"), price or (None,) * 3, strict=True))
    return Chart(
        name="tabular-interpretability",
        title=f"Quality against interpretability: {answers.question(answer.profile)}",
        reading=_reading(found, frame, best, price, level),
        frame=frame,
        notes=tuple(_notes(found, frame)),
        better="to the right, and upwards where decisions must be followed",
        pool=f"{frame.height:,} of {answer.pool.n_models:,} {answer.pool.description}",
        snapshot_id=answer.snapshot_id,
        as_of=answer.as_of,
        facts=facts,
    )


def _level(
    found: Shown, best: dict[str, str], price: tuple[float, float, float] | None
) -> float | None:
    """Chance that the worse of the two by the central values is at least as good as the other on average."""
    if price is None:
        return None
    pair = best["black box"], best["interpretable"]
    return found.level(*(pair if price[0] > 0 else pair[::-1]))


def is_about_tables(found: Shown) -> bool:
    """Whether the question is answered by models measured on tables."""
    return pool_of_family(found.answer.profile.task_family) == "tabular"


def _frame(found: Shown) -> pl.DataFrame:
    if found.stand is None or not is_about_tables(found):
        return pl.DataFrame(schema=SCHEMA)
    cards = found.stand.pool.models
    scores = interpretability(cards).rename(
        {
            "value": "interpretability",
            "lo": "interpretability_lo",
            "hi": "interpretability_hi",
            "basis": "rubric_basis",
        }
    )
    points = {name: line["value"] for name, line in rubric()["transparency"].items()}
    classes = cards.select(
        "model_id", model_class=model_class(), own_explanation=is_own_explanation()
    ).with_columns(
        transparency=pl.col("model_class").replace_strict(
            points, default=None, return_dtype=pl.Float64
        )
    )
    frame = (
        found.models.rename({"basis": "score_basis"})
        .join(classes, on="model_id", how="inner")
        .filter(pl.col("model_class").is_not_null())
        .join(scores, on="model_id", how="left")
    )
    best = (
        frame.filter(pl.col("evidence") != "predicted", pl.col("own_explanation").is_not_null())
        .sort(["score", "model_id"], descending=[True, False])
        .group_by("own_explanation", maintain_order=True)
        .first()
        .select(
            "model_id",
            best_of=pl.when("own_explanation")
            .then(pl.lit("interpretable"))
            .otherwise(pl.lit("black box")),
        )
    )
    return (
        frame.join(best, on="model_id", how="left")
        .sort(
            ["transparency", "model_class", "score", "model_id"],
            descending=[True, False, True, False],
        )
        .select(pl.col(column).cast(kind) for column, kind in SCHEMA.items())
    )


def _reading(
    found: Shown,
    frame: pl.DataFrame,
    best: dict[str, str],
    price: tuple[float, float, float] | None,
    level: float | None,
) -> str:
    if not is_about_tables(found):
        pool = found.answer.pool.description
        return f"Nothing to draw: this chart is about tables, and the question is one for {pool}."
    if found.stand is None:
        return f"Nothing to draw: {answers.LOST}."
    if frame.is_empty():
        return "Nothing to draw: nobody who competes has a class of the rubric."
    if price is None or level is None:
        lacking = "interpretable model" if "interpretable" not in best else "black box"
        return f"No price of interpretability can be stated: no {lacking} was measured on enough similar tables."
    value, lo, hi = price
    pair = f"{best['interpretable']}, the best that explains itself, and {best['black box']}, the best that does not"
    apart = f"{answers.points(abs(value))} points"
    span = f"on one table like yours {answers.points(lo)} to {answers.points(hi)}"
    if answers.is_tie(level):
        return f"A tie: {pair}, are {apart} apart and cannot be told apart ({span})."
    word = "costs" if value > 0 else "costs nothing and gains"
    return f"Interpretability {word} {apart} on average ({span}): {pair}."


def _notes(found: Shown, frame: pl.DataFrame) -> list[str]:
    notes = [
        "interpretability is a declared rubric, a prior and no measurement: the class's transparency (on the axis) and "
        "open weights, code and data; every line's source stands in data/interpretability.toml",
    ]
    accepted = ", ".join(name.replace("_", " ") for name in rubric()["accepted"]["classes"])
    notes.append(
        f"models that explain themselves: {accepted}; ringed: the best of them and of the rest, limits aside"
    )
    if (barred := frame.filter(~pl.col("eligible")).height) > 0:
        notes.append(f"{barred} of {frame.height} do not meet the stated limits: pale")
    if found.stand is not None and is_about_tables(found):
        without = found.models.height - frame.height
        notes += [f"{without} without a class of the rubric are not shown"] if without else []
    return [
        *notes,
        f"{answers.LEVEL_WORDS}; {answers.gaps_words(found)}",
        *answers.shared_notes(found),
    ]
