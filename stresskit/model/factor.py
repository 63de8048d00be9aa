"""A named event: a shock per segment of a value chain, with its evidence."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stresskit.model.value_chain import ValueChain


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where figures came from."""

    id: str
    title: str
    url: str = ""
    accessed: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Shock:
    """What one segment did on the day, net of beta times the ex-theme market.

    ``raw`` is the weighted mean of its members' abnormal returns, ``shrunk`` the
    value used, pulled towards the parent group by the share ``shrinkage``;
    ``standard_error`` belongs to ``shrunk``. ``total`` is the mean raw return.
    ``beta``, ``beta_sd``, ``residual_sd`` (daily, net of the market) and
    ``specific_sd`` (net of market and segments) describe the members before the
    event and serve members without history. ``composition`` holds the mean
    fractions of the members: the shock is what such a typical member did. All
    returns are decimals.
    """

    segment: str
    members: int
    effective_members: float
    total: float | None
    raw: float | None
    shrunk: float
    standard_error: float
    shrinkage: float
    beta: float
    beta_sd: float
    residual_sd: float
    specific_sd: float
    composition: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class MarketLeg:
    """The ex-theme market's return in a region on the event window, a decimal."""

    region: str
    value: float
    start: dt.date
    end: dt.date
    basis: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One security's figures around the event, from ``moves.csv``.

    ``role`` is ``theme`` or ``rest`` (used in the estimate), ``fund`` (never used
    in it) or ``history`` (returns before the event only, for a stated factor).
    ``beta`` is the Vasicek beta to the ex-theme market with ``beta_se``;
    ``residual_sd`` is daily, net of the market, ``specific_sd`` net of market and
    segments; ``sensitivities`` are per segment, estimated before the event;
    ``own_name`` is the part of the day's move that belongs to the company (replay
    mode). Returns are decimals, None where not known.
    """

    ticker: str
    mic: str
    isin: str | None
    name: str
    role: str
    segments: dict[str, float]
    event_return: float | None
    observations: int | None
    beta: float | None
    beta_se: float | None
    residual_sd: float | None
    specific_sd: float | None
    abnormal_return: float | None
    sensitivities: dict[str, float]
    own_name: float | None
    source: str
    note: str = ""

    @property
    def key(self) -> str:
        """``TICKER:MIC``, unique within a factor."""
        return f"{self.ticker}:{self.mic}"


# Compared by identity: arrays have no single truth value.
@dataclass(frozen=True, kw_only=True, eq=False)
class SegmentHistory:
    """Daily returns of the ex-theme market and the segments before the event.

    ``names`` is MARKET followed by segments; ``returns`` has shape
    (n_days, len(names)), decimals: the market's own return, then each segment's
    mean abnormal return (NaN on a day without members).
    """

    names: tuple[str, ...]
    dates: tuple[dt.date, ...]
    returns: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Factor:
    """A named event with its shocks, market legs, evidence and provenance.

    ``dispersion_theme`` and ``dispersion_rest`` times a security's residual_sd are
    what its move of the day may differ by from the projection; ``replay_theme``
    and ``replay_rest`` the same after its own move of the day is counted in.
    ``universe_low`` and ``universe_high`` are the 5th and 95th percentile of all
    abnormal returns of the day.
    """

    id: str
    revision: int
    revision_reason: str
    title: str
    narrative: str
    questions: tuple[str, ...]
    event_start: dt.date
    event_end: dt.date
    chain: ValueChain
    shocks: tuple[Shock, ...]
    market: tuple[MarketLeg, ...]
    evidence: tuple[Evidence, ...]
    history: SegmentHistory | None
    dispersion_theme: float
    dispersion_rest: float
    replay_theme: float
    replay_rest: float
    universe_low: float
    universe_high: float
    method: dict[str, str | float | int] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    sha256: str = ""
    folder: str = ""
