"""lm-eval's tasks by name, looked up without loading their data: what each asks of a model and of the machine."""

from __future__ import annotations

import difflib
import fnmatch
import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from advisor._lazy import need
from advisor.core.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LIKELIHOOD: Final = frozenset({"loglikelihood", "loglikelihood_rolling", "multiple_choice"})
"""Output types that compare log-likelihoods; the one other is generate_until."""
_FILE_FORMATS: Final = frozenset({"json", "csv", "parquet", "arrow", "text", "pandas"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """What one name stands for, over all tasks in it where it is a group or a tag."""

    name: str
    leaves: tuple[str, ...]
    output_types: frozenset[str]
    hub_data: tuple[str, ...]
    """Data sets that come from the hub."""
    digest: str
    """First 12 hex digits of the SHA-256 over the definitions and the local data files."""
    data_digest: str | None
    """The same over the local data files alone; None where there are none."""
    fixed_shots: bool
    """A definition says num_fewshot: 0, which lm-eval does not let anyone override."""


def task_manager(names: Sequence[str], include_path: str | None) -> Any:
    """lm-eval's task manager: the user's tasks alone where they hold every name, else the built-in ones too.

    Reading the built-in ones takes seconds. Raises: MissingExtra: no lm-eval; BadInput: no such folder.
    """
    tasks = need("lm_eval.tasks", extra="bench")
    if include_path is not None and not Path(include_path).is_dir():
        raise BadInput(f"--include-path: {include_path!r} is no folder")
    log = logging.getLogger("lm_eval")
    level = log.level
    log.setLevel(logging.ERROR)  # it warns of each name that stands in two folders
    try:
        if include_path is not None:
            own = tasks.TaskManager(include_path=include_path, include_defaults=False)
            if all(_matches(own, name) for name in names):
                return own
        return tasks.TaskManager(include_path=include_path)
    finally:
        log.setLevel(level)


def named_tasks(manager: Any, names: Sequence[str], include_path: str | None) -> list[str]:
    """The tasks, groups and tags that the names and patterns (`mmlu_*`) stand for, in order, once each.

    Raises: UnknownName: one that stands for none, with the nearest names and the definitions that
    could not be read.
    """
    found: dict[str, None] = {}
    for name in names:
        matches = _matches(manager, name)
        if not matches:
            near = difflib.get_close_matches(name, manager.all_tasks, n=3, cutoff=0.6)
            hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
            raise UnknownName(f"--task: no task {name!r}{hint}{_broken(include_path)}")
        found |= dict.fromkeys(matches)
    return list(found)


def facts(manager: Any, name: str) -> TaskFacts:
    """What a known name stands for. Raises: BadInput: a local data file that is not there."""
    leaves = dict(_leaves(manager, name))
    definitions = [json.dumps(cfg, sort_keys=True, default=str) for cfg in leaves.values()]
    files = sorted({file for cfg in leaves.values() for file in _data_files(cfg)})
    data = _hash_files(name, files) if files else None
    whole = hashlib.sha256("\n".join([*definitions, data or ""]).encode()).hexdigest()[:12]
    return TaskFacts(
        name=name,
        leaves=tuple(leaves),
        output_types=frozenset(
            str(cfg.get("output_type", "generate_until")) for cfg in leaves.values()
        ),
        hub_data=tuple(sorted({path for cfg in leaves.values() if (path := _from_hub(cfg))})),
        digest=whole,
        data_digest=data,
        fixed_shots=any(cfg.get("num_fewshot") == 0 for cfg in leaves.values()),
    )


def _matches(manager: Any, pattern: str) -> list[str]:
    if pattern in manager.all_tasks:
        return [pattern]
    return sorted(fnmatch.filter(manager.all_tasks, pattern)) if "*" in pattern else []


def _broken(include_path: str | None) -> str:
    """Definitions in the user's folder that lm-eval passes over in silence."""
    if include_path is None:
        return ""
    yaml = need("yaml", extra="bench")
    bad = []
    for file in sorted(Path(include_path).rglob("*.yaml")):
        try:
            # lm-eval's own tags (!function) are no reason to call a file broken
            yaml.compose(file.read_text(encoding="utf-8"))
        except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
            line = getattr(getattr(error, "problem_mark", None), "line", None)
            bad.append(file.name if line is None else f"{file.name} (line {line + 1})")
    return f"; not readable: {', '.join(bad)}" if bad else ""


def _leaves(manager: Any, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each task under a name with its definition; members that a group defines in place are read with it."""
    entry = manager.task_index.get(name)
    if entry is None:
        return
    cfg = dict(entry.cfg or {})
    kind = entry.kind.name
    if kind == "TAG":
        members: list[Any] = sorted(entry.tags)
    elif kind == "GROUP":
        given = cfg.get("task")
        members = given if isinstance(given, list) else [given]
    else:
        yield name, cfg
        return
    for member in members:
        if isinstance(member, str) and member != name:
            yield from _leaves(manager, member)
        elif isinstance(member, dict):
            yield from _in_place(manager, member)


def _in_place(manager: Any, member: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    named = str(member.get("task"))
    base = dict(_leaves(manager, named)).get(named, {})
    yield named, {**base, **member}


def _data_files(cfg: dict[str, Any]) -> Iterator[Path]:
    """Local files that a definition reads."""
    if cfg.get("dataset_path") not in _FILE_FORMATS:
        return
    given = (cfg.get("dataset_kwargs") or {}).get("data_files")
    groups = given.values() if isinstance(given, dict) else [given]
    for group in groups:
        for name in group if isinstance(group, list) else [group]:
            if isinstance(name, str) and "://" not in name:
                yield Path(name)


def _hash_files(task: str, files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        try:
            digest.update(file.read_bytes())
        except OSError as error:
            raise BadInput(
                f"task {task!r}: its data file {str(file)!r} cannot be opened ({error.strerror}); "
                "paths are relative to the folder that you stand in"
            ) from None
    return digest.hexdigest()[:12]


def _from_hub(cfg: dict[str, Any]) -> str | None:
    path = cfg.get("dataset_path")
    if not isinstance(path, str) or path in _FILE_FORMATS or cfg.get("custom_dataset"):
        return None
    return None if Path(path).exists() else path
