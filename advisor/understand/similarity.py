"""The measured tasks that resemble the user's, from words that both carry and never from scores."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor.core.ids import pool_of_family
from advisor.core.profile import Neighbour
from advisor.understand.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Read = Callable[[str], pl.LazyFrame]

MIN_MODELS: Final = 30
"""Models measured on a task before it can stand for others."""
INDEXED_FROM: Final = 1
"""Models measured on a task before its words are indexed."""
WEIGHTS: Final = {"languages": 0.35, "text": 0.35, "domain": 0.12, "same_family": 0.18}
"""Parts of the similarity within a family; sum to 1. Source: METHOD.md#similar-tasks"""
RELATED: Final = {
    ("reranking", "retrieval"): 0.7,
    ("multilabel-classification", "text-classification"): 0.75,
    ("pair-classification", "semantic-similarity"): 0.6,
    ("bitext-mining", "semantic-similarity"): 0.5,
    ("question-answering", "reasoning-math"): 0.5,
    ("question-answering", "information-extraction"): 0.45,
    ("instruction-following", "question-answering"): 0.5,
    ("instruction-following", "summarization"): 0.6,
    ("instruction-following", "translation"): 0.5,
    ("instruction-following", "code-generation"): 0.4,
    ("instruction-following", "reasoning-math"): 0.5,
    ("code-generation", "reasoning-math"): 0.5,
    ("summarization", "question-answering"): 0.45,
    ("tabular-classification", "tabular-regression"): 0.5,
}
"""What another family's task is worth, as a factor on the similarity; pairs that are not here are worth 0."""
FEW_NEIGHBOURS: Final = 20
"""Related families are asked only as far as the own one has fewer measured tasks than this."""
_NO_LANGUAGE: Final = {"eng": 0.8, "other": 0.5}
"""Likeness of languages where the user named none: most unnamed tasks are in English, not all."""
_FAR_LANGUAGE: Final = 0.1
_GROUP_OF: Final = {
    "arb": "ara", "ary": "ara", "arz": "ara", "cmn": "zho", "pes": "fas", "nob": "nor", "nno": "nor", "zsm": "msa", "ekk": "est",
    "lvs": "lav", "swh": "swa", "azj": "aze", "uzn": "uzb", "khk": "mon", "npi": "nep", "als": "sqi", "kmr": "kur",
    "ory": "ori", "ydd": "yid", "fil": "tgl",
}  # fmt: skip
"""ISO 639-3 individual language to the group that some tasks are filed under."""
_TOPICS: Final = {
    "finance": {"financial"},
    "legal": {"legal"},
    "medical": {"medical"},
    "e-commerce": {"e-commerce", "reviews"},
    "academic": {"academic"},
    "news": {"news"},
    "social": {"social"},
    "reviews": {"reviews"},
    "code": {"programming"},
    "government": {"government", "legal"},
    "engineering": {"engineering", "chemistry"},
}
"""A profile's domain in the words of the catalogue (mteb's); domains not here have no task filed under them."""
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

    tasks: TASKS. Only tasks with at least INDEXED_FROM models.
    Returns: term, task_id, weight (unit length per task), idf; sorted by term and task.
    """
    usable = tasks.filter(pl.col("n_models") >= INDEXED_FROM).sort("task_id")
    bags = [_bag(row) for row in usable.iter_rows(named=True)]
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


def measured() -> pl.Expr:
    """Whether a row of `tasks` can be a neighbour."""
    return (
        (pl.col("n_models") >= MIN_MODELS)
        & pl.col("task_family").is_not_null()
        & ~pl.col("is_aggregate").fill_null(value=False)
    )


def _bag(row: Mapping[str, Any]) -> dict[str, float]:
    """A task's words and how often; its name counts twice, its description's words at most twice each."""
    bag: dict[str, float] = {}
    for term in terms_of(str(row["task_id"])):
        bag[term] = bag.get(term, 0.0) + 2.0
    domains = row["domains"] if isinstance(row["domains"], list) else []
    for term in terms_of(f"{row['description'] or ''} {' '.join(map(str, domains))}"):
        bag[term] = min(bag.get(term, 0.0) + 1.0, 3.0)
    return {term: math.sqrt(n) for term, n in bag.items()}


def nearest(
    read: Read,
    *,
    text: str,
    family: str,
    languages: Sequence[str],
    domain: str | None = None,
    k: int = 20,
) -> list[Neighbour]:
    """The `k` measured tasks most like a described one, most similar first; at most two per twin group.

    read: gives a lazy frame of a snapshot's table by name. Similarity is 0 (another family) to 1.
    Source: METHOD.md#similar-tasks
    """
    wanted = wanted_from(text=text, family=family, languages=languages, domain=domain)
    return _nearest(read, wanted, k=k)


def nearest_to_task(read: Read, task_id: str, k: int = 20) -> list[Neighbour]:
    """The `k` measured tasks most like a catalogued one, which need not be measured; never itself."""
    columns = ["task_id", "task_family", "pool", "description", "domains", "languages"]
    row = (
        read("tasks")
        .filter(pl.col("task_id") == task_id)
        .select(columns)
        .collect()
        .row(0, named=True)
    )
    if row["task_family"] is None:
        return []
    wanted = wanted_of(row)
    found = _nearest(read, wanted, k=k + 1)
    return [n for n in found if n.task_id != task_id][:k]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a task is compared by."""

    terms: Sequence[str]
    family: str
    pool: str
    languages: set[str]
    topics: set[str]


