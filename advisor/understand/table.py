"""A data file as a task: what is asked for, from what, how much of it, and what looks wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import polars as pl

from advisor.core.errors import BadInput
from advisor.core.profile import TaskProfile, Workload
from advisor.core.words import fold
from advisor.understand.languages import common_words, written_in
from advisor.understand.metrics import FAMILY_METRIC
from advisor.understand.table_checks import (
    class_facts,
    id_like,
    leaks,
    repeated,
    warnings,
)
from advisor.understand.table_file import MAX_ROWS, read_rows
from advisor.understand.text import clean, tokens_of

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.core.ids import TaskFamily
    from advisor.understand.table_checks import Facts

_TARGET_NAMES: Final = (
    "target", "label", "labels", "class", "y", "outcome", "category", "categories", "tags", "sentiment", "intent", "topic",
    "is_duplicate", "similarity", "similarity_score", "score", "rating", "stars", "summary", "translation", "answer", "churn", "default", "price",
)  # fmt: skip
"""Names that a column to predict goes by, likeliest first; else the last column is taken."""
_TEXT_WORDS: Final = 4.0
"""Mean words from which a column is running text."""
_MAX_CLASSES: Final = 50
"""Whole numbers of at most this many values (and a twentieth of the rows) are classes, not quantities."""
_DETECTED: Final = 200
"""Texts whose language is looked at."""
_LEAST_LANGUAGE: Final = 0.1
_SHORT: Final = 3
_CHARACTERS_PER_TOKEN: Final = 4.0
"""Of English under common tokenizers; enough to choose a length bucket."""


def read_table_task(path: Path, *, target: str | None = None) -> TaskProfile:
    """The profile of a table: its last column, one named like a label, or `target` is asked for.

    Raises: BadInput: see table_file.read_rows; no such target column, or one that says nothing.
    """
    frame = read_rows(path)
    name = _target(frame, target, str(path))
    texts = [c for c in frame.columns if c != name and is_text(frame[c])]
    family = _family(frame, name, texts)
    facts = _shape(frame, name, texts) | _target_facts(frame[name], family)
    ids = id_like(frame, name, texts)
    suspects = leaks(frame, name, family, texts, is_text)
    facts |= {
        "leakage_suspects": [clean(c) for c in suspects],
        "id_like_columns": [clean(c) for c in ids],
    }
    facts |= repeated(frame, name, texts or [c for c in frame.columns if c not in {name, *ids}])
    if texts:
        facts |= _text_facts(frame, texts)
    characters = float(cast("float", facts.get("median_characters", 0.0)))
    cut = [f"only the first {MAX_ROWS:,} rows were looked at"] if frame.height == MAX_ROWS else []
    return TaskProfile(
        text=clean(str(path)),
        source="table",
        task_family=family,
        metric=FAMILY_METRIC[family],
        languages=_languages(frame, texts),
        read_from={
            "task_family": f"column {clean(name)!r} from {len(texts)} text and {frame.width - 1 - len(texts)} other columns",
        },
        table=facts,
        workload=Workload(input_tokens=max(1, round(characters / _CHARACTERS_PER_TOKEN)))
        if texts
        else Workload(),
        warnings=cut + warnings(frame, name, facts),
    )


def _shape(frame: pl.DataFrame, name: str, texts: list[str]) -> Facts:
    """How much there is, and of what."""
    return {
        "kind": "text" if texts else "tabular",
        "rows": frame.height,
        "columns": frame.width,
        "target": clean(name),
        "text_columns": [clean(c) for c in texts],
        "column_names": [clean(c) for c in frame.columns[:40]],
        "missing_share": round(_missing(frame), 4),
        "duplicate_share": round(_duplicates(frame), 4),
        "labelled_rows": frame.height - frame[name].null_count(),
    }


def _text_facts(frame: pl.DataFrame, texts: list[str]) -> Facts:
    """Lengths of the texts of a row (their columns added up), their languages and their commonest words."""
    lengths = frame.select(
        pl.sum_horizontal(pl.col(c).str.len_chars().fill_null(0) for c in texts)
    ).to_series()
    per_column = (float(cast("float", frame[c].str.len_chars().median() or 0.0)) for c in texts)
    return {
        "median_characters": sum(per_column),
        "p95_characters": float(cast("float", lengths.quantile(0.95, "nearest"))),
        "longest_characters": int(cast("int", lengths.max())),
        "empty_texts": int((lengths == 0).sum()),
        "language_shares": [f"{code} {share:.0%}" for code, share in _spoken(frame, texts)],
        "frequent_words": _frequent(frame, texts),
    }


def _target(frame: pl.DataFrame, asked: str | None, path: str) -> str:
    if asked is not None:
        if asked not in frame.columns:
            raise BadInput(f"target: {path!r} has no column {asked!r}; it has {frame.columns[:20]}")
        name = asked
    else:
        by_name = {fold(c.strip()).replace(" ", "_"): c for c in reversed(frame.columns)}
        name = next((by_name[n] for n in _TARGET_NAMES if n in by_name), frame.columns[-1])
    column = frame[name]
    if column.null_count() == frame.height:
        raise BadInput(f"target: column {name!r} of {path!r} is empty; name the column to predict")
    if column.dtype not in (pl.List, pl.Struct) and column.drop_nulls().n_unique() < 2:
        raise BadInput(
            f"target: column {name!r} of {path!r} has one value only; name the column to predict"
        )
    return name


def is_text(column: pl.Series) -> bool:
    """Whether a column is running text: several words a row, and mostly different ones."""
    if column.dtype != pl.String:
        return False
    filled = column.drop_nulls().head(5_000)
    if filled.is_empty():
        return False
    words = filled.str.count_matches(r"\s+").mean()
    # Chinese and Japanese have no spaces; there, many characters are many words.
    wide = filled.str.count_matches(r"[぀-ヿ一-鿿가-힯]").mean()
    spoken = float(cast("float", words or 0.0)) + 1 + float(cast("float", wide or 0.0)) / 2
    return spoken >= _TEXT_WORDS and filled.n_unique() > 0.2 * len(filled)


def _is_number(column: pl.Series) -> bool:
    return column.dtype.is_numeric()


def has_classes(column: pl.Series) -> bool:
    """Whether the values are names of classes rather than quantities."""
    if column.dtype in (pl.String, pl.Boolean, pl.Categorical):
        return True
    filled = column.drop_nulls()
    whole = column.dtype.is_integer() or bool((filled == filled.round(0)).all())
    return whole and filled.n_unique() <= min(_MAX_CLASSES, max(2, len(filled) // 20))


def _family(frame: pl.DataFrame, name: str, texts: list[str]) -> TaskFamily:
    target = frame[name]
    if not texts:
        if target.dtype in (pl.List, pl.Struct) or is_text(target):
            raise BadInput(
                f"target: column {name!r} holds texts or lists, and no other column holds text to make them from"
            )
        if target.dtype == pl.String and target.n_unique() > max(20, frame.height // 2):
            raise BadInput(
                f"target: column {name!r} has {target.n_unique():,} different values in {frame.height:,} rows, more like an id than "
                "classes; name the column to predict, or move it last"
            )
        return "tabular-classification" if has_classes(target) else "tabular-regression"
    if target.dtype == pl.List or (target.dtype == pl.String and _is_list(target)):
        return "multilabel-classification"
    if is_text(target):
        return _writing(frame, name, texts)
    if not has_classes(target):
        return "semantic-similarity" if len(texts) == 2 else "tabular-regression"
    return (
        "pair-classification"
        if len(texts) == 2 and target.n_unique() <= 3
        else "text-classification"
    )


def _is_list(column: pl.Series) -> bool:
    """Whether most values name several of the same few labels, as in "billing;login"."""
    filled = column.drop_nulls().head(5_000)
    parts = (
        filled.str.split(by="|")
        if filled.str.contains("|", literal=True).mean()
        else filled.str.split(by=";")
    )
    several = float(cast("float", (parts.list.len() > 1).mean() or 0.0))
    return several > 0.2 and parts.explode().n_unique() < 0.5 * len(filled)


def _writing(frame: pl.DataFrame, name: str, texts: list[str]) -> TaskFamily:
    """The family of a table whose target is text to be written."""
    columns = {fold(c) for c in [*texts, name]}
    if {"question", "answer"} & columns and "answer" in fold(name):
        return "question-answering"
    source = max(texts, key=lambda c: float(cast("float", frame[c].str.len_chars().mean() or 0.0)))
    here, there = (_languages(frame, [c]) for c in (source, name))
    if here and there and here != there:
        return "translation"
    lengths = [float(cast("float", frame[c].str.len_chars().mean() or 1.0)) for c in (source, name)]
    return "summarization" if lengths[1] < 0.6 * lengths[0] else "instruction-following"


def _target_facts(column: pl.Series, family: str) -> Facts:
    filled = column.drop_nulls()
    if family.endswith("regression") or family == "semantic-similarity":
        return {
            "target_mean": float(cast("float", filled.mean())),
            "target_min": float(cast("float", filled.min())),
            "target_max": float(cast("float", filled.max())),
        }
    if not family.endswith("classification") or column.dtype == pl.List:
        return {}
    return class_facts(column)


def _missing(frame: pl.DataFrame) -> float:
    return sum(frame[c].null_count() for c in frame.columns) / (frame.height * frame.width)


def _duplicates(frame: pl.DataFrame) -> float:
    plain = [c for c, dtype in frame.schema.items() if dtype not in (pl.Struct, pl.Object)]
    return 1 - frame.select(plain).n_unique() / frame.height if plain else 0.0


def _languages(frame: pl.DataFrame, texts: list[str]) -> list[str]:
    """Languages of at least a tenth of the first texts."""
    return sorted(code for code, share in _spoken(frame, texts) if share >= _LEAST_LANGUAGE)


def _spoken(frame: pl.DataFrame, texts: list[str]) -> list[tuple[str, float]]:
    """(language, share of the first texts whose language can be told), commonest first."""
    samples = [s for c in texts for s in frame[c].drop_nulls().head(_DETECTED).to_list()]
    found = [code for s in samples if (code := written_in(s[:500])) is not None]
    counts = {code: found.count(code) for code in sorted(set(found))}
    return sorted(((c, n / len(found)) for c, n in counts.items()), key=lambda x: (-x[1], x[0]))


def _frequent(frame: pl.DataFrame, texts: list[str]) -> list[str]:
    """The words that most of the first texts share, commonest first; what tells their subject."""
    counts: dict[str, int] = {}
    for text in (s for c in texts for s in frame[c].drop_nulls().head(_DETECTED).to_list()):
        for word in {token.text for token in tokens_of(text[:1_000]) if len(token.text) > _SHORT}:
            counts[word] = counts.get(word, 0) + 1
    known = common_words()
    ranked = sorted((w for w in counts if w not in known), key=lambda w: (-counts[w], w))
    return [clean(w) for w in ranked[:30]]
