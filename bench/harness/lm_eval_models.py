"""A model as lm-eval's own interface, with what the evidence says of it: in this process, behind a server, or vLLM."""

from __future__ import annotations

import copy
import importlib.util
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from advisor._lazy import need
from advisor.core.errors import BadInput, MissingExtra
from bench.harness.answers import ServerFault
from bench.harness.hub_weights import snapshot_folder
from bench.harness.local_lm import LONGEST_CONTEXT, LocalLM
from bench.harness.openai_door import Door
from bench.harness.server_line import ServerLine
from bench.models import read_weights, weights_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bench.harness.answers import Answerer

VLLM: Final = "vllm:"
DEFAULT_CONTEXT: Final = 2048
"""Of a server's model where nothing says more; lm-eval's own default."""


@dataclass(frozen=True, kw_only=True)
class OpenedLM:
    """An LM object of lm-eval, and the model behind it."""

    lm: Any
    model_id: str
    revision: str
    precision: str
    kind: str
    n_parameters: int | None
    weights_bytes: int | None
    context_tokens: int | None
    answerer: Answerer | None
    """The same model, asked one prompt at a time; None where only lm-eval can reach it."""
    warnings: Callable[[], list[str]] = field(default=list)


def is_server(model: str) -> bool:
    """Whether a spelling names a server. Raises: BadInput: it names nothing."""
    return not model.startswith(VLLM) and read_weights(model).source == "server"


def open_lm(model: str, said: Mapping[str, Any], *, likelihood: bool) -> OpenedLM:
    """The model that a job names, ready for lm-eval.

    said: the job's options. likelihood: whether the task compares log-likelihoods.
    Raises: BadInput: no such model, or it cannot do the task; Unreachable, MissingExtra: not here.
    """
    if model.startswith(VLLM):
        return _vllm(model.removeprefix(VLLM), said)
    if is_server(model):
        return (
            _chat(model, said)
            if said.get("chat")
            else _completions(model, said, likelihood=likelihood)
        )
    return _local(model, said)


def _local(model: str, said: Mapping[str, Any]) -> OpenedLM:
    local = LocalLM(
        model,
        threads=int(said.get("threads", 1)),
        precision=str(said.get("precision", "float32")),
        device=str(said.get("device", "cpu")),
        chat=False,
        trust_remote_code=bool(said.get("trust_remote_code", False)),
    )
    if said.get("chat") and getattr(local.tokenizer, "chat_template", None) is None:
        raise BadInput(
            f"--apply-chat-template: {local.model_id} has no chat template; leave it out"
        )
    backend = need("lm_eval.models.huggingface", extra="bench")
    lm = backend.HFLM(
        pretrained=local.model,
        tokenizer=local.tokenizer,
        backend="causal",
        batch_size=int(said.get("batch_size", 8)),
    )
    return OpenedLM(
        lm=lm, model_id=local.model_id, revision=local.revision, precision=local.precision, kind=local.kind,
        n_parameters=local.n_parameters, weights_bytes=local.weights_bytes, context_tokens=local.context_tokens,
        answerer=local, warnings=local.warnings,
    )  # fmt: skip


def _chat(model: str, said: Mapping[str, Any]) -> OpenedLM:
    door = Door(model, seed=int(said.get("lm_seed", 0)))
    url = read_weights(model).url or ""
    line = ServerLine(url, door.model_id)
    lm = _served(
        "LocalChatCompletion",
        line,
        "/chat/completions",
        tokenizer_backend=None,
        tokenized_requests=False,
        batch_size=1,
        seed=int(said.get("lm_seed", 0)),
    )
    return OpenedLM(
        lm=lm, model_id=door.model_id, revision=door.revision, precision="unknown", kind="api", n_parameters=None,
        weights_bytes=None, context_tokens=None, answerer=door, warnings=line.warnings,
    )  # fmt: skip


