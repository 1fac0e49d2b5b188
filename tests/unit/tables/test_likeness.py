from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.tables import likeness as module
from advisor.tables.likeness import PART_WEIGHTS, Wanted, likeness, likeness_among, wanted_of
from advisor.tables.task_words import build_index, terms_of
from tests import shipped
from tests.estimate_tables import real_slice, some_tasks

CLOSE = 1e-6


def of_the_slice():
    tasks = real_slice()[1]
    return tasks, build_index(tasks)


def of_the_snapshot():
    """One in nineteen of the catalogue's measured tasks, of every pool and family, with the whole catalogue's index."""
    tasks = shipped.table("tasks")
    some = tasks.filter(pl.col("n_models") > 0).sort("task_id").gather_every(19)
    return some, build_index(tasks)


@pytest.fixture(scope="module", params=[of_the_slice, of_the_snapshot], ids=["slice", "catalogue"])
def real(request):
    """(tasks, index, likeness of every two)."""
    tasks, index = request.param()
    return tasks, index, likeness_among(index, tasks)


def parts_among(index, tasks, monkeypatch):
    """The parts as `likeness_among` makes them, caught before they are summed."""
    caught = {}
    monkeypatch.setattr(module, "_sum", lambda parts: caught.update(parts) or parts["family"])
    likeness_among(index, tasks)
    return caught


def test_a_task_is_as_like_the_others_asked_for_alone_as_among_them(real):
    tasks, index, among = real
    for i in range(0, tasks.height, 7):
        row = tasks.row(i, named=True)
        alone = likeness(index.lazy(), wanted_of(row), tasks)
        others = np.arange(tasks.height) != i
        assert alone[others] == pytest.approx(among[i][others], abs=CLOSE)
        # A task with no topic, or of no family, cannot be told to share that even with its own description.
        assert alone[i] <= among[i, i] + CLOSE
        if row["task_family"] and module._topics(row["domains"]):
            assert alone[i] == pytest.approx(among[i, i], abs=CLOSE)


def test_likeness_is_symmetric_and_whole_only_beside_itself(real):
    tasks, _, among = real
    assert among == pytest.approx(among.T, abs=1e-12)
    assert np.diagonal(among) == pytest.approx(np.ones(tasks.height))
    assert among.min() >= PART_WEIGHTS["all"] / sum(PART_WEIGHTS.values()) - 1e-12
    assert among.max() <= 1 + CLOSE


def test_likeness_is_a_covariance_and_so_is_each_of_its_parts(real, monkeypatch):
    tasks, index, among = real
    assert np.linalg.eigvalsh(among).min() >= -1e-6
    parts = parts_among(index, tasks, monkeypatch)
    assert set(parts) == {"family", "group", "languages", "text", "domains"}
    for name, part in parts.items():
        assert part == pytest.approx(part.T), name
        assert np.diagonal(part) == pytest.approx(np.ones(len(part))), name
        assert np.linalg.eigvalsh(part).min() >= -1e-6, name
        assert part.min() >= 0, name


def test_likeness_follows_its_tasks_and_not_their_order(real):
    tasks, index, among = real
    turned = likeness_among(index, tasks.reverse())
    assert turned[::-1, ::-1] == pytest.approx(among, abs=CLOSE)


@given(
    families=st.lists(st.sampled_from(["retrieval", "clustering", None]), min_size=2, max_size=5),
    data=st.data(),
)
def test_the_sum_of_the_parts_by_plain_python(families, data):
    """Languages, topics, family and group counted one pair at a time, on tasks that share no word."""
    codes = st.lists(st.sampled_from(["eng", "deu", "fra"]), max_size=3, unique=True)
    topics = st.lists(st.sampled_from(["Legal", "News", "Written"]), max_size=2, unique=True)
    rows = [
        some_tasks(f"t{i}", task_family=f, languages=data.draw(codes), domains=data.draw(topics))
        for i, f in enumerate(families)
    ]
    tasks = pl.concat(rows)
    found = likeness_among(build_index(tasks), tasks)  # nobody measured: no words

    def shared(one, two):
        return len(one & two) / (len(one) * len(two)) ** 0.5 if one and two else 0.0

    for i in range(len(families)):
        for j in range(i):
            a, b = tasks.row(i, named=True), tasks.row(j, named=True)
            family = float(a["task_family"] is not None and a["task_family"] == b["task_family"])
            tongues = shared(set(a["languages"]) or {"eng"}, set(b["languages"]) or {"eng"})
            about = shared(*({x.lower() for x in r["domains"]} - {"written"} for r in (a, b)))
            expected = (
                0.30 + 0.15 * family + 0.10 * tongues + 0.03 * about + 0.15 * family * tongues
            )
            assert found[i, j] == pytest.approx(expected / sum(PART_WEIGHTS.values()))


def test_a_text_that_names_nothing_shares_only_what_all_tasks_share():
    tasks, index = of_the_slice()
    nothing = Wanted([], None, ["xxx"], [])
    assert likeness(index.lazy(), nothing, tasks) == pytest.approx(
        np.full(tasks.height, PART_WEIGHTS["all"] / sum(PART_WEIGHTS.values()))
    )


def test_a_task_s_own_words_make_it_the_most_alike_of_its_family():
    tasks, index = of_the_slice()
    for row in tasks.head(20).iter_rows(named=True):
        words = terms_of(f"{row['task_id']} {row['description']}")
        asked = Wanted(words, row["task_family"], row["languages"], row["domains"] or [])
        found = likeness(index.lazy(), asked, tasks)
        assert tasks["task_id"][int(np.argmax(found))] == row["task_id"]


def test_individual_languages_count_as_the_group_that_others_are_filed_under():
    tasks = some_tasks("a", languages=["ara"], domains=[])
    index = build_index(tasks).lazy()
    one, other = (
        likeness(index, Wanted([], None, [code], []), tasks)[0] for code in ("arb", "zho")
    )
    assert one - other == pytest.approx(PART_WEIGHTS["languages"] / sum(PART_WEIGHTS.values()))
