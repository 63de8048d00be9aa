"""Facts of the sheets of a binary workbook: the cells that hold errors.

Records and error codes as in the published format [MS-XLSB], 2.1.4 and 2.5.97.2.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from stresskit.readers.files.archive import Archive
from stresskit.readers.files.facts import Facts

_ROW, _CELL_ERROR, _FORMULA_ERROR = 0, 3, 11
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}


def xlsb_facts(archive: Archive) -> dict[str, Facts]:
    """Collect the errors of every worksheet, by the number of its part.

    Parameters
    ----------
    archive : Archive
        The workbook.

    Returns
    -------
    dict of str to Facts
        Keys are ``1``, ``2``, ... in the order of the parts.
    """
    parts = sorted(
        (n for n in archive.names() if n.startswith("xl/worksheets/sheet")),
        key=lambda n: (len(n), n),
    )
    return {
        str(n): _facts(archive.read(part) or b"") for n, part in enumerate(parts, 1)
    }


def _facts(content: bytes) -> Facts:
    found, row = Facts(), -1
    for kind, body in _records(content):
        if kind == _ROW and len(body) >= 4:
            row = struct.unpack_from("<I", body)[0]
        elif 1 <= kind <= 11 and len(body) >= 9:
            column = struct.unpack_from("<I", body)[0]
            found.reach(row, column)
            if kind in {_CELL_ERROR, _FORMULA_ERROR}:
                found.errors[row, column] = _ERRORS.get(body[8], "#ERROR")
        elif 1 <= kind <= 11 and len(body) >= 4:
            found.reach(row, struct.unpack_from("<I", body)[0])
    return found


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the records of a part; what is cut off ends it."""
    at, end = 0, len(content)
    while at < end:
        kind = content[at]
        at += 1
        if kind & 0x80 and at < end:
            kind = (kind & 0x7F) | (content[at] & 0x7F) << 7
            at += 1
        size = shift = 0
        for _ in range(4):
            if at >= end:
                return
            byte = content[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        if at + size > end:
            return
        yield kind, content[at : at + size]
        at += size
