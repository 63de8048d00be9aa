"""Totals and subtotals: recognised by their arithmetic and their words, not counted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from stresskit.core.identifiers import scheme_of
from stresskit.model import Issue
from stresskit.readers.holdings.columns import IDENTIFIERS
from stresskit.readers.holdings.labels import (
    class_label,
    is_breakdown,
    is_subtotal,
    is_total,
    names_what_is_added,
    says_cash,
    sounds_total,
)
from stresskit.readers.holdings.lines import Line, label_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

Role = Literal["value", "weight"]
# An amount that slipped into the column of codes is no code.
AMOUNT = re.compile(r"[-+(]?\d[\d.,' ]*[.,]\d+\)?")
# Words that only the total of everything has.
_WHOLE = re.compile(
    r"^(grand|overall)\b|^gesamt|net assets|total (fund|portfolio|account)|総合計",
    re.IGNORECASE,
)
# So many other candidates are looked across for the two ends of a block.
_LONGEST_BLOCK = 60


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
    suspects = [i for i, line in enumerate(lines) if _is_suspect(line)]
    sums = _Sums(lines, suspects)
    added = sums.totals()
    totals = set(added)
    issues: list[Issue] = []
    doubtful: list[int] = []
    by_sum: list[int] = []
    for i in suspects:
        label = label_of(lines[i])
        if i in added:
            if label and not sounds_total(label) and not class_label(label):
                by_sum.append(i)
        elif is_total(label):
            totals.add(i)
        elif not label:
            totals.add(i)
            issues.append(_nameless(lines[i], sheet))
        elif _is_doubtful(lines[i], label, usual=sums.usual):
            doubtful.append(i)
        elif sounds_total(label) and lines[i].number("quantity") is None:
            issues.append(_doubtful(lines[i], label, sheet, counted=None))
    unsure = [*doubtful, *by_sum]
    counted = _counted_after_all(lines, totals - set(by_sum), unsure, sums.role)
    totals = (totals | set(doubtful)) - counted
    issues += [
        _by_sum(lines[i], sheet, sure=sums.usual, counted=i in counted) for i in by_sum
    ]
    issues += [
        _doubtful(lines[i], label_of(lines[i]), sheet, counted=i in counted)
        for i in doubtful
    ]
    kept = [line for i, line in enumerate(lines) if i not in totals]
    # A last row without a label is meant as the total even if it does not fit.
    last = len(lines) - 1
    stated = [
        lines[i]
        for i in sorted(totals)
        if label_of(lines[i]) or i in added or i == last
    ]
    total = _grand_total(stated, kept, "value")
    weight = _grand_total(stated, kept, "weight")
    return Split(kept, total, weight, issues)


def _codes(line: Line) -> list[str]:
    texts = [t for r in IDENTIFIERS if (t := line.text(r))]
    return [t for t in texts if not AMOUNT.fullmatch(t)]


def _is_suspect(line: Line) -> bool:
    """Say whether a row could be a total: an amount, no identifier, no price."""
    if line.number("value") is None and line.number("weight") is None:
        return False
    label = label_of(line)
    codes = _codes(line)
    if any(scheme_of(code.upper().replace(" ", "")) for code in codes):
        return False
    # A label in the ticker column is no ticker.
    if [c for c in codes if c != label or not (sounds_total(c) or class_label(c))]:
        return False
    return is_total(label) or not (line.number("price") or _is_described(line, label))


def _is_described(line: Line, label: str) -> bool:
    """Say whether a row has a name and says of its own what it is: no total does."""
    if not line.text("name") or sounds_total(label):
        return False
    said = [t for r in ("sector", "country", "asset_class") if (t := line.text(r))]
    own = [t for t in said if t != label and not sounds_total(t)]
    # "Equities" beside "Shares" is the name of a class, and may be its total.
    unlike = class_label(label) in (None, "loose")
    return any(unlike or class_label(t) is None for t in own)


def _is_special(label: str) -> bool:
    """Say whether rows of a label have no code, so that they tell of no others."""
    return sounds_total(label) or says_cash(label) or class_label(label) is not None


def _is_doubtful(line: Line, label: str, *, usual: bool) -> bool:
    """Say whether the words alone make a row a total that adds nothing up."""
    if line.number("quantity") is not None and not sounds_total(label):
        return False
    if sounds_total(label):
        # Among securities with codes, a row of such words and an amount is no share.
        alone = usual and line.number("quantity") is None
        return alone or names_what_is_added(label)
    # A list of classes without securities is a portfolio of classes.
    return usual and class_label(label) == "firm"


def _counted_after_all(
    lines: list[Line], totals: set[int], doubtful: list[int], role: Role
) -> set[int]:
    """Give the doubtful rows without which the file's own total is not reached."""
    stated = [
        n
        for i in totals
        if (n := lines[i].number(role)) and is_total(label_of(lines[i]))
    ]
    if not doubtful or not stated:
        return set()
    kept = (n for i, n in enumerate(lines) if i not in totals and i not in doubtful)
    sure = sum(line.number(role) or 0.0 for line in kept)
    more = sum(lines[i].number(role) or 0.0 for i in doubtful)
    goal = max(stated, key=abs)
    tolerance = 5e-4 * abs(goal)
    if abs(sure - goal) > tolerance and abs(sure + more - goal) <= tolerance:
        return set(doubtful)
    return set()


