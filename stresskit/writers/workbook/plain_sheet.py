"""A worksheet of plain functions: the library looks for no newer ones in formulas."""

from __future__ import annotations

from xlsxwriter.worksheet import Worksheet


class PlainWorksheet(Worksheet):  # type: ignore[misc]
    """Writes formulas as they are.

    The library searches each for thirty functions of dynamic arrays, to mark them: a
    third of the time of a report, and older programs do not know them anyway.
    """

    def _prepare_formula(
        self, formula: str, expand_future_functions: bool = False
    ) -> str:
        del expand_future_functions
        return formula.removeprefix("=")
