"""Own evidence: merged by key, the same however often and in whatever order, and whole after any fault."""

import multiprocessing
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.core.errors import BadInput, MissingData
from advisor.tables import own
from advisor.tables.own import OWN_KEY, OWN_TABLES, own_evidence
from bench.collect import collect, outcomes_under
from bench.engine import run_jobs
from bench.harness.fake import FakeHarness
from bench.protocol import Job, JobOutcome, Measured
from bench.runner.serial import SerialRunner
from bench.store import Store


def an_outcome(model="m", task="toy", *, accuracy=0.5, at="2026-01-01T00:00:00+00:00", **options):
    job = Job(harness="fake", model=model, task=task, options={"accuracy": accuracy, **options})
    found = FakeHarness().run(job)
    rows = found.rows.with_columns(measured_at=pl.lit(at))
    kept = Measured(rows=rows, items=found.items, model=found.model, facts=found.facts)
    return JobOutcome(job=job, status="done", measured=kept, wall_s=1.0)


def content(folder):
    kept = own_evidence(folder)
    return {name: kept.table(name) for name in OWN_TABLES}


def value_of(folder, model):
    rows = own_evidence(folder).table("evidence").filter(pl.col("model_id") == model)
    return rows["value"].to_list()


def test_where_nothing_ran_there_is_nothing_and_no_folder_is_made(tmp_path):
    assert own_evidence(tmp_path / "own") is None
    collect(
        [JobOutcome(job=Job(harness="fake", model="m", task="t"), status="failed")],
        folder=tmp_path / "own",
    )
    assert not (tmp_path / "own").exists()


def test_collecting_twice_changes_nothing_and_writes_nothing(tmp_path):
    outcomes = [an_outcome("a"), an_outcome("b", accuracy=0.9)]
    collect(outcomes, folder=tmp_path)
    first = own_evidence(tmp_path)
    written = (first.stored.path / "manifest.json").stat().st_mtime_ns
    collect(outcomes, folder=tmp_path)
    collect(list(reversed(outcomes)), folder=tmp_path)
    assert own_evidence(tmp_path).id == first.id
    assert (first.stored.path / "manifest.json").stat().st_mtime_ns == written


def test_a_newer_run_of_the_same_key_replaces_and_an_older_one_does_not(tmp_path):
    old = an_outcome(accuracy=0.2)
    new = an_outcome(accuracy=0.8, at="2026-02-01T00:00:00+00:00")
    for order in ([old, new], [new, old]):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        for outcome in order:
            collect([outcome], folder=folder)
        assert value_of(folder, "m") == new.measured.rows["value"].to_list()
        kept = own_evidence(folder)
        assert kept.table("jobs")["job_id"].to_list() == [new.job.job_id]
        assert set(kept.table("items")["job_id"]) == {new.job.job_id}


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.1, 0.9), st.integers(1, 9)), max_size=5)
)
def test_adding_runs_of_some_models_never_changes_another_ones_number(tmp_path_factory, runs):
    folder = tmp_path_factory.mktemp("own")
    collect([an_outcome("other", accuracy=0.7)], folder=folder)
    before = value_of(folder, "other")
    for model, accuracy, day in runs:
        collect(
            [an_outcome(model, accuracy=accuracy, at=f"2026-01-0{day}T00:00:00+00:00")],
            folder=folder,
        )
    assert value_of(folder, "other") == before
    rows = own_evidence(folder).table("evidence")
    assert not rows.select(OWN_KEY).is_duplicated().any()
    # A second route: the last by date, then by job, in a dictionary.
    wanted = {}
    for model, accuracy, day in runs:
        outcome = an_outcome(model, accuracy=accuracy, at=f"2026-01-0{day}T00:00:00+00:00")
        key = (day, outcome.job.job_id)
        if model not in wanted or key >= wanted[model][0]:
            wanted[model] = (key, outcome.measured.rows["value"][0])
    assert {m: v for m, v in rows.select("model_id", "value").rows() if m != "other"} == {
        model: value for model, (_, value) in wanted.items()
    }


def test_evidence_is_built_anew_from_the_runs_alone(tmp_path):
    jobs = [Job(harness="fake", model=name, task="toy") for name in "abc"]
    runs, kept = tmp_path / "runs", tmp_path / "own"
    collect(run_jobs(jobs, Store(root=runs), SerialRunner()), folder=kept, runs=runs)
    first = content(kept)
    collect(outcomes_under(runs), folder=tmp_path / "again", runs=runs)
    assert all(first[name].equals(content(tmp_path / "again")[name]) for name in OWN_TABLES)
    folder = own_evidence(kept).job_folder(jobs[0].job_id)
    assert (Store(root=runs).folder(jobs[0])).samefile(folder)


@pytest.mark.parametrize("fault", ["cut off", "garbage", "manifest", "pointer"])
def test_a_damaged_file_is_one_line_with_the_cure_and_collecting_anew_heals_it(tmp_path, fault):
    outcome = an_outcome()
    collect([outcome], folder=tmp_path)
    path = own_evidence(tmp_path).stored.path
    file = {"manifest": path / "manifest.json", "pointer": tmp_path / "current"}.get(
        fault, path / "evidence.parquet"
    )
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if fault == "cut off" else b"\xff" * len(whole))
    own._opened.cache_clear()  # as in a new process
    with pytest.raises(MissingData, match="advisor bench collect --runs DIR"):
        content(tmp_path)
    with pytest.raises(MissingData, match="damaged"):
        collect([an_outcome("b")], folder=tmp_path)
    collect([outcome], folder=tmp_path, anew=True)
    assert value_of(tmp_path, "m") == outcome.measured.rows["value"].to_list()


def test_a_run_on_a_part_of_the_labels_stands_apart(tmp_path):
    whole = an_outcome(accuracy=0.9)
    facts = {"n_train": 50, "n_train_all": 800}
    part = an_outcome(accuracy=0.3, at="2026-03-01T00:00:00+00:00", n_train=50)
    part = replace(part, measured=replace(part.measured, facts=facts))
    collect([whole, part], folder=tmp_path)
    splits = own_evidence(tmp_path).table("evidence")["split"].sort().to_list()
    assert splits == ["test", "test, 50 labels"]


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(BadInput, match="ADVISOR_OWN"):
        collect([an_outcome()], folder=tmp_path / "file" / "own")


def _collect_many(folder, model):
    for _ in range(5):
        collect([an_outcome(model)], folder=folder)
    for n in range(5):
        collect([an_outcome(f"{model}{n}")], folder=folder)


@pytest.mark.slow
def test_two_writers_at_once_lose_nothing(tmp_path):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_collect_many, args=(tmp_path, name)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0, 0]
    wanted = {f"{name}{n}" for name in "ab" for n in ("", *range(5))}
    assert set(own_evidence(tmp_path).table("models")["model_id"]) == wanted
