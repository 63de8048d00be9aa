"""The comparison workbook: right values, live limit, text that stays text."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from dataclasses import replace

import openpyxl
import pytest
from live_workbook import same

from stresskit.model import Presentation
from stresskit.model.batch import BatchLine, BatchSummary
from stresskit.writers.comparison import comparison_bytes, write_comparison
from stresskit.writers.comparison.distribution import bins

NAMES = ("=1+1", "Müller & Söhne 😀", "n" * 300, "@cmd", "plain")


def line(number: int, pct: float, **changed: object) -> BatchLine:
    """One portfolio of a thousand that makes so much."""
    name = NAMES[number % len(NAMES)]
    known = BatchLine(
        file=f"{number}.csv",
        output=f"{number}.xlsx",
        name=name,
        currency=("USD", "EUR")[number % 2],
        value=1000.0,
        pnl=1000 * pct,
        pnl_pct=pct,
        low_pct=pct - 0.02,
        high_pct=pct + 0.02,
        coverage=0.9,
        light="green",
        segments={"AI accelerators": 2 * pct, "Utilities": -pct},
    )
    return replace(known, **changed)


@pytest.fixture
def summary() -> BatchSummary:
    """Five portfolios, one of weights, one worth less than nothing, one failed."""
    return BatchSummary(
        lines=(
            *(line(0, -0.2), line(1, -0.0999), line(2, 0.03), line(3, -0.11)),
            line(4, -0.3, value=None, pnl=None, currency=None),
            line(5, -0.4, value=-500.0, pnl=-200.0),
            line(6, 0.0, value=0.0, pnl=-5.0, pnl_pct=None, segments={}),
            BatchLine(
                file="=bad.csv",
                output="=bad.xlsx",
                status="input",
                message="=1+1 is no holdings file.",
                fix="Give another.",
            ),
        ),
        limit=0.1,
        limit_share=True,
        hedged=False,
        created=dt.datetime(2025, 2, 3, 9, 30),  # noqa: DTZ001 - no zone in xlsx
        title="An event",
        run_id="0123456789abcdef",
        left_out=(("-notes.pdf", "no ending of holdings"),),
        settings={"severity": "1"},
    )


def opened(payload: bytes) -> tuple[openpyxl.Workbook, openpyxl.Workbook]:
    """Return the file's formulas, and the values it carries."""
    return tuple(
        openpyxl.load_workbook(io.BytesIO(payload), data_only=values)
        for values in (False, True)
    )


@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize("share", [True, False])
def test_recalculation_gives_the_cached_values(summary, share, language):
    """Every formula gives what the file carries, and none an error."""
    asked = replace(summary, limit=0.1 if share else 105.0, limit_share=share)
    payload = comparison_bytes(asked, presentation=Presentation(language=language))

    assert recalculated(payload) > 50


def test_recalculation_of_many_gives_the_cached_values(summary):
    """So do the quantiles that only many portfolios have."""
    many = [line(n, -0.00191 * n - 0.0003, file=f"{n:03}.csv") for n in range(120)]
    payload = comparison_bytes(replace(summary, lines=(*summary.lines, *many)))

    assert recalculated(payload) > 400
    sheet = opened(payload)[1]["Summary"]
    labels = [row[0].value for row in sheet.iter_rows()]
    assert {"The worst 5% begin at", "The worst 1% begin at"} <= set(labels)


def recalculated(payload: bytes) -> int:
    """Calculate every formula, compare it with the cached value, and count them."""
    import formualizer

    formulas, values = opened(payload)
    engine = formualizer.Workbook.from_bytes(payload)
    engine.evaluate_all()
    count = 0
    for sheet in formulas:
        for cell in (c for row in sheet.iter_rows() for c in row):
            if cell.data_type != "f":
                continue
            count += 1
            value = engine.get_value(sheet.title, cell.row, cell.column)
            cached = values[sheet.title][cell.coordinate].value
            assert same(value, cached, 1.0), (cell.coordinate, value, cached)
            assert "#" not in str(cached)
    return count


