"""Size classes, sizes and metrics as charts print them: the same words as the answer's."""

import pytest

from advisor.core.ids import NOT_NEURAL, SIZE_CLASSES
from advisor.figures import answers, words
from advisor.render import labels


@pytest.mark.parametrize("name", SIZE_CLASSES)
def test_a_size_class_is_called_as_in_the_answer(name):
    assert words.size_class(name) == labels.size_class(name)


def test_other_edges_have_the_same_dash_and_names_of_models_keep_theirs():
    assert words.size_class("best of 150M-1.5B") == "best of 150M–1.5B"
    assert words.size_class("under 10") == "under 10"


@pytest.mark.parametrize("kind", sorted(NOT_NEURAL))
@pytest.mark.parametrize("n", [None, 0, 12])
def test_a_model_without_a_neural_network_has_no_size(kind, n):
    assert words.size({"kind": kind, "n_parameters": n}) == "none"


@pytest.mark.parametrize(("n", "said"), [(0, "none"), (None, "?"), (22_700_000, "22.7M")])
def test_a_size_is_a_number_none_or_not_disclosed(n, said):
    assert words.size({"kind": "encoder", "n_parameters": n}) == said


@pytest.mark.parametrize(
    "name", ["ndcg_at_10", "v_measure", "cosine_spearman", "f1", "roc_auc", "r2"]
)
def test_a_metric_is_called_as_in_the_answer(name):
    assert words.metric(name) == labels.metric(name)


@pytest.mark.parametrize(
    ("ratio", "said"),
    [(1.0, "as much"), (1.04, "as much"), (1.1, "1.1 times as much"), (0.96, "0.96 times as much")],
)
def test_once_as_much_is_as_much(ratio, said):
    assert answers.as_much(ratio) == said


def test_a_cost_says_of_how_many_items():
    assert answers.amount("cost_usd_per_1k_items", 0.2) == "$0.2 per 1,000 items"


@pytest.mark.parametrize(
    ("lo", "hi", "open_"),
    [(-1.0, 2.0, True), (0.0, 1.0, True), (0.1, 1.0, False), (-1.0, -0.1, False)],
)
def test_an_interval_that_holds_zero_could_go_either_way(lo, hi, open_):
    assert bool(answers.either_way(lo, hi)) == open_
