"""The command ``stresskit stress``: one portfolio, an event, and what follows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from stresskit.cli.hedges import asked_hedge
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
    MandateOption,
    ModeOption,
    NoHedgeOption,
    OrdersOption,
    OverridesOption,
    PasswordOption,
    PricesOption,
    RobustOption,
    SeverityOption,
    SheetOption,
    TableOption,
    TargetOption,
    date_of,
    funds_of,
)
from stresskit.cli.outputs import check_outputs

if TYPE_CHECKING:
    from stresskit.model import (
        Exposures,
        Factor,
        Portfolio,
        Scenario,
        StressResult,
    )
    from stresskit.model.scenario import Mode, OtherMode

DEFAULT_SCENARIOS = ("severities", "path")
DEFAULT_LIMIT = "10%"

ScenarioOption = Annotated[
    list[str] | None,
    typer.Option(
        "--scenario",
        help="One more scenario: a line (deepseek-overspend,severity=2,AI_ACCEL=-20%), "
        "a TOML file, or severities, path, variants, library. May be given several "
        "times; severities and path unless said.",
    ),
]
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
LimitOption = Annotated[
    str,
    typer.Option(
        "--loss-limit",
        help="A loss to find the way to: an amount, or 10% of the value.",
    ),
]
BenchmarkOption = Annotated[
    Path | None,
    typer.Option("--benchmark", help="A holdings file to compare with."),
]


def stress(  # noqa: C901, PLR0915 - one step after the other, as the user sees them
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
) -> None:
    """Stress a holdings file: loss, band, why, what else, hedges; write the report."""
    from stresskit.cli.progress import steps
    from stresskit.pipeline import write_pdf, write_report
    from stresskit.presenting import present
    from stresskit.readers.scenarios import read_limit
    from stresskit.scenarios import is_set
    from stresskit.writers import write_orders, write_result_json

    files = _Files(
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
    inputs = (holdings, fx, overrides, prices, benchmark, *files.funds.values(), *sets)
    inputs = (*inputs, instruments, Path(mandate) if mandate else None)
    check_outputs(inputs, output, json, orders, pdf)
    look = present(
        theme=theme,
        language=language,
        form=form,
        sections=sections,
        paper=paper,
        client=client,
        factors=factors,
    )
    limit = read_limit(loss_limit)
    with steps() as step:
        step("Loading the factor")
        main, more = _asked(
            factor,
            _Question(severity, mode, day, others, tuple(driver or ()), market),
            shock,
            scenario,
            factors,
        )
        step("Reading the holdings")
        portfolio = files.read(
            holdings, sheet=sheet, table=table, columns=columns, password=password
        )
        step("Placing the positions")
        places = {_key(f): files.place(portfolio, f) for f in _factors(main, more)}
        step("Stressing")
        result = _stressed(portfolio, places, main, more, value)
        result = _limited(result, *limit)
        if benchmark is not None:
            step("Stressing the benchmark")
            result = _compared(result, files, benchmark)
        plan = None
        if wanted is not None:
            plan = wanted.search(result, partial(files.place, portfolio), step)
        if output is not None:
            step("Writing the report")
            write_report(output, result, plan, presentation=look)
        if pdf is not None:
            step("Printing the report")
            write_pdf(pdf, result, plan, presentation=look)
    if json is not None:
        write_result_json(json, result, plan)
    if orders is not None and plan is not None:
        write_orders(orders, plan)
    from stresskit.cli.show import issues_block, print_plain, stress_summary
    from stresskit.cli.show_hedges import hedges_block
    from stresskit.cli.show_more import more_of

    quiet = json is not None and str(json) == "-"
    issues = (*result.issues, *(plan.issues if plan else ()))
    print_plain(*stress_summary(result, more_of(result)), stderr=quiet)
    if plan is not None:
        print_plain("", *hedges_block(result, plan), stderr=quiet)
    print_plain("", *issues_block(issues, most=8), stderr=True)
    if output is not None:
        print_plain(f"Report: {output}", stderr=True)
    if pdf is not None:
        print_plain(f"PDF: {pdf}", stderr=True)
    if orders is not None and plan is not None:
        print_plain(f"Orders: {orders}", stderr=True)


@dataclass(frozen=True)
class _Files:
    """What every portfolio of a run is read and placed with."""

    base_currency: str | None
    fx: Path | None
    prices: Path | None
    as_of: dt.date | None
    overrides: Path | None
    funds: dict[str, Path]

    def read(
        self,
        path: Path,
        *,
        sheet: str | None = None,
        table: str | None = None,
        columns: str | None = None,
        password: str | None = None,
    ) -> Portfolio:
        """Read a holdings file."""
        from stresskit.cli.password import asked
        from stresskit.pipeline import read_holdings

        return read_holdings(
            path,
            sheet=sheet,
            table=table,
            columns=columns,
            password=asked(password),
            base_currency=self.base_currency,
            fx=self.fx,
            prices=self.prices,
            as_of=self.as_of,
        )

    def place(self, portfolio: Portfolio, factor: Factor) -> Exposures:
        """Place its positions in a factor's value chain."""
        from stresskit.mapping import map_exposures

        return map_exposures(
            portfolio,
            factor,
            overrides=self.overrides,
            funds=self.funds,
            prices=self.prices,
        )


