"""What a refresh keeps: whole answers, found again by the next call, forgotten when they are old."""

from __future__ import annotations

import datetime as dt

import pytest

from advisor.core.errors import BadInput
from advisor.ingest.fetch import Answer
from advisor.ingest.journal import ANSWERS, one_refresh, open_journal

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
URL = "http://hub/api/models?limit=2"


def journal(folder, now=NOW, *, fresh=False, endpoint="http://hub"):
    return open_journal(folder, endpoint=endpoint, now=now, fresh=fresh)


def test_what_broke_off_is_gone_on_with_for_a_day(tmp_path):
    first = journal(tmp_path)
    first.keep(URL, Answer(status=200, etag='W/"1"', next_url="http://hub/n"), [{"id": "a/b"}])
    second = journal(tmp_path, NOW + dt.timedelta(hours=23))
    assert second.is_resumed
    assert second.begun == NOW
    kept = second.of_this_run(URL)
    assert (kept.content, kept.next_url, kept.status) == ([{"id": "a/b"}], "http://hub/n", 200)
    third = journal(tmp_path, NOW + dt.timedelta(hours=25))
    assert not third.is_resumed
    assert third.of_this_run(URL) is None
    assert third.latest(URL).content == [{"id": "a/b"}]


def test_a_clock_that_was_set_back_begins_anew(tmp_path):
    journal(tmp_path)
    assert not journal(tmp_path, NOW - dt.timedelta(hours=1)).is_resumed


def test_after_the_end_answers_are_asked_for_on_condition(tmp_path):
    first = journal(tmp_path)
    first.keep(URL, Answer(status=200, etag='W/"1"'), [1])
    first.keep("http://hub/other", Answer(status=200, last_modified="Sat, 21 Nov 2026 00:00:00 GMT"), [2])  # fmt: skip
    first.keep("http://hub/gone", Answer(status=404), None)
    first.finish()
    second = journal(tmp_path, NOW + dt.timedelta(days=1))
    assert second.conditions(URL) == {"if-none-match": 'W/"1"'}
    assert second.conditions("http://hub/other") == {"if-modified-since": "Sat, 21 Nov 2026 00:00:00 GMT"}  # fmt: skip
    assert second.conditions("http://hub/gone") == {}
    again = second.keep(URL, Answer(status=304), None)
    assert (again.status, again.content, again.etag, again.run) == (200, [1], 'W/"1"', second.run)
    assert second.n_kept == 1


def test_old_answers_are_thrown_away(tmp_path):
    first = journal(tmp_path)
    first.keep(URL, Answer(status=200), [1])
    first.finish()
    later = journal(tmp_path, NOW + dt.timedelta(days=61))
    later.keep("http://hub/new", Answer(status=200), [2])
    later.finish()
    last = journal(tmp_path, NOW + dt.timedelta(days=62))
    assert last.latest(URL) is None
    assert last.latest("http://hub/new").content == [2]


def test_begun_anew_nothing_is_left(tmp_path):
    first = journal(tmp_path)
    first.keep(URL, Answer(status=200), [1])
    second = journal(tmp_path, fresh=True)
    assert not second.is_resumed
    assert second.latest(URL) is None


def test_answers_of_another_endpoint_are_others(tmp_path):
    journal(tmp_path).keep(URL, Answer(status=200), [1])
    assert journal(tmp_path, endpoint="http://mirror").latest(URL) is None


def test_one_refresh_at_a_time(tmp_path):
    with one_refresh(tmp_path), pytest.raises(BadInput, match="at work"), one_refresh(tmp_path):
        pass
    with one_refresh(tmp_path):
        pass


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"status": "200"}', b"\xff\xfe"])
def test_a_damaged_answer_is_no_answer(tmp_path, damage):
    first = journal(tmp_path)
    first.keep(URL, Answer(status=200, etag="x"), [1])
    (file,) = (first.folder / ANSWERS).glob("*.json")
    file.write_bytes(damage)
    assert first.of_this_run(URL) is None
    assert first.conditions(URL) == {}
    assert first.n_kept == 0


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"run": 5, "begun": "never"}', b'{"begun": "2026-11-21T12:00:00"}', b"[1]"])  # fmt: skip
def test_a_damaged_beginning_is_a_new_one(tmp_path, damage):
    first = journal(tmp_path)
    (first.folder / "run.json").write_bytes(damage)
    assert not journal(tmp_path).is_resumed


def test_a_disk_that_is_full_is_told_in_one_line(tmp_path, monkeypatch):
    first = journal(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(BadInput, match="No space left on device"):
        first.keep(URL, Answer(status=200), [1])
    monkeypatch.undo()
    assert list((first.folder).rglob(".*")) == []
