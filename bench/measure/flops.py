"""Arithmetic of one item: counted operator by operator in a network, from the non-zeros in a linear model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from advisor._lazy import need
from bench.rows import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

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
