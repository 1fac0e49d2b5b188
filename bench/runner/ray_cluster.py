"""Jobs on a Ray cluster: many machines and GPUs, each model loaded once in an actor that does its jobs in turn."""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from advisor._lazy import need
from bench.protocol import JobOutcome
from bench.runner.ray_worker import RETRIES, ModelActor
from bench.wire import as_json, from_bytes
from bench.work import one_line, thread_environment

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from bench.protocol import Job

TICK_S: Final = 0.2


class RayRunner:
    """One actor for each model of each harness, on whichever machine has the CPUs and GPUs that it asks for.

    address: a running cluster's; without one $RAY_ADDRESS, else Ray is started on this machine and stopped
    afterwards. On other machines this package must be installed and files must have the same names.
    """

    name = "ray"

    def __init__(self, address: str | None = None) -> None:
        self.address = address
        self.ray = need("ray", extra="cluster")

    def run(self, jobs: Iterable[Job]) -> Generator[JobOutcome, None, None]:
        """Each job's outcome as it ends, in any order. Raises: BadInput: no cluster at the address."""
        groups = _groups(jobs)
        if not groups:
            return
        ours = self._connect()
        try:
            yield from self._all_of(groups)
        finally:
            for group in groups:
                group.stop(self.ray)
            if ours:
                self.ray.shutdown()

    def _connect(self) -> bool:
        """Whether the connection is ours to close."""
        if self.ray.is_initialized():
            return False
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        at = self.address or os.environ.get("RAY_ADDRESS")
        here = {} if at else {"include_dashboard": False, "object_store_memory": 200 * 2**20}
        try:
            self.ray.init(address=at, log_to_driver=False, logging_level="ERROR", **here)
        except (ConnectionError, ValueError, RuntimeError) as error:
            from advisor.core.errors import BadInput

            where = at or "this machine"
            raise BadInput(f"--address: no Ray on {where} ({one_line(str(error))})") from None
        return True

    def _all_of(self, groups: list[_Group]) -> Generator[JobOutcome, None, None]:
        nodes = [node["Resources"] for node in self.ray.nodes() if node["Alive"]]
        working = []
        for group in groups:
            if (why := group.too_big_for(nodes)) is None:
                working.append(group)
                continue
            for job in group.waiting:
                yield JobOutcome(job=job, status="not_run", reason=why)
        while working:
            calls = {group.next_call(self.ray): group for group in working}
            ready, _ = self.ray.wait(list(calls), num_returns=1, timeout=TICK_S)
            for group in [calls[call] for call in ready]:
                if (outcome := group.heard(self.ray)) is not None:
                    yield outcome
                if not group.waiting:
                    working.remove(group)
                    group.stop(self.ray)


def _groups(jobs: Iterable[Job]) -> list[_Group]:
    """Jobs that may share an actor: one model, and the same threads and limits."""
    found: dict[tuple[object, ...], _Group] = {}
    for job in jobs:
        key = (job.harness, job.model, job.limits, tuple(thread_environment(job).items()))
        found.setdefault(key, _Group()).waiting.append(job)
    return list(found.values())


@dataclass(eq=False)
class _Group:
    """One model's jobs and the actor that does them; the first of `waiting` is the one that it is at."""

    waiting: deque[Job] = field(default_factory=deque)
    actor: Any = None
    call: Any = None
    n_lost: int = 0
    """Actors that were lost at the first job of `waiting`, with their machine or without."""

    def too_big_for(self, nodes: list[dict[str, float]]) -> str | None:
        """Why no machine of the cluster can ever do these jobs; None where one can."""
        limits = self.waiting[0].limits
        wanted = {"CPU": limits.num_cpus, "GPU": limits.num_gpus}
        if any(all(node.get(kind, 0.0) >= n for kind, n in wanted.items()) for node in nodes):
            return None
        return (
            f"needs {limits.num_cpus:g} CPUs and {limits.num_gpus:g} GPUs on one machine; "
            "no machine of the cluster has them"
        )

    def next_call(self, ray: Any) -> Any:
        """What to wait for: the job that the actor is at, or the next one."""
        if self.actor is None:
            self.actor = _actor(ray, self.waiting[0])
        if self.call is None:
            self.call = self.actor.run.remote(orjson.dumps(as_json(self.waiting[0])))
        return self.call

    def heard(self, ray: Any) -> JobOutcome | None:
        """The outcome that has come; None where the actor was lost and another try is due."""
        call, self.call = self.call, None
        errors = ray.exceptions
        try:
            outcome = from_bytes(ray.get(call))
        except (errors.RayActorError, errors.WorkerCrashedError, errors.ObjectLostError):
            self.stop(ray)
            self.n_lost += 1
            if self.n_lost <= RETRIES:
                return None
            reason = f"its worker was lost {self.n_lost} times (killed, or its machine went away)"
            outcome = JobOutcome(job=self.waiting[0], status="failed", reason=reason)
        except errors.RayError as error:
            self.stop(ray)
            reason = one_line(f"Ray: {error}")
            outcome = JobOutcome(job=self.waiting[0], status="failed", reason=reason)
        self.waiting.popleft()
        self.n_lost = 0
        return outcome

    def stop(self, ray: Any) -> None:
        """End the actor, and with it its worker; the next job, if there is one, gets a new one."""
        if self.actor is not None and ray.is_initialized():
            ray.kill(self.actor)
        self.actor = self.call = None


def _actor(ray: Any, job: Job) -> Any:
    limits = job.limits
    return ray.remote(ModelActor).options(num_cpus=limits.num_cpus, num_gpus=limits.num_gpus).remote()  # fmt: skip
