"""The `advisor` command: its subcommands, and how every failure ends in one line and an exit code."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from advisor.cli import lazy, output
from advisor.core.errors import AdvisorError

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""

COMMANDS = (
    "recommend", "compare", "plan", "predict", "chart", "figures", "dashboard", "bench", "tasks", "models", "understand", "data",
    "diff", "backtest", "schema", "version",
)  # fmt: skip
"""In the order of the help; each is a module of this package."""

app = typer.Typer(name="advisor", cls=lazy.group("advisor.cli", COMMANDS), **lazy.SETTINGS)


def _show_version(wanted: bool) -> None:
    if wanted:
        from advisor.cli import version

        version.command()
        raise typer.Exit


@app.callback(invoke_without_command=True)
def advisor(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """The smallest language model that is good enough for your task, with the odds that it is."""
    if context.invoked_subcommand is None:
        output.write(context.get_help() + "\n")


def main() -> None:
    """Run one command; an expected error is one line on stderr and an exit code, a bug its traceback."""
    try:
        code = app(standalone_mode=False)
    except AdvisorError as error:
        output.fail(str(error))
        raise SystemExit(error.exit_code) from None
    except typer.TyperException as error:
        output.fail(_usage(error))
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED:
        output.fail("interrupted; nothing was changed")
    sys.exit(code if isinstance(code, int) else 0)


def _usage(error: typer.TyperException) -> str:
    """A mistyped command line in one line, with the help that answers it."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "advisor"
    return f"{error.format_message().rstrip('.?')}; see `{path} --help`"
