"""Files as people get them, read as a careful analyst reads them by hand."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from stresskit.errors import HoldingsError
from stresskit.model import Portfolio, Position
from stresskit.readers import read_holdings_file

_DATA = Path(__file__).parents[2] / "data" / "holdings"
_CASES: dict[str, dict[str, Any]] = json.loads(
    (_DATA / "expected.json").read_text(encoding="utf-8")
)
_READ = [name for name, case in _CASES.items() if not case["refused"]]
_REFUSED = [name for name, case in _CASES.items() if case["refused"]]
_TOLD = [name for name in _READ if _CASES[name]["issues"]]
_CLEAN = [name for name in _READ if not _CASES[name]["issues"]]


def read(name: str) -> Portfolio:
    """Read the file of a case with the options a human would give."""
    case = _CASES[name]
    path = _DATA / "files" / case.get("file", name)
    return read_holdings_file(path, **case["options"])


def same(found: object, wanted: object) -> bool:
    """Compare exactly, floats to 1e-9 relative, and of tables the keys wanted."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            same(found.get(key), value) for key, value in wanted.items()
        )
    if isinstance(wanted, int | float) and isinstance(found, int | float):
        return bool(found == pytest.approx(wanted, rel=1e-9, abs=0))
    return found == wanted


def place(position: dict[str, Any], *, sheets: bool) -> tuple[str | None, int | None]:
    """Give sheet and row of a position, or the row alone where no sheet is known."""
    return (position.get("sheet") if sheets else None, position.get("row"))


def fields(position: Position) -> dict[str, Any]:
    """Give a position as a table of its fields."""
    found = {f.name: getattr(position, f.name) for f in dataclasses.fields(position)}
    ids = position.identifiers
    return {
        **found,
        "identifiers": {f.name: getattr(ids, f.name) for f in dataclasses.fields(ids)},
    }


def different_positions(found: Portfolio, wanted: list[dict[str, Any]]) -> list[str]:
    """Name the positions that are missing, too many or other than they should be."""
    rows = [fields(p) for p in found.positions]
    sheets = any("sheet" in p for p in wanted)
    if all("row" in p for p in wanted):
        at = {place(r, sheets=sheets): r for r in rows}
        asked = {place(p, sheets=sheets): p for p in wanted}
    else:
        at = {(None, n): r for n, r in enumerate(rows)}
        asked = {(None, n): p for n, p in enumerate(wanted)}
    out = [
        f"{p}: read, {at[p]['name']!r}, but no position" for p in at if p not in asked
    ]
    for key, position in asked.items():
        if key not in at:
            out.append(f"{key}: not read, {position.get('name')!r}")
            continue
        out += [
            f"{key}: {field} is {at[key].get(field)!r}, should be {value!r}"
            for field, value in position.items()
            if not same(at[key].get(field), value)
        ]
    return out


@pytest.mark.parametrize("name", _READ)
def test_a_file_is_read_as_by_hand(name):
    """Every field that the file determines is as in the expected reading."""
    case, found = _CASES[name], read(name)
    stated = {
        "base_currency": found.base_currency,
        "as_of": found.as_of and found.as_of.isoformat(),
        "total_value": found.total_value,
        "stated_total": found.stated_total,
    }
    out = [
        f"{key} is {value!r}, should be {case[key]!r}"
        for key, value in stated.items()
        if key in case and not same(value, case[key])
    ]
    out += different_positions(found, case["positions"])
    assert out == [], "\n".join([case["why"], *out])


@pytest.mark.parametrize("name", _TOLD)
def test_the_user_is_told(name):
    """Each idea (alternatives parted by bars) is in the words of some issue."""
    said = [f"{i.code} {i.message} {i.fix} {i.value}" for i in read(name).issues]
    missing = [
        idea
        for idea in _CASES[name]["issues"]
        if not any(re.search(idea, text, re.IGNORECASE) for text in said)
    ]
    assert missing == [], said


@pytest.mark.parametrize("name", _CLEAN)
def test_nothing_is_wrong_with_a_clean_file(name):
    """A file in which nothing is wrong has no issue that says error."""
    wrong = [i.message for i in read(name).issues if i.severity == "error"]
    assert wrong == []


@pytest.mark.parametrize("name", _REFUSED)
def test_a_file_without_a_portfolio_is_refused(name):
    """No number comes of a file in which there is nothing to compute."""
    with pytest.raises(HoldingsError) as error:
        read(name)
    assert error.value.hint
