"""Funds looked through with the user's own files of what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.confidence import covered_share
from stresskit.core.identifiers import split_ticker, ticker_key
from stresskit.core.look_through import Held, look_through
from stresskit.core.names import plain_name
from stresskit.core.regions import same_market
from stresskit.mappers.fallback import map_remaining
from stresskit.mappers.place import place
from stresskit.model import Exposure, Issue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stresskit.mappers.context import FundFile, MappingContext
    from stresskit.model import Position

    Floats = NDArray[np.float64]

PRIOR_SD = 0.05
DEEPEST = 3
# Below this share of its holdings a fund counts as unknown.
LEAST_KNOWN = 0.6
# A list of weights that adds up to less is a part of the fund, the largest perhaps.
WHOLE = 0.9


class FundFileMapper:
    """Place a fund by the file of its holdings that the user gave with ``--fund``."""

    tier = 1.5

    def map(self, position: Position, context: MappingContext) -> Exposure | None:
        """Return the sum of the fund's holdings, or None where no file names it."""
        file = next(
            (
                f
                for f in context.fund_files
                # Ids are those of the portfolio, not of a fund's own file.
                if (f.key == position.id and not context.inside)
                or means(f.key, position)
            ),
            None,
        )
        if file is None:
            return None
        if file in context.inside or len(context.inside) >= DEEPEST:
            context.note(_too_deep(position, file, context))
            return None
        return _looked_through(position, file, context)


def means(key: str, position: Position) -> bool:
    """Whether a key names a position: a number, its ticker or exact name."""
    ids = position.identifiers
    numbers = (ids.isin, ids.cusip, ids.sedol, ids.figi, ids.wkn, ids.valor)
    if key.strip().upper() in numbers:
        return True
    ticker, mic = split_ticker(key)
    if ids.ticker and ticker_key(ticker) == ticker_key(ids.ticker):
        return not (mic and ids.mic) or same_market(mic, ids.mic)
    # Fund A and Fund B are two funds: no word of the name is left out.
    return plain_name(key) == plain_name(position.name) != ""


def _looked_through(
    position: Position, file: FundFile, context: MappingContext
) -> Exposure | None:
    inner = context.looking_into(file)
    holdings = file.holdings.positions
    rows = list(place(holdings, inner))
    _report(position, file, inner, context)
    weights = weights_of(holdings)
    if not weights.any():
        context.note(_worth_nothing(position, file))
        return None
    rest = _rest_of(file, weights)
    if rest:
        # What the file leaves out is unknown, not cash.
        rows.append(map_remaining(position, context, noted=False))
        weights = np.append(weights, rest)
        context.note(_incomplete(position, file, 1.0 - rest))
    regions = sorted({r for e in rows for r in (e.market_shares or {e.region: 1.0})})
    whole = look_through(_held(rows, weights, regions, context))
    ids = context.factor.chain.segment_ids
    # Long in one region and short in another, betas may cancel where markets do not:
    # they are taken with their size, the shares with their signs.
    beta = float(np.abs(whole.market).sum())
    beta = -beta if whole.market.sum() < 0 else beta
    shares = dict(zip(regions, (whole.market / (beta or 1.0)).tolist(), strict=True))
    return Exposure(
        position_id=position.id,
        description=_by_segment(ids, whole.description),
        sensitivities=_by_segment(ids, whole.sensitivities),
        beta=beta,
        beta_sd=whole.beta_sd,
        specific_sd=whole.specific_sd,
        dispersion=whole.dispersion,
        dispersion_replay=whole.dispersion_replay,
        source="fund",
        matched=f"{file.key} by {file.where}",
        basis=_basis(file, weights, whole.known),
        confidence=_confidence(rows, weights),
        mapping_sd=max(whole.mapping_sd, context.mapping_sd(PRIOR_SD) * whole.known),
        issuer=f"{file.key} of {file.where}",
        covered=whole.known >= LEAST_KNOWN,
        own_name=whole.own_name,
        region=regions[int(np.argmax(np.abs(whole.market)))],
        market_shares={r: v for r, v in shares.items() if v}
        if len(regions) > 1
        else {},
        looked_through=whole.known,
    )


def _rest_of(file: FundFile, weights: Floats) -> float:
    """Return the weight that a list of the largest holdings leaves out, else 0."""
    listed = float(weights.sum())
    part = file.holdings.weights_only and 0 < listed < WHOLE and weights.min() >= 0
    return 1.0 - listed if part else 0.0


def _incomplete(position: Position, file: FundFile, listed: float) -> Issue:
    return Issue(
        code="fund-incomplete",
        severity="warning",
        message=f"{file.where}, the holdings of {file.key}, add up to {listed:.1%} of "
        "the fund; the rest is stressed like the market, with a wide range.",
        fix="Give all that the fund holds, not the largest only.",
        sheet=position.sheet,
        row=position.row,
        money=position.market_value,
    )


