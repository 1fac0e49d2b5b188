"""A causal language model in this process as an Answerer: labels by their likelihood, other answers greedily."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, Final, Literal

from advisor._lazy import need
from bench.harness.answers import Answer
from bench.harness.hub_weights import load, snapshot_folder
from bench.models import read_weights, weights_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_CONTEXT: Final = 1 << 20
"""Tokenizers write numbers above it where they know no limit."""


class LocalLM:
    """Weights from a folder or the Hub, in evaluation mode, on a fixed number of threads."""

    kind: Literal["api", "decoder"] = "decoder"

    def __init__(
        self,
        given: str,
        *,
        threads: int = 1,
        precision: str = "float32",
        device: str = "cpu",
        chat: bool | None = None,
        trust_remote_code: bool = False,
    ) -> None:
        """Load. chat: wrap prompts in the tokenizer's chat template; None: where it has one.

        Raises: BadInput: no such model, or pickled weights; Unreachable: a gated one, or no hub;
        MissingExtra: no torch or transformers.
        """
        weights = read_weights(given)
        torch = need("torch", extra="bench")
        transformers = need("transformers", extra="bench")
        torch.set_num_threads(threads)
        transformers.utils.logging.disable_progress_bar()
        options = {"trust_remote_code": trust_remote_code}
        self.tokenizer = load(transformers.AutoTokenizer, weights, **options)
        dtype = "auto" if precision == "auto" else getattr(torch, precision)
        self.model = load(
            transformers.AutoModelForCausalLM, weights, dtype=dtype, use_safetensors=True, **options
        )
        self.model.to(device).eval()
        config = self.model.config
        self.model_id = weights.model_id
        self.revision = weights.revision or getattr(config, "_commit_hash", None) or "unknown"
        self.n_parameters: int | None = sum(p.numel() for p in self.model.parameters())
        self.context_tokens: int | None = _context(config, self.tokenizer)
        self.precision = str(self.model.dtype).removeprefix("torch.")
        folder = snapshot_folder(weights)
        self.weights_bytes = None if folder is None else weights_bytes(folder)
        has_template = getattr(self.tokenizer, "chat_template", None) is not None
        self.chat = has_template if chat is None else chat and has_template
        self._torch, self._device = torch, device
        self._cached, self._n_cut, self._n_prompts = True, 0, 0

    def warnings(self) -> list[str]:
        """How many prompts had to be cut."""
        if not self._n_cut:
            return []
        return [
            f"{self.model_id}: {self._n_cut} of {self._n_prompts} prompts were longer than its "
            f"{self.context_tokens} tokens and were cut from the left"
        ]

    def answer(
        self,
        prompt: str,
        *,
        system: str | None = None,
        labels: Sequence[str] | None = None,
        max_tokens: int = 64,
        stop: Sequence[str] = (),
    ) -> Answer:
        """With labels, the one whose text is likeliest per token after the prompt; else greedy text.

        Probabilities are the softmax of the labels' mean log-likelihood per token.
        Source: METHOD.md#bench-prompts
        """
        begun = time.perf_counter()
        self._n_prompts += 1
        if labels:
            return self._choose(prompt, system, labels, begun)
        with self._torch.inference_mode():
            return self._write(prompt, system, max_tokens, stop, begun)

    def label_logprobs(
        self, prompt: str, labels: Sequence[str], *, system: str | None = None
    ) -> tuple[list[list[float]], int]:
        """Log-likelihood of every token of every label after the prompt; and the prompt's tokens."""
        longest = max(len(self._encode(f" {label}", special=False)) for label in labels)
        text, prefix = self._fitted(prompt, system, longest + 1)
        rows = [self._label_ids(text, prefix, label) for label in labels]
        with self._torch.inference_mode():
            return self._score(prefix, rows), len(prefix)

    def _choose(
        self, prompt: str, system: str | None, labels: Sequence[str], begun: float
    ) -> Answer:
        scored, n_prompt = self.label_logprobs(prompt, labels, system=system)
        means = [sum(row) / len(row) for row in scored]
        top = max(means)
        weights = [math.exp(mean - top) for mean in means]
        shares = {label: w / sum(weights) for label, w in zip(labels, weights, strict=True)}
        best = max(shares, key=lambda label: shares[label])
        return Answer(
            text=best, label=best, probabilities=shares, latency_s=time.perf_counter() - begun, ttft_s=None,
            input_tokens=n_prompt, output_tokens=0,
        )  # fmt: skip

    def _write(
        self, prompt: str, system: str | None, max_tokens: int, stop: Sequence[str], begun: float
    ) -> Answer:
        room = max_tokens if self.context_tokens is None else self.context_tokens // 2
        n_new = max(1, min(max_tokens, room))
        _, ids = self._fitted(prompt, system, n_new)
        inputs = self._torch.tensor([ids], device=self._device)
        clock = _FirstToken(begun)
        more: dict[str, Any] = (
            {"stop_strings": list(stop), "tokenizer": self.tokenizer} if stop else {}
        )
        made = self.model.generate(
            inputs, attention_mask=self._torch.ones_like(inputs), do_sample=False, num_beams=1,
            max_new_tokens=n_new, temperature=None, top_p=None, top_k=None, streamer=clock,
            pad_token_id=_padding(self.tokenizer, self.model.config), **more,
        )[0, len(ids) :]  # fmt: skip
        text = self.tokenizer.decode(made, skip_special_tokens=True)
        for end in stop:
            text = text.split(end, 1)[0]
        return Answer(
            text=text, label=None, probabilities=None, latency_s=time.perf_counter() - begun,
            ttft_s=clock.first_s, input_tokens=len(ids), output_tokens=len(made),
        )  # fmt: skip

    def _fitted(self, prompt: str, system: str | None, room: int) -> tuple[str, list[int]]:
        """The prompt as text and tokens, cut from its left until `room` more tokens fit."""
        text, ids = self._wrapped(prompt, system)
        if self.context_tokens is None or len(ids) + room <= self.context_tokens:
            return text, ids
        self._n_cut += 1
        keep = max(1, self.context_tokens - room)
        own = self._encode(prompt, special=False)
        kept = own[min(len(own), len(ids) - keep) :]
        text, ids = self._wrapped(self.tokenizer.decode(kept), system)
        return text, ids[-keep:]

    def _wrapped(self, prompt: str, system: str | None) -> tuple[str, list[int]]:
        if not self.chat:
            text = f"{system}\n\n{prompt}" if system else prompt
            ids = self._encode(text, special=True)
            return text, ids or [_start(self.tokenizer, self.model.config)]
        said = [{"role": "system", "content": system}] if system else []
        said.append({"role": "user", "content": prompt})
        text = self.tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True)
        return text, self._encode(text, special=False)

    def _encode(self, text: str, *, special: bool) -> list[int]:
        ids: list[int] = self.tokenizer(text, add_special_tokens=special, verbose=False)[
            "input_ids"
        ]
        return ids

    def _label_ids(self, text: str, prefix: list[int], label: str) -> list[int]:
        """The label's tokens as they stand after the text: with a blank before, unless the text ends in one."""
        glued = label if self.chat or not text or text[-1].isspace() else f" {label}"
        whole = self._encode(text + glued, special=not self.chat)
        before = self._encode(text, special=not self.chat)
        if len(whole) > len(before) and whole[: len(before)] == before:
            return whole[len(before) :]
        return self._encode(glued, special=False) or prefix[-1:]

    def _score(self, prefix: list[int], rows: list[list[int]]) -> list[list[float]]:
        logits = self._after_cache(prefix, rows) if self._cached else self._whole(prefix, rows)
        logprobs = logits.float().log_softmax(-1)
        return [
            [float(logprobs[place, at, token]) for at, token in enumerate(row)]
            for place, row in enumerate(rows)
        ]

    def _after_cache(self, prefix: list[int], rows: list[list[int]]) -> Any:
        """Logits before each label token: the prompt is read once, all labels in one batch after it."""
        torch = self._torch
        read = self.model(input_ids=torch.tensor([prefix], device=self._device), use_cache=True)
        first = read.logits[:, -1:].expand(len(rows), -1, -1)
        if max(map(len, rows)) == 1:
            return first
        past = read.past_key_values
        if not hasattr(past, "batch_repeat_interleave"):
            self._cached = False
            return self._whole(prefix, rows)
        past.batch_repeat_interleave(len(rows))
        rest = self.model(input_ids=self._padded(rows), past_key_values=past, use_cache=True).logits
        return torch.cat([first, rest], dim=1)

    def _whole(self, prefix: list[int], rows: list[list[int]]) -> Any:
        """The same without a cache: each label with the whole prompt before it."""
        ids = self._padded([[*prefix, *row] for row in rows])
        return self.model(input_ids=ids).logits[:, len(prefix) - 1 :]

    def _padded(self, rows: list[list[int]]) -> Any:
        """On the right, where a causal model does not see it."""
        width = max(map(len, rows))
        return self._torch.tensor(
            [[*row, *[row[-1]] * (width - len(row))] for row in rows], device=self._device
        )


