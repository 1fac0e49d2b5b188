"""The pages beside Ask as their readers use them: filtered, paged, linked to and taken along, by mouse and by keyboard."""

from __future__ import annotations

import importlib.util
import io
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from playwright.sync_api import expect

from advisor.recommend import api

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Visit
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

_spec = importlib.util.spec_from_file_location(
    "checks_of_pages", Path(__file__).with_name("test_dashboard.py")
)
checks = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = checks
_spec.loader.exec_module(checks)

FAQ = checks.FAQ
MINILM = "sentence-transformers/all-MiniLM-L6-v2"
STATES = {
    "compare": {"task": FAQ, "model": [MINILM, "500M-1B"], "picture": ["radar", "pareto-latency", "table-1"]},
    "curves": {"show": "figure-3"},
    "popularity": {"show": "downloads-and-quality"},
    "evidence": {"show": "doubts", "flag": "size in doubt"},
    "right": {"show": "picks", "family": ["clustering", "retrieval"]},
    "method": {"section": "everything"},
}  # fmt: skip
"""Page → a state in its address that shows what the page as it opens does not."""


def heard(page: Page) -> list[str]:
    """What the page says: headings and the captions of its tables, in order."""
    return page.locator("[data-testid=stMain] :is(h1, h2, h3, caption)").all_inner_texts()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("name", STATES)
def test_a_state_in_the_address_is_readable_and_a_copied_link_shows_the_same(
    visit: Callable[..., Visit], name: str, width: int, scheme: str
) -> None:
    page = visit(width, scheme).open(name, **STATES[name])
    assert checks._cut_off(page, width) == []
    assert checks._unlabelled(page) == []
    assert checks._levels_skipped(page) == []
    assert checks._too_faint(page) == []
    assert page.locator("ul.warnings").filter(has_text="in the address is ignored").count() == 0
    again = visit(width, scheme)
    again.page.goto(page.url)
    again.page.get_by_role("heading", level=1).wait_for()
    again.settled()
    assert heard(again.page) == heard(page)
    assert len(heard(page)) > 1


def test_evidence_is_filtered_paged_by_keyboard_and_taken_along(
    visit: Callable[..., Visit],
) -> None:
    here = visit()
    page = here.open("evidence")
    page.get_by_label("Model", exact=True).fill(MINILM)
    page.keyboard.press("Enter")
    snapshot = api.open_snapshot()
    kept = pl.concat(
        [
            snapshot.scan(name).filter(pl.col("model_id") == MINILM)
            for name in ("evidence_lm", "evidence_mteb", "evidence_other")
        ]
    ).collect()
    expect(page.get_by_text(f"{kept.height:,} scores")).to_be_visible()
    page.get_by_role("button", name="Next").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Rows 51 to 100")).to_be_visible()
    expect(page).to_have_url(re.compile("page=2"))
    expect(page.get_by_role("button", name="Download scores.csv")).to_have_count(1)  # redrawn
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download scores.csv").click()
    taken = pl.read_csv(io.BytesIO(caught.value.path().read_bytes()), infer_schema_length=None)
    assert taken["value"].to_list() == pytest.approx(kept["value"].to_list())
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download scores.parquet").click()
    assert pl.read_parquet(caught.value.path()).height == kept.height


def test_a_task_is_searched_for_and_its_curve_drawn(visit: Callable[..., Visit]) -> None:
    here = visit()
    page = here.open("curves")
    page.get_by_role("combobox").first.fill("gsm8k")
    page.get_by_role("option", name="gsm8k (task)", exact=True).click()
    expect(page).to_have_url(re.compile("on=gsm8k"))
    page.keyboard.press("Escape")  # the list stays open for a second choice and hides the rest
    expect(page.get_by_role("heading", name="Score against size: gsm8k")).to_be_visible()
    page.get_by_label("Published until").fill("2024-01-01")
    page.keyboard.press("Enter")
    expect(page.get_by_text("as of 2024-01-01").first).to_be_visible()
    here.settled()


def test_models_are_compared_from_an_example_on(visit: Callable[..., Visit]) -> None:
    here = visit()
    page = here.open("compare")
    page.get_by_role("button", name=FAQ).click()
    expect(page.get_by_role("heading", name="In numbers")).to_be_visible()
    page.get_by_role("button", name="radar").click()
    expect(page).to_have_url(re.compile("picture=radar"))
    here.settled()
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download comparison.csv").click()
    taken = pl.read_csv(caught.value.path())
    shown = page.locator("table thead th").all_inner_texts()
    assert taken["model"].to_list() == [name for name in shown if "/" in name]


def test_what_is_shown_is_chosen_with_the_keyboard(visit: Callable[..., Visit]) -> None:
    page = visit().open("popularity")
    checks._tab_to(page, "By list")
    assert checks._focus_is_seen(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("show=downloads-by-tag"))


def test_a_mention_of_a_section_leads_to_it(visit: Callable[..., Visit]) -> None:
    here = visit()
    page = here.open("method", section="good-enough")
    link = page.get_by_role("link", name="#guard")
    assert link.get_attribute("href").endswith("method?section=guard")
    there = visit()
    there.page.goto(f"{there.server}/{link.get_attribute('href')}")
    expect(there.page.get_by_role("heading", name="guard", exact=True)).to_be_visible()
    there.settled()


def test_without_runs_the_page_says_how_to_make_one(visit: Callable[..., Visit]) -> None:
    page = visit(390).open("runs")
    expect(page.get_by_text("advisor bench ladder")).to_be_visible()
