"""What every form of the answer says, in order and in words; text and markdown only lay it out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from advisor.core.ids import NOT_NEURAL, SIZE_CLASSES, TOO_FEW
from advisor.core.units import format_count, format_seconds
from advisor.render import labels, numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.core.recommendation import (
        OwnRuns,
        RankedModel,
        Recommendation,
        Rejected,
        Rung,
        Undecided,
    )


class Line(NamedTuple):
    """One labelled statement: a short label and the words beside it."""

    label: str
    text: str


THIN: Final = "*"
"""Beside the score of a model that was measured on too few similar tasks to be named."""

COLUMNS: Final = {
    "size": "size",
    "score": "score",
    "spread": "90% range",
    "good_enough": "good enough",
    "latency": "latency",
    "memory": "memory",
    "cost": "cost per 1k",
    "licence": "licence",
    "downloads": "downloads",
}
"""Facts about a ranked model in reading order; 'spread' takes its level from the answer."""


def title(answer: Recommendation) -> str:
    """The verdict's kind in a word or two."""
    return {
        "model": "Use",
        "tie": "A tie",
        "cannot_tell": "Cannot tell",
        "none_feasible": "Nothing fits",
    }[answer.verdict.kind]


def cells(model: RankedModel) -> dict[str, str]:
    """A ranked model's facts as a reader sees them, one per key of COLUMNS."""
    quantities = model.efficiency
    return {
        "size": "none" if model.kind in NOT_NEURAL else format_count(model.n_parameters),
        "score": numbers.score(model.estimate) + (THIN if TOO_FEW in model.reasons else ""),
        "spread": numbers.spread(model.estimate),
        "good_enough": numbers.percent(model.p_good_enough),
        "latency": numbers.quantity("latency_p95_s", quantities.get("latency_p95_s")),
        "memory": numbers.quantity("memory_bytes", quantities.get("memory_bytes")),
        "cost": numbers.quantity("cost_usd_per_1k_items", quantities.get("cost_usd_per_1k_items")),
        "licence": model.license or numbers.UNKNOWN,
        "downloads": numbers.downloads(model.downloads_30d),
    }


def headings(answer: Recommendation) -> dict[str, str]:
    """COLUMNS for this answer: the interval's level filled in, columns in which nothing is known left out."""
    shown = dict(COLUMNS)
    levels = {model.estimate.level for model in answer.ranked}
    if len(levels) == 1:
        shown["spread"] = f"{numbers.percent(levels.pop())} range"
    rows = [cells(model) for model in answer.ranked]
    unknown = [key for key in shown if rows and all(row[key] == numbers.UNKNOWN for row in rows)]
    # Text models have no price worth a column unless the question was about cost or an API competes.
    asked = answer.profile.constraints.max_cost_usd_per_1k is not None
    if not asked and not any(model.kind == "api" for model in answer.ranked):
        unknown.append("cost")
    return {key: words for key, words in shown.items() if key not in unknown}


def scale(answer: Recommendation) -> str:
    """What the score column is: the metric, in points of its scale."""
    thin = any(TOO_FEW in model.reasons for model in answer.ranked)
    more = f"; {THIN} too little evidence to be named" if thin else ""
    return f"score: {labels.metric(answer.profile.metric)} × 100; ~ predicted, not measured{more}"


def named(answer: Recommendation) -> RankedModel | None:
    """The ranked model that the verdict names, where it names one."""
    for model in answer.ranked:
        if model.model_id == answer.verdict.model_id:
            return model
    return None


def rungs(answer: Recommendation) -> list[Rung]:
    """The ladder with the named model's own rung before its class's best, where it is not that best."""
    from advisor.core.recommendation import Rung  # a page of words alone does not wait for it

    model = named(answer)
    top = max(rung.estimate.value for rung in answer.size_ladder)
    if model is None or top <= 0 or any(r.model_id == model.model_id for r in answer.size_ladder):
        return answer.size_ladder
    own = Rung(
        size_class=model.size_class, model_id=model.model_id, n_parameters=model.n_parameters,
        estimate=model.estimate, share_of_best=model.estimate.value / top,
        p_good_enough=model.p_good_enough, eligible=True, is_knee=False,
    )  # fmt: skip
    place = SIZE_CLASSES.index(own.size_class)
    before = [rung for rung in answer.size_ladder if SIZE_CLASSES.index(rung.size_class) < place]
    return [*before, own, *answer.size_ladder[len(before) :]]


