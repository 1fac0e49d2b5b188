"""A question as the command line that asks it: what to type for the same answer."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from advisor.render.escape import plain

if TYPE_CHECKING:
    from collections.abc import Mapping


def recommend(task: str, asked: Mapping[str, object], *, file: str | None = None) -> str:
    """`advisor recommend` with the options of `asked` (see recommend.request.Asked) that are stated.

    file: the name of the table that is the task, in the place of words.
    """
    parts = [
        "advisor",
        "recommend",
        *(["--task", plain(task)] if file is None else ["--data", plain(file)]),
    ]
    for name, value in asked.items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            parts.append(option)
        elif isinstance(value, list | tuple):
            parts += [part for entry in value for part in (option, plain(str(entry)))]
        elif value is not None and value is not False:
            parts += [option, plain(str(value))]
    return shlex.join(parts)
