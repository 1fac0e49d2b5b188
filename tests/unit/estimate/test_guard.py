"""The guard on a real slice of the shipped snapshot: the 150 best measured embedding models on 200 tasks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from advisor.core.named_size import named_size_ratio
from advisor.estimate.broken_runs import judge
from advisor.estimate.flags import BROKEN, COPY, FLAGS, SIZE, TRAINED, UNEXPECTED
from advisor.estimate.guard import cell_flags, flags
from advisor.estimate.matrix import cells_of
from advisor.estimate.planted import CELL_SHARE, KINDS, RUNS, plant
from advisor.estimate.scenarios import scenarios
from advisor.ingest.mteb_comparable import COMPARABLE
from advisor.ingest.mteb_copies import find_copies
from advisor.recommend.doubts import cautions, doubts, per_score, set_aside
from advisor.recommend.options import Options
from advisor.recommend.pipeline import recommend
from advisor.recommend.request import request
from advisor.stats.chances import is_grounded
from advisor.tables.snapshot import load
from tests.estimate_tables import some_models, some_scores, some_tasks

EMPTY_SCORES = some_scores()


@pytest.fixture(scope="module")
def snapshot():
    return load()


@pytest.fixture(scope="module")
def tables(snapshot):
    """(scores, tasks, models) of the slice."""
    tasks = snapshot.table("tasks").filter(pl.col("pool") == "embedding")
    scores = snapshot.table("scores").join(tasks, on="task_id", how="semi")
    for name, most in (("task_id", 200), ("model_id", 150)):
        kept = scores[name].value_counts().sort(["count", name], descending=[True, False])
        scores = scores.join(kept.head(most), on=name, how="semi")
    return scores, tasks, snapshot.table("models")


@pytest.fixture(scope="module")
def few(tables):
    """The slice with 30 models and 60 tasks, for tests that do not count."""
    scores, tasks, models = tables
    for name, most in (("task_id", 60), ("model_id", 30)):
        kept = scores[name].value_counts().sort(["count", name], descending=[True, False])
        scores = scores.join(kept.head(most), on=name, how="semi")
    return scores, tasks, models.join(scores, on="model_id", how="semi")


@pytest.fixture(scope="module")
def planted(tables):
    return plant(cells_of(*tables, "embedding"), seed=100)


@pytest.fixture(scope="module")
def found(planted):
    return judge(planted.cells)


def test_planted_scores_are_the_stated_share_and_every_kind_is_there(planted):
    alone = planted.kind != ""
    runs = np.unique(planted.cells.row[planted.run != ""])
    assert set(planted.kind[alone]) == set(KINDS)
    assert len(runs) == RUNS
    # A score drawn for corruption may then fall into a broken run.
    assert 0.8 * CELL_SHARE < alone.mean() <= CELL_SHARE
    assert (planted.moved[(planted.kind == "") & (planted.run == "")] == 0).all()


@pytest.mark.slow
def test_most_scores_that_were_moved_are_found_and_few_others(planted, found):
    flagged = found.unexpected | found.broken
    moved = planted.moved >= 0.05
    assert flagged[(planted.kind != "") & moved].mean() >= 0.75
    assert flagged[(planted.run != "") & moved].mean() >= 0.6
    assert found.unexpected[(planted.kind == "") & (planted.run == "")].mean() <= 0.01


@pytest.mark.slow
def test_good_scores_of_a_broken_run_are_mostly_left_alone(planted, found):
    runs = np.isin(planted.cells.row, planted.cells.row[planted.run != ""])
    good = runs & (planted.run == "") & (planted.kind == "")
    assert (found.unexpected | found.broken)[good].mean() <= 0.12


def test_flags_do_not_depend_on_the_order_of_rows(few):
    straight = flags(*few)
    shuffled = flags(*(table.sample(fraction=1.0, shuffle=True, seed=5) for table in few))
    assert straight.equals(shuffled)
    assert straight.schema == FLAGS
    assert straight.height > 0


def test_an_exact_duplicate_of_a_model_is_a_near_copy(tables):
    scores, tasks, models = tables
    name = scores["model_id"].value_counts().sort("count", "model_id")["model_id"][-1]
    own = scores.filter(pl.col("model_id") == name)
    double = pl.concat([scores, own.with_columns(model_id=pl.lit("somebody/else"))])
    table = flags(EMPTY_SCORES, tasks, models.clear(), copies=find_copies(double))
    pairs = table.filter(pl.col("flag") == COPY, pl.col("model_id") == "somebody/else")
    assert any(detail.startswith(f"near copy of {name}: ") for detail in pairs["detail"])
    assert pairs["strength"].max() == 1.0


def test_a_score_that_the_metric_cannot_have_is_unexpected_and_says_so(few):
    cells = cells_of(*few, "embedding")
    value = cells.value.copy()
    cell = int(np.argmax(value * (cells.per_task()[cells.col] > 20)))
    value[cell] *= 100.0
    table = cell_flags(replace(cells, value=value))
    row = table.filter(
        pl.col("model_id") == cells.models["model_id"][int(cells.row[cell])],
        pl.col("task_id") == cells.tasks["task_id"][int(cells.col[cell])],
    ).row(0, named=True)
    assert row["flag"] == UNEXPECTED
    assert "outside what the metric can be" in row["detail"]
    assert np.isinf(row["strength"])
    assert 0.0 <= row["expected"] <= 1.5


def test_declared_training_marks_the_task_and_its_twins_alone():
    tasks = some_tasks("here", "here.v2", "elsewhere").with_columns(
        twin_group=pl.Series(["one", "one", "two"])
    )
    models = some_models("honest", "silent").with_columns(
        training_datasets=pl.Series([["here"], None], dtype=pl.List(pl.String))
    )
    scores = some_scores(
        *((m, t, 0.5) for m in ("honest", "silent") for t in ("here", "here.v2", "elsewhere"))
    )
    rows = flags(scores, tasks, models).filter(pl.col("flag") == TRAINED)
    assert rows.select("model_id", "task_id").rows() == [("honest", "here"), ("honest", "here.v2")]
    assert rows["detail"].to_list() == [
        "declared by the model's makers",
        "declares here, which shares its data",
    ]


@pytest.mark.parametrize(
    ("name", "count", "ratio"),
    [
        ("a/model-7b", 70_000_000, 100.0),
        ("a/model-7b", 7_200_000_000, 7.2 / 7),
        ("a/model-8x7b", 46_700_000_000, 1.0),
        ("a/model-1_8b-chat", 1_800_000_000, 1.0),
        ("a/code-06B", 600_000_000, 1.0),
        ("a/bert-nordic-1M-steps", 369_000_000, None),
        ("7b/model", 70_000_000, None),
        ("a/model-7b", None, None),
    ],
)
def test_a_size_is_held_against_the_name(name, count, ratio):
    assert named_size_ratio(name, count) == (None if ratio is None else pytest.approx(ratio))


def test_a_size_that_contradicts_the_name_is_in_doubt():
    models = some_models("a/tiny-7b", n_parameters=70_000_000)
    row = flags(EMPTY_SCORES, some_tasks("t"), models).row(0, named=True)
    assert (row["flag"], row["task_id"]) == (SIZE, None)
    assert row["strength"] == pytest.approx(100.0)


def one_flag(model: str, task: str, flag: str = UNEXPECTED) -> pl.DataFrame:
    row = {"model_id": model, "task_id": task, "flag": flag, "detail": "", "strength": 9.0}
    return pl.DataFrame([row | {"expected": 0.4, "width": 0.05}], schema=FLAGS)


def with_flags(snapshot, table: pl.DataFrame, **others: pl.DataFrame):
    listed = {**snapshot.manifest["tables"], "flags": {"rows": table.height}}
    return replace(
        snapshot,
        manifest={**snapshot.manifest, "tables": listed},
        _cache={"flags": table, **others},
    )


def and_predicted(grid: pl.DataFrame, model: str, task: str) -> pl.DataFrame:
    """The grid as fitted without a doubted score: it holds a prediction in that score's place."""
    hole = {"task_id": task, "model_id": model, "value": 0.4, "scale": 0.05, "group": 0}
    return pl.concat([grid, pl.DataFrame([hole], schema=grid.schema)])


