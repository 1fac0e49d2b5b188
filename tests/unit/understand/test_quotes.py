from __future__ import annotations

import pytest

from advisor.understand.quotes import lead_in
from advisor.understand.unjudged import unjudged


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("answers in no more than ", ["no", "more", "than"]),
        ("retrieval for RAG, under ", ["under"]),
        ("it must take at most ", ["at", "most"]),
        ("", []),
        ("12 Warteschlangen, ", []),
    ],
)
def test_a_reading_is_quoted_from_its_own_clause_and_never_without_its_no(
    before: str, words: list[str]
) -> None:
    assert lead_in(before) == words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("under 15ms p99, 1000 requests per second", ["'p99'", "'1000 requests per second'"]),
        ("search at 2,500 queries / s", ["'2,500 queries / s'"]),
        ("5k qps", ["'5k qps'"]),
        ("under 15 ms per request, 300 documents per day", []),
        ("p95 under 20 ms", []),
    ],
)
def test_what_nobody_is_judged_by_is_said(text: str, said: list[str]) -> None:
    found = unjudged(text)
    assert len(found) == len(said)
    for words, line in zip(said, found, strict=True):
        assert line.startswith(words)
