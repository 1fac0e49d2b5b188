"""One chart before it is drawn: the frame, exactly as drawn, and the words without which it must not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from advisor.core.ids import SIZE_EDGES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import polars as pl

    from advisor.core.recommendation import Recommendation

MOST_MODELS = 1000
"""Ranked models that an answer must hold for its charts (`top` of the question): all that compete in any pool."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a chart is asked for. Each chart reads the fields that its catalogue entry names, and no other."""

    answer: Recommendation | None = None
    """The answer to one question, asked with `top=MOST_MODELS`."""
    tasks: tuple[str, ...] = ()
    """Tasks of the catalogue, benchmarks or task types, in the order in which they are shown."""
    models: tuple[str, ...] = ()
    """Model ids, or size classes, in the order in which they are shown."""
    as_of: date | None = None
    """What was published later is invisible; None: all of the snapshot."""
    edges: tuple[int, ...] = SIZE_EDGES
    """Upper edges of the size classes, parameters, ascending."""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """The data of one chart and its words; every number in the words was computed from the data."""

    name: str
    """Its name in the catalogue, and the stem of its files: "figure-1"."""
    title: str
    """What is shown, without the finding; may hold names from outside: escaped when it is drawn."""
    reading: str
    """The finding in a sentence or two, computed; where there is none to state, why."""
    frame: pl.DataFrame
    """The rows that are drawn: tidy, sorted, in canonical units (counts, seconds, bytes, fractions)."""
    parts: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    """Other frames that are drawn, e.g. a fitted curve; each is exported beside the first."""
    notes: tuple[str, ...] = ()
    """Caveats: how the data was chosen, what is missing, what must not be read out of it."""
    better: str | None = None
    """Which way is better: "up and to the left"; None where neither is."""
    pool: str
    """Who is shown, with their number: "812 text embedding models measured by MTEB"."""
    snapshot_id: str
    as_of: date | None = None
    facts: Mapping[str, float | int | str | None] = field(default_factory=dict)
    """Numbers that the words state, by name, for programs: slope, r2, knee ..."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw; `reading` then says what is missing."""
        return self.frame.is_empty()
