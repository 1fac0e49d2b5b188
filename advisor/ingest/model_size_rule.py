"""How large a model is where its statements disagree: one rule for every source, file counts and names alike."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from advisor.core.named_size import named_active, named_ranges, named_size, named_size_ratio

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FILE: Final = "safetensors"
UNPACKED: Final = "safetensors (unpacked)"
GGUF: Final = "gguf"
NAME: Final = "name"
PACKED_NAME: Final = "name (packed quantised weights)"

BASIS_RANK: Final = {
    "measured:lmeval": 0,  # counted by a harness that had the weights in memory
    "measured": 0,
    "measured:euroeval": 1,
    "documented:mteb": 2,  # declared by the model's authors in mteb's registry
    "documented": 2,
    "mteb": 2,
    "model_meta.json": 2,
    FILE: 3,  # the file's own total; tied embeddings can count twice
    "hub safetensors": 3,
    "safetensors (renamed repo)": 4,
    UNPACKED: 4,  # packed words times the weights in each; scales and zero points count a little too much
    GGUF: 4,
    "reported:oll2": 5,  # leaderboard entries
    "reported": 5,
    "reported:oll1": 6,  # floored to whole billions
    PACKED_NAME: 7,  # the file counts packed words, so the name's size is used
    NAME: 8,
    "family-estimate": 9,
}
"""Which statement of a model's size is believed first. Source: METHOD.md#hub-sizes"""

SIZE_COLUMNS: Final = ["n_parameters", "n_parameters_basis", "params_suspect", "n_active_parameters"]  # fmt: skip

FAR: Final = 2.0
"""A file's count more than so many times off every size in the name contradicts it; the guard uses the same."""
NEAR: Final = 1.35
"""Of packed weights the unpacked count must come so near to the name to be believed: half the way to the next size
of most families (0.6, 1.7, 4, 8, 14, 32 billion), and beyond what scales and zero points add."""

_DRAFT: Final = re.compile(
    r"(?<![a-z])eagle[-_]?3(?![a-z0-9])|(?<![a-z])p?-?eagle-(?=llama|vicuna|mixtral|qwen)|dflash|medusa|speculator"
    r"|(?<![a-z])draft(?:er)?(?![a-z])|(?<![a-z])mtp[-_]head",
    re.IGNORECASE,
)
"""Heads that guess ahead for the large model whose name they bear, and are small themselves."""
_BITS: Final = (
    re.compile(r"(?<![a-z0-9.])(\d)[-_]?bits?(?![a-z0-9])", re.IGNORECASE),
    re.compile(r"(?<![a-z0-9])w(\d)a\d{1,2}(?![0-9])", re.IGNORECASE),
    re.compile(r"(?<![a-z0-9])(?:int|nvfp|mxfp|fp|nf|uint)(\d)(?![0-9])", re.IGNORECASE),
)
_PACKED: Final = re.compile(
    r"(?<![a-z0-9])(?:gptq|awq|bnb|bitsandbytes|autoround|auto-round|hqq|aqlm|quip|exl[23]|paro|mlx|bitnet)(?![a-z])"
    r"|quantized|(?<![a-z0-9])(?:nvfp4|mxfp4|nf4)",
    re.IGNORECASE,
)
_USUAL_BITS: Final = 4
_WORD_BITS: Final = {"I32": 32, "U32": 32, "U8": 8, "I8": 8}
"""Types that hold several weights in a word where these have fewer bits than the word."""
_SETTINGS: Final = re.compile(r"\d+b-\d+g|jang_\d\w", re.IGNORECASE)
"""Settings of a quantisation that look like sizes: "GPTQ-4b-128g"."""


class Size(NamedTuple):
    """One model's size and how it is known; n_parameters None: nothing states it."""

    n_parameters: int | None
    basis: str | None
    suspect: bool = False
    n_active: int | None = None


class Counts(NamedTuple):
    """What the Hub says of the weights: elements by type and in total, and the total of a GGUF file."""

    total: int | None = None
    by_type: Mapping[str, int] = {}
    gguf: int | None = None


def size_of(model_id: str, counts: Counts, words: Iterable[str] = ()) -> Size:
    """The size of one repository. words: its tags, and its quantisation's method and bits ("gptq", "4-bit").

    1. A draft head is as small as its file says, whatever its name. 2. Of packed weights the words are unpacked;
    where that does not come near the name, the name speaks. 3. Else the file's total, where it is within FAR of a
    size in the name. 4. A total below that is an index read wrongly: the name speaks, in doubt. 5. A total above it
    stands, in doubt. 6. Without a file: the GGUF's total, then the name. Active parameters: of the name.
    Source: METHOD.md#hub-sizes
    """
    model_id = _SETTINGS.sub("packed-4bit", model_id)
    found = _size_of(model_id, counts, words)
    active = named_active(model_id)
    if active is None or found.n_parameters is None or active >= found.n_parameters:
        return found
    return found._replace(n_active=active)


def _size_of(model_id: str, counts: Counts, words: Iterable[str]) -> Size:
    total = counts.total or sum(counts.by_type.values()) or None
    if total is None:
        if counts.gguf and (named_size_ratio(model_id, counts.gguf) or 1.0) <= FAR:
            return Size(counts.gguf, GGUF)
        return Size(named_size(model_id), NAME) if named_size(model_id) else Size(None, None)
    if is_draft_head(model_id):
        return Size(total, FILE)
    bits = packed_bits(model_id, words)
    if bits is not None or _is_mostly_words(counts.by_type):
        return _packed(model_id, total, counts.by_type, bits)
    ratio = named_size_ratio(model_id, total)
    if ratio is None or ratio <= FAR:
        return Size(total, FILE)
    if total < min(low for low, _ in named_ranges(model_id)):
        return Size(_from_name(model_id), NAME, suspect=True)
    return Size(total, FILE, suspect=True)


