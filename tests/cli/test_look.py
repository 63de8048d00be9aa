"""How reports look, on the command line."""

from __future__ import annotations

import openpyxl
import pytest


@pytest.fixture
def look(run, sheet, tmp_path):
    """Run a stress with words of look; return what came out and the report's path."""

    def stress(*words, code=0):
        path = tmp_path / "report.xlsx"
        done = run("stress", sheet(), "--no-hedge", "-o", path, *words, code=code)
        return done, path

    return stress


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--language", "es"), "There is no language 'es'."),
        (("--theme", "nope"), "There is no theme 'nope'."),
        (("--form", "shrot"), "Did you mean short?"),
        (("--sections", "summary,hedge"), "Did you mean hedges?"),
        (("--paper", "A5"), "There is no paper 'A5'."),
    ],
)
def test_a_typo_is_named_before_any_work(look, words, message):
    """The exit is 2, nothing is written."""
    done, path = look(*words, code=2)

    assert message in done.said
    assert not path.exists()


def test_a_german_report_for_a_client(look):
    """Sheets, title and the client's name are in it."""
    _, path = look(
        *("--language", "de", "--form", "short", "--client", "Familie {Müller}")
    )
    book = openpyxl.load_workbook(path, data_only=True)

    first = book[book.sheetnames[0]]
    assert book.sheetnames[0] == "Zusammenfassung"
    assert first["B1"].value.startswith("Stresstest")
    assert "Für Familie {Müller}" in first["B3"].value


def test_a_pdf_is_no_workbook(look, tmp_path):
    """Its name has to end in .pdf; nothing is written before that is clear."""
    done, path = look("--pdf", tmp_path / "report.doc", code=5)

    assert "does not end in .pdf" in done.said
    assert not path.exists()


def test_the_themes(run, tmp_path):
    """They are listed, one is printed to start from, one's own is checked."""
    listed = run("theme", "list")
    shown = run("theme", "show", "neutral")
    mine = tmp_path / "mine.toml"
    mine.write_text(shown.out.replace("#14284B", "#0B3D2E"), encoding="utf-8")
    checked = run("theme", "check", mine)
    mine.write_text(shown.out.replace("#14284B", "green"), encoding="utf-8")
    wrong = run("theme", "check", mine, code=2)

    assert "private-bank" in listed.out
    assert "can be used" in checked.out
    assert "the colour primary is 'green'" in wrong.said
