"""A report and its holdings -> whether the report says what the program would say.

The report is made again from what its run log records and the files it was made of;
then every cell is compared, formulas and values.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stresskit.core.same_cells import Compared, Difference, address, compare_sheets
from stresskit.errors import FactorError
from stresskit.readers.report import Report, read_report
from stresskit.readers.report_cells import read_cells
from stresskit.verifying.again import Again
from stresskit.verifying.sides import SideFiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from stresskit.core.same_cells import Place, Value
    from stresskit.model import HedgePlan, StressResult
    from stresskit.readers.report_cells import Workbook

__all__ = ["SideFiles", "Verification", "verify_report"]

SCHEMA = "stresskit/verification/1"
# Sheets on which hedges leave no trace, by their English names.
WITHOUT_HEDGES = (
    *("Scenario", "Attribution", "Heat map", "Breakdowns", "Positions", "Options"),
    *("Scenarios", "Sensitivities", "Grid", "Validation", "Method"),
)
DROPPED = (
    "The program that saved the report last dropped the values of its formulas: "
    "figures cannot be compared, formulas and inputs were. Open it in a spreadsheet "
    "program and save it to have them calculated."
)
NO_HEDGES = (
    "The hedges were not computed again: sheets that they stand on were not compared."
)


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What came of it: ``equal``, and in sentences why not.

    ``reasons`` make a report differ, ``remarks`` do not. ``identical`` is equal to the
    byte, ``partial`` that some sheets were not compared. ``figures`` are the named
    ones, as the report has them and as computed.
    """

    report: str
    run: str
    identical: bool = False
    partial: bool = False
    reasons: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    cells: int = 0
    figures: dict[str, tuple[Value, Value]] = field(default_factory=dict)

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not (self.reasons or self.differences or self.partial)

    def to_dict(self) -> dict[str, Any]:
        """Return it all, fit for JSON."""
        return {
            "schema": SCHEMA,
            "report": self.report,
            "run": self.run,
            "equal": self.equal,
            "identical": self.identical,
            "partial": self.partial,
            "reasons": list(self.reasons),
            "remarks": list(self.remarks),
            "cells": self.cells,
            "differences": [vars(d) for d in self.differences],
            "figures": {
                name: {"report": there, "computed": here}
                for name, (there, here) in self.figures.items()
            },
        }


def verify_report(
    report: str | Path,
    holdings: str | Path,
    *,
    sides: SideFiles | None = None,
    progress: Callable[[str], None] | None = None,
) -> Verification:
    """Make a report again and say whether it is equal, or what differs.

    Parameters
    ----------
    report
        The Excel report, also one that was saved again by a spreadsheet program.
    holdings
        The file it was made from.
    sides
        Other files that were used; what is missing is named.
    progress
        Called with what is being done.

    Raises
    ------
    InputError
        If the report is none of ours, or a file cannot be read.
    """
    step = progress or (lambda _: None)
    step("Reading the report")
    read = read_report(Path(report))
    with tempfile.TemporaryDirectory() as folder:
        again = Again(read, Path(holdings), sides or SideFiles(), Path(folder))
        step("Loading the factor")
        try:
            main, *more = again.scenarios()
        except FactorError as error:
            again.reasons.append(f"Nothing was computed again: {error} {error.hint}")
            return _verification(read, again)
        step("Stressing")
        portfolio, result = again.stressed(main, tuple(more))
        step("Searching for the hedges")
        plan = again.plan(result, portfolio)
    again.check_run(result)
    step("Comparing")
    return _compared(read, again, result, plan)


def _compared(
    report: Report, again: Again, result: StressResult, plan: HedgePlan | None
) -> Verification:
    from stresskit.pipeline import shown_validation
    from stresskit.writers.workbook import workbook_bytes

    shown = again.presentation()
    # What the record says was compared by itself; in the cells it would be noise.
    told = replace(result, run={**result.run, **again.said.run})
    payload = workbook_bytes(
        told,
        plan,
        presentation=shown,
        validation=shown_validation(result, shown),
    )
    if payload == report.content:
        return _verification(report, again, identical=True)
    expected, there = read_cells(payload), report.book
    only = None
    if plan is None and again.said.hedges is not None:
        from stresskit.writers.workbook.language import Language

        again.remarks.append(NO_HEDGES)
        only = frozenset(map(Language(shown.language).say, WITHOUT_HEDGES))
    found = compare_sheets(
        there.sheets,
        expected.sheets,
        names=expected.names,
        scale=sum(abs(r.base_value) for r in result.by_position),
        only=only,
        # Of another file every input differs: then the figures say more.
        named_first=bool(again.reasons),
    )
    moved = _moved_names(there, expected, only)
    found = replace(found, differences=(*moved, *found.differences))
    if found.dropped:
        again.remarks.append(DROPPED)
    figures = {} if found.dropped else _figures(there, expected, only)
    again.reasons.extend(there.oddities)
    partial = only is not None
    return _verification(report, again, found=found, figures=figures, partial=partial)


def _verification(
    report: Report,
    again: Again,
    *,
    identical: bool = False,
    partial: bool = False,
    found: Compared | None = None,
    figures: dict[str, tuple[Value, Value]] | None = None,
) -> Verification:
    return Verification(
        report=report.name,
        run=again.said.run.get("id", ""),
        identical=identical,
        partial=partial,
        reasons=tuple(again.reasons),
        remarks=tuple(again.remarks),
        differences=found.differences if found else (),
        cells=found.cells if found else 0,
        figures=figures or {},
    )


def _moved_names(
    there: Workbook, expected: Workbook, only: frozenset[str] | None
) -> list[Difference]:
    """Return the names of cells that a report gives to others: formulas use them."""
    return [
        Difference(
            kind="formula",
            sheet=at[0],
            cell=address(at[1]),
            name=name,
            report=_shown(there.names.get(name)),
            expected=_shown(at),
        )
        for name, at in expected.names.items()
        if there.names.get(name) != at and (only is None or at[0] in only)
    ]


def _shown(at: tuple[str, Place] | None) -> str:
    return f"the name of {at[0]}!{address(at[1])}" if at else "no name"


def _figures(
    there: Workbook, expected: Workbook, only: frozenset[str] | None
) -> dict[str, tuple[Value, Value]]:
    """Return every named figure as the report has it and as it should be."""
    found = {}
    for name, (sheet, place) in expected.names.items():
        here = expected.sheets.get(sheet, {}).get(place)
        if here is None or (only is not None and sheet not in only):
            continue
        cell = there.sheets.get(sheet, {}).get(place)
        found[name] = (cell.value if cell else None, here.value)
    return found
