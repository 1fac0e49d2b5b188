"""What fitting takes: one fine-tuning step of a transformer, and a logistic regression on embeddings."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from advisor._lazy import need
from advisor.estimate.workload_words import subset_words
from bench.measure.latency import timing, visit
from bench.measure.memory import peak_bytes
from bench.measure.stand_ins import SEED, Transformer, texts_of

if TYPE_CHECKING:
    from bench.measure.shapes import Shape

STEP_BATCH: Final = 8
STEP_TOKENS: Final = 128
LABELS: Final = (100, 1_000, 10_000)
N_CLASSES: Final = 2
APART: Final = 1.3
"""Half the distance of the two classes' centres, in standard deviations: about one text in ten is on the wrong side."""


def run_steps(shape: Shape, *, threads: int, budget_s: float) -> dict[str, Any]:
    """Seconds of one step (forward, backward, AdamW) on STEP_BATCH texts of STEP_TOKENS tokens; peak memory."""
    torch = need("torch", extra="bench")
    torch.set_num_threads(threads)
    model = Transformer(shape)
    head = torch.nn.Linear(model.counts.hidden, N_CLASSES)
    parameters = [*model.module.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=1e-5)
    rng = np.random.default_rng(SEED)
    ids = model.ids(texts_of(STEP_BATCH, STEP_TOKENS, rng))
    labels = torch.from_numpy(np.arange(STEP_BATCH) % N_CLASSES)
    model.module.train()

    def step() -> None:
        optimizer.zero_grad()
        states = model.module(input_ids=ids).last_hidden_state.mean(dim=1)
        torch.nn.functional.cross_entropy(head(states), labels).backward()
        optimizer.step()

    visit(step, budget_s=0.0)  # the first step also sets up the optimizer
    taken = timing([visit(step, budget_s=budget_s)], threads=threads)
    return {
        "shape": shape.name,
        "counts": asdict(model.counts),
        "subset": subset_words(
            batch=STEP_BATCH, input_tokens=STEP_TOKENS, output_tokens=0, threads=threads, labels=STEP_BATCH
        ),
        "fit_time_s": taken.p50_s,
        "n_calls": taken.n_calls,
        "peak_bytes": peak_bytes(),
        "noise": taken.noise,
    }  # fmt: skip


def run_logistic(dim: int) -> list[dict[str, Any]]:
    """Seconds that scikit-learn takes to fit a logistic regression on `dim`-wide embeddings of n labels."""
    linear = need("sklearn.linear_model", extra="build")
    rng = np.random.default_rng(SEED)
    records = []
    for labels in LABELS:
        classes = np.arange(labels) % N_CLASSES
        direction = rng.normal(0.0, 1.0, dim)
        direction *= APART / np.linalg.norm(direction)
        vectors = rng.normal(0.0, 1.0, (labels, dim)) + np.outer(2 * classes - 1, direction)
        # Embeddings have unit length; the classes overlap, so that the solver has to work.
        vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        fit = partial(linear.LogisticRegression(max_iter=1000).fit, vectors, classes)
        taken = timing([visit(fit, budget_s=0.0)], threads=1)
        records.append(
            {
                "labels": labels, "dim": dim, "fit_time_s": taken.p50_s, "n_calls": taken.n_calls,
                "peak_bytes": peak_bytes(), "noise": taken.noise,
                "subset": subset_words(batch=labels, input_tokens=0, output_tokens=0, threads=1, labels=labels),
            }
        )  # fmt: skip
    return records
