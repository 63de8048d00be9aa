"""The command ``stresskit verify``: a report, made again, and what differs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stresskit.cli.options import (
    ColumnsOption,
    FactorsOption,
    FundOption,
    FxOption,
    Holdings,
    InstrumentsOption,
    JsonOption,
    MandateOption,
    NoHedgeOption,
    OverridesOption,
    PasswordOption,
    PricesOption,
    funds_of,
)
from stresskit.cli.outputs import check_outputs
from stresskit.cli.stress_app import BenchmarkOption

if TYPE_CHECKING:
    from stresskit.core.same_cells import Difference, Value
    from stresskit.verifying import Verification

# Of a report that differs: the same code as of a question without an answer.
DIFFERS = 3
SHOWN, LONGEST = 20, 80
NAMES = {
    "sheet": "sheets",
    "input": "inputs",
    "formula": "formulas",
    "figure": "figures",
    "text": "texts",
}

ReportArgument = Annotated[
    Path,
    typer.Argument(help="An Excel report of `stresskit stress`.", show_default=False),
]


def verify(
    report: ReportArgument,
    holdings: Holdings,
    json: JsonOption = None,
    fx: FxOption = None,
    overrides: OverridesOption = None,
    prices: PricesOption = None,
    fund: FundOption = None,
    columns: ColumnsOption = None,
    password: PasswordOption = None,
    mandate: MandateOption = None,
    instruments: InstrumentsOption = None,
    benchmark: BenchmarkOption = None,
    theme: Annotated[
        str | None,
        typer.Option("--theme", help="The report's theme: a name or a TOML file."),
    ] = None,
    factor: Annotated[
        str | None,
        typer.Option("--factor", help="Folder of the factor, if it is your own."),
    ] = None,
    factors: FactorsOption = None,
    no_hedge: NoHedgeOption = False,
) -> None:
    """Make a report again from its run log; say that it is equal, or what differs."""
    from stresskit.cli.password import asked
    from stresskit.cli.progress import steps
    from stresskit.cli.show import print_plain
    from stresskit.verifying import SideFiles, verify_report
    from stresskit.writers import write_json

    funds = funds_of(fund)
    inputs = (report, holdings, fx, overrides, prices, instruments, benchmark)
    check_outputs((*inputs, *funds.values()), None, json)
    sides = SideFiles(
        fx=fx,
        overrides=overrides,
        prices=prices,
        funds=funds,
        columns=columns,
        password=asked(password),
        mandate=mandate,
        instruments=instruments,
        benchmark=benchmark,
        theme=theme,
        factor=factor,
        factors=factors,
        hedges=not no_hedge,
    )
    with steps() as step:
        found = verify_report(report, holdings, sides=sides, progress=step)
    if json is not None:
        write_json(json, found.to_dict())
    quiet = json is not None and str(json) == "-"
    print_plain(*sentences(found), stderr=quiet)
    if not found.equal:
        raise typer.Exit(DIFFERS)


def sentences(found: Verification) -> list[str]:
    """Return what came of it, a line each: first whether it is equal."""
    lines = [_first(found), *found.reasons, *found.remarks]
    lines += [f"  {_line(d)}" for d in found.differences[:SHOWN]]
    hidden = len(found.differences) - SHOWN
    if hidden > 0:
        lines.append(f"  and {hidden:,} more; --json lists all")
    return lines


def _first(found: Verification) -> str:
    run = f"run {found.run}"
    if found.partial and not (found.reasons or found.differences):
        return (
            f"Compared in part: the {found.cells:,} cells of {found.report} that do "
            f"not stand on hedges are those of {run}."
        )
    if found.equal and found.identical:
        return f"Equal: {found.report} is what {run} gives, byte for byte."
    if found.equal:
        return (
            f"Equal: the {found.cells:,} cells of {found.report} are those of {run}. "
            "It was saved again since: formats and charts were not compared."
        )
    counts = {
        word: sum(d.kind == kind for d in found.differences)
        for kind, word in NAMES.items()
    }
    said = ", ".join(
        f"{count:,} {word if count > 1 else word.removesuffix('s')}"
        for word, count in counts.items()
        if count
    )
    cells = f" in {said} of {found.cells:,} cells" if said else ""
    if not found.differences:
        cells = ", though no cell does" if found.cells or found.identical else ""
    return f"Differs: {found.report} is not what {run} gives{cells}."


def _line(d: Difference) -> str:
    if d.kind == "sheet":
        return f"{d.sheet}: the sheet is {d.report}."
    name = f" ({d.name})" if d.name else ""
    there, here = _apart(_value(d.report), _value(d.expected))
    return f"{d.sheet}!{d.cell}{name}: the report says {there}, it should say {here}."


def _apart(one: str, other: str) -> tuple[str, str]:
    """Cut two long texts to where they part."""
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    start = same - 20 if same > 40 else 0
    left = "..." if start else ""
    cut = (
        f"{left}{text[start : start + LONGEST]}"
        + ("..." if len(text) > start + LONGEST else "")
        for text in (one, other)
    )
    there, here = cut
    return there, here


def _value(value: Value) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return str(value).upper()
    return f"{value:.15g}" if isinstance(value, float) else str(value)
