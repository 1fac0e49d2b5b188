"""What a question costs: cold and warm time and peak memory, as ratios on this machine.

`python tests/perf/start_up.py [--runs N]`; figures for METHOD.md#speed. Exits 1 when a ratio is above its limit.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TASK = "English FAQ retrieval for RAG, under 15 ms on CPU, at most 150M parameters"
BASE = [sys.executable, "-c", "import polars, typer"]
COLD = [
    str(Path(sys.executable).with_name("advisor")),
    "recommend",
    "--task",
    TASK,
    "--format",
    "json",
]
OTHERS = [
    "find duplicate questions in English, under 20 ms",
    "search English manuals, at most 500M parameters",
    "semantic search in legal English text",
    "retrieve product pages for English queries",
    "match English questions to help articles",
    "English passage retrieval for a chatbot",
    "look up policies by English questions",
    "search English e-mails by meaning",
    "find similar English news",
]
"""Estimates of a task are kept, so a question asked again is no measure of a new one."""
WARM = f"""
import time
from advisor import recommend
recommend({TASK!r})
def seconds(task):
    start = time.perf_counter()
    recommend(task)
    return time.perf_counter() - start
again = sorted(seconds({TASK!r}) for _ in range(9))
new = sorted(seconds(task) for task in {OTHERS!r})
print(new[len(new) // 2], again[len(again) // 2])
"""


def once(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak memory (MB) of one process."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[:3]} exited with {process.returncode}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def compiled(folder: str) -> None:
    """Let the processes find our modules as an installation has them: as bytecode, kept in `folder`."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = folder


def main() -> None:
    """Interleave the two commands, so that a drift of the machine meets both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    compiled(tempfile.mkdtemp(prefix="advisor-bytecode-"))
    once(BASE)
    once(COLD)
    pairs = [(once(BASE)[0], *once(COLD)) for _ in range(runs)]
    ratio = statistics.median(cold / base for base, cold, _ in pairs)
    cold, peak = statistics.median(p[1] for p in pairs), max(p[2] for p in pairs)
    done = subprocess.run([sys.executable, "-c", WARM], capture_output=True, text=True, check=True)
    warm, again = (float(part) for part in done.stdout.split())
    print(f"import polars, typer: {statistics.median(p[0] for p in pairs):.3f} s")
    print(
        f"cold recommend:       {cold:.3f} s, {ratio:.2f} times that (limit 4), peak {peak:.0f} MB (limit 300)"
    )
    print(f"warm, another task:   {warm:.3f} s, {warm / cold:.3f} of a cold run (limit 0.1)")
    print(f"warm, the same task:  {again:.3f} s, {again / cold:.3f} of a cold run")
    sys.exit(int(ratio > 4 or peak > 300 or warm / cold > 0.1))


if __name__ == "__main__":
    main()
