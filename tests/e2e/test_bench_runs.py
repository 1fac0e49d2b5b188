"""`advisor bench run`, `runs` and `compare` as commands: plans, options, stored runs, models side by side."""

import orjson
import pytest
from fake_jobs import a_job

from bench.wire import as_json


def test_a_plan_that_cannot_be_used_is_one_line_and_starts_nothing(advisor, tmp_path):
    plan = tmp_path / "plan.json"
    plan.write_text('{"jobs": [{"harness": "fake", "modle": "m", "task": "t"}]}')
    done = advisor("bench", "run", str(plan), ADVISOR_RUNS=str(tmp_path / "runs"))
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr == "error: plan.json: jobs[0]: unknown field 'modle'; did you mean 'model'?\n"
    )
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--runner", "rya"], "type one of process, serial, ray"),
        (["--address", "auto"], "add --runner ray"),
        (["--runner", "serial", "--parallel", "2"], "one job at a time"),
    ],
)
def test_options_that_do_not_go_together_are_one_line(advisor, tmp_path, options, said):
    plan = tmp_path / "plan.json"
    plan.write_bytes(orjson.dumps({"jobs": [as_json(a_job())]}))
    done = advisor("bench", "run", str(plan), *options, ADVISOR_RUNS=str(tmp_path / "runs"))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_a_stored_run_is_run_again_by_its_id_and_listed(advisor, tmp_path):
    plan, runs = tmp_path / "plan.json", str(tmp_path / "runs")
    wanted = [a_job(model="a"), a_job("raise", model="b", once=str(tmp_path / "once"))]
    plan.write_bytes(orjson.dumps({"jobs": [as_json(job) for job in wanted]}))
    assert advisor("bench", "run", str(plan), "--runs", runs).returncode == 4
    (line,) = orjson.loads(advisor("bench", "runs", "--runs", runs, "--format", "json").stdout)
    assert [line[f"n_{state}"] for state in ("done", "failed", "not_run", "pending")] == [
        1,
        1,
        0,
        0,
    ]
    assert advisor("bench", "run", line["run_id"], "--runs", runs).returncode == 0
    listed = advisor("bench", "runs", "--runs", runs).stdout
    assert "2 done" in listed
    assert line["run_id"] in listed


def test_models_of_a_run_are_compared_by_item(advisor, tmp_path):
    plan, runs = tmp_path / "plan.json", str(tmp_path / "runs")
    wanted = [a_job(model=f"m{n}", accuracy=n / 10, n_items=200) for n in (5, 9)]
    plan.write_bytes(orjson.dumps({"jobs": [as_json(job) for job in wanted]}))
    assert advisor("bench", "run", str(plan), "--runs", runs, "--runner", "serial").returncode == 0
    (run,) = orjson.loads(advisor("bench", "runs", "--runs", runs, "--format", "json").stdout)
    asked = ("bench", "compare", run["run_id"], "--paired", "--runs", runs)
    done = advisor(*asked, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    (task,) = orjson.loads(done.stdout)["tasks"]
    assert task["tie_groups"] == [["m9"], ["m5"]]
    text = advisor(*asked).stdout
    assert "differ" in text
    assert all(len(line) <= 80 for line in text.splitlines())
    refused = advisor(*asked, "--model", "m5")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "only m5 was measured" in refused.stderr
    unknown = advisor("bench", "compare", "nothing", "--runs", runs)
    assert (unknown.returncode, unknown.stdout) == (3, "")
    assert f"no run 'nothing' under {runs}; there are {run['run_id']}" in unknown.stderr
    assert advisor(*asked, "--confidence", "95").returncode == 2
