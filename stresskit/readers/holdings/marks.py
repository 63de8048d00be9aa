"""Decimal comma or point: by what cells prove, by arithmetic, by language."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stresskit.model import Issue
from stresskit.readers.cells import (
    Decimal,
    Value,
    decimal_mark,
    decimal_vote,
    is_missing,
    parse_number,
    text_of,
)
from stresskit.readers.holdings.columns import NUMBERS
from stresskit.readers.holdings.tables import Table

_COMMA_WORDS = re.compile(
    r"\b(stück|wert|\w+wert|kurs|bezeichnung|währung|menge|anzahl|bestand|nominale|"
    r"libellé|quantité|cours|valeur|montant|devise|denominazione|quantità|prezzo|"
    r"controvalore|valore|cantidad|precio|moneda|aantal|koers|waarde|gewicht|anteil|"
    r"poids|peso|titel|wertpapier)\b",
    re.IGNORECASE,
)
_EITHER = re.compile(r"[^\d.,]*\d{1,3}[.,]\d{3}[^\d.,]*")
_EITHER_ALONE = re.compile(r"\d{1,3}[.,]\d{3}")
_CLOSE = 5e-3


def decimal_marks(table: Table) -> tuple[dict[str, Decimal], list[Issue]]:
    """Decide the decimal mark of each number column, and say what was guessed.

    Parameters
    ----------
    table : Table
        Table of positions.
    """
    cells = {r: table.column_cells(r) for r in NUMBERS if r in table.columns}
    decided: dict[str, Decimal] = {
        r: decimal_mark(c) for r, c in cells.items() if any(map(decimal_vote, c))
    }
    issues = [
        i for r, mark in decided.items() if (i := _mixed(table, r, cells[r], mark))
    ]
    unclear = [r for r in cells if r not in decided and any(map(_is_unclear, cells[r]))]
    if not unclear:
        return {r: decided.get(r, ".") for r in cells}, issues
    votes = list(decided.values())
    usual: Decimal = "," if votes.count(",") > votes.count(".") else "."
    proved = _proved(cells, decided)
    if proved is None and not votes:
        usual = _by_language(table)
        issues.append(_guessed(table, unclear[0], usual))
    mark = proved or usual
    return {r: decided.get(r, mark) for r in cells}, issues


def _mixed(table: Table, role: str, cells: list[Value], mark: Decimal) -> Issue | None:
    """Say which cells of a column could be of the other style of writing."""
    other = "," if mark == "." else "."
    groups = re.compile(rf"\d{{1,3}}(\{other}\d{{3}})+(\{mark}\d*)?")
    if not any(isinstance(v, str) and groups.fullmatch(text_of(v)) for v in cells):
        return None
    odd = re.compile(rf"[1-9]\d{{0,2}}\{mark}\d{{3}}")
    found = [
        (n, text_of(v))
        for n, v in enumerate(cells)
        if isinstance(v, str) and odd.fullmatch(text_of(v))
    ]
    # Where many have three decimals, that is how the column is written.
    if not found or len(found) > 0.2 * len(cells):
        return None
    column, (n, text) = table.columns[role], found[0]
    value = parse_number(text, decimal=mark).value
    return Issue(
        code="decimal-mark",
        severity="warning",
        message=f"{len(found)} cells are written in another way than the rest of the "
        f"column: {text} was read as {value:,.12g}.",
        fix="Write all numbers of a column in one style.",
        sheet=table.grid.sheet,
        row=table.header_row + 2 + n,
        column=column.letters,
        value=text,
    )


def _is_unclear(value: Value) -> bool:
    return isinstance(value, str) and _EITHER.fullmatch(text_of(value)) is not None


def _proved(
    cells: dict[str, list[Value]], decided: dict[str, Decimal]
) -> Decimal | None:
    """Give the mark with which quantity times price is the value in more rows."""
    value = next((r for r in ("value", "local_value") if r in cells), None)
    if value is None or not {"quantity", "price"} <= cells.keys():
        return None
    roles = ("quantity", "price", value)
    fits: dict[Decimal, int] = {}
    marks: tuple[Decimal, Decimal] = (".", ",")
    for mark in marks:
        rows = _numbers(
            [cells[r] for r in roles], [decided.get(r, mark) for r in roles]
        )
        fits[mark] = sum(
            any(abs(q * p * per - v) <= _CLOSE * abs(v) for per in (1, 0.01))
            for q, p, v in rows
        )
    if fits["."] == fits[","]:
        return None
    return "." if fits["."] > fits[","] else ","


def _numbers(
    columns: list[list[Value]], marks: list[Decimal]
) -> Iterator[tuple[float, ...]]:
    for row in zip(*columns, strict=True):
        if any(is_missing(v) for v in row):
            continue
        try:
            numbers = tuple(
                parse_number(v, decimal=m).value
                for v, m in zip(row, marks, strict=True)
            )
        except ValueError:
            continue
        if all(numbers):
            yield numbers


def _by_language(table: Table) -> Decimal:
    """Guess from the delimiter and the headers; the Swiss write a point."""
    header = " ".join(text_of(v) for v in table.header)
    if "CHF" in header:
        return "."
    comma = table.grid.delimiter == ";" or _COMMA_WORDS.search(header)
    return "," if comma else "."


def _guessed(table: Table, role: str, mark: Decimal) -> Issue:
    column = table.columns[role]
    what = "comma" if mark == "," else "point"
    text = next(text_of(v) for v in table.column_cells(role) if _is_unclear(v))
    number = _EITHER_ALONE.search(text)
    text = number[0] if number else text
    return Issue(
        code="decimal-mark",
        severity="info",
        message=f"No cell tells the decimal mark: a decimal {what} was assumed, so "
        f"{text} is {parse_number(text, decimal=mark).value:,.12g}.",
        fix="Write decimals in at least one cell, such as 1234.50.",
        sheet=table.grid.sheet,
        row=table.header_row + 1,
        column=column.letters,
        value=text,
    )
