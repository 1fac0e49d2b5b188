"""Language models of the tidy tables as model cards; slips in the sources become null, never a number."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.errors import BadInput, MissingData
from advisor.tables import locate
from advisor.tables.schema import MODELS, MODELS_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

POOL: Final = "language-model"
ALIASES: Final = "lm_model_aliases.toml"

CLOSED: Final = re.compile(
    r"""
    (^|/)(
        gpt-?3\.5.* | gpt-?35.* | gpt[- ]?4.* | gpt[- ]?5.* | chatgpt.* | o1\b.* | o3\b.* | o4-mini.*
      | claude.* | gemini.* | palm(-?2)?(@\S+)? | text[-_](bison|unicorn|davinci|curie|babbage|ada|alexander).* | (code-)?davinci.*
      | grok-[34].* | grok[ ](3|beta).* | nova[- ](lite|micro|pro|premier|2).* | titan-.*
      | mistral-(large-2402|medium|small-2402).* | mistral[ ]large[ ]\(mar.* | qwen[\d.]*-(max|plus|turbo|flash).*
      | yi-(lightning|large).* | luminous.* | j[12]-.* | jurassic.* | palmyra-.* | reka-(core|edge|flash)(-\d{6,})? | doubao.*
      | command(-(light|medium|xlarge)\S*)?$ | mercury.* | (quasar|optimus)[ ]alpha | openpipe-moa-gpt-4.*
    )$""",
    re.VERBOSE | re.IGNORECASE,
)
"""Families that are only served: no weights to download."""
OPEN_ONLY: Final = frozenset(
    {"open-llm-leaderboard-v1", "open-llm-leaderboard-v2", "pythia", "dclm", "open-lm-scaling"}
)
"""Sources that evaluate downloadable weights and nothing else."""
WEIGHED: Final = ("measured", "safetensors", "hub safetensors")
"""Bases of a parameter count that need the weights at hand."""
FAMILY_NAMES: Final = {
    "llama-2": "Llama 2",
    "llama-3.1": "Llama 3.1",
    "meta-llama-3": "Llama 3",
    "codellama": "Code Llama",
    "mixtral-8x-v0.1": "Mixtral",
    "gpt-neo/j": "GPT-Neo",
}
"""Spellings of one source for a family that the others name differently."""


def load_aliases(file: Path | None = None) -> dict[str, str]:
    """Short names of models and the Hub ids that they stand for.

    Raises: BadInput: the file is not readable, or an alias leads to another alias.
    """
    file = file or locate.data_file(ALIASES)
    try:
        aliases = tomllib.loads(file.read_text(encoding="utf-8"))["aliases"]
    except (OSError, UnicodeDecodeError, KeyError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{file}: no readable [aliases] table ({error})") from None
    if chained := sorted(set(aliases) & set(aliases.values())):
        raise BadInput(f"{file}: {chained} are aliases of aliases; name the Hub id itself")
    return {str(short): str(full) for short, full in aliases.items()}


def read_models(
    folder: Path, evidence: pl.DataFrame, *, aliases: Mapping[str, str]
) -> pl.DataFrame:
    """MODELS: every model of `evidence`, with what lm_models.parquet knows of it.

    Not read from that file: `moe` and `merged`, which hold "not a mixture" and "not a merge or not
    tagged". Source: METHOD.md#language-models
    Raises: MissingData: the file is missing or not readable.
    """
    file = folder / "lm_models.parquet"
    try:
        facts = _joined(pl.read_parquet(file, glob=False), aliases)
    except (OSError, pl.exceptions.PolarsError) as error:
        line = str(error).splitlines()[0]
        raise MissingData(
            f"{file}: cannot be read ({line}); name the folder that holds it"
        ) from None
    seen = _seen(evidence)
    cards = seen.join(facts, on="model_id", how="left")
    cards = cards.with_columns(
        n_parameters=_positive("n_parameters"),
        n_active_parameters=_positive("active_parameters"),
        context_tokens=_positive("context"),
        closed=pl.Series([CLOSED.search(name) is not None for name in cards["model_id"]], dtype=pl.Boolean),
    )  # fmt: skip
    # A count that is not smaller than the total says nothing about active experts.
    cards = cards.with_columns(
        n_active_parameters=pl.when(
            (pl.col("n_active_parameters") < pl.col("n_parameters")).fill_null(value=True)
        ).then("n_active_parameters")
    )
    # A size that was only read off a name is no sign of weights; Gemini's come without any.
    unweighed = (
        pl.col("n_parameters").is_null()
        | (pl.col("n_parameters_basis") == "name").fill_null(value=False)
        | pl.col("model_id").str.contains("gemini-", literal=True)
    )
    served = pl.col("closed") & unweighed & ~pl.col("from_weights")
    weights = (
        pl.col("from_weights")
        | pl.col("n_parameters_basis").is_in(WEIGHED).fill_null(value=False)
        | pl.col("hub_downloads_30d").is_not_null()
    )
    kind = (
        pl.when((pl.col("tuning") == "finetuned-encoder").fill_null(value=False))
        .then(pl.lit("encoder"))
        .when(served)
        .then(pl.lit("api"))
        .otherwise(pl.lit("decoder"))
    )
    known = {
        "pool": pl.lit([POOL]),
        "kind": kind,
        "family": _family(cards),
        "n_parameters_basis": pl.when(pl.col("n_parameters").is_not_null()).then("n_parameters_basis"),
        "params_suspect": pl.col("params_suspect").fill_null(value=False),
        "open_weights": pl.when(weights & ~served).then(pl.lit(value=True)).when(served).then(pl.lit(value=False)),
        "license": pl.col("model_licence"),
        "commercial_use": pl.lit("unknown"),
        "released": pl.col("release_date"),
        "modalities": pl.lit(["text"]),
        "downloads_30d": pl.col("hub_downloads_30d"),
        "downloads_date": pl.col("hub_snapshot"),
    }  # fmt: skip
    return cards.select(
        known.get(name, pl.col(name) if name in cards.columns else pl.lit(None))
        .cast(dtype)
        .alias(name)
        for name, dtype in MODELS.items()
    ).sort(MODELS_KEY)


def _joined(facts: pl.DataFrame, aliases: Mapping[str, str]) -> pl.DataFrame:
    """One row per model; what is known under the Hub's id goes before what is known under a short name."""
    named = facts.with_columns(
        pl.col("model").replace(dict(aliases)).alias("model_id"),
        pl.col("model").is_in(list(aliases)).alias("is_alias"),
    )
    ordered = named.sort(["model_id", "is_alias", "model"])
    return ordered.unique("model_id", keep="first", maintain_order=True).drop("is_alias", "model")


def _positive(column: str) -> pl.Expr:
    value = pl.col(column)
    return pl.when(value > 0).then(value).cast(pl.Int64)


def _seen(evidence: pl.DataFrame) -> pl.DataFrame:
    """model_id, the source with most of its rows, and whether a weights-only source measured it."""
    counts = evidence.group_by("model_id", "source_id").agg(pl.len().alias("n"))
    main = counts.sort(["model_id", "n", "source_id"], descending=[False, True, False])
    return main.group_by("model_id", maintain_order=True).agg(
        pl.col("source_id").first(),
        pl.col("source_id").is_in(OPEN_ONLY).any().alias("from_weights"),
    )


def _family(cards: pl.DataFrame) -> pl.Expr:
    """The family under the spelling that most models carry: "Pythia" and "pythia" are one."""
    counts = cards.drop_nulls("family")["family"].value_counts().sort(["count", "family"], descending=[True, False])  # fmt: skip
    spelling: dict[str, str] = {}
    for name in counts["family"]:
        spelling.setdefault(name.lower(), name)
    spelling |= FAMILY_NAMES
    return pl.col("family").str.to_lowercase().replace(spelling)
