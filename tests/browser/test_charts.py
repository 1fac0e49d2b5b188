"""Every chart of the catalogue as a reader meets it: opened in a real browser at three widths, its words measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from advisor.cli import picture
from advisor.recommend import api
from advisor.render import export
from advisor.render.charts import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

WORDS = """() => [...document.querySelectorAll('#chart .main-svg text')].filter(t => {
    const s = getComputedStyle(t); const b = t.getBoundingClientRect();
    return t.textContent.trim() && s.visibility !== 'hidden' && s.display !== 'none' && +s.opacity > 0 && b.width > 0;
}).map(t => { const b = t.getBoundingClientRect(); return [t.textContent, b.left, b.top, b.right, b.bottom]; })"""
TOUCH = 2.0
"""Pixels that two boxes may share: a line's box is taller than its letters."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All charts as pages, each of its example question."""
    found = tmp_path_factory.mktemp("figures")
    snapshot = api.open_snapshot()
    how = export.Export(folder=found, formats=("html",))
    for name, entry in catalogue.CHARTS.items():
        wanted = picture.wanted({}, entry=entry, snapshot=snapshot, example=True)
        export.write(catalogue.build(name, wanted, snapshot), how)
    return found


@pytest.fixture(params=[1280, 700, 390])
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    found = chromium.new_page(viewport={"width": request.param, "height": 900})
    yield found
    found.close()


@pytest.mark.parametrize("name", sorted(catalogue.CHARTS))
def test_a_chart_is_readable_and_makes_no_noise(name: str, folder: Path, page: Page) -> None:
    noise: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((folder / f"{name}.html").as_uri())
    page.locator("#chart .main-svg").first.wait_for()
    assert not noise
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= page.viewport_size["width"], "the page scrolls sideways"
    words = page.evaluate(WORDS)
    assert words, "nothing is written in the chart"
    out = [w[0] for w in words if w[1] < -1 or w[3] > page.viewport_size["width"] + 1]
    assert not out, f"cut off at the edge: {out}"
    overlapping = [
        (a[0], b[0])
        for i, a in enumerate(words)
        for b in words[i + 1 :]
        if min(a[3], b[3]) - max(a[1], b[1]) > TOUCH and min(a[4], b[4]) - max(a[2], b[2]) > TOUCH
    ]
    assert not overlapping, f"on top of each other: {overlapping[:5]}"
