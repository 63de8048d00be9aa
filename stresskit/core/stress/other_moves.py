"""How other factors move in a scenario: the user's word, the day's, or carried over."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.stress.propagation import propagate
from stresskit.core.stress.scaling import scale_shock
from stresskit.core.stress.shocks import scaled_legs, segment_shocks
from stresskit.errors import ComputationError
from stresskit.model import MARKET, Issue

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.model import Factor, OtherFactor, OtherFactors, Scenario

    Floats = NDArray[np.float64]

DOLLAR = "USD"
# A factor that the drivers explain less of is not carried over: noise would be.
LEAST_R2 = 0.05


@dataclass(frozen=True)
class OtherMoves:
    """Moves of J other factors, decimals; those of currencies against the US dollar.

    ``sources`` say who set each (``user``, ``event``, ``predictive``, ``none``),
    ``notes`` why; ``covariance`` (J, J) is what stays open given the drivers, zero for
    what the user set and for the day itself. ``day`` (J,) are the event's own moves at
    severity 1, NaN where not known; ``loadings`` (J, D) those per unit of the
    ``drivers``, zero for what they explain too little of. ``distance`` is the
    Mahalanobis distance of the drivers' moves, None where none were used.
    """

    factors: tuple[OtherFactor, ...]
    values: Floats
    sources: tuple[str, ...]
    notes: tuple[str, ...]
    r2: Floats
    covariance: Floats
    day: Floats
    drivers: tuple[str, ...] = ()
    loadings: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    distance: float | None = None
    issues: tuple[Issue, ...] = ()

    def value(self, factor: str) -> float:
        """Return one factor's move, zero where it is not known at all."""
        ids = [f.id for f in self.factors]
        return float(self.values[ids.index(factor)]) if factor in ids else 0.0

    def source(self, factor: str) -> str:
        """Return who set one factor's move."""
        ids = [f.id for f in self.factors]
        return self.sources[ids.index(factor)] if factor in ids else "none"


# Scenarios of which the moves are kept: the way to a loss alone asks for a hundred.
MOST_KEPT = 256
_ASKED = attrgetter("severity", "mode", "market", "day", "other_mode", "drivers")
_kept: list[tuple[Factor, tuple[object, ...], OtherMoves]] = []


def other_moves(scenario: Scenario) -> OtherMoves:
    """Return the moves of all other factors (see ``found_moves``), kept for the next.

    They follow from the scenario alone, whatever the portfolio; what is kept cannot be
    written to.
    """
    given = (*_ASKED(scenario), dict(scenario.shocks), dict(scenario.other_moves))
    # The list is replaced and never changed: threads that look see a whole one.
    for factor, asked, moves in tuple(_kept):
        if factor is scenario.factor and asked == given:
            return moves
    found = found_moves(scenario)
    for array in (found.values, found.r2, found.covariance, found.day, found.loadings):
        array.flags.writeable = False
    _kept[:] = [*_kept[-MOST_KEPT + 1 :], (scenario.factor, given, found)]
    return found


def found_moves(scenario: Scenario) -> OtherMoves:
    """Find the moves of all other factors, by precedence.

    The user's value; in mode ``event`` that of the event's window, scaled (levels in
    proportion, returns in logs); in mode ``predictive`` the expectation given the
    drivers, ``E[p|c] = S_pc S_cc^-1 c``, where they explain at least 5% of it, else
    that of the event's window; nothing where none of these is known.
    """
    known = scenario.factor.others
    if known is None:
        nothing = np.zeros(0)
        return OtherMoves((), nothing, (), (), nothing, np.zeros((0, 0)), nothing)
    count = len(known.factors)
    day = _of_the_day(scenario, known)
    unscaled = {
        name: m.value
        for name, m in known.on(
            scenario.factor.event_start, scenario.factor.event_end
        ).items()
    }
    mode = scenario.other_mode
    carried, open_, r2 = (
        np.full(count, np.nan),
        np.zeros((count, count)),
        np.full(count, np.nan),
    )
    distance, issues = None, []
    drivers: tuple[str, ...] = ()
    loadings = np.zeros((count, 0))
    if mode == "predictive":
        try:
            found = _carried_over(scenario, known)
            carried, open_, r2, distance, drivers, loadings = found
        except ComputationError as error:
            issues.append(_not_carried(error))
    values, sources, notes = np.zeros(count), [], []
    for n, factor in enumerate(known.factors):
        value, source, note = _one(
            scenario, factor, mode, day.get(factor.id), float(carried[n]), float(r2[n])
        )
        values[n] = value
        sources.append(source)
        notes.append(note)
    certain = np.array(
        [s == "user" or mode != "predictive" for s in sources], dtype=bool
    )
    open_[certain] = 0.0
    open_[:, certain] = 0.0
    return OtherMoves(
        known.factors,
        values,
        tuple(sources),
        tuple(notes),
        r2,
        # A milder event leaves less open, none leaves nothing.
        open_ * min(scenario.severity, 1.0) ** 2,
        np.array([unscaled.get(f.id, np.nan) for f in known.factors]),
        drivers,
        loadings * (np.nan_to_num(r2) >= LEAST_R2)[:, None],
        distance,
        tuple(issues),
    )


