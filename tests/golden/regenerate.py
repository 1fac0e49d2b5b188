"""Write the golden files anew: `make golden`, then review the diff."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import builders

from advisor.render import json, markdown, schema, text

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
ANSWERS = {
    "model": builders.a_recommendation,
    "tie": builders.a_tie,
    "cannot_tell": builders.a_cannot_tell,
    "none_feasible": builders.a_none_feasible,
}
SCHEMA = HERE.parents[1] / "data" / "recommendation.schema.json"


def golden_files() -> Iterator[tuple[Path, str]]:
    """Each golden file and what the code writes today."""
    for name, build in ANSWERS.items():
        answer = build()
        yield HERE / f"{name}.80.txt", text.render(answer, width=80)
        yield HERE / f"{name}.120.txt", text.render(answer, width=120)
        yield HERE / f"{name}.md", markdown.render(answer)
        yield HERE / f"{name}.json", json.render(answer)
    yield SCHEMA, schema.schema_text()


if __name__ == "__main__":
    for path, content in golden_files():
        path.write_text(content, encoding="utf-8")
        print(path.relative_to(HERE.parents[1]))
