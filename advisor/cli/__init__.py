"""The command line: one thin command per file."""

from advisor.cli.app import main

__all__ = ["main"]
