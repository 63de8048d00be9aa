"""Form N-PORT of the SEC: a fund's whole portfolio, month by month."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from stresskit.errors import HoldingsError
from stresskit.readers.cells import Value
from stresskit.readers.files.grids import Grid
from stresskit.readers.files.spreadsheetml import plain_number, xml_events
from stresskit.readers.files.xml import local

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_HEADER: list[Value] = [
    *("Name", "Title of Issue", "Asset Class", "ISIN", "CUSIP", "SEDOL", "FIGI"),
    *("Ticker", "LEI", "Quantity", "Unit of Quantity", "Currency"),
    *("Market Value (USD)", "Weight (%)", "Side", "Country", "Coupon", "Maturity"),
    *("Put/Call", "Strike", "Strike Currency", "Notional (USD)"),
    *("Notional in Local Currency", "Delta", "Underlying", "Unrealized Gain (USD)"),
]
_KEPT = frozenset({"genInfo", "fundInfo", "invstOrSec"})
_MOST_DOCUMENTS = 1_000
_NOTHING = re.compile(r"n/?a|none|null|xx+|0+|-+", re.IGNORECASE)
# In words that the rules for asset classes know.
_CLASSES = {
    "EC": "Equity",
    "EP": "Preferred Equity",
    "DBT": "Bond",
    "LON": "Loan (debt)",
    "SN": "Structured Note",
    "ABS-MBS": "Mortgage-Backed Bond",
    "ABS-APCP": "Asset-Backed Note",
    "ABS-CBDO": "Asset-Backed Bond (CDO)",
    "ABS-O": "Asset-Backed Bond",
    "STIV": "Money Market",
    "RA": "Cash (repurchase agreement)",
    "COMM": "Commodity",
    "RE": "Real Estate",
}
_DERIVATIVES = frozenset({"DCO", "DCR", "DE", "DFE", "DIR", "DO", "DR"})
_CONTRACTS = {
    "futrDeriv": "Future",
    "fwdDeriv": "FX Forward",
    "optionSwaptionWarrantDeriv": "Option",
    "swapDeriv": "Swap",
    "othDeriv": "Derivative (swap or other contract)",
    "otherDeriv": "Derivative (swap or other contract)",
}
_CATEGORIES = {
    "WAR": "Warrant",
    "SWO": "Option on a swap",
    # A forward on anything but money pays as a future does.
    "FWD": "Future (over the counter)",
}
_UNITS = {"NS": "shares", "PA": "principal", "NC": "contracts"}
_SIDES = {"written": "Short", "purchased": "Long", "short": "Short", "long": "Long"}
_FUND_ISSUERS = frozenset({"RF", "PF"})
_FUND_WORDS = re.compile(r"\bet[fp]\b|\bfunds?\b|investment compan", re.IGNORECASE)


def submitted_documents(content: bytes) -> Iterator[bytes]:
    r"""Split a submission to the SEC into the XML documents in it.

    Parameters
    ----------
    content : bytes
        One XML document, or the full text of a submission, which wraps them.

    Raises
    ------
    HoldingsError
        If the submission ends within a document.

    Examples
    --------
    >>> list(submitted_documents(b"<SEC-DOCUMENT>\n<XML>\n<a/>\n</XML>"))
    [b'<a/>']
    """
    start = content.find(b"<XML>")
    # Submissions of old wrap no XML: they are plain text.
    if start < 0 and b"<DOCUMENT>" not in content[:50_000]:
        yield content
    count = 0
    while start >= 0:
        stop = content.find(b"</XML>", start)
        count += 1
        if stop < 0 or count > _MOST_DOCUMENTS:
            raise HoldingsError(
                "The submission ends in the middle of a document, or holds more than "
                f"{_MOST_DOCUMENTS:,} of them.",
                hint="Download the file again.",
                code="damaged",
            )
        yield content[start + 5 : stop].strip()
        start = content.find(b"<XML>", stop)


def read_nport_grids(content: bytes) -> list[Grid]:
    """Read the schedule of investments of Form N-PORT.

    Parameters
    ----------
    content : bytes
        The XML document, or the full text of the submission.

    Raises
    ------
    HoldingsError
        If it is damaged or holds no investments.

    Examples
    --------
    >>> one = "<invstOrSec><name>SAP</name><valUSD>5.0</valUSD></invstOrSec>"
    >>> page = f"<edgarSubmission><formData>{one}</formData></edgarSubmission>"
    >>> dict(zip(*read_nport_grids(page.encode())[0].rows[-2:]))["Market Value (USD)"]
    5.0
    """
    grids = []
    for document in submitted_documents(content):
        grid = _read(document)
        if grid is not None:
            grids.append(grid)
    if not grids:
        raise HoldingsError(
            "The file holds no investments in the form of N-PORT.",
            hint="Give primary_doc.xml of an NPORT-P filing.",
            code="no-table",
        )
    return grids


def _read(document: bytes) -> Grid | None:
    stated: dict[str, str] = {}
    rows: list[list[Value]] = []
    root = ""
    for event, element in xml_events(document, _KEPT):
        name = local(element.tag)
        root = root or name
        if root != "edgarSubmission":
            return None
        if event == "start":
            continue
        if name == "invstOrSec":
            rows.append(_row(element))
        elif name in _KEPT:
            for child in element:
                stated.setdefault(local(child.tag), (child.text or "").strip())
    if not rows:
        return None
    return Grid(sheet=None, rows=[*_preamble(stated), list(_HEADER), *rows])


def _preamble(stated: dict[str, str]) -> list[list[Value]]:
    registrant = _known(stated.get("regName"))
    found: list[list[Value]] = [
        ["Portfolio Name", _known(stated.get("seriesName")) or registrant],
        ["Registrant", registrant],
        ["As of", _known(stated.get("repPdDate"))],
        ["Net Assets", plain_number(stated.get("netAssets"))],
        # This money is part of net assets and stands in no row.
        ["Cash not listed below", plain_number(stated.get("cshNotRptdInCorD"))],
        ["Base Currency", "USD"],
    ]
    return [row for row in found if row[1] is not None]


def _known(text: str | None) -> str | None:
    """Give a text, or None for the ways in which filers say that there is none."""
    bare = (text or "").strip()
    return None if not bare or _NOTHING.fullmatch(bare) else bare


class _Fields:
    """The children of an element by name; deeper ones are of other instruments."""

    def __init__(self, element: Element | None = None) -> None:
        self.element = element
        self._children: dict[str, Element] = {}
        for child in element if element is not None else ():
            self._children.setdefault(local(child.tag), child)

    def text(self, name: str) -> str | None:
        child = self._children.get(name)
        return None if child is None else _known(child.text)

    def number(self, name: str) -> Value:
        child = self._children.get(name)
        number = None if child is None else plain_number(child.text)
        return number if isinstance(number, float) else self.text(name)

    def attribute(self, name: str, key: str) -> str | None:
        child = self._children.get(name)
        return None if child is None else _known(child.get(key))

    def first(self, *names: str) -> str | None:
        return next((t for n in names if (t := self.text(n))), None)

    def inner(self, name: str) -> _Fields:
        return _Fields(self._children.get(name))


def _row(element: Element) -> list[Value]:
    own = _Fields(element)
    kind, contract = _contract(own)
    codes = _identifiers(own)
    debt = own.inner("debtSec")
    title = own.text("title")
    names = [own.text("name"), title]
    # A contract's issuer is the bank on the other side, or none.
    name = next((n for n in (names[::-1] if kind else names) if n), None)
    notional, foreign = _notional(kind, contract)
    cells: dict[str, Value] = {
        "Name": name or _pair(contract),
        "Title of Issue": title,
        "Asset Class": _asset_class(own, kind, contract),
        **codes,
        "LEI": own.text("lei"),
        "Quantity": own.number("balance"),
        "Unit of Quantity": _unit(own),
        "Currency": own.text("curCd") or own.attribute("currencyConditional", "curCd"),
        "Market Value (USD)": own.number("valUSD"),
        "Weight (%)": own.number("pctVal"),
        "Side": _side(own, contract),
        "Country": own.first("invCountry", "invOthCountry"),
        "Coupon": debt.number("annualizedRt"),
        "Maturity": debt.text("maturityDt")
        or contract.first("expDt", "expDate", "settlementDt", "terminationDt"),
        "Put/Call": contract.text("putOrCall"),
        "Strike": contract.number("exercisePrice"),
        "Strike Currency": contract.text("exercisePriceCurCd"),
        "Notional (USD)": notional,
        "Notional in Local Currency": foreign,
        "Delta": contract.number("delta"),
        "Underlying": _underlying(contract),
        "Unrealized Gain (USD)": contract.number("unrealizedAppr"),
    }
    return [cells.get(str(h)) for h in _HEADER]


def _contract(own: _Fields) -> tuple[str, _Fields]:
    """Give the name and the terms of the contract that a derivative is."""
    info = own.inner("derivativeInfo")
    for kind in _CONTRACTS:
        contract = info.inner(kind)
        if contract.element is not None:
            return kind, contract
    return "", _Fields()


def _identifiers(own: _Fields) -> dict[str, Value]:
    found: dict[str, Value] = {"CUSIP": own.text("cusip")}
    codes = own.inner("identifiers").element
    for child in codes if codes is not None else ():
        # Codes of other kinds come with words for their kind.
        words = f"{local(child.tag)} {child.get('otherDesc') or ''}".upper()
        kinds = ("ISIN", "CUSIP", "SEDOL", "FIGI", "TICKER")
        kind = next((k for k in kinds if k in words), None)
        if kind:
            header = "Ticker" if kind == "TICKER" else kind
            found[header] = found.get(header) or _known(child.get("value"))
    return found


def _asset_class(own: _Fields, kind: str, contract: _Fields) -> str | None:
    code = own.text("assetCat") or own.attribute("assetConditional", "assetCat")
    words = own.attribute("assetConditional", "desc")
    if kind:
        element = contract.element
        category = "" if element is None else element.get("derivCat") or ""
        # FX forwards are of the category FWD too.
        return _CATEGORIES.get(category if kind != "fwdDeriv" else "", _CONTRACTS[kind])
    if code in _DERIVATIVES:
        return _CONTRACTS["othDeriv"]
    issuer = own.text("issuerCat") or own.attribute("issuerConditional", "issuerCat")
    is_fund = issuer in _FUND_ISSUERS and code in {"EC", "EP", "OTHER", None}
    if is_fund or _FUND_WORDS.search(words or ""):
        return f"Fund ({words})" if words else "Fund"
    return _CLASSES.get(code or "") or words or code


def _unit(own: _Fields) -> str | None:
    code = own.text("units") or ""
    return _UNITS.get(code) or own.text("descOthUnits") or code or None


def _side(own: _Fields, contract: _Fields) -> str | None:
    said = contract.first("writtenOrPur", "payOffProf") or own.text("payoffProfile")
    return _SIDES.get((said or "").casefold())


def _notional(kind: str, contract: _Fields) -> tuple[Value, str | None]:
    """Give the notional in dollars, or else the amount with its currency.

    Rates of exchange are of no help: filers write them in either direction.
    """
    legs = [("notionalAmt", "curCd")]
    if kind == "fwdDeriv":
        legs = [("amtCurPur", "curPur"), ("amtCurSold", "curSold")]
    foreign = None
    for amount, currency in legs:
        code, number = contract.text(currency), contract.number(amount)
        if number is not None and code in {"USD", None}:
            return number, None
        if number is not None:
            foreign = foreign or f"{contract.text(amount)} {code}"
    return None, foreign


def _pair(contract: _Fields) -> str | None:
    bought, sold = contract.text("curPur"), contract.text("curSold")
    return f"FX forward {bought}/{sold}" if bought and sold else None


def _underlying(contract: _Fields) -> str | None:
    described = contract.inner("descRefInstrmnt")
    single = described.inner("otherRefInst").first("issueTitle", "issuerName")
    return single or described.inner("indexBasketInfo").text("indexName")
