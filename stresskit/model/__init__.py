"""The nouns: frozen records that every other room speaks of.

Conventions, for the whole package. Money is in the portfolio's base currency
unless the name says ``local``. Returns are simple and decimal: -0.17 is -17%.
A loss is negative P&L. ``None`` means not known, never zero. Identifiers are
text. Fractions and weights are decimals.
"""

from stresskit.model.exposures import Exposure, Exposures, OptionTerms
from stresskit.model.factor import (
    Driver,
    Evidence,
    Factor,
    MarketLeg,
    PathPoint,
    Plausibility,
    Published,
    SegmentHistory,
    Shock,
    Significance,
    Source,
    StatedMove,
    Style,
    Variant,
)
from stresskit.model.hedge import Hedge, HedgeLeg, HedgePlan, Instrument
from stresskit.model.other_factors import (
    MARKET,
    OtherFactor,
    OtherFactors,
    OtherMove,
)
from stresskit.model.override import Override
from stresskit.model.portfolio import (
    ColumnRead,
    Identifiers,
    Issue,
    Portfolio,
    Position,
)
from stresskit.model.result import (
    Attribution,
    Band,
    Coverage,
    OtherResult,
    PositionResult,
    SegmentResult,
    StressResult,
)
from stresskit.model.scenario import Scenario
from stresskit.model.validation import (
    DayTest,
    GroupTest,
    Point,
    PortfolioTest,
    Score,
    Validation,
)
from stresskit.model.value_chain import (
    Fund,
    Group,
    IndexFuture,
    OtherLine,
    SectorLabel,
    Security,
    Segment,
    Tradable,
    ValueChain,
)

__all__ = [
    "MARKET",
    "Attribution",
    "Band",
    "ColumnRead",
    "Coverage",
    "DayTest",
    "Driver",
    "Evidence",
    "Exposure",
    "Exposures",
    "Factor",
    "Fund",
    "Group",
    "GroupTest",
    "Hedge",
    "HedgeLeg",
    "HedgePlan",
    "Identifiers",
    "IndexFuture",
    "Instrument",
    "Issue",
    "MarketLeg",
    "OptionTerms",
    "OtherFactor",
    "OtherFactors",
    "OtherLine",
    "OtherMove",
    "OtherResult",
    "Override",
    "PathPoint",
    "Plausibility",
    "Point",
    "Portfolio",
    "PortfolioTest",
    "Position",
    "PositionResult",
    "Published",
    "Scenario",
    "Score",
    "SectorLabel",
    "Security",
    "Segment",
    "SegmentHistory",
    "SegmentResult",
    "Shock",
    "Significance",
    "Source",
    "StatedMove",
    "StressResult",
    "Style",
    "Tradable",
    "Validation",
    "ValueChain",
    "Variant",
]
