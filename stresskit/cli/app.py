"""The commands; what they do is in ``pipeline`` and ``factors``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from stresskit.errors import InputError, OutputError

if TYPE_CHECKING:
    from stresskit.model import Portfolio
    from stresskit.model.scenario import Mode

app = typer.Typer(
    name="stresskit",
    help="Stress a portfolio with a market event defined along a value chain.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
factor_app = typer.Typer(
    help="List, show, define, build and check event factors.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(factor_app, name="factor")

Holdings = Annotated[
    Path, typer.Argument(help="A holdings file (.xlsx, .csv).", show_default=False)
]
SheetOption = Annotated[
    str | None, typer.Option("--sheet", help="Sheet of the workbook to read.")
]
BaseOption = Annotated[
    str | None,
    typer.Option("--base-currency", help="Currency of the portfolio, e.g. EUR."),
]
FxOption = Annotated[
    Path | None,
    typer.Option("--fx", help="Exchange rates: a table currency,rate,base."),
]
PricesOption = Annotated[
    Path | None,
    typer.Option("--prices", help="Prices for positions that have a quantity only."),
]
FactorOption = Annotated[
    str, typer.Option("--factor", help="Id or folder of the event factor.")
]
FactorsOption = Annotated[
    Path | None, typer.Option("--factors", help="Folder with factors of your own.")
]
OverridesOption = Annotated[
    Path | None,
    typer.Option("--overrides", help="Your own placements (see stresskit map -o)."),
]
JsonOption = Annotated[
    Path | None, typer.Option("--json", help="Write JSON here; - is stdout.")
]
SeverityOption = Annotated[
    float, typer.Option("--severity", help="1 is the event itself; 0 to 10.")
]
ModeOption = Annotated[
    str,
    typer.Option(
        "--mode", help="factor: an event of this kind; replay: the same day again."
    ),
]
TargetOption = Annotated[
    float, typer.Option("--hedge-target", help="Share of the loss to take away.")
]
NoHedgeOption = Annotated[
    bool, typer.Option("--no-hedge", help="Leave the hedges out (faster).")
]
DEFAULT_FACTOR = "deepseek-2025-01-27"


def _version(show: bool) -> None:
    if show:
        from stresskit import __version__

        typer.echo(f"stresskit {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """Stress a portfolio with a market event defined along a value chain."""


def _read(
    holdings: Path,
    sheet: str | None,
    base_currency: str | None,
    fx: Path | None,
    prices: Path | None = None,
) -> Portfolio:
    from stresskit.pipeline import read_holdings

    return read_holdings(
        holdings, sheet=sheet, base_currency=base_currency, fx=fx, prices=prices
    )


def _check_outputs(
    inputs: tuple[Path | None, ...], output: Path | None, json: Path | None
) -> None:
    """Refuse, before any work, what cannot be written or would replace an input."""
    from stresskit.writers.atomic import check_target

    if output is not None:
        check_target(output, suffix=".xlsx")
    if json is not None and str(json) != "-":
        check_target(json, suffix="")
    read = {path.resolve() for path in inputs if path is not None}
    for path in (output, json):
        if path is not None and path.resolve() in read:
            raise OutputError(
                f"{path} is a file this command reads; it would be replaced.",
                hint="Give another file name.",
            )


@app.command()
def stress(
    holdings: Holdings,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the Excel report here (.xlsx)."),
    ] = None,
    json: JsonOption = None,
    factor: FactorOption = DEFAULT_FACTOR,
    severity: SeverityOption = 1.0,
    mode: ModeOption = "factor",
    base_currency: BaseOption = None,
    fx: FxOption = None,
    overrides: OverridesOption = None,
    prices: PricesOption = None,
    sheet: SheetOption = None,
    value: Annotated[
        float | None,
        typer.Option("--value", help="What a weight-only portfolio is worth."),
    ] = None,
    market: Annotated[
        float | None,
        typer.Option("--market", help="Ex-theme market return instead of the event's."),
    ] = None,
    hedge_target: TargetOption = 0.5,
    no_hedge: NoHedgeOption = False,
    factors: FactorsOption = None,
) -> None:
    """Stress a holdings file: loss, band, why, hedges; write the report."""
    from stresskit.cli.progress import steps
    from stresskit.factors import load_factor
    from stresskit.model import Scenario
    from stresskit.pipeline import hedge, map_exposures, write_report
    from stresskit.pipeline import stress as run_stress
    from stresskit.writers import write_result_json

    _check_outputs((holdings, fx, overrides, prices), output, json)
    with steps() as step:
        step("Loading the factor")
        loaded = load_factor(factor, factors=factors)
        # Scenario checks the mode and says what is allowed.
        scenario = Scenario(loaded, severity, cast("Mode", mode), market)
        step("Reading the holdings")
        portfolio = _read(holdings, sheet, base_currency, fx, prices)
        step("Placing the positions")
        exposures = map_exposures(portfolio, scenario.factor, overrides=overrides)
        step("Stressing")
        result = run_stress(portfolio, exposures, scenario, value=value)
        plan = None
        if not no_hedge:
            step("Searching for hedges")
            plan = hedge(result, target=hedge_target)
        if output is not None:
            step("Writing the report")
            write_report(output, result, plan)
    if json is not None:
        write_result_json(json, result, plan)
    from stresskit.cli.show import issues_block, print_plain, stress_summary

    quiet = json is not None and str(json) == "-"
    issues = (*result.issues, *(plan.issues if plan else ()))
    print_plain(*stress_summary(result, plan), stderr=quiet)
    print_plain("", *issues_block(issues, most=8), stderr=True)
    if output is not None:
        print_plain(f"Report: {output}", stderr=True)


@app.command()
def holdings(
    holdings: Holdings,
    json: JsonOption = None,
    annotate: Annotated[
        Path | None,
        typer.Option("--annotate", help="Write a copy with the problem cells marked."),
    ] = None,
    sheet: SheetOption = None,
    base_currency: BaseOption = None,
    fx: FxOption = None,
) -> None:
    """Show what was read, and every problem, in the file's own coordinates."""
    from stresskit.cli.show import holdings_summary, issues_block, print_plain
    from stresskit.writers import holdings_to_dict, write_annotated_copy, write_json

    _check_outputs((holdings, fx), None, json)
    portfolio = _read(holdings, sheet, base_currency, fx)
    if json is not None:
        write_json(json, holdings_to_dict(portfolio))
    if annotate is not None:
        write_annotated_copy(holdings, annotate, portfolio)
    quiet = json is not None and str(json) == "-"
    print_plain(
        *holdings_summary(portfolio),
        "",
        *issues_block(portfolio.issues, most=100),
        stderr=quiet,
    )
    if any(i.severity == "error" for i in portfolio.issues):
        raise typer.Exit(2)


