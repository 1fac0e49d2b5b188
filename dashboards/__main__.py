"""Streamlit's own command, `python -m dashboards run app.py …`, that reads the evidence while the browser still opens."""

from __future__ import annotations

import sys
import threading
import time
from typing import Final

_ONE_TASK: Final = "Sort English support tickets into 12 queues"
_LOOK_S: Final = 0.02
_GIVE_UP_S: Final = 60.0


def main() -> None:
    """Serve; beside it, do once what the first reader would have to wait for."""
    threading.Thread(target=_warm, name="warm", daemon=True).start()
    from streamlit.web import cli

    sys.argv[0] = "streamlit"
    cli.main()


def _warm() -> None:
    """Once the server listens, import what a page imports, and answer one question; nothing of it is kept but speed."""
    until = time.monotonic() + _GIVE_UP_S
    while not _is_serving():
        if time.monotonic() > until:
            return
        time.sleep(_LOOK_S)
    from advisor.core.errors import AdvisorError
    from advisor.recommend import api
    from dashboards import drawing, question  # noqa: F401 - read here, so that no page waits for it

    try:
        api.recommend(_ONE_TASK)
    except AdvisorError:
        return  # the page says it to the reader


def _is_serving() -> bool:
    runtime = sys.modules.get("streamlit.runtime")
    return runtime is not None and hasattr(runtime, "exists") and runtime.exists()


if __name__ == "__main__":
    main()
