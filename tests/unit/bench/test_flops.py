import pickle

import numpy as np
import pytest

from bench.measure.flops import fitted_flops, flops_per_item, linear_flops
from bench.measure.weights import serialised_bytes, weights_reading

TEXTS = ["one fish two fish", "red fish", "blue fish blue fish blue", "no thing at all"]


def test_a_linear_model_meets_one_weight_per_value_and_output():
    assert linear_flops(10, 3).flops == 60.0


def test_a_text_pipeline_counts_its_terms():
    """Distinct words of each text: 3, 2, 2, 4; three classes."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS, ["a", "b", "c", "a"])
    assert fitted_flops(model, TEXTS).flops == pytest.approx(2 * (3 + 2 + 2 + 4) / 4 * 3)


def test_a_projection_counts_and_then_its_dense_result():
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(TfidfVectorizer(), TruncatedSVD(2, random_state=0), Ridge())
    model.fit(TEXTS, [0.0, 1.0, 2.0, 3.0])
    assert fitted_flops(model, TEXTS).flops == pytest.approx(2 * 2.75 * 2 + 2 * 2 * 1)


def test_trees_have_no_flop_and_the_reason_is_given():
    from sklearn.tree import DecisionTreeClassifier

    x = np.arange(8.0).reshape(4, 2)
    count = fitted_flops(DecisionTreeClassifier().fit(x, [0, 1, 0, 1]), x)
    assert count.flops is None
    assert "DecisionTreeClassifier has no weights" in count.why
    assert count.readings() == []


def test_a_fitted_object_is_as_long_as_its_serial_form():
    from sklearn.ensemble import RandomForestClassifier

    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 5))
    model = RandomForestClassifier(20, random_state=0).fit(x, x[:, 0] > 0)
    assert serialised_bytes(model) == len(pickle.dumps(model, protocol=5))
    big = np.zeros(3_000_000)
    assert serialised_bytes(big) == len(pickle.dumps(big, protocol=5))
    [reading] = weights_reading(model)
    assert (reading.metric, reading.value) == ("weights_bytes", serialised_bytes(model))


def test_what_cannot_be_serialised_has_no_length():
    assert serialised_bytes(lambda: None) is None
    assert weights_reading(lambda: None) == []


def test_a_folder_is_as_big_as_its_safetensors(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"x" * 1000)
    (tmp_path / "tokenizer.json").write_bytes(b"x" * 50)
    [reading] = weights_reading(tmp_path)
    assert reading.value == 1000.0


def _small(attention):
    import torch
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=100, hidden_size=32, num_hidden_layers=3, num_attention_heads=4, intermediate_size=64,
        attn_implementation=attention,
    )  # fmt: skip
    module = BertModel(config, add_pooling_layer=False).eval()
    return module, {"input_ids": torch.ones(1, 20, dtype=torch.long)}


@pytest.mark.slow
def test_a_small_transformer_costs_what_the_formula_says():
    """Per layer 4 square and 2 wide matrices met by each token, and two attention products of tokens × tokens."""
    module, example = _small("eager")
    layers, hidden, wide, tokens = 3, 32, 64, 20
    matrices = layers * (4 * hidden**2 + 2 * hidden * wide)
    expected = 2 * matrices * tokens + layers * 2 * 2 * tokens**2 * hidden
    assert flops_per_item(module, example).flops == expected


@pytest.mark.slow
def test_fused_attention_that_the_counter_misses_is_counted_all_the_same():
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    fused, example = _small("sdpa")
    with torch.no_grad(), FlopCounterMode(display=False) as naive:
        fused(**example)
    counted = flops_per_item(fused, example)
    assert counted.flops == flops_per_item(*_small("eager")).flops
    assert naive.get_total_flops() < counted.flops  # the trap
    assert fused.config._attn_implementation == "sdpa"


@pytest.mark.slow
def test_two_items_at_once_cost_one_each():
    import torch

    module, example = _small("eager")
    two = {"input_ids": torch.ones(2, 20, dtype=torch.long)}
    one = flops_per_item(module, example).flops
    assert flops_per_item(module, two, n_items=2).flops == pytest.approx(one)


@pytest.mark.slow
def test_torchs_own_encoder_is_counted_though_it_has_a_fused_path():
    import torch

    layer = torch.nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)
    module = torch.nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval()
    matrices = 2 * (4 * 32**2 + 2 * 32 * 64)
    expected = 2 * matrices * 20 + 2 * 2 * 2 * 20**2 * 32
    assert flops_per_item(module, {"src": torch.randn(1, 20, 32)}).flops == expected
    assert torch.backends.mha.get_fastpath_enabled()


@pytest.mark.slow
def test_attention_that_the_counter_cannot_see_has_no_count():
    module, example = _small("eager")
    module.config._attn_implementation = "flash_attention_2"
    count = flops_per_item(module, example)
    assert count.flops is None
    assert "flash_attention_2" in count.why
