"""What every file becomes: grids of cells, with where they came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stresskit.model import Issue
    from stresskit.readers.cells import Value

MAX_FILE_BYTES = 50_000_000
# Text needs up to eight times its size in memory on the way to its cells.
MAX_TEXT_BYTES = 120_000_000
MAX_COLUMNS = 1_000
MAX_CELLS = 5_000_000


@dataclass(frozen=True)
class Grid:
    """The cells of one sheet; row 1 is ``rows[0]`` and column A is index 0.

    ``formats`` holds the number format of cells that have one, by index; ``merged``
    the first and last row and column of merged areas. ``sheet`` is None for a text
    file, which has no sheets but a ``delimiter``.
    """

    sheet: str | None
    rows: list[list[Value]]
    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    delimiter: str | None = None
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()


@dataclass(frozen=True)
class Source:
    """A file's content with what identifies it, and what was odd on the way."""

    name: str
    format: str
    sha256: str
    grids: list[Grid]
    issues: tuple[Issue, ...] = ()


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
