"""The warning under an answer to a task that is far from everything measured, with what would settle it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from advisor.core.recommendation import LargeReference, Verdict
    from advisor.recommend.field import Field
    from advisor.tables.snapshot import Snapshot

_HARNESS: Final = {"embedding": "MTEB", "language-model": "lm-eval"}


def far_warnings(
    competing: Field,
    answer: Verdict,
    large: LargeReference | None,
    *,
    pool: str,
    snapshot: Snapshot,
) -> list[str]:
    """One warning when the nearest measured task is no more alike than the snapshot's threshold; else none.

    The threshold is the tenth percentile of the held-out tasks' own nearest likeness. Source: METHOD.md#distance
    """
    if competing.is_named or competing.tasks.is_empty():
        return []
    row = snapshot.table("distance").filter(pl.col("pool") == pool)
    nearest = competing.tasks.row(0, named=True)
    if row.is_empty() or nearest["similarity"] > row["threshold"][0]:
        return []
    models = dict.fromkeys(
        name
        for name in (answer.model_id, answer.runner_up, large.model_id if large else None)
        if name is not None
    )
    measured = " and ".join(models) or "the first two of the ranking"
    harness = _HARNESS.get(pool)
    public = f"; the nearest public test is {nearest['task_id']}"
    public += f" ({harness})" if harness else ""
    return [
        f"far from everything measured: the nearest task is {nearest['similarity']:.2f} alike, and nine in ten "
        f"held-out tasks had one of {row['threshold'][0]:.2f} or more; intervals are {row['wider'][0]:.2f} times as wide. "
        f"What would settle it: {measured} on a few hundred labelled items of your own{public}"
    ]
