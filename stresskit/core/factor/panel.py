"""Prices and a value chain -> the arrays an event is estimated from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from stresskit.core.factor.arrays import MIN_MARKET, THEME_FROM, Panel
from stresskit.core.factor.leaves import Leaves
from stresskit.core.factor.listing import (
    HOME,
    Listed,
    listed_columns,
    published_lines,
    some,
    with_history,
)
from stresskit.core.factor.sessions import Sessions, sessions_of
from stresskit.core.identifiers import split_ticker, ticker_key
from stresskit.core.names import company_key
from stresskit.core.regions import region_of
from stresskit.errors import FactorError
from stresskit.model import Fund, Issue, Published, Security, Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

    from stresskit.model import ValueChain

    Floats = NDArray[np.float64]

SUSPICIOUS_RISE, SUSPICIOUS_FALL = 1.0, -0.5
DECIMALS = 8
LEAST_MARKET = 3


@dataclass(frozen=True, kw_only=True)
class EventSpec:
    """What makes an event: its name, its days, its story and where figures are from.

    ``start`` and ``end`` are the first and the last session of the event window,
    ``windows`` those of regions that traded on other days. ``estimate_until`` is
    the last day of the estimation window; by default it ends 20 sessions before
    the event. ``history_starts`` are first dates from which a ticker's returns mean
    anything (before, it was another business); ``real_jumps`` dates of moves beyond
    -50% or +100% that are no split. ``index`` is the column that the naive baseline
    is measured by, ``copies`` says per ticker how well independent copies agree.
    """

    id: str
    title: str
    start: dt.date
    end: dt.date
    narrative: str = ""
    purpose: str = ""
    questions: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    windows: dict[str, tuple[dt.date, dt.date]] = field(default_factory=dict)
    estimate_until: dt.date | None = None
    history_starts: dict[str, dt.date] = field(default_factory=dict)
    real_jumps: dict[str, dt.date] = field(default_factory=dict)
    published: tuple[Published, ...] = ()
    copies: dict[str, str] = field(default_factory=dict)
    index: str = "QQQ"


@dataclass(frozen=True)
class Cut:
    """The panel of an event with what it was cut from.

    ``listed`` are the lines behind its securities, ``regions`` the names behind
    their numbers with the ``windows`` each was measured over, ``dates`` the days of
    ``panel.returns``, ``index`` (T,) and ``index_event`` the returns of the naive
    baseline's index (None without one), ``issues`` what was noticed.
    """

    panel: Panel
    listed: tuple[Listed, ...]
    regions: tuple[str, ...]
    windows: dict[str, tuple[dt.date, dt.date]]
    dates: tuple[dt.date, ...]
    index: Floats | None
    index_event: float | None
    issues: tuple[Issue, ...]


def cut_panel(prices: pd.DataFrame, chain: ValueChain, spec: EventSpec) -> Cut:
    """Cut the window and the event from prices, for the chain's lines.

    Parameters
    ----------
    prices
        Adjusted closes, index of dates in order, one column per ticker; NaN where
        there is none. American lines stand under their ticker, others with the
        suffix of their exchange (``8035.T``).

    Raises
    ------
    FactorError
        If the event is no session, the history is too short, a ticker stands twice,
        nothing is in the chain, or nothing of its theme is usable.
    """
    columns, issues = listed_columns(prices, chain, spec.index)
    by_region: dict[str, list[Listed]] = {}
    for found in columns:
        by_region.setdefault(region_of(found.item.mic, None), []).append(found)
    if not by_region:
        raise FactorError(
            f"No column of the price file is a listing of {chain.id}.",
            hint="Columns are tickers: NVDA, AVGO, 8035.T, ...",
        )
    reference = HOME if HOME in by_region else next(iter(by_region))
    parts = {}
    for region, lines in by_region.items():
        sessions = sessions_of(
            _started(prices[[str(x.column) for x in lines]], lines, spec),
            spec.windows.get(region, (spec.start, spec.end)),
            spec.estimate_until,
            named=region if region != reference else "",
        )
        parts[region] = sessions
        issues += _late(region, sessions)
    issues += _unknown_names(spec, columns)
    jumping, asked = _question_jumps(parts, spec)
    issues += asked
    kept, dropped = with_history(by_region, parts, jumping)
    issues += dropped
    kept += published_lines(
        chain, spec.published, {(x.item.ticker, x.item.mic) for x in kept}
    )
    return _assemble(prices, chain, spec, kept, parts, issues, reference)


def leaves_of(chain: ValueChain) -> Leaves:
    """Return the group numbers and theme marks of a chain's segments."""
    order = {g.id: n for n, g in enumerate(chain.groups)}
    return Leaves(
        np.array([order[s.group] for s in chain.segments], dtype=np.int64),
        np.array([s.theme for s in chain.segments]),
    )


