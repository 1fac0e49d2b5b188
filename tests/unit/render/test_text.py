"""What the screen must never do: overflow, miscolour, obey a model's name, or hide an unknown."""

import re

import builders
import pytest
from rich.cells import cell_len

from advisor.render import text

ANSWERS = [
    builders.a_recommendation,
    builders.a_tie,
    builders.a_cannot_tell,
    builders.a_none_feasible,
]
EVIL = [
    "[red]evil[/red]",
    "\x1b[31mred\x1b[0m",
    "<script>alert(1)</script>",
    ":smile:",
    "a" * 90,
    "名前" * 30,
]


@pytest.mark.parametrize("build", ANSWERS)
@pytest.mark.parametrize("width", [1, 40, 41, 53, 71, 72, 80, 97, 120, 400])
def test_no_line_is_wider_than_the_terminal(build, width):
    widest = max(cell_len(line) for line in text.render(build(), width=width).splitlines())
    assert widest <= min(max(width, text.NARROWEST), text.WIDEST)


@pytest.mark.parametrize("build", ANSWERS)
def test_the_verdict_comes_first(build):
    answer = build()
    assert " ".join(text.render(answer, width=120).split()).startswith(answer.verdict.sentence)


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_hostile_model_name_is_shown_as_words(name, width):
    rung = builders.a_rung(name, 33_400_000)
    answer = builders.a_recommendation(
        verdict=builders.a_verdict(model_id=name, sentence=f"Use {name}."),
        ranked=[builders.a_ranked(name, reasons=[name], flags=[name], license=name)],
        size_ladder=[rung],
        profile=builders.a_profile(text=name, domain=name, read_from={"domain": name}),
        warnings=[name],
    )
    shown = text.render(answer, width=width)
    assert "\x1b" not in shown
    assert max(cell_len(line) for line in shown.splitlines()) <= width
    if name.startswith(("[", "<", ":")):
        assert name in shown


def test_colour_is_there_when_asked_for_and_only_then():
    answer = builders.a_recommendation()
    coloured = text.render(answer, width=80, colour=True)
    assert "\x1b[" in coloured
    without = "".join(
        line.rstrip() + "\n" for line in re.sub(r"\x1b\[[0-9;]*m", "", coloured).splitlines()
    )
    assert without == text.render(answer, width=80)


def test_an_unknown_fact_is_a_question_mark_and_never_zero():
    unknown = builders.a_ranked(
        "org/new", license=None, n_parameters=None, downloads_30d=None, efficiency={}
    )
    answer = builders.a_recommendation(ranked=[builders.a_ranked(), unknown])
    (row,) = [
        line
        for line in text.render(answer, width=120).splitlines()
        if line.startswith("    org/new")
    ]
    assert row.split() == ["org/new", "?", "~51.2", "48.8–53.6", "86%", "?", "?", "?", "?"]


def test_predicted_numbers_carry_a_tilde_and_measured_ones_do_not():
    measured = builders.a_ranked("a/measured", estimate=builders.a_score(0.5, basis="measured"))
    shown = text.render(
        builders.a_recommendation(ranked=[measured, builders.a_ranked("a/predicted")]), width=80
    )
    rows = {
        name: line
        for line in shown.splitlines()
        for name in ("a/measured", "a/predicted")
        if f"  {name}" in line
    }
    assert " 50.0 " in rows["a/measured"]
    assert " ~51.2 " in rows["a/predicted"]


def test_a_pick_that_is_not_the_best_of_its_class_gets_its_own_rung():
    shown = text.render(builders.a_recommendation(), width=80).splitlines()
    rungs = [line for line in shown if "█" in line or "░" in line]
    # 0.512 of the best rung's 0.593, counted by hand.
    assert "86%  BAAI/bge-small-en-v1.5 ◂ pick" in rungs[1]
    assert "◂ pick" not in "".join(rungs[2:])


def test_models_outside_the_limits_are_told_apart_without_colour():
    shown = text.render(builders.a_recommendation(), width=80)
    assert "░ outside your limits" in shown
    (rung,) = [line for line in shown.splitlines() if line.startswith("  6B and over")]
    assert "█" not in rung


def test_a_narrow_terminal_says_which_columns_it_leaves_out():
    assert "a wider terminal also shows memory, licence, downloads" in text.render(
        builders.a_recommendation(), width=80
    )
    assert "a wider terminal" not in text.render(builders.a_recommendation(), width=120)


def test_explained_answers_trace_the_numbers_to_rows_and_sources():
    shown = text.render(builders.a_tie(), width=120)
    assert (
        "1           GiveMeSomeCredit (similarity 0.71): roc_auc 0.8512, source tabarena" in shown
    )
    assert "tabarena: https://github.com/autogluon/tabarena, commit 84093d6f, apache-2.0" in shown
    assert "predicted from other models on this task, 112 evidence rows" in shown
    assert "Evidence" not in text.render(builders.a_recommendation(), width=120)


def test_the_profile_alone_shows_words_and_options():
    profile = builders.a_profile(
        read_from={"constraints.max_parameters": "--max-params 150M", "languages": "English"}
    )
    shown = text.profile(profile, width=100)
    assert "size        at most 150M parameters ← --max-params 150M" in shown
    assert "language    English (eng) ← “English”" in shown


def test_the_receipt_says_what_the_rule_lost_on_held_out_questions():
    shown = " ".join(text.render(builders.a_recommendation(), width=120).split())
    assert (
        "on 61 held-out retrieval questions of at most 200M parameters this rule's pick was 1.62 points below"
        in shown
    )
    assert (
        "(median 0.41, the biggest model 5.93, the leader by mean 2.24); its 90% intervals held 90%"
        in shown
    )
    assert "this snapshot holds no backtest" in text.render(
        builders.a_recommendation(receipt={}), width=120
    )
