"""What is wrong with small, real-looking tables, and files that are no tables at all."""

from __future__ import annotations

import math
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.core.errors import BadInput
from advisor.core.profile import TaskProfile
from advisor.recommend import api
from advisor.render import table_facts
from advisor.understand import Catalogue, read_data
from advisor.understand.table import read_table_task

OPENINGS = {
    "billing": ["the invoice of march was charged twice on my card", "why is the bill higher than last month"],
    "shipping": ["the parcel did not arrive and nobody answered the phone", "your courier left it with a neighbour"],
    "account": ["i cannot log in since you sent the new password", "please change the address of my account"],
}  # fmt: skip


def ticket_rows(n=60):
    names = list(OPENINGS)
    return [
        {
            "ticket_id": f"T-{1000 + i}",
            "message": f"{OPENINGS[names[i % 3]][i % 2]}, order {7 * i}",
            "opened_by": ["web", "phone", "mail", "web"][i % 4],
            "queue": names[i % 3],
        }
        for i in range(n)
    ]


def profile_of(rows, tmp_path, name="tickets.csv", **options):
    path = tmp_path / name
    pl.DataFrame(rows).write_csv(path)
    return read_table_task(path, **options)


def test_a_clean_table_has_nothing_to_complain_of_but_its_id(tmp_path):
    profile = profile_of(ticket_rows(), tmp_path)
    facts = profile.table
    assert (facts["kind"], facts["rows"], facts["target"]) == ("text", 60, "queue")
    assert facts["text_columns"] == ["message"]
    assert facts["id_like_columns"] == ["ticket_id"]
    assert facts["leakage_suspects"] == []
    assert (facts["repeated_inputs"], facts["conflicting_rows"], facts["empty_texts"]) == (0, 0, 0)
    assert (facts["n_classes"], facts["balance"], facts["smallest_class"]) == (3, 1.0, 20)
    assert facts["language_shares"] == ["eng 100%"]
    assert [w for w in profile.warnings if "ticket_id" not in w] == []


def test_lengths_are_those_of_the_texts(tmp_path):
    rows = ticket_rows()
    facts = profile_of(rows, tmp_path).table
    lengths = sorted(len(row["message"]) for row in rows)
    assert facts["longest_characters"] == lengths[-1]
    assert facts["median_characters"] == (lengths[29] + lengths[30]) / 2
    below = sum(n < facts["p95_characters"] for n in lengths)
    up_to = sum(n <= facts["p95_characters"] for n in lengths)
    assert below <= 0.95 * 60 <= up_to + 1


def test_one_text_under_two_classes_is_a_contradiction_and_a_copy_a_repeat(tmp_path):
    rows = ticket_rows()
    rows.append(rows[0] | {"ticket_id": "T-1", "queue": "shipping"})
    rows.append(rows[1] | {"ticket_id": "T-2", "message": rows[1]["message"].upper() + " "})
    profile = profile_of(rows, tmp_path)
    assert profile.table["repeated_inputs"] == 2
    assert profile.table["conflicting_rows"] == 2
    assert any(
        w.startswith("2 rows have the same input as a row with another") for w in profile.warnings
    )
    assert any("2 rows repeat the input of another row" in w for w in profile.warnings)


def test_a_text_that_names_its_own_class_gives_it_away(tmp_path):
    rows = [row | {"message": f"[{row['queue']}] {row['message']}"} for row in ticket_rows()]
    profile = profile_of(rows, tmp_path)
    assert profile.table["leakage_suspects"] == ["message"]
    assert "'message' may give 'queue' away" in profile.warnings[0]


def test_a_code_for_the_class_gives_it_away_and_a_mere_habit_does_not(tmp_path):
    code = {"billing": "Q7", "shipping": "Q2", "account": "Q9"}
    rows = [row | {"routed_to": code[row["queue"]]} for row in ticket_rows()]
    order = ["ticket_id", "message", "opened_by", "routed_to", "queue"]
    rows = [{key: row[key] for key in order} for row in rows]
    assert profile_of(rows, tmp_path).table["leakage_suspects"] == ["routed_to"]
    for i, row in enumerate(rows):
        row["routed_to"] = "Q7" if i % 5 == 0 else row["routed_to"]
    assert profile_of(rows, tmp_path).table["leakage_suspects"] == []


def test_balance_is_the_entropy_of_the_classes(tmp_path):
    rows = [row for row in ticket_rows(120) if row["queue"] != "account"][:40]
    rows += [
        row | {"message": f"again {row['message']}"} for row in rows if row["queue"] == "billing"
    ]
    rows += [row for row in ticket_rows(150)[-30:] if row["queue"] == "account"][:5]
    facts = profile_of(rows, tmp_path).table
    counts = [sum(row["queue"] == name for row in rows) for name in OPENINGS]
    shares = [n / sum(counts) for n in counts]
    assert facts["balance"] == pytest.approx(
        -sum(p * math.log(p) for p in shares) / math.log(3), abs=1e-4
    )
    assert (facts["small_classes"], facts["smallest_class"]) == (1, 5)


