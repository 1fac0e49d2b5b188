"""Runnable stand-ins for the declared shapes: text in, vector or label out, weights drawn at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from advisor._lazy import need
from bench.measure.shapes import Counts, Shape, counts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

SEED: Final = 0
N_WORDS: Final = 20_000
"""Words of the made-up language; each is one token, so that a text has exactly the tokens asked for."""
_SPREAD: Final = 0.02
_PATTERN: Final = 1 << 20


class StandIn(Protocol):
    """What is timed."""

    counts: Counts

    def encode(self, texts: Sequence[str]) -> Any:
        """One result a text."""


def words() -> list[str]:
    """The made-up language's words, always the same: two or three consonant-vowel syllables."""
    syllables = [c + v for c in "bcdfghjklmnpqrstvwxz" for v in "aeiou"]
    pairs = [a + b for a in syllables for b in syllables]
    triples = [pair + syllables[i % 100] for i, pair in enumerate(pairs)]
    return [*pairs, *triples][:N_WORDS]


def texts_of(n_texts: int, n_tokens: int, rng: np.random.Generator) -> list[str]:
    """Texts of exactly `n_tokens` one-token words."""
    known = np.array(words())
    picks = rng.integers(0, known.size, size=(n_texts, n_tokens))
    return [" ".join(row) for row in known[picks]]


def tokenizer() -> Any:
    """A word-piece tokenizer as BERT's, over the made-up language."""
    tokenizers = need("tokenizers", extra="bench")
    vocabulary = {word: i for i, word in enumerate(["[UNK]", *words()])}
    made = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106
    made.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    return made


class Transformer:
    """A transformer in float32 with SDPA attention, mean-pooled (encoder) or last-token (decoder)."""

    def __init__(self, shape: Shape) -> None:
        self._torch = need("torch", extra="bench")
        transformers = need("transformers", extra="bench")
        config = getattr(transformers, shape.config_class)(**shape.config)
        auto = (
            transformers.AutoModelForCausalLM if shape.kind == "decoder" else transformers.AutoModel
        )
        init = need("transformers.initialization", extra="bench")
        with init.no_init_weights():  # the library's own draw takes 4 s for BERT-base, ours 0.5
            self.module = auto.from_config(config, attn_implementation="sdpa").eval()
        self.module.tie_weights()
        self._draw_weights()
        self.is_decoder = shape.kind == "decoder"
        self.counts = counts_of(self.module, shape)
        self._tokenizer = tokenizer()

    def _draw_weights(self) -> None:
        rng = np.random.default_rng(SEED)
        pattern = self._torch.from_numpy(rng.normal(0.0, _SPREAD, _PATTERN).astype(np.float32))
        with self._torch.no_grad():
            for name, tensor in self.module.named_parameters():
                if tensor.ndim == 1:
                    tensor.fill_(1.0 if name.endswith("weight") else 0.0)
                    continue
                flat = tensor.view(-1)
                for start in range(0, flat.numel(), _PATTERN):
                    part = flat[start : start + _PATTERN]
                    part.copy_(pattern[: part.numel()])

    def ids(self, texts: Sequence[str]) -> Any:
        """Token ids, shape (texts, tokens)."""
        return self._torch.tensor(
            [entry.ids for entry in self._tokenizer.encode_batch(list(texts))]
        )

    def encode(self, texts: Sequence[str]) -> Any:
        """One vector a text."""
        body = self.module.get_decoder() if self.is_decoder else self.module
        with self._torch.inference_mode():
            ids = self.ids(texts)
            states = body(input_ids=ids).last_hidden_state
            return states[:, -1] if self.is_decoder else states.mean(dim=1)

    def prefill(self, texts: Sequence[str]) -> tuple[Any, Any]:
        """Read the prompt and write the first token: ids of that token and the key-value cache."""
        with self._torch.inference_mode():
            out = self.module(input_ids=self.ids(texts), use_cache=True, logits_to_keep=1)
            return out.logits[:, -1:].argmax(dim=-1), out.past_key_values

    def decode(self, last: Any, cache: Any) -> tuple[Any, Any]:
        """Write one more token."""
        with self._torch.inference_mode():
            out = self.module(input_ids=last, past_key_values=cache, use_cache=True)
            return out.logits[:, -1:].argmax(dim=-1), out.past_key_values


class StaticEmbedding:
    """A table of token vectors; a text's vector is the mean of its tokens'."""

    def __init__(self, shape: Shape) -> None:
        rng = np.random.default_rng(SEED)
        self._table = np.empty((shape.rows, shape.dim), dtype=np.float32)
        self._table[:] = rng.normal(0.0, 1.0, shape.dim).astype(np.float32)
        self._step = max(1, shape.rows // (N_WORDS + 1))
        self._tokenizer = tokenizer()
        self.counts = Counts(
            n_parameters=self._table.size,
            n_embedding_parameters=self._table.size,
            n_layers=0,
            hidden=shape.dim,
        )

    def encode(self, texts: Sequence[str]) -> Any:
        """One vector a text."""
        entries = self._tokenizer.encode_batch(list(texts))
        # Ids are spread over the whole table, as those of a real vocabulary are.
        rows = (np.asarray(entry.ids) * self._step for entry in entries)
        return np.stack([self._table[row].mean(axis=0) for row in rows])


class Hashed:
    """Hashed TF-IDF; with a logistic regression on top for the linear shape."""

    def __init__(self, shape: Shape) -> None:
        text = need("sklearn.feature_extraction.text", extra="build")
        rng = np.random.default_rng(SEED)
        train = texts_of(200, 64, rng)
        labels = np.arange(len(train)) % 2
        hashing = text.HashingVectorizer(n_features=shape.rows, alternate_sign=False)
        weigh = text.TfidfTransformer()
        pipeline = need("sklearn.pipeline", extra="build").make_pipeline
        if shape.kind == "linear":
            last = need("sklearn.linear_model", extra="build").LogisticRegression(max_iter=200)
            self._run = pipeline(hashing, weigh, last).fit(train, labels).predict_proba
        else:
            self._run = pipeline(hashing, weigh).fit(train).transform
        size = shape.rows if shape.kind == "linear" else 0
        self.counts = Counts(n_parameters=size, n_embedding_parameters=0, n_layers=0, hidden=0)

    def encode(self, texts: Sequence[str]) -> Any:
        """Class odds, or one sparse vector, a text."""
        return self._run(list(texts))


def build(shape: Shape) -> Transformer | StaticEmbedding | Hashed:
    """The stand-in for `shape`. Raises: MissingExtra: its library is not installed."""
    if shape.kind in ("encoder", "decoder"):
        return Transformer(shape)
    return StaticEmbedding(shape) if shape.kind == "static_embedding" else Hashed(shape)
