"""Which of a file's tables are its positions: what is read, what is not, and why."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field, replace

from stresskit.errors import HoldingsError
from stresskit.model import Issue
from stresskit.readers.cells import Value, is_missing, parse_number, text_of
from stresskit.readers.dates import parse_date
from stresskit.readers.files import Grid
from stresskit.readers.files.grids import MAX_COLUMNS
from stresskit.readers.holdings.columns import IDENTIFIERS, NAMES, VALUES
from stresskit.readers.holdings.headerless import table_without_headers
from stresskit.readers.holdings.labels import (
    class_label,
    is_breakdown,
    says_derivative,
    sounds_total,
)
from stresskit.readers.holdings.lines import is_short
from stresskit.readers.holdings.preamble import read_preamble
from stresskit.readers.holdings.refusals import (
    no_such_sheet,
    no_such_table,
    nothing_found,
    only_transactions,
)
from stresskit.readers.holdings.tables import Table, tables_of
from stresskit.readers.holdings.transactions import trade_dates, transaction_columns

_ALL = "*"
_ACCOUNT = re.compile(
    r"^(?!.*(statement|valuation|holdings|report|positions? (at|as of)))"
    r".*(account|depot|konto|compte|portfolio|portefeuille|mandate|custod|ira\b|isa\b|"
    r"sipp|401|joint|trust|口座|rekening|conto|cuenta|strategy|sleeve|manager)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"([A-Z]{1,3})(\d{1,7})(?::([A-Z]{1,3})(\d{1,7}))?", re.IGNORECASE)


@dataclass
class Chosen:
    """The tables to read, with what was left out and why.

    ``accounts`` names the account of a table whose sheet is one.
    """

    tables: list[Table]
    issues: list[Issue] = field(default_factory=list)
    accounts: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Rows:
    """What a table holds: its lines' keys with their amounts, and sums."""

    amounts: dict[str, tuple[float, ...]]
    names: list[str]
    coded: bool
    weight: float


def choose_tables(
    grids: list[Grid], *, sheet: str | None = None, table: str | None = None
) -> Chosen:
    """Choose the tables of positions of a file.

    Parameters
    ----------
    grids : list of Grid
        Sheets of the file.
    sheet : str or None
        Sheet to read; ``*`` reads all, None those that belong together.
    table : str or None
        Number of the table to read, in the order of the file, or its range.

    Raises
    ------
    HoldingsError
        If the sheet or table is not there, or nothing holds positions.
    """
    chosen = _named([_narrow(g) for g in grids], sheet)
    if table is not None and not table.strip().isdigit():
        chosen = [_cropped(g, table) for g in chosen]
    tables = [t for g in chosen for t in tables_of(g)]
    found = [t for t in tables if t.columns and t.data_rows]
    if table is not None and table.strip().isdigit():
        number = int(table)
        if not 0 < number <= len(found):
            raise no_such_table(table, found)
        return Chosen([found[number - 1]])
    if not found:
        bare = [t for g in chosen if (t := table_without_headers(g)) is not None]
        if not bare:
            raise nothing_found(chosen)
        tables, found = [*tables, *bare], bare
    positions = [t for t in found if not transaction_columns(t)]
    if not positions:
        raise only_transactions(found[0], transaction_columns(found[0]))
    hidden = [t for t in positions if t.grid.hidden]
    visible = [t for t in positions if not t.grid.hidden]
    out = _belonging(visible or hidden, found, everything=sheet == _ALL)
    out.issues += _left_out(tables, found, out.tables)
    if visible and hidden:
        out.issues.append(_hidden_sheets(hidden))
    return out


def _narrow(grid: Grid) -> Grid:
    """Cut off blank cells beyond any table's width; refuse filled ones."""
    wide = [n for n, r in enumerate(grid.rows) if len(r) > MAX_COLUMNS]
    if not wide:
        return grid
    for n in wide:
        if any(not is_missing(v) for v in grid.rows[n][MAX_COLUMNS:]):
            raise HoldingsError(
                f"Row {n + 1} has more than {MAX_COLUMNS:,} cells.",
                hint="Check the delimiter, or save the columns of the positions alone.",
                code="too-large",
            )
    return replace(grid, rows=[r[:MAX_COLUMNS] for r in grid.rows])


