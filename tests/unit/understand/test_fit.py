from __future__ import annotations

import numpy as np
import pytest

from advisor.core.ids import TASK_FAMILIES
from advisor.understand.free_text import reading
from advisor.understand.model import CUE_LABELS, LABELS, QUESTION, features_of, load


def test_the_shipped_model_knows_every_family_and_that_there_may_be_none():
    model = load()
    assert (*TASK_FAMILIES, QUESTION) == LABELS
    assert model.cue_weights.shape == (len(CUE_LABELS), len(LABELS))
    assert model.weights.shape[1] == model.scale.size == model.bias.size == len(LABELS)


def test_chances_sum_to_one_and_follow_the_wording():
    seen = reading("find the paragraph that answers a question")
    chances = load().chances(features_of(seen.tokens, seen.evidence))
    assert sum(chances.values()) == pytest.approx(1)
    assert max(chances, key=chances.get) == "retrieval"


@pytest.mark.slow
def test_the_shipped_model_is_what_the_shipped_examples_give():
    pytest.importorskip("sklearn")
    from advisor.understand.fit import examples, fit

    again, shipped = fit(examples()), load()
    assert np.abs(again.weights.astype(int) - shipped.weights.astype(int)).max() <= 1
    assert again.cue_weights == pytest.approx(shipped.cue_weights, abs=1e-3)
