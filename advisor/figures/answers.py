"""One answer as frames: everybody who competed for it, the part each plays in it, and the words charts share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from advisor.core.errors import BadInput
from advisor.core.units import format_bytes, format_seconds
from advisor.figures import words
from advisor.recommend.behind import standing_behind
from advisor.recommend.field import LEVEL
from advisor.recommend.ties import TIED_FROM

if TYPE_CHECKING:
    from advisor.core.profile import TaskProfile
    from advisor.core.recommendation import Recommendation
    from advisor.figures.chart import Wanted
    from advisor.recommend.pipeline import Standing
    from advisor.tables.snapshot import Snapshot

Role = Literal["named", "runner-up", "large reference", "best", "other"]
ROLES: Final[tuple[Role, ...]] = ("named", "runner-up", "large reference", "best", "other")
"""named: by the verdict; best: the eligible, well-evidenced model with the highest estimate. The first that fits."""
LEVEL_WORDS: Final = f"intervals: {LEVEL:.0%}"
GAPS: Final = f"differences in brackets: {LEVEL:.0%} interval for one task like yours, paired over the similar tasks"
LOST: Final = "the field behind the answer cannot be found again"
_CARD: Final = ("kind", "size_class", "n_parameters", "license", "commercial_use", "downloads_30d")
_LONGEST: Final = 140


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An answer, and who competed for it."""

    answer: Recommendation
    stand: Standing | None
    """Null where it cannot be found again (see standing_behind): then only what the answer holds is known."""
    models: pl.DataFrame
    """One row a model, sorted by model_id: model_id, kind, size_class, n_parameters, license, commercial_use,
    downloads_30d, score, score_lo, score_hi (fractions), basis, evidence, p_good_enough (null where not eligible),
    eligible (null where the answer lists too few to tell), role.
    evidence: "measured" on this very task; "similar tasks": measured on enough of those to be named; "predicted": on too
    few of them; "unknown"."""
    taken: pl.DataFrame
    """model_id, quantity, value, lo, hi, basis: see recommend.quantities."""

    @property
    def eligible(self) -> pl.DataFrame:
        """Rows of `models` whose limits all hold."""
        return self.models.filter("eligible")

    def row(self, model_id: str | None) -> dict[str, object] | None:
        """The model's row of `models`."""
        found = self.models.filter(pl.col("model_id").eq_missing(pl.lit(model_id, pl.String)))
        return found.row(0, named=True) if found.height else None

    def difference(self, one: str, other: str) -> tuple[float, float, float] | None:
        """Estimate of `one` less that of `other` with its interval, fractions; paired where the house pairs.

        Null where either is not of the field behind the answer.
        """
        if self.stand is None or one == other:
            return None
        apart = self.stand.apart
        try:
            return apart.interval(apart.row(one), apart.row(other))
        except KeyError:
            return None

    def level(self, one: str, other: str) -> float | None:
        """Chance that `other` is at least as good as `one` on average over the evidence: the house's rule for ties."""
        if self.stand is None:
            return None
        try:
            return self.stand.apart.p_level(one, [other])[other]
        except KeyError:
            return None


def is_tie(chance: float) -> bool:
    """Whether a chance of being at least as good leaves open which of two is better. Source: METHOD.md#verdict."""
    return TIED_FROM <= chance <= 1.0 - TIED_FROM


def shown(wanted: Wanted, snapshot: Snapshot) -> Shown:
    """The answer of `wanted` with everybody who competed for it. Raises: BadInput: it holds no answer."""
    if wanted.answer is None:
        raise BadInput('this chart is about one answer: ask a question with --task "…"')
    return _found(_Pair(wanted.answer, snapshot))


class _Pair:
    """An answer and its snapshot, the same as another pair only where both are the very same objects."""

    __slots__ = ("answer", "snapshot")

    def __init__(self, answer: Recommendation, snapshot: Snapshot) -> None:
        self.answer = answer
        self.snapshot = snapshot

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Pair)
            and self.answer is other.answer
            and self.snapshot is other.snapshot
        )

    def __hash__(self) -> int:
        return hash((id(self.answer), id(self.snapshot)))


