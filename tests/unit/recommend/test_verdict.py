from __future__ import annotations

from frames import a_candidate, a_profile, candidates

from advisor.recommend.ladder import size_ladder
from advisor.recommend.verdict import large_reference, verdict

ASK = a_profile(tolerance=5.0, confidence=0.6)
SMALL = a_candidate("org/small", 0.50, 0.40, n_parameters=30_000_000)
MIDDLE = a_candidate("org/middle", 0.58, 0.70, n_parameters=300_000_000)
LARGE = a_candidate("org/large", 0.60, 0.90, n_parameters=7_000_000_000)


def alike(_best, others):
    """Nothing can be told apart."""
    return dict.fromkeys(others, 0.5)


def apart(best, others):
    """Everything can."""
    return {name: float(name == best) for name in others}


def test_the_smallest_model_with_enough_odds_is_named():
    answer = verdict(candidates(LARGE, SMALL, MIDDLE), 0, ASK, alike)
    assert (answer.kind, answer.model_id, answer.size_class) == ("model", "org/middle", "200M-500M")
    assert answer.p_good_enough == 0.70
    assert answer.runner_up == "org/small"
    assert "only 40%" in answer.why_not_runner_up


def test_a_model_that_was_hardly_measured_is_never_named():
    thin = a_candidate("org/thin", 0.70, 0.99, n_parameters=1_000_000, grounded=False)
    assert verdict(candidates(thin, MIDDLE, LARGE), 0, ASK, alike).model_id == "org/middle"


def test_among_models_of_one_size_the_open_and_popular_one_is_named():
    closed = a_candidate("org/closed", 0.59, 0.80, n_parameters=300_000_000, open_weights=False)
    liked = a_candidate("org/liked", 0.57, 0.65, n_parameters=305_000_000, downloads_30d=10**6)
    answer = verdict(candidates(closed, MIDDLE, liked, LARGE), 0, ASK, alike)
    assert answer.kind == "tie"
    assert answer.tie_set == ["org/liked", "org/middle", "org/closed"]


def test_a_model_that_is_clearly_worse_than_another_of_its_size_is_not_named_for_its_downloads():
    liked = a_candidate("org/liked", 0.52, 0.65, n_parameters=295_000_000, downloads_30d=10**6)
    answer = verdict(candidates(MIDDLE, liked, LARGE), 0, ASK, apart)
    assert (answer.kind, answer.model_id, answer.tie_set) == ("model", "org/middle", [])


def test_too_little_odds_is_cannot_tell_and_says_who_came_nearest():
    answer = verdict(candidates(SMALL, MIDDLE), 0, a_profile(confidence=0.95), alike)
    assert (answer.kind, answer.model_id) == ("cannot_tell", None)
    assert "org/middle" in answer.sentence
    assert "70%" in answer.sentence


def test_nothing_left_is_none_feasible_and_missing_facts_are_cannot_tell():
    nobody = candidates(SMALL).clear()
    assert verdict(nobody, 0, ASK, alike).kind == "none_feasible"
    assert verdict(nobody, 3, ASK, alike).kind == "cannot_tell"


def test_an_undisclosed_size_is_never_taken_for_small():
    hidden = a_candidate("api/hidden", 0.6, 0.95, n_parameters=None, kind="api")
    assert verdict(candidates(hidden, LARGE), 0, ASK, alike).model_id == "org/large"


def test_the_large_reference_says_how_much_larger_and_what_is_given_up():
    held = large_reference(candidates(SMALL, MIDDLE, LARGE), MIDDLE)
    assert held.model_id == "org/large"
    assert held.parameter_ratio == 7_000_000_000 / 300_000_000
    assert abs(held.given_up - 0.02) < 1e-12


def test_the_ladder_has_the_best_of_each_class_and_the_knee():
    weak = a_candidate("org/weak", 0.40, 0.01, n_parameters=20_000_000)
    rungs = size_ladder(candidates(LARGE, weak, SMALL, MIDDLE), tolerance=0.05)
    assert [rung.model_id for rung in rungs] == ["org/small", "org/middle", "org/large"]
    assert [rung.is_knee for rung in rungs] == [False, True, False]
    assert rungs[0].share_of_best == 0.50 / 0.60
