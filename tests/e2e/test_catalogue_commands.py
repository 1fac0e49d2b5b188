"""Searching and checking a snapshot from the command line."""

import orjson
import pytest


def test_found_tasks_are_json_and_nothing_else(advisor, catalogue):
    done = advisor("tasks", "--format", "json", "--snapshot", str(catalogue))
    assert done.stderr == ""
    found = orjson.loads(done.stdout)
    assert [row["task_id"] for row in found] == ["Banking77Classification", "FiQA2018"]
    assert found[1]["n_models"] == 300


def test_the_snapshot_can_be_named_by_the_environment(advisor, catalogue):
    done = advisor("tasks", "fiqa", "--limit", "1", ADVISOR_SNAPSHOT=str(catalogue.parent))
    assert done.returncode == 0
    assert done.stdout.splitlines()[1].split()[:3] == ["FiQA2018", "retrieval", "nDCG@10"]
    assert done.stderr == "1 of 1 shown\n"


def test_a_hostile_model_name_reaches_the_terminal_as_words(advisor, catalogue):
    done = advisor("models", "evil", "--snapshot", str(catalogue))
    assert "evil/[red]x" in done.stdout
    assert "\x1b" not in done.stdout


def test_the_status_names_sources_and_counts(advisor, catalogue):
    done = advisor("data", "status", "--format", "json", "--snapshot", str(catalogue))
    found = orjson.loads(done.stdout)
    assert found["id"] == catalogue.name
    assert found["tables"]["tasks"]["rows"] == 3
    assert [source["source_id"] for source in found["sources"]] == ["made-up"]


def test_an_intact_snapshot_verifies_and_a_changed_one_does_not(advisor, catalogue):
    assert (
        "3 tables, every sha256 as the manifest says"
        in advisor("data", "verify", "--snapshot", str(catalogue)).stdout
    )
    table = catalogue / "models.parquet"
    content = bytearray(table.read_bytes())
    content[40] ^= 1
    table.write_bytes(content)
    done = advisor("data", "verify", "--snapshot", str(catalogue))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(
        f"error: snapshot {catalogue.name} is damaged: models: sha256 is "
    )
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("damage", ["cut", "gone", "noise", "manifest"])
def test_a_damaged_snapshot_is_one_line_and_exit_code_3(advisor, catalogue, damage):
    table = catalogue / "tasks.parquet"
    size = table.stat().st_size
    if damage == "cut":
        table.write_bytes(table.read_bytes()[: size // 2])
    elif damage == "gone":
        table.unlink()
    elif damage == "noise":
        table.write_bytes(b"\x00" * size)
    else:
        (catalogue / "manifest.json").write_bytes(b'{"schema_version": 1, "tab')
    done = advisor("tasks", "--snapshot", str(catalogue))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert done.stderr.startswith("error: ")


def test_an_unknown_model_is_an_error_with_suggestions(advisor, catalogue):
    done = advisor(
        "compare",
        "bge-small",
        "BAAI/bge-small-en-v1.5",
        "--task",
        "FiQA2018",
        "--snapshot",
        str(catalogue),
    )
    assert done.returncode == 2
    assert "unknown model 'bge-small'; did you mean 'BAAI/bge-small-en-v1.5'?" in done.stderr


def test_a_terminal_without_unicode_gets_ascii(advisor, catalogue):
    done = advisor("tasks", "--snapshot", str(catalogue), COLUMNS="40", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "text-classif~" in done.stdout
