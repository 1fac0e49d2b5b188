"""`advisor data refresh`: today's downloads, likes, sizes and licences from the Hub, as a snapshot of its own."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli import output
from advisor.core.errors import BadInput

if TYPE_CHECKING:
    from types import TracebackType

    from advisor.cli.moving_bar import Bar

EVERY = 100
"""Where stderr is no terminal, a line is said each time so many more have been asked for."""


def command(
    limit: Annotated[
        int | None, typer.Option(help="So many of the most downloaded models, 2000 by default; 0: ask for none.", metavar="N", min=0)
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Models created or changed on this day or later, at most --limit.", metavar="DATE")
    ] = None,
    models: Annotated[
        str | None, typer.Option(help="Models named in a file, one id a line.", metavar="FILE")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for snapshots; yours by default.", metavar="DIR")
    ] = None,
    results: Annotated[
        Path | None, typer.Option("--mteb-results", help="Also new scores from a copy of MTEB's results, or mteb's cache.", metavar="DIR")
    ] = None,
    mteb: Annotated[
        int, typer.Option("--mteb", help="Also new scores of so many models from MTEB's results on the Hub.", metavar="N", min=0)
    ] = 0,
    refit: Annotated[
        bool, typer.Option("--refit", help="Fit predictions again with new scores; needs slm-advisor[build].")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh/--resume", help="Begin anew, or go on with a refresh that broke off.")
    ] = False,
    budget: Annotated[
        str, typer.Option("--for", help="Longest time it may take, like 90s, 30m, 2h.", metavar="TIME")
    ] = "30m",
    style: output.FormatOption = "text",
    snapshot: output.SnapshotOption = None,
) -> None:  # fmt: skip
    """Fetch what the Hub says of models today, as a new snapshot.

    Without --since and --models: the most downloaded models and those of the snapshot that advice may name.
    """
    chosen = output.style(style)
    wanted_since = _day(since)
    names = None if models is None else _names(models)
    seconds = _seconds(budget)
    from advisor.build.refresh import TOP_BY_DEFAULT, Manner, Wanted, refresh
    from advisor.ingest.fetch import Limits
    from advisor.recommend import api
    from advisor.tables.locate import user_folder

    default = None if names is not None and wanted_since is None else TOP_BY_DEFAULT
    top = default if limit is None else (limit or None)
    own = names is None and wanted_since is None and limit != 0
    if not top and names is None and wanted_since is not None:
        raise BadInput("--limit 0 leaves nothing of --since; give it a number above 0")
    if results is not None and not results.is_dir():
        raise BadInput(
            f"--mteb-results: no folder {str(results)!r}; give the one that holds results/"
        )
    wanted = Wanted(
        top=top, since=wanted_since, names=names, own=own, results=results, n_results=mteb, refit=refit
    )  # fmt: skip
    path = output.snapshot_path(snapshot)
    now = datetime.now(UTC)
    with Told() as told:
        manner = Manner(fresh=fresh, limits=Limits(total_s=seconds), say=told.note, tell=told.at)
        report = refresh(
            lambda: api.open_snapshot(path), wanted, out or user_folder(), now=now, manner=manner
        )
    output.warn(report.warnings)
    if chosen == "json":
        from dataclasses import asdict

        from advisor.render import json

        output.emit(json.mapping(asdict(report)))
        return
    from advisor.render import refreshed

    output.write(refreshed.text(report, width=output.width(), colour=output.colour()))


class Told:
    """How far a refresh is, on stderr: a moving line on a terminal, a line now and then anywhere else."""

    def __init__(self) -> None:
        self._bar: Bar | None = None
        self._said = 0
        self._of = 0

    def __enter__(self) -> Told:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:  # fmt: skip
        if self._bar is not None:
            self._bar.close()

    def note(self, words: str) -> None:
        """A line that stays."""
        if self._bar is not None:
            self._bar.note(words)
        else:
            output.note(words)

    def at(self, done: int, of: int, what: str) -> None:
        """So many of so many are asked for; what: is being asked for now."""
        if sys.stderr.isatty():
            if self._bar is None:
                from advisor.cli.moving_bar import Bar

                self._bar = Bar(of)
            self._bar.grow(of)
            self._bar.show(done, "", what)
            return
        if of != self._of:
            self._of, self._said = of, 0
        if done - self._said >= EVERY:
            self._said = done
            output.note(f"[{done:,}/{of:,}] {what}")


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(f"--since: cannot read {text!r}; write a day like 2026-11-01") from None
    if day > datetime.now(UTC).date():
        raise BadInput(f"--since: {text!r} is still to come")
    return day


def _seconds(text: str) -> float:
    from advisor.core.units import parse_duration

    return parse_duration(text, field="--for")


def _names(file: str) -> list[str]:
    """Model ids of a file, one a line; blank lines and those that begin with # are skipped."""
    from advisor.ingest.hub_api import is_model_id

    try:
        lines = Path(file).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise BadInput(
            f"--models: cannot read {file!r} ({why}); give a text file with one model id a line"
        ) from None
    names = [name for line in lines if (name := line.strip()) and not name.startswith("#")]
    if wrong := [name for name in names if not is_model_id(name)]:
        raise BadInput(
            f"--models: {wrong[0]!r} is no model id ({len(wrong):,} such lines); write ids like BAAI/bge-m3"
        )
    if not names:
        raise BadInput(f"--models: no model id in {file!r}; write one a line, like BAAI/bge-m3")
    return list(dict.fromkeys(names))
