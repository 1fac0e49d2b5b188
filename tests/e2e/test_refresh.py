"""`advisor data refresh` against a Hub that misbehaves: the snapshot in use stays whole, what came is kept."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time

import orjson
import polars as pl
import pytest

pytest.importorskip("huggingface_hub")

from frames import a_model, models
from misbehaving_hub import a_record, misbehaving_hub

from advisor.ingest.hub_models import POPULARITY
from advisor.tables import snapshot
from advisor.tables.schema import SOURCES

pytestmark = pytest.mark.slow
TOKEN = "hf_SECRETsecretSECRETsecret"  # noqa: S105 - nobody's
CODE = "import sys; from advisor.cli import main; sys.argv[0] = 'advisor'; main()"
KNOWN = "maker-1/model-0001"
TODAY = dt.datetime.now(dt.UTC).date()


@pytest.fixture
def home(tmp_path):
    """The user's folders, with a small snapshot in use: one model that the Hub knows, one that it does not."""
    earlier = {
        "model_id": KNOWN, "date": dt.date(2026, 5, 1), "downloads_30d": 5, "likes": 1, "n_parameters": 500_000_001,
        "n_parameters_basis": "safetensors", "params_suspect": False, "size_class": "500M-1B", "is_test_fixture": False,
        "ranking_note": "made up", "source_id": "hub-llmfit",
    }  # fmt: skip
    tables = {
        "models": models(
            a_model(KNOWN, downloads_30d=5, n_parameters=None, pool=["language-model"]),
            a_model("gone/model"), a_model("evil/\x1b[31m[red]x", verified=False),
        ),
        "popularity": pl.DataFrame([dict.fromkeys(POPULARITY) | earlier], schema=POPULARITY),
        "sources": pl.DataFrame([dict.fromkeys(SOURCES) | {"source_id": "hub-llmfit"}], schema=SOURCES),
        "tasks": pl.DataFrame({"task_id": ["x"]}),
    }  # fmt: skip
    folder = tmp_path / "data" / "slm-advisor" / "snapshots"
    snapshot.write(folder, tables, facts={"created_at": "2026-05-01"})
    return tmp_path


@pytest.fixture
def start(home):
    """Begin `advisor data refresh` against an endpoint."""

    def begin(endpoint, *arguments, **environment):
        kept = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("ADVISOR_SNAPSHOT", "HF_", "HUGGING"))
        }
        where = {
            "XDG_DATA_HOME": str(home / "data"), "XDG_CACHE_HOME": str(home / "cache"), "HF_HOME": str(home / "hf"),
            "HF_TOKEN": TOKEN, "HF_ENDPOINT": endpoint, "COLUMNS": "80",
        }  # fmt: skip
        return subprocess.Popen(
            [sys.executable, "-c", CODE, "data", "refresh", *arguments], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, encoding="utf-8", env=kept | where | environment,
        )  # fmt: skip

    return begin


@pytest.fixture
def run(start, home):
    """The same to its end: exit code, stdout, stderr. No token is ever in what it leaves."""

    def to_the_end(endpoint, *arguments, **environment):
        process = start(endpoint, *arguments, **environment)
        out, complaint = process.communicate(timeout=60)
        assert TOKEN not in out + complaint
        assert "Traceback" not in complaint
        for file in home.rglob("*"):
            assert not file.is_file() or TOKEN.encode() not in file.read_bytes(), file
        return process.returncode, out, complaint

    return to_the_end


def folder_of(home):
    return home / "data" / "slm-advisor" / "snapshots"


def in_use(home):
    return snapshot.load(folder_of(home))


def is_untouched(home, before):
    now = in_use(home)
    return now.id == before.id and now.verify() == [] and not list(folder_of(home).glob(".*"))


def test_a_refresh_is_a_new_snapshot_beside_the_old_one(run, home):
    before = in_use(home)
    with misbehaving_hub(n=250) as hub:
        code, out, complaint = run(hub.url, "--limit", "150", "--format", "json")
    assert code == 0, complaint
    said = orjson.loads(out)
    after = in_use(home)
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


