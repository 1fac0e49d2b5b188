"""A language model asked about rows in words, some labelled rows of the training part as examples."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from bench.harness.answers import open_answerer
from bench.harness.tabular_prompt import chosen, number, prompt, question, sentence, shown
from bench.measure.generation import generation_readings
from bench.measure.memory import MemoryWatch, peak_bytes
from bench.rows import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from bench.harness.answers import Answer, Answerer
    from bench.harness.tabular_columns import Features
    from bench.harness.tabular_methods import Setup
    from bench.harness.tabular_table import Table

    Floats = NDArray[np.float64]

_NUMBER_TOKENS: Final = 24


@dataclass(kw_only=True)
class Prompted:
    """A language model behind a server, or loaded here, that is shown labelled rows."""

    answerer: Answerer
    table: Table
    target: str
    shots: int
    asked_rows: int | None
    timed_apart: bool = False
    latency_s: dict[int, float] = field(default_factory=dict)
    """By row of the table."""
    runtime_bytes: int = 0
    """Peak memory before the model was loaded."""
    _asked: list[tuple[float | None, float, int | None, int | None]] = field(default_factory=list)
    _read: list[bool] = field(default_factory=list)
    _stated: list[bool] = field(default_factory=list)

    @classmethod
    def open(cls, model: str, options: Mapping[str, Any], table: Table) -> Prompted:
        """Reach or load the model.

        Raises: BadInput: no such model; Unreachable, MissingExtra: server, key, weights or package not here.
        """
        said = options.get("settings", {})
        runtime = peak_bytes()
        answerer = open_answerer(model, threads=int(options.get("threads", 1)))
        return cls(
            answerer=answerer, table=table, target=str(options["target"]), shots=int(said.get("shots", 8)),
            asked_rows=int(said.get("limit", 300)), runtime_bytes=runtime,
        )  # fmt: skip

    @property
    def model_id(self) -> str:
        """The server's name for it, or the Hub's."""
        return self.answerer.model_id

    @property
    def revision(self) -> str:
        """As far as the model says it."""
        return self.answerer.revision

    @property
    def precision(self) -> str:
        """Of the weights, where known."""
        return self.answerer.precision

    @property
    def n_shot(self) -> int:
        """Labelled rows in the prompt."""
        return self.shots

    def fit(self, train: Features, target: NDArray[Any], setup: Setup) -> Asked:
        """Choose the labelled rows to show."""
        places = chosen(target, setup.n_classes, self.shots, setup.seed)
        frame, labels = self.table.frame, self.table.labels
        answers = [labels[int(t)] if labels else shown(float(t)) for t in target[places]]
        rows = [frame.row(int(r), named=True) for r in train.rows[places]]
        shots = [(sentence(row), answer) for row, answer in zip(rows, answers, strict=True)]
        return Asked(learner=self, shots=shots, usual=float(np.median(target)))

    def model(self, fitted: Asked) -> dict[str, Any]:
        """What the server or the weights tell of it."""
        del fitted
        return {
            "kind": self.answerer.kind, "family": "language model", "n_parameters": self.answerer.n_parameters,
            "context_tokens": self.answerer.context_tokens,
        }  # fmt: skip

    def facts(
        self, fitted: Asked, train: Features, held_out: Features, said: Floats, seed: int
    ) -> dict[str, Any]:
        """The last fold's whole prompt for its first row, so that a reader sees what was asked."""
        del train, said, seed
        row = self.table.frame.row(int(held_out.rows[0]), named=True)
        return {"n_shot": len(fitted.shots), "example_prompt": fitted.words(row)}

    def readings(self) -> list[Reading]:
        """Share of answers that could be read, latency and tokens of single requests; memory of a model loaded here."""
        n = len(self._read)
        value = float(np.mean(self._read))
        half = 1.96 * (value * (1 - value) / n) ** 0.5
        found = [
            Reading(
                metric="answered", value=value, lo=max(0.0, value - half), hi=min(1.0, value + half), n=n,
                method="share of answers; normal interval",
            )
        ]  # fmt: skip
        timed = generation_readings(self._asked, warm_up=min(1, n - 1))
        here = self.answerer.kind == "decoder"
        return [*found, *timed, *(MemoryWatch().readings(self.runtime_bytes) if here else [])]

    def warnings(self) -> list[str]:
        """Rows not asked about, answers without probabilities, and what the model's own side says."""
        n_all, said = len(self.table.target), []
        if len(self._read) < n_all:
            said.append(f"asked about {len(self._read):,} of {n_all:,} rows, drawn from every fold")
        if self.table.labels and not all(self._stated):
            said.append(
                "the model did not tell probabilities: each answer counts as certain, so roc_auc rests on bare "
                "answers and log_loss, brier_score and calibration say little"
            )  # fmt: skip
        return [*said, *self.answerer.warnings()]

    def heard(self, row: int, answer: Answer, *, read: bool, stated: bool) -> None:
        """Note one answer."""
        self.latency_s[row] = answer.latency_s
        self._asked.append(
            (answer.ttft_s, answer.latency_s, answer.input_tokens, answer.output_tokens)
        )
        self._read.append(read)
        self._stated.append(stated)


@dataclass(kw_only=True)
class Asked:
    """A language model with the rows that it is shown."""

    learner: Prompted
    shots: list[tuple[str, str]]
    usual: float
    """The training rows' median, for a number that cannot be read."""

    def words(self, row: Mapping[str, Any]) -> str:
        """The whole prompt for a row."""
        asked = question(self.learner.target, self.learner.table.labels)
        return f"{asked}\n\n{prompt(self.shots, sentence(row))}"

    def predict(self, given: Features) -> Floats:
        """Probabilities [n_rows, n_classes], NaN where no label could be read; or numbers [n_rows]."""
        table = self.learner.table
        said = [
            self._one(int(row), table.frame.row(int(row), named=True), table.labels)
            for row in given.rows
        ]
        return np.array(said, dtype=np.float64)

    def _one(self, row: int, cells: Mapping[str, Any], labels: tuple[str, ...]) -> Any:
        if not labels:
            answer = self.learner.answerer.answer(
                self.words(cells), max_tokens=_NUMBER_TOKENS, stop=["\n"]
            )
            found = number(answer.text)
            self.learner.heard(row, answer, read=found is not None, stated=False)
            return self.usual if found is None else found
        answer = self.learner.answerer.answer(self.words(cells), labels=labels)
        stated = answer.probabilities
        self.learner.heard(row, answer, read=answer.label is not None, stated=stated is not None)
        if answer.label is None:
            return [np.nan] * len(labels)
        if stated is not None:
            given = np.array([max(0.0, stated.get(name, 0.0)) for name in labels])
            if given.sum() > 0 and labels[int(given.argmax())] == answer.label:
                return given / given.sum()
        return [float(name == answer.label) for name in labels]
