"""New MTEB results in a snapshot: evidence at once, scores and predictions once they are fitted again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.build.cards import describe_measured
from advisor.core.errors import MissingData
from advisor.ingest.mteb_comparable import comparable
from advisor.ingest.mteb_meta import read_meta_cards
from advisor.ingest.mteb_results import read_results
from advisor.ingest.mteb_tally import SOURCE
from advisor.tables.columns import filled
from advisor.tables.schema import (
    EVIDENCE,
    EVIDENCE_KEY,
    SCORES,
    SCORES_KEY,
    SHIPPED_MODELS,
    TASKS,
    TASKS_KEY,
    check_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from advisor.tables.snapshot import Snapshot

WAITING: Final = "scores_waiting"
"""SCORES that came after the last fit: no prediction rests on them and no answer shows them yet."""
FOLDERS: Final = "mteb_folders"
FOLDERS_SCHEMA: Final = pl.Schema({"folder": pl.String, "content": pl.String})
"""Folders of the results repository as a refresh last saw them."""
SAME: Final = 1e-9


@dataclass(frozen=True, kw_only=True)
class NewScores:
    """What the results held that the snapshot did not."""

    n_files: int
    n_rows_new: int
    n_rows_changed: int
    n_scores_new: int
    n_scores_changed: int
    n_models_new: int
    n_tasks_unknown: int
    """Tasks that the snapshot's catalogue does not hold: no question finds them."""
    n_other_revision: int
    """Scores that stay because they rest on a revision that is not among the results."""

    def plus(self, other: NewScores) -> NewScores:
        """Both together; a thing in both is counted twice."""
        return NewScores(**{name: n + getattr(other, name) for name, n in vars(self).items()})


def read_new(
    base: Mapping[str, pl.DataFrame], root: Path
) -> tuple[dict[str, pl.DataFrame], NewScores, pl.DataFrame]:
    """The tables with the results under `root`, what was new in them, and what became of every file and row.

    base: evidence_mteb, scores, tasks, models, and `WAITING` where there is one. Raises: MissingData: no score there.
    """
    tasks = base["tasks"].filter(pl.col("harness") == "mteb")
    old_scores = base["scores"].filter(pl.col("source_id") == SOURCE)
    found = read_results(root, tasks, main_revisions=_mains(old_scores))
    cell = ["task_id", "dataset_revision", "split", "subset"]
    rows = _with_items(found.evidence, base["evidence_mteb"], cell)
    evidence, moved = _merged(base["evidence_mteb"], rows)
    n_new = evidence.height - base["evidence_mteb"].height
    pairs = moved.select(SCORES_KEY).unique()
    scores = _with_items(found.scores, old_scores, ["task_id", "n_rows"])
    news, n_other = _news(scores.join(pairs, on=SCORES_KEY, how="semi"), old_scores, rows)
    cards = _cards(base["models"], root, rows)
    tables = {}
    if moved.height:
        waiting = filled(base.get(WAITING, SCORES.to_frame()), SCORES)
        now = pl.concat([waiting, news]).unique(SCORES_KEY, keep="last", maintain_order=True)
        tables = {
            "evidence_mteb": evidence,
            WAITING: check_table(WAITING, now.sort(SCORES_KEY), SCORES, SCORES_KEY),
            "models": pl.concat([base["models"], cards]).sort("model_id"),
        }
    counts = dict(found.report.select("kind", "n_rows").iter_rows())
    added = news.join(old_scores, on=SCORES_KEY, how="anti")
    unknown = added.join(tasks, on="task_id", how="anti")["task_id"].n_unique()
    return (
        tables,
        NewScores(
            n_files=counts["files: score files"], n_rows_new=n_new, n_rows_changed=moved.height - n_new,
            n_scores_new=added.height, n_scores_changed=news.height - added.height, n_models_new=cards.height,
            n_tasks_unknown=unknown, n_other_revision=n_other,
        ),
        found.report,
    )  # fmt: skip


def _mains(scores: pl.DataFrame) -> dict[str, str]:
    """Each model's own revision: the one that most of its scores rest on. mteb's registry, which says it, is no table."""
    counts = scores.group_by("model_id", "model_revision").len()
    order = ["model_id", "len", "model_revision"]
    first = counts.sort(order, descending=[False, True, False]).unique("model_id", keep="first", maintain_order=True)  # fmt: skip
    return dict(first.select("model_id", "model_revision").iter_rows())


def _with_items(new: pl.DataFrame, old: pl.DataFrame, of: list[str]) -> pl.DataFrame:
    """`new` with the number of items that all old rows alike in `of` rest on; which task lists how many, only a build knows."""
    known = (
        old.group_by(of)
        .agg(n=pl.col("n_items").drop_nulls().first(), n_kinds=pl.col("n_items").n_unique())
        .filter(pl.col("n_kinds") == 1)
        .drop("n_kinds")
    )
    joined = new.join(known, on=of, how="left", maintain_order="left")
    return joined.with_columns(n_items=pl.coalesce("n_items", "n")).drop("n")


