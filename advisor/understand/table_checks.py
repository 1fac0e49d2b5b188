"""What looks wrong with a table: columns that give the answer away, ids, rows that come back, classes too small."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, cast

import polars as pl

from advisor.understand.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Facts = dict[str, int | float | str | list[str]]

LEAK: Final = 0.99
"""Share of rows (or ranking quality) from which one column alone gives the target away."""
NAMED: Final = 0.9
"""Share of rows whose text holds the name of their own class from which the text gives it away."""
_ID: Final = 0.99
"""Share of different values from which a column of codes or whole numbers is an id."""
_SMALL_CLASS: Final = 10
_SHORT_NAME: Final = 3
_FEW: Final = 10
_REPEATS: Final = 0.01
_MEASURED: Final = 3
"""Columns of measured quantities from which two equal rows are no accident."""
_WHOLE_REPEATS: Final = 0.05


def leaks(
    frame: pl.DataFrame,
    name: str,
    family: str,
    texts: Sequence[str],
    is_text: Callable[[pl.Series], bool],
) -> list[str]:
    """Columns that give the target away almost alone, in the order of the file."""
    target = frame[name]
    others = [
        c for c, dtype in frame.schema.items()
        if c != name and (dtype.is_numeric() or dtype in (pl.String, pl.Boolean)) and not is_text(frame[c])
    ]  # fmt: skip
    if family == "tabular-regression":
        numeric = [c for c in others if frame[c].dtype.is_numeric()]
        return [c for c in numeric if abs(_correlation(frame[c], target)) >= LEAK]
    if not family.endswith("classification") or target.dtype in (pl.List, pl.Struct):
        return []
    found = [
        c for c in others if _purity(frame, c, name) >= LEAK or _ranks(frame[c], target) >= LEAK
    ]
    found += [c for c in texts if _names_its_class(frame, c, name) >= NAMED]
    return [c for c in frame.columns if c in found]


def id_like(frame: pl.DataFrame, name: str, texts: Sequence[str]) -> list[str]:
    """Columns with a code or a whole number of its own in nearly every row: they say which row it is, not what."""
    found = []
    for column, dtype in frame.schema.items():
        if column == name or column in texts or not (dtype == pl.String or dtype.is_integer()):
            continue
        filled = frame[column].drop_nulls()
        if len(filled) >= _FEW and filled.n_unique() >= _ID * len(filled) and _is_code(filled):
            found.append(column)
    return found


def _is_code(column: pl.Series) -> bool:
    """Text is a code; whole numbers are where they run through, as row numbers do, and not where they measure."""
    if column.dtype == pl.String:
        return True
    span = float(cast("float", column.max())) - float(cast("float", column.min())) + 1
    named = column.name.strip().lower()
    return span <= 1.5 * len(column) or named == "id" or named.endswith(("_id", " id", "-id"))


def repeated(frame: pl.DataFrame, name: str, inputs: Sequence[str]) -> Facts:
    """Rows whose input was there before, and rows whose input also stands under another target.

    inputs: the text columns where there are any, else all that are neither target nor id. Texts are compared
    without case and double spaces. Empty where there is nothing to compare.
    """
    plain = [c for c in inputs if frame[c].dtype not in (pl.Struct, pl.List, pl.Object)]
    if not plain or frame[name].dtype in (pl.Struct, pl.List, pl.Object):
        return {}
    same = [
        pl.col(c).str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
        if frame[c].dtype == pl.String
        else pl.col(c)
        for c in plain
    ]
    rows = frame.select(pl.struct(same).hash().alias("input"), pl.col(name).alias("target"))
    spoken = rows.filter(frame.select(pl.any_horizontal(pl.col(plain).is_not_null())).to_series())
    groups = spoken.group_by("input").agg(
        n=pl.len(), n_targets=pl.col("target").drop_nulls().n_unique()
    )
    found: Facts = {"repeated_inputs": int(spoken.height - groups.height)}
    if not frame[name].dtype.is_float():  # two quantities for one input are no contradiction
        found["conflicting_rows"] = int(groups.filter(pl.col("n_targets") > 1)["n"].sum())
    return found


def class_facts(target: pl.Series) -> Facts:
    """How many classes and how even they are; `balance` is the entropy of their shares, 1 when all are alike."""
    filled = target.drop_nulls()
    counts = (
        filled.cast(pl.String)
        .value_counts(name="n")
        .sort("n", target.name, descending=[True, False])
    )
    shares = [n / len(filled) for n in counts["n"]]
    entropy = -sum(p * math.log(p) for p in shares)
    return {
        "n_classes": counts.height,
        "classes": [clean(str(value))[:60] for value in counts[target.name].head(20)],
        "majority_share": round(shares[0], 4),
        "smallest_class": int(counts["n"][-1]),
        "small_classes": int((counts["n"] < _SMALL_CLASS).sum()),
        "balance": round(entropy / math.log(len(shares)), 4) if len(shares) > 1 else 0.0,
    }


def warnings(frame: pl.DataFrame, name: str, facts: Facts) -> list[str]:
    """What to look at before trusting any score on this table, the most harmful first."""
    found = []
    suspects = cast("list[str]", facts["leakage_suspects"])
    target = repr(clean(name))
    if suspects:
        listed = ", ".join(map(repr, suspects[:5]))
        found.append(
            f"{listed} may give {target} away almost alone: is it known before the answer is?"
        )
    # A few coarse columns repeat by nature; a text or a measured quantity does not.
    n_measured = sum(dtype.is_float() for c, dtype in frame.schema.items() if c != name)
    told = facts["kind"] == "text" or n_measured >= _MEASURED
    conflicting = int(cast("int", facts.get("conflicting_rows", 0)))
    if told and conflicting:
        found.append(f"{conflicting:,} rows have the same input as a row with another {target}")
    again = int(cast("int", facts.get("repeated_inputs", 0)))
    if told and again > _REPEATS * frame.height:
        found.append(
            f"{again:,} rows repeat the input of another row: keep copies on one side when you split"
        )
    if (share := cast("float", facts["duplicate_share"])) > _WHOLE_REPEATS:
        found.append(f"{share:.0%} of the rows repeat another row")
    if ids := cast("list[str]", facts["id_like_columns"]):
        found.append(f"{', '.join(map(repr, ids[:5]))} names the row, as an id does: leave it out")
    if small := int(cast("int", facts.get("small_classes", 0))):
        found.append(f"{small:,} classes have fewer than {_SMALL_CLASS} rows")
    if (empty := frame[name].null_count()) > 0:
        found.append(f"{empty:,} rows have no {target} and count as unlabelled")
    return found


def _names_its_class(frame: pl.DataFrame, column: str, name: str) -> float:
    """Share of rows whose text holds their own class's name, where class names are words of their own."""
    pair = frame.select(
        x=pl.col(column).str.to_lowercase(),
        y=pl.col(name).cast(pl.String).str.to_lowercase().str.strip_chars(),
    ).drop_nulls()
    pair = pair.filter(pl.col("y").str.len_chars() >= _SHORT_NAME)
    if pair.height < max(_FEW, 0.5 * frame.height):
        return 0.0
    inside = pair.select(pl.col("x").str.contains(pl.col("y"), literal=True).mean()).item()
    return float(inside)


