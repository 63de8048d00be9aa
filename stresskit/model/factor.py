"""A named event: a shock per segment of a value chain, with its evidence."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stresskit.model.other_factors import OtherFactors
    from stresskit.model.portfolio import Issue
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
class Significance:
    """Whether a segment's move was out of the ordinary, by two tests.

    Against its own history: ``z`` is the raw shock over the standard deviation of
    the segment's daily abnormal returns, ``rank`` its place among ``days`` days and
    the event by size (1 is the largest), ``rank_p = rank / (days + 1)`` counting
    ties, ``discovery`` whether it survives at a false-discovery rate of 10% over
    all segments. Across its members: ``adjusted_t`` is the cross-sectional t of
    standardised abnormal returns corrected for ``mean_correlation`` of the members'
    residuals, with its two-sided p; None below five members.
    """

    z: float
    rank: int
    days: int
    rank_p: float
    discovery: bool
    adjusted_t: float | None = None
    adjusted_p: float | None = None
    mean_correlation: float | None = None


@dataclass(frozen=True, kw_only=True)
class Shock:
    """What one segment did on the day, net of beta times the ex-theme market.

    ``raw`` is the weighted mean of its members' abnormal returns, ``shrunk`` the
    value used, pulled towards the parent group by the share ``shrinkage``;
    ``standard_error`` belongs to ``shrunk``. ``total`` is the mean raw return.
    ``beta``, ``beta_sd``, ``residual_sd`` (daily, net of the market) and
    ``specific_sd`` (net of market and segments) describe the members before the
    event and serve members without history. ``composition`` holds the mean
    fractions of the members: the shock is what such a typical member did.
    ``significance`` tests the move, ``alternatives`` hold the shock under other
    choices by name, ``path`` the share of the move that is still there so many
    sessions later. ``mapped`` marks a shock without members of its own market day:
    it rests on published moves or on a first session after a closure, with four
    times the variance. All returns are decimals.
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
    significance: Significance | None = None
    alternatives: dict[str, float] = field(default_factory=dict)
    path: dict[int, float] = field(default_factory=dict)
    mapped: bool = False


@dataclass(frozen=True, kw_only=True)
class MarketLeg:
    """The ex-theme market's return in a region on the event window, a decimal."""

    region: str
    value: float
    start: dt.date
    end: dt.date
    basis: str


@dataclass(frozen=True, kw_only=True)
class Driver:
    """How far one narrative driver explains the shocks; in units of return."""

    name: str
    value: float
    standard_error: float


@dataclass(frozen=True, kw_only=True)
class Style:
    """How far a characteristic goes along with the theme's abnormal returns.

    ``share`` of their variance, ``within`` the share of what the segments leave, and
    the ``slope`` of that, a return per standard deviation. A diagnostic of crowding;
    nothing is taken out of the shocks.
    """

    name: str
    share: float
    within: float
    slope: float


@dataclass(frozen=True, kw_only=True)
class PathPoint:
    """Share of the day's abnormal loss still there ``days`` sessions later.

    Over ``securities`` that moved by more than 5% on the event, 1 is all of it.
    """

    days: int
    persistence: float
    standard_error: float
    securities: int


@dataclass(frozen=True, kw_only=True)
class Plausibility:
    """How far out the day was, and when else its pattern was seen.

    ``distance`` is the Mahalanobis distance of the segments' returns of the day
    under their covariance before the event, ``typical`` its median over that
    window; both depend on the number of ``segments`` and compare only within it.
    ``index_sd`` is the daily standard deviation of the severity index (1 is the
    event), ``nearest`` its largest absolute values on other days.
    """

    distance: float
    typical: float
    segments: int
    index_sd: float
    nearest: tuple[tuple[dt.date, float], ...] = ()


@dataclass(frozen=True, kw_only=True)
class StatedMove:
    """A move as its author gave it; ``raw`` is a total return, else abnormal.

    ``segment`` is a segment, a group, or MARKET; ``where`` its place in the table.
    """

    segment: str
    move: float
    raw: bool
    standard_error: float | None
    where: str


@dataclass(frozen=True, kw_only=True)
class Variant:
    """How a factor differs from its basis: drivers scaled, the market leg set.

    ``basis_sha256`` is that of the basis's folder: a variant of figures that have
    changed is refused.
    """

    drivers: dict[str, float]
    market: float | None
    basis_sha256: str


