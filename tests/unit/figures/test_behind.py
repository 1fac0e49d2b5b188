"""Who stood behind an answer, found again: the same field as the answer was weighed from, own runs too."""

import json
from pathlib import Path

import asked
import polars as pl
import pytest

from advisor.figures import pareto, side_by_side, size_ladder
from advisor.figures.answers import shown
from advisor.figures.chart import Wanted
from advisor.recommend import api
from advisor.recommend.behind import standing_behind
from bench.collect import collect
from bench.data_file import data_hash
from bench.engine import run_jobs
from bench.protocol import Job
from bench.runner.serial import SerialRunner
from bench.store import Store

DESCRIPTIONS = Path(__file__).resolve().parents[2] / "fixtures/understand/descriptions.jsonl"


@pytest.fixture(scope="module")
def own_answer(tmp_path_factory):
    """The answer about a file of the user's own on which two baselines were run."""
    folder = tmp_path_factory.mktemp("own")
    said = [json.loads(line) for line in DESCRIPTIONS.read_text("utf-8").splitlines()]
    usual = {"text-classification", "retrieval", "summarization"}
    rows = [{"text": s["text"], "family": s["family"]} for s in said if s["family"] in usual]
    path = folder / "asked.csv"
    pl.DataFrame(rows).write_csv(path)
    options = {
        "data": str(path),
        "data_hash": data_hash(path),
        "inputs": ["text"],
        "label": "family",
    }
    jobs = [
        Job(
            harness="own", model=model, task="asked", hardware_id="here", options=options | {"measure_s": 0.1}
        )
        for model in ("majority", "tfidf")
    ]  # fmt: skip
    outcomes = run_jobs(jobs, Store(root=folder / "runs"), SerialRunner())
    collect(outcomes, folder=folder / "own", runs=folder / "runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADVISOR_OWN", str(folder / "own"))
        yield api.recommend(path, top=1000, snapshot=asked.the_snapshot())


@pytest.mark.parametrize("name", list(asked.QUESTIONS))
def test_the_field_found_again_has_the_answers_estimates(name):
    answer = asked.answer(name)
    stand = standing_behind(answer, asked.the_snapshot())
    field = stand.competing.models
    assert field.height == answer.pool.n_models
    values = dict(field.select("model_id", "value").iter_rows())
    assert all(values[m.model_id] == m.estimate.value for m in answer.ranked)
    reference = answer.large_reference
    assert reference is None or values[reference.model_id] == reference.estimate.value


def test_own_runs_are_found_again_and_compared_over_their_items(own_answer):
    stand = standing_behind(own_answer, asked.the_snapshot())
    assert stand.competing.models["model_id"].to_list() == [
        "baseline/majority",
        "baseline/tfidf-linear",
    ]
    wanted = Wanted(answer=own_answer)
    chart = side_by_side.build(wanted, asked.the_snapshot())
    apart = stand.apart
    first, second = chart.frame["model_id"].unique(maintain_order=True).to_list()[:2]
    expected = apart.interval(apart.row(first), apart.row(second))
    assert chart.parts["differences"].row(0)[1:4] == expected
    assert any(note.startswith("your own runs decide") for note in chart.notes)


def test_with_own_runs_only_what_was_run_is_on_a_front(own_answer):
    chart = pareto.latency(Wanted(answer=own_answer), asked.the_snapshot())
    assert set(chart.frame.filter("on_front")["model_id"]) <= set(own_answer.own_runs.models)
    assert chart.frame.filter("on_front").height
    assert size_ladder.build(Wanted(answer=own_answer), asked.the_snapshot()).frame.height


def test_an_answer_of_another_snapshot_or_of_lost_runs_says_what_is_missing(own_answer):
    other = asked.answer("model").model_copy(update={"snapshot_id": "another"})
    assert standing_behind(other, asked.the_snapshot()) is None
    lost = own_answer.model_copy(update={"own_evidence_id": "another"})
    assert standing_behind(lost, asked.the_snapshot()) is None
    for answer in (other, lost):
        chart = pareto.memory(Wanted(answer=answer), asked.the_snapshot())
        assert any("cannot be found again" in note for note in chart.notes)
        assert set(chart.frame["model_id"]) <= {m.model_id for m in answer.ranked}
        assert chart.frame.filter("on_front")["certainty"].null_count() == chart.facts["n_front"]


def test_the_field_is_found_once_for_all_charts_of_an_answer():
    wanted = asked.wanted("model")
    assert shown(wanted, asked.the_snapshot()) is shown(wanted, asked.the_snapshot())
