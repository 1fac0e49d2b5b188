"""Every published score, found by filters: against plain filters over the snapshot's own tables."""

from __future__ import annotations

import polars as pl
import pytest

from advisor.recommend import evidence
from advisor.recommend.evidence import Filter
from advisor.tables import snapshot as snapshots
from advisor.tables.locate import shipped_folder
from advisor.tables.schema import EVIDENCE_KEY

MINILM = "sentence-transformers/all-MiniLM-L6-v2"


@pytest.fixture(scope="module")
def shipped():
    return snapshots.load(shipped_folder())


@pytest.fixture(scope="module")
def rows(shipped):
    """All evidence in one frame, straight from the files."""
    files = [f"evidence_{part}.parquet" for part in ("lm", "mteb", "other")]
    return pl.concat([pl.scan_parquet(shipped.path / file) for file in files])


def _n(rows, *keep) -> int:
    return rows.filter(*keep).select(pl.len()).collect().item()


def test_no_filter_finds_every_row_and_reads_one_page(shipped, rows) -> None:
    found = evidence.scores(shipped, Filter(), limit=20)
    assert found.n_rows == _n(rows)
    assert found.frame.height == 20
    assert tuple(found.frame.columns) == evidence.COLUMNS


def test_pages_are_the_rows_in_order_without_a_gap_even_over_a_tables_end(shipped, rows) -> None:
    wanted = Filter(model="gpt-4o")
    whole = evidence.scores(shipped, wanted, limit=10_000)
    assert whole.n_rows == whole.frame.height > 40
    of = [
        part.filter(pl.col("model_id").str.contains("(?i)gpt-4o")).select(pl.len()).collect().item()
        for part in (shipped.scan("evidence_lm"), shipped.scan("evidence_other"))
    ]
    assert min(of) > 0, "the rows must come from two tables for this test to mean something"
    pages = [
        evidence.scores(shipped, wanted, offset=start, limit=37).frame
        for start in range(0, whole.n_rows, 37)
    ]
    assert pl.concat(pages).equals(whole.frame)
    assert not whole.frame.select(EVIDENCE_KEY).is_duplicated().any()


def test_filters_narrow_as_plain_filters_do(shipped, rows) -> None:
    wanted = Filter(
        model="e5 small", task="banking77", sources=("mteb-results",), metrics=("accuracy",)
    )
    plain = _n(
        rows,
        pl.col("model_id").str.to_lowercase().str.contains("e5"),
        pl.col("model_id").str.to_lowercase().str.contains("small"),
        pl.col("task_id").str.to_lowercase().str.contains("banking77"),
        pl.col("source_id") == "mteb-results",
        pl.col("metric") == "accuracy",
    )
    assert evidence.scores(shipped, wanted).n_rows == plain > 3


def test_a_whole_id_means_that_model_alone(shipped, rows) -> None:
    found = evidence.scores(shipped, Filter(model=MINILM), limit=100_000)
    assert set(found.frame["model_id"]) == {MINILM}
    assert found.n_rows == _n(rows, pl.col("model_id") == MINILM)


def test_words_of_a_filter_are_no_pattern(shipped) -> None:
    for words in (".*", "[a-z]+", "<script>", "a' or 1=1", "\\d"):
        assert evidence.scores(shipped, Filter(model=words)).n_rows == 0


def test_flagged_scores_are_those_that_the_guard_names(shipped, rows) -> None:
    flags = shipped.table("flags")
    for kind in ("unexpected", "near copy"):
        doubted = flags.filter(pl.col("flag") == kind)
        on = ["model_id"] if doubted["task_id"].null_count() else ["model_id", "task_id"]
        plain = rows.join(doubted.select(on).unique().lazy(), on=on, how="semi")
        found = evidence.scores(shipped, Filter(flags=(kind,)), limit=300)
        assert found.n_rows == _n(plain) > 0
        assert found.frame["flags"].str.contains(kind).all()


def test_a_row_tells_its_licence_and_all_its_doubts(shipped) -> None:
    flags = shipped.table("flags")
    model, task = (
        flags.filter(pl.col("flag").is_in(["unexpected", "trained on this task"]))
        .group_by("model_id", "task_id", maintain_order=True)
        .agg(pl.col("flag").n_unique())
        .filter(pl.col("flag") == 2)
        .row(0)[:2]
    )
    found = evidence.scores(shipped, Filter(model=model, task=task)).frame
    assert found["flags"][0].split(", ")[:2] == ["trained on this task", "unexpected"]
    licences = dict(shipped.table("sources").select("source_id", "licence").iter_rows())
    assert found["licence"].to_list() == [licences[source] for source in found["source_id"]]


def test_flags_are_filtered_by_the_same_words(shipped) -> None:
    flags = shipped.table("flags")
    found = evidence.flags(shipped, Filter(model="qwen", flags=("size in doubt",)), limit=1000)
    plain = flags.filter(
        pl.col("model_id").str.contains("(?i)qwen"), pl.col("flag") == "size in doubt"
    )
    assert found.frame.equals(plain)
    assert found.n_rows == plain.height


def test_sources_count_their_rows(shipped, rows) -> None:
    found = evidence.sources(shipped)
    plain = rows.group_by("source_id").agg(
        n_rows=pl.len(), n_models=pl.col("model_id").n_unique(), n_tasks=pl.col("task_id").n_unique()
    ).collect()  # fmt: skip
    assert found.height == shipped.table("sources").height
    for row in plain.iter_rows(named=True):
        said = found.row(by_predicate=pl.col("source_id") == row["source_id"], named=True)
        assert {key: said[key] for key in row} == row


def test_metrics_are_those_of_the_evidence(shipped, rows) -> None:
    assert set(evidence.metrics(shipped)) == set(rows.select("metric").unique().collect()["metric"])


def test_a_snapshot_without_a_guard_has_no_flags(shipped) -> None:
    older = snapshots.Snapshot(
        path=shipped.path,
        manifest={
            **shipped.manifest,
            "tables": {k: v for k, v in shipped.manifest["tables"].items() if k != "flags"},
        },
    )
    assert evidence.flags(older, Filter()).n_rows == 0
    assert (
        evidence.scores(older, Filter(model=MINILM), limit=3).frame["flags"].to_list() == [""] * 3
    )
