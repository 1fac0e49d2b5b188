"""The `advisor` command: its subcommands, and how every failure ends in one line and an exit code."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from advisor.cli import (
    backtest,
    chart,
    compare,
    data,
    diff,
    figures,
    models,
    output,
    plan,
    predict,
    recommend,
    schema,
    tasks,
    understand,
)
from advisor.core.errors import AdvisorError

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""

# rich is kept off the path (markup mode, tracebacks): it costs as much start-up as typer itself.
app = typer.Typer(
    name="advisor", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip
for command in (
    recommend,
    plan,
    predict,
    compare,
    chart,
    figures,
    tasks,
    models,
    understand,
    backtest,
    diff,
    schema,
):
    app.command(command.__name__.rpartition(".")[2])(command.command)
app.add_typer(data.app, name="data")


def _show_version(wanted: bool) -> None:
    if wanted:
        version()
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


@app.command(
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def bench(context: typer.Context) -> int | None:
    """Measure models on your own data and on benchmarks."""
    from advisor.cli.bench import (
        app as commands,
    )  # nine commands that other questions do not wait for

    code: int | None = commands(args=context.args, prog_name="advisor bench", standalone_mode=False)
    return code


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    output.write(f"advisor {installed('slm-advisor')}\n")


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
