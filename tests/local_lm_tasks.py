"""lm-eval tasks on local data, made from a plain text and from labelled rows: nothing comes from the hub.

usage: python tests/local_lm_tasks.py --text FILE --labelled FILE.parquet --out DIR [--items 300]

Tasks: local_text (perplexity), local_next_word (choice of four), local_label (classes by likelihood),
local_finish (writing the next word), and the group local_all. The parquet file has the columns text, label, split.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

Rows = list[dict[str, Any]]
METRICS = {
    "acc": "  - metric: acc\n    aggregation: mean\n    higher_is_better: true\n",
    "acc_norm": "  - metric: acc_norm\n    aggregation: mean\n    higher_is_better: true\n",
}


def write_tasks(
    folder: Path,
    text: str,
    *,
    train: Sequence[tuple[str, str]],
    test: Sequence[tuple[str, str]],
    n_items: int,
    seed: int = 0,
) -> None:
    """Definitions and data under `folder`; train and test: texts with their labels."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    labels = sorted({label for _, label in train})
    _write(folder / "text.jsonl", [{"page": p} for p in _passages(text)[:n_items]])
    words = _next_words(text, n_items, rng)
    _write(folder / "words.jsonl", words)
    for name, rows in (("train", train), ("test", test)):
        made = [{"text": t[:300], "answer": labels.index(label)} for t, label in rows]
        _write(folder / f"label_{name}.jsonl", made[:n_items])
    _define(folder, "local_text", {"test": "text.jsonl"}, """output_type: loglikelihood_rolling
doc_to_text: ""
doc_to_target: "{{page}}"
metric_list:
  - metric: word_perplexity
  - metric: byte_perplexity
  - metric: bits_per_byte
""")  # fmt: skip
    _define(folder, "local_next_word", {"test": "words.jsonl"}, """output_type: multiple_choice
doc_to_text: "{{context}}"
doc_to_choice: "{{choices}}"
doc_to_target: answer
metric_list:
""" + METRICS["acc"] + METRICS["acc_norm"])  # fmt: skip
    _define(folder, "local_label", {"train": "label_train.jsonl", "test": "label_test.jsonl"}, f"""output_type: multiple_choice
training_split: train
fewshot_split: train
doc_to_text: "{{{{text}}}}\\nLabel:"
doc_to_choice: {json.dumps(labels)}
doc_to_target: answer
metric_list:
""" + METRICS["acc"])  # fmt: skip
    _define(folder, "local_finish", {"test": "words.jsonl"}, """output_type: generate_until
doc_to_text: "{{context}}"
doc_to_target: "{{choices[answer]}}"
generation_kwargs:
  until: ["\\n"]
  max_gen_toks: 8
  do_sample: false
filter_list:
  - name: first-word
    filter:
      - function: regex
        regex_pattern: "([A-Za-z]+)"
      - function: take_first
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
""")  # fmt: skip
    (folder / "local_all.yaml").write_text(
        "group: local_all\ntask:\n  - local_next_word\n  - local_label\naggregate_metric_list:\n"
        "  - metric: acc\n    weight_by_size: true\nmetadata:\n  version: 1.0\n"
    )


def _define(folder: Path, name: str, files: dict[str, str], body: str) -> None:
    data = "".join(f"    {split}: {folder / file}\n" for split, file in files.items())
    (folder / f"{name}.yaml").write_text(
        f"task: {name}\ndataset_path: json\ndataset_kwargs:\n  data_files:\n{data}test_split: test\n{body}"
        "metadata:\n  version: 1.0\n"
    )


def _write(file: Path, rows: Rows) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _passages(text: str) -> list[str]:
    """Paragraphs cut to a length that fits a small context."""
    found = [line.strip() for line in text.splitlines() if not line.strip().startswith("=")]
    return [" ".join(line.split()[:60]) for line in found if len(line.split()) >= 30]


def _next_words(text: str, n: int, rng: np.random.Generator) -> Rows:
    """The beginning of a passage, its next word, and three other words that are about as frequent."""
    counts = Counter(re.findall(r"[A-Za-z]{4,}", text))
    ranked = [word for word, _ in counts.most_common()]
    place = {word: i for i, word in enumerate(ranked)}
    found: Rows = []
    for passage in _passages(text):
        words = passage.split()
        spots = [i for i in range(12, len(words)) if words[i] in place]
        if not spots:
            continue
        at = int(rng.choice(spots))
        true, here = words[at], place[words[at]]
        near = [w for w in ranked[max(0, here - 20) : here + 21] if w != true]
        if len(near) < 3:
            continue
        choices = [str(w) for w in rng.choice(near, 3, replace=False)]
        answer = int(rng.integers(0, 4))
        choices.insert(answer, true)
        found.append({"context": " ".join(words[:at]), "choices": choices, "answer": answer})
        if len(found) == n:
            break
    return found


def main() -> None:
    import polars as pl

    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("text", "labelled", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--items", type=int, default=300)
    said = parser.parse_args()
    rows = pl.read_parquet(said.labelled).select("text", pl.col("label").cast(pl.String), "split")
    parts = {
        split: rows.filter(pl.col("split") == split).select("text", "label").rows()
        for split in ("train", "test")
    }
    write_tasks(
        said.out.resolve(), said.text.read_text(encoding="utf-8"), train=parts["train"], test=parts["test"],
        n_items=said.items,
    )  # fmt: skip


if __name__ == "__main__":
    main()
