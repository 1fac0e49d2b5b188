"""The answer to a question about data that the user has run models on: their own runs decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from advisor.core.metrics import spec
from advisor.core.recommendation import OwnRuns, Verdict
from advisor.recommend.field import LEVEL, POINT
from advisor.recommend.options import Options
from advisor.recommend.own_field import own_standing
from advisor.recommend.own_next import predictions, worth_measuring
from advisor.recommend.own_runs import own_rows, runs_on
from advisor.recommend.pipeline import standing, weighed

if TYPE_CHECKING:
    from advisor.core.profile import TaskProfile
    from advisor.core.recommendation import RankedModel, Recommendation
    from advisor.recommend.own_next import Ahead
    from advisor.recommend.own_runs import Compared
    from advisor.recommend.pipeline import Standing
    from advisor.tables.own import OwnEvidence
    from advisor.tables.snapshot import Snapshot

Cell = str | float | int | None


def recommend_from_own(
    profile: TaskProfile, snapshot: Snapshot, own: OwnEvidence, *, options: Options | None = None
) -> Recommendation | None:
    """The answer that own runs on this very data give; None where there are none, or none meets the limits.

    The verdict is weighed among the measured models; published candidates follow as predictions.
    Source: METHOD.md#own-evidence
    """
    if runs_on(profile, own) is None:
        return None
    published = standing(profile, snapshot)
    found = answer_and_ahead(profile, snapshot, own, published, options or Options())
    return None if found is None else found[0]


def answer_and_ahead(
    profile: TaskProfile,
    snapshot: Snapshot,
    own: OwnEvidence,
    published: Standing,
    options: Options,
) -> tuple[Recommendation, Ahead | None] | None:
    """The answer and the candidates that were not run; see recommend_from_own."""
    compared = runs_on(profile, own)
    if compared is None:
        return None
    here = profile.model_copy(update={"metric": compared.metric})
    stand = own_standing(compared, here, snapshot)
    answer = weighed(stand, here, snapshot, options=options)
    if not answer.pool.n_eligible:
        return None
    named = _verdict(answer, compared, here)
    after = answer.model_copy(update={"verdict": named})
    ahead = predictions(stand, published, here, options, named=named.model_id, snapshot=snapshot)
    measured = [_with_reasons(model, compared, stand) for model in answer.ranked]
    ladder = [
        rung.model_copy(update={"p_good_enough": _of_draws(rung.p_good_enough, compared)})
        for rung in answer.size_ladder
    ]
    room = options.top - len(measured)
    full = after.model_copy(
        update={
            "own_evidence_id": own.id,
            "own_runs": _facts(compared),
            "size_ladder": ladder,
            "warnings": [w for w in answer.warnings if not w.startswith("nobody measured")],
            "receipt": {},
            "evidence": _evidence(compared, named.model_id) if options.explain else [],
            "ranked": [*measured, *(ahead.ranked[:room] if ahead and room > 0 else [])],
            "worth_measuring": worth_measuring(ahead, published, here, snapshot, options),
        }
    )
    return full, ahead


def _facts(compared: Compared) -> OwnRuns:
    first = compared.jobs.row(0, named=True)
    return OwnRuns(
        task_id=first["task_id"],
        data_file=compared.where if first["data_file"] else None,
        dataset_revision=first["dataset_revision"],
        subset=first["subset"],
        split=first["split"],
        seed=first["seed"],
        metric=compared.metric,
        n_items=compared.n_items,
        models=[row["model_id"] for row in _best_first(compared)],
        paired=compared.paired,
    )


def _best_first(compared: Compared) -> list[dict[str, Cell]]:
    return sorted(
        compared.jobs.iter_rows(named=True), key=lambda row: (-row["value"], row["model_id"])
    )


def score_words(compared: Compared, model_id: str) -> str:
    """Like "accuracy 91.2%"."""
    names = compared.jobs["model_id"].to_list()
    value = float(compared.scores[0][names.index(model_id)])
    metric = spec(compared.metric)
    label = metric.label if metric.label[:2].isupper() else metric.label.lower()
    shown = f"{value:.1%}" if compared.metric.endswith("accuracy") else f"{value:.3f}"
    return f"{label} {shown}"


def _verdict(answer: Recommendation, compared: Compared, profile: TaskProfile) -> Verdict:
    """The pipeline's verdict in words that say whose numbers these are."""
    found = answer.verdict
    names = [str(row["model_id"]) for row in _best_first(compared)]
    if len(names) == 1:
        words = (
            f"Cannot tell yet: {names[0]} (measured on {compared.place}: {score_words(compared, names[0])}) is the "
            "only model that you ran on it. Run a second one: `advisor plan` says which."
        )
        return found.model_copy(
            update={
                "kind": "cannot_tell", "model_id": None, "n_parameters": None, "size_class": None,
                "p_good_enough": None, "tie_set": [], "runner_up": None, "why_not_runner_up": None, "sentence": words,
            }
        )  # fmt: skip
    if found.model_id is None:
        return found.model_copy(
            update={"sentence": f"{found.sentence} (From your own runs on {compared.where}.)"}
        )
    barred = {row.model_id for row in answer.rejected} | {row.model_id for row in answer.undecided}
    best = next(name for name in names if name not in barred)
    n = answer.pool.n_eligible
    points = "point" if profile.tolerance == 1 else "points"
    words = (
        f"{found.model_id} (measured on {compared.place}: {score_words(compared, found.model_id)}) is good enough: "
        f"the odds are {_percent(found.p_good_enough)} that it comes within {profile.tolerance:g} {points} of the best of "
    )
    words += "the two" if n == 2 else f"the {n}"
    words += (
        f" that you ran on it{'' if n == answer.pool.n_models else ' and that meet your limits'}"
    )
    words += "." if best == found.model_id else f", {best} ({score_words(compared, best)})."
    if best == found.model_id:
        words += " It is the best of them itself."
    if (n_level := len(found.tie_set) - 1) > 0:
        words += f" {n_level} more of its size {'is' if n_level == 1 else 'are'} level with it."
    p = _of_draws(found.p_good_enough, compared)
    return found.model_copy(update={"sentence": words, "p_good_enough": p})


