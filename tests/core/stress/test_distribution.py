"""Draws of the P&L against closed forms and a revaluation of every draw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t

import stresskit
from stresskit.core.instruments.options import value
from stresskit.core.stress.distribution import distribution, pooled_history
from stresskit.core.stress.stressed import Stressed
from stresskit.core.stress.table import Table
from stresskit.model import Identifiers, OptionTerms, Portfolio, Position

# Without the factor's own multiplier the band is that of t with 5 degrees: 1.5608.
FACTOR = replace(
    stresskit.load_factor("deepseek-2025-01-27"),
    conformal_stocks=None,
    conformal_portfolios=None,
)
SPOT, STRIKE, YEARS, VOL, RATE = 140.0, 150.0, 0.25, 0.5, 0.04
SHARES = 1000


def _stock(n, ticker, money):
    return Position(
        id=f"p{n}",
        name=ticker,
        identifiers=Identifiers(ticker=ticker),
        currency="USD",
        market_value=money,
    )


def _premium(*, call):
    return float(value(SPOT, STRIKE, YEARS, VOL, RATE, 0.0, call))


def book(shares, calls, puts, **scenario):
    """Return Nvidia's shares and options on it, European, stressed."""
    held = [("shares", shares * SPOT, None)]
    for number, call in ((calls, True), (puts, False)):
        if number:
            held.append(("option", number * _premium(call=call), call))
    held = [h for h in held if h[1]]
    positions = tuple(_stock(n, "NVDA", money) for n, (_, money, _) in enumerate(held))
    portfolio = Portfolio(name="b", positions=positions, base_currency="USD")
    placed = stresskit.map_exposures(portfolio, FACTOR)
    rows = tuple(
        row if call is None else replace(row, option=_terms(call))
        for row, (_, _, call) in zip(placed.rows, held, strict=True)
    )
    base = np.array([money for _, money, _ in held])
    table = Table(portfolio, replace(placed, rows=rows), FACTOR, base)
    return Stressed(table, stresskit.Scenario(FACTOR, **scenario), "USD")


def _terms(call):
    premium = _premium(call=call)
    return OptionTerms(
        spot=SPOT,
        strike=STRIKE,
        premium=premium,
        per_value=1 / premium,
        units=0.0,
        years=YEARS,
        volatility=VOL,
        rate=RATE,
        dividend=0.0,
        call=call,
        slope=-1.0,
        exercise="european",
    )


def brute_force(shares, calls, puts, draws=200_000):
    """Revalue shares and options at every draw of Nvidia's return; others still.

    Errors of the segments' shocks, of the company, its beta and place are normal and
    stretched alike to t with 5 degrees; nothing is interpolated.
    """
    row = book(1, 0, 0).table.rows[0]
    shock = {s.segment: s for s in FACTOR.shocks}
    market = next(m.value for m in FACTOR.market if m.region == "US")
    sensitivities = row.sensitivities.items()
    mean = row.beta * market + sum(x * shock[k].shrunk for k, x in sensitivities)
    variance = sum((x * shock[k].standard_error) ** 2 for k, x in sensitivities)
    variance += row.dispersion**2 + (row.beta_sd * market) ** 2 + row.mapping_sd**2
    rng = np.random.default_rng(7)
    g = np.sqrt(3 / rng.chisquare(5, draws))
    r = mean + variance**0.5 * g * rng.standard_normal(draws)
    pnl = shares * SPOT * r
    after = SPOT * (1 + np.maximum(r, -1.0))
    for number, call in ((calls, True), (puts, False)):
        new = value(after, STRIKE, YEARS, VOL, RATE, 0.0, call)
        pnl += number * (new - _premium(call=call))
    limit = shares * SPOT + calls * _premium(call=True) + puts * _premium(call=False)
    if min(shares, calls, puts) >= 0:
        pnl = np.maximum(pnl, -limit)
    return pnl


