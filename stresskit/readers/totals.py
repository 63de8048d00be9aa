"""Totals and subtotals: recognised by their words and their arithmetic, not counted."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from stresskit.core.identifiers import scheme_of
from stresskit.model import Issue
from stresskit.readers.columns import IDENTIFIERS, NAMES
from stresskit.readers.lines import Line

_WORD = (
    r"(grand[ -]?|sub[ -]?|over)?total(e|s|en|i)?|summe|gesamt(summe|wert|bestand)?|"
    r"zwischensumme|insgesamt|somme|totaal|subtotaal|suma|somma|合計|小計|総合計|"
    r"net assets|"
    r"total net assets|nettovermögen|fondsvermögen|(portfolio|account|fund) total"
)
_EXACT = re.compile(rf"({_WORD})\s*[:.]?", re.IGNORECASE)
_STARTS = re.compile(
    rf"({_WORD})\b[:\s(-].*|.*[\s(-](sub[ -]?)?total\)?\s*:?", re.IGNORECASE
)
_SUBTOTAL = re.compile(r"sub|zwischen|小計", re.IGNORECASE)
_CLASS_WORDS = re.compile(
    r"equit|stock|share|bond|fixed|cash|asset|portfolio|fund|account|holding|value|"
    r"investment|securit|aktien|anleihen|renten|liquid|depot|wert|action|obligation|"
    r"positions|market|etf|option|derivative|usd|eur|gbp|chf",
    re.IGNORECASE,
)
_CASH = re.compile(
    r"\b(cash|money market|margin|collateral|liquidit|konto|kasse|dollar|euro|usd|eur)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Split:
    """The positions' lines, apart from the totals; ``total`` is the file's own."""

    lines: list[Line]
    total: float | None
    total_weight: float | None
    issues: list[Issue]


def split_totals(lines: list[Line], *, sheet: str | None) -> Split:
    """Take the total rows out of the lines.

    Parameters
    ----------
    lines : list of Line
        Rows of the table.
    sheet : str or None
        Sheet, for the issues.
    """
    totals: dict[int, Line] = {}
    issues: list[Issue] = []
    suspects = [i for i, line in enumerate(lines) if _is_suspect(line)]
    # Without codes any name could stand for a sum by chance: then only words tell.
    unnamed = [line for line in lines if not _STARTS.fullmatch(_label(line))]
    coded = sum(any(map(line.text, IDENTIFIERS)) for line in unnamed)
    usual = coded > len(unnamed) / 2
    sums = _Sums(lines, suspects)
    for i in suspects:
        label = _label(lines[i])
        telling = _STARTS.fullmatch(label) or not label or usual
        position = line_is_cash(lines[i]) or lines[i].number("quantity") is not None
        adds_up = bool(telling) and sums.adds_up(i, lines[i].number(sums.role))
        if position and not _STARTS.fullmatch(label):
            continue
        named = bool(label and _STARTS.fullmatch(label) and _CLASS_WORDS.search(label))
        exact = bool(label and _EXACT.fullmatch(label))
        if exact or named or adds_up:
            totals[i] = lines[i]
        if named and not exact and not adds_up:
            issues.append(_doubtful(lines[i], label, sheet))
        elif not label and not adds_up:
            issues.append(_nameless(lines[i], sheet))
            totals[i] = lines[i]
    kept = [line for i, line in enumerate(lines) if i not in totals]
    stated = [t for t in totals.values() if _label(t)]
    total = _grand_total(stated, kept, "value")
    weight = _grand_total(stated, kept, "weight")
    return Split(kept, total, weight, issues)


def _label(line: Line) -> str:
    """Give the words of a row, wherever they stand."""
    for role in (*NAMES, *IDENTIFIERS, "account", "asset_class", "sector", "country"):
        text = line.text(role)
        if text:
            return text.strip()
    return ""


def line_is_cash(line: Line) -> bool:
    """Say whether a row's words say cash, which often has no identifier.

    Parameters
    ----------
    line : Line
        Row of the table.
    """
    return _CASH.search(_label(line)) is not None


def _is_suspect(line: Line) -> bool:
    """Say whether a row could be a total: an amount, no identifier, no quantity."""
    if line.number("value") is None and line.number("weight") is None:
        return False
    label = _label(line)
    codes = [t for r in IDENTIFIERS if (t := line.text(r))]
    if any(scheme_of(code.upper().replace(" ", "")) for code in codes):
        return False
    if _EXACT.fullmatch(label):
        return True
    if line.number("price"):
        return False
    # A label in the ticker column is no ticker.
    return not [c for c in codes if c != label or not _STARTS.fullmatch(c)]


class _Sums:
    """Running sums of the lines that are no suspects, to compare blocks at once."""

    def __init__(self, lines: list[Line], suspects: list[int]) -> None:
        self.role = "weight"
        if any(line.number("value") is not None for line in lines):
            self.role = "value"
        others = set(suspects)
        plain = [
            None if i in others else n.number(self.role) for i, n in enumerate(lines)
        ]
        self.suspects = suspects
        self.sums = [0.0, *accumulate(n or 0.0 for n in plain)]
        self.counts = [0, *accumulate(int(n is not None) for n in plain)]

    def adds_up(self, i: int, target: float | None) -> bool:
        """Say whether row ``i`` is the sum of the rows before or after it."""
        if not target:
            return False
        at, end = bisect_left(self.suspects, i), len(self.sums) - 1
        before = self.suspects[at - 1] + 1 if at else 0
        after = self.suspects[at + 1] if at + 1 < len(self.suspects) else end
        for start, stop in ((before, i), (0, i), (i + 1, after), (i + 1, end)):
            count = self.counts[stop] - self.counts[start]
            rounding = 0.011 * count if self.role == "value" else 0.0
            least = 1e-6 if self.role == "value" else 1e-4
            tolerance = max(least * abs(target), min(rounding, 1e-3 * abs(target)))
            total = self.sums[stop] - self.sums[start]
            if count > 1 and abs(total - target) <= tolerance:
                return True
        return False


def _grand_total(
    totals: list[Line], kept: list[Line], role: Literal["value", "weight"]
) -> float | None:
    """Choose the total of everything: the one that fits, else the last grand one."""
    stated = [(t, n) for t in totals if (n := t.number(role)) is not None]
    actual = sum(line.number(role) or 0.0 for line in kept)
    for _, number in stated:
        if actual and abs(number / actual - 1) < 5e-4:
            return number
    grand = [n for t, n in stated if not _SUBTOTAL.search(_label(t))]
    exact = [n for t, n in stated if _EXACT.fullmatch(_label(t)) and n in grand]
    if exact:
        return exact[-1]
    return grand[0] if len(grand) == 1 else None


def _doubtful(line: Line, label: str, sheet: str | None) -> Issue:
    return Issue(
        code="total-differs",
        severity="warning",
        message=f"{label!r} was read as a total and not counted, though no rows beside "
        "it add up to it.",
        fix="If it is a position, give it an identifier.",
        sheet=sheet,
        row=line.row,
        value=label,
        money=line.number("value"),
    )


def _nameless(line: Line, sheet: str | None) -> Issue:
    return Issue(
        code="no-name",
        severity="error",
        message="The row has an amount but no name and no identifier, and is no total "
        "of the rows beside it. It was not counted.",
        fix="Name the position, or delete the row.",
        sheet=sheet,
        row=line.row,
        money=line.number("value"),
    )