def test_the_same_day_again_replaces_and_asks_only_what_has_changed(run, home):
    with misbehaving_hub(n=120) as hub:
        run(hub.url, "--limit", "100")
        first = in_use(home)
        hub.records[3]["downloads"] += 1_000_000
        code, out, _ = run(hub.url, "--limit", "100", "--format", "json")
        after = in_use(home)
    assert code == 0
    assert orjson.loads(out)["moved"]["n_downloads_changed"] == 1
    assert after.id != first.id
    today = after.table("popularity").filter(pl.col("date") == TODAY)
    assert today.select("model_id").is_duplicated().sum() == 0
    assert today.height == 100
    assert after.manifest["fitted_in"] == first.manifest["fitted_in"]


def test_nothing_new_leaves_the_snapshot_that_is_in_use(run, home):
    with misbehaving_hub(n=50) as hub:
        run(hub.url, "--limit", "50")
        first = in_use(home)
        code, out, _ = run(hub.url, "--limit", "50")
        conditions = [headers.get("if-none-match") for _, _, headers in hub.seen[-2:]]
    assert code == 0
    assert in_use(home).id == first.id
    assert "nothing has changed" in " ".join(out.split())
    assert conditions[0] is not None


def test_named_models_alone(run, home, tmp_path):
    file = tmp_path / "names.txt"
    file.write_text(f"# mine\n{KNOWN}\n\nold/name\nclosed/model\nno/body\n{KNOWN}\n")
    with misbehaving_hub(n=20) as hub:
        hub.renamed["old/name"] = "maker-2/model-0002"
        hub.refused.add("closed/model")
        code, out, _ = run(hub.url, "--models", str(file), "--format", "json")
    assert code == 0
    said = orjson.loads(out)
    assert (said["n_asked"], said["absent"], said["refused"]) == (4, ["no/body"], ["closed/model"])
    assert said["renamed"] == {"old/name": "maker-2/model-0002"}
    assert len(hub.seen) == 5  # the renamed one takes two
    today = in_use(home).table("popularity").filter(pl.col("date") == TODAY)
    assert dict(today.select("model_id", "ranking_note").rows()) == {KNOWN: "named in a file", "old/name": "named in a file"}  # fmt: skip


def test_changed_models_reach_back_to_their_day(run, home):
    with misbehaving_hub(n=110) as hub:
        code, out, complaint = run(hub.url, "--since", "2026-09-01", "--format", "json")
    assert code == 0, complaint
    recent = sorted(r["id"] for r in hub.records if r["lastModified"][:10] >= "2026-09-01")
    facts = in_use(home).table("hub_facts")
    assert facts["model_id"].to_list() == recent
    assert hub.seen[0][1]["sort"] == ["lastModified"]
    assert orjson.loads(out)["chosen"] == [f"{len(recent)} models changed since 2026-09-01"]


