import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.core.errors import BadInput
from bench.measure.generation import generation_readings, profile_generator


def by_metric(answers, **said):
    return {reading.metric: reading for reading in generation_readings(answers, **said)}


def test_the_first_token_and_the_others_are_told_apart():
    """Half a second to the first token, then ten more at 0.1 s each."""
    found = by_metric([(0.5, 1.5, 100, 11)] * 8)
    assert found["ttft_s"].value == pytest.approx(0.5)
    assert found["time_per_output_token_s"].value == pytest.approx(0.1)
    assert found["decode_tokens_s"].value == pytest.approx(10.0)
    assert found["prefill_tokens_s"].value == pytest.approx(200.0)
    assert found["output_tokens_s"].value == pytest.approx(11 / 1.5)
    assert found["latency_p95_s"].value == pytest.approx(1.5)


def test_what_a_server_did_not_say_is_left_out():
    found = by_metric([(None, 2.0, None, None)] * 6)
    assert set(found) == {"latency_p50_s", "latency_p95_s", "latency_p99_s"}
    assert by_metric([]) == {}


def test_an_answer_of_one_token_says_nothing_of_the_time_between_tokens():
    assert "decode_tokens_s" not in by_metric([(0.5, 0.5, 10, 1)] * 6)


def test_few_answers_have_no_interval_and_warm_ups_do_not_count():
    found = by_metric([(9.0, 9.0, 1, 5), (0.5, 1.0, 1, 5)], warm_up=1)
    assert found["latency_p50_s"].value == 1.0
    assert found["latency_p50_s"].lo is None


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0.01, 5.0), st.floats(0.01, 5.0), st.integers(1, 500), st.integers(1, 90)),
        min_size=5, max_size=40,
    )
)  # fmt: skip
def test_quantiles_are_in_order_inside_their_intervals_and_of_all_answers(parts):
    answers = [(first, first + rest, read, written) for first, rest, read, written in parts]
    found = by_metric(answers)
    values = [found[f"latency_{q}_s"].value for q in ("p50", "p95", "p99")]
    assert values == sorted(values)
    assert values[0] == pytest.approx(np.median([a[1] for a in answers]))
    for reading in found.values():
        if reading.n >= 5:
            assert reading.lo < reading.value < reading.hi


class Said:
    ttft_s, latency_s, input_tokens, output_tokens = 0.2, 1.0, 50, 9


def test_prompts_are_asked_until_the_budget_is_spent():
    asked = []
    found = profile_generator(
        lambda prompt: asked.append(prompt) or Said(), [str(i) for i in range(50)], budget_s=7.0
    )
    assert len(asked) == 8  # one to warm up, seven of a second each
    assert len(set(asked)) == 7
    assert {reading.n for reading in found} == {7}
    with pytest.raises(BadInput, match="no prompts"):
        profile_generator(lambda _prompt: Said(), [])
