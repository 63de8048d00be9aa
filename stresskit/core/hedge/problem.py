"""The hedge problem as arrays: what is asked of a solver, and a check of its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.hedge.costs import chords

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Of equal costs the solver would choose at random: the first ticket is taken.
TIE_BREAK = 1e-9
# Impact below this at the cap (0.05 bp of the notional) needs no pieces.
NEGLIGIBLE = 5e-6
SCALE = 1e4


@dataclass(frozen=True)
class Limit:
    """One row: ``coefficients'x <= bound``, said in words; ``key`` is its kind."""

    name: str
    coefficients: Floats
    bound: float
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class HedgeProblem:
    """Minimise the cost of tickets that take away ``required`` of the loss.

    ``min c'x + sum k_j x_j^1.5 + F sum y_j`` subject to ``g'x - cost >= required``
    (cost only where ``net``), each limit's ``A x <= b``, ``0 <= x <= caps``; where the
    tickets are whole, ``x_j = lot_j n_j``, ``l y_j <= x_j <= cap_j y_j`` and ``sum y <=
    most``.

    Parameters
    ----------
    names
        What each of M tickets is called.
    gain
        Shape (M,), g: what a unit makes under the scenario, decimal.
    cost
        Shape (M,), c: cost of a unit but impact, decimal, not below zero.
    caps
        Shape (M,), the largest x, share of the portfolio.
    required
        Gain asked for, share of the portfolio.
    limits
        Further rows.
    impact
        Shape (M,), k, or empty for none.
    lots
        Shape (M,), the smallest x that can be traded, NaN where anything can; empty
        for none.
    ticket
        F, shape (M,) or one for all: fixed cost of a ticket, share of the portfolio.
    most
        The largest number of tickets, None for any.
    least
        l, the smallest ticket, share of the portfolio.
    net
        Whether the gain asked for is after cost.
    deviation
        Shape (M,), how far the gain of a unit may fall short, or empty.
    budget
        Gamma: how many gains fall short at once (Bertsimas and Sim 2004).
    """

    names: tuple[str, ...]
    gain: Floats
    cost: Floats
    caps: Floats
    required: float
    limits: tuple[Limit, ...] = ()
    impact: Floats = field(default_factory=lambda: np.zeros(0))
    lots: Floats = field(default_factory=lambda: np.zeros(0))
    ticket: Floats | float = 0.0
    most: int | None = None
    least: float = 0.0
    net: bool = True
    deviation: Floats = field(default_factory=lambda: np.zeros(0))
    budget: float = 0.0

    @property
    def whole(self) -> bool:
        """Whether tickets are counted or come in lots."""
        lots = bool(self.lots.size and np.isfinite(self.lots).any())
        # As many as there are is no limit: what is left is a linear program.
        few = self.most is not None and self.most < len(self.names)
        return lots or few or self._charged or self.least > 0

    @property
    def switched(self) -> bool:
        """Whether it matters which tickets there are, and not only how large."""
        return self._charged or self.most is not None or self.least > 0

    @property
    def _charged(self) -> bool:
        return bool(np.any(np.asarray(self.ticket) > 0))

    def impact_of(self, x: Floats) -> Floats:
        """Return the impact of each ticket, (M,), by the curve itself."""
        return self.impact * x**1.5 if self.impact.size else np.zeros_like(x)

    def cost_of(self, x: Floats) -> float:
        """Return the cost of a plan, share of the portfolio."""
        fixed = float(np.broadcast_to(self.ticket, x.shape)[x > 0].sum())
        return float(self.cost @ x) + float(self.impact_of(x).sum()) + fixed

    def shortfall_of(self, x: Floats) -> float:
        """Return the gain that the worst ``budget`` tickets may lack together."""
        if not (self.deviation.size and self.budget > 0):
            return 0.0
        worst = np.sort(self.deviation * x)[::-1]
        full = int(self.budget)
        part = (self.budget - full) * worst[full] if full < len(worst) else 0.0
        return float(worst[:full].sum() + part)

    def reached_by(self, x: Floats) -> float:
        """Return the gain that counts towards ``required``, share of the portfolio."""
        gain = float(self.gain @ x) - self.shortfall_of(x)
        return gain - self.cost_of(x) if self.net else gain


