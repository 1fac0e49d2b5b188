"""Make the front page's pictures anew: `make figures`. Needs Chromium, as the tests do."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent / "figures"
CHARTS = ("figure-1", "size-curves", "table-1")
TASK = "English FAQ retrieval for RAG, under 15 ms on CPU with at most 150M parameters"
ADVISOR = str(Path(sys.executable).with_name("advisor"))
# Nobody's own runs: the pictures are what a new user sees.
ENVIRONMENT = os.environ | {"ADVISOR_OWN": os.devnull}
SIZE = {"width": 1280, "height": 1500}


def charts() -> None:
    """The charts of the front page, out of all that `advisor figures` makes."""
    with tempfile.TemporaryDirectory() as folder:
        command = [ADVISOR, "figures", "--out", folder, "--format", "svg"]
        subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True)
        for name in CHARTS:
            shutil.copy(Path(folder) / f"{name}.svg", HERE / f"{name}.svg")


def dashboard() -> None:
    """The first page with an answer on it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([ADVISOR, "dashboard", "--no-browser", "--port", str(port)], env=ENVIRONMENT, stdout=subprocess.DEVNULL)  # fmt: skip
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health")
        _photograph(f"http://127.0.0.1:{port}/?{urllib.parse.urlencode({'task': TASK})}")
    finally:
        server.terminate()
        server.wait()


def _wait(url: str) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.25)
    sys.exit(f"{url} did not answer within a minute")


def _photograph(url: str) -> None:
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        page = browser.new_page(viewport=SIZE)
        page.goto(url)
        page.get_by_text("is good enough").first.wait_for()
        page.locator(".js-plotly-plot .main-svg").first.wait_for()
        page.wait_for_timeout(1000)
        file = HERE / "dashboard.png"
        page.screenshot(path=file)
        browser.close()
    with Image.open(file) as picture:
        picture.convert("RGB").quantize(128).save(file, optimize=True)


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    charts()
    dashboard()
