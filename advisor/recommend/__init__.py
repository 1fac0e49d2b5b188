"""From a task to a recommendation; calling this package is asking: `advisor.recommend("...")`."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from advisor.core.recommendation import Recommendation


class _Callable(ModuleType):
    """This package as a function.

    Importing any module in here binds the name `advisor.recommend` to the package, whatever
    advisor/__init__.py says, so `from advisor import recommend` can find either and both must answer.
    """

    def __call__(self, *args: Any, **options: Any) -> Recommendation:
        """See advisor.recommend.api.recommend."""
        from advisor.recommend.api import recommend

        return recommend(*args, **options)


sys.modules[__name__].__class__ = _Callable
