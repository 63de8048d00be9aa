"""A long text to positions, in columns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from stresskit.model.portfolio import without_collecting
from stresskit.readers.files import Grid
from stresskit.readers.holdings.bulk.columns import Unfit, read_columns
from stresskit.readers.holdings.bulk.drafts import drafted
from stresskit.readers.holdings.bulk.issues import (
    capped,
    loans,
    row_issues,
    settle_contracts,
    table_issues,
)
from stresskit.readers.holdings.bulk.priced import (
    Rated,
    Sheet,
    positions_of,
    rate_sheet,
)
from stresskit.readers.holdings.bulk.products import maybe_twice, sheet_value_issues
from stresskit.readers.holdings.bulk.rows import Rows
from stresskit.readers.holdings.bulk.sketch import (
    HEAD_ROWS,
    Choose,
    marked_rows,
    plan_of,
    sketched,
)
from stresskit.readers.holdings.bulk.totals import split_runs
from stresskit.readers.holdings.money import Priced

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.model import Issue, Portfolio
    from stresskit.readers.files.long_text import LongText
    from stresskit.readers.holdings.candidates import Chosen
    from stresskit.readers.holdings.lines import Lines
    from stresskit.readers.holdings.money import Clues, Rates
    from stresskit.readers.holdings.tables import Table
    from stresskit.readers.holdings.totals import Split

# More columns than this are no list of positions.
_WIDEST = 300


@dataclass
class BulkReading:
    """A table of a long text: what its rows are, and their positions once priced.

    ``lines`` and ``split`` hold the rows that were read one by one; ``issues`` are
    those of drafts, known when they have a price.
    """

    chosen: Chosen
    table: Table
    lines: Lines
    split: Split
    unit_currency: str | None
    sheet: Sheet
    settled: list[Issue]
    issues: list[Issue] = field(default_factory=list)
    twice: list[int] = field(default_factory=list)

    def price(self, clues: Clues, *, base: str | None, rates: Rates | None) -> Priced:
        """Bring all values into the base currency, and say what was wrong.

        Parameters
        ----------
        clues : Clues
            What the file says about its currency.
        base : str or None
            Base currency asked for.
        rates : mapping of str to float, a function of the base currency to one, or None
            Base currency per unit of each currency.

        Raises
        ------
        HoldingsError
            If the file's values are in another currency and no rate converts them.
        """
        sheet = self.sheet
        rated = rate_sheet(sheet, clues, base=base, rates=rates)
        with without_collecting():
            issues = self._say_what_was_wrong(rated)
            sheet.found.rows.let_go()
            positions = positions_of(sheet, rated)
        # What the positions were made of is not held beside them.
        del self.sheet
        how = rated.how
        return Priced(positions, how.target, rated.used, issues, how.total_rate)

    def _say_what_was_wrong(self, rated: Rated) -> list[Issue]:
        """Collect all that was wrong; give what concerns the values."""
        sheet, found = self.sheet, self.sheet.found
        column = self.table.columns.get("value") or self.table.columns.get(
            "local_value"
        )
        scale = column.header.scale if column else 1.0
        self.lines = replace(self.lines, issues=capped(self.lines.issues, self._worth))
        self.split = replace(self.split, issues=capped(self.split.issues, self._worth))
        self.issues = [
            *found.rows.issues,
            *row_issues(found, sheet, self._worth),
            *self.settled,
            *table_issues(found, sheet),
            *loans(sheet, self._worth),
        ]
        self.twice = maybe_twice(sheet)
        return [*rated.issues, *sheet_value_issues(sheet, rated, scale=scale)]

    def twins(self, portfolio: Portfolio) -> Portfolio:
        """Give the part of a portfolio whose positions could stand in it twice.

        Parameters
        ----------
        portfolio : Portfolio
            The whole.
        """
        found = tuple(portfolio.positions[n] for n in self.twice)
        return replace(portfolio, positions=found)

    def _worth(self, rows: NDArray[np.int64]) -> float | None:
        values = self.sheet.worth[np.isin(self.sheet.row, rows)]
        values = values[~np.isnan(values)]
        return float(values.sum()) if len(values) else None


def read_in_bulk(text: LongText, choose: Choose) -> BulkReading | None:
    """Read a long text in columns, or give None if it must be read row by row.

    Parameters
    ----------
    text : LongText
        The text.
    choose : callable
        Chooses the tables of grids.
    """
    try:
        with without_collecting():
            return _read(text, choose)
    except Unfit:
        return None


def _read(text: LongText, choose: Choose) -> BulkReading:
    if text.width > _WIDEST:
        raise Unfit("it has too many columns")
    head = Grid(None, text.head(HEAD_ROWS), delimiter=text.delimiter)
    plan, _ = plan_of(head, choose)
    columns = read_columns(text, plan)
    marked = marked_rows(columns, plan)
    if not marked.regular.any():
        raise Unfit("no row is regular")
    sketch = sketched(text, columns, plan, marked, choose)
    kept = split_runs(columns, marked, sketch)
    found = drafted(Rows(columns, marked, sketch, kept.odd))
    settled = settle_contracts(found)
    return BulkReading(
        chosen=sketch.chosen,
        table=sketch.plan.table,
        lines=sketch.lines,
        split=kept.split,
        unit_currency=sketch.plan.unit_currency,
        sheet=Sheet(found),
        settled=settled,
    )
