"""Models of runs against each other: the same items or a refusal, and numbers that a second route gives too."""

import numpy as np
import pytest
from fake_jobs import a_job
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.core.errors import BadInput, MissingData
from advisor.render import bench_runs
from bench.compare import compare
from bench.engine import run_jobs
from bench.runner.serial import SerialRunner
from bench.store import Store, run_id_of


@pytest.fixture
def store(tmp_path):
    return Store(root=tmp_path / "runs")


def run(store, *jobs):
    run_id = run_id_of(jobs)
    store.write_run(run_id, jobs, command="bench run x")
    run_jobs(jobs, store, SerialRunner())
    return run_id


def models(*accuracies, n_items=400, **said):
    """Models m0, m1, ... of these accuracies. With one seed a better one is right wherever a worse one is."""
    return [
        a_job(model=f"m{i}", n_items=n_items, accuracy=accuracy, seed=3, **said)
        for i, accuracy in enumerate(accuracies)
    ]


def test_right_and_wrong_are_counted_by_item(store):
    run_id = run(store, *models(0.9, 0.5))
    (task,) = compare([run_id], store, tolerance_points=1.0).tasks
    (pair,) = task.pairs
    draws = np.random.default_rng(3).random(400)
    only_first = int(((draws < 0.9) & ~(draws < 0.5)).sum())
    assert (pair.first, pair.second, pair.n_only_first, pair.n_only_second) == (
        "m0",
        "m1",
        only_first,
        0,
    )
    assert pair.difference == pytest.approx(only_first / 400)
    assert pair.p == pytest.approx(2 * 0.5**only_first)
    assert pair.lo < pair.difference < pair.hi
    assert pair.differ
    assert pair.first_not_worse
    assert not pair.second_not_worse
    assert task.tie_groups == [["m0"], ["m1"]]
    assert [model.letters for model in task.models] == ["a", "b"]
    assert task.tolerance == pytest.approx(0.01)


def test_models_that_cannot_be_told_apart_share_a_letter(store):
    # 14 items tell m0 from m2, too few lie between either and m1.
    run_id = run(store, *models(0.80, 0.785, 0.77))
    (task,) = compare([run_id], store, tolerance_points=10.0).tasks
    counts = {(p.first, p.second): p.n_only_first for p in task.pairs}
    assert counts["m0", "m2"] == counts["m0", "m1"] + counts["m1", "m2"]
    differing = {pair for pair, n in counts.items() if 3 * 2 * 0.5**n < 0.05 and n > 7}
    assert {(p.first, p.second) for p in task.pairs if p.differ} == differing
    assert all(p.second_not_worse for p in task.pairs)  # none is ten points worse


def test_holm_is_over_all_pairs_of_the_task(store):
    run_id = run(store, *models(0.8, 0.78, 0.75))
    (task,) = compare([run_id], store).tasks
    ordered = sorted(task.pairs, key=lambda p: p.p)
    worst = 0.0
    for rank, pair in enumerate(ordered):
        worst = max(worst, min(1.0, (3 - rank) * pair.p))
        assert pair.p_holm == pytest.approx(worst)


def test_errors_are_compared_lower_is_better(store):
    run_id = run(store, *models(0.9, 0.5, value="error", n_items=150))
    (task,) = compare([run_id], store, tolerance_points=2.0).tasks
    assert (task.metric, task.better, task.tolerance) == ("rmse", "lower", 2.0)
    assert task.models[0].value < task.models[1].value
    (pair,) = task.pairs
    assert pair.difference > 0  # the first is better
    assert pair.difference == pytest.approx(task.models[1].value - task.models[0].value)
    assert pair.n_only_first is None
    assert pair.differ
    assert pair.second_not_worse == (pair.p_second_worse < 0.025)


