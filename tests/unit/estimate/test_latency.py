import polars as pl
import pytest
from frames import a_model, models
from hypothesis import given, settings
from hypothesis import strategies as st
from speed_tables import A_GPU, SILENT_GPU, a_speed, latency_model, tables, timings

from advisor.core.errors import MissingData, UnknownName
from advisor.core.profile import Workload
from advisor.estimate.latency import COLUMNS, latency

MINILM = a_model(
    "minilm", n_parameters=22_713_216, n_embedding_parameters=11_720_448, embed_dim=384
)
E5_MULTI = a_model("e5-multi", n_parameters=278_000_000, n_embedding_parameters=192_000_000)
BERT_BASE = a_model("bert-base", n_parameters=109_482_240, n_embedding_parameters=23_440_896)
LM = a_model("lm", kind="decoder", pool=["language-model"], n_parameters=600_000_000)
STATIC = a_model("static", kind="static_embedding", n_parameters=7_559_168, embed_dim=256)

tokens = st.integers(1, 4000)
sizes = st.integers(10**6, 10**11)
batches = st.sampled_from([1, 2, 8, 32, 100])


def times(*rows, read=None, level=0.9, pool=None, **work) -> dict[str, dict]:
    frame = latency(read or tables(), models(*rows), Workload(**work), level=level, pool=pool)
    return {row["model_id"]: row for row in frame.iter_rows(named=True)}


def test_minilm_takes_what_it_took_when_it_was_timed():
    cell = pl.col("subset") == "batch=1;input_tokens=128;output_tokens=0;threads=1"
    timed = (
        timings().filter(cell, model_id="shape/minilm-l6", metric="latency_p50_s")["value"].item()
    )
    row = times(MINILM)["minilm"]
    assert row["value"] == pytest.approx(timed, rel=0.35)
    assert row["lo"] <= timed <= row["hi"]
    assert row["basis"] == "interpolated"
    assert row["quantity"] == "latency_p95_s"
    assert row["hardware_id"] == timings()["hardware_id"][0]


def test_an_embedding_table_costs_no_time():
    rows = times(E5_MULTI, BERT_BASE)
    assert rows["e5-multi"]["value"] == pytest.approx(rows["bert-base"]["value"], rel=0.01)


def test_a_static_embedding_is_a_hundred_times_faster():
    rows = times(STATIC, MINILM)
    assert 0 < rows["static"]["value"] < rows["minilm"]["value"] / 50


@settings(max_examples=12, deadline=None)
@given(tokens, tokens, sizes, batches)
def test_more_tokens_are_never_faster(one, more, size, batch):
    kinds = [
        a_model("encoder", n_parameters=size),
        a_model("writer", kind="decoder", pool=["language-model"], n_parameters=size),
        a_model("static", kind="static_embedding", embed_dim=256),
        a_model("linear", kind="linear"),
        a_model("lexical", kind="lexical"),
    ]
    short = times(*kinds, input_tokens=one, output_tokens=one, batch_size=batch)
    long = times(*kinds, input_tokens=one + more, output_tokens=one + more, batch_size=batch)
    for name in short:
        assert short[name]["value"] <= long[name]["value"], name


@settings(max_examples=12, deadline=None)
@given(sizes, st.integers(0, 10**11), tokens, st.sampled_from([None, A_GPU]))
def test_a_bigger_model_is_never_faster(size, more, length, machine):
    pair = [
        a_model(f"{kind}-{end}", kind=kind, pool=pool, n_parameters=count)
        for kind, pool in (("encoder", ["embedding"]), ("decoder", ["language-model"]))
        for end, count in (("small", size), ("big", size + more))
    ]
    rows = times(*pair, input_tokens=length, hardware_id=machine)
    for kind in ("encoder", "decoder"):
        assert rows[f"{kind}-small"]["value"] <= rows[f"{kind}-big"]["value"]


@settings(max_examples=10, deadline=None)
@given(sizes, tokens, batches)
def test_a_batch_takes_longer_than_one_text_and_less_than_each_alone(size, length, batch):
    row = a_model("a", n_parameters=size)
    alone = times(row, input_tokens=length)["a"]["value"]
    together = times(row, input_tokens=length, batch_size=batch)["a"]["value"]
    assert alone <= together <= batch * alone * (1 + 1e-9)


@settings(max_examples=10, deadline=None)
@given(sizes, st.floats(0.5, 0.97), st.floats(0.5, 0.97))
def test_a_higher_level_never_narrows_the_interval(size, one, other):
    low, high = sorted([one, other])
    narrow = times(a_model("a", n_parameters=size), level=low)["a"]
    wide = times(a_model("a", n_parameters=size), level=high)["a"]
    assert wide["lo"] <= narrow["lo"] <= narrow["value"] <= narrow["hi"] <= wide["hi"]


def test_outside_the_shapes_timed_the_interval_is_wider_and_says_so():
    big = a_model("big", n_parameters=7_000_000_000, n_embedding_parameters=100_000_000)
    rows = times(BERT_BASE, big)
    assert (rows["bert-base"]["basis"], rows["big"]["basis"]) == ("interpolated", "extrapolated")
    assert rows["big"]["hi"] / rows["big"]["lo"] > rows["bert-base"]["hi"] / rows["bert-base"]["lo"]
    assert times(BERT_BASE, input_tokens=4000)["bert-base"]["basis"] == "extrapolated"


