"""The dashboard: `advisor dashboard` starts it. Eight pages; what each shows stands in its URL."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from dashboards import state, viewport, warming, widgets

# File in app_pages/ and last part of the address → title; the first is what opens.
PAGES: Final = {
    "ask": "Ask",
    "compare": "Compare",
    "curves": "Size curves",
    "popularity": "Popularity",
    "evidence": "Evidence",
    "runs": "My runs",
    "right": "Is it right?",
    "method": "Method",
}
_FOLDER: Final = Path(__file__).parent / "app_pages"


def main() -> None:
    """Run the page that the address names."""
    st.set_page_config(page_title="slm-advisor", layout="wide", menu_items=None)
    widgets.style()
    pages = {
        name: st.Page(
            _FOLDER / f"{name}.py", title=title, url_path=name, default=name == next(iter(PAGES))
        )
        for name, title in PAGES.items()
    }
    page = st.navigation(list(pages.values()), position="top")
    name = next(name for name, entry in pages.items() if entry == page)
    state.restore(name)
    page.run()
    viewport.watch()
    warming.begin()


main()
