"""The block that a refresh ends in, at the widths that people have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor.build.refresh import RefreshReport
from advisor.build.refresh_scores import NewScores
from advisor.build.refresh_tables import Moved
from advisor.render.refreshed import text

MOVED = Moved(n_new=12, n_downloads_changed=3456, n_sizes_changed=7, n_sizes_filled=89, n_sizes_doubted=1, n_tied_twice=2, n_licences_filled=5)  # fmt: skip
REPORT = RefreshReport(
    day="2026-11-21", endpoint="https://huggingface.co", chosen=["the 2,000 most downloaded"], before="7f7fc91064f4",
    after="5e9897af9463", path="/somewhere/5e9897af9463", n_asked=2000, n_found=1993, n_absent=6, n_refused=1, n_renamed=1,
    absent=[f"gone/model-{i}" for i in range(6)], refused=["closed/\x1b[31mmodel"], renamed={"old/name": "new/name"},
    n_requests=20, n_unchanged=3, n_resumed=4, moved=MOVED, scores=None, n_folders_left=0, predictions="kept",
    next="advisor diff 7f7fc91064f4 5e9897af9463",
)  # fmt: skip
SCORES = NewScores(n_files=9, n_rows_new=8, n_rows_changed=7, n_scores_new=6, n_scores_changed=5, n_models_new=4, n_tasks_unknown=3, n_other_revision=2)  # fmt: skip


def lines(report, width=80):
    return text(report, width=width).splitlines()


@pytest.mark.parametrize("width", [40, 80, 120])
def test_it_fits_and_ends_in_what_to_type_next(width):
    found = lines(REPORT, width)
    assert all(len(line) <= width for line in found)
    assert " ".join(" ".join(found).split()).endswith("next advisor diff 7f7fc91064f4 5e9897af9463")


def test_every_count_is_said():
    words = " ".join(text(REPORT, width=120).split())
    for part in ("2,000 models: the 2,000 most downloaded", "1,993 (20 requests, 3 answers as they were, 4 answers from", "gone/model-4 and 1 more", "old/name is new/name now", "12 models that", "3,456 counts", "89 filled in, 7 changed, 1 now in doubt", "2 files hold the embedding table twice", "7f7fc91064f4 (kept)"):  # fmt: skip
        assert part in words, part


def test_control_characters_of_a_name_do_not_reach_the_terminal():
    assert "\x1b" not in text(REPORT, width=80)


def test_without_a_change_there_is_nothing_to_compare():
    same = replace(REPORT, after=REPORT.before)
    words = " ".join(text(same, width=120).split())
    assert "nothing has changed" in words
    assert "advisor diff" not in words


def test_new_results_alone():
    only = replace(REPORT, endpoint=None, moved=None, scores=SCORES, n_folders_left=10)
    found = lines(only)
    assert found[0] == "New results"
    words = " ".join(" ".join(found).split())
    for part in ("9 files", "8 new, 7 changed", "6 new, 5 changed", "3 that this snapshot's catalogue lacks", "2 scores that rest on", "10 models with new results"):  # fmt: skip
        assert part in words, part
