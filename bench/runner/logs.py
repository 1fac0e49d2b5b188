"""What a job prints belongs to its log: never to our stdout, which is the answer."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from typing import TYPE_CHECKING, BinaryIO, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES: Final = 1_000_000
"""Of a log that are kept; its end says most."""


def log_file() -> BinaryIO:
    """A file without a name: it is gone with the last process that has it open, however that ends."""
    return cast("BinaryIO", tempfile.TemporaryFile(prefix="advisor-job-"))


def text_of(log: BinaryIO, *, start: int = 0) -> str:
    """The log from `start` on as text; of much, the end, and a line that says how much was left out."""
    size = os.fstat(log.fileno()).st_size
    left_out = max(0, size - start - MOST_BYTES)
    text = os.pread(log.fileno(), MOST_BYTES, start + left_out).decode("utf-8", errors="replace")
    return f"[{left_out:,} bytes left out]\n{text}" if left_out else text


@contextlib.contextmanager
def written_to(handle: int, *, streams: tuple[int, ...] = (1, 2)) -> Iterator[None]:
    """What this process writes to these of its file descriptors goes to `handle` instead, libraries in C included."""
    _flush()
    kept = {stream: os.dup(stream) for stream in streams}
    for stream in streams:
        os.dup2(handle, stream)
    try:
        yield
    finally:
        _flush()
        for stream, copy in kept.items():
            os.dup2(copy, stream)
            os.close(copy)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
