"""Methods that learn a table from its own rows: what each is, its settings, and how it is fitted.

Settings were chosen on heart, blood, breast_cancer_ljubljana, horse_colic, myocardial, abalone, employee_salaries,
open_payments and beijing_pm25 (at most 8,000 rows of each), and are the same for every table. Source: METHOD.md#bench-tabular
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from advisor._lazy import need
from bench.harness.tabular_encoding import LinearArray, TreeArray

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bench.harness.tabular_columns import Features

    Floats = NDArray[np.float64]

_TREE_COLUMNS: Final = {"at_least": 1, "at_most": 250, "means_above": 2}
SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "majority": {},
    "linear": {"at_least": 5, "at_most": 200, "strengths": [0.01, 0.1, 1.0, 10.0], "max_iter": 1000},
    "tree": {**_TREE_COLUMNS, "leaf_sizes": [5, 20, 50, 100]},
    "forest": {**_TREE_COLUMNS, "n_trees": 200, "leaf": 3, "leaf_regression": 1, "share_regression": 0.5},
    "histgb": {
        **_TREE_COLUMNS, "learning_rate": 0.05, "most_rounds": 1000, "patience": 20, "leaves": 31, "l2": 10.0,
    },
    "xgboost": {
        **_TREE_COLUMNS, "learning_rate": 0.05, "most_rounds": 1500, "patience": 50, "depth": 6, "l2": 5.0,
        "child_weight": 5.0, "subsample": 0.8, "columns": 0.8,
    },
    "ebm": {
        "at_least": 5, "at_most": 60, "means_above": 30, "outer_bags": 1, "interactions": 5, "learning_rate": 0.05,
        "patience": 50, "tolerance": 1e-4,
    },
}  # fmt: skip
"""By method, all that decides the fit beside seed and data; part of a job's identity. EBM: one bag and five
interactions, since its defaults take minutes on 8,000 rows.
"""
HELD_BACK: Final = 0.15
"""Share of the training rows on which rounds, regularisation or leaf size are chosen; then all are fitted."""
_SEARCHED: Final = 10_000
"""Rows that a search over settings looks at, at most."""


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What a fit needs beside rows."""

    n_classes: int
    """0 for a regression."""
    seed: int
    threads: int
    settings: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A learner with the arrays that it was fitted on the shape of."""

    array: Callable[[Features], Any]
    estimator: Any
    classes: tuple[int, ...]
    """Classes that the training rows held; empty for a regression."""
    n_classes: int

    def predict(self, given: Features) -> Floats:
        """Probabilities [n_rows, n_classes], or numbers [n_rows]."""
        inputs = self.array(given)
        if not self.n_classes:
            return np.asarray(self.estimator.predict(inputs), dtype=np.float64)
        found = np.asarray(self.estimator.predict_proba(inputs), dtype=np.float64)
        found /= found.sum(axis=1, keepdims=True)
        if len(self.classes) == self.n_classes:
            return found
        made = np.zeros((len(found), self.n_classes))
        made[:, self.classes] = found
        return made

    def weights_bytes(self) -> int:
        """Bytes of the pickled learner and its columns' facts; what would be kept on disk."""
        return len(pickle.dumps((self.array, self.estimator)))


def fit(method: str, train: Features, target: NDArray[Any], setup: Setup) -> Fitted:
    """Fit on the training rows of a fold.

    target: int64 class codes or float64 numbers. Raises: MissingExtra: its package is not installed.
    """
    classes: tuple[int, ...] = ()
    if setup.n_classes:
        there, target = np.unique(target, return_inverse=True)
        classes = tuple(int(c) for c in there)
    array, estimator = _FITS[method](train, target, setup)
    return Fitted(array=array, estimator=estimator, classes=classes, n_classes=setup.n_classes)


