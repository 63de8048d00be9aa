"""Stated holdings as the rows of a sheet, for a copy in which issues are marked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stresskit.model import Issue, Portfolio
from stresskit.readers.files import column_letters
from stresskit.readers.holdings.stated.checks import HOLDERS, shown_value


def stated_cells(
    document: dict[str, Any], portfolio: Portfolio
) -> tuple[list[list[Any]], Portfolio]:
    """Return a row per position below their fields, and the issues at their cells.

    Parameters
    ----------
    document : dict
        The parsed JSON that the portfolio was read from.
    portfolio : Portfolio
        What was read; its issues name rows as the JSON does, and fields.

    Examples
    --------
    >>> book = {"positions": [{"name": "SAP", "identifiers": {"isin": "DE0007164600"}}]}
    >>> stated_cells(book, Portfolio(name="a", positions=()))[0]
    [['name', 'identifiers.isin'], ['SAP', 'DE0007164600']]
    """
    flat = [_flat(record) for record in document["positions"]]
    header = list(dict.fromkeys(name for record in flat for name in record))
    rows: list[list[Any]] = [[*header]]
    rows += [[record.get(name) for name in header] for record in flat]
    letters = {name: column_letters(n) for n, name in enumerate(header)}
    # A field is called by its own name, whatever object it stands in.
    letters |= {n.rpartition(".")[2]: at for n, at in reversed(letters.items())}
    at = {(p.sheet, p.row): n for n, p in enumerate(portfolio.positions, 2)}
    of_row = {p.row: n for n, p in enumerate(portfolio.positions, 2)}
    issues = tuple(
        _placed(i, at.get((i.sheet, i.row)) or of_row.get(i.row), letters)
        for i in portfolio.issues
    )
    return rows, replace(portfolio, issues=issues)


def _placed(issue: Issue, row: int | None, letters: dict[str, str]) -> Issue:
    if issue.row is None or row is None:
        return replace(issue, sheet=None, row=None, column=None)
    column = letters.get(issue.column or "")
    return replace(issue, sheet=None, row=row, column=column)


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in record.items():
        inner = value if name in HOLDERS and isinstance(value, dict) else {"": value}
        for key, one in inner.items():
            said = shown_value(f"{name}.{key}" if key else name)
            is_nested = isinstance(one, dict | list | bool)
            found[said] = shown_value(one) if is_nested else one
    return found
