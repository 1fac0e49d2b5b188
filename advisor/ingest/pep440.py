"""Ordering of Python package versions, so that a newer mteb run can be told from an older one without `packaging`."""

from __future__ import annotations

import re
from typing import Final

_VERSION: Final = re.compile(
    r"""\s*v?(?:(?P<epoch>\d+)!)?(?P<release>\d+(?:\.\d+)*)
    (?:[-_.]?(?P<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<pre_n>\d*))?
    (?P<post>-(?P<post_n1>\d+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post_n2>\d*))?
    (?P<dev>[-_.]?dev[-_.]?(?P<dev_n>\d*))?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_PRE: Final = {"a": 0, "alpha": 0, "b": 1, "beta": 1, "c": 2, "rc": 2, "pre": 2, "preview": 2}
_MAX_CHARACTERS: Final = 100
"""Longer than any version ever published; keeps a hostile text from costing time."""

VersionKey = tuple[int, tuple[int, ...], tuple[int, int], int, tuple[int, int], str]


def version_key(text: str) -> VersionKey | None:
    """A sortable key for a PEP 440 version, None when `text` is not one (a range such as "2.12-2.15" is not).

    Local parts ("+abc") are ordered as text. Source: https://peps.python.org/pep-0440/
    """
    if len(text) > _MAX_CHARACTERS or (match := _VERSION.fullmatch(text)) is None:
        return None
    part = match.groupdict()
    release = [int(number) for number in part["release"].split(".")]
    while len(release) > 1 and release[-1] == 0:
        release.pop()
    post = -1
    if part["post"]:
        post = int(part["post_n1"] or part["post_n2"] or 0)
    dev = (0, int(part["dev_n"] or 0)) if part["dev"] else (1, 0)
    if part["pre"]:
        pre = (_PRE[part["pre"].lower()], int(part["pre_n"] or 0))
    elif part["dev"] and post < 0:
        pre = (-1, 0)  # 1.0.dev1 comes before 1.0a1
    else:
        pre = (3, 0)
    return int(part["epoch"] or 0), tuple(release), pre, post, dev, (part["local"] or "").lower()
