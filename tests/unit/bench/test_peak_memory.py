"""A process's peak memory is its own, and not that of the process that started it."""

import subprocess
import sys

from bench.measure.memory import peak_bytes

ASK = "from bench.measure.memory import peak_bytes; print(peak_bytes())"
HELD = 400_000_000


def test_a_large_parent_does_not_make_its_child_large():
    parent = (
        f"import subprocess, sys; held = bytearray({HELD}); "
        f"print(subprocess.check_output([sys.executable, '-c', {ASK!r}], text=True))"
    )
    said = subprocess.check_output([sys.executable, "-c", parent], text=True)
    assert 5_000_000 < int(said) < HELD


def test_what_was_held_for_a_moment_counts():
    before = peak_bytes()
    held = bytearray(before + 50_000_000)
    del held
    assert peak_bytes() >= before + 50_000_000
