"""Charts of an answer as of a day, and what becomes of those that cannot be drawn for it."""

import asked
import polars as pl
import pytest
import shipped
from typer.testing import CliRunner

from advisor.cli.app import app
from advisor.render.charts import catalogue

DAYS = dict(shipped.table("models").select("model_id", "released").iter_rows())


@pytest.mark.parametrize(
    "name", ["pareto-latency", "pareto-memory", "size-ladder", "dimensions", "side-by-side"]
)
def test_nobody_released_later_is_drawn_and_the_chart_says_how_many_are_left_out(name):
    chart = catalogue.build(name, asked.wanted("as of"), asked.the_snapshot())
    assert chart.as_of.isoformat() == "2024-06-30"
    assert max(DAYS[model] for model in chart.frame["model_id"]) <= "2024-06-30"
    for part in chart.parts.values():
        if "model_id" in part.columns:
            later = part.filter(
                pl.col("model_id").is_in([m for m, d in DAYS.items() if d and d > "2024-06-30"])
            )
            assert later.is_empty()
    assert any(note.startswith("as of 2024-06-30: ") for note in chart.notes)


def test_all_charts_of_a_day_leave_out_aloud_what_has_no_dates(tmp_path, monkeypatch):
    kept = {name: catalogue.CHARTS[name] for name in ("size-ladder", "tabular-interpretability")}
    monkeypatch.setattr(catalogue, "CHARTS", kept)
    done = CliRunner().invoke(
        app, ["figures", "--out", str(tmp_path), "--as-of", "2024-06-30", "--format", "csv"]
    )
    assert done.exit_code == 0, done.output
    assert (tmp_path / "size-ladder.csv").is_file()
    assert not (tmp_path / "tabular-interpretability.csv").exists()
    assert "tabular-interpretability: left out: --as-of: no release date" in done.stderr
    assert done.stdout.startswith("1 charts in ")
