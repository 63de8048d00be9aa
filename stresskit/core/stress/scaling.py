"""The projection: severity, P&L by position, attribution that adds up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def scale_shock(shock: Floats, severity: float) -> Floats:
    """Scale returns to a severity in logs.

    ``f(s) = exp(s_k ln(1 + f)) - 1`` with ``s_k = s`` for a loss and
    ``min(s, 1)`` for a gain: gains do not grow beyond the event.

    Parameters
    ----------
    shock
        Any shape, returns at severity 1, decimals above -1.
    severity
        0 gives no move, 1 the event itself.

    Examples
    --------
    >>> scale_shock(np.array([-0.13, -0.28, 0.02]), 2.0).round(6).tolist()
    [-0.2431, -0.4816, 0.02]
    """
    scaled: Floats = np.expm1(exponent(shock, severity) * np.log1p(shock))
    return scaled


def exponent(shock: Floats, severity: float) -> Floats:
    """Return the severity that applies: s for a loss, at most 1 for a gain."""
    result: Floats = np.where(shock < 0, severity, min(severity, 1.0))
    return result


def shock_slope(shock: Floats, severity: float) -> Floats:
    """Return d f(s) / d f = ``s_k (1 + f)^(s_k - 1)``: how errors of f scale."""
    s_k = exponent(shock, severity)
    slope: Floats = s_k * (1.0 + shock) ** (s_k - 1.0)
    return slope


@dataclass(frozen=True)
class Projection:
    """P&L by position in money, every array of shape (n,) unless said otherwise.

    ``market + segments + own_name + fx + cross == pnl``; ``by_segment`` has shape
    (n, K) and sums to ``segments``; ``cross`` holds local times currency and what
    the floor at -100% gives back.
    """

    pnl: Floats
    market: Floats
    segments: Floats
    own_name: Floats
    fx: Floats
    cross: Floats
    by_segment: Floats


def project(
    value: Floats,
    *,
    beta: Floats,
    market: Floats,
    sensitivities: Floats,
    shocks: Floats,
    own_name: Floats,
    fx: Floats,
) -> Projection:
    """Project the P&L of n positions.

    ``r_i = beta_i m_i + sum_k x_ik f_k + a_i``;
    ``P&L_i = V_i [(1 + max(r_i, -1)) (1 + r_fx) - 1]``.

    Parameters
    ----------
    value
        Shape (n,), money the stress moves; shorts negative.
    beta
        Shape (n,), to the ex-theme market.
    market
        Shape (n,), the market leg of each position's region, decimal.
    sensitivities
        Shape (n, K).
    shocks
        Shape (K,), abnormal segment returns at the severity, decimals.
    own_name
        Shape (n,), own-name returns (zeros in factor mode).
    fx
        Shape (n,), return of the position's currency against the base.

    Examples
    --------
    One million in a stock of beta 1.2, all accelerators, market +1%, segment -15%:

    >>> one = np.array
    >>> p = project(one([1e6]), beta=one([1.2]), market=one([0.01]),
    ...     sensitivities=one([[1.0]]), shocks=one([-0.15]), own_name=one([0.0]),
    ...     fx=one([0.0]))
    >>> round(float(p.pnl[0]), 2), round(float(p.market[0]), 2)
    (-138000.0, 12000.0)
    """
    by_segment = value[:, None] * sensitivities * shocks
    market_part = value * beta * market
    segment_part = by_segment.sum(axis=1)
    own_part = value * own_name
    fx_part = value * fx
    local = beta * market + sensitivities @ shocks + own_name
    # (1+r)(1+f)-1 written out: the plain form loses digits for small returns.
    floored = np.maximum(local, -1.0)
    pnl = value * (floored + fx + floored * fx)
    return Projection(
        pnl=pnl,
        market=market_part,
        segments=segment_part,
        own_name=own_part,
        fx=fx_part,
        cross=pnl - market_part - segment_part - own_part - fx_part,
        by_segment=by_segment,
    )
