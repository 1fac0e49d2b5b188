"""Times are read from a made-up machine here, so that nothing depends on the one that runs the tests."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.core.errors import BadInput
from bench.measure.agreement import agreement
from bench.measure.cost import HourlyPrice
from bench.measure.memory import MemoryWatch, forget_peak, peak_bytes
from bench.measure.profile import BATCHES, MOST_INPUTS, Extras, profile
from bench.measure.spread import DRAWS, FLOOR, again, effects, in_order, quiet
from bench.measure.visits import Clocks, Kind, time_in_turn
from bench.protocol import Job
from bench.rows import Cell, rows

LATENCIES = ["latency_p50_s", "latency_p95_s", "latency_p99_s"]
WALL = {name: name.replace("latency", "wall") for name in LATENCIES}


@dataclass
class Machine:
    """A call on an item takes the item's own seconds, times what the neighbours leave; time moves only by calls."""

    spells: np.random.Generator | None = None
    """Neighbours come and go: calls take 1.8 times as long in spells of a second or so. None: nobody is there."""
    busy: float = 1.0
    """Seconds on the wall per second of processor time."""
    waits: int = 0
    """Times that a call gives up the processor."""
    now: float = 0.0
    used: float = 0.0
    switches: int = 0
    slow_until: list[tuple[float, bool]] = field(default_factory=list)

    @property
    def clocks(self) -> Clocks:
        return Clocks(wall=lambda: self.now, used=lambda: self.used, waits=lambda: self.switches)

    def call(self, items):
        taken = sum(items) * (1.8 if self._disturbed() else 1.0)
        self.used += taken
        self.now += taken * self.busy
        self.switches += self.waits

    def _disturbed(self) -> bool:
        if self.spells is None:
            return False
        while not self.slow_until or self.slow_until[-1][0] <= self.now:
            begun = self.slow_until[-1][0] if self.slow_until else 0.0
            state = (
                not self.slow_until[-1][1] if self.slow_until else bool(self.spells.random() < 0.4)
            )
            self.slow_until.append((begun + self.spells.exponential(0.7 if state else 1.0), state))
        return self.slow_until[-1][1]


def run(machine: Machine, items, *, budget_s: float = 5.0, **extras):
    found = profile(
        machine.call, items, budget_s=budget_s, extras=Extras(clocks=machine.clocks, **extras)
    )
    return {(reading.metric, reading.subset): reading for reading in found}


def test_on_a_quiet_machine_the_quantiles_are_those_of_the_inputs():
    items = list(np.random.default_rng(1).uniform(0.001, 0.004, 60))
    found = run(Machine(), items)
    for metric, q in zip(LATENCIES, (0.5, 0.95, 0.99), strict=True):
        assert found[metric, None].value == pytest.approx(np.quantile(items, q))
        assert found[WALL[metric], None].value == pytest.approx(np.quantile(items, q), rel=0.05)


def test_throughput_is_items_over_seconds_at_each_batch_size():
    found = run(Machine(), [0.002] * 300)
    for batch in (1, *BATCHES):
        assert found["throughput_items_s", f"batch {batch}"].value == pytest.approx(500.0)


def test_spells_of_a_busy_neighbour_leave_the_value_and_show_on_the_wall():
    items = list(np.random.default_rng(1).uniform(0.002, 0.004, 50))
    quiet_run = run(Machine(), items)
    disturbed = run(Machine(spells=np.random.default_rng(3)), items)
    for metric in LATENCIES:
        assert disturbed[metric, None].value == pytest.approx(
            quiet_run[metric, None].value, rel=0.02
        )
    assert disturbed["wall_p95_s", None].value > 1.4 * quiet_run["latency_p95_s", None].value


def test_other_programs_on_the_core_do_not_count_for_one_thread_and_do_for_two():
    items = [0.003] * 40
    one, two = run(Machine(busy=2.5), items), run(Machine(busy=2.5), items, threads=2)
    assert one["latency_p50_s", None].value == pytest.approx(0.003)
    assert two["latency_p50_s", None].value == pytest.approx(0.0075)
    assert one["latency_p50_s", None].method.startswith(
        "processor time (2.5 s on the wall a second), 1 thread;"
    )
    assert two["latency_p50_s", None].method.startswith("wall, 2 threads;")


def test_a_call_that_waits_for_a_server_is_timed_on_the_wall():
    found = run(Machine(busy=10.0, waits=1), [0.001] * 40)
    assert found["latency_p50_s", None].value == pytest.approx(0.010)
    assert found["latency_p50_s", None].method.startswith("wall")


