"""Plans as people write them: read as jobs, or refused with what to type instead."""

import orjson
import pytest
from fake_jobs import a_job

from advisor.core.errors import BadInput
from bench.plan_file import read_plan
from bench.protocol import Limits
from bench.wire import as_json


def test_what_a_program_writes_is_read_back(tmp_path):
    jobs = [
        a_job(model="a", limits=Limits(timeout_s=3.5, memory_bytes=10**9, num_gpus=0.5)),
        a_job(model="b", seed=4),
    ]
    plan = tmp_path / "plan.json"
    plan.write_bytes(orjson.dumps({"jobs": [as_json(job) for job in jobs], "note": "beside"}))
    assert read_plan(plan, hardware_id="here") == jobs


def test_little_is_needed_and_a_job_named_twice_is_one(tmp_path):
    plan = tmp_path / "plan.json"
    one = {"harness": "fake", "model": "m", "task": "t", "why": "it would settle it"}
    plan.write_bytes(orjson.dumps([one, one]))
    (job,) = read_plan(plan, hardware_id="here")
    assert (job.model, job.seed, job.hardware_id, job.options) == ("m", 0, "here", {})


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(BadInput, match="cannot be opened"):
        read_plan(tmp_path / "nothing.json")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is no JSON"),
        ('{"jobs": []}', "is empty; there is nothing to run"),
        ('{"task": "t"}', "lists no jobs"),
        ('{"jobs": [3]}', "plan.json: jobs[0]: 3 is no job"),
        ('{"jobs": [{"harness": "fake", "modle": "m", "task": "t"}]}', "did you mean 'model'?"),
        ('{"jobs": [{"harness": "fake", "model": "m"}]}', "says no task"),
        ('{"jobs": [{"harness": "fake", "model": 3, "task": "t"}]}', "model is 3; it must be text"),
        ('{"jobs": [{"harness": "fkae", "model": "m", "task": "t"}]}', "there are "),
        ('{"jobs": [{"harness": "fake", "model": "m", "task": "t", "limits": {"timeout_s": -1}}]}', "timeout_s is -1"),
        ('{"jobs": [{"harness": "fake", "model": "m", "task": "t", "limits": {"timeout": 1}}]}', "did you mean 'timeout_s'?"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_used_is_one_line(tmp_path, content, said):
    plan = tmp_path / "plan.json"
    plan.write_text(content)
    with pytest.raises(BadInput) as refused:
        read_plan(plan)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
