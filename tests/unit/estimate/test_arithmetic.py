import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.estimate.arithmetic import flops_per_item, layers, layers_times_width

sizes = st.floats(1e3, 1e12)


def one(value: float) -> np.ndarray:
    return np.array([value])


def test_flops_of_minilm_at_128_tokens_are_those_that_torch_counts():
    # torch's FlopCounterMode on all-MiniLM-L6-v2, eager attention, 1 x 128 tokens: 2.87e9.
    counted = 2.87e9
    found = flops_per_item(one(10_992_768.0), 128, one(6 * 384.0))[0]
    assert found == pytest.approx(counted, rel=0.05)


@pytest.mark.parametrize(
    ("name", "n_layers", "width", "inner"),
    [
        ("MiniLM-L12", 12, 384, 21.3e6),
        ("BERT-base", 12, 768, 85e6),
        ("BERT-large", 24, 1024, 302e6),
        ("Qwen3-0.6B", 28, 1024, 440e6),
        ("Llama-2-7B", 32, 4096, 6.48e9),
        ("Llama-2-70B", 80, 8192, 68.5e9),
    ],
)
def test_depth_and_width_are_guessed_within_forty_percent(name, n_layers, width, inner):
    assert layers(one(inner))[0] == pytest.approx(n_layers, rel=0.5), name
    assert layers_times_width(one(inner))[0] == pytest.approx(n_layers * width, rel=0.4), name


@given(sizes, st.floats(1.0, 100.0))
def test_a_bigger_model_is_never_shallower_or_narrower(size, factor):
    assert layers(one(size * factor))[0] >= layers(one(size))[0]
    assert layers_times_width(one(size * factor))[0] >= layers_times_width(one(size))[0]


@given(sizes, st.integers(1, 10_000))
def test_twice_the_text_is_at_least_twice_the_work(size, tokens):
    wide = layers_times_width(one(size))
    assert flops_per_item(one(size), 2 * tokens, wide) >= 2 * flops_per_item(
        one(size), tokens, wide
    )
