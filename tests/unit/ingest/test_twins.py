from hypothesis import given
from hypothesis import strategies as st

from advisor.ingest.twins import stems, twin_groups


def test_versions_translations_and_subsamples_of_a_task_share_its_group() -> None:
    tasks = [
        "FEVER",
        "FEVER.v2",
        "FEVERHardNegatives.v2",
        "NanoFEVERRetrieval",
        "FEVER-PL",
        "SciFact",
    ]
    groups = twin_groups(tasks, {})
    assert len({groups[task] for task in tasks[:5]}) == 1
    assert groups["SciFact"] == "SciFact"


def test_a_group_is_named_by_its_first_task_and_links_through_absent_names() -> None:
    groups = twin_groups(["B", "A", "C"], {"B": ["data:x"], "A": ["data:x"], "C": []})
    assert groups == {"A": "A", "B": "A", "C": "C"}


def test_titles_and_full_texts_of_one_source_are_twins() -> None:
    assert stems("ArxivClusteringS2S") == {"ArxivClusteringP2P"}


names = st.text("abc", min_size=1, max_size=3)


@given(
    st.lists(names, min_size=1, unique=True), st.dictionaries(names, st.lists(names, max_size=3))
)
def test_the_order_of_tasks_never_changes_the_groups(
    tasks: list[str], links: dict[str, list[str]]
) -> None:
    groups = twin_groups(tasks, links)
    assert groups == twin_groups(tasks[::-1], links)
    assert set(groups) == set(tasks)
    for task, others in links.items():
        for other in others:
            if task in groups and other in groups:
                assert groups[task] == groups[other]
