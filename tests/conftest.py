"""Property tests draw the same examples everywhere: a red run on one machine is red on the next."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")
