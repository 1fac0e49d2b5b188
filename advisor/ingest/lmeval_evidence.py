"""The tidy language-model tables as evidence rows, with what the choice of a default protocol needs beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.errors import MissingData
from advisor.ingest.lmeval_sources import resolve
from advisor.ingest.lmeval_variants import parse_variant
from advisor.tables.merge import PRECEDENCE, prefer
from advisor.tables.schema import EVIDENCE, EVIDENCE_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from advisor.ingest.lmeval_families import Families

REPORT: Final = pl.Schema(
    {"source": pl.String, "kind": pl.String, "n_rows": pl.Int64, "action": pl.String, "why": pl.String}
)  # fmt: skip
"""What happened to the rows of a source. action: kept, changed, set aside."""

RUN: Final = pl.Schema(
    {  # type: ignore[arg-type]
        **EVIDENCE,
        "run_mode": pl.String,
        "zero_shot": pl.Boolean,
        "partial": pl.Boolean,
        "checkpoint": pl.Boolean,
        "training_step": pl.Int64,
        "same_name": pl.Boolean,
    }
)
"""EVIDENCE and what tells runs of one cell apart; dropped before anything is written."""

_FILES: Final = {
    "lm_scores.parquet": "score",
    "lm_values_other.parquet": "value",
    "pythia_checkpoints.parquet": "score",
}
_READ: Final = ("model", "variant", "task", "metric", "n_shot", "stderr", "n_samples", "harness", "source")  # fmt: skip
_PLACEHOLDER: Final = "bypass"
"""lm-eval's metric for "nothing was scored"; its value is always 999."""
_NAMED: Final = {
    "knowledge": ("mcc", "accuracy"),
    "linguistic-acceptability": ("mcc", "macro_f1"),
    "named-entity-recognition": ("micro_f1_no_misc", "micro_f1"),
}
"""EuroEval's first and second metric by task type, for the Norwegian and Danish tables that do not name them."""
_FRACTION_BLEU: Final = "nl2foam_"
"""These tasks write BLEU as a fraction; everyone else as points."""


SCALE_IN_DOUBT: Final = frozenset({"HasAns_exact", "NoAns_exact", "NoAns_f1", "exact"})
"""Metrics of squad2 whose percents below 1 the collection did not divide by 100: 8 of the 28 numbers, which the
table alone cannot tell from the others. Checked against the raw files; f1, HasAns_f1 and best_* are right."""


@dataclass(frozen=True, kw_only=True)
class Runs:
    """Every row read, in the words of the evidence."""

    rows: pl.DataFrame
    """RUN; one row per evidence key."""
    report: pl.DataFrame
    """REPORT"""


def read_runs(folder: Path, families: Families, *, aliases: Mapping[str, str]) -> Runs:
    """All rows of the tables in `folder`; files marked `unlicensed` are never opened.

    aliases: short model names and the ids that they stand for.
    Raises: MissingData: lm_scores.parquet is missing or not readable.
    """
    raw = pl.concat([_read(folder / name, column) for name, column in _FILES.items()])
    notes: list[pl.DataFrame] = []
    raw = _with_sources(raw, notes)
    raw = _usable(raw, notes)
    raw = _with_metrics(raw, families, notes)
    raw = _with_models(raw, aliases, notes)
    rows = _as_runs(raw)
    kept = _without_repeats(rows, notes)
    notes.append(_note(kept, kind="score rows", action="kept", why="one row per evidence key"))
    report = pl.concat(notes).sort(["source", "action", "kind", "why"])
    return Runs(rows=kept, report=report)


def _read(file: Path, value: str) -> pl.DataFrame:
    try:
        table = pl.read_parquet(file, glob=False)
        optional = [
            pl.col(name) if name in table.columns else pl.lit(None, dtype).alias(name)
            for name, dtype in (("source_path", pl.String), ("model_raw", pl.String), ("training_step", pl.Int64))
        ]  # fmt: skip
        return table.select(
            pl.col(*_READ), pl.col(value).cast(pl.Float64).alias("value"), *optional
        )
    except (OSError, pl.exceptions.PolarsError) as error:
        line = str(error).splitlines()[0]
        raise MissingData(
            f"{file}: cannot be read ({line}); name the folder that holds {', '.join(_FILES)}"
        ) from None