def _named(grids: list[Grid], sheet: str | None) -> list[Grid]:
    """Give the sheet asked for, or all of them."""
    if sheet is None or sheet == _ALL:
        return grids
    wanted = sheet.strip().casefold()
    named = [g for g in grids if (g.sheet or "").strip().casefold() == wanted]
    if named:
        return [replace(g, hidden=False) for g in named]
    raise no_such_sheet(sheet, grids)


def _cropped(grid: Grid, table: str) -> Grid:
    """Blank everything outside a range, so that rows and columns keep their names."""
    from stresskit.readers.files.facts import place_of

    match = _RANGE.fullmatch(table.strip())
    if match is None:
        raise HoldingsError(
            f"{table!r} is neither the number of a table nor a range.",
            hint="Give 2 for the second table, or a range such as B12:H40 that begins "
            "with the headers.",
            code="no-such-table",
        )
    top, left = place_of(f"{match[1]}{match[2]}") or (0, 0)
    bottom, right = len(grid.rows) - 1, 16_384
    if match[3]:
        bottom, right = place_of(f"{match[3]}{match[4]}") or (bottom, right)
    rows: list[list[Value]] = [
        [v if left <= c <= right else None for c, v in enumerate(cells)]
        if top <= r <= bottom
        else []
        for r, cells in enumerate(grid.rows)
    ]
    return replace(grid, rows=rows)


def _belonging(
    positions: list[Table], found: list[Table], *, everything: bool
) -> Chosen:
    """Choose the main table and those that are more of the same portfolio."""
    days = _days_of(positions)
    latest = max((d for d in days.values() if d), default=None)
    best = max(positions, key=lambda t: (days[id(t)] == latest, t.data_rows))
    out = Chosen([best])
    if len(positions) == 1:
        return out
    read = {id(best): _rows_of(best)}
    skipped: list[tuple[Table, str]] = []
    for other in sorted(positions, key=lambda t: (t.grid is not best.grid,)):
        if other is best:
            continue
        rows = _rows_of(other)
        same_sheet = other.grid.sheet == best.grid.sheet
        why = _why_not(other, rows, out.tables, read)
        if not why and not same_sheet and not everything:
            why = _why_not_sheet(other, rows, best, read[id(best)])
            day = days[id(other)]
            if day and latest and day < latest:
                why = f"it is of an earlier day ({day})"
        if why:
            skipped.append((other, why))
            continue
        out.tables.append(other)
        read[id(other)] = rows
    order = {id(t): n for n, t in enumerate(found)}
    out.tables.sort(key=lambda t: order[id(t)])
    out.issues += _skipped(best, skipped)
    sheets = list(dict.fromkeys(t.grid.sheet for t in out.tables))
    if len(sheets) > 1:
        out.issues.append(_combined(out.tables))
        out.accounts = {
            n: str(t.grid.sheet)
            for n, t in enumerate(out.tables)
            if "account" not in t.columns
        }
    elif len(out.tables) > 1:
        out.issues.append(_several(out.tables))
        out.accounts = {
            n: t.title
            for n, t in enumerate(out.tables)
            if "account" not in t.columns and _ACCOUNT.search(t.title)
        }
    return out


def _days_of(positions: list[Table]) -> dict[int, dt.date | None]:
    """Give the day of each table's sheet, which its first table tells."""
    by_sheet: dict[str | None, dt.date | None] = {}
    for table in positions:
        if table.grid.sheet not in by_sheet:
            by_sheet[table.grid.sheet] = _day_of(table)
    return {id(t): by_sheet[t.grid.sheet] for t in positions}


def _day_of(table: Table) -> dt.date | None:
    """Give the day that a sheet is of, by its name or what stands above the table."""
    named = parse_date(table.grid.sheet, day_is_first=True)
    if named is None:
        named = read_preamble(table, month_first=False).as_of
    return named


