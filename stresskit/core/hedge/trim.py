"""Sell and buy at the least cost: the long-only problem as a linear program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TIE_BREAK = 1e-9


@dataclass(frozen=True, kw_only=True)
class TrimProblem:
    """``min k't_s + k'b`` for new weights ``w = w0 - t + b`` that lose less.

    Parameters
    ----------
    keys
        What each of n assets is called.
    weights
        Shape (n,), w0, sum 1.
    stress
        Shape (n,), return under the scenario, decimal.
    selling, buying
        Shape (n,), cost of a unit sold (tax with it) or bought, decimal.
    lower, upper
        Shape (n,), bounds of the new weights.
    loss
        The largest loss left, share of the portfolio; after cost where ``net``.
    turnover
        The largest sum sold, share of the portfolio (one way).
    net
        Whether cost counts as loss.
    rows
        Further limits on the new weights: words, coefficients (n,), bound.
    """

    keys: tuple[str, ...]
    weights: Floats
    stress: Floats
    selling: Floats
    buying: Floats
    lower: Floats
    upper: Floats
    loss: float
    turnover: float
    net: bool = True
    rows: tuple[tuple[str, Floats, float], ...] = ()

    @property
    def A(self) -> Floats:  # noqa: N802 - the symbol of the formula
        """Rows over (t, b): loss, turnover, then the further ones."""
        n = len(self.weights)
        cost = (
            np.concatenate([self.selling, self.buying]) if self.net else np.zeros(2 * n)
        )
        rows = [
            np.concatenate([self.stress, -self.stress]) + cost,
            np.concatenate([np.ones(n), np.zeros(n)]),
        ]
        rows += [np.concatenate([-c, c]) for _, c, _ in self.rows]
        return np.array(rows)

    @property
    def b(self) -> Floats:
        """Bounds of the rows."""
        now = float(self.stress @ self.weights)
        further = [bound - float(c @ self.weights) for _, c, bound in self.rows]
        return np.array([self.loss + now, self.turnover, *further])

    @property
    def names(self) -> tuple[str, ...]:
        """What each row limits, in words."""
        return ("target", "turnover", *(name for name, _, _ in self.rows))

    @property
    def c(self) -> Floats:
        """Cost of (t, b), the first of equals preferred."""
        cost = np.concatenate([self.selling, self.buying])
        ranked: Floats = cost + TIE_BREAK * np.arange(len(cost))
        return ranked

    @property
    def most(self) -> Floats:
        """Upper bounds of (t, b)."""
        return np.concatenate(
            [
                np.maximum(self.weights - self.lower, 0.0),
                np.maximum(self.upper - self.weights, 0.0),
            ]
        )

    def cost_of(self, w: Floats) -> float:
        """Return the cost of going to weights w, share of the portfolio."""
        moved = w - self.weights
        return float(self.selling @ np.maximum(-moved, 0.0)) + float(
            self.buying @ np.maximum(moved, 0.0)
        )


def trim_violations(
    problem: TrimProblem, w: Floats, tolerance: float = 1e-7, *, target: bool = True
) -> list[str]:
    """Return the limits that new weights break, in words; empty if none."""
    moved = w - problem.weights
    left = -float(problem.stress @ w) + (problem.cost_of(w) if problem.net else 0.0)
    sold = float(np.maximum(-moved, 0.0).sum())
    checks = [
        ("target", left - problem.loss if target else 0.0),
        ("turnover", sold - problem.turnover),
        ("weights that add up", abs(float(moved.sum()))),
        *((name, float(c @ w) - bound) for name, c, bound in problem.rows),
        ("bounds of weights", float(np.max(problem.lower - w, initial=0.0))),
        ("bounds of weights", float(np.max(w - problem.upper, initial=0.0))),
    ]
    return list(dict.fromkeys(name for name, over in checks if over > tolerance))
