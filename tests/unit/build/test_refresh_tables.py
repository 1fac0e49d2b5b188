"""What a refresh does to the tables: counts of a day, cards, sizes; all else stays as it was."""

from __future__ import annotations

import datetime as dt

import polars as pl
from frames import a_model, models
from hypothesis import given
from hypothesis import strategies as st
from misbehaving_hub import a_record

from advisor.build.refresh_tables import refreshed, without_slips
from advisor.ingest.hub_api import read_api_records
from advisor.ingest.hub_models import POPULARITY, POPULARITY_KEY
from advisor.ingest.model_size_rule import FILE, NAME
from advisor.tables.schema import SHIPPED_MODELS, SOURCES

DAY = dt.date(2026, 11, 21)
NAMES = [f"maker-{n % 7}/model-{n:04d}" for n in range(12)]


def rows(*changes, n=6):
    records = [a_record(i, **(changes[i] if i < len(changes) else {})) for i in range(n)]
    return read_api_records(records).models


def old(*cards, popularity=()):
    counts = [dict.fromkeys(POPULARITY) | row for row in popularity]
    return {
        "models": models(*cards),
        "popularity": pl.DataFrame(counts, schema=POPULARITY),
        "sources": pl.DataFrame([dict.fromkeys(SOURCES) | {"source_id": "mteb-results"}], schema=SOURCES),
    }  # fmt: skip


def notes(frame, note):
    return dict.fromkeys(frame["model_id"], note)


def again(made, fresh, note, day=DAY):
    return refreshed(old(a_model("x/y")) | made.tables, fresh, notes(fresh, note), day=day)


def of_day(made, day=DAY):
    frame = made.tables["popularity"].filter(pl.col("date") == day)
    return dict(frame.select("model_id", "ranking_note").rows())


def test_a_card_takes_counts_and_keeps_what_its_source_said():
    card = a_model(NAMES[1], license="apache-2.0", n_parameters=7, n_parameters_basis="mteb", downloads_30d=3, released=None)  # fmt: skip
    made = refreshed(old(card, a_model("x/y")), rows(), notes(rows(), "named"), day=DAY)
    row = made.tables["models"].row(by_predicate=pl.col("model_id") == NAMES[1], named=True)
    record = a_record(1)
    assert (row["downloads_30d"], row["likes"]) == (record["downloads"], record["likes"])
    assert row["downloads_date"] == DAY.isoformat()
    assert (row["license"], row["commercial_use"]) == ("apache-2.0", "yes")
    assert row["released"] == "2025-01-02"  # it had none
    assert (row["n_parameters"], row["n_parameters_basis"]) == (
        7,
        "mteb",
    )  # documented goes before counted
    assert row["verified"]
    other = made.tables["models"].row(by_predicate=pl.col("model_id") == "x/y", named=True)
    assert other == old(a_model("x/y"))["models"].row(0, named=True)


def test_a_repository_says_nothing_of_the_size_of_a_model_that_is_only_served():
    card = a_model(NAMES[1], kind="api", n_parameters=None)
    made = refreshed(old(card), rows(), notes(rows(), "named"), day=DAY)
    row = made.tables["models"].row(by_predicate=pl.col("model_id") == NAMES[1], named=True)
    assert (row["n_parameters"], row["likes"]) == (None, a_record(1)["likes"])


def test_the_moves_are_counted_by_kind():
    cards = [
        a_model(NAMES[1], n_parameters=None, downloads_30d=1), a_model(NAMES[2], n_parameters=10**9, n_parameters_basis=NAME),
        a_model(NAMES[3], license=None, downloads_30d=a_record(3)["downloads"], n_parameters=a_record(3)["safetensors"]["total"], n_parameters_basis=FILE),
    ]  # fmt: skip
    moved = refreshed(old(*cards), rows(), notes(rows(), "named"), day=DAY).moved
    assert (moved.n_new, moved.n_downloads_changed) == (3, 2)
    assert (moved.n_sizes_filled, moved.n_sizes_changed, moved.n_licences_filled) == (1, 1, 1)


