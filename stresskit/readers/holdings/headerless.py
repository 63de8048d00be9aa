"""Tables without headers: columns by check digits, codes and what multiplies."""

from __future__ import annotations

from itertools import permutations

from stresskit.core.identifiers import scheme_of
from stresskit.model import Issue
from stresskit.readers.cells import Value, is_missing, text_of
from stresskit.readers.files import Grid
from stresskit.readers.holdings.checked import fit, numbers_of, words_column
from stresskit.readers.holdings.columns import Header
from stresskit.readers.holdings.headers import Column, holds_codes, is_number
from stresskit.readers.holdings.tables import Table

_LEAST_ROWS = 3
_LOOKED_AT = 3_000


def table_without_headers(grid: Grid) -> Table | None:
    """Find a table that has identifiers and amounts, and no headers above them.

    Parameters
    ----------
    grid : Grid
        Sheet.
    """
    coded = _coded_column(grid)
    if coded is None:
        return None
    index, scheme, first = coded
    columns = {scheme: Column(index, Header(scheme))}
    rows = grid.rows[first:]
    width = max(len(r) for r in rows)
    for at in range(width):
        if at != index and holds_codes(rows, at):
            columns["currency"] = Column(at, Header("currency"))
            break
    columns |= _amounts(rows, width, {c.index for c in columns.values()})
    if not {"value", "weight"} & columns.keys():
        return None
    table = Table(grid, first - 1, columns, len(grid.rows), headed=False)
    name = words_column(table, columns, width=width)
    if name is not None:
        columns["name"] = name
    said = ", ".join(
        f"{role} in {c.letters}"
        for role, c in sorted(columns.items(), key=lambda rc: rc[1].index)
    )
    table.issues.append(
        Issue(
            code="no-headers",
            severity="warning",
            message=f"The table has no headers; the columns were told by what they "
            f"hold: {said}.",
            fix="Check them, or name the columns with --columns.",
            sheet=grid.sheet,
            row=first + 1,
        )
    )
    return table


def _coded_column(grid: Grid) -> tuple[int, str, int] | None:
    """Give the column of identifiers, their scheme, and the first row of them."""
    rows = grid.rows[:_LOOKED_AT]
    for index in range(min(30, max((len(r) for r in rows), default=0))):
        found = [
            (row, scheme)
            for row, cells in enumerate(rows)
            if index < len(cells)
            and (scheme := scheme_of(text_of(cells[index]).upper().replace(" ", "")))
        ]
        schemes = [s for _, s in found]
        best = max(set(schemes), key=schemes.count, default=None)
        if best is None or schemes.count(best) < _LEAST_ROWS:
            continue
        first = _first_alike(rows, found[0][0])
        filled = sum(any(not is_missing(v) for v in r) for r in rows[first:])
        if schemes.count(best) >= 0.6 * filled:
            return index, str(best), first
    return None


def _first_alike(rows: list[list[Value]], row: int) -> int:
    """Go up from a row to the first of those that hold numbers in the same places."""

    def numbers(cells: list[Value]) -> set[int]:
        return {i for i, v in enumerate(cells) if not is_missing(v) and is_number(v)}

    wanted = numbers(rows[row])
    while row > 0 and wanted and wanted <= numbers(rows[row - 1]):
        row -= 1
    return row


def _amounts(rows: list[list[Value]], width: int, used: set[int]) -> dict[str, Column]:
    """Tell quantity, price and value, or weights, from each other."""
    cells = {
        i: numbers_of([r[i] if i < len(r) else None for r in rows[:_LOOKED_AT]])
        for i in range(width)
        if i not in used
    }
    filled = {
        i: n for i, n in cells.items() if sum(v is not None for v in n) >= _LEAST_ROWS
    }
    best: tuple[float, float, tuple[int, int, int]] | None = None
    for q, p, v in permutations(list(filled)[:8], 3):
        share = fit(filled[q], filled[p], filled[v], per=(1.0, 0.01))
        # Of two factors the one with the rounder numbers counts pieces.
        round_ones = sum(float(n).is_integer() for n in filled[q] if n is not None)
        score = (share, round_ones, (q, p, v))
        if share >= 0.8 and (best is None or score > best):
            best = score
    found: dict[str, Column] = {}
    if best:
        for role, index in zip(("quantity", "price", "value"), best[2], strict=True):
            found[role] = Column(index, Header(role))
    for index, numbers in filled.items():
        total = sum(n for n in numbers if n is not None)
        weights = abs(total - 1) < 0.005 or abs(total - 100) < 0.5
        if weights and index not in {c.index for c in found.values()}:
            found.setdefault("weight", Column(index, Header("weight")))
    return found
