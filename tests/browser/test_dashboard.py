"""The dashboard as its readers use it: opened, typed into, slid, linked to, taken along, by mouse and by keyboard."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from advisor.recommend import api

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Visit
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

FAQ = "English FAQ retrieval for RAG, under 15 ms on CPU with at most 150M parameters"
PAGES = {
    "": "Ask",
    "compare": "Compare",
    "curves": "Size curves",
    "popularity": "Popularity",
    "evidence": "Evidence",
    "runs": "My runs",
    "right": "Is it right?",
    "method": "Method",
}
STATES: dict[str, dict[str, str | list[str]]] = {
    "": {"task": FAQ, "max_params": "500M"},
    "compare": {"task": FAQ},
}
"""Page → a state that shows much of it; the pages without one are opened as they are."""


def sentence(page: Page) -> str:
    return page.locator(".verdict h2").inner_text()


def of_address(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(("name", "title"), PAGES.items())
def test_a_page_is_readable_at_two_widths_in_the_light_and_in_the_dark(
    visit: Callable[..., Visit], name: str, title: str, width: int, scheme: str
) -> None:
    page = visit(width, scheme).open(name, **STATES.get(name, {}))
    assert page.get_by_role("heading", level=1).all_inner_texts() == [title]
    sideways = "(() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth - m.clientWidth })()"
    assert page.evaluate(sideways) <= 0, "the page scrolls sideways"
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert _cut_off(page, width) == []
    assert _unlabelled(page) == []
    assert _levels_skipped(page) == []
    assert _too_faint(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_reached_by_its_link(visit: Callable[..., Visit], name: str) -> None:
    here = visit()
    page = here.open("method" if name != "method" else "")
    page.get_by_role("link", name=PAGES[name], exact=True).click()
    expect(page.get_by_role("heading", level=1, name=PAGES[name])).to_be_visible()
    here.settled()


def test_on_a_phone_the_pages_are_reached_from_the_menu(visit: Callable[..., Visit]) -> None:
    here = visit(390)
    page = here.open()
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("link", name="Method", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Method")).to_be_visible()


def test_a_task_is_typed_answered_slid_and_linked_to(visit: Callable[..., Visit]) -> None:
    here = visit()
    page = here.open()
    page.get_by_label("Your task, in your words").fill(FAQ)
    page.get_by_role("button", name="Find the smallest model").click()
    expect(page.locator(".verdict h2")).to_have_text(api.recommend(FAQ).verdict.sentence)
    here.settled()
    size = page.get_by_role("slider", name="Size: at most")
    size.focus()
    for step in ("200M", "350M", "500M"):
        size.press("ArrowRight")
        expect(page).to_have_url(re.compile(f"max_params={step}"))
    expect(page.locator(".verdict h2")).to_have_text(
        api.recommend(FAQ, max_params="500M").verdict.sentence
    )
    again = visit().page
    again.goto(page.url)
    expect(again.locator(".verdict h2")).to_have_text(sentence(page))
    expect(again.get_by_role("slider", name="Size: at most")).to_have_attribute(
        "aria-valuetext", "500M"
    )
    page.get_by_role("button", name="Back to what the text says").click()
    expect(page.locator(".verdict h2")).to_have_text(api.recommend(FAQ).verdict.sentence)
    assert set(of_address(page)) == {"task"}


def test_back_and_forward_go_through_what_was_asked(visit: Callable[..., Visit]) -> None:
    here = visit()
    page = here.open(task=FAQ)
    size = page.get_by_role("slider", name="Size: at most")
    size.focus()
    size.press("ArrowRight")
    expect(page).to_have_url(re.compile("max_params=200M"))
    here.settled()
    page.go_back()
    expect(size).to_have_attribute("aria-valuetext", "150M")
    expect(page.locator(".verdict h2")).to_have_text(api.recommend(FAQ).verdict.sentence)
    here.settled()
    page.go_forward()
    expect(size).to_have_attribute("aria-valuetext", "200M")


def test_an_answer_is_reached_with_the_keyboard_alone(visit: Callable[..., Visit]) -> None:
    here = visit()
    page = here.open()
    _tab_to(page, "Your task, in your words")
    page.keyboard.type("Sort German support tickets into 12 queues; we have 300 labelled tickets")
    _tab_to(page, "Find the smallest model")
    assert _focus_is_seen(page)
    page.keyboard.press("Enter")
    page.locator(".verdict h2").wait_for()
    here.settled()
    before = sentence(page)
    _tab_to(page, "Points that may be given up")
    assert _focus_is_seen(page)
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    expect(page.locator(".verdict h2")).not_to_have_text(before)
    expect(page).to_have_url(re.compile("tolerance=1"))


def test_the_answer_is_taken_along(visit: Callable[..., Visit]) -> None:
    page = visit().open(task=FAQ)
    with page.expect_download() as caught:
        page.get_by_role("button", name="As JSON").click()
    answer = json.loads(caught.value.path().read_text(encoding="utf-8"))
    assert answer["verdict"]["sentence"] == sentence(page)
    with page.expect_download() as caught:
        page.get_by_role("button", name="As Markdown").click()
    assert caught.value.path().read_text(encoding="utf-8").startswith("# ")


def test_a_table_is_uploaded_and_a_hostile_name_stays_text(visit: Callable[..., Visit]) -> None:
    here = visit()
    page = here.open()
    rows = [
        f"the {what} of order {n} is wrong and nobody answers,{team}"
        for n in range(40)
        for what, team in (("invoice", "billing"), ("parcel", "shipping"))
    ]
    content = "**text** :red[x] $y$ :material/delete:,team\n" + "\n".join(rows) + "\n"
    page.get_by_text("Or give a table or a file of texts").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "tickets.csv", "mimeType": "text/csv", "buffer": content.encode()}
    )
    page.locator(".verdict h2").wait_for()
    here.settled()
    page.get_by_role("combobox", name="Column to predict").click()
    expect(page.get_by_role("option").first).to_have_text("**text** :red[x] $y$ :material/delete:")


def test_hostile_words_stay_words(visit: Callable[..., Visit]) -> None:
    words = "sort <b id=evil>tickets</b> <img src=x onerror=alert(1)> **bold** $x$ :material/delete: into 12 queues"
    here = visit()
    page = here.open(task=words, bogus="<b id=evil>1</b> :material/delete: **x**")
    here.page.on("dialog", lambda dialog: here.noise.append(dialog.message))
    assert page.locator("#evil").count() == 0
    assert page.locator("[data-testid=stMain] img").count() == 0
    assert (
        ":material/delete: **x** in the address is ignored"
        in page.locator(".warnings").first.inner_text()
    )


def test_an_unclear_task_is_asked_back_kindly(visit: Callable[..., Visit]) -> None:
    page = visit().open(task="help me with my data")
    expect(page.locator(".question h2")).to_be_visible()
    assert "?" in page.locator(".question h2").inner_text()


def test_the_page_before_comes_back_as_it_was_left(visit: Callable[..., Visit]) -> None:
    here = visit()
    page = here.open(task=FAQ, max_params="500M")
    before = sentence(page)
    page.get_by_role("link", name="Method", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Method")).to_be_visible()
    page.get_by_role("link", name="Ask", exact=True).click()
    expect(page.locator(".verdict h2")).to_have_text(before)
    expect(page).to_have_url(re.compile("max_params=500M"))


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        label = page.evaluate(
            "(() => { const a = document.activeElement; return a.getAttribute('aria-label') || a.innerText || '' })()"
        )
        if label.strip().startswith(name):
            return
    pytest.fail(f"{name!r} is not reached by the Tab key")


def _focus_is_seen(page: Page) -> bool:
    """The focused element, or what stands for it, has an outline or a shadow."""
    seen: bool = page.evaluate("""(() => {
      for (let e = document.activeElement, n = 0; e && n < 3; e = e.parentElement, n++) {
        const s = getComputedStyle(e);
        if (s.boxShadow !== 'none' || (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0)) return true;
      }
      return false; })()""")
    return seen


def _cut_off(page: Page, width: int) -> list[str]:
    """Words that reach beyond the window, but for those in tables that scroll by themselves."""
    found: list[str] = page.evaluate(
        """width => [...document.querySelectorAll('[data-testid=stMain] *')].filter(e => {
        if (e.closest('.scroll, [data-testid=stMarkdownContainer] table, [data-testid=stDataFrame], .js-plotly-plot, pre') || !e.innerText || e.children.length) return false;
        const b = e.getBoundingClientRect(); return b.width > 0 && (b.right > width + 1 || b.left < -1);
      }).map(e => e.innerText.slice(0, 60))""",
        width,
    )
    return found


def _unlabelled(page: Page) -> list[str]:
    """Controls without a name, and charts without one."""
    found: list[str] = page.evaluate("""[...document.querySelectorAll(
        '[data-testid=stMain] input, [data-testid=stMain] textarea, [data-testid=stMain] button, [data-testid=stMain] [role=slider]')]
      .filter(e => e.offsetParent && e.tabIndex >= 0 && !e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby') && !e.textContent.trim()
        && !(e.labels && e.labels.length) && !e.title)
      .map(e => e.outerHTML.slice(0, 200))""")
    return found


def _levels_skipped(page: Page) -> list[str]:
    """Headings more than one level below the one before."""
    found = page.evaluate("""[...document.querySelectorAll('[data-testid=stMain] :is(h1,h2,h3,h4,h5,h6)')]
      .filter(e => e.offsetParent).map(e => [+e.tagName[1], e.innerText])""")
    return [
        words for (before, _), (level, words) in itertools.pairwise(found) if level > before + 1
    ]


def _too_faint(page: Page) -> list[str]:
    """Words of less than 4.5 times the contrast of what is behind them (WCAG 2.2, 1.4.3)."""
    found: list[str] = page.evaluate("""(() => {
      const parts = c => { const m = c.match(/[\\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
      const light = c => { const f = c.slice(0, 3).map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * f[0] + .7152 * f[1] + .0722 * f[2]; };
      const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
      const behind = e => { const all = []; for (; e; e = e.parentElement) {
          const c = parts(getComputedStyle(e).backgroundColor); if (c[3]) all.push(c); if (c[3] === 1) break; }
        return all.reverse().reduce((under, c) => over(c, under), [255, 255, 255, 1]); };
      const bad = [];
      for (const e of document.querySelectorAll('[data-testid=stMain] *')) {
        if (e.closest('.js-plotly-plot, [disabled], svg, [data-testid=stIconMaterial]') || !e.offsetParent) continue;
        const own = [...e.childNodes].filter(n => n.nodeType === 3 && n.textContent.trim());
        if (!own.length) continue;
        let opacity = 1; for (let p = e; p; p = p.parentElement) opacity *= +getComputedStyle(p).opacity;
        const back = behind(e.closest('[data-testid=stSlider]') || e), // a thumb's value stands above it, on the page
           ink = parts(getComputedStyle(e).color); ink[3] *= opacity;
        if (opacity === 0) continue;
        const a = light(over(ink, back)), b = light(back);
        const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
        if (ratio < 4.5) bad.push(`${ratio.toFixed(2)} ${own[0].textContent.slice(0, 40)}`);
      }
      return bad; })()""")
    return found
