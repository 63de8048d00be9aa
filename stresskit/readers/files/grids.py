"""Files to grids of cells: the content decides the format, the gate comes first."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from stresskit.errors import HoldingsError
from stresskit.readers.cells import Broken, Value

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MAX_FILE_BYTES = 50_000_000
MAX_UNPACKED_BYTES = 500_000_000
MAX_MEMBERS = 5_000
# A worksheet of equal cells packs 200 to 1; bombs start around 1000 to 1.
MAX_RATIO = 400
MAX_COLUMNS = 1_000
MAX_CELLS = 5_000_000

_FORMATS = "Give a .csv or .xlsx file with one line per position."
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER_FORMATS = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"PAR1", "a Parquet file"),
    (b"{\\rtf", "a text document"),
    (b"\x1f\x8b", "a compressed file"),
)


@dataclass(frozen=True)
class Grid:
    """The cells of one sheet; row 1 is ``rows[0]`` and column A is index 0.

    ``formats`` holds the number format of cells that have one, by index.
    ``sheet`` is None for a text file, which has no sheets but a ``delimiter``.
    """

    sheet: str | None
    rows: list[list[Value]]
    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    delimiter: str | None = None


@dataclass(frozen=True)
class Source:
    """A file's content with what identifies it."""

    name: str
    format: str
    sha256: str
    grids: list[Grid]


def column_letters(index: int) -> str:
    """Give the letters of a column from its 0-based index.

    Parameters
    ----------
    index : int
        0 is column A.

    Examples
    --------
    >>> column_letters(0), column_letters(27)
    ('A', 'AB')
    """
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def read_source(path: str | Path) -> Source:
    """Read a spreadsheet file into grids, whatever its name says it is.

    Parameters
    ----------
    path : str or Path
        File.

    Raises
    ------
    HoldingsError
        If the file is not there, empty, too large, damaged or no spreadsheet.
    """
    content = _content(Path(path))
    if content.startswith(b"PK"):
        kind, grids = "xlsx", read_xlsx_grids(content)
    else:
        kind, grids = "csv", read_csv_grids(content)
    digest = hashlib.sha256(content).hexdigest()
    return Source(name=Path(path).name, format=kind, sha256=digest, grids=grids)


def _content(path: Path) -> bytes:
    try:
        is_folder, size = path.is_dir(), path.stat().st_size
        content = b"" if is_folder or size > MAX_FILE_BYTES else path.read_bytes()
    except FileNotFoundError as error:
        raise HoldingsError(f"There is no file {path}.", code="not-found") from error
    except (OSError, ValueError) as error:
        raise HoldingsError(f"{path} cannot be opened: {error}.") from error
    if is_folder:
        raise HoldingsError(f"{path} is a folder, not a file.", hint=_FORMATS)
    if size > MAX_FILE_BYTES:
        raise HoldingsError(
            f"{path.name} has {size:,} bytes; at most {MAX_FILE_BYTES:,} are read.",
            hint="Save the sheet with the positions as a file of its own.",
            code="too-large",
        )
    if not content.strip(b"\x00\t\n\r \xef\xbb\xbf"):
        raise HoldingsError(f"{path.name} is empty.", hint=_FORMATS, code="empty")
    _refuse_other_formats(path.name, content)
    return content


def _refuse_other_formats(name: str, content: bytes) -> None:
    """Say what a file is when it is not a spreadsheet that can be read."""
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise HoldingsError(
                f"{name} is protected by a password.",
                hint="Open it and save a copy without the password.",
                code="encrypted",
            )
        raise HoldingsError(
            f"{name} is in the old .xls format, which is not read yet.",
            hint="Open it and save as .xlsx.",
            code="old-xls",
        )
    found = next((w for mark, w in _OTHER_FORMATS if content.startswith(mark)), None)
    head = content[:2000].decode("latin-1").lstrip("\ufeffï»¿ \r\n\t").lower()
    if head.startswith(("<!doctype html", "<html")) or "<html" in head[:500]:
        found = "a web page (HTML)"
    elif head.startswith("<"):
        found = "an XML file"
    elif head.startswith("{"):
        found = "a JSON file"
    elif not content.startswith((b"PK", b"\xff\xfe", b"\xfe\xff")):
        control = sum(b < 9 or 13 < b < 32 for b in content[:4000])
        if control > len(content[:4000]) / 100:
            found = found or "a binary file"
    if found:
        raise HoldingsError(
            f"{name} is {found}, not a spreadsheet.",
            hint=_FORMATS,
            code="not-a-spreadsheet",
        )