class _FirstToken:
    """A streamer that only looks at the clock."""

    def __init__(self, begun: float) -> None:
        self.first_s: float | None = None
        self._begun, self._n_seen = begun, 0

    def put(self, _: object) -> None:
        """Called with the prompt, then with each token."""
        self._n_seen += 1
        if self._n_seen == 2:
            self.first_s = time.perf_counter() - self._begun

    def end(self) -> None:
        """Nothing to close."""


def _context(config: Any, tokenizer: Any) -> int | None:
    said = [
        getattr(config, "max_position_embeddings", None),
        getattr(config, "n_positions", None),
        getattr(tokenizer, "model_max_length", None),
    ]
    known = [int(n) for n in said if isinstance(n, int | float) and 0 < n <= LONGEST_CONTEXT]
    return min(known, default=None)


def _padding(tokenizer: Any, config: Any) -> int:
    found = tokenizer.pad_token_id
    if found is None:
        found = (
            tokenizer.eos_token_id if tokenizer.eos_token_id is not None else config.eos_token_id
        )
    found = found[0] if isinstance(found, list) else found
    return 0 if found is None else int(found)


def _start(tokenizer: Any, config: Any) -> int:
    found = tokenizer.bos_token_id
    return _padding(tokenizer, config) if found is None else int(found)
