"""The long/short example, line by line, from the files alone and with plain Python."""

from __future__ import annotations

import csv
import math
import tomllib
from pathlib import Path

import openpyxl
import pytest

import stresskit

ROOT = Path(__file__).parent.parent
BOOK = ROOT / "examples" / "long-short" / "holdings.xlsx"
FACTOR = ROOT / "factors" / "deepseek-2025-01-27"
CHAIN = ROOT / "factors" / "ai-value-chain"


def fractions(text):
    """Return ``NAME=NUMBER;...`` as a dictionary."""
    return {k: float(v) for k, v in (p.split("=") for p in text.split(";") if p)}


def evidence():
    """Return beta, sensitivities and own-name move by ticker, as moves.csv has them."""
    with (FACTOR / "moves.csv").open(newline="", encoding="utf-8") as file:
        return {
            r["ticker"]: (
                float(r["beta"]),
                fractions(r["sensitivities"]),
                float(r["own_name"] or 0.0),
            )
            for r in csv.DictReader(file)
            if r["beta"] and r["sensitivities"]
        }


def funds():
    """Return the proxy of each fund that follows another, by ticker."""
    with (CHAIN / "funds.csv").open(newline="", encoding="utf-8") as file:
        return {
            r["ticker"]: r["proxy"].split(":")[0]
            for r in csv.DictReader(file)
            if r["placed_by"] == "proxy"
        }


def lines():
    """Return ticker and signed market value of each line of the spreadsheet."""
    sheet = openpyxl.load_workbook(BOOK).worksheets[0]
    for row in list(sheet.iter_rows(values_only=True))[4:]:
        ticker, _, side, _, _, value, _ = row
        yield (ticker or "CASH").split()[0], (-1 if side == "Short" else 1) * value


def scaled(move, severity):
    """Return ``(1 + f)^s - 1`` of a loss, of a gain no more than the event's own."""
    s = severity if move < 0 else min(severity, 1.0)
    return math.pow(1.0 + move, s) - 1.0


def by_hand(severity, *, replay):
    """Return the P&L of each line: ``V (beta m + sum x f + a)``, cash zero."""
    table = tomllib.loads((FACTOR / "factor.toml").read_text(encoding="utf-8"))
    (leg,) = [m["value"] for m in table["market"] if m["region"] == "US"]
    market = scaled(leg, severity)
    shocks = {s["segment"]: scaled(s["shrunk"], severity) for s in table["shocks"]}
    known, proxies = evidence(), funds()
    found = []
    for ticker, value in lines():
        if ticker == "CASH":
            found.append(0.0)
            continue
        beta, x, own = known[proxies.get(ticker, ticker)]
        fund = ticker in proxies or ticker in ("XLU", "IWM", "SOXX")
        a = scaled(own, severity) if replay and not fund else 0.0
        local = beta * market + sum(v * shocks[k] for k, v in x.items()) + a
        found.append(value * max(local, -1.0))
    return found


@pytest.mark.parametrize("severity", [1.0, 0.5, 2.0])
@pytest.mark.parametrize("mode", ["factor", "replay"])
def test_each_line_is_what_the_files_give(severity, mode):
    """23 shares and funds long and short and the cash, and their sum."""
    portfolio = stresskit.read_holdings(BOOK)
    factor = stresskit.load_factor("deepseek-2025-01-27")
    exposures = stresskit.map_exposures(portfolio, factor)
    scenario = stresskit.Scenario(factor, severity=severity, mode=mode)

    result = stresskit.stress(portfolio, exposures, scenario)

    expected = by_hand(severity, replay=mode == "replay")
    assert len(expected) == 24
    # The files have ten digits; the largest line is half a million.
    assert [r.pnl for r in result.by_position] == pytest.approx(expected, abs=1e-3)
    assert result.pnl == pytest.approx(sum(expected), abs=1e-2)
