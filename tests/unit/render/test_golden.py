"""The rendered answers, byte for byte. A wanted change is made by `make golden` and read as a diff."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FILES = list(runpy.run_path(str(ROOT / "tests" / "golden" / "regenerate.py"))["golden_files"]())


@pytest.mark.parametrize(("path", "content"), FILES, ids=[path.name for path, _ in FILES])
def test_a_rendered_answer_is_the_golden_one(path, content):
    assert content == path.read_text(encoding="utf-8"), (
        f"{path.name} changed; if meant, run `make golden`"
    )


def test_no_golden_file_is_left_over():
    there = {
        path.name
        for path in (ROOT / "tests" / "golden").iterdir()
        if path.suffix in {".txt", ".md", ".json"}
    }
    assert there == {path.name for path, _ in FILES} - {"recommendation.schema.json"}
