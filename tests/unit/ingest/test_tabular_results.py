"""Results on tables: one comparable, higher-is-better score a method and data set."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from advisor.core.errors import BadInput
from advisor.core.ids import MODEL_KINDS, TASK_FAMILIES
from advisor.core.metrics import METRICS
from advisor.ingest.tabular_methods import methods, model_id
from advisor.ingest.tabular_results import MAIN, read_tabular

FOLDER = Path(__file__).parents[2] / "fixtures" / "tabular"
RAW = pl.read_parquet(FOLDER / "published_results.parquet")
LITE = RAW.filter(pl.col("source").str.starts_with("TabArena-Lite ("))


@pytest.fixture(scope="module")
def tables():
    return read_tabular(FOLDER)


def score(tables, model, task):
    found = tables.scores.filter((pl.col("model_id") == model) & (pl.col("task_id") == task))
    return found["value"].item()


def raw(dataset, model, config):
    return LITE.filter(
        (pl.col("dataset") == dataset) & (pl.col("model") == model) & (pl.col("config") == config)
    )["mean"].item()


def test_binary_scores_are_areas_under_the_curve(tables):
    expected = 1 - raw("credit-g", "LightGBM", "tuned + ensemble")
    assert score(tables, "LightGBM (tuned + ensemble)", "tabarena/credit-g") == pytest.approx(
        expected
    )
    task = tables.tasks.row(by_predicate=pl.col("task_id") == "tabarena/credit-g", named=True)
    assert (task["metric"], task["chance"], task["task_family"]) == ("roc_auc", 0.5, "tabular-classification")  # fmt: skip
    assert task["n_items"] == 1000


@pytest.mark.parametrize("dataset", ["splice", "wine_quality"])
def test_other_scores_are_the_least_error_over_the_methods_own(tables, dataset):
    errors = LITE.filter((pl.col("dataset") == dataset) & ~pl.col("imputed"))
    best = min(errors["mean"])
    expected = best / raw(dataset, "CatBoost", "default")
    assert score(tables, "CatBoost (default)", f"tabarena/{dataset}") == pytest.approx(expected)
    values = tables.scores.filter(pl.col("task_id") == f"tabarena/{dataset}")["value"]
    assert values.max() == 1.0
    assert values.min() > 0


def test_higher_is_better_on_every_main_score(tables):
    """If this breaks, the worst method on a table is recommended as the best."""
    for row in tables.tasks.select("metric").unique().rows():
        assert METRICS[row[0]].better == "higher"
    for dataset in ("credit-g", "splice", "wine_quality"):
        mine = tables.scores.filter(pl.col("task_id") == f"tabarena/{dataset}").sort("value", descending=True)  # fmt: skip
        theirs = LITE.filter((pl.col("dataset") == dataset) & ~pl.col("imputed"))["mean"].sort()
        again = 1 - mine["value"] if dataset == "credit-g" else theirs.min() / mine["value"]
        assert again.to_list() == pytest.approx(theirs.to_list())


def test_imputed_rows_are_neither_evidence_nor_scores(tables):
    imputed = LITE.filter(pl.col("imputed"))
    assert imputed.height > 0
    counts = dict(tables.report.select("kind", "n_rows").rows())
    assert counts["rows: imputed"] == imputed.height
    for dataset, model, config in imputed.select("dataset", "model", "config").rows():
        name = model_id(model, config)
        task = f"tabarena/{dataset}"
        pair = (pl.col("model_id") == name) & (pl.col("task_id") == task)
        assert tables.scores.filter(pair).height == tables.evidence.filter(pair).height == 0


def test_native_errors_and_times_are_evidence(tables):
    rows = tables.evidence.filter(
        (pl.col("model_id") == "XGBoost (tuned)") & (pl.col("task_id") == "tabarena/splice")
    )
    told = dict(rows.select("metric", "value").rows())
    source = LITE.filter((pl.col("dataset") == "splice") & (pl.col("model") == "XGBoost") & (pl.col("config") == "tuned"))  # fmt: skip
    assert told == {
        "log_loss": source["mean"].item(),
        "fit_time_s": source["fit_time_s"].item(),
        "predict_time_s": source["predict_time_s"].item(),
    }
    assert set(tables.evidence["metric"].unique()) <= set(METRICS)


def test_a_standardised_error_becomes_explained_variance(tables):
    frame = RAW.filter((pl.col("source") == "PyTorch Frame benchmark") & (pl.col("dataset") == "house_sales") & (pl.col("model") == "CatBoost"))  # fmt: skip
    value = score(tables, "CatBoost (tuned)", "pytorch-frame/house_sales")
    assert value == pytest.approx(1 - frame["mean"].item() ** 2)


def test_one_name_with_two_metrics_is_two_tasks(tables):
    found = tables.tasks.filter(pl.col("task_id").str.contains("jannis"))
    assert sorted(found["task_id"]) == [
        "pytorch-frame/jannis-accuracy",
        "pytorch-frame/jannis-roc_auc",
    ]
    assert found["twin_group"].n_unique() == 1


def test_shots_have_one_default_and_the_baseline_is_the_chance_level(tables):
    task = tables.tasks.row(
        by_predicate=pl.col("task_id") == "tabula/openml_cc18/credit-g", named=True
    )
    source = RAW.filter(pl.col("dataset") == "openml_cc18/credit-g")
    assert task["n_shot"] == 32 or task["n_shot"] == source["shots"].max()
    baseline = source.filter(pl.col("model") == "Random baseline")["mean"].item()
    assert task["chance"] == baseline
    at_default = source.filter(pl.col("shots") == task["n_shot"])["mean"].item()
    assert score(tables, "TabuLa-8B", "tabula/openml_cc18/credit-g") == at_default
    shots = tables.evidence.filter(pl.col("task_id") == "tabula/openml_cc18/credit-g")["n_shot"]
    assert sorted(shots) == sorted(source["shots"].drop_nulls())


def test_second_hand_figures_say_so(tables):
    quoted = tables.evidence.filter(
        pl.col("task_id").str.contains("^(yang-2024|featllm|gbm-perf)/")
    )
    assert quoted.height > 0
    assert quoted["source_id"].str.ends_with("-second-hand").all()
    assert not tables.evidence.join(quoted, on="task_id", how="anti")["source_id"].str.contains("second-hand").any()  # fmt: skip


def test_data_sets_of_one_name_leave_a_backtest_together(tables):
    groups = dict(tables.tasks.select("task_id", "twin_group").rows())
    assert groups["tabarena/credit-g"] == groups["tabula/openml_cc18/credit-g"]
    assert groups["pytorch-frame/adult"] == groups["tabula/openml_cc18/adult"]
    assert groups["tabarena/splice"] != groups["tabarena/wine_quality"]


def test_models_say_what_an_auditor_asks(tables):
    cards = {row["model_id"]: row for row in tables.models.to_dicts()}
    assert cards["Linear (default)"]["kind"] == "linear"
    assert cards["Explainable Boosting Machine (default)"]["family"] == "gam"
    assert cards["LightGBM (tuned)"]["family"] == "gradient boosting"
    assert cards["RandomForest (default)"]["kind"] == "tree"
    assert cards["TabPFNv2 (default)"]["kind"] == "tabular_foundation"
    assert cards["TabuLa-8B"]["n_parameters"] == 8_000_000_000
    assert cards["LightGBM (tuned)"]["n_parameters"] is None
    assert cards["LightGBM (tuned)"]["commercial_use"] == "yes"
    assert cards["TabPFNv2 (default)"]["commercial_use"] == "unknown"
    assert set(tables.models["pool"].explode()) == {"tabular"}


def test_every_method_that_the_results_name_is_in_the_facts_file():
    assert set(RAW["model"]) - set(methods()) == {"Random baseline"}
    assert {m.kind for m in methods().values()} <= set(MODEL_KINDS)


def test_every_scored_pair_has_a_task_and_a_model(tables):
    assert set(tables.scores["task_id"]) == set(tables.tasks["task_id"])
    assert set(tables.scores["model_id"]) <= set(tables.models["model_id"])
    assert set(tables.tasks["task_family"]) <= set(TASK_FAMILIES)
    measured = tables.scores.group_by("task_id").len().sort("task_id")["len"].to_list()
    assert tables.tasks.sort("task_id")["n_models"].to_list() == measured


def test_every_main_metric_is_known():
    assert {name for name, _ in MAIN.values()} <= set(METRICS)


def test_an_unknown_source_is_refused(tmp_path):
    RAW.with_columns(source=pl.lit("a rumour")).write_parquet(
        tmp_path / "published_results.parquet"
    )
    with pytest.raises(BadInput, match="a rumour"):
        read_tabular(tmp_path)
