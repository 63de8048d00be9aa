"""How cells look: one name per meaning, made into formats on first use."""

from __future__ import annotations

import math
from typing import Any

NAVY = "#14284B"
INK = "#1F2933"
GREY = "#5F6B7A"
RULE = "#D5DBE3"
LOSS = "#B3261E"
GAIN = "#2E7D5B"
INPUT_INK = "#0000FF"
INPUT_FILL = "#FFFBE0"
FONT = "Arial"

MONEY = "#,##0;[Red](#,##0);-"
SHARE = "0.0%;[Red]-0.0%"
SMALL_SHARE = "0.00%;[Red]-0.00%;-"

# What a cell holds.
_BASES: dict[str, dict[str, Any]] = {
    "text": {"align": "left", "indent": 1},
    "wrap": {"align": "left", "indent": 1, "text_wrap": True},
    "money": {"align": "right", "num_format": MONEY},
    "pct": {"align": "right", "num_format": SHARE},
    "ret": {"align": "right", "num_format": "0.00%;[Red]-0.00%;0.00%"},
    "num": {"align": "right", "num_format": "0.00;[Red]-0.00;0.00"},
    "sens": {"align": "right", "num_format": "0.00;[Red]-0.00;-"},
    "int": {"align": "right", "num_format": "#,##0"},
    "quantity": {"align": "right", "num_format": "#,##0;[Red](#,##0);-"},
    "price": {"align": "right", "num_format": "#,##0.00"},
    "bp": {"align": "right", "num_format": "0.0"},
    "sci": {"align": "right", "num_format": "0.00E+00"},
    "flag": {"align": "center", "num_format": '"TRUE";"TRUE";"FALSE"'},
    "label": {"align": "center"},
}

# What a cell is for.
_KINDS: dict[str, dict[str, Any]] = {
    "formula": {"font_color": "#000000", "bottom": 1},
    "data": {"font_color": GREY, "bottom": 1},
    "plain": {"font_color": INK},
    "prose": {"font_color": INK, "valign": "top"},
    "term": {"font_color": INK, "bold": True, "valign": "top"},
    "strong": {"font_color": INK, "bold": True},
    "input": {"font_color": INPUT_INK, "bg_color": INPUT_FILL, "bottom": 1},
    "total": {"font_color": "#000000", "bold": True, "top": 1, "bottom": 1},
}

_WHOLE: dict[str, dict[str, Any]] = {
    "band": {
        "bg_color": NAVY,
        "font_color": "#FFFFFF",
        "bold": True,
        "font_size": 15,
        "indent": 1,
    },
    "subband": {"bg_color": NAVY, "font_color": "#D8E0EC", "font_size": 9, "indent": 1},
    "answer": {
        "font_color": NAVY,
        "bold": True,
        "font_size": 12,
        "text_wrap": True,
        "valign": "vcenter",
    },
    "section": {
        "indent": 1,
        "font_color": NAVY,
        "bold": True,
        "font_size": 11,
        "bottom": 2,
        "bottom_color": NAVY,
    },
    "head": {
        "bg_color": NAVY,
        "font_color": "#FFFFFF",
        "bold": True,
        "text_wrap": True,
        "valign": "vcenter",
        "align": "center",
    },
    "head_left": {
        "indent": 1,
        "bg_color": NAVY,
        "font_color": "#FFFFFF",
        "bold": True,
        "text_wrap": True,
        "valign": "vcenter",
    },
    "head_up": {
        "bg_color": NAVY,
        "font_color": "#FFFFFF",
        "bold": True,
        "rotation": 90,
        "align": "center",
        "valign": "vcenter",
    },
    "note": {"font_color": GREY, "italic": True, "font_size": 8, "indent": 1},
    "section_right": {
        "font_color": NAVY,
        "bold": True,
        "align": "right",
        "bottom": 2,
        "bottom_color": NAVY,
    },
    "bad": {"bg_color": LOSS, "font_color": "#FFFFFF", "bold": True},
}


class Styles:
    """Formats of one workbook by name: ``money``, ``money:input``, ``head``.

    Parameters
    ----------
    workbook
        An xlsxwriter workbook.
    shares
        Amounts are shares of the portfolio (a weight-only file), so that money
        reads as a percentage.
    """

    def __init__(self, workbook: Any, *, shares: bool):
        self._workbook = workbook
        self._shares = shares
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._workbook.add_format(self._properties(name))
        return self._made[name]

    def _properties(self, name: str) -> dict[str, Any]:
        common = {"font_name": FONT, "font_size": 9, "valign": "vcenter"}
        if name in _WHOLE:
            return common | _WHOLE[name]
        base, _, rest = name.partition(":")
        kind, _, number_format = rest.partition("|")
        properties: dict[str, Any] = common | _BASES[base] | _KINDS[kind or "formula"]
        properties |= {"bottom_color": RULE, "top_color": NAVY}
        if base == "money" and self._shares:
            properties["num_format"] = SMALL_SHARE
        if number_format:
            properties["num_format"] = number_format
        if kind == "input" and "num_format" in properties:
            # An input stays blue below zero too.
            properties["num_format"] = properties["num_format"].replace("[Red]", "")
        return properties


def three_digits(value: float, *, shares: bool) -> str:
    """Return a number format that shows about three digits of such a value.

    Examples
    --------
    >>> three_digits(-1_234_567.0, shares=False)
    '0.00,,"m";[Red](0.00,,"m");-'
    >>> three_digits(45_600.0, shares=False)
    '0.0,"k";[Red](0.0,"k");-'
    >>> three_digits(0.0345, shares=True)
    '0.00%;[Red]-0.00%;-'
    """
    size = abs(value)
    if shares:
        shown = "0" + _decimals(size * 100) + "%"
        return f"{shown};[Red]-{shown};-"
    steps = next(n for n in (3, 2, 1, 0) if size >= 1000.0**n or n == 0)
    unit = ("", '"k"', '"m"', '"bn"')[steps]
    shown = "0" + _decimals(size / 1000.0**steps) + "," * steps + unit
    return f"{shown};[Red]({shown});-"


def _decimals(size: float) -> str:
    """Return the decimals that make three digits, two at most."""
    whole = math.floor(math.log10(size)) if size > 0 else 2
    count = min(max(2 - whole, 0), 2)
    return "." + "0" * count if count else ""
