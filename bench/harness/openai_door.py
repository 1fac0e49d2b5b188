"""Any OpenAI-compatible server as an Answerer: Ollama, vLLM, llama.cpp or a hosted API, by one door."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from advisor._lazy import need
from advisor.core.errors import BadInput, Unreachable
from bench.harness.answers import Answer, ServerFault, read_label
from bench.harness.chat_reply import Garbled, Reply, label_probabilities, read_reply
from bench.models import read_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KEY_ENV_ENV: Final = "ADVISOR_API_KEY_ENV"
"""Names the variable that holds the key, where it is not OPENAI_API_KEY."""
NO_KEY: Final = "none"
"""Sent where no key is set: local servers want the header and do not look at it."""
REACH_S: Final = 5.0
REQUEST_S: Final = 60.0
PATIENCE_S: Final = 180.0
MOST_TRIES: Final = 5
TOP_LOGPROBS: Final = 20
_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 60.0

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
_REFUSED: Final = (400, 422, 501)


def key_variable() -> str:
    """The environment variable that the key is read from."""
    return os.environ.get(KEY_ENV_ENV) or "OPENAI_API_KEY"


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

        request_s: longest silence within one request; patience_s: for one answer with all its retries.
        Raises: BadInput: no such spelling; Unreachable: nobody there, or no key; MissingExtra: no openai.
        """
        weights = read_weights(given)
        if weights.url is None:
            raise BadInput(f"model {given!r}: not a server; write http://host/v1#name")
        self.model_id, self.revision = weights.model_id, "unknown"
        self.url, self._seed = weights.url, seed
        self._patience_s, self._sleep = patience_s, sleep
        self._key = os.environ.get(key_variable()) or NO_KEY
        self._openai = need("openai", extra="bench")
        self._client = self._openai.OpenAI(
            base_url=self.url, api_key=self._key, max_retries=0, timeout=request_s
        )
        self._given_up: list[str] = []
        self._n_cut = self._n_silent = 0
        self._look()

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
        host = urlsplit(self.url)
        local = host.hostname in {"localhost", "127.0.0.1", "::1"}
        if host.scheme == "http" and not local and self._key != NO_KEY:
            found.append(f"{self.url}: the key in {key_variable()} was sent without encryption")
        return found

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
        reply = self._patiently(fields)
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

    def _patiently(self, fields: dict[str, Any]) -> Reply:
        """The reply, tried again with back-off while the server is busy, broken or unintelligible."""
        deadline = time.monotonic() + self._patience_s
        whole, why, n_tries = fields["messages"], "", 0
        while n_tries < MOST_TRIES:
            found = self._try(fields, deadline)
            if isinstance(found, Reply):
                self._n_cut += fields["messages"] is not whole
                return found
            if found is None:
                continue
            why, wait_s = found
            n_tries += 1
            pause = min(_FIRST_WAIT_S * 2**n_tries, 8.0) if wait_s is None else wait_s
            if time.monotonic() + pause > deadline or pause > _LONGEST_WAIT_S:
                break
            if n_tries < MOST_TRIES:
                self._sleep(pause)
        raise ServerFault(f"{self.url}: {self.model_id}: {why}; given up after {n_tries} tries")

    def _try(
        self, fields: dict[str, Any], deadline: float
    ) -> Reply | tuple[str, float | None] | None:
        """The reply; or what went wrong, with the seconds to wait where the server names them.

        None where the request was refused and has been changed for the next try.
        """
        create = self._client.chat.completions.with_raw_response.create
        begun = time.perf_counter()
        try:
            return read_reply(create(**self._kept(fields)), begun=begun, deadline=deadline)
        except Garbled as error:
            return str(error), None
        except self._openai.APIStatusError as error:
            if error.status_code in _REFUSED and self._yield(error, fields):
                return None
            return self._judge(error), _retry_after(error.response.headers)
        except self._openai.APITimeoutError:
            return "no answer in time", None
        except self._openai.APIConnectionError:
            return "the connection broke off", None
        except self._openai.APIError as error:
            return self._clean(str(error)), None

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
        if len(shorter) < 32:
            return False
        fields["messages"] = [*fields["messages"][:-1], {"role": "user", "content": shorter}]
        return True

    def _judge(self, error: Any) -> str:
        """What went wrong, for another try. Raises: Unreachable, BadInput, ServerFault: no use in trying."""
        status = error.status_code
        if status in (401, 403):
            raise self._locked(status) from None
        said = self._clean(error.message)
        if status == 404:
            raise BadInput(
                f"{self.url}: no model {self.model_id!r} there{self._others()} ({said})"
            ) from None
        if status in (408, 409, 429) or status >= 500:
            return f"http {status}: {said}"
        raise ServerFault(f"{self.url}: {self.model_id}: http {status}: {said}") from None

    def _look(self) -> None:
        """One cheap request. Raises: Unreachable: nobody answers, or it wants a key."""
        quick = self._client.with_options(timeout=REACH_S)
        try:
            quick.models.with_raw_response.list()
        except self._openai.APITimeoutError:
            raise Unreachable(f"{self.url}: no answer within {REACH_S:g} s") from None
        except self._openai.APIConnectionError:
            raise Unreachable(
                f"{self.url}: no server answers there; start it, or check the URL"
            ) from None
        except self._openai.APIStatusError as error:
            if error.status_code in (401, 403):
                raise self._locked(error.status_code) from None
        except self._openai.APIError:
            return  # it answers; whether it answers prompts will show

    def _locked(self, status: int) -> Unreachable:
        name = key_variable()
        state = "it is not set" if self._key == NO_KEY else "the one there is refused"
        return Unreachable(
            f"{self.url}: http {status}: it wants a key; put it into the environment variable {name} ({state}), "
            f"or name another variable in {KEY_ENV_ENV}"
        )

    def _others(self) -> str:
        try:
            listed = self._client.with_options(timeout=REACH_S).models.list()
            names = sorted(str(model.id) for model in listed.data)[:8]
        except (self._openai.OpenAIError, AttributeError, TypeError, ValueError):
            return ""
        return f"; there are {', '.join(names)}" if names else ""

    def _clean(self, words: str) -> str:
        """A server's words, shortened; the key, should it repeat it, is taken out."""
        said = " ".join(words.split())
        if self._key != NO_KEY:
            said = said.replace(self._key, "***")
        return said[:160]


def _retry_after(headers: Any) -> float | None:
    try:
        wait_s = float(headers.get("retry-after", ""))
    except (TypeError, ValueError):
        return None
    return wait_s if 0.0 <= wait_s < float("inf") else None
