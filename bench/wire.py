"""Jobs and outcomes as bytes: how they cross from one process, or one machine, to another."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import orjson
import polars as pl

from bench.protocol import Job, JobOutcome, Limits, Measured

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLES: Final = ("rows", "items", "model")
_SIZE: Final = 8
"""Bytes of a length, big-endian."""
JSON: Final = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def as_json(job: Job) -> dict[str, Any]:
    """A job as JSON values, limits included."""
    limits = {name: getattr(job.limits, name) for name in Limits.__slots__}
    said: dict[str, Any] = orjson.loads(job.canonical())
    return {**said, "limits": limits}


def from_json(said: Mapping[str, Any]) -> Job:
    """The job that as_json wrote. Raises: KeyError, TypeError: it did not write this."""
    fields = {**said, "limits": Limits(**said.get("limits", {}))}
    return Job(**fields)


def plain_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they read back from JSON: numpy's become numbers and lists, NaN null.

    Raises: TypeError: one that JSON cannot hold.
    """
    read: dict[str, Any] = orjson.loads(orjson.dumps(dict(values), option=JSON))
    return read


def framed(content: bytes) -> bytes:
    """The content after its length, so that a reader knows when it has all of it."""
    return len(content).to_bytes(_SIZE, "big") + content


def unframed(read: bytes | bytearray) -> bytes | None:
    """The content, once all of it was read."""
    if len(read) < _SIZE:
        return None
    end = _SIZE + int.from_bytes(read[:_SIZE], "big")
    return bytes(read[_SIZE:end]) if len(read) >= end else None


def to_bytes(outcome: JobOutcome) -> bytes:
    """The whole outcome: a head in JSON, then its tables as Arrow files."""
    measured = outcome.measured
    frames = [] if measured is None else [_arrow(getattr(measured, name)) for name in TABLES]
    head = {
        "job": as_json(outcome.job), "status": outcome.status, "reason": outcome.reason, "detail": outcome.detail,
        "wall_s": outcome.wall_s, "log": outcome.log, "peak_bytes": outcome.peak_bytes, "env": outcome.env,
        "warnings": [] if measured is None else list(measured.warnings),
        "facts": {} if measured is None else dict(measured.facts), "sizes": [len(frame) for frame in frames],
    }  # fmt: skip
    return framed(orjson.dumps(head, option=JSON)) + b"".join(frames)


def from_bytes(content: bytes) -> JobOutcome:
    """The outcome that to_bytes wrote. Raises: ValueError, KeyError, TypeError: it did not write this."""
    read = unframed(content)
    if read is None:
        raise ValueError("an outcome that was cut off")
    head, start = orjson.loads(read), _SIZE + len(read)
    frames = {}
    for name, size in zip(TABLES, head.pop("sizes"), strict=False):
        frames[name] = pl.read_ipc(io.BytesIO(content[start : start + size]))
        start += size
    warnings, facts = tuple(head.pop("warnings")), head.pop("facts")
    measured = Measured(**frames, warnings=warnings, facts=facts) if frames else None
    return JobOutcome(**{**head, "job": from_json(head["job"]), "measured": measured})


def _arrow(frame: pl.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.write_ipc(stream, compression="lz4")
    return stream.getvalue()
