"""Every position gets an answer: the mappers in turn, then what is left."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stresskit.core.identifiers import is_valid
from stresskit.core.names import company_key
from stresskit.mappers.bond import bond_exposure
from stresskit.mappers.commodity import crypto_exposure
from stresskit.mappers.context import Failed, tier_of
from stresskit.mappers.doubts import gathered
from stresskit.mappers.fallback import map_remaining, map_without_stress
from stresskit.mappers.forward import forward_exposure
from stresskit.mappers.identify import has_name, same_ticker, suggestions
from stresskit.mappers.option import option_exposure, with_volatilities
from stresskit.model import Exposure
from stresskit.model.plugin import Plugin

if TYPE_CHECKING:
    from collections.abc import Hashable

    from stresskit.mappers.context import Mapper, MappingContext
    from stresskit.model import Issue, Position

# Beyond this many unplaced names likenesses are looked up for the largest only.
MOST_SUGGESTED = 500
UNSURE = ("country", "unmapped")
UNSURE_CODES = ("country-only", "unmapped")
CODES = ("isin", "cusip", "sedol", "figi", "wkn", "valor", "mic")
# An override places even what would not move.
USERS_WORD = 1
# What is placed by its terms, each line by itself.
CONTRACTS = {
    "bond": bond_exposure,
    "crypto": crypto_exposure,
    "fx_forward": forward_exposure,
    "option": option_exposure,
}


def place(
    positions: tuple[Position, ...], context: MappingContext, *, suggest: bool = True
) -> tuple[Exposure, ...]:
    """Place every position: the user's word, what does not move, then by tier.

    Lines of one security, written alike, are looked up once. ``suggest`` says whether
    to look for names that are like those of what cannot be placed.
    """
    known: dict[Hashable, Exposure] = {}
    # What another's mapper looks at is not known.
    ours = all(_is_ours(m) for m in context.mappers)
    before = _known_before(context) if ours else {}
    found = []
    for given in positions:
        key = _written(given, context) if ours else None
        exposure = (before.get(key) or known.get(key)) if key is not None else None
        if exposure is None:
            issues, told = len(context.issues), context.told
            position = _normal(given)
            exposure = _place(position, context)
            if key is not None and len(context.issues) == issues:
                known[key] = exposure
            if key is not None and context.told == told and _is_by_itself(position):
                before[key] = exposure
        found.append(exposure.of(given.id))
    found = with_volatilities(positions, found, context)
    placed = tuple(found)
    if suggest:
        placed = _with_suggestions(positions, found, context)
    context.issues[:] = gathered(context.issues)
    if not context.inside:
        context.issues += [_said(f) for f in context.failed.values()]
    return placed


def _known_before(context: MappingContext) -> dict[Hashable, Exposure]:
    """Return the exposures that portfolios before had, where they would be the same.

    Files of funds and prices are the user's, and of one portfolio. A mapper that holds
    nothing answers by what it is given alone.
    """
    if context.fund_files or context.prices is not None:
        return {}
    if any(getattr(m, "__dict__", None) for m in context.mappers):
        return {}
    portfolio = context.portfolio
    kinds = tuple(map(type, context.mappers))
    return context.index.known((kinds, portfolio.base_currency, portfolio.as_of))


def _is_by_itself(position: Position) -> bool:
    """Whether a line is named by more than its place in the portfolio."""
    ids = position.identifiers
    number = ids.isin or ids.cusip or ids.sedol
    return bool(number or company_key(position.name))


def _place(position: Position, context: MappingContext) -> Exposure:
    for mapper in context.mappers:
        if tier_of(mapper) > USERS_WORD:
            found = _by_its_kind(position, context)
            if found is not None:
                return found
        exposure = answer(mapper, position, context)
        if exposure is not None:
            return exposure
    return _by_its_kind(position, context) or map_remaining(position, context)


def _by_its_kind(position: Position, context: MappingContext) -> Exposure | None:
    """Return the exposure of cash and contracts, whose class says what moves them."""
    contract = CONTRACTS.get(position.asset_class)
    return contract(position, context) if contract else map_without_stress(position)


def _is_ours(mapper: Mapper) -> bool:
    return type(mapper).__module__.startswith("stresskit.")


def answer(
    mapper: Mapper, position: Position, context: MappingContext
) -> Exposure | None:
    """Ask a mapper; what a plugin does wrong is noted, and the next one is asked."""
    if _is_ours(mapper):
        return mapper.map(position, context)
    try:
        found = mapper.map(position, context)
        wrong = "" if found is None else _wrong(found, context)
        if not wrong:
            return found if found is None else replace(found, position_id=position.id)
    except Exception as error:  # noqa: BLE001 - whatever another's code does
        wrong = f"raises {error!r}"
    _note(mapper, position, wrong, context)
    return None


def _note(
    mapper: Mapper, position: Position, wrong: str, context: MappingContext
) -> None:
    """Keep that a plugin failed: the first time with what it did, then the number."""
    kind = type(mapper)
    unknown = Plugin(seam="mappers", name=f"{kind.__module__}.{kind.__qualname__}")
    plugin = context.brought_by.get(id(mapper), unknown)
    failed = context.failed.setdefault(id(mapper), Failed(plugin, wrong))
    worth = abs(position.market_value or 0.0)
    failed.at.setdefault((position.id, position.name), worth)


def _said(failed: Failed) -> Issue:
    (_, first), *more = failed.at
    count = f"{len(more) + 1:,} position{'s' if more else ''}"
    issue = failed.plugin.issue(
        f"failed for {count}, which the other mappers placed; the first is {first}: it "
        f"{failed.what}."
    )
    return replace(issue, money=sum(failed.at.values()))


def _wrong(found: object, context: MappingContext) -> str:
    """Return what is wrong with a plugin's exposure, or nothing."""
    if not isinstance(found, Exposure):
        return f"gives {type(found).__name__}, no exposure"
    known = set(context.factor.chain.segment_ids)
    odd = [k for k in (*found.description, *found.sensitivities) if k not in known]
    if odd:
        return f"gives the segment {odd[0]!r}, which is unknown"
    figures = (
        *(found.beta, found.beta_sd, found.specific_sd, found.dispersion),
        *(found.dispersion_replay, found.mapping_sd, found.own_name),
        *found.sensitivities.values(),
        *found.description.values(),
    )
    if not all(math.isfinite(x) for x in figures):
        return "gives a figure that is no number"
    if not 0 <= found.confidence <= 1:
        return f"gives the confidence {found.confidence:g}"
    return ""


