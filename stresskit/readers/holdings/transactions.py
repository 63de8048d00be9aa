"""Telling a list of trades and payments from a list of positions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stresskit.readers.cells import Value, is_missing, text_of
from stresskit.readers.holdings.columns import read_header

if TYPE_CHECKING:
    from stresskit.readers.holdings.tables import Table

_ACTION_HEADER = re.compile(
    r"(transaction|activity|order|trade|booking|buchungs)?[ -]?"
    r"(action|type|transaction|activity|umsatzart|geschäftsart|vorgang|auftragsart|"
    r"buchungstext|art|operation|opération|operación|operazione|soort|transactiesoort|"
    r"typ|tipo|transaktion|transaktionsart|side|direction|buy/sell|b/s|code|movement|"
    r"mouvement|sens|richtung|kauf/verkauf|description)",
    re.IGNORECASE,
)
# Columns that positions have as well: only dates make them trades.
_SIDE_HEADER = re.compile(
    r"side|direction|long/short|richtung|sens|b/s|buy/sell", re.IGNORECASE
)
_ACTION = re.compile(
    r"[bs]|(you )?(buy|sell|bought|sold|purchased?|sale|kauf|verkauf|ankauf|achat|"
    r"vente|compra|venta|vendita|acquisto|aankoop|verkoop|dividends?|dividende|dividendo|"
    r"deposit|withdrawal|einzahlung|auszahlung|einlage|entnahme|interest|zins(en)?|"
    r"fees?|gebühr(en)?|split|transfer|reinvest(ment)?|"
    r"ausschüttung|"
    r"einbuchung|ausbuchung|wire|tax|steuer|coupon|contribution|distribution)\b.*",
    re.IGNORECASE,
)
_SURELY = re.compile("action|transaction|umsatz", re.IGNORECASE)
_TRADE_DATE = re.compile(
    r"trade[ -]?date|settle(ment)?[ -]?date|transaction[ -]?date|booking[ -]?date|"
    r"value date|execution|date/time|handelstag|handelsdatum|buchungs(tag|datum)|valuta"
    r"(datum)?|ausführung\w*|date d'opération|date de valeur|fecha (de )?operación|"
    r"data operazione|run date|trade time|activity date|order date",
    re.IGNORECASE,
)
_DATE = re.compile(r"date|datum|fecha|data|time|zeit|tag", re.IGNORECASE)
_MATURITY = re.compile(r"matur|expir|fällig|laufzeit|verfall", re.IGNORECASE)
_MONEY = re.compile(
    r"net amount|gross amount|net proceeds|proceeds|commissions?( .*)?|comm/fee|"
    r"(fees?|charges)( .*)?|provision|gebühr(en)?|courtage|frais|comisión|commissioni|"
    r"ausmachender betrag|consideration|settlement amount|order (id|number)",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"order ?(id|no\.?|number|type|status)|limit( price)?|filled( qty| quantity)?|"
    r"auftrags(nummer|art|status)|ordertyp|stop price|time in force|tif|status|venue",
    re.IGNORECASE,
)
_PAID = re.compile(
    r"pay(ment|able)? ?date|ex[- ]?(div(idend)? ?)?date|record date|zahltag|ex-tag|"
    r"dividend (rate|per share)|gross dividend|net dividend|declaration date",
    re.IGNORECASE,
)
_MARKET_VALUE = re.compile(
    r"market value|kurswert|marktwert|valorisation", re.IGNORECASE
)


def transaction_columns(table: Table) -> list[str]:
    """Name the columns that make a table a list of transactions, or none.

    Parameters
    ----------
    table : Table
        Table found in a file.
    """
    header = table.header
    texts = {i: text_of(v) for i, v in enumerate(header) if not is_missing(v)}
    dates = [t for t in texts.values() if _TRADE_DATE.search(t)]
    money = [t for t in texts.values() if _MONEY.fullmatch(t)]
    valued = any(_MARKET_VALUE.search(t) for t in texts.values())
    listed = [t for t in texts.values() if _ORDER.fullmatch(t)]
    paid = [t for t in texts.values() if _PAID.fullmatch(t)]
    if not valued and (len(listed) > 1 or len(paid) > 1):
        return [*listed, *paid]
    action = next((i for i, t in texts.items() if _is_action(table, i, t)), None)
    if action is None:
        return [*dates, *money] if dates and money and not valued else []
    named = texts[action]
    plain = [i for i, t in texts.items() if _DATE.search(t) and t not in dates]
    plain = [i for i in plain if not _MATURITY.search(texts[i])]
    moving = any(len(set(_cells(table, i))) > 1 for i in plain)
    many = _repeats_a_security(table)
    if _SIDE_HEADER.fullmatch(named):
        # A list of lots has dates too, and what they are worth today.
        proved = not valued and (bool(dates) or (bool(plain) and moving and many))
    else:
        proved = bool(dates or money) or (bool(plain) and (moving or many))
        proved = proved or _SURELY.match(named) is not None
    if not proved:
        return []
    return [named, *dates, *(texts[i] for i in plain), *money]


def trade_dates(table: Table) -> list[str]:
    """Name the headers of a table that are those of the dates of trades.

    Parameters
    ----------
    table : Table
        Table found in a file.
    """
    return [t for v in table.header if _TRADE_DATE.search(t := text_of(v))]


def _cells(table: Table, index: int) -> list[str]:
    rows = table.grid.rows[table.header_row + 1 : table.end_row]
    cells: list[Value] = [r[index] for r in rows if index < len(r)]
    return [text_of(v) for v in cells if not is_missing(v)]


def _is_action(table: Table, index: int, header: str) -> bool:
    """Say whether a column holds buys, sells and payments."""
    if not _ACTION_HEADER.fullmatch(header):
        return False
    cells = _cells(table, index)
    return bool(cells) and sum(bool(_ACTION.fullmatch(c)) for c in cells) >= 0.6 * len(
        cells
    )


def _repeats_a_security(table: Table) -> bool:
    """Say whether one security stands in several rows."""
    header = table.header
    for index, value in enumerate(header):
        found = read_header(text_of(value)) if isinstance(value, str) else None
        if found and found.role in {"isin", "ticker", "cusip", "identifier", "name"}:
            cells = _cells(table, index)
            if len(set(cells)) < len(cells):
                return True
    return False