@dataclass(frozen=True)
class _Question:
    """The settings of the main scenario, as given."""

    severity: float
    mode: str
    day: int
    others: str
    drivers: tuple[str, ...]
    market: str | None


def _asked(
    factor: str,
    question: _Question,
    shock: list[str] | None,
    scenario: list[str] | None,
    factors: Path | None,
) -> tuple[Scenario, tuple[Scenario, ...]]:
    """Return the main scenario and the others; all words are checked here."""
    from stresskit.factors import load_factor
    from stresskit.model import Scenario
    from stresskit.readers.moves import read_return
    from stresskit.readers.scenarios import read_shocks
    from stresskit.scenarios import asked_scenarios, with_shocks

    shocks = read_shocks(shock)
    q, loaded = question, load_factor(factor, factors=factors)
    main = Scenario(
        loaded,
        q.severity,
        cast("Mode", q.mode),
        None if q.market is None else read_return(q.market, "--market"),
        day=q.day,
        others=cast("OtherMode", q.others),
        drivers=tuple(d.upper() for d in q.drivers),
    )
    main = with_shocks(main, shocks)
    given = DEFAULT_SCENARIOS if scenario is None else scenario
    return main, asked_scenarios(main, given, factors=factors)


def _key(factor: Factor) -> str:
    return f"{factor.id}@{factor.revision}"


def _factors(main: Scenario, more: tuple[Scenario, ...]) -> list[Factor]:
    """Return the factors of all scenarios, the main one's first."""
    return list({_key(s.factor): s.factor for s in (main, *more)}.values())


def _stressed(
    portfolio: Portfolio,
    places: dict[str, Exposures],
    main: Scenario,
    more: tuple[Scenario, ...],
    value: float | None,
) -> StressResult:
    from stresskit.stressing import simulate
    from stresskit.stressing import stress as run_stress

    result = run_stress(
        portfolio,
        places[_key(main.factor)],
        main,
        value=value,
        scenarios=more,
        exposures_of=places,
    )
    return replace(result, distribution=simulate(result))


def _limited(result: StressResult, amount: float, share: bool) -> StressResult:
    """Add what it takes to lose the limit, where there is a value to lose of."""
    from stresskit.model import Issue
    from stresskit.stressing import reverse_stress

    if share and not result.base_value > 0:
        nothing = Issue(
            code="no-loss-limit",
            severity="info",
            message=f"The portfolio's value is not above zero: {amount:.0%} of it is "
            "no loss limit.",
            fix="Give an amount, for instance --loss-limit 250000.",
        )
        return replace(result, issues=(*result.issues, nothing))
    if share:
        amount *= result.base_value
    return replace(result, reverse=reverse_stress(result, amount))


def _compared(result: StressResult, files: _Files, path: Path) -> StressResult:
    """Add a benchmark; what is wrong with its file is said with its name."""
    from stresskit.errors import HoldingsError
    from stresskit.stressing import compare
    from stresskit.stressing import stress as run_stress

    scenario = result.scenario
    try:
        portfolio = files.read(path)
        exposures = files.place(portfolio, scenario.factor)
        other = run_stress(portfolio, exposures, scenario)
    except HoldingsError as error:
        raise HoldingsError(
            f"The benchmark {path.name}: {error}",
            hint=error.hint or "Give a holdings file with --benchmark.",
            code=error.code,
            issues=error.issues,
        ) from error
    found = compare(result, other)
    issues = (*result.issues, *found.issues)
    return replace(result, comparison=found, issues=issues)
