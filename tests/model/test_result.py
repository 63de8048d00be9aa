"""A result taken apart: breakdowns, marginal P&L, and as text."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import stresskit
from stresskit.errors import InputError
from stresskit.model import Identifiers, Portfolio, Position
from stresskit.model.result import BREAKDOWNS
from stresskit.pipeline import example_files
from stresskit.writers import write_result_json

FACTOR = stresskit.load_factor("deepseek-2025-01-27")
MAIN = stresskit.Scenario(FACTOR)


def position(n, ticker, money, **more):
    """Return a dollar position in a ticker."""
    given = {"currency": "USD", "asset_class": "equity", **more}
    return Position(
        id=f"p{n}",
        name=ticker,
        identifiers=Identifiers(ticker=ticker),
        market_value=money,
        **given,
    )


LINES = (
    position(1, "NVDA", 4e5, account="A", country="US", sector="Chips"),
    position(2, "NVDA", 1e5, account="B", country="US", sector="Chips"),
    position(3, "PG", -2e5, account="A", country="US", sector="Household"),
    position(4, "ESH5", 0.0, asset_class="future", exposure=-3e5, account="B"),
    position(5, "USD", 5e4, asset_class="cash"),
)


def stressed(*rows, scenario=MAIN, exposures=None):
    """Stress these positions in dollars."""
    portfolio = Portfolio(name="b", positions=rows, base_currency="USD")
    placed = stresskit.map_exposures(portfolio, FACTOR)
    return stresskit.stress(portfolio, exposures or placed, scenario)


@pytest.fixture(scope="module")
def mixed():
    """Shares, options, bonds, forwards, gold: the multi-asset example."""
    holdings, fx = example_files("multi-asset")
    portfolio = stresskit.read_holdings(holdings, fx=fx)
    exposures = stresskit.map_exposures(portfolio, FACTOR)
    return stresskit.stress(portfolio, exposures, MAIN)


@pytest.mark.parametrize("by", BREAKDOWNS)
def test_each_breakdown_adds_up(mixed, by):
    """To P&L, value and gross money, the largest loss first, no part twice."""
    parts = mixed.breakdown(by)

    assert sum(p.pnl for p in parts) == pytest.approx(mixed.pnl, rel=1e-9)
    assert sum(p.value for p in parts) == pytest.approx(mixed.base_value, rel=1e-9)
    moved = [r.position.exposure for r in mixed.by_position]
    gross = sum(
        max(abs(r.base_value), abs(m or 0.0))
        for r, m in zip(mixed.by_position, moved, strict=True)
    )
    assert sum(p.gross for p in parts) == pytest.approx(gross, rel=1e-9)
    assert [p.pnl for p in parts] == sorted(p.pnl for p in parts)
    assert len({p.key for p in parts}) == len(parts)
    assert "" not in {p.key for p in parts}


@pytest.mark.parametrize(
    ("by", "members"),
    [
        ("account", {"A": (0, 2), "B": (1, 3), "not stated": (4,)}),
        ("direction", {"long": (0, 1, 4), "short": (2, 3)}),
        ("asset_class", {"equity": (0, 1, 2), "future": (3,), "cash": (4,)}),
        ("currency", {"USD": (0, 1, 2, 3, 4)}),
    ],
)
def test_breakdowns_by_hand(by, members):
    """Who belongs where; a future counts gross with what it moves."""
    result = stressed(*LINES)
    found = {p.key: p for p in result.breakdown(by)}
    gross = (4e5, 1e5, 2e5, 3e5, 5e4)

    assert set(found) == set(members)
    for key, at in members.items():
        rows = [result.by_position[n] for n in at]
        part = found[key]
        assert part.pnl == pytest.approx(sum(r.pnl for r in rows), rel=1e-12)
        assert part.value == pytest.approx(sum(r.base_value for r in rows), rel=1e-12)
        assert part.gross == pytest.approx(sum(gross[n] for n in at), rel=1e-12)


def test_the_files_sector_and_country_count_before_the_chains():
    """What the client calls a line is what it is called."""
    result = stressed(*LINES[:3])

    assert {p.key for p in result.breakdown("sector")} == {"Chips", "Household"}
    assert [p.key for p in result.breakdown("country")] == ["US"]
    (main,) = {r.exposure.main_segment for r in result.by_position[:2]}
    assert main in {p.key for p in result.breakdown("segment")}


def test_an_unknown_breakdown_lists_the_known():
    """What, and what there is."""
    with pytest.raises(InputError, match="no breakdown by 'colour'") as caught:
        stressed(*LINES).breakdown("colour")
    assert caught.value.code == "breakdown"
    assert "segment, group, sector" in caught.value.hint


@pytest.mark.parametrize("n", [0, 2, 4])
def test_the_marginal_pnl_is_a_finite_difference_on_the_weight(n):
    """One percent of the value (350,000) more on the side that the position is on."""
    rows = list(LINES)
    result = stressed(*rows)
    more = 3500.0 if rows[n].market_value > 0 else -3500.0
    rows[n] = replace(rows[n], market_value=rows[n].market_value + more)

    expected = stressed(*rows).pnl - result.pnl
    assert result.base_value == 3.5e5
    found = result.marginal(result.by_position[n])
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_the_marginal_pnl_of_a_future_is_that_of_its_notional():
    """It is worth nothing: one percent of the portfolio's value is exposure."""
    rows = list(LINES)
    result = stressed(*rows)
    rows[3] = replace(rows[3], exposure=-3e5 - 3500.0)

    expected = stressed(*rows).pnl - result.pnl
    found = result.marginal(result.by_position[3])
    assert found == pytest.approx(expected, rel=1e-9)