def _rows_of(table: Table) -> _Rows:
    """Collect the lines of a table by what they are called."""
    amounts: dict[str, tuple[float, ...]] = {}
    names: list[str] = []
    weight = 0.0
    codes = [r for r in IDENTIFIERS if r in table.columns]
    roles = [
        r for r in ("value", "local_value", "quantity", "weight") if r in table.columns
    ]
    for row in range(table.header_row + 1, table.end_row):
        numbers = tuple(_number(table.cell(row, r)) for r in roles)
        if not any(numbers):
            continue
        name = next((t for r in NAMES if (t := text_of(table.cell(row, r)))), "")
        code = next((t for r in codes if (t := text_of(table.cell(row, r)))), "")
        if sounds_total(name or code):
            continue
        if "weight" in roles:
            weight += numbers[roles.index("weight")]
        names.append(name or code)
        amounts[(code or name).casefold()] = numbers
        if name:
            amounts.setdefault(name.casefold(), numbers)
    return _Rows(amounts, names, bool(codes), weight)


def _number(value: Value) -> float:
    if is_missing(value):
        return 0.0
    try:
        return parse_number(value).value
    except ValueError:
        try:
            return parse_number(value, decimal=",").value
        except ValueError:
            return 0.0


def _why_not(
    table: Table, rows: _Rows, taken: list[Table], read: dict[int, _Rows]
) -> str:
    """Say why a table is not more positions, or nothing if it is."""
    kinds = {"value", "local_value"} & set(table.columns)
    wanted = {r for t in taken for r in (*VALUES, "weight") if r in t.columns}
    valued = bool(wanted & set(VALUES))
    priced = {"quantity", "price"} <= set(table.columns) or "notional" in table.columns
    if valued and not kinds and not priced and not _is_derivative(table):
        return "it has no values"
    if not rows.names:
        return "it has no rows with a name"
    dates = trade_dates(table)
    if dates:
        return f"its column {dates[0]!r} is one of trades"
    labels = sum(is_breakdown(n) or class_label(n) is not None for n in rows.names)
    if not rows.coded and labels >= 0.6 * len(rows.names):
        return "it breaks the total down and holds no positions"
    whole = [m for t in taken if (m := t.money) is not None]
    own = table.money
    uncoded = not rows.coded and len(rows.names) > 1
    if uncoded and own and whole and abs(own - sum(whole)) <= 1e-3 * abs(own):
        return "it adds up to the same total and breaks it down in another way"
    for other in taken:
        same = _repeated(rows, read[id(other)])
        if same:
            return same
        shared = sum(k in read[id(other)].amounts for k in rows.amounts)
        own_book = _is_account(table) or _is_derivative(table) or is_short(table.title)
        beside = other.grid.sheet == table.grid.sheet
        if beside and shared >= 0.6 * len(rows.amounts) and not own_book:
            return "it holds the same securities with other amounts"
    return ""


def _is_derivative(table: Table) -> bool:
    """Say whether a table lists contracts, by its title and headers."""
    words = " ".join([table.title, *(text_of(v) for v in table.header)])
    return bool({"notional", "unrealized"} & table.columns.keys()) and (
        says_derivative(words)
    )


def _repeated(rows: _Rows, other: _Rows) -> str:
    """Say whether the lines of a table stand in another with the same amounts."""
    shared = [k for k in rows.amounts if k in other.amounts]
    if len(shared) < 0.6 * len(rows.amounts):
        return ""
    equal = 0
    for key in shared:
        theirs = {round(a, 4) for a in other.amounts[key] if a}
        equal += any(round(a, 4) in theirs for a in rows.amounts[key] if a)
    if equal >= 0.6 * len(shared):
        return "it repeats positions that stand in another table"
    return ""


def _why_not_sheet(table: Table, rows: _Rows, best: Table, main: _Rows) -> str:
    """Say why another sheet is another portfolio, or nothing if it is part of this."""
    shared = sum(k in main.amounts for k in rows.amounts)
    overlap = shared / max(1, min(len(rows.amounts), len(main.amounts)))
    accounts = [t for t in (table, best) if _is_account(t)]
    if _whole(rows.weight) and _whole(main.weight):
        return "its weights add up to 100%: it is a portfolio of its own"
    if overlap > 0.2 and len(accounts) < 2:
        return "it holds the same securities with other amounts"
    return ""


def _whole(weight: float) -> bool:
    return abs(weight - 1) < 0.03 or abs(weight - 100) < 3