class _Sums:
    """Sums of blocks of rows between the rows that could be totals themselves."""

    def __init__(self, lines: list[Line], suspects: list[int]) -> None:
        self.lines = lines
        self.role: Role = "weight"
        if any(line.number("value") is not None for line in lines):
            self.role = "value"
        self.amounts = [line.number(self.role) for line in lines]
        # Without codes, quantities or prices any name could stand for a sum by
        # chance: then only words tell.
        plain = [line for line in lines if not _is_special(label_of(line))]
        told = sum(bool(_codes(n)) or n.number("quantity") is not None for n in plain)
        self.usual = 2 * told >= len(plain) > 0
        self.suspects = suspects
        found = [a for a in self.amounts if a is not None]
        whole = self.role == "value" and all(float(a).is_integer() for a in found)
        self.rounding = 0.5 if whole else 0.011 if self.role == "value" else 0.0

    def totals(self) -> set[int]:
        """Give the rows that are the sum of a block before or after them."""
        found: set[int] = set()
        # What can only be a total never adds to another.
        sure = {i for i in self.suspects if is_total(label_of(self.lines[i]))}
        sums, counts = self._running(sure)
        # A total is known only when those inside its block are: so look again.
        while True:
            known = len(found)
            for at, i in enumerate(self.suspects):
                target = self.amounts[i]
                if i in found or not target or not self._may_add(i):
                    continue
                if self._adds_up(at, i, target, sums, counts):
                    found.add(i)
                    if i not in sure:
                        sums[i + 1 :] -= target
                        counts[i + 1 :] -= 1
            if len(found) == known:
                return found

    def _running(self, without: set[int]) -> tuple[Floats, Counts]:
        import numpy as np

        plain = [None if i in without else a for i, a in enumerate(self.amounts)]
        sums = np.cumsum([0.0, *(a or 0.0 for a in plain)])
        counts = np.cumsum([0, *(a is not None for a in plain)])
        return sums, counts

    def _may_add(self, i: int) -> bool:
        """Say whether the arithmetic alone, or with the words, would tell."""
        line, label = self.lines[i], label_of(self.lines[i])
        if sounds_total(label) or not label:
            return True
        if line.number("quantity") is not None:
            return False
        if class_label(label):
            return True
        if says_cash(label) and i + 1 < len(self.lines):
            # Cash as a group, above its only line.
            below = self.lines[i + 1]
            return bool(_codes(below)) and says_cash(label_of(below))
        last = i == len(self.lines) - 1
        return (self.usual or last) and not says_cash(label)

    def _adds_up(
        self, at: int, i: int, target: float, sums: Floats, counts: Counts
    ) -> bool:
        label = label_of(self.lines[i])
        for start, stop in self._blocks(at, i):
            count = int(counts[stop] - counts[start])
            total = float(sums[stop] - sums[start])
            tolerance = self._tolerance(target, count)
            # The total of short positions can stand without their minus.
            equal = abs(total - target) <= tolerance or (
                total < 0 < target
                and sounds_total(label)
                and abs(total + target) <= tolerance
            )
            if count and equal and self._fits(i, label, start, stop, sums, counts):
                return True
        return False

    def _blocks(self, at: int, i: int) -> list[tuple[int, int]]:
        """Give the blocks that end above a row or start below it."""
        before = self.suspects[max(0, at - _LONGEST_BLOCK) : at]
        after = self.suspects[at + 1 : at + 1 + _LONGEST_BLOCK]
        above = [(0, i), *((s, i) for s in before), *((s + 1, i) for s in before)]
        end = len(self.lines)
        below = [*((i + 1, s) for s in after), (i + 1, end)]
        below += [(i + 1, s + 1) for s in after]
        if self._tells(i):
            return [*above, *below]
        # An unknown label is a total only of all above it or of a block that
        # begins behind a total: other sums would be met by chance.
        # Groups with codes in their rows can also stand above them.
        own = [(i + 1, stop) for _, stop in below] if self.usual else []
        return [(0, i), *((s + 1, i) for s in before if self._tells(s)), *own]

    def _tells(self, i: int) -> bool:
        """Say whether a row's label, or that it has none, is that of a total."""
        label = label_of(self.lines[i])
        return not label or sounds_total(label) or class_label(label) is not None

    def _tolerance(self, target: float, count: int) -> float:
        least = 1e-6 if self.role == "value" else 1e-4
        return max(least * abs(target), min(self.rounding * count, 1e-3 * abs(target)))

    def _fits(
        self,
        at: int,
        label: str,
        start: int,
        stop: int,
        sums: Floats,
        counts: Counts,
    ) -> bool:
        """Say whether what a block holds can be what its label names."""
        rows = [
            self.lines[n]
            for n in range(start, stop)
            if counts[n + 1] > counts[n] and sums[n + 1] != sums[n]
        ]
        kind = class_label(label)
        cash = [not _codes(r) and says_cash(label_of(r)) for r in rows]
        if kind == "money":
            return all(cash)
        count = int(counts[stop] - counts[start])
        if sounds_total(label):
            # Of one row only the total right below it is its total.
            beside = bool(rows) and rows[-1] is self.lines[at - 1]
            return count > 1 or names_what_is_added(label) or beside
        if kind is None:
            if count == 1 and start == at + 1:
                # A sector above its only security.
                return self.usual and (is_breakdown(label) or says_cash(label))
            return count > (1 if self.usual else 2)
        # One row is a class's whole block only if it is of that kind.
        return count > 1 or not any(cash)


