"""Regenerate the six transcripts beside this file: `make examples`."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from advisor import recommend
from advisor.render import text

HERE = Path(__file__).resolve().parent
QUESTIONS = {
    "1-faq-retrieval": (
        "English FAQ retrieval for RAG, under 15 ms on CPU with at most 150M parameters",
    ),
    "2-german-tickets": (
        "Sort German support tickets into 12 queues; we have 300 labelled tickets",
    ),
    "3-duplicate-titles": ("Find duplicate product titles; 8 GB of RAM, no GPU",),
    "4-grade-school-maths": ("Solve grade-school maths word problems",),
    "5-code-generation": ("Generate Python code; we need a licence that allows commercial use",),
    "6-credit-default": (
        "Predict credit default from a table of customers; an auditor must understand each decision",
    ),
}


def transcript(words: tuple[str, ...]) -> str:
    """What a user sees: the command, and the screen at 100 columns without colour."""
    command = [str(Path(sys.executable).with_name("advisor")), "recommend", "--task", *words]
    # Nobody's own runs: the transcripts are what a new user sees.
    environment = os.environ | {"COLUMNS": "100", "NO_COLOR": "1", "ADVISOR_OWN": os.devnull}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    shown = " ".join(f'"{word}"' if " " in word else word for word in ["advisor", *command[1:]])
    return f"$ {shown}\n{done.stdout}"


def picture(task: str) -> str:
    """The same screen with its colours, as SVG."""
    screen = text.render(recommend(task), width=100, colour=True)
    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(screen))
    return console.export_svg(title="advisor recommend", unique_id="advisor")


def main() -> None:
    """Write one file per question, and a picture of the first for the front page."""
    for name, words in QUESTIONS.items():
        (HERE / f"{name}.txt").write_text(transcript(words), encoding="utf-8")
    (HERE / "1-faq-retrieval.svg").write_text(
        picture(QUESTIONS["1-faq-retrieval"][0]), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
