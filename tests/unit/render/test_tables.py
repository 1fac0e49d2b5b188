"""Listings and the side-by-side view: nothing wider than asked, unknowns shown, hostile names harmless."""

import builders
import pytest
from rich.cells import cell_len

from advisor.render import listing, side_by_side

TASK = {
    "task_id": "FiQA2018", "task_family": "retrieval", "metric": "ndcg_at_10", "languages": ["eng"],
    "n_models": 1234, "description": "Financial opinion question answering",
}  # fmt: skip
MODEL = {
    "model_id": "BAAI/bge-small-en-v1.5", "kind": "encoder", "n_parameters": 33_400_000, "license": "mit",
    "downloads_30d": 5_210_000, "released": "2023-09-12",
}  # fmt: skip
MODELS = [
    builders.a_ranked("a/first"),
    builders.a_ranked("b/second", license=None, efficiency={}, flags=["size in doubt"]),
]


def widest(text):
    return max(cell_len(line) for line in text.splitlines())


def test_found_tasks_are_a_line_each():
    shown = listing.tasks(
        [TASK, TASK | {"languages": ["deu", "eng", "fra", "ita"], "n_models": None}],
        width=110,
        colour=False,
    )
    head, first, second = shown.splitlines()
    assert head.split() == ["task", "family", "metric", "models", "languages", "what", "it", "is"]
    assert first.split()[:5] == ["FiQA2018", "retrieval", "nDCG@10", "1,234", "eng"]
    assert "0  deu, eng, fra +1" in second


def test_found_models_show_unknown_facts_as_question_marks():
    shown = listing.models(
        [MODEL, dict.fromkeys(MODEL) | {"model_id": "org/new"}], width=100, colour=False
    )
    assert shown.splitlines()[1].split() == [
        "BAAI/bge-small-en-v1.5",
        "33.4M",
        "5.2M",
        "encoder",
        "mit",
        "2023-09-12",
    ]
    assert shown.splitlines()[2].split() == ["org/new", "?", "?", "?", "?", "?"]


@pytest.mark.parametrize("width", [40, 60, 80])
def test_listings_fit_and_show_hostile_names_as_words(width):
    hostile = [TASK | {"task_id": "\x1b[31m[red]x[/red]" + "y" * 60}]
    shown = listing.tasks(hostile, width=width, colour=False)
    assert "\x1b" not in shown
    assert "[red]x[/red]" in shown
    assert widest(shown) <= width


def test_nothing_found_says_what_to_do():
    assert (
        listing.models([], width=80, colour=False)
        == "nothing matches; try fewer or shorter words\n"
    )


def test_a_snapshot_is_shown_with_its_age_and_sources():
    facts = {
        "id": "abc", "schema_version": 1, "created_at": None, "age_days": None, "path": "data/snapshots/abc",
        "tables": {"models": {"rows": 12345, "bytes": 2_000_000}},
        "sources": [{"source_id": "mteb-results", "title": "MTEB results", "licence": None, "date": "2026-05-01"}],
    }  # fmt: skip
    shown = listing.status(facts, width=80, colour=False)
    assert "date not recorded (age unknown)" in shown
    assert "12,345  2 MB" in shown
    assert "mteb-results  not stated" in shown


def test_a_build_says_what_became_of_every_row_and_cuts_no_reason():
    rows = [
        {"source": "mteb", "kind": "score files", "n_rows": 90036, "action": "read", "why": None},
        {
            "source": "mteb",
            "kind": "runs",
            "n_rows": 12,
            "action": "set aside",
            "why": "no main score in the file " * 4,
        },
        {"source": "hub", "kind": "models", "n_rows": 3, "action": "kept", "why": ""},
    ]
    shown = listing.build("data/snapshots/abc", rows, width=60, colour=False)
    assert shown.splitlines()[1].split() == ["90,036", "read", "score", "files"]
    assert " ".join(shown.split()).count("no main score in the file") == 4
    assert shown.index("mteb") < shown.index("hub") < shown.index("data/snapshots/abc")
    assert widest(shown) <= 60


def test_any_table_is_shown_with_its_own_names():
    shown = listing.table(
        "backtest",
        [{"protocol": "cells", "mae_points": 2.71828, "n": 5000, "gap": None}],
        width=80,
        colour=False,
    )
    assert shown.splitlines()[0] == "backtest"
    assert shown.splitlines()[2].split() == ["cells", "2.718", "5,000", "?"]


def test_models_stand_side_by_side_with_the_same_facts():
    shown = side_by_side.render(builders.a_profile(), MODELS, width=80)
    lines = shown.splitlines()
    assert lines[1].split() == ["a/first", "b/second"]
    rows = {line[:20].strip(): line[20:].split() for line in lines[2:]}
    assert rows["licence"] == ["mit", "?"]
    assert rows["latency"] == ["~9.1", "ms", "?"]
    assert rows["interpretability"] == ["0.20", "0.20"]
    assert widest(shown) <= 80


def test_a_narrow_terminal_gets_one_model_after_the_other():
    shown = side_by_side.render(builders.a_profile(), MODELS, width=44)
    assert shown.index("a/first") < shown.index("commercial use") < shown.index("b/second")
    assert widest(shown) <= 44
