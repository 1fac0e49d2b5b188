"""The door: what the user typed → a task profile, whichever of the three kinds of input it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from advisor.core.errors import BadInput, Unclear, UnknownName
from advisor.core.ids import TABULAR_FAMILIES
from advisor.core.profile import Neighbour, TaskProfile
from advisor.understand.free_text import read_text
from advisor.understand.metrics import FAMILY_METRIC
from advisor.understand.similarity import catalogued, described, nearest, nearest_to_task
from advisor.understand.text import clean

if TYPE_CHECKING:
    from advisor.tables.likeness import Wanted
    from advisor.understand.catalogue import Catalogue
    from advisor.understand.similarity import Read

MAX_CHARACTERS: Final = 10_000
TABLE_ENDINGS: Final = (".csv", ".tsv", ".parquet", ".jsonl", ".ndjson")
_K: Final = 20
_LEAST_LETTERS: Final = 5
"""Shorter ASCII input is an abbreviation at best ("mt", "qa"), and several tasks share each."""
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][\w.:@+\-()=]*")
_PATHLIKE: Final = re.compile(r"^[~.]{0,2}[/\\]|\.\.|^[A-Za-z]:[\\/]|^file:")


def read_task(text: str, *, catalogue: Catalogue, target: str | None = None) -> TaskProfile:
    """The profile of what the user typed: a catalogued task's name, a path to a table, or free words.

    target: for a table, the column to predict; guessed when not named.

    Raises:
        UnknownName: a name that is nearly a catalogued one, or none.
        BadInput: too long, a path that is no readable table.
        Unclear: nothing, nonsense, too vague, out of scope, several tasks at once; carries the question.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadInput(
            f"task: {len(text):,} characters; at most {MAX_CHARACTERS:,} are read. "
            "Describe the task in a few sentences"
        )
    cleaned = clean(text)
    if not any(c.isalnum() for c in cleaned):
        raise Unclear(
            "What should the model do, with which texts or tables?",
            "the task is empty" if not cleaned else f"{cleaned[:40]!r} has no words",
        )
    if (path := _table_path(cleaned)) is not None:
        return read_data(path, catalogue=catalogue, target=target)
    if (task_id := catalogue.find(cleaned)) is not None:
        return _catalogued(task_id, cleaned, catalogue)
    if sum(c.isalnum() for c in cleaned) < _LEAST_LETTERS and cleaned.isascii():
        raise Unclear(
            "What should the model do, with which texts or tables?",
            f"{cleaned!r} is too short to tell a task",
        )
    if " " not in cleaned:
        _refuse_names(cleaned, catalogue)
    return _with_neighbours(read_text(cleaned), catalogue)


def read_data(path: Path, *, catalogue: Catalogue, target: str | None = None) -> TaskProfile:
    """The profile of a table, whatever its name looks like, held against the measured tasks nearest to it.

    Raises: BadInput: see table.read_table_task; an ending that no table has.
    """
    if not path.name.lower().endswith(TABLE_ENDINGS):
        raise BadInput(
            f"data: {str(path)!r} does not end like a table; accepted are {', '.join(TABLE_ENDINGS)}"
        )
    from advisor.understand.table import read_table_task
    from advisor.understand.table_comparison import compared
    from advisor.understand.table_file import content_hash

    found = read_table_task(path, target=target)
    facts = (found.table or {}) | {"data_hash": content_hash(path)}
    read = found.model_copy(update={"table": facts})
    return compared(_with_neighbours(read, catalogue), catalogue.read)


def names_a_file(text: str) -> bool:
    """Whether `read_task` would open a file for these words, or refuse them as a path."""
    try:
        return _table_path(clean(text)) is not None
    except BadInput:
        return True


def _table_path(text: str) -> Path | None:
    """The path that `text` is, if it is one.

    Raises: BadInput: it is one, but not of a table that can be read.
    """
    one_word = " " not in text
    is_table = text.lower().endswith(TABLE_ENDINGS) and len(text.split()) <= 6
    if not is_table and not (one_word and _PATHLIKE.search(text)):
        return None
    path = Path(text)
    if not is_table:
        kind = "a folder" if path.is_dir() else "a path, and not one to a table"
        raise BadInput(
            f"task: {text!r} is {kind}; type a path that ends in {', '.join(TABLE_ENDINGS)}, a task's name, or a description"
        )
    if path.is_dir():
        raise BadInput(f"task: {text!r} is a folder; type the path of one file in it")
    if not path.is_file():
        if not one_word and not re.match(r"[\w./\\~-]+[/\\]", text):
            return None  # a sentence that ends in a file's name
        raise BadInput(
            f"task: there is no file {text!r}; check the path, or describe the task in words"
        )
    return path


