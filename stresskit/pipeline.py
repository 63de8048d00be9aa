"""The straight line: read, map, stress, hedge, write; each arrow is one function."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from stresskit.core.valuation import place_of
from stresskit.errors import (
    HedgeInfeasible,
    InputError,
    MappingError,
)
from stresskit.mappers import MappingContext, map_remaining, map_without_stress
from stresskit.mappers.context import OverrideRow
from stresskit.mappers.override import names as override_names
from stresskit.model import (
    Attribution,
    Band,
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


def map_exposures(
    portfolio: Portfolio, factor: Factor, *, overrides: str | Path | None = None
) -> Exposures:
    """Place every position in the factor's value chain.

    Overrides first, then the curated map, funds, the file's own sector; what is
    left is unmapped, with a range, never zero and never dropped.

    Parameters
    ----------
    overrides
        A file of the user's own placements (``stresskit map`` writes one to fill).

    Raises
    ------
    MappingError
        If an override names an unknown segment or its fractions do not add up.
    """
    rows, issues = _read_overrides(overrides, factor)
    context = MappingContext(factor, portfolio, rows, list(issues))
    context.issues += [
        Issue(
            code="override-unused",
            severity="warning",
            message=f"The override at {o.where} names no position of the portfolio.",
            fix="Check its id, ISIN or ticker.",
        )
        for o in rows
        if not any(override_names(o, p) for p in portfolio.positions)
    ]
    mappers = sorted((m() for m in load_plugins("mappers").values()), key=_tier)
    first = [m for m in mappers if m.tier <= 1]
    later = [m for m in mappers if m.tier > 1]
    found = []
    for position in portfolio.positions:
        exposure = next(
            (e for m in first if (e := m.map(position, context)) is not None), None
        )
        exposure = exposure or map_without_stress(position)
        exposure = exposure or next(
            (e for m in later if (e := m.map(position, context)) is not None), None
        )
        found.append(exposure or map_remaining(position, context))
    return Exposures(
        segments=factor.chain.segment_ids,
        rows=tuple(found),
        issues=tuple(context.issues),
        overrides=tuple({"where": o.where, "reason": o.reason} for o in rows),
    )


def _tier(mapper: object) -> int:
    return int(getattr(mapper, "tier", 9))


def _read_overrides(
    path: str | Path | None, factor: Factor
) -> tuple[tuple[OverrideRow, ...], tuple[Issue, ...]]:
    if path is None:
        return (), ()
    from stresskit.readers import read_overrides

    read, issues = read_overrides(Path(path))
    known = set(factor.chain.segment_ids)
    rows = []
    for o in read:
        where = f"{Path(path).name}, {place_of(o.sheet, o.row)}"
        odd = [name for name in o.segments if name not in known]
        if odd:
            raise MappingError(
                f"{where}: {odd[0]!r} is no segment of {factor.chain.id}.",
                hint=f"Segments: {', '.join(factor.chain.segment_ids)}.",
            )
        total = sum(o.segments.values())
        if o.segments and not (min(o.segments.values()) >= 0 and total <= 1.001):
            raise MappingError(
                f"{where}: the fractions add up to {total:g}.",
                hint="Fractions are decimals from 0 to 1 and add up to 1 at most.",
            )
        rows.append(
            OverrideRow(
                position_id=o.position_id,
                name=o.name,
                isin=o.isin,
                ticker=o.ticker,
                segments=o.segments,
                beta=o.beta,
                reason=o.reason,
                where=where,
            )
        )
    return tuple(rows), tuple(issues)


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
    from stresskit.core import band as bands
    from stresskit.core.findings import findings
    from stresskit.core.projection import Table
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
        run=_run_record(portfolio, scenario, created, __version__),
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


def _run_record(
    portfolio: Portfolio, scenario: Scenario, created: dt.datetime, version: str
) -> dict[str, str]:
    factor = scenario.factor
    record = {
        "created": created.isoformat(),
        "version": version,
        "input_sha256": str(portfolio.source.get("sha256") or ""),
        "factor_id": factor.id,
        "factor_revision": str(factor.revision),
        "factor_sha256": factor.sha256,
        "chain_sha256": factor.chain.sha256,
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
