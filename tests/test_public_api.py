"""What the package promises: its names, and what importing it costs."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import stresskit
from stresskit import errors
from stresskit.cli.failures import EXIT_CODES, exit_code_of

HEAVY = ("pandas", "numpy", "scipy", "openpyxl", "xlsxwriter", "riskfolio", "cvxpy")


def test_names_are_sorted_and_all_there():
    """Every promised name exists, and the list reads in order."""
    names = stresskit.__all__

    assert sorted(names) == names
    assert 15 <= len(names) <= 30
    for name in names:
        assert getattr(stresskit, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    """A typo fails like in any module."""
    with pytest.raises(AttributeError, match="no attribute 'streß'"):
        getattr(stresskit, "streß")  # noqa: B009 - the typo is the test


def test_importing_loads_nothing_heavy():
    """The package alone brings in none of the heavy libraries."""
    code = f"import stresskit, sys; print([m for m in {HEAVY} if m in sys.modules])"

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_a_stress_loads_no_optimiser():
    """Reading, mapping and stressing need neither riskfolio, cvxpy nor a solver."""
    code = """
import stresskit, sys
factor = stresskit.load_factor()
portfolio = stresskit.Portfolio(name="x", base_currency="USD", positions=(
    stresskit.Position(id="a", name="NVDA", market_value=1.0),))
exposures = stresskit.map_exposures(portfolio, factor)
stresskit.stress(portfolio, exposures, stresskit.Scenario(factor))
print([m for m in ("riskfolio", "cvxpy", "scipy.optimize") if m in sys.modules])
"""

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_mapping_takes_the_files_that_correct_it():
    """Files, and the day of the run, are given by name, and each may be left out."""
    signature = inspect.signature(stresskit.map_exposures)
    given = {k: p for k, p in signature.parameters.items() if p.kind == p.KEYWORD_ONLY}

    assert given.pop("suggest").default is True
    assert set(given) == {"overrides", "funds", "prices", "today"}
    assert [p.default for p in given.values()] == [None] * 4


def _tree(kind):
    return {kind, *(c for sub in kind.__subclasses__() for c in _tree(sub))}


def test_every_error_stands_in_the_tree_and_has_an_exit_code():
    """The drawing at the top of the module names each class; the command knows it."""
    kinds = _tree(errors.StresskitError)

    for kind in kinds:
        assert kind.__name__ in errors.__doc__
    for kind in kinds - {errors.StresskitError}:
        assert exit_code_of(kind("x")) in set(EXIT_CODES.values())
    assert issubclass(errors.InputError, ValueError)


def test_the_version_is_the_one_of_the_distribution():
    """The package and its metadata agree."""
    from importlib.metadata import version

    assert version("portfolio-stresskit") == stresskit.__version__
