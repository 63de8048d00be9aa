"""Scenarios reweighted until they agree with a view, and no more than that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stresskit.errors import ComputationError, InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

RELATIVE_ENS = 0.05
HILL_ENS = 100.0
# In prior standard deviations of a view.
TOLERANCE = 1e-9
STEPS = 200
ROUNDING = 1e-12


@dataclass(frozen=True)
class Pooled:
    """The weights of S scenarios after k views, and how far they are from before.

    ``q`` (S,) sums to 1; ``kl`` is sum q ln(q/p) in nats; ``relative_ens`` =
    exp(-kl) is 1 where nothing changed; ``hill_ens`` = exp(-sum q ln q) counts the
    scenarios that carry the weight; ``largest`` is the greatest weight;
    ``multipliers`` (k,) are those of ``q ~ p exp(G lambda)``, per unit of each view.
    """

    q: Floats
    kl: float
    relative_ens: float
    hill_ens: float
    largest: float
    multipliers: Floats


def entropy_pooling(
    views: Floats, targets: Floats, prior: Floats, upper: Bools | None = None
) -> Pooled:
    """Return the weights nearest to the prior under which the views hold.

    ``min sum q ln(q/p)`` subject to ``G'q = t``, ``sum q = 1``, by its dual
    ``min_lambda ln sum p exp((G - t) lambda)``; ``lambda <= 0`` where a view is
    an upper bound, ``G'q <= t``.

    Parameters
    ----------
    views
        Shape (S, k), G: what each view looks at, in each scenario, any unit.
    targets
        Shape (k,), t: the mean each view asks for, in the unit of the view.
    prior
        Shape (S,), p: weights from 0, summing to 1; what has 0 keeps 0.
    upper
        Shape (k,), true where the target is the most the mean may be; by default
        every view asks for its target.

    Raises
    ------
    InputError
        ``prior`` where it is no probability; ``views`` where shapes do not fit or
        a number is not finite.
    ComputationError
        ``pooling-infeasible``: no weights give the views, alone or together, or 200
        steps find none; the message names the view farthest off and its range.

    Notes
    -----
    Source: Meucci (2008), Fully Flexible Views, SSRN 1213325. Views are
    standardised, so that a mean and a square beside it weigh alike in Newton's steps.

    Examples
    --------
    A coin that is to show heads three times in four:

    >>> found = entropy_pooling(
    ...     np.array([[1.0], [0.0]]), np.array([0.75]), np.array([0.5, 0.5]))
    >>> found.q.round(6).tolist(), found.multipliers.round(6).tolist()
    ([0.75, 0.25], [1.098612])
    """
    most = np.zeros(len(targets), bool) if upper is None else np.asarray(upper, bool)
    _check_input(views, targets, prior, most)
    possible = prior > 0
    p, g = prior[possible] / prior.sum(), views[possible]
    _check_range(g, targets, most)
    spread = np.sqrt(p @ (g - p @ g) ** 2)
    # The spread of a constant is rounding, and no unit.
    unit = np.where(spread > ROUNDING * np.abs(g).max(axis=0), spread, 1.0)
    z = (g - targets) / unit

    multipliers, reached = _newton(z, p, most)
    if not reached:
        raise _together(g, _tilted(z, p, multipliers)[0], z, targets, most)
    q = np.zeros_like(prior)
    q[possible] = _tilted(z, p, multipliers)[0]
    return _pooled(q, prior / prior.sum(), multipliers / unit)


def admissible(pooled: Pooled) -> str:
    """Return why the weights rest on too little, or nothing where they do not.

    Relative effective number of scenarios 0.05 at least, Hill's 100 at least.

    Examples
    --------
    >>> few = entropy_pooling(np.eye(4)[:, :1], np.array([0.25]), np.full(4, 0.25))
    >>> admissible(few)
    'The weight lies on 4 scenarios; 100 are needed.'
    """
    if pooled.relative_ens < RELATIVE_ENS:
        return (
            f"The views keep {pooled.relative_ens:.1%} of the effective scenarios; "
            f"{RELATIVE_ENS:.0%} are needed."
        )
    if pooled.hill_ens < HILL_ENS:
        return (
            f"The weight lies on {pooled.hill_ens:.0f} scenarios; "
            f"{HILL_ENS:.0f} are needed."
        )
    return ""


def _newton(z: Floats, p: Floats, most: Bools) -> tuple[Floats, bool]:
    """Minimise the dual; false if it has no minimum in reach."""
    x = np.zeros(z.shape[1])
    q, value = _tilted(z, p, x)
    # The dual is at least -max KL = ln min p wherever the views can hold.
    floor = np.log(p.min()) - 1e-6
    for _ in range(STEPS):
        slope = q @ z
        free = ~(most & (x >= 0))
        miss = np.where(free, np.abs(slope), np.maximum(slope, 0.0))
        if miss.max(initial=0.0) <= TOLERANCE:
            return x, True
        step = _newton_step(q, z, slope, np.where(most, -x, np.inf))
        size = 1.0
        # Where one scenario has all the weight a step can be 1e18 too far.
        for _ in range(100):
            q, new = _tilted(z, p, x + size * step)
            # The last steps gain less than rounding shows.
            if new <= value + 1e-4 * size * float(slope @ step) + 1e-14:
                break
            size /= 2
        x, value = x + size * step, new
        if value < floor:
            break
    return x, False


def _newton_step(q: Floats, z: Floats, slope: Floats, room: Floats) -> Floats:
    """Minimise the quadratic model of the dual with no step above ``room``."""
    from scipy.optimize import lsq_linear

    centred = z - slope
    roots, axes = np.linalg.eigh(centred.T @ (q[:, None] * centred))
    # Views that say the same twice leave directions without curvature: far along
    # them lies a bound, or the proof that the two contradict each other.
    root = np.sqrt(np.maximum(roots, ROUNDING * max(roots.max(), 1e-6)))
    aim = -(axes.T @ slope) / root
    step: Floats = lsq_linear(
        root[:, None] * axes.T, aim, (-np.inf, room), "bvls", tol=1e-16
    ).x
    return step


def _tilted(z: Floats, p: Floats, x: Floats) -> tuple[Floats, float]:
    """Return the weights ``p exp(z x)`` scaled to 1, and the log of their sum."""
    log = np.log(p) + z @ x
    top = log.max()
    raw = np.exp(log - top)
    return raw / raw.sum(), float(top + np.log(raw.sum()))


def _pooled(q: Floats, p: Floats, multipliers: Floats) -> Pooled:
    from scipy.special import entr, rel_entr

    # Rounding alone can bring it below zero.
    kl = max(float(rel_entr(q, p).sum()), 0.0)
    return Pooled(
        q=q,
        kl=kl,
        relative_ens=float(np.exp(-kl)),
        hill_ens=float(np.exp(entr(q).sum())),
        largest=float(q.max()),
        multipliers=multipliers,
    )


def _check_input(views: Floats, targets: Floats, prior: Floats, most: Bools) -> None:
    if not (prior.min(initial=0.0) >= 0 and abs(prior.sum() - 1.0) <= 1e-8):
        raise InputError(
            f"The weights of the scenarios sum to {prior.sum():g}, the least is "
            f"{prior.min(initial=0.0):g}.",
            hint="Give weights from 0 that sum to 1.",
            code="prior",
        )
    if views.shape != (len(prior), len(targets)) or most.shape != targets.shape:
        raise InputError(
            f"{len(targets)} targets and {len(prior)} scenarios do not fit views of "
            f"shape {views.shape} and bounds of shape {most.shape}.",
            hint="Give one row per scenario and one column per target.",
            code="views",
        )
    if not (np.isfinite(views).all() and np.isfinite(targets).all()):
        raise InputError(
            "A view or its target is not a number.",
            hint="Leave out scenarios in which a view has no value.",
            code="views",
        )


def _check_range(g: Floats, targets: Floats, most: Bools) -> None:
    low, high = g.min(axis=0), g.max(axis=0)
    slack = ROUNDING * np.abs(g).max(axis=0)
    out = (targets < low - slack) | (~most & (targets > high + slack))
    for k in np.flatnonzero(out):
        raise ComputationError(
            f"View {k} asks for a mean of {targets[k]:g}; in the scenarios it runs "
            f"from {low[k]:g} to {high[k]:g}.",
            hint="Ask for less, or add scenarios that go further.",
            code="pooling-infeasible",
        )


def _together(
    g: Floats, q: Floats, z: Floats, targets: Floats, most: Bools
) -> ComputationError:
    miss = np.where(most, np.maximum(q @ z, 0.0), np.abs(q @ z))
    k = int(np.argmax(miss))
    return ComputationError(
        f"View {k} cannot have a mean of {targets[k]:g} beside the other views; it "
        f"gets to {q @ g[:, k]:g}, and in the scenarios it runs from "
        f"{g[:, k].min():g} to {g[:, k].max():g}.",
        hint="Ask for less, or drop one of the views that contradict.",
        code="pooling-infeasible",
    )
