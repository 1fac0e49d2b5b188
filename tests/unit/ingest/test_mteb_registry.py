from pathlib import Path

import polars as pl
import pytest

from advisor.core.errors import MissingData
from advisor.core.ids import MODEL_KINDS, TASK_FAMILIES
from advisor.ingest.mteb_kinds import family_of, lineage_of
from advisor.ingest.mteb_registry import (
    iso_languages,
    read_main_revisions,
    read_models,
    read_protocols,
    read_tasks,
)

FIXTURE = Path(__file__).parents[2] / "fixtures" / "mteb"


@pytest.fixture(scope="module")
def models() -> dict[str, dict[str, object]]:
    table = read_models(FIXTURE / "mteb_models.parquet")
    return {row["model_id"]: row for row in table.iter_rows(named=True)}


@pytest.fixture(scope="module")
def tasks() -> dict[str, dict[str, object]]:
    table = read_tasks(FIXTURE / "mteb_tasks.parquet")
    return {row["task_id"]: row for row in table.iter_rows(named=True)}


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("sentence-transformers/all-MiniLM-L6-v2", "encoder"),
        ("intfloat/multilingual-e5-large-instruct", "encoder"),  # "instruct", yet made from XLM-R
        ("sentence-transformers/gtr-t5-xxl", "encoder"),  # 4.9 billion parameters of T5 encoder
        ("codesage/codesage-large-v2", "encoder"),
        ("google/siglip2-giant-opt-patch16-256", "encoder"),
        ("jinaai/jina-embeddings-v5-omni-nano", "encoder"),  # made from EuroBERT
        ("jinaai/jina-embeddings-v5-text-small", "decoder"),  # made from Qwen3
        ("intfloat/e5-mistral-7b-instruct", "decoder"),
        ("BAAI/bge-en-icl", "decoder"),  # by lineage only
        (
            "HIT-TMG/KaLM-embedding-multilingual-mini-instruct-v1.5",
            "decoder",
        ),  # two steps from Qwen2
        ("google/embeddinggemma-300m", "decoder"),
        ("royokong/e5-v", "decoder"),  # by size
        ("minishlab/potion-base-2M", "static_embedding"),
        ("sentence-transformers/static-similarity-mrl-multilingual-v1", "static_embedding"),
        ("mteb/baseline-bm25s", "lexical"),
        ("mteb/baseline-hybrid-rrf-baseline-bm25s-multilingual-e5-small", "other"),
        ("mteb/baseline-random-encoder", "other"),
        ("baseline/Human", "other"),
        ("facebook/dinov2-base", "other"),
        ("stephantulkens/NIFE-mxbai-embed-large-v1_as_router", "other"),
        ("cross-encoder/ms-marco-MiniLM-L6-v2", "cross_encoder"),
        ("colbert-ir/colbertv2.0", "late_interaction"),
        ("openai/text-embedding-3-large", "api"),
        ("MCINext/Hakim", "api"),  # closed, although its size is known
    ],
)
def test_a_models_kind_is_what_its_makers_describe(
    models: dict[str, dict[str, object]], model: str, kind: str
) -> None:
    assert models[model]["kind"] == kind


def test_sizes_that_contradict_the_weights_or_the_width_are_flagged(
    models: dict[str, dict[str, object]],
) -> None:
    flagged = {name for name, row in models.items() if row["params_suspect"]}
    assert flagged == {
        "DeepPavlov/rubert-base-cased",  # a "base" of 1.28 billion
        "castorini/repllama-v1-7b-lora-passage",  # the adapter's 27 MiB beside the base's 7 billion
        "McGill-NLP/LLM2Vec-Sheared-LLaMA-mntp-supervised",
        "GritLM/GritLM-8x7B",
        "facebook/contriever-msmarco",
        "sentence-transformers/sentence-t5-base",
    }
    assert models["castorini/repllama-v1-7b-lora-passage"]["weights_bytes"] is None
    assert models["Octen/Octen-Embedding-8B-INT8"]["weights_bytes"] == 7217 * 2**20


def test_active_parameters_are_given_for_mixtures_only(
    models: dict[str, dict[str, object]],
) -> None:
    active = {name: row["n_active_parameters"] for name, row in models.items()}
    assert {name: n for name, n in active.items() if n is not None} == {
        "GritLM/GritLM-8x7B": 13_000_000_000,
        "nomic-ai/nomic-embed-text-v2-moe": 141_628_032,
    }


def test_what_is_not_stated_is_null_and_never_zero(models: dict[str, dict[str, object]]) -> None:
    closed = models["openai/text-embedding-3-large"]
    assert [closed[key] for key in ("n_parameters", "weights_bytes", "license")] == [None] * 3
    assert closed["open_weights"] is False
    assert closed["commercial_use"] == "unknown"
    assert closed["downloads_30d"] is None
    assert models["mteb/baseline-bm25s"]["weights_bytes"] is None
    assert {row["kind"] for row in models.values()} <= set(MODEL_KINDS)


