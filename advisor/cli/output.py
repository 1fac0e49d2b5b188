"""stdout is the answer, stderr everything else; nothing raw from outside reaches a terminal."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from advisor.core.errors import BadInput
from advisor.render.escape import plain, to_ascii

if TYPE_CHECKING:
    from collections.abc import Iterable

Style = Literal["text", "json", "markdown"]
FormatOption = Annotated[str, typer.Option("--format", help="text or json.", metavar="FORMAT")]
SnapshotOption = Annotated[
    str | None, typer.Option("--snapshot", help="Folder of the snapshot to read.", metavar="DIR")
]
PIPE_CLOSED = 141
"""128 + SIGPIPE, as shells have it."""


def style(given: str, *, accepted: tuple[Style, ...] = ("text", "json")) -> Style:
    """`given` as one of the accepted formats. Raises: BadInput: it is none."""
    if given not in accepted:
        raise BadInput(f"--format: {given!r} is not accepted; type one of {', '.join(accepted)}")
    return given


def write(text: str) -> None:
    """Write words for a reader to stdout; in ASCII where the terminal knows no Unicode."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:
        content = to_ascii(text).encode("ascii")
    _to_stdout(content)


def emit(text: str) -> None:
    """Write JSON or markdown to stdout: always UTF-8, whatever the terminal."""
    _to_stdout(text.encode())


def _to_stdout(content: bytes) -> None:
    """A reader that went away (`advisor ... | head`) ends the command quietly."""
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except OSError as error:
        # Without this the interpreter would try to flush once more on its way out, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno == errno.EPIPE:
            raise typer.Exit(PIPE_CLOSED) from None
        raise BadInput(f"the answer cannot be written ({error.strerror})") from None


def note(words: str) -> None:
    """One line on stderr beside the answer."""
    _to_stderr(plain(words))


def warn(warnings: Iterable[str]) -> None:
    """One line on stderr per warning."""
    for words in warnings:
        _to_stderr(f"warning: {plain(words)}")


def fail(message: str) -> None:
    """The one line that says what went wrong."""
    _to_stderr(f"error: {plain(message)}")


def _to_stderr(line: str) -> None:
    encoding = sys.stderr.encoding or "utf-8"
    print(line.encode(encoding, errors="replace").decode(encoding), file=sys.stderr)  # noqa: T201 - stderr


def width() -> int:
    """Columns of the terminal, 80 where there is none; $COLUMNS is honoured."""
    return shutil.get_terminal_size((80, 24)).columns


def colour() -> bool:
    """Whether stdout is a terminal that wants colour (https://no-color.org)."""
    dumb = os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not dumb and not os.environ.get("NO_COLOR")


def snapshot_path(given: str | None) -> str | None:
    """The folder that --snapshot names. Raises: BadInput: an empty name."""
    if given is not None and not given.strip():
        raise BadInput("--snapshot: the folder's name is empty")
    return given
