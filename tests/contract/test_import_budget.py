"""What starting up may import. A subprocess each, because this process has imported everything."""

import subprocess
import sys

import pytest

HEAVY = {
    "sklearn",
    "xgboost",
    "torch",
    "transformers",
    "mteb",
    "lm_eval",
    "plotly",
    "streamlit",
    "pandas",
    "scipy",
    "yaml",
    "pyarrow",
}


def imported(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    return set(
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
    )


@pytest.mark.parametrize(
    ("statement", "also_banned"),
    [
        ("import advisor", {"polars", "numpy", "pydantic", "typer", "rich", "orjson"}),
        ("import advisor.cli", {"polars", "numpy", "pydantic", "rich", "orjson"}),
        ("from advisor.render import json, markdown", {"polars", "numpy", "rich"}),
        ("from advisor.render import text", {"polars", "numpy"}),
        ("from advisor.recommend import api", {"rich", "typer"}),
    ],
)
def test_a_light_import_stays_light(statement, also_banned):
    assert not imported(statement) & (HEAVY | also_banned)
