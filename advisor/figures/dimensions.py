"""The survey's four dimensions of a few models: accuracy, generality, efficiency, interpretability, each 0 to 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.errors import BadInput, UnknownName
from advisor.core.ids import SIZE_CLASSES
from advisor.core.profile import DIMENSIONS
from advisor.figures import answers
from advisor.figures.chart import Chart
from advisor.recommend.names import hint
from advisor.recommend.rank import dimensions as scored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.figures.answers import Shown
    from advisor.figures.chart import Wanted
    from advisor.tables.snapshot import Snapshot

_FEWEST: Final = 2
_FEW: Final = 4
"""Models that are shown where nobody asked for any by name, at least where there are as many, and at most."""
MOST: Final = 8
"""Models at most: more cannot be told apart in one picture."""
COLUMNS: Final = (
    "order", "model_id", "part", "kind", "n_parameters", "eligible", "complete", "dimension", "value", "lo", "hi",
    "basis",
)  # fmt: skip
"""One row per model and dimension, always four a model; value, lo and hi null and basis "unknown" where nothing is known.
part: why the model is shown, e.g. "named" or "best of 1B-6B". complete: all four are known, as a radar needs."""


def bars(wanted: Wanted, snapshot: Snapshot) -> Chart:
    """Each dimension of each model with its interval. Raises: BadInput, UnknownName."""
    return _chart(wanted, snapshot, "dimensions")


def radar(wanted: Wanted, snapshot: Snapshot) -> Chart:
    """The same values as shapes; those of `bars`. Raises: BadInput, UnknownName."""
    return _chart(wanted, snapshot, "radar")


def _chart(wanted: Wanted, snapshot: Snapshot, name: str) -> Chart:
    found = answers.shown(wanted, snapshot)
    answer = found.answer
    chosen = chosen_models(found, wanted.models)
    frame = _frame(found, chosen, snapshot)
    return Chart(
        name=name,
        title=f"Four dimensions: {answers.question(answer.profile)}",
        reading=_reading(frame),
        frame=frame,
        notes=tuple(_notes(found, frame, name)),
        better="outwards" if name == "radar" else "to the right",
        pool=f"{len(chosen)} of {answer.pool.n_models:,} {answer.pool.description}",
        snapshot_id=answer.snapshot_id,
        as_of=answer.as_of,
        facts={
            "n_models": len(chosen),
            "n_complete": frame.filter("complete")["model_id"].n_unique(),
        }
        | {f"weight_{key}": value for key, value in answer.profile.weights.items()},
    )


def chosen_models(found: Shown, asked: Sequence[str]) -> dict[str, str]:
    """model_id → why it is shown: those asked for, else the named, the runner-up, the reference and the best.

    Where nobody is named, or the others are too few, the best of the size ladder follow. Raises: as named_or_of_class.
    """
    if asked:
        return named_or_of_class(found, asked)
    chosen: dict[str, str] = {}
    for role in answers.ROLES[:-1]:
        for name in found.models.filter(pl.col("role") == role)["model_id"]:
            chosen[name] = role
    if found.answer.verdict.model_id is None or len(chosen) < _FEWEST:
        for rung in sorted(found.answer.size_ladder, key=lambda rung: -rung.estimate.value):
            chosen.setdefault(rung.model_id, f"best of {rung.size_class}")
    return dict(list(chosen.items())[:_FEW])


def named_or_of_class(found: Shown, asked: Sequence[str]) -> dict[str, str]:
    """The models asked for by id, or as the best of a size class of the ladder; in the order asked.

    Raises: UnknownName: neither a model that competes nor a class with a rung; BadInput: more than MOST.
    """
    rungs = {rung.size_class: rung.model_id for rung in found.answer.size_ladder}
    known = set(found.models["model_id"])
    chosen: dict[str, str] = {}
    for word in asked:
        if word in known:
            chosen.setdefault(word, "asked for")
        elif word in rungs:
            chosen.setdefault(rungs[word], f"best of {word}")
        elif word in SIZE_CLASSES:
            raise BadInput(
                f"--model: no model of size {word!r} was measured on enough similar tasks"
            )
        else:
            near = hint(word, known, otherwise="`advisor models QUERY` searches them")
            raise UnknownName(f"--model: {word!r} does not compete for this task{near}")
    if len(chosen) > MOST:
        raise BadInput(
            f"--model: {len(chosen)} models; at most {MOST} can be told apart in one picture"
        )
    return chosen


def _frame(found: Shown, chosen: dict[str, str], snapshot: Snapshot) -> pl.DataFrame:
    order = pl.DataFrame(
        [(i, name, part) for i, (name, part) in enumerate(chosen.items())],
        schema={"order": pl.Int64, "model_id": pl.String, "part": pl.String},
        orient="row",
    )
    grid = order.join(pl.DataFrame({"dimension": list(DIMENSIONS)}), how="cross")
    cards = found.models.select("model_id", "kind", "n_parameters", "eligible")
    keys = ["model_id", "dimension"]
    return (
        grid.join(cards, on="model_id", how="left")
        .join(known_dimensions(found, snapshot), on=keys, how="left")
        .with_columns(
            pl.col("basis").fill_null("unknown"),
            complete=pl.col("value").is_not_null().all().over("model_id"),
        )
        .select(COLUMNS)
        .sort("order", pl.col("dimension").cast(pl.Enum(DIMENSIONS)))
    )


def known_dimensions(found: Shown, snapshot: Snapshot) -> pl.DataFrame:
    """model_id, dimension, value, lo, hi, basis of everybody who competes; no row where nothing is known."""
    ranked = pl.DataFrame(
        [
            {"model_id": model.model_id, "dimension": name, **score.model_dump()}
            for model in found.answer.ranked
            for name, score in model.dimensions.items()
            if score.value is not None
        ],
        schema={
            "model_id": pl.String, "dimension": pl.String, "value": pl.Float64, "lo": pl.Float64, "hi": pl.Float64,
            "basis": pl.String,
        },
    )  # fmt: skip
    if found.stand is None:
        return ranked
    stand = found.stand
    rest = scored(stand.competing, stand.taken, found.answer.profile, snapshot)
    listed = ranked.select("model_id").unique()
    return pl.concat([ranked, rest.select(ranked.columns).join(listed, on="model_id", how="anti")])


def _reading(frame: pl.DataFrame) -> str:
    if frame.is_empty():
        return "Nothing to draw: no model is named and no size class has one that was measured on enough similar tasks."
    first = frame.filter(pl.col("order") == 0)
    name = first["model_id"][0]
    reference = frame.filter(pl.col("part") == "large reference")
    known = {row["dimension"]: row for row in first.iter_rows(named=True)}
    if not reference.height or reference["model_id"][0] == name:
        said = [f"{d} {_shown(known[d]['value'])}" for d in DIMENSIONS]
        return f"{name}: {', '.join(said)}."
    ahead, behind, level = [], [], []
    for row in reference.iter_rows(named=True):
        own = known[row["dimension"]]
        if own["value"] is None or row["value"] is None:
            continue
        both = _shown(own["value"]), _shown(row["value"])
        words = f"{row['dimension']} ({both[0]} against {both[1]})"
        if both[0] == both[1]:
            level.append(words)
        elif own["lo"] > row["hi"]:
            ahead.append(words)
        elif own["hi"] < row["lo"]:
            behind.append(words)
        else:
            level.append(words)
    parts = [
        f"{word} {', '.join(names)}"
        for word, names in (
            ("clearly ahead in", ahead),
            ("clearly behind in", behind),
            ("level, or with overlapping intervals, in", level),
        )
        if names
    ]
    return f"{name} against the large reference, {reference['model_id'][0]}: {'; '.join(parts)}."


def _shown(value: float | None) -> str:
    return "?" if value is None else f"{value:.2f}"


def _notes(found: Shown, frame: pl.DataFrame, name: str) -> list[str]:
    notes = []
    unknown = frame.filter(pl.col("value").is_null())
    for dimension, models in (
        unknown.group_by("dimension", maintain_order=True).agg("model_id").iter_rows()
    ):
        count = frame["model_id"].n_unique()
        notes.append(f"{dimension} is not known of {len(models)} of {count}: {', '.join(models)}")
    if name == "radar" and unknown.height:
        notes.append(
            "only models whose four dimensions are all known have a shape; none is drawn as 0"
        )
    notes.append(
        "accuracy: between chance and the metric's ceiling; generality: on other task families; efficiency: latency, memory "
        "and cost on declared log scales, where known; interpretability: a declared rubric, a prior and no measurement"
    )
    if name == "radar":
        notes.append("a radar's area means nothing; intervals stand in the bars")
    else:
        notes.append(
            f"{answers.LEVEL_WORDS}, of interpretability: what facts that are not known leave open; full bars: measured"
        )
    if (outside := frame.filter(~pl.col("eligible"))["model_id"].n_unique()) > 0:
        notes.append(f"{outside} of these models stand outside the stated limits")
    return [*notes, *answers.shared_notes(found, symbols=False)]
