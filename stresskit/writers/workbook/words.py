"""Amounts and sentences: once as formulas, once as their values.

A number in a sentence is put together from its digits, because FIXED and TEXT would
write it with the marks of the reader's program and not of the report's language.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from string import Formatter
from typing import TYPE_CHECKING

from stresskit.core.stress.answer import LITTLE_COVERED
from stresskit.writers.text import clean_text
from stresskit.writers.workbook.book import cell
from stresskit.writers.workbook.language import Given

if TYPE_CHECKING:
    from stresskit.writers.workbook.book import Sheet
    from stresskit.writers.workbook.language import Language
    from stresskit.writers.workbook.layout import Layout

POOR = 0.9
SCALES = ((1e9, "{number} billion"), (1e6, "{number} million"))
# What rounds to a thousand of a scale is one of the next.
ROUNDS_UP = 0.9995
LONGEST_LITERAL = 250
SHEET = "Checks"
VALUE, SCALE, DECIMALS, TEXT = 1, 2, 3, 4


@dataclass(frozen=True)
class Said:
    """A text as a formula (without its equals sign) and as its value."""

    formula: str
    value: str

    def __add__(self, other: Said) -> Said:
        return Said(f"{self.formula}&{other.formula}", self.value + other.value)


def fixed(text: str) -> Said:
    """Return a text that never changes."""
    text = clean_text(text)
    pieces = [
        text[n : n + LONGEST_LITERAL] for n in range(0, len(text), LONGEST_LITERAL)
    ]
    quoted = ('"' + p.replace('"', '""') + '"' for p in pieces or [""])
    return Said("&".join(quoted), text)


def either(condition: str, holds: bool, yes: Said, no: Said) -> Said:
    """Return one text or the other."""
    formula = f"IF({condition},{yes.formula},{no.formula})"
    return Said(formula, yes.value if holds else no.value)


def joined(language: Language, template: str, **parts: Said) -> Said:
    """Return one of our own sentences with texts in its blanks."""
    names = {name: f"{{{name}}}" for name in parts}
    translated = language.say(template, **names)
    found: Said | None = None
    for before, name, _, _ in Formatter().parse(translated):
        pieces = [fixed(before)] if before else []
        pieces += [parts[name]] if name else []
        for piece in pieces:
            found = piece if found is None else found + piece
    return found or fixed("")


@dataclass(frozen=True)
class Figure:
    """A figure that sentences name: its formula, its value, what it is.

    ``kind`` is ``amount`` (money in three digits), ``share`` (a percentage in three
    digits), ``whole`` (a percentage without decimals) or ``number`` (two decimals).
    """

    key: str
    formula: str
    value: float
    kind: str = "amount"


def rounded(value: float, decimals: int) -> float:
    """Return a number rounded as spreadsheets do, halves away from zero.

    Examples
    --------
    >>> rounded(0.125, 2), rounded(-1250.0, -2)
    (0.13, -1300.0)
    """
    places = Decimal(1).scaleb(-decimals)
    return float(Decimal(repr(value)).quantize(places, ROUND_HALF_UP))


def amount(layout: Layout, value: float) -> str:
    """Return the size of an amount in three digits, without its sign."""
    return _said(layout, "amount", abs(value))


def spoken(layout: Layout, value: float) -> str:
    """Return an amount with its meaning: a loss of, a gain of."""
    if value == 0:
        return layout.language.say("no change")
    words = "a loss of {amount}" if value < 0 else "a gain of {amount}"
    return layout.language.say(words, amount=amount(layout, value))


def _said(layout: Layout, kind: str, size: float) -> str:
    language = layout.language
    scale, decimals = _scale(layout, kind, size), _decimals(layout, kind, size)
    number = language.number(rounded(size / scale, decimals), max(decimals, 0))
    return _dressed(layout, kind, scale, number)


def _dressed(layout: Layout, kind: str, scale: float, number: str) -> str:
    language = layout.language
    if kind in ("share", "whole"):
        return number + language.percent
    if kind == "number":
        return number
    if layout.shares:
        return language.say("{share} of the value", share=number + language.percent)
    for size, words in SCALES:
        if scale == size:
            number = language.say(words, number=number)
    currency = layout.result.currency
    if not currency:
        return number
    return language.say("{currency} {amount}", currency=currency, amount=number)


def _scale(layout: Layout, kind: str, size: float) -> float:
    if kind in ("share", "whole") or (kind == "amount" and layout.shares):
        return 0.01
    if kind == "amount":
        for scale, _ in SCALES:
            if size >= ROUNDS_UP * scale:
                return scale
    return 1.0


def _decimals(layout: Layout, kind: str, size: float) -> int:
    """Return the decimals that show three digits, two at most."""
    if kind == "whole":
        return 0
    if kind == "number":
        return 2
    shown = size / _scale(layout, kind, size)
    if kind == "amount" and not layout.shares and shown >= 1000:
        return 2 - math.floor(math.log10(shown))
    return min(max(2 - math.floor(math.log10(shown)), 0), 2) if shown > 0 else 2


def write_figures(
    sheet: Sheet, layout: Layout, first: int, figures: list[Figure]
) -> None:
    """Write the figures that sentences name, each with its text beside it."""
    for number, figure in enumerate(figures):
        row = first + number
        size, kind = abs(figure.value), figure.kind
        scale, decimals = _scale(layout, kind, size), _decimals(layout, kind, size)
        sheet.text(row, 0, figure.key, "text:data")
        value = "sci" if kind != "amount" else "money"
        sheet.formula(row, VALUE, f"={figure.formula}", figure.value, value)
        a, b, d = (cell(row, c) for c in (VALUE, SCALE, DECIMALS))
        sheet.formula(row, SCALE, _scale_formula(layout, kind, a), scale, "sci")
        places = _decimals_formula(layout, kind, a, b)
        sheet.formula(row, DECIMALS, places, decimals, "num:formula|0")
        said = _said(layout, kind, size)
        text = f"={_text_formula(layout, kind, a, b, d)}"
        sheet.formula(row, TEXT, text, said, "text:formula")


def _scale_formula(layout: Layout, kind: str, value: str) -> str:
    if kind in ("share", "whole") or (kind == "amount" and layout.shares):
        return "=0.01"
    if kind == "number":
        return "=1"
    size = f"ABS({value})"
    return f"=IF({size}>={ROUNDS_UP}*1E9,1E9,IF({size}>={ROUNDS_UP}*1E6,1E6,1))"


def _decimals_formula(layout: Layout, kind: str, value: str, scale: str) -> str:
    if kind in ("whole", "number"):
        return "=0" if kind == "whole" else "=2"
    shown = f"ABS({value})/{scale}"
    digits = f"2-INT(LOG10({shown}))"
    least = f"IF({shown}>=1000,{digits},MIN(MAX({digits},0),2))"
    if kind == "share" or layout.shares:
        least = f"MIN(MAX({digits},0),2)"
    return f"=IF({value}=0,2,{least})"


def _text_formula(layout: Layout, kind: str, value: str, scale: str, d: str) -> str:
    """Return the formula of a figure's text: digits, marks, unit."""
    language = layout.language
    whole = f"ROUND(ABS({value})/{scale},{d})"
    thousands, rest = f"INT({whole}/1000)", f"INT({whole})-1000*INT({whole}/1000)"
    grouped = (
        f'IF({whole}>=1000,{thousands}&"{language.thousands}"&RIGHT("00"&({rest}),3),'
        f'INT({whole})&"")'
    )
    tail = f'RIGHT("00"&ROUND(({whole}-INT({whole}))*10^{d},0),{d})'
    number = Said(f'{grouped}&IF({d}>0,"{language.decimal}"&{tail},"")', "")
    if kind in ("share", "whole"):
        return (number + fixed(language.percent)).formula
    if kind == "number":
        return number.formula
    if layout.shares:
        share = number + fixed(language.percent)
        return joined(language, "{share} of the value", share=share).formula
    scaled = number
    for size, words in reversed(SCALES):
        dressed = joined(language, words, number=number)
        scaled = either(f"{scale}={size:.0f}", False, dressed, scaled)
    currency = layout.result.currency
    if not currency:
        return scaled.formula
    unit = fixed(currency)
    said = joined(language, "{currency} {amount}", currency=unit, amount=scaled)
    return said.formula


