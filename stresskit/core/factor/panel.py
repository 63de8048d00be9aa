"""Prices and a value chain -> the arrays an event is estimated from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor import estimate
from stresskit.core.names import company_key
from stresskit.core.regions import US_EXCHANGES
from stresskit.errors import FactorError
from stresskit.model import Fund, Security, Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

    from stresskit.model import ValueChain

    Floats = NDArray[np.float64]
    Listed = list[tuple[Security | Fund, str]]

WINDOW, GAP = 250, 20
MIN_RETURNS = 60
SUSPICIOUS_RISE, SUSPICIOUS_FALL = 1.0, -0.5
DECIMALS = 8


@dataclass(frozen=True, kw_only=True)
class EventSpec:
    """What makes an event: its name, its days, its story and where figures are from.

    ``start`` and ``end`` are the first and the last session of the event window.
    ``history_starts`` are first dates from which a ticker's returns mean anything
    (before, it was another business).
    """

    id: str
    title: str
    start: dt.date
    end: dt.date
    narrative: str = ""
    questions: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    history_starts: dict[str, dt.date] = field(default_factory=dict)


def panel_of(
    prices: pd.DataFrame, chain: ValueChain, spec: EventSpec
) -> tuple[estimate.Panel, Listed, pd.DataFrame]:
    """Cut the window and the event from prices, for the chain's American lines.

    Parameters
    ----------
    prices
        Adjusted closes, index of dates in order, one column per ticker; NaN where
        there is none.

    Returns
    -------
    tuple
        The panel, the listed line and column behind each of its securities, and
        the returns of the window.

    Raises
    ------
    FactorError
        If the event is no session, the history is too short, a series jumps like
        an unadjusted split, or nothing in the file is in the chain.
    """
    window, event_returns = _returns(prices, spec)
    listed = _listed_in(chain, window, event_returns)
    window = _started(window, listed, spec)
    _question_splits(window[[column for _, column in listed]])
    panel = _panel(chain, listed, window, event_returns)
    if not panel.rest.any():
        raise FactorError(
            "No security outside the theme has prices, so there is no market.",
            hint="Add securities of the rest of the market to the price file.",
        )
    return panel, listed, window


def leaves_of(chain: ValueChain) -> estimate.Leaves:
    """Return the group numbers and theme marks of a chain's segments."""
    order = {g.id: n for n, g in enumerate(chain.groups)}
    return estimate.Leaves(
        np.array([order[s.group] for s in chain.segments], dtype=np.int64),
        np.array([s.theme for s in chain.segments]),
    )


def tags_of(rows: Iterable[dict[str, float]], chain: ValueChain) -> Floats:
    """Return fractions as a matrix, shape (n, K), in the chain's order."""
    index = {name: k for k, name in enumerate(chain.segment_ids)}
    kept = list(rows)
    tags = np.zeros((len(kept), len(index)))
    for n, fractions in enumerate(kept):
        for name, value in fractions.items():
            tags[n, index[name]] = value
    return tags


def issuer_lines(names: list[str]) -> Floats:
    """Return 1 over the number of lines of the same issuer, shape (n,)."""
    keys = [company_key(name) for name in names]
    return np.array([1.0 / keys.count(key) for key in keys])


def _returns(
    prices: pd.DataFrame, spec: EventSpec
) -> tuple[pd.DataFrame, pd.Series[float]]:
    import pandas as pd

    sessions = pd.DatetimeIndex(prices.index)
    for day in (spec.start, spec.end):
        if pd.Timestamp(day) not in sessions:
            near = sessions[sessions < pd.Timestamp(day)]
            last = near[-1].date().isoformat() if len(near) else "none"
            raise FactorError(
                f"{day.isoformat()} is no session of the price file "
                f"({sessions[0].date()} to {sessions[-1].date()}; the session before "
                f"is {last}).",
                hint="Give a day on which the market was open.",
            )
    first = int(sessions.searchsorted(pd.Timestamp(spec.start)))
    last_row = int(sessions.searchsorted(pd.Timestamp(spec.end)))
    if last_row < first:
        raise FactorError("The event ends before it starts.")
    returns = prices.pct_change(fill_method=None)
    window = returns.iloc[max(1, first - GAP - WINDOW) : first - GAP]
    if len(window) < MIN_RETURNS:
        raise FactorError(
            f"Only {len(window)} returns stand before the event (after a gap of {GAP} "
            f"sessions); {MIN_RETURNS} are the least.",
            hint="Give prices from an earlier date on.",
        )
    compounded = prices.iloc[last_row] / prices.iloc[first - 1] - 1.0
    return window, compounded


def _listed_in(
    chain: ValueChain, window: pd.DataFrame, event_returns: pd.Series[float]
) -> Listed:
    """Pair the chain's US lines with the columns of the price file."""
    column_of = {str(c).replace("-", "."): str(c) for c in window.columns}
    found: Listed = []
    items: list[Security | Fund] = [*chain.securities, *chain.funds]
    for item in items:
        column = column_of.get(item.ticker)
        if item.mic not in US_EXCHANGES or column is None:
            continue
        seen = int(window[column].notna().sum())
        if seen >= MIN_RETURNS and np.isfinite(event_returns[column]):
            found.append((item, column))
    if not found:
        raise FactorError(
            f"No column of the price file is a US listing of {chain.id}.",
            hint="Columns are tickers: NVDA, AVGO, ...",
        )
    return found


def _started(window: pd.DataFrame, listed: Listed, spec: EventSpec) -> pd.DataFrame:
    """Blank the returns before the day from which a ticker's history counts."""
    started = window.copy()
    for item, column in listed:
        start = spec.history_starts.get(item.ticker)
        if start is not None:
            before = [day.date() < start for day in window.index]
            started.loc[before, column] = np.nan
    return started


def _question_splits(returns: pd.DataFrame) -> None:
    jumps = (returns >= SUSPICIOUS_RISE) | (returns <= SUSPICIOUS_FALL)
    if not bool(jumps.to_numpy().any()):
        return
    places = np.argwhere(jumps.to_numpy()).tolist()[:5]
    shown = ", ".join(
        f"{returns.columns.tolist()[c]} {returns.to_numpy()[r, c]:+.0%} on "
        f"{returns.index.tolist()[r]:%Y-%m-%d}"
        for r, c in places
    )
    raise FactorError(
        f"Prices jump like unadjusted splits: {shown}.",
        hint="Adjust the prices for splits. If the jump is real, name the first day "
        "that counts under [history_starts] in the file given with --about.",
    )


def _panel(
    chain: ValueChain,
    listed: Listed,
    window: pd.DataFrame,
    event_returns: pd.Series[float],
) -> estimate.Panel:
    columns = [column for _, column in listed]
    items = [item for item, _ in listed]
    leaves = leaves_of(chain)
    tags = tags_of(
        (i.segments if isinstance(i, Security) else {} for i in items), chain
    )
    event = event_returns[columns].to_numpy(dtype=np.float64)
    return estimate.Panel(
        window=window[columns].to_numpy(dtype=np.float64),
        event=np.round(event, DECIMALS),
        tags=tags,
        theme=tags[:, leaves.theme].sum(axis=1) >= estimate.THEME_FROM,
        fund=np.array([isinstance(i, Fund) for i in items]),
        leaves=leaves,
        lines=issuer_lines([i.name for i in items]),
    )
