"""The words of tasks: an index from term to task, and how many of them a text or another task shares."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from advisor.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

_SPLIT: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|[^\w]+|_|(?<=\d)(?=[A-Za-z])")
_COMMON: Final = """the and for with from that this are was were has have not its their our your which into than then them these those
    each per can will using used use based task tasks dataset datasets data set text texts model models benchmark test train
    split version given all any more most other also such who what when where how why only one two new consisting consists
    contains containing collected collection composed created need needs want should must would like help please under least
    classification retrieval clustering reranking evaluation hard negatives lite small mini sentence sentences document documents
    language languages english"""
_STOP: Final = frozenset(_COMMON.split())


def terms_of(text: str) -> list[str]:
    """The words of a text that tasks can share: folded, cut to their stem, without the commonest."""
    found = []
    for part in _SPLIT.split(text):
        word = fold(part)
        if not word.isascii():
            found += [word[i : i + 2] for i in range(len(word) - 1)] or [word]
        elif len(word) > 2 and word not in _STOP and not word.isdigit():
            found.append(_stem(word))
    return found


def _stem(word: str) -> str:
    """Enough of a word to join "tickets" and "ticket", "banking" and "bank"."""
    for ending in ("ically", "ations", "ation", "ings", "ing", "ies", "ers", "ed", "es", "s", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def build_index(tasks: pl.DataFrame) -> pl.DataFrame:
    """The artefact table "task_index": term → task, with the term's share in that task's words.

    tasks: TASKS; only measured ones are indexed.
    Returns: term, task_id, weight (unit length per task), idf; sorted by term and task.
    """
    usable = tasks.filter(pl.col("n_models") > 0).sort("task_id")
    bags = [bag_of(row) for row in usable.iter_rows(named=True)]
    holders: dict[str, int] = {}
    for bag in bags:
        for term in bag:
            holders[term] = holders.get(term, 0) + 1
    rows = []
    for task_id, bag in zip(usable["task_id"], bags, strict=True):
        weights = {t: n * math.log(1 + len(bags) / holders[t]) for t, n in bag.items()}
        length = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        rows += [
            (term, task_id, weight / length, math.log(1 + len(bags) / holders[term]))
            for term, weight in weights.items()
        ]
    schema = {"term": pl.String, "task_id": pl.String, "weight": pl.Float32, "idf": pl.Float32}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("term", "task_id")


def bag_of(row: Mapping[str, Any]) -> dict[str, float]:
    """A task's words and how often; its name counts twice, its description's words at most twice each."""
    bag: dict[str, float] = {}
    for term in terms_of(str(row["task_id"])):
        bag[term] = bag.get(term, 0.0) + 2.0
    domains = row["domains"] if isinstance(row["domains"], list) else []
    for term in terms_of(f"{row['description'] or ''} {' '.join(map(str, domains))}"):
        bag[term] = min(bag.get(term, 0.0) + 1.0, 3.0)
    return {term: math.sqrt(n) for term, n in bag.items()}


def cosines(index: pl.LazyFrame, terms: Iterable[str]) -> dict[str, float]:
    """Cosine of the query's words with each task's; tasks that share no word are absent."""
    counts: dict[str, int] = {}
    for term in terms:
        counts[term] = counts.get(term, 0) + 1
    found = index.filter(pl.col("term").is_in(list(counts))).collect()
    idf = dict(zip(found["term"], found["idf"], strict=True))
    # A word that no measured task has is as rare as can be.
    rare = max(idf.values(), default=1.0)
    query = {t: math.sqrt(n) * idf.get(t, rare) for t, n in counts.items()}
    # Unknown words of a long description say little about the match; they count half.
    length = math.sqrt(sum((w if t in idf else w / 2) ** 2 for t, w in query.items())) or 1.0
    sums: dict[str, float] = {}
    for term, task_id, weight, _ in found.iter_rows():
        sums[task_id] = sums.get(task_id, 0.0) + query[term] / length * weight
    return sums


def cosines_among(index: pl.DataFrame, tasks: pl.Series) -> NDArray[np.float64]:
    """(tasks, tasks) cosine of the words of indexed tasks; 0 beside one that is not indexed, 1 on the diagonal."""
    rows = {name: i for i, name in enumerate(tasks)}
    part = index.filter(pl.col("task_id").is_in(tasks.implode()))
    terms = part["term"].unique().sort()
    table = np.zeros((len(rows), len(terms)), dtype=np.float32)
    at = part["task_id"].replace_strict(rows, return_dtype=pl.Int64).to_numpy()
    table[at, terms.search_sorted(part["term"]).to_numpy()] = part["weight"].to_numpy()
    shared = (table @ table.T).astype(np.float64)
    np.fill_diagonal(shared, 1.0)
    return np.clip(shared, 0.0, 1.0)
