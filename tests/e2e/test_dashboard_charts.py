"""The dashboard's pages of charts, driven without a browser: what they show is counted again from the tables themselves."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from dashboard_app import address, column, opened, table, tags, words

from advisor.core.units import format_count
from advisor.recommend import api
from advisor.tables.locate import shipped_folder
from advisor.tables.snapshot import load

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
FAQ = "English FAQ retrieval for RAG, under 15 ms on CPU with at most 150M parameters"
HOSTILE = "<script>alert(1)</script> **bold** $x^2$ :red[red] <img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def _nobodys_runs(monkeypatch, tmp_path):
    for name in ("ADVISOR_OWN", "ADVISOR_RUNS", "XDG_DATA_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


@pytest.fixture(scope="module")
def shipped():
    return load(shipped_folder())


def text(app, label):
    return next(one for one in app.text_input if one.label == label)


def pick(app, label):
    return next(one for one in app.multiselect if one.label.startswith(label))


# Popularity


def test_downloads_are_added_up_by_class_list_and_tag(shipped):
    app = opened("popularity", date="2022-07-02", edges="1B", tag="fill-mask")
    rows = table(app, "Downloads by size class")
    kept = shipped.table("popularity").filter(
        pl.col("date") == dt.date(2022, 7, 2),
        pl.col("pipeline_tag") == "fill-mask",
        ~pl.col("is_test_fixture"),
        pl.col("downloads_30d").is_not_null(),
    )
    small = kept.filter(pl.col("n_parameters") < 1_000_000_000)["downloads_30d"]
    large = kept.filter(pl.col("n_parameters") >= 1_000_000_000)["downloads_30d"]
    unknown = kept.filter(pl.col("n_parameters").is_null())["downloads_30d"]
    assert column(rows, "size class") == ["under 1B", "1B and over", "size unknown"]
    assert column(rows, "downloads in 30 days") == [
        f"{part.sum():,}" for part in (small, large, unknown)
    ]
    assert column(rows, "models") == [f"{part.len():,}" for part in (small, large, unknown)]
    assert column(rows, "median")[0] == f"{small.median():,.0f}"


def test_edges_that_are_none_are_refused_in_a_line():
    app = opened("popularity")
    text(app, "Edges of the size classes").set_value("big").run()
    assert "edges=big in the address is ignored" in words(app)
    assert not app.exception


@pytest.mark.parametrize(
    "view", ["figure-1", "downloads-by-tag", "downloads-over-time", "downloads-and-quality"]
)
def test_each_view_of_popularity_draws(view):
    app = opened("popularity", show=view)
    assert app.get("plotly_chart")


# Size curves


def test_a_task_of_ones_choice_is_drawn_and_told(shipped):
    app = opened("curves")
    pick(app, "Benchmarks").select("gsm8k").run()
    assert address(app)["on"] == ["gsm8k"]
    rows = table(app, "Points per tenfold parameters")
    assert column(rows, "about") == ["gsm8k"]
    shares = table(app, "Share of the best")
    scores = shipped.table("scores").filter(pl.col("task_id") == "gsm8k")
    values = dict(scores.select("model_id", "value").iter_rows())
    sizes = dict(shipped.table("models").select("model_id", "n_parameters").iter_rows())
    for row in shares[1:]:
        said = dict(zip(shares[0], row, strict=True))
        name = said["best of them"]
        assert said["its score"] == f"{100 * values[name]:.1f}"
        assert format_count(sizes[name])[-1] in "MB"
    assert app.get("plotly_chart")


def test_a_family_narrows_what_can_be_chosen(shipped):
    app = opened("curves", family="clustering")
    offered = set(pick(app, "Benchmarks").options)
    tasks = shipped.table("tasks").filter(pl.col("n_models") > 0)
    inside = set(tasks.filter(pl.col("task_family") == "clustering")["task_id"])
    named = {name.rpartition(" (")[0] for name in offered if name.endswith(" (task)")}
    assert named
    assert named <= inside


def test_an_earlier_day_shows_fewer_models():
    now, then = (
        int(column(table(opened("curves", on="Banking77Classification", **day), "Points per"), "models")[0])
        for day in ({}, {"as_of": "2024-01-01"})
    )  # fmt: skip
    assert 0 < then < now
    assert "as_of=soon in the address is ignored" in words(opened("curves", as_of="soon"))


def test_the_surveys_layout_tells_each_data_set():
    rows = table(opened("curves", show="figure-3", on="Clustering"), "parameters; in brackets")
    assert len(rows) > 1


def test_an_unknown_subject_is_refused_with_near_names():
    assert "nothing measured is called 'gsm8'" in words(opened("curves", on="gsm8"))
    app = opened("curves", on=HOSTILE)
    assert not tags(app) & {"script", "img"}


# Compare


def test_nothing_is_compared_before_a_task_is_said():
    app = opened("compare")
    assert "Say a task first" in words(app)
    next(one for one in app.button if one.label == FAQ).click().run()
    assert not app.exception
    assert address(app)["task"] == [FAQ]
    assert app.get("plotly_chart")


def test_models_and_classes_are_compared_as_the_command_does(shipped):
    names = [MINILM, "intfloat/e5-small-v2"]
    app = opened("compare", task=FAQ, model=[*names, "500M-1B"])
    rows = table(app, "retrieval, score")
    assert rows[0][1:3] == names
    shown = api.compare(rows[0][1:], FAQ, snapshot=shipped)
    sizes = [format_count(model.n_parameters) for model in shown.models]
    assert next(row for row in rows if row[0] == "size")[1:] == sizes
    assert 500e6 <= shown.models[2].n_parameters < 1e9
    scores = next(row for row in rows if row[0] == "score")[1:]
    assert [float(cell.lstrip("~")) for cell in scores] == [
        pytest.approx(100 * model.estimate.value, abs=0.06) for model in shown.models
    ]
    pick(app, "Models or size classes").unselect("500M-1B").run()
    assert address(app)["model"] == names


def test_a_model_that_does_not_compete_is_told_once():
    app = opened("compare", task=FAQ, model="meta-llama/Llama-3.1-8B-Instruct")
    said = words(app)
    assert said.count("does not compete for this task") == 1


def test_a_hostile_task_stays_text_and_a_file_is_not_opened():
    app = opened("compare", task=f"sort {HOSTILE} tickets into 12 queues")
    assert not tags(app) & {"script", "img"}
    assert "a file of this machine is not opened" in words(
        opened("compare", task="/etc/passwd.csv")
    )