def test_row_numbers_are_ids_and_measurements_are_not(tmp_path):
    rows = [
        {"": i, "customer_id": 90_000 + 17 * i, "income": 1000 + 37 * i * i % 9_973, "rate": i / 7, "default": "yes" if i * 7 % 10 < 4 else "no"}
        for i in range(200)
    ]  # fmt: skip
    profile = profile_of(rows, tmp_path, "loans.csv")
    assert profile.table["id_like_columns"] == ["column_1", "customer_id"]
    assert profile.table["kind"] == "tabular"
    assert "median_characters" not in profile.table


def test_numbers_with_gaps_are_numbers(tmp_path):
    path = tmp_path / "prices.csv"
    lines = [f"{50 + 3 * i % 97},{['NA', '?', f'{i / 3:.3f}'][i % 3] if i % 9 < 2 else f'{i / 3:.3f}'},{1000 + i * 13.7:.2f}" for i in range(90)]  # fmt: skip
    path.write_text("area,distance,price\n" + "\n".join(lines) + "\n", encoding="utf-8")
    profile = read_table_task(path)
    assert profile.task_family == "tabular-regression"
    gaps = sum(line.split(",")[1] in {"NA", "?"} for line in lines)
    assert profile.table["missing_share"] == pytest.approx(gaps / 270, abs=1e-4)
    assert "distance" in profile.table["leakage_suspects"]


def test_none_among_words_stays_a_class(tmp_path):
    rows = [
        row | {"queue": "none" if row["queue"] == "account" else row["queue"]}
        for row in ticket_rows()
    ]
    assert profile_of(rows, tmp_path).table["classes"] == ["billing", "none", "shipping"]


def test_a_table_is_held_against_the_measured_tasks_nearest_to_it(tmp_path):
    path = tmp_path / "tickets.csv"
    pl.DataFrame(ticket_rows()).write_csv(path)
    snapshot = api.open_snapshot()
    profile = read_data(path, catalogue=Catalogue(snapshot.scan))
    beside = profile.table["compared_with"]
    assert [words.split(" (")[0] for words in beside] == [n.task_id for n in profile.neighbours[:3]]
    tasks = snapshot.table("tasks")
    for words, near in zip(beside, profile.neighbours, strict=False):
        row = tasks.row(by_predicate=pl.col("task_id") == near.task_id, named=True)
        assert f"alike {near.similarity:.2f}" in words
        assert f"{row['n_models']} models measured" in words
        assert f"{row['n_items']:,} items" in words


def test_a_data_file_is_asked_about_by_its_path_and_target(tmp_path):
    path = tmp_path / "my tickets of the last two quarters.csv"
    pl.DataFrame(ticket_rows()).write_csv(path)
    answer = api.recommend(Path(path), target="opened_by")
    assert answer.profile.source == "table"
    assert answer.profile.table["target"] == "opened_by"
    assert answer.ranked
    with pytest.raises(BadInput, match="--target: names a column of a table"):
        api.recommend("sort English support tickets into queues", target="queue")
    with pytest.raises(BadInput, match="does not end like a table"):
        api.recommend(tmp_path / "tickets.docx")


def test_what_was_found_is_said_in_a_few_lines(tmp_path):
    shown = dict(table_facts.lines(profile_of(ticket_rows(), tmp_path).table))
    assert shown["your table"] == "60 rows of 4 columns, 'queue' asked for from text in 'message'"
    assert shown["classes"].startswith(
        "3 (account, billing, shipping); the largest 33% of the rows"
    )
    assert "'ticket_id' names the row: an id" in shown["checks"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,a\n1,2\n3,4\n", "two columns called 'a'"),
        ("text,label\nhello,1\nyou,2\n".encode("utf-16"), "is UTF-16; save it as UTF-8"),
        (b"text,label\n" + b'"' + b"x" * 200_000 + b'",1\nb,2\n', "a field of more than 131,072 characters from line 2 on"),
        (b'text,label\n"never closed,1\n' + b"some words here,2\n" * 3_000, "opens a quotation mark in line 2"),
        (b"a,label\n" + b"1,2\n" * 3_000 + b"1,2,3\n", "line 3002 has 3 fields, its header 2"),
        (b"text^label\n" + b"some words here^1\n" * 9, "Is the separator one of"),
        (bytes(range(1, 256)) * 40, "is not UTF-8"),
        (b"\n\n\n", "cannot be read as csv"),
        (b"x" * 3_000_000, "characters from line 1 on"),
    ],
)  # fmt: skip
def test_a_faulty_file_is_one_clear_line(content, message, tmp_path):
    path = tmp_path / "faulty.csv"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=message) as caught:
        read_table_task(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1_000


cell = st.text(alphabet='ab ,;"\n\t|0123.-é中', max_size=12)
lines_of = st.lists(st.lists(cell, min_size=1, max_size=4).map(",".join), max_size=30).map(
    "\n".join
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    content=st.one_of(st.binary(max_size=400), lines_of.map(str.encode)),
    ending=st.sampled_from(["csv", "tsv", "jsonl", "parquet"]),
)
def test_whatever_a_file_holds_it_is_a_profile_or_one_line(tmp_path, content, ending):
    path = tmp_path / f"any.{ending}"
    path.write_bytes(content)
    try:
        found = read_table_task(path)
    except BadInput as error:
        found = error
    if isinstance(found, BadInput):
        assert "\n" not in str(found)
    else:
        assert isinstance(found, TaskProfile)
        assert table_facts.lines(found.table)
