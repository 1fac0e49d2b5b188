"""Ranking: four dimension scores, the utility they add up to, and a typed row per model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from advisor.core.ids import TOO_FEW
from advisor.core.profile import DIMENSIONS
from advisor.core.recommendation import DimensionScore, RankedModel
from advisor.core.units import format_bytes, format_count, format_seconds
from advisor.recommend.doubts import cautions
from advisor.recommend.ladder import score_estimate
from advisor.recommend.quantities import per_model
from advisor.score.accuracy import accuracy
from advisor.score.efficiency import efficiency
from advisor.score.generality import generality
from advisor.score.interpretability import interpretability

if TYPE_CHECKING:
    from advisor.core.profile import TaskProfile
    from advisor.core.recommendation import Quantity
    from advisor.recommend.field import Field
    from advisor.tables.snapshot import Snapshot

_UNKNOWN = DimensionScore(value=None, lo=None, hi=None, basis="unknown")


def dimensions(
    competing: Field, taken: pl.DataFrame, profile: TaskProfile, snapshot: Snapshot
) -> pl.DataFrame:
    """Long frame dimension, model_id, value, lo, hi, basis; no row where a dimension is not known."""
    names = competing.models["model_id"].to_list()
    levels = snapshot.collect(snapshot.scan("generality"))
    parts = {
        "accuracy": accuracy(competing.models, chance=competing.chance),
        "generality": generality(levels, family=profile.task_family, models=names),
        "efficiency": efficiency(taken),
        "interpretability": interpretability(competing.models),
    }
    return pl.concat(
        frame.select(pl.lit(name).alias("dimension"), "model_id", "value", "lo", "hi", "basis")
        for name, frame in parts.items()
    )


def with_utility(
    eligible: pl.DataFrame, scores: pl.DataFrame, profile: TaskProfile, *, first: str | None
) -> pl.DataFrame:
    """The eligible models with `utility`: the verdict's first, then the good enough, then the rest.

    Within each of the three by falling utility.

    utility: weighted mean of the dimension scores that are known, over the weights of those; null when
    accuracy is not known. Source: METHOD.md#utility
    """
    weights, confidence = profile.weights, profile.confidence
    table = pl.DataFrame({"dimension": list(weights), "weight": list(weights.values())})
    weighted = (
        scores.join(table, on="dimension")
        .group_by("model_id")
        .agg(
            total=(pl.col("value") * pl.col("weight")).sum(),
            mass=pl.col("weight").sum(),
            known=(pl.col("dimension") == "accuracy").any(),
        )
        .select(
            "model_id",
            utility=pl.when("known", pl.col("mass") > 0).then(pl.col("total") / pl.col("mass")),
        )
    )
    return (
        eligible.join(weighted, on="model_id", how="left")
        .with_columns(
            is_first=pl.col("model_id").is_in([] if first is None else [first]),
            is_enough=pl.col("p_good_enough") >= confidence,
        )
        .sort(
            ["is_first", "is_enough", "utility", "value", "model_id"],
            descending=[True, True, True, True, False],
            nulls_last=True,
        )
        .drop("is_first", "is_enough")
    )


def ranked_models(
    shown: pl.DataFrame, scores: pl.DataFrame, taken: pl.DataFrame, competing: Field
) -> list[RankedModel]:
    """One typed row per shown model, in order."""
    tasks = competing.tasks
    wanted = shown["model_id"].implode()
    amounts = per_model(taken.filter(pl.col("model_id").is_in(wanted)))
    scored: dict[str, dict[str, DimensionScore]] = {}
    for row in scores.filter(pl.col("model_id").is_in(wanted)).iter_rows(named=True):
        score = DimensionScore(value=row["value"], lo=row["lo"], hi=row["hi"], basis=row["basis"])
        scored.setdefault(row["model_id"], {})[row["dimension"]] = score
    doubted = competing.flags.filter(pl.col("model_id").is_in(wanted))
    said = cautions(doubted, named=competing.is_named)
    trained = set(tasks["task_id"])
    result = []
    for row in shown.iter_rows(named=True):
        name = row["model_id"]
        known = scored.get(name, {})
        result.append(
            RankedModel(
                model_id=name,
                n_parameters=row["n_parameters"],
                n_active_parameters=row["n_active_parameters"],
                kind=row["kind"],
                size_class=row["size_class"],
                license=row["license"],
                commercial_use=row["commercial_use"],
                downloads_30d=row["downloads_30d"],
                estimate=score_estimate(row),
                dimensions={d: known.get(d, _UNKNOWN) for d in DIMENSIONS},
                efficiency=amounts.get(name, {}),
                utility=row["utility"],
                p_best=row["p_best"],
                p_good_enough=row["p_good_enough"],
                flags=_flags(row, trained, said.get(name, [])),
                reasons=_reasons(row, tasks.height) + _adapting(amounts.get(name, {})),
            )
        )
    return result


def _flags(row: dict[str, Any], tasks: set[str], said: list[str]) -> list[str]:
    flags = list(said)
    seen = tasks.intersection(row["training_datasets"] or ())
    if seen and not any(words.startswith("trained on") for words in said):
        flags.append(f"trained on {len(seen)} of the similar tasks")
    if row["params_suspect"] and "size in doubt" not in flags:
        flags.append("size in doubt")
    if row["superseded_by"]:
        flags.append(f"superseded by {row['superseded_by']}")
    return flags


def _adapting(amounts: dict[str, Quantity]) -> list[str]:
    probe, tuning = amounts.get("probe_fit_time_s"), amounts.get("fine_tune_time_s")
    memory = amounts.get("fine_tune_memory_bytes")
    if probe is None:
        return []
    words = f"learning from your labels: a linear probe in about {format_seconds(probe.value)}"
    if tuning is not None and memory is not None:
        words += f", fine-tuning in about {format_seconds(tuning.value)} and {format_bytes(memory.value)}"
    return [words]


def _reasons(row: dict[str, Any], n_tasks: int) -> list[str]:
    reasons = [f"measured on {row['n_measured']} of {n_tasks} similar tasks"]
    if not row["grounded"]:
        reasons.append(TOO_FEW)
    if row["n_active_parameters"] and row["n_active_parameters"] != row["n_parameters"]:
        reasons.append(f"{format_count(row['n_active_parameters'])} parameters active per token")
    return reasons
