"""Free words about a task → its profile, or a question back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from advisor.core.errors import Unclear
from advisor.core.ids import TASK_FAMILIES
from advisor.core.profile import TaskProfile
from advisor.understand.constraints import Stated, stated_constraints, without
from advisor.understand.cues import Hit, lexicon
from advisor.understand.family import LEAST, Evidence, weigh
from advisor.understand.languages import common_words, languages_of, written_in
from advisor.understand.metrics import FAMILY_METRIC
from advisor.understand.model import QUESTION, features_of, load
from advisor.understand.scope import EXAMPLE, several, suspicion
from advisor.understand.text import tokens_of
from advisor.understand.typos import corrected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.core.ids import TaskFamily
    from advisor.understand.text import Token

_LIKELY: Final = 0.35
"""Probability from which the wording alone decides where labels are counted."""
_MAY_BE_NONE: Final = 0.3
"""Probability of "no task" from which a question goes back. Source: METHOD.md#understanding"""
_LEAST_CHANCE: Final = 0.3
"""Least probability of the best family."""
_SURELY_A_TASK: Final = 0.05
"""The first, where the cues doubt that there is a single task on text or tables."""
_SURELY_NONE: Final = 0.45
"""The first, where labelled examples are spoken of or the cues agree with the wording."""
_TWO_LANGUAGES: Final = frozenset({"translation", "bitext-mining"})
_CODE_OF: Final = {"en": "eng", "de": "deu", "fr": "fra", "es": "spa", "zh": "cmn", "pt": "por", "it": "ita", "nl": "nld", "ja": "jpn", "ru": "rus"}  # fmt: skip
_DOMAINS: Final = ("finance", "legal", "medical", "e-commerce", "support", "academic", "news", "social", "reviews", "code",
                   "government", "travel", "engineering", "hr")  # fmt: skip
_DECIMAL_COMMA: Final = frozenset(
    {
        "deu",
        "fra",
        "spa",
        "ita",
        "por",
        "nld",
        "pol",
        "rus",
        "swe",
        "dan",
        "nob",
        "fin",
        "tur",
        "ces",
    }
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A text taken apart: its tokens, the cues in them, the language it is in, and what the cues add up to."""

    text: str
    tokens: list[Token]
    hits: list[Hit]
    own: str | None
    """ISO 639-3; None when it cannot be told."""
    evidence: Evidence


def reading(text: str) -> Reading:
    """A cleaned text taken apart."""
    tokens = corrected(tokens_of(text), lexicon(), known=common_words())
    hits = lexicon().hits(tokens)
    own = written_in(text, votes=_language_votes(tokens, hits))
    evidence = weigh(text, tokens, hits, own=own)
    evidence.scores["several"] = float(len(several(text, tokens, hits)))
    return Reading(text, tokens, hits, own, evidence)


def read_text(text: str) -> TaskProfile:
    """The profile of a task described in free words; `text` is already cleaned.

    Raises: Unclear: nonsense, too vague, out of scope, or several tasks at once.
    """
    seen = reading(text)
    languages, language_words = languages_of(text, seen.tokens, own=seen.own)
    stated = limits_of(seen)
    task = reading(without(text, stated.spans)) if stated.spans else seen
    doubt = suspicion(text, seen.tokens, seen.hits, evidence=seen.evidence)
    family = _family(task, doubt=doubt, labelled=stated.constraints.n_labels is not None)
    if (
        family in _TWO_LANGUAGES
        and len(languages) == 1
        and seen.own not in {None, "eng", *languages}
    ):
        # "ins Türkische übersetzen" tells the other language by the one it is written in.
        languages = sorted({*languages, str(seen.own)})
    domain, domain_words = _domain(seen.evidence)
    cues = task.evidence.words.get(family, [])
    read_from = {"task_family": ", ".join(cues) or "the wording as a whole"}
    if languages:
        read_from["languages"] = language_words
    if domain:
        read_from["domain"] = domain_words
    return TaskProfile(
        text=text,
        task_family=cast("TaskFamily", family),
        metric=FAMILY_METRIC[family],
        languages=languages,
        domain=domain,
        constraints=stated.constraints,
        read_from=read_from | stated.read_from,
        warnings=stated.warnings,
    )


def limits_of(seen: Reading) -> Stated:
    """What a text demands."""
    return stated_constraints(
        seen.text, seen.tokens, seen.hits, decimal_comma=seen.own in _DECIMAL_COMMA
    )


def _family(seen: Reading, *, doubt: Unclear | None, labelled: bool) -> str:
    """The family asked for.

    doubt: the question that the cues would ask back. labelled: a number of labels is stated.

    Raises: Unclear: the wording names no task, or the cues doubt that it does and the wording is not sure either.
    """
    chances = load().chances(features_of(seen.tokens, seen.evidence))
    best = max(TASK_FAMILIES, key=lambda label: (chances[label], label))
    score, by_cues = seen.evidence.families()[0]
    if doubt is not None and chances[QUESTION] >= _SURELY_A_TASK:
        raise doubt
    if labelled and score < LEAST and chances[QUESTION] < _SURELY_NONE:
        # "German support tickets with 300 labels": texts and labels make a classification.
        return best if chances[best] > _LIKELY else "text-classification"
    none = _SURELY_NONE if score >= LEAST and by_cues == best else _MAY_BE_NONE
    if chances[QUESTION] >= none or chances[best] < _LEAST_CHANCE:
        raise Unclear(
            f"What should the model do with which texts or tables? Say it in one sentence, {EXAMPLE}",
            f"no task could be read from {seen.text[:60]!r}",
        )
    return best


def _language_votes(tokens: Sequence[Token], hits: Sequence[Hit]) -> dict[str, float]:
    """One word of evidence for a language per token that only its cues know."""
    speakers: dict[int, set[str]] = {}
    for hit in hits:
        for at in range(hit.first, hit.last + 1):
            speakers.setdefault(at, set()).add(hit.cue.language)
    votes: dict[str, float] = {}
    for at, languages in speakers.items():
        spoken = languages - {"domain"}
        if len(spoken) == 1 and len(tokens[at].text) > 3:
            code = _CODE_OF[spoken.pop()]
            votes[code] = votes.get(code, 0.0) + 0.75
    return votes


def _domain(evidence: Evidence) -> tuple[str | None, str]:
    score, label = evidence.best([f"domain.{name}" for name in _DOMAINS])[0]
    if score < 2:
        return None, ""
    return label.removeprefix("domain."), ", ".join(evidence.words[label])
