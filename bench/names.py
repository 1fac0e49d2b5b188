"""Names that a user may have meant, for the line that says a model, a task or a benchmark is unknown."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], *, n: int = 3) -> list[str]:
    """Up to `n` known names like `name`, best first; case and a model's organisation may be wrong or left out."""
    wanted = name.strip().lower()
    spelled: dict[str, list[str]] = {}
    for other in sorted(known):
        spelled.setdefault(other.lower(), []).append(other)
        if "/" in other:
            spelled.setdefault(other.rpartition("/")[2].lower(), []).append(other)
    near: list[str] = []
    for wording in dict.fromkeys((wanted, wanted.rpartition("/")[2])):
        for match in difflib.get_close_matches(wording, spelled, n=n, cutoff=0.7):
            near += spelled[match]
    return list(dict.fromkeys(near))[:n]


def hint(name: str, known: Iterable[str], *, otherwise: str) -> str:
    """The end of a line: "; did you mean 'a' or 'b'?", or `otherwise` where nothing is near."""
    near = nearest(name, known)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else f"; {otherwise}"
