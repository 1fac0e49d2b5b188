"""One or two sentences on a task out of the README that lies beside its files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

LONGEST: Final = 300
"""Characters of a description."""
_FEWEST_WORDS: Final = 6
_CODE: Final = re.compile(r"```.*?(```|\Z)", re.DOTALL)
_LINK: Final = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_URL: Final = re.compile(r"<?https?://\S+>?")
_MARKUP: Final = re.compile(r"[*_`#>|]+|</?\w[^>]*>")
_LEAD: Final = re.compile(r"^\W*(abstract|description|overview|summary|paper|homepage|source|dataset)\b\W*", re.IGNORECASE)  # fmt: skip
_TITLE: Final = re.compile(r"^\W*title\W*:?\W*(?P<title>.+)$", re.IGNORECASE | re.MULTILINE)
_ENDS: Final = re.compile(r"^#+\s*(citation|bibtex|groups|checklist|changelog|tasks|usage)\b.*", re.IGNORECASE | re.MULTILINE | re.DOTALL)  # fmt: skip


def nearest_readme(file: Path, root: Path) -> Path | None:
    """The README of the file's folder or of the nearest one above it, below `root`."""
    folder = file.parent
    while folder != root and root in folder.parents:
        if (readme := folder / "README.md").is_file():
            return readme
        folder = folder.parent
    return None


def summary(text: str) -> str | None:
    """The title of the paper and the first prose of a README, at most LONGEST characters; None if it has none."""
    text = _CODE.sub(" ", text)
    title = _TITLE.search(text)
    prose = _prose(_ENDS.sub("", text))
    parts = [_plain(title["title"]).rstrip(".") if title else "", prose or ""]
    if title and prose and prose.lower().startswith(parts[0].lower()):
        parts = ["", prose]
    return shorten(". ".join(part for part in parts if part)) or None


def _prose(text: str) -> str | None:
    for block in re.split(r"\n\s*\n", text):
        lines = [
            line
            for line in block.splitlines()
            if not re.match(r"\s*(#|\||[-*+]\s|\d+\.\s|title\b|\W*title:)", line, re.IGNORECASE)
        ]
        plain = _plain(_LEAD.sub("", " ".join(lines)))
        if len(plain.split()) >= _FEWEST_WORDS and re.search(r"[a-z]{3}", plain):
            return plain
    return None


def _plain(text: str) -> str:
    text = _URL.sub(" ", _LINK.sub(r"\1", text))
    return re.sub(r"\s+", " ", _MARKUP.sub(" ", text)).strip(" -:–—")


def shorten(text: str) -> str:
    """`text` up to LONGEST characters, cut at a sentence or at a word."""
    if len(text) <= LONGEST:
        return text
    cut = text[:LONGEST]
    sentence = max(cut.rfind(". "), cut.rfind("? "))
    if sentence >= LONGEST // 2:
        return cut[: sentence + 1]
    return cut[: LONGEST - 1].rsplit(" ", 1)[0] + "…"
