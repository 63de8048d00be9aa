"""Reports to be verified: made, and tampered with in their parts."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl

import stresskit

COLUMNS = ["Ticker", "ISIN", "Name", "Type", "Market Value", "Currency"]
LINES = [
    ["NVDA", "US67066G1040", "NVIDIA CORP", "Equity", 400000, "USD"],
    ["VST", "US92840M1027", "VISTRA CORP", "Equity", 100000, "USD"],
    ["PG", "US7427181091", "PROCTER & GAMBLE", "Equity", 250000, "USD"],
    ["SPY", "US78462F1030", "SPDR S&P 500 ETF", "ETF", 200000, "USD"],
    [None, None, "US DOLLAR", "Cash", 50000, "USD"],
]
# Without the section that validates the factor, which takes a second.
SECTIONS = "summary, positions, run-log"


def write_holdings(path: Path, *rows: list[Any]) -> Path:
    """Write a workbook of holdings, the usual ones if no rows are given."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in (COLUMNS, *(rows or LINES)):
        page.append(row)
    book.save(path)
    return path


def write_run(
    path: Path, holdings: Path, *, severity: float = 1.0, **look: Any
) -> stresskit.StressResult:
    """Stress the holdings under the event and write the report."""
    portfolio = stresskit.read_holdings(holdings)
    factor = stresskit.load_factor("deepseek-2025-01-27")
    exposures = stresskit.map_exposures(portfolio, factor)
    scenario = stresskit.Scenario(factor, severity, shocks={"MEMORY": -0.2})
    result = stresskit.stress(portfolio, exposures, scenario)
    stresskit.write_report(path, result, **({"sections": SECTIONS} | look))
    return result


def edited(
    report: Path, copy: Path, change: Callable[[str, bytes], bytes | None]
) -> Path:
    """Copy a report part by part; a part that becomes None is left out."""
    with zipfile.ZipFile(report) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content, zipfile.ZIP_DEFLATED)
    return copy


def replaced(old: bytes, new: bytes) -> Callable[[str, bytes], bytes]:
    """Return a change that puts one text in the place of another, everywhere."""
    return lambda _, content: content.replace(old, new)


def set_cell(report: Path, copy: Path, sheet: str, cell: str, value: object) -> Path:
    """Change a cell and keep all else to the letter."""
    from xml.sax.saxutils import escape

    titles = openpyxl.load_workbook(report, read_only=True).sheetnames
    part = f"xl/worksheets/sheet{titles.index(sheet) + 1}.xml"
    start = f'<c r="{cell}"'.encode()

    def change(name: str, content: bytes) -> bytes:
        if name != part:
            return content
        first = content.index(start)
        head = content.index(b">", first) + 1
        # A blank cell has no end of its own.
        blank = content[head - 2 : head] == b"/>"
        end = head if blank else content.index(b"</c>", first) + 4
        old = content[first:end]
        formula = b""
        if b"<f>" in old:
            formula = old[old.index(b"<f>") : old.index(b"</f>") + 4]
        new = start + b">" + formula + f"<v>{value}</v></c>".encode()
        if isinstance(value, str):
            text = f' t="inlineStr"><is><t>{escape(value)}</t></is></c>'
            new = start + text.encode()
        return content[:first] + new + content[end:]

    return edited(report, copy, change)