@lru_cache(maxsize=4)
def _found(pair: _Pair) -> Shown:
    """Found once for all charts of an answer."""
    answer, snapshot = pair.answer, pair.snapshot
    stand = standing_behind(answer, snapshot)
    ranked = _ranked(answer)
    if stand is None:
        models = ranked.with_columns(evidence=_evidence())
        taken = _efficiency(answer)
    else:
        models = _with_the_rest(ranked, stand, barred=len(answer.ranked) >= answer.pool.n_eligible)
        taken = _efficiency(answer)
        taken = pl.concat([taken, stand.taken.join(taken, on=["model_id", "quantity"], how="anti")])
    roles = _roles(answer)
    models = models.with_columns(
        role=pl.col("model_id").replace_strict(roles, default="other", return_dtype=pl.String)
    )
    return Shown(
        answer=answer,
        stand=stand,
        models=models.sort("model_id"),
        taken=taken.sort("model_id", "quantity"),
    )


def _ranked(answer: Recommendation) -> pl.DataFrame:
    rows = [
        {
            "model_id": model.model_id,
            **{fact: getattr(model, fact) for fact in _CARD},
            "score": model.estimate.value,
            "score_lo": model.estimate.lo,
            "score_hi": model.estimate.hi,
            "basis": model.estimate.basis,
            "p_good_enough": model.p_good_enough,
            "eligible": True,
        }
        for model in answer.ranked
    ]
    return pl.DataFrame(rows, schema=_SCHEMA)


_SCHEMA: Final = pl.Schema(
    {
        "model_id": pl.String,
        "kind": pl.String,
        "size_class": pl.String,
        "n_parameters": pl.Int64,
        "license": pl.String,
        "commercial_use": pl.String,
        "downloads_30d": pl.Int64,
        "score": pl.Float64,
        "score_lo": pl.Float64,
        "score_hi": pl.Float64,
        "basis": pl.String,
        "p_good_enough": pl.Float64,
        "eligible": pl.Boolean,
    }
)


def _with_the_rest(ranked: pl.DataFrame, stand: Standing, *, barred: bool) -> pl.DataFrame:
    """The ranked models, then all others who competed; with `evidence`.

    barred: the answer lists everybody who is eligible, so that the others are not.
    """
    field = stand.competing.models
    others = field.join(ranked, on="model_id", how="anti").select(
        "model_id",
        *_CARD,
        score="value",
        score_lo="lo",
        score_hi="hi",
        basis="basis",
        p_good_enough=pl.lit(None, pl.Float64),
        eligible=pl.lit(False if barred else None, pl.Boolean),
    )
    everybody = pl.concat(
        [ranked, others.select(pl.col(name).cast(kind) for name, kind in _SCHEMA.items())]
    )
    grounded = field.select("model_id", "grounded")
    return (
        everybody.join(grounded, on="model_id", how="left")
        .with_columns(
            evidence=pl.when(pl.col("basis") == "measured")
            .then(pl.lit("measured"))
            .when("grounded")
            .then(pl.lit("similar tasks"))
            .otherwise(pl.lit("predicted"))
        )
        .drop("grounded")
    )


def _evidence() -> pl.Expr:
    """As far as the answer alone tells it."""
    measured = pl.col("basis") == "measured"
    return pl.when(measured).then(pl.lit("measured")).otherwise(pl.lit("unknown"))


def _efficiency(answer: Recommendation) -> pl.DataFrame:
    rows = [
        {"model_id": model.model_id, "quantity": name, **found.model_dump()}
        for model in answer.ranked
        for name, found in model.efficiency.items()
    ]
    ends = dict.fromkeys(("value", "lo", "hi"), pl.Float64)
    schema = {"model_id": pl.String, "quantity": pl.String, **ends, "basis": pl.String}
    return pl.DataFrame(rows, schema=schema)


