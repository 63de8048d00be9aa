"""Was it the theme, or crowding? Momentum and volatility beside the segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.model import Style

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

YEAR, MONTH = 252, 21
MIN_DAYS = 120
FEWEST = 20


def momentum(returns: Floats) -> Floats:
    """Return each stock's return from twelve months to one month before the event.

    ``prod(1 + r) - 1`` over sessions -252 to -22; missing sessions do not move.

    Parameters
    ----------
    returns
        Shape (T, N), daily returns that end on the session before the event.

    Returns
    -------
    Floats
        Shape (N,), NaN with fewer than 120 returns.
    """
    span = returns[-YEAR:-MONTH] if len(returns) > MONTH else returns[:0]
    seen = np.isfinite(span)
    total = np.prod(np.where(seen, 1.0 + span, 1.0), axis=0) - 1.0
    return np.where(seen.sum(axis=0) >= MIN_DAYS, total, np.nan)


def style(name: str, values: Floats, y: Floats, leaf: Ints) -> Style | None:
    """Say how much of the abnormal returns a characteristic goes along with.

    ``share`` is the R2 of y on the standardised characteristic; ``within`` and
    ``slope`` (per standard deviation) the same once the mean of each segment is taken
    out of both: what the segments leave.

    Parameters
    ----------
    values, y
        Shape (n,), the characteristic and the abnormal returns; NaN left out.
    leaf
        Shape (n,), the number of each stock's segment.

    Returns
    -------
    Style or None
        None below twenty stocks.

    Notes
    -----
    A diagnostic: crowded holders lose that money too, so it stays in the shocks.

    Examples
    --------
    >>> z = np.tile([1.0, -1.0], 10)
    >>> found = style("momentum", z, -0.03 * z, np.repeat(np.arange(2), 10))
    >>> round(found.share, 9), round(found.within, 9), round(found.slope, 9)
    (1.0, 1.0, -0.03)
    """
    known = np.isfinite(values) & np.isfinite(y)
    if known.sum() < FEWEST or np.ptp(values[known]) == 0:
        return None
    v, r = values[known], y[known]
    z = (v - v.mean()) / v.std()
    _, numbers = np.unique(leaf[known], return_inverse=True)
    counts = np.bincount(numbers)
    inner_z, inner_r = (x - (np.bincount(numbers, x) / counts)[numbers] for x in (z, r))
    return Style(
        name=name,
        share=_r2(z, r - r.mean()),
        within=_r2(inner_z, inner_r),
        slope=float(inner_z @ inner_r / max(inner_z @ inner_z, 1e-300)),
    )


def _r2(x: Floats, y: Floats) -> float:
    whole = float((x @ x) * (y @ y))
    return float(x @ y) ** 2 / whole if whole > 0 else 0.0
