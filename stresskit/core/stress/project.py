"""The projection: P&L by position and parts that add up, on arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.stress.scaling import compounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Beyond:
    """What moves n positions besides their shares; arrays (n,).

    ``held`` is the money that stands in the position's currency (nothing of a future),
    ``other_return`` the return by other factors (rates, credit, gold, bitcoin), which
    acts on ``other_value``. ``options`` is what revaluing gives beyond the delta, NaN
    for what is no option; there the other return is no part of the local one.
    ``leverage`` are daily multiples that beta, sensitivities and own-name hold
    already, and ``sessions`` over how many the returns run.
    """

    held: Floats
    other_return: Floats
    other_value: Floats
    options: Floats
    leverage: Floats
    sessions: int = 1


@dataclass(frozen=True)
class Projection:
    """P&L by position in money, every array of shape (n,) unless said otherwise.

    ``market + segments + own_name + others + fx + options + cross == pnl``;
    ``by_segment`` (K,) adds up to the sum of ``segments``; ``local`` are returns in
    the position's own currency (of an option: of what is underneath), ``used`` what
    the money moves by, with daily leverage over a path, before the floor at -100%;
    ``cross`` holds local times currency, what the floor at -100% gives back and what
    daily leverage makes of a path.
    """

    pnl: Floats
    market: Floats
    segments: Floats
    own_name: Floats
    others: Floats
    fx: Floats
    options: Floats
    cross: Floats
    by_segment: Floats
    local: Floats
    used: Floats


def project(
    value: Floats,
    *,
    beta: Floats,
    market: Floats,
    sensitivities: Floats,
    shocks: Floats,
    own_name: Floats,
    fx: Floats,
    beyond: Beyond | None = None,
) -> Projection:
    """Project the P&L of n positions.

    ``r_i = beta_i m_i + sum_k x_ik f_k + a_i + o_i``;
    ``P&L_i = V_i max(r_i, -1) (1 + c_i) + H_i c_i + Q_i (1 + c_i)``, which for H = V
    and Q = 0 is ``V [(1 + r) (1 + c) - 1]``.

    Parameters
    ----------
    value
        Shape (n,), V: money that the return acts on; shorts negative.
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
        Shape (n,), c: return of the position's currency against the base.
    beyond
        What is not a plain share's: H, o and Q; None for H = V, no o and no Q.

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
    zero = np.zeros_like(value)
    more = beyond or Beyond(value, zero, value, zero + np.nan, zero + 1.0)
    o, optional = more.other_return, ~np.isnan(more.options)
    segment_return = sensitivities @ shocks
    equity = beta * market + segment_return + own_name
    local = equity + np.where(optional, 0.0, o)
    used = local
    if more.sessions > 1:
        path = compounded(local / more.leverage, more.leverage, more.sessions)
        used = np.where(more.leverage != 1.0, path, local)
    floored = np.maximum(used, -1.0)
    parts = {
        "market": value * beta * market,
        "segments": value * segment_return,
        "own_name": value * own_name,
        "others": more.other_value * o,
        "fx": more.held * fx,
        "options": np.where(optional, more.options, 0.0),
    }
    # Of an option the delta's part may be more than all: its whole is revalued.
    own = value * np.where(optional, local, floored)
    extra = np.where(optional, parts["options"] + parts["others"], 0.0)
    # (1+r)(1+f)-1 written out: the plain form loses digits for small returns.
    pnl = own + extra + parts["fx"] + (own + extra) * fx
    return Projection(
        pnl=pnl,
        **parts,
        cross=pnl - sum(parts.values(), start=zero),
        by_segment=(value @ sensitivities) * shocks,
        local=local,
        used=used,
    )
