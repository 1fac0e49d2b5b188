"""The rules of the house that no linter knows."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from module_map import with_map

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    p for top in ("advisor", "bench", "dashboards", "tests") for p in (ROOT / top).rglob("*.py")
)


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_no_module_grows_a_second_job(file):
    lines = len(file.read_text(encoding="utf-8").splitlines())
    assert lines <= 400, f"{file.name} has {lines} lines; what is the second job in it?"


@pytest.mark.parametrize("word", ["utils", "helpers", "misc", "common"])
def test_no_module_is_named_for_nothing(word):
    assert not [file for file in MODULES if file.stem == word]


def test_every_module_says_why_it_exists():
    silent = [
        file.relative_to(ROOT).as_posix()
        for file in MODULES
        if file.is_relative_to(ROOT / "advisor")
        and file.stat().st_size > 1
        and not file.read_text(encoding="utf-8").startswith('"""')
    ]
    assert not silent


def test_the_map_in_agents_md_is_current():
    text = (ROOT / "AGENTS.md").read_text(encoding="utf-8")
    assert text == with_map(text), "run: python tests/contract/module_map.py"


def test_every_facts_file_is_valid_toml():
    files = sorted((ROOT / "data").glob("*.toml"))
    assert files
    for file in files:
        tomllib.loads(file.read_text(encoding="utf-8"))


def test_every_anchor_named_in_a_docstring_stands_in_method_md():
    method = (ROOT / "METHOD.md").read_text(encoding="utf-8")
    headings = {
        line.lstrip("#").strip().lower().replace(" ", "-")
        for line in method.splitlines()
        if line.startswith("#")
    }
    named = {
        anchor
        for file in MODULES
        if not file.is_relative_to(ROOT / "tests")
        for anchor in re.findall(r"METHOD\.md#([a-z0-9-]+)", file.read_text(encoding="utf-8"))
    }
    assert named - headings == set()


def test_no_path_of_anybodys_machine_is_in_the_tree():
    pattern = r"/(home|Users|root)/[A-Za-z]"
    found = subprocess.run(
        ["git", "grep", "-nIE", pattern, "--", "*.py", "*.md", "*.toml", "Makefile", ".ci", ":!tests/contract", ":!tests/fixtures"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.stdout == ""
