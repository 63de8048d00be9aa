"""The mapping workbook: a table to correct and feed back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import formualizer
import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from stresskit.errors import OutputError
from stresskit.model import Exposures, Portfolio, StressResult
from stresskit.writers import write_mapping_workbook

FACTS = [
    "id",
    "name",
    "isin",
    "ticker",
    "market_value",
    "weight",
    "tier",
    "source",
    "confidence",
    "matched",
    "region",
    "segments",
    "beta",
    "suggestions",
    "basis",
    "covered",
]
INPUTS = [
    "override_segment_1",
    "override_share_1",
    "override_segment_2",
    "override_share_2",
    "override_segment_3",
    "override_share_3",
    "override_beta",
    "override_by",
    "override_on",
    "reason",
]
NAMES = [*FACTS, *INPUTS, "override_check"]
AT = {name: number for number, name in enumerate(NAMES, 1)}
FIRST, LAST = 2, 10  # the rows of nine positions


@pytest.fixture
def path(by_hand: SimpleNamespace, result: StressResult, tmp_path: Path) -> Path:
    """Return the file of the mixed portfolio."""
    path = tmp_path / "mapping.xlsx"
    chain = by_hand.factor().chain
    write_mapping_workbook(path, result.portfolio, result.exposures, chain)
    return path


@pytest.fixture
def book(path: Path) -> openpyxl.Workbook:
    """Return the written mapping of the mixed portfolio."""
    return openpyxl.load_workbook(path)


@pytest.fixture
def check(path: Path) -> Callable[..., object]:
    """Fill cells of the first position and return what its check then says."""
    engine = formualizer.Workbook.from_bytes(path.read_bytes())

    def fill(**cells: str | float) -> object:
        for name, value in cells.items():
            engine.set_value("Mapping", FIRST, AT[f"override_{name}"], value)
        engine.evaluate_all()
        return engine.get_value("Mapping", FIRST, AT["override_check"])

    return fill


def test_columns(book: openpyxl.Workbook) -> None:
    """The table starts in the first row with the agreed columns."""
    assert book.sheetnames == [
        "Mapping",
        "Leaf weights",
        "Sensitivities",
        "Segments",
        "Instructions",
    ]
    assert [c.value for c in book["Mapping"][1]] == NAMES


def test_rows(book: openpyxl.Workbook) -> None:
    """A row says where the position was placed and how sure that is."""
    row = dict(zip(NAMES, (c.value for c in book["Mapping"][3]), strict=True))
    assert {k: row[k] for k in FACTS if k != "isin"} == {
        "id": "VST",
        "name": "VST Corp",
        "ticker": "VST",
        "market_value": 800_000,
        "weight": None,
        "tier": "B",
        "source": "curated",
        "confidence": 0.89,
        "matched": "VST:XNAS",
        "region": "US",
        "segments": "IPP_NUC=0.5;AI_ACCEL=0.5",
        "beta": 1,
        "suggestions": "-",
        "basis": "Curated map, 2024-12-31.",
        "covered": "yes",
    }
    assert [row[k] for k in INPUTS] == [None] * 10


def test_every_position_has_its_tier(book: openpyxl.Workbook) -> None:
    """Known ones are B, the unknown one F, and what stays where it is has none."""
    tiers = [book["Mapping"].cell(r, AT["tier"]).value for r in range(FIRST, LAST + 1)]
    assert tiers == ["B", "B", "B", "B", "B", "-", "F", "B", "-"]
    known = [
        book["Mapping"].cell(r, AT["covered"]).value for r in range(FIRST, LAST + 1)
    ]
    assert known == [*["yes"] * 6, "no", "yes", "no"]


def test_the_cells_to_fill_are_seen(book: openpyxl.Workbook) -> None:
    """Input cells are yellow, and only they; those of words hold text."""
    for row in book["Mapping"].iter_rows(min_row=FIRST, max_row=LAST):
        cells = dict(zip(NAMES, row, strict=True))
        yellow = {k for k, c in cells.items() if c.fill.fgColor.rgb == "FFFFFBE0"}
        assert yellow == set(INPUTS)
        words = {k for k in INPUTS if cells[k].number_format == "@"}
        assert words == {
            "override_segment_1",
            "override_segment_2",
            "override_segment_3",
            "override_by",
            "reason",
        }
        assert cells["override_on"].number_format == "yyyy-mm-dd"


def test_input_cells_are_validated(book: openpyxl.Workbook) -> None:
    """Segments from the list, shares from 0 to 1, betas, days; in every row."""
    found = {}
    for rule in book["Mapping"].data_validations.dataValidation:
        for area in rule.sqref.ranges:
            assert (area.min_row, area.max_row) == (FIRST, LAST)
            assert area.min_col == area.max_col
            formulas = (rule.formula1, rule.formula2)
            assert rule.showErrorMessage
            assert rule.error
            found[NAMES[area.min_col - 1]] = (rule.type, *formulas)
    # Days since 30 December 1899.
    zero = dt.date(1899, 12, 30)
    days = [str((dt.date(y, 1, 1) - zero).days) for y in (2000, 2100)]
    assert {
        **{f"override_segment_{n}": ("list", "SegmentIds", None) for n in (1, 2, 3)},
        **{f"override_share_{n}": ("decimal", "0", "1") for n in (1, 2, 3)},
        "override_beta": ("decimal", "-10", "10"),
        "override_on": ("date", *days),
    } == found


def test_the_list_of_segments_has_a_name(book: openpyxl.Workbook) -> None:
    """SegmentIds is the column of the five leaves, header left out."""
    (place,) = book.defined_names["SegmentIds"].destinations
    assert place == ("Segments", "$A$2:$A$6")
    cells = [row[0].value for row in book["Segments"]["A2:A6"]]
    assert cells == ["AI_ACCEL", "IPP_NUC", "APP_SW", "ROM_45", "ROM_60"]


def test_every_row_has_the_check_of_its_own_cells(book: openpyxl.Workbook) -> None:
    """The formula reads the row's seven cells that decide, and no other row."""
    deciding = [n for n in INPUTS if n[9:13] in ("segm", "shar", "beta")]
    for row in range(FIRST, LAST + 1):
        formula = book["Mapping"].cell(row, AT["override_check"]).value
        assert formula.startswith("=IF(")
        for name in deciding:
            assert f"{get_column_letter(AT[name])}{row}" in formula
        shares = ",".join(
            f"{get_column_letter(AT[f'override_share_{n}'])}{row}" for n in (1, 2, 3)
        )
        assert f"SUM({shares})>1.001" in formula


