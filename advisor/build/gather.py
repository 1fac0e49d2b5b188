"""Every source in one folder, read and laid together: evidence, scores, models, tasks and the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from advisor.build.cards import describe_measured, merge_cards
from advisor.core.errors import MissingData
from advisor.ingest import mteb_registry
from advisor.ingest.efficiency_rows import read_efficiency
from advisor.ingest.hardware import read_hardware
from advisor.ingest.hub_models import read_hub
from advisor.ingest.lmeval_catalogue import merge_tasks, read_catalogue
from advisor.ingest.lmeval_results import LmEvalResults
from advisor.ingest.lmeval_results import read_results as read_results_native
from advisor.ingest.lmeval_tables import read_tables
from advisor.ingest.mteb_comparable import comparable
from advisor.ingest.mteb_results import read_results
from advisor.ingest.mteb_tally import REPORT
from advisor.ingest.prices import price_for_models, read_prices
from advisor.ingest.sources import read_sources
from advisor.ingest.tabular_results import read_tabular
from advisor.tables.locate import data_file
from advisor.tables.schema import (
    EVIDENCE,
    EVIDENCE_KEY,
    SCORES,
    SCORES_KEY,
    TASKS,
    TASKS_KEY,
    check_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PARTS = ("mteb", "lmeval", "hub", "cost", "tabular")
"""Folders that a source folder must hold; data/README.md says how each is made."""


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """The tables of a snapshot before anything is fitted, and what became of each source's rows."""

    tables: dict[str, pl.DataFrame]
    report: pl.DataFrame


def gather(source: Path, *, say: Callable[[str], None]) -> Gathered:
    """Read every source under `source`.

    say: called with the name of each part before it is read.
    Raises: MissingData: a part of the folder is not there or not readable.
    """
    if missing := [part for part in PARTS if not (source / part).is_dir()]:
        raise MissingData(
            f"{source}: no folder {', '.join(missing)} in it; data/README.md tells how the sources are laid out"
        )
    say("MTEB results")
    registry = source / "mteb"
    mteb_tasks = mteb_registry.read_tasks(registry / "mteb_tasks.parquet")
    mteb = read_results(
        registry,
        mteb_tasks,
        main_revisions=mteb_registry.read_main_revisions(registry / "mteb_models.parquet"),
        protocols=mteb_registry.read_protocols(registry / "mteb_tasks.parquet"),
    )
    mteb_models = mteb_registry.read_models(registry / "mteb_models.parquet")
    say("language-model results")
    lm = read_tables(source / "lmeval")
    native = _native(source / "lmeval", lm.evidence)
    say("lm-eval's catalogue of tasks")
    lm_tasks = merge_tasks(lm.tasks, read_catalogue())
    say("tables, hub, prices, hardware, speed")
    tabular = read_tabular(source / "tabular")
    hub = read_hub(source / "hub")
    prices = read_prices(source / "cost")
    hardware = read_hardware(source / "cost")
    speed = read_efficiency(source / "cost")
    timings = pl.read_parquet(data_file("shape_timings.parquet"))

    scores = pl.concat([mteb.scores, lm.scores, tabular.scores]).sort(SCORES_KEY)
    tasks = _with_counts(pl.concat([mteb_tasks, lm_tasks, tabular.tasks]), scores)
    cards = merge_cards([mteb_models, lm.models, tabular.models], hub.models)
    models = describe_measured(cards, scores, tasks)
    parts = {
        "evidence_mteb": mteb.evidence,
        "evidence_lm": pl.concat([lm.evidence, native.evidence]),
        "evidence_other": pl.concat(
            [tabular.evidence, speed.evidence, timings.select(list(EVIDENCE))]
        ),
    }
    evidence = {
        name: check_table(name, frame, EVIDENCE, EVIDENCE_KEY).sort(EVIDENCE_KEY)
        for name, frame in parts.items()
    }
    return Gathered(
        tables={
            **evidence,
            "scores": check_table("scores", scores, SCORES, SCORES_KEY),
            "comparable": comparable(mteb.scores, mteb.evidence),
            "tasks": tasks,
            "models": models,
            "popularity": hub.popularity,
            "prices": prices.prices,
            "model_prices": price_for_models(prices.prices, models),
            "hardware": hardware.hardware,
            "shape_timings": timings,
            "sources": read_sources(data_file("sources.toml")),
        },
        report=pl.concat(
            [
                mteb.report,
                lm.report,
                native.report,
                tabular.report,
                hub.report,
                prices.report,
                hardware.report,
                speed.report,
            ]
        ),
    )


def _native(folder: Path, known: pl.DataFrame) -> LmEvalResults:
    """lm-eval's own result files under `folder`/raw*, less the cells that the tidy tables already hold.

    The tables were made from such files (6,839 of 6,847 values agree, METHOD.md#precedence), so a cell in
    both is one measurement and stands once. No such folder: no rows.
    """
    roots = sorted(
        path for path in folder.glob("raw*") if path.is_dir() and "unlicensed" not in path.name
    )
    if not roots:
        return LmEvalResults(evidence=EVIDENCE.to_frame(), report=REPORT.to_frame())
    found = [
        read_results_native(root, source_id="lm-eval-results", published=True) for root in roots
    ]
    evidence = pl.concat([part.evidence for part in found])
    new = evidence.join(known, on=["model_id", "task_id", "metric", "n_shot"], how="anti")
    lines = [
        ("lm-eval-results", "native rows", evidence.height, "read", "lm-eval's own result files"),
        (
            "lm-eval-results",
            "native rows",
            evidence.height - new.height,
            "set aside",
            "the tidy tables hold the cell",
        ),
        ("lm-eval-results", "native rows", new.height, "kept", "evidence beside the tables"),
    ]
    return LmEvalResults(evidence=new, report=pl.DataFrame(lines, schema=REPORT, orient="row"))


def _with_counts(tasks: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """TASKS with `n_models` counted from the scores."""
    counts = scores.group_by("task_id").agg(n_models=pl.len().cast(pl.Int32))
    counted = tasks.drop("n_models").join(counts, on="task_id", how="left")
    return check_table(
        "tasks",
        counted.with_columns(pl.col("n_models").fill_null(0)).sort("task_id"),
        TASKS,
        TASKS_KEY,
    )
