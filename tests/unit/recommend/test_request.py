"""Options over text: the one place where they meet."""

import builders
import polars as pl
import pytest

from advisor.core.errors import BadInput, UnknownName
from advisor.core.profile import Constraints
from advisor.recommend.request import request
from advisor.recommend.weights import parse_weights
from advisor.tables.snapshot import load, write

TEXT = builders.a_profile(
    constraints=Constraints(
        max_latency_ms=15.0,
        max_parameters=1_000_000_000,
        commercial_licence=True,
        interpretable=True,
    ),
    read_from={
        "constraints.max_parameters": "under 1B",
        "constraints.commercial_licence": "commercial use",
    },
)


def asked(**options):
    """A profile needs no snapshot to be read, so none is given."""
    return request(TEXT, snapshot=None, **options)


def test_without_options_the_text_stands_and_its_wishes_are_taken_over():
    profile, options = asked()
    assert profile == TEXT
    assert (options.license, options.interpretable, options.top) == ("commercial", "require", 10)


def test_options_override_the_text_and_say_so():
    profile, _ = asked(max_params="150M", max_memory="8GB", language=["de", "English"], labels=300)
    assert profile.constraints.max_parameters == 150_000_000
    assert profile.constraints.max_memory_gb == 8.0
    assert profile.constraints.max_latency_ms == 15.0
    assert profile.constraints.n_labels == 300
    assert profile.languages == ["deu", "eng"]
    assert profile.read_from["constraints.max_parameters"] == "--max-params 150M"
    assert profile.read_from["languages"] == "--language de English"


def test_taking_a_limit_back_removes_it_and_its_words():
    profile, options = asked(license="any", interpretable="no")
    assert profile.constraints.commercial_licence is None
    assert profile.constraints.interpretable is None
    assert "constraints.commercial_licence" not in profile.read_from
    assert (options.license, options.interpretable) == ("any", "no")


def test_an_open_licence_stands_beside_the_stated_commercial_use():
    profile, options = asked(license="open")
    assert profile.constraints.commercial_licence is True
    assert options.license == "open"


def test_numbers_may_come_as_numbers():
    profile, options = asked(
        max_params=150_000_000, max_memory=8e9, confidence=0.9, tolerance=0, top=3
    )
    assert profile.constraints.max_parameters == 150_000_000
    assert profile.constraints.max_memory_gb == 8.0
    assert (profile.confidence, profile.tolerance, options.top) == (0.9, 0.0, 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_params": "15Q"}, r"--max-params: cannot read '15Q'; write it like 150M"),
        ({"max_memory": "8"}, r"--max-memory: "),
        (
            {"max_latency_ms": "0"},
            r"--max-latency-ms: '0' must be a number above 0; write it like 15",
        ),
        ({"max_cost": -1}, r"--max-cost: -1 must be a number at least 0"),
        ({"labels": "many"}, r"--labels: 'many' must be a number at least 0; write it like 300"),
        (
            {"confidence": "80"},
            r"--confidence: '80' must be a number above 0 and below 1; write it like 0.8",
        ),
        ({"tolerance": 101}, r"--tolerance: 101 must be a number at least 0 and at most 100"),
        ({"top": 0}, r"--top: 0 must be"),
        (
            {"license": "gpl"},
            r"--license: 'gpl' is not accepted; type one of any, open, commercial",
        ),
        (
            {"interpretable": "yes"},
            r"--interpretable: 'yes' is not accepted; type one of no, prefer, require",
        ),
        ({"language": "klingonese"}, r"--language: unknown language 'klingonese'"),
        ({"max_size": "1B"}, r"unknown option 'max_size'; accepted are "),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_what_to_type(options, message):
    with pytest.raises(BadInput, match=message):
        asked(**options)


@pytest.fixture(scope="module")
def devices(tmp_path_factory):
    table = pl.DataFrame({"hardware_id": ["nvidia-rtx-4090", "intel-xeon"], "kind": ["gpu", "cpu"]})
    return load(write(tmp_path_factory.mktemp("devices"), {"hardware": table}, facts={}))


def test_a_gpu_overrides_the_words_no_gpu_and_says_so(devices):
    text = builders.a_profile(
        constraints=Constraints(no_gpu=True), read_from={"constraints.no_gpu": "on CPU"}
    )
    profile, options = request(text, snapshot=devices, hardware="NVIDIA RTX 4090")
    assert profile.workload.hardware_id == options.hardware == "nvidia-rtx-4090"
    assert profile.constraints.no_gpu is None
    assert profile.read_from == {}
    assert profile.warnings == ["the text says no GPU; --hardware nvidia-rtx-4090 overrides it"]


def test_a_cpu_leaves_the_words_no_gpu_alone(devices):
    text = builders.a_profile(constraints=Constraints(no_gpu=True))
    profile, _ = request(text, snapshot=devices, hardware="intel-xeon")
    assert profile.constraints.no_gpu is True
    assert profile.warnings == []


def test_unknown_hardware_gets_a_suggestion(devices):
    with pytest.raises(
        UnknownName, match="unknown hardware '4090'; did you mean 'nvidia-rtx-4090'"
    ):
        request(TEXT, snapshot=devices, hardware="4090")


def test_weights_are_read_and_the_unnamed_weigh_nothing():
    assert parse_weights("accuracy=0.6, efficiency=0.4") == {
        "accuracy": 0.6, "generality": 0.0, "efficiency": 0.4, "interpretability": 0.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "accuracy=0.5,efficiency=0.7",
            r"they sum to 1.2 \(accuracy 0.5, efficiency 0.7\); they must sum to 1",
        ),
        ("accuracy=1.5,efficiency=-0.5", "efficiency is -0.5; a weight must be 0 or more"),
        ("accuracy", "cannot read 'accuracy'; write accuracy=0.6,efficiency=0.4"),
        ("accuracy=much", "cannot read 'accuracy=much'"),
        ("accuracy=0.5,accuracy=0.5", "names a dimension twice"),
        ("accuracy=inf", "accuracy is inf"),
    ],
)
def test_weights_that_do_not_add_up_are_refused_with_the_sum(text, message):
    with pytest.raises(BadInput, match=message):
        parse_weights(text)


def test_a_misspelled_dimension_gets_a_suggestion():
    with pytest.raises(UnknownName, match="unknown dimension 'acuracy'; did you mean 'accuracy'"):
        parse_weights("acuracy=1")
