"""Amounts and the answer as sentences: once as formulas, once as their values.

FIXED writes numbers the way the reader's own Excel does; TEXT would read its
format letters differently in a German or French one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from stresskit.writers.text import clean_text

if TYPE_CHECKING:
    from stresskit.writers.workbook.layout import Layout

# Below this share of the gross value the headline says what is left out.
LITTLE_COVERED = 0.995
SCALES = ((1e9, " billion"), (1e6, " million"))


def amount(layout: Layout, value: float) -> str:
    """Return the size of an amount in three digits, without its sign."""
    size = abs(value)
    if layout.shares:
        return f"{size * 100:,.{_decimals(size * 100)}f}% of the portfolio"
    unit = f"{layout.result.currency} " if layout.result.currency else ""
    for scale, word in SCALES:
        if size >= scale:
            return f"{unit}{size / scale:,.{_decimals(size / scale)}f}{word}"
    if size < 1:
        return f"{unit}{size:,.2f}"
    return f"{unit}{round(size, 2 - math.floor(math.log10(size))):,.0f}"


def amount_formula(layout: Layout, value: str) -> str:
    """Return the formula of ``amount`` for a cell or name."""
    size = f"ABS({value})"
    if layout.shares:
        return f'{_fixed(f"{size}*100")}&"% of the portfolio"'
    unit = f"{clean_text(layout.result.currency)} " if layout.result.currency else ""
    unit = unit.replace('"', '""')
    small = f"FIXED(ROUND({size},2-INT(LOG10(MAX({size},1)))),0)"
    text = f"IF({size}<1,FIXED({size},2),{small})"
    for scale, word in reversed(SCALES):
        text = (
            f'IF({size}>={scale:.0f},{_fixed(f"{size}/{scale:.0f}")}&"{word}",{text})'
        )
    return f'"{unit}"&{text}'


def spoken(layout: Layout, value: float) -> str:
    """Return an amount with its meaning: a loss of, a gain of."""
    if value == 0:
        return "no change"
    kind = "a loss of" if value < 0 else "a gain of"
    return f"{kind} {amount(layout, value)}"


def spoken_formula(layout: Layout, value: str) -> str:
    """Return the formula of ``spoken``."""
    words = amount_formula(layout, value)
    return f'IF({value}=0,"no change",IF({value}<0,"a loss of ","a gain of ")&{words})'


def answer(layout: Layout) -> str:
    """Return the answer in one sentence."""
    r = layout.result
    start = (
        "If the same day came again"
        if r.scenario.mode == "replay"
        else ("In an event of this kind")
    )
    verb = (
        "keep its value"
        if r.pnl == 0
        else f"{'lose' if r.pnl < 0 else 'gain'} {amount(layout, r.pnl)}"
    )
    part = ""
    if r.base_value > 0 and not layout.shares and r.pnl != 0:
        size = abs(r.pnl / r.base_value) * 100
        part = f" ({size:,.{_decimals(size)}f}% of its value)"
    return (
        f"{start} (severity {r.scenario.severity:,.2f}), this portfolio would "
        f"{verb}{part}. The {r.band.level:.0%} range, given the scenario, runs from "
        f"{spoken(layout, r.band.low)} to {spoken(layout, r.band.high)}."
        f"{_caveat(layout)}"
    )


def answer_formula(layout: Layout) -> str:
    """Return the formula of ``answer``, which follows the severity."""
    part = '""'
    if not layout.shares:
        share = _fixed("ABS(PnL/NAV)*100")
        part = f'IF(NAV>0," ("&{share}&"% of its value)","")'
    level = f"{layout.result.band.level:.0%}"
    return (
        '=IF(ScenarioMode="replay","If the same day came again",'
        '"In an event of this kind")&" (severity "&FIXED(Severity,2)&'
        '"), this portfolio would "&IF(PnL=0,"keep its value",'
        f'IF(PnL<0,"lose ","gain ")&{amount_formula(layout, "PnL")}&{part})'
        f'&". The {level} range, given the scenario, runs from "&'
        f"{spoken_formula(layout, 'BandLow')}"
        f'&" to "&{spoken_formula(layout, "BandHigh")}&".{_caveat(layout)}"'
    )


def _caveat(layout: Layout) -> str:
    """Return what must be said with the answer where little of it is known."""
    ratio = layout.result.coverage_ratio
    if ratio >= LITTLE_COVERED:
        return ""
    return f" Only {ratio:.0%} of the gross value is covered."


def _decimals(size: float) -> int:
    """Return the decimals that show three digits, two at most."""
    return min(max(2 - math.floor(math.log10(size)), 0), 2) if size > 0 else 2


def _fixed(size: str) -> str:
    digits = f"MIN(2,MAX(0,2-INT(LOG10(MAX({size},0.01)))))"
    return f"FIXED({size},{digits})"