def is_draft_head(model_id: str) -> bool:
    """Whether the name says that this is a draft head for the model of that name."""
    return _DRAFT.search(model_id.rsplit("/", 1)[-1]) is not None


def packed_bits(model_id: str, words: Iterable[str] = ()) -> int | None:
    """Bits of a weight that shares its word with others, from name and words; None for whole weights.

    FP8 is whole: one weight an element.
    """
    texts = [model_id.rsplit("/", 1)[-1], *(word for word in words if ":" not in word)]
    said = {
        bits
        for text in texts
        for form in _BITS
        for bits in map(int, form.findall(text))
        if 1 <= bits <= 8
    }
    text = " ".join(texts)
    is_fp8 = re.search(r"(?<![a-z0-9])fp8(?![0-9])", text, re.IGNORECASE) is not None
    if not _PACKED.search(text) and (not said or (said == {8} and is_fp8)):
        return None
    return min(said) if said else _USUAL_BITS


def _is_mostly_words(by_type: Mapping[str, int]) -> bool:
    packed = sum(n for kind, n in by_type.items() if kind in ("I32", "U32"))
    return 2 * packed > sum(by_type.values())


def _packed(model_id: str, total: int, by_type: Mapping[str, int], bits: int | None) -> Size:
    unpacked = _unpacked(by_type, bits or _USUAL_BITS)
    ranges = named_ranges(model_id)
    for count, basis in ((unpacked, UNPACKED), (total, FILE)):
        # Packing makes a count smaller, never larger: upwards it may be as far off as any other.
        if count is not None and any(low / NEAR <= count <= high * FAR for low, high in ranges):
            return Size(count, basis)
    if name := _from_name(model_id):
        return Size(name, PACKED_NAME)
    if unpacked is not None and bits is not None:
        return Size(unpacked, UNPACKED)
    return Size(total, FILE, suspect=True)


def _unpacked(by_type: Mapping[str, int], bits: int) -> int | None:
    """Weights in packed words, and the whole ones beside them; None where no type tells."""
    if not any(kind in _WORD_BITS for kind in by_type):
        return None
    count = 0
    for kind, n in by_type.items():
        width = _WORD_BITS.get(kind)
        count += n * (width // bits) if width and bits < width else n
    return count


def _from_name(model_id: str) -> int | None:
    """The size in a name for want of a better: the one stated, else the largest that is one number."""
    if (one := named_size(model_id)) is not None:
        return one
    return max((round(low) for low, high in named_ranges(model_id) if low == high), default=None)


def judged(model_id: str, count: int | None, basis: str | None) -> Size:
    """A source's own statement under the same rule: a file's total is held against the name, others stand."""
    if basis == FILE and count:
        return size_of(model_id, Counts(total=count))
    return Size(count, basis)


def settled(model_id: str, before: Size, after: Size) -> Size:
    """The statement that stands of an earlier and a later one.

    The one of the better basis; of two equally good ones the later, unless it is more than FAR off the earlier:
    then the one nearer to the name, or without a name the earlier, in doubt.
    """
    if after.n_parameters is None:
        return before
    if before.n_parameters is None:
        return after
    active = after.n_active or before.n_active
    old, new = (BASIS_RANK.get(size.basis or "", len(BASIS_RANK)) for size in (before, after))
    if old != new:
        return (before if old < new else after)._replace(n_active=active)
    off = abs(math.log(after.n_parameters / before.n_parameters))
    if off <= math.log(FAR):
        return (before if after.suspect and not before.suspect else after)._replace(n_active=active)
    ratios = [named_size_ratio(model_id, size.n_parameters) for size in (before, after)]
    if ratios[0] is None or ratios[1] is None:
        return before._replace(suspect=True)
    return (before if ratios[0] <= ratios[1] else after)._replace(n_active=active)


def is_tied_twice(file_total: int, stated: int, n_embedding: int | None) -> bool:
    """Whether a file holds the embedding table twice: it exceeds the stated size by one table, within 1 %."""
    if not n_embedding or file_total <= stated:
        return False
    return math.isclose(file_total - stated, n_embedding, rel_tol=0.01)


def rank(basis: pl.Expr) -> pl.Expr:
    """Place of a basis in BASIS_RANK, unknown ones last."""
    return basis.replace_strict(BASIS_RANK, default=len(BASIS_RANK), return_dtype=pl.Int64)


def best_size(statements: pl.DataFrame) -> pl.DataFrame:
    """One size a model: best basis, not in doubt, the count on most days, the latest.

    statements: model_id, SIZE_COLUMNS, date. Returns model_id and SIZE_COLUMNS.
    """
    return (
        statements.filter(pl.col("n_parameters") > 0)
        .group_by("model_id", *SIZE_COLUMNS)
        .agg(days=pl.len(), latest=pl.col("date").max())
        .with_columns(rank=rank(pl.col("n_parameters_basis")))
        .sort(
            "model_id", "rank", "params_suspect", "days", "latest", "n_parameters", "n_active_parameters",
            descending=[False, False, False, True, True, False, False], nulls_last=True,
        )
        .unique("model_id", keep="first", maintain_order=True)
        .select("model_id", *SIZE_COLUMNS)
    )  # fmt: skip
