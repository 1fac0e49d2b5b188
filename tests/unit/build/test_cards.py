from __future__ import annotations

import polars as pl
from frames import a_model, models

from advisor.build.cards import describe_measured, merge_cards
from advisor.tables.schema import MODELS, SCORES, TASKS


def cards(*rows):
    return models(*rows).select(list(MODELS))


def the(frame, model_id="org/m"):
    return frame.row(by_predicate=pl.col("model_id") == model_id, named=True)


NOBODY = cards()


def test_each_fact_comes_from_the_first_source_that_states_it():
    first = cards(a_model("org/m", n_parameters=None, license="mit", released=None))
    second = cards(a_model("org/m", n_parameters=7, license="apache-2.0", released="2024-01-01"))
    card = the(merge_cards([first, second], NOBODY))
    assert (card["n_parameters"], card["license"], card["released"]) == (7, "mit", "2024-01-01")


def test_a_model_in_two_pools_is_one_card():
    first = cards(a_model("org/m", pool=["embedding"]))
    second = cards(a_model("org/m", pool=["language-model"]))
    assert the(merge_cards([first, second], NOBODY))["pool"] == ["embedding", "language-model"]


def test_the_hub_adds_no_model_and_its_downloads_are_the_newest():
    known = cards(a_model("org/m", downloads_30d=1, downloads_date="2025-01-01"))
    hub = cards(
        a_model("org/m", downloads_30d=99, downloads_date="2026-05-12", license="other"),
        a_model("org/stranger"),
    )
    merged = merge_cards([known], hub)
    assert merged["model_id"].to_list() == ["org/m"]
    assert (the(merged)["downloads_30d"], the(merged)["license"]) == (99, "apache-2.0")


def test_a_size_is_in_doubt_only_when_the_source_that_gave_it_doubts_it():
    sure = cards(a_model("org/m", n_parameters=5, params_suspect=False))
    doubt = cards(a_model("org/m", n_parameters=6, params_suspect=True))
    assert the(merge_cards([sure, doubt], NOBODY))["params_suspect"] is False
    assert the(merge_cards([doubt, sure], NOBODY))["params_suspect"] is True


def test_commercial_use_is_read_from_the_reviewed_licences():
    merged = merge_cards(
        [
            cards(
                a_model("a", license="mit"),
                a_model("b", license=None),
                a_model("c", license="cc-by-nc-4.0"),
            )
        ],
        NOBODY,
    )
    assert [the(merged, x)["commercial_use"] for x in "abc"] == ["yes", "unknown", "no"]


def scores(*rows):
    facts = {"value": 0.5, "source_id": "mteb-results"}
    return pl.DataFrame([dict.fromkeys(SCORES) | facts | row for row in rows], schema=SCORES)


def test_a_merge_or_a_model_known_only_from_open_boards_is_not_verified():
    tasks = pl.DataFrame(
        [dict.fromkeys(TASKS) | {"task_id": "t", "languages": ["deu"]}], schema=TASKS
    )
    board = {"task_id": "t", "source_id": "open-llm-leaderboard-v1"}
    rows = scores(
        {"model_id": "board-only"} | board,
        {"model_id": "counted"} | board,
        {"model_id": "curated", "task_id": "t", "source_id": "euroeval"},
        {"model_id": "merged", "task_id": "t", "source_id": "euroeval"},
    )
    pool = cards(
        a_model("board-only"), a_model("counted", downloads_30d=5), a_model("curated"),
        a_model("merged", tuning="merge"), a_model("unmeasured"),
    )  # fmt: skip
    found = describe_measured(pool, rows, tasks)
    assert {r["model_id"]: r["verified"] for r in found.iter_rows(named=True)} == {
        "board-only": False, "counted": True, "curated": True, "merged": False, "unmeasured": False,
    }  # fmt: skip
    assert the(found, "curated")["measured_languages"] == ["deu"]
    assert the(found, "unmeasured")["measured_languages"] == []
