"""The main job through both doors: the page in a real browser and the command line say the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from dashboards.asking import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

pytestmark = [pytest.mark.slow, pytest.mark.browser]

ADVISOR = "import sys; sys.argv[0] = 'advisor'; from advisor.cli import main; main()"


def by_command(question: str) -> dict[str, Any]:
    command = [sys.executable, "-c", ADVISOR, "recommend", "--task", question, "--format", "json"]
    done = subprocess.run(command, capture_output=True, check=True, env=os.environ)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("question", EXAMPLES)
def test_the_page_says_what_the_command_says(visit: Callable[..., Any], question: str) -> None:
    answer = by_command(question)
    here = visit()
    page = here.open()
    page.get_by_label("Your task, in your words").fill(question)
    page.get_by_role("button", name="Find the smallest model").click()
    expect(page.locator(".verdict h2")).to_have_text(answer["verdict"]["sentence"])
    here.settled()
    first = answer["ranked"][0]["model_id"]
    expect(page.get_by_role("table").filter(has_text="good enough").first).to_contain_text(first)
