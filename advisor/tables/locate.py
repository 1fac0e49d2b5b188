"""Where snapshots live: named by the user, built by the user, or shipped inside the package."""

from __future__ import annotations

import os
from pathlib import Path

from advisor.core.errors import MissingData, UnknownName

_PACKAGE = Path(__file__).resolve().parent.parent
CURRENT = "current"
"""A file beside the snapshots that holds the id of the one in use."""


def shipped_folder() -> Path:
    """The snapshots that came with this installation: inside the wheel, or the checkout's data folder."""
    inside = _PACKAGE / "_data" / "snapshots"
    return inside if inside.is_dir() else _PACKAGE.parent / "data" / "snapshots"


def user_folder() -> Path:
    """Where `advisor data build` and `refresh` write when no folder is named."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "slm-advisor" / "snapshots"


def own_folder() -> Path:
    """Where the evidence of the user's own runs lies: $ADVISOR_OWN, else beside the user's snapshots."""
    if named := os.environ.get("ADVISOR_OWN"):
        return Path(named)
    return user_folder().parent / "own"


def runs_folder() -> Path:
    """Where `advisor bench` keeps its runs when no folder is named: $ADVISOR_RUNS, else beside the user's snapshots."""
    if named := os.environ.get("ADVISOR_RUNS"):
        return Path(named)
    return user_folder().parent / "bench"


def current_path(named: Path | None = None) -> Path:
    """The snapshot folder in use: `named`, else $ADVISOR_SNAPSHOT, else the user's own, else the shipped one.

    Raises: MissingData: none is there.
    """
    if named is None and (value := os.environ.get("ADVISOR_SNAPSHOT")):
        named = Path(value)
    if named is not None:
        return _resolve(named)
    for folder in (user_folder(), shipped_folder()):
        if (folder / CURRENT).is_file():
            return _resolve(folder)
    raise MissingData(
        f"no snapshot in {user_folder()} or {shipped_folder()}; "
        "run `advisor data build --from DIR`, or name one with --snapshot"
    )


def named_path(name: str) -> Path:
    """The snapshot that a path or an id means; the first letters of an id will do, "current" is the one in use.

    Ids are looked for among the user's own snapshots and the shipped ones.
    Raises: UnknownName: no such folder or id, or one that fits several; MissingData: a folder without a snapshot.
    """
    if name == CURRENT:
        return current_path()
    if name.strip() and Path(name).exists():
        return _resolve(Path(name))
    known = {
        path.parent.name: path.parent
        for folder in (shipped_folder(), user_folder())
        for path in sorted(folder.glob("*/manifest.json"))
    }
    found = sorted(known) if not name.strip() else [i for i in sorted(known) if i.startswith(name)]
    if name.strip() and len(found) == 1:
        return known[found[0]]
    what = f"{name!r} fits several snapshots" if name.strip() and found else f"no snapshot {name!r}"
    listed = ", ".join(sorted(known)[:8]) or "none"
    raise UnknownName(f"{what}; type a folder's path or one of the ids here: {listed}")


def _resolve(path: Path) -> Path:
    """A snapshot folder itself, or the current one of a folder of snapshots."""
    if (path / "manifest.json").is_file():
        return path
    pointer = path / CURRENT
    if pointer.is_file():
        chosen = path / pointer.read_text(encoding="utf-8").strip()
        if (chosen / "manifest.json").is_file():
            return chosen
        raise MissingData(
            f"{pointer} names {chosen.name!r}, which is not there or has no manifest.json"
        )
    raise MissingData(f"no snapshot at {path}: neither manifest.json nor {CURRENT!r} is in it")


def data_file(name: str) -> Path:
    """A facts file that ships with the package, e.g. "interpretability.toml".

    Raises: MissingData: this installation does not hold it.
    """
    for file in (_PACKAGE / "_data" / name, _PACKAGE.parent / "data" / name):
        if file.is_file():
            return file
    raise MissingData(f"{name} is missing from this installation; reinstall slm-advisor")


def document(name: str) -> Path:
    """A text that ships with the package, e.g. "METHOD.md".

    Raises: MissingData: this installation does not hold it.
    """
    for file in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if file.is_file():
            return file
    raise MissingData(f"{name} is missing from this installation; reinstall slm-advisor")
