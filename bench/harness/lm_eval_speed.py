"""How fast a model does a task's own items: lm-eval tells no times."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any, Final

from bench.measure.generation import profile_generator
from bench.measure.profile import Extras, profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.harness.answers import Answer
    from bench.harness.lm_eval_models import OpenedLM
    from bench.rows import Reading

MOST_ITEMS: Final = 128
"""Items that are handed to the timer: enough for its largest batch."""
MOST_PROMPTS: Final = 32
NEW_TOKENS: Final = 32
_OF_WRITING: Final = frozenset(
    {"ttft_s", "prefill_tokens_s", "decode_tokens_s", "time_per_output_token_s", "output_tokens_s"}
)
Doc = list[Any]
"""The requests of one item, e.g. one for each choice."""


def speed(
    opened: OpenedLM,
    tasks: Sequence[Any],
    *,
    budget_s: float,
    seed: int,
    extras: Extras,
    missing: dict[str, str],
) -> list[Reading]:
    """Latency an item, throughput, memory, energy and cost; of tasks that write, also first token and tokens/s.

    tasks: lm-eval's task objects after their evaluation, so that their requests are there.
    budget_s: of each of the two parts; 0 measures nothing. missing: filled with what could not be measured.
    """
    docs = _docs(tasks)
    if budget_s <= 0 or not docs:
        return []

    def call(batch: Sequence[Doc]) -> None:
        requests = [request for doc in batch for request in doc]
        for kind in dict.fromkeys(r.request_type for r in requests):
            asked = [r for r in requests if r.request_type == kind]
            getattr(opened.lm, kind)(asked, disable_tqdm=True)

    known = dataclasses.replace(extras, remote=opened.kind == "api")
    found = profile(call, docs, budget_s=budget_s, seed=seed, extras=known, missing=missing)
    prompts = [_words(doc[0].args[0]) for doc in docs if doc[0].request_type == "generate_until"]
    answerer = opened.answerer
    if answerer is None or not prompts:
        return found

    def ask(prompt: str) -> Answer:
        return answerer.answer(prompt, max_tokens=NEW_TOKENS)

    written = profile_generator(ask, prompts[:MOST_PROMPTS], budget_s=budget_s, seed=seed)
    return [*found, *(reading for reading in written if reading.metric in _OF_WRITING)]


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
