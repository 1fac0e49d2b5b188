"""Which of the user's rows are learned from and which are judged on; rows that belong together stay on one side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from advisor.core.errors import BadInput
from bench.data_file import column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.harness.own_tasks import Kind

TEST_SHARE: Final = 0.2
_TRAIN: Final = ("train", "training")
_TEST: Final = ("test", "testing", "eval", "evaluation")


def with_parts(rows: pl.DataFrame, frame: pl.DataFrame, options: Mapping[str, Any]) -> pl.DataFrame:
    """The rows with _part ("train", "test" or null) from the file's split column, and _group."""
    named = options.get("split_column")
    if named is not None:
        column(frame, named, option="--split-column")
    elif "split" in frame.columns:
        named = "split"
    group = options.get("group_column")
    if group is not None:
        column(frame, group, option="--group-column")
    side = frame.select(
        "row_nr",
        _part=pl.col(named).cast(pl.String).str.to_lowercase()
        if named
        else pl.lit(None, pl.String),
        _group=pl.col(group).cast(pl.String) if group else pl.lit(None, pl.String),
    )
    joined = rows.join(side, on="row_nr", how="left", maintain_order="left")
    part = pl.col("_part")
    joined = joined.with_columns(
        _part=pl.when(part.is_in(_TRAIN))
        .then(pl.lit("train"))
        .when(part.is_in(_TEST))
        .then(pl.lit("test")),
        _group=pl.coalesce("_group", "_key"),
    )
    known = set(joined["_part"].drop_nulls().unique())
    if options.get("split_column") is not None and known != {"train", "test"}:
        raise BadInput(
            f"--split-column: {named!r} must hold both 'train' and 'test'; it holds {sorted(known)}"
        )
    if known and known != {"train", "test"}:
        return joined.with_columns(_part=pl.lit(None, pl.String), _ignored=pl.lit(value=True))
    return joined


def split(rows: pl.DataFrame, kind: Kind, *, seed: int) -> tuple[pl.DataFrame, pl.DataFrame, str]:
    """Training rows, test rows, and the split's name; rows of one group never stand on both sides."""
    if rows["_part"].drop_nulls().len():
        train, test = (rows.filter(pl.col("_part") == part) for part in ("train", "test"))
        if not train.height or not test.height:
            raise BadInput(
                "--data: the split column leaves no row to learn from, or none to be judged on"
            )
        return train, test, "test"
    classes = (
        rows["target"].to_list() if kind in {"classification", "pairs"} else ["all"] * rows.height
    )
    groups = rows["_group"].to_list()
    chosen = _held_out(classes, groups, seed=seed)
    held = rows["_group"].is_in(pl.Series(sorted(chosen)).implode())
    return rows.filter(~held), rows.filter(held), f"holdout {TEST_SHARE:.0%}"


def _held_out(classes: Sequence[str], groups: Sequence[str], *, seed: int) -> set[str]:
    """Groups for the test part: TEST_SHARE of each class's rows, as near as whole groups come."""
    rng = np.random.default_rng(seed)
    members: dict[str, dict[str, int]] = {}
    owner: dict[str, str] = {}
    for name, group in zip(classes, groups, strict=True):
        owner.setdefault(group, name)
        counts = members.setdefault(owner[group], {})
        counts[group] = counts.get(group, 0) + 1
    chosen: set[str] = set()
    for name in sorted(members):
        names = sorted(members[name])
        wanted, taken = TEST_SHARE * sum(members[name].values()), 0
        for at in rng.permutation(len(names)):
            # Half a row is the point from which one more group brings the share nearer.
            if taken + members[name][names[at]] / 2 > wanted:
                continue
            chosen.add(names[at])
            taken += members[name][names[at]]
    if not chosen:
        raise BadInput(
            "--data: too few rows of each class to hold some out; give at least five a class"
        )
    return chosen


def split_warnings(
    train: pl.DataFrame, test: pl.DataFrame, kind: Kind, rows: pl.DataFrame
) -> list[str]:
    """What a reader of the scores must know of the split, in words. Raises: BadInput: one class to learn from."""
    warnings = []
    if (aside := rows.height - train.height - test.height) > 0:
        warnings.append(
            f"{aside:,} rows of other parts (such as validation) are used neither to learn nor to judge"
        )
    if kind in {"classification", "pairs"}:
        unseen = sorted(set(test["target"]) - set(train["target"]))
        if unseen:
            warnings.append(
                f"{len(unseen)} classes occur only among the test rows, e.g. {unseen[0]!r}: nobody can learn them"
            )
        if train["target"].n_unique() < 2:
            raise BadInput(
                "--data: the training rows hold one class only; nothing can be learned from them"
            )
    twice = rows.height - rows["_key"].n_unique()
    if twice > rows.height // 20:
        warnings.append(f"rows that repeat another row's text: {twice:,}")
    if kind in {"classification", "pairs"} and (both := _contradictions(rows)):
        warnings.append(
            f"texts under two labels or more: {both:,}; no model can have all of them right"
        )
    return warnings


def _contradictions(rows: pl.DataFrame) -> int:
    return (
        rows.group_by("_key").agg(pl.col("target").n_unique()).filter(pl.col("target") > 1).height
    )


def fewer(train: pl.DataFrame, n: int, kind: Kind, *, seed: int) -> pl.DataFrame:
    """`n` of the training rows, every class kept where that is possible; the same order for every `n`.

    A smaller budget's rows are among a larger one's. Raises: BadInput: below two.
    """
    if n < 2:
        raise BadInput(f"--label-budget: {n} labels; at least 2 are needed")
    order = np.random.default_rng(seed).permutation(train.height)
    shuffled = train[order]
    if kind in {"classification", "pairs"}:
        # Round by round, one of each class: small budgets then hold all classes.
        turn = pl.int_range(pl.len()).over("target")
        shuffled = shuffled.with_columns(_turn=turn).sort("_turn", maintain_order=True)
        first = shuffled.filter(pl.col("_turn") == 0)
        rest = train[order].join(first, on="row_nr", how="anti", maintain_order="left")
        shuffled = pl.concat([first.drop("_turn"), rest])
    return shuffled.head(n).sort("row_nr")
