"""Jobs done once, kept whole, and read back; failures are data."""

from pathlib import Path

from bench.engine import run_jobs
from bench.protocol import Job
from bench.report import report
from bench.runner.process import ProcessRunner
from bench.runner.serial import SerialRunner
from bench.store import Store, run_id_of
from bench.work import thread_environment


def jobs(tmp_path: Path, *behaviours: str) -> list[Job]:
    return [
        Job(
            harness="fake", model=f"model-{n}", task="toy", seed=n,
            options={"behaviour": behaviour, "sentinel": str(tmp_path / "ran.txt")},
        )
        for n, behaviour in enumerate(behaviours)
    ]  # fmt: skip


def test_a_finished_job_is_read_and_not_run_again(tmp_path):
    store, wanted = Store(root=tmp_path / "runs"), jobs(tmp_path, "answer", "answer")
    first = run_jobs(wanted, store, SerialRunner())
    second = run_jobs(wanted, store, SerialRunner())
    assert len((tmp_path / "ran.txt").read_text().splitlines()) == 2
    assert [o.measured.rows.rows() for o in first] == [o.measured.rows.rows() for o in second]
    assert [o.measured.items.rows() for o in first] == [o.measured.items.rows() for o in second]


def test_one_failing_job_costs_one_job(tmp_path):
    wanted = jobs(tmp_path, "answer", "raise", "unreachable", "kill", "bad-input", "answer")
    outcomes = run_jobs(wanted, Store(root=tmp_path / "runs"), ProcessRunner())
    assert [o.status for o in outcomes] == ["done", "failed", "not_run", "failed", "failed", "done"]
    assert "RuntimeError: the model broke" in outcomes[1].reason
    assert "killed" in outcomes[3].reason
    made = report(outcomes, run_id=run_id_of(wanted), folder=tmp_path, machine=MACHINE)
    assert (made.n_done, made.n_failed, made.n_not_run) == (2, 3, 1)


def test_the_id_does_not_depend_on_limits_or_the_order_of_options():
    one = Job(harness="fake", model="m", task="t", options={"a": 1, "b": 2})
    two = Job(harness="fake", model="m", task="t", options={"b": 2, "a": 1})
    assert one.job_id == two.job_id
    assert one.job_id != Job(harness="fake", model="m", task="t", options={"a": 1}).job_id


def test_the_number_of_threads_is_one_where_it_is_unsaid_or_nonsense():
    def threads(**options):
        job = Job(harness="fake", model="m", task="t", options=options)
        return thread_environment(job)["OMP_NUM_THREADS"]

    assert [threads(), threads(threads=4), threads(threads="x"), threads(threads=0)] == [
        "1",
        "4",
        "1",
        "1",
    ]


MACHINE = {
    "hardware_id": "x", "name": "X", "cores": 2, "memory_bytes": None, "system": "Linux", "python": "3.11",
    "libraries": "",
}  # fmt: skip


def test_the_table_of_results_holds_each_finished_job_once(tmp_path):
    from bench.results_table import results

    store, wanted = Store(root=tmp_path / "runs"), jobs(tmp_path, "answer", "raise", "answer")
    for _ in range(2):
        store.write_run(run_id_of(wanted), wanted, command="test")
        run_jobs(wanted, store, SerialRunner())
    table = results(tmp_path / "runs")
    assert table["model_id"].to_list() == ["model-0", "model-2"]
    assert results(tmp_path / "runs", metrics=["f1_macro"]).is_empty()
