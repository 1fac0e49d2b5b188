"""What 1,000 items cost: a machine's hour at the speed that was measured, or a provider's price for the tokens used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.core.errors import BadInput
from advisor.tables.snapshot import load
from bench.rows import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.tables.snapshot import Snapshot

ITEMS: Final = 1_000.0
TOKENS_PRICED: Final = 1e6
SECONDS_PER_HOUR: Final = 3_600.0
_Z: Final = 1.959964
"""Normal quantile of a 95 % interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HourlyPrice:
    """An hour of a machine."""

    usd: float
    source: str
    """Whose price, and of which date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPrice:
    """What a provider takes for a million tokens."""

    usd_per_1m_input: float
    usd_per_1m_output: float
    source: str


def stated_price(usd_per_hour: float) -> HourlyPrice:
    """The user's own. Raises: BadInput: not a number above 0."""
    if not 0.0 < usd_per_hour < float("inf"):
        raise BadInput(f"--usd-per-hour {usd_per_hour:g}: must be above 0")
    return HourlyPrice(usd=usd_per_hour, source="stated by the user")


def hardware_price(hardware_id: str, snapshot: Snapshot | None = None) -> HourlyPrice | None:
    """An hour of the machine as the snapshot lists it; None: no price is known (of CPUs none is)."""
    found = snapshot or load()
    row = found.collect(
        found.scan("hardware").filter(
            pl.col("hardware_id") == hardware_id, pl.col("usd_per_hour").is_not_null()
        )
    )
    if row.is_empty():
        return None
    note, source = row["price_note"][0], row["source_id"][0]
    return HourlyPrice(
        usd=float(row["usd_per_hour"][0]),
        source=f"{note or 'listed'}, {_dated(found, str(source))}",
    )


def token_price(model: str, snapshot: Snapshot | None = None) -> TokenPrice | None:
    """What providers take for a model's tokens; None: nobody's price is known.

    model: a provider's own name for it (a row of "prices"), else the Hub's id (the median of its providers in
    "model_prices"), else a name that listings end in (their median).
    """
    found = snapshot or load()
    listed = found.scan("prices").filter(
        pl.col("usd_per_1m_input").is_not_null(), pl.col("usd_per_1m_output").is_not_null()
    )
    ends = pl.col("listing").str.split("/").list.last() == model.rpartition("/")[2]
    for rows in (
        listed.filter(pl.col("listing") == model),
        found.scan("model_prices").filter(pl.col("model_id") == model),
        listed.filter(ends),
    ):
        frame = found.collect(
            rows.select("usd_per_1m_input", "usd_per_1m_output", "source_id").drop_nulls()
        )
        if frame.height:
            words = "price" if frame.height == 1 else f"median of {frame.height} listings"
            return TokenPrice(
                usd_per_1m_input=float(frame["usd_per_1m_input"].median()),  # type: ignore[arg-type]
                usd_per_1m_output=float(frame["usd_per_1m_output"].median()),  # type: ignore[arg-type]
                source=f"{words}, {_dated(found, str(frame['source_id'][0]))}",
            )
    return None


def _dated(snapshot: Snapshot, source_id: str) -> str:
    """A source with its date: "litellm-prices of 2026-11-21"; of sources joined by "+" each that has a date."""
    rows = snapshot.collect(
        snapshot.scan("sources").filter(pl.col("source_id").is_in(source_id.split("+")))
    )
    if rows.is_empty():
        return source_id
    return ", ".join(f"{row['source_id']} of {row['date']}" for row in rows.iter_rows(named=True))


def hourly_cost(speed: Reading, price: HourlyPrice) -> Reading:
    """cost_usd_per_1k_items of a busy machine at the measured throughput; idle hours cost extra.

    speed: throughput_items_s; its interval carries over.
    """

    def usd(items_s: float) -> float:
        return ITEMS / items_s * price.usd / SECONDS_PER_HOUR

    return Reading(
        metric="cost_usd_per_1k_items", value=usd(speed.value), n=speed.n, basis="modelled",
        lo=None if speed.hi is None else usd(speed.hi), hi=None if speed.lo is None else usd(speed.lo),
        method=f"{price.usd:g} USD an hour ({price.source}), a busy machine, {speed.subset or 'batch 1'}",
    )  # fmt: skip


def token_cost(
    input_tokens: Sequence[int], output_tokens: Sequence[int], price: TokenPrice
) -> Reading:
    """cost_usd_per_1k_items from the tokens of each item; 95 % interval of the mean over items.

    Raises: BadInput: no items, or two lists of different length.
    """
    if not input_tokens or len(input_tokens) != len(output_tokens):
        raise BadInput(
            f"tokens of {len(input_tokens)} inputs and {len(output_tokens)} outputs: one each is needed"
        )
    usd = (
        np.array(input_tokens, dtype=np.float64) * price.usd_per_1m_input
        + np.array(output_tokens, dtype=np.float64) * price.usd_per_1m_output
    ) / TOKENS_PRICED
    value, n = float(usd.mean()) * ITEMS, usd.size
    half = _Z * float(usd.std(ddof=1)) / n**0.5 * ITEMS if n > 1 else None
    return Reading(
        metric="cost_usd_per_1k_items", value=value, n=n, basis="modelled",
        lo=None if half is None else max(0.0, value - half), hi=None if half is None else value + half,
        method=f"{price.usd_per_1m_input:g} USD in, {price.usd_per_1m_output:g} out per million tokens "
        f"({price.source}); interval of the mean over items",
    )  # fmt: skip
