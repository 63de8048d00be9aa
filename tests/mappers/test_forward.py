"""Forwards through the stress: two currencies, no money, the sign of the exposure."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

import stresskit

DAY = dt.date(2025, 1, 24)


@pytest.fixture
def forward(position):
    """Build a forward of a pair, worth nothing."""

    def build(pair, amount, **given):
        fields = {"asset_class": "fx_forward", "market_value": 0.0, "exposure": amount}
        return position(f"Forward {pair}", terms={"pair": pair}, **(fields | given))

    return build


@pytest.fixture
def moved(portfolio, shipped):
    """Return the P&L of lines where the euro falls by a percent against the dollar."""

    def run(*lines):
        money = replace(lines[0], asset_class="cash", name="Cash", market_value=1e6)
        money = replace(money, exposure=None, terms={}, currency="USD")
        book = replace(portfolio(*lines, money), as_of=DAY)
        scenario = stresskit.Scenario(shipped, fx={"EUR": -0.01})
        rows = stresskit.stress(
            book, stresskit.map_exposures(book, shipped), scenario
        ).by_position
        return [r.pnl for r in rows[: len(lines)]]

    return run


@pytest.mark.parametrize("amount", [250_000.0, -250_000.0])
def test_a_forward_gains_what_is_bought(forward, moved, amount):
    """Euro bought lose when the euro falls, euro sold gain as much."""
    assert moved(forward("EUR/USD", amount)) == [pytest.approx(-0.01 * amount)]


def test_a_pair_turned_round_is_the_other_side(forward, moved):
    """Dollars bought for euro are euro sold."""
    one, two = moved(forward("USD/EUR", 1e5), forward("EUR/USD", -1e5))
    assert one == pytest.approx(two) == pytest.approx(1000.0)


@pytest.mark.parametrize("amount", [None, 0.0])
def test_a_forward_without_an_amount_is_a_gap(forward, place, shipped, amount):
    """Nothing bought is nothing known: it is said and not covered."""
    exposures = place(forward("EUR/USD", amount), factor=shipped)
    (e,), (issue,) = exposures.rows, exposures.issues
    assert (e.moves, e.covered) == (False, False)
    assert "no exposure (notional)" in issue.message


def test_everything_that_lacks_is_said_at_once(position, place, shipped):
    """A user is to add both columns in one go."""
    line = position("Forward", asset_class="fx_forward")
    (issue,) = place(line, factor=shipped).issues
    assert "no pair of currencies (EUR/USD) and no exposure" in issue.message
