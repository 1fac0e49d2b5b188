"""The reviewed facts on tasks are found by name, and a wrong facts file is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.core.errors import BadInput
from advisor.core.ids import TASK_FAMILIES
from advisor.ingest.lmeval_families import load_families

FAMILIES = load_families()


@pytest.mark.parametrize(
    ("name", "family", "languages", "twin", "chance"),
    [
        ("gsm8k", "reasoning-math", ("eng",), "gsm8k", 0.0),
        ("gsm8k_cot_zeroshot", "reasoning-math", ("eng",), "gsm8k", 0.0),
        ("mmlu", "question-answering", ("eng",), "mmlu", 0.25),
        ("mmlu_anatomy", "question-answering", ("eng",), "mmlu", 0.25),
        ("global_mmlu_full_sw_anatomy", "question-answering", ("swa",), "mmlu", 0.25),
        ("euroeval:mmlu_de", "question-answering", ("deu",), "mmlu", 0.0),
        ("leaderboard_mmlu_pro", "question-answering", ("eng",), "mmlu_pro", 0.1),
        ("leaderboard_bbh_navigate", "question-answering", ("eng",), "bbh", 0.5),
        ("humaneval_plus", "code-generation", ("eng",), "humaneval", 0.0),
        ("aider_polyglot", "code-generation", ("eng",), "aider", 0.0),
        ("leaderboard_ifeval", "instruction-following", ("eng",), "ifeval", 0.0),
        ("euroeval:nordjylland_news", "summarization", ("dan",), None, None),
        ("helm_lite:WMT 2014", "translation", ("ces", "deu", "eng", "fra", "hin", "rus"), "wmt14", None),
        ("euroeval:norne_nn", "information-extraction", ("nno",), "norne", None),
        ("euroeval:scala_da", "text-classification", ("dan",), None, 0.0),
        ("masakhaner_luo_prompt_4", "information-extraction", ("luo",), "masakhaner", None),
        ("xnli_sw", "pair-classification", ("swa",), "xnli", 0.3333),
        ("lambada_openai_mt_de", None, ("deu",), "lambada", 0.0),
        ("crows_pairs_french_age", None, ("fra",), "crows_pairs", 0.5),
        ("blimp_nl__passive__aci", None, None, None, None),
    ],
)  # fmt: skip
def test_known_tasks_have_their_facts(name, family, languages, twin, chance):
    facts = FAMILIES.facts(name)
    if name.startswith("blimp_nl"):
        assert facts is None  # only its folder tells it from English
        return
    assert (facts.family, facts.languages, facts.twin, facts.chance) == (family, languages, twin, chance)  # fmt: skip


def test_the_folder_speaks_when_the_name_does_not():
    assert FAMILIES.facts("kmmlu_law") is None
    assert FAMILIES.facts("kmmlu_law", folder="kmmlu").languages == ("kor",)
    assert FAMILIES.facts("blimp_nl__passive__aci", folder="blimp_nl").twin == "blimp_nl"


def test_groups_of_the_pattern_fill_the_description():
    assert FAMILIES.facts("mmlu_high_school_biology").description == "Multiple-choice exam questions: high school biology (MMLU)."  # fmt: skip
    assert FAMILIES.facts("leaderboard_mmlu_pro").description.endswith("(MMLU-Pro).")


def test_a_language_the_code_table_does_not_hold_stays_unknown():
    assert FAMILIES.facts("xnli_qq").languages is None


def test_every_pattern_names_a_family_of_ours_or_none():
    entries = [entry for _, entry in FAMILIES.exact.values()] + [e for _, _, e in FAMILIES.patterns]
    assert len(entries) > 400
    assert {entry["family"] for entry in entries if "family" in entry} <= set(TASK_FAMILIES)
    assert all(0 <= entry.get("chance", 0) <= 1 for entry in entries)


@given(st.text(max_size=30))
def test_any_name_gets_an_answer(name):
    facts = FAMILIES.facts(name, folder="arc")
    assert facts is None or facts.family is None or facts.family in TASK_FAMILIES


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[pattern]]\nmatch = "a"\nfamily = "poetry"', "unknown family 'poetry'"),
        ('[[pattern]]\nfamily = "retrieval"', "give the regular expression"),
        ('[[pattern]]\nmatch = "(a"', "no regular expression"),
        ('[[pattern]]\nmatch = "a"\nchanse = 0.5', "unknown fields"),
        ("[[pattern", "cannot be read as TOML"),
    ],
)
def test_a_wrong_facts_file_is_refused_with_the_place(tmp_path, text, message):
    file = tmp_path / "facts.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=message):
        load_families(file)


def test_the_first_pattern_wins_also_over_a_plain_name(tmp_path):
    file = tmp_path / "facts.toml"
    file.write_text('[[pattern]]\nmatch = "a.*"\ntype = "first"\n[[pattern]]\nmatch = "ab"\ntype = "second"\n', encoding="utf-8")  # fmt: skip
    assert load_families(file).facts("ab").type == "first"
