"""Two references for a family's larger members: a line in log size, and latent skills that grow with log size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.lm_ladders import Ladders

_STEPS: Final = 800
_RATE: Final = 0.03
_HUBER: Final = 0.01
_FLOOR_START: Final = 2.0
_SHRINK: Final = 0.1
"""Ridge on the families' intercepts: of 0.001 and 0.1 the better for this reference."""


def size_line(
    known: Ladders, train: NDArray[np.intp], small: int, asked: NDArray[np.intp]
) -> NDArray[np.float64]:
    """(asked, tasks) the smallest member's scores plus one slope per task times the difference in log size.

    The slopes are least squares with an intercept per ladder; the asked ladder's intercept follows from its
    smallest member. Tokens of training are not in the snapshot; within a ladder they are mostly alike, and what is
    alike goes into the intercept.
    """
    _, code = np.unique(known.ladder[train], return_inverse=True)
    count = np.bincount(code)
    size = known.log_size[train] - (np.bincount(code, known.log_size[train]) / count)[code]
    slopes = size @ known.values[train] / (size @ size)
    ahead = known.log_size[asked] - known.log_size[small]
    value: NDArray[np.float64] = known.values[small] + ahead[:, None] * slopes
    return np.clip(value, 0.0, 1.0)


def latent_skills(
    known: Ladders, train: NDArray[np.intp], small: int, asked: NDArray[np.intp], *, rank: int
) -> NDArray[np.float64]:
    """(asked, tasks) scores after Sloth: `rank` skills, each a family intercept plus a shared slope in log size.

    score = floor + (1 - floor) · sigmoid(skills · weights + level), fitted with Adam on a Huber loss over the
    training families and the asked ladder's smallest member. The floor is fitted too, below the least score seen.
    Source: Polo et al., Sloth: scaling laws for LLM skills (arXiv:2412.06540), without its token terms.
    """
    rows = np.append(train, small)
    _, code = np.unique(known.ladder[rows], return_inverse=True)
    centre, spread = known.log_size[train].mean(), known.log_size[train].std()
    size = (known.log_size - centre) / spread
    least = known.values[rows].min(0)
    fitted = _fit(known.values[rows], size[rows], code, least, rank)
    skills = fitted["family"][code[-1]] + size[asked][:, None] * fitted["growth"]
    share = _sigmoid(skills @ fitted["weight"] + fitted["level"])
    floor = least * _sigmoid(fitted["floor"])
    value: NDArray[np.float64] = floor + (1.0 - floor) * share
    return np.clip(value, 0.0, 1.0)


def _fit(
    actual: NDArray[np.float64],
    size: NDArray[np.float64],
    code: NDArray[np.intp],
    least: NDArray[np.float64],
    rank: int,
) -> dict[str, NDArray[np.float64]]:
    rng = np.random.default_rng(0)
    mean = actual.mean(0)
    start = np.full(actual.shape[1], _FLOOR_START)
    floor = least * _sigmoid(start)
    fitted = {
        "family": rng.normal(0.0, 0.1, (int(code.max()) + 1, rank)),
        "growth": np.full(rank, 0.7),
        "weight": rng.normal(0.5, 0.1, (rank, actual.shape[1])),
        "level": np.log((mean - floor + 1e-3) / (1.0 - mean)),
        "floor": start,
    }
    first = {name: np.zeros_like(x) for name, x in fitted.items()}
    second = {name: np.zeros_like(x) for name, x in fitted.items()}
    for step in range(1, _STEPS + 1):
        rate = _RATE * 0.5 * (1.0 + np.cos(np.pi * step / _STEPS))
        for name, slope in _slopes(fitted, actual, size, code, least).items():
            first[name] = 0.9 * first[name] + 0.1 * slope
            second[name] = 0.999 * second[name] + 0.001 * slope**2
            ahead = first[name] / (1.0 - 0.9**step)
            fitted[name] = fitted[name] - rate * ahead / (
                np.sqrt(second[name] / (1.0 - 0.999**step)) + 1e-10
            )
    return fitted


def _slopes(
    fitted: dict[str, NDArray[np.float64]],
    actual: NDArray[np.float64],
    size: NDArray[np.float64],
    code: NDArray[np.intp],
    least: NDArray[np.float64],
) -> dict[str, NDArray[np.float64]]:
    """Gradient of the mean Huber loss."""
    skills = fitted["family"][code] + size[:, None] * fitted["growth"]
    share = _sigmoid(skills @ fitted["weight"] + fitted["level"])
    part = _sigmoid(fitted["floor"])
    floor = least * part
    pull = np.clip(floor + (1.0 - floor) * share - actual, -_HUBER, _HUBER)
    pull /= _HUBER * len(actual)
    back = pull * (1.0 - floor) * share * (1.0 - share)
    to_skills = back @ fitted["weight"].T
    family = np.zeros_like(fitted["family"])
    np.add.at(family, code, to_skills)
    return {
        "family": family + _SHRINK * fitted["family"] / len(actual),
        "growth": (to_skills * size[:, None]).sum(0),
        "weight": skills.T @ back,
        "level": back.sum(0),
        "floor": (pull * (1.0 - share)).sum(0) * least * part * (1.0 - part),
    }


def _sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    share: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(x, -40.0, 40.0)))
    return share
