"""Optional means optional: imported at the moment of use, refused with the cure."""

from __future__ import annotations

import importlib
from typing import Any

from advisor.core.errors import MissingExtra

DIST = "slm-advisor"


def need(module: str, *, extra: str) -> Any:
    """Import `module` now, or raise MissingExtra whose message is the command to run."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.partition(".")[0]:
            raise  # the package is there and is itself broken
        raise MissingExtra(
            f"{module!r} is not installed; run: pip install '{DIST}[{extra}]'"
        ) from None
