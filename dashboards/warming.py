"""What the first question would wait for, done while its reader still types."""

from __future__ import annotations

import threading
from typing import Final

_ONE_TASK: Final = "Sort English support tickets into 12 queues"
_AFTER_S: Final = 0.5
"""Until the first page is drawn: it comes first."""
_begun = threading.Event()


def begin() -> None:
    """Once in a server's life, beside the pages: import what answers, and answer one question."""
    if not _begun.is_set():
        _begun.set()
        timer = threading.Timer(_AFTER_S, _answer_once)
        timer.daemon = True
        timer.start()


def _answer_once() -> None:
    # In the order in which a page imports them, so that the two never wait for each other in turn.
    from dashboards import question, drawing  # noqa: F401, I001
    from advisor.core.errors import AdvisorError
    from advisor.recommend import api

    try:
        api.recommend(_ONE_TASK)
    except AdvisorError:
        return  # the page says it to its reader
