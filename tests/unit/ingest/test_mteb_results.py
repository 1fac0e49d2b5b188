import json
import math
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.core.errors import MissingData
from advisor.ingest.mteb_registry import read_main_revisions, read_protocols, read_tasks
from advisor.ingest.mteb_results import MtebResults, read_results
from advisor.tables.schema import EVIDENCE, EVIDENCE_KEY, SCORES, SCORES_KEY, check_table

FIXTURE = Path(__file__).parents[2] / "fixtures" / "mteb"
TASKS = pl.DataFrame({"task_id": ["T", "U"], "metric": ["accuracy", "f1"]})
META = {"name": "a/b", "revision": "r1"}


def entries(*values: object) -> list[dict[str, object]]:
    return [
        {"main_score": value, "hf_subset": f"s{n}", "languages": ["eng-Latn"]}
        for n, value in enumerate(values)
    ]


def a_file(*values: object, task: str = "T", **more: Any) -> dict[str, Any]:
    """A new-format file with one split and a subset a value."""
    return {
        "task_name": task, "mteb_version": "2.0.0", "dataset_revision": "d1", "evaluation_time": 1.0,
        "scores": {"test": entries(*values)},
    } | more  # fmt: skip


def write(root: Path, where: str, content: object) -> None:
    path = root / "results" / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def read(root: Path, **more: Any) -> MtebResults:
    return read_results(root, TASKS, **more)


def counts(found: MtebResults) -> dict[str, int]:
    return dict(found.report.select("kind", "n_rows").iter_rows())


def pairs(found: MtebResults) -> dict[tuple[str, str], float]:
    return {(row[0], row[1]): row[2] for row in found.scores.iter_rows()}


@pytest.fixture(scope="module")
def sample() -> MtebResults:
    tasks = FIXTURE / "mteb_tasks.parquet"
    return read_results(
        FIXTURE,
        read_tasks(tasks),
        main_revisions=read_main_revisions(FIXTURE / "mteb_models.parquet"),
        protocols=read_protocols(tasks),
    )


def test_tables_of_real_files_pass_the_gate_and_are_sorted(sample: MtebResults) -> None:
    assert check_table("evidence", sample.evidence, EVIDENCE, EVIDENCE_KEY).equals(sample.evidence)
    assert check_table("scores", sample.scores, SCORES, SCORES_KEY).equals(sample.scores)
    for table, order in (
        (sample.scores, SCORES_KEY),
        (sample.evidence, ["model_id", "model_revision", "task_id", "split", "subset"]),
    ):
        assert table.equals(table.sort(order, maintain_order=True))


def test_every_row_and_file_read_is_either_kept_or_set_aside_by_name(sample: MtebResults) -> None:
    n = counts(sample)
    aside = ("not a score entry", "main score missing", "NaN or infinite", "repeated in the file",
             "repeated by a renamed task")  # fmt: skip
    assert n["rows: read"] == n["rows: evidence"] + sum(n[f"rows: {kind}"] for kind in aside)
    assert n["rows: evidence"] == sample.evidence.height
    assert n["pairs: scored"] == sample.scores.height
    assert "" not in sample.report["why"].to_list()


def test_the_oddities_of_real_files_are_counted_as_a_plain_reading_finds_them(
    sample: MtebResults,
) -> None:
    n: dict[str, int] = defaultdict(int)
    for path in FIXTURE.glob("results/**/*.json"):
        text = path.read_text(encoding="utf-8")
        if path.name == "model_meta.json":
            n["folders: spaces in the model's name"] += " " in json.loads(text)["name"]
            continue
        content = json.loads(text)
        n["files: score files"] += 1
        n["files: before mteb 1.11"] += "scores" not in content
        n["files: not strict JSON"] += "NaN" in text or "Infinity" in text
        n["files: no mteb_version"] += content.get("mteb_version") is None
        n["files: no dataset_revision"] += content.get("dataset_revision") is None
        n["files: range of mteb_versions"] += "-" in (content.get("mteb_version") or "")
        listed = [entry for part in content.get("scores", {}).values() for entry in part]
        n["rows: NaN or infinite"] += sum(math.isnan(e["main_score"]) for e in listed)
    n["files: stray"] = len([p for p in FIXTURE.glob("results/**/*") if p.suffix == ".jsonl"])
    n["folders: no model_meta.json"] = len(
        [p for p in FIXTURE.glob("results/*/*") if not (p / "model_meta.json").exists()]
    )
    assert {kind: counts(sample)[kind] for kind in n} == dict(n)
    assert min(n.values()) > 0


