"""What moves besides shares: rates, credit, volatility, gold, bitcoin, currencies."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OtherKind = Literal["rate", "credit", "volatility", "commodity", "crypto", "currency"]
# Moves of these are changes of a level, not returns.
LEVELS = ("rate", "credit", "volatility")
MARKET = "MARKET"


@dataclass(frozen=True, kw_only=True)
class OtherFactor:
    """A market factor that is no share.

    Moves are decimals: the change of a yield or a spread (0.0010 is 10 basis points),
    of an implied volatility (0.03 is 3 points), else a return; that of a currency is
    against the US dollar. ``currency`` is that of a rate or a currency. ``proxy`` says
    what its history was taken from.
    """

    id: str
    title: str
    kind: OtherKind
    currency: str | None = None
    proxy: str = ""
    source: str = ""

    @property
    def currency_pair(self) -> bool:
        """Whether it is a currency against the US dollar."""
        return self.kind == "currency"

    @property
    def is_level(self) -> bool:
        """Whether a move is a change of a level, which may add up; else a return."""
        return self.kind in LEVELS


@dataclass(frozen=True, kw_only=True)
class OtherMove:
    """What a factor did over an event's window, from close to close; a decimal."""

    factor: str
    start: dt.date
    end: dt.date
    value: float
    basis: str
    source: str


# Compared by identity: arrays have no single truth value.
@dataclass(frozen=True, kw_only=True, eq=False)
class OtherFactors:
    """The other factors with their moves on known days and a covariance of daily moves.

    ``covariance`` (n, n) is over ``names``: MARKET (the ex-theme market), segments'
    abnormal returns and other factors, shrunk by ``shrinkage`` from ``observations``
    days between ``start`` and ``end``. ``drivers`` are those a scenario is carried
    over from unless others are asked for. ``pegs`` are currencies that another holds.
    """

    factors: tuple[OtherFactor, ...]
    moves: tuple[OtherMove, ...]
    names: tuple[str, ...]
    covariance: NDArray[np.float64]
    start: dt.date
    end: dt.date
    observations: int
    shrinkage: float
    drivers: tuple[str, ...]
    sha256: str = ""
    pegs: dict[str, str] = field(default_factory=dict)

    def on(self, start: dt.date, end: dt.date) -> dict[str, OtherMove]:
        """Return the moves known of exactly this window, by factor."""
        return {m.factor: m for m in self.moves if (m.start, m.end) == (start, end)}
