"""The answer in words: amounts, the headline, what it is made of.

Plain values in, text out, so that the terminal, which has a result, and the page,
which has its JSON, say the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

# Below this gross value amounts are shown to the cent.
SMALL = 10_000
# Below this share of the gross value the headline says what is left out.
LITTLE_COVERED = 0.995
SET_BY = {
    "user": "you",
    "event": "the event's days",
    "predictive": "the drivers",
    "none": "nothing known",
    "peg": "their peg",
}
# What an attribution has beside segments, as it is called and in the order shown.
MARKET = "Market"
PARTS = (
    (MARKET, "market"),
    ("Own-name", "own_name"),
    ("Currency", "fx"),
    ("Rates, credit, gold, bitcoin", "others"),
    ("Options", "options"),
    ("Cross and floor", "cross"),
)
_ROUNDING = 1e-9


class Unit(NamedTuple):
    """What money is counted in, and with how many decimals it is shown."""

    name: str
    decimals: int


class HasPnl(Protocol):
    """What a P&L is known of."""

    @property
    def pnl(self) -> float:
        """The P&L, a loss negative."""


T = TypeVar("T", bound=HasPnl)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the headline tells of: ``event`` is ``ID@REVISION``; ``level`` the band's.

    ``unit`` is None where money is a share of the whole. ``digits`` rounds to so many
    significant digits; None shows amounts whole and shares to a hundredth of a percent.
    """

    name: str
    event: str
    severity: float
    mode: str
    base_value: float
    pnl: float
    pnl_pct: float | None
    level: float
    low: float
    high: float
    coverage_ratio: float
    unit: Unit | None
    digits: int | None = None

    @property
    def verdict(self) -> str:
        """What the portfolio would do, the first half of the headline."""
        if self.pnl == 0:
            said = "keep its value"
        else:
            verb = "lose" if self.pnl < 0 else "gain"
            said = f"{verb} {self._lost()}"
        return (
            f"{self.name} would {said} in {self.event} at "
            f"severity {self.severity:g} ({self.mode} mode)"
        )

    def _lost(self) -> str:
        if self.unit is None:
            lost = abs(self.pnl / self._whole)
            return f"{share(lost, self.digits)} of its value"
        part = ""
        if self.pnl_pct is not None:
            part = f" ({share(abs(self.pnl_pct), self.digits)})"
        return money(abs(self.pnl), self.unit, self.digits) + part

    @property
    def _whole(self) -> float:
        # Weights may add up to nothing: then they are shares of their own whole.
        return self.base_value or 1.0

    @property
    def band(self) -> str:
        """The range given the scenario, the second half."""
        if self.unit is None:
            low, high = (
                share(end / self._whole, self.digits, sign="+")
                for end in (self.low, self.high)
            )
        else:
            low = amount(self.low, self.unit, self.digits)
            high = money(self.high, self.unit, self.digits)
        return f"{self.level:.0%} band given the scenario {low} to {high}"

    @property
    def caveat(self) -> str:
        """A sentence where little of the portfolio is covered, else nothing."""
        if self.coverage_ratio >= LITTLE_COVERED:
            return ""
        return f"Only {self.coverage_ratio:.0%} of the gross value is covered."

    @property
    def headline(self) -> str:
        """All of it."""
        return f"{self.verdict}; {self.band}. {self.caveat}".rstrip()


def rounded(value: float, digits: int | None) -> float:
    """Return a number with so many significant digits, None all of them.

    Examples
    --------
    >>> rounded(-262_989.4, 3), rounded(0.0821633, 3), rounded(5.5, None)
    (-263000.0, 0.0822, 5.5)
    """
    if digits is None or not value or not math.isfinite(value):
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def share(value: float, digits: int | None = None, *, sign: str = "") -> str:
    """Return a share as a percentage, to a hundredth of a percent at most.

    Examples
    --------
    >>> share(0.08216), share(-0.12191, 3, sign="+"), share(0.5, 3)
    ('8.22%', '-12.2%', '50.0%')
    """
    percent = abs(rounded(value, digits)) * 100
    decimals = 2
    if digits is not None and percent > 0:
        decimals = min(max(digits - 1 - math.floor(math.log10(percent)), 0), 2)
    return f"{value:{sign}.{decimals}%}"


