"""Which listed line a position names: by number, ticker with its place, or name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from stresskit.core.identifiers import split_ticker
from stresskit.core.names import company_key, shared_words
from stresskit.core.regions import same_market
from stresskit.mappers.countries import country_code
from stresskit.mappers.directory import CUSIP_INSIDE, Listing, bare_ticker, issuer_key
from stresskit.mappers.doubts import (
    LABELS,
    ambiguous,
    another_name,
    numbers_disagree,
    unlike_name,
)
from stresskit.model import Fund, Security

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stresskit.mappers.context import MappingContext
    from stresskit.model import Position

# ES is a future on an index and a utility, LINK a token and a company.
OTHER_TICKERS = ("future", "crypto")
# Names written in part are compared from this length; they are the same, or too much
# alike to be questioned, from so many of 100 letters.
SHORTEST, SAME, LIKE, ALMOST = 5, 95, 70, 80
_RECEIPT = re.compile(r"\b(ADR|ADS|GDR|SPON\w*|DEPOSIT\w*|DR)\b", re.IGNORECASE)


def find_listed(
    position: Position, context: MappingContext
) -> tuple[Security | Fund, str] | None:
    """Find the listed line a position names, and by what it was found.

    A number with a check digit decides. A ticker counts only with its exchange, or
    where currency, country or name agree and no second company is left; a name only
    if it is the same after removing legal forms, and belongs to one company.
    """
    # Securities and funds are asked for one after the other.
    last = context.last_found
    if last is None or last[0] is not position:
        last = context.last_found = (position, _found(position, context))
    return last[1]


def _found(
    position: Position, context: MappingContext
) -> tuple[Security | Fund, str] | None:
    found = (
        _by_number(position, context)
        or _by_ticker(position, context)
        or _by_name(position, context)
    )
    if found is None:
        return None
    listing, by = found
    return listing.item, f"{by} ({listing.said})" if listing.said else by


def _by_number(
    position: Position, context: MappingContext
) -> tuple[Listing, str] | None:
    numbered = context.directory.numbered(position.identifiers)
    found = [
        (scheme, listing)
        for scheme, listing in numbered
        if scheme == "isin" or not _contradicts(position, listing)
    ]
    if not found:
        return None
    scheme, listing = found[0]
    better = _by_ticker(position, context) if scheme != "isin" else None
    if better is not None and _means(position, better[0], listing, context):
        # Name and ticker against a number with one digit to check it.
        context.note(
            numbers_disagree(position, "ticker and name", better[0], scheme, listing)
        )
        return better
    label = LABELS.get(scheme, scheme.upper())
    for other, second in numbered:
        if second.issuer != listing.issuer:
            context.note(numbers_disagree(position, label, listing, other, second))
            break
    question_name(position, listing.item, label, context)
    return listing, label


def _means(
    position: Position, meant: Listing, numbered: Listing, context: MappingContext
) -> bool:
    """Whether the name is the very name of one company and not of the other."""
    key, names = company_key(position.name), context.directory.names
    return (
        meant.issuer != numbered.issuer
        and key in names[meant.item.key]
        and not _name_agrees(position, numbered, context)
    )


def _by_ticker(
    position: Position, context: MappingContext
) -> tuple[Listing, str] | None:
    ids = position.identifiers
    if not ids.ticker or position.asset_class in OTHER_TICKERS:
        return None
    ticker, mic = (ids.ticker, ids.mic) if ids.mic else split_ticker(ids.ticker)
    candidates = [
        x
        for x in context.directory.by_ticker.get(bare_ticker(ticker), ())
        if not _contradicts(position, x) and _still_used(x, position, context)
    ]
    if mic:
        on_exchange = [x for x in candidates if same_market(x.mic, mic)]
        named = [x for x in on_exchange if _name_agrees(position, x, context)]
        if named:
            return named[0], "ticker and exchange"
        if on_exchange and _by_name(position, context) is None:
            context.note(another_name(position, on_exchange[0]))
        return None
    return _by_bare_ticker(position, candidates, context)


def _by_bare_ticker(
    position: Position, candidates: list[Listing], context: MappingContext
) -> tuple[Listing, str] | None:
    """Take a ticker without an exchange where the rest of the row agrees."""
    named = has_name(position)
    if not named:
        # The second tickers of German floors say nothing by themselves.
        candidates = [x for x in candidates if not (x.said and _is_floor(x.mic))]
    told = [x for x in candidates if _says_it_is(position, x, candidates, context)]
    candidates = told or _at_home(position, candidates)
    currency = context.currency_of(position)
    local = [x for x in candidates if currency and x.currency == currency]
    for group, by in (
        (local, "ticker and currency"),
        (_of_country(position, candidates), "ticker and country"),
        (_of_name(position, candidates, context), "ticker and name"),
    ):
        agreeing = [x for x in group if _name_agrees(position, x, context)]
        # SMH is a fund in New York, and the second ticker of another in London.
        for chosen in (agreeing, [x for x in agreeing if not x.said]):
            if chosen and _one_issuer(chosen):
                return chosen[0], by
    unsure = local if currency else candidates
    named_by = _by_name(position, context)
    known = named_by is not None and named_by[0].item in [x.item for x in unsure]
    if unsure and not known:
        context.note(ambiguous(position, unsure, named=named, currency=currency))
    return None


def _by_name(position: Position, context: MappingContext) -> tuple[Listing, str] | None:
    key = company_key(position.name)
    by_name = context.directory.by_name
    # "Eli Lilly & Co" is Eli Lilly, where no company has the "&" in its name.
    named = (by_name.get(key) or by_name.get(key.removesuffix(" &"), [])) if key else []
    if position.asset_class == "fund":
        named = [x for x in named if not isinstance(x.item, Security)]
    named = [x for x in named if _fits_place(position, x, context)]
    candidates = [x for x in named if not _contradicts(position, x)]
    others = [x for x in named if _another_line(position, x)] if not candidates else []
    currency = context.currency_of(position)
    for group, by in (
        (candidates, "exact name"),
        (others, "exact name, another line of the company"),
    ):
        known = context.directory.currencies
        local = [x for x in group if currency in known[x.issuer]]
        for chosen in (local, _of_country(position, group), group):
            if chosen and _one_issuer(chosen):
                own = [x for x in chosen if x.currency == currency]
                return (own or chosen)[0], by
    return None


def _fits_place(position: Position, listing: Listing, context: MappingContext) -> bool:
    """Whether the country or currency the row states is one of the company's own.

    A name alone is shared by companies of several countries: Iren, Metro, Fortis.
    """
    code = country_code(position.country or "")
    if code and code == listing.country:
        return True
    currencies = context.directory.currencies[listing.issuer]
    if position.currency and position.currency not in currencies:
        return False
    return not code or isinstance(listing.item, Fund)


def _says_it_is(
    position: Position,
    listing: Listing,
    rivals: Sequence[Listing],
    context: MappingContext,
) -> bool:
    """Whether the name tells a company from others with the same ticker.

    A word that both have (Merck, Prudential) does not.
    """
    if not has_name(position):
        return True
    key, names = company_key(position.name), context.directory.names
    if key in names[listing.item.key]:
        return True
    shared = set(key.split()) & _words(names[listing.item.key])
    others = [x for x in rivals if x.issuer != listing.issuer]
    common = {w for x in others for w in _words(names[x.item.key])}
    return not shared or bool(shared - common)


def _words(names: Iterable[str]) -> set[str]:
    return {word for name in names for word in name.split()}


def _at_home(position: Position, candidates: list[Listing]) -> list[Listing]:
    """Return the funds whose own ticker it is, where the name says no more.

    SMH is a fund in New York, and the second ticker of its sister fund in London,
    which says UCITS.
    """
    if "UCITS" in position.name.upper():
        return []
    return [x for x in candidates if isinstance(x.item, Fund) and not x.said]


def _is_floor(mic: str) -> bool:
    return same_market(mic, "XETR")


def _one_issuer(listings: Iterable[Listing]) -> bool:
    return len({x.issuer for x in listings}) == 1


def _of_country(position: Position, candidates: list[Listing]) -> list[Listing]:
    """Return the candidates of the position's country, where the file says one."""
    isin, country = position.identifiers.isin, position.country
    code = isin[:2] if isin else country_code(country or "")
    return [x for x in candidates if code and x.country == code]


