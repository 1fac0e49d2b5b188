"""The folders of MTEB results: where the score files lie, and whose they are."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from advisor.core.errors import MissingData

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from advisor.ingest.mteb_tally import Tally

EXPERIMENTS: Final = "experiments"
META: Final = "model_meta.json"
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_FIRST_READ_BYTES: Final = 1 << 16
_NEXT_READ_BYTES: Final = 1 << 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """One revision or experiment folder with its score files."""

    path: str
    model: str
    revision: str
    experiment: str | None
    """None for an ordinary run; else what the run varied."""
    files: tuple[str, ...]
    """Names of the score files, sorted."""


def read_bytes(path: str) -> bytes:
    """The whole file. Raises: OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        block = os.read(handle, _FIRST_READ_BYTES)
        if len(block) < _FIRST_READ_BYTES:  # nearly always: most files have a few kB
            return block
        blocks = [block]
        while block:
            block = os.read(handle, _NEXT_READ_BYTES)
            blocks.append(block)
        return b"".join(blocks)
    finally:
        os.close(handle)


def load_json(raw: bytes) -> tuple[Any, bool]:
    """The JSON value, and whether it was strict; bare NaN and Infinity are read as floats.

    Raises: ValueError: not JSON in UTF-8, or nested too deeply.
    """
    try:
        return orjson.loads(raw), True
    except ValueError:
        try:
            return json.loads(raw.decode("utf-8")), False
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def walk_folders(root: Path, tally: Tally) -> Iterator[Folder]:
    """Every folder with score files under `root/results` (or `root` itself), in sorted order.

    Raises: MissingData: there is no such folder.
    """
    base = root / "results" if (root / "results").is_dir() else root
    if not base.is_dir():
        raise MissingData(
            f"no MTEB results: {str(root)!r} is not a folder; give the one that holds results/"
        )
    models, strays = _list(base)
    tally.add("files: stray", len(strays))
    for model in models:
        revisions, strays = _list(base / model)
        tally.add("files: stray", len(strays))
        for revision in revisions:
            yield from _revision_folders(base / model / revision, tally)


def _revision_folders(path: Path, tally: Tally) -> Iterator[Folder]:
    folders, files = _list(path)
    yield from _folder(path, files, None, tally)
    for name in folders:
        inner, strays = _list(path / name)
        tally.add("files: stray", len(strays))
        if name != EXPERIMENTS:
            tally.add("files: stray", sum(len(_list(path / name / deeper)[1]) for deeper in inner))
            continue
        for experiment in inner:
            yield from _folder(
                path / name / experiment, _list(path / name / experiment)[1], path, tally
            )


def _folder(path: Path, files: list[str], home: Path | None, tally: Tally) -> Iterator[Folder]:
    """The folder with its identity, or nothing; `home` is the revision folder of an experiment."""
    scores = tuple(name for name in files if name.endswith(".json") and name != META)
    tally.add("files: stray", len(files) - len(scores) - (META in files))
    if not scores:
        return
    where = home or path
    meta = _meta(path, tally) if META in files else None
    if home is not None and meta is None:
        tally.add("files: in an experiment without model_meta.json", len(scores))
        return
    if META not in files:
        tally.add("folders: no model_meta.json")
    model, revision = _text(meta, "name"), _text(meta, "revision")
    model = model or _plain(where.parent.name).replace("__", "/")
    revision = revision or _plain(where.name)
    varied = meta.get("experiment_kwargs") if meta else None
    experiment = None
    if isinstance(varied, dict) and varied:
        experiment = _plain(path.name) if home else json.dumps(varied, sort_keys=True)
    tally.add("folders: experiments" if experiment else "folders: revisions")
    tally.add("folders: spaces in the model's name", int(" " in model))
    tally.add("folders: revision is no commit", int(_COMMIT.fullmatch(revision) is None))
    yield Folder(
        path=str(path), model=model, revision=revision, experiment=experiment, files=scores
    )


def _meta(path: Path, tally: Tally) -> dict[str, Any] | None:
    try:
        meta, _strict = load_json(read_bytes(str(path / META)))
    except (OSError, ValueError):
        meta = None
    if not isinstance(meta, dict) or _text(meta, "name") is None:
        tally.add("folders: model_meta.json unusable")
        return None
    return meta


def _text(meta: dict[str, Any] | None, key: str) -> str | None:
    value = meta.get(key) if meta else None
    if not isinstance(value, str) or not value or _plain(value) != value:
        return None
    return value


def _plain(name: str) -> str:
    """`name` in characters that UTF-8 can hold (a file's name need not be)."""
    return name.encode("utf-8", "replace").decode("utf-8")


def _list(path: Path) -> tuple[list[str], list[str]]:
    """Names of the folders and of the other entries, sorted; both empty when it cannot be listed."""
    folders: list[str] = []
    files: list[str] = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                (folders if entry.is_dir() else files).append(entry.name)
    except OSError:
        return [], []
    return sorted(folders), sorted(files)
