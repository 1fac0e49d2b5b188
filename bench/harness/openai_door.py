"""Any OpenAI-compatible server as an Answerer: Ollama, vLLM, llama.cpp or a hosted API, by one door."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, Literal

from advisor.core.errors import BadInput
from bench.harness.answers import Answer, read_label
from bench.harness.chat_reply import Reply, label_probabilities, read_reply
from bench.harness.server_line import PATIENCE_S, REQUEST_S, ServerLine
from bench.models import read_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TOP_LOGPROBS: Final = 20
"""The most that hosted servers tell."""
_LEAST_PROMPT: Final = 32
"""Characters; a prompt is cut no shorter."""

FEATURES: Final = {
    "response_format": ("response_format",),
    "logprobs": ("logprobs", "top_logprobs"),
    "stream_options": ("stream_options",),
    "seed": ("seed",),
    "temperature": ("temperature",),
    "max_tokens": ("max_tokens",),
    "stream": ("stream", "stream_options"),
}
"""What a request may do without, in the order in which it is given up when the server refuses the request."""


class Door:
    """One model of one server, asked one prompt at a time at temperature 0."""

    kind: Literal["api", "decoder"] = "api"
    n_parameters: int | None = None
    context_tokens: int | None = None
    precision = "unknown"

    def __init__(
        self,
        given: str,
        *,
        seed: int = 0,
        request_s: float = REQUEST_S,
        patience_s: float = PATIENCE_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Look whether the server answers at all. given: "openai:URL#name" or "URL#name".

        request_s, patience_s: see ServerLine.
        Raises: BadInput: no such spelling; Unreachable: nobody there, or no key; MissingExtra: no openai.
        """
        weights = read_weights(given)
        if weights.url is None:
            raise BadInput(f"model {given!r}: not a server; write http://host/v1#name")
        self.model_id, self.revision = weights.model_id, "unknown"
        self._line = ServerLine(
            weights.url, weights.model_id, request_s=request_s, patience_s=patience_s, sleep=sleep
        )
        self._seed = seed
        self._given_up: list[str] = []
        self._n_cut = self._n_silent = 0

    def warnings(self) -> list[str]:
        """Features that the server refused, prompts that were cut, answers that ended before any text."""
        found = [f"{self.model_id}: the server refused {name}" for name in self._given_up]
        if self._n_cut:
            found.append(
                f"{self.model_id}: {self._n_cut} prompts longer than the context were cut from the left"
            )
        if self._n_silent:
            found.append(
                f"{self.model_id}: {self._n_silent} answers reached the token limit before any text"
            )
        return [*found, *self._line.warnings()]

    def answer(
        self,
        prompt: str,
        *,
        system: str | None = None,
        labels: Sequence[str] | None = None,
        max_tokens: int = 64,
        stop: Sequence[str] = (),
    ) -> Answer:
        """One chat answer; with labels, held to them by a JSON schema where the server knows it, and read.

        Raises: Unreachable: the server has gone or wants a key; ServerFault: it does not answer in time,
        or with nothing that can be read.
        """
        fields = self._fields(prompt, system, labels, max_tokens)
        if stop and not labels:
            fields["stop"] = list(stop)[:4]
        reply = self._reply(fields)
        if reply.revision is not None and self.revision == "unknown":
            self.revision = reply.revision
        self._n_silent += reply.finish == "length" and not reply.text.strip()
        label = read_label(reply.text, labels) if labels else None
        return Answer(
            text=reply.text,
            label=label,
            probabilities=label_probabilities(reply, labels, label) if labels and label else None,
            latency_s=reply.latency_s,
            ttft_s=reply.ttft_s,
            input_tokens=reply.input_tokens,
            output_tokens=reply.output_tokens,
        )

    def _fields(
        self, prompt: str, system: str | None, labels: Sequence[str] | None, max_tokens: int
    ) -> dict[str, Any]:
        orders = [system] if system else []
        fields: dict[str, Any] = {}
        if labels:
            named = ", ".join(labels)
            orders.append(
                f"Answer with exactly one of these labels and nothing else: {named}. "
                'If you answer in JSON, write {"label": "…"}.'
            )
            schema = {
                "type": "object",
                "properties": {"label": {"type": "string", "enum": list(labels)}},
                "required": ["label"],
                "additionalProperties": False,
            }
            fields["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": schema},
            }
            fields |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
            max_tokens = max(max_tokens, 16 + max(len(label.encode()) for label in labels))
        messages = [{"role": "system", "content": "\n".join(orders)}] if orders else []
        return fields | {
            "model": self.model_id,
            "messages": [*messages, {"role": "user", "content": prompt}],
            "temperature": 0.0,
            "seed": self._seed,
            "max_tokens": max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }

    def _reply(self, fields: dict[str, Any]) -> Reply:
        whole = fields["messages"]
        create = self._line.client.chat.completions.with_raw_response.create

        def attempt(deadline: float) -> Reply:
            begun = time.perf_counter()
            return read_reply(create(**self._kept(fields)), begun=begun, deadline=deadline)

        reply = self._line.patiently(attempt, change=lambda error: self._yield(error, fields))
        self._n_cut += fields["messages"] is not whole
        return reply

    def _kept(self, fields: dict[str, Any]) -> dict[str, Any]:
        dropped = {name for feature in self._given_up for name in FEATURES[feature]}
        kept = {name: value for name, value in fields.items() if name not in dropped}
        if "max_tokens" in dropped:
            kept["max_completion_tokens"] = fields["max_tokens"]
        return kept

    def _yield(self, error: Any, fields: dict[str, Any]) -> bool:
        """Whether the request can be changed so that it may pass: a feature less, or a shorter prompt."""
        said = f"{getattr(error, 'code', '')} {error.message}".lower()
        if "context" in said and ("length" in said or "window" in said or "size" in said):
            return self._cut(fields)
        left = [
            feature
            for feature, names in FEATURES.items()
            if feature not in self._given_up and names[0] in self._kept(fields)
        ]
        named = [feature for feature in left if feature in said]
        if not left:
            return False
        self._given_up.append((named or left)[0])
        return True

    def _cut(self, fields: dict[str, Any]) -> bool:
        prompt = fields["messages"][-1]["content"]
        shorter = prompt[len(prompt) // 4 + 1 :]
        if len(shorter) < _LEAST_PROMPT:
            return False
        fields["messages"] = [*fields["messages"][:-1], {"role": "user", "content": shorter}]
        return True
