"""The commands; what they do is in ``pipeline`` and ``factors``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from stresskit.cli.factor_app import factor_app
from stresskit.cli.make_factor_app import MAKERS
from stresskit.cli.options import (
    DEFAULT_FACTOR,
    BaseOption,
    ColumnsOption,
    FactorOption,
    FactorsOption,
    FundOption,
    FxOption,
    Holdings,
    JsonOption,
    ModeOption,
    NoHedgeOption,
    OverridesOption,
    PasswordOption,
    PricesOption,
    SeverityOption,
    SheetOption,
    TableOption,
    TargetOption,
    funds_of,
)
from stresskit.cli.validate_app import validate
from stresskit.errors import OutputError

if TYPE_CHECKING:
    from stresskit.model.scenario import Mode

app = typer.Typer(
    name="stresskit",
    help="Stress a portfolio with a market event defined along a value chain.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in MAKERS:
    factor_app.command(command.__name__.removeprefix("factor_"))(command)
app.add_typer(factor_app, name="factor")
app.command()(validate)


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


def _check_outputs(
    inputs: tuple[Path | None, ...], output: Path | None, json: Path | None
) -> None:
    """Refuse, before any work, what cannot be written or would replace an input."""
    from stresskit.writers.atomic import check_target

    if output is not None:
        check_target(output, suffix=".xlsx")
    if json is not None and str(json) != "-":
        check_target(json, suffix="")
    if output is not None and json is not None and output.resolve() == json.resolve():
        raise OutputError(
            f"Report and JSON cannot both be {output}.", hint="Give two file names."
        )
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
    fund: FundOption = None,
    sheet: SheetOption = None,
    table: TableOption = None,
    columns: ColumnsOption = None,
    password: PasswordOption = None,
    value: Annotated[
        float | None,
        typer.Option("--value", help="What a weight-only portfolio is worth."),
    ] = None,
    market: Annotated[
        str | None,
        typer.Option("--market", help="Ex-theme market return, e.g. -2%."),
    ] = None,
    hedge_target: TargetOption = 0.5,
    no_hedge: NoHedgeOption = False,
    factors: FactorsOption = None,
) -> None:
    """Stress a holdings file: loss, band, why, hedges; write the report."""
    from stresskit.cli.password import asked
    from stresskit.cli.progress import steps
    from stresskit.factors import load_factor
    from stresskit.mapping import map_exposures
    from stresskit.model import Scenario
    from stresskit.pipeline import hedge, read_holdings, write_report
    from stresskit.readers.moves import read_return
    from stresskit.stressing import stress as run_stress
    from stresskit.writers import write_result_json

    funds = funds_of(fund)
    inputs = (holdings, fx, overrides, prices, *funds.values())
    _check_outputs(inputs, output, json)
    with steps() as step:
        step("Loading the factor")
        loaded = load_factor(factor, factors=factors)
        # Scenario checks the mode and says what is allowed.
        leg = None if market is None else read_return(market, "--market")
        scenario = Scenario(loaded, severity, cast("Mode", mode), leg)
        step("Reading the holdings")
        portfolio = read_holdings(
            holdings,
            sheet=sheet,
            table=table,
            columns=columns,
            password=asked(password),
            base_currency=base_currency,
            fx=fx,
            prices=prices,
        )
        step("Placing the positions")
        exposures = map_exposures(
            portfolio,
            scenario.factor,
            overrides=overrides,
            funds=funds,
            prices=prices,
        )
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
    table: TableOption = None,
    columns: ColumnsOption = None,
    password: PasswordOption = None,
    base_currency: BaseOption = None,
    fx: FxOption = None,
    prices: PricesOption = None,
    save_columns: Annotated[
        Path | None,
        typer.Option(
            "--save-columns", help="Write what each column is, for --columns."
        ),
    ] = None,
) -> None:
    """Show what was read, and every problem, in the file's own coordinates."""
    from stresskit.cli.password import asked
    from stresskit.cli.progress import steps
    from stresskit.cli.show import issues_block, print_plain
    from stresskit.cli.show_holdings import holdings_summary
    from stresskit.pipeline import annotate_holdings, read_holdings
    from stresskit.writers import holdings_to_dict, write_columns, write_json

    _check_outputs((holdings, fx, prices), None, json)
    password = asked(password)
    with steps() as step:
        step("Reading the holdings")
        portfolio = read_holdings(
            holdings,
            sheet=sheet,
            table=table,
            columns=columns,
            password=password,
            base_currency=base_currency,
            fx=fx,
            prices=prices,
        )
    if json is not None:
        write_json(json, holdings_to_dict(portfolio))
    if annotate is not None:
        annotate_holdings(holdings, annotate, portfolio, password=password)
    if save_columns is not None:
        write_columns(save_columns, portfolio)
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
    prices: PricesOption = None,
    fund: FundOption = None,
    sheet: SheetOption = None,
    table: TableOption = None,
    columns: ColumnsOption = None,
    password: PasswordOption = None,
    base_currency: BaseOption = None,
    fx: FxOption = None,
    factors: FactorsOption = None,
) -> None:
    """Show where each position stands in the value chain, with its evidence."""
    from stresskit.cli.password import asked
    from stresskit.cli.progress import steps
    from stresskit.cli.show import issues_block, print_plain
    from stresskit.cli.show_mapping import mapping_summary
    from stresskit.factors import load_factor
    from stresskit.mapping import map_exposures
    from stresskit.pipeline import read_holdings
    from stresskit.stressing import coverage_of
    from stresskit.writers import mapping_to_dict, write_json, write_mapping_workbook

    funds = funds_of(fund)
    inputs = (holdings, fx, overrides, prices, *funds.values())
    _check_outputs(inputs, output, json)
    with steps() as step:
        step("Loading the factor")
        loaded = load_factor(factor, factors=factors)
        step("Reading the holdings")
        portfolio = read_holdings(
            holdings,
            sheet=sheet,
            table=table,
            columns=columns,
            password=asked(password),
            base_currency=base_currency,
            fx=fx,
            prices=prices,
        )
        step("Placing the positions")
        exposures = map_exposures(
            portfolio, loaded, overrides=overrides, funds=funds, prices=prices
        )
        coverage = coverage_of(portfolio, exposures, loaded)
    if output is not None:
        write_mapping_workbook(output, portfolio, exposures, loaded.chain)
    if json is not None:
        write_json(json, mapping_to_dict(portfolio, exposures, coverage))
    quiet = json is not None and str(json) == "-"
    print_plain(*mapping_summary(portfolio, exposures, coverage), stderr=quiet)
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