def test_a_percent_of_nothing_is_none():
    """Neither a book worth zero nor a line worth zero has one more percent."""
    nothing = stressed(position(1, "NVDA", 1e5), position(2, "PG", -1e5))
    empty = stressed(position(1, "NVDA", 1e5), position(2, "PG", 0.0))

    assert [nothing.marginal(r) for r in nothing.by_position] == [None, None]
    assert empty.marginal(empty.by_position[1]) is None


def test_the_text_is_what_the_command_writes(mixed, tmp_path):
    """``to_json`` and the file of ``stress --json`` without hedges are one."""
    more = stresskit.scenario_set(MAIN)
    result = stresskit.stress(mixed.portfolio, mixed.exposures, MAIN, scenarios=more)
    result = replace(
        result,
        distribution=stresskit.simulate(result),
        reverse=stresskit.reverse_stress(result, 1e5),
        comparison=stresskit.compare(result, result),
    )
    write_result_json(tmp_path / "r.json", result, None)
    written = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    text = json.loads(result.to_json())

    assert text == written
    assert text["distribution"]["quantiles"]["0.05"] == pytest.approx(
        result.distribution.quantiles[0.05], rel=1e-12
    )
    assert [s["label"] for s in text["scenarios"]] == [s.label for s in more]
    assert text["comparison"]["overlap"] == pytest.approx(1.0, rel=1e-12)
    assert list(text["breakdowns"]) == list(BREAKDOWNS)


def test_the_users_shocks_are_recorded():
    """In the run record and in the contract; another shock is another question."""
    scenario = stresskit.Scenario(
        FACTOR,
        market=-0.01,
        shocks={"AI_ACCEL": -0.2},
        fx={"EUR": -0.02},
        other_moves={"RATE_USD": -0.0008},
        drivers=("MARKET",),
        others="predictive",
    )
    result = stressed(*LINES, scenario=scenario)
    content = json.loads(result.to_json())["run"]["scenario"]

    assert content["shocks"] == {"AI_ACCEL": -0.2}
    assert (content["fx"], content["market"]) == ({"EUR": -0.02}, -0.01)
    assert content["other_moves"] == {"RATE_USD": -0.0008}
    assert (content["drivers"], content["others"]) == (["MARKET"], "predictive")
    assert "-0.2" in result.run["shocks"]
    assert "-0.0008" in result.run["other_moves"]
    plain = stressed(*LINES)
    assert plain.run["id"] != result.run["id"]
    assert plain.run["id"] == stressed(*LINES).run["id"]


def test_what_is_no_number_becomes_null():
    """JSON has no NaN: it would not load elsewhere."""
    result = replace(stressed(*LINES), distance=float("nan"))

    assert json.loads(result.to_json())["summary"]["distance"] is None


def test_nothing_happens_at_severity_zero(mixed):
    """Shares, bonds, options, forwards on the day itself: not a cent, not a band."""
    none = stresskit.Scenario(FACTOR, 0.0)
    result = stresskit.stress(mixed.portfolio, mixed.exposures, none)

    assert len({r.position.asset_class for r in result.by_position}) > 4
    scale = sum(abs(r.base_value) for r in result.by_position)
    assert [r.pnl for r in result.by_position] == pytest.approx(
        [0.0] * len(result.by_position), abs=1e-12 * scale
    )
    assert result.band.high - result.band.low == pytest.approx(0.0, abs=1e-9 * scale)
