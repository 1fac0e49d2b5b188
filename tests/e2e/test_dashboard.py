"""The dashboard without a browser: every page runs, answers are the library's, and what is typed stays text."""

from __future__ import annotations

import importlib.util
import json
import shlex
import tempfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from advisor.recommend import api

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "dashboards" / "app.py"
PAGES = {
    "ask": "Ask",
    "compare": "Compare",
    "curves": "Size curves",
    "popularity": "Popularity",
    "evidence": "Evidence",
    "runs": "My runs",
    "right": "Is it right?",
    "method": "Method",
}
_spec = importlib.util.spec_from_file_location("regenerate", ROOT / "examples" / "regenerate.py")
_examples = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_examples)
QUESTIONS = [words for (words,) in _examples.QUESTIONS.values()]
FAQ = "English FAQ retrieval for RAG, under 15 ms on CPU with at most 150M parameters"
HOSTILE = (
    "sort <script>alert(1)</script> tickets **bold** $x^2$ :material/delete: :red[red] `code` "
    "[link](http://evil.example) <img src=x onerror=alert(1)> into 12 queues"
)


@pytest.fixture(autouse=True)
def _nobodys_runs(monkeypatch, tmp_path):
    for name in ("ADVISOR_OWN", "ADVISOR_RUNS", "XDG_DATA_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


def opened(page: str = "ask", **address: str | list[str]) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=30)
    if page != "ask":
        app.switch_page(f"app_pages/{page}.py")
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def ask(task: str, **address: str | list[str]) -> AppTest:
    app = opened(task=task, **address)
    assert not app.exception
    return app