def test_the_league_table_has_the_worst_first(summary):
    """Ranks go by share; who has none comes last, without a rank."""
    _, values = opened(comparison_bytes(summary))
    rows = list(values["League table"].iter_rows(min_row=9, max_row=15))

    assert [r[0].value for r in rows] == [1, 2, 3, 4, 5, 6, "—"]
    shares = [r[6].value for r in rows]
    assert shares == [-0.4, -0.3, -0.2, -0.11, -0.0999, 0.03, "—"]
    # A limit in % of nothing, or of debts, is none.
    breaches = [r[14].value for r in rows]
    assert breaches == ["—", "yes", "yes", "yes", "no", "no", "—"]
    said = values["League table"]["B4"].value
    assert said == "3 of 7 portfolios breach the limit of 10%."
    assert [r[11].value for r in rows][-2:] == ["Utilities", "—"]


def test_the_limit_is_live(summary):
    """A wider limit lets portfolios off, in the table and in the sentence."""
    import formualizer

    engine = formualizer.Workbook.from_bytes(comparison_bytes(summary))
    engine.set_value("League table", 6, 5, 0.25)
    engine.evaluate_all()

    breaches = [engine.get_value("League table", row, 15) for row in range(9, 16)]
    assert breaches == ["—", "yes", "no", "no", "no", "no", "—"]
    said = engine.get_value("League table", 4, 2)
    assert said == "1 of 7 portfolios breach the limit of 25%."


def test_text_of_users_is_never_a_formula(summary):
    """Names and files that look like formulas are texts, at any length."""
    formulas, _ = opened(comparison_bytes(summary))
    cells = [c for s in formulas for row in s.iter_rows() for c in row]
    texts = {c.value for c in cells if c.data_type == "s"}

    assert {*NAMES, "=bad.csv", "=1+1 is no holdings file.", "-notes.pdf"} <= texts
    for cell in (c for c in cells if c.data_type == "f"):
        assert not any(name in cell.value for name in ("cmd", "1+1", "Müller"))


def test_what_failed_stands_on_its_own_sheet(summary):
    """With whose fault it was and what to do; without a failure it says so."""
    _, values = opened(comparison_bytes(summary))
    row = [c.value for c in values["Not done"][5]]
    assert row == [
        *("=bad.csv", "The holdings", "=1+1 is no holdings file.", "Give another.")
    ]

    done = replace(summary, lines=summary.lines[:2], left_out=())
    _, values = opened(comparison_bytes(done))

    assert values["Not done"]["A4"].value == "Every portfolio was stressed."
    assert values["League table"]["B5"].value is None


def test_a_folder_of_failures_has_a_workbook_too(summary):
    """Without an answer there is nothing to draw, and still a list of what failed."""
    failed = replace(summary, lines=summary.lines[-1:])
    _, values = opened(comparison_bytes(failed))

    assert values.sheetnames == [
        *("Summary", "League table", "Segments", "Not done", "Run log")
    ]
    assert values["League table"]["B4"].value.startswith("0 of 0 portfolios")


def test_segments_count_every_portfolio(summary):
    """Averages are over all with a value; the hardest hit is named."""
    two = replace(
        summary, lines=(line(0, -0.2), line(4, -0.1, segments={"Gold": -0.1}))
    )
    _, values = opened(comparison_bytes(two))
    rows = [[c.value for c in r] for r in values["Segments"].iter_rows(min_row=5)]

    assert rows == [
        ["AI accelerators", -0.2, -0.4, 1, 1, 1, "=1+1", -0.4, -400],
        ["Gold", -0.05, -0.1, 1, 1, 1, "plain", -0.1, -100],
        ["Utilities", 0.1, 0.2, 1, 0, 0, "—", "—", 200],
    ]


