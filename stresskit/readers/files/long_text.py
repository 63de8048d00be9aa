"""Delimited text of many lines: kept as bytes and split block by block in C."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from stresskit.readers.files.grids import MAX_CELLS
from stresskit.readers.files.text import (
    SAMPLE_LETTERS,
    decoded,
    likely_delimiter,
    stated_delimiter,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from stresskit.model import Issue
    from stresskit.readers.cells import Value

BLOCK_ROWS = 32768
_BLOCK_BYTES = 8_000_000
_NEWLINE = 10
_HEAD_BYTES = 8_000_000
# The csv module gives up at longer cells, and says so.
_LONGEST_LINE = 100_000


@dataclass(frozen=True)
class LongText:
    r"""Text in UTF-8 with ``\n`` at line ends, and its delimiter of one letter.

    ``stated`` is the line that states the delimiter; it is blank in ``body``.
    ``width`` is the most cells of a line.
    """

    body: bytes
    delimiter: str
    width: int
    stated: bytes = b""

    @property
    def most_rows(self) -> int:
        """The lines of the text: a row has one or more."""
        return self.body.count(b"\n") + 1

    @property
    def whole(self) -> bytes:
        """The text with the line that states its delimiter."""
        return self.stated + self.body

    def head(self, rows: int) -> list[list[Value]]:
        """Split the first rows as any text is split, never a row in part."""
        cut = len(self.body) > _HEAD_BYTES
        text = self.body[:_HEAD_BYTES].decode("utf-8", errors="ignore")
        reader = csv.reader(io.StringIO(text), delimiter=self.delimiter)
        found: list[list[Value]] = [list(r) for r in islice(reader, rows + 1)]
        if cut and len(found) <= rows:
            found.pop()
        return found[:rows]

    def blocks(self) -> Iterator[list[NDArray[np.object_]]]:
        """Split the text into blocks of rows, each a list of columns of texts.

        Raises
        ------
        ValueError
            If a quotation is never closed, or a row is wider than ``width``.
        """
        import pandas as pd

        frames = pd.read_csv(
            io.BytesIO(self.body),
            sep=self.delimiter,
            header=None,
            names=list(range(self.width)),
            index_col=False,
            dtype=object,
            na_filter=False,
            skip_blank_lines=False,
            engine="c",
            encoding="utf-8",
            chunksize=BLOCK_ROWS,
            low_memory=False,
        )
        with frames:
            for frame in frames:
                yield [frame[c].to_numpy() for c in range(self.width)]

    def cells(self, rows: NDArray[np.int64], count: int) -> list[list[Value]]:
        """Give the cells of some of the ``count`` rows, in their order."""
        import numpy as np

        found: list[list[Value]] = []
        ends = _line_ends(self.body)
        if len(ends) == count:
            # No cell goes over the end of a line: each line is a row.
            starts = np.concatenate([[0], ends + 1])
            places = zip(starts[rows].tolist(), ends[rows].tolist(), strict=True)
            lines = [self.body[start:stop].decode() for start, stop in places]
            return [list(r) for r in csv.reader(lines, delimiter=self.delimiter)]
        start = 0
        for columns in self.blocks():
            stop = start + len(columns[0])
            first, last = np.searchsorted(rows, (start, stop))
            if first < last:
                at = rows[first:last] - start
                found += map(_trimmed, zip(*(c[at] for c in columns), strict=True))
            start = stop
        return found


def long_text(content: bytes, *, least: int) -> tuple[LongText, list[Issue]] | None:
    r"""Give a text as it is split block by block, or None if that cannot be done.

    Parameters
    ----------
    content : bytes
        The file.
    least : int
        Lines that it must have.

    Examples
    --------
    >>> found = long_text(b"Name;Wert\r\nSAP;1,5\r\n", least=2)
    >>> found[0].head(2)
    [['Name', 'Wert'], ['SAP', '1,5']]
    >>> long_text(b"Name;Wert", least=2) is None
    True
    """
    if content.count(b"\n") + content.count(b"\r") < least:
        return None
    issues: list[Issue] = []
    body = content
    if not content.isascii() or b"\x00" in content:
        text, issues = decoded(content)
        body = text.replace("\x00", "").encode("utf-8", errors="replace")
        del text
    if b"\r" in body:
        body = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    sample = body[: 4 * SAMPLE_LETTERS].decode("utf-8", errors="ignore")
    rest, delimiter = stated_delimiter(sample)
    stated = sample[: len(sample) - len(rest)].encode()
    delimiter = delimiter or likely_delimiter(rest)
    # What spreadsheets write as formulas is rare in long files, and read elsewhere.
    if len(delimiter.encode()) > 1 or '="' in rest[:SAMPLE_LETTERS]:
        return None
    body = body[len(stated) :] if stated else body
    width, longest = _widest(body, delimiter)
    if body.count(delimiter.encode()) > 4 * MAX_CELLS or longest > _LONGEST_LINE:
        return None
    return LongText(body, delimiter, width, stated), issues


def _line_ends(body: bytes) -> NDArray[np.int64]:
    """Give where the lines end, the last one too."""
    import numpy as np

    parts = []
    for start in range(0, len(body), _BLOCK_BYTES):
        block = np.frombuffer(body[start : start + _BLOCK_BYTES], np.uint8)
        parts.append(start + np.flatnonzero(block == _NEWLINE))
    ends = np.concatenate(parts)
    last = len(body)
    return ends if len(ends) and ends[-1] == last - 1 else np.append(ends, last)


def _widest(body: bytes, delimiter: str) -> tuple[int, int]:
    """Give the most cells that a line can have, and the bytes of the longest line."""
    import numpy as np

    width = longest = start = 0
    while start < len(body):
        stop = body.find(b"\n", min(start + _BLOCK_BYTES, len(body) - 1))
        stop = len(body) if stop < 0 else stop + 1
        block = np.frombuffer(body, np.uint8, stop - start, start)
        ends = np.append(np.flatnonzero(block == _NEWLINE), len(block))
        marks = np.flatnonzero(block == ord(delimiter))
        before = np.searchsorted(marks, ends)
        width = max(width, int(np.diff(before, prepend=0).max()) + 1)
        longest = max(longest, int(np.diff(ends, prepend=0).max()))
        start = stop
    return width, longest


def _trimmed(row: tuple[Value, ...]) -> list[Value]:
    """Leave out the blank cells at the end, which only fill the block."""
    cells = list(row)
    while cells and cells[-1] == "":
        cells.pop()
    return cells
