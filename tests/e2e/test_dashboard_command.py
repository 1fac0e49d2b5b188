"""`advisor dashboard` as a process: how it starts, what it refuses in one line, and that nothing is left of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from advisor.cli import serving
from advisor.core.errors import BadInput, MissingExtra

CODE = "import sys; sys.argv[0] = 'advisor'; from advisor.cli import main; main()"


@pytest.fixture
def taken():
    """A port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def a_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_a_port_in_use_is_refused_with_a_free_one(advisor, taken):
    done = advisor("dashboard", "--port", str(taken), "--no-browser")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert f"127.0.0.1:{taken} cannot be used" in line
    offered = int(line.rpartition("--port ")[2])
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", offered))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "0"], "--port: '0' must be a number at least 1 and at most 65535"),
        (["--port", "eighty"], "--port: 'eighty' must be a number"),
        (["--address", "not.an.address.invalid"], "is no address of this machine"),
        (["--snapshot", "/no/such/folder"], "no snapshot at /no/such/folder"),
        (["--snapshot", ""], "--snapshot: the folder's name is empty"),
    ],
)
def test_what_cannot_be_served_is_one_line(advisor, options, words):
    done = advisor("dashboard", "--no-browser", *options)
    assert done.returncode in {2, 3}
    (line,) = done.stderr.splitlines()
    assert words in line
    assert done.stdout == ""


def test_without_streamlit_the_line_says_what_installs_it(monkeypatch):
    there = serving.find_spec
    monkeypatch.setattr(
        serving, "find_spec", lambda name: None if name == "streamlit" else there(name)
    )
    with pytest.raises(MissingExtra, match=r"pip install 'slm-advisor\[dashboard\]'"):
        serving.serve("127.0.0.1", a_free_port(), snapshot=None, browser=False)


def test_the_refusal_of_a_port_needs_no_server(taken):
    with pytest.raises(BadInput, match="type --port"):
        serving.serve("127.0.0.1", taken, snapshot=None, browser=False)


def test_the_command_is_read_without_streamlit_or_polars():
    code = "import sys, advisor.cli.dashboard, advisor.cli.serving; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"streamlit", "polars", "plotly", "pydantic"} & set(done.stdout.split())


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_end_it_takes_its_server_along_and_has_written_nothing(tmp_path, how):
    port = a_free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, "dashboard", "--port", str(port), "--no-browser"],
        env=os.environ | {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert f"http://127.0.0.1:{port}" in process.stderr.readline()
    (server,) = _children(process.pid)
    urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=30).close()
    process.send_signal(how)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert said == "the dashboard has ended\n"
    assert not Path(f"/proc/{server}").exists()
    assert list(tmp_path.iterdir()) == []


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in found.split()]
