"""`advisor schema`: the JSON Schema of the answer."""

from __future__ import annotations

from advisor.cli import output


def command() -> None:
    """Print the JSON Schema of the answer."""
    from advisor.render.schema import schema_text

    output.emit(schema_text())