@app.command("map")
def map_command(
    holdings: Holdings,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the placements to edit (.xlsx)."),
    ] = None,
    json: JsonOption = None,
    factor: FactorOption = DEFAULT_FACTOR,
    overrides: OverridesOption = None,
    sheet: SheetOption = None,
    base_currency: BaseOption = None,
    fx: FxOption = None,
    factors: FactorsOption = None,
) -> None:
    """Show where each position stands in the value chain, with its evidence."""
    from stresskit.cli.show import issues_block, mapping_table, print_plain
    from stresskit.factors import load_factor
    from stresskit.pipeline import map_exposures
    from stresskit.writers import mapping_to_dict, write_json, write_mapping_workbook

    _check_outputs((holdings, fx, overrides), output, json)
    loaded = load_factor(factor, factors=factors)
    portfolio = _read(holdings, sheet, base_currency, fx)
    exposures = map_exposures(portfolio, loaded, overrides=overrides)
    if output is not None:
        write_mapping_workbook(output, portfolio, exposures, loaded.chain)
    if json is not None:
        write_json(json, mapping_to_dict(portfolio, exposures))
    quiet = json is not None and str(json) == "-"
    print_plain(*mapping_table(portfolio, exposures), stderr=quiet)
    issues = (*portfolio.issues, *exposures.issues)
    print_plain("", *issues_block(issues, most=20), stderr=True)


@app.command()
def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where the report goes.")
    ] = Path("stresskit-demo.xlsx"),
    example: Annotated[
        str, typer.Option("--example", help="Which shipped example.")
    ] = "us-growth",
    no_hedge: NoHedgeOption = False,
) -> None:
    """Run the main job on shipped example holdings and write its report."""
    from stresskit.pipeline import example_files

    holdings_file, fx = example_files(example)
    stress(
        holdings_file,
        output=output,
        fx=fx,
        no_hedge=no_hedge,
    )


def _day(text: str, option: str) -> str:
    import datetime as dt

    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise InputError(
            f"{option} {text!r} is not a date.", hint="Write it like 2025-01-27."
        ) from error


@factor_app.command("list")
def factor_list(json: JsonOption = None, factors: FactorsOption = None) -> None:
    """List every factor that can be used."""
    from rich.table import Table

    from stresskit.cli.show import print_plain
    from stresskit.factors import list_factors
    from stresskit.writers import write_json

    found = list_factors(factors=factors)
    if json is not None:
        rows = [
            {**f, "event": {k: str(v) for k, v in f["event"].items()}} for f in found
        ]
        write_json(json, {"schema": "stresskit/factors/1", "factors": rows})
        return
    table = Table(box=None, pad_edge=False)
    for column in ("Id", "Revision", "Event", "Title"):
        table.add_column(column)
    for f in found:
        day = f["event"].get("start")
        table.add_row(f["id"], str(f["revision"]), str(day), f["title"])
    print_plain(table)


