"""lm-eval's files as they are: both formats, their slips, and whatever else may lie in the folder."""

import json
import math
from pathlib import Path

import orjson
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.core.errors import MissingData
from advisor.ingest.lmeval_json import model_arguments, number, short_model_id
from advisor.ingest.lmeval_results import (
    ITEMS,
    read_results,
    read_results_file,
    read_samples_file,
)
from advisor.tables.schema import EVIDENCE, EVIDENCE_KEY, check_table

FIXTURES = Path(__file__).parents[2] / "fixtures" / "lmeval" / "results"
NEW = {
    "results": {
        "quiz": {
            "alias": "quiz", "acc,none": 0.11, "acc_stderr,none": 0.012, "exact_match,strict-match": 0.13,
            "exact_match_stderr,strict-match": "N/A", "f1,none": "np.float64(0.14)",
        },
    },
    "versions": {"quiz": 2.5},
    "n-shot": {"quiz": 7},
    "n-samples": {"quiz": {"original": 900, "effective": 50}},
    "configs": {"quiz": {"task": "quiz", "validation_split": "dev", "test_split": "held-out"}},
    "config": {
        "model": "hf",
        "model_args": "pretrained=/somewhere/of/theirs/acme/tiny-1b/,dtype=bfloat16,revision=step8",
        "model_sha": "abc", "model_revision": "main", "limit": 50.0, "random_seed": 42,
    },
    "system_instruction": "Be brief.",
    "chat_template": "{{ x }}",
    "lm_eval_version": "0.4.9",
    "date": 1_700_000_000.0,
}  # fmt: skip


def write(folder, content, name="results.json"):
    file = folder / name
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def test_every_field_of_a_new_file_lands_in_its_own_column(tmp_path):
    evidence, problems = read_results_file(write(tmp_path, NEW), source_id="mine", published=False)
    assert problems == []
    row = evidence.filter(metric="acc").to_dicts()[0]
    assert row == {
        "model_id": "acme/tiny-1b", "model_revision": "step8", "precision": "bfloat16", "task_id": "quiz",
        "dataset_revision": "task-version=2.5", "subset": "chat_template=on;limit=50;system_prompt=own",
        "split": "held-out", "metric": "acc", "n_shot": 7, "harness": "lm-eval", "harness_version": "0.4.9",
        "hardware_id": "unknown", "seed": 42, "source_id": "mine", "value": 0.11, "stderr": 0.012, "n_items": 50,
        "measured_at": "2023-11-14T22:13:20", "published": False,
    }  # fmt: skip
    filtered = evidence.filter(metric="exact_match:strict-match")
    assert filtered.select("value", "stderr").row(0) == (0.13, None)
    assert evidence.filter(metric="f1")["value"].item() == 0.14


def test_a_limit_above_the_task_size_is_no_limit(tmp_path):
    content = NEW | {"n-samples": {"quiz": {"original": 50, "effective": 50}}}
    evidence, _ = read_results_file(write(tmp_path, content))
    assert "limit" not in evidence["subset"][0]


def test_format_0_3_has_plain_keys_and_one_shot_count(tmp_path):
    old = {
        "results": {"quiz": {"acc": 0.3, "acc_stderr": 0.02, "acc_norm": 0.4}},
        "versions": {"quiz": 1},
        "config": {"model_args": "pretrained=acme/tiny", "num_fewshot": 5, "limit": None},
    }
    evidence, problems = read_results_file(write(tmp_path, old))
    assert problems == []
    assert evidence.select("metric", "value", "stderr", "n_shot", "harness_version").rows() == [
        ("acc", 0.3, 0.02, 5, "0.3"),
        ("acc_norm", 0.4, None, 5, "0.3"),
    ]


