"""What the harness asks of a method, and the methods that learn from the table's own rows as such."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from bench.harness.tabular_methods import Fitted, Setup, fit
from bench.harness.tabular_structure import fidelity, n_parameters, structure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bench.harness.tabular_columns import Features
    from bench.rows import Reading

    Floats = NDArray[np.float64]


_FAMILIES: Final = {
    "majority": ("other", "baseline"), "linear": ("linear", "linear"), "tree": ("tree", "decision tree"),
    "forest": ("tree", "random forest"), "histgb": ("tree", "gradient boosting"),
    "xgboost": ("tree", "gradient boosting"), "ebm": ("tree", "gam"),
}  # fmt: skip
"""Kind by advisor.core.ids, and family, of each method."""


class Predictor(Protocol):
    """A fitted model."""

    def predict(self, given: Features) -> Floats:
        """Probabilities [n_rows, n_classes] (a row of NaN: no answer), or numbers [n_rows]."""
        ...


class Learner(Protocol):
    """A method, ready to be fitted fold by fold."""

    @property
    def model_id(self) -> str:
        """As the evidence table names it."""
        ...

    @property
    def revision(self) -> str:
        """Package and version, or the weights' own."""
        ...

    @property
    def precision(self) -> str:
        """Of the weights; "unknown" where nobody says."""
        ...

    @property
    def n_shot(self) -> int:
        """Labelled rows in a prompt; -1 where there is no prompt."""
        ...

    @property
    def asked_rows(self) -> int | None:
        """Held-out rows that it is asked about over all folds; None for all of them."""
        ...

    @property
    def timed_apart(self) -> bool:
        """Whether single rows are timed after the folds; False where each answer was timed as it came."""
        ...

    def fit(self, train: Features, target: NDArray[Any], setup: Setup) -> Predictor:
        """A model of the training rows."""
        ...

    def model(self, fitted: Any) -> dict[str, Any]:
        """Columns of MODELS."""
        ...

    def facts(
        self, fitted: Any, train: Features, held_out: Features, said: Floats, seed: int
    ) -> dict[str, Any]:
        """What can be read off the last fold's model; `said` is its answer to the held-out rows."""
        ...

    def readings(self) -> list[Reading]:
        """Numbers of its own, beside the scores."""
        ...

    def warnings(self) -> list[str]:
        """What a reader of the numbers must know."""
        ...


@dataclass(kw_only=True)
class OwnRows:
    """A method that learns from the training rows and nothing else."""

    method: str
    revision: str
    precision: str = "fp64"
    n_shot: int = -1
    asked_rows: int | None = None
    timed_apart: bool = True

    @property
    def model_id(self) -> str:
        """Like "baseline/xgboost"."""
        return f"baseline/{self.method}"

    def fit(self, train: Features, target: NDArray[Any], setup: Setup) -> Fitted:
        """See tabular_methods.fit."""
        return fit(self.method, train, target, setup)

    def model(self, fitted: Fitted) -> dict[str, Any]:
        """Kind, parameters where they have a meaning, bytes of the pickled model."""
        return {
            "kind": _FAMILIES[self.method][0],
            "family": _FAMILIES[self.method][1],
            "pool": ["tabular"],
            "n_parameters": n_parameters(self.method, fitted),
            "open_weights": True,
            "weights_bytes": fitted.weights_bytes(),
        }

    def facts(
        self, fitted: Fitted, train: Features, held_out: Features, said: Floats, seed: int
    ) -> dict[str, Any]:
        """Its structure, and how well a small tree copies it."""
        copied = fidelity(fitted.predict, train, held_out, said, seed)
        return {
            "structure": structure(self.method, fitted),
            **({} if copied is None else {"surrogate_fidelity": copied}),
        }

    def readings(self) -> list[Reading]:
        """None."""
        return []

    def warnings(self) -> list[str]:
        """None."""
        return []