def test_languages_are_iso_639_3_without_programming_languages(
    models: dict[str, dict[str, object]],
) -> None:
    assert iso_languages(["zho-Hans", "eng-Latn", "python-Code", "c++-Code"]) == ["eng", "zho"]
    assert iso_languages(["python-Code"]) is None
    assert iso_languages(None) is None
    assert models["BAAI/bge-small-en-v1.5"]["languages"] == ["eng"]


def test_sizes_and_versions_of_a_model_share_its_family() -> None:
    assert family_of("intfloat/multilingual-e5-small") == "intfloat/multilingual-e5"
    assert family_of("intfloat/multilingual-e5-large-instruct") == "intfloat/multilingual-e5"
    assert family_of("Qwen/Qwen3-Embedding-0.6B") == "Qwen/Qwen3-Embedding"
    assert family_of("openai/text-embedding-3-large (embed_dim=512)") == "openai/text-embedding"
    assert family_of("x/base-v2") == "x/base-v2"


def test_a_lineage_starts_at_the_root_and_a_circle_ends_it() -> None:
    assert lineage_of("c", {"c": "b", "b": "a"}) == ["a", "b", "c"]
    assert lineage_of("c", {"c": "b", "b": "c"}) == ["b", "c"]


@pytest.mark.parametrize(
    ("task", "family"),
    [
        ("Banking77Classification", "text-classification"),
        ("MultiEURLEXMultilabelClassification", "multilabel-classification"),
        ("TwitterSemEval2015", "pair-classification"),
        ("STS22", "semantic-similarity"),
        ("SummEval", "semantic-similarity"),  # correlation with ratings: no summary is written
        ("NFCorpus", "retrieval"),
        ("Core17InstructionRetrieval", "reranking"),
        ("AskUbuntuDupQuestions", "reranking"),
        ("StackExchangeClustering.v2", "clustering"),
        ("Tatoeba", "bitext-mining"),
        ("STS13VisualSTS", None),
        ("CIFAR10Clustering", None),
        ("RuSciBenchYearPublRegression", None),
    ],
)
def test_a_tasks_family_follows_its_type_and_pictures_have_none(
    tasks: dict[str, dict[str, object]], task: str, family: str | None
) -> None:
    assert tasks[task]["task_family"] == family


def test_tasks_on_the_same_data_leave_a_backtest_together(
    tasks: dict[str, dict[str, object]],
) -> None:
    group = {name: row["twin_group"] for name, row in tasks.items()}
    assert group["STS22"] == group["STS22.v2"]
    assert group["SummEval"] == group["SummEvalSummarization.v2"]
    assert (
        group["CQADupstackRetrieval"]
        == group["CQADupstackGamingRetrieval"]
        == group["CQADupstackGaming-NL"]
    )
    assert group["MTOPDomainClassification"] == group["MTOPIntentClassification"]
    assert (
        len({group[name] for name in ("STS22", "SummEval", "NFCorpus", "BIOSSES", "SciFact")}) == 5
    )


def test_a_tasks_row_says_how_it_is_scored(tasks: dict[str, dict[str, object]]) -> None:
    banking = tasks["Banking77Classification"]
    assert banking["protocol"] == "mteb accuracy, mean over the only subset of test"
    assert banking["n_items"] == 3080
    assert banking["languages"] == ["eng"]
    assert banking["n_models"] == 0
    assert tasks["STS22"]["chance"] == 0.0
    assert banking["chance"] is None
    assert tasks["CQADupstackRetrieval"]["is_aggregate"] is True
    assert {row["task_family"] for row in tasks.values()} - {None} <= set(TASK_FAMILIES)


def test_protocols_list_each_evaluated_split_with_its_subsets() -> None:
    listed = read_protocols(FIXTURE / "mteb_tasks.parquet")
    assert listed.select("task_id", "split").is_unique().all()
    assert listed.filter(task_id="Banking77Classification").drop("dataset_revision").rows() == [
        ("Banking77Classification", "test", ["default"], 3080)
    ]
    assert len(listed.filter(task_id="STS22")["subsets"].item()) == 18


def test_the_main_revision_is_the_registrys() -> None:
    mains = read_main_revisions(FIXTURE / "mteb_models.parquet")
    assert mains["BAAI/bge-small-en-v1.5"] == "5c38ec7c405ec4b44b94cc5a9bb96e735b38267a"


def test_a_file_that_is_no_registry_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match=r"cannot read 'absent\.parquet'"):
        read_models(tmp_path / "absent.parquet")
    (tmp_path / "text.parquet").write_text("no parquet")
    with pytest.raises(MissingData, match=r"cannot read 'text\.parquet'"):
        read_tasks(tmp_path / "text.parquet")
    pl.DataFrame({"model_name": ["a/b"]}).write_parquet(tmp_path / "thin.parquet")
    with pytest.raises(MissingData, match=r"bench\.harness\.mteb_registry"):
        read_models(tmp_path / "thin.parquet")
