"""The update of a mapping with how the holdings moved before the event."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.confidence import KNOWING_NOTHING, confidence, confidence_of
from stresskit.core.factor.leaves import lines_of, members_of
from stresskit.core.factor.panel import leaves_of, tags_of
from stresskit.core.identifiers import is_valid, split_ticker
from stresskit.core.regions import region_of, same_market
from stresskit.core.update import Asked, Before, Updated, update
from stresskit.mappers.curated import PRIOR_SD
from stresskit.mappers.directory import issuer_key
from stresskit.mappers.place import UNSURE_CODES
from stresskit.mappers.price_columns import HOME, Line, priced_lines, without_jumps
from stresskit.model import Issue
from stresskit.model.portfolio import Severity

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from stresskit.mappers.context import MappingContext
    from stresskit.model import Exposure, Portfolio, SegmentHistory

    Floats = NDArray[np.float64]

# Lambda of curated names, of the theme and the rest; all others take that of their
# source. The figures behind them are in factors/ai-value-chain/NOTES.md.
PRIOR_SD_THEME, PRIOR_SD_REST = 0.03, 0.01
HALF = 0.5
UNKNOWN_BETA, UNKNOWN_BETA_SD = 1.0, 0.5
# At most one in a hundred where a prior is right; it finds what is all wrong, not what
# is half wrong (NOTES.md of the value chain).
REVIEW_LEVEL = 0.99
PLACED_BY_USER_OR_US = ("override", "curated")
SHOWN = 12
SAID: dict[str, tuple[Severity, str, str]] = {
    "prices-used": ("info", "Updated with their returns in {}: {}.", ""),
    "prices-kept": (
        "info",
        "Not updated with {}, the factor has estimates of them or you placed them: {}.",
        "",
    ),
    "short-history": (
        "info",
        "Too few returns in {} (120 days, 24 weeks): {}.",
        "Give prices of the year before the event.",
    ),
    "review": (
        "warning",
        "Returns in {} disagree with the fractions, nothing was changed: {}.",
        "Look at their fractions; place them with --overrides if they are wrong.",
    ),
}


def updated(
    portfolio: Portfolio,
    rows: tuple[Exposure, ...],
    prices: pd.DataFrame,
    name: str,
    context: MappingContext,
) -> tuple[Exposure, ...]:
    """Update exposures with prices, and say which were and which could not be.

    What the user or the value chain placed is never overwritten: where returns and
    fractions disagree, the line is named for review.
    """
    history = context.factor.history
    if history is None:
        context.note(_no_history(name, context))
        return rows
    lines = priced_lines(portfolio, rows, prices, context)
    window = prices.loc[: str(history.end)].loc[str(history.start) :]
    if not lines or window.empty:
        context.note(_nothing_used(name, window, context))
        return rows
    lines, jumping = without_jumps(lines, window)
    outcomes: dict[str, list[Line]] = {code: [] for code in SAID}
    result = list(rows)
    found = _asked(lines, prices, context)
    for n, line in enumerate(lines):
        code = _outcome(found, n, line, context)
        outcomes[code].append(line)
        e = line.exposure
        if code == "review":
            result[line.number] = replace(e, basis=f"{e.basis}; {_far(found, n, name)}")
        elif code == "prices-used":
            result[line.number] = _updated(line, found, n, name, context)
    _say(portfolio, name, context, outcomes, jumping)
    placed = {portfolio.positions[x.number].name for x in outcomes["prices-used"]}
    context.forget(UNSURE_CODES, placed)
    return tuple(result)


def _outcome(found: Updated, n: int, line: Line, context: MappingContext) -> str:
    """Return what becomes of a line, by the code of the issue that says it."""
    if not found.enough[n]:
        return "short-history"
    if line.exposure.source in PLACED_BY_USER_OR_US and _disagrees(found, n):
        return "review"
    return "prices-kept" if _own_evidence(line, context) else "prices-used"


def _asked(lines: list[Line], prices: pd.DataFrame, context: MappingContext) -> Updated:
    """Lay out prices and priors as arrays and update them."""
    import pandas as pd

    ids, history = context.factor.chain.segment_ids, _history(context)
    inside = [
        n for n, d in enumerate(history.dates) if history.start <= d <= history.end
    ]
    days = [history.dates[n] for n in inside]
    # Without a day before the window its first return is not known.
    day = dt.timedelta(days=1)
    first = [history.dates[inside[0] - 1] if inside[0] else days[0] - day]
    at = prices.index.get_indexer(pd.DatetimeIndex([*first, *days]))
    columns = prices[[x.column for x in lines]].to_numpy(dtype=np.float64)
    values = np.where((at >= 0)[:, None], columns[at], np.nan)
    names = {name: k for k, name in enumerate(history.names)}
    returns = history.returns[inside]
    blank = np.full(len(inside), np.nan)
    segments = np.column_stack(
        [returns[:, names[k]] if k in names else blank for k in ids]
    )
    return update(
        Before(returns[:, 0], segments),
        Asked(
            prices=values,
            prior=tags_of((_prior(x, context) for x in lines), context.factor.chain),
            prior_sd=np.array([_prior_sd(x, context) for x in lines]),
            signed=np.array([_may_be_negative(x, context) for x in lines]),
            weekly=np.array([_region(x) != HOME for x in lines]),
            peer_beta=np.array([_peer(x, context)[0] for x in lines]),
            peer_sd=np.array([_peer(x, context)[1] for x in lines]),
            own_share=_own_share(lines, context),
        ),
    )


def _prior(line: Line, context: MappingContext) -> dict[str, float]:
    e = line.exposure
    if e.source in PLACED_BY_USER_OR_US:
        return context.sensitivities_of(e.description)
    return e.sensitivities


def _of_the_theme(line: Line, context: MappingContext) -> bool:
    """Whether most of the business is in the theme: then nothing is negative."""
    e = line.exposure
    theme = sum(v for k, v in e.description.items() if k in context.theme)
    return e.source != "fund" and theme >= HALF


def _may_be_negative(line: Line, context: MappingContext) -> bool:
    """Whether a sensitivity may be below zero: of funds, and known to be outside.

    What only a sector places may be of the theme; so it is treated like it.
    """
    placed = line.exposure.source in PLACED_BY_USER_OR_US
    outside = placed and not _of_the_theme(line, context)
    return line.exposure.source == "fund" or outside


def _prior_sd(line: Line, context: MappingContext) -> float:
    e = line.exposure
    if e.source in PLACED_BY_USER_OR_US:
        return PRIOR_SD_THEME if _of_the_theme(line, context) else PRIOR_SD_REST
    return KNOWING_NOTHING * (1.0 - e.confidence)


def _region(line: Line) -> str:
    mic = split_ticker(line.column)[1]
    if mic is None and line.item is not None and is_valid(line.column, "isin"):
        mic = line.item.mic
    return region_of(mic, None) if mic else HOME


def _peer(line: Line, context: MappingContext) -> tuple[float, float]:
    main = line.exposure.main_segment
    shock = context.shocks.get(main or "")
    return (shock.beta, shock.beta_sd) if shock else (UNKNOWN_BETA, UNKNOWN_BETA_SD)


def _own_share(lines: list[Line], context: MappingContext) -> Floats:
    """Return how much of each segment's history the company itself is, (N, K)."""
    chain = context.factor.chain
    members = [
        e
        for e in context.factor.evidence
        if e.role in ("theme", "rest", "history") and same_market(e.mic, "XNAS")
    ]
    items = [context.directory.items.get(e.key) for e in members]
    issuers = [
        issuer_key(i) if i else e.key for i, e in zip(items, members, strict=True)
    ]
    number = {key: n for n, key in enumerate(dict.fromkeys(issuers))}
    if not members:
        return np.zeros((len(lines), len(chain.segment_ids)))
    tags = tags_of((e.segments for e in members), chain)
    at = np.array([number[i] for i in issuers], dtype=np.int64)
    weight = members_of(tags, leaves_of(chain)) * lines_of(at)[:, None]
    company = np.zeros((len(number) + 1, weight.shape[1]))
    np.add.at(company, at, weight)
    total = weight.sum(axis=0)
    share = company / np.where(total > 0, total, 1.0)
    rows = [number.get(issuer_key(x.item), -1) if x.item else -1 for x in lines]
    result: Floats = share[rows]
    return result


