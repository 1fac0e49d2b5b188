import pytest
from frames import a_model, models

from advisor.estimate.model_size import with_inner_size


def inner(**facts) -> dict:
    return with_inner_size(models(a_model("a", **facts))).row(0, named=True)


def test_the_embedding_table_is_taken_off():
    row = inner(n_parameters=278_000_000, n_embedding_parameters=192_000_000)
    assert (row["inner_lo"], row["inner"], row["inner_hi"]) == (86e6, 86e6, 86e6)


def test_of_a_mixture_only_the_active_experts_count():
    row = inner(kind="decoder", n_parameters=46_700_000_000, n_active_parameters=12_900_000_000)
    assert row["read_per_token"] == 12.9e9
    assert row["inner"] < 12.9e9


def test_an_encoder_that_does_not_say_has_wide_ends():
    row = inner(n_parameters=278_000_000)
    assert row["inner_lo"] < 87e6 < row["inner_hi"]
    assert row["inner_lo"] < row["inner"] < row["inner_hi"]


@pytest.mark.parametrize(
    ("name", "total", "table"),
    [
        ("Qwen3-0.6B", 596e6, 155.6e6),
        ("Qwen2.5-1.5B", 1543e6, 233e6),
        ("Mistral-7B", 7242e6, 131e6),
    ],
)
def test_a_decoders_table_is_guessed_so_that_its_inner_size_is_near(name, total, table):
    row = inner(kind="decoder", n_parameters=int(total))
    assert row["inner"] == pytest.approx(total - table, rel=0.12), name
    assert row["inner_lo"] <= total - table <= row["inner_hi"] * 1.001


def test_an_unknown_size_stays_unknown():
    row = inner(n_parameters=None)
    assert row["inner"] is None
    assert row["inner_lo"] is None
    assert row["inner_hi"] is None


def test_a_table_as_large_as_the_model_is_not_believed():
    row = inner(n_parameters=100, n_embedding_parameters=100)
    assert row["inner"] == pytest.approx(74.0)