def tags_of(rows: Iterable[dict[str, float]], chain: ValueChain) -> Floats:
    """Return fractions as a matrix, shape (n, K), in the chain's order."""
    index = {name: k for k, name in enumerate(chain.segment_ids)}
    kept = list(rows)
    tags = np.zeros((len(kept), len(index)))
    for n, fractions in enumerate(kept):
        for name, value in fractions.items():
            tags[n, index[name]] = value
    return tags


def narrative(
    chain: ValueChain,
) -> tuple[tuple[str, ...], Floats, NDArray[np.bool_]]:
    """Return the drivers' names, the loadings (K, D), and which segments have any."""
    names = tuple(dict.fromkeys(n for s in chain.segments for n in s.narrative))
    rows = [[s.narrative.get(n, 0.0) for n in names] for s in chain.segments]
    loadings = np.array(rows, dtype=np.float64).reshape(len(chain.segments), -1)
    return names, loadings, np.abs(loadings).sum(axis=1) > 0


def issuers_of(names: list[str], kinds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a number per issuer, shape (n,): same name and kind, same number.

    Mapped observations are counted apart: they enter where no other line does.
    """
    keys = [(company_key(n), int(k)) for n, k in zip(names, kinds, strict=True)]
    index = {key: n for n, key in enumerate(dict.fromkeys(keys))}
    return np.array([index[key] for key in keys], dtype=np.int64)


def _started(
    prices: pd.DataFrame, lines: list[Listed], spec: EventSpec
) -> pd.DataFrame:
    """Blank the prices before the day from which a ticker's returns count.

    The last one before it stays: the first return that counts begins there.
    """
    started = prices.copy()
    for line in lines:
        start = spec.history_starts.get(str(line.column))
        start = start or spec.history_starts.get(line.item.ticker)
        if start is not None:
            before = [day for day in started.index if day.date() < start]
            started.loc[before[:-1], str(line.column)] = np.nan
    return started


def _late(region: str, sessions: Sessions) -> list[Issue]:
    if not sessions.late:
        return []
    return [
        Issue(
            code="market-closed",
            severity="warning",
            message=f"{region} was closed on {sessions.asked}; its first session "
            f"after, {sessions.start}, stands in, and only where a segment has no "
            "other member, with four times the variance.",
            fix="State the region's own days under [windows] in the file given with "
            "--about, if its first session is a clean reading.",
        )
    ]


JUMP_FIX = (
    "Adjust the prices for splits. If a jump is real, give its date under [real_jumps] "
    "in the file given with --about; if the company was another one before, the first "
    "day that counts under [history_starts]."
)


def _question_jumps(
    parts: dict[str, Sessions], spec: EventSpec
) -> tuple[set[str], list[Issue]]:
    """Say which columns jump like a split on a day that is used.

    They are left out; a jump on another day is blanked, so that it is in no figure.
    """
    asked, blanked, columns = [], [], set()
    for region, sessions in parts.items():
        returns = sessions.returns.copy()
        values = returns.to_numpy()
        jumps = (values >= SUSPICIOUS_RISE) | (values <= SUSPICIOUS_FALL)
        for row, column in np.argwhere(jumps).tolist():
            name, day = str(returns.columns[column]), sessions.dates[row]
            if day in (spec.real_jumps.get(name), spec.real_jumps.get(_bare(name))):
                continue
            said = f"{name} {values[row, column]:+.0%} on {day}"
            if sessions.used[row]:
                asked.append(said)
                columns.add(name)
            else:
                blanked.append(said)
                returns.iloc[row, column] = np.nan
        parts[region] = replace(sessions, returns=returns)
    issues = []
    for code, found, what in (
        ("jump", asked, "Left out, because prices jump like an unadjusted split"),
        ("jump-elsewhere", blanked, "Days not counted, outside the window and event"),
    ):
        if found:
            issues.append(
                Issue(
                    code=code,
                    severity="warning" if code == "jump" else "info",
                    message=f"{what}: {some(found)}.",
                    fix=JUMP_FIX,
                )
            )
    return columns, issues


def _bare(column: str) -> str:
    return split_ticker(column)[0]


def _unknown_names(spec: EventSpec, listed: list[Listed]) -> list[Issue]:
    """Say which tickers of the settings are in no column."""
    known = {str(x.column) for x in listed} | {x.item.ticker for x in listed}
    odd = sorted({*spec.history_starts, *spec.real_jumps} - known)
    regions = sorted({region_of(x.item.mic, None) for x in listed})
    elsewhere = sorted(set(spec.windows) - set(regions))
    issues = [
        Issue(
            code="unknown-region",
            severity="warning",
            message=f"[windows] names {some(elsewhere)}, of which the price file has "
            "nothing.",
            fix=f"Regions with prices: {', '.join(regions)}.",
        )
    ]
    issues = issues if elsewhere else []
    if not odd:
        return issues
    return [
        *issues,
        Issue(
            code="unknown-ticker",
            severity="warning",
            message=f"[history_starts] or [real_jumps] name {some(odd)}, which the "
            "price file and the value chain do not have together.",
            fix="Check the spelling.",
        ),
    ]


def _assemble(
    prices: pd.DataFrame,
    chain: ValueChain,
    spec: EventSpec,
    kept: list[Listed],
    parts: dict[str, Sessions],
    issues: list[Issue],
    reference: str,
) -> Cut:
    """Put the regions' sessions side by side on the days of the price file."""
    items = [x.item for x in kept]
    names = list(parts)
    names += sorted({region_of(x.item.mic, None) for x in kept} - set(names))
    leaves = leaves_of(chain)
    tags = tags_of(
        (i.segments if isinstance(i, Security) else {} for i in items), chain
    )
    fund = np.array([isinstance(i, Fund) for i in items])
    region = np.array([names.index(region_of(i.mic, None)) for i in items])
    late = np.array([n in parts and parts[n].late for n in names])
    mapped = np.array([x.published is not None for x in kept]) | late[region]
    blocks = _blocks(prices, kept, parts)
    event = blocks.event
    panel = Panel(
        returns=blocks.returns,
        inside=blocks.inside,
        event=np.round(event, DECIMALS),
        days=blocks.days,
        before=blocks.before,
        after=blocks.after,
        tags=tags,
        theme=(tags[:, leaves.theme].sum(axis=1) >= THEME_FROM) & ~fund & ~mapped,
        fund=fund,
        mapped=mapped & ~fund,
        leaves=leaves,
        issuer=issuers_of([i.name for i in items], np.where(fund, 2, mapped * 1)),
        region=region.astype(np.int64),
        reference=names.index(reference),
    )
    outside = int((panel.rest & (panel.region == panel.reference)).sum())
    if outside < LEAST_MARKET:
        raise FactorError(
            f"Only {outside} securities outside the theme have usable prices: too few "
            f"to make a market of ({LEAST_MARKET} at least).",
            hint="Add securities of the rest of the market to the price file.",
        )
    if outside < MIN_MARKET:
        issues.append(
            Issue(
                code="thin-market",
                severity="warning",
                message=f"The market is the mean of {outside} securities only.",
                fix="Add securities of the rest of the market to the price file.",
            )
        )
    issues += _borrowed(panel, names, reference)
    index, index_event = _index(prices, spec, parts[reference])
    if index is None:
        issues.append(
            Issue(
                code="no-index",
                severity="info",
                message=f"The price file has no column {spec.index}; the naive "
                "baseline (beta times an index) cannot be shown for this factor.",
                fix="Name another column with --index.",
            )
        )
    return Cut(
        panel=panel,
        listed=tuple(kept),
        regions=tuple(names),
        windows={n: (p.start, p.end) for n, p in parts.items()},
        dates=tuple(day.date() for day in prices.index),
        index=index,
        index_event=index_event,
        issues=tuple(issues),
    )


def _borrowed(panel: Panel, names: list[str], reference: str) -> list[Issue]:
    """Name regions that are measured against another one's market."""
    rest = np.bincount(panel.region[panel.rest], minlength=len(names))
    lines = np.bincount(panel.region[~panel.mapped], minlength=len(names))
    found = [
        f"{name} ({rest[n]})"
        for n, name in enumerate(names)
        if name != reference and lines[n] and rest[n] < MIN_MARKET
    ]
    if not found:
        return []
    return [
        Issue(
            code="borrowed-market",
            severity="warning",
            message=f"Fewer than {MIN_MARKET} securities outside the theme: "
            f"{', '.join(found)}. Betas there are to the market of {reference} with "
            "the days before and after, and its return is their market leg.",
            fix="Give prices of more securities outside the theme.",
        )
    ]


class _Blocks(NamedTuple):
    returns: Floats
    inside: NDArray[np.bool_]
    event: Floats
    days: Floats
    before: Floats
    after: Floats


def _blocks(
    prices: pd.DataFrame, kept: list[Listed], parts: dict[str, Sessions]
) -> _Blocks:
    """Lay the lines of all regions out as arrays; a published line has only a move."""
    n, days = len(kept), len(prices)
    length = max(len(p.days) for p in parts.values())
    ahead = max(len(p.after) for p in parts.values())
    out = _Blocks(
        returns=np.full((days, n), np.nan),
        inside=np.zeros((days, n), dtype=bool),
        event=np.array([x.published.move if x.published else np.nan for x in kept]),
        days=np.full((length, n), np.nan),
        before=np.full(n, np.nan),
        after=np.full((ahead, n), np.nan),
    )
    for region, part in parts.items():
        chosen = [
            i
            for i, x in enumerate(kept)
            if x.column and region_of(x.item.mic, None) == region
        ]
        if not chosen:
            continue
        names = [str(kept[i].column) for i in chosen]
        rows, at = prices.index.get_indexer(part.returns.index), np.array(chosen)
        out.returns[np.ix_(rows, at)] = part.returns[names].to_numpy()
        out.inside[np.ix_(rows[part.inside], at)] = True
        out.event[chosen] = part.event[names].to_numpy()
        out.days[: len(part.days), chosen] = part.days[names].to_numpy()
        # A region whose window is shorter stood still on the sessions it lacks.
        out.days[len(part.days) :, chosen] = 0.0
        out.before[chosen] = part.before[names].to_numpy()
        out.after[: len(part.after), chosen] = part.after[names].to_numpy()
    return out


def _index(
    prices: pd.DataFrame, spec: EventSpec, part: Sessions
) -> tuple[Floats | None, float | None]:
    wanted = ticker_key(split_ticker(spec.index)[0])
    column = next(
        (c for c in prices.columns if ticker_key(_bare(str(c))) == wanted), None
    )
    if column is None:
        return None, None
    series = prices[column].reindex(part.returns.index)
    daily = np.full(len(prices), np.nan)
    rows = prices.index.get_indexer(part.returns.index)
    daily[rows] = series.pct_change(fill_method=None).to_numpy()
    moved = float(np.prod(1.0 + daily[rows][part.event_rows]) - 1.0)
    return (daily, moved) if np.isfinite(moved) else (None, None)
