import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.measure.hardware import this_machine
from bench.measure.latency import BLOCK, SLOW_S, timed, timing, visit

seconds = st.lists(st.floats(1e-6, 10.0), min_size=1, max_size=60)


def calls(*values: float, waiting: float = 1.0) -> np.ndarray:
    """Calls that use `values` seconds of processor and `waiting` times that on the wall."""
    return np.array([[waiting * value, value] for value in values])


def test_one_thread_is_timed_by_the_processor_and_two_by_the_wall():
    part = calls(*[0.010] * 10, waiting=2.0)
    one, two = timing([part], threads=1), timing([part], threads=2)
    assert (one.p50_s, two.p50_s) == (0.010, 0.020)
    assert (one.noise, two.noise) == (2.0, 1.0)


def test_a_disturbed_block_does_not_count():
    quiet, disturbed = calls(*[0.010] * BLOCK), calls(*[0.100] * BLOCK)
    found = timing([disturbed, quiet, disturbed], threads=1)
    assert found.p50_s == 0.010
    assert found.p95_s < 0.101
    assert found.n_calls == 3 * BLOCK
    assert found.noise == pytest.approx(10.0)


def test_on_a_quiet_machine_it_is_the_ordinary_median_and_percentile():
    values = np.tile([0.010, 0.011, 0.012, 0.013, 0.014], 40)
    found = timing([calls(*values)], threads=1)
    assert found.p50_s == np.median(values)
    assert found.p95_s == np.percentile(values, 95)


@given(seconds)
def test_percentiles_are_in_order_and_of_calls_that_were_made(values):
    found = timing([calls(*values)], threads=1)
    assert min(values) <= found.p50_s <= found.p95_s <= found.p99_s <= max(values)


def test_no_call_is_refused():
    with pytest.raises(ValueError, match="no calls"):
        timing([], threads=1)


def test_a_visit_makes_a_block_of_calls_at_least():
    assert visit(lambda: None, budget_s=0.0).shape == (BLOCK, 2)


def test_waiting_is_no_work():
    import time

    wall, used = timed(lambda: time.sleep(0.05))
    assert wall >= 0.05
    assert used < 0.04
    assert SLOW_S > 0.05


def test_peak_memory_grows_with_what_is_held():
    """In a process of its own: in this one, an earlier test may have held more."""
    code = (
        "import numpy as np; from bench.measure.memory import peak_bytes; before = peak_bytes(); "
        "held = np.ones(40_000_000); print(peak_bytes() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 100e6


def test_the_machine_says_what_it_is():
    row = this_machine().row(0, named=True)
    assert row["hardware_id"] == row["hardware_id"].lower() != ""
    assert row["cores"] >= 1
    assert row["memory_bytes"] > 10**8
    assert "numpy 2" in row["libraries"]
