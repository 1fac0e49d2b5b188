"""Table 1 of arXiv 2409.06857 for the task at hand: a small model against a large one on four dimensions, from evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from advisor.core.errors import BadInput
from advisor.core.ids import SIZE_CLASSES
from advisor.figures import answers, words
from advisor.figures.chart import Chart
from advisor.figures.dimension_gaps import Gap, gaps
from advisor.figures.dimensions import named_or_of_class
from advisor.recommend.field import LEVEL
from advisor.recommend.rank import dimensions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.figures.answers import Shown
    from advisor.figures.chart import Wanted
    from advisor.tables.snapshot import Snapshot

Side = Literal["small", "large"]
SURVEY: Final[Mapping[str, Side]] = {
    "accuracy": "large",
    "generality": "large",
    "efficiency": "small",
    "interpretability": "small",
}
"""Who is better by the survey's Table 1."""

FRAME: Final = pl.Schema(
    {
        "dimension": pl.String, "side": pl.String, "model_id": pl.String, "kind": pl.String, "n_parameters": pl.Int64,
        "value": pl.Float64, "lo": pl.Float64, "hi": pl.Float64, "basis": pl.String, "better": pl.String,
    }
)  # fmt: skip
"""One dimension and side a row; value, lo, hi on 0 to 1. better: "yes", "no", "equal" or "cannot tell"."""
COMPARED: Final = pl.Schema(
    {
        "dimension": pl.String, "difference": pl.Float64, "lo": pl.Float64, "hi": pl.Float64, "unit": pl.String,
        "how": pl.String, "better": pl.String, "survey": pl.String, "claim": pl.String,
    }
)  # fmt: skip
"""One dimension a row: small less large. claim: "holds", "does not hold here" or "cannot tell"."""


_TWO: Final = 2


@dataclass(frozen=True, kw_only=True)
class _Pair:
    small: str
    large: str


def build(wanted: Wanted, snapshot: Snapshot) -> Chart:
    """The named model against the large reference, or the two models or size classes of `wanted.models`.

    Where no model is named, the smallest that cannot be told from the best stands for it.
    Raises: BadInput: no answer, or more than two models; UnknownName: one that does not compete.
    """
    found = answers.shown(wanted, snapshot)
    pair, missing = _pair(found, wanted.models)
    if pair is None:
        return _chart(found, FRAME.to_frame(), {}, reading=missing)
    told = gaps(found, pair.small, pair.large, snapshot)
    frame = _frame(found, pair, told, snapshot)
    compared = pl.DataFrame([_compared(gap) for gap in told], schema=COMPARED)
    amounts = found.taken.filter(pl.col("model_id").is_in([pair.small, pair.large]))
    return _chart(
        found,
        frame,
        {"comparison": compared, "quantities": amounts},
        reading=_reading(found, pair, told),
    )


def _chart(
    found: Shown, frame: pl.DataFrame, parts: Mapping[str, pl.DataFrame], *, reading: str
) -> Chart:
    answer = found.answer
    compared = parts.get("comparison", COMPARED.to_frame())
    return Chart(
        name="table-1",
        title=f"Small against large: {answers.question(answer.profile)}",
        reading=reading,
        frame=frame,
        parts=parts,
        notes=tuple(_notes(found, compared)),
        better="to the right",
        pool=answers.pool_words(answer),
        snapshot_id=answer.snapshot_id,
        as_of=answer.as_of,
        facts={
            f"{row['dimension']}_{name}": row[name]
            for row in compared.iter_rows(named=True)
            for name in ("difference", "lo", "hi", "better", "claim")
        },
    )


def _pair(found: Shown, asked: tuple[str, ...]) -> tuple[_Pair | None, str]:
    """Who is compared; where there are not two, why. Raises: BadInput: more than two; else as named_or_of_class."""
    answer = found.answer
    reference = answer.large_reference
    if len(asked) > _TWO:
        raise BadInput(f"--model: {len(asked)} models; this table compares two")
    names: list[str | None] = [*named_or_of_class(found, asked)]
    if not names:
        names = [answer.verdict.model_id or _leader(found)]
    if len(names) == 1:
        names.append(None if reference is None else reference.model_id)
    one, other = names
    if one is None:
        return None, f"No model to stand for the small ones: {answer.verdict.sentence}"
    if other is None or other == one:
        return None, f"{one} is compared with nothing: no larger model was measured enough here."
    small, large = sorted((one, other), key=lambda name: (_size(found, name), name))
    return _Pair(small=small, large=large), ""


def _leader(found: Shown) -> str | None:
    """The smallest model that cannot be told from the best."""
    leaders = found.answer.leaders
    return leaders.models[0].model_id if leaders is not None and leaders.models else None


def _size(found: Shown, model_id: str) -> tuple[int, int]:
    row = found.row(model_id) or {}
    n = row.get("n_parameters")
    sizes: list[str] = list(SIZE_CLASSES)
    return sizes.index(str(row["size_class"])), n if isinstance(n, int) else 0


