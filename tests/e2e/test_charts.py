"""`advisor chart` and `advisor figures` as people meet them."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

from advisor.render.charts.catalogue import CHARTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

    Advisor = Callable[..., CompletedProcess[str]]


def test_every_chart_is_listed_with_what_it_needs(advisor: Advisor) -> None:
    done = advisor("chart", "--list")
    assert (done.returncode, done.stderr) == (0, "")
    for name, entry in CHARTS.items():
        line = next(line for line in done.stdout.splitlines() if line.split()[:1] == [name])
        assert entry.doc in line
        assert ("needs" in line) == bool(entry.needs)


def test_a_chart_says_its_finding_and_names_its_files(advisor: Advisor, tmp_path: Path) -> None:
    out = tmp_path / "pictures"
    done = advisor(
        "chart", "figure-1", "--out", str(out), "--format", "html,json", "--edges", "100M,1B",
        "--as-of", "2024-01-01", "--title", "Mine & yours", "--footnote", "for the board",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    named = [line.strip() for line in done.stdout.splitlines() if line.startswith("  ")]
    assert {str(file) for file in out.iterdir()} == {*named, str(out / "plotly.min.js")}
    found = json.loads((out / "figure-1.json").read_text())
    assert found["title"] == "Mine & yours"
    assert found["notes"][-1] == "for the board"
    assert found["as_of"] == "2024-01-01"
    assert found["reading"] == done.stdout.splitlines()[0]
    page = (out / "figure-1.html").read_text()
    assert "<h1>Mine &amp; yours</h1>" in page
    with (out / "figure-1.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(found["data"])
    assert {row["date"] for row in rows} == {"2022-07-02"}, "what came after the day is not shown"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["figur-1"], "error: unknown chart 'figur-1'; did you mean 'figure-1'"),
        (["figure-1", "--format", "gif"], "error: --format: 'gif' is not accepted; type one or more of html, svg"),
        (["figure-1", "--format", ","], "error: --format: nothing is named; type one or more of html, svg"),
        (["figure-1", "--theme", "blue"], "error: --theme: 'blue' is not accepted; type one or more of light, dark, or both\n"),
        (["figure-1", "--size", "a4"], "error: --size: 'a4' is not accepted; type one or more of slide, paper, or both\n"),
        (["figure-1", "--as-of", "yesterday"], "error: --as-of: cannot read 'yesterday'; write a day like 2025-06-30"),
        (["figure-1", "--edges", "1B,2M"], "error: --edges: '1B,2M' must be sizes in rising order"),
        (["figure-1", "--edges", "big"], "error: --edges: cannot read 'big'"),
        (["figure-1", "--out", ""], "error: --out: the folder's name is empty"),
        (["figure-1", "--out", "/dev/null"], "error: --out: '/dev/null' is a file; name a folder"),
        (["size-curves", "--model", "nope"], "error: chart size-curves: it takes no --model; it takes tasks: --on NAME\n"),
        (["figure-1", "--task", "x"], "error: chart figure-1: it takes no --task; it takes tasks: --on NAME; size classes"),
        (["figure-1", "--max-params", "1B"], "error: chart figure-1: it takes no --max-params; it takes tasks"),
        (["pareto-latency", "--task", "x", "--on", "STS"], "error: chart pareto-latency: it takes no --on; it takes a question"),
        (["size-curves", "--edges", "1B"], "error: chart size-curves: it takes no --edges; it takes tasks"),
        (["backtest-odds", "--on", "x"], "error: chart backtest-odds: it takes no --on; it takes no question, models or tasks"),
        (["pareto-cost", "--max-params", "1B"], 'error: chart pareto-cost: --max-params needs a question: --task "…"'),
        (["dimensions", "--task", "Banking77Classification", "--model", "gte-base-en"],
         "error: --model: 'gte-base-en' does not compete for this task; did you mean 'Alibaba-NLP/gte-base-en-v1.5'"),
        (["coverage", "--model", "gte-base-en"], "error: unknown model 'gte-base-en'; did you mean 'Alibaba-NLP/gte-base"),
        (["pareto-latency"], 'error: chart pareto-latency: it needs a question: --task "…"'),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_writes_nothing(
    advisor: Advisor, tmp_path: Path, arguments: list[str], line: str
) -> None:
    out = [] if "--out" in arguments else ["--out", str(tmp_path / "new")]
    done = advisor("chart", *arguments, *out)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_picture_without_a_browser_is_refused_before_anything_is_written(
    advisor: Advisor, tmp_path: Path
) -> None:
    out = tmp_path / "new"
    done = advisor(
        "figures", "--out", str(out), "--format", "png", BROWSER_PATH=str(tmp_path / "none")
    )
    assert done.returncode == 5
    assert "apt-get install chromium" in done.stderr
    assert not out.exists()


@pytest.mark.slow
def test_all_figures_are_made_with_their_data(advisor: Advisor, tmp_path: Path) -> None:
    done = advisor("figures", "--out", str(tmp_path), "--format", "html,csv")
    assert done.returncode == 0, done.stderr
    for name in CHARTS:
        assert (tmp_path / f"{name}.html").stat().st_size > 2_000
        assert (tmp_path / f"{name}.csv").stat().st_size > 0
    assert len(done.stderr.splitlines()) == len(CHARTS), "one finding a chart"
