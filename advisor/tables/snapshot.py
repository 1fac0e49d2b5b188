"""A snapshot: a folder of parquet tables and a manifest, immutable once its manifest is written."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

from advisor.core.errors import BadInput, MissingData
from advisor.tables import locate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
IN_MEMORY_ROWS = 1_000_000
"""Tables up to this size are kept in memory once they are asked for a second time."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Read-only view of one snapshot; tables are read when first asked for."""

    path: Path
    manifest: dict[str, Any]
    _cache: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    _asked: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    @property
    def id(self) -> str:
        """Content hash of the tables."""
        return str(self.manifest["id"])

    def scan(self, table: str) -> pl.LazyFrame:
        """A lazy frame over one table, for reading a few of its rows.

        The first question reads from the file what it needs; a small table that is asked for again is
        kept in memory from then on.
        Raises: MissingData: no such table here, or the file does not have the manifest's size.
        """
        if table in self._cache:
            kept: pl.DataFrame = self._cache[table]
            return kept.lazy()
        asked = self._asked.get(table, 0)
        self._asked[table] = asked + 1
        lazy = self._file(table)
        if asked and self.manifest["tables"][table]["rows"] <= IN_MEMORY_ROWS:
            return self.table(table).lazy()
        return lazy

    def _file(self, table: str) -> pl.LazyFrame:
        entry = self.manifest["tables"].get(table)
        if entry is None:
            raise MissingData(
                f"snapshot {self.id} has no table {table!r}: another version of advisor built it; "
                "use the current one, or build it again with `advisor data build`"
            )
        file = self.path / entry["file"]
        if not file.is_file() or file.stat().st_size != entry["bytes"]:
            raise MissingData(
                f"snapshot {self.id}: {file.name} is missing or cut off; "
                "run `advisor data verify`, then build or reinstall the snapshot"
            )
        return pl.scan_parquet(file, glob=False)

    def table(self, name: str) -> pl.DataFrame:
        """One whole table, kept in memory after the first call."""
        if name not in self._cache:
            self._cache[name] = self.collect(self._file(name))
        frame: pl.DataFrame = self._cache[name]
        return frame

    def collect(self, query: pl.LazyFrame) -> pl.DataFrame:
        """Run a query over this snapshot; a damaged file is MissingData and not a traceback."""
        try:
            return query.collect()
        except (pl.exceptions.ComputeError, OSError) as error:
            line = str(error).splitlines()[0]
            raise MissingData(
                f"snapshot {self.id}: a table cannot be read ({line}); run `advisor data verify`"
            ) from None

    def remember(self, key: str, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """`make()`, once per snapshot object: for a frame that is derived from the tables and asked for often."""
        if key not in self._cache:
            self._cache[key] = make()
        kept: pl.DataFrame = self._cache[key]
        return kept

    def verify(self) -> list[str]:
        """Re-hash each table; returns what is wrong, one line per table, empty when all is well."""
        faults = []
        for name, entry in sorted(self.manifest["tables"].items()):
            file = self.path / entry["file"]
            if not file.is_file():
                faults.append(f"{name}: {entry['file']} is missing")
            elif (found := _sha256(file)) != entry["sha256"]:
                faults.append(
                    f"{name}: sha256 is {found[:12]}…, the manifest says {entry['sha256'][:12]}…"
                )
        if not faults and (found := _content_id(self.manifest["tables"])) != self.id:
            faults.append(f"manifest: id is {self.id}, its tables hash to {found}")
        return faults


def load(named: Path | None = None) -> Snapshot:
    """The snapshot in use (see locate.current_path), with its manifest checked.

    Raises: MissingData: no snapshot, an unreadable manifest, or a newer schema than this version reads.
    """
    path = locate.current_path(named)
    file = path / MANIFEST
    try:
        manifest = orjson.loads(file.read_bytes())
        version, tables = manifest["schema_version"], manifest["tables"]
        complete = isinstance(manifest["id"], str) and isinstance(tables, dict)
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise MissingData(
            f"{file}: not a readable manifest ({error}); build or reinstall the snapshot"
        ) from None
    if not complete or not isinstance(version, int):
        raise MissingData(f"{file}: not a snapshot manifest; build or reinstall the snapshot")
    if version > SCHEMA_VERSION:
        raise MissingData(
            f"{file}: schema version {version}, this advisor reads up to {SCHEMA_VERSION}; "
            "run `pip install --upgrade slm-advisor`"
        )
    return Snapshot(path=path, manifest=manifest)


def write(
    folder: Path,
    tables: Mapping[str, pl.DataFrame],
    *,
    facts: Mapping[str, object],
    compression_level: int = 19,
) -> Path:
    """Write a snapshot under `folder` and point `current` at it; returns its path.

    The tables go to a temporary folder beside it, which is renamed once complete, so that an
    interrupted build leaves the old snapshot in use and nothing half-written behind.

    facts: what else the manifest records (created_at, sources, counts, ...). compression_level: of zstd; less is
    quicker, for tables that are written often.
    Raises: BadInput: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".building-", dir=folder))
    except OSError as error:
        raise BadInput(
            f"{folder}: cannot be written ({error.strerror}); name another with --out"
        ) from None
    try:
        entries = {
            name: _write_table(work, name, frame, compression_level)
            for name, frame in sorted(tables.items())
        }
        snapshot_id = _content_id(entries)
        head = {"schema_version": SCHEMA_VERSION, "id": snapshot_id}
        manifest = {**head, **facts, "tables": entries}
        (work / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        work.chmod(0o755)
        target = folder / snapshot_id
        if target.exists():
            shutil.rmtree(target)
        work.rename(target)
        _point(folder, target.name)
    except OSError as error:
        raise BadInput(
            f"{folder}: cannot be written ({error.strerror}); name another with --out"
        ) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def derive(
    base: Snapshot, folder: Path, tables: Mapping[str, pl.DataFrame], *, facts: Mapping[str, object]
) -> Path:
    """A new snapshot under `folder`: `base` with these tables replaced or added; `current` points at it.

    Tables that stay are the same files, by hard link where the file system allows, else copied; each is hashed on
    the way, so that damage is not handed on. `base` is left as it is. A snapshot of the same content that is
    already there is kept, not written again.
    Raises: MissingData: a table of `base` is damaged; BadInput: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".refreshing-", dir=folder))
    except OSError as error:
        raise BadInput(_unwritable(folder, error)) from None
    try:
        entries = {
            name: _write_table(work, name, frame, 19) for name, frame in sorted(tables.items())
        }
        for name, entry in base.manifest["tables"].items():
            if name not in entries:
                _carry_over(base, name, work)
                entries[name] = entry
        snapshot_id = _content_id(entries)
        target = folder / snapshot_id
        if not (target / MANIFEST).is_file():
            head = {"schema_version": SCHEMA_VERSION, "id": snapshot_id}
            manifest = {
                **head,
                **facts,
                "tables": {name: entries[name] for name in sorted(entries)},
            }
            (work / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
            work.chmod(0o755)
            shutil.rmtree(target, ignore_errors=True)  # without a manifest it is no snapshot
            work.rename(target)
        _point(folder, snapshot_id)
    except OSError as error:
        raise BadInput(_unwritable(folder, error)) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def _carry_over(base: Snapshot, name: str, work: Path) -> None:
    entry = base.manifest["tables"][name]
    file = base.path / entry["file"]
    if not file.is_file() or _sha256(file) != entry["sha256"]:
        raise MissingData(
            f"snapshot {base.id}: {entry['file']} is missing or damaged, so nothing is built on it; "
            "run `advisor data verify`, then build or reinstall it"
        )
    try:
        os.link(file, work / file.name)
    except OSError:  # another file system, or one without links
        shutil.copyfile(file, work / file.name)


def _unwritable(folder: Path, error: OSError) -> str:
    return f"{folder}: cannot be written ({error.strerror}); name another with --out"


def _write_table(
    folder: Path, name: str, frame: pl.DataFrame, compression_level: int
) -> dict[str, object]:
    file = folder / f"{name}.parquet"
    try:
        frame.write_parquet(
            file,
            compression="zstd",
            compression_level=compression_level,
            row_group_size=65_536,
            statistics=True,
        )
    except pl.exceptions.ComputeError as error:  # polars calls a full disk this
        why = str(error).rpartition("IO error: ")[2].partition(" (os error")[0]
        raise OSError(errno.EIO, why) from None
    return {
        "file": file.name,
        "rows": frame.height,
        "bytes": file.stat().st_size,
        "sha256": _sha256(file),
    }


def _point(folder: Path, snapshot_id: str) -> None:
    temporary = folder / f".{locate.CURRENT}-{os.getpid()}"
    temporary.write_text(snapshot_id + "\n", encoding="utf-8")
    temporary.replace(folder / locate.CURRENT)


def _content_id(entries: Mapping[str, Mapping[str, object]]) -> str:
    parts = "".join(f"{name}:{entries[name]['sha256']}\n" for name in sorted(entries))
    return hashlib.sha256(parts.encode()).hexdigest()[:12]


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
