"""A workbook's cells with formulas and the values kept beside them, in one pass."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stresskit.core.same_cells import Cell, Place, Sheets, Value, address
from stresskit.errors import HoldingsError
from stresskit.readers.files.archive import Archive
from stresskit.readers.files.facts import place_of
from stresskit.readers.files.kinds import checked_members
from stresskit.readers.files.xml import feed, local

if TYPE_CHECKING:
    from collections.abc import Mapping

# A report of 10,000 positions unpacks to a third of this.
MAX_UNPACKED = 300_000_000
MAX_CELLS = 4_000_000
# A shared formula is a short text that stands for many long ones.
MAX_SHARED = 50_000_000


@dataclass
class Workbook:
    """Cells by sheet and place, names of cells, and the document's own properties.

    ``oddities`` are sentences on what no report has: hidden sheets, rows and columns,
    names of one sheet alone, cells written twice, formulas that wait to be calculated.
    """

    sheets: Sheets = field(default_factory=dict)
    names: dict[str, tuple[str, Place]] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    oddities: tuple[str, ...] = ()


def read_cells(content: bytes) -> Workbook:
    """Read an .xlsx file; nothing in it is calculated, run or followed.

    Raises
    ------
    HoldingsError
        If it is damaged, no workbook, or unpacks to too much.
    """
    import zipfile
    import zlib

    if sum(m.file_size for m in checked_members(content)) > MAX_UNPACKED:
        raise too_much()
    try:
        return _read(Archive(content))
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, LookupError) as error:
        if isinstance(error, HoldingsError):
            raise
        raise HoldingsError(
            "The workbook is cut off or damaged: a part of it cannot be unpacked.",
            hint="Copy or download the file again.",
            code="damaged",
        ) from error
    except (NotImplementedError, RuntimeError, OSError) as error:
        # Encrypted members, and ways of packing that are not known.
        raise HoldingsError(
            "The workbook is packed in a way that is not read.",
            hint="Open it in a spreadsheet program and save it again as .xlsx.",
            code="damaged",
        ) from error


def too_much() -> HoldingsError:
    """Return the error that a file is larger than any report."""
    return HoldingsError(
        "The workbook is larger than any report.",
        hint="Give the report as it was written.",
        code="too-large",
    )


def _read(archive: Archive) -> Workbook:
    part = "xl/workbook.xml"
    content = archive.read(part)
    if content is None:
        raise HoldingsError(
            "The file is an archive, but not an .xlsx workbook.", code="not-a-report"
        )
    book = _Book()
    feed(content, book, part=f"The part {part}")
    targets = _Relations()
    relations = archive.read("xl/_rels/workbook.xml.rels")
    if relations is not None:
        feed(relations, targets, part="The list of sheets")
    strings = _Strings()
    shared = archive.read("xl/sharedStrings.xml")
    if shared is not None:
        feed(shared, strings, part="The list of texts")
    found = Workbook()
    left = MAX_CELLS
    odd = list(book.odd)
    for name, key in book.sheets:
        path = posixpath.normpath(posixpath.join("/xl", targets.found.get(key, "")))
        sheet = archive.read(path.lstrip("/"))
        if sheet is None:
            continue
        listener = _Sheet(strings.texts, left)
        feed(sheet, listener, part=f"Sheet {name!r}")
        found.sheets[name] = listener.cells
        odd += [f"{what} on the sheet {name!r}." for what in sorted(listener.odd)]
        left -= len(listener.cells)
    found.names = _single_cells(book.names)
    properties = _Properties()
    custom = archive.read("docProps/custom.xml")
    if custom is not None:
        feed(custom, properties, part="The document's properties")
    found.properties = properties.found
    found.oddities = tuple(odd)
    return found


def _single_cells(names: Mapping[str, str]) -> dict[str, tuple[str, Place]]:
    found = {}
    for name, target in names.items():
        sheet, mark, at = target.rpartition("!")
        place = place_of(at.replace("$", ""))
        if mark and place is not None:
            plain = sheet.lstrip("$").strip("'").replace("''", "'")
            found[name] = (plain, place)
    return found


class _Listener:
    """What is told of elements; texts are collected where one is wanted."""

    def __init__(self) -> None:
        self.text: list[str] | None = None

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        """Note that an element begins."""

    def end(self, tag: str) -> None:
        """Note that an element ends."""

    def data(self, text: str) -> None:
        """Collect text."""
        if self.text is not None:
            self.text.append(text)


class _Book(_Listener):
    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str]] = []
        self.names: dict[str, str] = {}
        self.odd: list[str] = []
        self._name = ""

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        name = local(tag)
        if name == "sheet":
            plain = {local(k): v for k, v in attrs.items()}
            self.sheets.append((plain.get("name", ""), plain.get("id", "")))
            if plain.get("state", "visible") != "visible":
                self.odd.append(f"The sheet {plain.get('name', '')!r} is hidden.")
        elif name == "definedName" and "localSheetId" not in attrs:
            self._name, self.text = attrs.get("name", ""), []
        elif name == "definedName" and not attrs.get("name", "").startswith("_xlnm"):
            own = attrs.get("name", "")
            self.odd.append(f"The name {own!r} means something else on one sheet.")
        elif name == "calcPr" and attrs.get("calcMode", "auto") == "manual":
            self.odd.append("Its formulas are not calculated by themselves.")

    def end(self, tag: str) -> None:
        if self.text is not None and local(tag) == "definedName":
            self.names[self._name] = "".join(self.text)
            self.text = None


class _Relations(_Listener):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        if local(tag) == "Relationship":
            self.found[attrs.get("Id", "")] = attrs.get("Target", "")


class _Properties(_Listener):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._name = ""

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        if local(tag) == "property":
            self._name, self.text = attrs.get("name", ""), []

    def end(self, tag: str) -> None:
        if self.text is not None and local(tag) == "property":
            self.found[self._name] = "".join(self.text)
            self.text = None


class _Strings(_Listener):
    """The texts of a workbook; those of pronunciation are no part of them."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._spoken = False

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        del attrs
        name = local(tag)
        if name == "si":
            self._parts = []
        elif name == "rPh":
            self._spoken = True
        elif name == "t" and not self._spoken:
            self.text = self._parts

    def end(self, tag: str) -> None:
        name = local(tag)
        if name == "t":
            self.text = None
        elif name == "rPh":
            self._spoken = False
        elif name == "si":
            self.texts.append("".join(self._parts))


