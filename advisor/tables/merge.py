"""When sources or runs disagree about one number, a written rule says which row speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One criterion: the values of `column` from best to worst, or "high"/"low" for an ordered column."""

    column: str
    best: tuple[tuple[str, ...], ...] | Literal["high", "low"]
    """Groups of equal standing, best first; a value in no group stands behind them all."""
    why: str

    def sort_key(self) -> pl.Expr:
        """An expression that is smallest for the preferred rows; null where the row says nothing."""
        column = pl.col(self.column)
        if self.best == "low":
            return column
        if self.best == "high":
            return column.rank("dense", descending=True)
        places = {value: place for place, group in enumerate(self.best) for value in group}
        return column.replace_strict(
            list(places), list(places.values()), default=len(self.best), return_dtype=pl.Int32
        )


NATIVE: Final = ("lm-eval-results", "pythia", "euroeval", "evalplus", "swallow")
DUMPS: Final = (
    "open-llm-leaderboard-v1",
    "open-llm-leaderboard-v2",
    "helm",
    "aider",
    "alpaca-eval",
)
COLLECTED: Final = ("sloth-compiled", "obsscaling", "obsscaling-agents")

PRECEDENCE: Final = (
    Rule(
        column="precision",
        best=(("unknown", "bfloat16", "float16", "float32", "auto"), ("float8", "8bit"), ("4bit", "gptq")),
        why="a quantised run is another model; half and full precision agree to within their error",
    ),
    Rule(
        column="run_mode",
        best=(("default",), ("thinking",), ("medium",), ("high",), ("low",), ("minimal",), ("none", "no-thinking")),
        why="what the model does unasked; then the mode nearest to it",
    ),
    Rule(
        column="split",
        best=(("test", "unknown"), ("val",)),
        why="a validation split may have been tuned on",
    ),
    Rule(
        column="shots",
        best=(("protocol",), ("other",)),
        why="the shots that the protocol names, before those that it also admits",
    ),
    Rule(
        column="source_id",
        best=(NATIVE, DUMPS, COLLECTED),
        why="the harness's own files, then a leaderboard's dump, then what others re-collected",
    ),
    Rule(column="n_items", best="high", why="more items, less noise"),
    Rule(column="training_step", best="high", why="a checkpoint gives way to a later one"),
    Rule(column="measured_at", best="high", why="a rerun replaces what it repeats"),
    Rule(column="same_name", best="high", why="the spelling that the model's own page uses"),
)  # fmt: skip
"""Best first; a row that a rule leaves equal goes to the next one. Source: METHOD.md#precedence

Rules whose column the frame lacks are passed over, so that each source brings what it knows.
"""


def prefer(rows: pl.DataFrame, precedence: Sequence[Rule], *, key: list[str]) -> pl.DataFrame:
    """One row per `key`, the one that `precedence` puts first; sorted by `key`.

    Rows that every rule leaves equal are told apart by the rest of their columns in order, so that
    the choice does not depend on the order of the input.
    """
    used = [rule for rule in precedence if rule.column in rows.columns]
    # The rules' own columns too: equal standing is not equal content.
    rest = [
        name for name, dtype in rows.schema.items() if name not in key and not dtype.is_nested()
    ]
    ordered = rows.sort(
        [*(pl.col(name) for name in key), *(rule.sort_key() for rule in used), *rest],
        nulls_last=True,
    )
    return ordered.unique(subset=key, keep="first", maintain_order=True)
