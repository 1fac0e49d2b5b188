import pytest
from frames import a_model, models
from hypothesis import given, settings
from hypothesis import strategies as st
from speed_tables import SILENT_GPU, tables, timings

from advisor.core.profile import Workload
from advisor.estimate.training_cost import training_cost

MINILM = a_model(
    "minilm", n_parameters=22_713_216, n_embedding_parameters=11_720_448, embed_dim=384
)
BERT = a_model("bert", n_parameters=109_482_240, n_embedding_parameters=23_440_896, embed_dim=768)
STATIC = a_model("static", kind="static_embedding", n_parameters=7_559_168, embed_dim=256)
LM = a_model("lm", kind="decoder", pool=["language-model"], n_parameters=600_000_000)


def took(*rows, n_labels=300, **more) -> dict[tuple[str, str, str], dict]:
    frame = training_cost(tables(), models(*rows), n_labels, **more)
    return {(r["model_id"], r["way"], r["quantity"]): r for r in frame.iter_rows(named=True)}


@pytest.mark.parametrize(("row", "shape"), [(MINILM, "shape/minilm-l6"), (BERT, "shape/bert-base")])
def test_a_step_and_its_memory_are_as_they_were_timed(row, shape):
    step = "batch=8;input_tokens=128;output_tokens=0;threads=1;labels=8"
    timed = dict(
        timings().filter(model_id=shape, subset=step).select("metric", "value").iter_rows()
    )
    # Eight labels for three epochs are three steps.
    found = took(row, n_labels=8)
    seconds = found[row["model_id"], "fine-tune", "fit_time_s"]
    assert seconds["lo"] <= 3 * timed["fit_time_s"] <= seconds["hi"]
    assert seconds["value"] == pytest.approx(3 * timed["fit_time_s"], rel=0.4)
    held = found[row["model_id"], "fine-tune", "memory_bytes"]
    assert held["value"] == pytest.approx(timed["memory_peak_bytes"], rel=0.1)


def test_a_probe_is_cheaper_than_tuning_in_time_and_memory():
    found = took(BERT)
    for quantity in ("fit_time_s", "memory_bytes"):
        probe, tuned = (
            found["bert", way, quantity]["value"] for way in ("linear probe", "fine-tune")
        )
        assert probe < tuned / 2


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_more_labels_never_take_less_time(n_labels, more):
    few, many = (
        took(MINILM, STATIC, n_labels=n_labels),
        took(MINILM, STATIC, n_labels=n_labels + more),
    )
    for key, row in few.items():
        assert row["value"] <= many[key]["value"]


def test_labels_needed_are_those_of_the_published_protocol_and_only_a_prior():
    row = took(MINILM, n_classes=10)["minilm", "linear probe", "n_labels"]
    assert (row["value"], row["basis"]) == (80.0, "prior")
    assert ("minilm", "linear probe", "n_labels") not in took(MINILM)


def test_word_vectors_are_probed_and_language_models_tuned_only():
    ways = {(model, way) for model, way, _ in took(STATIC, LM)}
    assert ways == {("static", "linear probe"), ("lm", "fine-tune")}


def test_an_unknown_size_or_machine_has_no_row():
    assert took(a_model("silent", n_parameters=None), a_model("hosted", kind="api")) == {}
    assert took(MINILM, workload=Workload(hardware_id=SILENT_GPU)) == {}
