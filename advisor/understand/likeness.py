"""What a described task shares with every catalogued one, part by part: the axes of the prediction of new tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from advisor.understand.similarity import Wanted, cosines, group_of, topics_of, wanted_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from advisor.understand.similarity import Read

GROUPS: Final = {
    "retrieval": "search", "reranking": "search",
    "pair-classification": "pairs", "semantic-similarity": "pairs", "bitext-mining": "pairs",
    "text-classification": "labels", "multilabel-classification": "labels", "clustering": "labels",
    "reasoning-math": "reasoning", "code-generation": "reasoning",
    "translation": "writing", "summarization": "writing", "instruction-following": "writing",
    "tabular-classification": "tables", "tabular-regression": "tables",
}  # fmt: skip
"""Families that ask much the same of a model; those that are not here are a group of their own."""
UNSTATED: Final = ("eng",)
"""Languages of a task that names none."""


def to_all(read: Read, wanted: Wanted, tasks: pl.DataFrame) -> dict[str, NDArray[np.float64]]:
    """(tasks,) per part, 0 to 1: what the wanted task shares with each row of `tasks`.

    tasks: task_id, task_family, languages, domains. Parts: family, group, languages, text, domains.
    """
    words = cosines(read, wanted.terms)
    families = tasks["task_family"].to_list()
    group = _group(wanted.family)
    asked = _languages(sorted(wanted.languages))
    return {
        "family": np.array([float(f is not None and f == wanted.family) for f in families]),
        "group": np.array([float(f is not None and _group(f) == group) for f in families]),
        "languages": _overlaps(asked, [_languages(x) for x in tasks["languages"].to_list()]),
        "text": np.array([min(1.0, words.get(name, 0.0)) for name in tasks["task_id"]]),
        "domains": _overlaps(
            topics_of(sorted(wanted.topics)), [topics_of(x) for x in tasks["domains"].to_list()]
        ),
    }


def among(read: Read, tasks: pl.DataFrame) -> dict[str, NDArray[np.float64]]:
    """(tasks, tasks) per part: what each row of `tasks` shares with every other, as `to_all` would say.

    tasks: TASKS rows. The words are those of the snapshot's task_index.
    """
    rows = [to_all(read, wanted_of(row), tasks) for row in tasks.iter_rows(named=True)]
    if not rows:
        return {}
    stacked = {part: np.stack([row[part] for row in rows]) for part in rows[0]}
    for table in stacked.values():
        np.fill_diagonal(table, 1.0)
    return {part: (table + table.T) / 2.0 for part, table in stacked.items()}


def _group(family: str | None) -> str | None:
    return None if family is None else GROUPS.get(family, family)


def _languages(codes: Sequence[str] | None) -> set[str]:
    return {group_of(code) for code in codes or UNSTATED}


def _overlaps(asked: set[str], there: list[set[str]]) -> NDArray[np.float64]:
    """Cosine of sets: shared members over the root of the product of their sizes; 0 with an empty one."""
    return np.array(
        [len(asked & x) / np.sqrt(len(asked) * len(x)) if asked and x else 0.0 for x in there]
    )
