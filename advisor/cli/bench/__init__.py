"""`advisor bench`: new evidence from the user's own models and data; one thin command per file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from advisor.cli.bench import (
    collect,
    compare,
    ladder,
    lm_eval,
    mteb,
    own,
    run,
    runs,
    tabular,
)

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(
    help="Measure models on your own data, on MTEB tasks, on lm-eval tasks or on tables.",
    no_args_is_help=True,
)
COMMANDS: dict[str, Callable[..., Any]] = {
    "ladder": ladder.command,
    "own": own.command,
    "tabular": tabular.command,
    "mteb": mteb.command,
    "lm-eval": lm_eval.command,
    "run": run.command,
    "runs": runs.command,
    "compare": compare.command,
    "collect": collect.command,
}
for name, command in COMMANDS.items():
    app.command(name)(command)
