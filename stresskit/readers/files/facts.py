"""What a sheet shows beside its values: errors, number formats, what is hidden."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

Place = tuple[int, int]
_REFERENCE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
# Only signs change what a number means, and zeros what a code is.
SIGNS = re.compile(r"[%$€£¥₹]|^0{2,}$")


@dataclass
class Facts:
    """Facts of one sheet, by 0-based row and column.

    ``last`` is the last row and column that hold a value.
    """

    formats: dict[Place, str] = field(default_factory=dict)
    errors: dict[Place, str] = field(default_factory=dict)
    formulas: dict[Place, str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    last: Place = (-1, -1)

    def reach(self, row: int, column: int) -> None:
        """Note a cell that holds a value."""
        self.last = (max(self.last[0], row), max(self.last[1], column))


def place_of(reference: str) -> Place | None:
    """Give the 0-based row and column of a reference such as ``B7``, or None.

    Parameters
    ----------
    reference : str
        Reference as spreadsheets write it.

    Examples
    --------
    >>> place_of("B7"), place_of("$")
    ((6, 1), None)
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None or match[2] == "0":
        return None
    column = 0
    for letter in match[1].upper():
        column = 26 * column + ord(letter) - 64
    return int(match[2]) - 1, column - 1
