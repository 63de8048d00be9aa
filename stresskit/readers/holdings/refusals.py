"""Why a file gives no table of positions, and what would help."""

from __future__ import annotations

from stresskit.errors import HoldingsError
from stresskit.model import Issue
from stresskit.readers.cells import text_of
from stresskit.readers.files import Grid
from stresskit.readers.holdings.columns import IDENTIFIERS, NAMES, read_header
from stresskit.readers.holdings.headers import columns_at
from stresskit.readers.holdings.tables import Table

_WANTED = (
    "Looked for a row of headers with a name or an identifier (Name, ISIN, Ticker, "
    "CUSIP ...) and an amount (Market Value, Weight, Quantity ...)"
)


def no_such_sheet(sheet: str, grids: list[Grid]) -> HoldingsError:
    """Make the error of a sheet that is not there.

    Parameters
    ----------
    sheet : str
        Name asked for.
    grids : list of Grid
        Sheets of the file.
    """
    names = ", ".join(g.sheet for g in grids if g.sheet)
    return HoldingsError(
        f"There is no sheet {sheet!r}.",
        hint=f"The sheets are: {names}."
        if names
        else "A text file has no sheets: leave --sheet out.",
        code="no-sheet",
    )


def no_such_table(table: str, found: list[Table]) -> HoldingsError:
    """Make the error of a table that is not there.

    Parameters
    ----------
    table : str
        Number asked for.
    found : list of Table
        Tables of the file.
    """
    places = "; ".join(f"{n}: {t.place}" for n, t in enumerate(found, 1))
    return HoldingsError(
        f"There is no table {table}.",
        hint=f"The tables are {places}." if found else "No table was found.",
        code="no-such-table",
    )


def only_transactions(table: Table, names: list[str]) -> HoldingsError:
    """Make the error of a file that lists trades.

    Parameters
    ----------
    table : Table
        Table of trades.
    names : list of str
        Columns that show it.
    """
    listed = ", ".join(repr(n) for n in names)
    issue = Issue(
        code="transactions",
        severity="error",
        message=f"The columns {listed} are those of trades and payments.",
        fix="Export the positions (holdings) of one day: one line per security.",
        sheet=table.grid.sheet,
        row=table.header_row + 1,
    )
    return HoldingsError(
        f"The file looks like a list of transactions (columns {listed}), not of "
        "positions.",
        hint=issue.fix,
        code="transactions",
        issues=(issue,),
    )


def nothing_found(grids: list[Grid]) -> HoldingsError:
    """Make the error of a file without a table: what was looked for, what was there.

    Parameters
    ----------
    grids : list of Grid
        Sheets of the file.
    """
    best: tuple[int, Grid | None, int, list[str]] = (0, None, 0, [])
    roles: set[str] = set()
    has_header = False
    for grid in grids:
        for row in range(min(len(grid.rows), 500)):
            texts = [
                t for v in grid.rows[row] if isinstance(v, str) and (t := text_of(v))
            ]
            known = {h.role for t in texts if (h := read_header(t))}
            score = 10 * len(known) + (len(texts) > 1)
            if score > best[0]:
                best, roles = (score, grid, row, texts), known
                has_header = columns_at(grid, row) is not None
    _, found_in, row, texts = best
    seen = ", ".join(t[:40] for t in texts[:20]) or "none"
    code, what = "no-table", "No table of positions was found"
    if has_header:
        what = "The table has headers but no rows with an amount"
        code = "no-rows"
    elif len(roles) > 1 and roles & {*IDENTIFIERS, *NAMES}:
        what, code = (
            "The list has no amounts: no value, weight or quantity",
            "no-amounts",
        )
    issue = Issue(
        code=code,
        severity="error",
        message="This row is the nearest to the headers of a table of positions.",
        fix="Name the columns in the row above the positions.",
        sheet=found_in.sheet if found_in else None,
        row=row + 1 if found_in else None,
    )
    return HoldingsError(
        f"{what}. {_WANTED}; headers seen: {seen}.",
        hint=issue.fix,
        code="no-amounts" if code == "no-amounts" else "no-table",
        issues=(issue,),
    )