def _grand_total(totals: list[Line], kept: list[Line], role: Role) -> float | None:
    """Choose the total of everything: the one that fits, else the last grand one."""
    stated = [(t, n) for t in totals if (n := t.number(role)) is not None]
    actual = sum(line.number(role) or 0.0 for line in kept)
    for _, number in stated:
        if actual and abs(number / actual - 1) < 5e-4:
            return number
    grand = [
        (t, n)
        for t, n in stated
        if not is_subtotal(label_of(t)) and not class_label(label_of(t))
    ]
    whole = [n for t, n in grand if _WHOLE.search(label_of(t))]
    if whole:
        return whole[-1]
    exact = [n for t, n in grand if is_total(label_of(t))]
    if len(exact) > 1 and len({label_of(t).casefold() for t, _ in grand}) == 1:
        # The same words below several accounts: each is the total of its own.
        return sum(exact)
    if exact:
        return exact[-1]
    return grand[0][1] if len(grand) == 1 else None


def _doubtful(
    line: Line, label: str, sheet: str | None, *, counted: bool | None
) -> Issue:
    what = "sounds like a total, but no rows beside it add up to it: it was counted"
    if counted is not None:
        what = (
            "looks like a total, but no rows beside it add up to it and the file's own "
            "total is reached only with it: it was counted"
            if counted
            else "was read as a total and not counted, though no rows beside it add up "
            "to it"
        )
    return Issue(
        code="total-differs",
        severity="warning",
        message=f"{label!r} {what}.",
        fix="If it is a position, give it an identifier; if not, delete the row.",
        sheet=sheet,
        row=line.row,
        value=label,
        money=line.number("value"),
    )


def _by_sum(line: Line, sheet: str | None, *, sure: bool, counted: bool) -> Issue:
    label = label_of(line)
    what = (
        "the file's own total is reached only with it: it was counted"
        if counted
        else "it was read as their total and not counted"
    )
    return Issue(
        code="total-by-sum",
        severity="info" if sure else "warning",
        message=f"{label!r} has no identifier, quantity or price and is the sum of the "
        f"rows above it: {what}.",
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
