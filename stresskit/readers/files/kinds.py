"""What a file is, by its content; its name is only a hint."""

from __future__ import annotations

import io
import re
import zipfile

from stresskit.errors import HoldingsError

# A worksheet of equal cells packs 200 to 1; bombs start around 1000 to 1.
MAX_RATIO = 400
MAX_MEMBERS = 5_000
MAX_UNPACKED_BYTES = 500_000_000
FORMATS = (
    "Give a spreadsheet (.xlsx, .xls, .xlsb, .ods), a text table (.csv, .tsv), "
    "Parquet, JSON, or a 13F, N-PORT or TPT file, with one line per position."
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"II*\x00", "an image"),
    (b"MM\x00*", "an image"),
    (b"{\\rtf", "a text document"),
    (b"\x1f\x8b", "a compressed file"),
    (b"7z\xbc\xaf", "a compressed file"),
    (b"Rar!", "a compressed file"),
    (b"BZh", "a compressed file"),
    (b"\xfd7zXZ", "a compressed file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"SQLite format 3", "a database"),
)
_LOOKED_AT = 20_000


def kind_of(name: str, content: bytes) -> str:
    r"""Name the format of a file by its content.

    Parameters
    ----------
    name : str
        Name of the file, for messages.
    content : bytes
        Its content.

    Returns
    -------
    str
        ``xlsx``, ``xlsb``, ``ods``, ``xls``, ``encrypted``, ``spreadsheetml``,
        ``13f``, ``nport``, ``html``, ``parquet``, ``json`` or ``csv``.

    Raises
    ------
    HoldingsError
        If it is nothing that holds a table.

    Examples
    --------
    >>> kind_of("depot.xls", b"Name;Wert\nSAP;1,5")
    'csv'
    """
    if content.startswith(_ZIPS):
        return _kind_of_archive(content)
    if content.startswith(OLE):
        package = "EncryptedPackage".encode("utf-16-le")
        return "encrypted" if package in content else _kind_of_ole(name, content)
    if content.startswith(b"PAR1"):
        return "parquet"
    what = next((w for mark, w in _OTHERS if content.startswith(mark)), None)
    if what is None:
        kind, what = _kind_of_text(content)
        if kind:
            return kind
    raise HoldingsError(
        f"{name} is {what}, not a table of positions.",
        hint=FORMATS,
        code="not-a-spreadsheet",
    )


def _kind_of_ole(name: str, content: bytes) -> str:
    """Tell old workbooks from other documents of the same container."""
    streams = ("Workbook", "Book")
    if any(s.encode("utf-16-le") + b"\x00\x00" in content for s in streams):
        return "xls"
    raise HoldingsError(
        f"{name} is an Office document, but no workbook.",
        hint=FORMATS,
        code="not-a-spreadsheet",
    )


def _kind_of_archive(content: bytes) -> str:
    names = {m.filename for m in checked_members(content)}
    folded = {n.casefold().lstrip("/") for n in names}
    if any(n.startswith("xl/workbook") and n.endswith(".bin") for n in folded):
        return "xlsb"
    if "[content_types].xml" in folded and any(n.startswith("xl/") for n in folded):
        return "xlsx"
    if {"content.xml", "mimetype"} <= folded:
        return "ods"
    tables = sorted(
        n for n in names if re.search(r"\.(csv|txt|xlsx?|ods)$", n, re.IGNORECASE)
    )
    raise HoldingsError(
        "The file is an archive, but not a workbook.",
        hint=f"Unpack it and give {tables[0][:80]!r}." if tables else FORMATS,
        code="not-a-spreadsheet",
    )


def checked_members(content: bytes) -> list[zipfile.ZipInfo]:
    """List an archive's members; refuse a damaged one and a bomb before unpacking.

    Parameters
    ----------
    content : bytes
        The archive.

    Raises
    ------
    HoldingsError
        If it is cut off, or unpacks to too much.
    """
    try:
        members = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except Exception as error:
        raise HoldingsError(
            "The workbook is cut off or damaged: its archive cannot be opened.",
            hint="Copy or download the file again.",
            code="damaged",
        ) from error
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
    return members


def _kind_of_text(content: bytes) -> tuple[str | None, str]:
    """Name the format of text; None and what it is where it holds no table."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff")) or _is_wide(content)
    head = content[:_LOOKED_AT]
    if wide:
        head = head.replace(b"\x00", b"")
    text = head.decode("latin-1").lstrip("\ufeffï»¿þÿ \r\n\t").lower()
    if text.startswith(("<", "-----begin privacy")):
        return _kind_of_markup(text, content)
    # A key in quotes, or an object in a list: a text in brackets is no JSON.
    if re.match(r"\{\s*[\"}]|\[\s*[\[{\"\]]", text):
        return "json", ""
    control = sum(b < 9 or 13 < b < 28 for b in content[:4000])
    if not wide and control > len(content[:4000]) / 100:
        return None, "a binary file"
    return "csv", ""


def _is_wide(content: bytes) -> bool:
    """Say whether text is in two bytes per letter without saying so."""
    head = content[:2000]
    zeros = (head[0::2].count(0), head[1::2].count(0))
    return max(zeros) > 0.3 * len(head) / 2 and min(zeros) < 0.05 * len(head) / 2


def _kind_of_markup(text: str, content: bytes) -> tuple[str | None, str]:
    sheet = "schemas-microsoft-com:office:spreadsheet"
    if sheet in text and "<html" not in text[:2000]:
        return "spreadsheetml", ""
    web = re.search(r"<!doctype html|<html|<table|<body|<head\b", text[:4000])
    if web and _is_13f_page(content):
        return "13f", ""
    if web and "<sec-document" not in text and "<informationtable" not in text:
        return "html", ""
    whole = content.lower() if len(content) < 5_000_000 else content
    if "edgarsubmission" in text and "nport" in text:
        return "nport", ""
    if re.search(r"<([a-z0-9]+:)?informationtable|13f-hr", text):
        return "13f", ""
    if "<sec-document" in text or "-----begin privacy" in text:
        return ("nport" if b"invstorsec" in whole else "13f"), ""
    if re.search(rb"informationtable", whole[: _LOOKED_AT * 5]):
        return "13f", ""
    return None, "an XML file of a kind that is not known"


def _is_13f_page(content: bytes) -> bool:
    """Say whether a web page is the rendering of a 13F information table."""
    head = content[: 5 * _LOOKED_AT].lower()
    return b"name of issuer" in head and (b"column 1" in head or b"13f" in head)
