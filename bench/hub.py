"""Whether a model hub can be reached, found out in seconds: its own client takes 23 s to say no."""

from __future__ import annotations

import os
import socket
from typing import Final
from urllib.parse import urlsplit

from advisor.core.errors import Unreachable

REACH_S: Final = 4.0
_OFFLINE: Final = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE")
_PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


def endpoint() -> str:
    """The hub's address, as its own client reads it."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def reach_hub(*, wanted: str) -> None:
    """Nothing, where the hub can be reached. wanted: what it was needed for, for the message.

    Behind a proxy it is not looked at: only the client can tell.
    Raises: Unreachable: switched off by the environment, or nobody answers within REACH_S.
    """
    for name in _OFFLINE:
        if os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}:
            raise Unreachable(f"{wanted} is not on this machine, and {name} keeps the hub out")
    if any(os.environ.get(name) for name in _PROXIES):
        return
    address = urlsplit(endpoint())
    port = address.port or (80 if address.scheme == "http" else 443)
    try:
        socket.create_connection((address.hostname or "", port), timeout=REACH_S).close()
    except OSError:
        raise Unreachable(
            f"{wanted} is not on this machine, and {endpoint()} cannot be reached"
        ) from None
