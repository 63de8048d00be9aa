"""Excel's XML of 2003, which brokers ship under the name .xls, and XML made safe."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from stresskit.errors import HoldingsError
from stresskit.readers.cells import Broken, Value
from stresskit.readers.files.grids import MAX_CELLS, MAX_COLUMNS, Grid
from stresskit.readers.files.xml import local

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MAX_DEPTH = 100
_MAX_KEPT = 100_000
_AGAIN = "Download or export the file again."
_SPLIT = "Save the sheet with the positions as a file of its own."
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.-]{1,40})[\"']")
_DECLARATION = re.compile(r"<\?xml[^>]{0,200}\?>")
_ENTITY = r"#\d{1,7};|#x[0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);"
_BARE_AND = re.compile(rf"&(?!{_ENTITY})")
# Characters that XML allows in no way, not even escaped.
_FORBIDDEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])
_PLAIN = re.compile(r"[+-]?(?:\d{1,60}(?:\.\d{0,60})?|\.\d{1,60})(?:[eE][+-]?\d{1,3})?")
_KEPT = frozenset({"Style", "Column", "Row", "Visible"})
_MERGES = ("MergeAcross", "MergeDown")
# The named formats whose names do not show what the interpreter looks for.
_NAMED_FORMATS = {
    "General Number": "General",
    "Percent": "0.00%",
    "Standard": "#,##0.00",
    "Fixed": "0.00",
    "Scientific": "0.00E+00",
    "Euro Currency": "[$€-2] #,##0.00",
}


class _Blocks(io.BytesIO):
    """A file read in large blocks.

    Older versions of expat scan an unfinished token anew with each block: few of
    them keep that from growing with the square of the token's length.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(max(size or 0, 1_000_000))


def decoded(content: bytes, declared: str | None) -> str:
    r"""Decode text by its byte order mark, what it declares, or what fits.

    Parameters
    ----------
    content : bytes
        The text.
    declared : str or None
        Encoding that the text names.

    Examples
    --------
    >>> decoded(b"\xef\xbb\xbfZ\xc3\xbcrich", None), decoded(b"Z\xfcrich", "utf-8")
    ('Zürich', 'Zürich')
    """
    wide = declared is not None and declared.lower().startswith(("utf-16", "ucs-2"))
    names = [] if declared is None or wide else [declared.lower()]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        names = ["utf-16"]
    elif content.startswith((b"<\x00", b"\x00<")):
        names = ["utf-16-le" if content[:1] == b"<" else "utf-16-be"]
    elif content.startswith(b"\xef\xbb\xbf"):
        names = ["utf-8-sig"]
    for name in (*names, "utf-8"):
        # What calls itself Latin-1 mostly has the quotes and the euro of Windows.
        codec = "cp1252" if re.fullmatch(r"iso-?8859-1|latin-?1", name) else name
        try:
            return content.decode(codec).lstrip("\ufeff")
        except (UnicodeError, LookupError, ValueError):
            continue
    return content.decode("cp1252", errors="replace")


def plain_number(text: str | None) -> Value:
    """Give a number where a text is nothing else, or the text, or None if blank.

    Parameters
    ----------
    text : str or None
        Text of an element.

    Examples
    --------
    >>> plain_number(" 1200.50 "), plain_number("1,200"), plain_number(" ")
    (1200.5, '1,200', None)
    """
    bare = (text or "").strip()
    if _PLAIN.fullmatch(bare) and abs(float(bare)) < float("inf"):
        return float(bare)
    return bare or None


def xml_events(content: bytes, keep: frozenset[str]) -> Iterator[tuple[str, Element]]:
    """Walk through XML: starts and ends of elements, in which only some are kept.

    An element named in ``keep`` is given once, at its end and with all it holds;
    what is inside is not given by itself. Of all others only the tags are given.

    Parameters
    ----------
    content : bytes
        The XML; blanks before it, wrong encodings and bare ampersands are forgiven.
    keep : frozenset of str
        Names without namespace.

    Raises
    ------
    HoldingsError
        If it is cut off or malformed, declares entities, or nests too deeply.

    Examples
    --------
    >>> [(e, x.tag, x.text) for e, x in xml_events(b"<a><b>1</b></a>", frozenset("b"))]
    [('start', 'a', None), ('end', 'b', '1'), ('end', 'a', None)]
    """
    found = _DECLARED.search(content[:400].replace(b"\x00", b""))
    text = decoded(content.lstrip(), found[1].decode("ascii") if found else None)
    text = _DECLARATION.sub("", text.lstrip()[:400], count=1) + text.lstrip()[400:]
    text = text.translate(_FORBIDDEN)
    # In a CDATA section an ampersand stands for itself.
    if "<![CDATA[" not in text:
        text = _BARE_AND.sub("&amp;", text)
    source = _Blocks(text.strip().encode("utf-8", errors="replace"))
    try:
        yield from _walk(source, keep)
    except ParseError as error:
        raise HoldingsError(
            f"The XML is cut off or malformed: {error}.", hint=_AGAIN, code="damaged"
        ) from error
    except DefusedXmlException as error:
        raise HoldingsError(
            "The XML declares entities or a document type, which can be made to do "
            "harm; it was not read.",
            hint="Export the file without a DOCTYPE.",
            code="damaged",
        ) from error


