"""The straight line: read, map, stress, hedge, write; each arrow is one function."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from stresskit.errors import (
    HedgeInfeasible,
    HoldingsError,
    InputError,
)
from stresskit.model import (
    Attribution,
    Band,
    Coverage,
    Exposures,
    Factor,
    HedgePlan,
    Issue,
    Portfolio,
    Scenario,
    StressResult,
)
from stresskit.plugins import load_plugins

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def read_holdings(
    path: str | Path,
    *,
    sheet: str | None = None,
    table: str | None = None,
    columns: str | Path | None = None,
    password: str | None = None,
    base_currency: str | None = None,
    fx: str | Path | Mapping[str, float] | None = None,
    prices: str | Path | None = None,
) -> Portfolio:
    """Read a holdings file into a portfolio with its issues.

    Parameters
    ----------
    path
        A spreadsheet, text table, Parquet, JSON, 13F, N-PORT or TPT file; the content
        decides, not the extension.
    sheet
        The sheet to take; ``*`` takes all, None those that belong together.
    table
        The table to take: its number from 1, or its range (``B12:H40``).
    columns
        A TOML file that says which column is what, or pairs (``name=B,value=F``).
    password
        Of a protected workbook.
    base_currency
        ISO 4217 code of the portfolio's currency, where the file does not say.
    fx
        Base currency per unit of each currency, or a file with the columns
        currency, rate and base.
    prices
        A file of prices (dates by tickers) for positions with a quantity only.

    Raises
    ------
    HoldingsError
        If the file gives no portfolio; ``issues`` says everything found.
    InputError
        If the exchange rates or prices cannot be read.
    MissingExtra
        If the format needs a package that is not installed.
    """
    from stresskit.readers import fx_to_base, read_fx, read_holdings_file, read_prices

    rates: Mapping[str, float] | Callable[[str], Mapping[str, float]] | None
    if isinstance(fx, str | Path):
        rates = partial(fx_to_base, read_fx(fx))
    else:
        rates = None if fx is None else _checked_rates(fx)
    portfolio = read_holdings_file(
        path,
        sheet=sheet,
        table=table,
        columns=columns,
        password=password,
        base_currency=base_currency.upper() if base_currency else None,
        fx=rates,
    )
    if prices is None:
        return portfolio
    from stresskit.core.valuation import value_quantities

    panel = read_prices(prices)
    return value_quantities(portfolio, panel, Path(prices).name)


def _checked_rates(fx: Mapping[str, float]) -> dict[str, float]:
    for code, rate in fx.items():
        if not (isinstance(rate, int | float) and 0 < rate < math.inf):
            raise InputError(
                f"The exchange rate of {code} is {rate!r}.",
                hint="Rates are base currency per unit, above zero.",
                code="fx",
            )
    return dict(fx)


def annotate_holdings(
    path: str | Path,
    copy: str | Path,
    portfolio: Portfolio,
    *,
    password: str | None = None,
) -> None:
    """Write a copy of an upload with its problem cells marked and commented.

    Parameters
    ----------
    path
        The upload, which is not touched.
    copy
        The copy (.xlsx), whatever the format of the upload.
    portfolio
        What was read from it, with its issues.
    password
        Of a protected workbook.

    Raises
    ------
    InputError
        If the upload cannot be read.
    OutputError
        If the copy cannot be written, or would replace the upload.
    """
    from stresskit.readers.files import read_source
    from stresskit.writers import write_annotated_copy

    cells = None
    if portfolio.source.get("format") != "xlsx":
        source = read_source(path, password=password)
        name = Path(path).stem
        cells = {g.sheet or name: g.rows for g in source.grids}
    write_annotated_copy(path, copy, portfolio, cells=cells)


def example_files(name: str) -> tuple[Path, Path | None]:
    """Return the holdings and the exchange rates of a shipped example.

    Raises
    ------
    InputError
        If there is no example of that name.
    """
    package = Path(__file__).parent
    shipped = package / "_examples"
    folder = shipped if shipped.is_dir() else package.parent / "examples"
    known = sorted(p.parent.name for p in folder.glob("*/holdings.*"))
    if name not in known:
        raise InputError(
            f"There is no example {name!r}.",
            hint=f"Examples: {', '.join(known)}.",
            code="unknown-example",
        )
    holdings = next((folder / name).glob("holdings.*"))
    fx = folder / name / "fx.csv"
    return holdings, fx if fx.is_file() else None


def stress(
    portfolio: Portfolio,
    exposures: Exposures,
    scenario: Scenario,
    *,
    value: float | None = None,
) -> StressResult:
    """Project the portfolio's P&L under the scenario, with its parts and its band.

    Parameters
    ----------
    value
        What a weight-only portfolio is worth (1 by default); not for others.

    Raises
    ------
    HoldingsError
        If a position has no value, or the value is given where the file has values.
    InputError
        If the exposures belong to another portfolio or another value chain.
    """
    from stresskit import __version__
    from stresskit.core.stress import band as bands
    from stresskit.core.stress.findings import findings
    from stresskit.core.stress.table import Table
    from stresskit.core.valuation import base_values

    factor = scenario.factor
    if exposures.segments != factor.chain.segment_ids or [
        e.position_id for e in exposures.rows
    ] != [p.id for p in portfolio.positions]:
        raise InputError(
            "These exposures were not made for this portfolio and factor.",
            hint="Call map_exposures(portfolio, factor) first.",
        )
    base = base_values(portfolio, value)
    table = Table(portfolio, exposures, scenario, base)
    projection, given = table.project()
    half = bands.position_half_widths(given)
    parts = bands.variance_parts(given)
    pnl = float(projection.pnl.sum())
    width = bands.MULTIPLIER * sum(parts.values()) ** 0.5
    low, high = pnl - width, pnl + width
    if table.value.min() >= 0:
        # Without a short position no more than everything can be lost.
        low = max(low, -float(table.value.sum()))
    base_value = float(base.sum())
    gross, uncovered = table.coverage(base)
    by_position = table.by_position(projection, half, base)
    created = dt.datetime.now(dt.UTC).replace(microsecond=0)
    currency = None if portfolio.weights_only else portfolio.base_currency
    return StressResult(
        run=_run_record(portfolio, exposures, scenario, created, __version__, value),
        portfolio=portfolio,
        exposures=exposures,
        scenario=scenario,
        currency=currency,
        base_value=base_value,
        stressed_value=base_value + pnl,
        pnl=pnl,
        pnl_pct=pnl / abs(base_value) if base_value else None,
        band=Band(
            level=bands.LEVEL,
            low=low,
            high=high,
            multiplier=bands.MULTIPLIER,
            parts=parts,
        ),
        coverage_ratio=1.0 - uncovered / gross if gross else 1.0,
        uncovered_value=uncovered,
        coverage=table.knowledge(projection, half, base),
        attribution=Attribution(
            market=float(projection.market.sum()),
            segments=float(projection.segments.sum()),
            own_name=float(projection.own_name.sum()),
            fx=float(projection.fx.sum()),
            options=0.0,
            cross=float(projection.cross.sum()),
        ),
        by_segment=table.by_segment(projection),
        by_position=by_position,
        issues=(
            *portfolio.issues,
            *exposures.issues,
            *_of_the_author(factor),
            *findings(by_position, scenario, base_value, currency),
        ),
    )


def _of_the_author(factor: Factor) -> tuple[Issue, ...]:
    """Return what a factor that somebody set assumes: part of any answer with it."""
    return factor.issues if factor.stated or factor.expert_set else ()


def hedge(result: StressResult, *, target: float = 0.5) -> HedgePlan:
    """Suggest hedges side by side: an overlay, a rotation, doing nothing.

    A family that cannot reach the target within its limits is shown with the most
    it can reach, and an issue says which limit binds.

    Parameters
    ----------
    target
        Share of the loss to take away, after cost: 0.5 halves it.

    Raises
    ------
    InputError
        If the target is not between 0 and 1.
    ComputationError
        If a solver fails.
    """
    from stresskit.core.hedge import instruments_of

    if not 0 < target <= 1:
        raise InputError(
            f"A hedge target of {target:g} is not a share of the loss.",
            hint="Give a number above 0 and up to 1; 0.5 halves the loss.",
            code="hedge-target",
        )
    instruments = instruments_of(result)
    hedgers = sorted((h() for h in load_plugins("hedgers").values()), key=_order)
    hedges, issues = [], []
    for hedger in hedgers:
        try:
            hedges.append(hedger.hedge(result, instruments, target))
        except HedgeInfeasible as error:
            if error.best is not None:
                hedges.append(error.best)
            issues.append(
                Issue(
                    code=error.code,
                    severity="warning",
                    message=str(error),
                    fix=error.hint,
                )
            )
    return HedgePlan(
        result=result,
        target=target,
        hedges=tuple(hedges),
        instruments=instruments,
        issues=tuple(issues),
    )


def _order(hedger: object) -> int:
    return int(getattr(hedger, "order", 9))


def write_report(
    path: str | Path, result: StressResult, plan: HedgePlan | None = None
) -> Path:
    """Write the Excel report, whole or not at all.

    Raises
    ------
    OutputError
        If the folder does not exist or cannot be written; a report that exists is
        left as it was.
    """
    target = Path(path)
    load_plugins("writers")["xlsx"](target, result, plan)
    return target


def coverage_of(
    portfolio: Portfolio, exposures: Exposures, factor: Factor
) -> Coverage | None:
    """Return how well a portfolio is known, at the event's own severity.

    None where a position has no value: then there is nothing to weigh with.
    """
    from stresskit.core.stress import band as bands
    from stresskit.core.stress.table import Table
    from stresskit.core.valuation import base_values

    try:
        base = base_values(portfolio, None)
    except HoldingsError:
        return None
    table = Table(portfolio, exposures, Scenario(factor), base)
    projection, given = table.project()
    return table.knowledge(projection, bands.position_half_widths(given), base)


def _run_record(
    portfolio: Portfolio,
    exposures: Exposures,
    scenario: Scenario,
    created: dt.datetime,
    version: str,
    value: float | None,
) -> dict[str, str]:
    factor, source = scenario.factor, portfolio.source
    read = {k: v for k, v in sorted(source.items()) if k in ("sheet", "table")}
    record = {
        "created": created.isoformat(),
        "version": version,
        "input_sha256": str(source.get("sha256") or _of_positions(portfolio)),
        "reading": "; ".join(f"{k} {v}" for k, v in read.items() if v is not None),
        "rates": "; ".join(f"{k} {v!r}" for k, v in sorted(portfolio.fx.items())),
        "value": "" if value is None else repr(value),
        "factor_id": factor.id,
        "factor_revision": str(factor.revision),
        "factor_sha256": factor.sha256,
        "chain_sha256": factor.chain.sha256,
        "mapping_inputs": "; ".join(f"{k} {v}" for k, v in exposures.inputs.items()),
        "severity": repr(scenario.severity),
        "mode": scenario.mode,
        "market": repr(scenario.market),
        "shocks": repr(sorted(scenario.shocks.items())),
        "fx": repr(sorted(scenario.fx.items())),
    }
    # The same question has the same id, whenever it is asked.
    asked = sorted((k, v) for k, v in record.items() if k != "created")
    text = "\n".join(f"{k}={v}" for k, v in asked)
    return {"id": hashlib.sha256(text.encode()).hexdigest()[:16], **record}


def _of_positions(portfolio: Portfolio) -> str:
    """Hash positions that came from no file."""
    digest = hashlib.sha256()
    for position in portfolio.positions:
        digest.update(repr(position).encode())
    return digest.hexdigest()
