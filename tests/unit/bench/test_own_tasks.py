"""The user's file as a task: the split, what is left out and said, and each way it can be wrong."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.core.errors import BadInput
from bench.harness.own_tasks import read_own

SNIPS = Path(__file__).parents[2] / "fixtures" / "bench" / "snips.csv"


def options(path: Path, **said):
    return {"data": str(path), "inputs": ["text"], "label": "label", **said}


def written(folder: Path, rows: list[dict], name: str = "d.jsonl") -> Path:
    path = folder / name
    pl.DataFrame(rows).write_ndjson(path)
    return path


def tickets(n: int, **changed) -> list[dict]:
    return [
        {"text": f"text number {i} about topic", "label": "ab"[i % 2], **{k: f(i) for k, f in changed.items()}}
        for i in range(n)
    ]  # fmt: skip


def test_the_files_own_split_is_kept():
    task = read_own(options(SNIPS), seed=0)
    frame = pl.read_csv(SNIPS)
    assert (task.train.height, task.test.height) == (
        frame.filter(pl.col("split") == "train").height,
        frame.filter(pl.col("split") == "test").height,
    )
    assert task.kind == "classification"
    assert task.labels == sorted(frame["label"].unique())
    assert (
        frame[task.test["row_nr"].to_list()]["text"].str.strip_chars().to_list()
        == task.test["text"].to_list()
    )


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_without_one_equal_texts_never_stand_on_both_sides(seed, tmp_path_factory):
    """If this breaks, a model is praised for having seen the answer."""
    folder = tmp_path_factory.mktemp("own")
    rows = [{"text": f"Text {i // 3}", "label": "ab"[(i // 3) % 2]} for i in range(150)]
    task = read_own(options(written(folder, rows)), seed=seed)
    assert not set(task.train["text"]) & set(task.test["text"])
    assert task.facts["n_leaked"] == 0
    assert task.train.height + task.test.height == 150
    assert 0.1 <= task.test.height / 150 <= 0.3
    assert set(task.test["target"]) == {"a", "b"}


def test_the_same_seed_gives_the_same_split_and_another_another(tmp_path):
    path = written(tmp_path, tickets(200))
    one, same, other = (
        read_own(options(path), seed=seed).test["row_nr"].to_list() for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other


def test_groups_stay_together(tmp_path):
    path = written(tmp_path, tickets(200, customer=lambda i: f"c{i // 10}"))
    task = read_own(options(path, group_column="customer"), seed=0)
    of = pl.read_ndjson(path)["customer"]
    assert not {of[i] for i in task.train["row_nr"]} & {of[i] for i in task.test["row_nr"]}


def test_texts_on_both_sides_of_the_files_split_are_reported_as_leakage(tmp_path):
    rows = tickets(100, split=lambda i: "test" if i >= 80 else "train")
    for i in (80, 81, 82):
        rows[i]["text"] = f"  {rows[i - 80]['text'].upper()} "
    task = read_own(options(written(tmp_path, rows)), seed=0)
    assert task.facts["n_leaked"] == 3
    assert any(w.startswith("leakage: 3 of 20") for w in task.warnings)


def test_empty_texts_and_missing_labels_are_counted_aloud(tmp_path):
    rows = tickets(60)
    rows[3]["text"], rows[4]["text"], rows[5]["label"] = "", "   ", None
    task = read_own(options(written(tmp_path, rows)), seed=0)
    assert any("2 of 60 rows have an empty text" in w for w in task.warnings)
    assert any("1 of 60 rows have no label" in w for w in task.warnings)
    assert task.facts["n_dropped"] == 3


def test_a_smaller_label_budget_is_part_of_a_larger_one_and_holds_all_classes():
    sets = [set(read_own(options(SNIPS, n_train=n), seed=3).train["row_nr"]) for n in (14, 50, 200)]
    assert sets[0] < sets[1] < sets[2]
    assert read_own(options(SNIPS, n_train=7), seed=3).train["target"].n_unique() == 7


def test_numbers_with_gaps_are_the_classes_they_look_like(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(
        "text,label\n" + "\n".join(f"some text {i},{i % 2 if i else ''}" for i in range(60))
    )
    assert read_own(options(path), seed=0).labels == ["0", "1"]


def test_labels_of_several_are_told_from_single_ones(tmp_path):
    rows = tickets(90, label=lambda i: ["billing", "billing;login", "login;bug", "bug"][i % 4])
    task = read_own(options(written(tmp_path, rows)), seed=0)
    assert task.kind == "multilabel"
    assert task.labels == ["billing", "bug", "login"]


def test_pairs_with_grades_are_similarity(tmp_path):
    rows = tickets(90, other=lambda i: f"other {i}", label=lambda i: (i % 11) / 2)
    task = read_own(options(written(tmp_path, rows), inputs=["text", "other"]), seed=0)
    assert task.kind == "similarity"
    assert task.is_pair


def test_spans_of_the_text_are_extraction_and_other_texts_generation(tmp_path):
    rows = tickets(60, label=lambda i: f"number {i}")
    assert read_own(options(written(tmp_path, rows)), seed=0).kind == "extraction"
    rows = tickets(60, label=lambda i: f"an answer in other words, {i}")
    assert read_own(options(written(tmp_path, rows, "e.jsonl")), seed=0).kind == "generation"


@pytest.mark.parametrize(
    ("rows", "said", "words"),
    [
        (tickets(60), {"label": "lable"}, "there is no column 'lable'; the file has text, label"),
        (tickets(60), {"inputs": ["txt"]}, "there is no column 'txt'"),
        (tickets(60, label=lambda _: "a"), {}, "one class only ('a')"),
        (tickets(60, label=lambda i: f"id-{i}"), {"kind": "classification"}, "more like an id than"),
        (tickets(60, label=lambda _: None, x=lambda i: i), {}, "column 'label' is empty"),
        (tickets(60, text=lambda _: None, x=lambda i: i), {}, "column 'text' is empty"),
        (tickets(10), {}, "at least 20 are needed"),
        (tickets(60), {"label": "text"}, "must be different columns; text, text are named"),
        (tickets(60), {"kind": "klassification"}, "type one of classification"),
        (tickets(60), {"n_train": 1}, "at least 2 are needed"),
        (tickets(60, label=lambda i: i * 0.7), {}, "a number from a text is not covered"),
        (tickets(60), {"split_column": "label"}, "must hold both 'train' and 'test'"),
        (tickets(60), {"data_hash": "0" * 12}, "has changed since"),
        (tickets(60, text=lambda i: [f"t{i}"]), {}, "not texts"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_one_line(tmp_path, rows, said, words):
    with pytest.raises(BadInput) as caught:
        read_own({**options(written(tmp_path, rows)), **said}, seed=0)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_in_one_cell_is_cut_and_said(tmp_path):
    rows = tickets(60)
    rows[7]["text"] = "word " * 2_000_000
    task = read_own(options(written(tmp_path, rows)), seed=0)
    assert any("more than 100,000 characters" in w for w in task.warnings)
    assert max(len(t) for t in [*task.train["text"], *task.test["text"]]) == 100_000


def test_mixed_types_in_the_labels_are_read_as_words(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(
        "text,label\n" + "\n".join(f"some text {i},{['1', 'yes', '2.5'][i % 3]}" for i in range(60))
    )
    assert read_own(options(path), seed=0).labels == ["1", "2.5", "yes"]


def test_a_file_in_another_encoding_is_told(tmp_path):
    path = tmp_path / "d.csv"
    path.write_bytes(b"text,label\n" + "Grüße,a\nMaß,b\n".encode("latin-1") * 40)
    with pytest.raises(BadInput, match="not UTF-8"):
        read_own(options(path), seed=0)


def test_a_split_column_without_both_sides_is_not_used_and_said(tmp_path):
    rows = tickets(60, split=lambda i: "dev" if i % 2 else "test")
    task = read_own(options(written(tmp_path, rows)), seed=0)
    assert task.split.startswith("holdout")
    assert any("does not hold both train and test" in w for w in task.warnings)


def test_a_sign_in_the_name_of_a_rare_class_is_no_second_label(tmp_path):
    rows = tickets(90, label=lambda i: "bill; late" if i % 9 == 0 else "abc"[i % 3])
    assert read_own(options(written(tmp_path, rows)), seed=0).kind == "classification"