def test_every_call_to_a_server_counts_as_it_went_and_its_memory_is_not_ours():
    items = list(np.random.default_rng(1).uniform(0.002, 0.004, 50))
    machine, missing = Machine(spells=np.random.default_rng(3), waits=1), {}
    found = profile(
        machine.call, items, missing=missing, extras=Extras(clocks=machine.clocks, remote=True)
    )
    by = {(reading.metric, reading.subset): reading for reading in found}
    for metric in LATENCIES:
        assert by[metric, None].value == by[WALL[metric], None].value
        assert by[metric, None].lo < by[metric, None].value < by[metric, None].hi
    assert not [metric for metric, _ in by if metric.startswith("memory")]
    assert missing["memory_peak_bytes"] == "a server does the work"


def test_several_threads_are_seen_though_one_was_said():
    found = run(Machine(busy=0.5), [0.002] * 40)
    assert found["latency_p50_s", None].value == pytest.approx(0.001)


def test_two_runs_agree_within_the_printed_interval():
    """20 runs of one machine whose neighbours come and go in spells about as long as a fifth of a run."""
    items = list(np.random.default_rng(1).uniform(0.004, 0.008, 40))
    made = []
    for i in range(20):
        found = run(Machine(spells=np.random.default_rng(100 + i)), items, budget_s=3.0)
        made += [
            {"workload": "made up", "run": i, "metric": r.metric, "subset": subset or "", "value": r.value, "lo": r.lo, "hi": r.hi}
            for (_, subset), r in found.items()
        ]  # fmt: skip
    table = agreement(pl.DataFrame(made, infer_schema_length=None))
    shares = dict(
        table.select("metric", "inside").filter(pl.col("metric").is_in(LATENCIES)).iter_rows()
    )
    assert min(shares.values()) > 0.95
    assert table["inside"].min() > 0.8


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(1e-3, 0.2), min_size=1, max_size=40), st.integers(0, 5))
def test_quantiles_are_in_order_and_inside_their_intervals(items, seed):
    found = run(Machine(spells=np.random.default_rng(seed)), items, budget_s=1.0)
    values = [found[metric, None].value for metric in LATENCIES]
    assert values == sorted(values)
    for reading in found.values():
        if reading.lo is not None:
            assert reading.lo < reading.value < reading.hi
    job = Job(harness="fake", model="m", task="t")
    cell = Cell(
        model_id="m", model_revision="1", precision="float32", task_id="t", dataset_revision="1", subset="default",
        split="test", n_shot=-1, harness_version="1", measured_at="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
    assert rows(job, cell, found.values()).height == len(found)


def test_what_cannot_be_measured_says_why():
    missing: dict[str, str] = {}
    machine = Machine()
    profile(
        machine.call, [0.05] * 40, budget_s=1.0, missing=missing, extras=Extras(clocks=machine.clocks)
    )  # fmt: skip
    assert missing == {
        "throughput_items_s, batch 32": "32 items may take more than the 1 s of timing",
        "throughput_items_s, batch 128": "only 40 inputs",
        "energy_j_per_item": "not asked for (--energy)",
        "cost_usd_per_1k_items": "no price of an hour of this machine is known; state one with --usd-per-hour",
    }


def test_a_call_longer_than_the_budget_is_timed_without_an_interval():
    found = run(Machine(), [7.0, 7.0], budget_s=1.0)
    reading = found["latency_p95_s", None]
    assert (reading.lo, reading.hi) == (None, None)
    assert reading.value == pytest.approx(7.0)
    assert reading.n == 1
    assert "too few calls" in reading.method


def test_no_input_is_refused():
    with pytest.raises(BadInput, match="no inputs"):
        profile(lambda _batch: None, [])


def test_the_budget_is_kept_and_inputs_are_real_ones():
    machine, seen = Machine(), set()

    def call(items):
        seen.update(items)
        machine.call(items)

    items = list(np.linspace(0.0001, 0.0002, 500))
    profile(call, items, budget_s=2.0, extras=Extras(clocks=machine.clocks))
    assert 2.0 <= machine.now < 2.2
    assert seen <= set(items)
    assert len(seen) > MOST_INPUTS  # batches take others beside


def test_cost_is_an_hour_over_the_items_of_the_best_batch():
    found = run(Machine(), [0.002] * 300, usd_per_hour=HourlyPrice(usd=0.9, source="made up"))
    cost = found["cost_usd_per_1k_items", None]
    assert cost.value == pytest.approx(0.9 * 0.002 * 1000 / 3600)
    assert cost.basis == "modelled"
    assert cost.lo < cost.value < cost.hi


def test_kinds_share_the_time_and_lie_apart():
    machine = Machine()
    often, seldom = Kind([[0.001]], share=0.75), Kind([[0.01]], share=0.25)
    time_in_turn(machine.call, [often, seldom], budget_s=4.0, clocks=machine.clocks)
    assert often.spent_s == pytest.approx(3.0, abs=0.1)
    assert seldom.spent_s == pytest.approx(1.0, abs=0.1)


def in_rounds(n_inputs, n_rounds):
    rng = np.random.default_rng(5)
    return np.concatenate([rng.permutation(n_inputs) for _ in range(n_rounds)])


def test_an_input_and_the_pace_are_told_apart():
    own = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    which, pace = in_rounds(6, 20), np.repeat([1.0, 1.8, 1.0, 1.0], 30)
    found = effects(pace * own[which], which)
    assert found.own == pytest.approx(own, rel=1e-3)
    assert found.levels().min() == pytest.approx(1.0, rel=1e-3)
    assert found.pace.max() == pytest.approx(1.8, rel=1e-3)


def test_an_input_that_was_only_met_in_spells_is_set_right():
    """Input 19 is met only while calls take twice as long; its neighbours then are other ones each time."""
    which, pace = in_rounds(20, 4), np.ones(80)
    for visit in np.flatnonzero(which == 19):
        window = visit // 5 * 5
        pace[window : window + 5] = 2.0
    found = quiet(effects(pace * 0.01, which), 80, lambda seconds: seconds.max(axis=-1))
    assert found.value == pytest.approx(0.01, rel=1e-3)


def test_equal_calls_leave_the_floor_alone():
    which = in_rounds(4, 12)
    found = quiet(
        effects(np.full(48, 0.01), which), 48, lambda seconds: np.median(seconds, axis=-1)
    )
    assert found.hi / found.value == pytest.approx(np.exp(FLOOR))
    assert found.value / found.lo == pytest.approx(np.exp(FLOOR))


def test_a_second_run_may_be_twice_as_uncertain_in_variance():
    draws = np.exp(np.linspace(-0.3, 0.3, 1001))
    found = again(1.0, draws)
    assert np.log(found.hi) == pytest.approx(np.sqrt(2 * 0.285**2 + FLOOR**2))
    with_inputs = again(1.0, draws, draws)
    assert np.log(with_inputs.hi) == pytest.approx(np.sqrt(3 * 0.285**2 + FLOOR**2))
    with pytest.raises(ValueError, match="above 0"):
        again(0.0, draws)


def test_neighbours_in_time_that_are_alike_widen_the_interval():
    """Two hundred calls, once in random order and once with the slow ones together: the second is less sure."""
    values = np.repeat([1.0, 2.0], 100)
    mixed = np.random.default_rng(0).permutation(values)

    def mean(table):
        return table[..., 0].mean(axis=-1)

    spells, shuffled = in_order(values[:, None], mean), in_order(mixed[:, None], mean)
    assert spells.value == shuffled.value == 1.5
    assert spells.hi - spells.lo > 1.5 * (shuffled.hi - shuffled.lo)
    assert DRAWS >= 100


def test_agreement_counts_ordered_pairs():
    runs = pl.DataFrame(
        {
            "workload": ["w"] * 3, "run": [0, 1, 2], "metric": ["m"] * 3, "subset": ["s"] * 3,
            "value": [1.0, 1.1, 3.0], "lo": [0.9, 1.0, 1.0], "hi": [1.2, 1.2, 4.0],
        }
    )  # fmt: skip
    found = agreement(runs).row(0, named=True)
    # Inside: 1.1 in run 0's; 1.0 in run 1's; 1.0 and 1.1 in run 2's; of six.
    assert found["inside"] == pytest.approx(4 / 6)
    assert found["overlap"] == 1.0
    assert found["spread"] == 3.0


def test_memory_of_a_phase_is_told_from_what_was_before():
    before = bytearray(200_000_000)
    before[::4096] = b"x" * len(before[::4096])
    del before
    watch = MemoryWatch()
    readings = {r.metric: r.value for r in watch.readings(runtime_bytes=5)}
    assert readings["memory_runtime_bytes"] == 5
    assert readings["memory_peak_bytes"] >= 200_000_000
    if forget_peak():
        assert readings["memory_serving_bytes"] < readings["memory_peak_bytes"] - 150_000_000
    assert peak_bytes() >= readings["memory_peak_bytes"]


def test_a_real_call_is_profiled_by_the_machines_own_clocks():
    """No figure is asserted but what must hold on any machine."""
    missing: dict[str, str] = {}
    found = profile(
        lambda batch: [sum(range(n)) for n in batch], list(range(2000, 2040)), budget_s=0.1,
        extras=Extras(runtime_bytes=1), missing=missing,
    )  # fmt: skip
    by = {(reading.metric, reading.subset): reading for reading in found}
    values = [by[metric, None].value for metric in LATENCIES]
    assert 0 < values[0] <= values[1] <= values[2]
    assert {"throughput_items_s", "memory_peak_bytes", "memory_runtime_bytes"} <= {m for m, _ in by}
    assert missing["throughput_items_s, batch 128"] == "only 40 inputs"
