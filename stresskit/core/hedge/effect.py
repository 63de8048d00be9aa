"""What a hedge was worth: offsets, effectiveness, the knee of a frontier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Effectiveness:
    """How a hedge did over several events; events are as P&L, money or shares.

    ``offset`` (n,) is ``-hedge / unhedged`` (NaN where nothing moved), ``ederington``
    ``1 - Var(hedged) / Var(unhedged)`` over all events and ``out_of_sample`` the same
    without the first, which the hedge was made for; ``multiple`` is how many times the
    hedge would have made the variance smallest. None where no variance is known.
    """

    offset: Floats
    ederington: float | None
    out_of_sample: float | None
    multiple: float | None


def effectiveness(unhedged: Floats, hedge: Floats) -> Effectiveness:
    """Compare a hedge's P&L with the portfolio's over events, the first in sample.

    Parameters
    ----------
    unhedged
        Shape (n,), the portfolio's P&L.
    hedge
        Shape (n,), the hedge's P&L.

    Notes
    -----
    Ederington (1979). 80 to 125% of dollar offset is the yardstick of the former IAS
    39, quoted as a convention.

    Examples
    --------
    >>> e = effectiveness(np.array([-0.08, 0.031, -0.045, -0.06, -0.022]),
    ...     np.array([0.0262, -0.0105, 0.012, 0.021, 0.0035]))
    >>> e.offset.round(4).tolist(), round(e.ederington, 6), round(e.multiple, 5)
    ([0.3275, 0.3387, 0.2667, 0.35, 0.1591], 0.559898, 2.89887)
    """
    still = unhedged == 0
    offset = np.where(still, np.nan, -hedge / np.where(still, 1.0, unhedged))
    spread = hedge.var() if len(hedge) > 1 else 0.0
    multiple = None
    if spread > 0:
        covariance = np.mean((unhedged - unhedged.mean()) * (hedge - hedge.mean()))
        multiple = float(-covariance / spread)
    return Effectiveness(
        offset=offset,
        ederington=_ederington(unhedged, hedge),
        out_of_sample=_ederington(unhedged[1:], hedge[1:]),
        multiple=multiple,
    )


def _ederington(unhedged: Floats, hedge: Floats) -> float | None:
    # Equal numbers have a variance by their last digits.
    if len(unhedged) < 2 or unhedged.var() <= 1e-24 * float(np.max(unhedged**2)):
        return None
    return float(1.0 - (unhedged + hedge).var() / unhedged.var())


def worst_case(
    loss: float, gain: Floats, covariance: Floats, kappa: float, x: Floats
) -> float:
    """Return the loss that basis and parameter risk make of a hedged one.

    ``L0 - g'x + kappa sqrt((1, x)' W (1, x))`` with W the joint covariance of the
    errors of the portfolio's P&L and of a unit of each ticket.

    Parameters
    ----------
    loss
        L0, unhedged, positive, share of the portfolio.
    gain
        Shape (M,), g.
    covariance
        Shape (1 + M, 1 + M), W, the portfolio first.
    kappa
        Standard deviations; 1.645 is one-sided 95%.
    x
        Shape (M,), the tickets.

    Examples
    --------
    >>> both = -0.5 * 0.015 * 0.045
    >>> w = np.array([[0.015**2, both], [both, 0.045**2]])
    >>> round(worst_case(0.08, np.array([0.098]), w, 1.645, np.array([0.204082])), 6)
    0.081548
    """
    all_ = np.concatenate([[1.0], x])
    spread = float(np.sqrt(max(all_ @ covariance @ all_, 0.0)))
    return loss - float(gain @ x) + kappa * spread


def knee(cost: Floats) -> int | None:
    """Return where a frontier of evenly spaced targets bends most, None if nowhere.

    The largest second difference of the costs; a straight line has no knee.

    Examples
    --------
    >>> knee(np.array([0.0, 1.0, 2.0, 3.0, 7.0, 11.0]))
    3
    """
    if len(cost) < 3:
        return None
    bends = np.diff(cost, 2)
    at = int(np.argmax(bends))
    return at + 1 if bends[at] > 1e-9 * max(1.0, float(np.abs(cost).max())) else None
