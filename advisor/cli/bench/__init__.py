"""`advisor bench`: new evidence from the user's own models and data; one thin command per file."""

from __future__ import annotations

import typer

from advisor.cli import lazy, output

COMMANDS = ("ladder", "own", "tabular", "mteb", "lm-eval", "run", "runs", "compare", "collect")
"""In the order of the help; each is a module of this package."""

app = typer.Typer(cls=lazy.group("advisor.cli.bench", COMMANDS), **lazy.SETTINGS)


@app.callback(invoke_without_command=True)
def bench(context: typer.Context) -> None:
    """Measure models on your own data and on benchmarks."""
    if context.invoked_subcommand is None:
        output.write(context.get_help() + "\n")
