"""Two workbooks compared: what counts as the same, and how a difference is called."""

from __future__ import annotations

import pytest

from stresskit.core.same_cells import (
    Cell,
    Sheets,
    address,
    compare_sheets,
    same_formula,
    same_value,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("=SUM(A1:A3)", "sum( A1 : A3 )"),
        ("'Scenario'!$B$2*2", "Scenario!$B$2*2.0"),
        ("_xlfn.STDEV.S(A1:A9)", "STDEV.S(A1:A9)"),
        ("IF(A1,TRUE(),FALSE())", "IF(A1,TRUE,FALSE)"),
        ("A1*1.766448e-08", "A1*0.00000001766448"),
        ("B1-262989.3786802805", "B1-262989.378680281"),
    ],
)
def test_formulas_written_in_two_ways(one: str, other: str) -> None:
    """Blanks, case, quotes, prefixes and the last digits are the program's."""
    assert same_formula(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SUM(A1:A3)", "SUM(A1:A4)"),
        ("A1*1.0001", "A1*1.0002"),
        ('IF(A1="Yes",1,2)', 'IF(A1="yes",1,2)'),
        ("A1", None),
        ("'My Sheet'!A1", "'Mine'!A1"),
        ("A1+1", "A1+1+1"),
    ],
)
def test_formulas_that_differ(one: str, other: str | None) -> None:
    """Another range, number, text or nothing is another formula."""
    assert not same_formula(one, other)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (1.0, 1.0 + 5e-10, True),
        (1.0, 1.0 + 5e-9, False),
        (5e-8, 0.0, True),
        (5e-7, 0.0, False),
        (True, 1.0, True),
        ("", None, True),
        ("a\r\nb", "a\nb", True),
        ("1", 1.0, False),
        (0.0, None, False),
    ],
)
def test_values(one: object, other: object, expected: bool) -> None:
    """To 1e-9, and 1e-13 of a million that is left of nothing; nothing is not zero."""
    assert same_value(one, other, 1e6) is expected  # type: ignore[arg-type]


def book(**cells: Cell) -> Sheets:
    """Return one sheet: a name, an input, a formula, a text."""
    usual = {
        "head": Cell("P&L"),
        "name": Cell("ACME"),
        "input": Cell(2.0),
        "formula": Cell(4.0, "A2*2"),
    }
    found = usual | cells
    places = {"head": (0, 2), "name": (1, 0), "input": (1, 1), "formula": (1, 2)}
    return {"Positions": {places[k]: v for k, v in found.items()}}


@pytest.mark.parametrize(
    ("change", "kind", "cell"),
    [
        ({"input": Cell(3.0)}, "input", "B2"),
        ({"formula": Cell(5.0, "A2*2")}, "figure", "C2"),
        ({"formula": Cell(4.0, "A2*3")}, "formula", "C2"),
        ({"formula": Cell(4.0)}, "formula", "C2"),
        ({"name": Cell("Acme")}, "text", "A2"),
    ],
)
def test_what_differs(change: dict[str, Cell], kind: str, cell: str) -> None:
    """A difference is one of a kind, at a cell."""
    (found,) = compare_sheets(book(**change), book(), names={}).differences

    assert (found.kind, found.cell) == (kind, cell)


def test_a_cell_is_called_by_its_name_or_its_row_and_column() -> None:
    """A defined name comes first; else the row's first text and the column's."""
    changed = book(formula=Cell(5.0, "A2*2"))
    plain = compare_sheets(changed, book(), names={}).differences
    named = compare_sheets(changed, book(), names={"PnL": ("Positions", (1, 2))})

    assert [d.name for d in plain] == ["ACME, P&L"]
    assert [d.name for d in named.differences] == ["PnL"]


def test_sheets_that_are_missing_or_added() -> None:
    """Each is one difference, whatever stands on it."""
    report = {"Mine": {(0, 0): Cell(1.0)}}
    found = compare_sheets(report, book(), names={}).differences

    assert [(d.sheet, d.report) for d in found] == [
        ("Mine", "added"),
        ("Positions", "missing"),
    ]


def test_values_that_a_program_dropped() -> None:
    """Where no formula has a value, formulas alone are compared."""
    bare = book(formula=Cell(None, "A2*2"))
    other = book(formula=Cell(None, "A2*3"))

    assert compare_sheets(bare, book(), names={}).dropped
    assert compare_sheets(bare, book(), names={}).differences == ()
    assert len(compare_sheets(other, book(), names={}).differences) == 1


def test_one_value_that_is_gone_differs() -> None:
    """Where other formulas kept theirs, one without a value was changed."""
    kept = {"Other": {(0, 0): Cell(1.0, "1")}}
    report = book(formula=Cell(None, "A2*2")) | kept
    found = compare_sheets(report, book() | kept, names={})

    assert (found.dropped, len(found.differences)) == (False, 1)


def test_addresses() -> None:
    """Column 0 is A, column 702 is AAA."""
    assert [address((0, 0)), address((8, 702))] == ["A1", "AAA9"]
