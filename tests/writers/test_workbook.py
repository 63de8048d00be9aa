"""The Excel report: live, exact, safe, reproducible."""

from __future__ import annotations

import io
import math
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
from live_workbook import Live, assert_matches, recalculate, same

from stresskit.model import HedgePlan, StressResult
from stresskit.writers import write_workbook
from stresskit.writers.workbook import workbook_bytes

SHEETS = [
    "Summary",
    "Scenario",
    "Attribution",
    "Heat map",
    "Breakdowns",
    "Positions",
    "Exposures",
    "Sensitivities",
    "Grid",
    "Hedges",
    "Hedge detail",
    "Data quality",
    "Validation",
    "Assumptions",
    "Method",
    "Limitations",
    "Checks",
    "Run log",
    "Order values",
]


@pytest.mark.parametrize("name", ["result", "replay", "weights", "gains"])
def test_recalculation_gives_the_cached_values(
    name: str, request: pytest.FixtureRequest, by_hand: SimpleNamespace
) -> None:
    """Every formula gives the engine's number, to nine digits, without an error."""
    result = request.getfixturevalue(name)
    plan = by_hand.make_plan(result) if name in ("result", "weights") else None
    assert Live(result, plan).differences(abs(result.base_value)) == []


def test_the_severity_cell_drives_everything(
    result: StressResult, plan: HedgePlan, by_hand: SimpleNamespace
) -> None:
    """Severity 2 in the workbook is severity 2 in the formulas."""
    live = Live(result, plan)
    live.set(*live.place("Severity"), 2.0)
    assert_matches(
        live, by_hand.stress(*by_hand.holdings(), by_hand.Inputs(severity=2.0))
    )
    assert live["InputsUnchanged"] is False
    harder = by_hand.make_plan(
        by_hand.stress(*by_hand.holdings(), by_hand.Inputs(severity=2.0))
    )
    left = [live.engine.get_value("Hedges", 5 + n, 7) for n in range(3)]
    assert left == pytest.approx([h.residual_pnl for h in harder.hedges], rel=1e-9)


def test_the_mode_cell_adds_own_moves(
    result: StressResult, by_hand: SimpleNamespace
) -> None:
    """Replay in the workbook is replay in the formulas."""
    live = Live(result)
    live.set(*live.place("ScenarioMode"), "replay")
    assert_matches(
        live, by_hand.stress(*by_hand.holdings(), by_hand.Inputs(mode="replay"))
    )
    assert str(live.engine.get_value("Summary", 4, 2)).startswith("If the same day")


def test_a_shock_of_ones_own_has_no_standard_error(
    result: StressResult, by_hand: SimpleNamespace
) -> None:
    """Changing a segment's shock flows, and its error is none, as in the engine."""
    live = Live(result)
    live.set("Scenario", live.find("Scenario", "IPP_NUC"), 8, -0.4)
    shocks = (by_hand.SHOCKS[0], -0.4, *by_hand.SHOCKS[2:])
    errors = (0.012, 0.0, 0.006, 0.002, 0.002)
    assert_matches(
        live,
        by_hand.stress(
            *by_hand.holdings(), by_hand.Inputs(shocks=shocks, errors=errors)
        ),
    )


def test_a_market_leg_flows(result: StressResult, by_hand: SimpleNamespace) -> None:
    """Changing Europe's market leg moves European positions and no other."""
    live = Live(result)
    live.set("Scenario", live.find("Scenario", "Europe"), 8, -0.05)
    market = tuple((by_hand.MARKET | {"Europe": -0.05}).items())
    assert_matches(
        live, by_hand.stress(*by_hand.holdings(), by_hand.Inputs(market=market))
    )


SEVERAL = {"US": 0.55, "Europe": 0.3, "Japan": 0.15}


