"""One holder at a time, across processes: a lock that ends with its holder, however the holder ends."""

from __future__ import annotations

import contextlib
import errno
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Lock:
    """A held lock; `release` gives it back and takes its file away."""

    file: Path
    handle: int

    def release(self) -> None:
        """The file goes first, while it is still ours: who waits for it then looks for the new one."""
        with contextlib.suppress(OSError):
            self.file.unlink()
        os.close(self.handle)


def take(file: Path, *, wait: bool = False) -> Lock | None:
    """The lock on this file, or None where another process has it and `wait` is false.

    A file that a dead process left is no obstacle: the system ended its lock with it. Where the file system
    has no locks every taker gets one; the store's renames then still keep each outcome whole.
    Raises: OSError: the file cannot be made.
    """
    while True:
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            if not _locked(handle, wait=wait):
                os.close(handle)
                return None
        except BaseException:
            os.close(handle)
            raise
        if _is_still(file, handle):
            return Lock(file=file, handle=handle)
        os.close(handle)


def _locked(handle: int, *, wait: bool) -> bool:
    try:
        import fcntl  # not on every system
    except ModuleNotFoundError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        if error.errno in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
            return True
        raise
    return True


def _is_still(file: Path, handle: int) -> bool:
    """Whether the name still means the file that we hold: its last holder may have taken it away."""
    try:
        return os.path.samestat(file.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False
