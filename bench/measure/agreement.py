"""`python -m bench.measure.agreement --out FILE`: the same measurement again and again, and how often runs agree."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict
from itertools import permutations
from pathlib import Path  # noqa: TC003 (typer reads it at run time)
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
import orjson
import polars as pl
import typer

from bench.measure.hardware import this_machine
from bench.measure.shapes import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

WORKLOADS: Final = ("linear", "static-30k-256", "bert-l2-h128", "minilm-l6")
"""Shapes from a fifth of a millisecond to some ten milliseconds a call."""
_N_TEXTS: Final = 200
_TOKENS: Final = (8, 65)
_ENVIRONMENT: Final = {
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error",
}  # fmt: skip


def one_run(workload: str, budget_s: float) -> list[dict[str, Any]]:
    """Profile one shape in this process, on one thread: the readings as records.

    Texts are of mixed length, for a transformer of one (the stand-ins do not pad).
    """
    from bench.measure.profile import profile
    from bench.measure.stand_ins import SEED, build, texts_of

    shape = BY_NAME[workload]
    shortest, longest = _TOKENS
    if shape.config_class:
        import torch

        torch.set_num_threads(1)
        shortest = longest - 1
    rng = np.random.default_rng(SEED)
    lengths = rng.integers(shortest, longest, _N_TEXTS)
    texts = [texts_of(1, int(length), rng)[0] for length in lengths]
    return [asdict(reading) for reading in profile(build(shape).encode, texts, budget_s=budget_s)]


def agreement(runs: pl.DataFrame) -> pl.DataFrame:
    """How often one run's value lies in another's interval, per workload, metric and subset, and how wide those are.

    runs: columns workload, run, metric, subset, value, lo, hi. Every ordered pair of runs counts; rows without
    an interval do not. Columns: runs, spread (largest over smallest value), half_width (median, log scale),
    inside, overlap (shares of pairs).
    """
    keys = ["workload", "metric", "subset"]
    found = [
        {**dict(zip(keys, key, strict=True)), **_pairs(part.sort("run"))}
        for key, part in runs.drop_nulls(["lo", "hi"]).group_by(keys, maintain_order=True)
    ]
    return pl.DataFrame(found)


def _pairs(part: pl.DataFrame) -> dict[str, float]:
    value, lo, hi = (part[name].to_numpy() for name in ("value", "lo", "hi"))
    pairs = list(permutations(range(value.size), 2))
    return {
        "runs": value.size,
        "spread": float(value.max() / value.min()),
        "half_width": float(np.median(np.log(hi / lo) / 2)),
        "inside": float(np.mean([lo[i] <= value[j] <= hi[i] for i, j in pairs])) if pairs else 1.0,
        "overlap": float(np.mean([lo[i] <= hi[j] and lo[j] <= hi[i] for i, j in pairs]))
        if pairs
        else 1.0,
    }


def in_own_process(workload: str, budget_s: float) -> list[dict[str, Any]]:
    """`one_run` in a fresh interpreter."""
    command = [sys.executable, "-m", "bench.measure.agreement", "--one", workload, "--budget", str(budget_s)]  # fmt: skip
    done = subprocess.run(  # noqa: S603 (our own module, our own arguments)
        command, env=os.environ | _ENVIRONMENT, capture_output=True, check=True
    )
    found: list[dict[str, Any]] = orjson.loads(done.stdout)
    return found


def read(files: Sequence[Path]) -> pl.DataFrame:
    """The runs of earlier calls, one JSON object a line."""
    lines = [line for file in files for line in file.read_bytes().splitlines()]
    return pl.DataFrame([orjson.loads(line) for line in lines], infer_schema_length=None)


def main(
    out: Annotated[
        Path | None, typer.Option(help="Where runs are added, a line a reading.")
    ] = None,
    runs: Annotated[int, typer.Option(help="How often each workload is measured.")] = 10,
    budget: Annotated[float, typer.Option(help="Seconds of timing a run.")] = 5.0,
    workload: Annotated[list[str] | None, typer.Option(help="Only these shapes.")] = None,
    one: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Measure the same shapes again and again, each in its own process, and count how often two runs agree."""
    if one is not None:
        sys.stdout.buffer.write(orjson.dumps(one_run(one, budget)))
        return
    if out is None:
        raise typer.BadParameter("--out: name a file for the runs")
    for _ in range(runs):
        for name in workload or WORKLOADS:
            load = this_machine()["load_1min"][0]
            n = sum(1 for _ in out.open("rb")) if out.is_file() else 0
            said = {"workload": name, "run": n, "load_1min": load}
            typer.echo(f"{name}, load {load:.1f}", err=True)
            with out.open("ab") as stream:
                for record in in_own_process(name, budget):
                    kept = {"metric": record["metric"], "subset": record["subset"] or "batch 1"}
                    ends = {key: record[key] for key in ("value", "lo", "hi", "n")}
                    stream.write(orjson.dumps({**said, **kept, **ends}) + b"\n")
    table = agreement(read([out]))
    with pl.Config(tbl_rows=-1, tbl_cols=-1, fmt_str_lengths=40, float_precision=3):
        typer.echo(str(table))
    weights = table["runs"].to_numpy() * (table["runs"].to_numpy() - 1)
    for share in ("inside", "overlap"):
        typer.echo(f"{share}: {np.average(table[share].to_numpy(), weights=weights):.3f}")


if __name__ == "__main__":
    typer.run(main)