def _of_name(
    position: Position, candidates: list[Listing], context: MappingContext
) -> list[Listing]:
    """Return the candidates of the very name: a word in common is not enough here."""
    key, names = company_key(position.name), context.directory.names
    named = has_name(position)
    return [x for x in candidates if named and key in names[x.item.key]]


def _still_used(listing: Listing, position: Position, context: MappingContext) -> bool:
    """Whether a ticker that ended may be meant: by date, or by the name beside it."""
    if listing.until is None:
        return True
    as_of = context.portfolio.as_of
    if as_of is not None and as_of <= listing.until:
        return True
    return has_name(position) and _name_agrees(position, listing, context)


def _contradicts(position: Position, listing: Listing) -> bool:
    """Whether a number in the file says that this is another security."""
    ids = position.identifiers
    if ids.isin:
        if listing.isin:
            return ids.isin != listing.isin
        if ids.isin[:2] == listing.country:
            return False
        # Companies of China register in the Caymans: exchange, ticker and name say
        # it is the one, whatever the country of the number.
        placed = bool(ids.mic) and same_market(str(ids.mic), listing.mic)
        return not (
            placed
            and has_name(position)
            and ids.ticker
            and shared_words(position.name, listing.name)
        )
    if ids.cusip and listing.isin and listing.isin[:2] in CUSIP_INSIDE:
        return ids.cusip != listing.isin[2:11]
    return False


