"""A file's content that is already in memory, with the name it goes by."""

from __future__ import annotations

import re
from dataclasses import dataclass

UNNAMED = "content"


@dataclass(frozen=True)
class Content:
    r"""Bytes to be read in place of a file; nothing is written to disk for them.

    ``name`` is what messages and results call it: its last part alone, so that no
    folder of the sender is kept or looked up.

    Examples
    --------
    >>> Content("C:\\books\\fund.csv", b"ISIN;Value").name
    'fund.csv'
    """

    name: str
    data: bytes

    def __post_init__(self) -> None:
        """Keep the last part of the name."""
        base = re.split(r"[/\\]", self.name.rstrip("/\\"))[-1]
        object.__setattr__(self, "name", base or UNNAMED)