@pytest.mark.parametrize(
    ("plan", "code", "words"),
    [
        ([401], 4, "the token is not accepted"),
        ([403], 4, "the token is not accepted"),
        ([400], 4, "--fresh"),
        ([500] * 9, 4, "it answered 500"),
        ([(429, {"Retry-After": "4000"})], 4, "asks to wait 4,000 s"),
        (["garbage"] * 2, 3, "not JSON"),
        (["empty"] * 2, 3, "not JSON"),
        (["object"], 3, "no list of models"),
        (["other-host"], 3, "not the Hub that was asked"),
        (["redirect-away"], 3, "not the Hub that was asked"),
        (["drop"] * 9, 4, "cut off"),
        (["cut"] * 9, 4, "cut off"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_fault_is_one_line_and_the_snapshot_stays(run, home, plan, code, words):
    before = in_use(home)
    with misbehaving_hub() as other, misbehaving_hub(*plan, n=250) as hub:
        hub.elsewhere = other.url
        found, out, complaint = run(hub.url, "--limit", "200", "--for", "6s")
        assert other.seen == []
    assert (found, out) == (code, "")
    lines = [line for line in complaint.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    assert words in lines[0]
    assert f"snapshot {before.id} stays in use" in lines[0]
    assert is_untouched(home, before)


@pytest.mark.parametrize(
    "environment",
    [{"HF_HUB_OFFLINE": "1"}, {}, {"HF_ENDPOINT": "http://no-such-host.invalid"}],
    ids=["switched off", "refused", "unresolvable"],
)
def test_offline_says_soon_what_is_used_instead(run, home, environment):
    before = in_use(home)
    begun = time.monotonic()
    code, out, complaint = run("http://127.0.0.1:9", **environment)
    assert time.monotonic() - begun < 6  # 3 s of its own, and starting Python on a busy machine
    assert (code, out) == (4, "")
    assert complaint.count("\n") == 1
    assert f"snapshot {before.id} stays in use" in complaint
    assert is_untouched(home, before)


def test_a_refresh_that_broke_off_is_gone_on_with(run, home):
    before = in_use(home)
    with misbehaving_hub("ok", "ok", *[500] * 9, n=500) as hub:
        code, _, complaint = run(hub.url, "--limit", "400", "--for", "6s")
        assert code == 4
        assert "2 answers are kept" in complaint
        assert is_untouched(home, before)
        hub.plan.clear()
        n = len(hub.seen)
        code, out, complaint = run(hub.url, "--limit", "400", "--format", "json")
    assert code == 0
    said = orjson.loads(out)
    assert said["n_resumed"] == 2
    assert "going on with the refresh" in complaint
    asked = [q["cursor"][0] for path, q, _ in hub.seen[n:] if path == "/api/models"]
    assert asked == ["200", "300"]
    assert in_use(home).table("hub_facts").height == 400


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_stopped_half_way_it_is_gone_on_with(start, run, home, how, code):
    before = in_use(home)
    with misbehaving_hub("ok", "ok", "hang", n=500) as hub:
        process = start(hub.url, "--limit", "400")
        while len(hub.seen) < 3:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(how)
        _, complaint = process.communicate(timeout=20)
        assert process.returncode == code
        assert "Traceback" not in complaint
        assert is_untouched(home, before)
        found, out, _ = run(hub.url, "--limit", "400", "--format", "json")
    assert found == 0
    assert orjson.loads(out)["n_resumed"] == 2


def test_killed_while_it_writes_it_leaves_the_old_snapshot(start, run, home):
    before = in_use(home)
    with misbehaving_hub(n=300) as hub:
        process = start(hub.url, "--limit", "300")
        while not list(folder_of(home).glob(".refreshing-*")):
            if process.poll() is not None:
                break
            time.sleep(0.0005)
        process.kill()
        process.communicate(timeout=20)
        now = in_use(home)
        assert now.verify() == []
        if process.returncode == -9:
            assert now.id == before.id
        code, _, _ = run(hub.url, "--limit", "300")
    assert code == 0
    assert in_use(home).verify() == []


def test_one_refresh_at_a_time(start, run, home):
    with misbehaving_hub("ok", "hang", n=300) as hub:
        first = start(hub.url, "--limit", "300")
        while len(hub.seen) < 2:
            time.sleep(0.02)
        code, _, complaint = run(hub.url, "--limit", "300")
        first.kill()
        first.communicate(timeout=20)
    assert code == 2
    assert "another `advisor data refresh` is at work" in complaint


def test_a_page_that_is_repeated_ends_the_list_and_is_said(run, home):
    with misbehaving_hub("ok", "repeat", n=300) as hub:
        code, out, complaint = run(hub.url, "--limit", "250", "--format", "json")
        assert len(hub.seen) < 6
    assert code == 0
    assert "repeats page 2 of its list: 100 of 250" in complaint
    assert orjson.loads(out)["chosen"][0] == "the 100 most downloaded"


def test_pages_without_end_end_at_the_limit(run, home):
    with misbehaving_hub("endless", n=300) as hub:
        code, _, complaint = run(hub.url, "--limit", "450")
        assert hub.paths.count("/api/models") == 5
    assert code == 0, complaint


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"downloads": None}, "downloads"), ({"downloads": "many"}, "downloads"), ({"createdAt": 5}, "createdAt"),
     ({"likes": -1}, "likes"), ({"likes": [1]}, "likes")],
)  # fmt: skip
def test_fields_that_have_changed_everywhere_are_refused(run, home, changes, field):
    before = in_use(home)
    with misbehaving_hub(records=[a_record(i, **changes) for i in range(50)]) as hub:
        code, _, complaint = run(hub.url, "--limit", "50")
    assert code == 3
    assert f"lack the field {field!r}" in complaint
    assert is_untouched(home, before)


