"""Returns at another severity, in logs; and what daily leverage makes of a path."""

from __future__ import annotations

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


def compounded(total: Floats, leverage: Floats, sessions: int) -> Floats:
    """Return what a fund of a daily multiple makes of a move over several sessions.

    ``(1 + L ((1 + r)^(1/n) - 1))^n - 1`` with r the total return of what is
    underneath, spread evenly over n sessions. ``L r`` where there is one session or
    the multiple is 1.

    Parameters
    ----------
    total
        Any shape, returns of what is underneath, decimals of -1 or more.
    leverage
        The same shape, the daily multiple; -1 is an inverse fund.
    sessions
        1 or more.

    Notes
    -----
    A path that goes up and down costs more: this is the smoothest one.

    Examples
    --------
    >>> compounded(np.array([-0.19]), np.array([2.0]), 2).round(4).tolist()
    [-0.36]
    """
    daily = leverage * np.expm1(np.log1p(np.maximum(total, -1.0 + 1e-12)) / sessions)
    result: Floats = np.expm1(sessions * np.log1p(np.maximum(daily, -1.0 + 1e-12)))
    return result