def test_two_runs_are_compared_and_a_shared_job_stands_once(store):
    m0, m1, m2 = models(0.9, 0.8, 0.7)
    one, other = run(store, m0, m1), run(store, m1, m2)
    (task,) = compare([one, other], store).tasks
    assert [m.label for m in task.models] == ["m0", "m1", "m2"]
    assert [m.run_ids for m in task.models] == [[one], [one, other], [other]]
    assert len(task.pairs) == 3


def test_one_model_under_two_settings_is_told_by_what_differs(store):
    a = a_job(model="m", n_items=50, accuracy=0.9, seed=3)
    b = a_job(model="m", n_items=50, accuracy=0.5, seed=3)
    (task,) = compare([run(store, a, b)], store).tasks
    assert [m.label for m in task.models] == ["m (accuracy 0.9)", "m (accuracy 0.5)"]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"data_hash": "b"}, "revisions of the data a and b"),
        ({"data_hash": "a", "seed": 4}, "seeds 3 and 4"),
        ({"data_hash": "a", "n_items": 60}, "50 and 60 items"),
    ],
)
def test_different_data_is_never_paired(store, other, said):
    one = a_job(model="m0", n_items=50, data_hash="a", seed=3)
    two = a_job(**{"model": "m1", "n_items": 50, "seed": 3, **other})
    with pytest.raises(BadInput) as refused:
        compare([run(store, one, two)], store)
    assert "toy: m0 and m1 cannot be paired" in str(refused.value)
    assert said in str(refused.value)


def test_one_on_other_data_is_left_out_and_named_where_others_can_be_paired(store):
    jobs = [*models(0.9, 0.8), a_job(model="odd", n_items=10)]
    found = compare([run(store, *jobs)], store)
    assert [m.label for m in found.tasks[0].models] == ["m0", "m1"]
    assert any("odd left out" in words for words in found.warnings)


def test_nothing_to_compare_says_why(store):
    run_id = run(store, a_job(model="a"), a_job("raise", model="b"))
    with pytest.raises(BadInput, match="only a was measured"):
        compare([run_id], store)
    with pytest.raises(BadInput, match="1 of 2 jobs have no outcome"):
        compare([run_id], store)
    with pytest.raises(MissingData, match="no run 'nothing'"):
        compare(["nothing"], store)


def test_one_task_on_different_data_does_not_cost_the_others(store):
    odd = [a_job(model=f"m{i}", task="odd", seed=i) for i in range(2)]
    found = compare([run(store, *models(0.9, 0.8), *odd)], store)
    assert [task.task_id for task in found.tasks] == ["toy"]
    assert any(words.startswith("odd: m0 and m1 cannot be paired") for words in found.warnings)


def test_only_the_named_models_and_tasks(store):
    run_id = run(store, *models(0.9, 0.8, 0.7), *models(0.9, 0.8, task="other"))
    found = compare([run_id], store, models=["m0", "m2"], tasks=["toy"])
    assert [[m.label for m in task.models] for task in found.tasks] == [["m0", "m2"]]


def test_the_text_says_what_the_numbers_say(store):
    run_id = run(store, *models(0.9, 0.5, 0.499))
    found = compare([run_id], store, tolerance_points=5.0)
    text = bench_runs.comparison(found, width=110, colour=False)
    (task,) = found.tasks
    assert "toy" in text
    assert "400 items" in text
    assert f"{task.models[0].value * 100:.1f} (" in text
    assert "differ" in text
    assert "tied, not worse by 5.0" in text


@settings(deadline=None, max_examples=12)
@given(st.lists(st.sampled_from([0.3, 0.5, 0.52, 0.55, 0.9]), min_size=2, max_size=4))
def test_the_order_in_which_jobs_are_named_changes_nothing(accuracies):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        store = Store(root=Path(folder))
        jobs = models(*accuracies, n_items=60)
        here = compare([run(store, *jobs)], store).tasks[0]
        back = compare([run(store, *reversed(jobs))], store).tasks[0]
    assert here.model_dump(exclude={"models"}) == back.model_dump(exclude={"models"})
