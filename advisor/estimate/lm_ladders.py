"""Ladders: one maker's models that differ only in size, found by their names, and which of them are one family."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.leaderboards import Board

_SIZE: Final = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)([bm])(?![a-z0-9])")
_PLAIN: Final = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True, kw_only=True)
class Ladders:
    """The rungs of all ladders on one leaderboard, sorted by ladder and size."""

    set: str
    tasks: tuple[str, ...]
    models: NDArray[np.str_]
    ladder: NDArray[np.str_]
    family: NDArray[np.str_]
    """Ladders of one release (base and chat, say) share it and leave the training part together."""
    log_size: NDArray[np.float64]
    """Natural logarithm of the parameters in billions, as the name states them."""
    instruct: NDArray[np.float64]
    values: NDArray[np.float64]
    """(rungs, tasks) fractions."""

    def with_values(self, values: NDArray[np.float64]) -> Ladders:
        """The same rungs with other scores."""
        return Ladders(
            set=self.set,
            tasks=self.tasks,
            models=self.models,
            ladder=self.ladder,
            family=self.family,
            log_size=self.log_size,
            instruct=self.instruct,
            values=values,
        )


def split_name(model_id: str) -> tuple[str, float] | None:
    """("maker/name with # for its size", billions of parameters), or None for a name that states no size."""
    name = model_id.lower()
    found = _SIZE.search(name)
    if found is None:
        return None
    scale = 1.0 if found[2] == "b" else 1e-3
    return f"{name[: found.start()]}#{name[found.end() :]}", float(found[1]) * scale


def ladders(board: Board, models: pl.DataFrame) -> Ladders:
    """Ladders of at least two sizes among pretrained models and their makers' own tunings.

    models: MODELS as a snapshot holds it. A rung is verified, its tuning is base or instruct, and its maker has a
    verified base model: merges and other people's fine-tunes are not families of their own. Two ladders are one
    family when their declared family or the name before the size is the same. Source: METHOD.md#lm
    """
    makers = _pretrainers(models)
    rows = []
    for place, (model_id, verified, tuning) in enumerate(
        board.models.select("model_id", "verified", "tuning").iter_rows()
    ):
        found = split_name(model_id)
        usable = verified and tuning in {"base", "instruct"} and _maker(model_id) in makers
        if found is not None and usable:
            rows.append((place, *found, tuning == "instruct"))
    frame = pl.DataFrame(rows, schema=["place", "ladder", "size", "instruct"], orient="row")
    frame = frame.sort("ladder", "size", "place").unique(
        ["ladder", "size"], keep="first", maintain_order=True
    )
    frame = frame.filter(pl.len().over("ladder") > 1)
    rungs = frame["place"].to_numpy()
    return Ladders(
        set=board.name,
        tasks=board.tasks,
        models=board.models["model_id"].to_numpy()[rungs].astype(np.str_),
        ladder=frame["ladder"].to_numpy().astype(np.str_),
        family=_families(frame["ladder"].to_list(), board.models["family"].gather(rungs).to_list()),
        log_size=np.log(frame["size"].to_numpy().astype(np.float64)),
        instruct=frame["instruct"].to_numpy().astype(np.float64),
        values=board.values[rungs],
    )


def _maker(model_id: str) -> str:
    return model_id.partition("/")[0]


def _pretrainers(models: pl.DataFrame) -> set[str]:
    own = models.filter(pl.col("verified"), pl.col("tuning") == "base")["model_id"].to_list()
    return {_maker(name) for name in own}


def _families(names: list[str], declared: list[str | None]) -> NDArray[np.str_]:
    """The least key that is joined to each rung through shared ladders, names and declared families."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            key = parent[key]
        return key

    def join(one: str, other: str) -> None:
        low, high = sorted((root(one), root(other)))
        parent[high] = low

    for name, family in zip(names, declared, strict=True):
        stem = _PLAIN.sub("", name.partition("/")[2].partition("#")[0])
        join(f"~{name}", stem)
        # A label with a maker in it was guessed from the name, size and all.
        if family and "/" not in family:
            join(f"~{name}", _PLAIN.sub("", family.lower()))
    return np.array([root(f"~{name}") for name in names])
