"""The climb in words and numbers: the sentence people came for, and what stands behind it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from advisor.core.measurement import Entry, LabelAdvice, LadderReport, LadderVerdict
from advisor.core.metrics import spec
from advisor.core.units import format_bytes, format_seconds
from advisor.stats.noninferiority import normal_quantile
from bench.ladder import Cleared, Climb, Rules, amount, rung_p, smallest_cleared
from bench.report import entry, hardware

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from bench.own_jobs import OwnRequest

NAMES: Final = {
    "majority": "guessing the commonest answer",
    "tfidf": "TF-IDF + linear model",
}


def ladder_report(
    at: Climb,
    rules: Rules,
    *,
    request: OwnRequest,
    folder: Path,
    machine: Mapping[str, Any],
    labels: LabelAdvice | None = None,
) -> LadderReport:
    """The typed report of a climb. folder: the file that lists the run's jobs."""
    rungs = [entry(outcome) for outcome in at.rungs]
    facts: Mapping[str, Any] = (
        at.rungs[0].measured.facts if at.rungs and at.rungs[0].measured else {}
    )
    warnings = list(dict.fromkeys(words for rung in rungs for words in rung.warnings))
    return LadderReport(
        task_id=request.data.stem,
        data=str(request.data),
        kind=str(facts.get("kind", request.kind or "unknown")),
        metric=rules.metric,
        n_train=int(facts.get("n_train", 0)),
        n_test=int(facts.get("n_test", 0)),
        rungs=rungs,
        comparisons=[at.comparisons[key] for key in sorted(at.comparisons)],
        verdict=verdict(at, rungs, rules),
        not_run=at.not_run,
        labels=labels,
        run_id=folder.stem,
        folder=str(folder),
        hardware=hardware(machine),
        warnings=warnings,
        seconds=sum(outcome.wall_s for outcome in at.rungs),
    )


def verdict(at: Climb, rungs: list[Entry], rules: Rules) -> LadderVerdict:
    """The smallest rung that is cleared, or why none is."""
    found = smallest_cleared(at, rules)
    best = best_place(rungs, rules.metric)
    low, high = _between(at, found, best)
    return LadderVerdict(
        kind="cannot_tell" if found is None else "named",
        model=None if found is None else rungs[found.place].model,
        sentence=_cannot(at, rungs, rules)
        if found is None
        else _named(at, rungs, rules, found, best),
        against=None if best is None else rungs[best].model,
        tolerance=rules.tolerance,
        confidence=rules.confidence,
        p=None if found is None else found.p,
        gain_lo=low,
        gain_hi=high,
        stopped=at.stopped,
    )


def best_place(rungs: list[Entry], metric: str) -> int | None:
    """The rung with the best main score, the smaller of two equals."""
    if not rungs:
        return None
    sign = 1.0 if spec(metric).better == "higher" else -1.0
    return max(range(len(rungs)), key=lambda i: (sign * rungs[i].metrics[metric].value, -i))


def _between(
    at: Climb, found: Cleared | None, best: int | None
) -> tuple[float | None, float | None]:
    """The interval of what the best rung gains over the named one."""
    if found is None or best is None or best == found.place:
        return None, None
    if found.place < best:
        pair = at.comparisons[found.place, best]
        return pair.lo, pair.hi
    pair = at.comparisons[best, found.place]
    return -pair.hi, -pair.lo


def _named(at: Climb, rungs: list[Entry], rules: Rules, found: Cleared, best: int | None) -> str:
    rung, given = rungs[found.place], amount(rules.metric, rules.tolerance)
    p = p_words(found.p)
    who = described(rung)
    if found.by == "ceiling":
        return f"{who}: nothing can be better by more than {given} (p {p}). Stop here."
    others = [r for i, r in enumerate(rungs) if i != found.place]
    larger = rungs[found.place + 1 :]
    if not larger:
        return f"{who}: {_beside_smaller(at, rungs, rules, found.place)}"
    largest = larger[-1].model
    if best is not None and best > found.place:
        largest = rungs[best].model
    beside = "" if len(others) == 1 else f", or any of the {len(others)} rungs measured beside it,"
    return (
        f"{who}: not worse than {largest}{beside} by more than {given} (p {p}). {_ending(at, rung)}"
    )