class _Words(HTMLParser):
    """The words of a piece of HTML, and the tags that it holds."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.feed(body)

    def handle_starttag(self, tag, _attributes):
        self.tags.append(tag)

    def handle_data(self, data):
        self.words.append(data)


def pieces(app: AppTest) -> list[_Words]:
    return [_Words(element.proto.body) for element in app.get("html")]


def sentence(app: AppTest) -> str:
    """The verdict as it stands on the page."""
    (body,) = (e.proto.body for e in app.get("html") if 'class="verdict' in e.proto.body)
    return "".join(_Words(body.partition("<h2>")[2]).words)


def words(app: AppTest) -> str:
    return "\n".join("".join(piece.words) for piece in pieces(app))


@pytest.mark.parametrize(("page", "title"), PAGES.items())
def test_every_page_opens_with_its_one_heading(page, title):
    app = opened(page)
    assert not app.exception
    assert [heading.value for heading in app.title] == [title]


@pytest.mark.parametrize("page", PAGES)
def test_an_address_that_says_nonsense_is_answered_with_a_line_a_part(page):
    app = opened(page, bogus="<b>1</b>", task="", tolerance="-3", language="klingon9")
    assert not app.exception
    assert "bogus=<b>1</b> in the address is ignored" in words(app)
    assert len(app.title) == 1


def test_the_examples_on_the_page_are_those_of_the_front_page():
    app = opened()
    assert [b.label for b in app.button if b.key and b.key.startswith("example_")] == QUESTIONS
    assert len(QUESTIONS) == 6


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_of_the_six_questions_gets_the_verdict_of_the_command_line(advisor, question):
    app = opened()
    (button,) = (b for b in app.button if b.label == question)
    button.click().run()
    assert not app.exception
    done = advisor("recommend", "--task", question, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert sentence(app) == json.loads(done.stdout)["verdict"]["sentence"]
    assert app.query_params["task"] == question


def test_the_controls_are_filled_in_from_the_text_and_say_from_which_words():
    app = ask(FAQ)
    assert app.select_slider(key="limit_max_params").value == "150M"
    assert app.select_slider(key="limit_max_latency_ms").value == "15"
    assert app.select_slider(key="limit_max_memory").value == "any"
    assert app.select_slider(key="limit_tolerance").value == "5"
    assert "from your words “at most 150M parameters”" in words(app)


def test_what_no_slider_shows_is_said_too():
    assert "needs: must explain itself; from your words" in words(ask(QUESTIONS[5]))
    assert "needs: licence allows commercial use; from your words" in words(ask(QUESTIONS[4]))
    assert "labels: 300 labelled examples; from your words" in words(ask(QUESTIONS[1]))


@pytest.mark.parametrize(
    ("option", "value"),
    [("labels", "1e3"), ("labels", "1e300"), ("labels", "-1"), ("max_params", "1e9"), ("max_params", "1234567"),
     ("max_memory", "3.14GiB"), ("max_cost", "0"), ("weights", "accuracy=2"), ("as_of", "2023-01-01"), ("as_of", "x"),
     ("picture", "pareto-memory"), ("picture", "x"), ("confidence", "0.123"), ("license", "none"), ("language", "Klingon")],
)  # fmt: skip
def test_any_value_in_the_address_is_heeded_or_ignored_aloud(option, value):
    app = ask(FAQ, **{option: value})
    heeded = {("labels", "1e3"), ("max_params", "1234567"), ("max_memory", "3.14GiB"), ("max_cost", "0"), ("as_of", "2023-01-01"),
              ("picture", "pareto-memory"), ("confidence", "0.123")}  # fmt: skip
    assert ("in the address is ignored" in words(app)) == ((option, value) not in heeded)
    assert sentence(app)


@pytest.mark.parametrize(
    ("slider", "value"),
    [
        ("max_params", "500M"),
        ("max_params", "any"),
        ("max_latency_ms", "5"),
        ("max_memory", "500MB"),
        ("tolerance", "1"),
        ("confidence", "0.9"),
    ],
)
def test_a_slider_gives_the_answer_of_the_option_of_its_name(slider, value):
    app = ask(FAQ)
    app.select_slider(key=f"limit_{slider}").set_value(value).run()
    assert not app.exception
    assert app.query_params[slider] == value
    assert sentence(app) == api.recommend(FAQ, **{slider: value}).verdict.sentence
    assert "set by hand" in words(app) or slider in {"tolerance", "confidence"}


def test_a_slider_that_is_put_back_leaves_the_address():
    app = ask(FAQ, max_params="500M")
    app.select_slider(key="limit_max_params").set_value("150M").run()
    assert "max_params" not in app.query_params
    assert sentence(app) == api.recommend(FAQ).verdict.sentence


def test_a_link_reproduces_the_page():
    address = {
        "max_params": "123M", "max_memory": "2GB", "tolerance": "3.5", "confidence": "0.4", "license": "commercial",
        "language": ["fra", "deu"], "open_weights": "yes", "interpretable": "prefer", "labels": "40",
        "weights": "accuracy=0.5,efficiency=0.5", "hardware": "nvidia-a100-pcie", "max_cost": "2",
    }  # fmt: skip
    app = ask(FAQ, **address)
    assert app.select_slider(key="limit_max_params").value == "123M"
    asked = address | {"open_weights": True}
    assert sentence(app) == api.recommend(FAQ, **asked).verdict.sentence
    shown = app.code[0].value
    for name, value in asked.items():
        option = f"--{name.replace('_', '-')}"
        for part in value if isinstance(value, list) else [value]:
            assert (option if part is True else f"{option} {part}") in shown


def test_the_command_line_on_the_page_gives_the_answer_of_the_page(advisor):
    app = ask("Sort 'urgent' tickets; we have \"300\" labels", max_params="1B", language=["deu"])
    command = shlex.split(app.code[0].value)
    done = advisor(*command[1:], "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"]["sentence"] == sentence(app)


@pytest.mark.parametrize("task", ["asdf qwer zxcv", "find cats in photos", "help me with my data"])
def test_an_unclear_task_gets_its_question_back(task):
    app = ask(task)
    question = next(e.proto.body for e in app.get("html") if 'class="question"' in e.proto.body)
    with pytest.raises(Exception) as refused:  # noqa: PT011 - whatever the library says is what the page says
        api.recommend(task)
    assert refused.value.question in "".join(_Words(question).words)
    assert not app.get("slider")


def test_an_option_that_nothing_fits_ends_in_one_line_and_keeps_the_controls():
    app = ask(FAQ, hardware="no-such-device")
    assert "Error: --hardware: unknown hardware 'no-such-device'" in words(app)
    assert app.select_slider(key="limit_max_params").value == "150M"


def test_a_file_of_the_machine_is_not_opened_by_its_name(tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("password,class\nhunter2,a\nhunter3,b\n", encoding="utf-8")
    for path in (str(secret), "../../etc/passwd", "/etc/shadow"):
        app = ask(path)
        assert "is not opened from here" in words(app)
        assert "hunter2" not in words(app)


def test_hostile_words_stay_words():
    app = ask(HOSTILE)
    allowed = {
        "style", "div", "p", "span", "h2", "h3", "b", "ul", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr",
        "th", "td",
    }  # fmt: skip
    for piece in pieces(app):
        assert set(piece.tags) <= allowed
    for markdown in app.markdown:
        assert "alert" not in markdown.value
        assert ":material" not in markdown.value


def test_ten_thousand_characters_are_read_and_one_more_is_refused_in_a_line():
    for n in (10_000, 10_001):
        text = ("sort support tickets into queues " * 400)[:n]
        app = opened(task=text)
        assert not app.exception
        assert ("10,001 characters; at most 10,000 are read" in words(app)) == (n == 10_001)


def upload(name: str, content: bytes, **address: str) -> AppTest:
    app = opened(**address)
    app.file_uploader[0].set_value((name, content, "text/csv"))
    return app.run()


COLUMN = "**text** :red[x] $y$"


def test_a_table_is_read_answered_and_left_nowhere(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rows = [
        f"the {what} of order {n} is wrong and nobody answers,{team}"
        for n in range(40)
        for what, team in (("invoice", "billing"), ("parcel", "shipping"))
    ]
    file = tmp_path / "tickets.csv"
    file.write_text(f"{COLUMN},team\n" + "\n".join(rows) + "\n", encoding="utf-8")
    app = upload("../tickets.csv", file.read_bytes())
    assert not app.exception
    assert sentence(app) == api.recommend(file).verdict.sentence
    assert COLUMN in app.selectbox(key="ask_column").options
    assert app.code[0].value.startswith("advisor recommend --data tickets.csv")
    app.select_slider(key="limit_max_params").set_value("50M").run()
    assert sentence(app) == api.recommend(file, max_params="50M").verdict.sentence
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["tickets.csv"]
    assert not list(tmp_path.glob("advisor-upload-*"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("binary.csv", b"\x00\x01\x02"),
        ("ragged.csv", b"a,b\n1\n2,3,4\n"),
        ("fake.parquet", b"not parquet at all"),
        ("one.csv", b"a\n1\n2\n"),
    ],
)
def test_a_file_that_is_no_table_ends_in_one_line_that_names_it(name, content):
    app = upload(name, content)
    assert not app.exception
    (line,) = (piece for piece in pieces(app) if "Error:" in "".join(piece.words))
    assert name in "".join(line.words)
    assert "advisor-upload" not in "".join(line.words)


def test_the_answer_can_be_taken_along():
    app = ask(FAQ)
    assert [b.proto.label for b in app.get("download_button")] == ["As JSON", "As Markdown"]


def test_a_model_name_with_markup_is_shown_as_it_is_spelt(tmp_path, monkeypatch):
    """The ladder, the table and the reasons of an answer whose names are hostile."""
    import builders

    from advisor.render import html

    name = "<img src=x onerror=alert(1)>/**m** $x$ :material/x:"
    answer = builders.a_recommendation(
        verdict=builders.a_verdict(model_id=name, sentence=f"Use {name}."),
        ranked=[builders.a_ranked(name, license=name)],
        size_ladder=[builders.a_rung(name, 1_000_000)],
    )
    for piece in (html.verdict(answer), html.ladder(answer), html.ranking(answer)):
        parsed = _Words(piece)
        assert "img" not in parsed.tags
        assert name in "".join(parsed.words)


def test_the_page_comes_back_as_it_was_left():
    app = ask(FAQ, max_params="500M")
    app.switch_page("app_pages/method.py").run()
    app.query_params.clear()
    app.switch_page("app_pages/ask.py").run()
    assert app.query_params["max_params"] == "500M"
    assert sentence(app) == api.recommend(FAQ, max_params="500M").verdict.sentence


def test_a_snapshot_that_is_not_there_is_one_line(monkeypatch):
    monkeypatch.setenv("ADVISOR_SNAPSHOT", "/no/such/snapshot")
    app = opened(task=FAQ)
    assert not app.exception
    assert "no snapshot at /no/such/snapshot" in words(app)


def test_no_page_folder_is_called_as_streamlit_would_call_it():
    assert not (APP.parent / "pages").exists()
    assert {path.stem for path in (APP.parent / "app_pages").glob("*.py")} == set(PAGES)
