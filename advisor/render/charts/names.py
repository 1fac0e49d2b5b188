"""Names from outside in pictures: escaped, since plotly reads tags in text, and shortened in the middle."""

from __future__ import annotations

import html

from advisor.figures import words
from advisor.render.escape import plain


def shown(text: str) -> str:
    """Text as it is, for any place where plotly would read tags in it; control characters made visible."""
    return html.escape(plain(text), quote=False)


def size_class(name: str) -> str:
    """A size class, or words that end in one, as a label."""
    return shown(words.size_class(name))


def short(name: str, letters: int) -> str:
    """A name of at most `letters` letters, its maker and then its middle left out; not yet escaped."""
    if len(name) <= letters:
        return name
    own = name.rpartition("/")[2]
    if len(own) <= letters:
        return own
    tail = (letters - 1) // 2
    return f"{own[: letters - 1 - tail]}…{own[len(own) - tail :]}"


def model(name: str, letters: int = 28) -> str:
    """A model's name as a label."""
    return shown(short(name, letters))
