import pytest

from bench.measure.flops import flops_per_item, linear_flops


def test_a_linear_model_meets_one_weight_per_value_and_output():
    assert linear_flops(10, 3).flops == 60.0


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
