"""A chat server's reply, streamed or whole, as text with its times, counts and first tokens' probabilities."""

from __future__ import annotations

import json
import math
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_JSON_LABEL: Final = re.compile(r'"label"\s*:\s*')


class Garbled(Exception):
    """What came is no chat answer; the message says what it is, in a few words."""


@dataclass(slots=True, kw_only=True)
class Reply:
    """What one request brought."""

    text: str = ""
    finish: str | None = None
    latency_s: float = 0.0
    ttft_s: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    revision: str | None = None
    """The server's fingerprint of what it runs."""
    tokens: list[tuple[str, dict[str, float]]] = field(default_factory=list)
    """Each written token with the log-probabilities of the likeliest ones in its place."""


def read_reply(raw: Any, *, begun: float, deadline: float) -> Reply:
    """The reply in a raw response of the openai package.

    begun: time.perf_counter() of the request. deadline: time.monotonic() after which a stream is given up.
    Raises: Garbled: not JSON, no choices, nothing at all, or a stream without an end.
    """
    reply, n_choices = Reply(), 0
    try:
        if "text/event-stream" in str(raw.headers.get("content-type", "")).lower():
            for chunk in raw.parse():
                n_choices += _take(reply, chunk.to_dict(), "delta", begun)
                if time.monotonic() > deadline:
                    raise Garbled("its answer did not end in time")
        else:
            body = raw.http_response.read()
            if not body.strip():
                raise Garbled("an empty answer")
            n_choices += _take(reply, json.loads(body), "message", None)
    except (AttributeError, TypeError, KeyError, IndexError, ValueError):
        raise Garbled("its answer is not the JSON of a chat completion") from None
    if n_choices == 0:
        raise Garbled("an answer without choices")
    reply.latency_s = time.perf_counter() - begun
    return reply


def _take(reply: Reply, said: Mapping[str, Any], part: str, begun: float | None) -> int:
    """Add one chunk, or the whole, to the reply; returns the number of choices in it."""
    usage = said.get("usage")
    if usage:
        reply.input_tokens, reply.output_tokens = usage["prompt_tokens"], usage["completion_tokens"]
    reply.revision = said.get("system_fingerprint") or reply.revision
    choices = said.get("choices") or []
    for choice in choices[:1]:
        text = choice[part].get("content") or ""
        if text and begun is not None and reply.ttft_s is None:
            reply.ttft_s = time.perf_counter() - begun
        reply.text += text
        reply.finish = choice.get("finish_reason") or reply.finish
        for token in (choice.get("logprobs") or {}).get("content") or []:
            top = {t["token"]: float(t["logprob"]) for t in token.get("top_logprobs") or []}
            reply.tokens.append((token["token"], {token["token"]: float(token["logprob"])} | top))
    return len(choices)


def label_probabilities(reply: Reply, labels: Sequence[str], label: str) -> dict[str, float] | None:
    """Of every label, from the alternatives at the token where the answer `label` begins; they sum to 1.

    A label that is not among the alternatives shares what they leave over, and gets no more than the
    least of them. None where no alternatives came, or two labels begin with the same token.
    """
    where = _label_token(reply, label)
    if where is None:
        return None
    lead, alternatives = where
    mass = dict.fromkeys(labels, 0.0)
    for token, logprob in alternatives.items():
        piece = token[len(lead) :] if lead and token.startswith(lead) else token
        piece = piece.lstrip(' \t\r\n"').split('"', 1)[0].casefold()
        starts = [label for label in labels if piece and label.casefold().startswith(piece)]
        if len(starts) > 1:
            return None
        if starts:
            mass[starts[0]] += math.exp(logprob)
    unseen = [label for label, p in mass.items() if p == 0.0]
    least = min(math.exp(logprob) for logprob in alternatives.values())
    rest = max(0.0, 1.0 - sum(math.exp(logprob) for logprob in alternatives.values()))
    for label in unseen:
        mass[label] = max(min(least, rest / len(unseen)), 1e-9)
    total = sum(mass.values())
    return {label: p / total for label, p in mass.items()}


def _label_token(reply: Reply, label: str) -> tuple[str, dict[str, float]] | None:
    """What stands before the label in its first token, and that token's alternatives."""
    written = "".join(token for token, _ in reply.tokens).casefold()
    opened = _JSON_LABEL.search(written)
    start, at = written.find(label.casefold(), opened.end() if opened else 0), 0
    if start < 0:
        return None
    for token, alternatives in reply.tokens:
        if at <= start < at + len(token):
            return token[: start - at], alternatives
        at += len(token)
    return None