@pytest.mark.parametrize(
    ("shares", "calls", "puts"),
    [
        (SHARES, 0, 0),
        (SHARES, -SHARES, 0),
        (SHARES, 0, SHARES),
        (0, 2000, 0),
        (0, 0, -500),
    ],
    ids=["shares", "covered call", "protected", "calls", "short puts"],
)
def test_options_are_as_if_revalued_at_every_draw(shares, calls, puts):
    """Mean, quantiles and shortfall of 200,000 draws that nothing shortens."""
    found = distribution(book(shares, calls, puts, others="none"))
    drawn = brute_force(shares, calls, puts)

    # A quantile's own error is sqrt(q(1-q)/n)/f: of t's 1% with 20,000 draws 3% of sd,
    # of its mean 0.7%, of the tail's mean 2%.
    sd = float(drawn.std())
    assert found.mean == pytest.approx(float(drawn.mean()), abs=0.02 * sd)
    for level in (0.05, 0.25, 0.5, 0.75, 0.95):
        expected = float(np.quantile(drawn, level))
        assert found.quantiles[level] == pytest.approx(expected, abs=0.06 * sd)
    worst = float(np.sort(drawn)[: len(drawn) // 20].mean())
    assert found.expected_shortfall == pytest.approx(worst, abs=0.1 * sd)


def test_the_scenario_itself_is_the_middle_of_linear_draws():
    """Antithetic errors of shares cancel: the mean is the projection to rounding."""
    stressed = book(SHARES, 0, 0)
    found = distribution(stressed)
    sd = sum(stressed.band.parts.values()) ** 0.5

    assert found.mean == pytest.approx(stressed.pnl, abs=1e-9 * sd)
    assert found.quantiles[0.5] == pytest.approx(stressed.pnl, abs=0.02 * sd)
    assert found.sd == pytest.approx(sd, rel=0.04)


def test_the_outer_quantiles_are_the_band():
    """5% and 95% of t with 5 degrees at the multiplier 1.5608, and its tail's mean.

    Expected shortfall of t is (nu + x^2) / (nu - 1) f(x) / 0.05 at the 5% quantile x.
    """
    stressed = book(SHARES, 0, 0)
    found, band = distribution(stressed), stressed.band
    sd = sum(band.parts.values()) ** 0.5
    x = t.ppf(0.05, 5)
    shortfall = (5 + x**2) / 4 * t.pdf(x, 5) / 0.05 * (3 / 5) ** 0.5

    assert band.multiplier == pytest.approx(1.5608, abs=1e-4)
    # The error of a 5% quantile is 1.9% of the sd with 20,000 draws.
    assert found.quantiles[0.05] == pytest.approx(band.low, abs=0.06 * sd)
    assert found.quantiles[0.95] == pytest.approx(band.high, abs=0.06 * sd)
    expected = stressed.pnl - shortfall * sd
    assert found.expected_shortfall == pytest.approx(expected, abs=0.08 * sd)


def test_the_same_seed_gives_the_same_figures():
    """Twice the same, another seed another sample of the same law."""
    stressed = book(SHARES, -SHARES, 0)
    first, second = distribution(stressed), distribution(stressed)
    other = distribution(stressed, seed=1)

    assert first == second
    assert first.quantiles != other.quantiles
    assert first.expected_shortfall == pytest.approx(other.expected_shortfall, rel=0.05)


def test_a_covered_call_loses_its_upside():
    """The stock is called away: no more than K e^(-rT) - S + C a share."""
    # Nvidia up 20% in the middle: half of the draws lie beyond the strike.
    up = {"shocks": {"AI_ACCEL": 0.2}, "others": "none"}
    covered = distribution(book(SHARES, -SHARES, 0, **up))
    bare = distribution(book(SHARES, 0, 0, **up))
    most = SHARES * (STRIKE * np.exp(-RATE * YEARS) - SPOT + _premium(call=True))

    assert covered.quantiles[0.99] <= most * (1 + 1e-9)
    assert bare.quantiles[0.99] > most
    assert covered.quantiles[0.99] - covered.quantiles[0.5] < 0.3 * (
        bare.quantiles[0.99] - bare.quantiles[0.5]
    )


@pytest.mark.parametrize(("calls", "puts", "shock"), [(900, 0, -0.4), (0, 900, 0.4)])
def test_long_options_lose_their_value_at_most(calls, puts, shock):
    """However far the share goes, what was paid is all."""
    stressed = book(0, calls, puts, shocks={"AI_ACCEL": shock})
    found = distribution(stressed)
    paid = float(stressed.table.base.sum())

    assert found.expected_shortfall >= -paid * (1 + 1e-9)
    assert min(found.quantiles.values()) >= -paid * (1 + 1e-9)
    assert stressed.pnl < -0.5 * paid


def test_nothing_is_open_at_severity_zero():
    """No event has no error, options included."""
    found = distribution(book(SHARES, -SHARES, SHARES, severity=0.0))

    assert set(found.quantiles.values()) == {0.0}
    assert (found.mean, found.sd, found.expected_shortfall) == (0.0, 0.0, 0.0)


def test_past_days_carry_a_small_event():
    """At a hundredth of the event the weighted mean of linear shares is the scenario's.

    A share of beta and AI_ACCEL alone: both are drivers, whose means are the views.
    """
    table = book(SHARES, 0, 0).table
    (row,) = table.rows
    plain = replace(row, sensitivities={"AI_ACCEL": 1.1}, beta=1.3)
    exposures = replace(table.exposures, rows=(plain,))
    stressed = Stressed(
        Table(table.portfolio, exposures, FACTOR, table.base),
        stresskit.Scenario(FACTOR, 0.01),
        "USD",
    )
    found = pooled_history(stressed)

    assert found.reason == ""
    assert found.days == 250
    assert found.mean == pytest.approx(stressed.pnl, rel=1e-6)
    assert found.expected_shortfall < found.low < found.mean < found.high


def test_past_days_that_never_went_so_far_are_not_used():
    """The reason names the driver, not the number of a view; there are no figures."""
    found = pooled_history(book(SHARES, 0, 0, shocks={"AI_ACCEL": -0.5}))

    assert "The view on AI_ACCEL" in found.reason
    assert "View" not in found.reason
    assert (found.mean, found.expected_shortfall) == (None, None)


def test_without_a_history_there_is_nothing_to_weight():
    """A factor without days says so."""
    stressed = book(SHARES, 0, 0)
    bare = replace(FACTOR, history=None)
    scenario = replace(stressed.scenario, factor=bare)

    found = pooled_history(replace(stressed, scenario=scenario))

    assert (found.days, found.reason) == (0, "The factor has no history of segments.")
