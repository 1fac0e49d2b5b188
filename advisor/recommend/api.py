"""The Python face of the house: what the command line does, as functions on typed objects and frames."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from advisor.recommend.request import Asked, check_options, request
from advisor.tables import locate
from advisor.tables.own import own_evidence
from advisor.tables.snapshot import Snapshot, load

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from advisor.core.plan import Plan
    from advisor.core.profile import TaskProfile
    from advisor.core.recommendation import Recommendation
    from advisor.recommend.compare import Comparison
    from advisor.recommend.diff import SnapshotDiff


def recommend(
    task: str | Path | TaskProfile,
    *,
    snapshot: Snapshot | Path | str | None = None,
    **asked: Unpack[Asked],
) -> Recommendation:
    """The smallest model that is good enough for `task`, with everything that it was weighed against.

    task: free words, a catalogued task's name, a path to a table (a `Path` is always one), or a profile.
    snapshot: an open one or where it lies; by default the one in use.
    Runs of the user's own on the same data decide before anything published (METHOD.md#own-evidence).
    asked: the options of `advisor recommend`, e.g. max_params="150M", max_latency_ms=15.
    Raises: BadInput, Unclear, MissingData.
    """
    check_options(**asked)
    opened = open_snapshot(snapshot)
    profile, options = request(task, snapshot=opened, **asked)
    # What was run since is no part of an answer as of an earlier day.
    own = own_evidence() if options.as_of is None else None
    if own is None:
        from advisor.recommend.pipeline import recommend as answer

        return answer(profile, opened, options=options)
    from advisor.recommend.own_question import recommend_with_own

    return recommend_with_own(task, profile, options, snapshot=opened, own=own, asked=asked)


def read(
    task: str | Path, *, snapshot: Snapshot | Path | str | None = None, **asked: Unpack[Asked]
) -> TaskProfile:
    """What `task` is read as with these options, to be asked about again and again: `recommend(profile, **asked)`.

    The same options belong to the profile and to each question about it that does not change them.
    Raises: see recommend.
    """
    check_options(**asked)
    opened = open_snapshot(snapshot)
    profile, _ = request(task, snapshot=opened, **asked)
    own = own_evidence()
    if own is None:
        return profile
    from advisor.recommend.own_question import for_the_column_of_the_runs

    return for_the_column_of_the_runs(task, profile, opened, own, asked)


def plan(
    task: str | Path | TaskProfile,
    *,
    budget_s: float | None = None,
    snapshot: Snapshot | Path | str | None = None,
    **asked: Unpack[Asked],
) -> Plan:
    """Which (model, task) to measure next, the best worth per hour first; see recommend.plan.

    budget_s: seconds that the measurements may take together; without it the ten best are listed.
    Raises: see recommend.
    """
    check_options(**asked)
    opened = open_snapshot(snapshot)
    profile, options = request(task, snapshot=opened, **asked)
    own = own_evidence()
    from advisor.recommend.own_question import for_the_column_of_the_runs
    from advisor.recommend.plan import plan as planned

    if own is not None:
        profile = for_the_column_of_the_runs(task, profile, opened, own, asked)
    return planned(profile, options, opened, own=own, budget_s=budget_s)


def predict(
    cells: pl.DataFrame, *, level: float = 0.90, snapshot: Snapshot | Path | str | None = None
) -> pl.DataFrame:
    """`cells` (model_id, task_id, ...) with value, lo, hi, level, basis, n_evidence; see predict_cells."""
    from advisor.recommend.cells import predict_cells

    return predict_cells(cells, open_snapshot(snapshot), level=level).frame


def compare(
    models: list[str], task: str | TaskProfile, *, snapshot: Snapshot | Path | str | None = None
) -> Comparison:
    """The named models side by side on one task, limits aside. Raises: UnknownName: no such model."""
    from advisor.recommend.compare import compare_models

    return compare_models(models, task, snapshot=open_snapshot(snapshot))


def diff(before: str | Path, after: str | Path, *, task: str | None = None) -> SnapshotDiff:
    """What changed between two snapshots, named by folder or id, and with `task` in the advice on it.

    Raises: UnknownName, MissingData: no such snapshot; BadInput, Unclear: see recommend.
    """
    from advisor.recommend.diff import diff as compare_snapshots

    here, there = (open_snapshot(locate.named_path(str(name))) for name in (before, after))
    return compare_snapshots(here, there, task=task)


def reader(snapshot: Snapshot | Path | str | None = None) -> Callable[[str], TaskProfile]:
    """A function from a description to its profile; the catalogue is read once for all of them."""
    from advisor.understand import Catalogue, read_task

    catalogue = Catalogue(open_snapshot(snapshot).scan)

    def read(text: str) -> TaskProfile:
        return read_task(text, catalogue=catalogue)

    return read


def open_snapshot(named: Snapshot | Path | str | None = None) -> Snapshot:
    """The snapshot in use, or the one at a path; opened once per process, so that later questions are fast."""
    if isinstance(named, Snapshot):
        return named
    path = locate.current_path(Path(named) if named is not None else None)
    stat = (path / "manifest.json").stat()
    return _opened(path, stat.st_mtime_ns)


@lru_cache(maxsize=2)
def _opened(path: Path, _written_ns: int) -> Snapshot:
    return load(path)
