from __future__ import annotations

import numpy as np
import pytest

from advisor.estimate.blend import SHARPNESS, blend, weights_of
from advisor.estimate.matrix import cells_of
from advisor.estimate.new_task import NEIGHBOURS, calibrate
from tests.estimate_tables import real_slice


def test_weights_are_powers_of_the_similarity():
    assert weights_of(np.array([1.0, 0.5])) == pytest.approx(
        np.array([1, 0.5**SHARPNESS]) / (1 + 0.5**SHARPNESS)
    )
    assert weights_of(np.zeros(4)).tolist() == [0.25] * 4


def test_a_missing_neighbour_gives_its_weight_to_the_others():
    values = np.array([[0.2, 0.6], [0.2, np.nan], [np.nan, np.nan]])
    mean, scale = blend(values, np.array([1.0, 1.0]))
    assert mean.tolist() == pytest.approx([0.4, 0.2, np.nan], nan_ok=True)
    assert scale[0] > scale[1]


def test_neighbours_that_disagree_widen_the_scale_by_their_spread():
    _, scale = blend(np.array([[0.1, 0.5], [0.3, 0.3]]), np.ones(2))
    assert scale[0] - scale[1] == pytest.approx(0.2)


def test_calibration_on_real_scores_gives_widths_that_grow_with_the_level():
    cells = cells_of(*real_slice(), "embedding")
    table = calibrate(cells, "embedding")
    whole = table.filter(table["group"] == 0)
    widths = whole.sort("level")["multiplier"].drop_nulls().to_list()
    assert widths == sorted(widths)
    assert whole["n_cells"][0] > 1000
    assert cells.shape[1] > NEIGHBOURS
