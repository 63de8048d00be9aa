"""The sheets of the report: what each says, by hand."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import openpyxl
import pytest
from live_workbook import Live

from stresskit.model import HedgePlan, Presentation, StressResult
from stresskit.model.presentation import SECTIONS
from stresskit.presenting import load_theme
from stresskit.writers.workbook import workbook_bytes


def opened(result, plan=None, **given):
    """Return the report as a reader sees it."""
    look = Presentation(**given)
    payload = workbook_bytes(result, plan, presentation=look)
    return openpyxl.load_workbook(io.BytesIO(payload), data_only=True)


def texts_of(sheet):
    """Return all texts of a sheet in one."""
    return "\n".join(
        str(c.value) for row in sheet.iter_rows() for c in row if c.value is not None
    )


def test_the_short_form_keeps_what_formulas_need(result: StressResult) -> None:
    """The sections come first; the rest stands behind, and nothing is an error."""
    book = opened(result, form="short")

    assert book.sheetnames[:4] == ["Summary", "Scenario", "Attribution", "Limitations"]
    assert "Positions" in book.sheetnames
    assert "Validation" not in book.sheetnames
    errors = [
        s.title for s in book for r in s.iter_rows() for c in r if c.data_type == "e"
    ]
    assert errors == []


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_stands_alone(
    result: StressResult, plan: HedgePlan, section: str
) -> None:
    """With the summary and what formulas need, recalculated without a difference."""
    live = Live(result, plan, presentation=Presentation(sections=(section,)))

    assert live.differences(abs(result.base_value)) == []


def test_the_heat_map_adds_up(result: StressResult) -> None:
    """Rows add up to the positions' segment part, columns to the segments' P&L."""
    sheet = Live(result).cached["Heat map"]
    rows = [[c.value for c in row] for row in sheet.iter_rows(min_row=6, max_row=40)]
    end = next(n for n, row in enumerate(rows) if row[0] == "All positions")
    body, total = rows[:end], rows[end]
    count = max(n for n, v in enumerate(total) if v is not None)

    for n in range(1, count + 1):
        column = sum(row[n] or 0.0 for row in body)
        assert column == pytest.approx(total[n], rel=1e-9, abs=1e-6)
    assert total[count] == pytest.approx(result.attribution.segments, rel=1e-9)
    by_name = {row[0]: row[count] for row in body}
    found = {
        r.position.name: r.segments
        for r in result.by_position
        if r.position.name in by_name
    }
    assert {k: by_name[k] for k in found} == pytest.approx(found, rel=1e-9)


def test_the_severity_line_is_the_engines(
    result: StressResult, by_hand: SimpleNamespace
) -> None:
    """Each severity is a stress of its own; the range with it."""
    sheet = Live(result).cached["Sensitivities"]

    for row in range(6, 14):
        severity = sheet.cell(row, 1).value
        one = by_hand.stress(*by_hand.holdings(), by_hand.Inputs(severity=severity))
        shown = [sheet.cell(row, c).value for c in (2, 4, 5)]
        assert shown == pytest.approx([one.pnl, one.band.low, one.band.high], rel=1e-9)


def test_a_changed_severity_of_the_line_flows(
    result: StressResult, by_hand: SimpleNamespace
) -> None:
    """Its P&L is the engine's; the range, which only the engine gives, is empty."""
    live = Live(result)

    live.set("Sensitivities", 6, 1, 0.4)

    wanted = by_hand.stress(*by_hand.holdings(), by_hand.Inputs(severity=0.4))
    assert live.engine.get_value("Sensitivities", 6, 2) == pytest.approx(wanted.pnl)
    assert live.engine.get_value("Sensitivities", 6, 4) in ("", None)


