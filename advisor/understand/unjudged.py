"""What a text demands and no model is judged by, said aloud so that nobody takes it for met."""

from __future__ import annotations

import re

_PERCENTILE = re.compile(r"\bp(?:99(?:\.\d+)?|90|50)\b", re.IGNORECASE)
_PER_SECOND = re.compile(
    r"(?<!\w)\d+(?:[.,]\d+)*\s?k?\s*(?:(?:requests|queries|documents|docs|texts|items|calls|messages|anfragen|requêtes)"
    r"\s*(?:per|a|/|pro|par)\s*(?:second|sekunde|seconde|sec|s)\b|(?:rps|qps)\b)",
    re.IGNORECASE,
)


def unjudged(text: str) -> list[str]:
    """What the text demands and no model is judged by, so that nobody takes it for met."""
    warnings = []
    if (found := _PERCENTILE.search(text)) is not None:
        warnings.append(f"{found[0]!r}: latency is judged at its p95 only")
    if (found := _PER_SECOND.search(text)) is not None:
        warnings.append(
            f"{' '.join(found[0].split())!r}: throughput is not judged, only the latency of one item"
        )
    return warnings
