"""The answer: what the portfolio would make, why, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stresskit.model.portfolio import Issue

if TYPE_CHECKING:
    import pandas as pd

    from stresskit.model.exposures import Exposure, Exposures
    from stresskit.model.portfolio import Portfolio, Position
    from stresskit.model.scenario import Scenario


@dataclass(frozen=True, kw_only=True)
class Band:
    """The P&L range given the scenario, in money, and the parts of its variance.

    ``multiplier`` times the root of the sum of ``parts`` (money squared) is the
    half width. It says nothing about how likely the scenario is.
    """

    level: float
    low: float
    high: float
    multiplier: float
    parts: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How well the portfolio is known, as shares of it, and what the unknown could do.

    ``by_value`` is ``sum |V| C / sum |V|`` with the confidence C of each position,
    ``by_risk`` the same with what each may move, ``light`` that of ``by_value``
    (green from 80%, amber from 60%, else red). ``by_source`` is the gross value of
    each source. ``unmapped_value`` is the gross value of what nothing places, and
    ``pnl_if`` what the whole portfolio would make if that behaved like the market
    outside the theme (``market``), like the segment that hurts most
    (``worst_segment``, named), or not at all (``nothing``). Money is in the
    portfolio's currency.
    """

    by_value: float
    by_risk: float
    light: str
    by_source: dict[str, float]
    unmapped_value: float
    worst_segment: str
    pnl_if: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """Parts that add up to the P&L, in money.

    ``options`` is what revaluing gives beyond the delta, which is in the parts of what
    is underneath; ``others`` is rates, credit, gold and bitcoin. ``cross`` is local
    times currency, the -100% floor, and what daily leverage makes of a path.
    """

    market: float
    segments: float
    own_name: float
    fx: float
    options: float
    cross: float
    others: float = 0.0


@dataclass(frozen=True, kw_only=True)
class OtherResult:
    """One other factor or currency: its move, where that comes from, what it does.

    ``move`` is a decimal; of a currency against the base currency. ``source`` is
    ``user``, ``event``, ``predictive`` or ``none`` (of a currency: of both sides
    against the dollar); ``r2`` the share of its daily variance that the drivers
    explain. ``exposure`` is P&L per 1.00 of move, so that of a yield is minus money
    times duration; ``pnl`` holds convexity.
    """

    factor: str
    title: str
    kind: str
    move: float
    source: str
    r2: float | None
    exposure: float
    pnl: float
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class SegmentResult:
    """One segment: money exposed, the shock at this severity, and the P&L."""

    segment: str
    group: str
    title: str
    exposure: float
    shock: float
    pnl: float


@dataclass(frozen=True, kw_only=True)
class PositionResult:
    """One position: what it is worth, what it would make, and why.

    ``stressed_exposure`` is the money the stress moves (the market value, a
    future's notional, an option's delta times its underlying). ``pnl_pct`` is P&L over
    that money's size (an option's over its value), with the position's sign. ``low``
    and ``high`` bound the P&L.
    """

    position: Position
    exposure: Exposure
    base_value: float
    stressed_exposure: float
    market_return: float
    pnl: float
    pnl_pct: float | None
    market: float
    segments: float
    own_name: float
    fx: float
    options: float
    cross: float
    low: float
    high: float
    others: float = 0.0


@dataclass(frozen=True, kw_only=True)
class StressResult:
    """The stress of one portfolio under one scenario.

    All money is in ``currency`` (None for a weight-only portfolio, whose total
    is 1 or the value the user set). ``coverage_ratio`` is the covered share of
    the gross value; ``uncovered_value`` is the gross value not stressed with
    knowledge of it. ``distance`` is the Mahalanobis distance of the drivers' moves,
    where other factors were carried over from them.
    """

    run: dict[str, str]
    portfolio: Portfolio
    exposures: Exposures
    scenario: Scenario
    currency: str | None
    base_value: float
    stressed_value: float
    pnl: float
    pnl_pct: float | None
    band: Band
    coverage_ratio: float
    uncovered_value: float
    coverage: Coverage
    attribution: Attribution
    by_segment: tuple[SegmentResult, ...]
    by_position: tuple[PositionResult, ...]
    by_other: tuple[OtherResult, ...] = ()
    distance: float | None = None
    issues: tuple[Issue, ...] = field(default=())

    def to_frame(self) -> pd.DataFrame:
        """Return one row per position, money in base currency, returns decimal."""
        import pandas as pd

        return pd.DataFrame.from_records(
            [
                {
                    "id": r.position.id,
                    "name": r.position.name,
                    "asset_class": r.position.asset_class,
                    "base_value": r.base_value,
                    "pnl": r.pnl,
                    "pnl_pct": r.pnl_pct,
                    "market": r.market,
                    "segments": r.segments,
                    "own_name": r.own_name,
                    "fx": r.fx,
                    "options": r.options,
                    "others": r.others,
                    "cross": r.cross,
                    "beta": r.exposure.beta,
                    "source": r.exposure.source,
                    "confidence": r.exposure.confidence,
                    "covered": r.exposure.covered,
                }
                for r in self.by_position
            ]
        )
