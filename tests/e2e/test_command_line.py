"""The command line as people meet it: a process, its two streams, its exit code. No snapshot is needed here."""

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "arguments", [[], ["--help"], ["recommend", "--help"], ["data"], ["data", "--help"]]
)
def test_help_is_an_answer(advisor, arguments):
    done = advisor(*arguments)
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: advisor")
    assert done.stderr == ""


@pytest.mark.parametrize("arguments", [["version"], ["--version"]])
def test_the_version_is_the_installed_one(advisor, arguments):
    done = advisor(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("advisor 0.")


def test_the_schema_is_the_published_file(advisor):
    done = advisor("schema")
    assert done.returncode == 0
    assert done.stdout == (ROOT / "data" / "recommendation.schema.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["recommend"], 2, "error: Missing option '--task'; see `advisor recommend --help`"),
        (
            ["recomend"],
            2,
            "error: No such command 'recomend'. Did you mean 'recommend'; see `advisor --help`",
        ),
        (["recommend", "--task", "x", "--fast"], 2, "error: No such option: --fast"),
        (
            ["recommend", "--task", "x", "--format", "yaml"],
            2,
            "error: --format: 'yaml' is not accepted; type one of text, json, markdown",
        ),
        (
            ["recommend", "--task", "x", "--top", "no"],
            2,
            "error: --top: 'no' must be a number at least 1 and at most 1000; write it like 10",
        ),
        (
            ["recommend", "--task", "x", "--weights", "accuracy=2"],
            2,
            "error: --weights: they sum to 2 (accuracy 2)",
        ),
        (
            ["recommend", "--task", "x", "--max-params", "\x1b[31m7Q"],
            2,
            "error: --max-params: cannot read '\\x1b[31m7Q'",
        ),
        (
            ["predict", "--cells", "none.csv", "--out", "out.csv"],
            2,
            "error: --cells: no file 'none.csv'",
        ),
        (
            ["predict", "--cells", "none.csv", "--out", "out.txt"],
            2,
            "error: --out: 'out.txt' must end in .parquet or .csv",
        ),
        (
            ["predict", "--cells", "a.csv", "--out", "b.csv", "--level", "90"],
            2,
            "error: --level: '90' must be a number at least 0.5",
        ),
        (["understand"], 2, "error: understand: type either the text or --file"),
        (
            ["tasks", "--limit", "0"],
            2,
            "error: --limit: '0' must be a number at least 1; write it like 20",
        ),
        (
            ["backtest", "--protocol", "x"],
            2,
            "error: --protocol: 'x' is not accepted; type one of cells, new-task",
        ),
        (
            ["data", "build", "--from", "no-such-folder"],
            2,
            "error: --from: no folder 'no-such-folder'",
        ),
        (
            ["data", "status", "--snapshot", "no-such-folder"],
            3,
            "error: no snapshot at no-such-folder",
        ),
        (
            ["diff", "no-such-id", "current"],
            2,
            "error: no snapshot 'no-such-id'; type a folder's path",
        ),
        (["diff", "current"], 2, "error: Missing argument 'SNAPSHOT_B'"),
        (["diff", "a", "b", "--format", "yaml"], 2, "error: --format: 'yaml' is not accepted"),
        (["data", "status", "--snapshot", ""], 2, "error: --snapshot: the folder's name is empty"),
    ],
)
def test_bad_input_is_one_line_on_stderr_and_an_exit_code(advisor, arguments, code, line):
    done = advisor(*arguments)
    assert done.stdout == ""
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1
    assert "\x1b" not in done.stderr
    assert done.returncode == code


def test_with_json_an_error_leaves_stdout_empty(advisor, tmp_path):
    (tmp_path / "manifest.json").write_bytes(
        orjson.dumps({"schema_version": 99, "id": "x", "tables": {}})
    )
    done = advisor("recommend", "--task", "x", "--format", "json", "--snapshot", str(tmp_path))
    assert (done.returncode, done.stdout) == (3, "")
    assert "pip install --upgrade slm-advisor" in done.stderr


def test_a_reader_that_goes_away_ends_the_command_quietly():
    read, write = os.pipe()
    os.close(read)
    code = "import sys; from advisor.cli import main; sys.argv[0] = 'advisor'; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "schema"], stdout=write, stderr=subprocess.PIPE
    ) as process:
        os.close(write)
        _, stderr = process.communicate()
    assert stderr == b""
    assert process.returncode == 141


def test_a_full_disk_is_one_line():
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    code = "import sys; from advisor.cli import main; sys.argv[0] = 'advisor'; main()"
    with full.open("w") as stream:
        done = subprocess.run(
            [sys.executable, "-c", code, "schema"],
            stdout=stream,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.stderr.startswith("error: the answer cannot be written (No space left on device)")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_ctrl_c_is_one_line_and_130():
    code = (
        "import sys; from advisor.cli import main, schema\n"
        "import advisor.render.schema as schema_of\n"
        "def stop(): raise KeyboardInterrupt\n"
        "schema_of.schema_text = stop\nsys.argv = ['advisor', 'schema']\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (
        130,
        "",
        "error: interrupted; nothing was changed\n",
    )


def test_json_is_utf_8_whatever_the_terminal(advisor):
    done = advisor("schema", PYTHONIOENCODING="ascii")
    assert done.stdout == (ROOT / "data" / "recommendation.schema.json").read_text(encoding="utf-8")
    assert not done.stdout.isascii()
