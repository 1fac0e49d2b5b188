"""Arithmetic of one item: counted operator by operator in a network, from the non-zeros in a linear model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from advisor._lazy import need
from bench.rows import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PER_WEIGHT: Final = 2
"""A weight that an input meets costs one multiplication and one addition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """FLOP of one item, or why there is no such number."""

    flops: float | None
    why: str
    """How it was counted; where `flops` is None, why it was not."""

    def readings(self, n: int = 1) -> list[Reading]:
        """flops_per_item; nothing where it is unknown. n: items that were counted."""
        if self.flops is None:
            return []
        return [
            Reading(
                metric="flops_per_item", value=self.flops, n=n, method=f"{self.why}; exact, no interval"
            )
        ]  # fmt: skip


def flops_per_item(module: Any, example: Mapping[str, Any], *, n_items: int = 1) -> Count:
    """FLOP of one forward pass of a torch module, counted by torch's own FlopCounterMode.

    module: a torch.nn.Module. example: keyword arguments of its forward, for `n_items` items. While counting,
    attention runs as plain matrix products: the counter does not see a CPU's fused kernel and would leave
    attention out. The number is that of a model loaded with attn_implementation="eager". Norms, activations
    and softmax are not counted by torch's counter.
    Source: METHOD.md#bench-measuring
    """
    torch = need("torch", extra="bench")
    attention = need("torch.nn.attention", extra="bench")
    counter = need("torch.utils.flop_counter", extra="bench").FlopCounterMode(display=False)
    if foreign := _foreign_attention(module):
        return Count(flops=None, why=f"attention is {foreign}, which torch's counter does not see")
    quick = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # one fused operator a layer: nothing to count
    try:
        with torch.no_grad(), attention.sdpa_kernel(attention.SDPBackend.MATH), counter:
            module(**example)
    finally:
        torch.backends.mha.set_fastpath_enabled(quick)
    return Count(
        flops=float(counter.get_total_flops()) / n_items,
        why="matrix products and convolutions of one forward pass, attention included (torch FlopCounterMode)",
    )


def _foreign_attention(module: Any) -> str | None:
    """The first attention of a transformers model that is neither plain products nor torch's own; None: none."""
    for part in module.modules():
        name = getattr(getattr(part, "config", None), "_attn_implementation", None)
        if name not in {None, "eager", "sdpa"}:
            return str(name)
    return None


def linear_flops(nonzeros_per_item: float, n_outputs: int) -> Count:
    """FLOP of a linear model on sparse or dense input: each value that is there meets one weight per output."""
    return Count(
        flops=PER_WEIGHT * float(nonzeros_per_item) * n_outputs,
        why=f"2 × {nonzeros_per_item:.4g} non-zeros an item × {n_outputs} outputs",
    )


def fitted_flops(model: Any, inputs: Sequence[Any]) -> Count:
    """FLOP of one prediction of a fitted scikit-learn model or pipeline.

    inputs: what `predict` takes; the non-zeros are averaged over them. Steps that only cut text into terms or
    select columns do no arithmetic worth counting; a projection (TruncatedSVD, PCA) counts like a linear
    model. Trees compare and do not multiply: no FLOP, and the reason is given.
    """
    steps = [step for _, step in getattr(model, "steps", [("model", model)])]
    at, total, words = inputs, 0.0, []
    for step in steps[:-1]:
        if step is None or step == "passthrough":
            continue
        if (matrix := getattr(step, "components_", None)) is not None:
            part = linear_flops(_nonzeros(at), matrix.shape[0])
            total += part.flops or 0.0
            words.append(part.why)
        at = step.transform(at)
    weights = getattr(steps[-1], "coef_", None)
    if weights is None:
        return Count(
            flops=None,
            why=f"{type(steps[-1]).__name__} has no weights to multiply with: FLOP do not describe its work",
        )
    last = linear_flops(_nonzeros(at), 1 if weights.ndim == 1 else weights.shape[0])
    return Count(flops=total + (last.flops or 0.0), why="; ".join([*words, last.why]))


def _nonzeros(values: Any) -> float:
    """Mean number of values that are not zero, per row of a dense or sparse matrix."""
    import numpy as np

    rows = int(values.shape[0])
    stored = (
        values.count_nonzero() if hasattr(values, "count_nonzero") else np.count_nonzero(values)
    )
    return int(stored) / rows
