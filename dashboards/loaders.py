"""What the pages read, once for all who look: the snapshot in use, and tables of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from advisor.recommend import api
from advisor.tables import locate

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.core.profile import TaskProfile
    from advisor.tables.snapshot import Snapshot


def snapshot() -> Snapshot:
    """The snapshot in use: the launcher's --snapshot, else the user's own, else the shipped one."""
    path = locate.current_path()
    return _opened(path, (path / "manifest.json").stat().st_mtime_ns)


@st.cache_resource(max_entries=2, show_spinner=False)
def _opened(path: Path, _written_ns: int) -> Snapshot:
    return api.open_snapshot(path)


def reading(task: str, snapshot: Snapshot) -> TaskProfile:
    """What the words of a task alone say, with no option over them. Raises: see api.recommend."""
    return _read(task, snapshot, snapshot.id)


@st.cache_resource(max_entries=32, show_spinner=False)
def _read(task: str, _snapshot: Snapshot, snapshot_id: str) -> TaskProfile:
    return api.read(task, snapshot=_snapshot)