def rung_note(answer: Recommendation, rung: Rung) -> str:
    """What is special about one rung of the ladder, in words."""
    words = {
        "the pick": rung.model_id == answer.verdict.model_id,
        "the knee": rung.is_knee,
        "outside your limits": not rung.eligible and not unknown(answer, rung),
        f"{unknown(answer, rung)} not known": bool(unknown(answer, rung)),
    }
    return ", ".join(word for word, holds in words.items() if holds)


def unknown(answer: Recommendation, rung: Rung) -> str:
    """The limits of which it is not known whether the rung's model keeps them: "cost"; empty where that bars nobody."""
    if rung.eligible:
        return ""
    missing = [row.constraint for row in answer.undecided if row.model_id == rung.model_id]
    return ", ".join(labels.constraint(name) for name in missing)


def why(answer: Recommendation) -> list[Line]:
    """Reasons, what is given up, the runner-up, the ties and the four dimensions."""
    lines = []
    model = named(answer)
    if model is not None:
        lines += [
            Line("reasons" if n == 0 else "", reason) for n, reason in enumerate(model.reasons)
        ]
        lines += [Line("caution", flag) for flag in model.flags]
        if model.commercial_use == "no":
            lines.append(Line("caution", f"its licence ({model.license}) bars commercial use"))
    lines += _given_up(answer)
    verdict = answer.verdict
    if verdict.runner_up:
        because = f": {verdict.why_not_runner_up}" if verdict.why_not_runner_up else ""
        lines.append(Line("runner-up", verdict.runner_up + because))
    if others := [name for name in verdict.tie_set if name != verdict.model_id]:
        lines.append(Line("tied with", _some(others, 4)))
    lines += _leaders(answer)
    if model is not None and (dimensions := _dimensions(model)):
        lines.append(Line("scores", dimensions))
    return lines


def _leaders(answer: Recommendation) -> list[Line]:
    """Who shares the top: how many cannot be told from the best estimate, and the smallest of them."""
    top = answer.leaders
    if top is None:
        return []
    if top.n_models == 1:
        return [Line("at the top", f"{top.best} alone: every other difference to it is clear")]
    smallest = top.models[0]
    size = f" ({format_count(smallest.n_parameters)} parameters)" if smallest.n_parameters else ""
    words = f"{top.n_models:,} of {answer.pool.n_eligible:,} cannot be told from {top.best}, the best estimate"
    if smallest.model_id == top.best:
        return [Line("at the top", f"{words} and the smallest of them{size}")]
    odds = f"{numbers.percent(smallest.p_tie)} likely to be at least as good"
    return [Line("at the top", f"{words}; the smallest is {smallest.model_id}{size}, {odds}")]


def _given_up(answer: Recommendation) -> list[Line]:
    large = answer.large_reference
    if large is None or large.model_id == answer.verdict.model_id:
        return []
    if large.n_parameters:
        size = f"{format_count(large.n_parameters)} parameters"
    else:
        size = large.size_class if large.size_class == "no neural model" else "size undisclosed"
    if large.parameter_ratio is not None and large.parameter_ratio >= 1:
        size += f", {numbers.ratio(large.parameter_ratio)} larger"
    against = f"{large.model_id} ({size}) reaches {numbers.score(large.estimate)}"
    if large.given_up is None:
        return [Line("held against", against)]
    lost = f"{numbers.points(large.given_up)} points" if large.given_up > 0 else "nothing"
    best = max((rung.estimate.value for rung in answer.size_ladder), default=0.0)
    which = "the best" if large.estimate.value >= best else "the best larger one of known size"
    return [
        Line(
            "given up",
            f"{lost}: {against}, {which} when size, memory, latency and cost are no object",
        )
    ]


def _dimensions(model: RankedModel) -> str:
    parts = []
    for name in ("accuracy", "generality", "efficiency", "interpretability"):
        score = model.dimensions.get(name)
        if score is None:
            continue
        shown = numbers.UNKNOWN if score.value is None else f"{score.value:.2f}"
        parts.append(f"{name} {shown}")
    return " · ".join(parts)


def left_out(answer: Recommendation) -> str:
    """Who did not compete and over what: "57 of 412 ... are eligible; 353 fail a limit (size 312, ...)"."""
    pool = answer.pool
    parts = [f"{pool.n_eligible:,} of {pool.n_models:,} {pool.description} are eligible"]
    if pool.n_rejected:
        parts.append(f"{pool.n_rejected:,} fail a limit{_over(answer.rejected, pool.n_rejected)}")
    if pool.n_undecided:
        over = _over(answer.undecided, pool.n_undecided)
        parts.append(f"{pool.n_undecided:,} cannot be judged for want of a fact{over}")
    return "; ".join(parts)


