"""mteb's own tasks: choosing them by name, type, language or benchmark, and loading their data."""

from __future__ import annotations

import contextlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import polars as pl

from advisor.core.errors import (
    AdvisorError,
    BadInput,
    MissingData,
    MissingExtra,
    UnknownName,
    Unreachable,
)
from advisor.tables import snapshot
from bench import hub
from bench.harness.mteb_library import mteb, quiet
from bench.names import hint

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One task, and which of its parts; None: the parts that the task itself evaluates."""

    name: str
    splits: tuple[str, ...] | None = None
    subsets: tuple[str, ...] | None = None

    def options(self) -> dict[str, Any]:
        """As options of a job."""
        said = {"splits": self.splits, "subsets": self.subsets}
        return {name: list(parts) for name, parts in said.items() if parts is not None}


def choose(
    *,
    names: Sequence[str] = (),
    types: Sequence[str] = (),
    languages: Sequence[str] = (),
    benchmarks: Sequence[str] = (),
) -> list[Choice]:
    """The tasks that all of this names, each once.

    names and benchmarks add tasks; types select among all text tasks of mteb; languages (ISO 639-3) narrow all
    of them to their subsets in these languages.
    Raises: UnknownName: a name, type, language or benchmark that mteb does not know; BadInput: nothing is left.
    """
    known = _text_tasks() if names else []
    for name in names:
        if known and name not in known and not _in_sources(name):
            raise UnknownName(
                f"--task: mteb has no task {name!r}"
                + hint(name, known, otherwise="see `advisor tasks`")
            )
    if set(names) <= set(known) and not (types or languages or benchmarks):
        return [Choice(name=name) for name in dict.fromkeys(names)]
    with quiet():
        library = mteb()
        _check_words(types, languages)
        found = [_named(library, name, languages) for name in names]
        for benchmark in benchmarks:
            found += _of_benchmark(library, benchmark, languages)
        if types or (languages and not (names or benchmarks)):
            chosen = library.get_tasks(
                task_types=list(types) or None, languages=list(languages) or None,
                modalities=["text"], exclusive_modality_filter=True, exclude_aggregate=True,
            )  # fmt: skip
            found += [_choice(task) for task in chosen]
    if not found:
        raise BadInput("--task-type, --language: mteb has no text task of that type and language")
    return list({choice.name: choice for choice in reversed(found)}.values())[::-1]


def refuse_early(name: str) -> None:
    """Nothing, where a task's data may be had; asked before mteb, which is slow to import, is.

    Raises: Unreachable: the Hub cannot be reached, and this machine has no data set of it at all.
    """
    if not hub.has_datasets():
        hub.reach_hub(wanted=f"the data of {name}")


def load_task(choice: Choice) -> Any:
    """The task with its data, or the reason why not, in one line and within seconds.

    Raises: UnknownName: no such task; BadInput: it needs more than text, or its data cannot be read;
    Unreachable: no network and nothing cached, or gated data.
    """
    task = _narrowed(_task(mteb(), choice.name), choice)
    name, path = choice.name, task.metadata.dataset["path"]
    try:
        hub.look(
            path, kind="dataset", revision=task.metadata.dataset.get("revision"),
            called=f"{name}: its data",
        )  # fmt: skip
    except UnknownName as error:
        raise Unreachable(f"{name}: its data cannot be fetched: {error}") from None
    try:
        task.load_data()
        if hasattr(task, "convert_v1_dataset_format_to_v2"):
            task.convert_v1_dataset_format_to_v2(num_proc=None)
    except Exception as error:  # a thousand loaders raise what they like
        raise _explained(name, error) from error
    return task


def task_names() -> list[str]:
    """Every task of the installed mteb."""
    mteb()
    from mteb.get_tasks import _TASKS_REGISTRY  # no public call lists the superseded ones too

    return sorted(_TASKS_REGISTRY)


def _text_tasks() -> list[str]:
    """Tasks of mteb's on text alone that the snapshot's catalogue holds; empty without a snapshot."""
    try:
        tasks = snapshot.load().scan("tasks")
    except (MissingData, UnknownName):
        return []
    only_text = pl.col("modalities").list.eval(pl.element() == "text").list.all()
    kept = tasks.filter((pl.col("harness") == "mteb") & ~pl.col("is_aggregate") & only_text)
    return kept.select("task_id").collect()["task_id"].to_list()


def _in_sources(name: str) -> bool:
    """Whether the installed mteb's files mention a task of that name; read, because importing them is slow."""
    found = importlib.util.find_spec("mteb")
    if found is None or not found.submodule_search_locations:
        return True  # the import says what is missing
    wanted = f'"{name}"'.encode()
    folder = Path(found.submodule_search_locations[0]) / "tasks"
    return any(wanted in file.read_bytes() for file in folder.rglob("*.py"))


