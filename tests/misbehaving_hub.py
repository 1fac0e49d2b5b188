"""A Hub on this machine that misbehaves by plan: the list of models, single models, result files, any fault a request."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HANG_S = 30.0
PAGE = 100


def a_record(number: int, **changes: Any) -> dict[str, Any]:
    """A model's record in the shape of the Hub's own, made up."""
    billions = (0.1, 0.5, 1.5, 3, 7)[number % 5]
    n = int(billions * 1e9) + number
    name = f"maker-{number % 7}/model-{number:04d}"
    return {
        "_id": f"{number:024x}", "id": name, "modelId": name, "downloads": 1_000_000 - 7 * number,
        "downloadsAllTime": 20_000_000 - number, "likes": 900 - number % 900, "pipeline_tag": "text-generation",
        "library_name": "transformers", "createdAt": "2025-01-02T03:04:05.000Z",
        "lastModified": f"2026-{1 + number % 11:02d}-02T03:04:05.000Z", "gated": "manual" if number % 9 == 0 else False,
        "private": False, "tags": ["license:mit", "en"], "safetensors": {"parameters": {"BF16": n}, "total": n},
        "cardData": {"license": "mit"}, "config": {"architectures": ["LlamaForCausalLM"], "model_type": "llama"},
        "sha": "a" * 40,
    } | changes  # fmt: skip


def _order(record: dict[str, Any], by: str) -> tuple[int, str]:
    value = record.get(by)
    return (value, "") if isinstance(value, int) else (-1, str(value))


class MisbehavingHub(ThreadingHTTPServer):
    """plan: what the next requests meet, in turn; after it, everything is well. seen: (path, query, headers)."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, records: list[dict[str, Any]], plan: list[Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.records, self.plan = records, plan
        self.by_name = {r["id"]: r for r in records}
        self.renamed: dict[str, str] = {}
        self.refused: set[str] = set()
        self.files: dict[str, bytes] = {}
        """Of the results repository: path to content."""
        self.seen: list[tuple[str, dict[str, list[str]], dict[str, str]]] = []
        self.with_etags = True
        self.is_sorted = True
        self.elsewhere = ""
        self.before_answer: Callable[[int], None] = lambda _: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.seen]


