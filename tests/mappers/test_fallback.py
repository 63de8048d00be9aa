from __future__ import annotations

from dataclasses import replace

import pytest

import stresskit
from stresskit.model import Scenario


def test_cash_is_an_answer(position, place):
    """Cash is covered and does not move."""
    e = place(position("US Dollar", asset_class="cash", ticker="NVC")).rows[0]
    assert (e.source, e.covered, e.moves, e.confidence) == ("cash", True, False, 1.0)
    assert (e.beta, e.sensitivities, e.dispersion) == (0.0, {}, 0.0)


@pytest.mark.parametrize("kind", ["bond", "option", "fx_forward"])
def test_what_is_not_stressed_is_a_gap(position, place, kind):
    """Bonds, options and forwards keep their value and count as not covered."""
    e = place(position(isin="US1234567890", asset_class=kind)).rows[0]
    assert (e.source, e.covered, e.moves) == ("not stressed", False, False)
    assert (e.beta, e.sensitivities) == (0.0, {})
    assert "no" in e.basis


def test_gaps_are_shown_in_money(position, place, portfolio, toy):
    """What is not stressed has no P&L, lowers the coverage and is an issue in money."""
    lines = [
        position(isin="US1234567890", market_value=600.0),
        position("Bund", asset_class="bond", market_value=300.0),
        position("Put", asset_class="option", market_value=-100.0),
        position("Cash", asset_class="cash", market_value=1000.0),
    ]
    book = portfolio(*lines)
    result = stresskit.stress(book, place(*lines), Scenario(toy))
    assert [r.pnl for r in result.by_position[1:]] == [0.0, 0.0, 0.0]
    assert result.uncovered_value == pytest.approx(400.0)
    assert result.coverage_ratio == pytest.approx(1600.0 / 2000.0)
    (issue,) = [i for i in result.issues if i.code == "not-stressed"]
    assert issue.money == pytest.approx(400.0)


def test_an_unknown_line_moves_like_the_market_with_a_range(position, place):
    """Unmapped is beta 1, the mean of the rest, the event's own 5-95% range, said."""
    exposures = place(position("Nobody", row=9, market_value=250.0))
    e = exposures.rows[0]
    assert (e.beta, e.source, e.covered, e.confidence) == (1.0, "unmapped", False, 0.0)
    assert e.sensitivities == pytest.approx(
        dict.fromkeys(("ROM_35", "ROM_45", "ROM_55"), 1 / 3)
    )
    assert e.moves
    # The band's low end is the 5th percentile, -20%, seen from the mean of the rest.
    mean = (0.01 - 0.02 + 0.02) / 3
    assert 1.5608498 * e.dispersion == pytest.approx(mean + 0.2, rel=1e-6)
    (issue,) = exposures.issues
    assert (issue.code, issue.sheet, issue.row, issue.money) == (
        "unmapped",
        "Sheet1",
        9,
        250.0,
    )
    assert "Nobody" in issue.message
    assert "--overrides" in issue.fix


def test_an_unknown_line_takes_the_market_leg_of_its_region(
    position, place, portfolio, toy
):
    """The P&L of an unmapped line is the market plus the mean of the rest."""
    lines = [position("Nobody"), position("Niemand", currency="EUR")]
    result = stresskit.stress(portfolio(*lines), place(*lines), Scenario(toy))
    rest = (0.01 - 0.02 + 0.02) / 3
    assert result.by_position[0].pnl == pytest.approx(1000 * (0.01 + rest), rel=1e-12)
    # The toy event has no European leg: nothing is assumed there.
    assert result.by_position[1].pnl == pytest.approx(1000 * rest, rel=1e-12)
    assert result.uncovered_value == pytest.approx(2000.0)


def test_a_future_is_stressed_by_its_exposure(position, place, portfolio, toy):
    """A future worth nothing moves its notional, and that is what is at stake."""
    line = position(
        "Index future", asset_class="future", market_value=0.0, exposure=-5e4
    )
    exposures = place(line)
    assert exposures.issues[0].money == -5e4
    result = stresskit.stress(portfolio(line), exposures, Scenario(toy))
    r = result.by_position[0]
    assert (r.base_value, r.stressed_exposure) == (0.0, -5e4)
    assert r.pnl == pytest.approx(-5e4 * (0.01 + 0.01 / 3), rel=1e-12)
    assert result.uncovered_value == pytest.approx(5e4)
    assert result.pnl_pct is None


def test_nothing_is_dropped_or_moved(position, place):
    """Every position gets one exposure, in the portfolio's order."""
    lines = [
        position("Nobody"),
        position("Cash", asset_class="cash"),
        position(isin="US1234567890"),
        position(isin="US1234567890"),
        position("Bund", asset_class="bond"),
        position(ticker="LOOK"),
        position("Acme", sector="Utilities"),
    ]
    exposures = place(*lines)
    assert [e.position_id for e in exposures.rows] == [f"p{n}" for n in range(1, 8)]
    assert [e.source for e in exposures.rows] == [
        "unmapped",
        "cash",
        "curated",
        "curated",
        "not stressed",
        "fund",
        "sector",
    ]
    twins = exposures.rows[2:4]
    assert replace(twins[0], position_id="") == replace(twins[1], position_id="")


@pytest.mark.parametrize(
    "name",
    [
        "Acme Short Dax",
        "Acme Inverse",
        "BEAR Note",
        "Acme VIX Note",
        "Acme -2x Daily",
        "Acme Daily (-1X)",
    ],
)
def test_a_name_that_turns_has_no_direction(position, place, name):
    """What may rise in a fall has beta 0 and no segment, with the same wide range."""
    turned, plain = place(position(name), position("Nobody")).rows
    assert (turned.beta, turned.sensitivities) == (0.0, {})
    assert (turned.source, turned.covered, turned.moves) == ("unmapped", False, True)
    assert turned.dispersion == plain.dispersion > 0
    assert "no direction" in turned.basis


@pytest.mark.parametrize("name", ["Acme Short-Term", "Shorty", "Bearings", "Max-2000"])
def test_other_words_turn_nothing(position, place, name):
    """Parts of words and short terms are of the market like anything."""
    assert place(position(name)).rows[0].beta == 1.0
