import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.render.escape import markdown, plain, to_ascii


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07name", "name"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mcsi in one byte", "31mcsi in one byte"),
        ("two\r\nlines\tand\vmore", "two lines and more"),
        ("a\x00b\x07c\x7fd", "abcd"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("line\u2028separator", "line separator"),
        ("half \ud800 a pair", "half a pair"),
        ("[red]evil[/red]", "[red]evil[/red]"),
        ("Grüße 你好 🙂", "Grüße 你好 🙂"),
    ],
)
def test_what_would_steer_a_terminal_is_gone_and_words_stay(given_text, shown):
    assert plain(given_text) == shown


@given(st.text())
def test_plain_text_holds_no_character_that_moves_the_cursor_or_reorders(text):
    shown = plain(text)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    shown.encode("utf-8")


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text):
    """If this breaks, removing one escape sequence could put another together."""
    assert plain(plain(text)) == plain(text)


def test_a_long_text_is_cut_with_an_ellipsis():
    assert plain("abcdefgh", at_most=5) == "abcd…"
    assert plain("abcde", at_most=5) == "abcde"


def test_markdown_and_html_are_shown_and_not_obeyed():
    assert markdown("<script>alert(1)</script>") == "&lt;script&gt;alert(1)&lt;/script&gt;"
    assert markdown("a|b *c* [d](e) `f` _g_") == r"a\|b \*c\* \[d\](e) \`f\` \_g\_"


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_no_markdown_cell_can_end_its_row_or_open_a_tag(text):
    shown = markdown(text)
    assert "<" not in shown
    assert "\n" not in shown
    assert all(shown[i - 1 : i] == "\\" for i, c in enumerate(shown) if c == "|")


@given(st.text())
def test_ascii_is_ascii(text):
    assert to_ascii(text).isascii()


def test_bars_and_marks_have_an_ascii_form():
    assert to_ascii("▸ ███▌ 3× “a” 49–51 µs") == '> #### 3x "a" 49-51 us'