def amount(value: float, unit: Unit | None, digits: int | None = None) -> str:
    """Return an amount without its unit; of a weight-only portfolio, its share.

    Examples
    --------
    >>> amount(-262_989.4, Unit("USD", 0)), amount(-262_989.4, Unit("USD", 0), 3)
    ('-262,989', '-263,000')
    """
    if unit is None:
        return share(value, digits)
    shown = round(rounded(value, digits), unit.decimals)
    decimals = unit.decimals
    if digits is not None and abs(shown) >= 10 ** (digits - 1):
        decimals = 0
    # Adding zero turns minus zero, which rounding makes of small losses, to zero.
    return f"{shown + 0.0:,.{decimals}f}"


def money(value: float, unit: Unit | None, digits: int | None = None) -> str:
    """Return an amount with its unit."""
    said = amount(value, unit, digits)
    return said if unit is None else f"{said} {unit.name}".rstrip()


def unit_for(currency: str | None, gross: float) -> Unit:
    """Return the unit of a portfolio of this gross value, small ones to the cent."""
    return Unit(currency or "", 0 if gross >= SMALL else 2)


def largest(parts: Iterable[T], most: int) -> tuple[list[T], float]:
    """Return the parts that make or lose most, and the P&L of those left out."""
    ranked = sorted(parts, key=lambda s: -abs(s.pnl))
    shown = [s for s in ranked if s.pnl][:most]
    return shown, sum(s.pnl for s in ranked[most:])


def parts_of(
    attribution: Mapping[str, float], base_value: float
) -> list[tuple[str, float]]:
    """Return what the P&L is made of beside segments, without what is rounding.

    Examples
    --------
    >>> parts_of({"market": 5.0, "own_name": 0.0, "fx": -2.0, "others": 0.0,
    ...           "options": 0.0, "cross": 1e-12}, 100.0)
    [('Market', 5.0), ('Currency', -2.0)]
    """
    values = ((label, attribution[key]) for label, key in PARTS)
    return [
        (label, value) for label, value in values if not is_rounding(value, base_value)
    ]


def is_rounding(value: float, base_value: float) -> bool:
    """Return whether an amount is nothing beside the portfolio's value."""
    return abs(value) <= _ROUNDING * abs(base_value)


def coverage_sentence(
    ratio: float,
    uncovered: str,
    known: tuple[float, float, str],
) -> str:
    """Return how much of the portfolio the answer knows, in one sentence.

    Parameters
    ----------
    ratio
        Covered share of the gross value.
    uncovered
        What is not covered, written; empty where that is nothing.
    known
        What is known of the value and of the risk, weighted by confidence; the light.

    Examples
    --------
    >>> coverage_sentence(0.9, "5 USD", (0.8, 0.7, "amber"))
    '90.0% of the gross value is covered; 5 USD is not. Weighted by confidence, 80% \
of the value and 70% of the risk are known (amber).'
    """
    value, risk, light = known
    said = f"{ratio:.1%} of the gross value is covered"
    if uncovered:
        said += f"; {uncovered} is not"
    return (
        f"{said}. Weighted by confidence, {value:.0%} of the value and "
        f"{risk:.0%} of the risk are known ({light})."
    )


def move_text(kind: str, move: float) -> str:
    """Return a move in the unit its market speaks of.

    Examples
    --------
    >>> move_text("rate", -0.0007), move_text("volatility", 0.012), move_text("x", 0.1)
    ('-7.0 bp', '+1.2 points', '+10.00%')
    """
    if kind in ("rate", "credit"):
        return f"{move * 1e4:+.1f} bp"
    if kind == "volatility":
        return f"{move * 100:+.1f} points"
    return f"{move:+.2%}"


def set_by(source: str) -> str:
    """Return who or what set a move, in words.

    Examples
    --------
    >>> set_by("event+peg")
    "the event's days and their peg"
    """
    return " and ".join(SET_BY.get(s, s) for s in source.split("+"))