def _frame(found: Shown, pair: _Pair, told: list[Gap], snapshot: Snapshot) -> pl.DataFrame:
    scores = _scores(found, snapshot)
    rows = []
    for gap in told:
        for side, model_id in (("small", pair.small), ("large", pair.large)):
            known = gap.shown.get(model_id) or scores.get((model_id, gap.dimension))
            value, lo, hi, basis = known or (None, None, None, "unknown")
            card = found.row(model_id) or {}
            rows.append(
                {
                    "dimension": gap.dimension, "side": side, "model_id": model_id, "kind": card.get("kind"),
                    "n_parameters": card.get("n_parameters"), "value": value, "lo": lo, "hi": hi, "basis": basis,
                    "better": _mark(gap, side),
                }
            )  # fmt: skip
    return pl.DataFrame(rows, schema=FRAME)


_Score = tuple[float | None, float | None, float | None, str]


def _scores(found: Shown, snapshot: Snapshot) -> dict[tuple[str, str], _Score]:
    """(model, dimension) -> value, lo, hi, basis: of everybody who competed, the answer's own where it ranks them."""
    scores: dict[tuple[str, str], _Score] = {}
    if found.stand is not None:
        stand = found.stand
        table = dimensions(stand.competing, stand.taken, found.answer.profile, snapshot)
        columns = ("model_id", "dimension", "value", "lo", "hi", "basis")
        for model, dimension, value, lo, hi, basis in table.select(columns).iter_rows():
            scores[model, dimension] = (value, lo, hi, basis)
    for ranked in found.answer.ranked:
        for dimension, own in ranked.dimensions.items():
            scores[ranked.model_id, dimension] = (own.value, own.lo, own.hi, own.basis)
    return scores


def _mark(gap: Gap, side: str) -> str:
    if gap.better in {"small", "large"}:
        return "yes" if gap.better == side else "no"
    return gap.better


def _claim(gap: Gap) -> str:
    if gap.better == "cannot tell":
        return "cannot tell"
    return "holds" if gap.better == SURVEY[gap.dimension] else "does not hold here"


def _compared(gap: Gap) -> dict[str, object]:
    return {
        "dimension": gap.dimension, "difference": gap.value, "lo": gap.lo, "hi": gap.hi, "unit": gap.unit,
        "how": gap.how, "better": gap.better, "survey": SURVEY[gap.dimension], "claim": _claim(gap),
    }  # fmt: skip


def _reading(found: Shown, pair: _Pair, told: list[Gap]) -> str:
    """Who is compared, then per dimension whether the survey's general claim holds for this task."""
    small, large = found.row(pair.small) or {}, found.row(pair.large) or {}
    head = f"{_named(small)} against {_named(large)}."
    n, many = small.get("n_parameters"), large.get("n_parameters")
    if isinstance(n, int) and isinstance(many, int) and n > 0:
        head = f"{_named(small)} against {_named(large)}, {answers.times(many / n)} as large."
    by_claim: dict[str, list[str]] = {}
    for gap in told:
        by_claim.setdefault(_claim(gap), []).append(f"{gap.dimension} ({gap.words})")
    said = [
        f"{claimed} {_listed(by_claim[claim])}."
        for claim, claimed in (
            ("holds", "it holds here for"),
            ("does not hold here", "it does not hold here for"),
            ("cannot tell", "it cannot be told for"),
        )
        if claim in by_claim
    ]
    said[0] = f"The survey's general claim: {said[0]}"
    return " ".join([head, said[0], *(f"{more[0].upper()}{more[1:]}" for more in said[1:])])


def _named(row: dict[str, object]) -> str:
    size = words.beside_name(row) or words.size_class(str(row["size_class"]))
    return f"{row['model_id']} ({size})"


def _listed(said: list[str]) -> str:
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


def _notes(found: Shown, compared: pl.DataFrame) -> list[str]:
    notes = [
        "survey's general claim (arXiv 2409.06857, Table 1): large models are better at accuracy and generality, small ones at "
        "efficiency and interpretability",
        f"✓ and ✗ only where the {LEVEL:.0%} interval of the difference leaves 0 out; “=” where nothing tells them apart, "
        "“?” where it cannot be told",
    ]
    notes += [f"{row['dimension']}: {row['how']}" for row in compared.iter_rows(named=True)]
    notes += _api_note(found, compared)
    if found.answer.verdict.model_id is None and not compared.is_empty():
        notes.append(
            "no model is good enough by the verdict: the smallest that cannot be told from the best stands here"
        )
    return notes + answers.shared_notes(found)


def _api_note(found: Shown, compared: pl.DataFrame) -> list[str]:
    """How to compare with a model whose latency and memory are known, where the reference's are not."""
    reference = found.answer.large_reference
    kind = (found.row(None if reference is None else reference.model_id) or {}).get("kind")
    untold = compared.filter(dimension="efficiency", better="cannot tell").height > 0
    if reference is None or kind != "api" or not untold:
        return []
    return [
        f"the large reference, {reference.model_id}, is an API, of which neither latency nor memory is known: a question that "
        "says “on premises” is compared with one that runs locally, and so is a model named with --model"
    ]
