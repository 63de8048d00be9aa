"""Any row of a long text as the line that the rows' own reader would make of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from stresskit.readers.cells import Number
from stresskit.readers.holdings.bulk.columns import distinct, taken
from stresskit.readers.holdings.classes import ACCOUNT_TYPES
from stresskit.readers.holdings.lines import Line
from stresskit.readers.holdings.rows import (
    are_of_accounts,
    decimal_weights,
    draft_of,
    of_accounts,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.model import Issue
    from stresskit.readers.holdings.bulk.columns import Columns
    from stresskit.readers.holdings.bulk.sketch import Marked, Sketch
    from stresskit.readers.holdings.rows import Draft


class Rows:
    """The regular rows, and the odd ones that are positions.

    Parameters
    ----------
    columns : Columns
        Columns of the text.
    marked : Marked
        Which rows are odd.
    sketch : Sketch
        The rows read one by one.
    odd : list of Line
        The odd rows that are positions.
    """

    def __init__(
        self, columns: Columns, marked: Marked, sketch: Sketch, odd: list[Line]
    ) -> None:
        self.columns, self.plan, self.words = columns, sketch.plan, marked.words
        self.table = sketch.plan.table
        self.regular = np.flatnonzero(marked.regular).astype(np.int32)
        self.odd = {line.row - 1: line for line in odd}
        self.all, self.place = (
            self.regular,
            np.arange(len(self.regular), dtype=np.int32),
        )
        if self.odd:
            self.all = np.union1d(self.regular, np.array(list(self.odd), np.int32))
            self.place = np.searchsorted(self.all, self.regular).astype(np.int32)
        self._states = sketch.states
        self.sections = {state: n[0].section for state, n in sketch.first.items()}
        self.titles = {
            state: next((n.account for n in lines if not n.text("account")), None)
            for state, lines in sketch.first.items()
        }
        self.hides_class = self._says_account_types()
        self.issues: list[Issue] = []
        self.weights, self._odd_weights = self._decimal_weights()
        self.accounts, self.account_texts = self._accounts()
        self._leave_weights_of_accounts()

    def line(self, row: int) -> Line:
        """Give the line that a regular row would be."""
        columns = self.columns
        cells: dict[str, str | float | None] = {
            role: columns.texts[i].texts[columns.texts[i].codes[row]]
            for role, i in self.plan.texts.items()
        }
        numbers: dict[str, Number] = {}
        for role, values in columns.numbers.items():
            value = float(values[row])
            cells[role] = None if np.isnan(value) else value
            if not np.isnan(value):
                percent = role in columns.percent and bool(columns.percent[role][row])
                numbers[role] = Number(value, percent)
        if self.hides_class:
            cells["asset_class"] = None
        state = int(self._states[row])
        line = Line(row + 1, dict(cells), numbers, section=self.sections[state])
        return replace(line, account=line.text("account") or self.titles[state])

    def let_go(self) -> None:
        """Let go of all that only a row read by itself needs."""
        del self.columns, self.words, self._states, self.all

    def codes(self, role: str) -> NDArray[np.int32]:
        """Give the numbers of the texts of regular rows."""
        return taken(self.columns.texts[self.plan.texts[role]].codes, self.regular)

    def numbers(self, role: str) -> NDArray[np.float64]:
        """Give the numbers of regular rows."""
        return taken(self.columns.numbers[role], self.regular)

    def by_state(self, values: dict[int, int]) -> NDArray[np.int32]:
        """Spread what the rows of each state have in common over the regular rows."""
        table = np.zeros(int(self._states[-1]) + 1, np.int32)
        for state, value in values.items():
            table[state] = value
        return table[self._states[self.regular]]

    def draft(self, place: int, issues: list[Issue]) -> Draft:
        """Give the draft of a position as the rows' own reader makes it."""
        row = int(self.all[place])
        line = self.odd.get(row)
        if line is None:
            line = self.line(row)
            weight = float(self.weights[np.searchsorted(self.regular, row)])
        else:
            weight = self._odd_weights[row]
            if self.hides_class:
                line = replace(line, cells={**line.cells, "asset_class": None})
        known = None if np.isnan(weight) else weight
        return draft_of(line, self.table, n=place + 1, weight=known, issues=issues)

    def _says_account_types(self) -> bool:
        """Say whether the class column only says margin or cash account."""
        said = {(n.text("asset_class") or "").casefold() for n in self.odd.values()}
        if "asset_class" in self.plan.texts:
            texts = self.words["asset_class"].texts
            used = distinct(self.codes("asset_class"))
            said |= {(texts[n] or "").casefold() for n in used}
        said -= {""}
        return said <= ACCOUNT_TYPES and "margin" in said

    def _decimal_weights(self) -> tuple[NDArray[np.float64], dict[int, float]]:
        """Give weights as decimals; one line stands for the sum that decides."""
        count = len(self.regular)
        odd = {r: n.numbers.get("weight") for r, n in self.odd.items()}
        blank = dict.fromkeys(odd, np.nan)
        if "weight" not in self.columns.numbers:
            return np.broadcast_to(np.nan, count), blank
        values = self.numbers("weight")
        percent = np.zeros(count, bool)
        if "weight" in self.columns.percent:
            percent = taken(self.columns.percent["weight"], self.regular)
        plain = values[~percent & ~np.isnan(values)]
        rest = [abs(n.value) for n in odd.values() if n and not n.percent]
        gross = float(np.abs(plain).sum()) + sum(rest)
        some = bool(len(plain) or rest)
        whole = Number(gross or 1.0, percent=not some)
        (decimal,), self.issues = decimal_weights(
            [Line(0, {}, {"weight": whole})], self.table
        )
        if not some and np.isnan(values).all() and not any(odd.values()):
            self.issues = []
        divided = some and decimal is not None and decimal != whole.value
        weights = np.where(percent | divided, values / 100, values)
        for row, number in odd.items():
            if number is not None:
                cut = number.percent or divided
                blank[row] = number.value / 100 if cut else number.value
        return weights, blank

    def _accounts(self) -> tuple[NDArray[np.int32], list[str | None]]:
        """Give the accounts of regular rows: their own, or that of the title above."""
        texts: list[str | None] = [None]
        number: dict[str | None, int] = {None: 0}

        def numbered(text: str | None) -> int:
            if text not in number:
                number[text] = len(texts)
                texts.append(text)
            return number[text]

        codes = self.by_state({s: numbered(t) for s, t in self.titles.items()})
        if "account" in self.plan.texts:
            own = [numbered(t or None) for t in self.words["account"].texts]
            column = self.codes("account")
            found = np.array(own, np.int32)[column]
            codes = np.where(found > 0, found, codes)
        return codes, texts

    def _leave_weights_of_accounts(self) -> None:
        """Leave weights out that are shares of accounts and not of the whole."""
        if "weight" not in self.columns.numbers:
            return
        sums = np.bincount(
            self.accounts,
            np.nan_to_num(self.weights),
            minlength=len(self.account_texts),
        )
        used = distinct(self.accounts)
        lines = [Line(0, {}, {}, account=self.account_texts[n]) for n in used]
        weights: list[float | None] = [float(sums[n]) for n in used]
        lines += list(self.odd.values())
        weights += [
            None if np.isnan(w) else w for w in (self._odd_weights[r] for r in self.odd)
        ]
        if are_of_accounts(lines, weights, self.table):
            self.weights = np.broadcast_to(np.nan, len(self.weights))
            self._odd_weights = dict.fromkeys(self._odd_weights, np.nan)
            self.issues.append(of_accounts(self.table))