def _refuse_names(word: str, catalogue: Catalogue) -> None:
    """Raise UnknownName for one word that was meant as a task's name and is none; else return."""
    if not _IDENTIFIER.fullmatch(word):
        last = re.split(r"[/\\]", word)[-1]
        if "/" not in word and "\\" not in word:
            return
        near = catalogue.suggest(last) if last else []
        if near:
            raise UnknownName(f"task: no task is called {word!r}; did you mean {_listed(near)}?")
        return
    looks_named = bool(re.search(r"[a-z][A-Z]|[_\d:@]|^[A-Z]{2,}\w*[a-z]", word)) and len(word) > 3
    near = catalogue.suggest(word, at_least=0.6 if looks_named else 0.85)
    if near and (looks_named or not _says_something(word)):
        raise UnknownName(
            f"task: no task is called {word!r}; did you mean {_listed(near)}? `advisor tasks` lists them"
        )
    if looks_named and not _says_something(word):
        raise UnknownName(
            f"task: no task is called {word!r}, nor anything like it; `advisor tasks QUERY` searches them, or describe the task in words"
        )


def _says_something(word: str) -> bool:
    try:
        read_text(word)
    except Unclear:
        return False
    return True


def _listed(names: list[str]) -> str:
    return " or ".join(repr(name) for name in names)


def _catalogued(task_id: str, text: str, catalogue: Catalogue) -> TaskProfile:
    row = catalogue.row(task_id)
    family = row["task_family"]
    if family is None:
        kinds = ", ".join(m for m in row.get("modalities") or [] if m != "text") or "other"
        raise Unclear(
            "Which task on text or on a table do you have? Name or describe that one",
            f"{task_id!r} is a task on {kinds} data; the evidence here is about text and tables only",
        )
    measured = (row.get("n_models") or 0) > 0
    own = [Neighbour(task_id=task_id, similarity=1.0)] if measured else []
    others = nearest_to_task(catalogue.read, task_id, k=_K - len(own))
    return TaskProfile(
        text=text,
        source="task",
        task_id=task_id,
        task_family=family,
        metric=row["metric"] or FAMILY_METRIC[family],
        languages=sorted(row["languages"] or []),
        domain=_domain(row.get("domains") or []),
        neighbours=own + others,
        read_from={"task_id": task_id},
        warnings=[]
        if measured
        else [f"nobody measured {task_id}; its scores are predicted from the tasks nearest to it"],
    )


def _domain(domains: list[str]) -> str | None:
    """The first of a task's own domains that says something about its content."""
    return next((d.lower() for d in domains if d not in {"Written", "Spoken", "Web"}), None)


def _with_neighbours(profile: TaskProfile, catalogue: Catalogue) -> TaskProfile:
    neighbours = nearest(
        catalogue.read,
        text=_words_of(profile),
        family=profile.task_family,
        languages=profile.languages,
        domain=profile.domain,
        k=_K,
    )
    if profile.task_family in TABULAR_FAMILIES or not neighbours:
        return profile.model_copy(update={"neighbours": neighbours})
    metric = _usual_metric(neighbours, catalogue) or profile.metric
    return profile.model_copy(update={"neighbours": neighbours, "metric": metric})


def wanted_of(profile: TaskProfile, read: Read) -> Wanted:
    """What a profile's task is compared by: a catalogued one by its entry, another by its words."""
    if profile.task_id is not None:
        return catalogued(read, profile.task_id)[0]
    return described(
        text=_words_of(profile),
        family=profile.task_family,
        languages=profile.languages,
        domain=profile.domain,
    )


def _words_of(profile: TaskProfile) -> str:
    """The words by which a task is compared: a description's own, or a table's names of columns and classes."""
    if profile.table is None:
        limits = {v for k, v in profile.read_from.items() if k.startswith("constraints.")}
        text = profile.text
        for words in sorted(limits, key=lambda w: (-len(w), w)):
            text = text.replace(words, " ")
        return text
    names = [profile.table.get(key, []) for key in ("column_names", "classes", "frequent_words")]
    return " ".join(
        [
            Path(profile.text).stem,
            *(str(n) for part in names if isinstance(part, list) for n in part),
        ]
    )


def _usual_metric(neighbours: list[Neighbour], catalogue: Catalogue) -> str | None:
    """The metric that most of the nearest tasks have, by similarity."""
    metrics = catalogue.metrics([n.task_id for n in neighbours])
    weight: dict[str, float] = {}
    for neighbour in neighbours:
        if (metric := metrics.get(neighbour.task_id)) is not None:
            weight[metric] = weight.get(metric, 0.0) + neighbour.similarity
    return min(weight, key=lambda metric: (-weight[metric], metric), default=None)
