"""What a reader of a stress must know: what is left out, in money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.stress.scaling import scale_shock
from stresskit.core.stress.shocks import leg_of, market_legs
from stresskit.model import Issue

if TYPE_CHECKING:
    from stresskit.core.stress.stressed import Stressed
    from stresskit.model import PositionResult, Scenario

MUCH_UNMAPPED = 0.05


def findings(
    stressed: Stressed,
    rows: tuple[PositionResult, ...],
    base_value: float,
    currency: str | None,
) -> list[Issue]:
    """Return the issues of a stress: what is left out, unmapped or not replayed."""
    scenario = stressed.scenario
    return [
        *_not_stressed(rows),
        *_currencies(stressed),
        *_without_effect(stressed),
        *_others(stressed),
        *_unmapped(rows, scenario, base_value, currency),
        *_without_market(rows, scenario),
        *_not_replayed(rows, scenario),
    ]


def _not_stressed(rows: tuple[PositionResult, ...]) -> list[Issue]:
    chosen = [r for r in rows if r.exposure.source == "not stressed"]
    if not chosen:
        return []
    reasons = "; ".join(sorted({r.exposure.basis for r in chosen}))
    return [
        Issue(
            code="not-stressed",
            severity="warning",
            message=f"{_count(len(chosen))} in this stress, but for "
            f"currencies: {reasons}.",
            fix="Read the result as the stress of the rest; they count as not covered.",
            money=sum(abs(r.position.exposure or r.base_value) for r in chosen),
        )
    ]


def _count(number: int) -> str:
    one = "1 position keeps its value"
    return one if number == 1 else f"{number:,} positions keep their value"


def _currencies(stressed: Stressed) -> list[Issue]:
    """Say which currencies have no figure, and how much stands in them."""
    names = stressed.currencies.unknown
    if not names:
        return []
    table = stressed.table
    at = [table.currencies.index(c) for c in names]
    money = float(np.abs(table.held[:, None] * table.currency_shares[:, at]).sum())
    if not money:
        return []
    return [
        Issue(
            code="currency-not-moved",
            severity="warning",
            message=f"No move against {stressed.base_currency} is known of "
            f"{', '.join(names)}: these currencies stay where they are.",
            fix=f"Set them, for instance --shock {names[0]}=-1%.",
            money=money,
        )
    ]


def _without_effect(stressed: Stressed) -> list[Issue]:
    """Say which currencies the user moves though no money stands in them."""
    names = [c for c in stressed.scenario.fx if c not in stressed.table.currencies]
    return [
        Issue(
            code="shock-without-effect",
            severity="info",
            message=f"No position stands in {c}: the move set for it changes nothing.",
        )
        for c in names
    ]


def _others(stressed: Stressed) -> list[Issue]:
    """Say which other factors money hangs on that have no move."""
    if stressed.scenario.other_mode == "none":
        return []
    table, moves = stressed.table, stressed.moves
    money = np.abs(table.other_value[:, None] * (table.loadings != 0)).sum(axis=0)
    still = [
        (f, float(m))
        for f, m, source in zip(moves.factors, money, moves.sources, strict=True)
        if m and source == "none"
    ]
    return [
        Issue(
            code="factor-not-moved",
            severity="warning",
            message=f"{f.title} does not move in this stress: no move of "
            f"{stressed.scenario.factor.event_start.isoformat()} is known.",
            fix=f"Set it, for instance --shock {f.id}={_example(f.is_level)}.",
            money=m,
        )
        for f, m in still
    ]


def _example(level: bool) -> str:
    return "-5bp" if level else "-1%"


def _unmapped(
    rows: tuple[PositionResult, ...],
    scenario: Scenario,
    base_value: float,
    currency: str | None,
) -> list[Issue]:
    """Say what the unmapped part could cost where it is more than 5%."""
    chosen = [r for r in rows if r.exposure.source == "unmapped"]
    money = sum(abs(r.stressed_exposure) for r in chosen)
    whole = abs(base_value) or sum(abs(r.stressed_exposure) for r in rows)
    if not whole or money / whole <= MUCH_UNMAPPED:
        return []
    worst = np.array(scenario.factor.universe_low)
    loss = money * abs(float(scale_shock(worst, scenario.severity)))
    amount = f", {loss:,.0f} {currency}" if currency else ""
    return [
        Issue(
            code="much-unmapped",
            severity="warning",
            message=f"{money / whole:.0%} of the value could not be placed. If it all "
            "fell like the worst twentieth of securities on the event, it would cost "
            f"{loss / whole:.1%} of the value{amount}.",
            fix="Place these positions with --overrides (stresskit map writes the "
            "file to fill in).",
            money=money,
        )
    ]


def _without_market(
    rows: tuple[PositionResult, ...], scenario: Scenario
) -> list[Issue]:
    """Say what the missing market legs leave out, as if the US one applied."""
    if scenario.market is not None:
        return []
    legs = market_legs(scenario)
    chosen = [
        r
        for r in rows
        if r.exposure.beta
        and leg_of(r.exposure.region, legs) not in ("US", "World")
        and legs[leg_of(r.exposure.region, legs)] == 0.0
    ]
    beta = sum(r.stressed_exposure * r.exposure.beta for r in chosen)
    if not beta or not legs.get("US"):
        return []
    leg = float(scale_shock(np.array(legs["US"]), scenario.severity))
    return [
        Issue(
            code="no-market-leg",
            severity="info",
            message=f"{len(chosen)} positions outside the United States move with "
            "their segments only: the market there was not estimated. With the "
            f"American market leg ({leg:+.2%}) they would make {beta * leg:+,.2f} "
            "more.",
            fix="Set one market return for all regions with --market.",
            money=sum(abs(r.stressed_exposure) for r in chosen),
        )
    ]


def _not_replayed(rows: tuple[PositionResult, ...], scenario: Scenario) -> list[Issue]:
    if scenario.mode != "replay":
        return []
    chosen = [r for r in rows if r.exposure.moves and not r.exposure.own_name]
    if not chosen:
        return []
    return [
        Issue(
            code="not-replayed",
            severity="info",
            message=f"{len(chosen)} positions have no move of their own on the event "
            "day in the factor; they move with market and segments only.",
            money=sum(abs(r.stressed_exposure) for r in chosen),
        )
    ]
