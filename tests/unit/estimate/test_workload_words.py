import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.estimate.workload_words import FIELDS, subset_columns, subset_words
from advisor.ingest.efficiency_rows import workload

counts = st.dictionaries(st.sampled_from(FIELDS), st.integers(0, 10**15), min_size=1)


def read(*subsets: str) -> pl.DataFrame:
    return pl.DataFrame({"subset": list(subsets)}).select(subset_columns())


@given(counts)
def test_what_is_written_is_what_is_read(said):
    row = read(subset_words(**said)).row(0, named=True)
    assert row == {name: said.get(name) for name in FIELDS}


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(text):
    assert read(text).height == 1


def test_published_rows_are_spelt_the_same_way():
    said = workload(batch=191.5, input_tokens=512, output_tokens=128, threads=2, devices=1)
    row = read(said).row(0, named=True)
    assert row["batch"] == 191.5
    assert (row["input_tokens"], row["output_tokens"], row["threads"]) == (512, 128, 2)


def test_a_field_is_not_read_out_of_a_longer_name_or_word():
    rows = read("minibatch=3", "batch=3x", "batch=;threads=2", "task=batch 4")
    assert rows["batch"].to_list() == [None, None, None, None]
    assert rows["threads"].to_list() == [None, None, 2, None]


def test_a_field_that_nobody_reads_is_refused():
    with pytest.raises(ValueError, match="'tokens' is not one of batch"):
        subset_words(tokens=3)
