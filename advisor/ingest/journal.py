"""Answers of the Hub as they came, one file each: what a broken-off refresh goes on from, and the next one asks about."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from advisor.core.errors import BadInput
from advisor.tables.locks import take

if TYPE_CHECKING:
    from collections.abc import Iterator

    from advisor.ingest.fetch import Answer

RUN: Final = "run.json"
ANSWERS: Final = "answers"
LONGEST_RUN: Final = timedelta(hours=24)
"""Counts of one refresh are counts of one day; an older beginning is not gone on with."""
FORGET: Final = timedelta(days=60)
"""Answers that no refresh asked for in so long are thrown away."""
OK, UNCHANGED = 200, 304


def cache_folder() -> Path:
    """Where refreshes keep what the Hub answered: $XDG_CACHE_HOME/slm-advisor/hub."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "slm-advisor" / "hub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One answer as it is kept."""

    status: int
    content: Any
    next_url: str | None
    etag: str | None
    last_modified: str | None
    run: str
    """The refresh that asked for it last."""


@dataclass(kw_only=True)
class Journal:
    """The answers of this refresh and of earlier ones, by address.

    Whatever ends it, each file is whole: it is written beside its place and moved there.
    """

    folder: Path
    run: str
    begun: datetime
    is_resumed: bool

    @property
    def n_kept(self) -> int:
        """Answers that this refresh has."""
        return sum(1 for kept in self._every() if kept.run == self.run)

    def of_this_run(self, url: str) -> Kept | None:
        """The answer, where this refresh has it already."""
        kept = self.latest(url)
        return kept if kept is not None and kept.run == self.run else None

    def latest(self, url: str) -> Kept | None:
        """The answer that came last, in any refresh; None where there is none or its file is damaged."""
        return _read(self._file(url))

    def keep(self, url: str, answer: Answer, content: object) -> Kept:
        """Write one answer down. 304: what is there is of this refresh now. Raises: BadInput: no room to write."""
        before = self.latest(url)
        if answer.status == UNCHANGED and before is not None:
            status, content, next_url = before.status, before.content, before.next_url
        else:
            status, next_url = answer.status, answer.next_url
        entry = {
            "url": url, "run": self.run, "day": self.begun.date().isoformat(), "status": status, "next": next_url,
            "etag": answer.etag or (before.etag if before and answer.status == UNCHANGED else None),
            "last_modified": answer.last_modified
            or (before.last_modified if before and answer.status == UNCHANGED else None),
            "content": content,
        }  # fmt: skip
        file = self._file(url)
        write_file(file, orjson.dumps(entry))
        kept = _read(file)
        if kept is None:
            raise BadInput(f"{file.parent}: what was written there cannot be read back")
        return kept

    def conditions(self, url: str) -> dict[str, str]:
        """Headers that ask for an answer only where it is another than the one kept."""
        kept = self.latest(url)
        if kept is None or kept.status != OK:
            return {}
        if kept.etag:
            return {"if-none-match": kept.etag}
        return {"if-modified-since": kept.last_modified} if kept.last_modified else {}

    def finish(self) -> None:
        """This refresh is over: the next one asks anew, and what is old is thrown away."""
        oldest = (self.begun - FORGET).date().isoformat()
        for file in (self.folder / ANSWERS).glob("*.json"):
            entry = _entry(file)
            if entry is None or str(entry.get("day", "")) < oldest:
                file.unlink(missing_ok=True)
        (self.folder / RUN).unlink(missing_ok=True)

    def _file(self, url: str) -> Path:
        return self.folder / ANSWERS / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.json"

    def _every(self) -> list[Kept]:
        files = sorted((self.folder / ANSWERS).glob("*.json"))
        return [kept for file in files if (kept := _read(file)) is not None]


@contextmanager
def one_refresh(folder: Path) -> Iterator[None]:
    """Nobody else refreshes meanwhile: who came second would begin from a snapshot that is about to be replaced.

    Raises: BadInput: another one is at work, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = take(folder / "lock")
    except OSError as error:
        raise BadInput(_cannot(folder, error)) from None
    if lock is None:
        raise BadInput("another `advisor data refresh` is at work; wait until it has ended")
    try:
        yield
    finally:
        lock.release()


def open_journal(folder: Path, *, endpoint: str, now: datetime, fresh: bool) -> Journal:
    """The journal of an endpoint, going on with a refresh that broke off within LONGEST_RUN.

    fresh: begin anew and forget all earlier answers. Raises: BadInput: the folder cannot be written.
    """
    where = folder / hashlib.sha256(endpoint.encode()).hexdigest()[:12]
    if fresh:
        shutil.rmtree(where / ANSWERS, ignore_errors=True)
        (where / RUN).unlink(missing_ok=True)
    found = _entry(where / RUN)
    begun = _moment(found)
    if found is None or begun is None or not timedelta() <= now - begun <= LONGEST_RUN:
        run = hashlib.sha256(f"{endpoint} {now.isoformat()}".encode()).hexdigest()[:12]
        write_file(where / RUN, orjson.dumps({"run": run, "begun": now.isoformat()}))
        return Journal(folder=where, run=run, begun=now, is_resumed=False)
    return Journal(folder=where, run=str(found.get("run")), begun=begun, is_resumed=True)


def _moment(found: dict[str, Any] | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str((found or {})["begun"]))
    except (KeyError, ValueError):
        return None
    return moment if moment.tzinfo else None


def _entry(file: Path) -> dict[str, Any] | None:
    try:
        entry = orjson.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return entry if isinstance(entry, dict) else None


def _read(file: Path) -> Kept | None:
    entry = _entry(file)
    if entry is None or not isinstance(entry.get("status"), int):
        return None
    return Kept(
        status=entry["status"], content=entry.get("content"), next_url=entry.get("next"), etag=entry.get("etag"),
        last_modified=entry.get("last_modified"), run=str(entry.get("run")),
    )  # fmt: skip


def write_file(file: Path, content: bytes) -> None:
    """Write it beside its place and move it there. Raises: BadInput: no room, or no right to write."""
    temporary = file.with_name(f".{file.name}-{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise BadInput(_cannot(file.parent, error)) from None


def _cannot(folder: Path, error: OSError) -> str:
    return f"{folder}: cannot be written ({error.strerror}); name another cache with XDG_CACHE_HOME"
