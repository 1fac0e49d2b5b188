"""Fine-tuning a whole encoder on the user's labels: the largest thing that still learns from them on a laptop."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from advisor._lazy import need
from advisor.core.errors import BadInput, Unreachable
from advisor.core.units import format_seconds
from bench.harness.hub_weights import load
from bench.harness.own_methods import Fitted, Predicted, answers_of, indicators, rows_of
from bench.models import Weights, read_weights, weights_bytes
from bench.rows import model_row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from bench.harness.own_features import Row
    from bench.harness.own_tasks import OwnTask

RATE: Final = 1e-4
BATCH: Final = 16
LEAST_STEPS: Final = 400
LEAST_EPOCHS, MOST_EPOCHS = 3, 20
WARM_UP: Final = 0.1
PILOT: Final = 8
"""Steps after which the rest's time is foretold; the first few are slow."""
LONGEST_TOKENS: Final = 96
"""Source of the settings: METHOD.md#bench-own"""


def finetune(
    task: OwnTask, spec: str, *, seed: int, threads: int, options: dict[str, Any]
) -> Fitted:
    """The encoder with a fresh linear head, all weights trained on the task's rows.

    Raises: BadInput: no labels to learn, or a model that cannot be loaded; Unreachable: no network.
    """
    if not task.labels:
        raise BadInput(f"finetune:{spec}: only classes can be fine-tuned here, not {task.kind}")
    torch = need("torch", extra="bench")
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    weights = read_weights(spec)
    tokenizer, network = _load(
        weights, task, trust_remote_code=bool(options.get("trust_remote_code"))
    )
    begun = time.perf_counter()
    n_steps = _train(network, tokenizer, task, seed=seed, options=options)
    taken = time.perf_counter() - begun
    n = sum(p.numel() for p in network.parameters())
    return Fitted(
        predict=_predictor(network, tokenizer, task),
        model=model_row(
            f"{weights.model_id}+finetuned", kind="encoder", n_parameters=n,
            weights_bytes=4 * n if weights.path is None else max(4 * n, weights_bytes(weights.path)),
            context_tokens=LONGEST_TOKENS, base_model=weights.model_id, tuning="finetuned",
        ),
        revision=weights.revision or "unknown", fit_time_s=taken, facts={"n_steps": n_steps},
    )  # fmt: skip


def _load(weights: Weights, task: OwnTask, *, trust_remote_code: bool) -> tuple[Any, Any]:
    transformers = need("transformers", extra="bench")
    tokenizer = load(transformers.AutoTokenizer, weights, trust_remote_code=trust_remote_code)
    network = load(
        transformers.AutoModelForSequenceClassification, weights, trust_remote_code=trust_remote_code,
        use_safetensors=True, num_labels=len(task.labels), ignore_mismatched_sizes=True,
    )  # fmt: skip
    return tokenizer, network


def epochs_for(n_rows: int) -> int:
    """Passes over the rows: at least LEAST_EPOCHS, more where the rows are few, so that LEAST_STEPS are made."""
    return max(LEAST_EPOCHS, min(MOST_EPOCHS, math.ceil(LEAST_STEPS * BATCH / n_rows)))


def _train(
    network: Any, tokenizer: Any, task: OwnTask, *, seed: int, options: dict[str, Any]
) -> int:
    """AdamW with linear warm-up and decay; batches of rows of like length, in a random order. Returns the steps.

    Raises: Unreachable: after PILOT steps the whole is foretold to take longer than options["most_s"].
    """
    import torch

    rows, targets = rows_of(task.train), _targets(task)
    n_epochs = int(options.get("epochs") or epochs_for(len(rows)))
    n_steps = n_epochs * math.ceil(len(rows) / BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.01)
    warm = max(1, round(WARM_UP * n_steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, (n_steps - step) / max(1, n_steps - warm))
    )
    loss_of = (
        torch.nn.BCEWithLogitsLoss() if task.kind == "multilabel" else torch.nn.CrossEntropyLoss()
    )
    rng = np.random.default_rng(seed)
    network.train()
    n_made, begun = 0, time.perf_counter()
    for _ in range(n_epochs):
        for batch in _batches(rows, rng):
            if n_made == PILOT:
                _foretell(n_steps, (time.perf_counter() - begun) / PILOT, options.get("most_s"))
            n_made += 1
            logits = network(**_tokens(tokenizer, [rows[i] for i in batch])).logits
            loss = loss_of(logits, torch.as_tensor(targets[batch]))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
    network.eval()
    return n_steps


def _foretell(n_steps: int, step_s: float, most_s: float | None) -> None:
    if most_s is not None and n_steps * step_s > most_s:
        raise Unreachable(
            f"fine-tuning would take about {format_seconds(n_steps * step_s)}, more than the {format_seconds(most_s)} it may"
        )


def _targets(task: OwnTask) -> NDArray[Any]:
    said = task.train["target"].to_list()
    if task.kind == "multilabel":
        return indicators(said, task.labels).astype(np.float32)
    place = {name: i for i, name in enumerate(task.labels)}
    return np.array([place[name] for name in said], dtype=np.int64)


def _batches(rows: Sequence[Row], rng: np.random.Generator) -> list[NDArray[np.intp]]:
    """Row numbers, BATCH at a time: shuffled, sorted by length within stretches of 50 batches, shuffled again."""
    order = rng.permutation(len(rows))
    lengths = np.array([sum(map(len, row)) for row in rows])
    made: list[NDArray[np.intp]] = []
    for at in range(0, order.size, 50 * BATCH):
        part = order[at : at + 50 * BATCH]
        part = part[np.argsort(lengths[part], kind="stable")]
        made += [part[i : i + BATCH] for i in range(0, part.size, BATCH)]
    return [made[i] for i in rng.permutation(len(made))]


def _tokens(tokenizer: Any, rows: Sequence[Row]) -> Any:
    sides = [list(side) for side in zip(*rows, strict=True)]
    return tokenizer(
        *sides, padding=True, truncation=True, max_length=LONGEST_TOKENS, return_tensors="pt"
    )


def _predictor(network: Any, tokenizer: Any, task: OwnTask) -> Callable[[Sequence[Row]], Predicted]:
    import torch

    def predict(rows: Sequence[Row]) -> Predicted:
        with torch.inference_mode():
            logits = network(**_tokens(tokenizer, rows)).logits
            stated = (
                torch.sigmoid(logits)
                if task.kind == "multilabel"
                else torch.softmax(logits, dim=-1)
            )
        return answers_of(task, stated.double().numpy())

    return predict
