"""Own scores on a catalogued task in the place of published ones: a snapshot seen through the user's own runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor.core.metrics import base_metric
from advisor.recommend.own_field import as_cards
from advisor.tables.own import SOURCE_ID
from advisor.tables.schema import SCORES
from advisor.tables.snapshot import Snapshot

if TYPE_CHECKING:
    from advisor.core.recommendation import RankedModel, Recommendation
    from advisor.tables.own import OwnEvidence

_PAIR: Final = ["model_id", "task_id"]
_TWO_SIDED: Final = 3.92
"""Width of a 95 % interval in standard errors."""


class Overlaid(Snapshot):
    """A snapshot some of whose tables are read with other rows in them."""

    def leave_out(self, table: str, rows: pl.DataFrame, *, key: list[str]) -> None:
        """From now on no row of `table` has a key of `rows`."""
        kept = self.collect(self._file(table).join(rows.lazy(), on=key, how="anti"))
        self._cache[table] = kept

    def add(self, table: str, rows: pl.DataFrame) -> None:
        """From now on `rows` stand at the end of `table`; what they do not say is null."""
        self._cache[table] = pl.concat([self.table(table), rows], how="diagonal_relaxed")


@dataclass(frozen=True, kw_only=True)
class WithOwn:
    """A snapshot with own scores on one task, and what they replaced."""

    snapshot: Snapshot
    own: OwnEvidence
    metric: str
    rows: pl.DataFrame
    """OWN_EVIDENCE rows of the runs."""
    scores: pl.DataFrame
    """SCORES rows of the own runs and `published`, the score that each replaced, null where there was none."""
    warnings: list[str]

    def marked(self, answer: Recommendation) -> Recommendation:
        """The answer with its own runs named as such."""
        own = {row["model_id"]: row for row in self.scores.iter_rows(named=True)}
        ranked = [self._marked(model, own) for model in answer.ranked]
        return answer.model_copy(
            update={
                "own_evidence_id": self.own.id,
                "ranked": ranked,
                "verdict": answer.verdict.model_copy(
                    update={"sentence": self._sentence(answer, own)}
                ),
                "warnings": [*self.warnings, *answer.warnings],
            }
        )

    def _marked(self, model: RankedModel, own: dict[str, dict[str, Any]]) -> RankedModel:
        row = own.get(model.model_id)
        if row is None:
            return model
        words = f"your own run: {self.metric} {row['value']:.3f}"
        words += (
            f" (published {row['published']:.3f})"
            if row["published"] is not None
            else " (nobody published it)"
        )
        return model.model_copy(update={"reasons": [words, *model.reasons]})

    def _sentence(self, answer: Recommendation, own: dict[str, dict[str, Any]]) -> str:
        words = answer.verdict.sentence
        if answer.verdict.model_id in own:
            words += " Its score is your own run's."
        return words


def overlaid(snapshot: Snapshot, own: OwnEvidence, task_id: str) -> WithOwn | None:
    """The snapshot with the user's own scores on a catalogued task; None where there are none that compare.

    An own score is the mean over the subsets of the task's main score under its own protocol; of several runs of
    a model the newest counts. Source: METHOD.md#own-evidence
    """
    row = snapshot.collect(snapshot.scan("tasks").filter(pl.col("task_id") == task_id))
    task = row.row(0, named=True)
    jobs = own.table("jobs").filter(pl.col("task_id") == task_id, pl.col("data_file").is_null())
    if jobs.is_empty():
        return None
    fits, warnings = _under_protocol(jobs, task["metric"], task["n_shot"])
    rows = own.table("evidence").join(fits, on=["job_id", "split"], how="semi")
    scores = _scores(rows, fits)
    if scores.is_empty():
        return None
    wanted = scores["model_id"].implode()
    published = snapshot.collect(
        snapshot.scan("scores").filter(pl.col("task_id") == task_id, pl.col("model_id").is_in(wanted))
    )  # fmt: skip
    made = Overlaid(path=snapshot.path, manifest=snapshot.manifest)
    for table in ("scores", "comparable", "flags"):
        if table in snapshot.manifest["tables"]:
            made.leave_out(table, scores, key=_PAIR)
    made.add("scores", scores)
    _add_cards(made, own, scores, task)
    return WithOwn(
        snapshot=made,
        own=own,
        rows=rows,
        metric=task["metric"],
        scores=scores.join(
            published.select("model_id", published="value"), on="model_id", how="left"
        ),
        warnings=warnings,
    )


def _under_protocol(jobs: pl.DataFrame, metric: str, n_shot: int) -> tuple[pl.DataFrame, list[str]]:
    """The newest job of each model under the task's protocol, and a warning about those under another."""
    shots = pl.col("n_shot")
    same = (shots == n_shot) | (shots < 0) | pl.lit(n_shot < 0)
    scored = pl.col("main_metric").map_elements(base_metric, pl.String) == base_metric(metric)
    fits = jobs.filter(same, scored).sort("measured_at", "job_id")
    fits = fits.unique("model_id", keep="last", maintain_order=True)
    others = sorted(set(jobs["model_id"]) - set(fits["model_id"]))
    if not others:
        return fits, []
    return fits, [
        f"your own runs of {', '.join(others[:3])} are under another protocol than the published scores "
        f"({n_shot}-shot {metric}) and do not compare with them"
    ]


def _scores(rows: pl.DataFrame, jobs: pl.DataFrame) -> pl.DataFrame:
    """SCORES rows, one a job."""
    main = rows.join(
        jobs.select("job_id", metric="main_metric"), on=["job_id", "metric"], how="semi"
    )
    spread = pl.coalesce("stderr", (pl.col("hi") - pl.col("lo")) / _TWO_SIDED)
    found = main.group_by("model_id", "task_id", "model_revision").agg(
        value=pl.col("value").mean(),
        stderr=(spread**2).sum().sqrt() / pl.len(),
        n_items=pl.col("n_items").sum(),
        n_rows=pl.len(),
    )
    return (
        found.with_columns(
            source_id=pl.lit(SOURCE_ID), stderr=pl.when(pl.col("stderr") > 0).then("stderr")
        )
        .select(pl.col(c).cast(t) for c, t in SCORES.items())
        .sort("model_id")
    )


def _add_cards(
    made: Overlaid, own: OwnEvidence, scores: pl.DataFrame, task: dict[str, object]
) -> None:
    """Cards of models that only own runs know, and the source of their scores."""
    known = made.table("models")
    said = own.table("models").join(scores, on="model_id", how="semi")
    new = as_cards(said, known.schema).join(known, on="model_id", how="anti")
    new = new.with_columns(
        pool=pl.lit([task["pool"]], pl.List(pl.String)),
        measured_languages=pl.lit(task["languages"], pl.List(pl.String)),
    )
    made.add("models", new)
    source = {
        "source_id": SOURCE_ID, "title": "your own runs", "url": str(own.folder), "commit": own.id,
    }  # fmt: skip
    made.add("sources", pl.DataFrame([source]))
