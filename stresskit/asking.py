"""What is asked of a portfolio: how it is read and placed, what it is asked, hedges.

One object per part of the question, and ``Ask`` for the whole of it, so that every way
in asks the same with the same defaults: a command, a folder, a request, a data frame.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from stresskit.errors import HoldingsError
from stresskit.model import Issue, Scenario

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from stresskit.model import (
        Content,
        Exposures,
        Factor,
        HedgePlan,
        HedgeTarget,
        Mandate,
        Portfolio,
        StressResult,
        Tradable,
    )
    from stresskit.model.scenario import Mode, OtherMode

DEFAULT_SCENARIOS = ("severities", "path")
DEFAULT_LIMIT = "10%"
NO_LIMIT = "none"
SEARCHING = {
    "overlay": "Searching for an overlay",
    "pairs": "Searching for pairs",
    "options": "Valuing options",
    "trim": "Searching for trades",
    "rotation": "Optimising a rotation",
    "cvar": "Drawing the tail",
    "nothing": "Doing nothing",
}


@dataclass(frozen=True, kw_only=True)
class Files:
    """What every portfolio of a run is read and placed with."""

    base_currency: str | None = None
    fx: Path | Content | Mapping[str, float] | None = None
    prices: Path | Content | None = None
    as_of: dt.date | None = None
    overrides: Path | Content | None = None
    funds: Mapping[str, Path | Content] = field(default_factory=dict)
    # When contracts are valued that no file dates; None is the day of the run.
    today: dt.date | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """Those of them that are on the disk."""
        given = (self.fx, self.prices, self.overrides, *self.funds.values())
        return tuple(path for path in given if isinstance(path, Path))

    def read(
        self,
        path: Path | Content,
        *,
        sheet: str | None = None,
        table: str | None = None,
        columns: str | Content | None = None,
        password: str | None = None,
    ) -> Portfolio:
        """Read a holdings file (see ``pipeline.read_holdings``)."""
        from stresskit.pipeline import read_holdings

        return read_holdings(
            path,
            sheet=sheet,
            table=table,
            columns=columns,
            password=password,
            base_currency=self.base_currency,
            fx=self.fx,
            prices=self.prices,
            as_of=self.as_of,
        )

    def place(
        self, portfolio: Portfolio, factor: Factor, *, suggest: bool = True
    ) -> Exposures:
        """Place its positions in a factor's value chain (see ``map_exposures``)."""
        from stresskit.mapping import map_exposures

        return map_exposures(
            portfolio,
            factor,
            overrides=self.overrides,
            funds=self.funds,
            prices=self.prices,
            today=self.today,
            suggest=suggest,
        )


@dataclass(frozen=True, kw_only=True)
class Question:
    """The settings of the main scenario and the further ones, as the user gave them.

    ``shocks`` and ``scenarios`` are lines of ``--shock`` and ``--scenario``; None asks
    for the usual scenarios. ``factors`` is a folder with factors of one's own.
    """

    factor: str
    severity: float = 1.0
    mode: str = "factor"
    day: int = 0
    others: str = ""
    drivers: tuple[str, ...] = ()
    market: str | None = None
    shocks: tuple[str, ...] = ()
    scenarios: tuple[str, ...] | None = None
    factors: Path | None = None

    def asked(self) -> tuple[Scenario, tuple[Scenario, ...]]:
        """Return the main scenario and the others; all words are checked here.

        Raises
        ------
        InputError
            If a word, a number or a name is not known.
        FactorError
            If a factor is not found or cannot be read.
        """
        from stresskit.factors import load_factor
        from stresskit.readers.moves import read_return
        from stresskit.readers.scenarios import read_shocks
        from stresskit.scenarios import asked_scenarios, with_shocks

        shocks = read_shocks(list(self.shocks))
        loaded = load_factor(self.factor, factors=self.factors)
        main = Scenario(
            loaded,
            self.severity,
            cast("Mode", self.mode),
            None if self.market is None else read_return(self.market, "--market"),
            day=self.day,
            others=cast("OtherMode", self.others),
            drivers=tuple(d.upper() for d in self.drivers),
        )
        main = with_shocks(main, shocks)
        given = DEFAULT_SCENARIOS if self.scenarios is None else self.scenarios
        return main, asked_scenarios(main, given, factors=self.factors)


@dataclass(frozen=True)
class AskedHedge:
    """What hedges to search for, read and checked before any work."""

    target: HedgeTarget | None
    mandate: Mandate
    families: tuple[str, ...]
    instruments: tuple[Tradable, ...] | None
    factors: Path | None

    def search(
        self,
        result: StressResult,
        place: Callable[[Factor], Exposures],
        step: Callable[[str], None],
    ) -> HedgePlan:
        """Search, and say which family is being searched."""
        from stresskit.hedging import hedge

        step("Valuing the instruments")
        return hedge(
            result,
            target=self.target,
            mandate=self.mandate,
            instruments=self.instruments,
            place=place,
            families=self.families,
            factors=self.factors,
            progress=lambda family: step(SEARCHING.get(family, family)),
        )


