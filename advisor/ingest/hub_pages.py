"""What the Hub says of many models: lists page by page, single models by name; each answer is kept as it comes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode, urljoin

import orjson

from advisor.core.errors import MissingData, Unreachable
from advisor.ingest.journal import OK, UNCHANGED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from advisor.ingest.fetch import Answer, Client
    from advisor.ingest.journal import Journal, Kept

FIELDS: Final = (
    "downloads", "downloadsAllTime", "likes", "pipeline_tag", "library_name", "createdAt", "lastModified", "gated",
    "private", "disabled", "safetensors", "gguf", "tags", "cardData", "config", "baseModels", "sha",
)  # fmt: skip
"""What is asked for of each model."""
PAGE: Final = 100
ABSENT: Final = frozenset({404, 410, 451})
REFUSED: Final = frozenset({401, 403})
_MOST_PAGES: Final = 20_000
_OLD_CURSOR: Final = 400
_UNKNOWN: Final = 401
"""Also what the Hub says of a model that is not there, to whom it does not know."""
_FORBIDDEN: Final = 403
_TRIES: Final = 2


@dataclass(kw_only=True)
class Asked:
    """What came of asking: records by the name they were asked by, and who was not there."""

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Model id to the Hub's record; the id is the one asked for, or the record's own where a list named it."""
    absent: list[str] = field(default_factory=list)
    """Asked for by name and not there, or private."""
    refused: list[str] = field(default_factory=list)
    """Gated or forbidden, down to their statistics."""
    renamed: dict[str, str] = field(default_factory=dict)
    """Asked name to the present one."""
    warnings: list[str] = field(default_factory=list)
    n_unchanged: int = 0
    """Answers that the Hub said are as they were."""
    n_resumed: int = 0
    """Answers of a refresh that broke off."""


def no_progress(_done: int, _of: int, _what: str) -> None:
    """Tell nobody."""


@dataclass(kw_only=True)
class Hub:
    """The Hub as this refresh asks it."""

    client: Client
    journal: Journal
    asked: Asked = field(default_factory=Asked)
    tell: Callable[[int, int, str], None] = no_progress

    def listed(self, *, sort: str, most: int, stop: Callable[[dict[str, Any]], bool]) -> list[str]:
        """Names of at most `most` models in the Hub's order, fewer where `stop` says that a record is past the end.

        Raises: Unreachable; MissingData: not the Hub's answer.
        """
        query = urlencode([("sort", sort), ("direction", "-1"), ("limit", min(PAGE, most))] + [("expand", f) for f in FIELDS])  # fmt: skip
        url: str | None = f"{self.client.endpoint}/api/models?{query}"
        names: list[str] = []
        seen: set[str] = set()
        for page in range(_MOST_PAGES):
            if url is None or len(names) >= most:
                break
            self.tell(len(names), most, f"{sort}, page {page + 1}")
            kept = self.answer(url, what=f"page {page + 1} of the list")
            records = _page(kept, page)
            new = [r for r in records if (name := _name(r)) is not None and name not in seen]
            if records and not new:
                self.asked.warnings.append(
                    f"the Hub repeats page {page + 1} of its list: {len(names):,} of {most:,} models are listed"
                )
                break
            for record in new:
                if len(names) >= most or stop(record):
                    return names
                name = str(_name(record))
                seen.add(name)
                names.append(name)
                self.asked.records[name] = record
            if not records:
                break
            url = urljoin(url, kept.next_url) if kept.next_url else None
        return names

    def named(self, names: Sequence[str]) -> list[str]:
        """Ask for each model by its name; names of those that are there. Raises: Unreachable; MissingData."""
        found = []
        query = urlencode([("expand", f) for f in FIELDS])
        for done, name in enumerate(names):
            self.tell(done, len(names), name)
            if name in self.asked.records:
                found.append(name)
                continue
            url = f"{self.client.endpoint}/api/models/{quote(name, safe='/')}?{query}"
            kept = self.answer(url, what=name)
            record = kept.content
            if kept.status in ABSENT or kept.status == _UNKNOWN:
                self.asked.absent.append(name)
            elif kept.status == _FORBIDDEN:
                self.asked.refused.append(name)
            elif not isinstance(record, dict) or _name(record) is None:
                self.asked.absent.append(name)
                self.asked.warnings.append(f"{name}: the Hub's answer is no model's record")
            else:
                if (present := str(_name(record))) != name:
                    self.asked.renamed[name] = present
                self.asked.records[name] = record
                found.append(name)
        return found

    def answer(self, url: str, *, what: str) -> Kept:
        """This refresh's answer: of its journal, or asked for now and written down.

        Raises: Unreachable: no answer, a token that is not accepted; MissingData: not JSON.
        """
        if (kept := self.journal.of_this_run(url)) is not None:
            self.asked.n_resumed += 1
            return kept
        answer, content = self._fetched(url, what=what)
        return self.journal.keep(url, answer, content)

    def _fetched(self, url: str, *, what: str) -> tuple[Answer, object]:
        """The answer and what its JSON says; one that is no JSON is asked for once more."""
        for _ in range(_TRIES):
            answer = self.client.get(url, headers=self.journal.conditions(url))
            self._check_right(answer, what)
            if answer.status != OK:
                self.asked.n_unchanged += answer.status == UNCHANGED
                return answer, None
            try:
                return answer, orjson.loads(answer.body)
            except ValueError:
                continue
        raise MissingData(f"{self.client.endpoint}: {what} is not JSON; is this address the Hub's?")

    def _check_right(self, answer: Answer, what: str) -> None:
        """Nothing for an answer that can be used or counted. Raises: Unreachable."""
        is_one = not what.startswith("page ")
        if answer.status in (OK, UNCHANGED) or (is_one and answer.status in ABSENT):
            return
        if answer.status in REFUSED and is_one:
            # Without a token the Hub answers 401 for what is not there; with one, RepoNotFound says so.
            if answer.reason in ("RepoNotFound", "GatedRepo") or not self.client.has_token():
                return
            if answer.status == _FORBIDDEN:
                return
        if answer.status in REFUSED:
            cure = (
                "the token is not accepted; log in again with `hf auth login`, or unset HF_TOKEN"
                if self.client.has_token()
                else "it asks for a token; log in with `hf auth login`"
            )
            raise Unreachable(f"{self.client.endpoint}: {what}: {cure} ({answer.status})")
        if answer.status == _OLD_CURSOR and not is_one:
            raise Unreachable(
                f"{self.client.endpoint}: {what}: the list cannot be gone on with ({answer.status}); "
                "begin anew with --fresh"
            )
        raise Unreachable(f"{self.client.endpoint}: {what}: it answered {answer.status}")


def _page(kept: Kept, page: int) -> list[dict[str, Any]]:
    """The records of one page. Raises: MissingData: it is no list of records."""
    content = kept.content
    if not isinstance(content, list):
        keys = (
            sorted(map(str, content))[:5] if isinstance(content, dict) else type(content).__name__
        )
        raise MissingData(
            f"page {page + 1} of the Hub's list is no list of models (found {keys}); "
            "its API may have changed: update slm-advisor"
        )
    return [record for record in content if isinstance(record, dict)]


def _name(record: dict[str, Any]) -> str | None:
    from advisor.ingest.hub_api import model_name

    return model_name(record)


def every(*parts: Sequence[str]) -> Iterator[str]:
    """Each name once, in the order of the parts."""
    yield from dict.fromkeys(name for part in parts for name in part)
