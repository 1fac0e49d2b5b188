"""`advisor version`: which one is installed."""

from __future__ import annotations

from advisor.cli import output


def command() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    output.write(f"advisor {installed('slm-advisor')}\n")
