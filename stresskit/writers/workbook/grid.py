"""The portfolio at other severities and with other estimates, by the engine itself."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stresskit.core.stress.stressed import Stressed
    from stresskit.model import Band

    Floats = NDArray[np.float64]

SEVERITIES = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
# With more positions the lines are as run: a formula for each would be too many.
MOST_POSITIONS = 2000


@dataclass(frozen=True)
class Variant:
    """One column of the grid: what is different in it, and what follows.

    ``severity`` is None where it is the report's own; ``beta`` and ``sensitivity``
    multiply; ``given`` are segment shocks at severity 1 (K,) in place of the report's.
    The rest is the engine's: shocks (K,), market legs, moves of other factors,
    currencies, P&L by position (n,), and of the options their shares' returns and
    volatilities (m,).
    """

    label: str
    severity: float | None
    beta: float
    sensitivity: float
    given: Floats | None
    shocks: Floats
    legs: dict[str, float]
    others: dict[str, float]
    currencies: dict[str, float]
    pnl: Floats
    band: Band
    option_local: Floats
    option_vol: Floats


def variants_of(stressed: Stressed) -> tuple[Variant, ...]:
    """Return the portfolio at the severities, then with other estimates."""
    found = [_variant(stressed, f"{s:g}", severity=s) for s in SEVERITIES]
    asked: tuple[tuple[str, dict[str, Any]], ...] = (
        ("As it is", {}),
        ("Betas 20% lower", {"beta": 0.8}),
        ("Betas 20% higher", {"beta": 1.2}),
        ("Sensitivities 20% lower", {"sensitivity": 0.8}),
        ("Sensitivities 20% higher", {"sensitivity": 1.2}),
        ("No move of the market outside the theme", {"beta": 0.0}),
    )
    found += [_variant(stressed, label, **given) for label, given in asked]
    shocks = stressed.scenario.factor.shocks
    measured = {k.segment: k.raw for k in shocks if k.raw is not None}
    robust = {
        k.segment: k.alternatives["huber"] for k in shocks if "huber" in k.alternatives
    }
    for label, values in (
        ("Shocks as measured, not pulled to their groups", measured),
        ("Shocks by robust means (Huber)", robust),
    ):
        if values:
            found.append(_variant(stressed, label, shocks=values))
    return tuple(found)


def _variant(
    stressed: Stressed,
    label: str,
    *,
    severity: float | None = None,
    beta: float = 1.0,
    sensitivity: float = 1.0,
    shocks: dict[str, float] | None = None,
) -> Variant:
    from stresskit.core.stress.shocks import scaled_legs

    scenario = stressed.scenario
    if severity is not None:
        scenario = replace(scenario, severity=severity)
    if shocks is not None:
        # What the user set stays as it was set.
        scenario = replace(scenario, shocks={**shocks, **scenario.shocks})
    table = copy.copy(stressed.table)
    table.beta = beta * table.beta
    table.sensitivities = sensitivity * table.sensitivities
    other = type(stressed)(table, scenario, stressed.base_currency)
    moves, currencies = other.moves, other.currencies
    names = (f.id for f in moves.factors)
    return Variant(
        label=label,
        severity=severity,
        beta=beta,
        sensitivity=sensitivity,
        given=None if shocks is None else other.raw[0],
        shocks=other.shocks,
        legs=scaled_legs(scenario),
        others=dict(zip(names, moves.values.tolist(), strict=True)),
        currencies=dict(zip(table.currencies, currencies.values.tolist(), strict=True)),
        pnl=other.projection.pnl,
        band=other.band,
        option_local=other.local_of_options,
        option_vol=table.options.vol + other.vol_shifts,
    )
