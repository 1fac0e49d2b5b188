"""What every language model does for a harness: answer a prompt, near or far; and how a written answer is read."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from advisor.core.errors import AdvisorError
from bench.models import read_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

_THINKING: Final = re.compile(r"<think>.*?(</think>|\Z)", re.DOTALL)
_WRAPPING: Final = " \t\r\n\"'`*.:;,!()[]{}"


class ServerFault(AdvisorError):
    """A model's server was reached and could not answer: busy for too long, broken, or not understood."""

    exit_code = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One prompt's answer."""

    text: str
    """As written; the label itself where the labels were compared by likelihood."""
    label: str | None
    """One of the labels; None where none were given, or the text names none of them or several."""
    probabilities: dict[str, float] | None
    """Of every label, summing to 1; None where the model does not tell them."""
    latency_s: float
    """Of the request that was answered; waiting before a retry is not in it."""
    ttft_s: float | None
    """Until the first piece of text; None where the answer came whole."""
    input_tokens: int | None
    output_tokens: int | None


class Answerer(Protocol):
    """A language model that is loaded or reached, ready to answer."""

    model_id: str
    revision: str
    """"unknown" where a server does not say."""
    n_parameters: int | None
    context_tokens: int | None
    kind: Literal["api", "decoder"]
    precision: str

    def answer(
        self,
        prompt: str,
        *,
        system: str | None = None,
        labels: Sequence[str] | None = None,
        max_tokens: int = 64,
        stop: Sequence[str] = (),
    ) -> Answer:
        """One answer, deterministic as far as the model allows.

        labels: the answer is held to these. stop: texts that end a written answer.
        Raises: Unreachable: the server, or the key for it, is not here; ServerFault: it cannot answer.
        """
        ...

    def warnings(self) -> list[str]:
        """What went on so far that a reader of the numbers must know: prompts cut, features refused."""
        ...


def open_answerer(given: str, *, threads: int = 1, seed: int = 0) -> Answerer:
    """The model that `given` spells (bench.models.read_weights): a server's, or loaded into this process.

    Raises: BadInput: no model; Unreachable, MissingExtra: what it needs is not here.
    """
    if read_weights(given).source == "server":
        from bench.harness.openai_door import Door

        return Door(given, seed=seed)
    from bench.harness.local_lm import LocalLM

    return LocalLM(given, threads=threads)


def read_label(text: str, labels: Sequence[str]) -> str | None:
    """The one label that a written answer names; None where it names none or several.

    Tried in turn: the text itself; the value in {"label": …}; the same without case and wrapping
    punctuation; one label alone that occurs in the text as whole words (of labels that overlap, the longest).
    """
    said = _THINKING.sub("", text).strip()
    for candidate in (said, _json_label(said), said.split("\n", 1)[0]):
        if candidate is not None and (found := _same(candidate, labels)) is not None:
            return found
    return _contained(said, labels)


def _json_label(said: str) -> str | None:
    start, end = said.find("{"), said.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        value = json.loads(said[start : end + 1])
    except ValueError:
        return None
    named = value.get("label") if isinstance(value, dict) else None
    return named if isinstance(named, str) else None


def _same(candidate: str, labels: Sequence[str]) -> str | None:
    if candidate in labels:
        return candidate
    bare = candidate.strip(_WRAPPING).casefold()
    found = [label for label in labels if label.strip(_WRAPPING).casefold() == bare and bare]
    return found[0] if len(found) == 1 else None


def _contained(said: str, labels: Sequence[str]) -> str | None:
    spans = [
        (match.start(), match.end(), label)
        for label in labels
        if label.strip()
        for match in re.finditer(rf"(?<!\w){re.escape(label.casefold())}(?!\w)", said.casefold())
    ]
    whole = {
        label
        for start, end, label in spans
        if not any(a <= start and end <= b and b - a > end - start for a, b, _ in spans)
    }
    return whole.pop() if len(whole) == 1 else None
