"""Two snapshots cut from the shipped one, whose differences are known because this file's builder made them."""

from __future__ import annotations

import orjson
import pytest
from two_snapshots import GONE, RISING, TASK, write_two

from advisor.core.errors import MissingData, Unclear, UnknownName
from advisor.recommend import api
from advisor.recommend.diff import changed_tables
from advisor.render import diff as shown
from advisor.tables import locate, snapshot


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    return write_two(tmp_path_factory.mktemp("two"), api.open_snapshot())


@pytest.fixture(scope="module")
def found(two):
    return api.diff(*two, task=TASK)


def test_rows_that_came_went_and_changed_are_counted_per_source(two, found):
    [mteb] = [s for s in found.evidence if s.source_id == "mteb-results"]
    before = snapshot.load(two[0]).table("evidence_mteb")
    # A second route: rows as tuples in sets.
    after = snapshot.load(two[1]).table("evidence_mteb")
    old, new = (
        {tuple(row[:14]): row[14:] for row in frame.iter_rows()} for frame in (before, after)
    )
    changed = sum(1 for key in old.keys() & new.keys() if old[key] != new[key])
    assert (mteb.rows_before, mteb.rows_after) == (before.height, before.height - 3)
    assert (mteb.added, mteb.removed, mteb.changed) == (2, 5, changed)
    assert changed == len([row for row in before.iter_rows(named=True) if row["value"]][:10])
    others = [s for s in found.evidence if s is not mteb]
    assert others
    assert all((s.added, s.removed, s.changed) == (0, 0, 0) for s in others)
    assert all(s.rows_before == s.rows_after for s in others)


def test_the_score_the_model_and_the_downloads_that_changed_are_named(found):
    assert (found.scores.added, found.scores.removed, found.scores.changed) == (0, 0, 1)
    [move] = found.scores.largest
    assert (move.model_id, move.task_id) == (RISING, TASK)
    assert move.points == pytest.approx(15.0)
    assert (found.models.n_gone, found.models.gone, found.models.new) == (1, [GONE], [])
    assert (found.tasks.n_gone, found.tasks.n_new) == (0, 0)
    assert [m.model_id for m in found.downloads.largest] == [RISING]
    assert found.downloads.total_after - found.downloads.total_before == 1_000_000


def test_the_advice_is_what_each_snapshot_answers(two, found):
    before, after = (api.recommend(TASK, snapshot=path, top=1000) for path in two)
    advice = found.advice
    assert (advice.before.model_id, advice.after.model_id) == (
        before.verdict.model_id,
        after.verdict.model_id,
    )
    assert advice.after.model_id == RISING
    assert not advice.same_model
    first = advice.ranking[0]
    assert (first.model_id, first.rank_after) == (RISING, 1)
    ranks = {m.model_id: n for n, m in enumerate(before.ranked, start=1)}
    assert all(change.rank_before == ranks.get(change.model_id) for change in advice.ranking)
    assert {rung.model_after for rung in advice.ladder} >= {RISING}


def test_turned_round_what_came_is_what_went(two, found):
    back = api.diff(two[1], two[0])
    assert [(s.source_id, s.added, s.removed, s.changed) for s in back.evidence] == [
        (s.source_id, s.removed, s.added, s.changed) for s in found.evidence
    ]
    assert back.models.new == found.models.gone
    assert back.scores.largest[0].points == pytest.approx(-found.scores.largest[0].points)
    assert back.advice is None


def test_a_snapshot_does_not_differ_from_itself(two):
    same = api.diff(two[0], two[0], task=TASK)
    assert same.tables == []
    assert not any(s.added or s.removed or s.changed for s in same.evidence)
    assert same.scores.median_points is None
    assert same.downloads.largest == []
    assert same.advice.same_model
    assert same.advice.ladder == same.advice.ranking == []
    assert "none: the two are the same" in shown.text(same)


def test_only_tables_of_another_content_are_named(two):
    first, second = (snapshot.load(path) for path in two)
    found = set(changed_tables(first, second))
    assert {"evidence_mteb", "models", "scores"} <= found
    assert found <= {"evidence_mteb", "models", "scores", "grid"}


def test_text_and_markdown_say_the_same_things(found):
    text, page = shown.text(found, width=100), shown.markdown(found)
    for words in (GONE, "+15.0", "another model is named"):
        assert words in text
        assert words in page
    assert all(len(line) <= 100 for line in text.splitlines())
    for title in ("Advice", "Size ladder", "Ranking", "Evidence", "Scores", "Models", "Downloads"):
        assert f"## {title}" in page
        assert title in text


def test_a_name_is_a_folder_an_id_or_the_beginning_of_one(two, monkeypatch, tmp_path):
    monkeypatch.setattr(locate, "shipped_folder", lambda: two[0].parent)
    monkeypatch.setattr(locate, "user_folder", lambda: two[1].parent)
    assert locate.named_path(two[0].name) == two[0]
    assert locate.named_path(two[1].name[:6]) == two[1]
    assert locate.named_path(str(two[0])) == two[0]
    assert locate.named_path(str(two[0].parent)) == two[0]
    for bad in ("", "zzz", "no/such/folder"):
        with pytest.raises(UnknownName, match="no snapshot") as caught:
            locate.named_path(bad)
        assert two[0].name in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(MissingData, match="no snapshot at"):
        locate.named_path(str(tmp_path))


def test_a_snapshot_without_some_tables_or_columns_is_compared_all_the_same(two, tmp_path):
    whole = snapshot.load(two[0])
    few = {
        "models": whole.table("models").drop("downloads_date"),
        "evidence_other": whole.table("evidence_other").drop("published"),
    }
    small = snapshot.write(tmp_path, few, facts={})
    found = api.diff(two[0], small)
    assert (found.tasks.n_gone, found.tasks.after) == (whole.table("tasks").height, 0)
    assert (found.scores.before, found.scores.after) == (whole.table("scores").height, 0)
    assert (found.models.n_new, found.models.n_gone) == (0, 0)
    assert (found.downloads.date_after, found.downloads.largest) == (None, [])
    gone = {s.source_id: s.removed for s in found.evidence}
    assert gone["mteb-results"] == whole.table("evidence_mteb").height
    # A column that one of the two lacks changes no row.
    others = [s for s in found.evidence if s.source_id != "mteb-results"]
    assert not any(s.added or s.changed for s in others)
    assert shown.text(found).startswith("Snapshots")


def test_an_unclear_task_asks_back_before_any_table_is_compared(two):
    with pytest.raises(Unclear):
        api.diff(*two, task="asdf qwer zxcv")


def test_the_command_writes_json_that_reads_back(two, capfdbinary):
    from advisor.cli.diff import command

    command(str(two[0]), str(two[1]), style="json")
    answer = orjson.loads(capfdbinary.readouterr().out)
    assert answer["advice"] is None
    assert answer["models"]["gone"] == [GONE]
    assert {"before", "after", "tables", "evidence", "tasks", "scores", "downloads"} <= set(answer)