@contextmanager
def misbehaving_hub(*plan: Any, n: int = 250, records: list[dict[str, Any]] | None = None) -> Iterator[MisbehavingHub]:  # fmt: skip
    """Faults: a status, (status, headers), hang, drip, drip-head, cut, drop, garbage, object, empty, repeat, endless,
    other-host, redirect-away, circle, bad-etag; "ok" is none."""
    server = MisbehavingHub(
        [a_record(i) for i in range(n)] if records is None else records, list(plan)
    )
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: MisbehavingHub
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path, query = unquote(parts.path), parse_qs(parts.query)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((path, query, headers))
        self.server.before_answer(len(self.server.seen))
        fault = self.server.plan.pop(0) if self.server.plan else "ok"
        try:
            self._meet(fault, path, query)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _meet(self, fault: Any, path: str, query: dict[str, list[str]]) -> None:
        if isinstance(fault, int | tuple):
            status, more = fault if isinstance(fault, tuple) else (fault, {})
            said = f"no; you sent {self.headers.get('Authorization', '')}"  # some servers repeat the token
            return self._send(status, {"error": said}, more)
        name = fault.replace("-", "_")
        if fault != "ok" and hasattr(self, f"_{name}"):
            return getattr(self, f"_{name}")(path, query)
        return self._well(path, query, fault)

    def _well(self, path: str, query: dict[str, list[str]], fault: str = "ok") -> None:
        if path == "/api/models":
            return self._list(query, fault)
        if path.startswith("/api/models/"):
            return self._one(path.removeprefix("/api/models/"), query)
        if path.startswith("/api/datasets/mteb/results/tree/main"):
            return self._tree(path.partition("/tree/main")[2].strip("/"), query)
        if path.startswith("/datasets/mteb/results/resolve/main/"):
            name = path.partition("/resolve/main/")[2]
            if name in self.server.files:
                return self._bytes(200, self.server.files[name], {})
        return self._send(404, {"error": "not here"}, {"X-Error-Code": "RepoNotFound"})

    def _list(self, query: dict[str, list[str]], fault: str) -> None:
        size = min(int(query.get("limit", ["100"])[0]), PAGE)
        start = int(query.get("cursor", ["0"])[0])
        by = query.get("sort", ["downloads"])[0]
        rows = list(self.server.records)
        if self.server.is_sorted:
            rows.sort(key=lambda record: _order(record, by), reverse=True)
        if fault == "repeat":
            start = 0
        page = rows[start : start + size]
        if fault == "endless":
            page = [a_record(10_000 + start + i) for i in range(size)]
        more = {}
        if start + size < len(rows) or fault in ("repeat", "endless"):
            host = self.server.elsewhere if fault == "other-host" else self.server.url
            again = urlencode({**query, "cursor": [str(start + size)]}, doseq=True)
            more["Link"] = f'<{host}/api/models?{again}>; rel="next"'
        if fault in ("repeat", "endless") and not self.server.plan:
            self.server.plan.append(fault)  # for ever
        self._send(200, [self._expanded(r, query) for r in page], more)

    def _one(self, name: str, query: dict[str, list[str]]) -> None:
        if name in self.server.refused:
            return self._send(403, {"error": "gated"}, {"X-Error-Code": "GatedRepo"})
        if name in self.server.renamed:
            where = f"/api/models/{self.server.renamed[name]}?{urlencode(query, doseq=True)}"
            return self._send(307, {}, {"Location": where})
        if name not in self.server.by_name:
            return self._send(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})  # fmt: skip
        return self._send(200, self._expanded(self.server.by_name[name], query), {})

    def _tree(self, folder: str, query: dict[str, list[str]]) -> None:
        inside = {f.removeprefix(folder).strip("/"): c for f, c in self.server.files.items() if f.startswith(folder + "/")}  # fmt: skip
        if not inside:
            return self._send(404, {"error": "no folder"}, {"X-Error-Code": "EntryNotFound"})
        found: dict[str, dict[str, Any]] = {}
        for name, content in inside.items():
            head, _, rest = name.partition("/")
            oid = hashlib.sha1(content, usedforsecurity=False).hexdigest()
            if query.get("recursive", ["false"])[0] in ("true", "True", "1") or not rest:
                found[name] = {"type": "file", "oid": oid, "size": len(content), "path": f"{folder}/{name}"}  # fmt: skip
            else:
                before = found.get(head, {}).get("oid", "")
                both = hashlib.sha1((before + oid + name).encode(), usedforsecurity=False).hexdigest()  # fmt: skip
                found[head] = {"type": "directory", "oid": both, "size": 0, "path": f"{folder}/{head}"}  # fmt: skip
        rows = [found[name] for name in sorted(found)]
        start = int(query.get("cursor", ["0"])[0])
        more = {}
        if start + PAGE < len(rows):
            again = urlencode({**query, "cursor": [str(start + PAGE)]}, doseq=True)
            more["Link"] = f'<{self.server.url}{urlsplit(self.path).path}?{again}>; rel="next"'
        return self._send(200, rows[start : start + PAGE], more)

    @staticmethod
    def _expanded(record: dict[str, Any], query: dict[str, list[str]]) -> dict[str, Any]:
        wanted = query.get("expand")
        if not wanted:
            return record
        return {key: value for key, value in record.items() if key in {"_id", "id", "modelId", *wanted}}  # fmt: skip

    def _hang(self, *_: object) -> None:
        time.sleep(HANG_S)

    def _drip(self, *_: object) -> None:
        """Ten bytes a second, for ever: never silent for long, never whole."""
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        for _second in range(int(HANG_S * 10)):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.1)

    def _drip_head(self, *_: object) -> None:
        """A header that never ends."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        for _second in range(int(HANG_S * 10)):
            self.wfile.write(b"a")
            self.wfile.flush()
            time.sleep(0.1)

    def _cut(self, *_: object) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5000")
        self.end_headers()
        self.wfile.write(b'[{"id": "maker-1/mod')
        self.close_connection = True

    def _drop(self, *_: object) -> None:
        self.close_connection = True
        self.connection.close()

    def _garbage(self, *_: object) -> None:
        self._bytes(200, b"<html>please log in to the wireless</html>", {})

    def _object(self, *_: object) -> None:
        self._send(200, {"models": []}, {})

    def _empty(self, *_: object) -> None:
        self._bytes(200, b"", {})

    def _redirect_away(self, *_: object) -> None:
        self._send(302, {}, {"Location": f"{self.server.elsewhere}/api/models"})

    def _circle(self, *_: object) -> None:
        self.server.plan.append("circle")
        self._send(302, {}, {"Location": self.path})

    def _send(self, status: int, said: object, headers: dict[str, str]) -> None:
        self._bytes(status, json.dumps(said).encode(), headers)

    def _bytes(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        etag = f'W/"{hashlib.sha1(body, usedforsecurity=False).hexdigest()}"'
        if status == 200 and self.server.with_etags:
            headers = {**headers, "ETag": etag}
            if self.headers.get("If-None-Match") == etag:
                status, body = 304, b""
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
