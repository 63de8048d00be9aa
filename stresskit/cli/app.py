"""The commands; what they do is in ``pipeline`` and ``factors``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stresskit.cli.batch_app import batch
from stresskit.cli.factor_app import factor_app
from stresskit.cli.hedges import mandate_app
from stresskit.cli.look import (
    ClientOption,
    FormOption,
    LanguageOption,
    PaperOption,
    PdfOption,
    SectionsOption,
    ThemeOption,
    theme_app,
)
from stresskit.cli.make_factor_app import MAKERS
from stresskit.cli.options import (
    DEFAULT_FACTOR,
    AsOfOption,
    BaseOption,
    ColumnsOption,
    FactorOption,
    FactorsOption,
    FundOption,
    FxOption,
    Holdings,
    JsonOption,
    NoHedgeOption,
    OverridesOption,
    PasswordOption,
    PricesOption,
    SheetOption,
    TableOption,
    date_of,
    funds_of,
)
from stresskit.cli.outputs import check_outputs
from stresskit.cli.plugins_app import plugins
from stresskit.cli.serve_app import serve
from stresskit.cli.stress_app import stress
from stresskit.cli.token_app import token_app
from stresskit.cli.validate_app import validate
from stresskit.cli.verify_app import verify

if TYPE_CHECKING:
    pass

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
app.add_typer(mandate_app, name="mandate")
app.add_typer(theme_app, name="theme")
app.add_typer(token_app, name="token")
app.command()(stress)
app.command()(batch)
app.command()(validate)
app.command()(plugins)
app.command()(verify)
app.command()(serve)


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
    as_of: AsOfOption = None,
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

    check_outputs((holdings, fx, prices), None, json)
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
            as_of=date_of(as_of),
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
    as_of: AsOfOption = None,
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
    check_outputs(inputs, output, json)
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
            as_of=date_of(as_of),
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
    theme: ThemeOption = "neutral",
    language: LanguageOption = "en",
    form: FormOption = "full",
    sections: SectionsOption = None,
    paper: PaperOption = "A4",
    client: ClientOption = "",
    pdf: PdfOption = None,
) -> None:
    """Run the main job on shipped example holdings and write its report."""
    from stresskit.pipeline import example_files

    holdings_file, fx = example_files(example)
    stress(
        holdings_file,
        output=output,
        fx=fx,
        no_hedge=no_hedge,
        theme=theme,
        language=language,
        form=form,
        sections=sections,
        paper=paper,
        client=client,
        pdf=pdf,
    )
