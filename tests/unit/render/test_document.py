"""A document cut into sections, and put together again; mentions become links, but not in code."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.core.errors import MissingData
from advisor.render import document
from advisor.tables import locate

TEXT = """# Title
before
## One of *two*
see (#other-part) and `#other-part` and #unknown
```
## no heading
#other-part
```
### Other part
end
"""


def test_headings_in_fenced_blocks_are_text() -> None:
    found = document.sections(TEXT)
    assert [(one.anchor, one.depth) for one in found] == [
        ("title", 1),
        ("one-of-two", 2),
        ("other-part", 3),
    ]
    assert "## no heading" in found[1].text


def test_mentions_of_known_sections_are_links_outside_code() -> None:
    found = document.sections(TEXT)
    said = document.linked(
        found[1].text, [one.anchor for one in found], address="method?section={}"
    )
    assert said.count("[#other-part](method?section=other-part)") == 1
    assert "`#other-part`" in said
    assert "\n#other-part\n" in said
    assert "#unknown" in said


_LINES = st.lists(
    st.sampled_from(["# A", "## B c", "### D", "words #a here", "", "```", "| a | b |", "#no"]),
    max_size=20,
)


@given(_LINES)
def test_nothing_below_the_first_heading_is_lost(lines) -> None:
    text = "\n".join(lines)
    found = document.sections(text)
    kept = "\n".join(f"{'#' * one.depth} {one.title}\n{one.text}" for one in found)
    start = re.search(r"^#{1,6} ", text, flags=re.MULTILINE)
    if start and "```" not in text[: start.start()]:
        assert kept.split() == text[start.start() :].split()


def test_the_method_has_a_section_per_heading_and_each_anchor_once() -> None:
    found = document.read("METHOD.md")
    raw = locate.document("METHOD.md").read_text(encoding="utf-8")
    assert len(found) == len(re.findall(r"^#{1,6} ", raw, flags=re.MULTILINE))
    assert {"guard", "comparable", "good-enough", "ladder-own"} <= {one.anchor for one in found}
    assert len({one.anchor for one in found}) == len(found)
    assert [one.title for one in document.holding(found, "LADDER knee rung")]


def test_a_document_that_is_not_there_is_missing_data() -> None:
    with pytest.raises(MissingData, match=r"NOWHERE\.md is missing from this installation"):
        document.read("NOWHERE.md")
