"""How long, and in how much memory, a results folder becomes a tidy table: ours beside mteb's own.

usage: python tests/perf/ingest_vs_mteb.py FOLDER [--tasks mteb_tasks.parquet --models mteb_models.parquet]

FOLDER holds `results/<org>__<model>/<revision>/<Task>.json`. Without --tasks and --models the installed mteb's
registry is exported first, untimed. Every file is read once beforehand, so that neither side pays for a cold disk;
each side then runs in a process of its own. Importing either library is not timed. Last, the scores are compared.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIDES = ("mteb", "ours")


def run_mteb(folder: Path, scores: Path, _registry: tuple[Path, Path]) -> float:
    """Seconds for load_results and to_dataframe; the long frame goes to `scores`."""
    import mteb
    import polars as pl

    begin = time.perf_counter()
    cache = mteb.ResultCache(cache_path=folder)
    loaded = cache.load_results(
        require_model_meta=False, only_main_score=True, load_experiments="match_name"
    )
    frame = loaded.to_dataframe(format="long")
    seconds = time.perf_counter() - begin
    columns = {"model_id": "model_name", "task_id": "task_name", "value": "score"}
    pl.DataFrame({ours: frame[theirs].tolist() for ours, theirs in columns.items()}).write_parquet(
        scores
    )
    return seconds


def run_ours(folder: Path, scores: Path, registry: tuple[Path, Path]) -> float:
    """Seconds for read_results, evidence, scores and report included."""
    from advisor.ingest.mteb_registry import read_main_revisions, read_protocols, read_tasks
    from advisor.ingest.mteb_results import read_results

    tasks, models = registry
    catalogue, protocols = read_tasks(tasks), read_protocols(tasks)
    mains = read_main_revisions(models)
    begin = time.perf_counter()
    found = read_results(folder, catalogue, main_revisions=mains, protocols=protocols)
    seconds = time.perf_counter() - begin
    found.scores.write_parquet(scores)
    return seconds


def measure(side: str, folder: Path, work: Path, registry: tuple[Path, Path]) -> dict[str, float]:
    """Seconds and peak MiB of one side in its own process."""
    command = [sys.executable, __file__, str(folder), "--side", side, "--work", str(work)]
    command += ["--tasks", str(registry[0]), "--models", str(registry[1])]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def warm(folder: Path) -> int:
    """Read every file once."""
    return sum(len(path.read_bytes()) for path in folder.rglob("*.json"))


def compare(work: Path) -> str:
    """Pairs on each side and the largest difference."""
    import polars as pl

    theirs = pl.read_parquet(work / "mteb.parquet").with_columns(pl.col("value").fill_nan(None))
    both = theirs.drop_nulls().join(
        pl.read_parquet(work / "ours.parquet"),
        on=["model_id", "task_id"],
        how="full",
        coalesce=True,
    )
    one_sided = both.select(
        pl.any_horizontal(pl.col("value", "value_right").is_null()).sum()
    ).item()
    gap = both.select((pl.col("value") - pl.col("value_right")).abs().max()).item()
    return f"{both.height} pairs, {one_sided} on one side only, largest difference {gap:.1e}"


def main() -> None:
    """Measure both sides and print seconds, memory and ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tasks", type=Path)
    parser.add_argument("--models", type=Path)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        run = {"mteb": run_mteb, "ours": run_ours}[asked.side]
        seconds = run(
            asked.folder, asked.work / f"{asked.side}.parquet", (asked.tasks, asked.models)
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "peak_mib": peak}))
        return
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        registry = (asked.tasks, asked.models)
        if asked.tasks is None or asked.models is None:
            subprocess.run([sys.executable, "-m", "bench.harness.mteb_registry", name], check=True)
            registry = (work / "mteb_tasks.parquet", work / "mteb_models.parquet")
        print(f"{warm(asked.folder) / 2**20:.0f} MiB of JSON read once")
        figures = {side: measure(side, asked.folder, work, registry) for side in SIDES}
        for side, figure in figures.items():
            print(f"{side:5} {figure['seconds']:7.2f} s  {figure['peak_mib']:7.0f} MiB peak")
        ratio = {
            key: figures["ours"][key] / figures["mteb"][key] for key in ("seconds", "peak_mib")
        }
        print(f"ours/mteb: time {ratio['seconds']:.3f}, peak memory {ratio['peak_mib']:.3f}")
        print(compare(work))


if __name__ == "__main__":
    main()
