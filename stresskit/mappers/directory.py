"""The lines of a value chain, indexed by every way a file may write them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from stresskit.core.identifiers import is_valid, ticker_key
from stresskit.core.names import company_key

if TYPE_CHECKING:
    import datetime as dt

    from stresskit.model import Fund, Identifiers, OtherLine, Security, ValueChain

SCHEMES = ("isin", "figi", "cusip", "sedol", "wkn", "valor")
# Countries whose ISIN is built around a national number.
CUSIP_INSIDE = frozenset({"US", "CA"})
SEDOL_INSIDE = frozenset({"GB", "IE", "GG", "JE", "IM"})
_WORDS = {
    "listing": "its line",
    "receipt": "its receipt",
    "class": "its share class",
    "former": "formerly",
    "name": "its name",
}


class Listing(NamedTuple):
    """One way a security or fund is written; ``said`` is empty for its own line."""

    ticker: str
    mic: str
    currency: str
    country: str
    isin: str | None
    name: str
    item: Security | Fund
    said: str = ""
    until: dt.date | None = None

    @property
    def issuer(self) -> str:
        """``TICKER:MIC`` of the company's main line, or of the fund."""
        return issuer_key(self.item)


class Directory:
    """Every listing of a chain by number, ticker and name; the chain's own first."""

    def __init__(self, chain: ValueChain) -> None:
        self.chain = chain
        listed: list[Security | Fund] = [*chain.securities, *chain.funds]
        self.items = {x.key: x for x in listed}
        self.by_number: dict[tuple[str, str], Listing] = {}
        self.by_ticker: dict[str, list[Listing]] = defaultdict(list)
        self.by_name: dict[str, list[Listing]] = defaultdict(list)
        self.names: dict[str, set[str]] = defaultdict(set)
        self.currencies: dict[str, set[str]] = defaultdict(set)
        for item in self.items.values():
            self._add(_own(item))
        for line in chain.lines:
            self._add(_other(line, self.items[line.of]))

    def _add(self, listing: Listing) -> None:
        for scheme, number in _numbers(listing):
            self.by_number.setdefault((scheme, number), listing)
        if listing.ticker:
            self.by_ticker[bare_ticker(listing.ticker)].append(listing)
        self.currencies[listing.issuer].add(listing.currency)
        if listing.name:
            key = company_key(listing.name)
            self.names[listing.item.key].add(key)
            if all(x.item is not listing.item for x in self.by_name[key]):
                self.by_name[key].append(listing)

    def numbered(self, ids: Identifiers) -> list[tuple[str, Listing]]:
        """Return what each number of a position names, the surest scheme first."""
        found = []
        for scheme in SCHEMES:
            number = getattr(ids, scheme)
            listing = self.by_number.get((scheme, number)) if number else None
            if listing is not None:
                found.append((scheme, listing))
        return found


def issuer_key(item: Security | Fund) -> str:
    """Return the ``TICKER:MIC`` that all lines of one company share."""
    return getattr(item, "issuer", None) or item.key


def bare_ticker(ticker: str) -> str:
    """Return a ticker without separators and leading zeros: BRK.B is BRKB."""
    bare = ticker_key(ticker).replace(".", "")
    return bare.lstrip("0") if bare.isdigit() else bare


def _own(item: Security | Fund) -> Listing:
    return Listing(
        item.ticker,
        item.mic,
        item.currency,
        item.country,
        item.isin,
        item.name,
        item,
    )


def _other(line: OtherLine, item: Security | Fund) -> Listing:
    written = line.ticker or line.isin or line.name
    until = f" until {line.until}" if line.until else ""
    # Another line of the same share has its number; a receipt has one of its own.
    same = item.isin if line.kind == "listing" else None
    return Listing(
        line.ticker,
        line.mic,
        line.currency,
        item.country,
        line.isin or same,
        line.name,
        item,
        f"{_WORDS[line.kind]} {written}{until}",
        line.until,
    )


def _numbers(listing: Listing) -> list[tuple[str, str]]:
    """Return the numbers of a listing: its own, and those inside its ISIN."""
    found = []
    isin = listing.isin
    if isin:
        found.append(("isin", isin))
        if isin[:2] in CUSIP_INSIDE:
            found.append(("cusip", isin[2:11]))
        elif isin[:2] in SEDOL_INSIDE and is_valid(isin[4:11], "sedol"):
            found.append(("sedol", isin[4:11]))
        elif isin.startswith("DE000"):
            found.append(("wkn", isin[5:11]))
        elif isin[:2] in ("CH", "LI"):
            found.append(("valor", isin[2:11].lstrip("0")))
    if not listing.said:
        for scheme in ("sedol", "figi", "wkn"):
            number = getattr(listing.item, scheme, None)
            if number:
                found.append((scheme, number))
    return found