def _walk(source: _Blocks, keep: frozenset[str]) -> Iterator[tuple[str, Element]]:
    path: list[Element] = []
    inside = kept = 0
    for event, element in iterparse(source, events=("start", "end"), forbid_dtd=True):
        if event == "start":
            path.append(element)
            kept += 1
            if len(path) > _MAX_DEPTH:
                raise HoldingsError(
                    f"The XML nests more than {_MAX_DEPTH} levels deep.",
                    hint=_AGAIN,
                    code="damaged",
                )
            if inside or local(element.tag) in keep:
                inside += 1
                if kept > _MAX_KEPT:
                    raise HoldingsError(
                        f"An element {local(path[-inside].tag)} of the XML holds "
                        f"more than {_MAX_KEPT:,} others.",
                        hint=_SPLIT,
                        code="too-large",
                    )
                continue
            kept = 0
            yield event, element
            continue
        path.pop()
        inside -= bool(inside)
        if inside:
            continue
        kept = 0
        yield event, element
        if path:
            # All that was read would stay in memory below the root.
            del path[-1][:]


@dataclass
class _Sheet:
    """A worksheet while it is read: cells by row and column from 0."""

    title: str
    cells: dict[tuple[int, int], Value] = field(default_factory=dict)
    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    columns: dict[int, str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    next_row: int = 0
    next_column: int = 0
    hidden: bool = False

    def grid(self) -> Grid:
        height = max((row + 1 for row, _ in self.cells), default=0)
        width = max((column + 1 for _, column in self.cells), default=0)
        if width > MAX_COLUMNS or height * width > MAX_CELLS:
            raise HoldingsError(
                f"Sheet {self.title} has {height:,} rows by {width:,} columns, "
                "which is too much.",
                hint="Delete stray cells, or save the table by itself.",
                code="too-large",
            )
        rows: list[list[Value]] = [[None] * width for _ in range(height)]
        for (row, column), value in self.cells.items():
            rows[row][column] = value
        return Grid(
            sheet=self.title,
            rows=rows,
            formats=self.formats,
            hidden=self.hidden,
            hidden_rows=frozenset(r for r in self.hidden_rows if r < height),
            merged=tuple(self.merged),
        )


def read_spreadsheetml_grids(content: bytes) -> list[Grid]:
    """Read the worksheets of a workbook in Excel's XML of 2003.

    Parameters
    ----------
    content : bytes
        The file.

    Raises
    ------
    HoldingsError
        If the file is damaged, no such workbook, or has cells too far out.

    Examples
    --------
    >>> data = '<Cell><Data ss:Type="Number">1.5</Data></Cell>'
    >>> book = '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    >>> book += 'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
    >>> book += f'<Worksheet ss:Name="Depot"><Table><Row>{data}</Row></Table>'
    >>> read_spreadsheetml_grids((book + "</Worksheet></Workbook>").encode())[0].rows
    [[1.5]]
    """
    styles: dict[str, tuple[str, str]] = {}
    sheets: list[_Sheet] = []
    is_book = False
    for event, element in xml_events(content, _KEPT):
        name = local(element.tag)
        if not is_book and name != "Workbook":
            raise HoldingsError(
                f"The XML holds a {name[:60]}, not an Excel workbook.",
                hint="Open it in a spreadsheet program and save it as .xlsx.",
                code="not-a-spreadsheet",
            )
        is_book = True
        if event == "start" and name == "Worksheet":
            title = _attributes(element).get("Name") or f"Sheet{len(sheets) + 1}"
            sheets.append(_Sheet(title))
        elif event == "end" and name == "Style":
            _note_style(element, styles)
        elif event == "end" and sheets:
            _note(element, name, sheets[-1], styles)
    if not sheets:
        raise HoldingsError(
            "The workbook has no worksheet.",
            hint="Open it in a spreadsheet program and save it as .xlsx.",
            code="damaged",
        )
    return [sheet.grid() for sheet in sheets]


def _attributes(element: Element) -> dict[str, str]:
    # Writers other than Excel leave the namespace of attributes out.
    return {local(k): v for k, v in element.attrib.items()}


def _note(
    element: Element, name: str, sheet: _Sheet, styles: dict[str, tuple[str, str]]
) -> None:
    if name == "Row":
        _note_row(element, sheet, styles)
    elif name == "Column":
        _note_column(element, sheet)
    elif name == "Visible":
        sheet.hidden = (element.text or "").strip() in {
            "SheetHidden",
            "SheetVeryHidden",
        }


def _note_style(element: Element, styles: dict[str, tuple[str, str]]) -> None:
    """Keep a style's number format, and the style it builds upon."""
    own = _attributes(element)
    shown = ""
    for child in element:
        if local(child.tag) == "NumberFormat":
            shown = _attributes(child).get("Format", "General")
    styles[own.get("ID", "")] = (
        _NAMED_FORMATS.get(shown, shown),
        own.get("Parent", ""),
    )


def _number_format(style: str, styles: dict[str, tuple[str, str]]) -> str:
    # Excel's styles have one parent at most; a ring of them must not go round.
    shown, parent = styles.get(style, ("", ""))
    shown = shown or styles.get(parent, ("", ""))[0]
    return "" if shown == "General" else shown


def _count(text: str | None, *, default: int) -> int:
    """Read an index or a span; what is out of all bounds becomes a billion."""
    if text is None or not re.fullmatch(r"\s*[0-9]+\s*", text):
        return default
    return int(text) if len(text) < 10 else 10**9


def _note_column(element: Element, sheet: _Sheet) -> None:
    """Keep the style of a run of columns: cells without their own have it."""
    own = _attributes(element)
    first = _count(own.get("Index"), default=sheet.next_column + 1) - 1
    last = first + _count(own.get("Span"), default=0)
    sheet.next_column = last + 1
    if "StyleID" in own:
        for column in range(max(first, 0), min(last + 1, MAX_COLUMNS)):
            sheet.columns[column] = own["StyleID"]


def _note_row(
    element: Element, sheet: _Sheet, styles: dict[str, tuple[str, str]]
) -> None:
    own = _attributes(element)
    row = max(_count(own.get("Index"), default=sheet.next_row + 1) - 1, 0)
    span = _count(own.get("Span"), default=0)
    sheet.next_row = row + span + 1
    if own.get("Hidden") == "1":
        sheet.hidden_rows.update(range(row, row + min(span, MAX_CELLS) + 1))
    column = 0
    for cell in element:
        if local(cell.tag) != "Cell":
            continue
        its = _attributes(cell)
        column = max(_count(its.get("Index"), default=column + 1) - 1, 0)
        value = _cell_value(cell, its)
        if value is not None:
            sheet.cells[row, column] = value
            style = its.get("StyleID") or own.get("StyleID")
            style = style or sheet.columns.get(column, "Default")
            if shown := _number_format(style, styles):
                sheet.formats[row, column] = shown
            across, down = (_count(its.get(n), default=0) for n in _MERGES)
            if across or down:
                sheet.merged.append((row, column, row + down, column + across))
        column += 1 + _count(its.get("MergeAcross"), default=0)


def _cell_value(cell: Element, its: dict[str, str]) -> Value:
    # A comment holds data of its own, deeper down.
    data = next((c for c in cell if local(c.tag) == "Data"), None)
    if data is None:
        if "Formula" in its:
            return Broken(f"formula without a result: {its['Formula']}")
        return None
    # Rich text stands in elements of its own.
    text = "".join(data.itertext())
    kind = _attributes(data).get("Type", "String")
    if kind == "Number":
        return plain_number(text)
    if kind == "Error":
        return Broken(text)
    if kind == "Boolean":
        return text.strip() in {"1", "true", "True"}
    if kind == "DateTime":
        try:
            return dt.datetime.fromisoformat(text.strip())
        except ValueError:
            return text or None
    return text or None
