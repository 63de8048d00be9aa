"""The value chain: groups, their segments, and who belongs to them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Group:
    """A parent of segments, such as compute or power."""

    id: str
    title: str
    definition: str


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A leaf of the value chain with its parent group.

    ``theme`` is False for the rest-of-market leaves (``ROM_10`` to ``ROM_60``,
    one per GICS sector). ``expected_sign`` is a dated prior, never a constraint.
    ``narrative`` holds the signed loadings on the narrative drivers.
    """

    id: str
    group: str
    title: str
    definition: str
    theme: bool
    expected_sign: str
    expected_sign_date: dt.date
    narrative: dict[str, float] = field(default_factory=dict)
    gics_sector: str | None = None


@dataclass(frozen=True, kw_only=True)
class Security:
    """A listed line with its place in the chain; ``segments`` sum to 1."""

    ticker: str
    mic: str
    name: str
    country: str
    currency: str
    isin: str | None
    gics_sector: str
    segments: dict[str, float]
    basis: str
    as_of: dt.date

    @property
    def main_segment(self) -> str:
        """The leaf with the largest fraction, the first of equals."""
        return max(self.segments, key=lambda k: self.segments[k])


@dataclass(frozen=True, kw_only=True)
class Fund:
    """A fund or ETF and where its place in the chain comes from.

    ``segments`` are fractions from published holdings, summing to 1 at most (the
    rest is cash and does not move), ``sensitivities`` and ``beta`` the weighted
    means over the same holdings, ``region`` the market leg that the beta is to;
    ``proxy`` is the ``TICKER:MIC`` of a listed fund on the same index. With
    neither, the factor's evidence row of the fund itself serves, estimated from
    its returns before the event. ``leverage`` is -1 for an inverse fund. A fund
    of ``asset_class`` bond keeps its value in an equity stress.
    """

    ticker: str
    mic: str
    name: str
    country: str
    currency: str
    isin: str | None
    asset_class: str
    segments: dict[str, float]
    sensitivities: dict[str, float]
    beta: float | None
    region: str | None
    proxy: str | None
    leverage: float
    basis: str
    as_of: dt.date


@dataclass(frozen=True, kw_only=True)
class Tradable:
    """A liquid instrument a hedge may use, with what it costs.

    ``use`` is ``short`` (overlay) or ``buy`` (rotation). ``half_spread`` and ``fee``
    are decimals of the notional per trade, ``borrow`` per year; ``cap`` is the
    largest notional as a share of the portfolio. ``price`` is in ``currency``.
    """

    ticker: str
    mic: str
    isin: str | None
    name: str
    currency: str
    use: str
    half_spread: float
    fee: float
    borrow: float
    cap: float
    price: float | None
    price_date: dt.date | None
    source: str


@dataclass(frozen=True, kw_only=True)
class ValueChain:
    """Groups and segments in reading order, the securities and funds placed."""

    id: str
    title: str
    revision: int
    groups: tuple[Group, ...]
    segments: tuple[Segment, ...]
    securities: tuple[Security, ...]
    funds: tuple[Fund, ...]
    tradables: tuple[Tradable, ...]
    sha256: str

    @property
    def segment_ids(self) -> tuple[str, ...]:
        """The leaves in the order of every exposure matrix."""
        return tuple(s.id for s in self.segments)
