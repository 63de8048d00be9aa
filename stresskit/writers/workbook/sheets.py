"""Which sheets a report holds: those of its sections, then what they calculate with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from stresskit.writers.workbook.book import Book
    from stresskit.writers.workbook.layout import Layout


class SheetModule(Protocol):
    """A module that writes one sheet."""

    def write(self, book: Book, layout: Layout) -> None:
        """Write the sheet, or nothing where the result has nothing for it."""


def write_sheets(book: Book, layout: Layout) -> None:
    """Write the sections asked for, then the sheets that formulas need."""
    by_section = _modules()
    shown = layout.presentation.shown
    for section in shown:
        for module in by_section[section]:
            module.write(book, layout)
    # Formulas lead through these, whether they were asked for or not; and a report
    # says what it was made from.
    behind = (
        *("scenario", "attribution", "positions", "hedges", "quality", "checks"),
        *("order-values", "run-log"),
    )
    book.behind = True
    for section in (s for s in behind if s not in shown):
        for module in by_section[section]:
            module.write(book, layout)


def _modules() -> dict[str, tuple[SheetModule, ...]]:
    from stresskit.writers.workbook import (
        assumptions,
        attribution,
        breakdowns,
        checks,
        exposures,
        grid_sheet,
        heat_map,
        hedge_detail,
        hedges,
        limitations,
        method,
        options,
        order_values,
        positions,
        quality,
        run_log,
        scenario,
        scenarios,
        sensitivities,
        summary,
        validation,
    )

    return {
        "summary": (summary,),
        "scenario": (scenario,),
        "attribution": (attribution,),
        "breakdowns": (heat_map, breakdowns),
        "positions": (positions, exposures, options),
        "scenarios": (scenarios,),
        "sensitivities": (sensitivities, grid_sheet),
        "hedges": (hedges,),
        "hedge-detail": (hedge_detail,),
        "quality": (quality,),
        "validation": (validation,),
        "assumptions": (assumptions,),
        "method": (method,),
        "limitations": (limitations,),
        "checks": (checks,),
        "run-log": (run_log,),
        "order-values": (order_values,),
    }