def test_a_models_score_is_the_mean_over_its_files_entries(sample: MtebResults) -> None:
    """For models with one plain folder, by the standard library alone."""
    expected = {}
    for model in FIXTURE.glob("results/*"):
        revisions = list(model.iterdir())
        if len(revisions) > 1 or (revisions[0] / "experiments").exists():
            continue
        for path in revisions[0].glob("*.json"):
            content = json.loads(path.read_text(encoding="utf-8"))
            if content.get("task_name", "").startswith("CMedQA"):
                continue  # its old-name twin in the same folder may win
            values = [e["main_score"] for part in content.get("scores", {}).values() for e in part]
            values = [value for value in values if not math.isnan(value)]
            if values:
                name = json.loads((revisions[0] / "model_meta.json").read_text())["name"]
                expected[name, content["task_name"]] = sum(values) / len(values)
    found = pairs(sample)
    assert len(expected) > 200
    assert {pair: found[pair] for pair in expected} == pytest.approx(expected, abs=1e-12)


def test_an_items_count_is_that_of_the_evaluated_splits(sample: MtebResults) -> None:
    n_items = dict(sample.scores.group_by("task_id").agg(pl.col("n_items").unique()).iter_rows())
    assert n_items["Banking77Classification"] == [3080]  # not 13083, which adds the training split
    assert n_items["NFCorpus"] == [None]  # 3,633 documents and 323 queries are not 3,956 items
    stsb = sample.evidence.filter(pl.col("task_id") == "STSBenchmark", pl.col("split") == "test")
    assert set(stsb["n_items"]) == {1379}


def test_the_results_folder_itself_may_be_given(tmp_path: Path) -> None:
    write(tmp_path, "a__b/r1/T.json", a_file(0.5))
    assert read(tmp_path / "results").evidence.equals(read(tmp_path).evidence)


def test_names_come_from_the_meta_file_and_without_one_from_the_folders(tmp_path: Path) -> None:
    write(tmp_path, "a__b_c_(dim=2)/r1/T.json", a_file(0.5))
    write(
        tmp_path, "a__b_c_(dim=2)/r1/model_meta.json", {"name": "a/b c (dim=2)", "revision": "r1"}
    )
    write(tmp_path, "d__e/r2/T.json", a_file(0.25))
    write(tmp_path, "f__g/r3/T.json", a_file(0.75))
    write(tmp_path, "f__g/r3/model_meta.json", "{ not json")
    found = read(tmp_path)
    assert pairs(found) == {("a/b c (dim=2)", "T"): 0.5, ("d/e", "T"): 0.25, ("f/g", "T"): 0.75}
    n = counts(found)
    assert n["folders: no model_meta.json"] == 1
    assert n["folders: model_meta.json unusable"] == 1


