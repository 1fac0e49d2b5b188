"""What is computed once from a snapshot's tables, so that answering is reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.build.questions import questions
from advisor.estimate import generality, goodness, guard
from advisor.estimate.backtest import cells_tables
from advisor.estimate.distance import distance
from advisor.estimate.fit import fit
from advisor.estimate.flags import DOUBTED
from advisor.estimate.latency_fit import fit_latency
from advisor.estimate.receipts import receipts
from advisor.ingest.mteb_copies import find_copies
from advisor.tables.locate import data_file
from advisor.tables.measured import with_comparable
from advisor.tables.task_words import build_index

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from advisor.estimate.goodness import Question

SEED: Final = 0
QUESTION_TASKS: Final = {"embedding": 400, "language-model": 200, "tabular": 60}
"""Held-out tasks per pool that the odds are fitted and reported on."""

ODDS_FOLDS: Final = 5
"""The odds are reported by curves fitted on four fifths of the tasks."""

Figures = dict[str, float | int]


def fit_all(
    tables: Mapping[str, pl.DataFrame], *, say: Callable[[str], None]
) -> tuple[dict[str, pl.DataFrame], Figures]:
    """The artefact tables, and the figures that METHOD.md quotes."""
    tasks, models = tables["tasks"], tables["models"]
    say("scores that the others do not let expect")
    compared = with_comparable(tables["scores"].lazy(), tables["comparable"].lazy()).collect()
    flags = guard.flags(compared, tasks, models, copies=_copies(compared, tasks))
    doubted = flags.filter(pl.col("flag").is_in(DOUBTED))
    scores = compared.join(doubted, on=["model_id", "task_id"], how="anti")
    say("predictions of every score")
    artefacts = fit(scores, tasks, models, seed=SEED)
    artefacts["flags"] = flags
    artefacts["task_index"] = build_index(tasks)
    artefacts["latency_model"] = fit_latency(
        tables["shape_timings"], pl.read_parquet(data_file("accelerator_timings.parquet"))
    )
    everything = dict(tables) | artefacts | {"scores": scores}
    say("generality")
    embedding = tasks.filter(pl.col("pool") == "embedding")
    cells = generality_cells(everything)
    artefacts["generality"] = generality.levels(cells, tasks)
    halves = generality.half_against_half(
        *(generality.levels(part, embedding) for part in (cells, cells.filter("measured")))
    )
    say("odds of being good enough, on held-out tasks")
    asked = [
        question
        for pool, most in QUESTION_TASKS.items()
        for question in questions(everything, pool, most=most, seed=SEED)
    ]
    tried = list(goodness.cross_fitted(asked, folds=ODDS_FOLDS, seed=SEED))
    odds, figures = fit_odds(asked, tried)
    artefacts |= odds
    artefacts["distance"] = distance(asked)
    say("predictions of held-out scores")
    artefacts |= cells_tables(compared, tasks, models)
    say("receipts")
    artefacts["receipts"] = receipts(tried, tasks)
    artefacts["backtest_generality"] = halves
    return artefacts, figures


def _copies(scores: pl.DataFrame, tasks: pl.DataFrame) -> pl.DataFrame:
    """Near-copies among the embedding models; the language-model pool is too large to compare every pair."""
    embedding = tasks.filter(pl.col("pool") == "embedding").select("task_id")
    return find_copies(scores.join(embedding, on="task_id", how="semi"))


def fit_odds(
    asked: list[Question], tried: list[tuple[Question, pl.DataFrame]]
) -> tuple[dict[str, pl.DataFrame], Figures]:
    """The curve fitted on all questions; its figures from curves that did not see the question's task."""
    stated, best = goodness.reliability(tried), goodness.best_reliability(tried)
    tables = {
        "goodness": goodness.fit(asked),
        "backtest_odds": stated,
        "backtest_best": best,
        "backtest_sizing": goodness.sizing_summary(goodness.sizing(tried)),
    }
    figures: Figures = {
        "odds_questions": len(asked),
        "odds_expected_calibration_error": goodness.expected_calibration_error(stated),
        "best_expected_calibration_error": goodness.expected_calibration_error(best),
    }
    return tables, figures


def generality_cells(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Every (model, task) cell that has a value: measured ones, and predictions of the gridded pools."""
    measured = tables["scores"].select(
        "model_id", "task_id", "value", scale=pl.lit(0.0), measured=pl.lit(value=True)
    )
    predicted = tables["grid"].select(
        "model_id",
        "task_id",
        pl.col("value").cast(pl.Float64),
        pl.col("scale").cast(pl.Float64),
        measured=pl.lit(value=False),
    )
    return pl.concat([measured, predicted])
