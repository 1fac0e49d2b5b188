"""`advisor data refresh`: a new snapshot beside the old one, by each way of choosing models."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import orjson
import polars as pl
import pytest
from misbehaving_hub import misbehaving_hub
from refresh_runs import KNOWN, Home

from advisor.tables import snapshot

pytest.importorskip("huggingface_hub")
pytestmark = pytest.mark.slow
TODAY = dt.datetime.now(dt.UTC).date()


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def test_a_refresh_is_a_new_snapshot_beside_the_old_one(home):
    before = home.in_use
    with misbehaving_hub(n=250) as hub:
        code, out, complaint = home.run(hub.url, "--limit", "150", "--format", "json")
    assert code == 0, complaint
    said = orjson.loads(out)
    after = home.in_use
    assert (said["before"], said["after"]) == (before.id, after.id)
    assert after.verify() == []
    assert snapshot.load(before.path).verify() == []
    assert said["next"] == f"advisor diff {before.id} {after.id}"
    assert (said["n_asked"], said["n_found"], said["absent"]) == (151, 150, ["gone/model"])
    # The list comes in two pages of 100 and is cut at 150; the second model is asked for by name.
    assert hub.paths == ["/api/models"] * 2 + ["/api/models/gone/model"]
    cards = {row["model_id"]: row for row in after.table("models").to_dicts()}
    record = hub.by_name[KNOWN]
    assert cards[KNOWN]["downloads_30d"] == record["downloads"]
    assert cards[KNOWN]["likes"] == record["likes"]
    assert cards[KNOWN]["downloads_date"] == TODAY.isoformat()
    assert cards[KNOWN]["n_parameters"] == record["safetensors"]["total"]
    assert cards["maker-2/model-0002"]["pool"] == []
    assert cards["maker-2/model-0002"]["kind"] == "decoder"
    assert not cards["maker-2/model-0002"]["verified"]
    counts = after.table("popularity")
    assert counts.filter(pl.col("date") == dt.date(2026, 5, 1)).height == 1
    today = counts.filter(pl.col("date") == TODAY)
    assert today["ranking_note"].unique().to_list() == ["top 150 by downloads"]
    assert today.height == 150
    assert after.table("hub_facts").height == 150
    # Tables that the Hub says nothing of are the same files.
    assert (after.path / "tasks.parquet").samefile(before.path / "tasks.parquet")


def test_the_same_day_again_replaces_and_asks_only_what_has_changed(home):
    with misbehaving_hub(n=120) as hub:
        home.run(hub.url, "--limit", "100")
        first = home.in_use
        hub.records[3]["downloads"] += 1_000_000
        code, out, _ = home.run(hub.url, "--limit", "100", "--format", "json")
        after = home.in_use
    assert code == 0
    assert orjson.loads(out)["moved"]["n_downloads_changed"] == 1
    assert after.id != first.id
    today = after.table("popularity").filter(pl.col("date") == TODAY)
    assert today.select("model_id").is_duplicated().sum() == 0
    assert today.height == 100
    assert after.manifest["fitted_in"] == first.manifest["fitted_in"]


def test_nothing_new_leaves_the_snapshot_that_is_in_use(home):
    with misbehaving_hub(n=50) as hub:
        home.run(hub.url, "--limit", "50")
        first = home.in_use
        code, out, _ = home.run(hub.url, "--limit", "50")
        conditions = [headers.get("if-none-match") for _, _, headers in hub.seen[-2:]]
    assert code == 0
    assert home.in_use.id == first.id
    assert "nothing has changed" in " ".join(out.split())
    assert conditions[0] is not None


def test_named_models_alone(home, tmp_path):
    file = tmp_path / "names.txt"
    file.write_text(f"# mine\n{KNOWN}\n\nold/name\nclosed/model\nno/body\n{KNOWN}\n")
    with misbehaving_hub(n=20) as hub:
        hub.renamed["old/name"] = "maker-2/model-0002"
        hub.refused.add("closed/model")
        code, out, _ = home.run(hub.url, "--models", str(file), "--format", "json")
    assert code == 0
    said = orjson.loads(out)
    assert (said["n_asked"], said["absent"], said["refused"]) == (4, ["no/body"], ["closed/model"])
    assert said["renamed"] == {"old/name": "maker-2/model-0002"}
    assert len(hub.seen) == 5  # the renamed one takes two
    today = home.in_use.table("popularity").filter(pl.col("date") == TODAY)
    assert dict(today.select("model_id", "ranking_note").rows()) == {KNOWN: "named in a file", "old/name": "named in a file"}  # fmt: skip


def test_changed_models_reach_back_to_their_day(home):
    with misbehaving_hub(n=110) as hub:
        code, out, complaint = home.run(hub.url, "--since", "2026-09-01", "--format", "json")
    assert code == 0, complaint
    recent = sorted(r["id"] for r in hub.records if r["lastModified"][:10] >= "2026-09-01")
    facts = home.in_use.table("hub_facts")
    assert facts["model_id"].to_list() == recent
    assert hub.seen[0][1]["sort"] == ["lastModified"]
    assert orjson.loads(out)["chosen"] == [f"{len(recent)} models changed since 2026-09-01"]


def test_genuine_records_as_the_hub_gave_them(home):
    """Recorded answers of the real API, see tests/fixtures/hub/README.md."""
    file = Path(__file__).parents[1] / "fixtures" / "hub" / "api_models_list.json"
    records = orjson.loads(file.read_bytes())
    with misbehaving_hub(records=records) as hub:
        code, _, complaint = home.run(hub.url, "--limit", "50")
    assert code == 0, complaint
    facts = {row["model_id"]: row for row in home.in_use.table("hub_facts").to_dicts()}
    assert set(facts) == {record["id"] for record in records}
    for record in records:
        row = facts[record["id"]]
        # A zero of a model with thousands of likes is no count.
        assert (row["downloads_30d"], row["likes"]) == (
            record["downloads"] or None,
            record["likes"],
        )
        assert row["tags"] == record["tags"]
        assert row["downloads_all_time"] is None  # was not asked for then


def test_it_begins_from_the_snapshot_in_use_once_the_other_refresh_is_over(home):
    """Two one after the other, the second while the first asks: neither's counts are lost."""
    with misbehaving_hub(n=40) as hub:
        home.run(hub.url, "--limit", "20")
        first = home.in_use
        home.run(hub.url, "--since", "2026-01-01", "--limit", "40")
    both = home.in_use.table("popularity").filter(pl.col("date") == TODAY)
    assert both.height == 40
    assert set(first.table("hub_facts")["model_id"]) < set(home.in_use.table("hub_facts")["model_id"])  # fmt: skip
    tops = both.filter(pl.col("ranking_note") == "top 20 by downloads")
    assert tops.height == 20
