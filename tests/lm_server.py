"""A real OpenAI-compatible server around one local causal model: /v1/models, /v1/completions, /v1/chat/completions.

usage: python tests/lm_server.py FOLDER NAME PORT [KEY]

Completions take text or token ids and tell the log-probabilities of the prompt (echo); chat answers stream.
With KEY, requests without it get 401.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


@contextmanager
def serving(folder: Path, name: str, port: int, key: str = "") -> Iterator[str]:
    """The server in a process of its own; the base URL of its API."""
    said = [sys.executable, __file__, str(folder), name, str(port), *([key] if key else [])]
    worker = subprocess.Popen(said, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        worker.terminate()
        worker.wait()


class Model:
    """The model with what the two endpoints need of it."""

    def __init__(self, folder: str) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        torch.set_num_threads(1)
        self.torch = torch
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForCausalLM.from_pretrained(folder).eval()

    def scored(self, ids: list[int]) -> tuple[list[float | None], list[dict[str, float] | None]]:
        """Each token's log-probability after those before it, and the likeliest token's in its place."""
        with self.torch.inference_mode():
            logprobs = self.model(input_ids=self.torch.tensor([ids])).logits[0].log_softmax(-1)
        own: list[float | None] = [None]
        top: list[dict[str, float] | None] = [None]
        for place, token in enumerate(ids[1:]):
            best = int(logprobs[place].argmax())
            own.append(float(logprobs[place, token]))
            top.append({self.tokenizer.decode([best]): float(logprobs[place, best])})
        return own, top

    def written(self, ids: list[int], n: int) -> Iterator[tuple[int, dict[str, float]]]:
        """Greedy tokens, each as soon as it is made, with the twenty likeliest in its place."""
        for _ in range(n):
            with self.torch.inference_mode():
                logits = self.model(input_ids=self.torch.tensor([ids])).logits[0, -1]
                top = logits.log_softmax(-1).topk(20)
            token = int(top.indices[0])
            if token == self.tokenizer.eos_token_id:
                return
            pairs = zip(top.indices.tolist(), top.values.tolist(), strict=True)
            yield token, {self.tokenizer.decode([t]): v for t, v in pairs}
            ids = [*ids, token][-self.model.config.n_positions :]


class Endpoints:
    """What each path answers."""

    def __init__(self, model: Model, name: str, key: str) -> None:
        self.model, self.name, self.key = model, name, key

    def locked(self, request: Any) -> bool:
        return bool(self.key) and request.headers.get("authorization") != f"Bearer {self.key}"

    async def health(self, _: Any) -> Any:
        return _json({"ok": True})

    async def models(self, request: Any) -> Any:
        if self.locked(request):
            return _error(401, "Incorrect API key provided")
        return _json({"object": "list", "data": [{"id": self.name, "object": "model"}]})

    async def completions(self, request: Any) -> Any:
        if self.locked(request):
            return _error(401, "Incorrect API key provided")
        said = await request.json()
        given = said["prompt"]
        alone = isinstance(given, str) or (given and isinstance(given[0], int))
        prompts = [given] if alone else given
        choices = [_completion(self.model, said, p, place) for place, p in enumerate(prompts)]
        return _json({"object": "text_completion", "choices": choices, "usage": _usage(0, 0)})

    async def chat(self, request: Any) -> Any:
        from starlette.responses import StreamingResponse

        if self.locked(request):
            return _error(401, "Incorrect API key provided")
        said, tokenizer = await request.json(), self.model.tokenizer
        if said["model"] != self.name:
            return _error(404, f"no model {said['model']}")
        text = tokenizer.apply_chat_template(
            said["messages"], tokenize=False, add_generation_prompt=True
        )
        ids, n = tokenizer(text)["input_ids"], said["max_tokens"]
        if len(ids) + n > self.model.model.config.n_positions:
            return _error(400, "maximum context length exceeded", "context_length_exceeded")
        made = _stopped(self.model, self.model.written(ids, n), said.get("stop") or [])
        if said.get("stream"):
            return StreamingResponse(_stream(made, len(ids)), media_type="text/event-stream")
        pieces = list(made)
        usage = _usage(len(ids), len(pieces))
        choice = {
            "index": 0, "finish_reason": "stop",
            "message": {"role": "assistant", "content": "".join(text for text, _ in pieces)},
            "logprobs": {"content": [_token(text, top) for text, top in pieces]},
        }  # fmt: skip
        return _json({"object": "chat.completion", "choices": [choice], "usage": usage})


def _json(said: Any, status: int = 200) -> Any:
    from starlette.responses import JSONResponse

    return JSONResponse(said, status)


def _error(status: int, words: str, code: str | None = None) -> Any:
    return _json({"error": {"message": words, "code": code}}, status)


def app(ends: Endpoints) -> Any:
    from starlette.applications import Starlette
    from starlette.routing import Route

    return Starlette(
        routes=[
            Route("/health", ends.health),
            Route("/v1/models", ends.models),
            Route("/v1/completions", ends.completions, methods=["POST"]),
            Route("/v1/chat/completions", ends.chat, methods=["POST"]),
        ]
    )


def _completion(model: Model, said: dict[str, Any], prompt: Any, place: int) -> dict[str, Any]:
    ids = model.tokenizer(prompt)["input_ids"] if isinstance(prompt, str) else list(prompt)
    room = model.model.config.n_positions
    made = list(model.written(ids[-room:], said.get("max_tokens", 16)))
    choice: dict[str, Any] = {"index": place, "finish_reason": "length"}
    if not said.get("echo"):
        pieces = _stopped(model, made, said.get("stop") or [])
        return choice | {"text": "".join(text for text, _ in pieces)}
    own, top = model.scored(ids)
    for token, likely in made:
        own.append(likely[model.tokenizer.decode([token])])
        top.append(dict([next(iter(likely.items()))]))
    shown = [model.tokenizer.decode([token]) for token in [*ids, *(t for t, _ in made)]]
    logprobs = {"tokens": shown, "token_logprobs": own, "top_logprobs": top}
    return choice | {"text": "".join(shown), "logprobs": logprobs}


def _stopped(
    model: Model, made: Iterable[tuple[int, dict[str, float]]], stop: list[str] | str
) -> Iterator[tuple[str, dict[str, float]]]:
    """Tokens as text, up to the first of the stop texts."""
    ends, text = [stop] if isinstance(stop, str) else stop, ""
    for token, top in made:
        piece = model.tokenizer.decode([token])
        text += piece
        cut = min((place for end in ends if (place := text.find(end)) >= 0), default=-1)
        if cut >= 0:
            if before := text[:cut][len(text) - len(piece) :]:
                yield before, top
            return
        yield piece, top


def _usage(given: int, made: int) -> dict[str, int]:
    return {"prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made}


def _token(text: str, top: dict[str, float]) -> dict[str, Any]:
    listed = [{"token": t, "logprob": v} for t, v in top.items()]
    return {"token": text, "logprob": top.get(text, 0.0), "top_logprobs": listed}


def _stream(pieces: Iterable[tuple[str, dict[str, float]]], n_prompt: int) -> Iterator[str]:
    n = 0
    for text, top in pieces:
        n += 1
        choice = {"index": 0, "delta": {"content": text}, "logprobs": {"content": [_token(text, top)]}}  # fmt: skip
        yield f"data: {json.dumps({'object': 'chat.completion.chunk', 'choices': [choice]})}\n\n"
    last = {"index": 0, "delta": {}, "finish_reason": "stop"}
    end = {"object": "chat.completion.chunk", "choices": [last], "usage": _usage(n_prompt, n)}
    yield f"data: {json.dumps(end)}\n\n"
    yield "data: [DONE]\n\n"


if __name__ == "__main__":
    import uvicorn

    key = sys.argv[4] if len(sys.argv) > 4 else ""
    ends = Endpoints(Model(sys.argv[1]), sys.argv[2], key)
    uvicorn.run(app(ends), host="127.0.0.1", port=int(sys.argv[3]), log_level="error")
