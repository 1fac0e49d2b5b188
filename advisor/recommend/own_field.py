"""The user's own runs as a field: measured scores, measured quantities, and differences paired over the items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.core.ids import pool_of_family, size_class
from advisor.recommend.candidates import Candidates
from advisor.recommend.differences import Differences
from advisor.recommend.doubts import doubts
from advisor.recommend.field import LEVEL, Field
from advisor.recommend.own_runs import own_rows
from advisor.recommend.pipeline import Standing
from advisor.recommend.quantities import COLUMNS, quantities
from advisor.stats.chances import Scenarios

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from advisor.core.profile import TaskProfile
    from advisor.recommend.own_runs import Compared
    from advisor.tables.snapshot import Snapshot

_TAIL: Final = (1.0 - LEVEL) / 2.0
_QUANTITY: Final = {
    "latency_p95_s": "latency_p95_s",
    "memory_peak_bytes": "memory_bytes",
    "cost_usd_per_1k_items": "cost_usd_per_1k_items",
}
"""Own metric → the quantity that it measures."""


_COUNTED: Final = frozenset(
    {"kind", "n_parameters", "n_parameters_basis", "params_suspect", "weights_bytes"}
)
"""What the run itself knows best; of the rest the catalogue speaks first."""
_PUBLISHED: Final = {
    "baseline/linear": "Linear (default)",
    "baseline/ridge": "Linear (default)",
    "baseline/logistic": "Linear (default)",
    "baseline/random-forest": "RandomForest (default)",
    "baseline/forest": "RandomForest (default)",
    "baseline/xgboost": "XGBoost (default)",
    "baseline/ebm": "Explainable Boosting Machine (default)",
}
"""Methods for tables that published results hold under another name."""
_FROZEN: Final = ("", "linear")
"""What our harness adds to a model's name ("org/name+linear") when it ran it as published results do: frozen."""


def base_id(model_id: str) -> str:
    """The model that a run rests on: "org/name+linear" → "org/name"."""
    return model_id.partition("+")[0]


def published_id(model_id: str) -> str | None:
    """The name under which published results hold what was run; None where it was run in another way."""
    base, _, way = model_id.partition("+")
    return _PUBLISHED.get(base, base) if way in _FROZEN else None


class PairedItems(Differences):
    """Differences of measured models: from resamples of the items that all of them answered."""

    def __init__(self, field: Field, scores: NDArray[np.float64]) -> None:
        """scores: see own_runs.Compared; columns in the order of `field.models`."""
        super().__init__(field)
        self._scores = scores

    def interval(self, better: int, worse: int) -> tuple[float, float, float]:
        """`better` less `worse`, with the ends of the interval at LEVEL, fractions."""
        gap = self._scores[:, better] - self._scores[:, worse]
        low, high = np.quantile(gap[1:], [_TAIL, 1.0 - _TAIL])
        return float(gap[0]), float(min(low, gap[0])), float(max(high, gap[0]))

    def p_level(self, best: str, others: Sequence[str]) -> dict[str, float]:
        """Share of the resamples in which each of `others` is at least as good as `best`."""
        first = self._scores[1:, self.row(best)]
        return {name: float((self._scores[1:, self.row(name)] >= first).mean()) for name in others}


def own_standing(compared: Compared, profile: TaskProfile, snapshot: Snapshot) -> Standing:
    """The measured models alone, as the rest of the pipeline weighs them."""
    models = _cards(compared, profile, snapshot)
    pool = Candidates(
        pool=pool_of_family(profile.task_family),
        models=models.drop("value", "lo", "hi", "level", "basis", "n_evidence"),
        description=f"models that you measured on {compared.where}",
        warnings=list(compared.warnings),
    )
    draws = compared.draws
    competing = Field(
        models=models.with_columns(
            size_class=pl.Series(
                [size_class(n, kind) for n, kind in models.select("n_parameters", "kind").rows()],
                dtype=pl.String,
            ),
            n_measured=pl.lit(1),
            grounded=pl.lit(value=True),
        ),
        scenarios=Scenarios(
            values=draws,
            spreads=np.zeros_like(draws),
            decides=np.ones(draws.shape, dtype=np.bool_),
            weights=np.ones(draws.shape[1]),
            column=compared.scores[0],
            pool=pool.pool,
        ),
        tasks=pl.DataFrame(
            {"task_id": [compared.jobs["task_id"][0]], "similarity": [1.0], "metric": [compared.metric]}
        ),
        chance=_chance(profile, compared.metric),
        is_named=True,
        flags=doubts(snapshot, []),
        n_unmeasured=0,
    )  # fmt: skip
    return Standing(
        pool=pool,
        competing=competing,
        taken=_taken(compared, pool, profile, snapshot),
        apart=PairedItems(competing, compared.scores),
    )


