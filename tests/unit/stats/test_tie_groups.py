from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from advisor.stats.tie_groups import letters, tie_groups


@st.composite
def cases(draw):
    n = draw(st.integers(1, 7))
    pairs = list(combinations(range(n), 2))
    return n, draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []


@given(cases())
def test_two_share_a_group_exactly_when_they_are_not_told_apart(case):
    n, differ = case
    groups = tie_groups(n, differ)
    for pair in combinations(range(n), 2):
        together = any(set(pair) <= set(group) for group in groups)
        assert together == (pair not in differ)


@given(cases())
def test_the_groups_are_all_the_largest_ones(case):
    n, differ = case
    # The second route: every subset, kept when nobody in it differs and nobody could be added.
    ties = [
        set(part)
        for size in range(1, n + 1)
        for part in combinations(range(n), size)
        if not any(pair in differ for pair in combinations(part, 2))
    ]
    largest = sorted(sorted(one) for one in ties if not any(one < other for other in ties))
    assert tie_groups(n, differ) == largest


@given(cases())
def test_the_way_round_and_the_order_of_the_pairs_do_not_matter(case):
    n, differ = case
    assert tie_groups(n, differ) == tie_groups(n, [(b, a) for a, b in reversed(differ)])


@given(cases())
def test_letters_say_what_the_groups_say(case):
    n, differ = case
    said = letters(n, tie_groups(n, differ))
    assert all(said)
    for a, b in combinations(range(n), 2):
        assert bool(set(said[a]) & set(said[b])) == ((a, b) not in differ)


def test_a_chain_overlaps():
    # 0 and 2 differ, 1 is like both.
    assert tie_groups(3, [(0, 2)]) == [[0, 1], [1, 2]]
    assert letters(3, [[0, 1], [1, 2]]) == ["a", "ab", "b"]


def test_after_z_come_two_letters():
    many = [[i] for i in range(28)]
    assert letters(28, many)[24:] == ["y", "z", "aa", "ab"]
    assert tie_groups(0, []) == []
