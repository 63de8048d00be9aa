"""Other events: with their own shocks, and with one factor's pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor.panel import tags_of
from stresskit.core.factor.pattern import likeness
from stresskit.core.stress.scaling import scale_shock
from stresskit.core.validation.day import Day, day_of
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
        severity=severity,
        **shown,
    )


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