def _another_line(position: Position, listing: Listing) -> bool:
    """Whether an unknown ISIN may be another line of a company of the same name.

    A share class has a number of the same country, a receipt says that it is one.
    """
    isin = position.identifiers.isin
    if not (isin and listing.isin and isinstance(listing.item, Security)):
        return False
    return isin[:2] == listing.isin[:2] or bool(_RECEIPT.search(position.name))


def has_name(position: Position) -> bool:
    """Whether the file gives a name at all; a code in its place is none."""
    ids = position.identifiers
    codes = (ids.ticker, ids.isin, ids.cusip, ids.sedol, ids.figi, ids.wkn, ids.valor)
    return bool(position.name) and position.name not in codes


def _name_agrees(position: Position, listing: Listing, context: MappingContext) -> bool:
    """Whether the names share a word that says something, where there is a name."""
    if not has_name(position):
        return True
    directory, key = context.directory, company_key(position.name)
    known = directory.names[listing.item.key]
    if key not in known and directory.by_name.get(key):
        # It is the very name of another company.
        return any(x.issuer == listing.issuer for x in directory.by_name[key])
    return any(shared_words(key, name) for name in known) or _alike(key, known, SAME)


def question_name(
    position: Position, item: Security | Fund, by: str, context: MappingContext
) -> None:
    """Say so where the name in the file is that of another company, or unlike."""
    key = company_key(position.name)
    # A name in other letters than the chain's says nothing either way.
    if not has_name(position) or not key.isascii():
        return
    names = context.directory.names[item.key]
    if any(shared_words(key, name) for name in names):
        return
    others = context.directory.by_name.get(key, [])
    another = [x for x in others if x.issuer != issuer_key(item)]
    if another:
        said = f"the name beside it is {position.name}"
    elif _alike(key, names, LIKE):
        return
    else:
        said = f"the name beside it, {position.name}, has no word of it"
    context.note(unlike_name(position, item, by, said))


def _alike(key: str, names: set[str], least: float) -> bool:
    """Whether a name is another spelling: written together, cut short or initials."""
    from rapidfuzz import fuzz

    joined = key.replace(" ", "")
    for name in names:
        initials, other = "".join(w[0] for w in name.split()), name.replace(" ", "")
        if (
            joined == initials
            or fuzz.ratio(joined, other) > ALMOST
            or (
                min(len(joined), len(other)) >= SHORTEST
                and fuzz.partial_ratio(joined, other) > least
            )
        ):
            return True
    return False


def same_ticker(position: Position, context: MappingContext) -> tuple[str, ...]:
    """Return up to three listed lines with the position's ticker, to look at."""
    ticker = bare_ticker(split_ticker(position.identifiers.ticker or "")[0])
    lines = context.directory.by_ticker.get(ticker, ())
    return _labels(lines)


def _labels(lines: Iterable[Listing]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{x.item.name} ({x.item.key})" for x in lines))[:3]


def suggestions(names: Sequence[str], context: MappingContext) -> list[tuple[str, ...]]:
    """Return up to three listed lines whose names look like each name.

    For the user to look at: a likeness places nothing.
    """
    import numpy as np
    from rapidfuzz import fuzz, process

    keys = list(context.directory.by_name)
    queries = [company_key(n) for n in names]
    given: dict[str, Any] = {"score_cutoff": 78, "workers": -1}
    scores = process.cdist(queries, keys, scorer=fuzz.token_sort_ratio, **given)
    # "Vertiv" is all of one word and half of another name.
    parts = process.cdist(queries, keys, scorer=fuzz.token_set_ratio, **given)
    scores = np.maximum(scores, np.where(parts >= 100, 90, 0))
    found = []
    for query, row in zip(queries, scores, strict=True):
        best = [
            k
            for k in (-row).argsort(kind="stable")[:8]
            if row[k] > 0 and (row[k] != 90 or shared_words(query, keys[k]))
        ]
        lines = [context.directory.by_name[keys[k]][0] for k in best[:3]]
        found.append(_labels(lines))
    return found
