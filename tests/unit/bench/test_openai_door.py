"""The door to any OpenAI-compatible server: what it asks, how it reads, and what each fault ends in."""

import socket
import time

import pytest
from faulty_server import faulty

from advisor.core.errors import BadInput, Unreachable
from bench.harness.answers import ServerFault, read_label
from bench.harness.chat_reply import Reply, label_probabilities
from bench.harness.openai_door import Door

LABELS = ["spam", "not spam"]
SECRET = "sk-very-secret-0123456789"  # noqa: S105 - looked for, and not to be found


@pytest.fixture(autouse=True)
def _no_key(monkeypatch):
    for name in ("OPENAI_API_KEY", "ADVISOR_API_KEY_ENV"):
        monkeypatch.delenv(name, raising=False)


def door(server, **options):
    waits: list[float] = []
    made = Door(f"openai:{server.url}#toy", sleep=waits.append, **options)
    return made, waits


def test_a_whole_answer_and_a_streamed_one_are_read_alike():
    with faulty("answer", "stream") as server:
        made, _ = door(server)
        whole, streamed = made.answer("Is it?"), made.answer("Is it?")
    assert (whole.text, whole.input_tokens, whole.ttft_s) == ("spam", 7, None)
    assert (streamed.text, streamed.output_tokens) == ("spam", 4)
    assert 0 < streamed.ttft_s <= streamed.latency_s


def test_the_request_is_deterministic_and_holds_the_labels():
    with faulty("answer") as server:
        made, _ = door(server, seed=5)
        answer = made.answer("Is it?", system="Be brief.", labels=LABELS)
        said = server.seen[0]
    assert answer.label == "spam"
    assert (said["temperature"], said["seed"], said["model"]) == (0.0, 5, "toy")
    schema = said["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["label"]["enum"] == LABELS
    assert "Be brief." in said["messages"][0]["content"]
    assert "spam, not spam" in said["messages"][0]["content"]
    assert said["messages"][1] == {"role": "user", "content": "Is it?"}


@pytest.mark.parametrize("field", ["response_format", "logprobs", "seed", "stream_options", "temperature"])  # fmt: skip
def test_a_refused_feature_is_given_up_once_and_told(field):
    with faulty(f"refuse:{field}") as server:
        made, waits = door(server)
        first, second = made.answer("a", labels=LABELS), made.answer("b", labels=LABELS)
        assert len(server.seen) == 3
        assert field not in server.seen[-1]
    assert (first.label, second.label, waits) == ("spam", "spam", [])
    assert made.warnings() == [f"toy: the server refused {field}"]


def test_a_server_with_another_name_for_the_token_limit_gets_that_name():
    with faulty("refuse:max_tokens") as server:
        made, _ = door(server)
        assert made.answer("a", max_tokens=9).text == "spam"
        assert server.seen[-1]["max_completion_tokens"] == 9


def test_busy_servers_are_asked_again_after_the_time_they_name():
    with faulty("429", "500", "answer") as server:
        made, waits = door(server)
        assert made.answer("a").text == "spam"
    assert waits == [3.0, 2.0]


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("500", "http 500"),
        ("429", "http 429"),
        ("garbage", "not the JSON of a chat completion"),
        ("wrong-shape", "not the JSON of a chat completion"),
        ("cut-stream", "not the JSON of a chat completion"),
        ("no-choices", "without choices"),
        ("empty", "an empty answer"),
        ("nothing", "the connection broke off"),
    ],
)
def test_a_server_that_stays_broken_ends_in_one_line(behaviour, words):
    with faulty(behaviour) as server:
        made, waits = door(server)
        with pytest.raises(ServerFault) as caught:
            made.answer("a")
        assert len(server.seen) == 5
        assert len(waits) == 4
    assert words in str(caught.value)
    assert "given up after 5 tries" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_hanging_server_costs_a_bounded_time():
    with faulty("hang") as server:
        made, _ = door(server, request_s=0.1, patience_s=0.4)
        begun = time.monotonic()
        with pytest.raises(ServerFault, match="no answer in time"):
            made.answer("a")
        assert time.monotonic() - begun < 1.5


def test_nobody_there_is_told_at_once():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    begun = time.monotonic()
    with pytest.raises(Unreachable, match="no server answers there"):
        Door(f"http://127.0.0.1:{port}/v1#toy")
    assert time.monotonic() - begun < 3


def test_a_missing_key_is_named_by_its_variable(monkeypatch):
    with faulty("401") as server:
        made, _ = door(server)
        with pytest.raises(Unreachable, match=r"OPENAI_API_KEY \(it is not set\)"):
            made.answer("a")
        monkeypatch.setenv("ADVISOR_API_KEY_ENV", "MY_KEY")
        monkeypatch.setenv("MY_KEY", SECRET)
        made, _ = door(server)
        with pytest.raises(Unreachable, match=r"MY_KEY \(the one there is refused\)") as caught:
            made.answer("a")
        assert server.keys == ["Bearer none", f"Bearer {SECRET}"]
    assert SECRET not in str(caught.value)


def test_a_key_that_the_server_repeats_is_taken_out(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    with faulty("echo-key") as server:
        made, _ = door(server)
        with pytest.raises(ServerFault) as caught:
            made.answer("a")
    assert SECRET not in str(caught.value)
    assert "***" in str(caught.value)


@pytest.mark.parametrize("url", ["http://me:secret@host/v1#toy", "http://host/v1?key=secret#toy"])
def test_a_url_that_holds_a_secret_is_refused_without_repeating_it(url):
    with pytest.raises(BadInput, match="OPENAI_API_KEY") as caught:
        Door(url)
    assert "secret" not in str(caught.value)


def test_a_misspelt_model_brings_the_names_that_there_are():
    with faulty("404") as server:
        made, _ = door(server)
        with pytest.raises(BadInput, match="no model 'toy' there; there are toy"):
            made.answer("a")


def test_a_prompt_longer_than_the_context_is_cut_from_the_left_and_counted():
    with faulty("long") as server:
        made, _ = door(server)
        assert made.answer("x" * 300 + "the end").text == "spam"
        assert server.seen[-1]["messages"][-1]["content"].endswith("the end")
    assert made.warnings() == ["toy: 1 prompts longer than the context were cut from the left"]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("spam", "spam"),
        (" Spam.\n", "spam"),
        ('{"label": "not spam"}', "not spam"),
        ('Sure: {"label": "SPAM"}', "spam"),
        ("I think it is not spam, since …", "not spam"),
        ("<think>spam or not spam?</think>\nspam", "spam"),
        ("spam\nbecause it is not a letter", "spam"),
        ("either spam or, then again, not spam", None),
        ("spammer", None),
        ("", None),
        ("no idea", None),
    ],
)
def test_written_answers_are_read_as_labels(text, label):
    assert read_label(text, LABELS) == label


def test_probabilities_come_from_the_first_token_of_the_label():
    tokens = [('{"label": "', {}), ("yes", {"yes": -0.5, "no": -1.5, "maybe": -3.0}), ('"}', {})]
    reply = Reply(text='{"label": "yes"}', tokens=tokens)
    found = label_probabilities(reply, ["yes", "no"], "yes")
    assert found["yes"] / found["no"] == pytest.approx(2.718281828)
    assert sum(found.values()) == pytest.approx(1.0)
    assert label_probabilities(reply, ["yes", "yesterday"], "yes") is None
    with_rare = label_probabilities(reply, ["yes", "no", "label"], "yes")
    assert 0 < with_rare["label"] < with_rare["no"]