def _own_evidence(line: Line, context: MappingContext) -> bool:
    """Whether the factor itself has estimated this company, or the user placed it."""
    if line.exposure.source == "override":
        return True
    if line.item is None:
        return line.exposure.source == "fund" and line.exposure.looked_through is None
    own = context.evidence_of(line.item)
    return own is not None and own.beta is not None and bool(own.sensitivities)


def _disagrees(found: Updated, n: int) -> bool:
    from scipy.stats import chi2

    return bool(found.distance[n] > chi2.ppf(REVIEW_LEVEL, found.freedom))


def _far(found: Updated, n: int, name: str) -> str:
    return (
        f"to be reviewed: {found.observations[n]} returns of {name} disagree (distance "
        f"{found.distance[n]:.0f}, {found.freedom} segments)"
    )


def _updated(
    line: Line, found: Updated, n: int, name: str, context: MappingContext
) -> Exposure:
    e, ids = line.exposure, context.factor.chain.segment_ids
    x = np.round(found.sensitivities[n], 4).tolist()
    theta = np.array([context.shocks[k].shrunk for k in ids])
    covariance = found.covariance[n : n + 1]
    residual = float(found.residual_sd[n])
    # Where only a sector was known, the returns say whether it is of the theme.
    inside = sum(v for k, v in zip(ids, x, strict=True) if k in context.theme)
    theme = _of_the_theme(line, context) or (e.source != "fund" and inside >= HALF)
    spread = context.factor.dispersion_of(
        float(found.specific_sd[n]) if e.source == "fund" else residual, theme=theme
    )
    curated = e.source == "curated"
    unsure = float(np.sqrt(theta @ covariance[0] @ theta))
    sure = e.confidence
    if not curated:
        # Never surer than of a company that was looked at.
        known = float(confidence(theta, covariance * found.misfit[n])[0])
        sure = max(sure, min(known, confidence_of(PRIOR_SD)))
    step = "weekly" if _region(line) != HOME else "daily"
    return replace(
        e,
        sensitivities={k: v for k, v in zip(ids, x, strict=True) if v},
        beta=float(found.beta[n]),
        beta_sd=float(found.beta_sd[n]),
        specific_sd=float(found.specific_sd[n]),
        dispersion=spread,
        dispersion_replay=spread,
        covered=True,
        confidence=sure,
        # As for the names of the factor: the dispersion holds these errors.
        mapping_sd=0.0 if curated else unsure * float(np.sqrt(found.misfit[n])),
        source="prices" if e.source == "unmapped" else e.source,
        basis=f"{e.basis}; updated with {found.observations[n]} {step} returns of "
        f"{name}",
        matched=e.matched if e.source != "unmapped" else f"prices of {line.column}",
    )


