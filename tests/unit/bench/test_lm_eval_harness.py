"""lm-eval on small local models and tasks: against lm-eval called directly, and against a real server."""

import json
import os
import socket
import time
from pathlib import Path

import polars as pl
import pytest
from faulty_server import faulty

from advisor.core.errors import AdvisorError, BadInput, JobsFailed, UnknownName

pytestmark = pytest.mark.slow

WORDS = "the cat sat on the mat and the small dog slept near a warm stove while rain fell over every roof in town "
TEXT = "\n".join(
    " ".join((WORDS * 3).split()[shift : shift + 44]) + f" {shift} ." for shift in range(20)
)
LABELLED = [("a warm cat", "good"), ("rain fell", "bad"), ("a small dog", "good"), ("every roof", "bad")] * 3  # fmt: skip
SECRET = "sk-not-to-be-found-98765"  # noqa: S105 - looked for, and not to be found


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with the models one/ and two/, and tasks/."""
    pytest.importorskip("lm_eval")
    from local_lm_tasks import write_tasks
    from tiny_lm import save_tiny_lm

    root = tmp_path_factory.mktemp("lm")
    for seed, name in enumerate(("one", "two")):
        save_tiny_lm(root / name, TEXT, width=16, context=256, vocabulary=300, seed=seed)
    write_tasks(root / "tasks", TEXT, train=LABELLED, test=LABELLED, n_items=10)
    return root


@pytest.fixture(scope="module")
def server(place):
    from lm_server import serving

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serving(place / "one", "one", port, SECRET) as url:
        yield url


@pytest.fixture(autouse=True)
def _no_key(monkeypatch):
    for name in ("OPENAI_API_KEY", "ADVISOR_API_KEY_ENV"):
        monkeypatch.delenv(name, raising=False)


def run(place: Path, model: str, task: str, **options):
    from bench.harness.lm_eval_jobs import jobs
    from bench.registry import harness

    said = {"include_path": str(place / "tasks"), "speed_budget_s": 0.0, "threads": 1, **options}
    made = jobs([model], [task], said, seed=0, limits={})
    return harness("lm-eval").run(made[0])


def values(measured) -> dict[str, float]:
    return {row["metric"]: row["value"] for row in measured.rows.iter_rows(named=True)}


def test_scores_equal_those_of_lm_eval_called_directly(place):
    import lm_eval
    from lm_eval.tasks import TaskManager

    names = ["local_next_word", "local_text", "local_finish"]
    direct = lm_eval.simple_evaluate(
        model="hf", model_args={"pretrained": str(place / "one"), "dtype": "float32"}, tasks=names, device="cpu",
        task_manager=TaskManager(include_path=str(place / "tasks"), include_defaults=False), batch_size=4,
    )["results"]  # fmt: skip
    for name in names:
        measured = run(place, str(place / "one"), name)
        assert measured.rows["task_id"].unique().to_list() == [name]
        for metric, value in values(measured).items():
            base, _, answer_filter = metric.partition(":")
            assert value == pytest.approx(float(direct[name][f"{base},{answer_filter or 'none'}"]), rel=1e-5)  # fmt: skip


def test_items_add_up_to_the_score(place):
    measured = run(place, str(place / "one"), "local_next_word")
    main = measured.facts["main_score"]
    assert main == "acc_norm"
    assert measured.items["value"].mean() == pytest.approx(values(measured)[main])
    right = measured.items["target"] == measured.items["prediction"]
    assert right.cast(pl.Float64).to_list() == measured.items["value"].to_list()
    assert measured.model.row(0, named=True)["model_id"] == "local/one"


def test_the_first_model_s_answers_are_never_the_second_one_s(place):
    one, two = (run(place, str(place / name), "local_text") for name in ("one", "two"))
    assert values(one)["bits_per_byte"] != values(two)["bits_per_byte"]
    assert not list(place.rglob("*.db"))


def test_a_server_gives_the_same_likelihoods_as_the_model_here(place, server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    for task in ("local_next_word", "local_text", "local_label"):
        here = run(place, str(place / "one"), task)
        there = run(place, f"openai:{server}#one", task, tokenizer=str(place / "one"))
        assert values(there) == pytest.approx(values(here), rel=1e-4)
        both = here.items.join(there.items, on="item_id", suffix="_there")
        assert both.height == here.items.height
        assert both["value"].to_list() == pytest.approx(both["value_there"].to_list(), rel=1e-3)
    assert there.model.row(0, named=True)["kind"] == "api"


def test_written_answers_come_from_chat_endpoints_and_from_completions(place, server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    here = run(place, str(place / "one"), "local_finish")
    there = run(place, f"openai:{server}#one", "local_finish")
    chat = run(place, f"openai:{server}#one", "local_finish", chat=True, speed_budget_s=0.2)
    assert there.items["prediction"].to_list() == here.items["prediction"].to_list()
    assert {"ttft_s", "latency_p95_s", "exact_match:first-word"} <= set(values(chat))
    assert "memory_peak_bytes" not in values(chat)


def test_the_door_and_the_model_here_write_the_same(place, server, monkeypatch):
    from bench.harness.local_lm import LocalLM
    from bench.harness.openai_door import Door

    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    there, here = Door(f"{server}#one"), LocalLM(str(place / "one"))
    far, near = (
        there.answer("the small dog", max_tokens=6),
        here.answer("the small dog", max_tokens=6),
    )
    assert (far.text, far.input_tokens, far.output_tokens) == (
        near.text,
        near.input_tokens,
        near.output_tokens,
    )
    assert 0 < far.ttft_s <= far.latency_s
    held = there.answer("the small dog", labels=["good", "bad"])
    assert held.label in ("good", "bad", None)
    cut = there.answer("the small dog sat on the mat " * 60, max_tokens=6)
    assert cut.input_tokens <= 250
    assert any("cut from the left" in words for words in there.warnings())


def test_a_group_brings_its_own_score_first_and_its_members(place):
    from bench.protocol import JobOutcome
    from bench.report import entry

    measured = run(place, str(place / "one"), "local_all", speed_budget_s=0.1)
    first = measured.rows.row(0, named=True)
    assert (first["task_id"], first["metric"]) == ("local_all", "acc")
    assert set(measured.items["subset"]) == {"local_next_word", "local_label"}
    assert first["n_items"] == measured.items.height
    outcome = JobOutcome(job=_job(place, "local_all"), status="done", measured=measured)
    shown = entry(outcome)
    assert shown.metrics["acc"].value == pytest.approx(first["value"])
    assert {"local_next_word", "local_label"} <= set(shown.subsets)


def _job(place, task):
    from bench.harness.lm_eval_jobs import jobs

    said = {"include_path": str(place / "tasks"), "threads": 1}
    return jobs([str(place / "one")], [task], said, seed=0, limits={})[0]


def test_changed_data_and_changed_weights_make_another_job(place, tmp_path):
    before = _job(place, "local_text")
    other = _job(place, "local_next_word")
    file = place / "tasks" / "text.jsonl"
    whole = file.read_text()
    try:
        file.write_text(whole.replace("cat", "cow"))
        after, untouched = _job(place, "local_text"), _job(place, "local_next_word")
    finally:
        file.write_text(whole)
    assert before.job_id != after.job_id
    assert other.job_id == untouched.job_id


def test_a_file_changed_within_the_same_second_is_read_again(place):
    file = place / "tasks" / "text.jsonl"
    whole, stat = file.read_text(), file.stat()
    before = run(place, str(place / "one"), "local_text")
    try:
        file.write_text(whole.replace("cat", "cow"))
        os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        after = run(place, str(place / "one"), "local_text")
    finally:
        file.write_text(whole)
    assert "cow" in after.items["target"][0]
    assert values(after)["bits_per_byte"] != values(before)["bits_per_byte"]


def test_prompts_longer_than_the_context_are_counted(place, tmp_path):
    rows = [
        {"context": f"{n} " + "the cat " * 200, "choices": ["sat", "slept"], "answer": 0}
        for n in range(3)
    ]
    (tmp_path / "tasks").mkdir()
    data = tmp_path / "long.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "tasks" / "long.yaml").write_text(
        f"task: long\ndataset_path: json\ndataset_kwargs:\n  data_files:\n    test: {data}\ntest_split: test\n"
        'output_type: multiple_choice\ndoc_to_text: "{{context}}"\ndoc_to_choice: "{{choices}}"\ndoc_to_target: answer\n'
    )
    measured = run(tmp_path, str(place / "one"), "long")
    # one pass serves both endings of a context
    assert measured.warnings == (
        "lm-eval cut prompts from the left 3 times: they are longer than the context",
    )


def test_what_cannot_work_is_told_before_anything_runs(place):
    url = "openai:http://127.0.0.1:9/v1#one"
    with pytest.raises(BadInput, match="chat endpoints do not tell; leave out --apply-chat-template"):  # fmt: skip
        run(place, url, "local_next_word", chat=True)
    with pytest.raises(BadInput, match="name it with --tokenizer"):
        run(place, url, "local_text")


def test_a_server_without_prompt_logprobs_is_told_in_one_line(place):
    with faulty("answer") as plain, pytest.raises(BadInput, match="echo and logprobs"):
        run(place, f"{plain.url}#toy", "local_text", tokenizer=str(place / "one"))


@pytest.mark.parametrize(("fault", "words"), [("500", "http 500"), ("garbage", "no JSON"), ("nothing", "broke off")])  # fmt: skip
def test_a_server_that_breaks_fails_its_job_in_one_line(place, fault, words, monkeypatch):
    from bench.harness import server_line

    monkeypatch.setattr(server_line, "_FIRST_WAIT_S", 0.001)
    with faulty(fault) as broken, pytest.raises(AdvisorError, match=words) as caught:
        run(place, f"{broken.url}#toy", "local_finish")
    assert "\n" not in str(caught.value)


def test_a_misspelt_task_brings_the_nearest_names(place):
    from lm_eval.tasks import TaskManager

    from bench.harness.lm_eval_tasks import named_tasks

    folder = str(place / "tasks")
    manager = TaskManager(include_path=folder, include_defaults=False)
    with pytest.raises(UnknownName, match="no task 'local_txt'; did you mean 'local_text'"):
        named_tasks(manager, ["local_txt"], folder)
    assert named_tasks(manager, ["local_t*", "local_text"], folder) == ["local_text"]


def test_a_definition_that_is_no_yaml_is_named(place, tmp_path):
    from lm_eval.tasks import TaskManager

    from bench.harness.lm_eval_tasks import named_tasks

    (tmp_path / "mine.yaml").write_text("task: mine\n  doc: [\n")
    manager = TaskManager(include_path=str(tmp_path), include_defaults=False)
    with pytest.raises(UnknownName, match=r"not readable: mine\.yaml \(line 2\)"):
        named_tasks(manager, ["mine"], str(tmp_path))


def test_data_that_is_not_here_is_told_at_once(place, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "far.yaml").write_text("task: far\ndataset_path: nobody/nothing\ntest_split: test\noutput_type: generate_until\ndoc_to_text: a\ndoc_to_target: b\n")  # fmt: skip
    (tmp_path / "tasks" / "lost.yaml").write_text("task: lost\ndataset_path: json\ndataset_kwargs:\n  data_files:\n    test: gone.jsonl\ntest_split: test\n")  # fmt: skip
    begun = time.monotonic()
    outcome = outcomes(tmp_path, str(place / "one"), "far")[0]
    assert time.monotonic() - begun < 10
    assert outcome.status == "not_run"
    assert "data set 'nobody/nothing' of task 'far' is not on this machine" in outcome.reason
    with pytest.raises(BadInput, match=r"its data file 'gone\.jsonl' cannot be opened"):
        run(tmp_path, str(place / "one"), "lost")


def outcomes(place, model, task, **options):
    from bench.harness.lm_eval_jobs import jobs
    from bench.runner.serial import SerialRunner

    said = {"include_path": str(place / "tasks"), "threads": 1, "speed_budget_s": 0.0, **options}
    return list(SerialRunner().run(jobs([model], [task], said, seed=0, limits={})))


def test_vllm_that_is_not_installed_is_not_run(place):
    outcome = outcomes(place, f"vllm:{place / 'one'}", "local_text")[0]
    assert outcome.status == "not_run"
    assert "pip install vllm" in outcome.reason


def test_vllm_is_asked_through_lm_eval_s_own_backend(place, monkeypatch):
    """A stand-in takes vLLM's arguments and computes with transformers: the way there and back, no quality."""
    import importlib.util

    import lm_eval.api.registry as registry
    from lm_eval.models.huggingface import HFLM

    asked = {}

    def stand_in(**given):
        asked.update(given)
        return HFLM(pretrained=given["pretrained"], device="cpu", dtype="float32", batch_size=2)

    real, known = importlib.util.find_spec, registry.get_model
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda n, *a: object() if n == "vllm" else real(n, *a)
    )
    monkeypatch.setattr(registry, "get_model", lambda n: stand_in if n == "vllm" else known(n))
    there = run(place, f"vllm:{place / 'one'}", "local_next_word")
    assert (asked["pretrained"], asked["dtype"], asked["seed"]) == (
        str(place / "one"),
        "auto",
        1234,
    )
    assert asked["trust_remote_code"] is False
    monkeypatch.undo()
    assert values(there) == pytest.approx(values(run(place, str(place / "one"), "local_next_word")))
    assert there.model.row(0, named=True)["model_id"] == "local/one"


