"""The fit on the committed timings, checked on shapes that it did not see."""

import numpy as np
import polars as pl
import pytest
from speed_tables import latency_model, timings

from advisor.core.errors import BadInput
from advisor.estimate.latency_fit import (
    errors_left_out,
    fit_cells,
    fit_latency,
    margins_of,
    training_cells,
)
from advisor.estimate.latency_terms import LATENCY_MODEL, WORK_OF_KIND, Terms, work


@pytest.fixture(scope="module")
def transformers() -> pl.DataFrame:
    return training_cells(timings()).filter(fit="transformer", threads=1)


def in_turn(cells: pl.DataFrame):
    """Each group of shapes beside the others."""
    for group in cells["group"].unique(maintain_order=True):
        yield cells.filter(pl.col("group") != group), cells.filter(pl.col("group") == group)


def test_a_shape_left_out_is_predicted_to_a_quarter(transformers):
    off = np.abs(errors_left_out(transformers))
    assert np.median(off) < np.log(1.25)
    assert np.quantile(off, 0.9) < np.log(1.6)


def test_the_interval_covers_shapes_that_neither_fit_nor_margin_saw(transformers):
    hits = []
    for rest, left in in_turn(transformers):
        margin = margins_of(errors_left_out(rest))["margin_hi_0.900"]
        both = pl.concat([rest, left])
        off = errors_left_out(both)[rest.height :]
        hits += (np.abs(off) <= margin).tolist()
    assert 0.82 <= np.mean(hits) <= 0.98


def test_sizes_and_twins_are_read_from_the_dimensions(transformers):
    sizes = dict(transformers.select("model_id", "size").unique().iter_rows())
    # BERT-base by hand: 12 layers of 4*768² + 8*768² weights, and about 0.2 % of biases and norms.
    assert sizes["shape/bert-base"] == pytest.approx(12 * 12 * 768**2, rel=0.02)
    groups = dict(transformers.select("model_id", "group").unique().iter_rows())
    assert groups["shape/xlmr-base"] == groups["shape/bert-base"] == "bert-base"


def test_a_known_machine_is_found_again():
    truth = {"layer": 2e-4, "weight_bytes": 1e-10, "flops": 1e-11}
    rows = [
        (f"shape/{size:g}", size, float(tokens), float(batch))
        for size in (1e6, 1e7, 1e8, 1e9)
        for tokens in (16, 128, 512)
        for batch in (1, 8)
    ]
    cells = pl.DataFrame(rows, schema=["group", "size", "tokens", "batch"], orient="row")
    done = work(
        "transformer",
        cells["size"].to_numpy(),
        cells["tokens"].to_numpy(),
        batch=cells["batch"].to_numpy(),
    )
    seconds = sum(value * done[name] for name, value in truth.items())
    cells = cells.with_columns(
        fit=pl.lit("transformer"),
        n_calls=pl.lit(50),
        p50=pl.Series(seconds),
        p95=pl.Series(seconds),
    )
    found = dict(zip(WORK_OF_KIND["transformer"], fit_cells(cells), strict=True))
    for name, value in found.items():
        share = np.max(np.abs(value - truth.get(name, 0.0)) * done[name] / seconds)
        assert share < 1e-3, name
    assert np.max(np.abs(errors_left_out(cells))) < 1e-3


def test_the_table_has_the_declared_columns_and_no_negative_term():
    table = latency_model()
    assert table.schema == LATENCY_MODEL
    assert table["value"].is_finite().all()
    assert table.filter(pl.col("value") < 0).is_empty()
    assert table.select("hardware_id", "kind", "threads", "term").is_duplicated().sum() == 0


def test_every_kind_is_timed():
    kinds = set(latency_model().filter(threads=1)["kind"])
    assert kinds == set(WORK_OF_KIND)


def test_row_order_does_not_matter():
    shuffled = timings().sample(fraction=1.0, shuffle=True, seed=3)
    assert fit_latency(shuffled).equals(fit_latency(timings()))


def test_margins_grow_with_the_level():
    table = latency_model().filter(pl.col("term").str.starts_with("margin_hi"))
    for _, part in table.group_by("hardware_id", "kind", "threads"):
        assert part.sort("term")["value"].is_sorted()


def test_a_level_between_the_tabled_ones_lies_between():
    rows = (
        latency_model()
        .filter(kind="transformer", threads=1)
        .filter(pl.col("hardware_id") != "accelerator")
    )
    terms = Terms(
        hardware_id="x", is_timed=True, bytes_per_weight=4.0,
        kinds={"transformer": dict(rows.select("term", "value").iter_rows())},
    )  # fmt: skip
    low, middle, high = (terms.margins("transformer", level)[1] for level in (0.90, 0.93, 0.95))
    assert low <= middle <= high


def test_timings_without_a_time_are_refused():
    with pytest.raises(BadInput, match=r"no latency_p50_s .* run bench\.measure\.time_shapes"):
        fit_latency(timings().filter(pl.col("metric") == "memory_peak_bytes"))
    with pytest.raises(BadInput, match="missing columns"):
        fit_latency(timings().drop("twin_group"))