def asked_hedge(
    target: str | None,
    mandate: str | Mandate | None,
    families: Iterable[str] | None,
    robust: str | None,
    instruments: Path | None,
    factors: Path | None,
) -> AskedHedge:
    """Read the mandate, the target and the instruments; all words are checked here.

    Raises
    ------
    InputError
        If one of them cannot be used.
    """
    from stresskit.hedging import checked_families, load_mandate
    from stresskit.readers.instruments import read_instruments
    from stresskit.readers.mandate import read_target

    found = load_mandate(mandate, factors=factors)
    if robust is not None:
        found = replace(found, robust=robust)
    return AskedHedge(
        target=None if target is None else read_target(target),
        mandate=found,
        families=checked_families(tuple(families or ()), found),
        instruments=None if instruments is None else read_instruments(instruments),
        factors=factors,
    )


@dataclass(frozen=True, kw_only=True)
class Ask:
    """The whole of what is asked of one portfolio, checked before any work.

    Parameters
    ----------
    files
        What it is placed with.
    main, more
        The scenario, and further ones.
    limit
        A loss to find the way to, and whether it is a share of the value; None looks
        for none.
    draws
        Whether the distribution around the scenario is drawn.
    value
        What a weight-only portfolio is worth.
    benchmark
        A holdings file to compare with.
    hedges
        What to search for; None searches for none.
    """

    files: Files
    main: Scenario
    more: tuple[Scenario, ...] = ()
    limit: tuple[float, bool] | None = None
    draws: bool = True
    value: float | None = None
    benchmark: Path | None = None
    hedges: AskedHedge | None = None

    def answer(
        self, portfolio: Portfolio, step: Callable[[str], None] = lambda _: None
    ) -> tuple[StressResult, HedgePlan | None]:
        """Return the stress and, where they are asked for, the hedges.

        Parameters
        ----------
        portfolio
            What was read.
        step
            Called with the name of each step before it begins.

        Raises
        ------
        HoldingsError
            If a position has no value, or the benchmark gives no portfolio.
        MappingError
            If overrides do not fit the value chain.
        ComputationError
            If there is no answer.
        """
        step("Placing the positions")
        places = placed(self.files, portfolio, (self.main, *self.more))
        step("Stressing")
        result = answered(
            portfolio,
            places,
            self.main,
            self.more,
            limit=self.limit,
            value=self.value,
            draws=self.draws,
        )
        if self.benchmark is not None:
            step("Stressing the benchmark")
            result = compared(result, self.files, self.benchmark)
        if self.hedges is None:
            return result, None
        place = partial(self.files.place, portfolio)
        return result, self.hedges.search(result, place, step)


def key_of(factor: Factor) -> str:
    """Return ``ID@REVISION``."""
    return f"{factor.id}@{factor.revision}"


def placed(
    files: Files, portfolio: Portfolio, scenarios: Iterable[Scenario]
) -> dict[str, Exposures]:
    """Return the exposures for each factor among the scenarios, the first one's first.

    Raises
    ------
    MappingError
        If overrides do not fit a factor's value chain.
    """
    factors = {key_of(s.factor): s.factor for s in scenarios}
    return {key: files.place(portfolio, factor) for key, factor in factors.items()}


def answered(
    portfolio: Portfolio,
    places: dict[str, Exposures],
    main: Scenario,
    more: tuple[Scenario, ...],
    *,
    limit: tuple[float, bool] | None,
    value: float | None = None,
    draws: bool = True,
) -> StressResult:
    """Return the stress with its further scenarios, draws and loss limit.

    Parameters
    ----------
    places
        Exposures for every factor of the scenarios (see ``placed``).
    limit
        A loss to find the way to, and whether it is a share of the value, if any.
    value
        What a weight-only portfolio is worth.
    draws
        Whether the distribution around the scenario is drawn.

    Raises
    ------
    HoldingsError
        If a position has no value.
    """
    from stresskit.stressing import simulate, stress

    result = stress(
        portfolio,
        places[key_of(main.factor)],
        main,
        value=value,
        scenarios=more,
        exposures_of=places,
    )
    if draws:
        result = replace(result, distribution=simulate(result))
    return result if limit is None else limited(result, *limit)


def compared(result: StressResult, files: Files, path: Path) -> StressResult:
    """Add a benchmark; what is wrong with its file is said with its name.

    Raises
    ------
    HoldingsError
        If the benchmark's file gives no portfolio.
    """
    from stresskit.stressing import compare, stress

    scenario = result.scenario
    try:
        portfolio = files.read(path)
        exposures = files.place(portfolio, scenario.factor)
        other = stress(portfolio, exposures, scenario)
    except HoldingsError as error:
        raise HoldingsError(
            f"The benchmark {path.name}: {error}",
            hint=error.hint or "Give a holdings file with --benchmark.",
            code=error.code,
            issues=error.issues,
        ) from error
    found = compare(result, other)
    noted = {path.name: str(portfolio.source.get("sha256"))}
    return replace(
        result,
        run={**result.run, "benchmark": json.dumps(noted)},
        comparison=found,
        issues=(*result.issues, *found.issues),
    )


def limited(result: StressResult, amount: float, share: bool) -> StressResult:
    """Add what it takes to lose the limit, where there is a value to lose of."""
    from stresskit.stressing import reverse_stress

    said = json.dumps({"amount": amount, "share": share})
    result = replace(result, run={**result.run, "loss_limit": said})

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