def read_csv_grids(content: bytes) -> list[Grid]:
    r"""Read delimited text in any of the usual encodings and delimiters.

    Parameters
    ----------
    content : bytes
        The file.

    Raises
    ------
    HoldingsError
        If the text cannot be split into rows.

    Examples
    --------
    >>> read_csv_grids(b"Name;Wert\rSAP;1,5")[0].rows
    [['Name', 'Wert'], ['SAP', '1,5']]
    """
    text = _decoded(content).replace("\x00", "")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        delimiter = _delimiter(text)
        reader = csv.reader(io.StringIO(text), delimiter=delimiter)
        rows: list[list[Value]] = [list(row) for row in reader]
    except csv.Error as error:
        raise HoldingsError(
            f"The text cannot be split into rows: {error}.", hint=_FORMATS
        ) from error
    return [Grid(sheet=None, rows=rows, delimiter=delimiter)]


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace").lstrip("\ufeff")
    try:
        return content.decode("utf-8-sig").lstrip("\ufeff")
    except UnicodeDecodeError:
        pass
    # Japanese brokers write cp932; western text hardly ever decodes to kana there.
    try:
        japanese = content.decode("cp932")
    except UnicodeDecodeError:
        japanese = ""
    if len(re.findall(r"[ぁ-ヿ一-龠]", japanese)) > 10 and re.search(
        r"銘柄|数量|評価|ファンド|株", japanese
    ):
        return japanese
    return content.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    """Choose the delimiter that gives the most rows of one same width above one."""
    sample = text[:200_000].split("\n")[:400]
    best, best_score = ",", 0
    # Decimal commas split the rows but not the header: a true delimiter wins.
    for delimiter in ";\t|,":
        found = Counter(len(row) for row in _rows_of_sample(sample, delimiter))
        score = max((width * n for width, n in found.items() if width > 1), default=0)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _rows_of_sample(sample: list[str], delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(sample, delimiter=delimiter)
    try:
        yield from reader
    except csv.Error:
        return


def read_xlsx_grids(content: bytes) -> list[Grid]:
    """Read the visible and hidden sheets of a workbook, values and number formats.

    Parameters
    ----------
    content : bytes
        The file.

    Raises
    ------
    HoldingsError
        If the file is damaged, no workbook, or unpacks to too much.
    """
    _gate(content)
    import openpyxl

    try:
        with warnings.catch_warnings():
            # openpyxl warns of styles and extensions it leaves out; none is read.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
            grids = [_grid(sheet) for sheet in book.worksheets]
            # A formula without a stored result looks blank: only a second
            # look at the formulas tells the two apart.
            if any(b"<f" in part for part in _sheet_parts(content)):
                formulas = openpyxl.load_workbook(io.BytesIO(content))
                for grid, sheet in zip(grids, formulas.worksheets, strict=True):
                    _mark_uncached(grid, sheet)
    except HoldingsError:
        raise
    except Exception as error:
        raise HoldingsError(
            f"The workbook cannot be read: {type(error).__name__}.",
            hint="Open it in a spreadsheet program and save it again as .xlsx.",
            code="damaged",
        ) from error
    if not grids:
        raise HoldingsError(
            "The workbook has no worksheet that can be read.",
            hint="Save it as .xlsx (not Strict Open XML).",
        )
    return grids


def _gate(content: bytes) -> None:
    """Refuse an archive that is damaged, no workbook or a bomb, before unpacking."""
    damaged = HoldingsError(
        "The workbook is cut off or damaged: its archive cannot be opened.",
        hint="Copy or download the file again.",
        code="damaged",
    )
    try:
        members = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise damaged from error
    except Exception as error:
        raise damaged from error
    unpacked = sum(m.file_size for m in members)
    packed = sum(m.compress_size for m in members)
    if (
        len(members) > MAX_MEMBERS
        or unpacked > MAX_UNPACKED_BYTES
        or (unpacked > 10_000_000 and unpacked > MAX_RATIO * max(packed, 1))
    ):
        raise HoldingsError(
            f"The workbook unpacks to {unpacked:,} bytes in {len(members):,} parts, "
            "which is too much.",
            hint="Save the sheet with the positions as a file of its own.",
            code="too-large",
        )
    names = {m.filename for m in members}
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        raise HoldingsError(
            "The file is an archive, but not an Excel workbook.",
            hint=_FORMATS,
            code="not-a-spreadsheet",
        )


def _sheet_parts(content: bytes) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            if member.filename.startswith("xl/worksheets/"):
                yield archive.read(member)


def _grid(sheet: Worksheet) -> Grid:
    # Cells that only carry a style can stand a million rows down: the public
    # iterators would create every cell on the way.
    cells = {
        place: cell
        for place, cell in sheet._cells.items()  # noqa: SLF001 - see above
        if cell.value is not None
    }
    height = max((row for row, _ in cells), default=0)
    width = min(max((column for _, column in cells), default=0), MAX_COLUMNS)
    if height * width > MAX_CELLS:
        raise HoldingsError(
            f"Sheet {sheet.title} has {height:,} rows by {width:,} columns, "
            "which is too much.",
            hint="Delete stray cells, or save the table by itself.",
            code="too-large",
        )
    rows: list[list[Value]] = [[None] * width for _ in range(height)]
    formats: dict[tuple[int, int], str] = {}
    for (row, column), cell in cells.items():
        if column > width:
            continue
        rows[row - 1][column - 1] = _value(cell.value, cell.data_type)
        if cell.number_format != "General":
            formats[row - 1, column - 1] = cell.number_format
    return Grid(sheet=sheet.title, rows=rows, formats=formats)


def _value(value: object, data_type: str) -> Value:
    if data_type == "e":
        return Broken(value)
    if isinstance(value, (str, int, float, dt.date, dt.time)):
        return value
    return str(value)


def _mark_uncached(grid: Grid, sheet: Worksheet) -> None:
    """Put a broken cell where a formula has no stored result."""
    for (row, column), cell in sheet._cells.items():  # noqa: SLF001 - see `_grid`
        if cell.data_type != "f" or row > len(grid.rows):
            continue
        cells = grid.rows[row - 1]
        if column <= len(cells) and cells[column - 1] is None:
            cells[column - 1] = Broken(f"formula without a result: {cell.value}")
