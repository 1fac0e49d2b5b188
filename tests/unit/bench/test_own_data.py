"""The own harness on real texts: scores by a second route, every kind of task, every way of failing in one line."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from advisor.core.errors import BadInput
from bench.data_file import data_hash
from bench.harness.own_finetune import epochs_for
from bench.own_jobs import OwnRequest, check, jobs
from bench.protocol import Job
from bench.work import run_job

ONE_LETTER = r"(?u)\b\w+\b"
SNIPS = Path(__file__).parents[2] / "fixtures" / "bench" / "snips.csv"


def outcome(path: Path, model: str, **said):
    options = {"data": str(path), "inputs": ["text"], "label": "label", "measure_s": 0.05, **said}
    return run_job(Job(harness="own", model=model, task=path.stem, options=options))


def value(found, metric: str) -> float:
    rows = found.measured.rows.filter(pl.col("metric") == metric, pl.col("subset") == "label")
    return float(rows["value"][0])


def test_tfidf_is_what_scikit_learn_gives_by_hand():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_union

    frame = pl.read_csv(SNIPS)
    train, test = (frame.filter(pl.col("split") == part) for part in ("train", "test"))
    union = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=ONE_LETTER),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=2),
    )
    x = union.fit_transform(train["text"].str.strip_chars().to_list())
    # Vectors longer by the root of two and half the penalty's strength: the same model.
    head = OneVsRestClassifier(LogisticRegression(C=10.0, solver="liblinear"))
    head.fit(x, train["label"].to_list())
    expected = head.predict(union.transform(test["text"].str.strip_chars().to_list()))

    found = outcome(SNIPS, "tfidf")
    assert found.reason is None
    assert found.measured.items["prediction"].to_list() == expected.tolist()
    assert value(found, "accuracy") == pytest.approx(np.mean(expected == test["label"].to_numpy()))


def test_guessing_is_the_commonest_class():
    found = outcome(SNIPS, "majority")
    assert value(found, "accuracy") == pytest.approx(1 / 7)
    assert found.measured.items["value"].mean() == pytest.approx(1 / 7)


def test_the_same_job_gives_the_same_answers():
    one, two = (outcome(SNIPS, "tfidf").measured.items for _ in range(2))
    assert one.equals(two)


def made(folder: Path, rows: list[dict]) -> Path:
    path = folder / "made.jsonl"
    pl.DataFrame(rows).write_ndjson(path)
    return path


WORDS = ("invoice", "password", "refund", "crash", "login", "delivery")


@pytest.mark.parametrize("model", ["majority", "tfidf"])
def test_every_kind_of_task_is_scored(tmp_path, model):
    """Texts from which the answer can be read off, so that learning beats guessing on each kind."""
    rng = np.random.default_rng(0)
    picks = [sorted(rng.choice(6, 2, replace=False).tolist()) for _ in range(160)]
    kinds = {
        "multilabel": [{"text": f"about {WORDS[a]} and {WORDS[b]}", "label": f"{WORDS[a]};{WORDS[b]}"} for a, b in picks],
        "extraction": [{"text": f"the customer named {WORDS[a]} again", "label": WORDS[a]} for a, _ in picks],
        "generation": [{"text": f"say {WORDS[a]}", "label": f"you said: {WORDS[a]}, yes"} for a, _ in picks],
        "classification": [{"text": f"my {WORDS[a]} today", "label": WORDS[a]} for a, _ in picks],
    }  # fmt: skip
    for kind, rows in kinds.items():
        rows = [{**row, "split": "test" if i % 4 == 0 else "train"} for i, row in enumerate(rows)]
        found = outcome(made(tmp_path, rows), model, kind=kind)
        assert found.reason is None, (kind, found.reason)
        main = found.measured.facts["main_score"]
        assert found.measured.rows["metric"][0] == main
        assert (value(found, main) > 0.9) == (model == "tfidf"), kind


@pytest.mark.parametrize("model", ["majority", "tfidf"])
def test_pairs_and_similarity_are_scored(tmp_path, model):
    rng = np.random.default_rng(1)
    rows = []
    for i in range(200):
        a, b = rng.integers(0, 6, 2)
        b = a if i % 2 else b
        split = "test" if i % 4 < 2 else "train"
        rows.append(
            {
                "text": f"{WORDS[a]} one",
                "other": f"{WORDS[b]} two",
                "label": "same" if a == b else "no",
                "split": split,
            }
        )
    path = made(tmp_path, rows)
    found = outcome(path, model, inputs=["text", "other"])
    assert found.measured.facts["kind"] == "pairs"
    assert (value(found, "accuracy") > 0.9) == (model == "tfidf")
    graded = made(
        tmp_path,
        [
            {**row, "label": 4.5 if row["label"] == "same" else i % 7 / 4}
            for i, row in enumerate(rows)
        ],
    )
    found = outcome(graded, model, inputs=["text", "other"], kind="similarity")
    assert (value(found, "spearman") > 0.4) == (model == "tfidf")


def test_a_metric_of_another_kind_is_refused_before_any_job_starts():
    with pytest.raises(
        BadInput, match="'spearman' is not measured on classification; type one of accuracy"
    ):
        check(OwnRequest(data=SNIPS, inputs=["text"], label="label", metric="spearman"), ["tfidf"])


@pytest.mark.parametrize("model", ["tfidff", "embed", "embed:", "majority:x", "tfidf:x"])
def test_a_misspelt_model_is_refused_with_the_spellings(model):
    with pytest.raises(BadInput, match=r"is not known.*; type one of majority, tfidf"):
        check(OwnRequest(data=SNIPS, inputs=["text"], label="label"), [model])


def test_jobs_change_with_the_data_and_not_with_limits(tmp_path):
    path = tmp_path / "snips.csv"
    path.write_bytes(SNIPS.read_bytes())
    request = OwnRequest(data=path, inputs=["text"], label="label")
    first = jobs(request, check(request, ["tfidf"]), ["tfidf"])
    limited = jobs(request, check(request, ["tfidf"]), ["tfidf"], limits={"timeout_s": 9.0})
    assert first[0].job_id == limited[0].job_id
    path.write_bytes(SNIPS.read_bytes() + b"one more text,PlayMusic,train\n")
    assert jobs(request, check(request, ["tfidf"]), ["tfidf"])[0].job_id != first[0].job_id
    assert data_hash(path) != data_hash(SNIPS)


def test_a_model_that_is_not_here_is_not_run_and_says_why(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    found = outcome(SNIPS, "openai:http://localhost:9/v1#none")
    assert (found.status, "no server answers" in found.reason) == ("not_run", True)


def test_few_rows_are_passed_over_more_often_than_many():
    assert epochs_for(100) == 20
    assert epochs_for(100_000) == 3


@pytest.mark.slow
def test_encoders_learn_the_intents():
    """MiniLM's vectors hold more than its token vectors do; both more than a guess."""
    static, whole = (outcome(SNIPS, f"{how}:minilm") for how in ("static", "embed"))
    assert static.reason is None
    assert whole.reason is None
    assert value(static, "accuracy") > 0.8
    assert value(whole, "accuracy") > 0.93
    model = whole.measured.model.row(0, named=True)
    assert model["model_id"] == "sentence-transformers/all-MiniLM-L6-v2+linear"
    assert 22_713_216 < model["n_parameters"] < 22_720_000


