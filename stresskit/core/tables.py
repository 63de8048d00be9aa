"""Small text forms shared by files and sheets: ``AI_ACCEL=0.5;ROM_45=0.5``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def format_fractions(fractions: Mapping[str, float], digits: int = 10) -> str:
    """Write a number per segment as text, in the mapping's order.

    Examples
    --------
    >>> format_fractions({"MEMORY": 0.6, "ROM_45": 0.4})
    'MEMORY=0.6;ROM_45=0.4'
    """
    return ";".join(f"{name}={value:.{digits}g}" for name, value in fractions.items())


def parse_fractions(text: str) -> dict[str, float]:
    """Read a number per segment from text.

    Raises
    ------
    ValueError
        If a part is not ``NAME=NUMBER``, a number is not finite, or a name stands
        twice; the message quotes the part.

    Examples
    --------
    >>> parse_fractions("MEMORY=0.6; ROM_45=0.4")
    {'MEMORY': 0.6, 'ROM_45': 0.4}
    """
    result: dict[str, float] = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        name, sign, number = part.partition("=")
        name = name.strip()
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not (sign and name and math.isfinite(value)):
            raise ValueError(f"{part.strip()!r} is not NAME=NUMBER")
        if name in result:
            raise ValueError(f"{name} stands twice in {text!r}")
        result[name] = value
    return result
