"""What more labels would buy: scores after learning from a half, a quarter, an eighth of them, and where the lines lead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from advisor.core.errors import BadInput
from advisor.core.measurement import LabelAdvice, LabelPoint
from advisor.core.metrics import spec
from advisor.core.units import parse_count
from bench.ladder import amount
from bench.pairing import drawn_scores
from bench.report import entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bench.ladder import Climb, Rules
    from bench.protocol import Job, JobOutcome

PARTS: Final = (8, 4, 2)
"""Which parts of the labels are tried beside all of them."""
CHEAP: Final = ("majority", "tfidf", "static", "embed")
"""Kinds of rung that are learned again in seconds."""
DRAWS: Final = 400
FARTHEST: Final = 8
"""Times the labels at hand up to which the lines are followed."""
LEVEL: Final = 0.95
_TIMING: Final = 0.2
"""Seconds of timing for a point of the curve: it is there for its score."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One rung's scores by number of labels."""

    model: str
    n_train: NDArray[np.float64]
    draws: NDArray[np.float64]
    """(DRAWS, points) the score on each resample of the test items."""
    points: list[LabelPoint]
    n_items: int
    """Test items that a score rests on."""


def wanted_total(given: str) -> int | None:
    """The labels in all that --label-budget names; None for "auto". Raises: BadInput: neither."""
    if given.strip().lower() == "auto":
        return None
    try:
        return parse_count(given, field="--label-budget")
    except BadInput as error:
        raise BadInput(f"{error}, or auto") from None


def label_advice(
    at: Climb,
    rules: Rules,
    run: Callable[[Job], JobOutcome],
    *,
    named: int,
    total: int | None,
    expect: Callable[[int], None],
) -> LabelAdvice:
    """The curves of the named rung and of its rival, and what they say.

    named: the place of the rung that the verdict names. total: labels in all that the user could have.
    expect: told how many jobs come.
    """
    rival = _rival(at, rules, named)
    if rival is None:
        words = "No curve: it needs two rungs that are learned again in seconds (TF-IDF, static or frozen encoders), the named one among them."
        return LabelAdvice(points=[], sentence=words)
    sizes = [_sizes(at.rungs[place]) for place in (named, rival)]
    expect(sum(map(len, sizes)))
    lines = [
        _line(at.rungs[place], rules.metric, run, part)
        for place, part in zip((named, rival), sizes, strict=True)
    ]
    points = [point for line in lines for point in line.points]
    if any(len(line.points) < 3 for line in lines):
        return LabelAdvice(
            points=points, sentence="Too few labels for a curve: at least three sizes are needed."
        )
    if spec(rules.metric).upper != 1.0:
        return LabelAdvice(
            points=points, sentence="No forecast: this score has no ceiling to approach."
        )
    return LabelAdvice(points=points, sentence=forecast(lines[0], lines[1], rules, total=total))


def _rival(at: Climb, rules: Rules, named: int) -> int | None:
    """The best other rung that is cheap to learn again; None where there is none, or the named one is not."""
    cheap = [i for i, rung in enumerate(at.rungs) if _is_cheap(rung.job)]
    if named not in cheap:
        return None
    sign = 1.0 if spec(rules.metric).better == "higher" else -1.0
    others = [i for i in cheap if i != named and at.rungs[i].job.model != "majority"]
    return max(others, key=lambda i: sign * _score(at.rungs[i], rules.metric), default=None)


def _is_cheap(job: Job) -> bool:
    return job.model.partition(":")[0] in CHEAP


def _score(outcome: JobOutcome, metric: str) -> float:
    return entry(outcome).metrics[metric].value


def _sizes(whole: JobOutcome) -> list[int]:
    """Parts of the labels that hold every class at least twice."""
    facts = whole.measured.facts if whole.measured is not None else {}
    n_all, least = int(facts["n_train"]), max(16, 2 * int(facts["n_labels"]))
    return [n_all // part for part in PARTS if n_all // part >= least]


def _line(
    whole: JobOutcome, metric: str, run: Callable[[Job], JobOutcome], sizes: list[int]
) -> Line:
    """The rung's scores at parts of its labels, each a job of its own."""
    facts = whole.measured.facts if whole.measured is not None else {}
    n_all = int(facts["n_train"])
    outcomes = [run(_fewer(whole.job, n)) for n in sizes]
    kept = [
        (n, o)
        for n, o in [*zip(sizes, outcomes, strict=True), (n_all, whole)]
        if o.status == "done"
    ]
    scores = drawn_scores([o for _, o in kept], metric, draws=DRAWS)[1:]
    return Line(
        model=whole.job.model,
        n_train=np.array([n for n, _ in kept], dtype=float),
        draws=scores,
        points=[
            LabelPoint(model=whole.job.model, n_train=n, main=entry(o).metrics[metric])
            for n, o in kept
        ],
        n_items=int(facts["n_test"]),
    )


def _fewer(job: Job, n: int) -> Job:
    return replace(job, options={**job.options, "n_train": n, "measure_s": _TIMING})


def forecast(named: Line, rival: Line, rules: Rules, *, total: int | None) -> str:
    """Whether more labels would let the rival win by more than the tolerance, as far as power laws tell.

    Each resample of the test items gives both rungs a line error = a · n^-b; the share of resamples in which
    the rival leads by more than the tolerance is the chance that the answer changes there.
    """
    n_now = int(max(named.n_train))
    grid = np.unique(np.geomspace(n_now, FARTHEST * n_now, 25).round())
    lead = followed(rival, grid) - followed(named, grid)
    changes = (lead > rules.tolerance).mean(axis=0)
    given = amount(rules.metric, rules.tolerance)
    how = "an estimate: power laws through the points, over resamples of the test items"
    first = int(np.argmax(changes >= 0.5)) if (changes >= 0.5).any() else None
    said = [f"{rival.model} would lead {named.model} by more than {given}"]
    if total is not None:
        share = (
            followed(rival, np.array([total])) - followed(named, np.array([total]))
            > rules.tolerance
        ).mean()
        said.append(f"with {total:,} labels in all at odds of {_odds(float(share))}")
    elif first is not None and first > 0:
        said.append(
            f"from about {int(grid[first]):,} labels on ({int(grid[first]) - n_now:,} more)"
        )
    else:
        said.append(
            f"with up to {FARTHEST} times the labels ({int(grid[-1]):,}) at odds of {_odds(float(changes[-1]))}"
        )
    return f"{' '.join(said)} ({how})."


def _odds(share: float) -> str:
    return "below 1%" if share < 0.01 else "above 99%" if share > 0.99 else f"{100 * share:.0f}%"


def followed(line: Line, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """(draws, len(at)) scores that each resample's power law foretells; never above 1.

    Source: Hestness 2017 (arXiv 1712.00409): error falls as a power of the training set.
    """
    x = np.log(line.n_train)
    # Half an item's error stands in for none at all, whose logarithm there is not.
    y = np.log(np.maximum(1.0 - line.draws, 0.5 / line.n_items))
    centred = x - x.mean()
    slope = np.minimum((y * centred).sum(axis=1) / (centred**2).sum(), 0.0)
    level = y.mean(axis=1)
    made: NDArray[np.float64] = 1.0 - np.exp(
        level[:, None] + slope[:, None] * (np.log(at) - x.mean())
    )
    return made
