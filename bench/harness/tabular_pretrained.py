"""Pretrained tabular models, where they are installed: TabPFN and TabICL, which read the training rows as context.

Their weights come from a hub on first use. No quality is claimed for them here: they are run as their own
documentation says, on the rows of the fold, and nothing was tuned.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from advisor.core.errors import Unreachable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.harness.tabular_columns import Features
    from bench.harness.tabular_methods import Setup
    from bench.rows import Reading

    Floats = NDArray[np.float64]

PRETRAINED: Final[dict[str, dict[str, Any]]] = {
    "tabpfn": {"most_rows": 10_000, "most_classes": 10},
    "tabicl": {"most_rows": 60_000, "most_classes": 10},
}
"""By package: how much it was made for. More training rows are drawn down to that; more classes are refused."""
_CLASSES: Final = {
    "tabpfn": ("TabPFNClassifier", "TabPFNRegressor"), "tabicl": ("TabICLClassifier", "TabICLRegressor")
}  # fmt: skip


@dataclass(kw_only=True)
class InContext:
    """A model with its context rows."""

    estimator: Any
    classes: tuple[int, ...]
    n_classes: int

    def predict(self, given: Features) -> Floats:
        """Probabilities [n_rows, n_classes], or numbers [n_rows]."""
        if not self.n_classes:
            return np.asarray(self.estimator.predict(_array(given)), dtype=np.float64)
        made = np.zeros((len(given), self.n_classes))
        made[:, self.classes] = self.estimator.predict_proba(_array(given))
        normed: Floats = made / made.sum(axis=1, keepdims=True)
        return normed


@dataclass(kw_only=True)
class Pretrained:
    """A pretrained tabular model of an installed package."""

    package: str
    module: Any
    revision: str
    precision: str = "unknown"
    n_shot: int = -1
    asked_rows: int | None = None
    timed_apart: bool = True
    _said: list[str] = field(default_factory=list)

    @classmethod
    def named(cls, package: str) -> Pretrained:
        """Of that package. Raises: Unreachable: it is not installed."""
        try:
            module = importlib.import_module(package)
        except ModuleNotFoundError as error:
            if error.name != package:
                raise
            raise Unreachable(f"{package} is not installed; run: pip install {package}") from None
        return cls(
            package=package, module=module, revision=getattr(module, "__version__", "unknown")
        )

    @property
    def model_id(self) -> str:
        """Like "pretrained/tabpfn"."""
        return f"pretrained/{self.package}"

    def fit(self, train: Features, target: NDArray[Any], setup: Setup) -> InContext:
        """The training rows as context.

        Raises: Unreachable: more classes than it was made for, or its weights cannot be loaded.
        """
        most = PRETRAINED[self.package]
        if setup.n_classes > most["most_classes"]:
            raise Unreachable(
                f"{self.package}: made for at most {most['most_classes']} classes, and this target has {setup.n_classes}"
            )
        train, target = self._within(train, target, most["most_rows"], setup.seed)
        made = getattr(self.module, _CLASSES[self.package][0 if setup.n_classes else 1], None)
        if made is None:
            raise Unreachable(
                f"{self.package} {self.revision} has no model for this kind of target"
            )
        classes: tuple[int, ...] = ()
        if setup.n_classes:
            there, target = np.unique(target, return_inverse=True)
            classes = tuple(int(c) for c in there)
        try:
            estimator = made(**self._settings(train, setup)).fit(_array(train), target)
        except (OSError, ConnectionError, RuntimeError) as error:
            words = str(error).strip().splitlines()
            raise Unreachable(
                f"{self.package}: its weights could not be loaded ({words[0][:160] if words else type(error).__name__})"
            ) from error
        return InContext(estimator=estimator, classes=classes, n_classes=setup.n_classes)

    def _settings(self, train: Features, setup: Setup) -> dict[str, Any]:
        if self.package != "tabpfn":
            return {"random_state": setup.seed}
        n = train.numeric.shape[1]
        return {
            "random_state": setup.seed, "ignore_pretraining_limits": True,
            "categorical_features_indices": list(range(n, n + train.codes.shape[1])),
        }  # fmt: skip

    def _within(
        self, train: Features, target: NDArray[Any], most: int, seed: int
    ) -> tuple[Features, NDArray[Any]]:
        if len(target) <= most:
            return train, target
        words = f"{self.package}: {most:,} of {len(target):,} training rows were drawn as context"
        if words not in self._said:
            self._said.append(words)
        rows = np.sort(np.random.default_rng(seed).permutation(len(target))[:most])
        return train.take(rows), target[rows]

    def model(self, fitted: InContext) -> dict[str, Any]:
        """A tabular foundation model; its size is not counted here."""
        del fitted
        return {
            "kind": "tabular_foundation",
            "family": "tabular foundation model",
            "pool": ["tabular"],
        }

    def facts(
        self, fitted: InContext, train: Features, held_out: Features, said: Floats, seed: int
    ) -> dict[str, Any]:
        """None."""
        del fitted, train, held_out, said, seed
        return {}

    def readings(self) -> list[Reading]:
        """None."""
        return []

    def warnings(self) -> list[str]:
        """Training rows left out of the context."""
        return self._said


def _array(given: Features) -> Floats:
    """Numbers, then codes, NaN for gaps."""
    codes = given.codes.astype(np.float64)
    codes[codes < 0] = np.nan
    return np.hstack([given.numeric, codes])
