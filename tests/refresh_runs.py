"""A user's folders with a small snapshot in use, and `advisor data refresh` run there as a process."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import polars as pl
from frames import a_model, models

from advisor.ingest.hub_models import POPULARITY
from advisor.tables import snapshot
from advisor.tables.schema import SOURCES

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "hf_SECRETsecretSECRETsecret"  # noqa: S105 - nobody's
CODE = "import sys; from advisor.cli import main; sys.argv[0] = 'advisor'; main()"
KNOWN = "maker-1/model-0001"


class Home:
    """One model that the Hub knows, one that it does not."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.snapshots = folder / "data" / "slm-advisor" / "snapshots"
        earlier = {
            "model_id": KNOWN, "date": dt.date(2026, 5, 1), "downloads_30d": 5, "likes": 1, "n_parameters": 500_000_001,
            "n_parameters_basis": "safetensors", "params_suspect": False, "size_class": "500M-1B", "is_test_fixture": False,
            "ranking_note": "made up", "source_id": "hub-llmfit",
        }  # fmt: skip
        tables = {
            "models": models(
                a_model(KNOWN, downloads_30d=5, n_parameters=None, pool=["language-model"]),
                a_model("gone/model"), a_model("evil/\x1b[31m[red]x", verified=False),
            ),
            "popularity": pl.DataFrame([dict.fromkeys(POPULARITY) | earlier], schema=POPULARITY),
            "sources": pl.DataFrame([dict.fromkeys(SOURCES) | {"source_id": "hub-llmfit"}], schema=SOURCES),
            "tasks": pl.DataFrame({"task_id": ["x"]}),
        }  # fmt: skip
        snapshot.write(self.snapshots, tables, facts={"created_at": "2026-05-01"})

    @property
    def in_use(self) -> snapshot.Snapshot:
        return snapshot.load(self.snapshots)

    def is_untouched(self, before: snapshot.Snapshot) -> bool:
        now = self.in_use
        return now.id == before.id and now.verify() == [] and not list(self.snapshots.glob(".*"))

    def start(self, endpoint: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Begin a refresh against an endpoint."""
        kept = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("ADVISOR_SNAPSHOT", "HF_", "HUGGING"))
        }
        where = {
            "XDG_DATA_HOME": str(self.path / "data"), "XDG_CACHE_HOME": str(self.path / "cache"),
            "HF_HOME": str(self.path / "hf"), "HF_TOKEN": TOKEN, "HF_ENDPOINT": endpoint, "COLUMNS": "80",
        }  # fmt: skip
        return subprocess.Popen(
            [sys.executable, "-c", CODE, "data", "refresh", *arguments], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, encoding="utf-8", env=kept | where | environment,
        )  # fmt: skip

    def run(self, endpoint: str, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """The same to its end: exit code, stdout, stderr. No token is ever in what it leaves."""
        process = self.start(endpoint, *arguments, **environment)
        out, complaint = process.communicate(timeout=60)
        assert TOKEN not in out + complaint
        assert "Traceback" not in complaint
        for file in self.path.rglob("*"):
            assert not file.is_file() or TOKEN.encode() not in file.read_bytes(), file
        return process.returncode, out, complaint
