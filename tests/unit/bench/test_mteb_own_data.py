"""The user's file as rows of a task: columns found, rows counted, and what cannot be used said in one line."""

from pathlib import Path

import polars as pl
import pytest

from advisor.core.errors import BadInput
from bench.harness.mteb_own_data import own_options, read_own

FILES = Path(__file__).parents[2] / "fixtures" / "mteb_own"


def read(path: Path, kind: str, **said: str):
    return read_own(own_options({"data": str(path), "kind": kind, **said}), seed=42)


def written(tmp_path: Path, name: str = "mine.csv", **columns: list) -> Path:
    path = tmp_path / name
    pl.DataFrame(columns, strict=False).write_csv(path)
    return path


def test_the_split_column_parts_the_rows_and_ids_are_row_numbers():
    path = FILES / "banking77_200.csv"
    data = read(path, "classification", split="split")
    whole = pl.read_csv(path)
    assert (data.train.height, data.test.height, len(data.labels)) == (120, 80, 10)
    for item, text, label in data.test.select("id", "text", "label").iter_rows():
        row = whole.row(int(item), named=True)
        assert (row["text"].strip(), row["label"], row["split"]) == (
            text,
            data.labels[label],
            "test",
        )


def test_without_a_split_column_each_class_gives_three_tenths_and_always_the_same():
    data = read(FILES / "banking77_200.csv", "classification")
    again = read(FILES / "banking77_200.csv", "classification")
    assert data.test.group_by("label").len()["len"].to_list() == [6] * 10
    assert set(data.train["id"]).isdisjoint(data.test["id"])
    assert data.train.height + data.test.height == 200
    assert data.test["id"].to_list() == again.test["id"].to_list()


def test_test_texts_that_are_in_training_are_counted(tmp_path):
    path = written(
        tmp_path, text=["a b", "c d", "e f", "a b "], label=["x", "y", "x", "x"],
        split=["train", "train", "test", "test"],
    )  # fmt: skip
    data = read(path, "classification", split="split")
    assert data.warnings == ("1 of 2 test texts are in the training rows too",)


def test_rows_without_text_or_label_are_left_out_and_counted(tmp_path):
    path = written(
        tmp_path, text=["a", " ", None, "d", "e"], text2=["f", "g", "h", "i", "j"],
        score=[1.0, 2.0, 3.0, None, 5.0],
    )  # fmt: skip
    data = read(path, "sts")
    assert data.test["id"].to_list() == ["0", "4"]
    assert data.warnings == ("3 rows without a text or a label are left out",)


@pytest.mark.parametrize(
    ("kind", "columns", "said", "words"),
    [
        ("sts", {"text": ["a", "c"], "text2": ["b", "d"], "score": ["much", "so"]}, {}, "must hold numbers"),
        ("sts", {"text": ["a", "c"], "text2": ["b", "d"], "score": [1, 1]}, {}, "one value only"),
        ("sts", {"text": ["a", "c"], "text2": ["b", "d"]}, {}, "--label: name its column; the file has text"),
        ("sts", {"text": ["a", "c"], "score": [1, 2]}, {}, r"--input \(a second one\): name its column"),
        ("sts", {"text": ["a", "c"], "text2": ["b", "d"], "score": [1, 2]}, {"input": "x"}, "no column 'x'"),
        ("pair", {"text": ["a"] * 3, "text2": ["b"] * 3, "label": [0, 1, 2]}, {}, "pairs need two"),
        ("classification", {"text": ["a", "b"], "label": ["x", "x"]}, {}, "one class only"),
        ("clustering", {"text": ["a", "b"], "label": ["x", "x"]}, {}, "one class only"),
        ("classification", {"text": [None, None], "label": ["x", "y"]}, {}, "both a text and a label"),
        ("classification", {"text": ["a", "b"], "label": ["x", "y"]}, {}, "one class|to test on"),
        (
            "classification", {"text": ["a", "b"], "label": ["x", "y"], "split": ["train", "dev"]},
            {"split": "split"}, "the column has dev, train",
        ),
        ("retrieval", {"query": ["a", "c"], "passage": ["b", "d"], "relevance": [0, 0]}, {}, "no query has a relevant"),
        ("retrieval", {"query": ["a", "c"], "passage": ["b", "d"]}, {"queries": "x"}, "cannot be opened|belong together"),
        ("classify", {"text": ["a"], "label": [1]}, {}, "--kind: 'classify' is not accepted"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_one_line(tmp_path, kind, columns, said, words):
    with pytest.raises(BadInput, match=words) as raised:
        read(written(tmp_path, **columns), kind, **said)
    assert "\n" not in str(raised.value)


def test_changed_data_is_another_revision(tmp_path):
    path = written(tmp_path, text=["a", "b"], text2=["c", "d"], score=[1, 2])
    before = own_options({"data": str(path), "kind": "sts"})["data_hash"]
    written(tmp_path, text=["a", "b"], text2=["c", "d"], score=[1, 3])
    assert own_options({"data": str(path), "kind": "sts"})["data_hash"] != before


def test_one_file_of_queries_and_passages(tmp_path):
    path = written(
        tmp_path, query=["q1", "q1", "q2", "q3"], passage=["p1", "p2", "p1", "p3"], relevance=[1, 0, 2, 0]
    )  # fmt: skip
    data = read(path, "retrieval")
    assert data.test.rows() == [("0", "q1"), ("2", "q2")]
    assert data.corpus.rows() == [("0", "p1"), ("1", "p2"), ("3", "p3")]
    assert sorted(data.qrels.rows()) == [("0", "0", 1), ("0", "1", 0), ("2", "0", 2)]
    assert data.warnings == ("1 queries without a relevant document are left out",)


def test_three_files_join_by_id():
    data = read(
        FILES / "xquad_corpus.csv", "retrieval",
        queries=str(FILES / "xquad_queries.csv"), qrels=str(FILES / "xquad_qrels.csv"),
    )  # fmt: skip
    judged = pl.read_csv(FILES / "xquad_qrels.csv", schema_overrides={"doc_id": pl.String})
    assert (data.corpus.height, data.test.height) == (40, 118)
    assert sorted(data.qrels.rows()) == sorted(
        judged.select("query_id", "doc_id", "relevance").rows()
    )
    assert len(data.revision.split("-")) == 3


def test_an_id_twice_is_refused(tmp_path):
    corpus = written(tmp_path, "c.csv", id=["1", "1"], text=["a", "b"])
    queries = written(tmp_path, "q.csv", id=["1", "2"], text=["a", "b"])
    qrels = written(tmp_path, "r.csv", query_id=["1", "2"], doc_id=["1", "1"])
    with pytest.raises(BadInput, match="id '1' occurs more than once"):
        read(corpus, "retrieval", queries=str(queries), qrels=str(qrels))
