"""Tests do not depend on the machine: the same drawn examples everywhere, and no evidence of its user's own."""

from __future__ import annotations

import os

from hypothesis import settings

# Runs of whoever is at this machine must not answer the tests' questions.
os.environ["ADVISOR_OWN"] = os.devnull

settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")
