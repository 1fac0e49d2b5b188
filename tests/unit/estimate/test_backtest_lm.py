from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from advisor.core.errors import MissingData
from advisor.estimate import backtest_lm, leaderboards, lm_from_others, lm_neighbours
from advisor.estimate import lm_unseen_benchmark as unseen
from advisor.estimate.backtest import PROTOCOLS
from advisor.estimate.leaderboards import Board, board, folds_of
from advisor.estimate.matrix import cells_of, scale_of
from advisor.estimate.task_similarity import task_parts
from tests import shipped


def part_of(whole: Board, step: int) -> Board:
    """Every step-th model of a leaderboard."""
    return Board(
        name=whole.name,
        models=whole.models.gather_every(step),
        tasks=whole.tasks,
        values=whole.values[::step],
    )


@pytest.fixture(scope="module")
def v2() -> Board:
    return part_of(board(shipped.read, "v2"), 5)


@pytest.fixture(scope="module")
def held_out(v2):
    at = v2.tasks.index("leaderboard_mmlu_pro")
    asked = np.random.default_rng(0).random(len(v2.values)) < 0.2
    return SimpleNamespace(
        at=at, asked=asked, found=lm_from_others.held_out_benchmark(v2, at, asked, seed=0)
    )


@pytest.mark.parametrize(("name", "count"), [("v1", 6), ("v2", 5)])
def test_a_leaderboard_holds_the_scores_of_its_complete_models(name, count):
    whole = board(shipped.read, name)
    assert len(whole.tasks) == count
    assert np.isfinite(whole.values).all()
    assert whole.models["model_id"].to_list() == sorted(whole.models["model_id"].to_list())
    place = len(whole.values) // 2
    for at, task in enumerate(whole.tasks):
        stored = shipped.table("scores").filter(
            pl.col("model_id") == whole.models["model_id"][place], pl.col("task_id") == task
        )
        assert stored["value"].item() == whole.values[place, at]


def test_a_snapshot_without_the_leaderboard_is_refused():
    def read(name):
        return shipped.read(name).filter(pl.col("source_id") == "euroeval")

    with pytest.raises(MissingData, match="no complete model of open-llm-leaderboard-v1"):
        board(read, "v1")


def test_ours_is_nearer_than_every_reference_on_real_models():
    half = part_of(board(shipped.read, "v2"), 2)
    at = half.tasks.index("leaderboard_mmlu_pro")
    asked = np.random.default_rng(0).random(len(half.values)) < 0.2
    found = lm_from_others.held_out_benchmark(half, at, asked, seed=0)
    truth = half.values[asked, at]
    miss = {name: np.abs(value - truth).mean() for name, value in found.items()}
    assert miss["ours"] < miss["trees"] < miss["ridge"] < miss["mean"]


def test_the_held_out_scores_are_not_read(v2, held_out):
    wrong = v2.values.copy()
    wrong[held_out.asked, held_out.at] = 1.0 - wrong[held_out.asked, held_out.at]
    again = lm_from_others.held_out_benchmark(
        v2.with_values(wrong), held_out.at, held_out.asked, seed=0
    )
    for name, value in held_out.found.items():
        assert (again[name] == value).all(), name


def test_the_scores_of_the_training_part_are_read(v2, held_out):
    other = v2.values.copy()
    other[~held_out.asked, held_out.at] *= 0.5
    again = lm_from_others.held_out_benchmark(
        v2.with_values(other), held_out.at, held_out.asked, seed=0
    )
    assert all(np.abs(again[name] - value).max() > 0.01 for name, value in held_out.found.items())


def test_ridge_is_least_squares_with_a_row_of_strength_per_column():
    rng = np.random.default_rng(1)
    x, new = rng.normal(2.0, 3.0, (40, 3)), rng.normal(size=(5, 3))
    y = rng.normal(size=40)
    scaled = (x - x.mean(0)) / x.std(0)
    design = np.vstack([scaled, np.sqrt(7.0) * np.eye(3)])
    slopes = np.linalg.lstsq(design, np.append(y - y.mean(), np.zeros(3)), rcond=None)[0]
    expected = y.mean() + (new - x.mean(0)) / x.std(0) @ slopes
    assert lm_from_others.ridge(x, y, new, strength=7.0) == pytest.approx(expected)


def test_folds_keep_a_group_together_and_are_all_used():
    groups = np.array([f"g{i % 23}" for i in range(200)])
    fold = folds_of(groups, 5, np.random.default_rng(0))
    assert set(fold.tolist()) == set(range(5))
    assert all(len(set(fold[groups == group].tolist())) == 1 for group in set(groups.tolist()))


def test_a_model_without_a_declared_family_belongs_to_its_maker():
    models = pl.DataFrame({"model_id": ["a/x", "a/y", "b/z"], "family": ["Qwen", None, None]})
    assert leaderboards.families(models).tolist() == ["Qwen", "made by a", "made by b"]


