"""MTEB's results repository as the Hub serves it: which models' folders are new or changed, and their files, once each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from advisor.core.errors import MissingData
from advisor.ingest.journal import OK, write_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from advisor.ingest.hub_pages import Hub

REPOSITORY: Final = "datasets/mteb/results"
ROOT: Final = "results"
MOST_BYTES: Final = 20_000_000
"""Larger score files are left out: the largest of ordinary tasks have a few hundred kB."""
_FOLDER: Final = re.compile(r"[\w.\-+ ]{1,200}")
_PATH: Final = re.compile(
    r"results/[\w.\-+ ]+/[\w.\-+ ]+(?:/experiments/[\w.\-+ =,]+)?/[\w.\-+ ]+\.json"
)
_OID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(kw_only=True)
class Fetched:
    """What came of the results repository."""

    root: Path
    """A folder in mteb's layout that holds the files of the chosen models."""
    folders: dict[str, str] = field(default_factory=dict)
    """Each chosen folder with its content's id: what a later refresh holds against the repository."""
    n_files: int = 0
    n_kept: int = 0
    """Files that were here already."""
    n_left: int = 0
    """Folders that are new or changed too, and were not asked for this time."""
    left_out: list[str] = field(default_factory=list)
    """Files that could not be had, with the reason."""


def fetch_results(
    hub: Hub, into: Path, *, known: Collection[str], seen: Mapping[str, str], named: Sequence[str], most: int
) -> Fetched:  # fmt: skip
    """Score files of at most `most` models: those named, then models without any score here, then changed ones.

    into: where the files lie; what lies there already is not asked for again. known: models that have scores here.
    seen: folder to content id at the last refresh; a folder of a known model that no refresh has seen is left alone
    unless it is named, since whether it changed cannot be told.
    Raises: Unreachable; MissingData: not a tree of the Hub; BadInput: `into` cannot be written.
    """
    there = {name: oid for kind, name, oid, _ in _tree(hub, ROOT) if kind == "directory"}
    have = {folder_of(model) for model in known}
    first = [folder for model in named if (folder := folder_of(model)) in there]
    new = [name for name in sorted(there) if name not in have and name not in seen]
    changed = [name for name in sorted(there) if name in seen and seen[name] != there[name]]
    wanted = [n for n in dict.fromkeys([*first, *new, *changed]) if seen.get(n) != there[n]]
    found = Fetched(root=into, n_left=max(0, len(wanted) - most))
    for done, name in enumerate(wanted[:most]):
        hub.tell(done, min(most, len(wanted)), f"MTEB results, {name.replace('__', '/')}")
        _fetch_folder(hub, name, found)
        found.folders[name] = there[name]
    return found


def folder_of(model_id: str) -> str:
    """A model's folder in the results repository."""
    return model_id.replace("/", "__").replace(" ", "_")


def _fetch_folder(hub: Hub, name: str, found: Fetched) -> None:
    for kind, path, oid, size in _tree(hub, f"{ROOT}/{name}", recursive=True):
        if kind != "file" or not _PATH.fullmatch(path) or ".." in path:
            continue
        if size > MOST_BYTES:
            found.left_out.append(f"{path}: {size:,} bytes")
            continue
        target, mark = found.root / path, found.root / "have" / oid
        if mark.is_file() and target.is_file():
            found.n_kept += 1
            continue
        try:
            answer = hub.client.get(
                f"{hub.client.endpoint}/{REPOSITORY}/resolve/main/{quote(path)}"
            )
        except MissingData as error:  # kept on another host: nothing is fetched from there
            found.left_out.append(f"{path}: {error}")
            continue
        if answer.status != OK:
            found.left_out.append(f"{path}: it answered {answer.status}")
            continue
        write_file(target, answer.body)
        write_file(mark, b"")
        found.n_files += 1


def _tree(hub: Hub, path: str, *, recursive: bool = False) -> Iterator[tuple[str, str, str, int]]:
    """Kind, name (with `recursive` the whole path), content id and bytes of what lies in a folder."""
    repository = REPOSITORY.replace("datasets/", "api/datasets/")
    url: str | None = f"{hub.client.endpoint}/{repository}/tree/main/{quote(path)}?recursive={str(recursive).lower()}"  # fmt: skip
    seen: set[str] = set()
    while url is not None:
        entries, url = _entries(hub, url, path)
        new = [entry for entry in entries if str(entry.get("path")) not in seen]
        if not new:
            return
        for entry in new:
            seen.add(str(entry.get("path")))
            where, oid, size = entry.get("path"), entry.get("oid"), entry.get("size")
            if not isinstance(where, str) or not isinstance(oid, str) or not _OID.fullmatch(oid):
                continue
            name = where if recursive else where.rpartition("/")[2]
            if recursive or _FOLDER.fullmatch(name):
                yield str(entry.get("type")), name, oid, size if isinstance(size, int) else 0


def _entries(hub: Hub, url: str, path: str) -> tuple[list[dict[str, Any]], str | None]:
    """One page of a tree and the address of the next."""
    kept = hub.answer(url, what=f"page of {REPOSITORY}/{path}")
    if not isinstance(kept.content, list):
        raise MissingData(
            f"{REPOSITORY}/{path}: not a list of files; the Hub's API may have changed: update slm-advisor"
        )
    return [entry for entry in kept.content if isinstance(entry, dict)], kept.next_url
