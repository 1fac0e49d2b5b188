"""Small GPT-2-shaped language models made from a text file: random ones for tests, trained ones for trials.

usage: python tests/tiny_lm.py --text FILE --out DIR [--width 128] [--layers 4] [--heads 4] [--steps 800] [--rate 3e-3]

Saves safetensors, a byte-level BPE tokenizer of the same text, and a plain chat template.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from typing import Any

END = "<|endoftext|>"
CHAT_TEMPLATE = "{% for message in messages %}{{ message['content'] }}{{ '\n' }}{% endfor %}"
BATCH, WINDOW = 16, 128


def save_tiny_lm(
    folder: Path,
    text: str,
    *,
    width: int = 32,
    layers: int = 2,
    heads: int = 2,
    context: int = 256,
    vocabulary: int = 400,
    steps: int = 0,
    rate: float = 3e-3,
    seed: int = 0,
) -> int:
    """Make the model, train it for `steps` steps on the text, save it; returns its number of parameters."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(seed)
    tokenizer = _tokenizer(text, context=context, vocabulary=vocabulary)
    config = GPT2Config(
        vocab_size=len(tokenizer), n_positions=context, n_embd=width, n_layer=layers, n_head=heads,
        bos_token_id=0, eos_token_id=0, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
    )  # fmt: skip
    model = GPT2LMHeadModel(config)
    if steps:
        _train(model, tokenizer(text, verbose=False)["input_ids"], steps=steps, rate=rate)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return sum(p.numel() for p in model.parameters())


def _tokenizer(text: str, *, context: int, vocabulary: int) -> Any:
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(
        text.splitlines(), vocab_size=vocabulary, min_frequency=2, special_tokens=[END], show_progress=False
    )  # fmt: skip
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe._tokenizer, bos_token=END, eos_token=END, pad_token=END,
        model_max_length=context, chat_template=CHAT_TEMPLATE,
    )  # fmt: skip


def _train(model: Any, ids: list[int], *, steps: int, rate: float) -> None:
    import torch

    tokens = torch.tensor(ids)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.1)
    begun, warm = time.monotonic(), max(1, steps // 20)
    for step in range(steps):
        share = min(1.0, (step + 1) / warm) * 0.5 * (1 + math.cos(math.pi * step / steps))
        optimizer.param_groups[0]["lr"] = rate * share
        starts = torch.randint(0, len(tokens) - WINDOW - 1, (BATCH,))
        batch = torch.stack([tokens[s : s + WINDOW] for s in starts])
        loss = model(input_ids=batch, labels=batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step % 100 == 0:
            print(
                f"step {step}: loss {loss.item():.3f}, {time.monotonic() - begun:.0f} s", flush=True
            )


def main() -> None:
    import torch

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    for name, default in (("width", 128), ("layers", 4), ("heads", 4), ("steps", 800), ("vocabulary", 2000)):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--rate", type=float, default=3e-3)
    said = parser.parse_args()
    torch.set_num_threads(1)
    n = save_tiny_lm(
        said.out, said.text.read_text(encoding="utf-8"), width=said.width, layers=said.layers,
        heads=said.heads, steps=said.steps, vocabulary=said.vocabulary, rate=said.rate,
    )  # fmt: skip
    print(f"{said.out}: {n:,} parameters")


if __name__ == "__main__":
    main()