def test_new_models_have_cards_that_no_advice_can_name():
    fresh = rows(
        {"pipeline_tag": "fill-mask"}, {"pipeline_tag": "text-ranking"}, {"pipeline_tag": "text-to-image"},
        {"library_name": "model2vec"}, {"id": "tiny/tiny-random-bert", "modelId": "tiny/tiny-random-bert"},
    )  # fmt: skip
    made = refreshed(old(a_model("x/y")), fresh, notes(fresh, "named"), day=DAY)
    cards = {row["model_id"]: row for row in made.tables["models"].to_dicts()}
    assert cards[NAMES[0]]["kind"] == "encoder"
    assert cards[NAMES[1]]["kind"] == "cross_encoder"
    assert cards[NAMES[2]]["kind"] == "other"
    assert cards[NAMES[3]]["kind"] == "static_embedding"
    assert cards[NAMES[5]]["kind"] == "decoder"
    assert "tiny/tiny-random-bert" not in cards
    assert not any(cards[name]["verified"] or cards[name]["pool"] for name in NAMES[:4])
    fixture = made.tables["popularity"].filter(pl.col("model_id") == "tiny/tiny-random-bert")
    assert fixture["is_test_fixture"].all()


def test_days_accumulate_and_a_day_is_replaced():
    first = refreshed(old(a_model("x/y")), rows(), notes(rows(), "top 6 by downloads"), day=DAY)
    later = DAY + dt.timedelta(days=7)
    second = again(first, rows({"downloads": 5}), "top 6 by downloads", day=later)
    assert sorted(second.tables["popularity"]["date"].unique()) == [DAY, later]
    third = again(second, rows({"downloads": 9}), "top 6 by downloads", day=later)
    frame = third.tables["popularity"]
    assert frame.height == 12
    assert frame.filter(pl.col("model_id") == NAMES[0], pl.col("date") == later)["downloads_30d"].to_list() == [9]  # fmt: skip
    assert first.tables["popularity"].equals(frame.filter(pl.col("date") == DAY))


def test_rows_of_other_sources_are_never_touched():
    row = {"model_id": NAMES[0], "date": DAY, "source_id": "hub-llmfit", "ranking_note": "theirs", "downloads_30d": 1, "size_class": "undisclosed"}  # fmt: skip
    made = refreshed(old(a_model("x/y"), popularity=[row]), rows(), notes(rows(), "named"), day=DAY)
    theirs = made.tables["popularity"].filter(pl.col("source_id") == "hub-llmfit")
    assert theirs.select("downloads_30d", "ranking_note").rows() == [(1, "theirs")]


def test_one_model_has_one_size_on_all_its_days():
    row = {"model_id": NAMES[1], "date": dt.date(2025, 1, 1), "source_id": "hub-llmfit", "ranking_note": "theirs",
           "n_parameters": 7, "n_parameters_basis": "family-estimate", "size_class": "under 200M"}  # fmt: skip
    made = refreshed(old(a_model("x/y"), popularity=[row]), rows(), notes(rows(), "named"), day=DAY)
    sizes = made.tables["popularity"].filter(pl.col("model_id") == NAMES[1])
    assert sizes["n_parameters"].to_list() == [a_record(1)["safetensors"]["total"]] * 2
    assert sizes["size_class"].to_list() == ["500M-1B"] * 2


def test_of_a_day_each_model_stands_under_the_widest_list_it_was_in():
    morning = refreshed(
        old(a_model("x/y")), rows(n=6), notes(rows(n=6), "top 6 by downloads"), day=DAY
    )
    named = again(morning, rows(n=2), "named in a file")
    assert set(of_day(named).values()) == {"top 6 by downloads"}
    assert len(of_day(named)) == 6
    narrower = again(morning, rows(n=3), "top 3 by downloads")
    assert of_day(narrower) == of_day(morning)
    two = rows(n=12).filter(pl.col("model_id").is_in(NAMES[10:]))
    wider = again(again(morning, two, "named"), rows(n=9), "top 9 by downloads")
    assert of_day(wider) == dict.fromkeys(NAMES[:9], "top 9 by downloads") | dict.fromkeys(NAMES[10:12], "named")  # fmt: skip


def test_a_narrower_choice_of_the_same_day_takes_nobody_out_of_a_wider_one():
    own = "models of the snapshot outside the top 6"
    for narrow in ("named in a file", "changed since 2026-01-01"):
        morning = refreshed(old(a_model("x/y")), rows(), notes(rows(), own), day=DAY)
        assert of_day(again(morning, rows(n=2), narrow)) == of_day(morning)
        turned = refreshed(old(a_model("x/y")), rows(n=2), notes(rows(n=2), narrow), day=DAY)
        assert of_day(again(turned, rows(), own)) == of_day(morning)


