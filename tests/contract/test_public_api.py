"""The names that people import, and that `advisor.recommend` is both a package and a function."""

import subprocess
import sys

import advisor
from advisor import TaskProfile


def test_every_public_name_is_there_and_listed():
    assert sorted(advisor.__all__) == list(advisor.__all__)
    assert all(getattr(advisor, name) is not None for name in advisor.__all__)
    assert set(advisor.__all__) <= set(dir(advisor))


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(advisor, "recomend")


def test_the_help_states_the_defaults_that_hold():
    profile = TaskProfile(text="x", task_family="retrieval", metric="ndcg_at_10")
    page = " ".join(
        run(
            "import sys; sys.argv = ['advisor', 'recommend', '--help']; from advisor.cli import main; main()"
        ).split()
    )
    assert f"Points that may be given up (default {profile.tolerance:g})" in page
    assert f"How sure to be, 0 to 1 (default {profile.confidence:g})" in page


def run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def test_recommend_can_be_called_before_and_after_its_package_is_imported():
    refused = (
        "\ntry: recommend('x', top=0)\nexcept advisor.BadInput as e: print('refused', end=' ')"
    )
    assert run(f"import advisor\nfrom advisor import recommend{refused}") == "refused "
    assert (
        run(f"import advisor, advisor.recommend.options\nfrom advisor import recommend{refused}")
        == "refused "
    )
    assert (
        run(
            "import advisor\nadvisor.recommend\nfrom advisor.recommend.options import Options\nprint(Options().top)"
        )
        == "10\n"
    )