def _normal(position: Position) -> Position:
    """Return a position with its codes as files spell them: capitals, no blanks."""
    ids = position.identifiers
    changed = {}
    for name in CODES:
        code = getattr(ids, name)
        if code is not None and code != (plain := code.strip().upper() or None):
            changed[name] = plain
    if ids.isin is None and ids.ticker and is_valid(ids.ticker.strip().upper(), "isin"):
        changed["isin"] = ids.ticker.strip().upper()
    currency = position.currency
    if currency is not None and currency != currency.strip().upper():
        position = replace(position, currency=currency.strip().upper() or None)
    if not changed:
        return position
    return replace(position, identifiers=replace(ids, **changed))


def _written(position: Position, context: MappingContext) -> Any:
    """Return all that mappers look at, or None for a line that stands by itself."""
    if position.id in context.overridden or position.asset_class in CONTRACTS:
        return None
    # A fund's file may name one line by its id.
    own_file = any(f.key == position.id for f in context.fund_files)
    return (
        position.id if own_file else None,
        position.identifiers,
        position.name,
        position.asset_class,
        position.currency,
        position.sector,
        position.country,
    )


def _with_suggestions(
    positions: tuple[Position, ...], found: list[Exposure], context: MappingContext
) -> tuple[Exposure, ...]:
    """Add listed lines with names alike to what could not be placed by itself."""
    unsure = [
        n for n, e in enumerate(found) if e.source in UNSURE and not context.inside
    ]
    money = [abs(positions[n].market_value or positions[n].weight or 0) for n in unsure]
    ranked = [n for _, n in sorted(zip(money, unsure, strict=True), reverse=True)]
    chosen = ranked[:MOST_SUGGESTED]
    if chosen:
        written = [positions[n].name for n in chosen]
        alike = [
            # A ticker in the name's place is like the names of products on it.
            given if has_name(positions[n]) else same_ticker(positions[n], context)
            for n, given in zip(chosen, suggestions(written, context), strict=True)
        ]
        told = {
            (positions[n].name, positions[n].sheet, positions[n].row): names
            for n, names in zip(chosen, alike, strict=True)
            if names
        }
        for n, names in zip(chosen, alike, strict=True):
            found[n] = replace(found[n], suggestions=names)
        _suggest(told, context)
    return tuple(found)


def _suggest(
    told: dict[tuple[str, str | None, int | None], tuple[str, ...]],
    context: MappingContext,
) -> None:
    """Add the names alike to what the issues of unplaced positions advise."""
    for at, issue in enumerate(context.issues):
        if issue.code in UNSURE_CODES:
            names = told.get((str(issue.value), issue.sheet, issue.row))
            if names:
                fix = f"Is it {' or '.join(names)}? {issue.fix}"
                context.issues[at] = replace(issue, fix=fix)
