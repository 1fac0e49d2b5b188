"""The collected tables become evidence, scores, models and tasks; each kind of dirt is handled on purpose."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from advisor.core.errors import MissingData
from advisor.core.metrics import spec
from advisor.ingest.lmeval_protocols import NOT_MIXED, default_protocols, default_scores, eligible
from advisor.ingest.lmeval_sources import SOURCES
from advisor.ingest.lmeval_tables import read_tables
from advisor.tables.schema import EVIDENCE_KEY

FIXTURE = Path(__file__).parents[2] / "fixtures" / "lmeval" / "tables"


@pytest.fixture(scope="module")
def tables():
    return read_tables(FIXTURE)


@pytest.fixture(scope="module")
def raw():
    return pl.read_parquet(FIXTURE / "lm_scores.parquet")


def task(tables, name):
    return tables.tasks.filter(task_id=name).to_dicts()[0]


def noted(tables, **facts):
    return tables.report.filter(**facts)["n_rows"].sum()


def test_every_row_is_kept_or_named_in_the_report(tables):
    read = sum(
        pl.read_parquet(FIXTURE / name).height
        for name in ("lm_scores.parquet", "lm_values_other.parquet", "pythia_checkpoints.parquet")
    )
    assert noted(tables, action="kept") == tables.evidence.height
    assert noted(tables, action="kept") + noted(tables, action="set aside") == read


def test_every_source_is_a_reviewed_one(tables):
    assert set(tables.evidence["source_id"]) <= set(SOURCES)
    assert set(tables.scores["source_id"]) <= set(SOURCES)


def test_values_lie_within_their_metric(tables):
    for metric, low, high in tables.evidence.group_by("metric").agg(pl.col("value").min(), pl.col("value").max().alias("high")).iter_rows():  # fmt: skip
        bounds = spec(metric)
        assert bounds.lower is None or low >= bounds.lower, metric
        assert bounds.upper is None or high <= bounds.upper, metric


@pytest.mark.parametrize(
    ("name", "protocol"),
    [
        ("arc_challenge", "lm-eval acc_norm 25-shot"),
        ("hellaswag", "lm-eval acc_norm 10-shot"),
        ("mmlu", "lm-eval acc 5-shot"),
        ("gsm8k", "lm-eval exact_match 5-shot"),
        ("humaneval", "evalplus pass@1 0-shot"),
        ("leaderboard_bbh", "lm-eval acc_norm 3-shot"),
        ("euroeval:norne_nb", "EuroEval micro_f1_no_misc"),
        ("euroeval:idioms_no", "EuroEval mcc"),
        ("euroeval:foqa", "EuroEval f1"),
        ("squad2", "lm-eval f1 0-shot"),
        ("alpaca_eval_2", "alpaca_eval length_controlled_win_rate 0-shot"),
    ],
)
def test_one_default_protocol_per_task(tables, name, protocol):
    assert task(tables, name)["protocol"] == protocol


def test_scores_are_evidence_under_the_default_protocol(tables):
    joined = tables.scores.join(
        tables.tasks.select("task_id", "harness", "metric", "n_shot"), on="task_id"
    )
    joined = joined.filter(pl.col("harness") != "EuroEval")
    found = joined.join(tables.evidence, on=["model_id", "task_id", "harness", "metric", "n_shot", "source_id", "model_revision", "value"], how="semi")  # fmt: skip
    assert found.height == joined.height > 50


def test_a_v1_score_is_the_leaderboards_number(tables, raw):
    model = "mistralai/Mixtral-8x7B-v0.1"
    row = tables.scores.filter(model_id=model, task_id="gsm8k").to_dicts()[0]
    dump = raw.filter(model=model, task="gsm8k", source="felipemaiapolo/sloth")
    assert row["source_id"] == "open-llm-leaderboard-v1"
    assert row["value"] in dump["score"].to_list()


def test_the_unnamed_metrics_of_euroeval_are_named_by_type(tables, raw):
    assert not tables.evidence["metric"].is_in(["primary", "secondary"]).any()
    before = raw.filter(task="euroeval:norne_nb", metric="secondary")["score"].sort()
    after = tables.evidence.filter(task_id="euroeval:norne_nb", metric="micro_f1")["value"].sort()
    assert before.len() == after.len() > 0
    assert before.to_list() == after.to_list()


def test_the_task_name_as_metric_becomes_accuracy(tables):
    lite = tables.evidence.filter(source_id="global-mmlu-lite")
    assert lite["metric"].unique().to_list() == ["acc"]


def test_test_split_and_default_mode_speak_for_a_model(tables):
    model = "PleIAs/Baguettotron@refs/pr/6"
    runs = tables.evidence.filter(model_id=model, task_id="euroeval:angry_tweets", metric="mcc")
    if runs.height > 1:
        chosen = tables.scores.filter(model_id=model, task_id="euroeval:angry_tweets")
        assert chosen["model_revision"].item() == "unknown"
        assert chosen["n_rows"].item() == runs.height
    several = tables.evidence.filter(model_id="openai/gpt-5.4-mini-2026-03-17", harness="EuroEval")
    modes = set(several["model_revision"])
    assert {"mode=low", "mode=medium", "mode=high", "mode=none"} <= modes
    scores = tables.scores.filter(model_id="openai/gpt-5.4-mini-2026-03-17")
    assert scores["model_revision"].unique().to_list() == ["mode=medium"]


def test_partial_runs_and_checkpoints_are_evidence_and_no_score(tables):
    partial = tables.evidence.filter(pl.col("subset").str.contains("limit="))
    assert partial.height > 0
    assert task(tables, "negotiationtom")["n_models"] == 0
    steps = tables.evidence.filter(model_id="EleutherAI/pythia-70m", task_id="piqa")
    assert {"step0", "step1000", "step143000"} <= set(steps["model_revision"])
    score = tables.scores.filter(model_id="EleutherAI/pythia-70m", task_id="piqa")
    assert score["model_revision"].item() == "step143000"


def test_another_batch_size_is_scored_at_its_last_step():
    table = runs(
        {"model_id": "m", "training_step": 12_000, "value": 0.9},
        {"model_id": "m", "training_step": 572_000, "value": 0.4},
        {"model_id": "m", "training_step": 92_000, "value": 0.8},
    )
    assert default_scores(table, default_protocols(table))["value"].to_list() == [0.4]


def test_placeholders_infinities_and_doubtful_scales_are_set_aside_by_name(tables):
    assert noted(tables, kind="placeholder") == 4
    assert noted(tables, kind="not a number") == 2
    assert noted(tables, kind="scale in doubt") == 4
    assert not tables.evidence["metric"].is_in(["bypass"]).any()


def test_a_fraction_of_bleu_becomes_points(tables):
    table = pl.read_parquet(FIXTURE / "lm_values_other.parquet")
    before = table.filter(pl.col("task").str.starts_with("nl2foam_"), metric="bleu")["value"].sort()
    after = tables.evidence.filter(pl.col("task_id").str.starts_with("nl2foam_"), metric="bleu")["value"].sort()  # fmt: skip
    assert after.to_list() == pytest.approx([value * 100 for value in before])


def test_short_names_join_the_hub_id(tables, raw):
    assert "codellama-13b" in set(raw["model"])
    assert "CodeLlama-13B" in set(raw["model"])
    ids = set(tables.evidence["model_id"])
    assert not ids & {"codellama-13b", "CodeLlama-13B", "llama-2-7b"}
    card = tables.models.filter(model_id="codellama/CodeLlama-13b-hf").to_dicts()[0]
    assert card["n_parameters"] == 13_000_000_000


def test_repeats_of_a_cell_leave_the_models_own_spelling(tables, raw):
    cell = {"task": "gsm8k", "metric": "exact_match"}
    spelt = raw.filter(model="aihub-app/zyte-1.1B", **cell)
    assert spelt["model_raw"].n_unique() == 2
    kept = tables.evidence.filter(model_id="aihub-app/zyte-1.1B", task_id="gsm8k")
    own = spelt.filter(pl.col("model_raw") == pl.col("model"))["score"].item()
    assert kept["value"].to_list() == [own]


def test_kinds_weights_and_sizes_of_models(tables):
    cards = {row["model_id"]: row for row in tables.models.to_dicts()}
    assert set(cards) == set(tables.evidence["model_id"])
    encoder = cards["FacebookAI/xlm-roberta-large"]
    assert (encoder["kind"], encoder["open_weights"], encoder["tuning"]) == ("encoder", True, "finetuned-encoder")  # fmt: skip
    served = cards["gpt-5 (high)"]
    assert (served["kind"], served["open_weights"], served["n_parameters"]) == ("api", False, None)
    mixture = cards["mistralai/Mixtral-8x7B-v0.1"]
    assert mixture["n_active_parameters"] == 12_900_000_000
    assert mixture["kind"] == "decoder"
    assert cards["openai/gpt-oss-120b"]["kind"] == "decoder"
    assert tables.models["n_parameters"].drop_nulls().min() > 0
    assert tables.models["commercial_use"].unique().to_list() == ["unknown"]


def test_slips_in_sizes_become_null(tmp_path):
    for file in FIXTURE.glob("*.parquet"):
        shutil.copy(file, tmp_path / file.name)
    models = pl.read_parquet(FIXTURE / "lm_models.parquet").with_columns(
        n_parameters=pl.lit(-1, pl.Int64),
        context=pl.lit(0.0),
        active_parameters=pl.lit(0, pl.Int64),
    )
    models.write_parquet(tmp_path / "lm_models.parquet")
    cards = read_tables(tmp_path).models
    assert cards["n_parameters"].null_count() == cards.height
    assert cards["n_parameters_basis"].null_count() == cards.height
    assert cards["context_tokens"].null_count() == cards["n_active_parameters"].null_count() == cards.height  # fmt: skip


def test_a_source_nobody_reviewed_is_set_aside_and_named(tmp_path):
    for file in FIXTURE.glob("*.parquet"):
        shutil.copy(file, tmp_path / file.name)
    scores = pl.read_parquet(FIXTURE / "lm_scores.parquet").head(3)
    scores.with_columns(source=pl.lit("somebody/else")).write_parquet(
        tmp_path / "lm_scores.parquet"
    )
    found = read_tables(tmp_path)
    assert found.report.filter(source="somebody/else")["n_rows"].to_list() == [3]
    assert "somebody/else" not in found.evidence["source_id"]


def test_unlicensed_files_are_never_opened(tmp_path):
    for file in FIXTURE.glob("*.parquet"):
        shutil.copy(file, tmp_path / file.name)
    for name in ("lm_scores_unlicensed.parquet", "lm_models_unlicensed.parquet"):
        (tmp_path / name).write_bytes(b"not parquet: reading it would fail")
    assert read_tables(tmp_path).scores.height > 0


def test_a_missing_or_damaged_file_is_one_clear_line(tmp_path):
    with pytest.raises(MissingData, match=r"lm_scores\.parquet: cannot be read"):
        read_tables(tmp_path)
    for file in FIXTURE.glob("*.parquet"):
        shutil.copy(file, tmp_path / file.name)
    (tmp_path / "lm_models.parquet").write_bytes(b"PAR1 cut off")
    with pytest.raises(MissingData, match=r"lm_models\.parquet: cannot be read"):
        read_tables(tmp_path)


def runs(*entries):
    base = {"task_id": "t", "harness": "lm-eval", "metric": "acc", "n_shot": 0, "partial": False, "checkpoint": False, "zero_shot": False, "source_id": "pythia", "model_revision": "r", "value": 0.5, "stderr": None, "n_items": 10}  # fmt: skip
    rows = [base | {"model_id": f"m{place}"} | entry for place, entry in enumerate(entries)]
    return eligible(pl.DataFrame(rows, schema_overrides={"stderr": pl.Float64, "n_shot": pl.Int16}))


@pytest.mark.parametrize(
    ("entries", "protocol"),
    [
        ([{"n_shot": 5}, {"n_shot": 5}, {"n_shot": 0}], ("lm-eval", "acc", 5)),
        ([{"metric": "acc"}, {"metric": "acc_norm"}], ("lm-eval", "acc_norm", 0)),
        ([{"harness": "HELM"}, {"harness": "lm-eval"}], ("lm-eval", "acc", 0)),
        ([{"n_shot": 5}, {"n_shot": 0}], ("lm-eval", "acc", 0)),
        ([{"metric": "zzz"}, {"metric": "aaa"}], ("lm-eval", "aaa", 0)),
        ([{"n_shot": 5, "partial": True}, {"n_shot": 5, "checkpoint": True}, {"n_shot": 0}], ("lm-eval", "acc", 0)),
        ([{"n_shot": 5, "model_id": "one"}, {"n_shot": 5, "model_id": "one"}, {"n_shot": 1}, {"n_shot": 1}], ("lm-eval", "acc", 1)),
    ],
)  # fmt: skip
def test_the_protocol_with_most_models_wins_and_ties_follow_the_rule(entries, protocol):
    found = default_protocols(runs(*entries))
    assert found.select("harness", "metric", "protocol_shot").rows() == [protocol]


def test_euroeval_ranks_shots_together_and_prefers_the_protocols():
    table = runs(
        {"harness": "EuroEval", "n_shot": -1, "value": 0.4, "model_id": "m"},
        {"harness": "EuroEval", "n_shot": 0, "zero_shot": True, "value": 0.9, "model_id": "m"},
        {"harness": "EuroEval", "n_shot": 0, "zero_shot": True, "value": 0.7, "model_id": "api"},
    )
    protocols = default_protocols(table)
    assert protocols.select("protocol_shot", "n_models").rows() == [(-1, 2)]
    scores = default_scores(table, protocols)
    assert scores.select("model_id", "value", "n_rows").rows() == [("api", 0.7, 1), ("m", 0.4, 2)]


def test_copies_from_before_a_rescoring_give_no_score():
    source, name = NOT_MIXED[0]
    assert runs({"source_id": source, "task_id": name}, {}).height == 1


def test_the_order_of_the_rows_never_matters(tmp_path, tables):
    for file in FIXTURE.glob("*.parquet"):
        table = pl.read_parquet(file)
        table.sample(fraction=1.0, shuffle=True, seed=7).write_parquet(tmp_path / file.name)
    again = read_tables(tmp_path)
    for name in ("evidence", "scores", "models", "tasks", "report"):
        assert getattr(again, name).equals(getattr(tables, name)), name
    assert tables.evidence.select(EVIDENCE_KEY).is_duplicated().sum() == 0
