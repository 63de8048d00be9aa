"""The reports of the examples: recalculated, changed, and compared with the engine."""

from __future__ import annotations

import openpyxl
import pytest
from examples_run import EXAMPLES, ROOT
from live_workbook import Live, assert_matches, recalculate, same

import stresskit
from stresskit.pipeline import example_files

FACTOR = stresskit.load_factor("deepseek-2025-01-27")


def stressed(name, **scenario):
    """Stress an example under a scenario."""
    assert (ROOT / "examples" / name).is_dir()
    holdings, fx = example_files(name)
    portfolio = stresskit.read_holdings(holdings, fx=fx)
    exposures = stresskit.map_exposures(portfolio, FACTOR)
    return stresskit.stress(
        portfolio, exposures, stresskit.Scenario(FACTOR, **scenario)
    )


@pytest.fixture(scope="module", params=EXAMPLES)
def example(request):
    """An example's result with its hedges."""
    result = stressed(request.param)
    return request.param, result, stresskit.hedge(result)


def test_every_formula_gives_its_cached_value(example):
    """Recalculated from scratch, no cell of the report differs by more than 1e-9."""
    _, result, plan = example

    assert Live(result, plan).differences(abs(result.base_value)) == []


def test_changed_inputs_give_what_the_engine_gives(example):
    """Severity and mode, changed in the sheet, do what they do in the engine."""
    name, result, plan = example
    live = Live(result, plan)

    live.set(*live.place("Severity"), 2.0)
    assert_matches(live, stressed(name, severity=2.0))

    live.set(*live.place("ScenarioMode"), "replay")
    assert_matches(live, stressed(name, severity=2.0, mode="replay"))


@pytest.mark.libreoffice
@pytest.mark.parametrize("name", EXAMPLES)
def test_libreoffice_agrees_on_the_examples(name, tmp_path):
    """LibreOffice, made to recalculate, gives the cached values and no error."""
    result = stressed(name)
    path = stresskit.write_report(tmp_path / "report.xlsx", result)

    after = openpyxl.load_workbook(recalculate(path, tmp_path), data_only=True)

    odd = [
        (sheet.title, cell.coordinate, cell.value)
        for sheet in openpyxl.load_workbook(path, data_only=True)
        for row in sheet.iter_rows()
        for cell in row
        if not same(
            after[sheet.title][cell.coordinate].value,
            cell.value,
            abs(result.base_value),
        )
    ]
    assert odd == []