def test_a_theme_is_seen(result: StressResult) -> None:
    """Its colours, font, logo, footer and words are in the file."""
    theme = load_theme("private-bank")
    payload = workbook_bytes(
        result, presentation=Presentation(theme=theme, client="Family & Co")
    )
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        styles = archive.read("xl/styles.xml").decode()
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        media = [n for n in archive.namelist() if n.startswith("xl/media/")]
        core = archive.read("docProps/app.xml").decode()

    assert "FF2B2A33" in styles
    assert "FF14284B" not in styles
    assert 'val="Georgia"' in styles
    assert len(media) == 1
    assert (
        "Aldenburg &amp;amp;&amp;amp; Cie" in sheet
        or "Aldenburg &amp;&amp; Cie" in sheet
    )
    assert "Aldenburg &amp; Cie" in core
    text = texts_of(openpyxl.load_workbook(io.BytesIO(payload))["Summary"])
    assert "For Family & Co" in text
    assert theme.text("disclaimer", "en") in text


@pytest.mark.parametrize(("paper", "code"), [("A4", 9), ("Letter", 1)])
def test_every_page_is_ready_to_print(
    result: StressResult, plan: HedgePlan, paper: str, code: int
) -> None:
    """The paper, landscape, one page wide, page n of m in the footer."""
    book = opened(result, plan, paper=paper)

    for sheet in book:
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (
            code,
            "landscape",
        )
        assert "Page &P of &N" in sheet.oddFooter.right.text
        assert "Run 0123456789abcdef" in sheet.oddFooter.center.text


def test_what_is_printed_hides_the_sheets_for_formulas(result: StressResult) -> None:
    """A report to be printed shows its sections; the one handed over hides nothing."""
    look = Presentation(sections=("summary", "limitations"))
    for printed, hidden in ((False, set()), (True, {"hidden"})):
        payload = workbook_bytes(result, presentation=look, printed=printed)
        book = openpyxl.load_workbook(io.BytesIO(payload))
        states = {s.title: s.sheet_state for s in book}
        behind = {v for k, v in states.items() if k not in ("Summary", "Limitations")}
        assert states["Summary"] == states["Limitations"] == "visible"
        assert behind == (hidden or {"visible"})


def test_a_failing_check_turns_the_cover(result: StressResult) -> None:
    """A changed value of a position is no input: the status says so."""
    live = Live(result)
    row = live.find("Positions", result.by_position[0].position.name)

    live.set("Positions", row, 8, 1.0)

    assert live.engine.get_value("Summary", 3, 6) == "Status: a check fails, do not use"


def test_what_is_left_out_is_said_in_money(result: StressResult) -> None:
    """Limitations names the amount that is stressed without knowledge of it.

    Two positions of the fixture are not covered already.
    """
    rows = list(result.by_position)
    exposure = replace(rows[0].exposure, covered=False)
    rows[0] = replace(rows[0], exposure=exposure)
    some = replace(result, by_position=tuple(rows), uncovered_value=123_456.0)

    text = texts_of(opened(some)["Limitations"])

    assert "USD 123,000 in 3 positions are not covered" in text


def test_the_summary_names_what_could_be_done(
    result: StressResult, plan: HedgePlan
) -> None:
    """At most three suggestions, those that reach the target first."""
    sheet = opened(result, plan)["Summary"]
    column = [c.value for c in sheet["B"] if isinstance(c.value, str)]

    shown = [v for v in column if v[:3] in ("1. ", "2. ", "3. ")]

    best = [h for h in plan.hedges if h.legs and h.status == "optimal"]
    assert len(shown) == min(3, len([h for h in plan.hedges if h.legs]))
    if best:
        cheapest = min(best, key=lambda h: h.cost)
        assert shown[0] == f"1. {cheapest.title or cheapest.family}"


def test_a_factor_without_evidence_has_nothing_to_validate(
    result: StressResult,
) -> None:
    """The page says so in place of a chart."""
    text = texts_of(opened(result, sections=("validation",))["Validation"])

    assert "there is nothing realised to hold it against" in text
