"""Which lengths, batches and thread counts a shape is timed at, and one shape's run over them."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from advisor._lazy import need
from advisor.estimate.arithmetic import flops_per_item
from advisor.estimate.workload_words import subset_words
from bench.measure.latency import SLOW_S, timed, timing, visit
from bench.measure.memory import peak_bytes
from bench.measure.stand_ins import SEED, Transformer, build, texts_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.measure.shapes import Counts, Shape

LENGTHS: Final = (16, 64, 128, 256, 512)
BATCHES: Final = (1, 8, 32)
THREADS: Final = (1, 2)
THREADED: Final = ((16, 128), (1, 8))
"""Lengths and batches that are also timed with more than one thread: enough to tell what threads change."""
VISITS: Final = 3
"""Parts that the time budget of a cell is cut into, so that its visits lie apart."""
QUICK_SHARE: Final = 0.4
"""Part of the time budget that a shape without a transformer gets: its calls take microseconds."""
WRITTEN: Final = 16
"""Tokens that a row about a decoder's speed says were written; a slow one writes fewer, see WRITTEN_S."""
WRITTEN_S: Final = 1.5
"""Seconds of writing, at least BLOCK tokens or SLOW_S."""
MOST_FLOPS: Final = {1: 4e11, 8: 1e11, 32: 1e11}
"""Arithmetic of one call by batch size, above which a cell is left out: it would take seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One condition of one shape."""

    batch: int
    input_tokens: int
    threads: int
    output_tokens: int = 0

    @property
    def subset(self) -> str:
        """The words in the evidence row."""
        return subset_words(**asdict(self))


def cells_of(shape: Shape, counts: Counts) -> tuple[list[Cell], list[Cell]]:
    """The cells to time, smallest first, and those left out as too slow."""
    taken: list[Cell] = []
    left_out: list[Cell] = []
    threads = THREADS if shape.config_class else (1,)
    for length in LENGTHS:
        for batch in BATCHES:
            small = batch * item_flops(counts, length) <= MOST_FLOPS[batch]
            for n in threads:
                cell = Cell(batch=batch, input_tokens=length, threads=n)
                wanted = n == 1 or (length in THREADED[0] and batch in THREADED[1])
                (taken if wanted and small and length <= shape.longest else left_out).append(cell)
    order = sorted(taken, key=lambda cell: (cell.batch * cell.input_tokens, cell.threads))
    return order, left_out


def item_flops(counts: Counts, tokens: int) -> float:
    """FLOP of one item from the module's true dimensions."""
    non_embedding = np.array([float(counts.non_embedding)])
    return float(
        flops_per_item(non_embedding, tokens, np.array([float(counts.n_layers * counts.hidden)]))[0]
    )


def run_shape(shape: Shape, *, budget_s: float) -> dict[str, Any]:
    """Time one shape in this process: its counts, and one record a cell.

    budget_s: seconds to spend on timing, after set-up. The first visit goes from the smallest cell to the
    largest, so that the peak memory after each is that cell's; later visits go round until the time is spent.
    """
    runtime = peak_bytes()
    model = build(shape)
    rng = np.random.default_rng(SEED)
    cells, left_out = cells_of(shape, model.counts)
    calls = {
        cell: partial(model.encode, texts_of(cell.batch, cell.input_tokens, rng)) for cell in cells
    }
    visits: dict[Cell, list[NDArray[np.float64]]] = {cell: [] for cell in cells}
    peaks: dict[Cell, int] = {}
    budget_s *= 1.0 if shape.config_class else QUICK_SHARE
    deadline = time.perf_counter() + budget_s
    for turn, cell in enumerate(cycle(cells)):
        if turn >= len(cells) and time.perf_counter() > deadline:
            break
        _use_threads(cell.threads, shape)
        first = np.array([timed(calls[cell])])
        peaks.setdefault(cell, peak_bytes())
        if first[0, 0] > SLOW_S:  # too dear to throw away, and little slower than the next would be
            visits[cell].append(first)
        else:
            visits[cell].append(visit(calls[cell], budget_s=budget_s / len(cells) / VISITS))
    return {
        "shape": shape.name,
        "counts": asdict(model.counts),
        "runtime_bytes": runtime,
        "cells": [_record(cell, visits[cell], peaks[cell]) for cell in cells],
        "left_out": [cell.subset for cell in left_out],
        "written": _written(model, shape, rng)
        if isinstance(model, Transformer) and model.is_decoder
        else [],
    }


def _use_threads(threads: int, shape: Shape) -> None:
    if shape.config_class:
        need("torch", extra="bench").set_num_threads(threads)


def _record(cell: Cell, visits: list[NDArray[np.float64]], peak: int) -> dict[str, Any]:
    return {
        **asdict(cell),
        "subset": cell.subset,
        "peak_bytes": peak,
        **asdict(timing(visits, threads=cell.threads)),
    }


def _read(model: Transformer, state: list[Any], texts: list[str]) -> None:
    state[:] = model.prefill(texts)


def _write(model: Transformer, state: list[Any]) -> None:
    state[:] = model.decode(*state)


def _written(model: Transformer, shape: Shape, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Time to the first token and decoding speed, batch 1."""
    records = []
    for threads in THREADS:
        _use_threads(threads, shape)
        cell = Cell(batch=1, input_tokens=128, threads=threads, output_tokens=WRITTEN)
        given = texts_of(1, cell.input_tokens, rng)
        state: list[Any] = []
        first = visit(lambda state=state, given=given: _read(model, state, given), budget_s=0.0)  # type: ignore[misc]
        steps = visit(lambda state=state: _write(model, state), budget_s=WRITTEN_S)  # type: ignore[misc]
        begun, speed = timing([first], threads=threads), timing([steps], threads=threads)
        records.append(
            {
                **asdict(cell), "subset": cell.subset, "peak_bytes": peak_bytes(), "ttft_s": begun.p50_s,
                "n_first": begun.n_calls, "decode_tokens_s": 1.0 / speed.p50_s, "n_calls": speed.n_calls, "noise": speed.noise,
            }
        )  # fmt: skip
    return records
