"""Numbers that a user typed, read and held against what is accepted."""

from __future__ import annotations

import math
from typing import Final, TypedDict, Unpack

from advisor.core.errors import BadInput


class Ends(TypedDict, total=False):
    """What is accepted; an end that is absent is open."""

    least: float
    most: float
    above: float
    below: float


_WORDS: Final = {"least": "at least", "most": "at most", "above": "above", "below": "below"}


def within(field: str, value: object, *, example: str, **ends: Unpack[Ends]) -> float:
    """`value` as a number between the ends.

    Raises: BadInput: not a number, or outside; the message says what is accepted, with the example.
    """
    try:
        number = float(value) if isinstance(value, str | int | float) else math.nan
    except ValueError:
        number = math.nan
    inside = (
        math.isfinite(number)
        and ends.get("least", -math.inf) <= number <= ends.get("most", math.inf)
        and ends.get("above", -math.inf) < number < ends.get("below", math.inf)
    )
    if not inside:
        words = [f"{word} {ends[end]:g}" for end, word in _WORDS.items() if end in ends]  # type: ignore[literal-required]
        accepted = " ".join(["a number", " and ".join(words)]).rstrip()
        raise BadInput(f"{field}: {value!r} must be {accepted}; write it like {example}")
    return number


def whole(field: str, value: object, *, example: str, **ends: Unpack[Ends]) -> int:
    """The same as a whole number. Raises: BadInput: see within; or it has decimals."""
    number = within(field, value, example=example, **ends)
    if number != int(number):
        raise BadInput(f"{field}: {value!r} must be a whole number; write it like {example}")
    return int(number)