def test_who_fell_out_of_the_list_by_evening_is_no_longer_of_it():
    morning = refreshed(
        old(a_model("x/y")), rows(n=6), notes(rows(n=6), "top 6 by downloads"), day=DAY
    )
    evening = again(morning, rows(n=7).filter(pl.col("model_id") != NAMES[0]), "top 6 by downloads")
    assert of_day(evening)[NAMES[0]] == "named"
    own = "models of the snapshot outside the top 6"
    said = notes(rows(n=7), "top 6 by downloads") | {NAMES[0]: own}
    asked = refreshed(old(a_model("x/y")) | morning.tables, rows(n=7), said, day=DAY)
    assert of_day(asked)[NAMES[0]] == own
    assert sum(note == "top 6 by downloads" for note in of_day(evening).values()) == 6


def test_a_count_that_is_not_known_is_no_row_but_the_facts_stay():
    fresh = rows({"downloads": None, "likes": 3})
    made = refreshed(old(a_model(NAMES[0], downloads_30d=8)), fresh, notes(fresh, "named"), day=DAY)
    assert NAMES[0] not in of_day(made)
    card = made.tables["models"].row(by_predicate=pl.col("model_id") == NAMES[0], named=True)
    assert (card["downloads_30d"], card["downloads_date"], card["likes"]) == (8, None, 3)
    assert made.tables["hub_facts"].height == 6


def test_the_hubs_line_among_the_sources_bears_the_day():
    made = refreshed(old(a_model("x/y")), rows(), notes(rows(), "named"), day=DAY)
    line = made.tables["sources"].row(by_predicate=pl.col("source_id") == "hub-api", named=True)
    assert line["date"] == DAY.isoformat()
    assert made.tables["sources"].height == 2


@given(st.lists(st.sampled_from([(2, "top 2 by downloads"), (6, "top 6 by downloads"), (4, "named"), (5, "changed since 2026-01-01")]), min_size=1, max_size=4), st.randoms())  # fmt: skip
def test_whatever_the_order_of_refreshes_the_tables_keep_their_keys(steps, random):
    made = refreshed(old(a_model("x/y")), rows(n=1), notes(rows(n=1), "named"), day=DAY)
    for n, note in steps:
        made = again(made, rows(n=n).sample(fraction=1.0, shuffle=True, seed=random.randint(0, 99)), note)  # fmt: skip
    counts = made.tables["popularity"]
    assert counts.select(POPULARITY_KEY).is_duplicated().sum() == 0
    assert counts.schema == POPULARITY
    assert made.tables["models"].schema == SHIPPED_MODELS
    assert made.tables["models"]["model_id"].is_sorted()
    tops = [note for note in of_day(made).values() if note.startswith("top")]
    widest = max((n for n, note in steps if note.startswith("top")), default=0)
    assert len(tops) == widest
    assert all(note == f"top {widest} by downloads" for note in tops)


def test_counts_that_cannot_be_meant_are_set_aside_aloud():
    """Real ones: a zero of a model with millions, and Qwen3-VL-2B-Instruct going from 2 to 187 million."""
    before = [
        {"model_id": name, "date": dt.date(2026, 5, 1), "source_id": "hub-llmfit", "downloads_30d": n, "ranking_note": "theirs"}
        for name, n in ((NAMES[0], 5_000_000), (NAMES[1], 2_000_000), (NAMES[2], 100_000_000), (NAMES[3], 10))
    ]  # fmt: skip
    fresh = rows({"downloads": 0}, {"downloads": 187_000_000}, {"downloads": 150_000_000}, {"downloads": 0, "likes": 1}, {"downloads": 0, "likes": 200}, {"downloads": 90_000_000})  # fmt: skip
    tables = old(a_model(NAMES[0], downloads_30d=5_000_000), popularity=before)
    cleaned, lines = without_slips(fresh, tables["popularity"], day=DAY)
    assert dict(cleaned.select("model_id", "downloads_30d").rows()) == {
        NAMES[0]: None, NAMES[1]: None, NAMES[2]: 150_000_000, NAMES[3]: 0, NAMES[4]: None, NAMES[5]: 90_000_000,
    }  # fmt: skip
    assert lines["n_rows"].to_list() == [2, 1]
    made = refreshed(tables, cleaned, notes(cleaned, "named"), day=DAY)
    card = made.tables["models"].row(by_predicate=pl.col("model_id") == NAMES[0], named=True)
    assert card["downloads_30d"] == 5_000_000
    assert sorted(of_day(made)) == sorted([NAMES[2], NAMES[3], NAMES[5]])