class Sentences:
    """The summary's sentences, and the figures they name, in the order written."""

    def __init__(self, layout: Layout, first: int):
        self.layout = layout
        self.language = layout.language
        self.first = first
        self.figures: list[Figure] = []

    def figure(self, formula: str, value: float, kind: str = "amount") -> Said:
        """Return a figure's text; it is written once, however often it is named."""
        number = self._place(formula, kind)
        if number is None:
            number = len(self.figures)
            self.figures.append(Figure(formula, formula, value, kind))
        at = f"{SHEET}!{cell(self.first + number, TEXT)}"
        return Said(at, _said(self.layout, kind, abs(value)))

    def _place(self, formula: str, kind: str) -> int | None:
        for number, known in enumerate(self.figures):
            if (known.formula, known.kind) == (formula, kind):
                return number
        return None

    def change(self, formula: str, value: float) -> Said:
        """Return an amount with its meaning: a loss of, a gain of, no change."""
        size = self.figure(formula, value)
        at = (
            f"{SHEET}!{cell(self.first + (self._place(formula, 'amount') or 0), VALUE)}"
        )
        loss = joined(self.language, "a loss of {amount}", amount=size)
        gain = joined(self.language, "a gain of {amount}", amount=size)
        moved = either(f"{at}<0", value < 0, loss, gain)
        return either(f"{at}=0", value == 0, self._say("no change"), moved)

    def _say(self, text: str) -> Said:
        return fixed(self.language.say(text))

    def plain(self, value: float) -> str:
        """Return an amount that no input changes."""
        return amount(self.layout, value)

    def answer(self) -> Said:
        """Return the answer: what the portfolio would make, and the range."""
        r, say = self.layout.result, self._say
        language = self.language
        replay = r.scenario.mode == "replay"
        start = either(
            'ScenarioMode="replay"',
            replay,
            say("If the same day came again"),
            say("In an event of this kind"),
        )
        severity = self.figure("Severity", r.scenario.severity, "number")
        size = self.figure("PnL", r.pnl)
        part = fixed("")
        if not self.layout.shares:
            worth = r.pnl / r.base_value if r.base_value > 0 else 0.0
            share = self.figure("IF(NAV>0,PnL/NAV,0)", worth, "share")
            said = joined(language, " ({share} of its value)", share=share)
            part = either("NAV>0", r.base_value > 0, said, fixed(""))
        lose = joined(language, "lose {amount}{part}", amount=size, part=part)
        gain = joined(language, "gain {amount}{part}", amount=size, part=part)
        moved = either("PnL<0", r.pnl < 0, lose, gain)
        verdict = either("PnL=0", r.pnl == 0, say("keep its value"), moved)
        first = joined(
            language,
            "{start} (severity {severity}), this portfolio would {verdict}. ",
            start=start,
            severity=severity,
            verdict=verdict,
        )
        second = joined(
            language,
            "The {level} range, given the scenario, runs from {low} to {high}.",
            level=fixed(language.share(r.band.level)),
            low=self.change("BandLow", r.band.low),
            high=self.change("BandHigh", r.band.high),
        )
        still = say("Nothing in it moves with this event.")
        nothing = r.band.low == 0 and r.band.high == 0
        second = either("AND(BandLow=0,BandHigh=0)", nothing, still, second)
        return self._unknown() + first + second + self._caveat()

    def _unknown(self) -> Said:
        """Return what comes first where nothing of the portfolio is known."""
        words = (
            "Nothing in this portfolio could be placed in the value chain: the figures "
            "say little. "
        )
        none = self.layout.result.coverage_ratio <= 0
        return either("Coverage<=0", none, self._say(words), fixed(""))

    def _caveat(self) -> Said:
        """Return what must be said with the answer where little of it is known."""
        ratio = self.layout.result.coverage_ratio
        covered = self.figure("Coverage", ratio, "whole")
        some = " {covered} of the gross value is covered."
        words = " Only {covered} of the gross value is covered."
        much = joined(self.language, some, covered=covered)
        little = joined(self.language, words, covered=covered)
        said = either(f"Coverage<{POOR}", ratio < POOR, little, much)
        low = ratio < LITTLE_COVERED
        return either(f"Coverage<{LITTLE_COVERED}", low, said, fixed(""))

    def drivers(self, parts: list[tuple[str, str, float]]) -> Said:
        """Return what most of the P&L comes from: name, formula, value of each."""
        if not parts:
            return self._say("Nothing in it is exposed to this event.")
        named = []
        for name, formula, value in parts:
            named.append(
                joined(
                    self.language,
                    "{name} ({change})",
                    name=fixed(self.language.say(Given(name))),
                    change=self.change(formula, value),
                )
            )
        names = dict(zip("abc", named, strict=False))
        as_run = (
            "It comes from {a}.",
            "Most of it comes from {a} and {b}.",
            "Most of it comes from {a}, {b} and {c}.",
        )[len(named) - 1]
        now = (
            "The largest part as run, with what it makes now: {a}.",
            "The largest parts as run, with what they make now: {a}, {b}.",
            "The largest parts as run, with what they make now: {a}, {b}, {c}.",
        )[len(named) - 1]
        same, other = (joined(self.language, w, **names) for w in (as_run, now))
        return either("InputsUnchanged", True, same, other)

    def known(self) -> Said:
        """Return how well the positions are known."""
        c = self.layout.result.coverage
        light = self.language.say(c.light)
        return joined(
            self.language,
            "Known, weighted by confidence: {value} of the gross value, {risk} of the "
            "risk ({light}).",
            value=self.figure("Known", c.by_value, "whole"),
            risk=self.figure("KnownRisk", c.by_risk, "whole"),
            light=Said("KnownLight", light),
        )
