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
    """A listed line with its place in the chain; ``segments`` sum to 1.

    ``issuer`` is the ``TICKER:MIC`` of the main line of the company where there are
    several (share classes, depositary receipts); None means this one.
    """

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
    sedol: str | None = None
    figi: str | None = None
    wkn: str | None = None
    issuer: str | None = None

    @property
    def key(self) -> str:
        """``TICKER:MIC``, unique within a chain."""
        return f"{self.ticker}:{self.mic}"

    @property
    def main_segment(self) -> str:
        """The leaf with the largest fraction, the first of equals."""
        return max(self.segments, key=lambda k: self.segments[k])


@dataclass(frozen=True, kw_only=True)
class Fund:
    """A fund or ETF and where its place in the chain comes from.

    ``placed_by`` says which: ``returns`` (the factor's evidence row of the fund
    itself, estimated from its returns before the event), ``proxy`` (the
    ``TICKER:MIC`` of a listed fund on the same index, or of the share underneath),
    ``holdings`` (``segments`` are fractions of published holdings, summing to 1 at
    most; the rest is cash and does not move), ``category`` (the same, judged from
    what the fund says it holds) or ``none`` (it keeps its value in an equity stress:
    bonds, money market, commodities). ``sensitivities`` and ``beta`` are the weighted
    means over the holdings, ``markets`` says to which regions' markets that beta is,
    in shares that sum to 1.
    ``leverage`` is the daily multiple, -1 for an inverse fund; ``hedged`` the
    currency it is hedged into. ``others`` is the return per unit move of rates, credit,
    gold or bitcoin (minus the duration for a yield), of funds that are no shares.
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
    markets: dict[str, float]
    proxy: str | None
    leverage: float
    basis: str
    as_of: dt.date
    placed_by: str = "returns"
    hedged: str | None = None
    others: dict[str, float] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """``TICKER:MIC``, unique within a chain."""
        return f"{self.ticker}:{self.mic}"


@dataclass(frozen=True, kw_only=True)
class OtherLine:
    """Another way a security or fund is written; ``of`` is its ``TICKER:MIC``.

    ``kind`` is ``listing`` (the same line on another exchange), ``receipt`` (a
    depositary receipt), ``class`` (another share class), ``name`` (another spelling)
    or ``former`` (a ticker, number or name that ended on ``until``).
    """

    ticker: str
    mic: str
    name: str
    currency: str
    isin: str | None
    of: str
    kind: str
    until: dt.date | None
    source: str


@dataclass(frozen=True, kw_only=True)
class IndexFuture:
    """A future by its exchange root and the words files write it with.

    ``of`` is the ``TICKER:MIC`` of the fund on the same index; None where the
    stress does not move what is underneath (``asset_class``).
    """

    root: str
    words: tuple[str, ...]
    index: str
    asset_class: str
    of: str | None
    source: str


@dataclass(frozen=True, kw_only=True)
class SectorLabel:
    """What a sector or industry means in segments; ``label`` in lower case.

    ``narrow`` marks industries, which say more than one of the broad sectors.
    """

    label: str
    scheme: str
    language: str
    narrow: bool
    segments: dict[str, float]
    basis: str


@dataclass(frozen=True, kw_only=True)
class ValueChain:
    """Groups and segments in reading order, the securities and funds placed.

    ``lines`` and ``futures`` say how else files write them, ``sectors`` what a sector
    by itself means.
    """

    id: str
    title: str
    revision: int
    groups: tuple[Group, ...]
    segments: tuple[Segment, ...]
    securities: tuple[Security, ...]
    funds: tuple[Fund, ...]
    sha256: str
    lines: tuple[OtherLine, ...] = ()
    futures: tuple[IndexFuture, ...] = ()
    sectors: tuple[SectorLabel, ...] = ()

    @property
    def segment_ids(self) -> tuple[str, ...]:
        """The leaves in the order of every exposure matrix."""
        return tuple(s.id for s in self.segments)