def _is_account(table: Table) -> bool:
    """Say whether a sheet is one account of several, by its name, title or column."""
    words = f"{table.grid.sheet or ''} {table.title}"
    return "account" in table.columns or _ACCOUNT.search(words) is not None


def _skipped(best: Table, skipped: list[tuple[Table, str]]) -> list[Issue]:
    """Name the tables that could be positions too, with what is left out."""
    here = [(t, why) for t, why in skipped if t.grid.sheet == best.grid.sheet]
    issues = [
        Issue(
            code="second-table",
            severity="info" if "repeats" in why or "breaks" in why else "warning",
            message=f"The table in {t.place} was NOT read: {why}.",
            fix="If it holds positions too, read it with --table (its number or "
            "range), or put them below the first header.",
            sheet=t.grid.sheet,
            row=t.header_row + 1,
            money=t.money,
        )
        for t, why in here
    ]
    elsewhere = [(t, why) for t, why in skipped if t.grid.sheet != best.grid.sheet]
    if elsewhere:
        names = "; ".join(
            f"{t.grid.sheet} (rows: {t.data_rows}), since {why}" for t, why in elsewhere
        )
        money = [m for t, _ in elsewhere if (m := t.money) is not None]
        issues.append(
            Issue(
                code="several-sheets",
                severity="warning",
                message=f"Sheet {best.grid.sheet} was read. These "
                f" hold positions too and were NOT read: {names}.",
                fix="Choose another with --sheet NAME, or read all with --sheet '*'.",
                sheet=best.grid.sheet,
                money=sum(money) if money else None,
            )
        )
    return issues


def _combined(tables: list[Table]) -> Issue:
    names = "; ".join(f"{t.grid.sheet} (rows: {t.data_rows})" for t in tables)
    return Issue(
        code="sheets-combined",
        severity="info",
        message=f"The positions of {len(tables)} tables were added up, since they "
        f"hold different lines: {names}.",
        fix="Read one of them alone with --sheet NAME.",
        sheet=tables[0].grid.sheet,
    )


def _several(tables: list[Table]) -> Issue:
    names = "; ".join(
        t.place + (f" ({t.title[:60]})" if t.title else "") for t in tables
    )
    return Issue(
        code="tables-combined",
        severity="info",
        message=f"The positions of {len(tables)} tables were added up: {names}.",
        fix="Read one of them alone with --table and its number.",
        sheet=tables[0].grid.sheet,
        row=tables[0].header_row + 1,
    )


def _left_out(
    tables: list[Table], found: list[Table], read: list[Table]
) -> list[Issue]:
    """Say what else stands in the sheets that were read: trades, unknown headers."""
    sheets = {t.grid.sheet for t in read}
    last = {t.grid.sheet: t.header_row for t in read}
    issues = []
    for table in tables:
        if table in read or table.grid.hidden:
            continue
        trades = transaction_columns(table) if table.columns else []
        unknown = not table.columns and table.header_row > last.get(
            table.grid.sheet, table.header_row
        )
        if not trades and not unknown:
            continue
        if trades and table not in found:
            continue
        what = "a list of transactions" if trades else "another table"
        if table.grid.sheet in sheets or trades:
            issues.append(
                Issue(
                    code="transactions" if trades else "second-table",
                    severity="info" if trades else "warning",
                    message=f"{table.place[0].upper()}{table.place[1:]} hold {what}. "
                    "Its lines were NOT read.",
                    fix=""
                    if trades
                    else "If they are positions (short ones too), put them below the "
                    "first header, or name the columns with --columns.",
                    sheet=table.grid.sheet,
                    row=table.header_row + 1,
                    money=table.money if table.columns else None,
                )
            )
    return issues


def _hidden_sheets(hidden: list[Table]) -> Issue:
    names = ", ".join(dict.fromkeys(str(t.grid.sheet) for t in hidden))
    money = [m for t in hidden if (m := t.money) is not None]
    return Issue(
        code="hidden-sheet",
        severity="warning",
        message=f"Hidden sheets hold positions too and were NOT read: {names}.",
        fix="Read one with --sheet NAME, or unhide it if it belongs to the portfolio.",
        money=sum(money) if money else None,
    )
