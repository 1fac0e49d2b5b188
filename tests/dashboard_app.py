"""The dashboard run without a browser: its pages opened at an address, and what they say as words."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from streamlit.testing.v1 import AppTest

APP = Path(__file__).resolve().parents[1] / "dashboards" / "app.py"


def opened(page: str, /, **address: str | list[str]) -> AppTest:
    """The page at this address; it must not have raised."""
    app = AppTest.from_file(str(APP), default_timeout=60)
    if page != "ask":
        app.switch_page(f"app_pages/{page}.py")
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception[0].value
    return app


class Tables(HTMLParser):
    """The tables and the tags of a piece of HTML: each table as its caption, and its rows of cells."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.tables: list[tuple[str, list[list[str]]]] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self._into: list[str] | None = None
        self.feed(body)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag == "table":
            self.tables.append(("", []))
        elif tag == "tr":
            self.tables[-1][1].append([])
        elif tag in {"th", "td"}:
            self._into = self.tables[-1][1][-1]
            self._into.append("")
        elif tag == "caption":
            self._into = None

    def handle_endtag(self, tag):
        if tag in {"th", "td"}:
            self._into = None

    def handle_data(self, data):
        self.words.append(data)
        if self._into is not None:
            self._into[-1] += data
        elif self.tables and not self.tables[-1][1]:
            self.tables[-1] = (self.tables[-1][0] + data, [])


def html(app: AppTest) -> list[Tables]:
    return [Tables(element.proto.body) for element in app.get("html")]


def words(app: AppTest) -> str:
    return "\n".join("".join(piece.words) for piece in html(app))


def tables(app: AppTest) -> dict[str, list[list[str]]]:
    """Caption → rows, the head first."""
    return {caption: rows for piece in html(app) for caption, rows in piece.tables}


def table(app: AppTest, part: str) -> list[list[str]]:
    """The rows of the one table whose caption holds this."""
    found = {caption: rows for caption, rows in tables(app).items() if part in caption}
    assert len(found) == 1, list(tables(app))
    return next(iter(found.values()))


def column(rows: list[list[str]], name: str) -> list[str]:
    place = rows[0].index(name)
    return [row[place] for row in rows[1:]]


def tags(app: AppTest) -> set[str]:
    return {tag for piece in html(app) for tag in piece.tags}


def address(app: AppTest) -> dict[str, list[str]]:
    """The parameters of the page's URL."""
    return {k: [v] if isinstance(v, str) else list(v) for k, v in app.query_params.items()}
