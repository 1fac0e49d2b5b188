from __future__ import annotations

import polars as pl
import pytest

from advisor.core.errors import BadInput
from advisor.understand import read_task, table_file
from advisor.understand.table import read_table_task

WORDS = [
    "the",
    "parcel",
    "did",
    "not",
    "arrive",
    "on",
    "time",
    "and",
    "nobody",
    "answered",
    "my",
    "call",
    "about",
    "order",
    "number",
]


def sentence(i):
    return " ".join(WORDS[(i + k * (1 + i % 5)) % len(WORDS)] for k in range(8)) + f" {i}"


@pytest.fixture
def tickets(tmp_path):
    path = tmp_path / "tickets.csv"
    rows = {"text": [sentence(i) for i in range(120)], "team": ["post", "billing", "tech"] * 40}
    pl.DataFrame(rows).write_csv(path)
    return path


@pytest.fixture
def loans(tmp_path):
    path = tmp_path / "loans.csv"
    n = 200
    paid = [i % 3 == 0 for i in range(n)]
    pl.DataFrame(
        {
            "age": [20 + (i * 7) % 50 for i in range(n)],
            "income": [1000 + (i * 37) % 900 for i in range(n)],
            "closed_as": ["settled" if p else "collection" for p in paid],
            "default": [int(not p) for p in paid],
        }
    ).write_csv(path)
    return path


def test_texts_with_labels_are_a_text_classification(tickets, catalogue):
    profile = read_task(str(tickets), catalogue=catalogue)
    assert (profile.source, profile.task_family, profile.languages) == (
        "table",
        "text-classification",
        ["eng"],
    )
    assert profile.table["labelled_rows"] == 120
    assert profile.constraints.model_dump(exclude_none=True) == {}
    assert profile.table["classes"] == ["billing", "post", "tech"]
    assert profile.table["majority_share"] == pytest.approx(1 / 3, abs=1e-3)
    assert profile.table["target"] == "team"
    assert profile.neighbours


def test_rows_without_text_are_tabular_and_a_column_that_tells_the_answer_is_named(loans):
    profile = read_table_task(loans)
    assert profile.task_family == "tabular-classification"
    assert profile.table["leakage_suspects"] == ["closed_as"]
    assert "closed_as" in profile.warnings[0]


def test_a_named_target_is_taken_and_a_quantity_makes_a_regression(loans):
    profile = read_table_task(loans, target="income")
    assert profile.task_family == "tabular-regression"
    assert profile.table["target_min"] == 1000
    with pytest.raises(BadInput, match="no column 'salary'"):
        read_table_task(loans, target="salary")


@pytest.mark.parametrize(
    ("columns", "family"),
    [
        ({"a": "text", "b": "text", "label": "two"}, "pair-classification"),
        ({"a": "text", "b": "text", "score": "real"}, "semantic-similarity"),
        ({"text": "text", "tags": "many"}, "multilabel-classification"),
        ({"document": "long", "summary": "text"}, "summarization"),
        ({"context": "long", "question": "text", "answer": "text"}, "question-answering"),
    ],
)
def test_the_shape_of_a_table_tells_its_family(columns, family, tmp_path):
    made = {
        "text": [sentence(i) for i in range(60)],
        "long": [" ".join(sentence(i + k) for k in range(9)) for i in range(60)],
        "two": [i % 2 for i in range(60)],
        "real": [i / 7.3 for i in range(60)],
        "many": [["a|b", "b|c", "a"][i % 3] for i in range(60)],
    }
    path = tmp_path / "t.parquet"
    frame = pl.DataFrame({name: made[kind] for name, kind in columns.items()})
    frame.with_columns(
        pl.col(name) + str(i) for i, (name, kind) in enumerate(columns.items()) if kind == "text"
    ).write_parquet(path)
    assert read_table_task(path).task_family == family


def test_json_lines_and_tabs_and_semicolons_are_read_alike(tickets):
    frame = pl.read_csv(tickets)
    asked = []
    for name, write in (
        ("t.jsonl", frame.write_ndjson),
        ("t.parquet", frame.write_parquet),
        ("t.tsv", lambda p: frame.write_csv(p, separator="\t")),
        ("t2.csv", lambda p: frame.write_csv(p, separator=";")),
    ):
        path = tickets.with_name(name)
        write(path)
        asked.append(read_table_task(path).table)
    assert all(table == asked[0] for table in asked)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "is empty"),
        ("one.csv", b"a\n1\n2\n3\n", "has one column"),
        ("nul.csv", b"a,b\n1,\x002\n", "NUL byte"),
        ("ragged.csv", b"a,b\n1,2\n1,2,3\n", "line 3 has 3 fields, its header 2"),
        ("short.csv", b"a,b,c\n1,2\n1,2,3\n", "line 2 has 2 fields, its header 3"),
        ("latin.csv", "a,b\nü,1\né,2\n".encode("latin-1"), "not UTF-8"),
        ("header.csv", b"a,b\n", "0 rows"),
        ("image.parquet", b"\x89PNG\r\n\x1a\n", "not a parquet file"),
        ("cut.parquet", b"PAR1\x00\x01", "cannot be read as parquet"),
        ("broken.jsonl", b'{"a": 1, "b": 2}\n{"a": \n', "cannot be read as jsonl"),
        ("constant.csv", b"a,label\n1,x\n2,x\n", "one value only"),
    ],
)
def test_a_bad_file_is_one_clear_line(name, content, message, tmp_path, catalogue):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadInput, match=message) as caught:
        read_task(str(path), catalogue=catalogue)
    assert "\n" not in str(caught.value)


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path, monkeypatch, catalogue):
    path = tmp_path / "big.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 100)
    monkeypatch.setattr(table_file, "MAX_BYTES", 100)
    with pytest.raises(BadInput, match="at most 0 MB are read"):
        read_task(str(path), catalogue=catalogue)


def test_a_folder_is_no_table(tmp_path, catalogue):
    with pytest.raises(BadInput, match="is a folder"):
        read_task(str(tmp_path), catalogue=catalogue)


def test_escape_sequences_in_a_header_do_not_reach_the_profile(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(
        "\x1b[31mage\x1b[0m,label\n" + "".join(f"{i},{i % 2}\n" for i in range(40)),
        encoding="utf-8",
    )
    assert "\\u001b" not in read_table_task(path).model_dump_json()
