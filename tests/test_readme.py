"""The README's blocks run, and print what it says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, flags=re.DOTALL)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder in which the examples can be reached and anything may be written."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("code", [b for kind, b in BLOCKS if kind == "python"])
def test_python_blocks_run(folder, code):
    """Every Python block runs, and its assertions hold."""
    assert folder.is_dir()
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - our own README


@pytest.mark.parametrize("block", [b for kind, b in BLOCKS if kind == "console"])
def test_console_blocks_print_what_they_say(folder, block):
    """Every command prints the lines below it."""
    line, _, expected = block.partition("\n")
    words = shlex.split(line.removeprefix("$ "))
    assert words[0] == "stresskit"

    done = subprocess.run(
        [sys.executable, "-m", "stresskit", *words[1:]],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )

    assert [s.rstrip() for s in done.stdout.splitlines()] == [
        s.rstrip() for s in expected.splitlines()
    ]


def test_links_lead_somewhere():
    """Every link to a file of the repository finds it."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT)

    assert len(links) >= 3
    for link in links:
        assert (ROOT / link).exists(), link