def held_back(target: NDArray[Any], setup: Setup, share: float = HELD_BACK) -> NDArray[np.bool_]:
    """Which training rows are held back: a share of each class, none of a class with fewer than three rows."""
    rng = np.random.default_rng(setup.seed)
    groups = target if setup.n_classes else np.zeros(len(target), dtype=np.int64)
    made = np.zeros(len(target), dtype=bool)
    for group in np.unique(groups):
        rows = rng.permutation(np.flatnonzero(groups == group))
        made[rows[: round(share * len(rows)) if len(rows) >= 3 else 0]] = True
    if not made.any():  # no class is large enough: the fit is looked at on its own rows
        made[rng.integers(len(target))] = True
    return made


def _search(
    candidates: list[Any],
    make: Callable[[Any], Any],
    inputs: Any,
    target: NDArray[Any],
    setup: Setup,
) -> Any:
    """The candidate whose fit has the least loss on the rows held back; the first of equals."""
    if len(target) > _SEARCHED:
        rows = np.random.default_rng(setup.seed).permutation(len(target))[:_SEARCHED]
        inputs, target = inputs[rows], target[rows]
        if setup.n_classes:  # a rare class may be gone
            target = np.unique(target, return_inverse=True)[1]
    out = held_back(target, setup)
    losses = [
        _loss(make(c).fit(inputs[~out], target[~out]), inputs[out], target[out], setup)
        for c in candidates
    ]
    return candidates[int(np.argmin(losses))]


def _loss(estimator: Any, inputs: Any, target: NDArray[Any], setup: Setup) -> float:
    if not setup.n_classes:
        return float(((estimator.predict(inputs) - target) ** 2).mean())
    given = estimator.predict_proba(inputs)[np.arange(len(target)), target]
    return float(-np.log(np.clip(given, 1e-6, 1.0)).mean())


def _majority(train: Features, target: NDArray[Any], setup: Setup) -> tuple[Any, Any]:
    from sklearn.dummy import DummyClassifier, DummyRegressor

    made = DummyClassifier(strategy="prior") if setup.n_classes else DummyRegressor()
    return _nothing, made.fit(_nothing(train), target)


def _nothing(given: Features) -> Floats:
    return np.zeros((len(given), 1))


def _linear(train: Features, target: NDArray[Any], setup: Setup) -> tuple[Any, Any]:
    from sklearn.linear_model import LogisticRegression, Ridge

    said = setup.settings
    array = LinearArray(train, at_least=said["at_least"], at_most=said["at_most"])
    inputs = array(train)

    def make(strength: float) -> Any:
        if setup.n_classes:
            return LogisticRegression(
                C=strength, max_iter=said["max_iter"], random_state=setup.seed
            )
        return Ridge(alpha=1 / strength, random_state=setup.seed)

    chosen = _search(said["strengths"], make, inputs, target, setup)
    return array, make(chosen).fit(inputs, target)


def _trees(train: Features, target: NDArray[Any], setup: Setup) -> tuple[TreeArray, Floats]:
    """The array of a tree method, and the training rows in it."""
    said = setup.settings
    array = TreeArray(
        train, target, at_least=said["at_least"], at_most=said["at_most"], means_above=said["means_above"],
        seed=setup.seed,
    )  # fmt: skip
    return array, array.fitted(train)


def _tree(train: Features, target: NDArray[Any], setup: Setup) -> tuple[Any, Any]:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    array, inputs = _trees(train, target, setup)
    made = DecisionTreeClassifier if setup.n_classes else DecisionTreeRegressor

    def make(leaf: int) -> Any:
        return made(min_samples_leaf=leaf, random_state=setup.seed)

    leaf = _search(setup.settings["leaf_sizes"], make, inputs, target, setup)
    return array, make(leaf).fit(inputs, target)


def _forest(train: Features, target: NDArray[Any], setup: Setup) -> tuple[Any, Any]:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    said = setup.settings
    array, inputs = _trees(train, target, setup)
    common = {"n_estimators": said["n_trees"], "random_state": setup.seed, "n_jobs": setup.threads}
    made = (
        RandomForestClassifier(min_samples_leaf=said["leaf"], max_features="sqrt", **common)
        if setup.n_classes
        else RandomForestRegressor(
            min_samples_leaf=said["leaf_regression"],
            max_features=said["share_regression"],
            **common,
        )
    )
    return array, made.fit(inputs, target)