@pytest.mark.parametrize("file", sorted(FIXTURES.glob("*.json")), ids=lambda file: file.name)
def test_every_finite_number_of_a_genuine_file_arrives(file):
    evidence, problems = read_results_file(file)
    content = json.loads(file.read_text(encoding="utf-8"))
    expected = sum(
        isinstance(value, float) and math.isfinite(value)
        for scores in content["results"].values()
        for key, value in scores.items()
        if "_stderr" not in key
    )
    assert evidence.height == expected > 0
    check_table(file.name, evidence, EVIDENCE, EVIDENCE_KEY)
    assert not evidence["model_id"].str.contains(r"^/|//").any()
    assert all("percent" in line or "not a finite number" in line for line in problems)


def test_a_genuine_old_file_reads_as_it_was_written():
    evidence, _ = read_results_file(FIXTURES / "v03_pythia-70m_zero-shot.json")
    assert evidence["model_id"].unique().to_list() == ["EleutherAI/pythia-v1.1-70m"]
    assert evidence["model_revision"].unique().to_list() == ["step143000"]
    assert evidence["n_shot"].unique().to_list() == [0]
    facts = evidence.filter(task_id="mmlu_global_facts", metric="acc")
    assert facts["value"].item() == 0.22


def test_other_peoples_folders_are_cut_from_the_model_name():
    evidence, _ = read_results_file(FIXTURES / "results_2024-06-03T01-56-19.953421.json")
    assert evidence["model_id"].unique().to_list() == ["google/gemma-7b"]
    assert evidence["measured_at"].unique().to_list() == ["2024-06-03T01:56:19"]


def test_squad2_percents_become_fractions_and_are_named():
    evidence, problems = read_results_file(FIXTURES / "v03_squad2.json")
    raw = json.loads((FIXTURES / "v03_squad2.json").read_text(encoding="utf-8"))["results"][
        "squad2"
    ]
    found = evidence.filter(task_id="squad2", metric="f1")["value"].item()
    assert found == pytest.approx(raw["f1"] / 100)
    assert sum("percent" in line for line in problems) == evidence.filter(task_id="squad2").height


def test_infinity_is_set_aside_and_named():
    evidence, problems = read_results_file(FIXTURES / "results_2025-06-30T19-37-57.457759.json")
    assert evidence["value"].is_finite().all()
    assert any("polymer_tg_prediction.mae,none: 'inf'" in line for line in problems)


def test_an_impossible_fraction_is_set_aside(tmp_path):
    content = NEW | {"results": {"quiz": {"acc,none": 1.7, "acc_norm,none": 0.5}}}
    evidence, problems = read_results_file(write(tmp_path, content))
    assert evidence["metric"].to_list() == ["acc_norm"]
    assert "outside the metric's range" in problems[0]


def test_a_folder_keeps_the_newer_of_two_reruns_and_counts_the_other():
    found = read_results(FIXTURES)
    check_table("all", found.evidence, EVIDENCE, EVIDENCE_KEY)
    rerun = found.evidence.filter(task_id="negotiationtom", metric="macro_f1")
    assert rerun["measured_at"].to_list() == ["2026-07-08T18:15:33"]
    read = found.report.filter(action="read")["n_rows"].sum()
    assert found.report.columns == ["source", "kind", "n_rows", "action", "why"]
    repeated = found.report.filter(kind="rows")["n_rows"].sum()
    assert read - repeated == found.evidence.height


def test_files_that_are_something_else_are_reported_and_not_fatal(tmp_path):
    (tmp_path / "a.json").write_text("{not json", encoding="utf-8")
    (tmp_path / "b.json").write_text("[1, 2]", encoding="utf-8")
    (tmp_path / "c.json").write_text('{"results": {"t": {"acc": 0.5}}}', encoding="utf-8")
    (tmp_path / "deep.json").write_text("[" * 200_000, encoding="utf-8")
    (tmp_path / "empty.json").write_bytes(b"")
    write(tmp_path, NEW, "good.json")
    found = read_results(tmp_path)
    assert found.evidence["task_id"].unique().to_list() == ["quiz"]
    aside = dict(found.report.filter(action="set aside").select("source", "why").iter_rows())
    assert set(aside) == {"a.json", "b.json", "c.json", "deep.json", "empty.json"}
    assert "no model is named" in aside["c.json"]