@factor_app.command("show")
def factor_show(
    factor: Annotated[str, typer.Argument(help="Id or folder.")],
    json: JsonOption = None,
    factors: FactorsOption = None,
) -> None:
    """Show a factor's shocks with their evidence."""
    from stresskit.cli.show import factor_table, print_plain
    from stresskit.factors import load_factor
    from stresskit.writers import write_json
    from stresskit.writers.factor_folder import factor_table as factor_tables

    loaded = load_factor(factor, factors=factors)
    if json is not None:
        content = factor_tables(loaded)
        content["event"] = {k: str(v) for k, v in content["event"].items()}
        content["market"] = [
            {**m, "start": str(m["start"]), "end": str(m["end"])}
            for m in content["market"]
        ]
        write_json(json, {**content, "sha256": loaded.sha256})
        if str(json) == "-":
            return
    print_plain(*factor_table(loaded))


@factor_app.command("new")
def factor_new(
    factor: Annotated[str, typer.Argument(help="Id of the new factor.")],
    moves: Annotated[
        Path, typer.Option("--moves", help="Table: segment, move[, standard_error].")
    ],
    event: Annotated[str, typer.Option("--event", help="Day, e.g. 2025-01-27.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder the factor folder goes in.")
    ] = Path(),
    factors: FactorsOption = None,
) -> None:
    """Define a factor from a table of segment moves."""
    import datetime as dt

    from stresskit.cli.show import factor_table, print_plain
    from stresskit.factors import define_factor, load_factor, save_factor

    day = dt.date.fromisoformat(_day(event, "--event"))
    made = define_factor(factor, moves=moves, day=day, factors=factors)
    notes = f"# {factor}\n\nMoves as stated in {moves.name}; nothing was estimated.\n"
    folder = save_factor(made, output / factor, notes=notes)
    print_plain(*factor_table(load_factor(folder, factors=factors)))
    print_plain(f"Factor: {folder}", stderr=True)


@factor_app.command("build")
def factor_build(
    factor: Annotated[str, typer.Argument(help="Id of the new factor.")],
    prices: Annotated[
        Path, typer.Option("--prices", help="Adjusted closes: dates by tickers.")
    ],
    event: Annotated[str, typer.Option("--event", help="First day of the event.")],
    until: Annotated[
        str | None, typer.Option("--until", help="Last day, if more than one.")
    ] = None,
    chain: Annotated[
        str, typer.Option("--chain", help="Value chain, id or folder.")
    ] = "ai-value-chain",
    about: Annotated[
        Path | None,
        typer.Option("--about", help="TOML with title, narrative, sources, notes."),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder the factor folder goes in.")
    ] = Path(),
    factors: FactorsOption = None,
) -> None:
    """Estimate a factor from a file of adjusted closes."""
    import datetime as dt

    from stresskit.cli.progress import steps
    from stresskit.cli.show import factor_table, print_plain
    from stresskit.factors import build_factor, load_factor, save_factor

    start = dt.date.fromisoformat(_day(event, "--event"))
    end = dt.date.fromisoformat(_day(until, "--until")) if until else start
    with steps() as step:
        step("Estimating the factor")
        made = build_factor(
            factor,
            prices=prices,
            start=start,
            end=end,
            chain=chain,
            about=about,
            factors=factors,
        )
        step("Writing the folder")
        told = about.read_text(encoding="utf-8") if about else ""
        folder = save_factor(
            made, output / factor, notes=_notes(factor, about), about=told
        )
    print_plain(*factor_table(load_factor(folder, factors=factors)))
    print_plain(f"Factor: {folder}", stderr=True)


def _notes(factor: str, about: Path | None) -> str:
    from stresskit.readers.factor_folder import read_about

    told = read_about(about).get("notes", "") if about else ""
    return f"# {factor}\n\n{told.strip() or 'Estimated from prices.'}\n"


@factor_app.command("check")
def factor_check(
    factor: Annotated[str, typer.Argument(help="Id or folder.")],
    factors: FactorsOption = None,
) -> None:
    """Check a factor folder: files, schema, shocks recomputed from the evidence."""
    from stresskit.cli.show import print_plain
    from stresskit.factors import check_factor

    wrong = check_factor(factor, factors=factors)
    if wrong:
        print_plain(*wrong)
        raise typer.Exit(2)
    print_plain(f"{factor}: in order.")
