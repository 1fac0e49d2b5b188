import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.core.errors import BadInput
from advisor.tables.locate import shipped_folder
from advisor.tables.snapshot import load
from bench.measure.cost import (
    HourlyPrice,
    TokenPrice,
    hardware_price,
    hourly_cost,
    stated_price,
    token_cost,
    token_price,
)
from bench.measure.profile import extras_of
from bench.protocol import Job
from bench.rows import Reading

SPEED = Reading(metric="throughput_items_s", value=50.0, lo=40.0, hi=80.0, n=100, subset="batch 8")


@pytest.fixture(scope="module")
def snapshot():
    return load(shipped_folder())


def test_an_hour_of_a_machine_is_shared_by_the_items_it_does():
    """50 items a second are 180,000 an hour: at 1.80 USD an hour 1,000 cost one cent."""
    cost = hourly_cost(SPEED, HourlyPrice(usd=1.80, source="made up"))
    assert cost.value == pytest.approx(0.01)
    assert cost.lo == pytest.approx(1.80 / (80 * 3.6))
    assert cost.hi == pytest.approx(1.80 / (40 * 3.6))
    assert cost.basis == "modelled"
    assert "1.8 USD an hour (made up)" in cost.method
    assert "batch 8" in cost.method


def test_no_interval_of_the_speed_gives_none_of_the_cost():
    cost = hourly_cost(Reading(metric="throughput_items_s", value=2.0, n=1), stated_price(3.6))
    assert (cost.value, cost.lo, cost.hi) == (pytest.approx(0.5), None, None)


@pytest.mark.parametrize("usd", [0.0, -1.0, float("nan"), float("inf")])
def test_a_price_that_cannot_be_is_refused(usd):
    with pytest.raises(BadInput, match="--usd-per-hour"):
        stated_price(usd)


def test_tokens_are_priced_in_and_out():
    """1,000 and 3,000 tokens in, 100 out each, at 0.5 and 2 USD a million: (2,000 × 0.5 + 100 × 2) / 1e6 × 1,000."""
    cost = token_cost(
        [1000, 3000], [100, 100], TokenPrice(usd_per_1m_input=0.5, usd_per_1m_output=2.0, source="x")
    )  # fmt: skip
    assert cost.value == pytest.approx(1.2)
    assert cost.lo < cost.value < cost.hi
    assert cost.n == 2


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 500)), min_size=2, max_size=30))
def test_the_interval_is_that_of_a_mean(tokens):
    price = TokenPrice(usd_per_1m_input=1.0, usd_per_1m_output=4.0, source="x")
    cost = token_cost([a for a, _ in tokens], [b for _, b in tokens], price)
    each = [(a + 4 * b) / 1000 for a, b in tokens]
    half = 1.96 * np.std(each, ddof=1) / np.sqrt(len(each))
    assert cost.value == pytest.approx(sum(each) / len(each), abs=1e-9)
    assert cost.hi - cost.value == pytest.approx(half, rel=1e-3, abs=1e-9)
    assert 0 <= cost.lo <= cost.value


def test_tokens_of_other_items_are_refused():
    price = TokenPrice(usd_per_1m_input=1.0, usd_per_1m_output=4.0, source="x")
    for read, written in (([], []), ([1, 2], [3])):
        with pytest.raises(BadInput, match="one each"):
            token_cost(read, written, price)


def test_machines_with_a_listed_price_have_it_and_processors_have_none(snapshot):
    listed = snapshot.collect(
        snapshot.scan("hardware").filter(pl.col("usd_per_hour").is_not_null())
    )
    for row in listed.iter_rows(named=True):
        price = hardware_price(row["hardware_id"], snapshot)
        assert price.usd == row["usd_per_hour"]
        assert "20" in price.source  # a date
    assert hardware_price("amd-epyc", snapshot) is None


def test_a_model_is_priced_by_its_listing_then_by_its_id_then_by_its_last_name(snapshot):
    prices = snapshot.collect(
        snapshot.scan("prices").drop_nulls(["usd_per_1m_input", "usd_per_1m_output"])
    )
    one = prices.row(0, named=True)
    exact = token_price(one["listing"], snapshot)
    same = prices.filter(pl.col("listing") == one["listing"])
    assert exact.usd_per_1m_input == same["usd_per_1m_input"].median()
    by_id = snapshot.collect(snapshot.scan("model_prices")).row(0, named=True)
    found = token_price(by_id["model_id"], snapshot)
    assert found.usd_per_1m_output == by_id["usd_per_1m_output"]
    assert "litellm-prices of 20" in found.source
    assert token_price("nobody/sells-this-one", snapshot) is None


def test_a_job_says_what_its_machine_costs():
    job = Job(harness="own", model="m", task="t", hardware_id="amd-epyc", options={"threads": 2})
    assert extras_of(job).usd_per_hour is None
    assert extras_of(job).energy is None
    assert extras_of(job).threads == 2
    stated = Job(harness="own", model="m", task="t", options={"usd_per_hour": 0.05, "energy": True})
    assert extras_of(stated).usd_per_hour == stated_price(0.05)
    assert extras_of(stated).energy.country is None
