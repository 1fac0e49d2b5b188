"""A chat server that misbehaves by plan: one behaviour a request, the last one for ever."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

HANG_S = 2.0


class FaultyServer(ThreadingHTTPServer):
    """plan: of chat requests; seen: the bodies that came; keys: the Authorization headers."""

    daemon_threads = True

    def __init__(self, plan: list[str], answer: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.plan, self.answer = plan, answer
        self.seen: list[dict[str, Any]] = []
        self.keys: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


@contextmanager
def faulty(*plan: str, answer: str = "spam") -> Iterator[FaultyServer]:
    """Behaviours: answer, stream, 401, 404, 429, 429-at-once, 500, garbage, no-choices, nothing, hang, …

    "refuse:FIELD" is 400 while the request holds FIELD, and an answer without it.
    """
    server = FaultyServer(list(plan), answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)  # fmt: skip
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: FaultyServer

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._json(200, {"object": "list", "data": [{"id": "toy", "object": "model"}]})

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server = self.server
        server.seen.append(said)
        server.keys.append(self.headers.get("Authorization", ""))
        behaviour = server.plan.pop(0) if len(server.plan) > 1 else server.plan[0]
        if behaviour.startswith("refuse:"):
            field = behaviour.partition(":")[2]
            if field in said:
                return self._json(400, {"error": {"message": f"unknown parameter {field}"}})
            behaviour = "answer"
        return getattr(self, "_" + behaviour.replace("-", "_"))(said)

    def _answer(self, _: object) -> None:
        message = {"role": "assistant", "content": self.server.answer}
        usage = {"prompt_tokens": 7, "completion_tokens": 1, "total_tokens": 8}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        self._json(200, {"object": "chat.completion", "choices": [choice], "usage": usage})

    def _stream(self, _: object) -> None:
        lines = [
            {"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in self.server.answer
        ]
        lines.append({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 4, "total_tokens": 11}})  # fmt: skip
        body = "".join(f"data: {json.dumps(line)}\n\n" for line in lines) + "data: [DONE]\n\n"
        self._send(200, body.encode(), "text/event-stream")

    def _cut_stream(self, _: object) -> None:
        body = b'data: {"choices": [{"index": 0, "delta": {"content": "sp"}}]}\n\ndata: {"cho'
        self._send(200, body + b"\n\n", "text/event-stream")

    def _long(self, said: dict[str, Any]) -> None:
        if len(said["messages"][-1]["content"]) > 100:
            error = {"message": "maximum context length is 100", "code": "context_length_exceeded"}
            return self._json(400, {"error": error})
        return self._answer(said)

    def _echo_key(self, _: object) -> None:
        """Some servers repeat the key in what they answer."""
        words = f"bad request; you sent {self.headers.get('Authorization', '')}"
        self._json(400, {"error": {"message": words}})

    def _401(self, _: object) -> None:
        words = f"Incorrect API key provided: {self.headers.get('Authorization', '')}"
        self._json(401, {"error": {"message": words}})

    def _404(self, _: object) -> None:
        self._json(404, {"error": {"message": "no such model"}})

    def _429(self, _: object) -> None:
        self._json(429, {"error": {"message": "slow down"}}, {"Retry-After": "3"})

    def _500(self, _: object) -> None:
        self._json(500, {"error": {"message": "it broke"}})

    def _garbage(self, _: object) -> None:
        self._send(200, b"<html>this is a proxy</html>", "text/html")

    def _wrong_shape(self, _: object) -> None:
        self._json(200, ["not", "an", "answer"])

    def _no_choices(self, _: object) -> None:
        self._json(200, {"object": "chat.completion", "choices": []})

    def _empty(self, _: object) -> None:
        self._send(200, b"", "application/json")

    def _nothing(self, _: object) -> None:
        self.close_connection = True
        self.connection.close()

    def _hang(self, _: object) -> None:
        time.sleep(HANG_S)

    def _json(self, status: int, said: object, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(said).encode(), "application/json", headers)

    def _send(
        self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
