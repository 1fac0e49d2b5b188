"""What each method for tables is: its kind, family, size and licence, from data/tabular_methods.toml."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from typing import Any, Final, NamedTuple

import polars as pl

from advisor.core.errors import BadInput
from advisor.core.ids import MODEL_KINDS
from advisor.ingest.licences import commercial_use, is_open
from advisor.tables.columns import filled
from advisor.tables.locate import data_file
from advisor.tables.schema import MODELS, MODELS_KEY, check_table

METHODS_FILE: Final = "tabular_methods.toml"

SUFFIXES: Final = {
    "default": "default",
    "untuned": "default",
    "tuned": "tuned",
    "tuned + ensemble": "tuned + ensemble",
    "tuned (Optuna), scale small": "tuned",
    "tuned (Optuna), scale medium": "tuned",
    "tuned (Optuna), scale large": "tuned",
    "few-shot": "few-shot",
    "fine-tuned on the full training set": "full training set",
}
"""How a configuration is named after the method. Sizes of the data set, time limits and "in-context" are no part of it."""


FITTED_ON_THE_TABLE: Final = frozenset(
    {
        "linear",
        "gradient boosting",
        "random forest",
        "gam",
        "knn",
        "kernel machine",
        "neural network",
        "automl ensemble",
    }
)
"""Families without pretraining: weights and data are the user's own."""


class Method(NamedTuple):
    """One method's facts; None where not known."""

    name: str
    kind: str
    family: str
    license: str | None
    open_weights: bool | None
    n_parameters: int | None


@lru_cache(maxsize=1)
def methods() -> dict[str, Method]:
    """Every method by the name that the results use.

    Raises: BadInput: a kind outside the vocabulary, or a line without a reference.
    """
    with data_file(METHODS_FILE).open("rb") as stream:
        lines = tomllib.load(stream)["methods"]
    return {name: _method(name, line) for name, line in lines.items()}


def _method(name: str, line: dict[str, Any]) -> Method:
    if line.get("kind") not in MODEL_KINDS or not line.get("family") or not line.get("reference"):
        raise BadInput(
            f"{METHODS_FILE}: {name!r} needs a kind of {', '.join(MODEL_KINDS)}, a family and a reference"
        )
    return Method(
        name=line.get("name", name),
        kind=line["kind"],
        family=line["family"],
        license=line.get("license"),
        open_weights=line.get("open_weights"),
        n_parameters=line.get("n_parameters"),
    )


def model_id(method: str, config: str | None) -> str:
    """The id of a configuration: "LightGBM (tuned + ensemble)", "TabuLa-8B"."""
    known = methods().get(method)
    name = known.name if known else method
    suffix = SUFFIXES.get(config or "")
    return f"{name} ({suffix})" if suffix else name


def method_models(ids: pl.DataFrame, source_ids: pl.DataFrame) -> pl.DataFrame:
    """MODELS rows of the configurations in `ids` (columns model_id, model), one each.

    source_ids: columns model_id, source_id; the first in order speaks for the model.
    A method that the facts file does not list is "other", family "unknown".
    """
    unlisted = Method("", "other", "unknown", None, None, None)
    rows = [
        {"model_id": model, **methods().get(method, unlisted)._asdict()}
        for model, method in ids.select("model_id", "model").unique("model_id").rows()
    ]
    schema = {
        "model_id": pl.String, "name": pl.String, "kind": pl.String, "family": pl.String, "license": pl.String,
        "open_weights": pl.Boolean, "n_parameters": pl.Int64,
    }  # fmt: skip
    cards = pl.DataFrame(rows, schema=schema, orient="row")
    fitted = pl.col("family").is_in(list(FITTED_ON_THE_TABLE))
    first = source_ids.sort("model_id", "source_id").unique("model_id", keep="first")
    cards = cards.join(first, on="model_id", how="left").with_columns(
        pool=pl.lit(["tabular"]),
        n_parameters_basis=pl.when(pl.col("n_parameters").is_not_null()).then(pl.lit("documented")),
        params_suspect=pl.lit(value=False),
        open_weights=pl.when(fitted).then(pl.lit(value=True)).otherwise("open_weights"),
        open_code=is_open(cards["license"]),
        open_data=pl.when(fitted).then(pl.lit(value=True)),
        commercial_use=commercial_use(cards["license"]),
        modalities=pl.lit(["tabular"]),
    )
    return check_table("tabular models", filled(cards, MODELS).sort("model_id"), MODELS, MODELS_KEY)
