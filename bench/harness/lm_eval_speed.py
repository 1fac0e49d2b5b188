"""How fast a model does a task's own items: lm-eval tells no times."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from bench.measure.profile import profile
from bench.rows import LEVEL, Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.harness.answers import Answerer
    from bench.harness.lm_eval_models import OpenedLM

MOST_ITEMS: Final = 64
PROMPTS: Final = 10
NEW_TOKENS: Final = 32
_FEWEST: Final = 3
_DRAWS: Final = 400
Doc = list[Any]
"""The requests of one item, e.g. one for each choice."""


def speed(opened: OpenedLM, tasks: Sequence[Any], *, budget_s: float, seed: int) -> list[Reading]:
    """Latency an item, throughput and peak memory; for tasks that write, also first token and tokens/s.

    tasks: lm-eval's task objects after their evaluation, so that their requests are there.
    budget_s: of the latency part; 0 measures nothing.
    """
    docs = _docs(tasks)
    if budget_s <= 0 or not docs:
        return []

    def call(batch: Sequence[Doc]) -> None:
        requests = [request for doc in batch for request in doc]
        for kind in dict.fromkeys(r.request_type for r in requests):
            asked = [r for r in requests if r.request_type == kind]
            getattr(opened.lm, kind)(asked, disable_tqdm=True)

    found = profile(call, docs, budget_s=budget_s, seed=seed)
    if opened.kind == "api":  # the memory of a server is not ours to see
        found = [reading for reading in found if reading.metric != "memory_peak_bytes"]
    prompts = [doc[0].args[0] for doc in docs if doc[0].request_type == "generate_until"]
    if opened.answerer is not None and prompts:
        found += writing(opened.answerer, [_words(p) for p in prompts[:PROMPTS]], seed=seed)
    return found


def writing(answerer: Answerer, prompts: Sequence[str], *, seed: int) -> list[Reading]:
    """Readings of ttft_s and decode_tokens_s: medians over the prompts, NEW_TOKENS tokens each."""
    answerer.answer(prompts[0], max_tokens=NEW_TOKENS)  # warm-up
    answers = [answerer.answer(prompt, max_tokens=NEW_TOKENS) for prompt in prompts]
    first = [a.ttft_s for a in answers if a.ttft_s is not None]
    rates = [
        ((a.output_tokens or 0) - 1) / (a.latency_s - a.ttft_s)
        for a in answers
        if a.ttft_s is not None and (a.output_tokens or 0) > 1 and a.latency_s > a.ttft_s
    ]
    return [
        _median(metric, values, seed=seed)
        for metric, values in (("ttft_s", first), ("decode_tokens_s", rates))
        if len(values) >= _FEWEST
    ]


def _median(metric: str, values: Sequence[float], *, seed: int) -> Reading:
    taken = np.array(values)
    drawn = np.random.default_rng(seed).choice(taken, (_DRAWS, taken.size))
    value = float(np.median(taken))
    lo, hi = np.quantile(np.median(drawn, axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Reading(
        metric=metric, value=value, lo=min(value, float(lo)), hi=max(value, float(hi)), n=taken.size,
        method=f"median of {taken.size} prompts, at most {NEW_TOKENS} tokens each; bootstrap",
    )  # fmt: skip


def _docs(tasks: Sequence[Any]) -> list[Doc]:
    found: dict[tuple[str, int], Doc] = {}
    for task in tasks:
        for request in task.instances:
            key = (str(request.task_name), int(request.doc_id))
            if key in found or len(found) < MOST_ITEMS:
                found.setdefault(key, []).append(request)
    return list(found.values())


def _words(prompt: Any) -> str:
    """A prompt as text; of a chat's messages, the last."""
    held = getattr(prompt, "prompt", None)
    if held is None:
        return str(prompt)
    return str(json.loads(held)[-1]["content"])