def _completions(model: str, said: Mapping[str, Any], *, likelihood: bool) -> OpenedLM:
    weights = read_weights(model)
    line = ServerLine(weights.url or "", weights.model_id)
    named = said.get("tokenizer")
    if likelihood and not named:
        raise BadInput(
            f"{model}: a task that compares log-likelihoods needs to know where the prompt's tokens end; "
            "name the model's tokenizer with --tokenizer FOLDER or org/name"
        )
    if likelihood:
        _tells_prompt_logprobs(line)
    tokenizer = _tokenizer(str(named)) if named else None
    context = _context(said.get("max_length"), tokenizer)
    lm = _served(
        "LocalCompletionsAPI",
        line,
        "/completions",
        tokenizer_backend="huggingface" if named else None,
        tokenizer=None if tokenizer is None else tokenizer.name_or_path,
        revision=None,
        tokenized_requests=bool(named),
        batch_size=int(said.get("batch_size", 8)),
        max_length=context,
        seed=int(said.get("lm_seed", 0)),
    )
    return OpenedLM(
        lm=lm, model_id=weights.model_id, revision="unknown", precision="unknown", kind="api", n_parameters=None,
        weights_bytes=None, context_tokens=context, answerer=None, warnings=line.warnings,
    )  # fmt: skip


def _vllm(model: str, said: Mapping[str, Any]) -> OpenedLM:
    """lm-eval's own vLLM backend."""
    weights = read_weights(model)
    if importlib.util.find_spec("vllm") is None:
        raise MissingExtra("'vllm' is not installed; run: pip install vllm (Linux, with a GPU)")
    registry = need("lm_eval.api.registry", extra="bench")
    precision = str(said.get("precision", "auto"))
    lm = registry.get_model("vllm")(
        pretrained=weights.load_from,
        revision=weights.revision if weights.source == "hub" else None,
        dtype=precision,
        batch_size="auto",  # vLLM schedules by itself
        seed=int(said.get("lm_seed", 0)),
        trust_remote_code=bool(said.get("trust_remote_code", False)),
        max_model_len=said.get("max_length"),
    )
    folder = snapshot_folder(weights)
    return OpenedLM(
        lm=lm, model_id=weights.model_id, revision=weights.revision or "unknown",
        precision="unknown" if precision == "auto" else precision, kind="decoder", n_parameters=None,
        weights_bytes=None if folder is None else weights_bytes(folder), context_tokens=said.get("max_length"),
        answerer=None,
    )  # fmt: skip


def _served(base: str, line: ServerLine, path: str, **options: Any) -> Any:
    """lm-eval's model for servers, its requests sent over our line: with its patience, and its key."""
    module = need("lm_eval.models.openai_completions", extra="bench")

    def model_call(
        self: Any,
        messages: Any,
        *,
        generate: bool = True,
        gen_kwargs: dict[str, Any] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        payload = self._create_payload(
            self.create_message(messages),
            generate=generate,
            gen_kwargs=copy.deepcopy(gen_kwargs),
            seed=self._seed,
            eos=self.eos_string,
            **more,
        )
        return line.post(path, {k: v for k, v in payload.items() if v is not None})

    made = type("Served", (getattr(module, base),), {"model_call": model_call})
    return made(
        base_url=line.url + path,
        model=line.model_id,
        num_concurrent=1,
        max_retries=1,  # the line does its own
        **options,
    )


def _tells_prompt_logprobs(line: ServerLine) -> None:
    """Ask for the log-probabilities of two words. Raises: BadInput: the server does not tell them."""
    asked = {
        "model": line.model_id, "prompt": "one two three", "max_tokens": 1, "temperature": 0, "logprobs": 1,
        "echo": True,
    }  # fmt: skip
    try:
        told = line.post("/completions", asked)["choices"][0]["logprobs"]["token_logprobs"]
        enough = len([value for value in told if value is not None]) > 1
    except (ServerFault, KeyError, IndexError, TypeError):
        enough = False
    if not enough:
        raise BadInput(
            f"{line.url}: the server does not tell the log-probabilities of a prompt (completions with echo and "
            "logprobs), which this task compares; use one that does (vLLM), or hf:MODEL, or a task that generates"
        )


def _tokenizer(named: str) -> Any:
    """Raises: BadInput, Unreachable: it cannot be had."""
    from bench.harness.hub_weights import load_tokenizer

    return load_tokenizer(read_weights(named))


def _context(said: object, tokenizer: Any) -> int:
    if isinstance(said, int):
        return said
    known = getattr(tokenizer, "model_max_length", None)
    usable = isinstance(known, int) and 0 < known <= LONGEST_CONTEXT
    return known if usable and known is not None else DEFAULT_CONTEXT
