"""The command ``stresskit stress``: one portfolio, an event, and what follows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stresskit.asking import DEFAULT_LIMIT, NO_LIMIT, Ask, Files, Question, asked_hedge
from stresskit.cli.look import (
    ClientOption,
    FormOption,
    LanguageOption,
    PaperOption,
    PdfOption,
    SectionsOption,
    ThemeOption,
)
from stresskit.cli.options import (
    DEFAULT_FACTOR,
    AsOfOption,
    BaseOption,
    ColumnsOption,
    FactorOption,
    FactorsOption,
    FamilyOption,
    FundOption,
    FxOption,
    Holdings,
    InstrumentsOption,
    JsonOption,
    LimitOption,
    MandateOption,
    ModeOption,
    NoHedgeOption,
    OrdersOption,
    OverridesOption,
    PasswordOption,
    PricesOption,
    RobustOption,
    ScenarioOption,
    SeverityOption,
    SheetOption,
    TableOption,
    TargetOption,
    date_of,
    funds_of,
)
from stresskit.cli.outputs import check_outputs
from stresskit.cli.write_with import WriteOption, failed_writers, write_all, writers_of

if TYPE_CHECKING:
    from stresskit.model import HedgePlan, Issue, StressResult

ShockOption = Annotated[
    list[str] | None,
    typer.Option(
        "--shock",
        help="A move of your own: AI_ACCEL=-20%, MARKET=-2%, RATE_USD=-8bp, VIX=+3pt, "
        "GOLD=1%, EUR=-1% (against the base currency). May be given several times.",
    ),
]
OthersOption = Annotated[
    str,
    typer.Option(
        "--others",
        help="How rates, credit, volatility, gold, bitcoin and currencies move: "
        "predictive (carried over from the drivers), event (as on its days), none.",
    ),
]
DriverOption = Annotated[
    list[str] | None,
    typer.Option(
        "--driver", help="A segment or MARKET to carry over from; up to three."
    ),
]
DayOption = Annotated[
    int,
    typer.Option("--day", help="Sessions after the event (0 is the event itself)."),
]
BenchmarkOption = Annotated[
    Path | None,
    typer.Option("--benchmark", help="A holdings file to compare with."),
]


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
    day: DayOption = 0,
    scenario: ScenarioOption = None,
    shock: ShockOption = None,
    others: OthersOption = "",
    driver: DriverOption = None,
    loss_limit: LimitOption = DEFAULT_LIMIT,
    no_draws: Annotated[
        bool,
        typer.Option("--no-draws", help="Leave the distribution of losses out."),
    ] = False,
    benchmark: BenchmarkOption = None,
    base_currency: BaseOption = None,
    fx: FxOption = None,
    as_of: AsOfOption = None,
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
    hedge_target: TargetOption = None,
    mandate: MandateOption = None,
    family: FamilyOption = None,
    robust: RobustOption = None,
    instruments: InstrumentsOption = None,
    orders: OrdersOption = None,
    no_hedge: NoHedgeOption = False,
    factors: FactorsOption = None,
    theme: ThemeOption = "neutral",
    language: LanguageOption = "en",
    form: FormOption = "full",
    sections: SectionsOption = None,
    paper: PaperOption = "A4",
    client: ClientOption = "",
    pdf: PdfOption = None,
    write: WriteOption = None,
) -> None:
    """Stress a holdings file: loss, band, why, what else, hedges; write the report."""
    from stresskit.cli.password import asked
    from stresskit.cli.progress import steps
    from stresskit.pipeline import write_pdf, write_report
    from stresskit.presenting import present
    from stresskit.readers.scenarios import read_limit
    from stresskit.scenarios import is_set
    from stresskit.writers import write_orders, write_result_json

    files = Files(
        base_currency=base_currency,
        fx=fx,
        prices=prices,
        as_of=date_of(as_of),
        overrides=overrides,
        funds=funds_of(fund),
    )
    sets = [Path(text) for text in scenario or () if is_set(text)]
    wanted = None
    if not no_hedge:
        wanted = asked_hedge(
            hedge_target, mandate, family, robust, instruments, factors
        )
    inputs = (holdings, *files.paths, benchmark, *sets)
    inputs = (*inputs, instruments, Path(mandate) if mandate else None)
    more_files = writers_of(write)
    check_outputs(inputs, output, json, orders, pdf, more=tuple(more_files))
    look = present(
        theme=theme,
        language=language,
        form=form,
        sections=sections,
        paper=paper,
        client=client,
        factors=factors,
    )
    limit = None if loss_limit == NO_LIMIT else read_limit(loss_limit)
    with steps() as step:
        step("Loading the factor")
        main, more = Question(
            factor=factor,
            severity=severity,
            mode=mode,
            day=day,
            others=others,
            drivers=tuple(driver or ()),
            market=market,
            shocks=tuple(shock or ()),
            scenarios=None if scenario is None else tuple(scenario),
            factors=factors,
        ).asked()
        step("Reading the holdings")
        portfolio = files.read(
            holdings,
            sheet=sheet,
            table=table,
            columns=columns,
            password=asked(password),
        )
        result, plan = Ask(
            files=files,
            main=main,
            more=more,
            limit=limit,
            draws=not no_draws,
            value=value,
            benchmark=benchmark,
            hedges=wanted,
        ).answer(portfolio, step)
        lacking = failed_writers(more_files) if more_files else {}
        result = replace(result, issues=(*result.issues, *lacking.values()))
        if output is not None:
            step("Writing the report")
            write_report(output, result, plan, presentation=look)
        if pdf is not None:
            step("Printing the report")
            write_pdf(pdf, result, plan, presentation=look)
        unwritten = write_all(more_files, result, plan)
    if json is not None:
        write_result_json(json, result, plan)
    if orders is not None and plan is not None:
        write_orders(orders, plan)
    placed_at = [
        ("Report", output),
        ("PDF", pdf),
        ("Orders", orders if plan is not None else None),
        *((name, path) for path, name in more_files.items() if path not in unwritten),
    ]
    quiet = json is not None and str(json) == "-"
    _tell(result, plan, tuple(unwritten.values()), quiet=quiet)
    _tell_files(placed_at)
    if unwritten:
        # All else is there; what was asked for is not.
        raise typer.Exit(4)


def _tell(
    result: StressResult,
    plan: HedgePlan | None,
    unwritten: tuple[Issue, ...],
    *,
    quiet: bool,
) -> None:
    from stresskit.cli.show import issues_block, print_plain, stress_summary
    from stresskit.cli.show_hedges import hedges_block
    from stresskit.cli.show_more import more_of

    issues = (*unwritten, *result.issues, *(plan.issues if plan else ()))
    print_plain(*stress_summary(result, more_of(result)), stderr=quiet)
    if plan is not None:
        print_plain("", *hedges_block(result, plan), stderr=quiet)
    print_plain("", *issues_block(issues, most=8), stderr=True)


def _tell_files(placed_at: list[tuple[str, Path | None]]) -> None:
    from stresskit.cli.show import print_plain

    for what, path in placed_at:
        if path is not None:
            print_plain(f"{what}: {path}", stderr=True)
