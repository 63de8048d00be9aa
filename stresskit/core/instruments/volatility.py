"""The yearly volatility of what moved before an event, from its exposure alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from stresskit.model import MARKET

if TYPE_CHECKING:
    from stresskit.model import Exposure, Factor

TRADING_DAYS = 252


def past_volatility(exposure: Exposure, factor: Factor) -> float:
    """Return a yearly volatility: ``sqrt(252 (w' S w + specific^2))``.

    w is beta and sensitivities, S the daily covariance of the market and the segments;
    the specific part alone where there is none.
    """
    variance = exposure.specific_sd**2
    known = factor.others
    if known is not None:
        loads = {MARKET: exposure.beta, **exposure.sensitivities}
        at = [n for n, name in enumerate(known.names) if name in loads]
        w = np.array([loads[known.names[n]] for n in at])
        variance += float(w @ known.covariance[np.ix_(at, at)] @ w)
    return math.sqrt(TRADING_DAYS * variance)