def test_a_row_that_is_not_edited_says_nothing(check: Callable[..., object]) -> None:
    """Without an edit the check is blank, also where only who and when stand."""
    assert (check() or "") == ""
    assert (check(by="A. Analyst", on=45_000) or "") == ""


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"segment_1": "AI_ACCEL"}, "will be used"),
        (
            {
                "segment_1": "AI_ACCEL",
                "share_1": 0.4,
                "segment_2": "ROM_45",
                "share_2": 0.6,
            },
            "will be used",
        ),
        ({"beta": 1.2}, "will be used"),
        ({"beta": 0}, "will be used"),
        ({"segment_1": "AI_ACCELERATORS"}, "unknown segment"),
        (
            {"segment_1": "AI_ACCEL", "share_1": 0.5, "segment_3": "SOAP"},
            "unknown segment",
        ),
        # 0.9 + 0.8 = 1.7
        (
            {
                "segment_1": "AI_ACCEL",
                "share_1": 0.9,
                "segment_2": "ROM_45",
                "share_2": 0.8,
            },
            "shares add up to 1.70",
        ),
        # 0.5 + 0.4 + 0.2 = 1.1
        (
            {
                "segment_1": "AI_ACCEL",
                "share_1": 0.5,
                "segment_2": "ROM_45",
                "share_2": 0.4,
                "segment_3": "ROM_60",
                "share_3": 0.2,
            },
            "shares add up to 1.10",
        ),
    ],
)
def test_the_check_says_what_becomes_of_a_row(
    check: Callable[..., object], cells: dict[str, str | float], said: str
) -> None:
    """A live formula says so while the user is still in the sheet."""
    assert check(**cells) == said


def test_a_check_that_is_put_right(check: Callable[..., object]) -> None:
    """The formula follows the cells back and forth."""
    assert check(segment_1="APP_SW", share_1=1.2) == "shares add up to 1.20"
    assert check(share_1=1.0) == "will be used"
    assert check(segment_1="APP") == "unknown segment"
    assert (check(segment_1="", share_1="") or "") == ""


