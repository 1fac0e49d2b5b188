"""Real headless Chromium, and the dashboard's server as its users start it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
REQUIRED = "ADVISOR_BROWSER"
"""Set by `make test`, which installs Chromium: then its absence is a failure."""


_QUIET = """() => new Promise(done => {
  let timer = setTimeout(finish, 300);
  const seen = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(finish, 300); });
  function finish() { seen.disconnect(); done(); }
  seen.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
})"""
_NOT_THERE = "Failed to load resource"
"""What the console says of a refused request; which one it was, the response tells."""
_SOUGHT = re.compile(r"/[a-z]+/_stcore/(health|host-config)")


@pytest.fixture(scope="session", autouse=True)
def _browser_is_there() -> None:
    if not os.access(CHROMIUM, os.X_OK):
        words = (
            "Chromium is not installed; run `make browser`, or on Debian: apt-get install chromium"
        )
        if os.environ.get(REQUIRED):
            pytest.fail(words, pytrace=False)
        pytest.skip(words)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # a busy machine is no defect
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        browser.close()


def a_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`advisor dashboard` on a free port, with a home of its own; its address."""
    home = tmp_path_factory.mktemp("home")
    own = {name: str(home / name) for name in ("ADVISOR_OWN", "ADVISOR_RUNS", "XDG_DATA_HOME")}
    port = a_free_port()
    code = "import sys; sys.argv[0] = 'advisor'; from advisor.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "dashboard", "--port", str(port), "--no-browser"],
        env=os.environ | own | {"HOME": str(home)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        said = process.stderr.readline()  # it speaks once the server answers
        assert f"127.0.0.1:{port}" in said, said
        wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=20)


def wait_for(url: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310 - our own server
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"{url} does not answer")


@dataclass
class Visit:
    """One reader's window, and what must not happen in it."""

    page: Page
    server: str
    noise: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def open(self, name: str = "", **state: str | list[str]) -> Page:
        """Go to a page with this state in its address, and wait until it is drawn."""
        address = f"{self.server}/{name}"
        if state:
            address += f"?{urlencode(state, doseq=True)}"
        self.page.goto(address)
        self.page.get_by_role("heading", level=1).wait_for()
        self.settled()
        return self.page

    def settled(self) -> None:
        """Wait until the server rests and the page has not changed for a while."""
        resting = self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
        while True:
            resting.wait_for()
            self.page.wait_for_load_state("networkidle")
            self.page.evaluate(_QUIET)
            if resting.count():  # it may have begun again, e.g. for the window's width
                return


@pytest.fixture
def visit(chromium: Browser, server: str, tmp_path: Path) -> Iterator[Callable[..., Visit]]:
    """A window of a width and a colour scheme; noise on the console or a request to elsewhere fails the test."""
    visits: list[Visit] = []

    def start(width: int = 1280, scheme: str = "light") -> Visit:
        page = chromium.new_page(
            viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True
        )
        found = Visit(page=page, server=server)
        page.on(
            "console",
            lambda m: m.type == "error" and _NOT_THERE not in m.text and found.noise.append(m.text),
        )
        page.on("response", lambda r: _is_refused(r.status, r.url) and found.noise.append(r.url))
        page.on("pageerror", lambda error: found.noise.append(str(error)))
        page.on(
            "request",
            lambda request: (
                _is_elsewhere(request.url, server) and found.outside.append(request.url)
            ),
        )
        visits.append(found)
        return found

    yield start
    for found in visits:
        found.page.screenshot(path=tmp_path / f"{visits.index(found)}.png", full_page=True)
        found.page.close()
        assert not found.noise
        assert not found.outside


def _is_refused(status: int, url: str) -> bool:
    """Streamlit looks for its server below a page's own address first, and finds it at the root."""
    return status >= 400 and not _SOUGHT.fullmatch(urlsplit(url).path)


def _is_elsewhere(url: str, server: str) -> bool:
    return (
        not url.startswith(("data:", "blob:")) and urlsplit(url).netloc != urlsplit(server).netloc
    )
