from advisor.recommend.names import hint, nearest

KNOWN = ["BAAI/bge-small-en-v1.5", "BAAI/bge-base-en-v1.5", "intfloat/e5-small", "openai/gpt-4"]


def test_a_part_of_a_name_finds_the_names_that_hold_it_shortest_first():
    assert nearest("bge", KNOWN) == ["BAAI/bge-base-en-v1.5", "BAAI/bge-small-en-v1.5"]


def test_a_misspelled_name_finds_the_near_one_with_or_without_its_organisation():
    assert nearest("BAAI/bge-smal-en-v1.5", KNOWN)[0] == "BAAI/bge-small-en-v1.5"
    assert nearest("baai/BGE-SMALL-EN-V1.5x", KNOWN)[0] == "BAAI/bge-small-en-v1.5"
    assert nearest("wrong-org/e5-smal", KNOWN)[0] == "intfloat/e5-small"


def test_nothing_near_gives_the_other_advice():
    assert (
        hint("zzzzzz", KNOWN, otherwise="`advisor models` lists them")
        == "; `advisor models` lists them"
    )
    assert nearest("", KNOWN) == []
