"""What a report says in its language: labels, sentences, numbers in words.

English text is its own key; ``languages/*.toml`` hold the others. A sentence the
engine made with figures in it is found by a pattern whose blanks are ``{}``.
"""

from __future__ import annotations

import re
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt

FOLDER = Path(__file__).parent / "languages"
_BLANK = re.compile(r"\{\w+\}")
# A figure in a sentence of the engine, with its unit; a name with its move.
_FIGURE = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?%?(?: (?:[A-Z]{3}|bp))?")
_MOVE = re.compile(r"(.+) ([-+]\d[\d,.]*%?(?: bp)?)")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


class Given(str):
    """A text that is not ours: of a file, a factor, the engine."""

    __slots__ = ()


class Language:
    """One language, with the unit that money is counted in in one report.

    Parameters
    ----------
    code
        ``en``, ``de`` or ``fr``.
    unit
        What ``{unit}`` in a label stands for, in English.
    """

    def __init__(self, code: str = "en", unit: str = ""):
        self.code = code
        self._table = _catalogue(code)
        self._texts: dict[str, str] = self._table.get("texts", {})
        numbers = self._table.get("numbers", {})
        self.decimal: str = numbers.get("decimal", ".")
        self.thousands: str = numbers.get("thousands", ",")
        self.percent: str = numbers.get("percent", "%")
        self.parentheses: bool = numbers.get("parentheses", True)
        self.scales: list[str] = numbers.get("scales", ["k", "m", "bn"])
        # What the catalogue does not have: our own texts, and those of the data.
        self.missing: set[str] = set()
        self.untold: set[str] = set()
        self.unit = unit

    @cached_property
    def unit_shown(self) -> str:
        """The unit in this language."""
        return self.data(self.unit)

    def say(self, text: str, /, **values: object) -> str:
        """Return one of our own texts in this language, its blanks filled in.

        What is ``Given`` is no text of ours: it has no blanks.
        """
        if isinstance(text, Given):
            return self.data(text)
        template = self._texts.get(text)
        if template is None:
            if self.code != "en" and any(c.isalpha() for c in _BLANK.sub("", text)):
                self.missing.add(text)
            template = text
        if "{" not in template:
            return template
        return template.format(**{"unit": self.unit_shown, **values})

    def data(self, text: str) -> str:
        """Return a text of the data or the engine in this language, else as it is."""
        if self.code == "en" or not text:
            return text
        found = self._known(text)
        if found is None:
            self.untold.add(text)
        return text if found is None else found

    def date(self, day: dt.date) -> str:
        """Return a day in words, such as 27 January 2025."""
        month = self.say(MONTHS[day.month - 1])
        return self.say("{day} {month} {year}", day=day.day, month=month, year=day.year)

    def number(self, value: float, decimals: int = 0) -> str:
        """Return a number with this language's marks.

        Examples
        --------
        >>> Language("de").number(-1234.5, 1)
        '-1.234,5'
        """
        return self.digits(f"{value:,.{decimals}f}")

    def digits(self, text: str) -> str:
        r"""Return digits written the English way with this language's marks.

        Examples
        --------
        >>> Language("de").digits("1,234.5%")
        '1.234,5\xa0%'
        """
        marks = {",": self.thousands, ".": self.decimal, "%": self.percent}
        return "".join(marks.get(c, c) for c in text)

    def share(self, value: float, decimals: int = 0) -> str:
        r"""Return a decimal as a percentage.

        Examples
        --------
        >>> Language("fr").share(0.125, 1)
        '12,5\xa0%'
        """
        return self.number(100 * value, decimals) + self.percent

    def _known(self, text: str) -> str | None:
        """Return a text of the data in this language, if the catalogue has it."""
        found = self._texts.get(text)
        if found is not None:
            return found
        if _FIGURE.fullmatch(text):
            return self.digits(text)
        for pattern, template in self._patterns:
            match = pattern.fullmatch(text)
            if match is not None:
                return template.format(*map(self._part, match.groups()))
        return None

    def _part(self, text: str) -> str:
        """Return what stands in a blank: names, figures or a list of them.

        What is not known stays as it is.
        """
        found = self._known(text)
        if found is not None:
            return found
        for mark in ("; ", ", "):
            if mark in text:
                return mark.join(map(self._part, text.split(mark)))
        move = _MOVE.fullmatch(text)
        if move is not None:
            return f"{self._part(move[1])} {self.digits(move[2])}"
        return text

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        return _patterns(self.code)


@cache
def _catalogue(code: str) -> dict[str, Any]:
    import tomllib

    if code == "en":
        return {}
    return tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))


@cache
def _patterns(code: str) -> list[tuple[re.Pattern[str], str]]:
    found = []
    for key, template in _catalogue(code).get("patterns", {}).items():
        blanks = (re.escape(piece) for piece in key.split("{}"))
        found.append((re.compile("(.+?)".join(blanks), re.DOTALL), template))
    return found
