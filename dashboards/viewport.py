"""How wide the reader's window is, as far as charts care: the server cannot know it, so the page tells."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

_KEY: Final = "viewport"
_PHONE: Final = 640
"""Pixels below which Streamlit itself stacks columns."""
_SCRIPT: Final = """
const window_is = window.matchMedia('(max-width: WIDTHpx)');
export default function ({ data, setStateValue }) {
  const say = () => { if (window_is.matches !== data.narrow) setStateValue('narrow', window_is.matches); };
  say();
  window_is.addEventListener('change', say);
  return () => window_is.removeEventListener('change', say);
}
""".replace("WIDTH", str(_PHONE - 1))


def watch() -> None:
    """Run the page again when the window turns out narrow, or wide again; a wide one costs nothing."""
    component = st.components.v2.component("advisor_viewport", js=_SCRIPT)
    component(
        key=_KEY, data={"narrow": is_phone()}, on_narrow_change=_noted, height=1
    )  # nothing to be seen


def _noted() -> None:
    """What was told is the component's own state."""


def is_phone() -> bool:
    """Whether the window has room for one column only; a wide one until the page says otherwise."""
    found: Any = st.session_state.get(_KEY)
    return bool(found and found.get("narrow"))