def _check_words(types: Sequence[str], languages: Sequence[str]) -> None:
    from mteb.abstasks.task_metadata import TaskType
    from mteb.languages.check_language_code import check_language_code

    known = get_args(TaskType)
    for word in types:
        if word not in known:
            raise UnknownName(
                f"--task-type: {word!r}"
                + hint(word, known, otherwise=f"type one of {', '.join(known)}")
            )
    for word in languages:
        try:
            check_language_code(word)
        except ValueError:
            raise UnknownName(
                f"--language: {word!r} is no ISO 639-3 code; type three letters, like eng, deu or zho"
            ) from None


def _named(library: Any, name: str, languages: Sequence[str]) -> Choice:
    task = _task(library, name)
    if not languages:
        return Choice(name=name)
    try:
        return _choice(task.filter_languages(list(languages)))
    except ValueError:
        raise BadInput(
            f"--language: {name} has nothing in {', '.join(languages)}; it is in {', '.join(task.metadata.languages)}"
        ) from None


def _task(library: Any, name: str) -> Any:
    from mteb.get_tasks import _TASKS_REGISTRY

    if name not in _TASKS_REGISTRY:
        raise UnknownName(
            f"mteb {library.__version__} has no task {name!r}"
            + hint(name, _TASKS_REGISTRY, otherwise="see `advisor tasks`")
        )
    task = library.get_task(name)
    if set(task.metadata.modalities) != {"text"}:
        raise BadInput(
            f"{name}: needs {', '.join(task.metadata.modalities)}; only text is measured here"
        )
    if getattr(task.metadata, "tasks", None):
        parts = ", ".join(part.metadata.name for part in task.metadata.tasks[:3])
        raise BadInput(f"{name}: a sum of tasks; name its parts ({parts}, …) or the benchmark")
    return task


def _of_benchmark(library: Any, name: str, languages: Sequence[str]) -> list[Choice]:
    """The benchmark's text tasks, in its own splits and subsets; sums of tasks by their parts."""
    try:
        benchmark = library.get_benchmark(name)
    except KeyError:
        known = [b.name for b in library.get_benchmarks()]
        raise UnknownName(
            f"--benchmark: mteb has no {name!r}"
            + hint(name, known, otherwise=f"there are {len(known)}")
        ) from None
    parts = [
        part
        for task in benchmark.tasks
        for part in (getattr(task.metadata, "tasks", None) or [task])
    ]
    texts = [part for part in parts if set(part.metadata.modalities) == {"text"}]
    if not texts:
        raise BadInput(f"--benchmark: {name} holds no task on text alone")
    if not languages:
        return [_choice(part) for part in texts]
    found = []
    for part in texts:
        with contextlib.suppress(ValueError):  # nothing of it is in these languages
            found.append(
                _choice(part.filter_languages(list(languages), hf_subsets=list(part.hf_subsets)))
            )
    return found


def _choice(task: Any) -> Choice:
    """The task's name, and its parts where they are fewer than the task's own."""
    subsets, splits = list(task.hf_subsets), list(task.eval_splits)
    return Choice(
        name=task.metadata.name,
        splits=None if splits == list(task.metadata.eval_splits) else tuple(splits),
        subsets=None if set(subsets) == set(task.metadata.hf_subsets) else tuple(subsets),
    )


def _narrowed(task: Any, choice: Choice) -> Any:
    if choice.splits is not None:
        task.filter_eval_splits(list(choice.splits))
    if choice.subsets is not None:
        task.filter_languages(None, hf_subsets=list(choice.subsets))
    return task


def _explained(name: str, error: Exception) -> AdvisorError:
    words = str(error).strip()
    line = words.splitlines()[0][:200] if words else type(error).__name__
    if isinstance(error, ImportError):
        return MissingExtra(f"{name}: {line}")
    if "trust_remote_code" in words or "scripts are no longer supported" in words:
        return BadInput(
            f"{name}: its data comes with a program of its own, which is not run ({line})"
        )
    return Unreachable(f"{name}: its data cannot be fetched ({type(error).__name__}: {line})")
