import builders
import jsonschema
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.core.errors import Unclear
from advisor.core.profile import Constraints
from advisor.render import json
from advisor.render.schema import schema

ANSWERS = [
    builders.a_recommendation,
    builders.a_tie,
    builders.a_cannot_tell,
    builders.a_none_feasible,
]


@pytest.mark.parametrize("build", ANSWERS)
def test_parsing_what_was_rendered_gives_the_answer_back(build):
    assert json.parse(json.render(build())) == build()


@pytest.mark.parametrize("build", ANSWERS)
def test_every_answer_holds_to_the_published_schema(build):
    jsonschema.validate(orjson.loads(json.render(build())), schema())


def test_the_schema_refuses_an_answer_with_a_part_missing_or_added():
    whole = orjson.loads(json.render(builders.a_recommendation()))
    for broken in ({k: v for k, v in whole.items() if k != "verdict"}, whole | {"more": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, schema())


@given(value=st.floats(0, 1), half=st.floats(0, 0.5))
def test_a_rounded_interval_still_holds_its_value(value, half):
    """If this breaks, an answer's own JSON could be refused as an impossible estimate."""
    score = builders.a_score(0.5).model_copy(
        update={"value": value, "lo": value - half, "hi": value + half}
    )
    ranked = [builders.a_ranked(estimate=score)]
    again = json.parse(json.render(builders.a_recommendation(ranked=ranked))).ranked[0].estimate
    assert again.lo <= again.value <= again.hi
    assert again.value == pytest.approx(value, rel=1e-5)


def test_rendering_twice_gives_the_same_bytes_whatever_the_order_of_keys():
    backwards = dict(reversed(builders.a_recommendation().receipt.items()))
    assert json.render(builders.a_recommendation(receipt=backwards)) == json.render(
        builders.a_recommendation()
    )


def test_only_stated_constraints_are_written():
    profile = builders.a_profile(constraints=Constraints(max_latency_ms=15.0, no_gpu=True))
    written = orjson.loads(json.profile(profile))
    assert written["constraints"] == {"max_latency_ms": 15.0, "no_gpu": True}
    assert written["task_id"] is None


def test_what_the_user_stated_is_not_rounded():
    thirds = {"accuracy": 1 / 3, "generality": 1 / 3, "efficiency": 1 / 3, "interpretability": 0.0}
    profile = builders.a_profile(weights=thirds, constraints=Constraints(max_latency_ms=15.1234567))
    answer = builders.a_recommendation(profile=profile)
    assert json.parse(json.render(answer)).profile == profile


def test_computed_numbers_have_six_significant_digits():
    answer = builders.a_recommendation(ranked=[builders.a_ranked(utility=0.123456789)])
    assert orjson.loads(json.render(answer))["ranked"][0]["utility"] == 0.123457


def test_a_question_is_two_keys_and_one_line_when_asked():
    unclear = Unclear("What should the model do?", "only greetings were found")
    assert json.question(unclear, line=True) == (
        '{"question":"What should the model do?","why":"only greetings were found"}\n'
    )
    jsonschema.validate(orjson.loads(json.question(unclear)), schema()["$defs"]["Question"])


def test_the_schema_says_what_each_field_is():
    found = schema()["$defs"]
    assert found["Constraints"]["properties"]["max_memory_gb"]["description"].startswith(
        "10⁹ bytes"
    )
    assert found["LargeReference"]["properties"]["parameter_ratio"]["description"].startswith(
        "Its parameters over"
    )
    assert found["Constraints"]["properties"]["n_labels"]["type"] == "integer"
    assert "required" not in found["Constraints"]
