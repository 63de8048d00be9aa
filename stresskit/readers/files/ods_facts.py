"""Facts of the sheets of an OpenDocument spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping

from stresskit.readers.files.archive import Archive
from stresskit.readers.files.facts import Facts
from stresskit.readers.files.grids import MAX_COLUMNS
from stresskit.readers.files.xml import feed, local

_MOST = 1_048_576


def _repeated(attrs: Mapping[str, str], name: str) -> int:
    text = attrs.get(name, "1")
    return max(1, min(int(text), _MOST)) if text.isdigit() else 1


class _Document:
    """Listener that collects the facts of all sheets."""

    def __init__(self) -> None:
        self.sheets: dict[str, Facts] = {}
        self._facts = Facts()
        self._row = 0
        self._rows = 1
        self._column = 0
        self._cell: dict[str, str] = {}
        self._shown = ""
        self._names: dict[str, str] = {}

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        name = self._names.setdefault(tag, local(tag))
        if name == "table":
            own = {local(k): v for k, v in attrs.items()}
            self._facts = self.sheets.setdefault(own.get("name", ""), Facts())
            self._row = 0
        elif name == "table-row":
            own = {local(k): v for k, v in attrs.items()}
            self._rows = _repeated(own, "number-rows-repeated")
            self._column = 0
            if own.get("visibility") in {"collapse", "filter"} and self._rows < 10_000:
                self._facts.hidden_rows.update(range(self._row, self._row + self._rows))
        elif name in {"table-cell", "covered-table-cell"}:
            self._cell = {local(k): v for k, v in attrs.items()}
            self._shown = ""

    def end(self, tag: str) -> None:
        name = self._names.get(tag, "")
        if name in {"table-cell", "covered-table-cell"}:
            self._note_cell()
        elif name == "table-row":
            self._row += self._rows

    def data(self, text: str) -> None:
        if self._cell.get("value-type") == "error":
            self._shown += text

    def _note_cell(self) -> None:
        cell, self._cell = self._cell, {}
        columns = _repeated(cell, "number-columns-repeated")
        kind = cell.get("value-type", "")
        here = range(self._column, min(self._column + columns, MAX_COLUMNS))
        self._column += columns
        if not kind and "formula" not in cell:
            return
        rows = range(self._row, self._row + min(self._rows, 10_000))
        for row in rows:
            for column in here:
                self._note(row, column, kind, cell)

    def _note(self, row: int, column: int, kind: str, cell: dict[str, str]) -> None:
        self._facts.reach(row, column)
        if kind == "error":
            self._facts.errors[row, column] = self._shown.strip() or "#ERROR"
        elif kind == "percentage":
            self._facts.formats[row, column] = "0.00%"
        elif kind == "currency":
            self._facts.formats[row, column] = f"[${cell.get('currency', '')}]"
        elif not kind:
            self._facts.formulas[row, column] = cell.get("formula", "")


def ods_facts(archive: Archive) -> dict[str, Facts]:
    """Collect the facts of every sheet, by its name.

    Parameters
    ----------
    archive : Archive
        The workbook.

    Raises
    ------
    HoldingsError
        If its content is damaged.
    """
    listener = _Document()
    feed(archive.read("content.xml") or b"", listener, part="The part content.xml")
    return listener.sheets