def test_the_key_is_nowhere(place, server, monkeypatch, tmp_path, capfd):
    """Not in the store, not on a stream: not when the server takes it, and not when a server repeats it."""
    from advisor.cli.bench.lm_eval import command as lm_eval

    monkeypatch.setenv("ADVISOR_API_KEY_ENV", "MY_KEY")
    monkeypatch.setenv("MY_KEY", SECRET)
    runs = tmp_path / "runs"
    common = {
        "task": ["local_finish"], "include_path": str(place / "tasks"), "runs": str(runs), "runner": "serial",
        "measure": "0.1s", "style": "json",
    }  # fmt: skip
    lm_eval(model=[f"openai:{server}#one"], apply_chat_template=True, **common)
    printed = json.loads(capfd.readouterr().out)
    assert (printed["n_done"], printed["entries"][0]["status"]) == (1, "done")
    lm_eval(model=[f"openai:{server}#one"], apply_chat_template=True, **common)
    assert json.loads(capfd.readouterr().out)["n_earlier"] == 1
    with faulty("401") as locked:
        lm_eval(model=[f"openai:{locked.url}#toy"], **common)
    with faulty("echo-key") as telling, pytest.raises(JobsFailed):
        lm_eval(model=[f"openai:{telling.url}#toy"], **common)
    said = capfd.readouterr()
    files = [file.read_bytes() for file in runs.rglob("*") if file.is_file()]
    assert len(files) > 5
    assert not any(SECRET.encode() in content for content in files)
    assert SECRET not in said.out + said.err
    assert "MY_KEY (the one there is refused)" in said.out
    assert SECRET in os.environ["MY_KEY"]
