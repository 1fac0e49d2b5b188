"""Measured rows enter the user's own evidence: merged by key, written whole or not at all, one writer at a time."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import orjson
import polars as pl

from advisor.core.errors import BadInput, MissingData
from advisor.tables import snapshot
from advisor.tables.locate import CURRENT, own_folder
from advisor.tables.locks import take
from advisor.tables.own import OWN_KEY, OWN_TABLES, own_evidence
from bench.protocol import ITEMS_KEY
from bench.store import Store
from bench.wire import from_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.protocol import JobOutcome, Measured

_COMPRESSION: Final = 3
_NEWEST: Final = ["measured_at", "job_id"]
"""Which of two rows speaks: the later measured; of the same second, by name, so that order does not matter."""

Tables = dict[str, pl.DataFrame]


def collect(
    outcomes: Sequence[JobOutcome],
    *,
    folder: Path | None = None,
    runs: Path | None = None,
    anew: bool = False,
) -> Path:
    """Merge what was measured into the user's own evidence; returns its folder.

    A newer run of the same key replaces the older one; collecting the same outcomes twice changes nothing.
    Jobs that failed or were not run add nothing. folder: default locate.own_folder(). runs: the folder of runs
    that holds the jobs, for the way back to them. anew: forget what was there, damaged or not.
    Raises: BadInput: the folder cannot be written; MissingData: what is there is damaged.
    Source: METHOD.md#own-evidence
    """
    where = folder or own_folder()
    found = [o for o in outcomes if o.status == "done" and o.measured is not None]
    if not found and not anew:
        return where
    with _locked(where):
        before = None if anew else _stored(where)
        made = [_tables_of(outcome, runs) for outcome in found]
        after = _merged([*([before] if before else []), *made])
        if before is None or any(not before[name].equals(after[name]) for name in OWN_TABLES):
            _write(where, after)
    return where


def outcomes_under(runs: Path) -> list[JobOutcome]:
    """Every finished job under a folder of runs, by job id; damaged ones are left out.

    Raises: MissingData: no jobs there.
    """
    store, found = Store(root=runs), []
    files = sorted((runs / "jobs").glob("*/job.json"))
    for file in files:
        try:
            job = from_json(orjson.loads(file.read_bytes()))
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
            continue
        if (outcome := store.finished(job)) is not None:
            found.append(outcome)
    if not files:
        raise MissingData(f"no jobs under {runs}; name the folder of the runs with --runs DIR")
    return found


def _stored(folder: Path) -> Tables | None:
    kept = own_evidence(folder)
    return None if kept is None else {name: kept.table(name) for name in OWN_TABLES}


def _tables_of(outcome: JobOutcome, runs: Path | None) -> Tables:
    """One outcome as rows of OWN_TABLES."""
    measured = outcome.measured
    assert measured is not None  # noqa: S101 - collect() looked
    job_id = pl.lit(outcome.job.job_id)
    split = _split(measured)
    rows = measured.rows.with_columns(split=split, job_id=job_id)
    main = str(measured.facts.get("main_score", rows["metric"][0]))
    if main not in rows["metric"]:
        main = rows["metric"][0]
    first = rows.filter(pl.col("metric") == main).row(0, named=True)
    model = measured.model.with_columns(job_id=job_id, measured_at=pl.lit(first["measured_at"]))
    said = pl.col("value").is_null()
    items = measured.items.with_columns(
        job_id=job_id,
        # What a share already says need not be kept twice: generated texts are long.
        **{
            name: pl.when(said | (pl.col(name).str.len_chars() <= 100)).then(name)
            for name in ("target", "prediction")
        },
    )
    job = {**first, **_job_facts(outcome, main, runs)}
    made = {
        "evidence": rows,
        "models": model,
        "jobs": pl.DataFrame([{name: job[name] for name in OWN_TABLES["jobs"]}], OWN_TABLES["jobs"]),
        "items": items,
    }  # fmt: skip
    return {name: frame.select(list(OWN_TABLES[name])) for name, frame in made.items()}


def _job_facts(outcome: JobOutcome, main: str, runs: Path | None) -> dict[str, Any]:
    options = dict(outcome.job.options)
    is_file = "data" in options or "data_hash" in options
    return {
        "model": outcome.job.model,
        "main_metric": main,
        "data_file": str(options.get("data") or outcome.job.task) if is_file else None,
        "options": orjson.dumps(options, option=orjson.OPT_SORT_KEYS).decode(),
        "runs": None if runs is None else str(runs.resolve()),
        "wall_s": outcome.wall_s,
    }


def _split(measured: Measured) -> pl.Expr:
    """The split's name; a run that learned from a part of the labels stands apart from one that had all of them."""
    n, n_all = measured.facts.get("n_train"), measured.facts.get("n_train_all")
    if isinstance(n, int) and isinstance(n_all, int) and n < n_all:
        return pl.format("{}, {} labels", pl.col("split"), pl.lit(str(n)))
    return pl.col("split")


def _merged(parts: Sequence[Tables]) -> Tables:
    """All parts as one: of two rows with one key the newer stays; a job whose every row gave way goes with it."""
    if not parts:
        return {name: schema.to_frame() for name, schema in OWN_TABLES.items()}
    every = {name: pl.concat([part[name] for part in parts]) for name in OWN_TABLES}
    jobs = every["jobs"].unique("job_id", keep="last", maintain_order=True)
    evidence = _newest(every["evidence"].unique([*OWN_KEY, "job_id"], keep="last"), OWN_KEY)
    jobs = jobs.join(evidence.select("job_id").unique(), on="job_id", how="semi").sort("job_id")
    items = every["items"].unique(["job_id", *ITEMS_KEY], keep="last", maintain_order=True)
    return {
        "evidence": evidence,
        "models": _newest(every["models"], ["model_id"]),
        "jobs": jobs,
        "items": items.join(jobs, on="job_id", how="semi").sort("job_id", "subset", "item_id"),
    }


def _newest(frame: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    ordered = frame.sort(_NEWEST, maintain_order=True)
    return ordered.unique(key, keep="last", maintain_order=True).sort(key)


def _write(folder: Path, tables: Tables) -> None:
    before = folder / CURRENT
    previous = (
        before.read_text(encoding="utf-8", errors="replace").strip() if before.is_file() else ""
    )
    try:
        path = snapshot.write(
            folder, tables, facts={"kind": "own-runs"}, compression_level=_COMPRESSION
        )
    except BadInput as error:
        why = str(error).partition("; ")[0]
        raise BadInput(
            f"{why}; free space, or name another folder with $ADVISOR_OWN. Your runs are kept; "
            "`advisor bench collect` adds them later"
        ) from None
    for old in folder.glob("*/manifest.json"):
        # The one before stays: somebody may be reading it.
        if old.parent.name not in {path.name, previous}:
            shutil.rmtree(old.parent, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One writer at a time; a writer that was killed leaves no obstacle behind."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = take(folder / ".lock", wait=True)
    except OSError as error:
        raise BadInput(
            f"{folder}: cannot be written ({error.strerror}); name another folder with $ADVISOR_OWN"
        ) from None
    try:
        yield
    finally:
        if held is not None:
            held.release()
