"""Models that a table is put to in other ways: pretrained ones by stand-ins, language models by rules and a server."""

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest
from faulty_server import faulty
from sklearn.neighbors import KNeighborsClassifier

from advisor.core.errors import Unreachable
from bench.data_file import data_hash
from bench.harness.answers import Answer
from bench.harness.tabular import TabularHarness
from bench.harness.tabular_models import settings
from bench.harness.tabular_prompt import chosen, number, sentence
from bench.protocol import Job
from bench.work import run_job

FIXTURES = Path(__file__).parents[2] / "fixtures" / "tabular"
TARGETS = {"blood": "donated", "creditg": "class", "penguins": "species", "abalone_600": "rings"}


def job(name, model, file=None, **options):
    file = file or FIXTURES / f"{name}.parquet"
    said = {
        "data": str(file), "data_hash": data_hash(file), "target": TARGETS[name], "folds": 3, "measure_s": 0,
        "kind": "regression" if name.startswith("abalone") else "auto",
        "settings": settings(model, shots=4, limit=30), **options,
    }  # fmt: skip
    return Job(harness="tabular", model=model, task=name, options=said)


def run(name, model, **options):
    return TabularHarness().run(job(name, model, **options))


def value(measured, metric, subset=None):
    rows = measured.rows.filter(pl.col("metric") == metric)
    wanted = subset or rows["subset"][0]
    return rows.filter(pl.col("subset") == wanted)["value"].item()


# What is not installed, by stand-ins: nothing is claimed of the quality of the real ones.


@pytest.mark.parametrize("package", ["tabpfn", "tabicl"])
def test_a_package_that_is_not_there_is_not_run_with_the_command_that_installs_it(package):
    outcome = run_job(job("penguins", package))
    assert outcome.status == "not_run"
    assert outcome.reason == f"{package} is not installed; run: pip install {package}"


class StandIn(KNeighborsClassifier):
    """Takes what TabPFN's classifier takes."""

    def __init__(self, **said):
        super().__init__(n_neighbors=5)
        self.said = said

    def fit(self, inputs, target):
        return super().fit(np.nan_to_num(inputs), target)

    def predict_proba(self, inputs):
        return super().predict_proba(np.nan_to_num(inputs))


def stand_in(monkeypatch, **classes):
    module = ModuleType("tabpfn")
    module.__version__ = "0.0"
    for name, made in classes.items():
        setattr(module, name, made)
    monkeypatch.setitem(sys.modules, "tabpfn", module)


def test_a_pretrained_model_is_given_the_training_rows_and_its_categorical_columns(monkeypatch):
    seen = []

    class Watched(StandIn):
        def fit(self, inputs, target):
            seen.append((self.said, inputs.shape, set(target.tolist())))
            return super().fit(inputs, target)

    stand_in(monkeypatch, TabPFNClassifier=Watched)
    measured = run("penguins", "tabpfn")
    said, shape, classes = seen[0]
    # penguins: 5 numbers, then island and sex
    assert said["categorical_features_indices"] == [5, 6]
    assert (said["random_state"], shape[1], classes) == (0, 7, {0, 1, 2})
    assert measured.model["kind"].item() == "tabular_foundation"
    assert value(measured, "accuracy") > 0.6


def test_weights_that_cannot_be_fetched_are_not_run_with_the_reason(monkeypatch):
    class Offline(StandIn):
        def fit(self, inputs, target):
            raise OSError("no route to the hub")

    stand_in(monkeypatch, TabPFNClassifier=Offline)
    outcome = run_job(job("penguins", "tabpfn"))
    assert (outcome.status, outcome.reason) == (
        "not_run", "tabpfn: its weights could not be loaded (no route to the hub)",
    )  # fmt: skip
    with pytest.raises(Unreachable, match="no model for this kind of target"):
        run("abalone_600", "tabpfn")


class Parrot:
    """Answers by a rule on the last row of the prompt; tells probabilities or not."""

    model_id, revision, precision, kind = "toy", "1", "unknown", "api"
    n_parameters, context_tokens = None, None

    def __init__(self, rule, *, tells=True):
        self.rule, self.tells, self.seen = rule, tells, []

    def answer(self, prompt, *, system=None, labels=None, max_tokens=64, stop=()):
        self.seen.append((prompt, labels))
        said = self.rule(prompt.rsplit("\n\n", 1)[-1])
        stated = (
            {name: 0.9 if name == said else 0.1 / (len(labels) - 1) for name in labels}
            if labels
            else None
        )
        return Answer(
            text=said, label=said if labels and said in labels else None,
            probabilities=stated if self.tells and labels and said in labels else None,
            latency_s=0.25, ttft_s=None, input_tokens=9, output_tokens=1,
        )  # fmt: skip

    def warnings(self):
        return []


def prompted(monkeypatch, rule, name="penguins", *, tells=True, **options):
    parrot = Parrot(rule, tells=tells)
    monkeypatch.setattr("bench.harness.tabular_prompted.open_answerer", lambda *_a, **_k: parrot)
    said = {"settings": {"shots": 4, "limit": 30}, **options}
    return parrot, run(name, "openai:http://here/v1#toy", **said)


