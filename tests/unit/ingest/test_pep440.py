from hypothesis import given
from hypothesis import strategies as st
from packaging.version import InvalidVersion, Version

from advisor.ingest.pep440 import version_key

versions = st.text("0123456789.abcdevprost-+!_ ", max_size=12) | st.from_regex(
    r"v?(\d!)?\d{1,2}(\.\d{1,2}){0,3}((a|b|rc)\d)?(\.post\d)?(\.dev\d?)?", fullmatch=True
)


def parsed(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


@given(versions)
def test_a_text_is_a_version_exactly_when_packaging_says_so(text: str) -> None:
    assert (version_key(text) is None) == (parsed(text) is None)


@given(versions, versions)
def test_versions_are_ordered_as_packaging_orders_them(one: str, other: str) -> None:
    first, second = parsed(one), parsed(other)
    if first is None or second is None or first.local or second.local:
        return
    keys = [key for key in (version_key(one), version_key(other)) if key is not None]
    assert (keys[0] < keys[1]) == (first < second)
    assert (keys[0] == keys[1]) == (first == second)


def test_a_range_of_versions_and_a_very_long_text_are_no_versions() -> None:
    assert version_key("2.12.16-2.15.4") is None
    assert version_key("1." * 100_000 + "1") is None
