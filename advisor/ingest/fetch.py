"""The one door to the network: a client of the Hub that always ends, never leaves its host and never shows its token."""

from __future__ import annotations

import email.utils
import queue
import re
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from advisor._lazy import need
from advisor.core.errors import MissingData, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may be gone a moment later."""
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS: Final = 3
_LINK: Final = re.compile(r"""<([^<>]+)>\s*;[^<]*?rel\s*=\s*["']?next\b""")
_PORTS: Final = {"http": 80, "https": 443}
_GRACE_S: Final = 0.5
"""How much longer than a request may take its thread is waited for."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long the Hub may take, seconds; nothing waits for ever."""

    connect_s: float = 2.5
    """Finding and reaching the host, the first time: offline is told this soon."""
    read_s: float = 15.0
    """Silence within an answer."""
    answer_s: float = 45.0
    """A whole answer, however slowly it drips."""
    retries: int = 3
    first_wait_s: float = 1.0
    """Before the second attempt; doubled each time."""
    most_wait_s: float = 310.0
    """The longest wait that the server may ask for: the Hub counts requests over windows of five minutes."""
    total_s: float = 1800.0
    """Everything together."""
    most_bytes: int = 1 << 26
    """A larger answer is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: 200 with a body, 304 without one, or a refusal (401, 403, 404, 410, ...)."""

    status: int
    body: bytes = b""
    etag: str | None = None
    last_modified: str | None = None
    next_url: str | None = None
    reason: str | None = None
    """The Hub's own code for a refusal, such as GatedRepo or RepoNotFound."""


class _Failed(Exception):
    """One attempt came to nothing. may_pass: another attempt could do better."""

    def __init__(self, words: str, *, may_pass: bool = True, wait_s: float | None = None) -> None:
        super().__init__(words)
        self.words, self.may_pass, self.wait_s = words, may_pass, wait_s


def _quiet(_: str) -> None:
    """Say nothing."""


