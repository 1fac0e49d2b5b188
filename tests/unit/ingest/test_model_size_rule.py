"""One rule for sizes that disagree, on real names and real counts of the Hub."""

from __future__ import annotations

import math
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.core.named_size import named_active, named_size, named_size_ratio
from advisor.ingest.model_size_rule import (
    FILE,
    GGUF,
    NAME,
    PACKED_NAME,
    UNPACKED,
    Counts,
    Size,
    best_size,
    is_draft_head,
    is_tied_twice,
    judged,
    packed_bits,
    settled,
    size_of,
)

FIXTURES = Path(__file__).parents[2] / "fixtures" / "hub"
RIGHT, WRONG = 300, 228
SIZES = pl.read_parquet(FIXTURES / "file_counts.parquet")
"""Real rows: the file's count as a source gave it, and the size that the statistics' preparers settled on."""


@pytest.mark.parametrize(
    ("model_id", "count", "n", "basis", "suspect"),
    [
        # The index of one shard, or of none, read as the whole.
        ("allenai/Olmo-3-7B-Instruct", 528_384, 7_000_000_000, NAME, True),
        ("zai-org/AutoGLM-Phone-9B", 934_400, 9_000_000_000, NAME, True),
        ("Qwen/Qwen3-235B-A22B-Instruct-2507", 16_392_912_896, 235_000_000_000, NAME, True),
        ("openai/gpt-oss-safeguard-20b", 1_773_527_040, 20_000_000_000, NAME, True),
        # Packed words, and repositories whose words the Hub has unpacked itself.
        ("Qwen/Qwen3-4B-MLX-4bit", 565_828_096, 4_000_000_000, PACKED_NAME, False),
        ("warshanks/Qwen3-8B-abliterated-AWQ", 2_174_236_152, 8_000_000_000, PACKED_NAME, False),
        ("RedHatAI/Llama-3.1-8B-Instruct-NVFP4", 4_976_808_384, 8_000_000_000, PACKED_NAME, False),
        ("RedHatAI/granite-3.1-2b-instruct-quantized.w4a16", 543_603_248, 2_000_000_000, PACKED_NAME, False),
        ("microsoft/bitnet-b1.58-2B-4T", 849_787_090, 2_000_000_000, PACKED_NAME, False),
        ("ISTA-DASLab/gemma-3-27b-it-GPTQ-4b-128g", 5_233_828_308, 27_000_000_000, PACKED_NAME, False),
        ("cyankiwi/Qwen3-VL-8B-Instruct-AWQ-4bit", 8_190_427_136, 8_190_427_136, FILE, False),
        ("warshanks/Jan-nano-AWQ", 1_264_206_840, 1_264_206_840, FILE, True),
        # FP8 holds one weight an element.
        ("RedHatAI/Llama-3.1-8B-Instruct-FP8", 8_030_261_696, 8_030_261_696, FILE, False),
        # Draft heads are small although they bear the large model's name.
        ("RedHatAI/Qwen3-8B-speculator.eagle3", 1_022_037_632, 1_022_037_632, FILE, False),
        ("z-lab/Qwen3.5-27B-DFlash", 1_730_213_120, 1_730_213_120, FILE, False),
        ("yuhuili/EAGLE-LLaMA3-Instruct-8B", 709_885_952, 709_885_952, FILE, False),
        # Mixtures: the total counts, whatever part of it the name states.
        ("allenai/OLMoE-1B-7B-0125-Instruct", 6_919_161_856, 6_919_161_856, FILE, False),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", 46_702_792_704, 46_702_792_704, FILE, False),
        ("meta-llama/Llama-4-Scout-17B-16E-Instruct", 108_641_793_536, 108_641_793_536, FILE, False),
        # Larger than the name: it stands, in doubt.
        ("ByteDance-Seed/BAGEL-7B-MoT", 14_691_079_811, 14_691_079_811, FILE, True),
        # Two halves, and a name that says nothing of size.
        ("google/t5gemma-9b-9b-ul2", 20_333_401_088, 20_333_401_088, FILE, False),
        ("google-bert/bert-base-uncased", 110_106_428, 110_106_428, FILE, False),
    ],
)  # fmt: skip
def test_the_known_traps(model_id, count, n, basis, suspect):
    found = size_of(model_id, Counts(total=count))
    assert (found.n_parameters, found.basis, found.suspect) == (n, basis, suspect)