def _ending(at: Climb, rung: Entry) -> str:
    open_ = [n.model for n in at.not_run if n.is_needed]
    if rung.model == "majority":
        return "Nothing measured here beats guessing: look at the labels before paying for a model."
    if open_:
        return f"Not measured, and so not ruled out: {', '.join(open_)}."
    return "Stop here."


def _beside_smaller(at: Climb, rungs: list[Entry], rules: Rules, place: int) -> str:
    """What the best smaller rung loses against the named one, and whether that is more than may be given up."""
    if place == 0:
        return "the only rung measured."
    best = best_place(rungs[:place], rules.metric)
    pair = at.comparisons[best if best is not None else place - 1, place]
    given = amount(rules.metric, rules.tolerance)
    low, high = points(rules.metric, pair.lo), points(rules.metric, pair.hi)
    loses = f"loses {amount(rules.metric, pair.gain)} ({low} to {high})"
    if pair.lo > rules.tolerance:
        return f"worth its size. The best smaller rung, {pair.smaller}, {loses}."
    return (
        f"the smallest rung shown to lose at most {given}. {pair.smaller} may do as well: it {loses}, and {pair.n:,} "
        f"test items do not settle it, with {at.n_planned} rungs tried."
    )


def _cannot(at: Climb, rungs: list[Entry], rules: Rules) -> str:
    given = amount(rules.metric, rules.tolerance)
    if not rungs:
        reasons = "; ".join(f"{n.model}: {n.reason}" for n in at.not_run[:3])
        return f"Cannot tell: no rung could be measured ({reasons})."
    if len(rungs) == 1:
        return f"Cannot tell: only {rungs[0].model} could be measured, and a rung needs another to be held against."
    ps = [(rung_p(at, i, rules)[0], i) for i in range(len(rungs))]
    _, nearest = min(ps)
    n = rungs[nearest].metrics[rules.metric].n
    words = f"Cannot tell: on {n:,} test items no rung is shown to lose at most {given}"
    needed = _items_needed(at, nearest, rules, n)
    more = f"; about {needed:,} would do, if the differences stay as they are" if needed else ""
    return f"{words} (nearest: {rungs[nearest].model}){more}. Or allow more with --tolerance."


def _items_needed(at: Climb, place: int, rules: Rules, n: int) -> int | None:
    """Test items at which the nearest rung would be cleared, were every difference to stay; None where it never would."""
    z_wanted = -normal_quantile((1.0 - rules.confidence) / max(1, at.n_planned - 1))
    worst = 0.0
    for other in range(len(at.rungs)):
        if other == place:
            continue
        key = (min(place, other), max(place, other))
        pair = at.comparisons[key]
        gain = pair.gain if place < other else -pair.gain
        if gain >= rules.tolerance:
            return None
        half = (pair.hi - pair.lo) / 2.0 / 1.96
        if half > 0.0:
            worst = max(worst, (z_wanted * half / (rules.tolerance - gain)) ** 2)
    needed = math.ceil(n * worst)
    if needed <= n:
        return None
    return round(needed, -max(0, len(str(needed)) - 2))


def described(rung: Entry) -> str:
    """Like "tfidf (TF-IDF + linear model), 0.4 MB, 0.2 ms"."""
    parts = [f"{rung.model} ({NAMES[rung.model]})" if rung.model in NAMES else rung.model]
    if (size := rung.metrics.get("weights_bytes")) is not None:
        parts.append(format_bytes(size.value))
    if (latency := rung.metrics.get("latency_p50_s")) is not None:
        parts.append(format_seconds(latency.value))
    return ", ".join(parts)


def points(metric: str, value: float) -> str:
    """A difference without its unit: hundredths where the metric is a fraction."""
    return (
        f"{100 * value:.1f}" if spec(metric).unit in {"fraction", "correlation"} else f"{value:.3g}"
    )


def p_words(p: float) -> str:
    """Like "= 0.003", "< 0.001"."""
    return "< 0.001" if p < 0.001 else f"= {p:.2g}"
