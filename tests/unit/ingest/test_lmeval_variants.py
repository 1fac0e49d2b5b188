"""The free text of `variant` lands in the key columns, by documented rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.ingest.lmeval_sources import LABELS, SOURCES, resolve
from advisor.ingest.lmeval_variants import Variant, parse_variant


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("open-llm-leaderboard-v1", "bfloat16 Adapter", Variant(precision="bfloat16", model_revision="weights=adapter")),
        ("open-llm-leaderboard-v1", "GPTQ", Variant(precision="gptq")),
        ("euroeval", None, Variant(split="test")),
        ("euroeval", "val", Variant(split="val")),
        ("euroeval", "zero-shot, val", Variant(split="val", zero_shot=True)),
        ("euroeval", "no-thinking zero-shot, val", Variant(split="val", zero_shot=True, run_mode="no-thinking", model_revision="mode=no-thinking")),
        ("euroeval", "slow-tokenizer", Variant(split="test", subset="slow-tokenizer")),
        ("pythia", "step143000", Variant(model_revision="step143000", training_step=143_000)),
        ("pythia", "0.25MtokBS step24000", Variant(model_revision="0.25MtokBS-step24000", training_step=24_000)),
        ("swallow", "reasoning=on (medium)", Variant(run_mode="medium", model_revision="mode=medium")),
        ("swallow", "reasoning=on", Variant(run_mode="thinking", model_revision="mode=thinking")),
        ("swallow", "reasoning=N/A", Variant()),
        ("open-lm-scaling", "chinchilla x16.0", Variant(model_revision="chinchilla=x16")),
        ("aider", "edit_format=diff", Variant(subset="edit_format=diff")),
        ("evalplus", "Zephyr β-7B", Variant()),
        ("lm-eval-results", "dtype=bfloat16 enable_thinking=False limit=20", Variant(precision="bfloat16", run_mode="no-thinking", model_revision="mode=no-thinking", subset="limit=20", partial=True)),
        ("lm-eval-results", "dtype=bfloat16 gpu_memory_utilization=0.7 max_model_len=2048", Variant(precision="bfloat16", subset="max_model_len=2048")),
        ("lm-eval-results", "temperature=0.0 system_prompt=You are\nvery able.", Variant(subset="system_prompt=own;temperature=0.0")),
    ],
)  # fmt: skip
def test_variants_are_split_over_the_key_columns(source, text, expected):
    assert parse_variant(source, text) == expected


@given(st.sampled_from(sorted(SOURCES)), st.one_of(st.none(), st.text(max_size=30)))
def test_any_text_gives_words_and_never_null(source, text):
    variant = parse_variant(source, text)
    assert all((variant.precision, variant.model_revision, variant.subset, variant.split))


def test_every_label_leads_to_a_listed_source_of_the_same_repository():
    for (repository, _), (source_id, harness, version) in LABELS.items():
        assert SOURCES[source_id].repository == repository
        assert harness
        assert version


def test_lm_evals_own_labels_carry_their_version():
    assert resolve("EleutherAI/pythia", "lm-evaluation-harness 0.3") == ("pythia", "lm-eval", "0.3")
    assert resolve("EleutherAI/lm-evaluation-harness", "lm-evaluation-harness 0.4.13.dev0") == ("lm-eval-results", "lm-eval", "0.4.13.dev0")  # fmt: skip


def test_a_source_nobody_reviewed_is_nobodys():
    assert resolve("hlzhang109/prescriptive-scaling", "lm-evaluation-harness 0.4") is None
    assert resolve("EleutherAI/pythia", "something else") is None
