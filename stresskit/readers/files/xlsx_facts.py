"""Facts of the sheets of an OOXML workbook, strict or not."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from stresskit.readers.files.archive import Archive
from stresskit.readers.files.facts import SIGNS, Facts, Place, place_of
from stresskit.readers.files.xml import feed, local

# Number formats that have a number instead of a text, as far as they show a sign.
_BUILTIN = {5: "$", 6: "$", 7: "$", 8: "$", 9: "0%", 10: "0.00%", 42: "$", 44: "$"}


class _Tags:
    """The elements of a document with their attributes, in order."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, str]]] = []

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        self.seen.append((local(tag), {local(k): v for k, v in attrs.items()}))

    def end(self, tag: str) -> None:
        """Nothing ends that matters."""

    def data(self, text: str) -> None:
        """No text matters."""


class _Sheet:
    """Listener that collects the facts of a sheet."""

    def __init__(self, formats: dict[str, str]) -> None:
        self.facts = Facts()
        self._formats = formats
        self._row = -1
        self._column = -1
        self._place: Place = (-1, -1)
        self._attrs: Mapping[str, str] = {}
        self._text: list[str] | None = None
        self._formula: str | None = None
        self._value = ""
        self._names: dict[str, str] = {}

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        name = self._names.setdefault(tag, local(tag))
        if name == "c":
            self._begin_cell(attrs)
        elif name in {"v", "f"}:
            self._text = []
            if name == "v":
                self.facts.reach(*self._place)
        elif name == "is":
            self.facts.reach(*self._place)
        elif name == "row":
            self._begin_row(attrs)
        elif name == "mergeCell":
            first, _, last = attrs.get("ref", "").partition(":")
            start, stop = place_of(first), place_of(last or first)
            if start and stop:
                self.facts.merged.append((*start, *stop))

    def _begin_row(self, attrs: Mapping[str, str]) -> None:
        number = attrs.get("r", "")
        self._row = int(number) - 1 if number.isdigit() else self._row + 1
        self._column = -1
        if attrs.get("hidden") in {"1", "true"}:
            self.facts.hidden_rows.add(self._row)

    def _begin_cell(self, attrs: Mapping[str, str]) -> None:
        self._place = place_of(attrs.get("r", "")) or (self._row, self._column + 1)
        self._column = self._place[1]
        self._attrs, self._formula, self._value = attrs, None, ""
        shown = self._formats.get(attrs.get("s", ""))
        if shown:
            self.facts.formats[self._place] = shown

    def end(self, tag: str) -> None:
        name = self._names.get(tag, "")
        if name == "f" and self._text is not None:
            self._formula = "".join(self._text)
        elif name == "v" and self._text is not None:
            self._value = "".join(self._text)
        elif name == "c":
            kind = self._attrs.get("t")
            if kind == "e":
                self.facts.errors[self._place] = self._value or "#ERROR"
            # A text can be empty; a number that is not there was not calculated.
            elif self._formula is not None and not self._value and kind != "str":
                self.facts.formulas[self._place] = self._formula
            return
        self._text = None

    def data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)


def xlsx_facts(archive: Archive) -> dict[str, Facts]:
    """Collect the facts of every worksheet, by its name.

    Parameters
    ----------
    archive : Archive
        The workbook.

    Raises
    ------
    HoldingsError
        If a part is damaged.
    """
    book = _workbook_part(archive)
    styles = _number_formats(archive, book)
    folder = posixpath.dirname(book)
    targets = _relations(archive, book)
    found: dict[str, Facts] = {}
    for tag, attrs in _tags(archive, book):
        target = targets.get(attrs.get("id", ""))
        if tag != "sheet" or not target or "worksheet" not in target[0]:
            continue
        path = posixpath.normpath(posixpath.join("/", folder, target[1])).lstrip("/")
        content = archive.read(path)
        if content is None:
            continue
        listener = _Sheet(styles)
        feed(content, listener, part=f"Sheet {attrs.get('name', '')!r}")
        found[attrs.get("name", "")] = listener.facts
    return found


def _tags(archive: Archive, part: str) -> list[tuple[str, dict[str, str]]]:
    content = archive.read(part)
    if content is None:
        return []
    listener = _Tags()
    feed(content, listener, part=f"The part {part}")
    return listener.seen


def _workbook_part(archive: Archive) -> str:
    for _, attrs in _tags(archive, "_rels/.rels"):
        if attrs.get("Type", "").endswith("/officeDocument"):
            return attrs.get("Target", "").lstrip("/")
    return "xl/workbook.xml"


def _relations(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    folder, name = posixpath.split(part)
    path = f"{folder}/_rels/{name}.rels".lstrip("/")
    return {
        attrs["Id"]: (attrs.get("Type", ""), attrs.get("Target", ""))
        for _, attrs in _tags(archive, path)
        if "Id" in attrs
    }


def _number_formats(archive: Archive, book: str) -> dict[str, str]:
    """Give the number formats with a sign of percent or money, by style number."""
    styles = f"{posixpath.dirname(book)}/styles.xml"
    codes: dict[str, str] = {str(k): v for k, v in _BUILTIN.items()}
    formats: dict[str, str] = {}
    inside, count = False, 0
    for tag, attrs in _tags(archive, styles):
        if tag == "numFmt":
            # Text in quotes is shown as it is: a quoted % scales nothing.
            shown = re.sub(r'"[^"]*%[^"]*"', "", attrs.get("formatCode", ""))
            codes[attrs.get("numFmtId", "")] = shown
        elif tag == "cellXfs":
            inside = True
        elif tag in {"cellStyles", "dxfs"}:
            inside = False
        elif tag == "xf" and inside:
            shown = codes.get(attrs.get("numFmtId", ""), "")
            if SIGNS.search(shown):
                formats[str(count)] = shown
            count += 1
    return formats
