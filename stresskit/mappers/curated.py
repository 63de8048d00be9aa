"""Securities of the curated value chain: ISIN, then exchange ticker, then name."""

from __future__ import annotations

from dataclasses import replace
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

    With evidence of the company: its beta, sensitivities and residual volatility
    before the event. Without: the means of its segment, and its fractions.
    """
    main = security.main_segment
    own = context.evidence_of(security)
    line = f"{security.ticker}:{security.mic}"
    found = f"{security.name} ({line}) by {matched}"
    _question_name(position, security, matched, context)
    if own is None or own.beta is None or not own.residual_sd:
        placed = without_history(
            position, security.segments, context, matched=found, basis=security.basis
        )
        return replace(placed, region=region_of(security.mic, security.currency))
    other = "" if own.key == line else f" of its line {own.key}"
    return Exposure(
        position_id=position.id,
        description=security.segments,
        sensitivities=own.sensitivities or context.sensitivities_of(security.segments),
        beta=own.beta,
        beta_sd=own.beta_se or 0.0,
        specific_sd=own.specific_sd or own.residual_sd,
        dispersion=context.dispersion_of(main, own.residual_sd),
        dispersion_replay=context.replay_dispersion_of(main, own.residual_sd)
        if own.own_name is not None
        else context.dispersion_of(main, own.residual_sd),
        source="curated",
        matched=found,
        basis=f"{security.basis}; beta and sensitivities from returns{other} before "
        "the event",
        confidence=CONFIDENCE,
        # Errors of estimated sensitivities are part of the dispersion, which was
        # measured on predictions made with them.
        mapping_sd=0.0,
        issuer=own.key,
        covered=True,
        own_name=own.own_name or 0.0,
        region=region_of(own.mic, None),
        main_segment=main,
    )


def without_history(
    position: Position,
    segments: dict[str, float],
    context: MappingContext,
    *,
    matched: str,
    basis: str,
) -> Exposure:
    """Return the exposure of a business by its fractions and its segment's means."""
    main = max(segments, key=lambda k: segments[k])
    shock = context.shocks[main]
    spread = context.dispersion_of(main, shock.residual_sd)
    return Exposure(
        position_id=position.id,
        description=segments,
        sensitivities=context.sensitivities_of(segments),
        beta=shock.beta,
        beta_sd=shock.beta_sd,
        specific_sd=shock.specific_sd,
        dispersion=spread,
        dispersion_replay=spread,
        source="curated",
        matched=matched,
        basis=f"{basis}; beta and volatility: mean of {main}",
        confidence=CONFIDENCE,
        mapping_sd=context.mapping_sd(PRIOR_SD),
        issuer=matched.partition(" by ")[0],
        covered=True,
        region=region_of(position.identifiers.mic, context.currency_of(position)),
        main_segment=main,
    )


def _question_name(
    position: Position, security: Security, matched: str, context: MappingContext
) -> None:
    """Say so where the name in the file is that of another company."""
    if "ticker" in matched or "name" in matched:
        return
    named = context.by_name.get(company_key(position.name), [])
    if named and company_key(position.name) != company_key(security.name):
        context.note(
            Issue(
                code="name-differs",
                severity="warning",
                message=f"The {matched} is that of {security.name}, the name beside it "
                f"is {position.name}; the {matched} was believed.",
                fix="Correct the row if it is the other company.",
                sheet=position.sheet,
                row=position.row,
                value=position.name,
                money=position.market_value,
            )
        )


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
        if ids.isin[:2] == listed.country:
            return False
        # Companies of China register in the Caymans: exchange, ticker and name say
        # it is the one, whatever the country of the number.
        placed = bool(ids.mic) and same_market(str(ids.mic), listed.mic)
        named = position.name != ids.ticker and _name_agrees(position, listed)
        return not (placed and named and ids.ticker)
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
