"""How the methods for tables are spelt, and the learner behind each spelling."""

from __future__ import annotations

import difflib
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

from advisor.core.errors import UnknownName
from bench.harness.tabular_learners import OwnRows
from bench.harness.tabular_methods import SETTINGS
from bench.harness.tabular_pretrained import PRETRAINED, Pretrained

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.harness.tabular_learners import Learner
    from bench.harness.tabular_table import Table

DEFAULT: Final = ("majority", "linear", "tree", "forest", "histgb", "xgboost", "ebm")
"""What is run when nothing is named: smallest first."""
ALIASES: Final = {
    "mean": "majority", "logreg": "linear", "ridge": "linear", "logistic": "linear", "rf": "forest",
    "random-forest": "forest", "hgb": "histgb", "xgb": "xgboost", "decision-tree": "tree",
}  # fmt: skip
_PACKAGES: Final = {"xgboost": ("xgboost-cpu", "xgboost"), "ebm": ("interpret-core",)}


def spelt(given: str) -> str:
    """The method's own name, or a language model's spelling unchanged.

    Raises: UnknownName: neither; the message carries the nearest name.
    """
    name = ALIASES.get(given.lower(), given)
    if name in SETTINGS or name in PRETRAINED or is_language_model(name):
        return name
    known = [*SETTINGS, *PRETRAINED]
    near = difflib.get_close_matches(given, [*known, *ALIASES], n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise UnknownName(
        f"--models: unknown method {given!r}{hint}; there are {', '.join(known)}, and openai:URL#name"
    )


def is_language_model(name: str) -> bool:
    """Whether a name is a language model's: "openai:URL#name", "hf:org/name", or a folder's path."""
    return name.startswith(("openai:", "hf:", "http://", "https://", "/", "./", "~"))


def settings(name: str, *, shots: int, limit: int) -> dict[str, Any]:
    """All that decides the method's fit beside seed and data."""
    if is_language_model(name):
        return {"shots": shots, "limit": limit}
    return SETTINGS.get(name) or dict(PRETRAINED.get(name, {}))


def learner(name: str, options: Mapping[str, Any], table: Table) -> Learner:
    """The learner behind a spelling.

    Raises: UnknownName; Unreachable, MissingExtra: what it needs is not here.
    """
    name = spelt(name)
    if is_language_model(name):
        from bench.harness.tabular_prompted import Prompted

        return Prompted.open(name, options, table)
    if name in PRETRAINED:
        return Pretrained.named(name)
    return OwnRows(method=name, revision=_revision(name))


def _revision(name: str) -> str:
    """Package and version, like "scikit-learn 1.9.1"."""
    for package in _PACKAGES.get(name, ("scikit-learn",)):
        try:
            return f"{package} {version(package)}"
        except PackageNotFoundError:
            continue
    return "unknown"
