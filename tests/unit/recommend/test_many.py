import pytest

from advisor.core.errors import BadInput
from advisor.recommend.many import texts


def test_texts_come_in_order_and_other_keys_are_ignored(tmp_path):
    file = tmp_path / "many.jsonl"
    file.write_text(
        '{"text": "b", "id": 1}\n{"text": ""}\n{"label": 3, "text": "a"}\n\n', encoding="utf-8"
    )
    assert texts(file) == ["b", "", "a"]


@pytest.mark.parametrize("line", ["not json", "[1]", '{"words": "x"}', '{"text": 3}', "", "\x00"])
def test_a_line_that_holds_no_text_is_named(tmp_path, line):
    file = tmp_path / "many.jsonl"
    file.write_text(f'{{"text": "fine"}}\n{line}\n{{"text": "fine"}}\n', encoding="utf-8")
    with pytest.raises(BadInput, match=r"many\.jsonl, line 2: "):
        texts(file)


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        texts(tmp_path / "none.jsonl")
