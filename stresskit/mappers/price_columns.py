"""Which column of a price file is which position."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stresskit.core.identifiers import is_valid, split_ticker, ticker_key
from stresskit.core.regions import US_EXCHANGES, region_of
from stresskit.mappers.identify import find_listed
from stresskit.model import Security

if TYPE_CHECKING:
    import pandas as pd

    from stresskit.mappers.context import MappingContext
    from stresskit.model import Exposure, Fund, Portfolio, Position

HOME = "US"
# A rise or fall of one day that looks like an unadjusted split: two for one on a day
# of its own rise is less than a half.
RISE, FALL = 0.8, -0.45


class Line(NamedTuple):
    """A position with a column of prices: its number, and how it is placed now."""

    number: int
    exposure: Exposure
    item: Security | None
    column: str


def priced_lines(
    portfolio: Portfolio,
    rows: tuple[Exposure, ...],
    prices: pd.DataFrame,
    context: MappingContext,
) -> list[Line]:
    """Pair what moves with a column: by ISIN, or by ticker and exchange."""
    numbers = {c: c for c in map(str, prices.columns) if is_valid(c, "isin")}
    tickers = {_place_of(c): c for c in map(str, prices.columns) if c not in numbers}
    found = []
    for n, (p, e) in enumerate(zip(portfolio.positions, rows, strict=True)):
        if not e.moves or (e.source == "override" and not e.description):
            continue
        listed = find_listed(p, context)
        item = listed[0] if listed and isinstance(listed[0], Security) else None
        codes = (p.identifiers.isin, item.isin if item else None)
        column = next((numbers[c] for c in codes if c in numbers), None) or next(
            (tickers[k] for k in _keys(p, listed, context) if k in tickers), None
        )
        if column is not None:
            found.append(Line(n, e, item, column))
    return found


def _place_of(column: str) -> tuple[str, str]:
    """Return ticker and venue of a column; a bare ticker is American."""
    ticker, mic = split_ticker(column)
    return ticker_key(ticker), _venue(mic or "XNAS")


def _venue(mic: str) -> str:
    return HOME if mic in US_EXCHANGES else mic


def _keys(
    position: Position,
    listed: tuple[Security | Fund, str] | None,
    context: MappingContext,
) -> list[tuple[str, str]]:
    """Return what a column of this position may be called, the surest first."""
    ids = position.identifiers
    found = []
    if ids.ticker and ids.mic:
        found.append((ticker_key(ids.ticker), _venue(ids.mic)))
    if listed is not None:
        item = listed[0]
        found.append((ticker_key(item.ticker), _venue(item.mic)))
    elif ids.ticker and not ids.mic:
        local = region_of(None, context.currency_of(position)) == HOME
        found += [(ticker_key(ids.ticker), HOME)] if local else []
    return found


def without_jumps(
    lines: list[Line], window: pd.DataFrame
) -> tuple[list[Line], list[str]]:
    """Leave out columns that jump like an unadjusted split."""
    columns = list(dict.fromkeys(x.column for x in lines))
    moves = window[columns].ffill(limit=5).pct_change(fill_method=None)
    jumps = (moves >= RISE) | (moves <= FALL)
    said = []
    for column in [c for c in columns if jumps[c].any()]:
        day = jumps.index[jumps[column]][0]
        said.append(f"{column} {moves.loc[day, column]:+.0%} on {day:%Y-%m-%d}")
    bad = {text.rsplit(" ", 3)[0] for text in said}
    return [x for x in lines if x.column not in bad], said
