"""What a refresh moves, on two snapshots whose differences are known."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from frames import a_model, models

from advisor.ingest.hub_models import POPULARITY
from advisor.recommend.diff import diff
from advisor.recommend.diff_cards import LicenceMove, SizeMove
from advisor.render import diff as shown
from advisor.tables import snapshot
from advisor.tables.schema import SCORES


def counts(*rows):
    facts = [dict.fromkeys(POPULARITY) | {"model_id": m, "date": dt.date(*day), "source_id": s, "ranking_note": note} for m, day, s, note in rows]  # fmt: skip
    return pl.DataFrame(facts, schema=POPULARITY)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cards")
    day = ("a/a", (2026, 5, 1), "hub-llmfit", "theirs")
    before = {
        "models": models(
            a_model("a/a", n_parameters=None, license=None, downloads_30d=1_000_000),
            a_model("b/b", n_parameters=7, license="mit", downloads_30d=3_000_000),
            a_model("c/c", n_parameters=9, license="mit", downloads_30d=None),
            a_model("d/d", n_parameters=9, license="mit", downloads_30d=50),
        ),
        "popularity": counts(day),
    }  # fmt: skip
    after = {
        "models": models(
            a_model("a/a", n_parameters=5, license="mit", downloads_30d=1_100_000),
            a_model("b/b", n_parameters=8, n_parameters_basis="safetensors", license="apache-2.0", downloads_30d=30_000),
            a_model("c/c", n_parameters=9, license="mit", downloads_30d=70),
            a_model("d/d", n_parameters=9, license="mit", downloads_30d=50),
            a_model("e/e", downloads_30d=400_000),
        ),
        "popularity": counts(day, *((m, (2026, 11, 21), "hub-api", "top 3 by downloads") for m in "abc")),
        "scores_waiting": pl.DataFrame([dict.fromkeys(SCORES) | {"model_id": "e/e", "task_id": t} for t in "xyz"], schema=SCORES),
    }  # fmt: skip
    paths = [snapshot.write(folder / name, tables, facts={}) for name, tables in (("a", before), ("b", after))]  # fmt: skip
    return diff(*map(snapshot.load, paths))


def test_sizes_and_licences_are_filled_in_or_changed(found):
    cards = found.cards
    assert (cards.n_sizes_filled, cards.n_sizes_changed) == (1, 1)
    assert cards.sizes == [SizeMove(model_id="b/b", before=7, after=8, basis="safetensors")]
    assert (cards.n_licences_filled, cards.n_licences_changed) == (1, 1)
    assert cards.licences == [LicenceMove(model_id="b/b", before="mit", after="apache-2.0")]


def test_the_days_that_were_added_are_told_with_how_their_models_were_chosen(found):
    [day] = found.days
    assert (day.date, day.source_id, day.ranking_note, day.n_models) == ("2026-11-21", "hub-api", "top 3 by downloads", 3)  # fmt: skip


def test_first_counts_are_apart_from_changed_ones(found):
    assert found.downloads.n_models == 3
    assert found.downloads.n_counted_new == 2
    assert [m.model_id for m in found.downloads.largest] == ["b/b", "a/a"]
    assert found.models.new == ["e/e"]


def test_waiting_scores_are_told(found):
    assert (found.waiting.before, found.waiting.after, found.waiting.models) == (0, 3, ["e/e"])


@pytest.mark.parametrize("width", [80, 120])
def test_all_of_it_fits_the_terminal(found, width):
    text = shown.text(found, width=width)
    assert all(len(line) <= width for line in text.splitlines())
    for words in ("÷100", "+10%", "1 filled in, 1 changed", "top 3 by downloads (hub-api)", "2 models are counted that were not before", "0 → 3 new ones"):  # fmt: skip
        assert words in " ".join(text.split()), words
    assert "## Sizes" in shown.markdown(found)
