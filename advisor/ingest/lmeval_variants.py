"""What the tables' free-text column `variant` means, split over the key columns of the evidence."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

UNKNOWN: Final = "unknown"
DEFAULT_MODE: Final = "default"

_MODES: Final = frozenset({"thinking", "no-thinking", "none", "minimal", "low", "medium", "high"})
_PRECISIONS: Final = {
    "float16": "float16", "bfloat16": "bfloat16", "float32": "float32", "8bit": "8bit", "4bit": "4bit",
    "gptq": "gptq", "float8": "float8", "fp8": "float8",
}  # fmt: skip
_NO_EFFECT: Final = frozenset({"gpu_memory_utilization"})
"""Settings that cannot change a score."""
_ARGUMENT: Final = re.compile(r"(\w+)=(\S+)")
_PROMPT: Final = re.compile(r"\s*system_prompt=.*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """How one run differs from its neighbours; the words of the evidence's key columns."""

    precision: str = UNKNOWN
    model_revision: str = UNKNOWN
    """A revision or a training step; "mode=high" for a reasoning mode; "weights=adapter"."""
    subset: str = UNKNOWN
    """Settings of the run, sorted, joined by ";": "limit=100", "edit_format=diff"."""
    split: str = UNKNOWN
    run_mode: str = DEFAULT_MODE
    """The reasoning mode asked for; "default" when none was."""
    zero_shot: bool = False
    partial: bool = False
    """Only some of the items were run."""
    training_step: int | None = None


def parse_variant(source_id: str, text: str | None) -> Variant:
    """The variant that `text` names in the words of `source_id`; METHOD.md#variants lists the rules."""
    if source_id == "euroeval":
        return _euroeval(text or "")
    if text is None or not text.strip():
        return Variant()
    if source_id == "evalplus":  # the model's name again, as its own page spells it
        return Variant()
    if source_id == "pythia":
        return _checkpoint(text)
    if source_id == "swallow":
        mode = text.removeprefix("reasoning=")
        return Variant() if mode == "N/A" else _with_mode(Variant(), _swallow_mode(mode))
    if source_id == "open-lm-scaling":
        multiple = text.removeprefix("chinchilla x")
        return Variant(
            model_revision=f"chinchilla=x{float(multiple):g}" if _is_number(multiple) else text
        )
    return _settings(text)


def _with_mode(variant: Variant, mode: str) -> Variant:
    return replace(variant, run_mode=mode, model_revision=f"mode={mode}")


def _swallow_mode(mode: str) -> str:
    inner = re.fullmatch(r"on \((\w+)\)", mode)
    if inner:
        return inner[1]
    return {"on": "thinking", "off": "no-thinking"}.get(mode, mode)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,12}(\.[0-9]+)?", text) is not None


def _euroeval(text: str) -> Variant:
    """E.g. "medium zero-shot, val"; without "val" the scores are of the test split."""
    words = set(re.split(r"[,\s]+", text)) - {""}
    modes = sorted(words & _MODES)
    rest = sorted(words - _MODES - {"val", "zero-shot"})
    variant = Variant(
        split="val" if "val" in words else "test",
        zero_shot="zero-shot" in words,
        subset=";".join(rest) or UNKNOWN,
    )
    return _with_mode(variant, "+".join(modes)) if modes else variant


def _checkpoint(text: str) -> Variant:
    """E.g. "step143000" or "0.5MtokBS step12000" (another batch size)."""
    step = re.search(r"step([0-9]{1,12})$", text)
    return Variant(
        model_revision=text.replace(" ", "-"), training_step=int(step[1]) if step else None
    )


def _settings(text: str) -> Variant:
    """E.g. "bfloat16 Adapter" or "dtype=bfloat16 enable_thinking=False limit=20"."""
    rest = _PROMPT.sub("", text)
    settings = ["system_prompt=own"] if rest != text else []
    variant = Variant()
    for word in rest.split():
        if (precision := _PRECISIONS.get(word.removeprefix("dtype=").lower())) is not None:
            variant = replace(variant, precision=precision)
        elif word in {"Adapter", "Delta"}:
            variant = replace(variant, model_revision=f"weights={word.lower()}")
        elif word.startswith("enable_thinking="):
            mode = "thinking" if word.endswith("True") else "no-thinking"
            variant = _with_mode(variant, mode)
        elif (match := _ARGUMENT.fullmatch(word)) is None or match[1] not in _NO_EFFECT:
            settings.append(word)
    return replace(
        variant,
        subset=";".join(sorted(settings)) or UNKNOWN,
        partial=any(word.startswith("limit=") for word in settings),
    )
