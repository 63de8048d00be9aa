"""The reports of the examples: recalculated, changed, and compared with the engine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import openpyxl
import pytest
from examples_run import ROOT
from live_workbook import Live, assert_matches, recalculate, same
from report_kinds import FACTOR, KINDS, made

import stresskit
from stresskit.pipeline import example_files
from stresskit.writers.workbook.figures import compute
from stresskit.writers.workbook.grid import variants_of
from stresskit.writers.workbook.hedges import COST, GROSS, PNL, RATIO, RESIDUAL
from stresskit.writers.workbook.layout import FIRST, Exp, Scen


def stressed(name, **scenario):
    """Stress an example under a scenario."""
    assert (ROOT / "examples" / name).is_dir()
    holdings, fx = example_files(name)
    portfolio = stresskit.read_holdings(holdings, fx=fx)
    exposures = stresskit.map_exposures(portfolio, FACTOR)
    return stresskit.stress(
        portfolio, exposures, stresskit.Scenario(FACTOR, **scenario)
    )


def test_every_family_of_hedges_is_recalculated():
    """With all suggestions of an example, no cell differs by more than 1e-9."""
    result = stressed("us-growth")
    live = Live(result, stresskit.hedge(result))

    assert live.differences(abs(result.base_value)) == []


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Where the files of the kinds go."""
    return tmp_path_factory.mktemp("kinds")


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_recalculated(name, folder):
    """Every formula gives its cached value, none an error; all checks hold."""
    result, plan = made(name, folder)
    live = Live(result, plan)

    assert live.differences(abs(result.base_value) + 1) == []
    assert live["MasterCheck"] is True


def changed_exposures(exposures, row, **given):
    """Return exposures with one row's figures replaced."""
    rows = list(exposures.rows)
    rows[row] = replace(rows[row], **given)
    return replace(exposures, rows=tuple(rows))


@pytest.mark.parametrize("seed", range(20))
def test_random_changes_give_what_the_engine_gives(seed, folder):
    """Severity, mode, shocks, a market leg, a beta and a sensitivity, all at once."""
    rng = np.random.default_rng(seed)
    result, _ = made(
        ("long-short", "multi-asset", "growth", "balanced")[seed % 4], folder
    )
    live = Live(result)
    figures = live.layout.figures
    severity = float(np.round(rng.uniform(0.1, 2.5), 2))
    mode = str(rng.choice(["factor", "replay"]))
    k = int(rng.choice(figures.used))
    shock = float(np.round(rng.uniform(-0.4, 0.2), 3))
    leg = float(np.round(rng.uniform(-0.05, 0.03), 4))
    held = [n for n, r in enumerate(result.by_position) if r.exposure.sensitivities]
    row = int(rng.choice(held))
    exposure = result.exposures.rows[row]
    segment = str(rng.choice(sorted(exposure.sensitivities)))
    beta, taken = (float(np.round(rng.uniform(0.0, 1.6), 2)) for _ in range(2))

    live.put(*live.place("Severity"), severity)
    live.put(*live.place("ScenarioMode"), mode)
    live.put("Scenario", live.layout.segment_first + k + 1, Scen.INPUT + 1, shock)
    live.put("Scenario", live.layout.region_row("US") + 1, Scen.INPUT + 1, leg)
    live.put("Exposures", FIRST + row + 1, Exp.BETA + 1, beta)
    col = Exp.SEGMENTS + figures.used.index(figures.segment_ids.index(segment))
    live.put("Exposures", FIRST + row + 1, col + 1, taken)
    live.engine.evaluate_all()

    market = tuple(
        replace(m, value=leg) if m.region == "US" else m for m in FACTOR.market
    )
    scenario = stresskit.Scenario(
        replace(FACTOR, market=market),
        severity,
        mode,
        shocks={figures.segment_ids[k]: shock},
    )
    sensitivities = {**exposure.sensitivities, segment: taken}
    exposures = changed_exposures(
        result.exposures, row, beta=beta, sensitivities=sensitivities
    )
    wanted = stresskit.stress(result.portfolio, exposures, scenario)
    assert_matches(live, wanted, names=False)
    assert live["InputsUnchanged"] is False
    other = compute(wanted, None).stressed
    lines = [live.engine.get_value("Sensitivities", 6 + n, 2) for n in range(8)]
    lines += [
        live.engine.get_value("Sensitivities", live.layout.estimates_first + 3 + n, 2)
        for n in range(len(live.layout.variants) - 8)
    ]
    grid = [float(v.pnl.sum()) for v in variants_of(other)]
    assert lines == pytest.approx(grid, rel=1e-9, abs=1e-6)


def test_a_hedge_ratio_scales_the_hedge(folder):
    """Half the ratio is half of orders, cost and effect, in every scenario."""
    result, plan = made("growth", folder)
    live = Live(result, plan)
    number = next(n for n, h in enumerate(plan.hedges) if h.legs)
    hedge, row = plan.hedges[number], live.layout.FAMILY_FIRST + number + 1

    live.set("Hedges", row, RATIO + 1, 0.5)

    def value(col):
        return live.engine.get_value("Hedges", row, col + 1)

    actual = [value(c) for c in (GROSS, COST, PNL, RESIDUAL)]
    gross = sum(leg.notional for leg in hedge.legs)
    left = result.pnl + 0.5 * hedge.hedge_pnl - 0.5 * hedge.cost
    expected = [0.5 * gross, 0.5 * hedge.cost, 0.5 * hedge.hedge_pnl, left]
    assert actual == pytest.approx(expected, rel=1e-9)
    shown = [h for h in plan.hedges if h.legs].index(hedge)
    detail = [
        live.engine.get_value("Hedge detail", 7 + n, 4 + 2 * shown)
        for n in range(len(plan.scenarios))
    ]
    assert detail == pytest.approx([0.5 * p for p in hedge.pnls], rel=1e-9, abs=1e-6)


@pytest.mark.libreoffice
@pytest.mark.parametrize("name", KINDS)
def test_libreoffice_agrees(name, folder, tmp_path):
    """LibreOffice, made to recalculate, gives the cached values and no error."""
    result, plan = made(name, folder)
    path = stresskit.write_report(tmp_path / "report.xlsx", result, plan)

    after = openpyxl.load_workbook(recalculate(path, tmp_path), data_only=True)

    odd = [
        (sheet.title, cell.coordinate, cell.value)
        for sheet in openpyxl.load_workbook(path, data_only=True)
        for row in sheet.iter_rows()
        for cell in row
        if not same(
            after[sheet.title][cell.coordinate].value,
            cell.value,
            abs(result.base_value) + 1,
        )
    ]
    assert odd == []
