"""A job's own process: it reads jobs from a socket, answers there, and ends with whoever started it."""

from __future__ import annotations

import contextlib
import functools
import os
import queue
import signal
import socket
import sys
import threading
from dataclasses import replace
from typing import Final

import orjson

from bench.measure.memory import peak_bytes
from bench.registry import harness
from bench.wire import framed, from_json, to_bytes, unframed
from bench.work import run_job

START: Final = "import sys; sys.path[:] = sys.argv[2:]; from bench.runner.worker import main; main(sys.argv[1])"
"""What `python -c` is given, then the socket's number and the parent's module path."""


def main(handle: str) -> None:
    """Do one job after another until we are ended, which is never before what a job left behind was found.

    A harness is made once and asked for each job, so that what it loaded for the last one is still there.
    """
    ours = socket.socket(fileno=int(handle))
    ours.set_inheritable(False)
    jobs: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(ours, jobs), daemon=True).start()
    made = functools.cache(harness)
    while True:
        outcome = run_job(from_json(orjson.loads(jobs.get())), made=made)
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        ours.sendall(framed(to_bytes(replace(outcome, peak_bytes=peak_bytes()))))


def _listen(ours: socket.socket, jobs: queue.SimpleQueue[bytes]) -> None:
    """Hear jobs, and the end of who gives them, however that came."""
    read = bytearray()
    with contextlib.suppress(OSError):
        while piece := ours.recv(1 << 16):
            read += piece
            while (said := unframed(read)) is not None:
                del read[: len(framed(said))]
                jobs.put(said)
    _end()


def _end() -> None:
    """With everything that this process started and that stayed in its group.

    Not by the system's own signal at a parent's death: that would end us alone.
    """
    with contextlib.suppress(OSError):
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)