def test_an_empty_folder_is_an_empty_table_and_a_missing_one_an_error(tmp_path):
    assert read_results(tmp_path).evidence.height == 0
    with pytest.raises(MissingData, match="not a folder"):
        read_results(tmp_path / "gone")


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = ["results", "config", "configs", "n-shot", "n-samples", "versions", "date", "model_name", "chat_template", "lm_eval_version"]  # fmt: skip
SHAPED = st.fixed_dictionaries(
    {"results": st.dictionaries(st.sampled_from(["t", ""]), JSON | st.dictionaries(st.sampled_from(["acc,none", "acc", "acc_stderr,none", ","]), JSON, max_size=3), max_size=2)},
    optional={key: JSON | st.dictionaries(st.sampled_from(["t", "model_args", "limit", "random_seed", "num_fewshot", "effective"]), JSON, max_size=3) for key in KEYS[1:]},
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=JSON | SHAPED)
def test_arbitrary_json_never_crashes_the_reader(tmp_path, content):
    file = write(tmp_path, content)
    evidence, problems = read_results_file(file)
    check_table("any", evidence, EVIDENCE, EVIDENCE_KEY)
    assert evidence.height or problems or not content or "results" in content


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=60))
def test_arbitrary_bytes_never_crash_the_readers(tmp_path, data):
    file = tmp_path / "samples_t_2025-01-01T00-00-00.jsonl"
    file.write_bytes(data)
    assert read_results_file(file)[0].height == 0
    assert read_samples_file(file, model_id="m")[0].schema == ITEMS


def test_samples_give_one_row_per_item_and_metric(tmp_path):
    lines = [
        {"doc_id": 1, "doc_hash": "h1", "filter": "none", "metrics": ["acc", "acc_norm"], "acc": 1.0, "acc_norm": 0.0},
        {"doc_id": 0, "doc_hash": "h0", "filter": "strict-match", "target": "5", "exact_match": True},
        {"doc": {}, "acc": 1.0},
    ]  # fmt: skip
    file = tmp_path / "samples_my_quiz_2025-03-06T21-40-32.876137.jsonl"
    file.write_bytes(b"\n".join(map(orjson.dumps, lines)) + b"\n{broken\n")
    items, problems = read_samples_file(file, model_id="acme/tiny")
    assert items.drop("model_id", "task_id").rows() == [
        ("acc", 1, "h1", 1.0),
        ("acc_norm", 1, "h1", 0.0),
        ("exact_match:strict-match", 0, "h0", 1.0),
    ]
    assert items["task_id"].unique().to_list() == ["my_quiz"]
    assert [line.split(":")[0] for line in problems] == ["line 3", "line 4"]


@pytest.mark.parametrize(
    ("raw", "read"),
    [("np.float64(0.5)", 0.5), (3, 3.0), ("N/A", None), (True, None), (math.nan, None), ("0.5", None), ([1], None), (10**400, None)],
)  # fmt: skip
def test_numbers_are_numbers_and_nothing_else(raw, read):
    assert number(raw) == read


def test_model_arguments_read_both_spellings():
    assert model_arguments("pretrained=a/b, dtype=float16,flag") == {"pretrained": "a/b", "dtype": "float16", "flag": ""}  # fmt: skip
    assert model_arguments({"pretrained": "a/b", "n": 1, "x": None}) == {
        "pretrained": "a/b",
        "n": "1",
    }


def test_only_the_last_two_parts_of_a_path_name_the_model():
    assert short_model_id("/srv/models/acme/tiny/") == "acme/tiny"
    assert short_model_id("acme/tiny") == "acme/tiny"
    assert short_model_id("C:\\models\\acme\\tiny") == "acme/tiny"
    assert short_model_id("./") == ""


def test_the_evidence_has_one_row_per_key_whatever_the_files_repeat():
    evidence = read_results(FIXTURES).evidence
    assert evidence.select(pl.struct(EVIDENCE_KEY).n_unique()).item() == evidence.height
