"""`advisor data build` from small, real sources: whole, or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from advisor.tables import snapshot

pytestmark = pytest.mark.slow
FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """The committed slices of every source, laid out as data/README.md tells."""
    for module in ("lm_eval", "yaml", "sklearn", "xgboost"):
        pytest.importorskip(module)
    folder = tmp_path_factory.mktemp("sources")
    for part in ("mteb", "hub", "cost", "tabular"):
        (folder / part).symlink_to(FIXTURES / part)
    (folder / "lmeval").symlink_to(FIXTURES / "lmeval" / "tables")
    return folder


def start(sources, out):
    code = "import sys; from advisor.cli import main; sys.argv[0] = 'advisor'; main()"
    command = [
        sys.executable,
        "-c",
        code,
        "data",
        "build",
        "--from",
        str(sources),
        "--out",
        str(out),
    ]
    kept = {k: v for k, v in os.environ.items() if k != "ADVISOR_SNAPSHOT"}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=kept
    )


@pytest.fixture(scope="module")
def built(sources, tmp_path_factory):
    out = tmp_path_factory.mktemp("snapshots")
    printed, complaint = start(sources, out).communicate(timeout=300)
    return out, printed, complaint


def test_a_build_ends_with_what_became_of_the_rows_and_a_snapshot_that_verifies(built):
    out, printed, complaint = built
    loaded = snapshot.load(out)
    assert loaded.verify() == []
    assert "set aside" in printed
    assert "Traceback" not in complaint
    assert {
        "scores",
        "tasks",
        "models",
        "evidence_mteb",
        "evidence_lm",
        "grid",
        "goodness",
        "receipts",
    } <= set(loaded.manifest["tables"])


def test_the_same_sources_give_the_same_snapshot(built, sources, tmp_path):
    out, _, _ = built
    start(sources, tmp_path).communicate(timeout=300)
    assert snapshot.load(tmp_path).id == snapshot.load(out).id


def test_ctrl_c_leaves_the_old_snapshot_in_use_and_nothing_half_written(built, sources):
    out, _, _ = built
    before = sorted(path.name for path in out.iterdir())
    process = start(sources, out)
    time.sleep(5)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 130, complaint
    assert "Traceback" not in complaint
    assert sorted(path.name for path in out.iterdir()) == before
    assert snapshot.load(out).verify() == []
