"""Exchange rates from a file, and their re-basing by cross rates."""

from __future__ import annotations

from collections.abc import Mapping

from stresskit.core.identifiers import currency_of
from stresskit.errors import InputError
from stresskit.readers.cells import decimal_mark, is_missing, parse_number, text_of
from stresskit.readers.files import Given, Grid, column_letters, read_source

# currency, base -> units of the base currency per unit of the currency
Rates = dict[tuple[str, str], float]


def read_fx(path: Given) -> Rates:
    """Read exchange rates from a table with the columns currency, rate and base.

    The column ``per`` (units of the currency that the rate is for, such as 100
    yen) is optional.

    Parameters
    ----------
    path : str, Path or Content
        CSV or Excel file.

    Returns
    -------
    dict of (str, str) to float
        Units of the base currency per unit of the currency, by both codes.

    Raises
    ------
    InputError
        If the table is not there, a code is unknown or a rate no positive number.
    """
    source = read_source(path)
    for grid in source.grids:
        for start, row in enumerate(grid.rows):
            headers = [text_of(v).casefold() for v in row]
            if {"currency", "rate", "base"} <= set(headers):
                return _rates(grid, start, headers)
    raise InputError(
        f"{source.name} has no columns currency, rate and base.",
        hint="Write one row per currency: currency,rate,base (EUR,1.08,USD means "
        "1 EUR = 1.08 USD).",
        code="fx",
    )


def _rates(grid: Grid, start: int, headers: list[str]) -> Rates:
    rates: Rates = {}
    column = headers.index("rate")
    cells = [r[column] for r in grid.rows[start + 1 :] if column < len(r)]
    mark = decimal_mark(cells)
    for i in range(start + 1, len(grid.rows)):
        row = grid.rows[i]
        if all(is_missing(v) for v in row):
            continue
        found = {h: row[j] for j, h in enumerate(headers) if h and j < len(row)}
        currency = _code(found.get("currency"), grid, i, headers.index("currency"))
        base = _code(found.get("base"), grid, i, headers.index("base"))
        try:
            rate = parse_number(found.get("rate"), decimal=mark).value
            per = found.get("per")
            rate /= 1.0 if is_missing(per) else parse_number(per, decimal=mark).value
        except (ValueError, ZeroDivisionError):
            rate = 0.0
        if not 0 < rate < float("inf"):
            raise InputError(
                f"{_place(grid, i, column)}: the rate {text_of(found.get('rate'))!r} "
                "is no positive number.",
                code="fx",
            )
        if rates.setdefault((currency, base), rate) != rate:
            raise InputError(
                f"{_place(grid, i, column)}: {currency} has two rates in {base}.",
                code="fx",
            )
    if not rates:
        raise InputError("The table of rates has no rows.", code="fx")
    return rates


def _code(value: object, grid: Grid, row: int, column: int) -> str:
    found = currency_of(text_of(value if isinstance(value, str) else None))
    if found is None or found[1] != 1:
        raise InputError(
            f"{_place(grid, row, column)}: {value!r} is no currency of ISO 4217.",
            hint="Write a code such as USD, EUR or CHF.",
            code="currency",
        )
    return found[0]


def _place(grid: Grid, row: int, column: int) -> str:
    sheet = f"sheet {grid.sheet}, " if grid.sheet else ""
    return f"{sheet}row {row + 1}, column {column_letters(column)}"


def fx_to_base(rates: Mapping[tuple[str, str], float], base: str) -> dict[str, float]:
    """Give every currency's rate in one base currency, crossing rates as needed.

    Parameters
    ----------
    rates : mapping of (str, str) to float
        Units of the second currency per unit of the first.
    base : str
        Currency of the result, ISO 4217.

    Returns
    -------
    dict of str to float
        Units of ``base`` per unit of each currency that can be reached.

    Raises
    ------
    InputError
        If no rate leads to the base currency.

    Examples
    --------
    >>> fx_to_base({("EUR", "USD"): 1.25, ("GBP", "USD"): 1.5}, "EUR")
    {'EUR': 1.0, 'USD': 0.8, 'GBP': 1.2000000000000002}
    """
    links: dict[str, dict[str, float]] = {}
    for (currency, other), rate in rates.items():
        links.setdefault(other, {}).setdefault(currency, rate)
        links.setdefault(currency, {}).setdefault(other, 1 / rate)
    if base not in links:
        raise InputError(
            f"No rate leads to {base}.",
            hint=f"Add a row for {base}.",
            code="fx-missing",
        )
    found = {base: 1.0}
    reached = [base]
    # Breadth first: the fewest crossings lose the fewest digits.
    for at in reached:
        for currency, rate in links[at].items():
            if currency not in found:
                found[currency] = rate * found[at]
                reached.append(currency)
    return found