def _cards(compared: Compared, profile: TaskProfile, snapshot: Snapshot) -> pl.DataFrame:
    """Each model's card: the snapshot's where it has one, what the run says where that is silent; with its estimate."""
    names = compared.jobs["model_id"]
    bases = [base_id(name) for name in names]
    known = snapshot.collect(snapshot.scan("models").filter(pl.col("model_id").is_in(bases)))
    said = compared.own.table("models").filter(pl.col("model_id").is_in(names.implode()))
    cards = as_cards(said, known.schema).with_columns(
        base=pl.col("model_id").str.split("+").list.first()
    )
    joined = cards.join(
        known.rename({"model_id": "base"}), on="base", how="left", suffix="_known"
    ).with_columns(
        pl.coalesce(*((c, f"{c}_known") if c in _COUNTED else (f"{c}_known", c))).alias(c)
        for c in known.columns
        if c != "model_id"
    )
    low, high = compared.interval(LEVEL)
    estimates = pl.DataFrame(
        {
            "model_id": names, "value": compared.scores[0], "lo": low, "hi": high, "level": LEVEL,
            "basis": "measured", "n_evidence": 1,
        }
    )  # fmt: skip
    languages = pl.concat_list(
        pl.col("measured_languages").fill_null([]), pl.lit(profile.languages, pl.List(pl.String))
    )
    return (
        joined.select(known.columns)
        .with_columns(measured_languages=languages.list.unique(maintain_order=True))
        .join(estimates, on="model_id")
        .sort("model_id")
    )


def as_cards(models: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Own model rows with the columns of a snapshot's models: whoever ran it vouches for it."""
    is_ours = pl.col("model_id").str.starts_with("baseline/")
    return models.with_columns(
        verified=pl.lit(value=True),
        # Fitted here, on the user's data, by code that is the user's to run.
        is_open_license=pl.when(is_ours).then(statement=True),
        open_weights=pl.coalesce("open_weights", pl.when(is_ours).then(statement=True)),
        commercial_use=pl.when(is_ours).then(pl.lit("yes")).otherwise("commercial_use"),
        measured_languages=pl.lit(None, pl.List(pl.String)),
    ).select(pl.col(c).cast(dtype) for c, dtype in schema.items())


def _taken(
    compared: Compared, pool: Candidates, profile: TaskProfile, snapshot: Snapshot
) -> pl.DataFrame:
    """What each model takes: as measured in its own run, else as predicted for one that the snapshot knows."""
    measured = measured_quantities(own_rows(compared, compared.jobs["model_id"]), profile)
    known = snapshot.scan("models").select("model_id").filter(
        pl.col("model_id").is_in(pool.models["model_id"].implode())
    )  # fmt: skip
    published = pool.models.join(snapshot.collect(known), on="model_id", how="semi")
    if published.is_empty():
        return measured
    like = Candidates(pool=pool.pool, models=published, description="", warnings=[])
    predicted = quantities(profile, like, snapshot, level=LEVEL)
    return with_measured(predicted, measured)


def with_measured(predicted: pl.DataFrame, measured: pl.DataFrame) -> pl.DataFrame:
    """`predicted` quantities with the measured ones in their place."""
    rest = predicted.join(measured, on=["model_id", "quantity"], how="anti", maintain_order="left")
    return pl.concat([rest, measured], how="vertical_relaxed")


def measured_quantities(rows: pl.DataFrame, profile: TaskProfile) -> pl.DataFrame:
    """COLUMNS of quantities from rows of OWN_EVIDENCE; none of another machine than the one asked for."""
    asked = profile.workload.hardware_id
    if asked is not None:
        rows = rows.filter(pl.col("hardware_id") == asked)
    return (
        rows.filter(pl.col("metric").is_in(list(_QUANTITY)))
        .with_columns(
            quantity=pl.col("metric").replace_strict(_QUANTITY, default=None),
            lo=pl.coalesce("lo", "value"),
            hi=pl.coalesce("hi", "value"),
            basis=pl.when(pl.col("basis") == "measured")
            .then(pl.lit("measured"))
            .otherwise(pl.lit("extrapolated")),
        )
        .select(COLUMNS)
    )


def _chance(profile: TaskProfile, metric: str) -> float:
    """What always naming the commonest class reaches, where that is this score."""
    share = (profile.table or {}).get("majority_share")
    if metric == "roc_auc":
        return 0.5
    return float(share) if metric == "accuracy" and isinstance(share, float) else 0.0
