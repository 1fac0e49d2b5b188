"""Two small snapshots cut from the shipped one: the second has some rows changed, and we know which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from advisor.tables import snapshot

if TYPE_CHECKING:
    from pathlib import Path

LEFT_OUT = {
    "scores",
    "grid",
    "evidence_mteb",
    "evidence_lm",
    "popularity",
    "lm_model_factors",
    "prices",
}
"""Large tables: three are cut to the tasks below, the others are not there at all."""
FAMILY = "text-classification"
TASK = "Banking77Classification"
GONE = "BAAI/BGE-VL-MLLM-S1"
RISING = "sentence-transformers/all-MiniLM-L6-v2"


def cut(shipped: snapshot.Snapshot) -> dict[str, pl.DataFrame]:
    """The shipped tables with English text classification alone."""
    tables = {n: shipped.table(n) for n in shipped.manifest["tables"] if n not in LEFT_OUT}
    tasks = tables["tasks"].filter(
        pl.col("task_family") == FAMILY, pl.col("languages").list.contains("eng"), pl.col("n_models") > 100,
        pl.col("pool") == "embedding",
    )["task_id"].implode()  # fmt: skip
    for name in ("scores", "grid", "evidence_mteb"):
        tables[name] = shipped.collect(shipped.scan(name).filter(pl.col("task_id").is_in(tasks)))
    tables["evidence_mteb"] = tables["evidence_mteb"].filter(pl.col("task_id") == TASK)
    tables["evidence_other"] = tables["evidence_other"].head(500)
    tables["tasks"] = tables["tasks"].filter(pl.col("task_id").is_in(tasks))
    tables["task_index"] = tables["task_index"].filter(pl.col("task_id").is_in(tasks))
    seen = tables["scores"].select("model_id").unique()
    cards = tables["models"].join(seen, on="model_id", how="semi")
    gone = tables["models"].filter(pl.col("model_id") == GONE)
    tables["models"] = pl.concat([cards, gone]).sort("model_id")
    tables["pool_models"] = tables["pool_models"].filter(pl.col("pool") == "embedding")
    names = tables["models"]["model_id"].implode()
    tables["generality"] = tables["generality"].filter(pl.col("model_id").is_in(names))
    return tables


def changed(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Ten evidence rows changed, five gone, two new; one model gone; one score up by 15 points."""
    evidence = tables["evidence_mteb"].sort("model_id", "split", "subset").with_row_index()
    odd = evidence.with_columns(
        value=pl.when(pl.col("index") < 10).then(pl.col("value") / 2).otherwise("value")
    ).filter(~pl.col("index").is_between(10, 14))
    two = odd.head(2).with_columns(seed=pl.lit(99, pl.Int32))
    rows = pl.concat([odd, two]).drop("index").select(tables["evidence_mteb"].columns)
    rises = (pl.col("model_id") == RISING) & (pl.col("task_id") == TASK)

    def raised(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(
            value=pl.when(rises).then(pl.col("value") + 0.15).otherwise("value")
        )

    return tables | {
        "evidence_mteb": rows,
        "scores": raised(tables["scores"]),
        "grid": raised(tables["grid"]),
        "models": tables["models"]
        .filter(pl.col("model_id") != GONE)
        .with_columns(
            downloads_30d=pl.when(pl.col("model_id") == RISING)
            .then(pl.col("downloads_30d") + 1_000_000)
            .otherwise("downloads_30d")
        ),
    }


def write_two(folder: Path, shipped: snapshot.Snapshot) -> tuple[Path, Path]:
    """Both, written as every snapshot is; returns their folders."""
    tables = cut(shipped)
    first = snapshot.write(folder / "a", tables, facts={"created_at": "2026-01-01"})
    second = snapshot.write(folder / "b", changed(tables), facts={"created_at": "2026-02-01"})
    return first, second
