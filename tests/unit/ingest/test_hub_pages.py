"""Lists page by page and models by name: what is counted, what ends a list, what ends the refresh."""

from __future__ import annotations

import datetime as dt

import pytest

pytest.importorskip("huggingface_hub")

from huggingface_hub import constants
from misbehaving_hub import misbehaving_hub

from advisor.core.errors import MissingData, Unreachable
from advisor.ingest.fetch import Client, Limits
from advisor.ingest.hub_pages import Hub
from advisor.ingest.journal import open_journal

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


@pytest.fixture
def ask(monkeypatch, tmp_path):
    """A hub as a refresh asks it."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)

    def of(server, token=None, now=NOW):
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr("huggingface_hub.get_token", lambda: token)
        client = Client(limits=Limits(retries=1, first_wait_s=0.01, total_s=20))
        journal = open_journal(tmp_path, endpoint=server.url, now=now, fresh=False)
        return Hub(client=client, journal=journal)

    return of


def never(_):
    return False


def test_a_list_is_as_long_as_was_asked_for_and_in_the_hubs_order(ask):
    with misbehaving_hub(n=350) as server:
        hub = ask(server)
        names = hub.listed(sort="downloads", most=230, stop=never)
    assert names == [r["id"] for r in server.records[:230]]
    assert set(hub.asked.records) == set(names)
    assert [query["cursor"] for _, query, _ in server.seen[1:]] == [["100"], ["200"]]
    assert {"downloads", "downloadsAllTime", "safetensors", "gguf", "config"} <= set(server.seen[0][1]["expand"])  # fmt: skip


def test_a_list_that_ends_before_is_shorter(ask):
    with misbehaving_hub(n=120) as server:
        assert len(ask(server).listed(sort="downloads", most=500, stop=never)) == 120
    assert len(server.seen) == 2


def test_a_list_stops_where_it_is_told_to(ask):
    with misbehaving_hub(n=300) as server:
        names = ask(server).listed(sort="downloads", most=300, stop=lambda r: r["downloads"] < 1_000_000 - 7 * 149)  # fmt: skip
    assert len(names) == 150
    assert len(server.seen) == 2


def test_pages_that_repeat_end_the_list_aloud(ask):
    with misbehaving_hub("ok", "repeat", n=300) as server:
        hub = ask(server)
        assert len(hub.listed(sort="downloads", most=300, stop=never)) == 100
    assert hub.asked.warnings == ["the Hub repeats page 2 of its list: 100 of 300 models are listed"]  # fmt: skip


def test_an_answer_of_this_refresh_is_not_asked_for_again(ask):
    with misbehaving_hub(n=150) as server:
        ask(server).listed(sort="downloads", most=150, stop=never)
        hub = ask(server)
        assert len(hub.listed(sort="downloads", most=150, stop=never)) == 150
        assert (len(server.seen), hub.asked.n_resumed) == (2, 2)


def test_the_next_refresh_asks_on_condition(ask):
    with misbehaving_hub(n=150) as server:
        first = ask(server)
        first.listed(sort="downloads", most=150, stop=never)
        first.journal.finish()
        hub = ask(server, now=NOW + dt.timedelta(days=1))
        assert len(hub.listed(sort="downloads", most=150, stop=never)) == 150
        assert hub.asked.n_unchanged == 2
        server.records[120]["likes"] = 9_999
        hub.journal.finish()
        hub = ask(server, now=NOW + dt.timedelta(days=2))
        hub.listed(sort="downloads", most=150, stop=never)
    assert hub.asked.n_unchanged == 1
    assert hub.asked.records[server.records[120]["id"]]["likes"] == 9_999


@pytest.mark.parametrize("page", ["object", "garbage"])
def test_what_is_no_page_is_refused(ask, page):
    with misbehaving_hub(page, page) as server, pytest.raises(MissingData):
        ask(server).listed(sort="downloads", most=10, stop=never)


def test_a_page_of_garbage_once_is_asked_for_again(ask):
    with misbehaving_hub("garbage", n=5) as server:
        assert len(ask(server).listed(sort="downloads", most=10, stop=never)) == 5


def test_each_fate_of_a_named_model_is_counted(ask):
    with misbehaving_hub(n=5) as server:
        server.renamed["old/name"] = "maker-2/model-0002"
        server.refused.add("closed/model")
        hub = ask(server, token="hf_x")  # noqa: S106 - nobody's
        found = hub.named(["maker-1/model-0001", "old/name", "closed/model", "no/body"])
    assert found == ["maker-1/model-0001", "old/name"]
    assert (hub.asked.absent, hub.asked.refused) == (["no/body"], ["closed/model"])
    assert hub.asked.renamed == {"old/name": "maker-2/model-0002"}


@pytest.mark.parametrize(
    ("status", "reason", "token", "fate"),
    [
        (401, None, None, "absent"),  # so the Hub answers for what is not there
        (401, "RepoNotFound", "hf_x", "absent"),
        (401, None, "hf_x", "ends"),
        (403, None, "hf_x", "refused"),
        (404, None, None, "absent"),
        (410, None, None, "absent"),
        (451, None, None, "absent"),
        (400, None, None, "ends"),
        (418, None, None, "ends"),
    ],
)
def test_a_refusal_of_one_model_ends_the_refresh_only_where_it_is_the_tokens_fault(ask, status, reason, token, fate):  # fmt: skip
    with misbehaving_hub((status, {"X-Error-Code": reason} if reason else {}), n=5) as server:
        hub = ask(server, token=token)
        if fate == "ends":
            with pytest.raises(Unreachable):
                hub.named(["a/b"])
            return
        assert hub.named(["a/b", "maker-1/model-0001"]) == ["maker-1/model-0001"]
    assert getattr(hub.asked, fate) == ["a/b"]


def test_a_model_that_the_list_named_is_not_asked_for_once_more(ask):
    with misbehaving_hub(n=5) as server:
        hub = ask(server)
        hub.listed(sort="downloads", most=5, stop=never)
        assert hub.named(["maker-1/model-0001"]) == ["maker-1/model-0001"]
    assert len(server.seen) == 1
