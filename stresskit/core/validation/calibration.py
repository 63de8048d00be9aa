"""How wide the band would have had to be on the factor's own day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.stress.conformal import conformal_factor
from stresskit.core.validation.day import day_of
from stresskit.core.validation.validate import (
    LONG_ONLY,
    LONG_SHORT,
    MOST,
    random_portfolios,
)

if TYPE_CHECKING:
    from stresskit.model import Factor

# With fewer stocks the factor would hang on a handful of errors.
FEWEST = 40


@dataclass(frozen=True)
class Calibration:
    """Conformal factors of stocks and portfolios, None where there are too few."""

    stocks: float | None
    portfolios: float | None


def calibration_of(factor: Factor) -> Calibration:
    """Return how many stated standard deviations nine of ten errors stay within.

    ``q`` is the ceil((n+1) 0.9)-th smallest of ``|error| / sd``. Every stock is
    predicted without its company; portfolios of 10 to 50 stocks without their own:
    1,000 long-only and 200 long/short ones, of which the larger factor counts.

    Raises
    ------
    FactorError
        If the factor was not estimated.

    Notes
    -----
    Source: Vovk, Gammerman and Shafer (2005); Barber, Candes, Ramdas and Tibshirani
    (2021).
    """
    day = day_of(factor)
    chosen = day.theme | day.rest
    if chosen.sum() < FEWEST:
        return Calibration(None, None)
    sd = day.sd(day.scale())
    stocks = conformal_factor(((day.total - day.predicted) / sd)[chosen])
    if chosen.sum() <= MOST:
        return Calibration(stocks, None)
    pool = np.flatnonzero(chosen)
    found = []
    for count, short in ((LONG_ONLY, False), (LONG_SHORT, True)):
        errors, spread = random_portfolios(day, pool, count, short=short)
        found.append(conformal_factor(errors / spread))
    known = [q for q in found if q is not None]
    return Calibration(stocks, max(known) if known else None)


def calibrated(factor: Factor) -> Factor:
    """Return an estimated factor with its conformal factors."""
    found = calibration_of(factor)
    return replace(
        factor,
        conformal_stocks=found.stocks,
        conformal_portfolios=found.portfolios,
    )
