"""The user's own data file in a few lines: how much, of what, how even, how long, and what looks wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from advisor.render import numbers

Facts = Mapping[str, int | float | str | list[str]]


def lines(facts: Facts) -> list[tuple[str, str]]:
    """(label, words) in reading order; facts that the file does not have are left out."""
    found = [
        ("your table", _shape(facts)),
        ("classes", _classes(facts)),
        ("target", _range(facts)),
        ("texts", _texts(facts)),
        ("checks", _checks(facts)),
    ]
    return [(label, words) for label, words in found if words]


def _number(facts: Facts, key: str) -> float | None:
    value = facts.get(key)
    return value if isinstance(value, int | float) else None


def _names(facts: Facts, key: str) -> list[str]:
    value = facts.get(key)
    return value if isinstance(value, list) else []


def _shape(facts: Facts) -> str:
    words = f"{facts.get('rows', 0):,} rows of {facts.get('columns', 0):,} columns"
    if "target" in facts:
        words += f", {facts['target']!r} asked for"
    if texts := _names(facts, "text_columns"):
        words += f" from text in {', '.join(map(repr, texts))}"
    labelled = _number(facts, "labelled_rows")
    if labelled is not None and labelled < cast("float", facts.get("rows", 0)):
        words += f"; {labelled:,} labelled"
    if missing := _number(facts, "missing_share"):
        words += f"; {numbers.percent(missing)} of the cells empty"
    return words


def _classes(facts: Facts) -> str:
    n = _number(facts, "n_classes")
    if n is None:
        return ""
    names = _names(facts, "classes")
    listed = ", ".join(names[:6]) + (", ..." if n > min(len(names), 6) else "")
    words = f"{n:,} ({listed}); the largest {numbers.percent(_number(facts, 'majority_share'))} of the rows"
    words += f", the smallest {facts.get('smallest_class', 0):,} rows"
    balance = _number(facts, "balance")
    return words if balance is None else f"{words}; balance {balance:.2f} of 1"


def _range(facts: Facts) -> str:
    if _number(facts, "target_mean") is None:
        return ""
    low, mean, high = (_number(facts, f"target_{key}") or 0.0 for key in ("min", "mean", "max"))
    return f"{low:,.4g} to {high:,.4g}, mean {mean:,.4g}"


def _texts(facts: Facts) -> str:
    median = _number(facts, "median_characters")
    if median is None:
        return ""
    words = f"{median:,.0f} characters in the median"
    if (long := _number(facts, "p95_characters")) is not None:
        words += f", 95% under {long + 1:,.0f}, longest {facts.get('longest_characters', 0):,}"
    if empty := _number(facts, "empty_texts"):
        words += f"; {empty:,} empty"
    if spoken := _names(facts, "language_shares"):
        words += f"; {', '.join(spoken)}"
    return words


def _checks(facts: Facts) -> str:
    counts = (
        ("repeated_inputs", "repeat an input"),
        ("conflicting_rows", "share an input with another answer"),
    )
    parts = [
        f"{_number(facts, key):,} rows {words}" for key, words in counts if _number(facts, key)
    ]
    for key, words in (
        ("leakage_suspects", "may give the answer away"),
        ("id_like_columns", "names the row: an id"),
    ):
        if names := _names(facts, key):
            parts.append(f"{', '.join(map(repr, names))} {words}")
    return "; ".join(parts) or "nothing gives the answer away, repeats or contradicts itself"
