"""Importing and running mteb without its habits: no folder in the user's home, no chatter, no carbon tracker."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import tempfile
import warnings
from typing import TYPE_CHECKING, Any, Final

from advisor._lazy import need

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOUD: Final = ("mteb", "datasets", "sentence_transformers", "transformers", "huggingface_hub")


def mteb() -> Any:
    """The mteb module, imported so that its progress bars stay off.

    Its import makes a cache folder; unless the user named one, that is a passing one.

    Raises: MissingExtra: mteb, or what it needs to run models, is not installed.
    """
    if "mteb" in sys.modules:
        return sys.modules["mteb"]
    with (
        tempfile.TemporaryDirectory(prefix="advisor-mteb-") as folder,
        _environment(MTEB_CACHE=folder, TQDM_DISABLE="1"),
    ):
        library = need("mteb", extra="bench")
    need("sentence_transformers", extra="bench")
    return library


@contextlib.contextmanager
def _environment(**wanted: str) -> Iterator[None]:
    """These variables for the moment, where the user has not set them."""
    added = {name: value for name, value in wanted.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Nothing of the libraries' chatter on stdout, and no progress bars, logs or warnings on stderr."""
    levels = {name: logging.getLogger(name).level for name in _LOUD}
    with (
        contextlib.redirect_stdout(sys.stderr),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        for name in _LOUD:
            logging.getLogger(name).setLevel(logging.ERROR)
        try:
            yield
        finally:
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)


def hold_threads(n_threads: int) -> None:
    """No more than `n_threads` for torch, BLAS and OpenMP in this process."""
    need("torch", extra="bench").set_num_threads(n_threads)
    need("threadpoolctl", extra="bench").threadpool_limits(n_threads)
    need("datasets", extra="bench").disable_progress_bars()
