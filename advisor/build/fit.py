"""What is computed once from a snapshot's tables, so that answering is reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.estimate import generality, goodness, guard
from advisor.estimate.backtest import cells_tables
from advisor.estimate.backtest_sizing import ask_all, judged, without_doubted
from advisor.estimate.fit import fit
from advisor.estimate.latency_fit import fit_latency
from advisor.ingest.mteb_copies import find_copies
from advisor.tables.locate import data_file
from advisor.tables.measured import with_comparable
from advisor.tables.task_words import build_index

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SEED: Final = 0


def fit_all(
    tables: Mapping[str, pl.DataFrame], *, say: Callable[[str], None]
) -> dict[str, pl.DataFrame]:
    """The artefact tables."""
    tasks, models = tables["tasks"], tables["models"]
    say("scores that the others do not let expect")
    compared = with_comparable(tables["scores"].lazy(), tables["comparable"].lazy()).collect()
    flags = guard.flags(compared, tasks, models, copies=_copies(compared, tasks))
    scores = without_doubted(compared, flags)
    say("predictions of every score")
    artefacts = fit(scores, tasks, models, seed=SEED)
    artefacts["flags"] = flags
    artefacts["task_index"] = build_index(tasks)
    artefacts["latency_model"] = fit_latency(
        tables["shape_timings"], pl.read_parquet(data_file("accelerator_timings.parquet"))
    )
    say("generality")
    artefacts |= generality.tables(scores, artefacts["grid"], tasks)
    say("odds of being good enough, on held-out tasks")
    asked = ask_all(scores, tasks, models, seed=SEED)
    artefacts |= judged(asked, tasks, seed=SEED) | {"goodness": goodness.fit(asked)}
    say("predictions of held-out scores")
    artefacts |= cells_tables(compared, tasks, models)
    return artefacts


def _copies(scores: pl.DataFrame, tasks: pl.DataFrame) -> pl.DataFrame:
    """Near-copies among the embedding models; the language-model pool is too large to compare every pair."""
    embedding = tasks.filter(pl.col("pool") == "embedding").select("task_id")
    return find_copies(scores.join(embedding, on="task_id", how="semi"))
