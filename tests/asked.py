"""Answers of the shipped snapshot that several tests draw: asked once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from advisor.figures.chart import MOST_MODELS, Wanted
from advisor.recommend import api
from advisor.tables import snapshot
from advisor.tables.locate import shipped_folder

if TYPE_CHECKING:
    from advisor.core.recommendation import Recommendation

QUESTIONS = {
    "model": (
        "English FAQ retrieval for RAG, under 15 ms on CPU with at most 150M parameters",
        {},
    ),
    "free": ("find the right FAQ answer", {}),
    "language model": ("Generate Python code; we need a licence that allows commercial use", {}),
    "cannot tell": ("Solve grade-school maths word problems", {}),
    "none feasible": ("find the right FAQ answer", {"max_memory": "1MB"}),
    "table": ("predict churn from a table of customers", {}),
    "interpretable": (
        "Predict credit default from a table of customers; an auditor must understand each decision",
        {},
    ),
    "named task": ("Banking77Classification", {}),
    "as of": ("find the right FAQ answer", {"as_of": "2024-06-30"}),
}


@cache
def the_snapshot() -> snapshot.Snapshot:
    return snapshot.load(shipped_folder())


@cache
def answer(name: str) -> Recommendation:
    words, options = QUESTIONS[name]
    return api.recommend(words, snapshot=the_snapshot(), top=MOST_MODELS, **options)


def wanted(name: str, **more: object) -> Wanted:
    return Wanted(answer=answer(name), **more)
