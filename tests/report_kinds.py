"""Portfolios of all kinds, small ones, that a report has to get right."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import stresskit
from stresskit.pipeline import example_files

FACTOR = stresskit.load_factor("deepseek-2025-01-27")
HEAD = "Ticker,Name,Asset class,Quantity,Price,Currency,Market value,Account\n"


@dataclass(frozen=True)
class Kind:
    """One kind of portfolio: its lines or an example, the scenario, a hedge or none."""

    lines: str = ""
    example: str = ""
    scenario: dict = field(default_factory=dict)
    families: tuple[str, ...] = ()
    head: str = HEAD


KINDS = {
    "growth": Kind(example="us-growth", families=("overlay", "trim")),
    "balanced": Kind(example="european-balanced"),
    "long-short": Kind(example="long-short", families=("pairs",)),
    "multi-asset": Kind(example="multi-asset", families=("options",)),
    "replayed": Kind(example="us-growth", scenario={"mode": "replay", "severity": 2.0}),
    "days later": Kind(example="multi-asset", scenario={"day": 5}),
    "not at all": Kind(example="us-growth", scenario={"severity": 0.0}),
    "gains": Kind(
        lines="NVDA,NVIDIA,equity,-1000,142.6,USD,-142600,A\n"
        "VST,Vistra,equity,-500,187,USD,-93500,A\n"
        ",Cash,cash,,,USD,900000,A\n",
        families=("overlay", "nothing"),
    ),
    "no theme": Kind(
        lines="PG,Procter & Gamble,equity,100,164,USD,16400,A\n"
        "KO,Coca-Cola,equity,200,62,USD,12400,a\n"
        ",Cash,cash,,,USD,5000,B\n",
        families=("overlay", "nothing"),
    ),
    "cash alone": Kind(lines=",Cash,cash,,,USD,250000,A\n"),
    "nothing known": Kind(
        lines="XQZJ,Private Holding One,equity,10,100,USD,1000,A\n"
        "XQZK,Private Holding Two,equity,10,300,USD,3000,A\n"
    ),
    "weights": Kind(
        head="Ticker,Name,Weight\n",
        lines="NVDA,NVIDIA,40%\nVST,Vistra,25%\nMSFT,Microsoft,35%\n",
        families=("overlay",),
    ),
    "worth less than nothing": Kind(
        lines="NVDA,NVIDIA,equity,100,142.6,USD,14260,A\n"
        ",Margin loan,cash,,,USD,-50000,A\n"
    ),
    "one line": Kind(lines="CEG,Constellation Energy,equity,1,347,USD,347,A\n"),
    "fund and its share": Kind(
        lines="NVDL,GraniteShares 2x Long NVDA Daily ETF,fund,250,80,USD,20000,A\n"
        "NVDA,NVIDIA,equity,-200,142.6,USD,-28520,A\n"
        "QQQ,Invesco QQQ Trust,fund,100,529,USD,52900,A\n"
        "SQQQ,ProShares UltraPro Short QQQ,fund,500,30,USD,15000,A\n"
        + "NVDA,NVIDIA,equity,1,142.6,USD,142.6,B\n"
        * 45
    ),
    "total loss over days": Kind(
        lines="NVDL,GraniteShares 2x Long NVDA Daily ETF,fund,250,80,USD,20000,A\n"
        "TQQQ,ProShares UltraPro QQQ,fund,200,80,USD,16000,A\n",
        scenario={"severity": 10.0, "day": 1},
    ),
    "billions": Kind(
        lines="NVDA,NVIDIA,equity,90000000,142.62,USD,12835800000,A\n"
        "AVGO,Broadcom,equity,20000000,244.7,USD,4894000000,A\n"
    ),
    "hostile words": Kind(
        lines='NVDA,"=HYPERLINK(""http://x"",""y"")",equity,10,142,USD,1420,"=1+1"\n'
        'VST,"+cmd|/c calc",equity,10,187,USD,1870,"*"\n'
        'CEG,"@SUM(A1)\t\u202eevil {0} {unit} \U0001f600",equity,10,347,USD,3470,">0"\n'
        f"MSFT,{'very long name ' * 2500},equity,10,440,USD,4400,?\n"
        "AAPL,\x01\x02 control,equity,10,222,USD,2220,a'b\n"
    ),
}


@cache
def made(name: str, folder: Path):
    """Return a kind's result and its plan, if it has one."""
    kind = KINDS[name]
    fx = None
    if kind.example:
        path, fx = example_files(kind.example)
    else:
        path = folder / f"{name}.csv"
        path.write_text(kind.head + kind.lines, encoding="utf-8")
    portfolio = stresskit.read_holdings(path, fx=fx)
    exposures = stresskit.map_exposures(portfolio, FACTOR)
    scenario = stresskit.Scenario(FACTOR, **kind.scenario)
    result = stresskit.stress(portfolio, exposures, scenario)
    plan = None
    if kind.families:
        plan = stresskit.hedge(result, families=kind.families)
    return result, plan