def wanted_of(row: Mapping[str, Any]) -> Wanted:
    """What a catalogued task (a row of TASKS) is compared by."""
    terms = [t for t, n in _bag(row).items() for _ in range(round(n * n))]
    topics = {str(d).lower() for d in row["domains"] or []}
    return Wanted(terms, row["task_family"], row["pool"], set(row["languages"] or []), topics)


def wanted_from(
    *, text: str, family: str, languages: Sequence[str], domain: str | None = None
) -> Wanted:
    """What a described task is compared by."""
    topics = _TOPICS.get(domain or "", set())
    return Wanted(terms_of(text), family, pool_of_family(family), set(languages), topics)


def group_of(code: str) -> str:
    """The ISO 639-3 group that a language is filed under, or its own code."""
    return _GROUP_OF.get(code, code)


def topics_of(domains: Sequence[str] | None) -> set[str]:
    """The domains that tell tasks apart, in lower case."""
    return {domain.lower() for domain in domains or ()} - {"written", "spoken", "web"}


def _nearest(read: Read, wanted: Wanted, *, k: int) -> list[Neighbour]:
    columns = ["task_id", "task_family", "languages", "domains", "twin_group", "n_models"]
    factors = {wanted.family: 1.0} | {
        a if b == wanted.family else b: f
        for (a, b), f in RELATED.items()
        if wanted.family in {a, b}
    }
    tasks = (
        read("tasks")
        .filter(
            measured()
            & pl.col("task_family").is_in(list(factors))
            & (pl.col("pool") == wanted.pool)
        )
        .select(columns)
        .collect()
    )
    if (tasks["task_family"] == wanted.family).sum() >= max(k, FEW_NEIGHBOURS):
        tasks = tasks.filter(pl.col("task_family") == wanted.family)
    cosines = cosines(read, wanted.terms)
    languages = {group_of(code) for code in wanted.languages}
    scored = []
    for task_id, own, codes, domains, twins, n_models in tasks.iter_rows():
        likeness = (
            WEIGHTS["languages"] * _language_likeness(languages, codes or [])
            + WEIGHTS["text"] * min(1.0, cosines.get(task_id, 0.0))
            + WEIGHTS["domain"] * _topic_likeness(wanted.topics, domains or [])
            + WEIGHTS["same_family"]
        ) * factors[own]
        # Equally alike: the one more models were measured on says more.
        scored.append((-round(min(1.0, likeness), 4), -n_models, task_id, twins))
    kept: list[Neighbour] = []
    seen: dict[str, int] = {}
    for negative, _, task_id, twins in sorted(scored):
        seen[twins] = seen.get(twins, 0) + 1
        if seen[twins] <= 2:
            kept.append(Neighbour(task_id=task_id, similarity=-negative))
        if len(kept) == k:
            break
    return kept


def cosines(read: Read, terms: Iterable[str]) -> dict[str, float]:
    """Cosine of the query's words with each task's; tasks that share no word are absent."""
    counts: dict[str, int] = {}
    for term in terms:
        counts[term] = counts.get(term, 0) + 1
    found = read("task_index").filter(pl.col("term").is_in(list(counts))).collect()
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


def _language_likeness(wanted: set[str], codes: Sequence[str]) -> float:
    """1: the same languages; a task of many languages counts by the share that is wanted."""
    there = {group_of(code) for code in codes}
    if not wanted:
        return _NO_LANGUAGE["eng" if not there or "eng" in there or "zxx" in there else "other"]
    shared = len(wanted & there)
    if not shared:
        return _FAR_LANGUAGE
    share = shared / math.sqrt(len(wanted) * len(there))
    return _FAR_LANGUAGE + (1 - _FAR_LANGUAGE) * math.sqrt(share)


def _topic_likeness(topics: set[str], domains: Sequence[str]) -> float:
    there, wanted = topics_of(domains), topics_of(sorted(topics))
    if not wanted or not there:
        return 0.3
    return len(wanted & there) / math.sqrt(len(wanted) * len(there))
