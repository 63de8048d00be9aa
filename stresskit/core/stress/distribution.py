"""The P&L given a scenario as a distribution: drawn errors, and past days weighted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from stresskit.core.instruments import options as pricing
from stresskit.core.stress.band import variance_parts
from stresskit.core.stress.pooling import admissible, entropy_pooling
from stresskit.core.stress.shocks import scaled_legs
from stresskit.errors import ComputationError
from stresskit.model import MARKET, Distribution, Pooling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.core.stress.stressed import Stressed

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

DRAWS, SEED, DEGREES = 20_000, 20250127, 5
TAIL = 0.05
LEVELS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
# Points of the spot's return between which options' values are drawn by lines.
GRID = 121


class Normal(Protocol):
    """Draws standard normal numbers, all stretched alike, each with both signs."""

    def __call__(self, *shape: int) -> Floats:
        """Return numbers of the shape (draws, ...)."""


def distribution(
    stressed: Stressed, *, draws: int = DRAWS, seed: int = SEED
) -> Distribution:
    """Draw the P&L of a portfolio given a scenario.

    ``P&L = P&L* + g (A'e + w + E'p) + options revalued``: errors of the shocks
    ``e ~ N(0, se^2)``, of companies, betas and places ``w``, of other factors
    ``p ~ N(0, S)``, all stretched by the same ``g = sqrt((nu-2)/chi2_nu)`` of each
    draw: t with 5 degrees of freedom and the band's own variance. Options are valued
    again at each draw of the share underneath.

    Parameters
    ----------
    stressed
        A portfolio under a scenario.
    draws, seed
        How many, and where the generator starts.

    Notes
    -----
    Antithetic draws: every error comes with both signs, so that the mean of what is
    linear is the projection itself.
    """
    rng = np.random.default_rng(seed)
    half = draws // 2
    stretch = np.sqrt((DEGREES - 2) / rng.chisquare(DEGREES, half))

    def normal(*shape: int) -> Floats:
        z = rng.standard_normal((half, *shape)) * (
            stretch[:, None] if shape else stretch
        )
        return np.concatenate([z, -z])

    pnl = stressed.pnl + _linear(stressed, normal)
    limit, held = stressed.table.limit, stressed.table.held
    if limit.size and limit.min() >= 0 and held.min() >= 0:
        pnl = np.maximum(pnl, -float(limit.sum()))
    worst = np.sort(pnl)[: max(int(TAIL * len(pnl)), 1)]
    quantiles = np.quantile(pnl, LEVELS).tolist()
    return Distribution(
        draws=len(pnl),
        seed=seed,
        degrees=DEGREES,
        mean=float(pnl.mean()),
        sd=float(pnl.std()),
        quantiles=dict(zip(LEVELS, quantiles, strict=True)),
        tail=TAIL,
        expected_shortfall=float(worst.mean()),
        pooling=pooled_history(stressed),
    )


def _linear(stressed: Stressed, normal: Normal) -> Floats:
    """Return the errors of the P&L, (draws,), options' by revaluing."""
    t, given = stressed.table, stressed.band_input
    optional = t.optional
    names = np.unique(t.issuers[t.options.rows])
    inside = np.isin(t.issuers, names)
    shocks = normal(len(given.shock_errors)) * given.shock_errors
    plain = np.where(optional, 0.0, given.value)
    errors = shocks @ (plain @ t.sensitivities)
    sd = np.sqrt(
        given.dispersion**2 + (given.beta_sd * given.market) ** 2 + given.mapping_sd**2
    )
    for issuer in names.tolist():
        at = np.flatnonzero(t.issuers == issuer)
        first = int(at[0])
        own = normal() * sd[first] / t.leverage[first]
        # The share itself, funds on it, and the options on it err together.
        errors = errors + own * float(plain[at] @ t.leverage[at])
        options = np.flatnonzero(np.isin(t.options.rows, at))
        moved = shocks @ t.sensitivities[t.options.rows[options[0]]] + own
        errors = errors + _options(stressed, options, moved)
    rest = np.where(inside, 0.0, given.value)
    errors = errors + normal() * _own_sd(stressed, rest)
    covariance = given.other_covariance
    if covariance.any():
        e = given.other_exposure
        errors = errors + normal() * float(np.sqrt(e @ covariance @ e))
    return errors


