"""Interpretability as a score: a declared rubric with a source on every line. A prior until measured."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

import polars as pl

from advisor.tables.locate import data_file

_FAMILIES = {
    "decision tree": "decision_tree",
    "ebm/gam": "gam",
    "gam": "gam",
    "ebm": "gam",
    "knn": "knn",
}


@cache
def rubric() -> dict[str, Any]:
    """The committed rubric, data/interpretability.toml."""
    return tomllib.loads(data_file("interpretability.toml").read_text(encoding="utf-8"))


def model_class() -> pl.Expr:
    """The rubric's class of a model, from its kind and (for trees) its family; null where none fits."""
    family = (
        pl.col("family")
        .str.to_lowercase()
        .replace_strict(_FAMILIES, default=None, return_dtype=pl.String)
    )
    known = pl.col("kind").is_in(list(rubric()["transparency"]))
    kind = (
        pl.when(pl.col("kind") == "tree")
        .then(pl.lit("tree_ensemble"))
        .when(known)
        .then(pl.col("kind"))
    )
    return pl.coalesce(family, kind)


def is_own_explanation() -> pl.Expr:
    """True where a model's class is accepted as its own explanation, null where the class is unknown."""
    return model_class().is_in(rubric()["accepted"]["classes"])


def interpretability(models: pl.DataFrame) -> pl.DataFrame:
    """One row per model of a known class: model_id, value, lo, hi in [0, 1], basis "prior".

    The interval spans the facts that are not known (open weights, code, data): all absent to all there.
    Source: METHOD.md#interpretability
    """
    weights = rubric()["weights"]
    points = {name: line["value"] for name, line in rubric()["transparency"].items()}
    base = (
        model_class().replace_strict(points, default=None, return_dtype=pl.Float64)
        * weights["transparency"]
    )
    facts = ("open_weights", "open_code", "open_data")
    surely = pl.sum_horizontal(
        pl.col(f).fill_null(value=False).cast(pl.Float64) * weights[f] for f in facts
    )
    perhaps = pl.sum_horizontal(
        pl.col(f).fill_null(value=True).cast(pl.Float64) * weights[f] for f in facts
    )
    return (
        models.select("model_id", lo=base + surely, hi=base + perhaps)
        .filter(pl.col("lo").is_not_null())
        .select(
            "model_id",
            value=(pl.col("lo") + pl.col("hi")) / 2,
            lo="lo",
            hi="hi",
            basis=pl.lit("prior"),
        )
    )
