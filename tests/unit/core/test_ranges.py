import pytest

from advisor.core.errors import BadInput, UnknownName
from advisor.core.languages import NAMES, parse_language
from advisor.core.ranges import whole, within


@pytest.mark.parametrize("value", [0, "0", "nan", "inf", "abc", "", None, -1])
def test_a_number_outside_its_range_is_refused_with_what_to_type(value):
    with pytest.raises(
        BadInput, match=r"--max-latency-ms: .* must be a number above 0; write it like 15"
    ):
        within("--max-latency-ms", value, above=0, example="15")


def test_a_number_inside_is_read_from_text_or_number():
    assert within("x", "2.5", least=1, most=3, example="2") == 2.5
    assert whole("x", "3", least=1, most=3, example="2") == 3


def test_a_whole_number_has_no_decimals():
    with pytest.raises(BadInput, match=r"'2\.5' must be a whole number"):
        whole("--top", "2.5", least=1, example="10")


@pytest.mark.parametrize(
    ("typed", "code"),
    [("deu", "deu"), ("DE", "deu"), (" German ", "deu"), ("zh", "cmn"), ("xyz", "xyz")],
)
def test_a_language_is_read_from_codes_and_names(typed, code):
    assert parse_language(typed) == code


def test_an_unknown_language_is_refused_with_the_nearest():
    with pytest.raises(UnknownName, match="did you mean 'german'"):
        parse_language("germn")


def test_every_listed_language_reads_back_from_its_own_code():
    assert all(parse_language(code) == code for code in NAMES)