def test_a_fund_of_several_markets_is_live(by_hand: SimpleNamespace) -> None:
    """Its market leg is the shares times the regions' legs, one formula, as reckoned.

    0.55 x 0.94% + 0.3 x 0 + 0.15 x 0 = 0.517%; with Europe at -5% it is
    0.517% - 0.3 x 5% = -0.983%.
    """
    positions, exposures = by_hand.holdings()
    world = (replace(exposures[0], market_shares=SEVERAL), *exposures[1:])
    result = by_hand.stress(positions, world, by_hand.Inputs())
    live = Live(result)
    row = live.find("Exposures", "NVDA")
    head = {c.value: c.column for r in live.formulas["Exposures"]["A10:Z10"] for c in r}
    leg = live.formulas["Exposures"].cell(row, head["Market return"]).value

    assert [leg.count(f"{v!r}*Scenario!") for v in SEVERAL.values()] == [1, 1, 1]
    shown = live.formulas["Exposures"].cell(row, head["Region"]).value
    assert shown == "US 55%, Europe 30%, Japan 15%"
    value = live.engine.get_value("Exposures", row, head["Market return"])
    assert value == pytest.approx(0.00517, rel=1e-9)
    assert result.by_position[0].market_return == pytest.approx(0.00517, rel=1e-9)
    assert live.differences(abs(result.base_value)) == []
    assert_matches(live, result)
    live.set("Scenario", live.find("Scenario", "Europe"), 8, -0.05)
    value = live.engine.get_value("Exposures", row, head["Market return"])
    assert value == pytest.approx(-0.00983, rel=1e-9)
    market = tuple((by_hand.MARKET | {"Europe": -0.05}).items())
    assert_matches(
        live, by_hand.stress(positions, world, by_hand.Inputs(market=market))
    )


def test_a_hedge_notional_flows(result: StressResult, plan: HedgePlan) -> None:
    """Doubling a leg doubles its cost, P&L and quantity."""
    live = Live(result, plan)
    row = live.find("Hedges", "SMH")
    live.set("Hedges", row, 5, 1_200_000.0)
    leg = plan.hedges[0].legs[0]
    actual = [live.engine.get_value("Hedges", row, col) for col in (4, 7, 9)]
    assert actual == pytest.approx([2 * leg.quantity, 2 * leg.cost, 2 * leg.pnl])
    wanted = plan.hedges[0].residual_pnl + leg.pnl - leg.cost
    assert live.engine.get_value("Hedges", 5, 7) == pytest.approx(wanted, rel=1e-9)
    assert live["MasterCheck"] is True


def test_the_floor_holds(by_hand: SimpleNamespace) -> None:
    """At severity 10 no long loses more than it is worth."""
    positions, exposures = by_hand.holdings()
    geared = (replace(exposures[1], sensitivities={"IPP_NUC": 1.9}), *exposures[2:])
    live = Live(by_hand.stress(positions[1:], geared, by_hand.Inputs()))
    live.set(*live.place("Severity"), 10.0)
    wanted = by_hand.stress(positions[1:], geared, by_hand.Inputs(severity=10.0))
    assert_matches(live, wanted)
    assert wanted.by_position[0].pnl == -800_000.0


def test_a_wrong_number_turns_the_master_check(result: StressResult) -> None:
    """A P&L that is not the positions' makes the master check false, cached too."""
    wrong = replace(result, pnl=result.pnl + 1.0)
    live = Live(wrong)
    assert live["MasterCheck"] is False
    sheet, row, col = live.place("MasterCheck")
    assert live.cached[sheet].cell(row, col).value is False


def test_text_of_users_stays_text(result: StressResult, plan: HedgePlan) -> None:
    """Names that look like formulas, links or commands are cells of text."""
    live = Live(result, plan)
    wanted = {
        '=HYPERLINK("http://x","=1+1")',
        "@nothing is known of it",
        "+cmd|' /C calc'!A0",
        "=1+1 could not be placed; it keeps a wide range.",
    }
    cells = [c for s in live.formulas for row in s.iter_rows() for c in row]
    assert wanted <= {c.value for c in cells if c.data_type == "s"}
    assert [
        c.value for c in cells if c.data_type == "f" and c.value[1:] in wanted
    ] == []
    assert [c.coordinate for c in cells if c.hyperlink] == []


def test_odd_characters_are_left_out(result: StressResult) -> None:
    """Control characters, lone surrogates and endless text make no broken file."""
    first, *others = result.by_position
    odd = replace(first.position, name="A\x00\x07\ud800B" + "x" * 40_000)
    odd_result = replace(result, by_position=(replace(first, position=odd), *others))
    name = Live(odd_result).cached["Positions"]["A11"].value
    assert (name[:3], len(name)) == ("ABx", 32_000)


def test_what_is_not_known_is_a_dash(result: StressResult) -> None:
    """NaN is written as a dash and breaks nothing."""
    first, *others = result.by_position
    vague = replace(first, exposure=replace(first.exposure, confidence=math.nan))
    live = Live(replace(result, by_position=(vague, *others)))
    assert live.cached["Positions"]["F11"].value == "—"


