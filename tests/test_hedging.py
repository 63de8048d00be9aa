"""Plans for real portfolios: mandates hold, real days are shown, plans are stable."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from examples_run import EXAMPLES, MANDATES

import stresskit
from stresskit.errors import InputError
from stresskit.hedging import load_mandate, mandate_files
from stresskit.model import Mandate
from stresskit.pipeline import example_files

FACTOR = stresskit.load_factor("deepseek-2025-01-27")
FAST = ("overlay", "pairs", "options", "trim", "nothing")
DAYS = ("datacentre-pullback-2025-02-24", "datacentre-pullback-2025-03-26")


def stressed(name, **scenario):
    """Stress an example."""
    holdings, fx = example_files(name)
    portfolio = stresskit.read_holdings(holdings, fx=fx)
    exposures = stresskit.map_exposures(portfolio, FACTOR)
    return stresskit.stress(
        portfolio, exposures, stresskit.Scenario(FACTOR, **scenario)
    )


def mandate_of(name):
    """Return the mandate of an example's client without what takes seconds to load."""
    mandate = load_mandate(MANDATES[name])
    kept = [f for f in mandate.families if f in FAST]
    return mandate, kept


@pytest.fixture(scope="module", params=EXAMPLES)
def planned(request):
    """Return a client's result, mandate and plan."""
    result = stressed(request.param)
    mandate, families = mandate_of(request.param)
    return result, mandate, stresskit.hedge(result, mandate=mandate, families=families)


def test_the_plan_halves_the_loss_or_says_what_limits_it(planned):
    """Each suggestion reaches the target after cost, or an issue names the limit."""
    result, _, plan = planned
    acted = [h for h in plan.hedges if h.family != "nothing"]
    assert acted
    said = [i.message for i in plan.issues if i.code == "hedge-infeasible"]
    for h in acted:
        if h.status == "optimal":
            # Whole units of what is bought may lack a few.
            slack = 1e-3 * abs(result.pnl) if h.family == "trim" else 1e-6
            assert h.residual_pnl >= 0.5 * result.pnl - slack
        elif h.status == "infeasible":
            assert any("Limited by" in text for text in said)
    assert any(h.status in {"optimal", "infeasible"} for h in acted)


def test_every_order_is_within_the_mandate(planned):
    """Kinds, lots, short notional, count and cost hold for every order."""
    result, m, plan = planned
    value = plan.value
    for h in plan.hedges:
        shorts = [g for g in h.legs if g.side == "short" and g.option is None]
        assert sum(g.notional for g in shorts) <= (m.short + 1e-6) * value
        for leg in h.legs:
            if h.family in {"trim", "rotation"}:
                continue
            assert leg.kind in m.kinds
            if leg.quantity is not None:
                assert leg.quantity == round(leg.quantity)
        if h.family in {"overlay", "pairs"}:
            assert len(h.legs) <= m.tickets
            assert h.cost <= m.cost * value + 1e-6
        assert h.residual_pnl == pytest.approx(result.pnl + h.hedge_pnl - h.cost)


def test_real_days_are_shown_good_or_bad(planned):
    """The days of the library are those of the portfolio stressed as they happened."""
    result, _, plan = planned
    shown = {s.label: (n, s.pnl) for n, s in enumerate(plan.scenarios)}
    for day in DAYS:
        factor = stresskit.load_factor(day)
        exposures = stresskit.map_exposures(result.portfolio, factor)
        scenario = stresskit.Scenario(factor, mode="replay")
        there = stresskit.stress(result.portfolio, exposures, scenario)
        number, pnl = shown[day]
        assert pnl == pytest.approx(there.pnl, rel=1e-9)
        for h in plan.hedges:
            made = sum(leg.pnls[number] for leg in h.legs)
            assert h.pnls[number] == pytest.approx(made, rel=1e-9, abs=1e-9)


def test_no_harm_beyond_what_the_mandate_allows(planned):
    """In no other scenario does a hedge lose more than the mandate allows."""
    _, m, plan = planned
    for h in plan.hedges:
        if h.family in {"trim", "rotation"}:
            continue
        for s, made in zip(plan.scenarios, h.pnls, strict=True):
            allowed = m.harm * plan.value + m.regret * max(s.pnl, 0.0)
            assert made >= -allowed - 1e-6 * plan.value, (h.family, s.label)


def test_no_segment_is_hedged_beyond_what_is_held(planned):
    """A segment of the theme is never turned round by more than the mandate allows."""
    result, m, plan = planned
    theme = {s.id for s in result.scenario.factor.chain.segments if s.theme}
    for h in plan.hedges:
        if h.family not in {"overlay", "pairs", "options"}:
            continue
        for s in h.by_segment:
            if s.segment in theme:
                room = max(s.exposure, 0.0) + m.over_hedge * plan.value
                assert -s.hedge_exposure <= room + 1e-6 * plan.value


