"""Names of one model in several spellings."""

from __future__ import annotations

import polars as pl
import pytest

from advisor.ingest.names import name_key, resolve_names


@pytest.mark.parametrize(
    "spelling",
    [
        "meta-llama/Llama-3.1-8B-Instruct",
        "meta-llama/Meta-Llama-3.1-8B-Instruct",
        "novita/meta-llama/llama-3.1-8b-instruct",
        "us.meta.llama3-1-8b-instruct-v1:0",
        "fireworks_ai/accounts/fireworks/models/llama-v3p1-8b-instruct",
        "vertex_ai/meta/llama-3.1-8b-instruct-maas",
        "lambda_ai/llama3.1-8b-instruct-fp8",
        "Llama-3.1-8B-Instruct-Q4_K_M.gguf",
    ],
)
def test_spellings_of_one_model_share_a_key(spelling):
    assert name_key(spelling) == "llama 3 1 8 b instruct"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Llama-3-8B-Instruct", "Llama-3.1-8B-Instruct"),
        ("Llama-3.1-8B", "Llama-3.1-8B-Instruct"),
        ("Qwen3-0.6B", "Qwen3-6B"),
        ("gpt-4", "gpt-4-turbo"),
        ("mistral-7b-instruct-v0.1", "mistral.mistral-7b-instruct-v0:2"),
        ("text-embedding-3-small", "text-embedding-3-large"),
    ],
)
def test_different_models_have_different_keys(one, other):
    assert name_key(one) != name_key(other)


def resolve(name, ids, *, is_chat=True):
    asked = pl.DataFrame({"name": [name], "is_chat": [is_chat]})
    return resolve_names(asked, pl.Series(ids))["model_id"].to_list()


def test_a_chat_service_without_the_word_serves_the_instruct_model():
    ids = [
        "meta-llama/Llama-2-13b-hf",
        "meta-llama/Llama-2-13b-chat-hf",
        "other/Llama-2-13b-instruct",
    ]
    assert resolve("fireworks/llama-v2-13b", ids) == ["meta-llama/Llama-2-13b-chat-hf"]
    assert resolve("fireworks/llama-v2-13b", ids, is_chat=False) == ["meta-llama/Llama-2-13b-hf"]


def test_without_an_instruct_model_the_plain_one_is_meant():
    assert resolve("novita/qwen/qwen3-8b-fp8", ["Qwen/Qwen3-8B"]) == ["Qwen/Qwen3-8B"]


def test_a_quantised_copy_is_not_the_model_that_a_host_serves():
    ids = ["TheBloke/Llama-2-70B-chat-GPTQ", "meta-llama/Llama-2-70b-chat-hf"]
    assert resolve("together/llama-2-70b-chat", ids) == ["meta-llama/Llama-2-70b-chat-hf"]


def test_an_empty_name_matches_nothing():
    assert resolve("///", ["---", "a/b"]) == []