def test_the_rule_agrees_with_what_was_settled_by_hand_on_real_counts():
    """A second route: whoever prepared the statistics looked at names, architectures and other sources."""

    def near(one, other):
        return abs(math.log(one / other)) < math.log(1.35)

    right, wrong = [], []
    for model, count, by_hand in SIZES.select("model", "n_parameters_in_source", "n_parameters").rows():  # fmt: skip
        agrees = near(size_of(model, Counts(total=count)).n_parameters, by_hand)
        (right if near(count, by_hand) else wrong).append(agrees)
    assert (len(right), len(wrong)) == (RIGHT, WRONG)
    assert sum(right) / len(right) > 0.98  # a good count is left alone
    assert sum(wrong) / len(wrong) > 0.8  # a wrong one is set right


@pytest.mark.parametrize(
    ("by_type", "words", "name", "expected", "basis"),
    [
        # Eight 4-bit weights in an I32: 7 · 10⁹ weights, an embedding table in F16, scales and zero points.
        ({"I32": 830_000_000, "F16": 330_000_000}, ["gptq", "4-bit"], "x/big-7b-chat-GPTQ", 6_970_000_000, UNPACKED),
        ({"U32": 1_000_000_000, "BF16": 30_000_000}, [], "mlx-community/thing-8B-4bit", 8_030_000_000, UNPACKED),
        ({"U32": 2_000_000_000, "BF16": 30_000_000}, [], "mlx-community/thing-8B-8bit", 8_030_000_000, UNPACKED),
        ({"U8": 3_500_000_000, "BF16": 1_000_000_000}, ["bitsandbytes", "4-bit"], "x/thing-8B", 8_000_000_000, UNPACKED),
        # Without a size in the name the words are unpacked by the bits that are stated.
        ({"U32": 500_000_000, "BF16": 100_000_000}, ["mlx", "4-bit"], "mlx-community/thing", 4_100_000_000, UNPACKED),
        # int8 in I8 is one weight an element.
        ({"I8": 7_000_000_000, "BF16": 500_000_000}, ["compressed-tensors"], "x/thing-7B-w8a8", 7_500_000_000, UNPACKED),
        # What does not come near the name after unpacking leaves the name to speak.
        ({"I32": 100_000_000}, ["awq"], "x/thing-14B-AWQ", 14_000_000_000, PACKED_NAME),
    ],
)  # fmt: skip
def test_packed_words_are_unpacked_by_their_bits(by_type, words, name, expected, basis):
    found = size_of(name, Counts(total=sum(by_type.values()), by_type=by_type), words)
    assert found.basis == basis
    assert found.n_parameters == expected


def test_without_a_file_the_gguf_speaks_then_the_name_then_nobody():
    assert size_of("x/m-7B-GGUF", Counts(gguf=7_241_732_096)) == Size(7_241_732_096, GGUF)
    assert size_of("x/m-7B-GGUF", Counts(gguf=5)).basis == NAME
    assert size_of("x/m-7B", Counts()) == Size(7_000_000_000, NAME)
    assert size_of("x/m", Counts()) == Size(None, None)


@pytest.mark.parametrize(
    ("name", "bits"),
    [
        ("x/m-4bit", 4), ("x/m-6bit-mlx", 6), ("x/m-W4A16", 4), ("x/m-int8", 8), ("x/m-NVFP4", 4), ("x/m-GPTQ", 4),
        ("x/m-AWQ", 4), ("x/m-quantized.w8a8", 8), ("x/m-FP8", None), ("x/m-FP8-dynamic", None), ("x/m-7B", None),
        ("x/m-2507", None), ("x/m-v0.3", None), ("x/Llama-3.2-1B", None), ("mlx-community/m-bf16", None),
    ],
)  # fmt: skip
def test_bits_are_read_from_a_name(name, bits):
    assert packed_bits(name) == bits


@pytest.mark.parametrize("name", ["nvidia/Eagle2.5-8B", "maxcurrent/Peagle-9b", "vicgalle/CarbonBeagle-11B-truthy", "x/drafting-7B"])  # fmt: skip
def test_an_eagle_in_the_name_is_not_yet_a_draft_head(name):
    assert not is_draft_head(name)


def test_active_parameters_come_from_the_name_of_a_mixture():
    assert size_of("Qwen/Qwen3-30B-A3B", Counts(total=30_532_122_624)).n_active == 3_000_000_000
    assert named_active("google/gemma-3-4b-it") is None
    assert named_active("x/y-A22B-A3B") is None