def _own_sd(stressed: Stressed, value: Floats) -> float:
    """Return what companies, betas and places leave open, in money."""
    given = stressed.band_input
    parts = variance_parts(replace(given, value=value))
    return float((parts["dispersion"] + parts["beta"] + parts["mapping"]) ** 0.5)


def _options(stressed: Stressed, chosen: Ints, moved: Floats) -> Floats:
    """Return what errors of the share underneath do to options, beyond the scenario."""
    t, options = stressed.table, stressed.table.options
    base = float(stressed.local_of_options[chosen[0]])
    low, high = float(moved.min()), float(moved.max())
    grid = np.unique(np.append(np.linspace(low, high, GRID), 0.0))
    later = stressed.scenario.day / 252
    spot = options.spot[chosen]
    returns = np.maximum(base + grid, -1.0)[:, None]
    years = np.maximum(options.years[chosen] - later, 0.0)
    vol = options.vol[chosen] + stressed.vol_shifts[chosen]
    given = (options.strike[chosen], years, vol, options.rate[chosen])
    value = pricing.value(
        spot * (1.0 + returns), *given, options.dividend[chosen], options.call[chosen]
    )
    floored = pricing.floored_at_exercise(
        value, spot * (1.0 + returns), options.strike[chosen], options.call[chosen]
    )
    value = np.where(options.american[chosen], floored, value)
    whole = value @ (
        options.money[chosen] * (1.0 + stressed.fx[t.options.rows[chosen]])
    )
    at_zero = float(np.interp(0.0, grid, whole))
    result: Floats = np.interp(moved, grid, whole) - at_zero
    return result


def _named(reason: str, drivers: list[str]) -> str:
    """Return a reason with drivers in the place of numbered views."""
    for n, name in enumerate(drivers):
        reason = reason.replace(f"View {n} ", f"The view on {name} ")
    return reason


def pooled_history(stressed: Stressed) -> Pooling:
    """Weight the days before the event so that the drivers' mean is the scenario's.

    Entropy pooling (Meucci 2008) over the portfolio's P&L of each day, linear in the
    market and the segments. Used only where it rests on enough days; a weighting is a
    tilt of the past, not what follows if the drivers move so far.
    """
    scenario, t = stressed.scenario, stressed.table
    history, known = scenario.factor.history, scenario.factor.others
    if history is None or known is None:
        return Pooling(days=0, reason="The factor has no history of segments.")
    past = np.nan_to_num(history.before)
    moves = dict(zip(t.exposures.segments, stressed.shocks.tolist(), strict=True))
    legs = scaled_legs(scenario)
    moves[MARKET] = legs.get("US", legs["Other"])
    drivers = [d for d in scenario.drivers or known.drivers if d in history.names]
    at = [history.names.index(d) for d in drivers]
    if not drivers:
        return Pooling(days=len(past), reason="The history knows none of the drivers.")
    exposure = dict(
        zip(t.exposures.segments, (t.value @ t.sensitivities).tolist(), strict=True)
    )
    exposure[MARKET] = float(t.value @ t.beta)
    pnl = past @ np.array([exposure.get(n, 0.0) for n in history.names])
    views, targets = past[:, at], np.array([moves[d] for d in drivers])
    prior = np.full(len(past), 1.0 / len(past))
    try:
        found = entropy_pooling(views, targets, prior)
    except ComputationError as error:
        return Pooling(days=len(past), reason=_named(str(error), drivers))
    order = np.argsort(pnl)
    mass = np.cumsum(found.q[order])
    low, high = (float(pnl[order][np.searchsorted(mass, x)]) for x in (0.05, 0.95))
    weight = np.minimum(mass, TAIL) - np.minimum(mass - found.q[order], TAIL)
    return Pooling(
        days=len(past),
        reason=admissible(found),
        relative_ens=found.relative_ens,
        hill_ens=found.hill_ens,
        mean=float(found.q @ pnl),
        low=low,
        high=high,
        expected_shortfall=float(weight @ pnl[order] / TAIL),
    )
