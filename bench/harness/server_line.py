"""A line to an OpenAI-compatible server: reached or not, asked patiently, its faults told in one line, its key kept."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

from advisor._lazy import need
from advisor.core.errors import BadInput, Unreachable
from bench.harness.answers import ServerFault
from bench.harness.chat_reply import Garbled

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

KEY_ENV_ENV: Final = "ADVISOR_API_KEY_ENV"
"""Names the variable that holds the key, where it is not OPENAI_API_KEY."""
NO_KEY: Final = "none"
"""Sent where no key is set: local servers want the header and do not look at it."""
REACH_S: Final = 5.0
REQUEST_S: Final = 60.0
PATIENCE_S: Final = 180.0
MOST_TRIES: Final = 5
_FIRST_WAIT_S: Final = 0.5
_LONGEST_BACK_OFF_S: Final = 8.0
_LONGEST_WAIT_S: Final = 60.0
_CHANGEABLE: Final = frozenset({400, 422, 501})
"""What servers answer when they know a request's fields, or its length, and will not have them."""


def key_variable() -> str:
    """The environment variable that the key is read from."""
    return os.environ.get(KEY_ENV_ENV) or "OPENAI_API_KEY"


def server_key() -> str:
    """The key in the environment, or a placeholder."""
    return os.environ.get(key_variable()) or NO_KEY


class ServerLine:
    """One server and the name of one of its models. The key is in no message, and nothing here is logged."""

    def __init__(
        self,
        url: str,
        model_id: str,
        *,
        request_s: float = REQUEST_S,
        patience_s: float = PATIENCE_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Look whether the server answers at all.

        request_s: longest silence within one request; patience_s: for one answer with all its retries.
        Raises: Unreachable: nobody there, or it wants a key; MissingExtra: no openai.
        """
        self.url, self.model_id = url, model_id
        self._patience_s, self._sleep = patience_s, sleep
        self._key = server_key()
        self._openai = need("openai", extra="bench")
        self.client = self._openai.OpenAI(
            base_url=url, api_key=self._key, max_retries=0, timeout=request_s
        )
        self._look()

    def warnings(self) -> list[str]:
        """A key that went over an open line."""
        host = urlsplit(self.url)
        local = host.hostname in {"localhost", "127.0.0.1", "::1"}
        if host.scheme == "http" and not local and self._key != NO_KEY:
            return [f"{self.url}: the key in {key_variable()} was sent without encryption"]
        return []

    def post(self, path: str, payload: dict[str, Any]) -> dict[str, Any]:
        """The JSON object that one request brings, asked for patiently.

        Raises: Unreachable, BadInput, ServerFault: as `patiently`.
        """
        return self.patiently(lambda _: self._posted(path, payload))

    def patiently(
        self,
        attempt: Callable[[float], T],
        *,
        change: Callable[[Any], bool] = lambda _error: False,
    ) -> T:
        """What `attempt` brings, tried again with back-off while the server is busy, broken or unintelligible.

        attempt: given the time.monotonic() to be done by. change: told of a refusal; True where it changed
        the next request so that it may pass.
        Raises: Unreachable: a key is wanted; BadInput: no such model; ServerFault: refused, or given up.
        """
        deadline = time.monotonic() + self._patience_s
        n_tries = 0
        while True:
            try:
                return attempt(deadline)
            except (Garbled, self._openai.APIError) as error:
                if getattr(error, "status_code", None) in _CHANGEABLE and change(error):
                    continue
                why, wait_s = self._judge(error)
            n_tries += 1
            pause = min(_FIRST_WAIT_S * 2**n_tries, _LONGEST_BACK_OFF_S)
            pause = pause if wait_s is None else wait_s
            late = time.monotonic() + pause > deadline or pause > _LONGEST_WAIT_S
            if n_tries == MOST_TRIES or late:
                raise ServerFault(
                    f"{self.url}: {self.model_id}: {why}; given up after {n_tries} tries"
                )
            self._sleep(pause)

    def _posted(self, path: str, payload: dict[str, Any]) -> dict[str, Any]:
        try:
            found = self.client.post(path, cast_to=object, body=payload)
        except ValueError:
            raise Garbled("its answer is no JSON") from None
        if not isinstance(found, dict):
            raise Garbled("its answer is no JSON object")
        return found

    def _judge(self, error: Any) -> tuple[str, float | None]:
        """What went wrong, and the seconds to wait where the server names them.

        Raises: Unreachable, BadInput, ServerFault: no use in trying again.
        """
        if isinstance(error, Garbled):
            return str(error), None
        if isinstance(error, self._openai.APITimeoutError):
            return "no answer in time", None
        if isinstance(error, self._openai.APIConnectionError):
            return "the connection broke off", None
        said, status = self._clean(error.message), getattr(error, "status_code", None)
        if status is None:
            return said, None
        if status in (401, 403):
            raise self._locked(status) from None
        if status == 404:
            raise BadInput(
                f"{self.url}: no model {self.model_id!r} there{self._others()} ({said})"
            ) from None
        if status in (408, 409, 429) or status >= 500:
            return f"http {status}: {said}", _retry_after(error.response.headers)
        raise ServerFault(f"{self.url}: {self.model_id}: http {status}: {said}") from None

    def _look(self) -> None:
        """One cheap request. Raises: Unreachable: nobody answers, or it wants a key."""
        quick = self.client.with_options(timeout=REACH_S)
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
            listed = self.client.with_options(timeout=REACH_S).models.list()
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