@dataclass(kw_only=True)
class Client:
    """A bounded client of one endpoint. say: told when the server asks to wait."""

    limits: Limits = field(default_factory=Limits)
    say: Callable[[str], None] = _quiet
    n_requests: int = 0
    _begun: float = field(default_factory=time.monotonic)
    _reached: bool = False

    @property
    def endpoint(self) -> str:
        """The Hub's address, from HF_ENDPOINT."""
        return str(need("huggingface_hub.constants", extra="hub").ENDPOINT).rstrip("/")

    def get(
        self, url: str, *, params: Mapping[str, object] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:  # fmt: skip
        """One answer, after as many attempts as the limits allow.

        params: of the query; with an address that has its own query, none. headers: conditions such as If-None-Match.
        Raises: Unreachable: offline, no answer, out of time, or attempts used up; MissingData: an address elsewhere.
        """
        self._check_reach()
        address = self._own(url)
        for attempt in range(self.limits.retries + 1):
            try:
                return self._follow(address, params, headers or {})
            except _Failed as failure:
                if not failure.may_pass or attempt == self.limits.retries:
                    tries = f" ({attempt + 1} attempts)" if attempt else ""
                    raise Unreachable(f"{self._host}: {failure.words}{tries}") from None
                self._wait(failure, attempt)
        raise AssertionError(attempt)

    def has_token(self) -> bool:
        """Whether there is a token in its usual place."""
        return bool(need("huggingface_hub", extra="hub").get_token())

    def left_s(self) -> float:
        """Seconds of the whole budget that are left."""
        return self.limits.total_s - (time.monotonic() - self._begun)

    @property
    def _host(self) -> str:
        return urlsplit(self.endpoint).netloc or self.endpoint

    def _own(self, url: str) -> str:
        """`url` whole. Raises: MissingData: it is of another host than the endpoint."""
        whole = urljoin(self.endpoint + "/", url)
        if _origin(whole) != _origin(self.endpoint):
            raise MissingData(
                f"{self._host} sends on to {urlsplit(whole).netloc or whole!r}, which is not the Hub that was asked; not followed"
            )
        return whole

    def _check_reach(self) -> None:
        """Nothing, or Unreachable: switched off, or nobody answers soon. Behind a proxy only a request can tell."""
        if need("huggingface_hub", extra="hub").is_offline_mode():
            raise Unreachable("HF_HUB_OFFLINE keeps the Hub out; unset it to refresh")
        if self._reached or _is_proxied(self.endpoint):
            return
        parts = urlsplit(self.endpoint)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise Unreachable(
                f"HF_ENDPOINT is {self.endpoint!r}; write an address like https://huggingface.co"
            )
        address = (parts.hostname, parts.port or _PORTS[parts.scheme])
        try:
            _in_thread(
                lambda _: socket.create_connection(address, timeout=self.limits.connect_s).close(),
                self.limits.connect_s,
            )
        except OSError as error:
            why = "no answer" if isinstance(error, TimeoutError) else error.strerror or str(error)
            raise Unreachable(f"{self._host} cannot be reached ({why})") from None
        self._reached = True

    def _wait(self, failure: _Failed, attempt: int) -> None:
        """Until the next attempt. Raises: Unreachable: the wait does not fit the limits."""
        wait = failure.wait_s
        if wait is None:
            wait = self.limits.first_wait_s * 2**attempt
        if wait > self.limits.most_wait_s or wait >= self.left_s():
            bound = min(self.limits.most_wait_s, max(self.left_s(), 0.0))
            raise Unreachable(
                f"{self._host}: {failure.words}; it asks to wait {wait:,.0f} s, more than the {bound:,.0f} s that are allowed"
            )
        if wait >= 2.0:
            self.say(f"{self._host}: {failure.words}; waiting {wait:,.0f} s")
        time.sleep(wait)

    def _follow(
        self, url: str, params: Mapping[str, object] | None, headers: Mapping[str, str]
    ) -> Answer:
        for _ in range(_MOST_REDIRECTS + 1):
            found, target = self._once(url, params, headers)
            if target is None:
                return found
            url, params = self._own(urljoin(url, target)), None
        raise _Failed("it redirects in a circle", may_pass=False)

    def _once(
        self, url: str, params: Mapping[str, object] | None, headers: Mapping[str, str]
    ) -> tuple[Answer, str | None]:
        """One request: the answer, and where a redirect points. Raises: _Failed."""
        if (left := self.left_s()) <= 0:
            raise _Failed(f"out of time after {self.limits.total_s:,.0f} s", may_pass=False)
        self.n_requests += 1
        seconds = min(self.limits.answer_s, left)
        try:
            answer = _in_thread(
                lambda gone: self._ask(url, params, headers, seconds, gone), seconds
            )
        except TimeoutError:
            need("huggingface_hub", extra="hub").close_session()
            raise _Failed(f"no whole answer within {seconds:,.0f} s") from None
        status, said, body = answer
        if status in AGAIN:
            why = "too many requests (429)" if status == 429 else f"it answered {status}"
            raise _Failed(why, wait_s=_asked_wait(said))
        if status in _REDIRECTS:
            if not said.get("location"):
                raise _Failed(f"it answered {status} without an address", may_pass=False)
            return Answer(status=status), said["location"]
        return Answer(
            status=status, body=body, etag=said.get("etag"), last_modified=said.get("last-modified"),
            next_url=_next(said.get("link")), reason=said.get("x-error-code"),
        ), None  # fmt: skip

    def _ask(
        self, url: str, params: Mapping[str, object] | None, headers: Mapping[str, str], seconds: float,
        gone: threading.Event,
    ) -> tuple[int, dict[str, str], bytes]:  # fmt: skip
        hub, http = need("huggingface_hub", extra="hub"), need("huggingface_hub.utils", extra="hub")
        client = need("httpx2", extra="hub")
        sent = {"user-agent": "slm-advisor", "accept": "application/json", **headers}
        if token := hub.get_token():
            sent["authorization"] = f"Bearer {token}"
        allowed = client.Timeout(min(self.limits.read_s, seconds), connect=min(2 * self.limits.connect_s, seconds))  # fmt: skip
        ends = time.monotonic() + seconds
        try:
            with http.http_stream_backoff(
                "GET", url, params=params, headers=sent, timeout=allowed, follow_redirects=False,
                max_retries=0, retry_on_exceptions=(), retry_on_status_codes=(),
            ) as found:  # fmt: skip
                said = {name.lower(): value for name, value in found.headers.items()}
                body = self._read(found, ends, gone) if found.status_code == 200 else b""
                return found.status_code, said, body
        except client.HTTPError as error:
            raise _Failed(_words(error), may_pass=not _is_tls(error)) from None
        except (ValueError, client.InvalidURL, client.StreamError):
            # Nothing of such an error is shown: it may quote what was sent.
            raise _Failed("the request cannot be sent", may_pass=False) from None

    def _read(self, found: Any, ends: float, gone: threading.Event) -> bytes:
        blocks, size = [], 0
        for block in found.iter_bytes():
            blocks.append(block)
            size += len(block)
            if size > self.limits.most_bytes:
                raise _Failed(
                    f"an answer of more than {self.limits.most_bytes >> 20} MiB", may_pass=False
                )
            if gone.is_set() or time.monotonic() > ends:
                raise _Failed("the answer came too slowly to be whole in time")
        return b"".join(blocks)


def _in_thread(work: Callable[[threading.Event], T], seconds: float) -> T:
    """What `work` returns or raises, or TimeoutError once `seconds` are over.

    A thread of its own, since looking up a name and reading a header that drips know no time-out. An
    abandoned thread is told so by its event, and does not keep the program from ending.
    """
    gone = threading.Event()
    box: queue.SimpleQueue[tuple[list[T], BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            box.put(([work(gone)], None))
        except BaseException as error:  # noqa: BLE001 - handed to the caller, who raises it
            box.put(([], error))

    threading.Thread(target=run, daemon=True).start()
    try:
        values, error = box.get(timeout=seconds + _GRACE_S)
    except queue.Empty:
        raise TimeoutError from None
    finally:
        gone.set()
    if error is not None:
        raise error
    return values[0]


def _is_tls(error: Exception) -> bool:
    """Whether the line could not be made secure, which another attempt does not change."""
    return isinstance(error.__cause__, ssl.SSLError) or "SSL" in repr(error.__cause__)


def _words(error: Exception) -> str:
    """What went wrong on the line, by its kind: messages of the HTTP library may quote what was sent."""
    kinds = {
        "ConnectTimeout": "no connection in time", "ReadTimeout": "no answer in time", "PoolTimeout": "no answer in time",
        "WriteTimeout": "no answer in time", "ConnectError": "no connection", "ReadError": "the connection broke off",
        "RemoteProtocolError": "the answer was cut off", "ProxyError": "the proxy refuses",
        "DecodingError": "an answer that cannot be unpacked", "TooManyRedirects": "it redirects in a circle",
        "LocalProtocolError": "the request cannot be sent (is the token whole?)",
    }  # fmt: skip
    if _is_tls(error):
        return "no secure connection (its certificate is not accepted, or a proxy stands between)"
    return kinds.get(type(error).__name__, "the line failed")


def _asked_wait(said: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait: Retry-After as a number or a date, or the Hub's RateLimit header."""
    value = said.get("retry-after", "").strip()
    if value.isdigit():
        return float(value)
    if value:
        try:
            until = email.utils.parsedate_to_datetime(value).timestamp()
        except (ValueError, OverflowError):
            return None
        return max(0.0, until - time.time())
    limit = need("huggingface_hub.utils", extra="hub").parse_ratelimit_headers(dict(said))
    return None if limit is None or limit.remaining else float(limit.reset_in_seconds)


def _next(link: str | None) -> str | None:
    """The address with rel="next" of a Link header."""
    found = _LINK.search(link or "")
    return found[1] if found else None


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    return parts.scheme, (parts.hostname or "").lower(), port or _PORTS.get(parts.scheme)


def _is_proxied(url: str) -> bool:
    parts = urlsplit(url)
    found = getproxies()
    return bool(found.get(parts.scheme) or found.get("all")) and not proxy_bypass(
        parts.hostname or ""
    )