@dataclass(frozen=True)
class Program:
    """``min c'v`` subject to ``low <= A v <= high``, ``0 <= v <= upper``.

    The first columns are tickets, in pieces where impact bends their cost; ``of`` says
    whose. ``rows`` names every row of A, ``whole`` which columns are integers, and
    ``scale`` how many units of v are one of x.
    """

    c: Floats
    A: Floats
    low: Floats
    high: Floats
    upper: Floats
    whole: NDArray[np.bool_]
    of: NDArray[np.int64]
    rows: tuple[str, ...]
    scale: float

    def tickets(self, v: Floats, count: int) -> Floats:
        """Return x, (count,), of the program's columns."""
        pieces = v[: len(self.of)]
        return np.bincount(self.of, pieces, minlength=count) / self.scale


def program(
    problem: HedgeProblem, *, whole: bool = True, protect: bool = False
) -> Program:
    """Write a problem as a (mixed-integer) linear program.

    Parameters
    ----------
    problem
        What is asked.
    whole
        False leaves lots, counts and fixed costs out: the relaxation.
    protect
        True asks for the largest gain in place of the least cost for ``required``.

    Notes
    -----
    Columns are x in units of ``1 / scale`` (basis points of the largest cap), so that a
    solver's absolute tolerances are far below a lot. ``M`` of each switch is the cap
    itself. The budget of uncertainty adds ``z`` and ``p_j``: ``Gamma z + sum p_j`` with
    ``z + p_j >= deviation_j x_j``.

    Examples
    --------
    >>> p = HedgeProblem(names=("a",), gain=np.array([0.1]), cost=np.array([0.001]),
    ...     caps=np.array([0.5]), required=0.02, net=False)
    >>> program(p).rows, (program(p).A * 5).round(3).tolist()
    (('target',), [[-0.5]])
    """
    whole = whole and problem.whole
    m, scale = len(problem.names), SCALE / max(float(problem.caps.max()), 1e-300)
    of, widths, slopes = _pieces(problem)
    k = len(of)
    robust = bool(problem.deviation.size and problem.budget > 0)
    lots = problem.lots if problem.lots.size else np.full(m, np.nan)
    counted = np.flatnonzero(np.isfinite(lots)) if whole else np.zeros(0, np.int64)
    on = whole and problem.switched
    # Columns: pieces of x, lots n, switches y, and z with p of the robust form.
    starts = np.cumsum([0, k, len(counted), m if on else 0, (1 + m) if robust else 0])
    n_at, y_at, z_at, width = starts[1:]
    sums = np.zeros((m, width))
    sums[of, np.arange(k)] = 1.0

    cost = np.zeros(width)
    cost[:k] = slopes
    if on:
        cost[y_at : y_at + m] = problem.ticket * scale
    order = np.zeros(width)
    order[:k] = TIE_BREAK * of
    target = -problem.gain @ sums + (cost if problem.net else 0.0)
    if robust:
        target = target.copy()
        target[z_at] = problem.budget
        target[z_at + 1 :] = 1.0

    made: list[tuple[str, Floats, float, float]] = []
    if not protect:
        made.append(("target", target, -np.inf, -problem.required * scale))
    made += [
        (r.name, r.coefficients @ sums, -np.inf, r.bound * scale)
        for r in problem.limits
    ]
    for number, j in enumerate(counted.tolist()):
        row = sums[j].copy()
        row[n_at + number] = -lots[j] * scale
        made.append((f"lots of {problem.names[j]}", row, 0.0, 0.0))
    if on:
        made += _switches(problem, sums, y_at, scale)
    if robust:
        for j in range(m):
            row = problem.deviation[j] * sums[j]
            row[z_at], row[z_at + 1 + j] = -1.0, -1.0
            made.append((f"shortfall of {problem.names[j]}", row, -np.inf, 0.0))

    upper = np.full(width, np.inf)
    upper[:k] = widths * scale
    upper[n_at : n_at + len(counted)] = np.floor(
        problem.caps[counted] / lots[counted] * (1 + 1e-12)
    )
    upper[y_at:z_at] = 1.0
    integers = np.zeros(width, dtype=bool)
    integers[n_at:z_at] = True
    return Program(
        c=(target if protect else cost) + order,
        A=np.array([r[1] for r in made]).reshape(len(made), width),
        low=np.array([r[2] for r in made]),
        high=np.array([r[3] for r in made]),
        upper=upper,
        whole=integers,
        of=of,
        rows=tuple(r[0] for r in made),
        scale=scale,
    )


