"""More scenarios, draws, limits, benchmarks and breakdowns of one stress."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t

import stresskit
from stresskit.core.stress.distribution import pooled_history
from stresskit.core.stress.stressed import Stressed
from stresskit.core.stress.table import Table
from stresskit.errors import InputError
from stresskit.pipeline import example_files
from stresskit.scenarios import asked_scenarios, label_of, scenario_set, with_shocks

FACTOR = stresskit.load_factor("deepseek-2025-01-27")
MAIN = stresskit.Scenario(FACTOR)


@pytest.fixture(scope="module")
def book():
    """The multi-asset example, placed."""
    holdings, fx = example_files("multi-asset")
    portfolio = stresskit.read_holdings(holdings, fx=fx)
    return portfolio, stresskit.map_exposures(portfolio, FACTOR)


@pytest.fixture(scope="module")
def shares():
    """The US growth example, placed: shares and funds alone."""
    portfolio = stresskit.read_holdings(example_files("us-growth")[0])
    return portfolio, stresskit.map_exposures(portfolio, FACTOR)


def test_each_further_scenario_is_a_stress_of_its_own(book):
    """P&L, band, parts, segments and positions are those of asking alone."""
    other = stresskit.load_factor("export-controls-2024-07-17")
    placed = stresskit.map_exposures(book[0], other)
    asked = (
        *scenario_set(MAIN, "severities"),
        *scenario_set(MAIN, "path"),
        stresskit.Scenario(other, label="controls"),
        with_shocks(MAIN, {"AI_ACCEL": -0.3, "RATE_USD": 0.001, "USD": -0.02}),
    )
    result = stresskit.stress(
        *book, MAIN, scenarios=asked, exposures_of={other.id: placed}
    )

    assert len(result.scenarios) == len(asked) == 9
    for found, scenario in zip(result.scenarios, asked, strict=True):
        exposures = placed if scenario.factor.id == other.id else book[1]
        alone = stresskit.stress(book[0], exposures, scenario)
        assert found.pnl == pytest.approx(alone.pnl, rel=1e-12)
        assert (found.band, found.attribution) == (alone.band, alone.attribution)
        assert found.by_segment == alone.by_segment
        assert list(found.by_position) == [r.pnl for r in alone.by_position]


def test_another_factor_needs_exposures_of_its_own(book):
    """Betas are those before each event; the message says what to give."""
    other = stresskit.load_factor("rebound-2025-01-28")
    with pytest.raises(InputError, match="placed for it"):
        stresskit.stress(*book, MAIN, scenarios=[stresskit.Scenario(other)])


def test_sets_by_name():
    """Severities and path without the main one; variants and library by factor."""
    assert [s.severity for s in scenario_set(MAIN)] == [0.5, 1.5, 2.0]
    assert [s.day for s in scenario_set(MAIN, "path")] == [1, 5, 10, 20]
    names = [s.label for s in asked_scenarios(MAIN, ["variants"])]
    assert names == [
        "deepseek-adoption",
        "deepseek-export-controls",
        "deepseek-overspend",
        "deepseek-systemic",
    ]
    library = [s.factor.id for s in asked_scenarios(MAIN, ["library"])]
    assert len(library) == 6
    assert "deepseek-2025-01-27" not in library
    with pytest.raises(InputError) as caught:
        scenario_set(MAIN, "everything")
    assert "severities, path, variants, library" in caught.value.hint


def test_two_scenarios_have_two_names():
    """The same twice is one; different ones with one label are refused."""
    once = asked_scenarios(MAIN, ["severity=2", "severity=2"])
    assert [label_of(s) for s in once] == ["deepseek-2025-01-27, severity 2"]
    with pytest.raises(InputError, match="'mine'"):
        asked_scenarios(MAIN, ["label=mine,severity=2", "label=mine,severity=3"])


def test_shocks_land_where_they_belong():
    """Segments by id or title, MARKET, other factors, currencies against the base."""
    found = with_shocks(
        MAIN,
        {"Memory": -0.1, "MARKET": -0.02, "VIX": 0.03, "FX_JPY": 0.01, "CHF": 0.02},
    )
    assert found.shocks == {"MEMORY": -0.1}
    assert found.market == -0.02
    assert found.other_moves == {"VIX": 0.03, "FX_JPY": 0.01}
    assert found.fx == {"CHF": 0.02}


@pytest.mark.parametrize(
    ("moves", "code"),
    [
        ({"AI_CHIPS": -0.1}, "shock"),
        ({"EUR": 0.01, "FX_EUR": 0.02}, "contradiction"),
        ({"AI_ACCEL": -1.5}, "shock"),
        ({"RATE_USD": 3.0}, "shock"),
    ],
)
def test_shocks_that_cannot_be(moves, code):
    """Unknown names say what is known; two for one currency contradict."""
    with pytest.raises(InputError) as caught:
        with_shocks(MAIN, moves)
    assert caught.value.code == code


def test_draws_of_a_linear_book_are_its_band(shares):
    """Mean the projection; 5% and 95% those of t with 5 degrees of the band's sd.

    20,000 draws: the quantiles' own error is about 1.5% of the sd.
    """
    result = stresskit.stress(*shares, MAIN)
    d = stresskit.simulate(result)

    sd = sum(result.band.parts.values()) ** 0.5
    q = t.ppf(0.95, 5) * (3 / 5) ** 0.5
    assert d.mean == pytest.approx(result.pnl, abs=1e-6 * sd)
    assert d.sd == pytest.approx(sd, rel=0.04)
    assert d.quantiles[0.05] == pytest.approx(result.pnl - q * sd, abs=0.04 * sd)
    assert d.quantiles[0.95] == pytest.approx(result.pnl + q * sd, abs=0.04 * sd)
    # Expected shortfall of t: (nu + x^2) / (nu - 1) f(x) / 0.05, here at unit variance.
    x = t.ppf(0.05, 5)
    shortfall = (5 + x**2) / 4 * t.pdf(x, 5) / 0.05 * (3 / 5) ** 0.5
    assert d.expected_shortfall == pytest.approx(
        result.pnl - shortfall * sd, abs=0.06 * sd
    )
    assert stresskit.simulate(result) == d


def test_draws_of_a_long_put_never_lose_more_than_it_cost(book):
    """Where the linear band would go below the premium, the draws stop."""
    portfolio, exposures = book
    at = next(n for n, p in enumerate(portfolio.positions) if " P" in p.name)
    one = replace(portfolio, positions=(portfolio.positions[at],), issues=())
    placed = replace(exposures, rows=(exposures.rows[at],))
    rally = stresskit.Scenario(FACTOR, shocks={"AI_ACCEL": 0.3})
    result = stresskit.stress(one, placed, rally)
    d = stresskit.simulate(result)

    cost = result.base_value
    assert result.pnl < 0
    assert d.quantiles[0.01] >= -cost * (1 + 1e-9)
    assert d.expected_shortfall >= -cost * (1 + 1e-9)


def test_past_days_say_more_of_a_small_event_only(shares):
    """At a hundredth of the event the days carry the view, at the event none do."""
    portfolio, exposures = shares
    base = np.array([p.market_value for p in portfolio.positions], dtype=float)
    table = Table(portfolio, exposures, FACTOR, base)

    small = pooled_history(Stressed(table, stresskit.Scenario(FACTOR, 0.01), "USD"))
    large = pooled_history(Stressed(table, MAIN, "USD"))

    assert small.reason == ""
    assert small.relative_ens > 0.9
    assert small.low < small.mean < small.high
    assert small.expected_shortfall < small.low
    assert "AI_ACCEL" in large.reason


def test_the_severity_that_breaks_a_limit(shares):
    """At the severity found the loss is the limit, a little below it is not."""
    result = stresskit.stress(*shares, MAIN)
    limit = 0.1 * result.base_value
    found = stresskit.reverse_stress(result, limit)

    at, below = (
        stresskit.stress(*shares, stresskit.Scenario(FACTOR, s)).pnl
        for s in (found.severity, found.severity - 1e-3)
    )
    assert at == pytest.approx(-limit, rel=1e-6)
    assert below > -limit
    # Nearer to an ordinary day than the event, though it loses more.
    assert found.distance < found.event_distance
    assert found.worst_loss > limit
    assert sum(m.pnl for m in found.likeliest) < -0.5 * limit
    assert f"{found.severity:.2f}" in found.sentences[0]


@pytest.mark.parametrize("loss", [0.0, -5.0, float("nan"), float("inf")])
def test_a_limit_above_zero(shares, loss):
    """No other is one."""
    result = stresskit.stress(*shares, MAIN)
    with pytest.raises(InputError, match="loss limit"):
        stresskit.reverse_stress(result, loss)


def test_a_limit_that_no_severity_reaches(shares):
    """Twice the value cannot be lost; it is said and not invented."""
    result = stresskit.stress(*shares, MAIN)
    found = stresskit.reverse_stress(result, 2 * result.base_value)
    assert found.severity is None
    assert "No severity" in found.sentences[0]


def test_a_benchmark_that_is_the_portfolio(shares):
    """No difference, and all of the weight in both."""
    result = stresskit.stress(*shares, MAIN)
    found = stresskit.compare(result, result)

    assert (found.active_pnl, found.issues) == (0.0, ())
    assert found.overlap == pytest.approx(1.0, rel=1e-12)


def test_a_benchmark_in_other_securities(shares):
    """The difference is the sum of the segments' and the rest; no overlap is said."""
    portfolio, _ = shares
    last = replace(portfolio, positions=portfolio.positions[-2:], name="last")
    first = replace(portfolio, positions=portfolio.positions[:2], name="first")
    one, two = (
        stresskit.stress(p, stresskit.map_exposures(p, FACTOR), MAIN)
        for p in (first, last)
    )
    found = stresskit.compare(one, two)

    expected = one.pnl / one.base_value - two.pnl / two.base_value
    assert found.active_pnl_pct == pytest.approx(expected, rel=1e-12)
    assert found.active_pnl == pytest.approx(expected * one.base_value, rel=1e-12)
    assert found.overlap == 0.0
    assert [i.code for i in found.issues] == ["no-overlap"]