def by_island(asked):
    return {"Biscoe": "Gentoo", "Dream": "Chinstrap"}.get(
        next((i for i in ("Biscoe", "Dream") if f"The island is {i}." in asked), ""), "Adelie"
    )


def test_a_language_model_is_shown_rows_in_words_and_is_scored_like_the_rest(monkeypatch):
    parrot, measured = prompted(monkeypatch, by_island)
    prompt, labels = parrot.seen[0]
    assert list(labels) == ["Adelie", "Chinstrap", "Gentoo"]
    assert prompt.startswith("What is the species? Answer with one of: Adelie, Chinstrap, Gentoo.")
    assert prompt.count("Answer:") == 5
    assert prompt.endswith("\nAnswer:")
    frame = pl.read_parquet(FIXTURES / "penguins.parquet")
    items = measured.items
    assert items.height == len(parrot.seen) == 30
    island = frame["island"].to_list()
    expected = [by_island(f"The island is {island[int(i)]}.") for i in items["item_id"]]
    assert items["prediction"].to_list() == expected
    truth = frame["species"].to_list()
    right = [truth[int(i)] == said for i, said in zip(items["item_id"], expected, strict=True)]
    assert items["value"].to_list() == [float(r) for r in right]
    assert (value(measured, "answered"), value(measured, "latency_p50_s")) == (1.0, 0.25)
    assert measured.rows["n_shot"].unique().to_list() == [4]
    assert any("asked about 30 of 344 rows" in w for w in measured.warnings)


def test_shown_rows_are_of_every_class_and_never_held_out(monkeypatch):
    parrot, _ = prompted(monkeypatch, by_island)
    shown = {
        part.split("\nAnswer:")[0]
        for prompt, _ in parrot.seen
        for part in prompt.split("\n\n")[1:-1]
    }
    answers = {
        prompt.split("\n\n")[n].split("Answer: ")[1]
        for prompt, _ in parrot.seen[:1]
        for n in range(1, 5)
    }
    assert answers == {"Adelie", "Chinstrap", "Gentoo"}
    per_fold = [
        {part for prompt, _ in parrot.seen[10 * f : 10 * f + 10] for part in prompt.split("\n\n")[1:-1]}
        for f in range(3)
    ]  # fmt: skip
    assert [len(p) for p in per_fold] == [4, 4, 4]
    assert len(shown) > 4


def test_answers_that_cannot_be_read_count_as_wrong_and_are_counted(monkeypatch):
    _, measured = prompted(monkeypatch, lambda _asked: "a walrus")
    assert (value(measured, "accuracy"), value(measured, "answered")) == (0.0, 0.0)
    assert measured.items["prediction"].null_count() == 30


def test_bare_answers_are_told_as_such(monkeypatch):
    _, measured = prompted(monkeypatch, by_island, tells=False)
    assert any("did not tell probabilities" in w for w in measured.warnings)


def test_a_language_model_answers_a_regression_with_a_number(monkeypatch):
    _, measured = prompted(monkeypatch, lambda _asked: "About 9.5 rings", "abalone_600")
    assert set(measured.items["prediction"]) == {"9.5"}
    assert value(measured, "answered") == 1.0
    _, silent = prompted(monkeypatch, lambda _asked: "many", "abalone_600")
    assert value(silent, "answered") == 0.0


def test_a_real_server_is_asked_through_the_door(tmp_path):
    file = tmp_path / "mail.parquet"
    said = {"n_links": [i % 5 for i in range(30)], "donated": ["spam", "spam", "not spam"] * 10}
    pl.DataFrame(said).write_parquet(file)
    with faulty("answer") as server:
        made = job(
            "blood", f"openai:{server.url}#toy", file=file, settings={"shots": 2, "limit": 12}
        )
        measured = TabularHarness().run(made)
        asked = server.seen[0]["messages"][-1]["content"]
    assert "The n links is " in asked
    assert measured.items["prediction"].to_list() == ["spam"] * 12
    assert value(measured, "accuracy") == (measured.items["target"] == "spam").mean()


def test_a_row_reads_as_sentences_without_gaps():
    row = {"age": 42.0, "job_title": " head  chef", "smoker": True, "gap": None, "share": 0.125}
    assert (
        sentence(row)
        == "The age is 42. The job title is head chef. The smoker is yes. The share is 0.125."
    )
    assert sentence({"gap": None}) == "Nothing is known."


@pytest.mark.parametrize(
    ("text", "expected"),
    [("9.5", 9.5), ("about 1,250 dollars", 1250.0), ("-3e2", -300.0), ("none", None), ("", None)],
)
def test_a_number_is_read_out_of_an_answer(text, expected):
    assert number(text) == expected


def test_shown_rows_take_the_classes_in_turn_and_span_a_number():
    target = np.array([0] * 50 + [1] * 5 + [2] * 5)
    assert sorted(target[chosen(target, 3, 7, seed=0)].tolist()) in ([0, 0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2, 2])  # fmt: skip
    numbers = np.arange(100.0)
    assert sorted(numbers[chosen(numbers, 0, 4, seed=0)] // 25) == [0, 1, 2, 3]
    assert len(chosen(target, 3, 0, seed=0)) == 0