def _histgb(train: Features, target: NDArray[Any], setup: Setup) -> tuple[Any, Any]:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    said = setup.settings
    array, inputs = _trees(train, target, setup)
    made = HistGradientBoostingClassifier if setup.n_classes else HistGradientBoostingRegressor
    levels = np.zeros(inputs.shape[1], dtype=bool)
    levels[array.n_numeric : array.n_numeric + array.n_codes] = True
    common = {
        "learning_rate": said["learning_rate"], "max_leaf_nodes": said["leaves"], "l2_regularization": said["l2"],
        "categorical_features": levels if levels.any() else None, "random_state": setup.seed,
    }  # fmt: skip
    out = held_back(target, setup)
    first = made(
        max_iter=said["most_rounds"],
        early_stopping=True,
        n_iter_no_change=said["patience"],
        **common,
    ).fit(inputs[~out], target[~out], X_val=inputs[out], y_val=target[out])
    rounds = max(1, int(np.argmax(first.validation_score_)))
    return array, made(max_iter=rounds, early_stopping=False, **common).fit(inputs, target)


def _xgboost(train: Features, target: NDArray[Any], setup: Setup) -> tuple[Any, Any]:
    xgboost = need("xgboost", extra="bench")

    said = setup.settings
    array, inputs = _trees(train, target, setup)
    made = xgboost.XGBClassifier if setup.n_classes else xgboost.XGBRegressor
    n_rest = inputs.shape[1] - array.n_numeric - array.n_codes
    common = {
        "learning_rate": said["learning_rate"], "max_depth": said["depth"], "reg_lambda": said["l2"],
        "min_child_weight": said["child_weight"], "subsample": said["subsample"], "tree_method": "hist",
        "colsample_bytree": said["columns"], "random_state": setup.seed, "n_jobs": setup.threads, "verbosity": 0,
        "enable_categorical": True,
        "feature_types": ["q"] * array.n_numeric + ["c"] * array.n_codes + ["q"] * n_rest,
    }  # fmt: skip
    loss = "rmse" if not setup.n_classes else "mlogloss" if target.max() > 1 else "logloss"
    out = held_back(target, setup)
    first = made(
        n_estimators=said["most_rounds"],
        early_stopping_rounds=said["patience"],
        eval_metric=loss,
        **common,
    ).fit(inputs[~out], target[~out], eval_set=[(inputs[out], target[out])], verbose=False)
    return array, made(n_estimators=first.best_iteration + 1, **common).fit(inputs, target)


def _ebm(train: Features, target: NDArray[Any], setup: Setup) -> tuple[Any, Any]:
    glassbox = need("interpret.glassbox", extra="bench")
    said = setup.settings
    array, inputs = _trees(train, target, setup)
    n_rest = inputs.shape[1] - array.n_numeric - array.n_codes
    several = setup.n_classes and target.max() > 1
    common = {
        "outer_bags": said["outer_bags"], "interactions": 0 if several else said["interactions"],
        "learning_rate": said["learning_rate"], "early_stopping_rounds": said["patience"],
        "early_stopping_tolerance": said["tolerance"],
        "n_jobs": setup.threads, "random_state": setup.seed,
        "feature_types": ["continuous"] * array.n_numeric + ["nominal"] * array.n_codes + ["continuous"] * n_rest,
    }  # fmt: skip
    made = (
        glassbox.ExplainableBoostingClassifier
        if setup.n_classes
        else glassbox.ExplainableBoostingRegressor
    )
    return array, made(**common).fit(inputs, target)


_FITS: Final = {
    "majority": _majority, "linear": _linear, "tree": _tree, "forest": _forest, "histgb": _histgb,
    "xgboost": _xgboost, "ebm": _ebm,
}  # fmt: skip
