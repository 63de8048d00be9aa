"""The examples give what their ``expected`` folders say."""

from __future__ import annotations

import json

import pytest
from examples_run import EXAMPLES, ROOT, result_of, text_of


def assert_close(actual: object, expected: object, place: str, tolerance: float):
    """Compare two JSON values, numbers to a relative tolerance."""
    if isinstance(expected, dict):
        assert isinstance(actual, dict), place
        assert sorted(expected) == sorted(actual), place
        for key, value in expected.items():
            assert_close(actual[key], value, f"{place}.{key}", tolerance)
    elif isinstance(expected, list):
        assert isinstance(actual, list), place
        assert len(expected) == len(actual), place
        for n, value in enumerate(expected):
            assert_close(actual[n], value, f"{place}[{n}]", tolerance)
    elif isinstance(expected, float):
        assert actual == pytest.approx(expected, rel=tolerance, abs=1e-6), place
    else:
        assert actual == expected, place


@pytest.mark.parametrize("name", EXAMPLES)
def test_summary_is_as_expected(name):
    """The printed summary is the one in the example's folder, to the letter."""
    expected = ROOT / "examples" / name / "expected" / "summary.txt"

    assert text_of(name) == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EXAMPLES)
def test_result_is_as_expected(name):
    """The JSON is the one in the example's folder; hedges to the solver's precision."""
    path = ROOT / "examples" / name / "expected" / "result.json"
    expected = json.loads(path.read_text(encoding="utf-8"))
    actual = json.loads(result_of(name))

    hedges, wanted = actual.pop("hedges"), expected.pop("hedges")
    assert_close(actual, expected, name, 1e-9)
    # A solver's last digits differ between machines and versions.
    for hedge, want in zip(hedges, wanted, strict=True):
        assert hedge["family"] == want["family"]
        assert hedge["status"] == want["status"]
        assert hedge["residual_pnl"] == pytest.approx(want["residual_pnl"], rel=1e-3)
        total = actual["summary"]["pnl"] + hedge["hedge_pnl"] - hedge["cost"]
        assert hedge["residual_pnl"] == pytest.approx(total, rel=1e-9)
