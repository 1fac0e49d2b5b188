"""`advisor bench`: new evidence from the user's own models and data; one thin command per file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from advisor.cli import output
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
    add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip


@app.callback(invoke_without_command=True)
def bench(context: typer.Context) -> None:
    """Measure models on your own data and on benchmarks."""
    if context.invoked_subcommand is None:
        output.write(context.get_help() + "\n")


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