def _merged(old: pl.DataFrame, new: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All evidence, and those of its rows that are new or changed; of one key the later value stands."""
    fresh = new.join(old, on=EVIDENCE_KEY, how="anti")
    later = new.select(*EVIDENCE_KEY, later="value")
    joined = old.join(later, on=EVIDENCE_KEY, how="left", maintain_order="left")
    differs = pl.col("later").is_not_null() & ((pl.col("later") - pl.col("value")).abs() > SAME)
    updated = joined.with_columns(value=pl.when(differs).then("later").otherwise("value"))
    moved = [filled(part, EVIDENCE) for part in (fresh, joined.filter(differs))]
    every = pl.concat([filled(updated, EVIDENCE), moved[0]])
    checked = check_table("evidence_mteb", every, EVIDENCE, EVIDENCE_KEY)
    return checked.sort(EVIDENCE_KEY), pl.concat(moved)


def _news(
    found: pl.DataFrame, old: pl.DataFrame, evidence: pl.DataFrame
) -> tuple[pl.DataFrame, int]:
    """Scores that are new or other than the old ones, and how many old ones stay.

    A score that rests on a revision without files here stays: which of two revisions is the model's own cannot
    be told from the newer one alone.
    """
    pairs = evidence.select(*SCORES_KEY, "model_revision").unique()
    held = old.join(pairs, on=[*SCORES_KEY, "model_revision"], how="semi")
    other = found.join(old, on=SCORES_KEY, how="semi").join(held, on=SCORES_KEY, how="anti")
    usable = found.join(other, on=SCORES_KEY, how="anti")
    before = old.select(*SCORES_KEY, before="value")
    joined = usable.join(before, on=SCORES_KEY, how="left")
    differs = pl.col("before").is_null() | ((pl.col("value") - pl.col("before")).abs() > SAME)
    return filled(joined.filter(differs), SCORES), other.height


def _cards(models: pl.DataFrame, root: Path, evidence: pl.DataFrame) -> pl.DataFrame:
    """Cards of models that had none: in no pool until their scores are fitted."""
    new = evidence.join(models, on="model_id", how="anti")["model_id"].unique()
    cards = read_meta_cards(root, new)
    bare = [name for name in new if name not in set(cards["model_id"])]
    every = pl.concat([filled(cards, SHIPPED_MODELS), filled(pl.DataFrame({"model_id": bare}, schema={"model_id": pl.String}), SHIPPED_MODELS)])  # fmt: skip
    return every.with_columns(
        pool=pl.lit([], dtype=pl.List(pl.String)),
        kind=pl.col("kind").fill_null("other"),
        params_suspect=pl.col("params_suspect").fill_null(value=False),
        commercial_use=pl.col("commercial_use").fill_null("unknown"),
        verified=pl.lit(value=False),
        measured_languages=pl.lit([], dtype=pl.List(pl.String)),
    )


def refit(
    base: Snapshot, tables: Mapping[str, pl.DataFrame], *, say: Callable[[str], None]
) -> dict[str, pl.DataFrame]:
    """Everything that rests on the scores, fitted again with the waiting ones; needs the extra `build`.

    Raises: MissingData: nothing is waiting.
    """
    waiting = tables.get(WAITING)
    if waiting is None and WAITING in base.manifest["tables"]:
        waiting = base.table(WAITING)
    if waiting is None or waiting.is_empty():
        raise MissingData("--refit: no score is waiting; give new results with --mteb-results or --mteb")  # fmt: skip
    names = ("tasks", "models", "shape_timings", "scores", "evidence_mteb")
    have = {name: tables[name] if name in tables else base.table(name) for name in names}
    scores = have["scores"].join(waiting, on=SCORES_KEY, how="anti")
    scores = pl.concat([filled(scores, SCORES), waiting]).sort(SCORES_KEY)
    counts = scores.group_by("task_id").agg(n=pl.len().cast(pl.Int32))
    tasks = have["tasks"].join(counts, on="task_id", how="left", maintain_order="left")
    tasks = filled(tasks.with_columns(n_models=pl.coalesce("n", "n_models")), TASKS)
    made = {
        "scores": check_table("scores", scores, SCORES, SCORES_KEY),
        "tasks": check_table("tasks", tasks, TASKS, TASKS_KEY),
        "models": _in_pools(have["models"], scores, tasks, waiting),
        "comparable": comparable(scores.filter(pl.col("source_id") == SOURCE), have["evidence_mteb"]),
        WAITING: SCORES.to_frame(),
    }  # fmt: skip
    from advisor.build.fit import fit_all

    return made | fit_all(made | {"shape_timings": have["shape_timings"]}, say=say)


def _in_pools(
    models: pl.DataFrame, scores: pl.DataFrame, tasks: pl.DataFrame, waiting: pl.DataFrame
) -> pl.DataFrame:
    """Cards of the newly measured models in the pool that they were measured in, vouched for by who measured them."""
    touched = waiting["model_id"].unique().implode()
    pool = pl.col("pool").list.set_union(pl.lit(["embedding"])).list.sort()
    placed = models.with_columns(
        pool=pl.when(pl.col("model_id").is_in(touched)).then(pool).otherwise("pool")
    )
    plain = placed.drop("verified", "is_open_license", "measured_languages")
    described = describe_measured(plain, scores, tasks)
    # Others stay vouched for as they were: that the Hub counts a model's downloads by now says nothing new of it.
    kept = described.join(models.select("model_id", was="verified"), on="model_id", how="left")
    return filled(
        kept.with_columns(
            verified=pl.when(pl.col("model_id").is_in(touched)).then("verified").otherwise("was")
        ),
        SHIPPED_MODELS,
    ).sort("model_id")
