"""How cells look: one name per meaning, made into formats on first use."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stresskit.model import Theme
    from stresskit.writers.workbook.language import Language

# Names of a theme's colours stand in place of colours until a theme is at hand.
PRIMARY, ON_PRIMARY, QUIET = "@primary", "@on_primary", "@quiet_on_primary"
INK, GREY, RULE = "@ink", "@muted", "@rule"
LOSS, GAIN = "@loss", "@gain"
INPUT_INK, INPUT_FILL = "@input", "@input_fill"
HEADING = "@heading"

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
        "bg_color": PRIMARY,
        "font_color": ON_PRIMARY,
        "bold": True,
        "font_size": 15,
        "font_name": HEADING,
        "indent": 1,
    },
    "subband": {"bg_color": PRIMARY, "font_color": QUIET, "font_size": 9, "indent": 1},
    "answer": {
        "font_color": PRIMARY,
        "bold": True,
        "font_size": 12,
        "font_name": HEADING,
        "text_wrap": True,
        "valign": "vcenter",
    },
    "driven": {"font_color": INK, "text_wrap": True, "valign": "top"},
    "cover": {
        "font_color": GREY,
        "font_size": 8,
        "shrink": True,
        "bottom": 1,
        "bottom_color": RULE,
    },
    "status": {
        "font_color": GREY,
        "font_size": 8,
        "align": "right",
        "bottom": 1,
        "bottom_color": RULE,
    },
    "small": {
        "font_color": GREY,
        "font_size": 7,
        "text_wrap": True,
        "valign": "top",
    },
    "section": {
        "indent": 1,
        "font_name": HEADING,
        "font_color": PRIMARY,
        "bold": True,
        "font_size": 11,
        "bottom": 2,
        "bottom_color": PRIMARY,
    },
    "head": {
        "bg_color": PRIMARY,
        "font_color": ON_PRIMARY,
        "bold": True,
        "text_wrap": True,
        "valign": "vcenter",
        "align": "center",
    },
    "head_left": {
        "indent": 1,
        "bg_color": PRIMARY,
        "font_color": ON_PRIMARY,
        "bold": True,
        "text_wrap": True,
        "valign": "vcenter",
    },
    "head_up": {
        "bg_color": PRIMARY,
        "font_color": ON_PRIMARY,
        "bold": True,
        "rotation": 90,
        "align": "center",
        "valign": "vcenter",
    },
    "note": {"font_color": GREY, "italic": True, "font_size": 8, "indent": 1},
    "section_right": {
        "font_color": PRIMARY,
        "bold": True,
        "align": "right",
        "bottom": 2,
        "bottom_color": PRIMARY,
    },
    "bad": {"bg_color": LOSS, "font_color": ON_PRIMARY, "bold": True},
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
    theme
        Whose colours and fonts they are.
    language
        Whose marks negative amounts and percentages have.
    """

    def __init__(
        self, workbook: Any, *, shares: bool, theme: Theme, language: Language
    ):
        self._workbook = workbook
        self._shares = shares
        self._theme = theme
        self._language = language
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            found = self._properties(name)
            themed = {k: self.themed(v) for k, v in found.items()}
            self._made[name] = self._workbook.add_format(themed)
        return self._made[name]

    def themed(self, value: Any) -> Any:
        """Return a property with the theme's colour or font in its name's place."""
        if not (isinstance(value, str) and value.startswith("@") and len(value) > 1):
            return value
        if value == HEADING:
            return self._theme.heading_font
        return self._theme.colours[value[1:]]

    @property
    def font(self) -> str:
        """The font of everything but headings."""
        return self._theme.font

    def _properties(self, name: str) -> dict[str, Any]:
        common = {"font_name": self.font, "font_size": 9, "valign": "vcenter"}
        if name in _WHOLE:
            return common | _WHOLE[name]
        base, _, rest = name.partition(":")
        kind, _, number_format = rest.partition("|")
        properties: dict[str, Any] = common | _BASES[base] | _KINDS[kind or "formula"]
        properties |= {"bottom_color": RULE, "top_color": PRIMARY}
        if base == "money" and self._shares:
            properties["num_format"] = SMALL_SHARE
        if number_format:
            properties["num_format"] = number_format
        if "num_format" in properties:
            shown = self._local(properties["num_format"])
            # An input stays blue below zero too.
            blue = kind == "input"
            properties["num_format"] = shown.replace("[Red]", "") if blue else shown
        return properties

    def _local(self, shown: str) -> str:
        """Return a number format with this language's signs; marks are the reader's."""
        if not self._language.parentheses and "(" in shown:
            shown = shown.replace("(", "-").replace(")", "")
        if self._language.percent != "%":
            shown = shown.replace("%", self._language.percent)
        return shown


def lighter(colour: str) -> str:
    """Return a colour mixed with white, so that text stays readable on it.

    Examples
    --------
    >>> lighter("#000000")
    '#999999'
    """
    parts = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return "#" + "".join(f"{round(p + (255 - p) * 0.6):02X}" for p in parts)


def three_digits(value: float, *, shares: bool, language: Language) -> str:
    """Return a number format that shows about three digits of such a value.

    Examples
    --------
    >>> from stresskit.writers.workbook.language import Language
    >>> three_digits(-1_234_567.0, shares=False, language=Language())
    '0.00,,"m";[Red](0.00,,"m");-'
    >>> three_digits(45_600.0, shares=False, language=Language("de"))
    '0.0," Tsd.";[Red](0.0," Tsd.");-'
    >>> three_digits(0.0345, shares=True, language=Language())
    '0.00%;[Red]-0.00%;-'
    """
    size = abs(value)
    if shares:
        shown = "0" + _decimals(size * 100) + "%"
        return f"{shown};[Red]-{shown};-"
    steps = next(n for n in (3, 2, 1, 0) if size >= 1000.0**n or n == 0)
    unit = f'"{language.scales[steps - 1]}"' if steps else ""
    shown = "0" + _decimals(size / 1000.0**steps) + "," * steps + unit
    return f"{shown};[Red]({shown});-"


def _decimals(size: float) -> str:
    """Return the decimals that make three digits, two at most."""
    whole = math.floor(math.log10(size)) if size > 0 else 2
    count = min(max(2 - whole, 0), 2)
    return "." + "0" * count if count else ""