@pytest.mark.slow
def test_fine_tuning_foretells_its_time_and_keeps_to_it():
    job = Job(
        harness="own", model="finetune:minilm", task="snips",
        options={"data": str(SNIPS), "inputs": ["text"], "label": "label", "measure_s": 0.05},
    )  # fmt: skip
    from dataclasses import replace

    late = run_job(replace(job, limits=replace(job.limits, timeout_s=0.5)))
    assert late.status == "not_run"
    assert "fine-tuning would take about" in late.reason
    short = run_job(replace(job, options={**job.options, "epochs": 1, "n_train": 32}))
    assert short.reason is None
    assert short.measured.facts["n_steps"] == 2


@pytest.mark.slow
def test_a_models_own_code_does_not_run_unless_asked_for(tmp_path):
    import json

    from safetensors.numpy import save_file

    folder = tmp_path / "own-code"
    folder.mkdir()
    mapped = {"AutoConfig": "code.C", "AutoModel": "code.M"}
    (folder / "config.json").write_text(json.dumps({"model_type": "brandnew", "auto_map": mapped}))
    save_file({"w": np.zeros(3, dtype=np.float32)}, str(folder / "model.safetensors"))
    ran = tmp_path / "ran"
    (folder / "code.py").write_text(f"open({str(ran)!r}, 'w').close()\n")
    found = outcome(SNIPS, f"embed:{folder}")
    assert found.status == "failed"
    assert "add --trust-remote-code" in found.reason
    assert not ran.exists()


def test_the_ladder_does_not_weigh_points_of_an_error():
    from bench.climbing import Wishes, plan

    request = OwnRequest(data=SNIPS, inputs=["text"], label="label", metric="log_loss")
    with pytest.raises(BadInput, match="log_loss is an error; type accuracy or f1_macro"):
        plan(request, ["majority", "tfidf"], Wishes())
