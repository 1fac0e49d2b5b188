"""What every harness does, ours and other people's: one small job each."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import subprocess
import sys

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from small_jobs import SMALL

from advisor.core.errors import AdvisorError, BadInput, UnknownName
from advisor.core.ids import MODEL_KINDS
from bench.protocol import Harness, Measured
from bench.registry import OURS, harness, harness_names
from bench.work import run_job

TIMED = ("latency_", "throughput_", "memory_", "energy_", "cost_", "fit_", "predict_", "ttft_", "tokens_per_", "load_", "train_", "wall_", "decode_", "prefill_", "output_tokens_", "time_per_")  # fmt: skip
"""Beginnings of metrics that two runs on one machine need not agree in to the last digit."""


@pytest.fixture(scope="module", params=[pytest.param(n, marks=() if n == "fake" else pytest.mark.slow) for n in sorted(OURS)])  # fmt: skip
def small(request, tmp_path_factory):
    """A harness's small job; skipped where its packages or its job are not here."""
    if request.param not in SMALL:
        pytest.skip(f"{request.param} has no small job in tests/contract/small_jobs.py")
    needed, make = SMALL[request.param]
    for module in needed:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    return make(tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def measured(small):
    """What the harness finds, and finds the second time."""
    return [harness(small.harness).run(small) for _ in range(2)]


def test_the_name_is_the_one_it_is_registered_under(small):
    made: Harness = harness(small.harness)
    assert made.name == small.harness


def test_what_comes_back_passes_the_tables_checks(small, measured):
    first = measured[0]
    assert isinstance(first, Measured)
    assert not first.rows.is_empty()
    assert set(first.rows["source_id"]) == {"own-runs"}
    assert not first.rows["published"].any()
    assert set(first.rows["harness"]) == {small.harness}
    assert first.model["model_id"].to_list() == first.rows["model_id"].unique().to_list()
    assert first.model["kind"].item() in MODEL_KINDS
    inside = first.rows.filter(pl.col("lo").is_not_null() & pl.col("hi").is_not_null())
    assert (inside["lo"] <= inside["value"]).all()
    assert (inside["value"] <= inside["hi"]).all()
    assert set(first.rows["basis"]) <= {"measured", "modelled"}


def test_the_main_score_is_among_the_rows(measured):
    main = measured[0].facts["main_score"]
    assert main in set(measured[0].rows["metric"])


def test_items_are_there_once_each(measured):
    items = measured[0].items
    assert not items.is_empty()
    assert items.select("item_id", "subset").is_unique().all()
    assert items["value"].is_finite().all()


def test_the_same_job_gives_the_same_rows_apart_from_timings(measured):
    one, two = (
        m.rows.filter(~pl.any_horizontal(pl.col("metric").str.starts_with(p) for p in TIMED)).drop("measured_at")
        for m in measured
    )  # fmt: skip
    assert_frame_equal(one, two)
    assert_frame_equal(measured[0].items.drop("latency_s"), measured[1].items.drop("latency_s"))
    assert_frame_equal(measured[0].model, measured[1].model)


def test_through_the_boundary_it_is_an_outcome_that_can_be_kept(small):
    outcome = run_job(small)
    assert outcome.status == "done", outcome.detail


@pytest.mark.parametrize("broken", ["model", "task"])
def test_nonsense_is_one_line_or_not_run(small, broken):
    job = dataclasses.replace(small, **{broken: "no/such-thing-anywhere"})
    if broken == "task" and small.harness == "fake":
        pytest.skip("the fake one takes any task")
    if broken == "model" and small.harness == "fake":
        job = dataclasses.replace(small, options={"behaviour": "no-such"})
    outcome = run_job(job)
    if outcome.status == "done":
        pytest.skip("the file decides the task, its name is free")
    assert outcome.status in ("failed", "not_run")
    assert "\n" not in outcome.reason
    if outcome.status == "failed":
        assert "Traceback" not in outcome.reason
        assert not outcome.reason.startswith(
            ("KeyError", "TypeError", "AttributeError", "IndexError")
        )


def test_every_name_can_be_looked_up_and_a_wrong_one_has_a_hint():
    assert set(OURS) <= set(harness_names())
    with pytest.raises(UnknownName, match="did you mean 'fake'"):
        harness("fakee")


FOREIGN = """
from bench.harness.fake import FakeHarness
class Theirs(FakeHarness):
    name = "theirs"
class Nameless:
    def run(self, job): ...
class Greedy(FakeHarness):
    name = "greedy"
    def __init__(self, model): ...
"""
POINTS = """[advisor.harnesses]
theirs = their_package:Theirs
nameless = their_package:Nameless
greedy = their_package:Greedy
gone = their_package:Gone
absent = no_such_package_at_all:X
"""


@pytest.fixture
def their_package(tmp_path, monkeypatch):
    """A distribution on the path that registers harnesses, as `pip install` would leave it."""
    (tmp_path / "their_package.py").write_text(FOREIGN)
    info = tmp_path / "their_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-package\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop("their_package", None)


def test_another_packages_harness_is_found_by_its_entry_point(their_package):
    from fake_jobs import a_job

    assert "theirs" in harness_names()
    job = dataclasses.replace(a_job(), harness="theirs")
    outcome = run_job(job)
    assert outcome.status == "done"
    assert set(outcome.measured.rows["harness"]) == {"theirs"}


@pytest.mark.parametrize("name", ["nameless", "greedy", "gone", "absent"])
def test_a_foreign_harness_that_does_not_fit_is_one_line(their_package, name):
    with pytest.raises(BadInput, match=f"harness '{name}'") as refused:
        harness(name)
    assert "\n" not in str(refused.value)
    assert isinstance(refused.value, AdvisorError)


@pytest.mark.slow
def test_a_foreign_harness_runs_in_a_worker_process(their_package, tmp_path):
    import orjson
    from fake_jobs import a_job

    from bench.wire import as_json

    job = dataclasses.replace(a_job(), harness="theirs")
    plan = tmp_path / "plan.json"
    plan.write_bytes(orjson.dumps({"jobs": [as_json(job)]}))
    code = "import sys; from advisor.cli import main; sys.argv[0] = 'advisor'; main()"
    path = os.pathsep.join([str(their_package), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-c", code, "bench", "run", str(plan), "--runs", str(tmp_path / "runs")],
        env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "1 done" in done.stdout
