"""Which lines of a value chain a price file holds, and which of them can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from stresskit.core.factor.arrays import MIN_HISTORY
from stresskit.core.factor.sessions import MIN_RETURNS, Sessions
from stresskit.core.identifiers import split_ticker, ticker_key
from stresskit.core.regions import US_EXCHANGES
from stresskit.errors import FactorError
from stresskit.model import Fund, Issue, Published, Security

if TYPE_CHECKING:
    import pandas as pd

    from stresskit.model import ValueChain

HOME = "US"


class Listed(NamedTuple):
    """A line of the chain and its column of the price file, None if published."""

    item: Security | Fund
    column: str | None
    published: Published | None


def listed_columns(
    prices: pd.DataFrame, chain: ValueChain, index: str
) -> tuple[list[Listed], list[Issue]]:
    """Pair the chain's lines with columns of the price file.

    Columns that are no line of the chain are said, the ``index`` aside; so are
    those without any price.
    """
    items: list[Security | Fund] = [*chain.securities, *chain.funds]
    by_key = {(ticker_key(x.ticker), _venue(x.mic)): x for x in items}
    found: dict[str, tuple[Security | Fund, str]] = {}
    strangers = []
    for column in map(str, prices.columns):
        ticker, mic = split_ticker(column)
        whole = by_key.get((ticker_key(column), HOME))
        item = whole or by_key.get((ticker_key(ticker), _venue(mic or "XNAS")))
        if item is None:
            is_index = ticker_key(ticker) == ticker_key(split_ticker(index)[0])
            strangers += [] if is_index else [column]
        elif (key := f"{item.ticker}:{item.mic}") in found:
            raise FactorError(
                f"Columns {found[key][1]} and {column} are the same security ({key}).",
                hint="Keep one of the two columns.",
            )
        else:
            found[key] = (item, column)
    order = {f"{x.ticker}:{x.mic}": n for n, x in enumerate(items)}
    listed = [Listed(*found[k], None) for k in sorted(found, key=order.__getitem__)]
    empty = [str(x.column) for x in listed if not prices[x.column].notna().any()]
    listed = [x for x in listed if x.column not in empty]
    issues = []
    if empty:
        issues.append(
            Issue(
                code="no-move",
                severity="warning",
                message=f"Left out, without any price: {some(empty)}.",
                fix="Give prices of them, or take the columns out.",
            )
        )
    if strangers:
        issues.append(
            Issue(
                code="not-in-chain",
                severity="info",
                message=f"Columns of the price file that are no line of {chain.id} "
                f"and were not used ({len(strangers)}): {some(strangers)}.",
                fix="Add them to the value chain's securities.csv to use them.",
            )
        )
    return listed, issues


def _venue(mic: str) -> str:
    """American exchanges are one place: data vendors name them at random."""
    return HOME if mic in US_EXCHANGES else mic


def some(names: list[str], most: int = 40) -> str:
    """Return names as a list in words, the first few of many."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def with_history(
    by_region: dict[str, list[Listed]], parts: dict[str, Sessions], jumping: set[str]
) -> tuple[list[Listed], list[Issue]]:
    """Leave out lines without a move or with too few returns, and say so.

    ``jumping`` are columns that were left out, and said, before.
    """
    kept: list[Listed] = []
    found: dict[str, list[str]] = {code: [] for code in LEFT_OUT}
    for region, lines in by_region.items():
        part = parts[region]
        window = part.returns[part.inside]
        counts = window.notna().sum()
        still = window.max() == window.min()
        for line in lines:
            column = str(line.column)
            if column in jumping:
                continue
            code = _code(part.event[column], counts[column], flat=bool(still[column]))
            if code in found:
                found[code].append(f"{column} ({counts[column]})")
            if code not in OUT:
                kept.append(line)
    issues = [
        Issue(
            code=code,
            severity="info" if code == "young" else "warning",
            message=f"{LEFT_OUT[code]}: {some(names)}.",
            fix="" if code == "young" else "Give more prices of them.",
        )
        for code, names in found.items()
        if names
    ]
    return kept, issues


OUT = ("no-move", "flat", "short-history")
LEFT_OUT = {
    "no-move": "Left out, without a price on both sides of the event (returns before)",
    "flat": "Left out, because the price never moves before the event (returns)",
    "short-history": f"Left out, with fewer than {MIN_RETURNS} returns before it",
    "young": f"With fewer than {MIN_HISTORY} returns before the event, so that beta is "
    "that of the peers and sensitivities are those of the business",
}


def _code(event: float, count: int, *, flat: bool) -> str:
    """Return what is wrong with a line, empty if nothing."""
    if not np.isfinite(event):
        return "no-move"
    if count < MIN_RETURNS:
        return "short-history"
    # A price that never moves is one that nobody quoted.
    if flat:
        return "flat"
    return "young" if count < MIN_HISTORY else ""


def published_lines(
    chain: ValueChain, moves: tuple[Published, ...], priced: set[tuple[str, str]]
) -> list[Listed]:
    """Pair published moves with the chain's lines."""
    known = {(s.ticker, s.mic): s for s in chain.securities}
    found: list[Listed] = []
    for p in moves:
        item = known.get((p.ticker, p.mic))
        if item is None:
            raise FactorError(
                f"The published move of {p.ticker}:{p.mic} belongs to no line of "
                f"{chain.id}.",
                hint="Add the line to the value chain's securities.csv.",
            )
        if (p.ticker, p.mic) in priced:
            raise FactorError(
                f"{p.ticker}:{p.mic} has prices and a published move.",
                hint="Keep one of the two.",
            )
        if any(x.published and x.item is item for x in found):
            raise FactorError(
                f"The move of {p.ticker}:{p.mic} is published twice.",
                hint="Keep one of the two, over the window it belongs to.",
            )
        found.append(Listed(item, None, p))
    return found
