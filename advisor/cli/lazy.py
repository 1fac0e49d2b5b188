"""Subcommands that are read when they are asked for: a question does not wait for the options of twenty others."""

from __future__ import annotations

import importlib
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command as built

SETTINGS: dict[str, Any] = {
    "add_completion": False, "pretty_exceptions_enable": False, "rich_markup_mode": None,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}  # fmt: skip
"""Of every group of ours. rich is kept off the path (markup mode, tracebacks): it costs as much as typer itself."""


def group(package: str, names: tuple[str, ...]) -> type[TyperGroup]:
    """A group whose subcommand "a-b" is `command` of the module `package`.a_b, or that module's `app`."""

    class Commands(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:
            del ctx
            return list(names)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            del ctx
            return _read(package, cmd_name) if cmd_name in names else None

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            if args and args[0] not in names:  # what was meant is looked for among these
                self.commands = {name: self.get_command(ctx, name) for name in names}
            return super().resolve_command(ctx, args)

    return Commands


def _read(package: str, name: str) -> Any:
    module = importlib.import_module(f"{package}.{name.replace('-', '_')}")
    if hasattr(module, "app"):
        return _named(built(module.app), name)
    alone = typer.Typer(**SETTINGS)
    alone.command(name)(module.command)
    return built(alone)


def _named(command: Any, name: str) -> Any:
    command.name = name
    return command
