import pytest
from frames import a_model, models
from speed_tables import A_GPU, PRICED_GPU, a_price, tables

from advisor.core.profile import Workload
from advisor.estimate.cost import cost
from advisor.estimate.latency import latency

LM = a_model("lm", kind="decoder", pool=["language-model"], n_parameters=600_000_000)
EMBEDDING = a_model("embedding")
HOSTED = a_model("hosted", kind="api", n_parameters=None, pool=["language-model"])


def usd(*rows, prices=(), **work) -> dict[str, dict]:
    frame = cost(tables(prices=list(prices)), models(*rows), Workload(**work))
    return {row["model_id"]: row for row in frame.iter_rows(named=True)}


def test_a_thousand_items_at_a_price_per_million_tokens():
    row = usd(HOSTED, prices=[a_price("hosted")], input_tokens=500, output_tokens=100)["hosted"]
    # 500,000 tokens in at 2 USD and 100,000 out at 10 USD a million; the cheapest takes 1 and 4.
    assert row["value"] == pytest.approx(0.5 * 2 + 0.1 * 10)
    assert row["lo"] == pytest.approx(0.5 * 1 + 0.1 * 4)
    assert row["hi"] == row["value"]
    assert (row["basis"], row["n_evidence"], row["way"]) == ("measured", 3, "api")


def test_an_embedding_writes_nothing():
    row = usd(EMBEDDING, prices=[a_price("embedding", usd_per_1m_output=None)], input_tokens=1000)[
        "embedding"
    ]
    assert row["value"] == pytest.approx(2.0)
    assert row["lo"] == pytest.approx(1.0)


def test_a_machine_with_a_price_is_paid_by_its_time():
    seconds = latency(tables(), models(EMBEDDING), Workload(hardware_id=PRICED_GPU, batch_size=4))[
        "value"
    ].item()
    row = usd(EMBEDDING, prices=[a_price("embedding")], hardware_id=PRICED_GPU, batch_size=4)[
        "embedding"
    ]
    # 3.6 USD an hour is a thousandth of a USD a second; a call does four items.
    assert row["value"] == pytest.approx(seconds / 4 * 1000 * 0.001)
    assert row["way"] == "own machine"
    assert row["lo"] < row["value"] < row["hi"]


def test_a_hosted_model_keeps_its_token_price_whatever_the_machine():
    rows = usd(EMBEDDING, HOSTED, prices=[a_price("hosted")], hardware_id=PRICED_GPU)
    assert (rows["embedding"]["way"], rows["hosted"]["way"]) == ("own machine", "api")


@pytest.mark.parametrize("machine", [None, A_GPU])
def test_without_any_price_the_cost_is_unknown_and_not_zero(machine):
    row = usd(LM, hardware_id=machine)["lm"]
    assert [row[c] for c in ("value", "lo", "hi", "basis", "way")] == [None] * 5
