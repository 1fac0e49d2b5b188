"""lm-eval's task folder as plain data: YAML files read, includes resolved, nothing imported and nothing run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from advisor._lazy import need
from advisor.core.errors import BadInput, MissingData

_IGNORED: Final = frozenset({"__pycache__", ".ipynb_checkpoints"})
NOT_INHERITED: Final = "task_list"
"""It defines tasks for the file that it stands in only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One name that `lm_eval --tasks` takes."""

    name: str
    kind: Literal["task", "group", "tag"]
    folder: str
    """Top folder under tasks/, e.g. "arc"; the first member's for a tag."""
    file: Path | None
    config: dict[str, Any]
    members: tuple[str, ...] = ()
    """Names of a group or tag's direct members, sorted."""


def tasks_folder(package: Path | None = None) -> Path:
    """The folder of task files: `package` itself, or the installed lm_eval's, which is not imported.

    Raises: MissingData: lm_eval is not installed and no folder was named, or the folder is not there.
    """
    if package is not None:
        if not package.is_dir():
            raise MissingData(f"{package}: not a folder; name lm_eval's tasks folder")
        return package
    import importlib.util

    found = importlib.util.find_spec("lm_eval")
    places = [] if found is None else list(found.submodule_search_locations or [])
    for place in places:
        if (folder := Path(place) / "tasks").is_dir():
            return folder
    raise MissingData(
        "lm_eval is not installed; run: pip install 'slm-advisor[bench]', or name its tasks folder"
    )


def read_entries(folder: Path) -> tuple[dict[str, Entry], list[str]]:
    """Every task, group and tag by name, and the files that could not be used with the reason.

    The order of files and the first-come rule for a name are lm-eval's own (sorted by path).
    """
    reader = _Reader()
    entries: dict[str, Entry] = {}
    tags: dict[str, list[tuple[str, str]]] = {}
    problems = []
    for file in sorted(folder.rglob("*.yaml"), key=lambda path: path.as_posix()):
        relative = file.relative_to(folder)
        if _IGNORED.intersection(relative.parts):
            continue
        try:
            config = reader.read(file)
            entry = _entry(config, file, relative)
        except BadInput as error:
            problems.append(f"{relative.as_posix()}: {error}")
            continue
        if entry.name in entries:
            continue
        entries[entry.name] = entry
        if entry.kind == "task":
            for tag in _names(config.get("tag")):
                tags.setdefault(tag, []).append((entry.name, entry.folder))
    for tag, members in tags.items():
        if tag not in entries:
            names = tuple(sorted({name for name, _ in members}))
            entries[tag] = Entry(
                name=tag, kind="tag", folder=members[0][1], file=None, config={}, members=names
            )
    return entries, problems


def _entry(config: dict[str, Any], file: Path, relative: Path) -> Entry:
    """What the file defines, by lm-eval's own rule: `class` or `task` is a task unless `group` stands there."""
    is_group = "group" in config and "class" not in config
    name = config.get("group") if is_group else config.get("task")
    if not isinstance(name, str) or not name:
        raise BadInput("neither a task nor a group")
    top = relative.parts[0] if len(relative.parts) > 1 else ""
    members = _names(config.get("task")) if is_group else []
    return Entry(
        name=name,
        kind="group" if is_group else "task",
        folder=top,
        file=file,
        config=config,
        members=tuple(sorted(set(members))),
    )


def _names(value: object) -> list[str]:
    """Names in a field that may be one name, a list of names, or a list of names and inline tasks."""
    items = value if isinstance(value, list) else [value]
    found = [item.get("task") or item.get("group") if isinstance(item, dict) else item for item in items]  # fmt: skip
    return [item for item in found if isinstance(item, str)]


class _Reader:
    """Reads files once; `!function` and any other tag become None."""

    def __init__(self) -> None:
        self._yaml = need("yaml", extra="build")
        base = getattr(self._yaml, "CSafeLoader", self._yaml.SafeLoader)
        self._loader = type("TolerantLoader", (base,), {})
        self._yaml.add_multi_constructor("!", _ignore_tag, Loader=self._loader)
        self._included: dict[Path, dict[str, Any]] = {}

    def read(self, file: Path, seen: tuple[Path, ...] = ()) -> dict[str, Any]:
        """The file's settings with those of its includes beneath them.

        Raises: BadInput: not YAML, not a mapping, a missing include, or includes in a circle.
        """
        file = file.resolve()
        if file in seen:
            raise BadInput(f"includes go in a circle at {file.name}")
        if file in self._included:
            return dict(self._included[file])
        config = self._load(file)
        includes = config.pop("include", None)
        merged: dict[str, Any] = {}
        for name in includes if isinstance(includes, list) else [includes]:
            if not isinstance(name, str):
                continue
            base = self.read(file.parent / name, (*seen, file))
            base.pop(NOT_INHERITED, None)
            merged |= base
        merged |= config
        if seen:  # only included files are asked for again
            self._included[file] = merged
        return dict(merged)

    def _load(self, file: Path) -> dict[str, Any]:
        try:
            config = self._yaml.load(file.read_bytes(), Loader=self._loader)
        except (OSError, UnicodeDecodeError, ValueError, self._yaml.YAMLError) as error:
            line = (str(error).splitlines() or [type(error).__name__])[0]
            raise BadInput(f"{file.name} cannot be read ({line})") from None
        if not isinstance(config, dict):
            raise BadInput(f"{file.name} holds no settings")
        return config


def _ignore_tag(loader: Any, suffix: str, node: Any) -> None:
    """A `!function utils.f` names Python code, which is neither needed nor run here."""
