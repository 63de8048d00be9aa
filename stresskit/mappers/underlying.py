"""What an option or a convertible bond is on: a listed share, a fund or an index."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stresskit.core.identifiers import is_valid
from stresskit.mappers.context import tier_of
from stresskit.mappers.index_names import INDEX_ROOTS, root_of
from stresskit.model import Fund, Identifiers

if TYPE_CHECKING:
    from stresskit.mappers.context import MappingContext
    from stresskit.model import Exposure, Position

# The user's own word is on the option's row, files of funds are for funds.
CURATED = 2
# A fund with this share of its holdings in the theme moves as a share does.
THEMATIC = 0.5


@dataclass(frozen=True)
class Underlying:
    """The exposure of what is underneath.

    ``is_index`` marks a broad index or a fund on one, ``american`` what is delivered,
    so that options on it are exercised at any time.
    """

    exposure: Exposure
    is_index: bool
    american: bool = True


def underlying_of(
    position: Position, code: str, context: MappingContext
) -> Underlying | None:
    """Place what a contract is on, by its code; None where no mapper knows it."""
    wanted, currency = code.strip().upper(), position.currency
    # Where no list knows the code, the row's own words place it.
    words = (position.sector, position.country, position.exchange)
    key = (wanted, currency, *words)
    if key not in context.underlyings:
        context.underlyings[key] = _placed(position, wanted, currency, context)
    return context.underlyings[key]


def _placed(
    position: Position, code: str, currency: str | None, context: MappingContext
) -> Underlying | None:
    root = INDEX_ROOTS.get(root_of(code))
    if root is not None:
        future = next((f for f in context.factor.chain.futures if f.root == root), None)
        fund = context.directory.items.get(future.of or "") if future else None
        if not isinstance(fund, Fund):
            return None
        from stresskit.mappers.fund import fund_exposure

        found = fund_exposure(position, fund, f"index {code}", context)
        if found is None:
            return None
        return Underlying(found, is_index=True, american=False)
    wanted = replace(
        position,
        name=code,
        identifiers=Identifiers(isin=code)
        if is_valid(code, "isin")
        else Identifiers(ticker=code),
        asset_class="equity",
        currency=currency,
        exposure=None,
        terms={},
    )
    for mapper in context.mappers:
        if tier_of(mapper) < CURATED:
            continue
        found = mapper.map(wanted, context)
        if found is not None:
            return Underlying(found, is_index=_is_broad(found, context))
    return None


def _is_broad(exposure: Exposure, context: MappingContext) -> bool:
    if exposure.source != "fund" or exposure.leverage != 1.0:
        return False
    roots = set(INDEX_ROOTS.values())
    # What the returns of a fund on an index look like says little of what it holds.
    if exposure.issuer in {
        f.of for f in context.factor.chain.futures if f.root in roots
    }:
        return True
    theme = sum(x for k, x in exposure.description.items() if k in context.theme)
    return bool(exposure.description) and theme < THEMATIC