def _note(rows: pl.DataFrame, *, kind: str, action: str, why: str) -> pl.DataFrame:
    counts = rows.group_by(pl.col("source_id").alias("source")).agg(pl.len().alias("n_rows"))
    words = [pl.lit(text).alias(name) for name, text in (("kind", kind), ("action", action), ("why", why))]  # fmt: skip
    return counts.with_columns(words).select(pl.col(name).cast(dtype) for name, dtype in REPORT.items())  # fmt: skip


def _set_aside(
    rows: pl.DataFrame, unfit: pl.Expr, notes: list[pl.DataFrame], *, kind: str, why: str
) -> pl.DataFrame:
    notes.append(_note(rows.filter(unfit), kind=kind, action="set aside", why=why))
    return rows.filter(~unfit)


def _with_sources(raw: pl.DataFrame, notes: list[pl.DataFrame]) -> pl.DataFrame:
    labels = raw.select("source", "harness", "variant").unique()
    found: list[dict[str, object]] = []
    for repository, label, text in labels.iter_rows():
        if (known := resolve(repository, label)) is None:
            continue
        variant = parse_variant(known[0], text)
        found.append(
            {
                "source": repository, "harness": label, "variant": text,
                "source_id": known[0], "harness_name": known[1], "harness_version": known[2],
                "precision": variant.precision, "model_revision": variant.model_revision,
                "subset": variant.subset, "split": variant.split, "run_mode": variant.run_mode,
                "zero_shot": variant.zero_shot, "partial": variant.partial, "step": variant.training_step,
            }
        )  # fmt: skip
    schema: dict[str, pl.DataType | type[pl.DataType]] = dict.fromkeys(
        found[0] if found else (), pl.String
    )
    schema |= {"zero_shot": pl.Boolean, "partial": pl.Boolean, "step": pl.Int64}
    joined = raw.join(
        pl.DataFrame(found, schema=schema), on=["source", "harness", "variant"], how="left", nulls_equal=True
    ) if found else raw.with_columns(pl.lit(None, pl.String).alias("source_id"))  # fmt: skip
    unknown = pl.col("source_id").is_null()
    notes.append(
        _note(
            joined.filter(unknown).with_columns(source_id="source"),
            kind="score rows",
            action="set aside",
            why="a source that nobody has reviewed",
        )
    )
    return joined.filter(~unknown)


def _usable(raw: pl.DataFrame, notes: list[pl.DataFrame]) -> pl.DataFrame:
    raw = _set_aside(
        raw,
        pl.col("metric") == _PLACEHOLDER,
        notes,
        kind="placeholder",
        why="lm-eval's stand-in for a task without a score",
    )
    raw = _set_aside(
        raw,
        (pl.col("task") == "squad2") & pl.col("metric").is_in(SCALE_IN_DOUBT),
        notes,
        kind="scale in doubt",
        why="percents below 1 stand undivided among fractions",
    )
    return _set_aside(
        raw,
        ~pl.col("value").is_finite().fill_null(value=False),
        notes,
        kind="not a number",
        why="infinite, NaN or missing value",
    )


def _with_metrics(raw: pl.DataFrame, families: Families, notes: list[pl.DataFrame]) -> pl.DataFrame:
    tasks = raw.filter(pl.col("metric").is_in(["primary", "secondary"]))["task"].unique().sort()
    named = {}
    for task in tasks:
        facts = families.facts(task)
        if facts is not None and (pair := _NAMED.get(facts.type or "")) is not None:
            named[task] = pair
    for place, old in enumerate(("primary", "secondary")):
        new = pl.col("task").replace_strict(
            list(named), [pair[place] for pair in named.values()], default=None, return_dtype=pl.String
        )  # fmt: skip
        unnamed = pl.col("metric") == old
        raw = raw.with_columns(
            pl.when(unnamed).then(pl.coalesce(new, "metric")).otherwise("metric").alias("metric")
        )
    lite = pl.col("metric").str.starts_with("Global MMLU Lite - ")
    fraction = (pl.col("metric") == "bleu") & pl.col("task").str.starts_with(_FRACTION_BLEU)
    notes.append(_note(raw.filter(lite), kind="metric name", action="changed", why="the task's name stood as the metric; it is accuracy"))  # fmt: skip
    notes.append(_note(raw.filter(pl.col("task").is_in(list(named))), kind="metric name", action="changed", why="primary and secondary named by the task's type"))  # fmt: skip
    notes.append(_note(raw.filter(fraction), kind="scale", action="changed", why="BLEU written as a fraction, times 100"))  # fmt: skip
    return raw.with_columns(
        pl.when(lite).then(pl.lit("acc")).otherwise("metric").alias("metric"),
        pl.when(fraction).then(pl.col("value") * 100).otherwise("value").alias("value"),
        pl.when(fraction).then(pl.col("stderr") * 100).otherwise("stderr").alias("stderr"),
    )


