"""The backtest's tables: computed anew from the snapshot's evidence, or as the snapshot stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.core.errors import BadInput, MissingData

if TYPE_CHECKING:
    import polars as pl

    from advisor.tables.snapshot import Snapshot


def check_protocol(protocol: str) -> tuple[str, ...]:
    """The protocols that are meant. Raises: BadInput: no such protocol."""
    from advisor.estimate.backtest import PROTOCOLS

    if protocol == "all":
        return tuple(PROTOCOLS)
    if protocol not in PROTOCOLS:
        raise BadInput(
            f"--protocol: {protocol!r} is not accepted; type one of {', '.join(PROTOCOLS)}, all"
        )
    return (protocol,)


def stored(snapshot: Snapshot) -> dict[str, pl.DataFrame]:
    """The summary tables that were computed when the snapshot was built.

    Raises: MissingData: this snapshot holds none.
    """
    names = sorted(
        n for n in snapshot.manifest["tables"] if n.startswith("backtest") or n == "receipts"
    )
    if not names:
        raise MissingData(
            f"snapshot {snapshot.id} holds no backtest; run `advisor data build --from DIR`"
        )
    return {name: snapshot.table(name) for name in names}


def recomputed(snapshot: Snapshot, protocol: str) -> dict[str, pl.DataFrame]:
    """Each protocol's summaries, fitted and scored now. Raises: MissingExtra: scikit-learn is not installed."""
    from advisor.estimate.backtest import backtest

    found: dict[str, pl.DataFrame] = {}
    for name in check_protocol(protocol):
        found |= backtest(snapshot.scan, protocol=name)
    return found
