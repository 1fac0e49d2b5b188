"""How fast the dashboard is in a real browser, beside an empty Streamlit page with one slider.

`python tests/perf/dashboard_speed.py [--runs N]`; figures for METHOD.md#speed. Two times, medians of N:
- start: from typing the command until the first page's heading stands and its field takes words;
- slide: from a key on the size slider until the verdict's number has changed, and until the whole page rests.
Exits 1 when a start takes more than 3 s or a changed number more than 0.5 s.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from playwright.sync_api import sync_playwright

from advisor.cli.serving import server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

TASK = "English FAQ retrieval for RAG, under 15 ms on CPU with at most 150M parameters"
EMPTY = """
import streamlit as st
st.title("Empty")
st.text_area("Your task, in your words")
sizes = ["20M", "35M", "50M", "75M", "100M", "150M", "200M", "350M", "500M", "700M", "1B"]
size = st.select_slider("Size: at most", options=sizes, value="150M")
st.html(f'<div class="verdict"><h2>{size}</h2></div>')
"""
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
START_S, SLIDE_S = 3.0, 0.5
WATCH = """() => { window.times = null;
  const shown = () => document.querySelector('.verdict h2').innerText;
  const before = shown();
  document.addEventListener('keydown', () => {
    const start = performance.now(), times = window.times = { changed: null, last: null };
    new MutationObserver(() => { times.last = performance.now() - start;
      if (times.changed === null && document.querySelector('.verdict h2') && shown() !== before) times.changed = times.last;
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  }, { once: true, capture: true }); }"""


@contextmanager
def serving(command: list[str], port: int, home: str) -> Iterator[float]:
    """The command's process; yields when it was started."""
    own = {
        name: f"{home}/{name}" for name in ("ADVISOR_OWN", "ADVISOR_RUNS", "XDG_DATA_HOME", "HOME")
    }
    start = time.perf_counter()
    process = subprocess.Popen(
        command, env=os.environ | own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
                break
            except OSError:
                if process.poll() is not None:
                    sys.exit(f"{command} ended with {process.returncode}")
                time.sleep(0.02)
        yield start
    finally:
        process.terminate()
        process.wait()


def usable(page: Page, url: str) -> None:
    """Return when the heading stands and words can be typed."""
    page.goto(url, wait_until="commit")
    page.get_by_role("heading", level=1).wait_for()
    field = page.get_by_label("Your task, in your words")
    field.wait_for()
    if not field.is_editable():
        sys.exit("the field takes no words")


def slides(page: Page, n: int) -> list[tuple[float, float]]:
    """Seconds from a key until the number changed, and until the page rests, for n keys."""
    found = []
    slider = page.get_by_role("slider", name="Size: at most")
    slider.focus()
    for i in range(n):
        page.evaluate(WATCH)
        slider.press("ArrowRight" if i % 2 == 0 else "ArrowLeft")
        page.wait_for_function("window.times && window.times.changed !== null", polling=50)
        page.wait_for_timeout(1500)
        times = page.evaluate("window.times")
        found.append((times["changed"] / 1000, times["last"] / 1000))
    return found


def measured(
    browser: Browser, command: list[str], port: int, query: str, keys: int
) -> tuple[float, list[tuple[float, float]]]:
    """Seconds until the first page is usable after a cold start, and of the slides of one visit."""
    with tempfile.TemporaryDirectory() as home, serving(command, port, home) as start:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        usable(page, f"http://127.0.0.1:{port}/")
        first = time.perf_counter() - start
        page.goto(f"http://127.0.0.1:{port}/{query}")
        page.locator(".verdict h2").wait_for()
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(1500)
        found = slides(page, keys)
        context.close()
    return first, found


def a_free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def main() -> None:
    """The two in turn, so that a drift of the machine meets both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--keys", type=int, default=6)
    given = parser.parse_args()
    starts: dict[str, list[float]] = {"advisor": [], "empty": []}
    keys: dict[str, list[tuple[float, float]]] = {"advisor": [], "empty": []}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY, encoding="utf-8")
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        for _ in range(given.runs):
            for name, first_seen in starts.items():
                port = a_free_port()
                ours = name == "advisor"
                code = "import sys; sys.argv[0] = 'advisor'; from advisor.cli import main; main()"
                command = (
                    [sys.executable, "-c", code, "dashboard", "--no-browser", "--port", str(port)]
                    if ours
                    else server(empty, "127.0.0.1", port)
                )
                query = f"?{urlencode({'task': TASK})}" if ours else ""
                first, found = measured(browser, command, port, query, given.keys)
                first_seen.append(first)
                keys[name] += found
        browser.close()
    sys.exit(report(starts, keys))


def report(starts: dict[str, list[float]], keys: dict[str, list[tuple[float, float]]]) -> int:
    """Print medians and their ratios; 1 where a limit is passed."""
    rows = {
        "start until usable": starts,
        "key until the number": {name: [a for a, _ in times] for name, times in keys.items()},
        "key until at rest": {name: [b for _, b in times] for name, times in keys.items()},
    }
    medians = {}
    for words, times in rows.items():
        ours, theirs = (statistics.median(times[name]) for name in ("advisor", "empty"))
        medians[words] = ours
        spread = f"{min(times['advisor']):.2f} to {max(times['advisor']):.2f}"
        print(
            f"{words:22} {ours:6.3f} s ({spread}), empty page {theirs:6.3f} s, ratio {ours / theirs:.2f}"
        )
    slow = medians["start until usable"] > START_S or medians["key until the number"] > SLIDE_S
    return int(slow)


if __name__ == "__main__":
    main()
