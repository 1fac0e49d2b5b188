"""Tests do not depend on the machine: the same drawn examples everywhere, and no evidence of its user's own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

from hypothesis import settings

settings.register_profile(
    "repeatable", derandomize=True, deadline=None
)  # a busy machine is no defect
settings.load_profile("repeatable")

# Runs of whoever is at this machine must not answer the tests' questions, nor the tests' runs theirs.
os.environ["ADVISOR_OWN"] = tempfile.mkdtemp(prefix="advisor-own-")
atexit.register(shutil.rmtree, os.environ["ADVISOR_OWN"], ignore_errors=True)