def test_damaged_and_foreign_files_are_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    whole = json.dumps(a_file(0.5))
    write(tmp_path, "a__b/r1/T.json", whole)
    write(tmp_path, "a__b/r1/Truncated.json", whole[: len(whole) // 2])
    write(tmp_path, "a__b/r1/Empty.json", "")
    write(tmp_path, "a__b/r1/Deep.json", "[" * 100_000)
    write(
        tmp_path, "a__b/r1/Surrogate.json", whole.replace('"T"', '"\\ud800"').replace("0.5", "NaN")
    )
    write(tmp_path, "a__b/r1/List.json", "[]")
    write(tmp_path, "a__b/r1/NoRows.json", a_file(task="U"))
    write(tmp_path, "a__b/r1/run_settings.jsonl", "{}")
    write(tmp_path, "a__b/README.md", "hello")
    (tmp_path / "results/a__b/r1/Latin.json").write_bytes(b'{"task_name": "\xe9"}')
    n = counts(found := read(tmp_path))
    assert pairs(found) == {("a/b", "T"): 0.5}
    assert n["files: unreadable JSON"] == 5
    assert n["files: not a task's scores"] == 1
    assert n["files: no score row"] == 1
    assert n["files: stray"] == 2


def test_an_entry_that_is_no_score_is_set_aside_alone(tmp_path: Path) -> None:
    odd = [*entries(0.5, None, math.nan, math.inf, "0.9", [], 10**400), {"hf_subset": "x"}, "y",
           {"main_score": 0.1}, {"main_score": 0.1, "hf_subset": 3}]  # fmt: skip
    write(tmp_path, "a__b/r1/T.json", a_file(scores={"test": odd}))
    found = read(tmp_path)
    n = counts(found)
    assert found.evidence.select("subset", "value").rows() == [("s0", 0.5)]
    assert n["rows: main score missing"] == 1
    assert n["rows: NaN or infinite"] == 2
    assert n["rows: not a score entry"] == 7
    assert n["rows: read"] == 11


def test_a_pair_without_any_value_has_no_score(tmp_path: Path) -> None:
    write(tmp_path, "a__b/r1/T.json", a_file(None))
    write(tmp_path, "a__b/r1/U.json", a_file(0.5, task="U"))
    found = read(tmp_path)
    assert pairs(found) == {("a/b", "U"): 0.5}
    assert counts(found)["pairs: without a value"] == 1


def test_a_subset_listed_twice_counts_twice_in_the_mean_and_once_as_evidence(
    tmp_path: Path,
) -> None:
    twice = [*entries(0.2, 0.8), entries(0.5)[0]]
    write(tmp_path, "a__b/r1/T.json", a_file(scores={"test": twice}))
    found = read(tmp_path)
    assert pairs(found)["a/b", "T"] == pytest.approx(0.5)
    assert found.evidence.select("subset", "value").rows() == [("s0", 0.5), ("s1", 0.8)]
    assert found.scores["n_rows"].to_list() == [3]


@pytest.mark.parametrize(
    ("first", "second", "wins"),
    [
        (("r1", "1.0"), ("main", "0.5"), "main"),  # the main revision, whatever its version
        (("r1", "1.9.0"), ("r2", "1.10.0"), "r2"),  # versions are not texts
        (("r1", None), ("external", "1.0"), "external"),  # a known version before a named revision
        (("external", "1.0"), ("r2", "1.0"), "r2"),
        (("r1", "2.1-2.3"), ("r2", "1.0"), "r2"),  # a range is not a known version
        (("r2", "1.0"), ("r1", "1.0"), "r1"),  # a tie: the earlier name
    ],
)
def test_of_several_revisions_the_one_mteb_prefers_makes_the_score(
    tmp_path: Path, first: tuple[str, str | None], second: tuple[str, str | None], wins: str
) -> None:
    for value, (revision, version) in ((0.1, first), (0.9, second)):
        write(tmp_path, f"a__b/{revision}/T.json", a_file(value, mteb_version=version))
    found = read(tmp_path, main_revisions={"a/b": "main"})
    assert found.scores["model_revision"].to_list() == [wins]
    assert found.evidence.height == 2
    assert counts(found)["rows: of a revision not chosen"] == 1


def test_a_task_under_its_old_and_new_name_is_one_task(tmp_path: Path) -> None:
    catalogue = pl.DataFrame({"task_id": ["EightTagsClustering"], "metric": ["v_measure"]})
    old = {"mteb_dataset_name": "8TagsClustering", "test": {"v_measure": 0.1}}
    new = a_file(0.9, task="EightTagsClustering")
    new["scores"]["test"][0]["hf_subset"] = "default"
    write(tmp_path, "a__b/r1/8TagsClustering.json", old)
    write(tmp_path, "a__b/r1/EightTagsClustering.json", new)
    found = read_results(tmp_path, catalogue)
    assert pairs(found) == {("a/b", "EightTagsClustering"): 0.9}
    assert found.evidence["value"].to_list() == [0.9]
    assert counts(found)["rows: repeated by a renamed task"] == 1


def test_an_experiment_keeps_its_own_rows_and_joins_the_models_mean(tmp_path: Path) -> None:
    write(tmp_path, "a__b/r1/T.json", a_file(0.2))
    write(tmp_path, "a__b/r1/model_meta.json", META)
    write(tmp_path, "a__b/r1/experiments/dim_64/T.json", a_file(0.6))
    varied = META | {"experiment_kwargs": {"dim": 64}}
    write(tmp_path, "a__b/r1/experiments/dim_64/model_meta.json", varied)
    write(tmp_path, "a__b/r1/experiments/unnamed/T.json", a_file(0.9))
    found = read(tmp_path)
    assert found.evidence.select("model_revision", "value").rows() == [
        ("r1", 0.2),
        ("r1+dim_64", 0.6),
    ]
    assert pairs(found)["a/b", "T"] == pytest.approx(0.4)
    assert counts(found)["files: in an experiment without model_meta.json"] == 1


def test_rows_off_a_tasks_lists_are_kept_and_counted(tmp_path: Path) -> None:
    write(
        tmp_path,
        "a__b/r1/T.json",
        a_file(0.5, scores={"test": entries(0.5, 0.6), "dev": entries(0.7)}),
    )
    lists = pl.DataFrame(
        {
            "task_id": ["T"],
            "split": ["test"],
            "subsets": [["s0"]],
            "n_items": [50],
            "dataset_revision": ["d2"],
        }
    )
    found = read(tmp_path, protocols=lists)
    n = counts(found)
    assert n["rows: split off the task's list"] == 1
    assert n["rows: subset off the task's list"] == 1
    assert n["files: other dataset_revision"] == 1
    by_cell = {
        (row["split"], row["subset"]): row["n_items"]
        for row in found.evidence.iter_rows(named=True)
    }
    assert by_cell == {("dev", "s0"): None, ("test", "s0"): 50, ("test", "s1"): None}
    assert found.scores["n_items"].to_list() == [None]


def test_where_files_lie_on_the_disk_never_changes_the_tables(tmp_path: Path) -> None:
    copied = tmp_path / "copy"
    for path in sorted(FIXTURE.glob("results/[A-H]*/**/*.json"), reverse=True):
        target = copied / path.relative_to(FIXTURE)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    straight = tmp_path / "straight"
    for path in sorted(FIXTURE.glob("results/[A-H]*")):
        shutil.copytree(path, straight / path.relative_to(FIXTURE))
    assert read(copied).evidence.equals(read(straight).evidence)
    assert read(copied).scores.equals(read(straight).scores)


def test_a_folder_without_scores_is_refused_with_the_layout_expected(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="is not a folder"):
        read(tmp_path / "absent")
    with pytest.raises(MissingData, match=r"<org>__<model>/<revision>/<Task>.json"):
        read(tmp_path)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_in_a_file_make_the_ingest_fail(tmp_path: Path, raw: bytes) -> None:
    write(tmp_path, "a__b/r1/U.json", a_file(0.5, task="U"))
    (tmp_path / "results/a__b/r1/T.json").write_bytes(raw)
    (tmp_path / "results/a__b/r1/model_meta.json").write_bytes(raw)
    found = read(tmp_path)
    assert ("a/b", "U") in pairs(found)
    n = counts(found)
    assert n["files: score files"] == 2
