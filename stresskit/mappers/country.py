"""The country of a share, where the file says no more of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stresskit.core.confidence import KNOWING_NOTHING
from stresskit.core.regions import same_market
from stresskit.mappers.by_fractions import by_fractions
from stresskit.mappers.countries import country_code
from stresskit.model import Issue

if TYPE_CHECKING:
    from stresskit.mappers.context import MappingContext
    from stresskit.model import Exposure, Position

ENOUGH = 8
# Numbers of investment funds; the few companies among them are in the chain.
FUNDS_OF_GERMANY = ("DE0008", "DE0009")
# Where companies register without being of the place.
SEATS = frozenset("KY BM VG IE LU JE GG IM MH PA LR CW NL MU CY MT".split())


class CountryMapper:
    """Place a share like the companies of its country outside the theme."""

    tier = 6

    def map(self, position: Position, context: MappingContext) -> Exposure | None:
        """Return the mean of the country's other companies, or None if unknown."""
        if position.asset_class != "equity":
            return None
        isin = position.identifiers.isin or ""
        if isin.startswith(FUNDS_OF_GERMANY):
            return None
        code, said = _country(position)
        mix, companies = context.country_mix(code)
        if companies < ENOUGH:
            return None
        context.note(_by_country_alone(position, code))
        found = by_fractions(
            position,
            mix,
            context,
            source="country",
            matched=f"country {code} by {said}",
            basis=f"Not in the curated map, no sector; mean of the {companies} "
            f"companies of {code} outside the theme",
            prior_sd=KNOWING_NOTHING,
        )
        # A country is hardly knowledge of a company; it has many main segments.
        return replace(found, covered=False, main_segment=None)


def _by_country_alone(position: Position, code: str) -> Issue:
    return Issue(
        code="country-only",
        severity="warning",
        message=f"{position.name} is not in the value chain and its sector is not "
        f"known; it is stressed like other companies of {code}, with a wide range.",
        fix="Add an ISIN or a sector column, or place it with --overrides "
        "(stresskit map writes the file to fill in).",
        sheet=position.sheet,
        row=position.row,
        value=position.name,
        money=position.exposure or position.market_value,
    )


def _country(position: Position) -> tuple[str, str]:
    """Return the country and what says so; the seat of a holding is no country."""
    code = country_code(position.country or "")
    if code:
        return code, "the file"
    ids = position.identifiers
    if ids.isin:
        return ("", "") if ids.isin[:2] in SEATS else (ids.isin[:2], "ISIN")
    # Foreign companies have a letter in front.
    if ids.cusip and ids.cusip[0].isdigit():
        return "US", "CUSIP"
    return ("US", "exchange") if same_market(ids.mic or "", "XNYS") else ("", "")
