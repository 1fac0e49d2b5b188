"""The climb: when it stops, what it names, and that it names a too small rung no more often than it says."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bench.ladder import Climb, Rules, binomial_tail, climb, smallest_cleared
from bench.ladder_report import verdict
from bench.protocol import Job, JobOutcome, Measured
from bench.report import entry
from bench.rows import Cell, Reading, items, model_row, rows
from bench.rungs import in_order

RULES = Rules(metric="accuracy", tolerance=0.02, confidence=0.95)


def outcome(name: str, right: np.ndarray) -> JobOutcome:
    job = Job(harness="fake", model=name, task="toy")
    cell = Cell(
        model_id=name, model_revision="1", precision="unknown", task_id="toy", dataset_revision="1",
        subset="label", split="test", n_shot=-1, harness_version="1", measured_at="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
    measured = Measured(
        rows=rows(job, cell, [Reading(metric="accuracy", value=float(right.mean()), n=right.size)]),
        items=items(
            [{"item_id": str(i), "target": "x", "value": float(r)} for i, r in enumerate(right)]
        ),
        model=model_row(name, kind="other"),
        facts={"main_score": "accuracy", "n_train": 100, "n_test": right.size},
    )
    return JobOutcome(job=job, status="done", measured=measured)


def run_of(answers: dict[str, np.ndarray], ran: list[str], *, status: str = "done"):
    def run(job: Job) -> JobOutcome:
        ran.append(job.model)
        if job.model not in answers:
            return JobOutcome(
                job=job, status=status if status != "done" else "not_run", reason="no key"
            )
        return replace(outcome(job.model, answers[job.model]), job=job)

    return run


def shares(
    *accuracies: float, n: int = 1000, seed: int = 0, apart: float = 0.02
) -> dict[str, np.ndarray]:
    """Rungs a, b, c, ...: right on the same easy items, but for a share `apart` that each flips on its own."""
    rng = np.random.default_rng(seed)
    made = {}
    for name, share in zip("abcdefg", accuracies, strict=False):
        right = np.arange(n) < round(share * n)
        flipped = rng.choice(n, round(apart * n), replace=False)
        half = len(flipped) // 2
        right[flipped[:half]], right[flipped[half:]] = True, False
        made[name] = right
    return made


def jobs(names: str) -> list[Job]:
    return [Job(harness="fake", model=name, task="toy") for name in names]


def test_it_stops_once_two_larger_rungs_in_a_row_gain_nothing():
    ran: list[str] = []
    at = climb(jobs("abcde"), run_of(shares(0.6, 0.9, 0.9, 0.9, 0.9), ran), RULES)
    assert ran == ["a", "b", "c", "d"]
    assert at.rungs[smallest_cleared(at, RULES).place].job.model == "b"
    assert [(n.model, n.is_needed) for n in at.not_run] == [("e", False)]
    assert "no more than 2 points over b" in at.not_run[0].reason


def test_it_goes_on_while_size_pays():
    ran: list[str] = []
    at = climb(jobs("abcde"), run_of(shares(0.5, 0.6, 0.7, 0.8, 0.9), ran), RULES)
    assert ran == list("abcde")
    assert at.rungs[smallest_cleared(at, RULES).place].job.model == "e"


def test_at_the_ceiling_nothing_larger_is_measured():
    ran: list[str] = []
    climb(
        jobs("ab"),
        run_of({"a": np.ones(1000, dtype=bool), "b": np.ones(1000, dtype=bool)}, ran),
        RULES,
    )
    assert ran == ["a"]


def test_a_rung_that_cannot_be_reached_is_not_run_and_the_climb_goes_on():
    ran: list[str] = []
    answers = shares(0.6, 0.9, 0.7)
    del answers["b"]
    at = climb(jobs("abc"), run_of(answers, ran), RULES)
    assert ran == ["a", "b", "c"]
    assert [(n.model, n.reason, n.is_needed) for n in at.not_run] == [("b", "no key", True)]
    assert not at.failed


def test_the_budget_ends_the_climb_and_says_what_is_open():
    now = iter(range(0, 10_000, 40))
    at = climb(
        jobs("abcd"), run_of(shares(0.5, 0.6, 0.7, 0.8), []), replace(RULES, budget_s=100.0), clock=lambda: next(now)
    )  # fmt: skip
    assert [rung.job.model for rung in at.rungs] == ["a", "b"]
    assert [(n.model, n.is_needed) for n in at.not_run] == [("c", True), ("d", True)]
    assert "budget of 100 s is spent" in at.stopped


def test_too_few_items_end_in_cannot_tell_with_the_number_that_would_do():
    answers = shares(0.5, 0.85, 0.85, n=100, apart=0.1)
    at = climb(jobs("abc"), run_of(answers, []), RULES)
    said = verdict(at, [entry(o) for o in at.rungs], RULES)
    assert said.kind == "cannot_tell"
    assert said.model is None
    assert "would do" in said.sentence


def test_the_named_rung_is_said_with_its_p_and_the_interval_to_the_best():
    answers = shares(0.5, 0.9, 0.904, 0.9, n=4000)
    at = climb(jobs("abcd"), run_of(answers, []), RULES)
    said = verdict(at, [entry(o) for o in at.rungs], RULES)
    assert said.model == "b"
    assert said.p < 0.05
    assert said.gain_lo <= answers[said.against].mean() - answers["b"].mean() <= said.gain_hi
    assert "not worse than" in said.sentence


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000))
def test_a_wider_tolerance_never_names_a_larger_rung(seed):
    answers = shares(0.6, 0.7, 0.75, 0.78, n=400, seed=seed)
    rungs = [outcome(name, right) for name, right in answers.items()]
    places = []
    for tolerance in (0.01, 0.05, 0.2):
        at = _all_measured(rungs, replace(RULES, tolerance=tolerance))
        found = smallest_cleared(at, replace(RULES, tolerance=tolerance))
        places.append(len(rungs) if found is None else found.place)
    assert places == sorted(places, reverse=True)


def _all_measured(rungs: list[JobOutcome], rules: Rules) -> Climb:
    return climb(
        [r.job for r in rungs], lambda job: next(r for r in rungs if r.job.model == job.model),
        replace(rules, patience=99),
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    "steps", [(0.80, 0.82, 0.82, 0.82), (0.78, 0.80, 0.82, 0.84), (0.82, 0.80, 0.80, 0.84)]
)
def test_a_rung_that_is_truly_too_small_is_named_no_more_often_than_stated(steps):
    """If this breaks, the sentence people came for is wrong more often than its confidence says.

    True accuracies on the edge of the tolerance: the worst case. Named at any look counts.
    """
    rng = np.random.default_rng(11)
    wrong, n_runs, n = 0, 200, 400
    for _ in range(n_runs):
        hardness = rng.random(n)
        answers = {
            name: rng.permuted(hardness) < s if i % 2 else hardness < s
            for i, (name, s) in enumerate(zip("abcd", steps, strict=True))
        }
        at = climb(jobs("abcd"), run_of(answers, []), RULES)
        found = smallest_cleared(at, RULES)
        best = max(steps[: len(at.rungs)])
        wrong += found is not None and steps[found.place] <= best - RULES.tolerance + 1e-9
    assert wrong / n_runs <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / n_runs)


@pytest.mark.parametrize(("k", "n", "share"), [(98, 100, 0.95), (0, 10, 0.5), (1000, 1000, 0.99)])
def test_the_binomial_tail_is_scipys(k, n, share):
    assert binomial_tail(k, n, share) == pytest.approx(stats.binom.sf(k - 1, n, share), rel=1e-9)


def test_rungs_stand_from_nothing_learned_to_servers():
    given_ = [
        "openai:http://h/v1#m",
        "embed:minilm",
        "majority",
        "finetune:minilm",
        "static:minilm",
        "tfidf",
    ]
    assert in_order(given_) == [
        "majority",
        "tfidf",
        "static:minilm",
        "embed:minilm",
        "finetune:minilm",
        "openai:http://h/v1#m",
    ]


def test_the_named_largest_is_held_against_the_best_smaller_rung_and_not_the_nearest():
    answers = shares(0.6, 0.85, 0.7, 0.93, n=2000)
    at = climb(jobs("abcd"), run_of(answers, []), RULES)
    said = verdict(at, [entry(o) for o in at.rungs], RULES)
    assert said.model == "d"
    assert "worth its size. The best smaller rung, b, loses" in said.sentence


def test_what_is_not_settled_is_not_called_worth_its_size():
    answers = shares(0.5, 0.86, 0.87, n=500, apart=0.08)
    at = climb(jobs("abc"), run_of(answers, []), RULES)
    found = smallest_cleared(at, RULES)
    assert found is not None
    assert at.rungs[found.place].job.model == "c"
    said = verdict(at, [entry(o) for o in at.rungs], RULES)
    assert "b may do as well" in said.sentence
    assert "worth its size" not in said.sentence


def test_a_budget_spent_within_a_rung_is_the_reason_that_is_given():
    def run(job: Job) -> JobOutcome:
        if job.model == "b":
            return JobOutcome(job=job, status="failed", reason="stopped after 100 s", wall_s=100.0)
        return replace(outcome(job.model, np.arange(500) < 300), job=job)

    at = climb(jobs("ab"), run, replace(RULES, budget_s=100.0))
    assert "budget of 100 s is spent" in at.stopped
    assert not at.failed
