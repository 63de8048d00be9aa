"""The pictures, worked out as bars along one line: where each begins and ends.

All across is in percent of the width, so that a picture fits a telephone and a sheet
of paper and its words keep their size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stresskit.core.stress.answer import Unit
from stresskit.web.page.words import cut, figure, sign_of, spoken

ROW = 44
HEAD = 22
LEFT, RIGHT = 1.0, 99.0
TOTAL = "P&L"


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar: its words, its figure as the table has it, where it stands.

    ``x`` and ``width`` are in percent; ``kind`` is ``loss``, ``gain``, ``flat``, or
    either with ``total`` before it; ``end`` is where the next one begins.
    """

    label: str
    figure: str
    value: float
    kind: str
    x: float
    width: float
    end: float
    y: int


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Bars, where zero is, and the message in words."""

    id: str
    title: str
    words: str
    bars: tuple[Bar, ...]
    zero: float
    height: int
    chained: bool


Parts = Sequence[tuple[str, float]]


def waterfall(parts: Parts, total: float, unit: Unit | None) -> Picture:
    """Return the parts one after the other, each from where the last ended."""
    starts, at = [], 0.0
    for _, value in parts:
        starts.append(at)
        at += value
    ends = [start + value for start, (_, value) in zip(starts, parts, strict=True)]
    scale = _Scale([0.0, total, *starts, *ends])
    bars = [
        _bar(scale, n, label, start, value, unit)
        for n, (start, (label, value)) in enumerate(zip(starts, parts, strict=True))
    ]
    bars.append(_bar(scale, len(bars), TOTAL, 0.0, total, unit, total=True))
    steps = "; ".join(f"{cut(label, 60)}, {spoken(v, unit)}" for label, v in parts)
    words = f"From zero to the P&L: {steps}. " if steps else "Nothing moves. "
    words += f"Together {spoken(total, unit)}."
    return _picture("waterfall", "From zero to the P&L", words, bars, scale, True)


def segments(parts: Parts, unit: Unit | None) -> Picture:
    """Return the parts as bars from zero, in the order given."""
    scale = _Scale([0.0, *(value for _, value in parts)])
    bars = [_bar(scale, n, label, 0.0, v, unit) for n, (label, v) in enumerate(parts)]
    if parts:
        first, value = parts[0]
        words = f"{cut(first, 60)} comes first with {spoken(value, unit)}"
        last, value = parts[-1]
        more = f"; last is {cut(last, 60)} with {spoken(value, unit)}"
        words = f"P&L by segment. {words}{more if len(parts) > 1 else ''}."
    else:
        words = "P&L by segment. Nothing in the portfolio is exposed to this event."
    return _picture("segments", "P&L by segment", words, bars, scale, False)


@dataclass(frozen=True, kw_only=True)
class Range:
    """The band as a line: where it begins, ends, and where the P&L lies in it."""

    low: float
    high: float
    at: float
    zero: float
    words: str


def band(low: float, pnl: float, high: float, unit: Unit | None) -> Range:
    """Return the range about the P&L on a line that has zero in it."""
    scale = _Scale([0.0, low, pnl, high])
    words = (
        f"The range runs from {spoken(low, unit)} to {spoken(high, unit)}, about "
        f"{spoken(pnl, unit)}."
    )
    return Range(
        low=scale(low), high=scale(high), at=scale(pnl), zero=scale(0.0), words=words
    )


class _Scale:
    """Where amounts stand across, in percent."""

    def __init__(self, amounts: Sequence[float]):
        self.low, self.high = min(amounts), max(amounts)
        self.span = self.high - self.low

    def __call__(self, amount: float) -> float:
        if not self.span:
            return LEFT
        part = (amount - self.low) / self.span
        return round(LEFT + (RIGHT - LEFT) * part, 3)


def _bar(
    scale: _Scale,
    number: int,
    label: str,
    start: float,
    value: float,
    unit: Unit | None,
    *,
    total: bool = False,
) -> Bar:
    begin, end = scale(start), scale(start + value)
    kind = sign_of(value)
    return Bar(
        label=cut(label, 60),
        figure=figure(value, unit),
        value=value,
        kind=f"total {kind}" if total else kind,
        x=min(begin, end),
        width=round(abs(end - begin), 3),
        end=end,
        y=HEAD + ROW * number,
    )


def _picture(
    id_: str, title: str, words: str, bars: list[Bar], scale: _Scale, chained: bool
) -> Picture:
    return Picture(
        id=id_,
        title=title,
        words=words,
        bars=tuple(bars),
        zero=scale(0.0),
        height=HEAD + ROW * len(bars),
        chained=chained,
    )