def test_the_same_run_gives_the_same_bytes(
    result: StressResult, plan: HedgePlan
) -> None:
    """Written twice, a report is identical, and says when its run was made."""
    first = workbook_bytes(result, plan)
    assert workbook_bytes(result, plan) == first
    properties = openpyxl.load_workbook(io.BytesIO(first)).properties
    assert f"{properties.created:%Y-%m-%d %H:%M}" == "2025-02-03 09:30"
    assert properties.keywords == result.run["id"]


def test_sheets_and_names(result: StressResult, plan: HedgePlan) -> None:
    """Sheets come in reading order; the names others rely on exist."""
    live = Live(result, plan)
    assert live.formulas.sheetnames == SHEETS
    names = {"NAV", "Severity", "PnL", "BandMultiplier", "MasterCheck", "Coverage"}
    assert names <= set(live.formulas.defined_names)


def test_without_a_plan(result: StressResult) -> None:
    """There is no Hedges sheet, and the summary says so."""
    live = Live(result)
    assert "Hedges" not in live.formulas.sheetnames
    texts = {c.value for row in live.cached["Summary"].iter_rows() for c in row}
    assert "No hedges were asked for in this run." in texts


def test_the_answer(result: StressResult) -> None:
    """The first sentences say the loss, its share, its range and what is left out."""
    assert Live(result).cached["Summary"]["B4"].value == (
        "In an event of this kind (severity 1.00), this portfolio would lose USD "
        "365,000 (9.94% of its value). The 90% range, given the scenario, runs from a "
        "loss of USD 493,000 to a loss of USD 237,000. Only 87% of the gross value is "
        "covered."
    )


def test_the_answer_of_a_gain(gains: StressResult) -> None:
    """A portfolio that gains is said to gain."""
    assert "would gain USD 59,400" in Live(gains).cached["Summary"]["B4"].value


def test_the_answer_for_weights(weights: StressResult) -> None:
    """Amounts of a weight-only portfolio are shares of it, without a currency."""
    live = Live(weights)
    assert live.cached["Summary"]["B4"].value.startswith(
        "In an event of this kind (severity 1.00), this portfolio would lose 9.94% of "
        "the value. The 90% range"
    )
    assert live.formulas["Positions"]["H11"].number_format == "0.00%;[Red]-0.00%;-"


def test_charts_say_their_message(result: StressResult) -> None:
    """Every chart has alt text with the figure it shows."""
    with zipfile.ZipFile(io.BytesIO(workbook_bytes(result))) as archive:
        drawings = [
            archive.read(n).decode()
            for n in archive.namelist()
            if n.startswith("xl/drawings/drawing")
        ]
    texts = [part.split('"')[0] for d in drawings for part in d.split('descr="')[1:]]
    bars = "Bars of P&amp;L by segment. AI accelerators comes first with a loss of USD"
    steps = "Waterfall of the P&amp;L from the market, groups of segments and the rest"
    assert sorted(texts) == [
        f"{bars} 212,000.",
        "Line of the P&amp;L by severity: a loss of USD 695,000 at severity 2, as run.",
        f"{steps}, ending at a loss of USD 365,000.",
        f"{steps}, ending at a loss of USD 365,000.",
    ]


@pytest.mark.libreoffice
@pytest.mark.parametrize("name", ["result", "replay", "weights"])
def test_libreoffice_agrees(
    name: str, request: pytest.FixtureRequest, tmp_path: Path, by_hand: SimpleNamespace
) -> None:
    """LibreOffice, made to recalculate, gives the cached values."""
    result = request.getfixturevalue(name)
    path = tmp_path / "report.xlsx"
    write_workbook(
        path, result, by_hand.make_plan(result) if name == "result" else None
    )
    again = recalculate(path, tmp_path)
    before = openpyxl.load_workbook(path, data_only=True)
    after = openpyxl.load_workbook(again, data_only=True)
    scale = abs(result.base_value)
    odd = [
        (sheet.title, cell.coordinate, cell.value, other)
        for sheet in before
        for row in sheet.iter_rows()
        for cell in row
        if not same(
            other := after[sheet.title][cell.coordinate].value, cell.value, scale
        )
    ]
    assert odd == []
