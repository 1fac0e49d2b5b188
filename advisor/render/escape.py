"""Foreign words made harmless: user text and model names reach a terminal or a page only through here."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movement
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC: window titles, hyperlinks
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?"  # DCS and the other strings
    r"|\x1b[ -/]*[0-~]"
)
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_BREAKS = {"Zl", "Zp"}
_JOINERS = "\u200c\u200d"  # Persian and Indic spelling needs them, and they move nothing

_ASCII: Final = str.maketrans(
    {"█": "#", "░": ".", "▒": ":", "←": "<-", "→": "->", "▸": ">", "◂": "<", "·": "-", "–": "-", "…": "~", "×": "x", "“": '"', "”": '"', "²": "2", "µ": "u"}
    | dict.fromkeys("▏▎▍", "") | dict.fromkeys("▌▋▊▉", "#")
)  # fmt: skip
_MARKDOWN = re.compile(r"([\\`*_\[\]|~#])")


def plain(text: str, *, at_most: int | None = None) -> str:
    """`text` on one line without escape sequences, control, bidi or unassigned characters.

    at_most: characters kept, the last one an ellipsis where the text was longer.
    """
    text = _SEQUENCE.sub("", text)
    if not text.isascii() or not text.isprintable():
        text = "".join(_visible(character) for character in text)
    text = " ".join(text.split())
    if at_most is not None and len(text) > at_most:
        return text[: at_most - 1].rstrip() + "…"
    return text


def _visible(character: str) -> str:
    if character.isspace() or unicodedata.category(character) in _BREAKS:
        return " "
    if character in _JOINERS or unicodedata.category(character) not in _INVISIBLE:
        return character
    return ""


def markdown(text: str) -> str:
    """`text` as literal words in markdown and HTML: inside a paragraph, a list or a table cell."""
    text = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", text)


def to_ascii(text: str) -> str:
    """`text` for a terminal that knows no Unicode: bars and marks in ASCII, the rest as question marks."""
    return text.translate(_ASCII).encode("ascii", errors="replace").decode("ascii")
