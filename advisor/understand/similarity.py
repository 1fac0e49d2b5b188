"""The measured tasks that resemble the user's, from words that both carry and never from scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.core.ids import pool_of_family
from advisor.core.profile import Neighbour
from advisor.tables.likeness import Wanted, likeness, wanted_of
from advisor.tables.task_words import terms_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Read = Callable[[str], pl.LazyFrame]

MIN_MODELS: Final = 30
"""Models measured on a task before it can stand for others."""
PER_TWINS: Final = 2
"""Neighbours taken from one group of twins at most."""
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

_TASK: Final = ["task_id", "task_family", "pool", "description", "domains", "languages"]


def measured() -> pl.Expr:
    """Whether a row of `tasks` can be a neighbour."""
    return (
        (pl.col("n_models") >= MIN_MODELS)
        & pl.col("task_family").is_not_null()
        & ~pl.col("is_aggregate").fill_null(value=False)
    )


def described(
    *, text: str, family: str, languages: Sequence[str], domain: str | None = None
) -> Wanted:
    """What a task described in words is compared by."""
    return Wanted(terms_of(text), family, languages, sorted(_TOPICS.get(domain or "", set())))


def catalogued(read: Read, task_id: str) -> tuple[Wanted, str]:
    """What a catalogued task is compared by, and its pool."""
    row = read("tasks").filter(pl.col("task_id") == task_id).select(_TASK).collect()
    facts = row.row(0, named=True)
    return wanted_of(facts), facts["pool"]


def nearest(
    read: Read,
    *,
    text: str,
    family: str,
    languages: Sequence[str],
    domain: str | None = None,
    k: int = 20,
) -> list[Neighbour]:
    """The `k` measured tasks most like a described one, most similar first; at most PER_TWINS of a twin group.

    read: gives a lazy frame of a snapshot's table by name. Similarity is 0 to 1. Source: METHOD.md#similar-tasks
    """
    wanted = described(text=text, family=family, languages=languages, domain=domain)
    return _nearest(read, wanted, pool_of_family(family), k=k)


def nearest_to_task(read: Read, task_id: str, k: int = 20) -> list[Neighbour]:
    """The `k` measured tasks most like a catalogued one, which need not be measured; never itself."""
    wanted, pool = catalogued(read, task_id)
    if wanted.family is None:
        return []
    found = _nearest(read, wanted, pool, k=k + 1)
    return [n for n in found if n.task_id != task_id][:k]


def _nearest(read: Read, wanted: Wanted, pool: str, *, k: int) -> list[Neighbour]:
    columns = [*_TASK, "twin_group", "n_models"]
    tasks = read("tasks").filter(measured() & (pl.col("pool") == pool)).select(columns).collect()
    alike = np.round(likeness(read("task_index"), wanted, tasks), 4)
    # Equally alike: the one more models were measured on says more.
    ordered = tasks.with_columns(alike=alike).sort(
        ["alike", "n_models", "task_id"], descending=[True, True, False]
    )
    kept = ordered.filter(pl.int_range(pl.len()).over("twin_group") < PER_TWINS).head(k)
    return [
        Neighbour(task_id=name, similarity=min(1.0, value))
        for name, value in kept.select("task_id", "alike").iter_rows()
    ]
