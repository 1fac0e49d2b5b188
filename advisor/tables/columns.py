"""Small things every reader of a foreign table does to its columns."""

from __future__ import annotations

import polars as pl

from advisor.core.errors import BadInput


def require_columns(table: pl.DataFrame, columns: list[str], name: str) -> pl.DataFrame:
    """Return `table` if it has all of `columns`.

    Raises: BadInput: some are missing; the message names them and what was found.
    """
    if missing := [column for column in columns if column not in table.columns]:
        raise BadInput(
            f"{name}: missing columns {missing}; found {table.columns}. "
            "data/README.md says what each source file must hold"
        )
    return table


def filled(table: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Exactly the columns of `schema`, in its order; those that `table` lacks are null."""
    return table.select(
        (pl.col(column) if column in table.columns else pl.lit(None)).cast(dtype).alias(column)
        for column, dtype in schema.items()
    )