def test_neighbours_answer_from_other_folds_alone():
    points = np.array([[0.0], [0.1], [1.0], [5.0]])
    near = lm_neighbours.nearest_points(points)
    assert near.place[:, 0].tolist() == [1, 0, 1, 2]
    misses = np.array([np.nan, 0.2, 0.4, 0.6])
    fold = np.array([-1, 0, 1, 1])  # the first row's score is hidden
    found = lm_neighbours.neighbour_misses(near, misses, fold, pseudo=0.0, most=1)
    assert found[:, 0] == pytest.approx([0.2, 0.4, 0.2, 0.2])
    assert np.isfinite(found).all()


def test_the_nearest_name_is_the_sibling():
    sizes = ("2b", "9b", "27b", "70b")
    names = [f"{stem}-{size}" for size in sizes for stem in ("qwen/Qwen2.5", "google/gemma-2")]
    nearest = lm_neighbours.nearest_names(names).place[:, :3]
    assert (nearest % 2 == np.arange(8)[:, None] % 2).all()


def test_label_means_are_pulled_to_zero_and_leave_out_their_own_fold():
    labels = np.array(["a", "a", "a", "b"])
    fold = np.array([0, 1, -1, 1])
    found = lm_neighbours.label_misses(labels, np.array([0.4, 0.8, np.nan, 0.1]), fold)
    assert found[:, 0] == pytest.approx([0.8 / 4, 0.4 / 4, 1.2 / 5, 0.0])
    assert found[:, 1].tolist() == [1, 1, 2, 0]


@pytest.fixture(scope="module")
def few_cells():
    """Two harnesses' benchmarks, some hundred models."""
    tasks = shipped.table("tasks").filter(pl.col("harness").is_in(["HELM", "swallow-evaluation"]))
    scores = shipped.table("scores").join(tasks, on="task_id", how="semi")
    models = shipped.table("models").join(scores, on="model_id", how="semi")
    return scores, tasks, models


def test_a_benchmark_that_nobody_measured_is_ranked_better_than_by_any_naive_rule(few_cells):
    table = unseen.unseen_backtest(*few_cells, seed=0)
    found = unseen.unseen_summary(table)
    assert found["estimator"][0] == unseen.OURS
    assert found["spearman"][0] > 0.7
    assert found["n_benchmarks"].n_unique() == 1


def test_twins_of_a_benchmark_leave_with_it(few_cells, monkeypatch):
    pairs = []

    def spy(seen, asked):
        group = seen.tasks["twin_group"].to_numpy()
        pairs.append((set(group[np.unique(seen.col)]), set(group[asked])))
        return {"mean": np.zeros((seen.shape[0], len(asked)))}

    monkeypatch.setattr(unseen, "unseen_columns", spy)
    unseen.unseen_backtest(*few_cells, seed=0)
    assert len(pairs) == unseen.FOLDS
    assert all(not (seen & asked) for seen, asked in pairs)
    assert any(asked for _, asked in pairs)


def test_the_process_is_the_textbook_formula_for_one_model(few_cells):
    cells = cells_of(*few_cells, "language-model")
    asked = np.array([3, 11])
    seen = cells.only(~np.isin(cells.col, asked))
    model = int(seen.row[100])
    own = seen.row == model
    kernel = sum(w * task_parts(seen.tasks)[k] for k, w in unseen._WEIGHTS.items())
    count = np.bincount(seen.col, minlength=seen.shape[1])
    covariance = kernel[np.ix_(seen.col[own], seen.col[own])] + np.diag(
        [2.0 * (1.0 + 20.0 / count[j]) for j in seen.col[own]]
    )
    expected = kernel[np.ix_(asked, seen.col[own])] @ np.linalg.inv(covariance)
    expected = expected @ scale_of(seen).to_z(seen)[own]
    assert unseen.process_columns(seen, asked)[model] == pytest.approx(expected)


def test_part_a_is_summed_up_per_set_folds_and_estimator():
    rows = {
        "set": "v2", "folds": "model", "estimator": ["ours", "ours", "trees", "trees"], "model_id": ["m", "n"] * 2,
        "group": ["f", "g"] * 2, "task_id": "t", "actual": [0.5] * 4, "value": [0.51, 0.49, 0.54, 0.46],
    }  # fmt: skip
    found = backtest_lm.from_others_summary(pl.DataFrame(rows), seed=0)
    assert found["estimator"].to_list() == ["ours", "trees"]
    assert found["mae_points"].to_list() == pytest.approx([1.0, 4.0])
    assert found["ours_less_lo"].to_list()[1] == pytest.approx(3.0)
    assert found["ours_less_lo"].to_list()[0] is None


def test_every_protocol_is_a_function_of_the_tables_and_a_seed(monkeypatch):
    monkeypatch.setitem(
        PROTOCOLS, "mine", lambda read, *, seed: {"a": pl.DataFrame(), "a_summary": read("x")}
    )
    from advisor.estimate.backtest import backtest

    assert list(backtest(lambda name: name, protocol="mine")) == ["a_summary"]
