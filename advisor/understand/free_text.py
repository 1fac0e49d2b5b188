"""Free words about a task → its profile, or a question back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from advisor.core.errors import Unclear
from advisor.core.profile import TaskProfile
from advisor.understand.constraints import Stated, stated_constraints, without
from advisor.understand.cues import Hit, lexicon
from advisor.understand.family import LEAST, Evidence, weigh
from advisor.understand.languages import common_words, languages_of, written_in
from advisor.understand.metrics import FAMILY_METRIC
from advisor.understand.model import QUESTION, features_of, load
from advisor.understand.scope import EXAMPLE, refuse
from advisor.understand.text import tokens_of
from advisor.understand.typos import corrected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.core.ids import TaskFamily
    from advisor.understand.text import Token

_LIKELY: Final = 0.35
"""Probability from which the wording alone decides. Source: METHOD.md#understanding"""
_LIKELY_ALONE: Final = 0.6
"""The same where no cue says so much as a hint."""
_A_HINT: Final = 1.0
_SURELY_NONE: Final = 0.5
"""Probability of "no task" above which even clear cues are not believed."""
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
    return Reading(text, tokens, hits, own, weigh(text, tokens, hits, own=own))


def read_text(text: str) -> TaskProfile:
    """The profile of a task described in free words; `text` is already cleaned.

    Raises: Unclear: nonsense, too vague, out of scope, or several tasks at once.
    """
    seen = reading(text)
    refuse(text, seen.tokens, seen.hits, evidence=seen.evidence)
    languages, language_words = languages_of(text, seen.tokens, own=seen.own)
    stated = limits_of(seen)
    task = reading(without(text, stated.spans))
    family = _family(task, labelled=stated.constraints.n_labels is not None)
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


def _family(seen: Reading, *, labelled: bool) -> str:
    """The family asked for.

    Raises: Unclear: neither the cues nor the wording say enough.
    """
    chances = load().chances(features_of(seen.tokens, seen.evidence))
    score, by_cues = seen.evidence.families()[0]
    order = sorted(chances, key=lambda label: (-chances[label], label))
    best = next(label for label in order if label != QUESTION)
    if score < LEAST and labelled and chances[QUESTION] < _SURELY_NONE:
        # "German support tickets with 300 labels": texts and labels make a classification.
        return best if chances[best] > _LIKELY else "text-classification"
    vague = chances[QUESTION] >= (_SURELY_NONE if score >= LEAST else _LIKELY)
    least = _LIKELY if score >= _A_HINT else _LIKELY_ALONE
    if vague or (score < LEAST and chances[best] < least):
        raise Unclear(
            f"What should the model do with which texts or tables? Say it in one sentence, {EXAMPLE}",
            f"no task could be read from {seen.text[:60]!r}",
        )
    return best if chances[best] > _LIKELY or score < LEAST else by_cues


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
