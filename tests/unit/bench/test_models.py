"""How models are spelt, and folders that must not be loaded."""

import pytest

from advisor.core.errors import BadInput
from bench.models import read_weights, refuse_pickle, weights_hash


def folder(path, *files):
    path.mkdir()
    for name in files:
        (path / name).write_bytes(b"{}")
    return path


def test_each_spelling_is_read(tmp_path):
    assert read_weights("org/name@abc").revision == "abc"
    assert read_weights("hf:org/name").model_id == "org/name"
    server = read_weights("openai:http://localhost:8000/v1#llama-3")
    assert (server.url, server.model_id, server.source) == (
        "http://localhost:8000/v1",
        "llama-3",
        "server",
    )
    here = read_weights(str(folder(tmp_path / "mine", "config.json", "model.safetensors")))
    assert (here.model_id, here.source) == ("local/mine", "folder")


def test_changed_weights_are_another_revision(tmp_path):
    path = folder(tmp_path / "m", "config.json", "model.safetensors")
    before = weights_hash(path)
    (path / "model.safetensors").write_bytes(b"other")
    assert weights_hash(path) != before


def test_pickled_weights_are_refused(tmp_path):
    path = folder(tmp_path / "m", "config.json", "pytorch_model.bin")
    with pytest.raises(BadInput, match=r"pytorch_model.bin is a pickle, which can run any code"):
        read_weights(str(path))


def test_a_folder_without_weights_or_config_is_told(tmp_path):
    with pytest.raises(BadInput, match=r"no config\.json"):
        read_weights(str(folder(tmp_path / "a")))
    with pytest.raises(BadInput, match=r"no \*.safetensors"):
        refuse_pickle(folder(tmp_path / "b", "config.json"))


@pytest.mark.parametrize("given", ["nonsense", "a/b/c", "http://localhost/v1", "./nowhere", ""])
def test_what_is_no_model_is_told_with_the_spellings(given):
    with pytest.raises(BadInput, match="no such folder, and no Hub id"):
        read_weights(given)
