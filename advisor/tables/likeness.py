"""How alike two tasks are by what is known of them before any score: what they ask, in which languages, about what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from advisor.tables.task_words import bag_of, cosines, cosines_among

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl
    from numpy.typing import NDArray

GROUPS: Final = {
    "retrieval": "search", "reranking": "search",
    "pair-classification": "pairs", "semantic-similarity": "pairs", "bitext-mining": "pairs",
    "text-classification": "labels", "multilabel-classification": "labels", "clustering": "labels",
    "reasoning-math": "reasoning", "code-generation": "reasoning",
    "translation": "writing", "summarization": "writing", "instruction-following": "writing",
    "question-answering": "answers", "information-extraction": "answers",
    "tabular-classification": "tables", "tabular-regression": "tables",
}  # fmt: skip
"""Families that ask much the same of a model."""
UNSTATED: Final = ("eng",)
"""Languages of a task that names none."""
PART_WEIGHTS: Final = {
    "all": 0.30, "family": 0.10, "group": 0.05, "languages": 0.10, "text": 0.15, "domains": 0.03,
    "family-languages": 0.15, "family-text": 0.15, "family-languages-text": 0.15,
}  # fmt: skip
"""Weights of what two tasks may share; a product counts where both are shared. Source: METHOD.md#similar-tasks"""
_GROUP_OF: Final = {
    "arb": "ara", "ary": "ara", "arz": "ara", "cmn": "zho", "pes": "fas", "nob": "nor", "nno": "nor", "zsm": "msa", "ekk": "est",
    "lvs": "lav", "swh": "swa", "azj": "aze", "uzn": "uzb", "khk": "mon", "npi": "nep", "als": "sqi", "kmr": "kur",
    "ory": "ori", "ydd": "yid", "fil": "tgl",
}  # fmt: skip
"""ISO 639-3 individual language to the group that some tasks are filed under."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a task is compared by."""

    terms: Sequence[str]
    family: str | None
    languages: Sequence[str]
    topics: Sequence[str]


def wanted_of(row: Mapping[str, Any]) -> Wanted:
    """What a catalogued task (a row of TASKS) is compared by."""
    terms = [t for t, n in bag_of(row).items() for _ in range(round(n * n))]
    return Wanted(terms, row["task_family"], row["languages"] or [], row["domains"] or [])


def likeness(index: pl.LazyFrame, wanted: Wanted, tasks: pl.DataFrame) -> NDArray[np.float64]:
    """(tasks,) what the wanted task shares with each row of `tasks`: 0 (nothing) to 1 (all that can be told).

    index: the snapshot's task_index. tasks: task_id, task_family, languages, domains. Source: METHOD.md#similar-tasks
    """
    words = cosines(index, wanted.terms)
    families = tasks["task_family"].to_list()
    group = _group(wanted.family)
    asked = _languages(wanted.languages)
    parts = {
        "family": np.array([float(f is not None and f == wanted.family) for f in families]),
        "group": np.array([float(f is not None and _group(f) == group) for f in families]),
        "languages": _overlaps(asked, [_languages(x) for x in tasks["languages"].to_list()]),
        "text": np.array([min(1.0, words.get(name, 0.0)) for name in tasks["task_id"]]),
        "domains": _overlaps(
            _topics(wanted.topics), [_topics(x) for x in tasks["domains"].to_list()]
        ),
    }
    return _sum(parts)


def likeness_among(index: pl.DataFrame, tasks: pl.DataFrame) -> NDArray[np.float64]:
    """(tasks, tasks) the same for every two rows of `tasks`: a covariance (positive semi-definite)."""
    families = tasks["task_family"].to_list()
    parts = {
        "family": _same(families),
        "group": _same([_group(f) for f in families]),
        "languages": _cosines([_languages(x) for x in tasks["languages"].to_list()]),
        "text": cosines_among(index, tasks["task_id"]),
        "domains": _cosines([_topics(x) for x in tasks["domains"].to_list()]),
    }
    return _sum(parts)


def _sum(parts: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    family = parts["family"]
    every = dict(parts) | {
        "all": np.ones_like(family),
        "family-languages": family * parts["languages"],
        "family-text": family * parts["text"],
        "family-languages-text": family * parts["languages"] * parts["text"],
    }
    total = sum(PART_WEIGHTS.values())
    shared: NDArray[np.float64] = sum(every[k] * (w / total) for k, w in PART_WEIGHTS.items())  # type: ignore[assignment]
    return shared


def _group(family: str | None) -> str | None:
    return None if family is None else GROUPS.get(family, family)


def _languages(codes: Sequence[str] | None) -> set[str]:
    return {_GROUP_OF.get(code, code) for code in codes or UNSTATED}


def _topics(domains: Sequence[str] | None) -> set[str]:
    """The domains that tell tasks apart, in lower case."""
    return {domain.lower() for domain in domains or ()} - {"written", "spoken", "web"}


def _overlaps(asked: set[str], there: list[set[str]]) -> NDArray[np.float64]:
    """Cosine of sets: shared members over the root of the product of their sizes; 0 with an empty one."""
    return np.array(
        [len(asked & x) / np.sqrt(len(asked) * len(x)) if asked and x else 0.0 for x in there]
    )


def _same(labels: Sequence[str | None]) -> NDArray[np.float64]:
    names = {label: i for i, label in enumerate(sorted({x for x in labels if x is not None}))}
    codes = np.array([names[x] if x is not None else -1 - i for i, x in enumerate(labels)])
    equal: NDArray[np.float64] = (codes[:, None] == codes[None, :]).astype(np.float64)
    return equal


def _cosines(sets: list[set[str]]) -> NDArray[np.float64]:
    place = {x: i for i, x in enumerate(sorted({x for s in sets for x in s}))}
    table = np.zeros((len(sets), max(len(place), 1)))
    for i, members in enumerate(sets):
        table[i, [place[x] for x in sorted(members)]] = 1.0 / np.sqrt(max(len(members), 1))
    shared: NDArray[np.float64] = table @ table.T
    np.fill_diagonal(shared, 1.0)
    return shared