def test_breakdowns_add_up(book):
    """Every one to the P&L and the value."""
    result = stresskit.stress(*book, MAIN)
    for by, parts in result.breakdowns().items():
        total = sum(p.pnl for p in parts)
        assert total == pytest.approx(result.pnl, rel=1e-9), by
        value = sum(p.value for p in parts)
        assert value == pytest.approx(result.base_value, rel=1e-9)
    assert {p.key for p in result.breakdown("direction")} == {"long", "short"}
    with pytest.raises(InputError, match="colour"):
        result.breakdown("colour")


def test_one_more_percent_of_a_share(shares):
    """By finite difference: the line grows by one percent of the value."""
    portfolio, exposures = shares
    result = stresskit.stress(portfolio, exposures, MAIN)
    first = portfolio.positions[0]
    more = replace(first, market_value=first.market_value + 0.01 * result.base_value)
    grown = replace(portfolio, positions=(more, *portfolio.positions[1:]))

    expected = stresskit.stress(grown, exposures, MAIN).pnl - result.pnl
    assert result.marginal(result.by_position[0]) == pytest.approx(expected, rel=1e-9)


def test_the_result_as_text_is_the_contract(book):
    """It loads, and has what was asked for besides."""
    result = stresskit.stress(*book, MAIN, scenarios=scenario_set(MAIN))
    content = json.loads(result.to_json())

    assert content["schema"] == "stresskit/result/1"
    assert [s["label"] for s in content["scenarios"]] == [
        "severity 0.5",
        "severity 1.5",
        "severity 2",
    ]
    parts = sum(content["attribution"].values())
    assert parts == pytest.approx(content["summary"]["pnl"], rel=1e-9)
    assert result.coverage.light == content["summary"]["coverage"]["light"]
    assert len(result.to_frame()) == len(content["by_position"])