def test_a_table_counted_twice_is_told_by_the_stated_size():
    # Qwen3-0.6B: 751,632,384 in a file, 596,049,920 in memory; the table is 151,936 x 1,024. Qwen3-1.7B likewise.
    assert is_tied_twice(751_632_384, 596_049_920, 151_936 * 1_024)
    assert is_tied_twice(2_031_739_904, 1_720_574_976, 151_936 * 2_048)
    # blip-image-captioning-large: the Hub's file, and mteb's registry for the other two.
    assert is_tied_twice(469_733_436, 446_128_642, 23_442_432)
    assert not is_tied_twice(596_049_920, 596_049_920, 155_582_464)
    assert not is_tied_twice(751_632_384, 596_049_920, None)


@pytest.mark.parametrize(
    ("name", "before", "after", "stands"),
    [
        # A documented size is not replaced by a file that counts a tied table twice.
        ("Qwen/Qwen3-0.6B", Size(596_049_920, "mteb"), Size(751_632_384, FILE), 596_049_920),
        # A file's count replaces the name's size.
        ("x/m-7B", Size(7_000_000_000, NAME), Size(7_241_732_096, FILE), 7_241_732_096),
        # Of two files the later.
        ("x/m-7B", Size(7_241_732_096, FILE), Size(7_250_000_000, FILE), 7_250_000_000),
        # Two files far apart: the one nearer to the name, or the earlier.
        ("x/m-7B", Size(7_241_732_096, FILE), Size(1_000_000, FILE), 7_241_732_096),
        ("x/m-7B", Size(1_000_000, FILE), Size(7_241_732_096, FILE), 7_241_732_096),
        ("x/m", Size(100, FILE), Size(7_241_732_096, FILE), 100),
        ("x/m", Size(None, None), Size(100, FILE), 100),
        ("x/m", Size(100, FILE), Size(None, None), 100),
    ],
)
def test_of_an_earlier_and_a_later_statement_one_stands(name, before, after, stands):
    assert settled(name, before, after).n_parameters == stands


def test_two_files_far_apart_without_a_name_are_in_doubt():
    assert settled("x/m", Size(100, FILE), Size(7_241_732_096, FILE)).suspect


@given(st.integers(1, 10**13), st.sampled_from(["x/m", "x/m-7B", "x/m-8x7B", "x/m-30B-A3B", "x/m-7B-AWQ"]))  # fmt: skip
def test_it_is_a_rule_and_settles(count, name):
    """The same statement twice is that statement; and what stands is never more in doubt for being said again."""
    first = size_of(name, Counts(total=count))
    assert settled(name, first, first) == first
    assert first.n_parameters is None or first.n_parameters > 0
    assert judged(name, count, FILE)._replace(n_active=None) == first._replace(n_active=None)
    assert judged(name, count, "measured") == Size(count, "measured")


def test_the_best_basis_stands_then_the_count_without_doubt():
    rows = pl.DataFrame(
        [("a", 5, NAME, False, None, "2026-01-01"), ("a", 7, FILE, True, None, "2026-01-01"),
         ("a", 8, FILE, False, None, "2025-01-01"), ("b", 0, FILE, False, None, "2025-01-01")],
        schema={"model_id": pl.String, "n_parameters": pl.Int64, "n_parameters_basis": pl.String,
                "params_suspect": pl.Boolean, "n_active_parameters": pl.Int64, "date": pl.String},
        orient="row",
    )  # fmt: skip
    assert best_size(rows).rows() == [("a", 8, FILE, False, None)]


@pytest.mark.parametrize(
    ("name", "size"),
    [("x/m-7B", 7e9), ("x/m-06b", 0.6e9), ("x/m-1_8b", None), ("x/m-8x7b", None), ("x/m-1B-7B", None), ("x/m-A3B", None)],
)  # fmt: skip
def test_one_size_in_a_name(name, size):
    assert named_size(name) == size


def test_experts_and_halves_widen_what_a_name_allows():
    assert named_size_ratio("x/Llama-4-Scout-17B-16E", 108_641_793_536) == 1.0
    assert named_size_ratio("google/t5gemma-9b-9b-ul2", 20_333_401_088) == pytest.approx(20.333 / 18, rel=1e-3)  # fmt: skip
