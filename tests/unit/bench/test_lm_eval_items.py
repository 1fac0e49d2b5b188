"""lm-eval's samples as items, and its numbers as rows with intervals."""

import json
import math

import numpy as np
import pytest

from bench.harness.lm_eval_items import (
    item_records,
    item_values,
    main_metric,
    weighted,
    weighted_interval,
)
from bench.harness.lm_eval_models import OpenedLM
from bench.harness.lm_eval_rows import interval, quality_rows
from bench.protocol import Job


def choice(doc_id, likelihoods, target, choices=("yes", "no"), **metrics):
    return {
        "doc_id": doc_id, "target": target, "filter": "none", "metrics": list(metrics),
        "arguments": [("Is it?", f" {c}") for c in choices],
        "filtered_resps": [(value, False) for value in likelihoods], **metrics,
    }  # fmt: skip


def test_a_choice_becomes_a_prediction_with_the_softmax_of_its_likelihoods():
    found = item_records([choice(7, [-1.0, -3.0], 1, acc=0.0)], "acc", subset="default")[0]
    shares = math.exp(-1) / (math.exp(-1) + math.exp(-3))
    assert (found["item_id"], found["target"], found["prediction"]) == ("7", "no", "yes")
    assert found["p_target"] == pytest.approx(1 - shares)
    assert found["probability"] == pytest.approx([1 - shares, shares])  # no, yes: sorted
    assert found["value"] == 0.0


def test_normalised_choices_are_compared_by_character():
    sample = choice(0, [-4.0, -5.0], 1, ("a", "a longer one"), acc_norm=np.float64(1.0))
    assert item_records([sample], "acc_norm", subset="s")[0]["prediction"] == "a longer one"
    assert item_records([sample], "acc", subset="s")[0]["prediction"] == "a"


def test_choices_that_differ_between_items_have_no_common_order():
    samples = [choice(0, [-1, -2], 0, ("a", "b"), acc=1.0), choice(1, [-1, -2], 0, ("c", "d"), acc=1.0)]  # fmt: skip
    assert [r["probability"] for r in item_records(samples, "acc", subset="s")] == [None, None]


def test_written_answers_keep_their_filter_in_the_id():
    base = {"doc_id": 3, "target": "12", "arguments": [("p", {})], "metrics": ["exact_match"]}
    samples = [
        {**base, "filter": "strict", "filtered_resps": ["12"], "exact_match": 1.0},
        {**base, "filter": "loose", "filtered_resps": ["11"], "exact_match": 0.0},
    ]
    found = item_records(samples, "exact_match:strict", subset="s")
    assert [(r["item_id"], r["prediction"], r["value"]) for r in found] == [("3", "12", 1.0), ("3:loose", "11", 0.0)]  # fmt: skip
    assert item_values(samples, "exact_match:loose") == [0.0]


def test_perplexities_add_up_before_they_divide():
    pairs = [(-10.0, 8), (-40.0, 20)]
    assert weighted(np.array(pairs).sum(axis=0), "byte_perplexity") == pytest.approx(math.exp(50 / 28))  # fmt: skip
    assert weighted(np.array(pairs[0]), "bits_per_byte") == pytest.approx(10 / 8 / math.log(2))
    lo, hi = weighted_interval(pairs * 30, "byte_perplexity", seed=0, level=0.95)
    assert math.exp(10 / 8) < lo < math.exp(50 / 28) < hi < math.exp(40 / 20)


@pytest.mark.parametrize(
    ("names", "main"),
    [
        (["acc", "acc_norm"], "acc_norm"),
        (["exact_match:flexible-extract"], "exact_match:flexible-extract"),
        (["word_perplexity", "bits_per_byte"], "bits_per_byte"),
        (["something_of_ones_own"], None),
    ],
)
def test_the_deciding_metric(names, main):
    assert main_metric(names) == main


def test_all_right_is_not_certain():
    samples = [choice(i, [-1, -2], 0, acc=1.0) for i in range(5)]
    row = {"metric": "acc", "value": 1.0, "stderr": 0.0}
    found = interval(row, samples, seed=0)
    assert found["hi"] == 1.0
    assert 0.4 < found["lo"] < 0.7
    assert "Wilson" in found["method"]


def test_a_number_without_a_standard_error_has_no_interval_and_says_so():
    found = interval({"metric": "bleu", "value": 12.0, "stderr": None}, [], seed=0)
    assert (found["lo"], found["hi"]) == (None, None)
    assert "no standard error" in found["method"]
    with_one = interval({"metric": "bleu", "value": 1.0, "stderr": 2.0}, [], seed=0)
    assert with_one["lo"] == 0.0
    assert with_one["hi"] == pytest.approx(1.0 + 1.959964 * 2.0)


def test_lm_eval_s_results_become_rows():
    results = {
        "results": {
            "toy": {
                "alias": "toy", "acc,none": np.float64(0.5), "acc_stderr,none": np.float64(0.5), "own_idea,none": 3.0,
                "word_perplexity,none": np.float64(9.0), "word_perplexity_stderr,none": "N/A",
            },
        },
        "versions": {"toy": 1.0}, "n-shot": {"toy": 2}, "configs": {"toy": {"test_split": "test"}},
        "n-samples": {"toy": {"original": 5, "effective": 2}}, "config": {"limit": 2.0},
        "samples": {"toy": [choice(0, [-1, -2], 0, acc=1.0), choice(1, [-1, -2], 1, acc=0.0)]},
    }  # fmt: skip
    opened = OpenedLM(
        lm=None, model_id="local/m", revision="r1", precision="float32", kind="decoder", n_parameters=1,
        weights_bytes=1, context_tokens=8, answerer=None,
    )  # fmt: skip
    job = Job(harness="lm-eval", model="m", task="toy", seed=4, hardware_id="here")
    found, problems = quality_rows(job, results, opened, data_digest="d1", measured_at="now")
    rows = {row["metric"]: row for row in found.iter_rows(named=True)}
    assert set(rows) == {"acc", "word_perplexity"}
    acc = rows["acc"]
    assert (acc["value"], acc["stderr"], acc["n_items"], acc["n_shot"]) == (0.5, 0.5, 2, 2)
    assert (acc["dataset_revision"], acc["subset"], acc["split"]) == ("d1", "limit=2", "test")
    assert (acc["model_id"], acc["seed"], acc["published"]) == ("local/m", 4, False)
    assert rows["word_perplexity"]["stderr"] is None
    assert problems == ["metric 'own_idea' is not known here and was left out"]
    json.dumps(found.to_dicts())
