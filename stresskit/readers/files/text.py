"""Delimited text in any of the usual encodings and delimiters to a grid."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from typing import TYPE_CHECKING

from stresskit.errors import HoldingsError
from stresskit.readers.cells import Value
from stresskit.readers.files.grids import MAX_CELLS, Grid
from stresskit.readers.files.kinds import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stresskit.model import Issue

_SAMPLE_ROWS = 400
SAMPLE_LETTERS = 200_000
# Asian brokers write these; a western text hardly ever holds such words in them.
_ASIAN = ("cp932", "gb18030", "big5hkscs", "euc_jp", "euc_kr")
_ASIAN_WORDS = re.compile(
    r"銘柄|数量|評価|ファンド|株|口数|証券|代码|名称|市值|持仓|股票|证券|基金|币种|"
    r"代號|代碼|名稱|股數|幣別|現價|市價|종목|수량|평가|금액|통화|자산"
)
# Codes are written so that spreadsheets keep their zeros.
_FORMULA_TEXT = re.compile(r'^="([^"]*)"$')
_CYRILLIC = re.compile(r"[а-яё]{4,}", re.IGNORECASE)


def read_text_grid(content: bytes) -> tuple[Grid, list[Issue]]:
    r"""Read delimited text, and say what of it could not be decoded.

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
    >>> read_text_grid(b"Name;Wert\rSAP;1,5")[0].rows
    [['Name', 'Wert'], ['SAP', '1,5']]
    """
    text, issues = decoded(content)
    text = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    try:
        text, delimiter = stated_delimiter(text)
        delimiter = delimiter or likely_delimiter(text)
        if text.count(delimiter) > 4 * MAX_CELLS:
            raise HoldingsError(
                f"The text has more than {4 * MAX_CELLS:,} cells, which is too much.",
                hint="Save fewer rows or columns in a file of their own.",
                code="too-large",
            )
        reader = csv.reader(io.StringIO(text), delimiter=delimiter)
        rows: list[list[Value]] = [list(row) for row in reader]
        if '="' in text[:SAMPLE_LETTERS]:
            rows = [[_FORMULA_TEXT.sub(r"\1", str(v)) for v in r] for r in rows]
    except csv.Error as error:
        raise HoldingsError(
            f"The text cannot be split into rows: {error}.", hint=FORMATS
        ) from error
    return Grid(sheet=None, rows=rows, delimiter=delimiter), issues


def read_csv_grids(content: bytes) -> list[Grid]:
    """Read delimited text into the one grid that it is.

    Parameters
    ----------
    content : bytes
        The file.

    Raises
    ------
    HoldingsError
        If the text cannot be split into rows.
    """
    return [read_text_grid(content)[0]]


def decoded(content: bytes) -> tuple[str, list[Issue]]:
    """Decode a text by its marks, its words, or as western; say what was lost.

    Parameters
    ----------
    content : bytes
        The text.

    Examples
    --------
    >>> decoded("Stück;Währung".encode("cp1252"))[0]
    'Stück;Währung'
    """
    if content.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        return _lossy(content, "utf-32")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _lossy(content, "utf-16")
    head = content[:2000]
    zeros = head[0::2].count(0), head[1::2].count(0)
    if max(zeros) > 0.15 * len(head):
        return _lossy(content, "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le")
    try:
        return content.decode("utf-8-sig").lstrip("\ufeff"), []
    except UnicodeDecodeError as error:
        bad = error
    found = _asian(content)
    if found:
        return found, []
    # A few damaged letters do not make a text another encoding's.
    if _mostly_utf8(content):
        return _lossy(content, "utf-8-sig", at=bad.start)
    if _is_mac(content):
        return content.decode("mac_roman"), []
    if _is_dos(content):
        return content.decode("cp850"), []
    cyrillic = content[:SAMPLE_LETTERS].decode("cp1251", errors="ignore")
    if len(_CYRILLIC.findall(cyrillic)) >= 3:
        return content.decode("cp1251", errors="replace"), []
    # In ISO-8859-15 the sign of the euro stands where cp1252 has that of a currency.
    return content.decode("cp1252", errors="replace").replace("¤", "€"), []


def _lossy(
    content: bytes, encoding: str, *, at: int | None = None
) -> tuple[str, list[Issue]]:
    # The nouns take longer to load than most files to read, in each caged process.
    from stresskit.model import Issue

    text = content.decode(encoding, errors="replace").lstrip("\ufeff")
    lost = text.count("\ufffd")
    if not lost:
        return text, []
    row = None if at is None else content.count(b"\n", 0, at) + 1
    return text, [
        Issue(
            code="encoding",
            severity="warning",
            message=f"{lost:,} letters could not be read in {encoding} and are shown "
            "as \ufffd.",
            fix="Save the file as UTF-8.",
            row=row,
        )
    ]


def _mostly_utf8(content: bytes) -> bool:
    """Say whether most letters beyond ASCII are right in UTF-8."""
    sample = content[:1_000_000].decode("utf-8", errors="replace")
    lost = sample.count("\ufffd")
    right = sum(ord(c) > 127 for c in sample) - lost
    return right > 3 * lost


def _is_mac(content: bytes) -> bool:
    """Say whether the umlauts are where old Macs wrote them."""
    found = Counter(content[:SAMPLE_LETTERS])
    mac = sum(found[b] for b in (0x8A, 0x9A, 0x9F, 0x8E, 0xA7))
    west = sum(found[b] for b in (0xE4, 0xF6, 0xFC, 0xE9, 0xE8, 0xDF, 0xC4, 0xD6, 0xDC))
    return mac > 3 * west and found[0x9F] + found[0x8A] + found[0x9A] > 0


def _is_dos(content: bytes) -> bool:
    """Say whether the umlauts are where DOS wrote them."""
    found = Counter(content[:SAMPLE_LETTERS])
    dos = sum(found[b] for b in (0x81, 0x84, 0x94, 0x82, 0xE1))
    west = sum(found[b] for b in (0xE4, 0xF6, 0xFC, 0xE9, 0xE8, 0xDF, 0xC4, 0xD6, 0xDC))
    return dos > 3 * west and found[0x81] + found[0x84] + found[0x94] > 0


def _asian(content: bytes) -> str | None:
    """Give the text in the encoding that makes the most of its words those of ours."""
    best, most = None, 0
    for encoding in _ASIAN:
        try:
            content[:SAMPLE_LETTERS].decode(encoding, errors="ignore")
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        found = len(_ASIAN_WORDS.findall(text[:SAMPLE_LETTERS]))
        if found > most:
            best, most = text, found
    return best if most > 1 else None


def stated_delimiter(text: str) -> tuple[str, str | None]:
    r"""Give the delimiter that a first line such as ``sep=;`` states, and the rest.

    Parameters
    ----------
    text : str
        Text, or its beginning.

    Examples
    --------
    >>> stated_delimiter("sep=;\nName;Wert")
    ('\nName;Wert', ';')
    """
    match = re.match(r'"?sep=(.)"?\n', text[:20], re.IGNORECASE)
    # The line stays, blank, so that rows count as they do in the file.
    return (text[match.end() - 1 :], match[1]) if match else (text, None)


def likely_delimiter(text: str) -> str:
    r"""Choose the delimiter that gives the most rows of one same width above one.

    Parameters
    ----------
    text : str
        Text, or its beginning.

    Examples
    --------
    >>> likely_delimiter("Name;Wert\nSAP;1,5")
    ';'
    """
    sample = text[:SAMPLE_LETTERS].split("\n")[:_SAMPLE_ROWS]
    best, best_score = ",", 0.0
    # Decimal commas split the rows but not the header: a true delimiter wins.
    for delimiter in ";\t|,^~\x01\x1f¦":
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
