from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from advisor.estimate.distance import DISTANCE, FAR_SHARE, LEAST, distance
from tests.estimate_tables import real_questions


def narrowed():
    """The questions with intervals that are too narrow, so that far tasks need wider ones."""
    return [replace(q, half=q.half / 4) for q in real_questions()]


@pytest.fixture(scope="module")
def row():
    found = distance(narrowed())
    assert found.schema == DISTANCE
    assert found["pool"].to_list() == ["embedding"]
    return found.row(0, named=True)


@pytest.fixture(scope="module")
def widest():
    """The one question without a cap that each task was asked, or its widest cap's."""
    own = {}
    for q in narrowed():
        held = own.get(q.task_id)
        if held is None or len(q.actual) >= len(held.actual):
            own[q.task_id] = q
    return list(own.values())


def test_the_threshold_is_the_tenth_percentile_of_the_held_out_tasks(row, widest):
    alike = sorted(q.similarity for q in widest)
    place = FAR_SHARE * (len(alike) - 1)
    low = int(place)
    by_hand = alike[low] + (place - low) * (alike[low + 1] - alike[low])
    assert row["n_tasks"] == len(alike) >= LEAST
    assert row["threshold"] == pytest.approx(by_hand)
    assert sum(x <= row["threshold"] for x in alike) == pytest.approx(0.1 * len(alike), abs=1)


def test_regret_and_coverage_of_each_side_are_counted_by_hand(row, widest):
    for side in ("far", "near"):
        some = [q for q in widest if (q.similarity <= row["threshold"]) == (side == "far")]
        lost, held = [], []
        for q in some:
            able = [i for i in range(len(q.actual)) if q.grounded[i]]
            pick = max(able, key=lambda i: q.scenarios.column[i])
            lost.append(100 * (max(q.actual) - q.actual[pick]))
            off = [abs(a - c) for a, c in zip(q.actual, q.scenarios.column, strict=True)]
            held.append(sum(x <= q.half for x in off) / len(off))
        assert row[f"regret_{side}_points"] == pytest.approx(sum(lost) / len(lost))
        assert row[f"coverage_{side}"] == pytest.approx(sum(held) / len(held))


def test_intervals_of_far_tasks_are_widened_until_they_hold_nine_in_ten():
    """Halving the widths that far tasks were given doubles the factor; it is never below 1."""
    halved = narrowed()
    found = distance(halved).row(0, named=True)
    far = {q.task_id: q for q in halved if q.similarity <= found["threshold"]}
    ratio = np.concatenate(
        [np.abs(q.actual - q.scenarios.column) / (q.half * found["wider"]) for q in far.values()]
    )
    assert found["wider"] > 1
    assert np.mean(ratio <= 1 + 1e-9) == pytest.approx(0.9, abs=0.02)
    assert distance([replace(q, half=9.0) for q in halved])["wider"].to_list() == [1.0]


def test_a_pool_with_few_held_out_tasks_has_no_threshold():
    few = sorted({q.task_id for q in real_questions()})[: LEAST - 1]
    assert distance([q for q in real_questions() if q.task_id in few]).is_empty()
    assert distance([]).schema == DISTANCE


def test_where_far_tasks_did_no_worse_there_is_no_threshold(row):
    """The slice's own far tasks lost no more and were covered: nothing is to be warned of."""
    plain = distance(real_questions()).row(0, named=True)
    assert plain["wider"] == 1.0
    assert plain["regret_far_points"] <= plain["regret_near_points"]
    assert plain["threshold"] == 0.0 < row["threshold"]


def test_where_all_tasks_are_as_near_none_is_far():
    assert distance([replace(q, similarity=0.5) for q in real_questions()]).is_empty()