@dataclass(frozen=True, kw_only=True)
class Published:
    """A line's move as published, over its own window; a decimal, local currency."""

    ticker: str
    mic: str
    move: float
    start: dt.date
    end: dt.date
    source: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One security's figures around the event, from ``moves.csv``.

    ``role`` is ``theme`` or ``rest`` (used in the estimate), ``fund`` (never used
    in it), ``mapped`` (a published move or a first session after a closure: it
    enters only where its segment has no other member) or ``history`` (returns
    before the event only, for a stated factor). ``start`` and ``end`` are the
    window of its return where that is not the event's own. ``index_beta`` is the
    beta to the index named in the factor's method, ``sar`` the standardised
    abnormal return, ``copies`` how well independent copies of the return agree,
    ``path`` the abnormal return from the event to so many sessions later.
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
    sector: str = ""
    index_beta: float | None = None
    sar: float | None = None
    start: dt.date | None = None
    end: dt.date | None = None
    copies: str = ""
    path: dict[int, float] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """``TICKER:MIC``, unique within a factor."""
        return f"{self.ticker}:{self.mic}"


# Compared by identity: arrays have no single truth value.
@dataclass(frozen=True, kw_only=True, eq=False)
class SegmentHistory:
    """Daily returns of the ex-theme market and the segments around the event.

    ``names`` is MARKET followed by segments; ``returns`` has shape
    (n_days, len(names)), decimals: the market's own return, then each segment's
    mean abnormal return (NaN on a day without members). ``start`` and ``end`` are
    the first and last day of the estimation window; other days are for looking
    back only.
    """

    names: tuple[str, ...]
    dates: tuple[dt.date, ...]
    returns: NDArray[np.float64]
    start: dt.date
    end: dt.date

    @property
    def before(self) -> NDArray[np.float64]:
        """The returns of the estimation window, before the event."""
        kept = [self.start <= day <= self.end for day in self.dates]
        return self.returns[kept]


@dataclass(frozen=True, kw_only=True)
class Factor:
    """A named event with its shocks, market legs, evidence and provenance.

    ``dispersion_theme`` and ``dispersion_rest`` times a security's residual_sd, to
    ``power_theme`` and ``power_rest``, are what its move of the day may differ by
    from the projection; ``replay_theme`` and ``replay_rest`` times the residual_sd
    the same after its own move of the day is counted in.
    ``universe_low`` and ``universe_high`` are the 5th and 95th percentile of all
    abnormal returns of the day. ``purpose`` says what questions the factor is for,
    ``basis`` is the ``ID@REVISION`` whose betas, volatilities and histories it uses
    (empty if its own); ``expert_set`` marks shocks that are a judgement.
    ``conformal_stocks`` and ``conformal_portfolios`` are how many stated standard
    deviations the errors of nine in ten stay within, on the factor's own day.
    ``issues`` are what its author must know of how it was made; ``others`` is what is
    known of rates, credit, volatility, gold, bitcoin and currencies.
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
    power_theme: float = 1.0
    power_rest: float = 1.0
    conformal_stocks: float | None = None
    conformal_portfolios: float | None = None
    method: dict[str, str | float | int] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    sha256: str = ""
    folder: str = ""
    purpose: str = ""
    basis: str = ""
    expert_set: bool = False
    stated: tuple[StatedMove, ...] = ()
    variant: Variant | None = None
    drivers: tuple[Driver, ...] = ()
    drivers_r2: float | None = None
    path: tuple[PathPoint, ...] = ()
    styles: tuple[Style, ...] = ()
    plausibility: Plausibility | None = None
    issues: tuple[Issue, ...] = ()
    others: OtherFactors | None = None

    def dispersion_of(self, residual_sd: float, *, theme: bool) -> float:
        """Return the event-day standard deviation left to one company, a decimal."""
        scale, power = (
            (self.dispersion_theme, self.power_theme)
            if theme
            else (self.dispersion_rest, self.power_rest)
        )
        return scale * math.pow(residual_sd, power)

    def histories(self) -> tuple[Evidence, ...]:
        """Return what is known of each security before the event, not of its day."""
        return tuple(
            replace(
                e,
                role="fund" if e.role == "fund" else "history",
                event_return=None,
                abnormal_return=None,
                own_name=None,
                sar=None,
                start=None,
                end=None,
                copies="",
                path={},
            )
            for e in self.evidence
        )