@pytest.mark.parametrize(
    "row",
    [
        a_model("hosted", kind="api", n_parameters=7_000_000_000),
        a_model("silent", n_parameters=None),
        a_model("pictures", kind="other"),
        a_model("tree", kind="tree", pool=["tabular"]),
        a_model("table-linear", kind="linear", pool=["tabular"]),
    ],
)
def test_what_is_not_known_is_null_and_never_a_guess(row):
    found = times(row)[row["model_id"]]
    assert [found[c] for c in ("value", "lo", "hi", "basis", "n_evidence")] == [None] * 5


def test_writing_takes_longer_than_reading_the_same_model():
    both = a_model(
        "both", kind="decoder", pool=["embedding", "language-model"], n_parameters=600_000_000
    )
    assert times(both)["both"]["value"] == times(both, pool="embedding")["both"]["value"]
    assert times(both, pool="language-model")["both"]["value"] > 5 * times(both)["both"]["value"]


def test_a_text_is_cut_at_the_models_context():
    short = BERT_BASE | {"model_id": "short", "context_tokens": 128}
    rows = times(BERT_BASE, short, input_tokens=512)
    assert rows["short"]["value"] == times(BERT_BASE, input_tokens=128)["bert-base"]["value"]
    assert rows["short"]["value"] < rows["bert-base"]["value"]


def test_a_gpu_is_faster_and_less_certain():
    here, there = times(E5_MULTI, LM), times(E5_MULTI, LM, hardware_id=A_GPU)
    for name in here:
        assert there[name]["value"] < here[name]["value"] / 3
        assert there[name]["basis"] == "extrapolated"
        assert there[name]["hardware_id"] == A_GPU


def test_llama_on_an_a100_is_predicted_as_it_was_published():
    llama = a_model("llama", kind="decoder", pool=["language-model"], n_parameters=6_738_000_000)
    row = times(llama, hardware_id=A_GPU, input_tokens=256, output_tokens=512)["llama"]
    published = (
        0.0328 + 512 / 37.9
    )  # optimum-benchmark, Llama-2-7b, fp16, batch 1: prefill and tokens/s
    assert row["lo"] < published < row["hi"]
    assert row["value"] == pytest.approx(published, rel=0.5)


def test_a_device_without_its_facts_is_unknown():
    assert times(MINILM, hardware_id=SILENT_GPU)["minilm"]["value"] is None


def test_a_device_that_nobody_knows_is_refused_with_near_names():
    with pytest.raises(UnknownName, match=r"unknown machine 'test-gp'; did you mean 'test-gpu'"):
        times(MINILM, hardware_id="test-gp")


def test_a_snapshot_without_timings_says_how_to_get_them():
    with pytest.raises(MissingData, match="advisor data build"):
        times(MINILM, read=tables(latency_model=latency_model().head(0)))


def test_the_very_model_on_the_very_machine_counts_as_measured():
    read = tables(
        speed=[
            a_speed(
                "bert-base",
                "latency_mean_s",
                0.007,
                subset="batch=1;input_tokens=256;phase=forward",
            ),
            a_speed("lm", "time_per_output_token_s", 0.02, subset="batch=1;output_tokens=400"),
            a_speed("lm", "ttft_s", 0.05, subset="batch=1;input_tokens=100;phase=prefill"),
        ]
    )
    rows = times(BERT_BASE, LM, MINILM, read=read, hardware_id=A_GPU)
    assert {name: row["basis"] for name, row in rows.items()} == {
        "bert-base": "measured", "lm": "measured", "minilm": "extrapolated",
    }  # fmt: skip
    assert rows["bert-base"]["value"] == 0.007
    assert rows["lm"]["value"] == pytest.approx(0.05 + 128 * 0.02)


@pytest.mark.parametrize(
    "other",
    [
        {"precision": "Q4_K_M"},
        {"source_id": "llmfit-community"},
        {"hardware_id": "another"},
        {"subset": "batch=16;input_tokens=128;phase=forward"},
        {"subset": "batch=1;input_tokens=2000;phase=forward"},
        {"subset": "batch=1;input_tokens=128;phase=forward;devices=2"},
        {"task_id": "Banking77Classification"},
    ],
)
def test_a_timing_of_something_else_does_not_count(other):
    facts = {"subset": "batch=1;input_tokens=128;phase=forward"} | other
    read = tables(speed=[a_speed("bert-base", "latency_mean_s", 123.0, **facts)])
    assert times(BERT_BASE, read=read, hardware_id=A_GPU)["bert-base"]["basis"] == "extrapolated"


def test_several_runs_give_their_median_and_range():
    runs = [(0.010, 1), (0.014, 2), (0.030, 3)]
    read = tables(
        speed=[
            a_speed(
                "bert-base",
                "latency_mean_s",
                value,
                seed=seed,
                subset="batch=1;input_tokens=128;phase=forward",
            )
            for value, seed in runs
        ]
    )
    row = times(BERT_BASE, read=read, hardware_id=A_GPU)["bert-base"]
    assert [row[c] for c in ("lo", "value", "hi", "n_evidence")] == [0.010, 0.014, 0.030, 3]


def test_one_row_a_model_sorted_whatever_the_order():
    frame = latency(tables(), models(MINILM, LM, STATIC, E5_MULTI), Workload())
    assert frame.schema == COLUMNS
    assert frame["model_id"].to_list() == ["e5-multi", "lm", "minilm", "static"]
    assert frame.equals(latency(tables(), models(E5_MULTI, STATIC, LM, MINILM), Workload()))
