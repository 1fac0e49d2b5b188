"""Two outcomes on the same items: shares by exact tests, other scores by resampling, different items refused."""

import numpy as np
import pytest

from advisor.core.errors import BadInput
from advisor.stats.noninferiority import mcnemar
from bench.pairing import comparison
from bench.protocol import Job, JobOutcome, Measured
from bench.rows import Cell, Reading, items, model_row, rows


def outcome(
    name: str, truth, said, *, kind="classification", metric="accuracy", score=0.5
) -> JobOutcome:
    job = Job(harness="own", model=name, task="t")
    cell = Cell(
        model_id=name, model_revision="1", precision="unknown", task_id="t", dataset_revision="1", subset="label",
        split="test", n_shot=-1, harness_version="1", measured_at="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
    kept = [
        {
            "item_id": str(i),
            "target": t,
            "prediction": s,
            "value": float(t == s) if kind == "classification" else None,
        }
        for i, (t, s) in enumerate(zip(truth, said, strict=True))
    ]
    return JobOutcome(
        job=job, status="done",
        measured=Measured(
            rows=rows(job, cell, [Reading(metric=metric, value=score, n=len(kept))]), items=items(kept),
            model=model_row(name), facts={"kind": kind, "labels": sorted(set(truth))},
        ),
    )  # fmt: skip


def answers(share: float, truth, seed: int):
    rng = np.random.default_rng(seed)
    return [t if rng.random() < share else "ab"[t == "a"] for t in truth]


TRUTH = ["ab"[i % 3 == 0] for i in range(400)]


def test_accuracy_is_compared_by_who_alone_is_right():
    small, large = answers(0.8, TRUTH, 1), answers(0.9, TRUTH, 2)
    found = comparison(
        outcome("s", TRUTH, small),
        outcome("l", TRUTH, large),
        metric="accuracy",
        tolerance=0.01,
        level=0.95,
    )
    only_large = sum(x == t != y for t, y, x in zip(TRUTH, small, large, strict=True))
    only_small = sum(y == t != x for t, y, x in zip(TRUTH, small, large, strict=True))
    assert found.gain == pytest.approx((only_large - only_small) / 400)
    assert found.p_real == pytest.approx(mcnemar(only_large, only_small))
    assert found.lo < found.gain < found.hi
    assert found.p_not_worse > 0.5 > found.p_smaller_not_better


def test_macro_f1_is_resampled_and_leans_the_same_way():
    small, large = answers(0.8, TRUTH, 1), answers(0.9, TRUTH, 2)
    found = comparison(
        outcome("s", TRUTH, small),
        outcome("l", TRUTH, large),
        metric="f1_macro",
        tolerance=0.01,
        level=0.95,
    )
    assert "bootstrap" in found.method
    assert found.lo > 0.0
    assert found.p_real < 0.05
    assert found.p_smaller_not_better < 0.01 < found.p_not_worse


def test_turning_the_pair_turns_the_gain():
    one, two = (
        outcome("s", TRUTH, answers(0.8, TRUTH, 1)),
        outcome("l", TRUTH, answers(0.9, TRUTH, 2)),
    )
    there = comparison(one, two, metric="accuracy", tolerance=0.02, level=0.95)
    back = comparison(two, one, metric="accuracy", tolerance=0.02, level=0.95)
    assert back.gain == pytest.approx(-there.gain)
    assert back.p_not_worse == pytest.approx(there.p_smaller_not_better)


def test_different_items_are_refused():
    with pytest.raises(BadInput, match="did not answer the same items"):
        comparison(
            outcome("s", TRUTH, TRUTH), outcome("l", TRUTH[:-1], TRUTH[:-1]), metric="accuracy", tolerance=0.01, level=0.95
        )  # fmt: skip