def _pieces(problem: HedgeProblem) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return whose each piece is, its width and its cost per unit."""
    m, caps = len(problem.names), problem.caps
    impact = problem.impact if problem.impact.size else np.zeros(m)
    bends = impact * np.sqrt(caps) > NEGLIGIBLE
    if not bends.any():
        return np.arange(m), caps, problem.cost
    # Chords of every ticket at once; one that does not bend has one piece.
    shares, rises = chords(1.0, 1.0)
    count = np.where(bends, len(shares), 1)
    of = np.repeat(np.arange(m), count)
    piece = np.concatenate([np.arange(n) for n in count.tolist()])
    bent = bends[of]
    widths = np.where(bent, shares[piece], 1.0) * caps[of]
    steep = np.where(bent, rises[piece], 1.0)
    slopes = problem.cost[of] + impact[of] * np.sqrt(caps[of]) * steep
    return of, widths, slopes


def _switches(
    problem: HedgeProblem, sums: Floats, first: int, scale: float
) -> list[tuple[str, Floats, float, float]]:
    made: list[tuple[str, Floats, float, float]] = []
    for j, name in enumerate(problem.names):
        row = sums[j].copy()
        row[first + j] = -problem.caps[j] * scale
        made.append((f"switch of {name}", row, -np.inf, 0.0))
        if problem.least > 0:
            row = -sums[j]
            row[first + j] = min(problem.least, problem.caps[j]) * scale
            made.append((f"smallest ticket of {name}", row, -np.inf, 0.0))
    if problem.most is not None:
        row = np.zeros(sums.shape[1])
        row[first : first + len(problem.names)] = 1.0
        made.append(("number of tickets", row, -np.inf, float(problem.most)))
    return made


def violations(
    problem: HedgeProblem, x: Floats, tolerance: float = 1e-7, *, target: bool = True
) -> list[str]:
    """Return the limits that a plan breaks, in words; empty if none.

    Parameters
    ----------
    x
        Shape (M,), shares of the portfolio.
    tolerance
        How much more than a limit is no breach, share of the portfolio.
    target
        False where the plan is not asked to reach the target.

    Examples
    --------
    >>> p = HedgeProblem(names=("a",), gain=np.array([0.1]), cost=np.array([0.001]),
    ...     caps=np.array([0.5]), required=0.02, net=False, lots=np.array([0.2]))
    >>> violations(p, np.array([0.3])), violations(p, np.array([0.2]))
    (['lots of a'], [])
    """
    broken = []
    if target and problem.reached_by(x) < problem.required - tolerance:
        broken.append("target")
    broken += [
        r.name for r in problem.limits if r.coefficients @ x > r.bound + tolerance
    ]
    for j, name in enumerate(problem.names):
        if not -tolerance <= x[j] <= problem.caps[j] + tolerance:
            broken.append(f"cap of {name}")
        if problem.lots.size and np.isfinite(problem.lots[j]):
            count = x[j] / problem.lots[j]
            if abs(count - round(count)) > 1e-6 * max(1.0, count):
                broken.append(f"lots of {name}")
        if 0 < x[j] < min(problem.least, problem.caps[j]) - tolerance:
            broken.append(f"smallest ticket of {name}")
    if problem.most is not None and np.count_nonzero(x) > problem.most:
        broken.append("number of tickets")
    return broken
