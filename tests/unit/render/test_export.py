from __future__ import annotations

import html
import json
import re
import shutil
from typing import TYPE_CHECKING

import polars as pl
import pytest

from advisor.core.errors import BadInput, MissingExtra
from advisor.figures.chart import Chart, Wanted
from advisor.recommend import api
from advisor.render import export
from advisor.render.charts import catalogue, page

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def chart() -> Chart:
    return catalogue.build("figure-1", Wanted(), api.open_snapshot())


def test_data_is_always_beside_the_picture(chart: Chart, tmp_path: Path) -> None:
    files = export.write(chart, export.Export(folder=tmp_path / "new" / "deep", formats=("html",)))
    assert next(file.name for file in files) == "figure-1.html"
    assert {file.name for file in files} >= {"figure-1.html", "figure-1.csv"}
    back = pl.read_csv(tmp_path / "new" / "deep" / "figure-1.csv")
    assert back.height == chart.frame.height
    assert back.columns == chart.frame.columns
    for name, dtype in chart.frame.schema.items():
        if dtype.is_numeric():
            assert back[name].to_list() == pytest.approx(chart.frame[name].to_list(), nan_ok=True)


def test_pages_share_one_script_unless_each_carries_its_own(chart: Chart, tmp_path: Path) -> None:
    export.write(chart, export.Export(folder=tmp_path, themes=("light", "dark")))
    shared = tmp_path / "plotly.min.js"
    assert shared.stat().st_size > 1_000_000
    for name in ("figure-1.html", "figure-1-dark.html"):
        text = (tmp_path / name).read_text()
        assert 'src="plotly.min.js"' in text
        assert len(text) < 500_000
    alone = tmp_path / "alone"
    export.write(chart, export.Export(folder=alone, self_contained=True))
    assert not (alone / "plotly.min.js").exists()
    assert shared.read_text()[:200] in (alone / "figure-1.html").read_text()


def test_a_page_asks_nobody_for_anything(chart: Chart) -> None:
    text = page.html(chart, dark=False, script="plotly.min.js")
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", text)


def test_outside_words_stay_words_in_a_page(chart: Chart) -> None:
    from dataclasses import replace

    evil = "</script><script>alert(1)</script> & \"quoted\" 'x'"
    frame = chart.frame.with_columns(pl.lit(evil).alias("evil"))
    text = page.html(
        replace(chart, title=evil, reading=evil, notes=(evil,), pool=evil, frame=frame),
        dark=False,
        script="plotly.min.js",
    )
    assert "<script>alert" not in text
    assert html.escape(evil, quote=False) in text
    drawings = re.search(r'id="drawings">(.*?)</script>', text, re.DOTALL)
    assert drawings is not None
    assert len(json.loads(drawings[1])) == len(page.WIDTHS)


def test_json_holds_words_rows_and_drawing(chart: Chart, tmp_path: Path) -> None:
    export.write(chart, export.Export(folder=tmp_path, formats=("json",)))
    found = json.loads((tmp_path / "figure-1.json").read_text())
    assert found["reading"] == chart.reading
    assert len(found["data"]) == chart.frame.height
    assert found["snapshot_id"] == chart.snapshot_id
    assert found["figure"]["data"]


def test_lists_are_written_with_semicolons() -> None:
    frame = pl.DataFrame({"a": [["x", "y"], [], None], "n": [1, 2, 3]})
    assert export.csv(frame).splitlines() == ["a,n", "x; y,1", '"",2', ",3"]


def test_a_folder_that_cannot_be_written_is_one_line_and_leaves_nothing(
    chart: Chart, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadInput, match="name another folder with --out"):
        export.write(chart, export.Export(folder=tmp_path / "file" / "sub"))
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_broken_write_leaves_the_old_file_and_no_other(
    chart: Chart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    how = export.Export(folder=tmp_path, formats=("csv",))
    export.write(chart, how)
    before = (tmp_path / "figure-1.csv").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(BadInput, match="No space left"):
        export.write(chart, how)
    monkeypatch.undo()
    assert (tmp_path / "figure-1.csv").read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["figure-1.csv"]


@pytest.mark.parametrize("broken", [False, True])
def test_without_a_working_browser_a_picture_is_refused_with_the_cure(
    broken: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "browser"
    if broken:
        program.write_text("#!/bin/sh\nexit 1\n")
        program.chmod(0o755)
    monkeypatch.setenv("BROWSER_PATH", str(program))
    with (
        pytest.raises(MissingExtra, match=r"apt-get install chromium.*--format html,csv"),
        export.browser(("png",)),
    ):
        pass


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
def test_pictures_have_the_size_of_a_slide_and_of_a_paper(chart: Chart, tmp_path: Path) -> None:
    how = export.Export(
        folder=tmp_path, formats=("png", "svg", "pdf"), sizes=("slide", "paper"), themes=("dark",)
    )
    with export.browser(how.formats):
        export.write(chart, how)
    for name, width in (("figure-1-dark.png", 1920), ("figure-1-dark-paper.png", 2100)):
        content = (tmp_path / name).read_bytes()
        assert content[:8] == b"\x89PNG\r\n\x1a\n"
        assert int.from_bytes(content[16:20], "big") == width
    assert (tmp_path / "figure-1-dark.pdf").read_bytes()[:5] == b"%PDF-"
    assert chart.title.split(",")[0] in (tmp_path / "figure-1-dark.svg").read_text()