def _roles(answer: Recommendation) -> dict[str, str]:
    reference = answer.large_reference
    players: dict[Role, str | None] = {
        "named": answer.verdict.model_id,
        "runner-up": answer.verdict.runner_up,
        "large reference": None if reference is None else reference.model_id,
        "best": None if answer.leaders is None else answer.leaders.best,
    }
    roles: dict[str, str] = {}
    for role in ROLES:
        name = players.get(role)
        if name is not None:
            roles.setdefault(name, role)
    return roles


def metric_label(profile: TaskProfile) -> str:
    """The main score's name as papers print it."""
    return words.metric(profile.metric)


def question(profile: TaskProfile) -> str:
    """The question in a title's length, in quotation marks."""
    text = " ".join(profile.text.split())
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1].rstrip() + "…"
    return f"“{text}”"


def points(fraction: float) -> str:
    """Hundredths of the main score's scale, one decimal: 0.5213 → "52.1"."""
    text = f"{100 * fraction:.1f}"
    return "0.0" if text == "-0.0" else text


def gap(difference: tuple[float, float, float]) -> str:
    """Like "4.2 points (1.0 to 7.4)", or "4.2 points (-1.0 to 9.4, which could go either way)"."""
    value, lo, hi = (points(end) for end in difference)
    return f"{value} points ({lo} to {hi}{either_way(*difference[1:])})"


def either_way(lo: float, hi: float) -> str:
    """What an interval of a difference that holds 0 means, to follow its ends."""
    return ", which could go either way" if lo <= 0 <= hi else ""


def gaps_words(found: Shown) -> str:
    """What stands in brackets after a difference."""
    if found.stand is not None and found.stand.competing.is_named:
        return f"differences in brackets: {LEVEL:.0%} interval from the two scores' own errors"
    return GAPS


def times(ratio: float) -> str:
    """Like "3,300 times", "12 times", "3.4 times"; to stand before "as much" or "as large"."""
    return f"{float(f'{ratio:.2g}'):,.0f} times" if ratio >= 9.95 else f"{ratio:.2g} times"


def amount(quantity: str, value: float | None) -> str:
    """A latency, a memory or a cost in the reader's unit."""
    if value is None:
        return "?"
    if quantity.endswith("_s"):
        return format_seconds(value)
    return format_bytes(value) if quantity.endswith("_bytes") else f"${value:.3g} per 1,000 items"


def as_much(ratio: float) -> str:
    """Like "3.4 times as much"; "as much" where the first digits say once."""
    return "as much" if f"{ratio:.2g}" == "1" else f"{times(ratio)} as much"


def sized(row: dict[str, object]) -> str:
    """Like "org/model (150M)"."""
    size = words.beside_name(row)
    return f"{row['model_id']} ({size})" if size else str(row["model_id"])


def pool_words(answer: Recommendation, n: int | None = None) -> str:
    """Like "27 eligible of 323 text embedding models measured by MTEB"."""
    n = answer.pool.n_eligible if n is None else n
    return f"{n:,} eligible of {answer.pool.n_models:,} {answer.pool.description}"


def shared_notes(found: Shown, *, symbols: bool = True) -> list[str]:
    """Caveats of every chart of an answer. symbols: scores are drawn, filled or open by what they rest on."""
    answer = found.answer
    notes = []
    if answer.own_runs is not None:
        notes.append(
            "your own runs decide; models that you did not run are predicted from published scores"
        )
    elif symbols and not (found.models["basis"] == "measured").any():
        notes.append(
            "nobody measured this very task: all scores are predicted from similar ones (open symbols)"
        )
    elif symbols:
        notes.append("filled: measured on this very task; open: predicted")
    if (unlisted := answer.pool.n_eligible - len(answer.ranked)) > 0:
        notes.append(
            f"{unlisted:,} eligible models are not in the answer: ask it with a larger top"
        )
    if found.stand is None:
        notes.append(f"{LOST}: paired differences and models outside the limits are missing")
    if answer.as_of is not None:
        notes += [words for words in answer.warnings if words.startswith("as of ")]
    return notes
