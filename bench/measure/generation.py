"""Times of a model that writes: to its first token, per token, and of the whole answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from advisor.core.errors import BadInput
from bench.measure.spread import in_order
from bench.rows import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    Row = tuple[float | None, float, int | None, int | None]

_COUNTED: Final = 2
"""Tokens an answer must have for a time between tokens."""
_QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


class Answered(Protocol):
    """What is read of an answer."""

    @property
    def ttft_s(self) -> float | None:
        """Seconds to the first token; None where it is not told."""
        ...

    @property
    def latency_s(self) -> float:
        """Seconds of the whole answer."""
        ...

    @property
    def input_tokens(self) -> int | None:
        """Of the prompt."""
        ...

    @property
    def output_tokens(self) -> int | None:
        """Of the answer."""
        ...


def profile_generator(
    ask: Callable[[str], Answered], prompts: Sequence[str], *, budget_s: float = 5.0, seed: int = 0
) -> list[Reading]:
    """`generation_readings` of prompts asked in a fixed random order until the budget or the prompts are spent.

    One answer warms up and is not counted; one is counted at least. Raises: BadInput: no prompts.
    """
    if len(prompts) == 0:
        raise BadInput("nothing to time: there are no prompts")
    order = np.random.default_rng(seed).permutation(len(prompts))
    ask(prompts[int(order[0])])
    rows: list[Row] = []
    spent = 0.0
    for place in order:
        given = ask(prompts[int(place)])
        rows.append((given.ttft_s, given.latency_s, given.input_tokens, given.output_tokens))
        spent += given.latency_s
        if spent >= budget_s:
            break
    return generation_readings(rows)


def generation_readings(answers: Iterable[Row], *, warm_up: int = 0) -> list[Reading]:
    """Readings from answers that were asked for one after another.

    answers: (ttft_s, latency_s, input_tokens, output_tokens) in the order of asking; None where the server did
    not say. warm_up: first answers that are not counted. Gives latency_p50_s, _p95_s, _p99_s, ttft_s (median),
    time_per_output_token_s and decode_tokens_s (of answers with two tokens at least: the time after the first
    token over the tokens after it), prefill_tokens_s (prompt tokens over the time to the first token); what
    nothing is known of is left out. All times are on the wall, every answer counts.
    Source: METHOD.md#bench-measuring
    """
    rows = list(answers)[warm_up:]
    if not rows:
        return []
    table = np.array([[np.nan if cell is None else float(cell) for cell in row] for row in rows])
    ttft, latency, read, written = table.T
    found = [
        _reading(f"latency_{name}_s", latency[:, None], _of_first(lambda s, q=q: np.quantile(s, q, axis=-1)))  # type: ignore[misc]
        for name, q in _QUANTILES.items()
    ]  # fmt: skip
    begun = np.isfinite(ttft) & (ttft > 0)
    if begun.any():
        found.append(
            _reading("ttft_s", ttft[begun][:, None], _of_first(lambda s: np.median(s, axis=-1)))
        )
        if (asked := begun & (read > 0)).any():
            found.append(_reading("prefill_tokens_s", np.stack([read, ttft], 1)[asked], _rate))
    streamed = begun & (written >= _COUNTED) & (latency > ttft)
    if streamed.any():
        gaps = np.stack([written - 1, latency - ttft], 1)[streamed]
        found.append(_reading("decode_tokens_s", gaps, _rate))
        found.append(_reading("time_per_output_token_s", gaps, lambda values: 1.0 / _rate(values)))
    if (spoken := written > 0).any():
        found.append(_reading("output_tokens_s", np.stack([written, latency], 1)[spoken], _rate))
    return found


def _rate(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tokens over seconds, summed over answers. values: (…, answers, 2)."""
    summed = values.sum(axis=-2)
    return np.asarray(summed[..., 0] / summed[..., 1])


def _of_first(statistic: Callable[[NDArray[np.float64]], Any]) -> Callable[..., Any]:
    return lambda values: statistic(values[..., 0])


def _reading(metric: str, values: NDArray[np.float64], statistic: Callable[..., Any]) -> Reading:
    found = in_order(values, statistic)
    words = "no interval of so few" if found.lo is None else "bootstrap of blocks, for a second run"
    return Reading(
        metric=metric, value=found.value, lo=found.lo, hi=found.hi, n=values.shape[0],
        method=f"wall, {values.shape[0]} answers one after another, none left out; {words}",
    )  # fmt: skip