def test_a_doubted_score_neither_sets_the_bar_nor_grounds_a_model(snapshot, tables):
    task = tables[0]["task_id"].value_counts().sort("count", "task_id")["task_id"][-1]
    own = tables[0].filter(pl.col("task_id") == task).sort("value")
    models = own["model_id"].tail(5).to_list()
    near = {
        name: snapshot.table(name).filter(pl.col("task_id") == task) for name in ("scores", "grid")
    }
    doubted_one = one_flag(models[-1], task)
    predicted = and_predicted(near["grid"], models[-1], task)
    around = near | {"comparable": COMPARABLE.to_frame(), "grid": predicted}
    aside = around | {"scores": set_aside(near["scores"], doubted_one)}

    def outlook(tables):
        read = {name: table.lazy() for name, table in tables.items()}
        return scenarios(
            lambda name: read[name] if name in read else snapshot.scan(name),
            [(task, 1.0)],
            models,
            pool="embedding",
        )

    plain, doubted = outlook(around), outlook(aside)
    assert plain.decides.all()
    assert doubted.decides[:, 0].tolist() == [True] * 4 + [False]
    assert doubted.values[-1, 0] == pytest.approx(0.4)
    assert doubted.spreads[-1, 0] > 0.02
    assert is_grounded(doubted).tolist() == [True] * 4 + [False]
    assert (doubted.values[:4] == plain.values[:4]).all()