def weights_of(positions: Sequence[Position]) -> Floats:
    """Return what each line moves as a share of the fund, shape (n,).

    A future counts with its exposure; the fund is worth the sum of its values.
    """
    worth = [p.market_value for p in positions]
    if all(v is None for v in worth):
        return np.array([p.weight or 0.0 for p in positions])
    moved = [
        p.exposure if p.exposure is not None else p.market_value or 0.0
        for p in positions
    ]
    total = sum(v or 0.0 for v in worth)
    return np.array(moved) / total if total else np.zeros(len(moved))


def _basis(file: FundFile, weights: Floats, known: float) -> str:
    as_of = file.holdings.as_of
    dated = f" of {as_of.isoformat()}" if as_of else " (no date)"
    return (
        f"Look-through: {len(weights):,} holdings{dated} in {file.where}, adding up to "
        f"{weights.sum():.1%}; {known:.1%} of them placed"
    )


def _held(
    rows: Sequence[Exposure],
    weights: Floats,
    regions: list[str],
    context: MappingContext,
) -> Held:
    ids = context.factor.chain.segment_ids
    at = {name: k for k, name in enumerate(ids)}
    place_of = {name: k for k, name in enumerate(regions)}
    issuers: dict[str, int] = {}
    description, sensitivities = (np.zeros((len(rows), len(ids))) for _ in "xx")
    markets = np.zeros((len(rows), len(regions)))
    for n, e in enumerate(rows):
        for name, share in e.description.items():
            description[n, at[name]] = share
        for name, x in e.sensitivities.items():
            sensitivities[n, at[name]] = x
        for name, share in (e.market_shares or {e.region: 1.0}).items():
            markets[n, place_of[name]] = share
    return Held(
        weights=weights,
        description=description,
        sensitivities=sensitivities,
        beta=np.array([e.beta for e in rows]),
        beta_sd=np.array([e.beta_sd for e in rows]),
        regions=markets,
        specific_sd=np.array([e.specific_sd for e in rows]),
        dispersion=np.array([e.dispersion for e in rows]),
        dispersion_replay=np.array([e.dispersion_replay for e in rows]),
        mapping_sd=np.array([e.mapping_sd for e in rows]),
        own_name=np.array([e.own_name for e in rows]),
        issuers=np.array([issuers.setdefault(e.issuer, len(issuers)) for e in rows]),
        clusters=np.array([at[e.main_segment] if e.main_segment else -1 for e in rows]),
        known=np.array([e.covered for e in rows]),
    )


def _confidence(rows: Sequence[Exposure], weights: Floats) -> float:
    """Return the weighted confidence of what the fund holds."""
    return covered_share(weights, np.array([e.confidence for e in rows]))


def _by_segment(ids: tuple[str, ...], values: Floats) -> dict[str, float]:
    return {name: v for name, v in zip(ids, values.tolist(), strict=True) if v}


def _report(
    position: Position, file: FundFile, inner: MappingContext, context: MappingContext
) -> None:
    """Say once what is wrong in the fund's own file."""
    found = [i for i in inner.issues if i.severity != "info"]
    found += [i for i in file.holdings.issues if i.severity != "info"]
    told = file.key in context.used_files
    context.used_files.add(file.key)
    if told or not found:
        return
    worst = max(found, key=lambda i: abs(i.money or 0.0))
    context.note(
        Issue(
            code="fund-file",
            severity="warning",
            message=f"{file.where}, the holdings of {file.key}: {_issues(len(found))}, "
            f"the largest: {worst.message}",
            fix="Run `stresskit map` on the file of the fund to see them all.",
            money=position.market_value,
        )
    )


def _worth_nothing(position: Position, file: FundFile) -> Issue:
    return Issue(
        code="fund-file",
        severity="warning",
        message=f"{file.where}, the holdings of {file.key}, add up to nothing; the "
        "fund was not looked through.",
        fix="Give a file with the value of all that the fund holds.",
        sheet=position.sheet,
        row=position.row,
        money=position.market_value,
    )


def _issues(count: int) -> str:
    return "1 issue" if count == 1 else f"{count:,} issues"


def _too_deep(position: Position, file: FundFile, context: MappingContext) -> Issue:
    chain = " in ".join(f.key for f in reversed(context.inside))
    why = (
        "it holds itself"
        if file in context.inside
        else f"funds are looked through to {DEEPEST} levels"
    )
    return Issue(
        code="fund-depth",
        severity="warning",
        message=f"{position.name} in {chain} was not looked through: {why}.",
        fix="Give the outer fund's file with the inner fund's holdings in it.",
        money=position.market_value,
    )
