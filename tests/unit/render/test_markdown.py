import builders
import pytest

from advisor.render import markdown


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "a|b", "[red]evil[/red]", "\x1b[31mred", "*bold*"]
)
def test_a_hostile_name_neither_breaks_a_table_nor_becomes_markup(name):
    answer = builders.a_recommendation(
        verdict=builders.a_verdict(model_id=name, sentence=f"Use {name}."),
        ranked=[builders.a_ranked(name, license=name)],
        size_ladder=[builders.a_rung(name, 1_000_000)],
        profile=builders.a_profile(text=name, read_from={"languages": name}),
    )
    report = markdown.render(answer)
    assert "<" not in report
    assert "\x1b" not in report
    for row in (line for line in report.splitlines() if line.startswith("|")):
        bars = row.replace("\\|", "").count("|")
        assert bars in {4, 7, 10}, row


def test_the_report_says_what_the_screen_says():
    answer = builders.a_recommendation()
    report = markdown.render(answer)
    for part in (
        answer.verdict.sentence,
        answer.profile.text,
        "Qwen/Qwen3-Embedding-8B",
        "8.1 points",
        "57 of 412",
    ):
        assert part in report
