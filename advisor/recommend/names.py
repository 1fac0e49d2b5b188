"""Names that a user may have meant, for the error that says a name is unknown."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], *, n: int = 3) -> list[str]:
    """Up to `n` known names like `name`, best first: those that hold it as a part, then near spellings."""
    wanted = name.strip().lower()
    names = sorted(known)
    if not wanted:
        return []
    holding = [other for other in names if wanted in other.lower()]
    holding.sort(key=lambda other: (len(other), other))
    if len(holding) < n:
        # The organisation is often left out or mistyped, so the bare name counts as well.
        spelled: dict[str, list[str]] = {}
        for other in names:
            spelled.setdefault(other.lower(), []).append(other)
            spelled.setdefault(other.rpartition("/")[2].lower(), []).append(other)
        for wording in dict.fromkeys((wanted, wanted.rpartition("/")[2])):
            for match in difflib.get_close_matches(wording, spelled, n=n, cutoff=0.7):
                holding += spelled[match]
    return list(dict.fromkeys(holding))[:n]


def hint(name: str, known: Iterable[str], *, otherwise: str) -> str:
    """The end of an error message: "; did you mean 'a' or 'b'?", or `otherwise` where nothing is near."""
    near = nearest(name, known)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else f"; {otherwise}"