def _with_models(
    raw: pl.DataFrame, aliases: Mapping[str, str], notes: list[pl.DataFrame]
) -> pl.DataFrame:
    short = raw.filter(pl.col("model").is_in(list(aliases)))
    notes.append(_note(short, kind="model name", action="changed", why="a short name, joined to the id on the Hub"))  # fmt: skip
    return raw.with_columns(pl.col("model").replace(dict(aliases)))


def _as_runs(raw: pl.DataFrame) -> pl.DataFrame:
    leaderboard = pl.col("task").str.starts_with("leaderboard_")
    collected = pl.col("source_id").is_in(["sloth-compiled", "obsscaling"])
    version = (
        pl.when(collected & leaderboard)
        .then(pl.lit("open-llm-leaderboard-v2"))
        .when((pl.col("source_id") == "sloth-compiled") & pl.col("task").str.starts_with("mmlu"))
        .then(pl.lit("open-llm-leaderboard-v1"))
        .otherwise("harness_version")
    )
    # Both re-collections copied HumanEval from EvalPlus: where they share a model the numbers are EvalPlus's.
    harness = (
        pl.when(collected & (pl.col("task") == "humaneval"))
        .then(pl.lit("evalplus"))
        .otherwise("harness_name")
    )
    stamp = pl.col("source_path").str.extract(r"_(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d)")
    columns = {
        "model_id": pl.col("model"),
        "task_id": pl.col("task"),
        "dataset_revision": pl.lit("unknown"),
        "n_shot": pl.col("n_shot").fill_null(-1),
        "harness": harness,
        "harness_version": version,
        "hardware_id": pl.lit("unknown"),
        "seed": pl.lit(-1),
        "stderr": pl.when(pl.col("stderr").is_finite()).then("stderr"),
        "n_items": pl.col("n_samples"),
        "measured_at": stamp.str.slice(0, 10) + "T" + stamp.str.slice(11).str.replace_all("-", ":"),
        "published": pl.lit(value=True),
        "checkpoint": pl.col("training_step").is_not_null(),
        "training_step": pl.coalesce("training_step", "step"),
        "same_name": (pl.col("model") == pl.col("model_raw")).fill_null(value=False),
    }
    return raw.select(
        columns.get(name, pl.col(name)).cast(dtype).alias(name) for name, dtype in RUN.items()
    )


def _without_repeats(rows: pl.DataFrame, notes: list[pl.DataFrame]) -> pl.DataFrame:
    final, steps = rows.filter(~pl.col("checkpoint")), rows.filter("checkpoint")
    repeated = steps.join(final, on=EVIDENCE_KEY, how="semi")
    notes.append(_note(repeated, kind="checkpoint rows", action="set aside", why="the final step, which the table of scores already holds"))  # fmt: skip
    steps = steps.join(final, on=EVIDENCE_KEY, how="anti")
    everything = pl.concat([final, steps])
    kept = prefer(everything, PRECEDENCE, key=EVIDENCE_KEY)
    lost = everything.join(kept, on=RUN.names(), how="anti", nulls_equal=True)
    notes.append(_note(lost, kind="score rows", action="set aside", why="a rerun or another spelling of a model that is already there; advisor.tables.merge.PRECEDENCE chose"))  # fmt: skip
    return kept
