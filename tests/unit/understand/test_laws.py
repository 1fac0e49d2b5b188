from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.core.errors import AdvisorError
from advisor.core.ids import TASK_FAMILIES
from advisor.understand import read_task
from advisor.understand.free_text import read_text

BASES = {
    "sort support tickets into 12 topics": "text-classification",
    "semantic search over our wiki": "retrieval",
    "extract names and dates from contracts": "information-extraction",
    "summarise meeting transcripts": "summarization",
    "translate German manuals into English": "translation",
    "generate Python functions from docstrings": "code-generation",
    "solve algebra word problems step by step": "reasoning-math",
    "predict churn from a customer table": "tabular-classification",
    "estimate house prices from square metres and location": "tabular-regression",
    "cluster news stories without predefined categories": "clustering",
    "Kundenmails nach Thema klassifizieren": "text-classification",
    "对用户反馈进行聚类": "clustering",
}
PHRASES = [
    "under 15 ms", "20 ms p95", "8 gigs of RAM", "at most 150 M parameters", "$2 per 1k requests", "CPU only", "without a GPU",
    "must be explainable to the auditor", "nothing may leave our network", "licence for commercial use", "300 labelled examples",
]  # fmt: skip


@pytest.mark.parametrize("text", BASES)
@given(phrase=st.sampled_from(PHRASES), other=st.sampled_from(PHRASES))
@settings(max_examples=12, deadline=None)
def test_adding_limits_does_not_change_what_the_task_is(text, phrase, other):
    """If this breaks, asking for less latency could turn a search into a classification."""
    assert read_text(f"{text}, {phrase}, {other}").task_family == BASES[text]


@given(st.text(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_a_profile_or_an_expected_error(catalogue, text):
    said = ""
    try:
        said = read_task(text, catalogue=catalogue).model_dump_json()
    except AdvisorError as error:
        said = str(error)
    assert said
    assert not {"\n", "\x1b", "\x00"} & set(said)


@given(
    st.lists(
        st.sampled_from(
            [
                "classify",
                "15",
                "ms",
                "under",
                "half",
                "a",
                "second",
                "of",
                "8",
                "GB",
                ",",
                ".",
                "$",
                "300",
                "labels",
                "<3B",
                "not",
                "no",
                "亿",
                "三",
                "ein",
                "de",
            ]
        ),
        max_size=14,
    )
)
@settings(max_examples=150, deadline=None)
def test_any_order_of_limit_words_is_survived(words):
    with contextlib.suppress(AdvisorError):
        assert read_text(" ".join(words)).task_family in TASK_FAMILIES


@given(st.text(alphabet="bdfghjkqwxz ", min_size=3, max_size=60))
@settings(max_examples=150, deadline=None)
def test_letters_without_a_vowel_never_get_a_verdict(catalogue, text):
    with pytest.raises(AdvisorError):
        read_task(f"zz {text}", catalogue=catalogue)
