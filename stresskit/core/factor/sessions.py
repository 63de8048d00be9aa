"""The sessions of one region: which days are the event, the window, the aftermath."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stresskit.errors import FactorError

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]

WINDOW, GAP = 250, 20
MIN_RETURNS = 60
AHEAD = 20


@dataclass(frozen=True)
class Sessions:
    """Returns of one region on its own sessions, and where the event lies in them.

    ``returns`` has a row per session; ``inside`` marks the estimation window,
    ``used`` that and the event with the sessions around it. ``event`` is the
    compounded return per column, ``days`` the event's sessions, ``before`` the
    session before it, ``after`` those that follow. ``late`` says that the region
    was closed on the day ``asked`` for and ``start`` is its first session after.
    """

    returns: pd.DataFrame
    inside: Bools
    used: Bools
    event: pd.Series[float]
    days: pd.DataFrame
    before: pd.Series[float]
    after: pd.DataFrame
    asked: dt.date
    start: dt.date
    end: dt.date
    late: bool

    @property
    def dates(self) -> list[dt.date]:
        """The sessions' dates."""
        return [day.date() for day in self.returns.index]

    @property
    def event_rows(self) -> list[int]:
        """Which rows of ``returns`` are the event."""
        return [n for n, d in enumerate(self.dates) if self.start <= d <= self.end]


def sessions_of(
    prices: pd.DataFrame,
    window: tuple[dt.date, dt.date],
    estimate_until: dt.date | None,
    *,
    named: str = "",
) -> Sessions:
    """Find the event and the estimation window in a region's own sessions.

    A session is a day on which half of the listed lines have a price. The window
    holds the 250 returns that end with 20 sessions between them and the event, or on
    ``estimate_until``.

    Parameters
    ----------
    prices
        Adjusted closes of one region's lines.
    window
        First and last session of the event.
    named
        The region, where it is not the one whose sessions the event is named by:
        closed on the first day, it takes the first session after.

    Raises
    ------
    FactorError
        If a day is no session, lies outside the file, or too few returns stand
        before it.
    """
    import pandas as pd

    listed = prices.notna().cummax().sum(axis=1)
    prices = prices[prices.notna().sum(axis=1) >= 0.5 * listed.clip(lower=1)]
    index = pd.DatetimeIndex(prices.index)
    start, end = window
    if end < start:
        raise FactorError(
            f"The event ends on {end}, before it starts on {start}.",
            hint="Give the first session with --event and the last with --until.",
        )
    last_day = index[-1].date()
    late = bool(named) and pd.Timestamp(start) not in index and start <= last_day
    asked = start
    if late:
        start = index[index >= pd.Timestamp(start)][0].date()
        end = max(start, end)
    first, last = (
        _row_of(day, index, f" of {named}" if named else "") for day in (start, end)
    )
    if first < 1:
        raise FactorError(
            f"No session stands before {start}.", hint="Give earlier prices too."
        )
    returns = prices.pct_change(fill_method=None)
    inside = _estimation_window(index, first, estimate_until, start, named)
    used = inside.copy()
    used[max(1, first - 1) : last + 1 + AHEAD] = True
    return Sessions(
        returns=returns,
        inside=inside,
        used=used,
        event=prices.iloc[last] / prices.iloc[first - 1] - 1.0,
        days=returns.iloc[first : last + 1],
        before=returns.iloc[first - 1],
        after=returns.iloc[last + 1 : last + 1 + AHEAD],
        asked=asked,
        start=start,
        end=end,
        late=late,
    )


def _estimation_window(
    index: pd.DatetimeIndex,
    first: int,
    estimate_until: dt.date | None,
    start: dt.date,
    named: str,
) -> Bools:
    """Mark the returns that betas are estimated from, or say why too few stand."""
    import pandas as pd

    until = first - GAP
    if estimate_until is not None:
        until = int(index.searchsorted(pd.Timestamp(estimate_until), side="right"))
        if until > first:
            raise FactorError(
                f"The estimation window would end on {estimate_until}, after the event "
                f"starts on {start}.",
                hint="Give an earlier day with --estimate-until.",
            )
    inside = np.zeros(len(index), dtype=bool)
    inside[max(1, until - WINDOW) : max(1, until)] = True
    if inside.sum() < MIN_RETURNS:
        gap = (
            f"after a gap of {GAP} sessions"
            if estimate_until is None
            else f"up to {estimate_until}, as asked"
        )
        raise FactorError(
            f"Only {inside.sum()} returns stand before the event of {start}"
            f"{f' in {named}' if named else ''} ({gap}); {MIN_RETURNS} are the least.",
            hint=f"Give prices from an earlier date on (the file starts on "
            f"{index[0].date()})"
            + ("." if estimate_until is None else ", or a later --estimate-until."),
        )
    return inside


def _row_of(day: dt.date, index: pd.DatetimeIndex, where: str) -> int:
    """Return the row of a session, or say what is near it."""
    import pandas as pd

    stamp = pd.Timestamp(day)
    if stamp in index:
        return int(index.searchsorted(stamp))
    first, last = index[0].date(), index[-1].date()
    if not first <= day <= last:
        raise FactorError(
            f"{day} lies outside the price file, which runs from {first} to {last}.",
            hint="Give a day inside it, or prices that reach further.",
        )
    before, after = index[index < stamp][-1].date(), index[index > stamp][0].date()
    raise FactorError(
        f"{day} is no session{where}: the market was closed (the sessions around it "
        f"are {before} and {after}).",
        hint=f"Give a day on which the market was open, such as {after}.",
    )