def test_an_earlier_revision_is_another_scenario(shares):
    """ID@2 has the same shocks and the narrower band of Student's t."""
    (second,) = asked_scenarios(MAIN, ["deepseek-2025-01-27@2"])
    placed = {
        "deepseek-2025-01-27@2": stresskit.map_exposures(shares[0], second.factor)
    }
    result = stresskit.stress(*shares, MAIN, scenarios=[second], exposures_of=placed)

    (found,) = result.scenarios
    assert second.factor.revision == 2
    assert found.pnl == pytest.approx(result.pnl, rel=1e-12)
    assert found.band.multiplier < result.band.multiplier


def test_a_set_that_is_empty_is_said():
    """An event without variants has none to ask for."""
    lone = stresskit.Scenario(stresskit.load_factor("rebound-2025-01-28"))
    with pytest.raises(InputError, match="has none"):
        asked_scenarios(lone, ["variants"])


def test_the_run_is_named_by_all_that_was_asked(shares):
    """The same question has the same id, one more scenario another."""
    ids = [
        stresskit.stress(*shares, MAIN, scenarios=more).run["id"]
        for more in ((), (), scenario_set(MAIN))
    ]
    assert ids[0] == ids[1] != ids[2]


def test_a_move_of_a_currency_nobody_holds_is_said(shares):
    """It changes nothing, and an issue says so."""
    moved = stresskit.stress(*shares, stresskit.Scenario(FACTOR, fx={"CHF": -0.1}))
    assert "shock-without-effect" in [i.code for i in moved.issues]