def _percent(p: float | None) -> str:
    """A probability from resamples is never quite 1."""
    if p is None:
        return "?"
    return ">99%" if p > 0.995 else f"{p:.0%}"


def _with_reasons(model: RankedModel, compared: Compared, stand: Standing) -> RankedModel:
    job = compared.jobs.row(by_predicate=pl.col("model_id") == model.model_id, named=True)
    first = (
        f"your own run: {score_words(compared, model.model_id)} on {compared.n_items:,} items of {compared.where} "
        f"({job['subset']}, {job['split']}, seed {job['seed']})"
    )
    if job["n_shot"] is not None and job["n_shot"] > 0:
        first += f", {job['n_shot']}-shot"
    reasons = [first]
    best = str(_best_first(compared)[0]["model_id"])
    if best != model.model_id:
        value, lo, hi = stand.apart.interval(stand.apart.row(best), stand.apart.row(model.model_id))
        reasons.append(
            f"{value / POINT:.1f} points below {best}, the best ({LEVEL:.0%} interval {lo / POINT:.1f} to "
            f"{hi / POINT:.1f}, {'paired over the items' if compared.paired else 'from both intervals'})"
        )
    p = _of_draws(model.p_good_enough, compared)
    return model.model_copy(update={"reasons": reasons, "p_good_enough": p})


def _of_draws(p: float | None, compared: Compared) -> float | None:
    """A share of resamples as a probability: half a resample is added on each side, so that none is sure."""
    n = compared.draws.shape[1]
    return None if p is None else (p * n + 0.5) / (n + 1)


def _evidence(compared: Compared, model_id: str | None) -> list[dict[str, Cell]]:
    """Every number of the named model's own run, or of all runs where none is named, with the folder it came from."""
    wanted = compared.jobs["model_id"].to_list() if model_id is None else [model_id]
    return [
        {
            "model_id": row["model_id"], "model_revision": row["model_revision"], "task_id": row["task_id"],
            "similarity": 1.0, "metric": row["metric"], "value": row["value"], "n_rows": 1,
            "source_id": row["source_id"], "url": compared.own.job_folder(row["job_id"]),
            "commit": row["job_id"], "licence": None, "flag": None,
        }
        for row in own_rows(compared, wanted).iter_rows(named=True)
    ]  # fmt: skip
