"""The metric table says what every number means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.core.errors import UnknownName
from advisor.core.metrics import METRICS, base_metric, spec


def test_every_entry_is_filed_under_its_own_id_and_described():
    for name, entry in METRICS.items():
        assert entry.id == name
        assert entry.label
        assert entry.unit
        assert entry.doc.endswith(".")
        assert entry.better in {"higher", "lower"}


def test_bounds_hold_their_chance_level():
    for entry in METRICS.values():
        low = float("-inf") if entry.lower is None else entry.lower
        high = float("inf") if entry.upper is None else entry.upper
        assert low < high, entry.id
        assert entry.chance is None or low <= entry.chance <= high, entry.id


def test_names_carry_no_stray_blanks():
    assert all(name == name.strip() and "|" not in name for name in METRICS)


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("ndcg_at_10", "higher"), ("cosine_spearman", "higher"), ("mcc", "higher"), ("perplexity", "lower"),
        ("1 - roc_auc", "lower"), ("rmse", "lower"), ("latency_p95_s", "lower"), ("decode_tokens_s", "higher"),
        ("energy_j_per_token", "lower"), ("pct_stereotype", "lower"), ("average rank", "lower"),
    ],
)  # fmt: skip
def test_directions_are_right(name, better):
    assert spec(name).better == better


def test_times_and_bytes_are_in_canonical_units():
    assert {spec(n).unit for n in ("latency_p50_s", "ttft_s")} == {"s"}
    assert spec("memory_peak_bytes").unit == "bytes"
    assert spec("cost_usd_per_1k_items").unit == "USD"


def test_an_answer_filter_keeps_the_metric():
    assert spec("exact_match:strict-match") is METRICS["exact_match"]
    assert spec("acc,none") is METRICS["acc"]


def test_a_name_with_a_colonless_twin_is_not_cut():
    assert base_metric("pass@1") == "pass@1"


def test_a_typo_is_refused_with_the_nearest_names():
    with pytest.raises(UnknownName, match=r"unknown metric 'acuracy'; did you mean 'accuracy'"):
        spec("acuracy")


@given(st.text())
def test_any_text_is_a_metric_or_an_unknown_name(text):
    try:
        found = spec(text)
    except UnknownName:
        assert base_metric(text) not in METRICS
    else:
        assert found in METRICS.values()
