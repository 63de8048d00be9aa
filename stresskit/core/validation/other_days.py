"""Other events: with their own shocks, and with one factor's pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.confidence import KNOWING_NOTHING, NORMAL_90, PRIOR_SD_OF_FUNDS
from stresskit.core.factor.panel import tags_of
from stresskit.core.factor.pattern import likeness
from stresskit.core.stress.band import multiplier_of
from stresskit.core.stress.scaling import scale_shock
from stresskit.core.validation.day import Day, day_of, fund_rows
from stresskit.core.validation.scores import spearman
from stresskit.model import DayTest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.model import Factor

    Floats = NDArray[np.float64]

# A fund each of chips, uranium, utilities and software: one alone misreads days of news
# about its own corner.
INSTRUMENTS = ("SMH", "URA", "XLU", "IGV")


def other_day(day: Day, factor: Factor) -> DayTest:
    """Hold a factor against another event, with baselines given the same.

    The severity is read off four funds by least squares,
    ``s = sum a_j p_j / sum p_j^2`` with a their abnormal returns of that day and p
    what this factor's shocks give for them. Betas and sensitivities are those known
    before that day, and the ex-theme market's return of that day is given, as the
    index's is to the baseline.

    Raises
    ------
    FactorError
        If the other factor was not estimated.
    """
    other = day_of(factor)
    both = other.theme | other.rest
    error = np.abs(other.total - other.predicted)
    half = other.half_width(other.scale())
    carried = _carried(day.factor, other)
    severity = severity_of(day.factor, factor)
    pattern = _pattern(day.factor, other, severity) if severity is not None else None
    index = other.index_part()
    realised = other.total[other.theme]
    shown: dict[str, float | None] = dict.fromkeys(
        ("pattern", "index", "pattern_rank", "index_rank")
    )
    for name, guess in (("pattern", pattern), ("index", index)):
        if guess is not None and len(realised) > 2:
            inside = guess[other.theme]
            shown[name] = float(np.mean(np.abs(realised - inside)))
            shown[f"{name}_rank"] = spearman(inside, realised)
    return DayTest(
        factor=factor.id,
        title=factor.title,
        day=factor.event_start,
        n=int(other.theme.sum()),
        similarity=_similarity(day.factor, factor),
        own=float(np.mean(error[other.theme])) if other.theme.any() else None,
        rest=float(np.mean(error[other.rest])) if other.rest.any() else None,
        coverage=float(np.mean((error <= half)[both])),
        carried=float(np.mean((error <= carried)[both])),
        funds=fund_coverage(day.factor, factor),
        severity=severity,
        **shown,
    )


def _carried(factor: Factor, other: Day) -> Floats:
    """Return half of the band on another day, its width set on the factor's own."""
    s = other.residual_sd
    own = np.where(
        other.theme,
        factor.dispersion_theme * s**factor.power_theme,
        factor.dispersion_rest * s**factor.power_rest,
    )
    result: Floats = multiplier_of(factor) * other.sd(own)
    return result


def fund_coverage(factor: Factor, other: Factor) -> float | None:
    """Return the share of funds inside their band on a day that did not set it.

    Each fund is a real portfolio, placed by its returns before that day, and takes
    that day's shocks, which were estimated without funds. The width is that of a
    fund's position in a stress: the dispersion and the conformal factor of ``factor``,
    the errors of that day's shocks, of its beta and of its place.
    """
    rows, x = fund_rows(other)
    if len(rows) < 2:
        return None
    theta = np.array([s.shrunk for s in other.shocks])
    errors = np.array([s.standard_error for s in other.shocks])
    abnormal = np.array([e.abnormal_return for e in rows], dtype=np.float64)
    total = np.array([e.event_return for e in rows], dtype=np.float64)
    specific = np.array([e.specific_sd or 0.0 for e in rows])
    beta = np.array([e.beta or 0.0 for e in rows])
    beta_se = np.array([e.beta_se or 0.0 for e in rows])
    market = np.divide(total - abnormal, beta, out=np.zeros(len(rows)), where=beta != 0)
    own = factor.dispersion_rest * specific**factor.power_rest
    spread = (other.universe_high - other.universe_low) / 2 / NORMAL_90
    place = spread * PRIOR_SD_OF_FUNDS / KNOWING_NOTHING
    sd = np.sqrt(
        own**2 + (beta_se * market) ** 2 + place**2 + np.sum((x * errors) ** 2, axis=1)
    )
    half = multiplier_of(factor) * sd
    return float(np.mean(np.abs(abnormal - x @ theta) <= half))


def severity_of(factor: Factor, other: Factor) -> float | None:
    """Return how much of a factor's pattern four funds showed on another day.

    None if one of them has no figures of that day.
    """
    on = {e.ticker: e for e in other.evidence if e.role == "fund" and e.sensitivities}
    rows = [on[t] for t in INSTRUMENTS if t in on]
    moved = [e.abnormal_return for e in rows]
    if len(rows) < len(INSTRUMENTS) or None in moved:
        return None
    theta = np.array([s.shrunk for s in factor.shocks])
    projected = tags_of((e.sensitivities for e in rows), factor.chain) @ theta
    own = np.array(moved, dtype=np.float64)
    return float(own @ projected / (projected @ projected))


def _pattern(factor: Factor, other: Day, severity: float) -> Floats:
    """Return what the pattern at a severity gives for the other day's stocks, (N,)."""
    theta = np.array([s.shrunk for s in factor.shocks])
    if severity >= 0:
        theta = scale_shock(theta, severity)
    else:
        # A day that went the other way: the pattern with its sign turned.
        theta = -scale_shock(theta, -severity)
    own: Floats = other.stocks.sensitivities @ theta
    return other.market_part + own


def _similarity(factor: Factor, other: Factor) -> float | None:
    pairs = [
        (a.raw, b.raw)
        for a, b, s in zip(
            factor.shocks, other.shocks, factor.chain.segments, strict=True
        )
        if s.theme and a.raw is not None and b.raw is not None
    ]
    if not pairs:
        return None
    theta, day = (np.array(c, dtype=np.float64) for c in zip(*pairs, strict=True))
    return float(likeness(theta, day[None, :]).similarity[0])
