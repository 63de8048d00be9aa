"""Portfolio -> Exposures: the user's files are read, then every position is placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.clock import now
from stresskit.core.identifiers import ticker_key
from stresskit.core.names import company_key, issuer_of
from stresskit.core.valuation import base_values
from stresskit.errors import HoldingsError, MappingError
from stresskit.factors import factor_plugin_issues
from stresskit.mappers import MappingContext
from stresskit.mappers.context import FundFile
from stresskit.model import Exposures, Factor, Issue, Override, Portfolio
from stresskit.plugins import make_mappers
from stresskit.readers.files import file_name, file_sha256

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from stresskit.readers.files import Given


def map_exposures(
    portfolio: Portfolio,
    factor: Factor,
    *,
    overrides: Given | None = None,
    funds: Mapping[str, Given] | None = None,
    prices: Given | None = None,
    today: dt.date | None = None,
    suggest: bool = True,
) -> Exposures:
    """Place every position in the factor's value chain.

    Overrides first, then the user's files of funds, the curated map, known funds and
    futures, the file's own industry, sector or country; what is left is unmapped,
    with a range, never zero and never dropped.

    Parameters
    ----------
    overrides
        A file of the user's own placements (``stresskit map`` writes one to fill).
        A ``Content`` stands for any file here.
    funds
        Files of what funds hold, by what names the fund: its ISIN, ticker or name.
    prices
        A file of adjusted closes (dates by tickers) before the event: what is known
        of a holding is updated with how it moved.
    today
        When contracts are valued that no file dates; the day of the run.
    suggest
        Whether what cannot be placed is told which listed names are like its own.

    Raises
    ------
    MappingError
        If overrides name unknown segments or their fractions do not add up.
    HoldingsError
        If the file of a fund gives no portfolio.
    FactorError
        If the prices cannot be read.
    """
    from stresskit.mappers.override import checked, matched
    from stresskit.mappers.place import place

    today = today or now().date()
    read, issues = _read_overrides(overrides)
    checked(read, factor.chain.segment_ids, factor.chain.id)
    overridden, noticed = matched(read, portfolio.positions)
    files = tuple(
        FundFile(key, _read_fund(key, path), file_name(path))
        for key, path in (funds or {}).items()
    )
    files, doubtful = _unambiguous(files, portfolio)
    panel = None
    if prices is not None:
        from stresskit.readers import read_prices

        panel = read_prices(prices)
    made = make_mappers()
    context = MappingContext(
        factor,
        portfolio,
        overridden,
        [
            *(*made.issues, *factor_plugin_issues()),
            *(*issues, *noticed, *doubtful, *_undated(portfolio, today)),
        ],
        mappers=tuple(mapper for _, mapper in made.things),
        brought_by={id(mapper): plugin for plugin, mapper in made.things},
        fund_files=files,
        as_of=portfolio.as_of or today,
        prices=panel,
    )
    rows = place(portfolio.positions, context, suggest=suggest)
    context.issues += [_unused(f) for f in files if f.key not in context.used_files]
    if prices is not None and panel is not None:
        from stresskit.mappers.evidence import updated

        rows = updated(portfolio, rows, panel, file_name(prices), context)
    return Exposures(
        segments=factor.chain.segment_ids,
        rows=rows,
        issues=tuple(context.issues),
        overrides=_kept(read, overridden, portfolio),
        inputs=_hashes(overrides=overrides, prices=prices, funds=funds or {}),
    )


def _undated(portfolio: Portfolio, today: dt.date) -> list[Issue]:
    """Say that contracts are valued as of today where the file has no date."""
    dated = [
        p
        for p in portfolio.positions
        if p.terms and p.asset_class in ("option", "bond") and "duration" not in p.terms
    ]
    if portfolio.as_of is not None or not dated:
        return []
    return [
        Issue(
            code="no-date",
            severity="warning",
            message=f"The holdings have no date: {len(dated):,} options and bonds are "
            f"valued as of today, {today.isoformat()}.",
            fix="Give the date of the holdings with --as-of, for instance "
            "--as-of 2025-01-24.",
            money=sum(abs(p.market_value or 0.0) for p in dated),
        )
    ]


def _kept(
    rows: tuple[Override, ...],
    overridden: Mapping[str, Override],
    portfolio: Portfolio,
) -> tuple[dict[str, str], ...]:
    """Return what is kept of overrides: what they placed, where, who, when and why."""
    placed: dict[str, list[str]] = {o.where: [] for o in rows}
    for p in portfolio.positions:
        if p.id in overridden:
            placed[overridden[p.id].where].append(p.name)
    return tuple(
        {
            "positions": ", ".join(placed[o.where]),
            "where": o.where,
            "by": o.by,
            "on": o.on,
            "reason": o.reason,
        }
        for o in rows
    )


def _read_fund(key: str, path: Given) -> Portfolio:
    """Read what a fund holds; an error names the fund and its file."""
    from stresskit.readers import read_holdings_file

    try:
        holdings = read_holdings_file(path)
        worth = base_values(holdings, None)
    except HoldingsError as error:
        raise HoldingsError(
            f"The holdings of {key} in {file_name(path)}: {error}",
            hint=error.hint,
            code=error.code,
            issues=error.issues,
        ) from error
    if not worth.sum() > 0:
        raise HoldingsError(
            f"The holdings of {key} in {file_name(path)} are worth {worth.sum():g}.",
            hint="A fund's holdings add up to more than nothing.",
            code="fund",
            issues=holdings.issues,
        )
    return holdings


def _unambiguous(
    files: tuple[FundFile, ...], portfolio: Portfolio
) -> tuple[tuple[FundFile, ...], list[Issue]]:
    """Leave out files whose key is the ticker of several securities, and say so."""
    if not files:
        return files, []
    owners: dict[str, dict[str, str]] = {ticker_key(f.key): {} for f in files}
    for p in portfolio.positions:
        own = owners.get(ticker_key(p.identifiers.ticker or ""))
        if own is not None:
            own[company_key(p.name) or issuer_of(p)] = p.name
    doubtful = [f for f in files if len(owners[ticker_key(f.key)]) > 1]
    issues = [
        Issue(
            code="fund-ambiguous",
            severity="warning",
            message=f"The holdings of {f.key} ({f.where}) were not used: the ticker is "
            f"that of {', '.join(owners[ticker_key(f.key)].values())}.",
            fix="Name the fund by its ISIN: --fund ISIN=FILE.",
        )
        for f in doubtful
    ]
    return tuple(f for f in files if f not in doubtful), issues


def _unused(file: FundFile) -> Issue:
    return Issue(
        code="fund-unused",
        severity="warning",
        message=f"The holdings of {file.key} ({file.where}) were given and no position "
        "is this fund.",
        fix="Name the fund as the portfolio does: --fund ISIN=FILE, or its ticker.",
    )


def _hashes(
    *,
    overrides: Given | None,
    prices: Given | None,
    funds: Mapping[str, Given],
) -> dict[str, str]:
    """Return the SHA-256 of each file that was used, by what it was used for."""
    used = {f"fund {key}": path for key, path in sorted(funds.items())}
    one = {"overrides": overrides, "prices": prices}
    used |= {what: path for what, path in one.items() if path is not None}
    return {
        f"{what}: {file_name(path)}": file_sha256(path) for what, path in used.items()
    }


def _read_overrides(
    path: Given | None,
) -> tuple[tuple[Override, ...], tuple[Issue, ...]]:
    if path is None:
        return (), ()
    from stresskit.readers import read_overrides

    name = file_name(path)
    try:
        read, issues = read_overrides(path)
    except HoldingsError as error:
        raise MappingError(
            f"--overrides {name}: {error}",
            hint="Give the file that `stresskit map -o` writes, or a table with the "
            "columns id, isin or ticker and segments.",
        ) from error
    if not read:
        issues = (*issues, _nothing_set(name))
    return read, issues


def _nothing_set(name: str) -> Issue:
    return Issue(
        code="overrides-empty",
        severity="warning",
        message=f"{name} sets nothing: no row has a segment or a beta to override.",
        fix="Fill the yellow cells of sheet Mapping; other cells and sheets only show.",
    )
