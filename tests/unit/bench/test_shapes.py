import numpy as np
import polars as pl
import pytest
from speed_tables import timings

from advisor.core.errors import UnknownName
from advisor.tables.schema import EVIDENCE, EVIDENCE_KEY, check_table
from bench.measure.cells import MOST_FLOPS, Cell, cells_of, item_flops
from bench.measure.shapes import BY_NAME, SHAPES, Counts
from bench.measure.stand_ins import N_WORDS, StaticEmbedding, texts_of, tokenizer, words
from bench.measure.time_shapes import jobs_of
from bench.measure.timing_rows import quietest, timing_rows

pytest.importorskip("tokenizers")

SMALL = Counts(n_parameters=1_000, n_embedding_parameters=200, n_layers=2, hidden=8)


def test_the_committed_counts_are_those_of_the_published_models():
    published = {
        "minilm-l6": 22_713_216, "bert-base": 109_482_240, "bert-large": 335_141_888, "xlmr-base": 278_044_416,
        "modernbert-base": 149_014_272, "decoder-0.6b": 596_049_920, "decoder-1.5b": 1_543_714_304,
    }  # fmt: skip
    found = dict(
        timings()
        .select(pl.col("model_id").str.strip_prefix("shape/"), "n_parameters")
        .unique()
        .iter_rows()
    )
    # The files' counts, to half a percent: pooling heads and padding rows differ.
    for name, count in published.items():
        assert found[name] == pytest.approx(count, rel=5e-3), name


def test_the_committed_rows_are_evidence_of_every_shape():
    check_table("timings", timings(), EVIDENCE, EVIDENCE_KEY)
    assert {shape.model_id for shape in SHAPES} <= set(timings()["model_id"])
    assert set(timings()["task_id"]) == {"speed"}


def test_a_text_has_exactly_the_tokens_asked_for():
    made = tokenizer()
    for text in texts_of(5, 37, np.random.default_rng(0)):
        ids = made.encode(text).ids
        assert len(ids) == 37
        assert 0 not in ids  # no unknown word


def test_words_are_distinct():
    assert len(set(words())) == N_WORDS


def test_a_static_embedding_is_the_mean_of_its_tokens():
    model = StaticEmbedding(BY_NAME["static-30k-256"])
    one, other, both = model.encode(["ba be", "bi", "ba be bi"])
    assert both == pytest.approx((2 * one + other) / 3, rel=1e-5)


def test_cells_too_slow_are_left_out_and_named():
    taken, left_out = cells_of(
        BY_NAME["bert-base"],
        Counts(
            n_parameters=110_000_000, n_embedding_parameters=24_000_000, n_layers=12, hidden=768
        ),
    )
    assert Cell(batch=1, input_tokens=512, threads=1) in taken
    assert Cell(batch=32, input_tokens=512, threads=1) in left_out
    assert not set(taken) & set(left_out)
    order = [cell.batch * cell.input_tokens for cell in taken]
    assert order == sorted(order)


def test_no_cell_is_slower_than_allowed():
    taken, _ = cells_of(BY_NAME["minilm-l6"], SMALL)
    assert all(
        cell.batch * item_flops(SMALL, cell.input_tokens) <= MOST_FLOPS[cell.batch]
        for cell in taken
    )


def a_record(p50: float = 0.02) -> dict:
    cell = {
        "batch": 8, "input_tokens": 16, "output_tokens": 0, "threads": 1, "p50_s": p50, "p95_s": p50 * 1.1, "p99_s": p50,
        "n_calls": 40, "noise": 1.0, "peak_bytes": 5_000, "subset": "batch=8;input_tokens=16;output_tokens=0;threads=1",
    }  # fmt: skip
    counts = {"n_parameters": 1_000, "n_embedding_parameters": 200, "n_layers": 2, "hidden": 8}
    shape = {
        "shape": "bert-base",
        "counts": counts,
        "runtime_bytes": 7,
        "cells": [cell],
        "left_out": [],
        "written": [],
    }
    return {"shape": [shape], "step": [], "logistic": []}


def rows(p50: float) -> pl.DataFrame:
    return timing_rows(
        a_record(p50), hardware_id="here", libraries="none", measured_at="2026-01-01"
    )


def test_a_record_becomes_one_row_a_metric():
    found = dict(rows(0.02).select("metric", "value").iter_rows())
    assert found == pytest.approx(
        {
            "latency_p50_s": 0.02,
            "latency_p95_s": 0.022,
            "throughput_items_s": 400.0,
            "memory_peak_bytes": 5_000.0,
        }
    )
    row = rows(0.02).row(0, named=True)
    # 2 * 800 weights * 16 tokens, and 4 * 2 layers * 8 wide * 16² of attention.
    assert row["flops_per_item"] == 2 * 800 * 16 + 4 * 16 * 16**2
    assert (row["model_id"], row["hardware_id"], row["n_items"]) == ("shape/bert-base", "here", 40)


def test_of_two_runs_the_quieter_one_is_kept_whole():
    slow, fast = rows(0.04), rows(0.02)
    assert quietest([slow, fast]).equals(fast)
    assert quietest([fast, slow]).equals(fast)


def test_an_unknown_shape_is_refused_with_the_known_ones():
    with pytest.raises(UnknownName, match="'bert-huge'; known are bert-base"):
        jobs_of(["bert-huge"], training=False)