def test_fields_that_one_record_lacks_are_left_empty_aloud(run, home):
    odd = [{"id": "odd/one"}, {"id": "odd/two", "downloads": "7", "tags": 5, "safetensors": {"total": -3}}, {"nothing": 1}, 17]  # fmt: skip
    with misbehaving_hub(records=[*[a_record(i) for i in range(60)]]) as hub:
        hub.records.extend(odd[:3])
        code, out, complaint = run(hub.url, "--limit", "100", "--format", "json")
    assert code == 0, complaint
    assert "2 of 62 answers lack the field 'downloads'" in complaint
    today = in_use(home).table("popularity").filter(pl.col("date") == TODAY)
    assert today.height == 60  # a count that is not known is no row
    assert orjson.loads(out)["n_found"] == 62


def test_a_folder_that_cannot_be_written_is_named(run, home, tmp_path):
    before = in_use(home)
    blocked = tmp_path / "blocked"
    blocked.write_text("a file")
    with misbehaving_hub(n=20) as hub:
        code, _, complaint = run(hub.url, "--limit", "20", "--out", str(blocked / "snapshots"))
        assert code == 2
        assert "name another with --out" in complaint
        code, _, complaint = run(hub.url, "--limit", "20", XDG_CACHE_HOME=str(blocked))
    assert code == 2
    assert "XDG_CACHE_HOME" in complaint
    assert is_untouched(home, before)


def test_a_damaged_snapshot_is_not_built_on(run, home):
    before = in_use(home)
    file = before.path / "tasks.parquet"
    file.write_bytes(file.read_bytes()[:-4] + b"oops")
    with misbehaving_hub(n=20) as hub:
        code, _, complaint = run(hub.url, "--limit", "20")
    assert code == 3
    assert "tasks.parquet is missing or damaged" in complaint
    assert in_use(home).id == before.id


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--since", "soon"], "--since: cannot read 'soon'"),
        (["--since", "2999-01-01"], "still to come"),
        (["--models", "no-such-file"], "--models: cannot read"),
        (["--limit", "0", "--since", "2026-01-01"], "leaves nothing of --since"),
        (["--for", "never"], "--for: cannot read"),
        (["--format", "yaml"], "--format"),
    ],
)
def test_a_mistyped_option_asks_nobody(run, home, arguments, words):
    with misbehaving_hub() as hub:
        code, _, complaint = run(hub.url, *arguments)
        assert hub.seen == []
    assert code == 2
    assert words in complaint


def test_a_file_of_names_is_looked_at_before_anything_is_asked(run, home, tmp_path):
    file = tmp_path / "names.txt"
    file.write_text("BAAI/bge-m3\nnot a name\n../../etc/passwd\n")
    with misbehaving_hub() as hub:
        code, _, complaint = run(hub.url, "--models", str(file))
        assert hub.seen == []
    assert code == 2
    assert "'not a name' is no model id (2 such lines)" in complaint