class _Sheet(_Listener):
    def __init__(self, strings: list[str], most: int) -> None:
        super().__init__()
        self.cells: dict[Place, Cell] = {}
        self._strings, self._most = strings, most
        self._place: Place = (-1, -1)
        self._kind = ""
        self._value: str | None = None
        self._formula: str | None = None
        self._shared: dict[str, tuple[Place, str]] = {}
        self._index: str | None = None
        self._spent = 0
        self._names: dict[str, str] = {}
        self.odd: set[str] = set()

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        name = self._names.get(tag) or self._names.setdefault(tag, local(tag))
        if name in ("row", "col") and attrs.get("hidden", "0") in ("1", "true"):
            self.odd.add("Rows or columns are hidden")
        if name == "c":
            found = place_of(attrs.get("r", ""))
            self._place = found or (self._place[0], self._place[1] + 1)
            self._kind = attrs.get("t", "n")
            self._value = self._formula = self._index = None
        elif name == "row":
            number = attrs.get("r", "")
            row = int(number) - 1 if number.isascii() and number.isdigit() else None
            self._place = (self._place[0] + 1 if row is None else row, -1)
        elif name in ("v", "t"):
            self.text = []
        elif name == "f":
            self.text = []
            if attrs.get("t") == "shared":
                self._index = attrs.get("si", "")

    def end(self, tag: str) -> None:
        name = self._names.get(tag, "")
        if name in ("v", "t") and self.text is not None:
            # A rich text in the cell itself comes in several pieces.
            self._value = (self._value or "") + "".join(self.text)
            self.text = None
        elif name == "f" and self.text is not None:
            self._formula = self._whole("".join(self.text))
            self.text = None
        elif name == "c":
            value = self._read()
            if value is not None or self._formula is not None:
                if self._place in self.cells:
                    self.odd.add("A cell is written twice")
                self.cells[self._place] = Cell(value, self._formula)
            if len(self.cells) > self._most:
                raise too_much()

    def _whole(self, formula: str) -> str:
        """Return a formula; one that is shared stands where it is written first."""
        if self._index is None:
            return formula
        if formula:
            self._shared[self._index] = (self._place, formula)
            return formula
        from openpyxl.formula.translate import Translator

        origin, first = self._shared.get(self._index, (self._place, ""))
        self._spent += len(first)
        if self._spent > MAX_SHARED:
            raise too_much()
        moved = Translator(f"={first}", origin=address(origin))
        return str(moved.translate_formula(address(self._place))).removeprefix("=")

    def _read(self) -> Value:
        text = self._value
        if text is None:
            return None
        if self._kind == "s":
            number = int(text)
            return self._strings[number] if number >= 0 else text
        if self._kind == "b":
            return text.strip() in ("1", "true")
        if self._kind == "n":
            # An empty value is what a formula without an answer keeps.
            return float(text) if text.strip() else None
        return text
