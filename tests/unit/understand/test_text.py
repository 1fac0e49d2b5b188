from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.understand.cues import lexicon
from advisor.understand.languages import common_words
from advisor.understand.text import clean, fold, tokens_of
from advisor.understand.typos import corrected, one_slip


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("\x1b[31mred\x1b[0m tickets", "red tickets"),
        ("\x1b]0;title\x07sort mails", "sort mails"),
        ("a<script>alert(1)</script>b", "a b"),
        ("<b>bold</b> claims", "bold claims"),
        ("under <15 ms and >90 %", "under <15 ms and >90 %"),
        ("zero\u200bwidth \u202eright to left", "zero width right to left"),
        ("tab\tand\nnewline", "tab and newline"),
    ],
)
def test_nothing_that_a_terminal_or_a_page_would_obey_is_left(raw, kept):
    assert clean(raw) == kept


@given(st.text(max_size=300))
def test_cleaned_text_holds_no_control_character_and_cleaning_it_again_changes_little(raw):
    text = clean(raw)
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs"} for c in text)
    assert "\x1b" not in text
    assert text == text.strip()


def test_accents_and_case_do_not_matter_to_a_cue():
    assert [fold(w) for w in ("Übersetzen", "GROSSE", "große", "Résumé")] == [
        "ubersetzen", "grosse", "grosse", "resume",
    ]  # fmt: skip


def test_a_token_points_back_to_its_characters():
    text = "Größe l'été 分类"
    assert [text[t.start : t.end] for t in tokens_of(text)] == ["Größe", "l", "été", "分", "类"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sumarize", "summarize"),
        ("dupilcate", "duplicate"),
        ("extrct", "extract"),
        ("sentimnet", "sentiment"),
    ],
)
def test_one_slip_of_the_finger_is_read_as_the_word_meant(typed, meant):
    found = corrected(tokens_of(typed), lexicon(), known=common_words())
    assert [t.text for t in found] == [meant]


@pytest.mark.parametrize(
    "word", ["contacts", "cause", "ranging", "making", "content", "parent", "failing"]
)
def test_a_real_word_near_a_cue_word_stays_as_it_is(word):
    assert corrected(tokens_of(word), lexicon(), known=common_words())[0].text == word


def test_another_ending_is_not_a_slip():
    assert not one_slip("created", "creates")
    assert not one_slip("tickets", "ticket")
