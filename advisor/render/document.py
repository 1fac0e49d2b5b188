"""A text of the house as sections that can be shown one at a time, and linked to."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from advisor.tables import locate

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_HEADING: Final = re.compile(r"(#{1,6}) (.+)")
_MENTION: Final = re.compile(r"(?<![\w`/])#([a-z][a-z0-9-]*)")


@dataclass(frozen=True, kw_only=True)
class Section:
    """One heading with the text up to the next."""

    anchor: str
    """As links and docstrings spell it: "good-enough"."""
    title: str
    depth: int
    """1 for the document's own title."""
    text: str
    """Markdown below the heading, without it."""


def read(name: str) -> list[Section]:
    """The sections of a document that ships with the package. Raises: MissingData: it is not there."""
    return sections(locate.document(name).read_text(encoding="utf-8"))


def sections(text: str) -> list[Section]:
    """Every heading with its text, in order; what stands in a fenced block is no heading.

    Of headings that are called the same, the second is "name-1". Text before the first heading is left out.
    """
    found: list[tuple[int, str, list[str]]] = []
    fenced = False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        if not fenced and (heading := _HEADING.fullmatch(line)):
            found.append((len(heading[1]), heading[2].strip(), []))
        elif found:
            found[-1][2].append(line)
    seen: Counter[str] = Counter()
    made = []
    for depth, title, lines in found:
        name = anchor(title)
        numbered = f"{name}-{seen[name]}" if seen[name] else name
        seen[name] += 1
        made.append(
            Section(anchor=numbered, title=title, depth=depth, text="\n".join(lines).strip())
        )
    return made


def anchor(title: str) -> str:
    """A heading as the fragment that points to it: lower case, spaces as hyphens, no other signs."""
    return re.sub(r"[^\w-]", "", title.strip().lower().replace(" ", "-"))


def linked(text: str, anchors: Collection[str], *, address: str) -> str:
    """Markdown in which a mention of a section, like "(#guard)", is a link; in code it stays as it is.

    address: where a section is shown, its anchor to be put in the place of "{}".
    """

    def link(found: re.Match[str]) -> str:
        known = found[1] in anchors
        return f"[#{found[1]}]({address.format(found[1])})" if known else found[0]

    parts = re.split(r"(```.*?```|`[^`]*`)", text, flags=re.DOTALL)
    return "".join(
        part if part.startswith("`") else _MENTION.sub(link, part) for part in parts
    )  # fmt: skip


def holding(found: Sequence[Section], words: str) -> list[Section]:
    """The sections whose title or text holds all the words, whatever their case."""
    wanted = words.lower().split()
    return [one for one in found if all(w in f"{one.title}\n{one.text}".lower() for w in wanted)]
