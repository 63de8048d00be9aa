"""A portfolio against a benchmark, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stresskit
from stresskit.errors import InputError
from stresskit.model import Identifiers, Portfolio, Position

FACTOR = stresskit.load_factor("deepseek-2025-01-27")
MAIN = stresskit.Scenario(FACTOR)
TICKERS = ("NVDA", "VST", "PG", "JPM")


def stressed(*values, name="book", base="USD", scenario=MAIN, tickers=TICKERS):
    """Stress the tickers with these values."""
    rows = tuple(
        Position(
            id=f"p{n}",
            name=ticker,
            identifiers=Identifiers(ticker=ticker),
            currency="USD",
            market_value=value,
        )
        for n, (ticker, value) in enumerate(zip(tickers, values, strict=False))
        if value
    )
    portfolio = Portfolio(name=name, positions=rows, base_currency=base)
    return stresskit.stress(
        portfolio, stresskit.map_exposures(portfolio, FACTOR), scenario
    )


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(-1e5, 1e6), min_size=4, max_size=4), st.floats(0.1, 10))
def test_a_portfolio_of_the_same_weights_is_no_different(values, size):
    """Whatever its size, with shorts too: nothing active and all in common."""
    values = [1e6, *(round(v) for v in values[1:])]
    one, two = stressed(*values), stressed(*(size * v for v in values))

    found = stresskit.compare(one, two)

    assert found.active_pnl_pct == pytest.approx(0.0, abs=1e-12)
    assert found.overlap == pytest.approx(1.0, rel=1e-12)
    assert found.issues == ()
    assert all(abs(s.pnl_pct) < 1e-12 for s in found.by_segment)


def test_overlap_by_hand():
    """60/40/0 against 20/50/30: min 20% and 40%."""
    found = stresskit.compare(stressed(6e5, 4e5), stressed(2e3, 5e3, 3e3))

    assert found.overlap == pytest.approx(0.6, rel=1e-12)


def test_overlap_of_long_and_short_by_hand():
    """150/-50 against 100: 100 of the gross 200 are in both; another side is none."""
    long_short = stressed(1.5e6, -5e5)

    found = stresskit.compare(long_short, stressed(1e6))
    assert found.overlap == pytest.approx(0.5, rel=1e-12)
    found = stresskit.compare(long_short, stressed(0, 1e6))
    assert found.overlap == 0.0


def test_the_difference_is_the_sum_of_its_parts():
    """Segments and the market add up to it; money is the portfolio's."""
    one, two = stressed(6e5, 4e5), stressed(2e3, 5e3, 3e3, name="index")
    found = stresskit.compare(one, two)

    v, w = one.base_value, two.base_value
    market = one.attribution.market / v - two.attribution.market / w
    segments = sum(s.pnl_pct for s in found.by_segment)
    assert segments + market == pytest.approx(found.active_pnl_pct, rel=1e-9)
    assert found.active_pnl == pytest.approx(1e6 * found.active_pnl_pct, rel=1e-12)
    assert found.name == "index"
    ranked = [s.pnl_pct for s in found.by_segment]
    assert ranked == sorted(ranked)


def test_no_security_in_common_is_an_issue():
    """It names the benchmark and what to look at."""
    found = stresskit.compare(stressed(1e6), stressed(0, 0, 1e6, name="index"))

    assert found.overlap == 0.0
    (issue,) = found.issues
    assert (issue.code, issue.severity) == ("no-overlap", "warning")
    assert "index" in issue.message
    assert issue.fix


def test_a_benchmark_in_other_money_is_an_issue():
    """Its loss in euro holds what the dollar does; the way out is named."""
    found = stresskit.compare(stressed(1e6), stressed(1e6, base="EUR"))

    (issue,) = found.issues
    assert issue.code == "benchmark-currency"
    assert "counts in USD" in issue.message
    assert "--base-currency USD" in issue.fix


@pytest.mark.parametrize("values", [(-1e6,), (1e6, -1e6)])
def test_shares_of_nothing_are_refused(values):
    """Which of the two is worth nothing is said."""
    one, two = stressed(1e6), stressed(*values)

    with pytest.raises(InputError, match="The benchmark is worth") as caught:
        stresskit.compare(one, two)
    assert caught.value.code == "benchmark"
    with pytest.raises(InputError, match="The portfolio is worth"):
        stresskit.compare(two, one)


def test_two_scenarios_are_refused():
    """Another severity, and another factor in memory, are no comparison."""
    one = stressed(1e6)
    unsaved = replace(FACTOR, sha256="", id="mine")
    others = (
        stresskit.Scenario(FACTOR, 2.0),
        stresskit.Scenario(unsaved),
    )
    for other in others:
        with pytest.raises(InputError, match="two scenarios"):
            stresskit.compare(one, stressed(1e6, scenario=other))


def test_what_a_scenario_is_called_is_no_difference():
    """A label moves nothing."""
    named = stressed(1e6, scenario=replace(MAIN, label="index"))

    assert stresskit.compare(stressed(1e6), named).active_pnl == 0.0