def test_who_breaches_is_listed_with_how_much(summary):
    """Beyond the limit, in money and in % of the value; of weights in % only."""
    _, values = opened(comparison_bytes(summary))
    rows = list(values["Limits breached"].iter_rows(min_row=6, values_only=True))

    assert [(r[0], r[6], r[7]) for r in rows] == [
        ("plain", "—", pytest.approx(0.2)),
        ("=1+1", pytest.approx(100.0), pytest.approx(0.1)),
        ("@cmd", pytest.approx(10.0), pytest.approx(0.01)),
    ]

    amount = replace(summary, limit=105.0, limit_share=False)
    _, values = opened(comparison_bytes(amount))
    rows = list(values["Limits breached"].iter_rows(min_row=6, values_only=True))
    assert [(r[0], r[6], r[7]) for r in rows] == [
        ("=1+1", pytest.approx(95.0), pytest.approx(0.19)),
        ("=1+1", pytest.approx(95.0), pytest.approx(0.095)),
        ("@cmd", pytest.approx(5.0), pytest.approx(0.005)),
    ]


def test_a_list_of_breaches_says_that_the_limit_has_moved(summary):
    """The list is that of the run; the league table and the summary follow."""
    import formualizer

    payload = comparison_bytes(summary)
    engine = formualizer.Workbook.from_bytes(payload)
    engine.evaluate_all()
    assert engine.get_value("Limits breached", 3, 1) == ""

    engine.set_value("League table", 6, 5, 0.25)
    engine.evaluate_all()

    said = engine.get_value("Limits breached", 3, 1)
    assert said.startswith("The limit was changed on the league table")
    assert engine.get_value("Summary", 4, 1).startswith("1 of 7 portfolios breach")


def test_without_a_breach_it_says_so(summary):
    """An empty list is an answer."""
    _, values = opened(comparison_bytes(replace(summary, limit=0.5)))
    said = values["Limits breached"]["A4"].value
    assert said == "No portfolio loses more than the limit."


def test_what_is_known_least_is_listed(summary):
    """Lights are counted; who is not green is named, red first."""
    lines = (
        *(line(0, -0.2), line(1, -0.1, light="amber", coverage=0.7)),
        line(3, 0.0, light="red", coverage=0.2),
    )
    _, values = opened(comparison_bytes(replace(summary, lines=lines)))
    rows = list(values["Coverage"].iter_rows(min_row=5, values_only=True))

    assert [r[:2] for r in rows[:5]] == [
        *(("green", 1), ("amber", 1), ("red", 1)),
        ("Covered, % of value: median", 0.7),
        ("Covered, % of value: lowest", 0.2),
    ]
    assert [r[:3] for r in rows[-2:]] == [
        *(("@cmd", "red", 0.2), ("Müller & Söhne 😀", "amber", 0.7))
    ]


def test_bins_hold_every_portfolio():
    """Each share lies in one bin, also on an edge, also alone, also far out."""
    many = [*(0.0001 * n for n in range(-1500, 300)), -4.7, -2.0, 3.0]
    few = [0.005 * n for n in range(-40, 9)]
    for shares in ([-0.03], [-0.1, -0.05, 0.0], few, many):
        found = bins(shares)
        assert len(found) <= 16
        for share in shares:
            assert sum(low <= share < high for low, high in found) == 1
    assert bins([-90.0, 3.0])[0][0] <= -90.0
    # A few of many that lie far out do not make the others one bin.
    assert len(bins(many)) > 8


def test_the_chart_says_its_message(summary, tmp_path):
    """Columns on the sheet Distribution, with words for who cannot see them."""
    write_comparison(tmp_path / "c.xlsx", summary)
    with zipfile.ZipFile(tmp_path / "c.xlsx") as file:
        drawing = file.read("xl/drawings/drawing1.xml").decode()
        charts = [n for n in file.namelist() if n.startswith("xl/charts/chart")]

    assert len(charts) == 1
    said = "The largest loss is -40.0% of the value, the median -15.5%."
    assert f"{said}" in drawing


def test_the_same_summary_gives_the_same_bytes(summary):
    """Nothing but the summary is in the file."""
    assert comparison_bytes(summary) == comparison_bytes(summary)


def test_hedges_add_two_columns(summary):
    """The suggestion, and what is left after it."""
    hedged = replace(
        summary,
        hedged=True,
        lines=(line(0, -0.2, hedge="Overlay", hedged_pct=-0.11), line(1, 0.01)),
    )
    _, values = opened(comparison_bytes(hedged))
    row = [c.value for c in values["League table"][9]]

    assert row[15:] == ["Overlay", -0.11]
