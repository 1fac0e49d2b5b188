"""How much longer the tabular harness takes than scikit-learn called by hand on the same folds and arrays.

usage: python tests/perf/bench_overhead_tabular.py FILE TARGET [--models linear,forest] [--folds 3] [--repeats 3]

By hand: read the file, split, encode, fit, predict, one score a fold. The harness adds every other score with its
interval, each item's outcome, the checks for leakage and copies, what can be read off the model and the tables.
Timing single rows is left out on our side: it is a measurement of its own, with a budget of its own. Both sides run
in turn in one process, after one run that is not counted; the least of the repeats is compared.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold

from bench.data_file import data_hash
from bench.harness.tabular import TabularHarness
from bench.harness.tabular_columns import clean, code
from bench.harness.tabular_methods import Setup, fit
from bench.harness.tabular_models import settings
from bench.protocol import Job


def by_hand(file: Path, target: str, model: str, folds: int) -> float:
    """Mean score over folds, with as few words as it takes."""
    frame = pl.read_parquet(file)
    features = code(clean(frame.drop(target)).frame)
    truth = frame[target].to_numpy()
    regression = frame[target].dtype.is_float()
    if not regression:
        truth = np.unique(truth, return_inverse=True)[1]
    n_classes = 0 if regression else int(truth.max()) + 1
    setup = Setup(
        n_classes=n_classes, seed=0, threads=1, settings=settings(model, shots=0, limit=0)
    )
    cutter = (KFold if regression else StratifiedKFold)(folds, shuffle=True, random_state=0)
    scores = []
    for train, held_out in cutter.split(np.zeros(len(truth)), truth):
        made = fit(model, features.take(train), truth[train], setup)
        said, wanted = made.predict(features.take(held_out)), truth[held_out]
        if regression:
            scores.append(r2_score(wanted, said))
        else:
            said = said[:, 1] if n_classes == 2 else said
            scores.append(roc_auc_score(wanted, said, multi_class="ovr"))
    return float(np.mean(scores))


def ours(file: Path, target: str, model: str, folds: int) -> float:
    """The same from the harness."""
    options = {
        "data": str(file), "data_hash": data_hash(file), "target": target, "folds": folds, "measure_s": 0,
        "settings": settings(model, shots=0, limit=0),
    }  # fmt: skip
    made = TabularHarness().run(
        Job(harness="tabular", model=model, task=file.stem, options=options)
    )
    name = "r2" if made.facts["kind"] == "regression" else "roc_auc"
    rows = made.rows.filter(metric=name, subset=target)
    return float(rows["value"][0])


def least(file: Path, target: str, model: str, folds: int, repeats: int) -> dict[str, float]:
    """Processor seconds of both sides, the least of the repeats."""
    taken: dict[str, list[float]] = {"by hand": [], "ours": []}
    for repeat in range(repeats + 1):
        for side, run in (("by hand", by_hand), ("ours", ours)):
            begun = time.process_time()
            run(file, target, model, folds)
            if repeat:
                taken[side].append(time.process_time() - begun)
    return {side: min(seconds) for side, seconds in taken.items()}


def main() -> None:
    """Print seconds of both sides and their ratio, by method and for all of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("target")
    parser.add_argument("--models", default="linear,tree,forest,histgb,xgboost,ebm")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    total = {"by hand": 0.0, "ours": 0.0}
    for model in asked.models.split(","):
        seconds = least(asked.file, asked.target, model, asked.folds, asked.repeats)
        total = {side: total[side] + seconds[side] for side in total}
        print(_line(model, seconds), flush=True)
    print(_line("all", total))


def _line(name: str, seconds: dict[str, float]) -> str:
    both = f"by hand {seconds['by hand']:7.3f} s  ours {seconds['ours']:7.3f} s"
    return f"{name:8} {both}  ratio {seconds['ours'] / seconds['by hand']:.3f}"


if __name__ == "__main__":
    main()