def _one(
    scenario: Scenario,
    factor: OtherFactor,
    mode: str,
    day: float | None,
    carried: float,
    r2: float,
) -> tuple[float, str, str]:
    """Return a factor's move, who set it and why."""
    if factor.id in scenario.other_moves:
        return scenario.other_moves[factor.id], "user", "set by the user"
    if mode == "none":
        return 0.0, "none", "other factors do not move in this scenario"
    if r2 >= LEAST_R2:
        return carried, "predictive", f"the drivers explain {r2:.0%} of it"
    why = ""
    if mode == "predictive":
        why = "no history to carry it over with"
        if np.isfinite(r2):
            why = f"the drivers explain {r2:.1%} of it, too little to carry it over"
        why += "; "
    if day is None:
        return 0.0, "none", f"{why}no move of the event's days is known"
    return day, "event", f"{why}as on the event's days"


def _of_the_day(scenario: Scenario, known: OtherFactors) -> dict[str, float]:
    """Return what is known of the event's own window, at the severity."""
    factor, s = scenario.factor, scenario.severity
    kinds = {f.id: f for f in known.factors}
    found = {}
    for name, move in known.on(factor.event_start, factor.event_end).items():
        if kinds[name].is_level:
            found[name] = s * move.value
        elif kinds[name].kind == "currency":
            # One currency's gain is another's loss: neither is capped.
            found[name] = float(np.expm1(s * np.log1p(move.value)))
        else:
            found[name] = float(scale_shock(np.array(move.value), s))
    return found


def _carried_over(
    scenario: Scenario, known: OtherFactors
) -> tuple[Floats, Floats, Floats, float, tuple[str, ...], Floats]:
    """Return expectations, what stays open, R2, distance, drivers and loadings."""
    at = {name: n for n, name in enumerate(known.names)}
    drivers = [d for d in scenario.drivers or known.drivers if d in at]
    count = len(known.factors)
    carried, r2 = np.full(count, np.nan), np.full(count, np.nan)
    open_ = np.zeros((count, count))
    if not drivers:
        raise ComputationError(
            "The covariance of other factors knows none of the drivers.",
            hint="Name drivers among " + ", ".join(known.names[:40]) + ".",
            code="drivers",
        )
    raw, _ = segment_shocks(scenario)
    moves = dict(
        zip(
            scenario.factor.chain.segment_ids,
            scale_shock(raw, scenario.severity).tolist(),
            strict=True,
        )
    )
    legs = scaled_legs(scenario)
    moves[MARKET] = legs.get("US", legs["Other"])
    have = [n for n, f in enumerate(known.factors) if f.id in at]
    found = propagate(
        known.covariance,
        [at[d] for d in drivers],
        np.array([moves[d] for d in drivers]),
        [at[known.factors[n].id] for n in have],
    )
    carried[have], r2[have] = found.moves, found.r2
    open_[np.ix_(have, have)] = found.covariance
    loadings = np.zeros((count, len(drivers)))
    loadings[have] = found.loadings
    distance = float(found.distance2**0.5)
    return carried, open_, r2, distance, tuple(drivers), loadings


def _not_carried(error: ComputationError) -> Issue:
    return Issue(
        code="not-carried-over",
        severity="warning",
        message=f"Other factors were not carried over from the drivers: {error} They "
        "move as on the event's days where that is known.",
        fix=error.hint or "",
    )


@dataclass(frozen=True)
class CurrencyReturns:
    """Returns of C currencies against the base, and how they hang on the factors.

    ``loadings`` (C, J) turn small moves of the other factors into them;
    ``unknown`` are currencies without any figure, taken not to move; ``sources`` and
    ``notes`` (C,) say who set each and why.
    """

    values: Floats
    loadings: Floats
    unknown: tuple[str, ...]
    sources: tuple[str, ...]
    notes: tuple[str, ...]


def currency_returns(
    scenario: Scenario, moves: OtherMoves, base: str | None, currencies: tuple[str, ...]
) -> CurrencyReturns:
    """Return each currency's return against the base, ``(1+u_c)/(1+u_base) - 1``.

    u is the return against the US dollar. What the user says of a currency against
    the base counts before; without a base nothing else is known. A pegged currency
    does what the one does that holds it.
    """
    known = scenario.factor.others
    pegs = known.pegs if known else {}
    at = {str(f.currency): n for n, f in enumerate(moves.factors) if f.currency_pair}
    against = {c: float(moves.values[n]) for c, n in at.items()} | {DOLLAR: 0.0}
    values = np.zeros(len(currencies))
    loadings = np.zeros((len(currencies), len(moves.factors)))
    unknown, sources, notes = [], [], []
    for n, c in enumerate(currencies):
        one, two = pegs.get(c, c), pegs.get(base or "", base or "")
        source, note = "none", ""
        if c in scenario.fx:
            values[n], source, note = scenario.fx[c], "user", "set by the user"
        elif one in against and two in against and one != two:
            values[n] = (1.0 + against[one]) / (1.0 + against[two]) - 1.0
            sides = [at[side] for side in (one, two) if side in at]
            loadings[n, sides] = [
                1.0 if side == at.get(one) else -1.0 for side in sides
            ]
            source = "+".join(dict.fromkeys(moves.sources[k] for k in sides))
            note = "; ".join(f"{moves.factors[k].id}: {moves.notes[k]}" for k in sides)
        elif base and c != base and one == two:
            source, note = "peg", f"{c} and {base} are pegged"
        elif base and c != base and scenario.other_mode != "none":
            unknown.append(c)
        sources.append(source)
        notes.append(note)
    return CurrencyReturns(
        values, loadings, tuple(unknown), tuple(sources), tuple(notes)
    )
