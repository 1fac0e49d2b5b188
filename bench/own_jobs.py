"""From a file and a list of models to jobs of the harness "own", all checked before the first one starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from advisor.core.errors import BadInput
from bench.harness.own_methods import SPELLINGS
from bench.harness.own_scores import METRICS_OF
from bench.harness.own_tasks import MAIN, OwnTask, read_own
from bench.measure.hardware import this_machine
from bench.names import nearest
from bench.protocol import Job, Limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

DEFAULT_MODELS: Final = ("majority", "tfidf", "static:minilm", "embed:minilm")
"""What is measured in a minute or two; language models are named by the user."""
DEFAULT_RUNGS: Final = (*DEFAULT_MODELS, "finetune:minilm")
"""The ladder's: its budget holds what takes long."""
LANGUAGE_MODELS: Final = ("openai", "lm")
"""Spellings of models that are asked in words."""
_NAMES: Final = tuple(s.partition(":")[0] for s in SPELLINGS)


@dataclass(frozen=True, kw_only=True)
class OwnRequest:
    """What a command says about the user's file."""

    data: Path
    inputs: Sequence[str]
    label: str
    kind: str | None = None
    metric: str | None = None
    split_column: str | None = None
    group_column: str | None = None
    n_train: int | None = None
    n_shot: int = 0
    seed: int = 0
    threads: int = 1
    trust_remote_code: bool = False
    meters: Mapping[str, Any] = field(default_factory=dict)
    """Options of the meters: energy, country, usd_per_hour."""

    def options(self) -> dict[str, Any]:
        """As a job carries them; what was not said is left out."""
        said = {
            "data": str(self.data.resolve()), "inputs": list(self.inputs), "label": self.label, "kind": self.kind,
            "metric": self.metric, "split_column": self.split_column, "group_column": self.group_column,
            "n_train": self.n_train, "threads": self.threads,
        }  # fmt: skip
        kept = {name: value for name, value in said.items() if value is not None}
        return (
            kept
            | dict(self.meters)
            | ({"trust_remote_code": True} if self.trust_remote_code else {})
        )


def check(request: OwnRequest, models: Sequence[str]) -> OwnTask:
    """The task, once file, columns, metric and models can be used. Raises: BadInput: one line what cannot."""
    for model in models:
        name, colon, rest = model.partition(":")
        if (
            name not in _NAMES
            or (bool(rest) != (name not in {"majority", "tfidf"}))
            or (colon and not rest)
        ):
            raise BadInput(
                f"--models: {model!r} is not known{_meant(name)}; type one of {', '.join(SPELLINGS)}"
            )
    if len(set(models)) < len(models):
        raise BadInput("--models: a model stands there twice")
    task = read_own(request.options(), seed=request.seed)
    measured = METRICS_OF[task.kind]
    if request.metric is not None and request.metric not in measured:
        raise BadInput(
            f"--metric: {request.metric!r} is not measured on {task.kind}; type one of {', '.join(measured)}"
        )
    return task


def _meant(name: str) -> str:
    near = nearest(name, _NAMES, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def is_prompted(model: str) -> bool:
    """Whether the model is a language model asked in words."""
    return model.partition(":")[0] in LANGUAGE_MODELS


def jobs(
    request: OwnRequest,
    task: OwnTask,
    models: Sequence[str],
    *,
    limits: Mapping[str, Any] | None = None,
) -> list[Job]:
    """One job a model, in the order given."""
    machine = str(this_machine()["hardware_id"][0])
    options = request.options() | {
        "data_hash": task.data_hash, "kind": task.kind, "metric": request.metric or MAIN[task.kind],
    }  # fmt: skip
    return [
        Job(
            harness="own", model=model, task=task.task_id, seed=request.seed, hardware_id=machine,
            options=options | ({"n_shot": request.n_shot} if is_prompted(model) else {}),
            limits=Limits(**(limits or {})),
        )
        for model in models
    ]  # fmt: skip
