"""Securities of the curated value chain: ISIN, then exchange ticker, then name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.core.names import company_key
from stresskit.core.regions import region_of
from stresskit.mappers.context import MappingContext, bare_ticker, same_market
from stresskit.model import Exposure, Issue, Security

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stresskit.model import Fund, Position

PRIOR_SD = 0.05
CONFIDENCE = 0.9
# ES is a future on an index and a utility, LINK a token and a company.
OTHER_TICKERS = ("future", "crypto")


class CuratedMapper:
    """Place a position that names a security of the value chain."""

    tier = 2

    def map(self, position: Position, context: MappingContext) -> Exposure | None:
        """Return the security's exposure with its evidence, or None."""
        listed, matched = find_listed(position, context) or (None, "")
        if not isinstance(listed, Security):
            return None
        return security_exposure(position, listed, matched, context)


def security_exposure(
    position: Position, security: Security, matched: str, context: MappingContext
) -> Exposure:
    """Return the exposure of a position in a curated security.

    With evidence of the security itself: its own beta, sensitivities and residual
    volatility before the event. Without: the means of its segment and its tag.
    """
    main = security.main_segment
    shock = context.shocks[main]
    own = context.evidence.get(f"{security.ticker}:{security.mic}")
    known = own is not None and own.beta is not None
    beta = own.beta if own and own.beta is not None else shock.beta
    beta_sd = own.beta_se if own and own.beta_se is not None else shock.beta_sd
    residual = own.residual_sd if own and own.residual_sd else shock.residual_sd
    return Exposure(
        position_id=position.id,
        description=security.segments,
        sensitivities=(own.sensitivities if own else {})
        or tag_sensitivities(security.segments, context),
        beta=beta,
        beta_sd=beta_sd,
        residual_sd=residual,
        dispersion=context.dispersion_of(main, residual),
        source="curated",
        matched=f"{security.name} ({security.ticker}:{security.mic}) by {matched}",
        basis=security.basis
        + (
            "; beta and sensitivities from returns before the event"
            if known
            else f"; beta and volatility: mean of {main}"
        ),
        confidence=CONFIDENCE,
        prior_sd=PRIOR_SD,
        covered=True,
        own_name=(own.own_name or 0.0) if own else 0.0,
        region=region_of(security.mic, security.currency),
        main_segment=main,
    )


def tag_sensitivities(
    fractions: dict[str, float], context: MappingContext
) -> dict[str, float]:
    """Turn fractions into sensitivities to shocks of typical members.

    One for the main segment, plus what sets the business apart from its typical
    member; a name without a main segment (one half at least) keeps its fractions.
    """
    main = max(fractions, key=lambda k: fractions[k])
    if fractions[main] < 0.5:
        return dict(fractions)
    typical = context.shocks[main].composition
    apart = {
        k: (k == main) + fractions.get(k, 0.0) - typical.get(k, 0.0)
        for k in {**fractions, **typical}
    }
    return {k: v for k, v in apart.items() if v > 0}


def find_listed(
    position: Position, context: MappingContext
) -> tuple[Security | Fund, str] | None:
    """Find the listed line a position names, and by what it was found.

    A number with a check digit decides. A ticker counts only with its exchange,
    or where the currency agrees and no second company has it; a name only if it is
    the same after removing legal forms, and belongs to one company.
    """
    ids = position.identifiers
    if ids.isin in context.by_isin:
        return context.by_isin[str(ids.isin)], "ISIN"
    for number, label in ((ids.cusip, "CUSIP"), (ids.sedol, "SEDOL")):
        numbered = context.by_national.get(number or "")
        if numbered is not None and not _contradicts(position, numbered):
            return numbered, label
    return _by_ticker(position, context) or _by_name(position, context)


def _by_ticker(
    position: Position, context: MappingContext
) -> tuple[Security | Fund, str] | None:
    ids = position.identifiers
    if not ids.ticker or position.asset_class in OTHER_TICKERS:
        return None
    candidates = [
        s
        for s in context.by_ticker.get(bare_ticker(ids.ticker), ())
        if not _contradicts(position, s)
    ]
    if ids.mic:
        on_exchange = [s for s in candidates if same_market(s.mic, ids.mic)]
        return (on_exchange[0], "ticker and exchange") if on_exchange else None
    currency = context.currency_of(position)
    agreeing = [s for s in candidates if currency and s.currency == currency]
    if len(agreeing) == 1 and _name_agrees(position, agreeing[0]):
        return agreeing[0], "ticker and currency"
    unsure = agreeing if currency else candidates
    named = _by_name(position, context)
    if unsure and (named is None or named[0] not in unsure):
        context.note(_ambiguous(position, unsure))
    return None


def _by_name(
    position: Position, context: MappingContext
) -> tuple[Security | Fund, str] | None:
    key = company_key(position.name)
    candidates = [
        s for s in context.by_name.get(key, ()) if key and not _contradicts(position, s)
    ]
    currency = context.currency_of(position)
    local = [s for s in candidates if s.currency == currency]
    chosen = local if len(local) == 1 else candidates
    return (chosen[0], "exact name") if len(chosen) == 1 else None


def _contradicts(position: Position, listed: Security | Fund) -> bool:
    """Whether a number in the file says that this is another security."""
    ids = position.identifiers
    if ids.isin:
        if listed.isin:
            return ids.isin != listed.isin
        return ids.isin[:2] != listed.country
    if ids.cusip and listed.isin and listed.isin[:2] in ("US", "CA"):
        return ids.cusip != listed.isin[2:11]
    return False


def _name_agrees(position: Position, listed: Security | Fund) -> bool:
    """Whether the names share a word, where the file gives a name at all."""
    own = set(company_key(position.name).split())
    if not own or position.name == position.identifiers.ticker:
        return True
    theirs = set(company_key(listed.name).split())
    joined = "".join(company_key(listed.name).split())
    return bool(own & theirs) or "".join(company_key(position.name).split()) == joined


def _ambiguous(position: Position, candidates: Sequence[Security | Fund]) -> Issue:
    names = ", ".join(f"{s.name} ({s.ticker}:{s.mic})" for s in candidates)
    return Issue(
        code="ticker-ambiguous",
        severity="warning",
        message=f"{position.name}: the ticker {position.identifiers.ticker} alone does "
        f"not say which security is meant ({names}); it was not used.",
        fix="Give an ISIN, or the exchange or the currency beside the ticker "
        "(--base-currency for all).",
        sheet=position.sheet,
        row=position.row,
        value=position.identifiers.ticker,
        money=position.market_value,
    )