@pytest.mark.parametrize("name", ["long-short", "multi-asset"])
def test_a_thousandth_in_a_shock_does_not_change_the_orders(name):
    """The same instruments are chosen when every shock moves by a thousandth."""
    rng = np.random.default_rng(7)
    mandate, _ = mandate_of(name)
    chosen = set()
    for draw in range(3):
        moved = {
            s.segment: s.shrunk * (1 + draw * rng.uniform(-5e-4, 5e-4))
            for s in FACTOR.shocks
        }
        result = stressed(name, shocks=moved)
        (h,) = stresskit.hedge(result, mandate=mandate, families=["overlay"]).hedges
        chosen.add(tuple(sorted((leg.side, leg.instrument) for leg in h.legs)))
    assert len(chosen) == 1


def test_the_same_question_gives_the_same_plan(planned):
    """Orders, cost and every figure are the same, whenever they are asked for."""
    result, mandate, plan = planned
    families = [h.family for h in plan.hedges]
    again = stresskit.hedge(result, mandate=mandate, families=families)
    for one, two in zip(plan.hedges, again.hedges, strict=True):
        assert one.legs == two.legs
        assert one.cost == two.cost
        assert one.frontier == two.frontier


def test_a_weight_only_portfolio_has_a_plan_in_shares(tmp_path):
    """Without money there are no lots and no fees, and sizes are shares."""
    path = tmp_path / "weights.csv"
    path.write_text("Ticker,Name,Weight\nNVDA,NVIDIA,60%\nPG,Procter,40%\n")
    portfolio = stresskit.read_holdings(path)
    exposures = stresskit.map_exposures(portfolio, FACTOR)
    result = stresskit.stress(portfolio, exposures, stresskit.Scenario(FACTOR))
    families = ["overlay", "nothing"]
    plan = stresskit.hedge(result, families=families, target=0.1)
    overlay = plan.hedges[0]
    assert overlay.status == "optimal"
    assert {leg.quantity for leg in overlay.legs} == {None}
    assert overlay.residual_pnl == pytest.approx(0.9 * result.pnl, rel=1e-4)


def test_riskfolio_is_loaded_for_its_families_only():
    """An overlay, pairs, options and trims do without what takes seconds to load."""
    code = (
        "import sys, stresskit;"
        "from stresskit.pipeline import example_files;"
        "h, fx = example_files('long-short');"
        "p = stresskit.read_holdings(h, fx=fx);"
        "f = stresskit.load_factor('deepseek-2025-01-27');"
        "r = stresskit.stress(p, stresskit.map_exposures(p, f), stresskit.Scenario(f));"
        "stresskit.hedge(r, families=['overlay', 'nothing']);"
        "print('riskfolio' in sys.modules, 'cvxpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]


def test_shipped_mandates_are_found_by_name():
    """Three mandates ship; a name that is none says which there are."""
    shipped = {"long-short-fund", "private-client", "ucits-fund"}
    assert set(mandate_files()) == shipped
    for name in shipped:
        assert load_mandate(name).name == name
    assert load_mandate(None) == Mandate()
    with pytest.raises(InputError, match="no mandate 'nobody'"):
        load_mandate("nobody")


def test_a_family_the_mandate_has_not_is_refused():
    """Asking for more than the mandate allows is an error, not a silent plan."""
    result = stressed("us-growth")
    with pytest.raises(InputError, match="does not allow the family 'pairs'"):
        stresskit.hedge(result, mandate="private-client", families=["pairs"])


def test_names_that_match_nothing_are_said():
    """A restricted name that is no holding is a named warning, not silence."""
    mandate = Mandate(families=("nothing",), restricted=("NVIDEA",), exclude=("SPYY",))
    plan = stresskit.hedge(stressed("us-growth"), mandate=mandate)
    (found,) = [i for i in plan.issues if i.code == "mandate-names"]
    assert "NVIDEA" in found.message
    assert "SPYY" in found.message


def test_a_family_that_fails_leaves_the_others(monkeypatch):
    """One solver's failure is an issue; the other families still answer."""
    from stresskit.errors import ComputationError
    from stresskit.hedgers.pairs import PairsHedger

    def fail(*_):
        raise ComputationError("The solver stopped: on purpose.")

    monkeypatch.setattr(PairsHedger, "hedge", fail)
    families = ["pairs", "nothing"]
    plan = stresskit.hedge(
        stressed("long-short"), mandate="long-short-fund", families=families
    )
    assert [h.family for h in plan.hedges] == families
    assert [i.code for i in plan.issues if i.severity == "warning"] == ["hedge-failed"]


@pytest.mark.parametrize("name", ["us-growth", "long-short"])
def test_the_worst_case_is_met_or_said(name):
    """An ellipsoid hedge holds in its worst case, or the most that does is shown."""
    result = stressed(name)
    (h,) = stresskit.hedge(
        result, mandate="long-short-fund", robust="ellipsoid", families=["overlay"]
    ).hedges
    assert h.status in {"optimal", "infeasible"}
    if h.legs:
        worst = (
            h.diagnostics["worst_case_loss"]
            * stresskit.hedge(result, families=["nothing"]).value
        )
        assert worst < -result.pnl
