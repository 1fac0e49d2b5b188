"""The fit on published timings, checked on devices left out."""

import numpy as np
import polars as pl
import pytest
from speed_tables import accelerator_timings, hardware, latency_model

from advisor.estimate.accelerators import (
    CELLS,
    COMMUNITY,
    accelerator_terms,
    errors_left_out,
    fit_accelerators,
)


def test_a_device_left_out_is_predicted_to_a_fifth_in_the_median():
    cells = accelerator_timings()
    off = np.abs(errors_left_out(cells))[(cells["source_id"] != COMMUNITY).to_numpy()]
    assert np.median(off) < np.log(1.2)


def test_other_engines_and_four_bit_weights_lie_below_and_inside_the_lower_end():
    cells = accelerator_timings()
    terms = dict(fit_accelerators(cells).iter_rows())
    off = errors_left_out(cells)[(cells["source_id"] == COMMUNITY).to_numpy()]
    assert np.median(off) < 0
    inside = (off >= -terms["margin_lo_0.900"]) & (off <= terms["margin_hi_0.900"])
    assert np.mean(inside) >= 0.85


def test_programs_reach_part_of_the_peak_and_no_more_than_the_bandwidth():
    terms = dict(fit_accelerators(accelerator_timings()).iter_rows())
    assert 1.0 < terms["flops"] < 4.0
    assert 0.9 < terms["weight_bytes"] < 4.0
    assert 1e-4 < terms["layer"] < 1e-3


def test_community_runs_do_not_move_the_centre():
    cells = accelerator_timings()
    odd = pl.when(pl.col("source_id") == COMMUNITY).then(pl.col("seconds") * 100)
    moved = cells.with_columns(seconds=odd.otherwise("seconds"))
    before, after = (dict(fit_accelerators(c).iter_rows()) for c in (cells, moved))
    assert before["layer"] == after["layer"]
    assert before["margin_hi_0.900"] == after["margin_hi_0.900"]


def test_terms_scale_with_the_device():
    slow = hardware().head(1)
    fast = slow.with_columns(
        fp16_flops=pl.col("fp16_flops") * 2, bandwidth_bytes_s=pl.col("bandwidth_bytes_s") * 4
    )
    one, other = (accelerator_terms(latency_model(), facts) for facts in (slow, fast))
    assert one["decode"]["flops"] == pytest.approx(2 * other["decode"]["flops"])
    assert one["decode"]["weight_bytes"] == pytest.approx(4 * other["decode"]["weight_bytes"])
    assert one["decode"]["layer"] == other["decode"]["layer"]


@pytest.mark.parametrize("fact", ["fp16_flops", "bandwidth_bytes_s"])
def test_a_missing_fact_means_unknown(fact):
    facts = hardware().head(1).with_columns(pl.lit(None, dtype=pl.Float64).alias(fact))
    assert accelerator_terms(latency_model(), facts) is None


def test_the_shipped_rows_are_from_sources_that_may_be_passed_on():
    cells = accelerator_timings()
    assert cells.schema == CELLS
    assert set(cells["source_id"]) == {"optimum-benchmark", "ml-energy", "llmfit-community"}
