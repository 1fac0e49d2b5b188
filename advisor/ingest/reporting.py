"""What a source held and what became of it: counted rows with a reason, so that nothing is dropped in silence."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from advisor.ingest.mteb_tally import REPORT, Action


@dataclass(frozen=True, slots=True)
class Report:
    """Counted lines about one source; "looked for and not met" is a line of zero rows."""

    source: str
    lines: list[tuple[str, str, int, str, str]] = field(default_factory=list)

    def add(self, kind: str, n_rows: int, *, action: Action, why: str) -> None:
        """Note that `n_rows` rows are of this kind, what was done with them, and why."""
        self.lines.append((self.source, kind, int(n_rows), action, why))

    def set_aside(self, frame: pl.DataFrame, bad: pl.Expr, *, kind: str, why: str) -> pl.DataFrame:
        """The rows of `frame` that are not `bad` (null: not bad); the bad ones are counted."""
        kept = frame.filter(~bad.fill_null(value=False))
        self.add(kind, frame.height - kept.height, action="set aside", why=why)
        return kept

    def frame(self) -> pl.DataFrame:
        """The lines with REPORT's columns, in the order they were noted."""
        return pl.DataFrame(self.lines, schema=REPORT, orient="row")
