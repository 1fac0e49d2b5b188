"""`advisor bench`: new evidence from the user's own models and data; one thin command per file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from advisor.cli.bench import collect

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(
    help="Measure models on your own data, on MTEB tasks, on lm-eval tasks or on tables.",
    no_args_is_help=True,
)
COMMANDS: dict[str, Callable[..., Any]] = {"collect": collect.command}
for name, command in COMMANDS.items():
    app.command(name)(command)