def _say(
    portfolio: Portfolio,
    name: str,
    context: MappingContext,
    outcomes: dict[str, list[Line]],
    jumping: list[str],
) -> None:
    """Say once each what was updated, and what was not and why."""
    positions = portfolio.positions
    for code, (severity, message, fix) in SAID.items():
        lines = outcomes[code]
        names = list(dict.fromkeys(positions[x.number].name for x in lines))
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        money = sum(abs(positions[x.number].market_value or 0.0) for x in lines)
        if lines:
            context.note(
                Issue(
                    code=code,
                    severity=severity,
                    message=message.format(name, ", ".join(names[:SHOWN]) + more),
                    fix=fix,
                    money=money or None,
                )
            )
    if jumping:
        more = f" and {len(jumping) - SHOWN} more" if len(jumping) > SHOWN else ""
        context.note(
            Issue(
                code="jump",
                severity="warning",
                message=f"Not used, prices in {name} jump like an unadjusted split: "
                f"{', '.join(jumping[:SHOWN])}{more}.",
                fix="Give closes adjusted for splits and dividends.",
            )
        )


def _history(context: MappingContext) -> SegmentHistory:
    """Return the history, which :func:`updated` has made sure of."""
    history = context.factor.history
    if history is None:
        raise ValueError("a factor without a history updates nothing")
    return history


def _no_history(name: str, context: MappingContext) -> Issue:
    return Issue(
        code="no-history",
        severity="warning",
        message=f"{context.factor.id} has no history of its segments; {name} was not "
        "used to place holdings.",
        fix="Use a factor that was built from prices.",
    )


def _nothing_used(name: str, window: pd.DataFrame, context: MappingContext) -> Issue:
    history = _history(context)
    why = (
        f"it has no day between {history.start} and {history.end}"
        if window.empty
        else "no column is a position of the portfolio"
    )
    return Issue(
        code="prices-unused",
        severity="warning",
        message=f"{name} was not used to place holdings: {why}.",
        fix="Columns are ISINs or tickers (NVDA, 8035.T), rows the days before the "
        "event.",
    )