def _over(rows: Sequence[Rejected | Undecided], n_models: int) -> str:
    """Which limits bar how many models; a model can stand under several, and the list may be cut."""
    if not rows:
        return ""
    counts = Counter(labels.constraint(row.constraint) for row in rows)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    listed = len({row.model_id for row in rows})
    head = f"of the best {listed:,}: " if listed < n_models else ""
    return f" ({head}{', '.join(f'{name} {count:,}' for name, count in ordered)})"


def undecided(answer: Recommendation) -> list[Line]:
    """For an answer without a model: the first models that a missing fact or a limit keeps out."""
    if answer.verdict.kind not in {"cannot_tell", "none_feasible"}:
        return []
    rows: list[Rejected | Undecided] = [*answer.undecided[:3], *answer.rejected[:3]]
    return [
        Line("kept out" if n == 0 else "", f"{row.model_id}: {row.why}")
        for n, row in enumerate(rows)
    ]


def receipt(answer: Recommendation) -> str:
    """How the same rule did on held-out questions; a plain statement where the snapshot has no backtest."""
    if answer.own_runs is not None:
        return _own_receipt(answer.own_runs)
    facts = {key: value for key, value in answer.receipt.items() if value is not None}
    if not facts:
        return "this snapshot holds no backtest for this kind of question"
    if not {"n_questions", "regret_mean_points"} <= facts.keys():
        return ", ".join(
            f"{key.replace('_', ' ')} {_figure(value)}" for key, value in sorted(facts.items())
        )
    cap = f" of at most {format_count(float(facts['cap']))} parameters" if "cap" in facts else ""
    family = str(facts.get("task_family", answer.profile.task_family)).replace("-", " ")
    words = (
        f"on {_figure(facts['n_questions'])} held-out {family} questions{cap} this rule's pick was "
        f"{_figure(facts['regret_mean_points'])} points below the best on average"
    )
    beside = [f"{name} {_figure(facts[key])}" for key, name in _BESIDE.items() if key in facts]
    words += f" ({', '.join(beside)})" if beside else ""
    if {"coverage", "level"} <= facts.keys():
        words += f"; its {_held(facts, '')} of the scores there"
    if {"cells_mae_points", "cells_coverage", "cells_level"} <= facts.keys():
        words += (
            f"; on single scores held out at random it erred by {_figure(facts['cells_mae_points'])} points "
            f"on average and its {_held(facts, 'cells_')} of them"
        )
    return words


def _own_receipt(runs: OwnRuns) -> str:
    """What the odds of an answer from own runs rest on."""
    where = runs.data_file or runs.task_id
    how = "paired resamples of them" if runs.paired else "each model's own interval"
    return (
        f"not needed: {len(runs.models)} models were measured on {runs.n_items:,} items of {where} "
        f"({runs.subset}, {runs.split}, seed {runs.seed}); the odds come from {how}"
    )


def worth_measuring(answer: Recommendation) -> list[Line]:
    """What to run next, one model a line, and the command that writes it down as jobs."""
    lines = []
    for n, model in enumerate(answer.worth_measuring):
        size = format_count(model.n_parameters) if model.n_parameters else model.size_class
        took = f"; about {format_seconds(model.cost_s)}" if model.cost_s is not None else ""
        lines.append(
            Line("next" if n == 0 else "", f"{model.model_id} ({size}): {model.why}{took}")
        )
    if answer.own_runs is not None and not lines:
        words = "nothing: no model that public scores can place on your data is likely to change the answer"
        return [Line("next", words)]
    if lines:
        lines.append(
            Line("command", "`advisor plan` with the same options writes these as jobs to run")
        )
    return lines


def _held(facts: dict[str, float | int | str], prefix: str) -> str:
    level, covered = (numbers.percent(float(facts[prefix + key])) for key in ("level", "coverage"))
    return f"{level} intervals held {covered}"


_BESIDE: Final = {
    "regret_median_points": "median",
    "regret_biggest_points": "the biggest model",
    "regret_leader_points": "the leader by mean",
    "regret_downloads_points": "the most downloaded",
}
"""Other columns of the receipt that stand beside the rule's own regret."""


def _figure(value: float | str) -> str:
    return (
        value
        if isinstance(value, str)
        else f"{value:,}"
        if isinstance(value, int)
        else f"{value:.3g}"
    )


def footer(answer: Recommendation) -> str:
    """Which program and which evidence made this answer."""
    own = f" · your own runs {answer.own_evidence_id}" if answer.own_evidence_id else ""
    return f"snapshot {answer.snapshot_id}{own} · advisor {answer.advisor_version}"


def _some(names: Sequence[str], n_shown: int) -> str:
    more = len(names) - n_shown
    return ", ".join(names[:n_shown]) + (f" and {more} more" if more > 0 else "")
