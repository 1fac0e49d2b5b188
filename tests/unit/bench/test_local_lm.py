"""A causal model in this process: likelihoods by a second route, greedy text, cutting, refusals."""

import math
from pathlib import Path

import pytest

from advisor.core.errors import BadInput, Unreachable

pytestmark = pytest.mark.slow

TEXT = "the cat sat on the mat and the dog sat on the log . spam ham not spam yes no .\n" * 40
LABELS = ["spam", "not spam", "a rather long label"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    pytest.importorskip("torch")
    from tiny_lm import save_tiny_lm

    path = tmp_path_factory.mktemp("models") / "toy"
    save_tiny_lm(path, TEXT, width=16, context=64, vocabulary=300)
    return path


@pytest.fixture(scope="module")
def lm(folder):
    from bench.harness.local_lm import LocalLM

    return LocalLM(str(folder), chat=False)


def by_hand(folder: Path, prompt: str, label: str) -> list[float]:
    """Each label token's log-likelihood with one plain forward pass over the whole text."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    before, ids = tokenizer(prompt)["input_ids"], tokenizer(f"{prompt} {label}")["input_ids"]
    with torch.no_grad():
        logprobs = model(torch.tensor([ids])).logits[0].log_softmax(-1)
    return [float(logprobs[at - 1, ids[at]]) for at in range(len(before), len(ids))]


def test_label_likelihoods_equal_a_plain_forward_pass(lm, folder):
    prompt = "the cat sat on"
    found, n_prompt = lm.label_logprobs(prompt, LABELS)
    expected = [by_hand(folder, prompt, label) for label in LABELS]
    for ours, theirs in zip(found, expected, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-5)
    answer = lm.answer(prompt, labels=LABELS)
    means = {label: sum(row) / len(row) for label, row in zip(LABELS, expected, strict=True)}
    assert answer.label == max(means, key=means.get)
    ratio = answer.probabilities["spam"] / answer.probabilities["not spam"]
    assert math.log(ratio) == pytest.approx(means["spam"] - means["not spam"], abs=1e-4)
    assert sum(answer.probabilities.values()) == pytest.approx(1)
    assert (answer.input_tokens, answer.output_tokens) == (n_prompt, 0)


def test_a_model_without_a_cache_gives_the_same_likelihoods(lm):
    cached, _ = lm.label_logprobs("the dog", LABELS)
    try:
        lm._cached = False
        plain, _ = lm.label_logprobs("the dog", LABELS)
    finally:
        lm._cached = True
    for ours, theirs in zip(cached, plain, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-5)


def test_greedy_text_takes_the_likeliest_token_each_time(lm, folder):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    ids = tokenizer("the cat")["input_ids"]
    n_prompt = len(ids)
    with torch.no_grad():
        for _ in range(6):
            ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
    answer = lm.answer("the cat", max_tokens=6)
    assert answer.text == tokenizer.decode(ids[n_prompt:], skip_special_tokens=True)
    assert (answer.input_tokens, answer.output_tokens) == (n_prompt, 6)
    assert 0 < answer.ttft_s <= answer.latency_s
    assert answer.label is None


def test_text_ends_before_the_stop_text(lm):
    whole = lm.answer("the cat", max_tokens=8).text
    end = whole[3]
    assert lm.answer("the cat", max_tokens=8, stop=[end]).text == whole.split(end, 1)[0]


def test_a_long_prompt_keeps_its_end_and_is_counted(folder):
    from bench.harness.local_lm import LocalLM

    lm = LocalLM(str(folder), chat=False)
    long = "log " * 200 + "the cat sat on"
    answer = lm.answer(long, labels=LABELS)
    assert answer.input_tokens < lm.context_tokens == 64
    text, _ = lm._fitted(long, None, 10)
    assert text.endswith("the cat sat on")
    assert lm.answer(long, max_tokens=500).output_tokens <= 32
    assert "2 of 2 prompts" not in lm.warnings()[0]
    assert "prompts were longer than its 64 tokens" in lm.warnings()[0]


def test_the_chat_template_is_used_where_there_is_one(folder):
    from bench.harness.local_lm import LocalLM

    lm = LocalLM(str(folder))
    assert lm.chat
    text, _ = lm._wrapped("the cat", "be brief")
    assert text == "be brief\nthe cat\n"
    assert lm.answer("the cat", labels=LABELS).label in LABELS


def test_what_the_model_is_comes_from_its_files(lm, folder):
    from safetensors import safe_open

    with safe_open(folder / "model.safetensors", framework="np") as file:
        n = sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118
    assert lm.n_parameters == n
    assert lm.model_id == "local/toy"
    assert (lm.kind, lm.precision) == ("decoder", "float32")
    assert lm.weights_bytes == (folder / "model.safetensors").stat().st_size


def test_pickled_weights_are_refused(tmp_path):
    from bench.harness.local_lm import LocalLM

    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(BadInput, match="pickle"):
        LocalLM(str(tmp_path))


def test_a_hub_that_is_not_there_is_told_at_once(monkeypatch, tmp_path):
    from bench.harness.local_lm import LocalLM

    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9 cannot be reached"):
        LocalLM("nobody/nothing-of-that-name")
