from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from advisor.estimate import lm_latent_skills
from advisor.estimate.leaderboards import board
from advisor.estimate.lm_family_ladder import (
    gain_process,
    ladder_estimates,
    ladder_summary,
)
from advisor.estimate.lm_ladders import Ladders, ladders, split_name
from tests import shipped


@pytest.fixture(scope="module")
def v2() -> Ladders:
    return ladders(board(shipped.read, "v2"), shipped.table("models"))


def questions(known: Ladders):
    for ladder in np.unique(known.ladder):
        members = np.flatnonzero(known.ladder == ladder)
        train = np.flatnonzero(known.family != known.family[members[0]])
        yield train, int(members[0]), members[1:]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Qwen/Qwen2.5-0.5B-Instruct", ("qwen/qwen2.5-#-instruct", 0.5)),
        ("EleutherAI/pythia-410m", ("eleutherai/pythia-#", 0.41)),
        ("google/gemma-2-27b-it", ("google/gemma-2-#-it", 27.0)),
        ("mistralai/Mixtral-8x7B-v0.1", None),
        ("microsoft/phi-2", None),
    ],
)
def test_a_name_is_split_into_ladder_and_size(name, expected):
    found = split_name(name)
    assert found == (expected if expected is None else (expected[0], pytest.approx(expected[1])))


def test_ladders_have_two_sizes_or_more_in_rising_order(v2):
    assert len(v2.models) > 100
    for ladder in np.unique(v2.ladder):
        sizes = v2.log_size[v2.ladder == ladder]
        assert len(sizes) > 1
        assert (np.diff(sizes) > 0).all()


def test_base_and_chat_of_one_release_are_one_family_and_releases_are_not(v2):
    family = dict(zip(v2.ladder.tolist(), v2.family.tolist(), strict=True))
    assert family["qwen/qwen2.5-#"] == family["qwen/qwen2.5-#-instruct"]
    assert family["qwen/qwen2.5-#"] == family["qwen/qwen2.5-coder-#-instruct"]
    assert family["meta-llama/llama-2-#-hf"] == family["microsoft/orca-2-#"]
    assert family["qwen/qwen2.5-#"] != family["qwen/qwen2-#"]


def test_only_the_smallest_member_of_the_asked_family_is_read(v2):
    train, small, asked = next(q for q in questions(v2) if len(q[2]) > 5)
    found = ladder_estimates(v2, train, small, asked)
    hidden = np.setdiff1d(np.flatnonzero(v2.family == v2.family[small]), [small])
    wrong = v2.values.copy()
    wrong[hidden] = 1.0 - wrong[hidden]
    again = ladder_estimates(v2.with_values(wrong), train, small, asked)
    assert len(hidden) > len(asked)
    for name, value in found.items():
        assert (again[name] == value).all(), name


def test_gains_of_other_families_beat_the_line_in_log_size(v2):
    miss = {"gains": [], "line": []}
    for train, small, asked in questions(v2):
        for name, estimate in (("gains", gain_process), ("line", lm_latent_skills.size_line)):
            value = estimate(v2, train, small, asked)
            miss[name].append(np.abs(value - v2.values[asked]).mean())
    assert np.mean(miss["gains"]) < 0.8 * np.mean(miss["line"])


def test_the_line_has_the_slope_of_the_training_ladder():
    # One training ladder 1 B, 10 B with 0.2, 0.4: 0.2 per factor of ten; ours goes from 2 B to 20 B.
    known = Ladders(
        set="v2",
        tasks=("t",),
        models=np.array(["a", "b", "c", "d"]),
        ladder=np.array(["p", "p", "q", "q"]),
        family=np.array(["p", "p", "q", "q"]),
        log_size=np.log([1.0, 10.0, 2.0, 20.0]),
        instruct=np.zeros(4),
        values=np.array([[0.2], [0.4], [0.3], [0.9]]),
    )
    value = lm_latent_skills.size_line(known, np.array([0, 1]), 2, np.array([3]))
    assert value == pytest.approx(np.array([[0.5]]))


def test_the_latent_skills_are_fitted_down_the_true_slope():
    rng = np.random.default_rng(0)
    fitted = {
        "family": rng.normal(size=(2, 2)), "growth": rng.normal(size=2), "weight": rng.normal(size=(2, 3)),
        "level": rng.normal(size=3), "floor": rng.normal(size=3),
    }  # fmt: skip
    actual, size = rng.random((5, 3)), rng.normal(size=5)
    code, least = np.array([0, 0, 1, 1, 1]), np.array([0.0, 0.1, 0.2])

    def loss(x):
        skills = x["family"][code] + size[:, None] * x["growth"]
        floor = least / (1 + np.exp(-x["floor"]))
        value = floor + (1 - floor) / (1 + np.exp(-(skills @ x["weight"] + x["level"])))
        miss, bend = np.abs(value - actual), 0.01
        huber = np.where(miss < bend, miss**2 / (2 * bend), miss - bend / 2)
        return huber.sum() / 5 + 0.1 * (x["family"] ** 2).sum() / 2 / 5

    slopes = lm_latent_skills._slopes(fitted, actual, size, code, least)
    for name, slope in slopes.items():
        for place in np.ndindex(slope.shape):
            up, down = ({k: v.copy() for k, v in fitted.items()} for _ in range(2))
            up[name][place] += 1e-6
            down[name][place] -= 1e-6
            assert slope[place] == pytest.approx((loss(up) - loss(down)) / 2e-6, abs=1e-5)


def test_errors_are_averaged_within_ladders_then_families():
    rows = [
        ("v1", "f", "f-base", "ours", 0.1), ("v1", "f", "f-base", "ours", 0.3), ("v1", "f", "f-chat", "ours", 0.4),
        ("v1", "g", "g", "ours", 0.1),
    ]  # fmt: skip
    table = pl.DataFrame(
        [(*row[:4], "m", "t", 0.5, 0.5 + row[4]) for row in rows],
        schema=["set", "family", "ladder", "estimator", "model_id", "task_id", "actual", "value"],
        orient="row",
    )
    found = ladder_summary(table).row(0, named=True)
    assert found["mae_points"] == pytest.approx(100 * ((0.2 + 0.4) / 2 + 0.1) / 2)
    assert (found["n_families"], found["n_ladders"], found["n"]) == (2, 3, 4)
