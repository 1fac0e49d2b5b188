"""The harnesses by name: ours, and those that other packages register under "advisor.harnesses"."""

from __future__ import annotations

import difflib
import importlib
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

from advisor.core.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from bench.protocol import Harness

GROUP: Final = "advisor.harnesses"

OURS: Final = {
    "fake": "bench.harness.fake:FakeHarness",
    "mteb": "bench.harness.mteb_embed:MtebHarness",
    "lm-eval": "bench.harness.lm_eval_text:LmEvalHarness",
    "tabular": "bench.harness.tabular:TabularHarness",
    "own": "bench.harness.own_data:OwnHarness",
}
"""Name → "module:Class"; imported when a job asks for it."""


def harness_names() -> list[str]:
    """All names, ours and others', sorted."""
    return sorted({*OURS, *(point.name for point in entry_points(group=GROUP))})


def harness(name: str) -> Harness:
    """The harness of that name, its module imported now.

    Raises: UnknownName: no such harness; BadInput: a foreign one that cannot be loaded or lacks `name` and
    `run`; MissingExtra: a package that it needs.
    """
    if name in OURS:
        module, _, made = OURS[name].partition(":")
        found: Harness = getattr(importlib.import_module(module), made)()
        return found
    points = {point.name: point for point in entry_points(group=GROUP)}
    if name not in points:
        near = difflib.get_close_matches(name, harness_names(), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UnknownName(f"unknown harness {name!r}{hint}; there are {', '.join(harness_names())}")
    return _foreign(name, points[name].value, points[name].load)


def _foreign(name: str, value: str, load: object) -> Harness:
    try:
        made = load()()  # type: ignore[operator]
    except (ImportError, AttributeError, TypeError) as error:
        raise BadInput(f"harness {name!r} ({value}) cannot be loaded: {error}") from error
    if not callable(getattr(made, "run", None)) or getattr(made, "name", None) != name:
        raise BadInput(f"harness {name!r} ({value}) needs `run(job)` and `name = {name!r}`")
    found: Harness = made
    return found