def test_a_named_model_whose_only_score_is_doubted_is_not_named_again(snapshot):
    profile, _ = request("multilingual-sentiment", snapshot=snapshot)
    task = "Banking77Classification"
    profile = profile.model_copy(update={"task_id": task})
    profile = profile.model_copy(
        update={
            "neighbours": [n.model_copy(update={"task_id": task}) for n in profile.neighbours[:1]]
        }
    )
    first = recommend(profile, snapshot).verdict.model_id
    assert first is not None
    grid = snapshot.table("grid").filter(pl.col("task_id") == task)
    guarded = with_flags(snapshot, one_flag(first, task), grid=and_predicted(grid, first, task))
    second = recommend(profile, guarded)
    assert second.verdict.model_id not in {None, first}
    marked = {model.model_id: model.flags for model in second.ranked}
    everyone = recommend(profile, guarded, options=replace(Options(), top=2_000)).ranked
    marked = next(model for model in everyone if model.model_id == first)
    assert "1 unexpected score on this task" in marked.flags
    assert marked.estimate.value == pytest.approx(0.4)
    assert marked.estimate.basis == "interpolated"


def test_a_snapshot_without_the_table_has_no_doubts_and_a_listed_one_must_be_read(snapshot):
    manifest = snapshot.manifest
    tables = {name: entry for name, entry in manifest["tables"].items() if name != "flags"}
    old = replace(snapshot, manifest={**manifest, "tables": tables}, _cache={})
    assert doubts(old, ["any"]).equals(FLAGS.to_frame())
    about = one_flag("a", "t")
    assert doubts(with_flags(snapshot, about), ["t"]).equals(about)
    assert doubts(with_flags(snapshot, about), ["u"]).is_empty()


def test_cautions_count_doubts_in_plain_words():
    table = pl.concat(
        [
            one_flag("a", "t"),
            one_flag("a", "u"),
            one_flag("b", "t", BROKEN),
            one_flag("b", "t", TRAINED),
        ]
    )
    assert cautions(table, named=False) == {
        "a": ["2 unexpected scores among the similar tasks"],
        "b": [
            "1 unexpected score of a run that is broken in part among the similar tasks",
            "trained on 1 of the similar tasks",
        ],
    }
    assert cautions(table, named=True)["b"][1] == "trained on this task"
    assert per_score(table)["flag"].to_list() == [
        UNEXPECTED,
        UNEXPECTED,
        "broken run, trained on this task",
    ]
