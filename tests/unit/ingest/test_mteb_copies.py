from collections.abc import Sequence

import polars as pl

from advisor.ingest.mteb_copies import find_copies


def table(**models: Sequence[float | None]) -> pl.DataFrame:
    rows = [
        (name, f"t{n}", value) for name, values in models.items() for n, value in enumerate(values)
    ]
    return pl.DataFrame(rows, schema=["model_id", "task_id", "value"], orient="row").drop_nulls()


def test_a_copy_agrees_on_nearly_all_shared_tasks_and_a_close_rival_does_not() -> None:
    base = [n / 20 for n in range(12)]
    scores = table(
        a=base,
        copy=[*base[:11], 0.99],
        rival=[value + 0.001 for value in base],
        few=[*base[:9], *[None] * 3],
    )
    assert find_copies(scores).rows() == [("a", "copy", 12, 11)]
    of_few = find_copies(scores, min_shared=9).filter(pl.col("copy_of") == "few")
    assert of_few["model_id"].to_list() == ["a", "copy"]


def test_no_copies_is_an_empty_table() -> None:
    assert find_copies(table(a=[0.1] * 12, b=[0.2] * 12)).is_empty()