def test_matrices(book: openpyxl.Workbook, path: Path) -> None:
    """Leaf weights add up to the whole; sensitivities to what the P&L takes."""
    engine = formualizer.Workbook.from_bytes(path.read_bytes())
    engine.evaluate_all()
    cached = openpyxl.load_workbook(path, data_only=True)
    # From the makers: two segments weigh a half each; sensitivities are as given.
    wanted = {
        "Leaf weights": [1, 1, 1, 1, 1, 0, 1, 1, 0],
        "Sensitivities": [1.1, 1.05, 0.9, 1.0, 0.9, 0, 0.5, 0.55, 0],
    }
    for name, sums in wanted.items():
        page = book[name]
        # ROM_60 is nobody's.
        assert [c.value for c in page[1]] == [
            "id",
            "name",
            "sum",
            "AI_ACCEL",
            "IPP_NUC",
            "APP_SW",
            "ROM_45",
        ]
        assert page.max_row == LAST
        for row, total in enumerate(sums, FIRST):
            assert page.cell(row, 1).value == book["Mapping"].cell(row, 1).value
            assert page.cell(row, 3).value == f"=SUM(D{row}:G{row})"
            assert engine.get_value(name, row, 3) == pytest.approx(total, abs=1e-12)
            assert cached[name].cell(row, 3).value == pytest.approx(total, abs=1e-12)
    vistra = [c.value for c in book["Sensitivities"][3]][3:]
    assert vistra == [0.1, 0.95, None, None]


def test_text_stays_text(book: openpyxl.Workbook) -> None:
    """Nothing of the user's becomes a formula: the checks and the sums are all."""
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    formulas = {(c.parent.title, c.column) for c in cells if c.data_type == "f"}
    assert formulas == {
        ("Mapping", AT["override_check"]),
        ("Leaf weights", 3),
        ("Sensitivities", 3),
    }
    for name in ("Mapping", "Leaf weights", "Sensitivities"):
        assert book[name]["B8"].value == '=HYPERLINK("http://x","=1+1")'


def test_suggestions_are_for_the_user_to_read(
    by_hand: SimpleNamespace, tmp_path: Path
) -> None:
    """Names alike stand beside the position, parted by semicolons."""
    positions, (first, *_) = by_hand.holdings()
    likely = ("Nvidia Corp (NVDA:XNAS)", "Novidia Ltd (NOV:XLON)")
    rows = (replace(first, source="unmapped", suggestions=likely),)
    path = tmp_path / "m.xlsx"
    write_mapping_workbook(
        path,
        Portfolio(name="x", positions=positions[:1]),
        Exposures(segments=("AI_ACCEL",), rows=rows),
        by_hand.factor().chain,
    )
    page = openpyxl.load_workbook(path)["Mapping"]
    assert page.cell(2, AT["suggestions"]).value == "; ".join(likely)
    assert page.cell(2, AT["tier"]).value == "F"


def test_segments(book: openpyxl.Workbook) -> None:
    """Every leaf is listed with its group and definition."""
    assert [c.value for c in book["Segments"][2]] == [
        "AI_ACCEL",
        "AI accelerators",
        "Compute",
        "Companies of AI accelerators.",
    ]
    assert book["Segments"].max_row == 6


def test_instructions_name_every_kind_of_cell(book: openpyxl.Workbook) -> None:
    """The last sheet says what to fill in and how to feed it back."""
    cells = [c.value for row in book["Instructions"].iter_rows() for c in row]
    text = " ".join(str(c) for c in cells if c)
    for words in (
        "override_beta",
        "override_by, override_on and reason",
        "--overrides",
    ):
        assert words in text


def test_the_same_portfolio_gives_the_same_bytes(
    by_hand: SimpleNamespace, tmp_path: Path
) -> None:
    """There is no clock in the file."""
    positions, rows = by_hand.holdings()
    portfolio = Portfolio(name="x", positions=positions)
    exposures = Exposures(segments=("AI_ACCEL",), rows=rows)
    for name in ("a.xlsx", "b.xlsx"):
        write_mapping_workbook(
            tmp_path / name, portfolio, exposures, by_hand.factor().chain
        )
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_wrong_place(result: StressResult, by_hand: SimpleNamespace) -> None:
    """A missing folder is an OutputError."""
    with pytest.raises(OutputError):
        write_mapping_workbook(
            "no/such/folder/m.xlsx",
            result.portfolio,
            result.exposures,
            by_hand.factor().chain,
        )
