"""One short question to a Hub on this machine: each answer it may give, and none."""

import http.server
import json
import threading
import time
from collections.abc import Iterator

import pytest

from advisor.core.errors import BadInput, UnknownName, Unreachable
from bench import hub

pytest.importorskip("huggingface_hub")


class Answers(http.server.BaseHTTPRequestHandler):
    """What the Hub says of models by their names."""

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        if name == "slow":
            time.sleep(1.0)
        if name.isdigit():
            self._say(int(name), {"error": "as told"})
            return
        if name == "garbage":
            self._say(200, None)
            return
        files = ["config.json", "pytorch_model.bin" if name == "pickled" else "model.safetensors"]
        self._say(
            200,
            {
                "sha": "abc", "gated": "manual" if name == "gated" else False, "cardData": {"license": "mit"},
                "siblings": [{"rfilename": file} for file in files],
            },
        )  # fmt: skip

    def do_HEAD(self) -> None:
        self._say(403 if "org/gated/" in self.path else 200, {})

    def _say(self, code: int, content: object) -> None:
        body = b"<html>" if content is None else json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch, tmp_path) -> Iterator[None]:
    served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=served.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{served.server_port}")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(hub, "_model_cached", lambda *_args: False)
    yield
    served.shutdown()
    served.server_close()


def test_a_model_that_is_there(server):
    facts = hub.look("org/fine")
    assert (facts.revision, facts.license) == ("abc", "mit")
    hub.refuse_pickled(facts)


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("404", UnknownName, r"org/404: the Hub has no such model, or it is private \(HTTP 404\)"),
        ("401", UnknownName, "no such model, or it is private"),
        ("403", Unreachable, r"org/403: gated; accept its conditions at http://127"),
        (
            "gated",
            Unreachable,
            r"org/gated: gated; accept its conditions at .*org/gated and set HF_TOKEN",
        ),
        ("429", Unreachable, "the Hub answered 429; try again later"),
        ("503", Unreachable, "the Hub answered 503"),
        ("garbage", Unreachable, "cannot be fetched"),
    ],
)
def test_each_refusal_is_one_line(server, name, kind, words):
    with pytest.raises(kind, match=words) as raised:
        hub.look(f"org/{name}")
    assert "\n" not in str(raised.value)


def test_a_hanging_hub_is_left_after_the_time_limit(server, monkeypatch):
    monkeypatch.setattr(hub, "TIMEOUT_S", 0.2)
    with pytest.raises(Unreachable, match=r"no network .*timed out"):
        hub.look("org/slow")


def test_no_server_at_all(monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(hub, "_dataset_cached", lambda _repo: False)
    with pytest.raises(
        Unreachable, match=r"STS12: its data cannot be fetched: no network \(.*refused"
    ):
        hub.look("mteb/sts12", kind="dataset", called="STS12: its data")


def test_what_is_cached_is_used_without_asking(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(hub, "_model_cached", lambda *_args: True)
    assert hub.look("org/fine").is_cached
    monkeypatch.setattr(hub, "_model_cached", lambda *_args: False)
    with pytest.raises(Unreachable, match="HF_HUB_OFFLINE is set"):
        hub.look("org/fine")


def test_pickled_weights_are_refused(server):
    with pytest.raises(BadInput, match=r"pytorch_model\.bin is a pickle"):
        hub.refuse_pickled(hub.look("org/pickled"))
