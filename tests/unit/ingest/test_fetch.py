"""The bounded client: every way in which a server can fail ends, in time, in one line, and without the token."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

pytest.importorskip("huggingface_hub")

from huggingface_hub import constants
from misbehaving_hub import misbehaving_hub

from advisor.core.errors import MissingData, Unreachable
from advisor.ingest import fetch
from advisor.ingest.fetch import Client, Limits

TOKEN = "hf_SECRETsecretSECRETsecret"  # noqa: S105 - nobody's
QUICK = Limits(connect_s=1.0, read_s=0.4, answer_s=0.8, retries=1, first_wait_s=0.01, most_wait_s=2.0, total_s=6.0)  # fmt: skip


@pytest.fixture(autouse=True)
def token(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


@pytest.fixture
def ask(monkeypatch):
    """Ask a hub with these faults for its first page; the answer, the hub, and the client."""

    def asked(server, limits=QUICK, headers=None, say=None):
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        client = Client(limits=limits, **({"say": say} if say else {}))
        return client.get("/api/models?limit=5", headers=headers)

    return asked


def test_a_page_comes_with_its_etag_and_where_the_next_one_is(ask):
    with misbehaving_hub() as hub:
        answer = ask(hub)
        assert answer.status == 200
        assert answer.etag
        assert answer.next_url.startswith(hub.url)
        assert hub.seen[0][2]["authorization"] == f"Bearer {TOKEN}"
        assert hub.seen[0][2]["user-agent"] == "slm-advisor"
        again = ask(hub, headers={"if-none-match": answer.etag})
        assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("fault", [429, 500, 502, 503, 504, 408, "drop", "cut", "hang", "drip"])
def test_what_may_pass_is_tried_again(ask, fault):
    with misbehaving_hub(fault) as hub:
        assert ask(hub).status == 200
        assert len(hub.seen) == 2


@pytest.mark.parametrize("fault", ["hang", "drip", "drip-head"])
def test_a_server_that_never_ends_is_left_in_time(ask, fault):
    with misbehaving_hub(fault, fault) as hub:
        begun = time.monotonic()
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1:\d+: (no|the) .*\(2 attempts\)"):
            ask(hub)
        # Two attempts of 0.8 s with their grace, against 30 s that the server would go on.
        assert time.monotonic() - begun < 10


def test_the_wait_that_the_server_asks_for_is_kept(ask):
    said = []
    with misbehaving_hub((429, {"Retry-After": "2"})) as hub:
        begun = time.monotonic()
        assert ask(hub, say=said.append).status == 200
    assert time.monotonic() - begun >= 2.0 - 1e-3
    assert said == [f"{hub.url.removeprefix('http://')}: too many requests (429); waiting 2 s"]


@pytest.mark.parametrize(
    "header",
    [
        lambda: {"Retry-After": "3600"},
        lambda: {"Retry-After": formatdate(time.time() + 3600, usegmt=True)},
        lambda: {"RateLimit": '"api";r=0;t=299'},
    ],
)
def test_a_wait_longer_than_allowed_ends_at_once_and_says_how_long_it_would_be(ask, header):
    with misbehaving_hub((429, header())) as hub:
        with pytest.raises(
            Unreachable, match=r"asks to wait (3,[56]\d\d|299) s, more than the 2 s"
        ):
            ask(hub)
        assert len(hub.seen) == 1


def test_a_date_that_is_over_means_now():
    assert fetch._asked_wait({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0
    assert fetch._asked_wait({"retry-after": "soon"}) is None
    assert fetch._asked_wait({}) is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418])
def test_a_refusal_comes_back_at_once_without_its_body(ask, status):
    with misbehaving_hub((status, {"X-Error-Code": "GatedRepo"})) as hub:
        answer = ask(hub)
    assert (answer.status, answer.body, answer.reason) == (status, b"", "GatedRepo")
    assert len(hub.seen) == 1


def test_a_redirect_to_another_host_is_not_followed_and_takes_no_token_there(ask):
    with misbehaving_hub() as other, misbehaving_hub("redirect-away") as hub:
        hub.elsewhere = other.url
        with pytest.raises(MissingData, match="not the Hub that was asked"):
            ask(hub)
        assert other.seen == []


def test_an_address_of_another_host_is_refused_before_anything_is_sent(monkeypatch):
    with misbehaving_hub() as other, misbehaving_hub() as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        with pytest.raises(MissingData, match="not followed"):
            Client(limits=QUICK).get(f"{other.url}/api/models")
        assert other.seen == []


def test_a_renamed_model_is_followed_on_the_same_host(monkeypatch):
    with misbehaving_hub() as hub:
        hub.renamed["old/name"] = "maker-1/model-0001"
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        assert b"maker-1/model-0001" in Client(limits=QUICK).get("/api/models/old/name").body


def test_a_circle_of_redirects_ends(ask):
    with misbehaving_hub("circle") as hub:
        with pytest.raises(Unreachable, match="circle"):
            ask(hub)
        assert len(hub.seen) <= 10


def test_an_answer_without_end_is_refused_by_its_size(ask):
    with misbehaving_hub() as hub, pytest.raises(Unreachable, match="more than 0 MiB"):
        ask(hub, limits=Limits(most_bytes=100))


def test_the_whole_budget_ends_it(ask):
    limits = Limits(read_s=0.4, answer_s=0.8, retries=50, first_wait_s=0.01, most_wait_s=0.5, total_s=1.5)  # fmt: skip
    with misbehaving_hub(*[500] * 100) as hub:
        begun = time.monotonic()
        with pytest.raises(Unreachable):
            ask(hub, limits=limits)
        assert time.monotonic() - begun < 5


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9", "http://no-such-host.invalid", "ftp://x", "nonsense"])  # fmt: skip
def test_nobody_there_is_told_at_once(monkeypatch, endpoint):
    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    begun = time.monotonic()
    with pytest.raises(Unreachable, match=r"cannot be reached|write an address"):
        Client().get("/api/models")
    assert time.monotonic() - begun < 3.5


def test_a_name_server_that_is_silent_does_not_hold_it_up(monkeypatch):
    monkeypatch.setattr(constants, "ENDPOINT", "http://slow.example")
    monkeypatch.setattr(fetch.socket, "create_connection", lambda *_a, **_k: time.sleep(20))
    begun = time.monotonic()
    with pytest.raises(Unreachable, match="no answer"):
        Client().get("/api/models")
    assert time.monotonic() - begun < 3.5


def test_offline_mode_asks_nobody(monkeypatch):
    with misbehaving_hub() as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
        with pytest.raises(Unreachable, match="HF_HUB_OFFLINE"):
            Client().get("/api/models")
        assert hub.seen == []


@pytest.mark.parametrize("bad", ["hf_one\nhf_two", "hf_\u00e9", "hf_x\r\nInjected: yes"])
def test_a_token_that_cannot_be_sent_is_not_shown(monkeypatch, ask, bad):
    monkeypatch.setattr("huggingface_hub.get_token", lambda: bad)
    with misbehaving_hub() as hub:
        with pytest.raises(Unreachable) as caught:
            ask(hub)
        assert bad not in str(caught.value)
        assert "hf_" not in str(caught.value)
        assert all("injected" not in headers for _, _, headers in hub.seen)


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ('<http://h/a?b=1,2>; rel="next"', "http://h/a?b=1,2"),
        ('<http://h/p>; rel="prev", <http://h/n>; rel="next"', "http://h/n"),
        ("<http://h/n>;rel=next", "http://h/n"),
        ('<http://h/p>; rel="prev"', None),
        ("nonsense", None),
        (None, None),
    ],
)
def test_the_next_page_is_read_from_the_link_header(link, found):
    assert fetch._next(link) == found
