"""The hedge problem as arrays: what is asked of a solver, and a check of its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TIE_BREAK = 1e-9


@dataclass(frozen=True)
class OverlayProblem:
    """Minimise ``cost'x`` subject to ``A x <= b`` and ``0 <= x <= caps``.

    ``x`` (M,) are short notionals as shares of the portfolio. The first row is the
    target, ``-gain'x <= -required``; ``names`` says what each row limits, in words.
    """

    cost: Floats
    gain: Floats
    A: Floats
    b: Floats
    caps: Floats
    names: tuple[str, ...]


def overlay_problem(
    gain: Floats,
    cost: Floats,
    caps: Floats,
    *,
    required: float,
    gross: float,
    rows: tuple[tuple[str, Floats, float], ...] = (),
) -> OverlayProblem:
    """State the minimum-cost overlay as a linear program.

    Parameters
    ----------
    gain
        Shape (M,), what a unit short makes under the scenario, decimal.
    cost
        Shape (M,), all-in cost of a unit, decimal.
    caps
        Shape (M,), largest notional, share of the portfolio.
    required
        Gain asked for, share of the portfolio.
    gross
        Largest sum of notionals, share of the portfolio.
    rows
        Further limits: words, coefficients (M,) and right-hand side.

    Examples
    --------
    >>> p = overlay_problem(np.array([0.1]), np.array([0.001]), np.array([0.5]),
    ...     required=0.02, gross=0.4)
    >>> p.names, p.b.tolist()
    (('target', 'gross notional'), [-0.02, 0.4])
    """
    ones = np.ones_like(gain)
    return OverlayProblem(
        # Equal costs would let the solver choose at random.
        cost=cost + TIE_BREAK * np.arange(len(cost)),
        gain=gain,
        A=np.vstack([-gain, ones, *(r[1] for r in rows)]),
        b=np.array([-required, gross, *(r[2] for r in rows)]),
        caps=caps,
        names=("target", "gross notional", *(r[0] for r in rows)),
    )


def violations(
    problem: OverlayProblem, x: Floats, tolerance: float = 1e-7
) -> list[str]:
    """Return the limits that a solution breaks, in words; empty if none."""
    broken = [
        name
        for name, left, right in zip(
            problem.names, problem.A @ x, problem.b, strict=True
        )
        if left > right + tolerance
    ]
    if np.any(x < -tolerance) or np.any(x > problem.caps + tolerance):
        broken.append("instrument cap")
    return broken
