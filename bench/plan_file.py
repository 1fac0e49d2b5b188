"""Lists of jobs that people and programs write: a JSON file with one object a job."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Final

import orjson

from advisor.core.errors import BadInput
from bench.protocol import Job, Limits
from bench.registry import harness_names

if TYPE_CHECKING:
    from pathlib import Path

FIELDS: Final = {"harness": str, "model": str, "task": str, "seed": int, "hardware_id": str, "options": dict, "limits": dict}  # fmt: skip
NEEDED: Final = ("harness", "model", "task")
LIMITS: Final = ("timeout_s", "memory_bytes", "num_cpus", "num_gpus")
BESIDE: Final = ("why", "expected", "job_id")
"""What a planner may say of a job that does not decide its result."""


def read_plan(path: Path, *, hardware_id: str = "unknown") -> list[Job]:
    """The jobs of a plan: {"jobs": [{"harness", "model", "task", "seed", "options", "limits"}, ...]}.

    hardware_id: of a job that names none. The same job twice is one.
    Raises: BadInput: no readable JSON, no jobs, or a job that says too little, too much or nonsense.
    """
    try:
        said = orjson.loads(path.read_bytes())
    except OSError as error:
        raise BadInput(f"plan: {str(path)!r} cannot be opened ({error.strerror})") from None
    except orjson.JSONDecodeError as error:
        raise BadInput(f"plan: {str(path)!r} is no JSON ({error})") from None
    listed = said.get("jobs") if isinstance(said, dict) else said
    if not isinstance(listed, list):
        raise BadInput(f'plan: {str(path)!r} lists no jobs; it must hold {{"jobs": [...]}}')
    if not listed:
        raise BadInput(f"plan: {str(path)!r} is empty; there is nothing to run")
    jobs = [
        _job(one, where=f"{path.name}: jobs[{n}]", hardware_id=hardware_id)
        for n, one in enumerate(listed)
    ]
    return list({job.job_id: job for job in jobs}.values())


def _job(said: object, *, where: str, hardware_id: str) -> Job:
    if not isinstance(said, dict):
        raise BadInput(f"{where}: {said!r} is no job; it must be an object")
    said = {name: value for name, value in said.items() if name not in BESIDE}
    _only(said, tuple(FIELDS), where)
    if missing := [name for name in NEEDED if not said.get(name)]:
        raise BadInput(f"{where}: says no {missing[0]}; a job needs {', '.join(NEEDED)}")
    for name, value in said.items():
        kind = FIELDS[name]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise BadInput(f"{where}: {name} is {value!r}; it must be {_A[kind]}")
    if said["harness"] not in (known := harness_names()):
        raise BadInput(f"{where}: harness is {said['harness']!r}; there are {', '.join(known)}")
    limits = Limits(**_limits(said.get("limits", {}), where))
    return Job(**{"hardware_id": hardware_id, **said, "limits": limits})


def _limits(said: dict[str, Any], where: str) -> dict[str, Any]:
    _only(said, LIMITS, f"{where}.limits")
    for name, value in said.items():
        least = 0 if name == "num_gpus" else 1e-9
        optional = name in ("timeout_s", "memory_bytes")
        if value is None and optional:
            continue
        if not isinstance(value, int | float) or isinstance(value, bool) or value < least:
            raise BadInput(f"{where}.limits: {name} is {value!r}; it must be a number above 0")
    return said


def _only(said: dict[str, Any], known: tuple[str, ...], where: str) -> None:
    for name in said:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"
            raise BadInput(f"{where}: unknown field {name!r}{hint}")


_A: Final = {str: "text", int: "a whole number", dict: "an object"}
