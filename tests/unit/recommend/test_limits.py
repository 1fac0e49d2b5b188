from __future__ import annotations

import polars as pl
from frames import a_model, a_profile, models
from hypothesis import given
from hypothesis import strategies as st

from advisor.recommend.limits import judge
from advisor.recommend.options import Options

NOTHING_KNOWN = pl.DataFrame(
    schema={
        "model_id": pl.String,
        "quantity": pl.String,
        "value": pl.Float64,
        "lo": pl.Float64,
        "hi": pl.Float64,
        "basis": pl.String,
    }
)


def seconds(model_id, lo, hi):
    row = {
        "model_id": model_id,
        "quantity": "latency_p95_s",
        "value": (lo + hi) / 2,
        "lo": lo,
        "hi": hi,
    }
    return pl.DataFrame([row | {"basis": "interpolated"}], schema=NOTHING_KNOWN.schema)


def judgement(frame, model_id="m"):
    return frame.filter(pl.col("model_id") == model_id)["judgement"].to_list()


def test_no_limit_bars_nobody():
    assert judge(models(a_model("m")), NOTHING_KNOWN, a_profile(), Options()).is_empty()


def test_a_size_limit_holds_fails_or_is_unknown():
    three = models(
        a_model("small", n_parameters=10**8),
        a_model("large", n_parameters=10**10),
        a_model("closed", n_parameters=None, kind="api"),
        a_model("doubtful", params_suspect=True),
        a_model("tree", n_parameters=None, kind="tree"),
    )
    frame = judge(three, NOTHING_KNOWN, a_profile(max_parameters=150_000_000), Options())
    found = dict(frame.select("model_id", "judgement").iter_rows())
    assert found == {
        "small": "holds", "large": "fails", "closed": "unknown", "doubtful": "unknown", "tree": "holds"
    }  # fmt: skip


def test_a_limit_inside_the_interval_is_not_known_to_hold():
    for lo, hi, expected in (
        (0.005, 0.014, "holds"),
        (0.016, 0.030, "fails"),
        (0.010, 0.020, "unknown"),
    ):
        frame = judge(
            models(a_model("m")), seconds("m", lo, hi), a_profile(max_latency_ms=15), Options()
        )
        assert judgement(frame) == [expected]


def test_a_latency_that_nobody_knows_keeps_a_model_undecided():
    frame = judge(models(a_model("m")), NOTHING_KNOWN, a_profile(max_latency_ms=15), Options())
    assert judgement(frame) == ["unknown"]
    assert frame["why"].to_list() == ["latency not known"]


def test_commercial_use_must_be_known_to_be_allowed():
    for use, expected in (("yes", "holds"), ("no", "fails"), ("unknown", "unknown")):
        pool = models(a_model("m", commercial_use=use))
        assert judgement(
            judge(pool, NOTHING_KNOWN, a_profile(), Options(license="commercial"))
        ) == [expected]
        assert judgement(
            judge(pool, NOTHING_KNOWN, a_profile(commercial_licence=True), Options())
        ) == [expected]


def test_only_a_model_that_is_its_own_explanation_counts_as_interpretable():
    pool = models(
        a_model("glass", kind="linear"),
        a_model("forest", kind="tree", family="random forest"),
        a_model("sapling", kind="tree", family="decision tree"),
        a_model("net"),
        a_model("odd", kind="other"),
    )
    frame = judge(pool, NOTHING_KNOWN, a_profile(interpretable=True), Options())
    found = dict(frame.select("model_id", "judgement").iter_rows())
    assert found == {
        "glass": "holds",
        "forest": "fails",
        "sapling": "holds",
        "net": "fails",
        "odd": "unknown",
    }


def test_a_language_holds_when_declared_or_measured():
    pool = models(
        a_model("declared", languages=["deu", "eng"]),
        a_model("measured", languages=["eng"], measured_languages=["deu"]),
        a_model("english", languages=["eng"]),
        a_model("silent", languages=None),
    )
    frame = judge(pool, NOTHING_KNOWN, a_profile(languages=["deu"]), Options())
    found = dict(frame.select("model_id", "judgement").iter_rows())
    assert found == {
        "declared": "holds",
        "measured": "holds",
        "english": "fails",
        "silent": "unknown",
    }


@given(
    bounds=st.tuples(st.floats(0.001, 1), st.floats(0.001, 1)).map(sorted),
    limits=st.tuples(st.floats(1, 1000), st.floats(1, 1000)).map(sorted),
)
def test_tightening_a_limit_never_admits_a_model(bounds, limits):
    """If this breaks, asking for less latency could recommend a slower model."""
    lo, hi = bounds
    order = ["fails", "unknown", "holds"]
    tight, loose = (
        order.index(
            judgement(
                judge(
                    models(a_model("m")),
                    seconds("m", lo, hi),
                    a_profile(max_latency_ms=x),
                    Options(),
                )
            )[0]
        )
        for x in limits
    )
    assert tight <= loose
