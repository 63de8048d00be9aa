"""Reports as PDF."""

from __future__ import annotations

import stat

import pytest

from stresskit.errors import MissingExtra, OutputError
from stresskit.model import Presentation
from stresskit.pipeline import write_pdf as print_report
from stresskit.writers import pdf


def program(tmp_path, monkeypatch, script):
    """Put a program in the place of LibreOffice."""
    file = tmp_path / "soffice"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(file.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setattr(pdf.shutil, "which", lambda _: str(file))


def test_without_libreoffice(tmp_path, monkeypatch):
    """The message says what to install."""
    monkeypatch.setattr(pdf.shutil, "which", lambda _: None)

    with pytest.raises(MissingExtra, match="not installed") as caught:
        pdf.write_pdf(tmp_path / "a.pdf", b"")

    assert "apt install libreoffice-calc" in caught.value.hint


def test_a_failing_program_leaves_what_was_there(tmp_path, monkeypatch):
    """Its words are told; the old file stays."""
    program(tmp_path, monkeypatch, "echo broken >&2; exit 3")
    (tmp_path / "a.pdf").write_text("old")

    with pytest.raises(OutputError, match="made no PDF: broken"):
        pdf.write_pdf(tmp_path / "a.pdf", b"")

    assert (tmp_path / "a.pdf").read_text() == "old"


def test_a_program_that_says_nothing_and_writes_nothing(tmp_path, monkeypatch):
    """No file is no PDF."""
    program(tmp_path, monkeypatch, "exit 0")

    with pytest.raises(OutputError, match="made no PDF"):
        pdf.write_pdf(tmp_path / "a.pdf", b"")


@pytest.mark.libreoffice
def test_only_the_sections_are_printed(result, tmp_path):
    """Sheets for the formulas alone have no page; pages are numbered."""
    path = print_report(
        tmp_path / "a.pdf",
        result,
        presentation=Presentation(sections=("summary", "limitations")),
    )

    content = path.read_bytes()
    assert content.startswith(b"%PDF")
    assert content.count(b"/Type/Page/") == 2
