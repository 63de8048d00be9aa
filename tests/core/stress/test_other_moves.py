"""Who sets the move of another factor: the user, the day, the drivers, or nobody."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import stresskit
from stresskit.core.stress.other_moves import currency_returns, other_moves
from stresskit.model import Scenario

FACTOR = stresskit.load_factor("deepseek-2025-01-27")
OTHERS = FACTOR.others


def told(scenario):
    """Return move and source of each factor by name."""
    m = other_moves(scenario)
    ids = [f.id for f in m.factors]
    return dict(zip(ids, zip(m.values.tolist(), m.sources, strict=True), strict=True))


def test_the_user_comes_first_then_the_drivers_then_the_day():
    """Gold as said; yields carried over; the yen, 1% explained, as on the day."""
    found = told(Scenario(FACTOR, other_moves={"GOLD": 0.02}))

    assert found["GOLD"] == (0.02, "user")
    assert found["RATE_USD"][1] == "predictive"
    assert found["FX_JPY"] == (pytest.approx(0.008277, abs=1e-9), "event")


def test_carried_over_is_the_regression_on_three_drivers():
    """By numpy: S_pc S_cc^-1 c with the shocks of two segments and the market."""
    names = list(OTHERS.names)
    c = [names.index(d) for d in ("AI_ACCEL", "IPP_NUC", "MARKET")]
    p = names.index("VIX")
    shocks = {s.segment: s.shrunk for s in FACTOR.shocks}
    (market,) = [m.value for m in FACTOR.market if m.region == "US"]
    moved = np.array([shocks["AI_ACCEL"], shocks["IPP_NUC"], market])
    s = OTHERS.covariance
    expected = s[p, c] @ np.linalg.solve(s[np.ix_(c, c)], moved)

    assert told(Scenario(FACTOR))["VIX"][0] == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize("severity", [0.5, 1.0, 2.0])
def test_a_replay_takes_the_days_own_moves(severity):
    """Levels in proportion, returns in logs, gains no larger than the day's."""
    found = told(Scenario(FACTOR, severity, "replay"))

    assert found["RATE_USD"] == (pytest.approx(-0.001 * severity, rel=1e-9), "event")
    gold = (1 - 0.010405) ** severity - 1
    assert found["GOLD"][0] == pytest.approx(gold, rel=1e-9)


def test_none_moves_nothing_but_what_the_user_says():
    """Everything else is zero and says why."""
    found = told(Scenario(FACTOR, others="none", other_moves={"VIX": 0.05}))
    assert found.pop("VIX") == (0.05, "user")
    assert set(found.values()) == {(0.0, "none")}


def test_a_covariance_that_is_none_is_said_and_the_day_stands():
    """Not positive definite: an issue, and moves of the event's days."""
    broken = OTHERS.covariance.copy()
    at = [OTHERS.names.index(d) for d in ("AI_ACCEL", "IPP_NUC")]
    sd = np.sqrt(np.diag(broken))
    broken[at[0], at[1]] = broken[at[1], at[0]] = 2.0 * sd[at[0]] * sd[at[1]]
    factor = replace(FACTOR, others=replace(OTHERS, covariance=broken))

    m = other_moves(Scenario(factor))

    assert [i.code for i in m.issues] == ["not-carried-over"]
    assert set(m.sources) <= {"event", "none"}
    assert m.value("VIX") == pytest.approx(0.0305, abs=1e-9)
    assert not m.covariance.any()


def test_currencies_against_any_base():
    """(1+u)/(1+u_base) - 1; a pegged one follows; unknown ones are named."""
    scenario = Scenario(FACTOR, other_moves={"FX_EUR": 0.01, "FX_JPY": 0.02})
    m = other_moves(scenario)
    found = currency_returns(scenario, m, "EUR", ("USD", "JPY", "DKK", "HKD", "BRL"))

    dollar, yen = 1 / 1.01 - 1, 1.02 / 1.01 - 1
    expected = [dollar, yen, 0.0, dollar, 0.0]
    assert found.values == pytest.approx(expected, rel=1e-12)
    assert found.unknown == ("BRL",)
