"""One model, many spellings: providers' listings and file names brought back to the ids of our catalogue."""

from __future__ import annotations

import re
from typing import Final

import polars as pl

_SAME: Final = re.compile(r"-(?:hf|bf16|fp16)$")
"""Full-precision weights in another wrapper: still the model itself."""
_TAIL: Final = re.compile(
    r"(-v1:\d+$|:\d+k?$|:free$|-maas$|-tee$|-gguf$|\.gguf$|@\w+$|-(?:hf|fp8|fp16|bf16|mxfp4|mxfp|nvfp4|awq|gptq|\dbit)$"
    r"|-(?:ud-)?i?q\d_(?:k(?:_[a-z]+)?|\d)$)"
)
"""What a provider or a file adds to the name: API version, confidential computing, the number format."""
_VENDOR: Final = re.compile(
    r"^(?:(?:us-gov|us|eu|apac|au|jp|ca|global)\.)?"
    r"(?:(?:meta|mistral|qwen|amazon|google|openai|nvidia|deepseek|cohere|ai21|anthropic|microsoft|moonshotai?|zai|minimax)\.)?"
)
"""Amazon Bedrock writes region and vendor before the name: "us.meta.llama3-8b-instruct-v1:0"."""
_OWNER: Final = re.compile(
    r"^(?:meta-(?=llama)|nvidia-(?=nemotron|llama)|databricks-|cohere-(?=embed|rerank|command)|amazon-(?=titan|nova))"
)
"""The owner's name once more in the name: "Meta-Llama-3-8B"."""
_POINT: Final = re.compile(r"(?<=\d)p(?=\d)|(?<![a-z])v(?=\d)")
"""Fireworks writes 2p5 for 2.5 and v3 for 3."""
_PART: Final = re.compile(r"[a-z]+|\d+")

CHAT_WORDS: Final = ("instruct", "it", "chat")
_MAKERS: Final = (
    "01-ai", "codellama", "deepseek-ai", "google", "ibm-granite", "meta", "meta-llama", "microsoft", "mistralai",
    "nvidia", "openai", "qwen",
)  # fmt: skip
"""Whose instruct model a bare listing ("llama-v2-13b") may mean; anyone else's is a fine-tune of their own."""


def name_key(name: str, *, packed_too: bool = True) -> str:
    """The name's words and numbers without owner, separators and packing; equal keys are one model's spellings.

    "novita/meta-llama/llama-3.1-8b-instruct", "us.meta.llama3-1-8b-instruct-v1:0" and
    "meta-llama/Meta-Llama-3.1-8B-Instruct" all give "llama 3 1 8 b instruct".

    packed_too: also drop what names a number format (a host may serve FP8); False for catalogued models,
    where a quantised copy is a model of its own.
    """
    base = _VENDOR.sub("", name.strip().lower().rpartition("/")[2])
    tail = _TAIL if packed_too else _SAME
    while (shorter := tail.sub("", base)) != base:
        base = shorter
    return " ".join(_PART.findall(_POINT.sub(".", _OWNER.sub("", base))))


def resolve_names(names: pl.DataFrame, model_ids: pl.Series) -> pl.DataFrame:
    """Which catalogued models a name means: columns name, model_id, how; names without a match are left out.

    Equal keys match; several ids with one key (sources spell one model differently, and re-uploads keep the
    name) all match. A chat listing that leaves out "instruct" means the instruct model, where there is one:
    a chat service does not serve base weights.

    Args:
        names: columns name and is_chat.
        model_ids: the catalogue.
    Source: METHOD.md#name-matching
    """
    known = pl.DataFrame({"model_id": model_ids.unique()}).with_columns(
        key=pl.col("model_id").map_elements(
            lambda name: name_key(name, packed_too=False), return_dtype=pl.String
        )
    )
    asked = names.unique("name").with_columns(
        key=pl.col("name").map_elements(name_key, return_dtype=pl.String)
    )
    asked = asked.filter(pl.col("key") != "")
    maker = pl.col("model_id").str.to_lowercase().str.extract(r"^(.*)/")
    made = maker.is_null() | maker.is_in(_MAKERS)
    sized = pl.col("key").str.contains(r"\b\d+ b\b")
    plain = ~pl.col("key").str.contains(rf"\b(?:{'|'.join(CHAT_WORDS)})\b")
    siblings = pl.concat(
        asked.filter(pl.col("is_chat") & sized & plain)
        .with_columns(key=pl.col("key") + f" {word}", how=pl.lit("chat service, instruct model"))
        .join(known.filter(made), on="key", how="inner")
        for word in CHAT_WORDS
    )
    direct = (
        asked.join(siblings, on="name", how="anti")
        .join(known, on="key", how="inner")
        .with_columns(
            how=pl.when(pl.col("name") == pl.col("model_id"))
            .then(pl.lit("same id"))
            .otherwise(pl.lit("same name"))
        )
    )
    columns = ["name", "model_id", "how"]
    return pl.concat([direct.select(columns), siblings.select(columns)]).sort(columns)
