"""What became of every file and row of the MTEB results: one list of kinds, one count each, so nothing goes unsaid."""

from __future__ import annotations

from collections import Counter
from typing import Final, Literal, NamedTuple

import polars as pl

SOURCE: Final = "mteb-results"

REPORT: Final = pl.Schema(
    {
        "source": pl.String,
        "kind": pl.String,
        "n_rows": pl.Int64,
        "action": pl.String,
        "why": pl.String,
    }
)
"""One kind of thing met in a source. n_rows counts what the kind's first word names: files, folders, rows, pairs."""

Action = Literal["read", "kept", "set aside", "changed", "not read"]


class Kind(NamedTuple):
    """How one kind of oddity is treated, and why."""

    action: Action
    why: str


KINDS: Final[dict[str, Kind]] = {
    "files: score files": Kind("read", "<model>/<revision>/[experiments/<name>/]<Task>.json"),
    "files: before mteb 1.11": Kind(
        "changed", "no `scores` key: split, subset and the task's main metric are looked up"
    ),
    "files: not strict JSON": Kind("kept", "bare NaN or Infinity: read by the lenient parser"),
    "files: renamed task": Kind("changed", "stored under the name mteb uses today"),
    "files: no mteb_version": Kind("kept", "harness_version is 'unknown'; loses to a dated run"),
    "files: range of mteb_versions": Kind(
        "kept", "as mteb does, ranked as a version that is not known"
    ),
    "files: no dataset_revision": Kind("kept", "dataset_revision is 'unknown'"),
    "files: other dataset_revision": Kind(
        "kept", "differs from the task's present one; stands in the row's key"
    ),
    "files: no evaluation_time": Kind("kept", "absent or null; see 'evaluation_time'"),
    "files: evaluation_time": Kind(
        "not read", "seconds on hardware that is not recorded: not comparable between models"
    ),
    "files: kg_co2_emissions": Kind("not read", "hardware and grid are not recorded"),
    "files: unreadable JSON": Kind("set aside", "truncated, not JSON, not UTF-8 or not readable"),
    "files: not a task's scores": Kind("set aside", "JSON of another shape"),
    "files: task of an old file unknown": Kind(
        "set aside", "which metric is the main one cannot be told"
    ),
    "files: no score row": Kind("set aside", "none of its entries is a score"),
    "files: in an experiment without model_meta.json": Kind(
        "set aside", "what was varied cannot be told; mteb leaves them out too"
    ),
    "files: stray": Kind("not read", "not JSON, or not where the layout has score files"),
    "folders: revisions": Kind("read", "folders that hold at least one score file"),
    "folders: experiments": Kind(
        "kept", "the experiment's name is appended to model_revision after '+'"
    ),
    "folders: no model_meta.json": Kind("kept", "name and revision are the folders' names"),
    "folders: model_meta.json unusable": Kind("kept", "name and revision are the folders' names"),
    "folders: spaces in the model's name": Kind(
        "kept", "the folder writes them as '_'; model_meta.json has the name"
    ),
    "folders: revision is no commit": Kind("kept", "'external', '1', 'main', dates, ..."),
    "rows: read": Kind("read", "one (file, split, subset) entry"),
    "rows: not a score entry": Kind("set aside", "no subset name, or the score is not a number"),
    "rows: main score missing": Kind(
        "set aside", "null, or the task's metric is not in the old file"
    ),
    "rows: NaN or infinite": Kind("set aside", "not a measurement"),
    "rows: repeated in the file": Kind(
        "set aside", "the last listed stands as evidence; mteb's mean counts each, and so does ours"
    ),
    "rows: repeated by a renamed task": Kind(
        "set aside",
        "old and new name in one folder, both with a value: the file mteb prefers stands",
    ),
    "rows: evidence": Kind("kept", "one a model, revision, experiment, task, split and subset"),
    "rows: split off the task's list": Kind(
        "kept", "mteb averages over what the file holds; marked by the split's name"
    ),
    "rows: subset off the task's list": Kind("kept", "likewise"),
    "rows: task not in the catalogue": Kind("kept", "metric is 'main_score'"),
    "rows: above 1": Kind("kept", "timings (CPUSpeedTask, GPUSpeedTask): not fractions"),
    "rows: negative": Kind("kept", "correlations and p-MRR may be"),
    "rows: exactly 0": Kind("kept", "mostly tiny subsets"),
    "rows: exactly 1": Kind("kept", "mostly tiny subsets"),
    "rows: of a revision not chosen": Kind(
        "kept", "evidence, but not in the pair's score: mteb takes one revision"
    ),
    "pairs: scored": Kind("kept", "(model, task) with a score equal to mteb's own"),
    "pairs: without a value": Kind("set aside", "every entry is missing: mteb gives NaN"),
    "pairs: in several files": Kind("changed", "one file is chosen as mteb does"),
    "pairs: chosen by file name": Kind(
        "changed", "mteb's own choice depends on the disk's order of files"
    ),
    "pairs: several runs averaged": Kind(
        "kept", "an ordinary run and an experiment: mteb averages over both"
    ),
}


class Tally(Counter[str]):
    """Counts by kind; a kind outside KINDS is our own mistake."""

    def add(self, kind: str, n: int = 1) -> None:
        """Count `n` more of `kind`."""
        if kind not in KINDS:
            raise KeyError(kind)
        self[kind] += n

    def frame(self) -> pl.DataFrame:
        """Every kind in the order of KINDS, with REPORT's columns; zero where none was met."""
        rows = [(SOURCE, kind, self[kind], way.action, way.why) for kind, way in KINDS.items()]
        return pl.DataFrame(rows, schema=REPORT, orient="row")
