"""The tabular harness against scikit-learn by hand, on real tables; stand-ins for what is not installed."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict, cross_val_score
from sklearn.preprocessing import StandardScaler
from typer.testing import CliRunner

from advisor.cli.app import app
from advisor.core.errors import BadInput
from bench.data_file import data_hash
from bench.harness.tabular import TabularHarness
from bench.harness.tabular_models import settings
from bench.protocol import Job

FIXTURES = Path(__file__).parents[2] / "fixtures" / "tabular"
TARGETS = {"blood": "donated", "creditg": "class", "penguins": "species", "abalone_600": "rings"}


def job(name, model, file=None, **options):
    file = file or FIXTURES / f"{name}.parquet"
    said = {
        "data": str(file), "data_hash": data_hash(file), "target": TARGETS[name], "folds": 3, "measure_s": 0,
        "kind": "regression" if name.startswith("abalone") else "auto",
        "settings": settings(model, shots=4, limit=30), **options,
    }  # fmt: skip
    return Job(harness="tabular", model=model, task=name, options=said)


def run(name, model, **options):
    return TabularHarness().run(job(name, model, **options))


def value(measured, metric, subset=None):
    rows = measured.rows.filter(pl.col("metric") == metric)
    wanted = subset or rows["subset"][0]
    return rows.filter(pl.col("subset") == wanted)["value"].item()


def blood():
    frame = pl.read_parquet(FIXTURES / "blood.parquet")
    return frame.drop("donated").cast(pl.Float64).to_numpy(), frame["donated"].to_numpy()


FOLDS = StratifiedKFold(3, shuffle=True, random_state=0)


def test_a_forest_gets_the_score_and_the_predictions_of_scikit_learn_by_hand():
    inputs, target = blood()
    made = RandomForestClassifier(20, min_samples_leaf=3, random_state=0)
    by_hand = cross_val_score(made, inputs, target, cv=FOLDS, scoring="roc_auc")
    said = cross_val_predict(made, inputs, target, cv=FOLDS, method="predict_proba")
    measured = run(
        "blood", "forest", settings={**settings("forest", shots=0, limit=0), "n_trees": 20}
    )
    assert value(measured, "roc_auc") == pytest.approx(by_hand.mean())
    assert [value(measured, "roc_auc", f"fold {n}") for n in (1, 2, 3)] == pytest.approx(by_hand)
    items = measured.items
    assert items["item_id"].to_list() == [str(i) for i in range(748)]
    np.testing.assert_allclose(np.array(items["probability"].to_list()), said)
    assert measured.facts["labels"] == ["no", "yes"]
    right = items.with_columns(said=pl.col("probability").list.get(1)).filter(
        pl.col("target") == "yes"
    )
    assert (right["p_target"] == right["said"]).all()


def test_a_linear_model_gets_the_score_of_scikit_learn_by_hand():
    inputs, target = blood()
    scores = []
    for train, held_out in FOLDS.split(inputs, target):
        scale = StandardScaler().fit(inputs[train])
        made = LogisticRegression(C=1.0, max_iter=1000).fit(
            scale.transform(inputs[train]), target[train]
        )
        p = made.predict_proba(scale.transform(inputs[held_out]))[:, 1]
        scores.append(roc_auc_score(target[held_out] == "yes", p))
    fixed = {**settings("linear", shots=0, limit=0), "strengths": [1.0]}
    measured = run("blood", "linear", settings=fixed)
    # Numbers beyond ten deviations are cut by ours alone; blood has a few.
    assert value(measured, "roc_auc") == pytest.approx(np.mean(scores), abs=0.002)
    model = measured.model.row(0, named=True)
    assert (model["kind"], model["n_parameters"]) == ("linear", 5)


def test_the_mean_baseline_is_scikit_learns_dummy():
    target = pl.read_parquet(FIXTURES / "abalone_600.parquet")["rings"].cast(pl.Float64).to_numpy()
    folds = KFold(3, shuffle=True, random_state=0)
    by_hand = cross_val_score(DummyRegressor(), np.zeros((600, 1)), target, cv=folds, scoring="r2")
    measured = run("abalone_600", "majority")
    assert value(measured, "r2") == pytest.approx(by_hand.mean())
    errors = measured.items["value"]
    assert errors.mean() == pytest.approx(
        np.mean([value(measured, "rmse", f"fold {n}") ** 2 for n in (1, 2, 3)])
    )


@pytest.mark.parametrize("model", ["linear", "tree"])
@pytest.mark.parametrize("name", ["creditg", "penguins", "abalone_600"])
def test_every_method_beats_the_baseline_on_mixed_columns_with_gaps(name, model):
    measured = run(name, model)
    main = measured.facts["main_score"]
    assert value(measured, main) > value(run(name, "majority"), main) + 0.1
    assert measured.facts["structure"]
    assert 0 < measured.facts["surrogate_fidelity"]["value"] <= 1
    assert value(measured, "weights_bytes") > 100


@pytest.mark.slow
@pytest.mark.parametrize("model", ["histgb", "xgboost", "ebm", "forest"])
@pytest.mark.parametrize("name", ["creditg", "penguins", "abalone_600"])
def test_the_larger_methods_beat_the_baseline_too(name, model):
    measured = run(name, model)
    main = measured.facts["main_score"]
    assert value(measured, main) > value(run(name, "majority"), main) + 0.1
    assert measured.facts["structure"]


def test_the_same_seed_gives_the_same_predictions_and_another_other_folds():
    first, again = run("penguins", "tree"), run("penguins", "tree")
    assert first.items.equals(again.items)
    other = TabularHarness().run(
        Job(harness="tabular", model="tree", task="penguins", seed=1, options=job("penguins", "tree").options)
    )  # fmt: skip
    assert other.items["fold"].to_list() != first.items["fold"].to_list()


def test_single_rows_are_timed_from_the_values_that_a_caller_has():
    measured = run("penguins", "tree", measure_s=0.2)
    timed = measured.rows.filter(pl.col("metric").str.starts_with("latency"))
    assert timed["metric"].to_list() == ["latency_p50_s", "latency_p95_s", "latency_p99_s"]
    assert (timed["value"] > 0).all()
    assert {"fit_time_s", "predict_time_s", "throughput_items_s", "memory_peak_bytes"} <= set(
        measured.rows["metric"]
    )


def test_noise_in_a_column_of_many_levels_is_not_learned(tmp_path):
    """Mean targets that saw their own row would make this look like a signal."""
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in rng.integers(150, size=600)]
    file = tmp_path / "noise.parquet"
    frame = pl.DataFrame(
        {"word": words, "x": rng.normal(size=600), "donated": rng.choice(["a", "b"], 600)}
    )
    frame.write_parquet(file)
    measured = run("blood", "tree", file=file)
    row = measured.rows.filter(metric="roc_auc").row(0, named=True)
    assert row["lo"] < 0.5 < row["hi"]


def test_a_level_of_the_held_out_fold_alone_does_no_harm(tmp_path):
    file = tmp_path / "levels.parquet"
    words = [f"only-{i}" if i % 10 == 0 else "common" for i in range(300)]
    frame = pl.DataFrame(
        {"word": words, "x": [i % 2 for i in range(300)], "z": [i % 7 for i in range(300)]}
    )
    frame.with_columns(donated=pl.col("x") + (pl.col("z") > 5)).write_parquet(file)
    for model in ("linear", "tree"):
        assert value(run("blood", model, file=file), "accuracy") > 0.8


def test_a_changed_file_is_refused(tmp_path):
    file = tmp_path / "mine.parquet"
    frame = pl.read_parquet(FIXTURES / "blood.parquet")
    frame.write_parquet(file)
    made = job("blood", "majority", file=file)
    frame.head(600).write_parquet(file)
    with pytest.raises(BadInput, match="no longer the file"):
        TabularHarness().run(made)


# The command.


def command(*words, runs):
    said = ["bench", "tabular", "--runs", str(runs), "--runner", "serial", *words]
    return CliRunner().invoke(app, said, catch_exceptions=True)


def test_json_is_all_that_stands_on_stdout_and_what_is_not_here_is_not_run(tmp_path):
    done = command(
        "--data", str(FIXTURES / "penguins.parquet"), "--target", "species", "--format", "json",
        "--models", "mean,tabpfn,openai:http://127.0.0.1:9/v1#toy", runs=tmp_path,
    )  # fmt: skip
    said = json.loads(done.stdout)
    assert [e["status"] for e in said["entries"]] == ["done", "not_run", "not_run"]
    assert (said["n_done"], said["n_failed"], said["n_not_run"]) == (1, 0, 2)
    entry = said["entries"][0]
    assert (entry["main_score"], entry["model_id"]) == ("accuracy", "baseline/majority")
    assert {"log_loss", "f1_macro", "balanced_accuracy"} <= set(entry["metrics"])
    assert entry["subsets"]["fold 1"]["accuracy"]["n"] == 115
    assert entry["metrics"]["accuracy"]["lo"] < entry["metrics"]["accuracy"]["value"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--models", "xgbost"], "unknown method 'xgbost'; did you mean 'xgboost'?"),
        (["--metric", "r2"], "'r2' does not fit a multiclass target; type one of roc_auc"),
        (["--kind", "regress"], "--kind: 'regress' is not accepted; type auto"),
        (["--kind", "regression"], "a regression needs numbers"),
        (["--target", "nope"], "--target: there is no column 'nope'"),
        (["--folds", "10", "--drop", "nope"], "--drop: there is no column 'nope'"),
    ],
)
def test_each_wrong_option_is_refused_before_any_job(tmp_path, words, message):
    done = command("--data", str(FIXTURES / "penguins.parquet"), "--target", "species", *words, runs=tmp_path)  # fmt: skip
    assert isinstance(done.exception, BadInput)
    assert message in str(done.exception)
    assert not (tmp_path / "jobs").exists()
