"""What can be read off a fitted learner: how many coefficients, leaves and levels, and how well a small tree copies it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bench.harness.tabular_columns import Features
    from bench.harness.tabular_methods import Fitted

DEPTH: Final = 3
"""Of the tree that copies a model: at most eight rules."""
_COPIED: Final = 500
"""Rows whose predictions the copy learns from, at most."""


def n_parameters(method: str, fitted: Fitted) -> int | None:
    """Coefficients and intercepts of a linear model, cells of an EBM's curves; None where it has no meaning."""
    estimator = fitted.estimator
    if method == "linear":
        return int(np.size(estimator.coef_) + np.size(estimator.intercept_))
    if method == "ebm":
        return int(sum(np.size(s) for s in estimator.term_scores_) + np.size(estimator.intercept_))
    return None


def structure(method: str, fitted: Fitted) -> dict[str, int | float]:
    """Counts by name; empty where there is nothing to count."""
    return _READ[method](fitted.estimator) if method in _READ else {}


def _linear(estimator: Any) -> dict[str, int | float]:
    coefficients = np.asarray(estimator.coef_)
    found: dict[str, int | float] = {
        "n_coefficients": int(coefficients.size),
        "n_nonzero_coefficients": int((np.abs(coefficients) > 1e-9).sum()),
    }
    strength = getattr(estimator, "C", None)
    return {**found, "strength_chosen": strength if strength is not None else 1 / estimator.alpha}


def _tree(estimator: Any) -> dict[str, int | float]:
    return {
        "n_leaves": int(estimator.get_n_leaves()), "depth": int(estimator.get_depth()),
        "leaf_size_chosen": int(estimator.min_samples_leaf),
    }  # fmt: skip


def _forest(estimator: Any) -> dict[str, int | float]:
    trees = estimator.estimators_
    return {
        "n_trees": len(trees), "n_leaves": int(sum(t.get_n_leaves() for t in trees)),
        "depth": int(max(t.get_depth() for t in trees)),
    }  # fmt: skip


def _histgb(estimator: Any) -> dict[str, int | float]:
    trees = [tree for step in estimator._predictors for tree in step]  # noqa: SLF001 - nothing public counts leaves
    return {
        "n_trees": len(trees), "n_leaves": int(sum(t.get_n_leaf_nodes() for t in trees)),
        "depth": int(max((t.get_max_depth() for t in trees), default=0)),
    }  # fmt: skip


def _xgboost(estimator: Any) -> dict[str, int | float]:
    trees = estimator.get_booster().get_dump()
    return {
        "n_trees": len(trees), "n_leaves": sum(t.count("leaf=") for t in trees),
        "depth": max((line.count("\t") for t in trees for line in t.splitlines()), default=0),
    }  # fmt: skip


def _ebm(estimator: Any) -> dict[str, int | float]:
    terms = estimator.term_features_
    return {"n_terms": len(terms), "n_interactions": sum(len(t) > 1 for t in terms)}


_READ: Final = {
    "linear": _linear, "tree": _tree, "forest": _forest, "histgb": _histgb, "xgboost": _xgboost, "ebm": _ebm,
}  # fmt: skip


def fidelity(
    predict: Callable[[Features], NDArray[np.float64]],
    train: Features,
    held_out: Features,
    truth: NDArray[np.float64],
    seed: int,
) -> dict[str, Any] | None:
    """How well a tree of depth DEPTH, taught the model's predictions, says what the model says of held-out rows.

    truth: what the model said of the held-out rows.
    R² against the model's number, or its probability of the second of two classes; for more classes the share
    of rows with the same answer. None where the model says the same of every row.
    """
    from sklearn.metrics import r2_score
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    rows = np.random.default_rng(seed).permutation(len(train))[:_COPIED]
    taught = train.take(rows)
    said = predict(taught)
    inputs, asked = _plain(taught), _plain(held_out)
    if said.ndim == 2 and said.shape[1] > 2:
        labels, wanted = said.argmax(axis=1), truth.argmax(axis=1)
        if np.ptp(labels) == 0:
            return None
        copy = DecisionTreeClassifier(max_depth=DEPTH, random_state=seed).fit(inputs, labels)
        value, what = float((copy.predict(asked) == wanted).mean()), "share of the same answers"
    else:
        said, truth = (p[:, 1] if p.ndim == 2 else p for p in (said, truth))
        if np.ptp(said) == 0 or np.ptp(truth) == 0:
            return None
        copy = DecisionTreeRegressor(max_depth=DEPTH, random_state=seed).fit(inputs, said)
        value, what = float(r2_score(truth, copy.predict(asked))), "r2"
    return {"value": value, "measure": what, "depth": DEPTH, "n": len(held_out)}


def _plain(given: Features) -> NDArray[np.float64]:
    codes = given.codes.astype(np.float64)
    codes[codes < 0] = np.nan
    return np.hstack([given.numeric, codes])