def _correlation(column: pl.Series, target: pl.Series) -> float:
    pair = pl.DataFrame({"x": column.cast(pl.Float64), "y": target.cast(pl.Float64)}).drop_nulls()
    if pair.height < _FEW or pair["x"].n_unique() < 2 or pair["y"].n_unique() < 2:
        return 0.0
    return float(pair.select(pl.corr("x", "y", method="spearman")).item())


def _purity(frame: pl.DataFrame, column: str, name: str) -> float:
    """Share of rows whose class is the commonest among the rows with the same value; 0 for ids and bare majorities."""
    pair = pl.DataFrame({"x": frame[column], "y": frame[name].cast(pl.String)}).drop_nulls()
    groups = pair["x"].n_unique()
    if pair.height < _FEW or groups < 2 or groups > pair.height / 2:
        return 0.0
    best = (
        pair.group_by("x", "y").len().group_by("x").agg(pl.col("len").max())["len"].sum()
        / pair.height
    )
    majority = float(cast("float", pair["y"].value_counts()["count"].max())) / pair.height
    return float(best) if majority < LEAK - 0.05 else 0.0


def _ranks(column: pl.Series, target: pl.Series) -> float:
    """How well a number ranks a class of two (area under the ROC curve, either way round); 0 where it does not apply."""
    pair = pl.DataFrame({"x": column, "y": target.cast(pl.String)}).drop_nulls()
    if (
        not column.dtype.is_numeric()
        or pair["y"].n_unique() != 2
        or pair.height < _FEW
        or pair["x"].n_unique() < 2
    ):
        return 0.0
    first = pair["y"].sort()[0]
    ranks = pair.with_columns(rank=pl.col("x").rank("average")).filter(pl.col("y") == first)
    n, m = ranks.height, pair.height - ranks.height
    area = (float(ranks["rank"].sum()) - n * (n + 1) / 2) / (n * m)
    return max(area, 1 - area)
