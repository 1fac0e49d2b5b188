"""The answer as JSON: the same bytes for the same answer, and the schema that describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from pydantic import BaseModel

from advisor.core.profile import Constraints, TaskProfile
from advisor.core.recommendation import Recommendation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.core.errors import Unclear
    from advisor.core.recommendation import RankedModel

DIGITS: Final = 6
"""Significant digits of a computed number; what the user stated is echoed in full."""
_OPTIONS: Final = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


def render(answer: Recommendation) -> str:
    """The whole answer. Keys of typed objects stand in their declared order, all others by name."""
    return orjson.dumps(_plain(answer), option=_OPTIONS).decode()


def profile(read: TaskProfile, *, line: bool = False) -> str:
    """A task profile alone; with `line`, on one line."""
    return orjson.dumps(_plain(read), option=_layout(line=line)).decode()


def question(unclear: Unclear, *, line: bool = False) -> str:
    """The question that goes back instead of advice: `{"question": ..., "why": ...}`."""
    facts = {"question": unclear.question, "why": unclear.why}
    return orjson.dumps(facts, option=_layout(line=line)).decode()


def rows(table: list[dict[str, Any]]) -> str:
    """A list of flat objects, e.g. the models that a search found; keys in the given order."""
    return orjson.dumps(_in_order(table), option=_OPTIONS).decode()


def mapping(facts: dict[str, Any]) -> str:
    """One object, e.g. what a snapshot is; keys in the given order."""
    return orjson.dumps(_in_order(facts), option=_OPTIONS).decode()


def side_by_side(
    read: TaskProfile, models: Sequence[RankedModel], *, snapshot_id: str, absent: dict[str, str]
) -> str:
    """A comparison: the profile, the compared models in order, and the named ones without an estimate."""
    facts = {
        "snapshot_id": snapshot_id,
        "profile": _plain(read),
        "models": [_plain(model) for model in models],
        "absent": absent,
    }
    return orjson.dumps(facts, option=_OPTIONS).decode()


def parse(text: str | bytes) -> Recommendation:
    """The answer that `render` wrote; floats carry DIGITS significant digits."""
    return Recommendation.model_validate(orjson.loads(text))


def _layout(*, line: bool) -> int:
    return orjson.OPT_APPEND_NEWLINE if line else _OPTIONS


def _plain(value: Any) -> Any:
    if isinstance(value, Constraints):
        return value.model_dump(exclude_none=True)
    if isinstance(value, TaskProfile):
        # The user's own numbers (limits, weights, tolerance) are theirs: echoed, not rounded.
        return value.model_dump() | {
            "constraints": _plain(value.constraints),
            "neighbours": [_plain(neighbour) for neighbour in value.neighbours],
            **{key: _by_key(getattr(value, key)) for key in ("read_from", "table", "weights")},
        }
    if isinstance(value, BaseModel):
        plain = {name: _plain(getattr(value, name)) for name in type(value).model_fields}
        if isinstance(value, Recommendation) and value.as_of is None:
            del plain["as_of"]
        return plain
    if isinstance(value, dict):
        return {key: _plain(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return _rounded(value) if isinstance(value, float) else value


def _in_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _in_order(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_in_order(entry) for entry in value]
    return _rounded(value) if isinstance(value, float) else value


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _by_key(facts: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if facts is None else dict(sorted(facts.items()))
