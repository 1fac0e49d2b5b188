"""The jobs of `advisor bench lm-eval`: every name looked up and every clash found before anything runs."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from advisor.core.errors import Unreachable
from bench.harness.lm_eval_models import VLLM
from bench.harness.lm_eval_tasks import facts, named_tasks, task_manager
from bench.harness.lm_eval_text import check
from bench.measure.hardware import this_machine
from bench.models import read_weights
from bench.protocol import Job, Limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def jobs(
    models: Sequence[str],
    tasks: Sequence[str],
    options: Mapping[str, Any],
    *,
    seed: int,
    limits: Mapping[str, Any],
) -> list[Job]:
    """One for each model and task, in the order given.

    Their identity holds the weights' hash, the definition of the task with its local data, and the
    version of lm-eval. Raises: UnknownName: no such task; BadInput: a model that nothing spells, or a
    task that a model's endpoint cannot do; MissingExtra: no lm-eval.
    """
    weights = {model: _revision(model) for model in models}
    include = options.get("include_path")
    manager = task_manager(tasks, include)
    known = [facts(manager, name) for name in named_tasks(manager, tasks, include)]
    for model in weights:
        for task in known:
            check(model, options, task)
    machine = this_machine().row(0, named=True)["hardware_id"]
    return [
        Job(
            harness="lm-eval", model=model, task=task.name, seed=seed, hardware_id=machine,
            limits=Limits(**limits),
            options={
                **options, "precision": options.get("precision") or _precision(model), "weights": revision,
                "definition": task.digest, "lm_eval": _version(),
            },
        )
        for model, revision in weights.items()
        for task in known
    ]  # fmt: skip


def _precision(model: str) -> str:
    """Where none is asked for: what a CPU computes well, or what the server of weights chooses."""
    return "auto" if model.startswith(VLLM) else "float32"


def _revision(model: str) -> str | None:
    try:
        return read_weights(model.removeprefix(VLLM)).revision
    except Unreachable:
        return None  # the job itself says so


def _version() -> str:
    try:
        return version("lm-eval")
    except PackageNotFoundError:
        return "unknown"
