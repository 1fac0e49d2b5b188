"""How far a run is: counted, timed, and on stderr only."""

import io

import pytest
from fake_jobs import a_job

from advisor.cli.bench import progress
from bench.protocol import JobOutcome


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def outcome(status="done", model="m", reason=None):
    return JobOutcome(job=a_job(model=model), status=status, reason=reason, wall_s=2.0)


def test_the_time_left_is_known_once_a_job_of_this_run_has_ended(clock):
    told = progress.Progress(5)
    told.ended(outcome(), True)  # an earlier run's took no time
    assert told.left_s() is None
    clock[0] += 10.0
    told.ended(outcome("failed"), False)
    assert told.left_s() == pytest.approx(30.0)
    clock[0] += 20.0
    told.ended(outcome("not_run"), False)
    assert told.left_s() == pytest.approx(30.0)
    assert told.counts == {"done": 1, "failed": 1, "not_run": 1}
    assert told.n_earlier == 1


def test_away_from_a_terminal_it_is_a_line_for_each_job_that_ran(clock, capsys):
    with progress.Progress(3) as told:
        told.ended(outcome(model="old"), True)
        clock[0] += 4.0
        told.started(a_job())
        told.ended(outcome(model="new"), False)
        told.ended(outcome("not_run", model="away", reason="no key"), False)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "[2/3] new on toy: done in 2 s; about 4 s left",
        "[3/3] away on toy: not run",
    ]


def test_on_a_terminal_it_is_a_moving_line_that_goes_away(clock, monkeypatch, capsys):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with progress.Progress(2) as told:
        told.started(a_job(model="evil\x1b[31m"))
        clock[0] += 4.0
        told.ended(outcome(model="one"), False)
    said = screen.getvalue()
    assert "1/2" in said
    assert "about 4 s left" in said
    assert "evil\x1b[31m" not in said  # foreign words stay words
    assert capsys.readouterr().out == ""
