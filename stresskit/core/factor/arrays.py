"""The arrays an event is estimated from: returns, places, markets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor import event
from stresskit.core.factor.leaves import (
    Leaves,
    compositions,
    lines_of,
    members_of,
    wide_and_pure,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

MIN_HISTORY = 120
MIN_MARKET = 10
THEME_FROM = 0.05


@dataclass(frozen=True)
class Panel:
    """Returns around an event, and where each of N securities stands.

    ``returns`` (T, N) are daily returns over all days of the price file, NaN where
    there is none; ``inside`` (T, N) marks the estimation window of each security's
    region. ``event`` (N,) is the compounded return of the event window, ``days``
    (H, N) its sessions, ``before`` (N,) the return of the session before it and
    ``after`` (A, N) those of the sessions that follow, NaN beyond the file.
    ``tags`` (N, K) are the fractions per segment, rows sum to 1 (zero rows for
    funds). ``theme`` marks securities with a part in the theme, ``fund`` the funds,
    ``mapped`` observations that are no return of the event's own sessions.
    ``leaves`` is what the K segments are, ``issuer`` (N,) the number of each line's
    company, ``region`` (N,) the number of each one's region, ``reference`` that
    of the market whose sessions the theme's news fell into.
    """

    returns: Floats
    inside: Bools
    event: Floats
    days: Floats
    before: Floats
    after: Floats
    tags: Floats
    theme: Bools
    fund: Bools
    mapped: Bools
    leaves: Leaves
    issuer: Ints
    region: Ints
    reference: int

    @property
    def window(self) -> Floats:
        """The returns of the estimation window, NaN outside it, (T, N)."""
        return np.where(self.inside, self.returns, np.nan)

    @property
    def lines(self) -> Floats:
        """1 over the number of lines of the same company, (N,)."""
        return lines_of(self.issuer)

    @property
    def rest(self) -> Bools:
        """Securities outside the theme: they make the market."""
        result: Bools = ~self.theme & ~self.fund & ~self.mapped
        return result

    @property
    def stock(self) -> Bools:
        """Securities the estimate may use: no funds."""
        return ~self.fund

    @property
    def main(self) -> Ints:
        """The main segment of each security, shape (N,)."""
        result: Ints = np.argmax(self.tags, axis=1).astype(np.int64)
        return result

    def members(self, *, mapped: bool = False) -> Floats:
        """Mark the members of each leaf among priced stocks, (N, K).

        With ``mapped``, a leaf without any has its mapped observations.
        """
        loose = self.mapped & self.stock
        priced = np.where((self.stock & ~loose)[:, None], self.tags, 0.0)
        own = members_of(priced, self.leaves)
        if not mapped:
            return own
        spare = wide_and_pure(np.where(loose[:, None], self.tags, 0.0), self.leaves)[0]
        found: Floats = np.where(own.sum(axis=0) > 0, own, spare)
        return found

    def composition(self) -> Floats:
        """Return the mean fractions of each leaf's members, (K, K)."""
        chosen = self.stock & ~self.mapped
        return compositions(self.tags[chosen], self.leaves, self.lines[chosen])


@dataclass(frozen=True)
class Market:
    """The ex-theme market of R regions.

    ``daily`` (T, R), ``event`` (R,) on the event window, ``days`` (H, R), ``before``
    (R,) and ``after`` (A, R); NaN for a region with too few securities outside the
    theme, whose securities are measured against the reference region's market.
    """

    daily: Floats
    event: Floats
    days: Floats
    before: Floats
    after: Floats

    @property
    def known(self) -> Bools:
        """Regions with a market of their own, shape (R,)."""
        found: Bools = np.isfinite(self.event)
        return found


def markets_of(panel: Panel) -> Market:
    """Return the ex-theme market of every region that has one.

    Raises
    ------
    ValueError
        If a day has no security outside the theme in the reference region.
    """
    count = int(panel.region.max()) + 1
    used = np.any(panel.inside, axis=1)
    event_row, before_row = panel.event[None, :], panel.before[None, :]
    blocks = (panel.returns, event_row, panel.days, before_row, panel.after)
    columns: list[list[Floats]] = []
    for r in range(count):
        rest = panel.rest & (panel.region == r)
        enough = r == panel.reference or rest.sum() >= MIN_MARKET
        made = [
            event.ex_theme_market(b, rest) if enough else np.full(len(b), np.nan)
            for b in blocks
        ]
        if r == panel.reference and not np.isfinite([*made[0][used], *made[1]]).all():
            raise ValueError("a day has no return outside the theme")
        columns.append(made)
    daily, on_event, days, before, after = (
        np.column_stack([c[n] for c in columns]) for n in range(5)
    )
    return Market(daily, on_event[0], days, before[0], after)
