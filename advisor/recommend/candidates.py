"""Who may compete for a task: the models of the pool that its family is measured on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.errors import MissingData
from advisor.core.ids import pool_of_family

if TYPE_CHECKING:
    from datetime import date

    from advisor.core.profile import TaskProfile
    from advisor.tables.snapshot import Snapshot

_WORDS: Final = {
    "embedding": "text embedding models measured by MTEB",
    "language-model": "language models and fine-tuned encoders measured by lm-eval and its kin",
    "tabular": "linear models, trees, networks, tabular foundation models and LLMs measured on tables",
}


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """The models that compete, and who was left out before any limit was looked at."""

    pool: str
    models: pl.DataFrame
    description: str
    warnings: list[str]


def pool_of(profile: TaskProfile, snapshot: Snapshot) -> str:
    """The pool that a task's family is measured on; a named task brings its own."""
    if profile.task_id is not None:
        row = snapshot.collect(snapshot.scan("tasks").filter(pl.col("task_id") == profile.task_id))
        return str(row["pool"][0])
    return pool_of_family(profile.task_family)


def candidates(
    profile: TaskProfile, snapshot: Snapshot, *, as_of: date | None = None
) -> Candidates:
    """The competing models of the task's pool, sorted by model_id: see `competing`."""
    return competing(pool_of(profile, snapshot), profile.task_family, snapshot, as_of=as_of)


def competing(
    pool: str, family: str | None, snapshot: Snapshot, *, as_of: date | None = None
) -> Candidates:
    """The models of a pool that compete on tasks of a family, sorted by model_id.

    Left out, and said so: cross-encoders anywhere but in reranking; non-text models and baselines such as human annotators (kind "other"), and
    merges and unverified fine-tunes known only from open leaderboards; with `as_of`, models released later or on
    an unknown day (METHOD.md#candidates).
    Raises: MissingData: `as_of`, and no release day in the pool is known.
    """
    member = pl.col("pool").list.contains(pool) & (pl.col("kind") != "other")
    models = snapshot.remember(
        f"candidates of the {pool} pool",
        lambda: snapshot.collect(snapshot.scan("models").filter(member)).sort("model_id"),
    )
    warnings = []
    if pool == "embedding" and family != "reranking":
        alone = models.filter(pl.col("kind") != "cross_encoder")
        if left_out := models.height - alone.height:
            warnings.append(
                f"{left_out:,} cross-encoders do not compete: they re-rank what another model found"
            )
        models = alone
    if pool == "language-model":
        kept = models.filter(pl.col("verified"))
        if left_out := models.height - kept.height:
            warnings.append(
                f"{left_out:,} merges and unverified fine-tunes that only open leaderboards measured do not "
                "compete: their scores are known to be over-fitted"
            )
        models = kept
    if as_of is not None:
        models, words = _released_by(as_of, models, pool)
        warnings.append(words)
    return Candidates(pool=pool, models=models, description=_WORDS[pool], warnings=warnings)


def _released_by(as_of: date, models: pl.DataFrame, pool: str) -> tuple[pl.DataFrame, str]:
    """The models released on or before the day, and how many others there are."""
    undated = models["released"].null_count()
    if undated == models.height:
        raise MissingData(
            f"--as-of: no release date of the {models.height:,} {pool} models is known; ask without it"
        )
    kept = models.filter(pl.col("released") <= as_of.isoformat())
    later = models.height - undated - kept.height
    words = f"as of {as_of}: {later:,} models released later do not compete"
    if undated:
        words += f", nor do {undated:,} whose release date is unknown"
    return kept, f"{words}; predictions still rest on scores published since"
