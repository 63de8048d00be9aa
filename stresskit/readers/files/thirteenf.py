"""Form 13F of the SEC: what a manager held of US securities at a quarter's end."""

from __future__ import annotations

import datetime as dt
import re
import statistics
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from stresskit.errors import HoldingsError
from stresskit.readers.cells import Value
from stresskit.readers.files.grids import Grid
from stresskit.readers.files.html import read_html_grids
from stresskit.readers.files.nport import submitted_documents
from stresskit.readers.files.spreadsheetml import plain_number, xml_events
from stresskit.readers.files.xml import local

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# From this day on filers give dollars; before, thousands of dollars.
_DOLLARS_SINCE = dt.date(2023, 1, 3)
# The first quarter that is reported after that day.
_DOLLARS_QUARTER = dt.date(2022, 12, 31)
_ENOUGH_PRICES = 5
# Exchanges delist shares below a dollar; as thousands, 0.5 is 500 dollars a share.
_LOWEST_PRICE = 0.5
# As thousands this is 5,000 dollars a share, which hardly any costs.
_HIGHEST_IN_THOUSANDS = 5.0
_KEPT = frozenset({"infoTable", "headerData", "formData", "schemaVersion"})
_HEADER = ("Name", "Title of Class", "Asset Class", "CUSIP", "FIGI", "Quantity")
_FIELDS = {
    "Name": "nameOfIssuer",
    "Title of Class": "titleOfClass",
    "CUSIP": "cusip",
    "FIGI": "figi",
    "Quantity": "sshPrnamt",
    "SH/PRN": "sshPrnamtType",
    "Put/Call": "putCall",
    "Discretion": "investmentDiscretion",
    "Other Manager": "otherManager",
}
_WARRANT = re.compile(r"\*?\bw\b.*exp|\bwarr?a?n?ts?\b|\bwts?\b", re.IGNORECASE)
_CLASSES = (
    (_WARRANT, "Warrant"),
    (re.compile(r"\bnotes?\b|\bdbcv\b|\bdebt|\bbonds?\b|%", re.IGNORECASE), "Bond"),
    (re.compile(r"\brights?\b|\*r\b", re.IGNORECASE), "Rights"),
    (re.compile(r"\bet[fn]s?\b|\bfunds?\b|\bfd\b", re.IGNORECASE), "Fund"),
    (
        re.compile(
            r"\bcom(mon)?\b|\bcl(ass)? ?[a-z]\b|\bord\b|\badrs?\b|\bads\b|\bpfd\b|"
            r"\bpref|\bstock\b|\bcap stk\b",
            re.IGNORECASE,
        ),
        "Equity",
    ),
)
# Headers of the page on sec.gov, their two or three rows joined.
_COLUMNS = (
    (re.compile(r"name of issuer"), "nameOfIssuer"),
    (re.compile(r"title of class"), "titleOfClass"),
    (re.compile(r"cusip"), "cusip"),
    (re.compile(r"figi"), "figi"),
    (re.compile(r"\bvalue\b"), "value"),
    (re.compile(r"prn amt|prn\. amt|shrs or"), "sshPrnamt"),
    (re.compile(r"sh ?/ ?prn"), "sshPrnamtType"),
    (re.compile(r"put ?/ ?call"), "putCall"),
    (re.compile(r"discretion"), "investmentDiscretion"),
    (re.compile(r"other manager"), "otherManager"),
)
_HEADER_LINE = re.compile(r"^[ \t]*([A-Z][A-Z ]{3,40}):[ \t]*(\S.*)", re.MULTILINE)
_COMMAS = re.compile(r"\d{1,3}(,\d{3})+")
_HINT = "Give the information table of the filing (XML), or the full submission (.txt)."

Entry = dict[str, str]


@dataclass(frozen=True)
class _Cover:
    """What stands around a table; ``unit`` is what the page's header says."""

    manager: str | None = None
    period: dt.date | None = None
    filed: dt.date | None = None
    signed: dt.date | None = None
    schema: str | None = None
    unit: str | None = None
    total: Value = None
    entries: str | None = None
    report: str = ""
    amendment: str | None = None


@dataclass
class _Filing:
    cover: _Cover
    tables: list[list[Entry]] = field(default_factory=list)


def read_13f_grids(content: bytes) -> list[Grid]:
    """Read the information tables of a Form 13F: XML, full submission or web page.

    Parameters
    ----------
    content : bytes
        The file.

    Raises
    ------
    HoldingsError
        If it is damaged or has no information table.

    Examples
    --------
    >>> one = "<cusip>037833100</cusip><value>191450</value>"
    >>> one += "<shrsOrPrnAmt><sshPrnamt>1000</sshPrnamt></shrsOrPrnAmt>"
    >>> page = f"<informationTable><infoTable>{one}</infoTable></informationTable>"
    >>> read_13f_grids(page.encode())[0].rows[1]
    ['Unit', 'USD (nothing states it; the median price is 191)']
    """
    head = content[:4000].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if re.match(rb"<!doctype html|<html|<head|<table", head):
        return _of_page(content)
    filing = _Filing(_header_of(content))
    for document in submitted_documents(content):
        _read(document, filing)
    if not any(filing.tables):
        raise _no_table(filing, content)
    cover = filing.cover
    if len(filing.tables) > 1:
        # The totals are those of all tables together.
        cover = replace(cover, total=None, entries=None)
    alone = len(filing.tables) == 1
    return [
        _grid(entries, cover, None if alone else f"Information table {n}")
        for n, entries in enumerate(filing.tables, 1)
    ]


def _no_table(filing: _Filing, content: bytes) -> HoldingsError:
    cover = filing.cover
    what, hint = "The file has no information table of Form 13F", _HINT
    if filing.tables:
        what = "The information table of the filing is empty"
    elif "NOTICE" in cover.report.upper() or "13F-NT" in cover.report:
        what = "The filing is a notice: other managers report its holdings"
        hint = "Give the filing of the manager that reports them."
    elif b"<TABLE>" in content:
        what = "The filing has its table as plain text, as those before 2013 do"
        hint = "Copy the table into a .csv or .xlsx file."
    elif cover.schema or cover.period:
        what = "The file is the cover page of a Form 13F, without the holdings"
    return HoldingsError(f"{what}.", hint=hint, code="no-table")


def _header_of(content: bytes) -> _Cover:
    """Read the header of a full submission: it alone has the day of filing."""
    stop = content.find(b"<DOCUMENT>")
    head = content[: min(stop, 20_000)].decode("latin-1") if stop > 0 else ""
    fields: dict[str, str] = {}
    for key, text in _HEADER_LINE.findall(head):
        fields.setdefault(key, text.strip())
    return _Cover(
        manager=fields.get("COMPANY CONFORMED NAME"),
        period=_date(fields.get("CONFORMED PERIOD OF REPORT")),
        filed=_date(fields.get("FILED AS OF DATE")),
        report=fields.get("CONFORMED SUBMISSION TYPE", ""),
    )


def _date(text: str | None) -> dt.date | None:
    """Read a day as the SEC writes it: 12-31-2023, 20231231 or 2023-12-31."""
    bare = (text or "").strip()
    american = re.fullmatch(r"(\d\d)[-/](\d\d)[-/](\d{4})", bare)
    bare = f"{american[3]}-{american[1]}-{american[2]}" if american else bare
    try:
        return dt.date.fromisoformat(bare)
    except ValueError:
        return None


def _read(document: bytes, filing: _Filing) -> None:
    """Add a document's entries, or what it says as a cover page."""
    root = ""
    entries: list[Entry] = []
    for event, element in xml_events(document, _KEPT):
        name = local(element.tag)
        root = root or name
        if root not in {"informationTable", "edgarSubmission"}:
            return
        if event == "start":
            continue
        if name == "infoTable":
            entries.append(_texts(element))
        elif name in _KEPT:
            filing.cover = _with_page(filing.cover, element)
    if root == "informationTable":
        filing.tables.append(entries)


def _texts(element: Element) -> Entry:
    """Give the texts of an element's inner elements by name, the first of each."""
    found: Entry = {}
    for child in element.iter():
        text = (child.text or "").strip()
        if text:
            found.setdefault(local(child.tag), text)
    return found


def _with_page(cover: _Cover, element: Element) -> _Cover:
    """Complete what is known by a part of the cover page."""
    texts = _texts(element)
    # Other managers and the signer have names too.
    manager = next(
        (_texts(e).get("name") for e in element.iter() if _is_manager(e)), None
    )
    period = texts.get("periodOfReport") or texts.get("reportCalendarOrQuarter")
    report = texts.get("reportType") or texts.get("submissionType") or ""
    return replace(
        cover,
        manager=manager or cover.manager,
        period=cover.period or _date(period),
        signed=cover.signed or _date(texts.get("signatureDate")),
        schema=texts.get("schemaVersion") or cover.schema,
        total=plain_number(texts.get("tableValueTotal")) or cover.total,
        entries=texts.get("tableEntryTotal") or cover.entries,
        report=f"{cover.report} {report}".strip(),
        # New holdings are what an earlier filing left out, not the portfolio.
        amendment=texts.get("amendmentType") or cover.amendment,
    )


def _is_manager(element: Element) -> bool:
    return local(element.tag) == "filingManager"


def _of_page(content: bytes) -> list[Grid]:
    """Read the web page that sec.gov shows for an information table."""
    found = []
    for grid in read_html_grids(content):
        row = next((r for r, cells in enumerate(grid.rows) if _heads(cells)), None)
        if row is not None:
            found.append(_of_rows(grid.rows, row, grid.sheet))
    if not found:
        raise HoldingsError(
            "The web page has no information table of Form 13F.",
            hint=_HINT,
            code="no-table",
        )
    return found


def _heads(cells: list[Value]) -> bool:
    texts = {str(v).casefold() for v in cells if v is not None}
    return {"name of issuer", "cusip"} <= texts


def _of_rows(rows: list[list[Value]], header: int, sheet: str | None) -> Grid:
    """Join the rows of headers and name the cells below them as the XML does."""
    above = rows[max(header - 1, 0) : header + 1]
    width = max(len(cells) for cells in above)
    heads = [" ".join(_text(cells, i) for cells in above) for i in range(width)]
    heads = [" ".join(h.casefold().split()) for h in heads]
    columns: dict[int, str] = {}
    for pattern, name in _COLUMNS:
        place = next((i for i, h in enumerate(heads) if pattern.search(h)), None)
        if place is not None:
            columns.setdefault(place, name)
    entries = []
    for cells in rows[header + 1 :]:
        entry = {name: t for i, name in columns.items() if (t := _text(cells, i))}
        if "nameOfIssuer" in entry and ("value" in entry or "sshPrnamt" in entry):
            entries.append(entry)
    heading = " ".join(heads)
    unit = "thousand" if re.search(r"x ?\$?1,?000|thousand", heading) else None
    unit = unit or ("dollar" if "nearest dollar" in heading else None)
    return _grid(entries, _Cover(unit=unit), sheet)


def _text(cells: list[Value], index: int) -> str:
    text = "" if index >= len(cells) or cells[index] is None else str(cells[index])
    return text.replace(",", "") if _COMMAS.fullmatch(text) else text


def _grid(entries: list[Entry], cover: _Cover, sheet: str | None) -> Grid:
    thousands, why = _unit(entries, cover)
    value = "Market Value (USD thousand)" if thousands else "Market Value (USD)"
    headers = [*_HEADER, "SH/PRN", value, "Put/Call", "Discretion", "Other Manager"]
    rows: list[list[Value]] = []
    for entry in entries:
        cells: dict[str, Value] = {h: entry.get(f) for h, f in _FIELDS.items()}
        cells["Quantity"] = plain_number(entry.get("sshPrnamt"))
        cells["Asset Class"] = _asset_class(entry)
        cells[value] = plain_number(entry.get("value"))
        rows.append([cells[h] for h in headers])
    above = _preamble(entries, cover, thousands=thousands)
    unit = f"USD{' thousands' if thousands else ''} ({why})"
    return Grid(sheet=sheet, rows=[*above, ["Unit", unit], [*headers], *rows])


def _preamble(
    entries: list[Entry], cover: _Cover, *, thousands: bool
) -> list[list[Value]]:
    total = cover.total
    if isinstance(total, float) and thousands:
        added = sum(_amount(e, "value") for e in entries)
        # Some who give thousands in the table give dollars in the total.
        total = total if total > 100 * added > 0 else total * 1000
    stated = f"{cover.entries} stated, {len(entries)} read" if cover.entries else None
    found: list[list[Value]] = [
        ["Portfolio Name", cover.manager],
        ["As of", cover.period.isoformat() if cover.period else None],
        ["Total Value (USD)", total],
        ["Entries", stated],
        ["Amendment", cover.amendment],
        ["Base Currency", "USD"],
    ]
    if any("putCall" in e for e in entries):
        # The form asks for this, so that no premium is to be found in it.
        found.append(["Options", "at the worth of the shares they are on"])
    return [row for row in found if row[1] is not None]


def _asset_class(entry: Entry) -> str | None:
    """Name the class that an entry states; a title such as SHS states none."""
    if "putCall" in entry:
        return "Option"
    if entry.get("sshPrnamtType", "").upper() == "PRN":
        return "Bond"
    title = _title(entry)
    return next((words for pattern, words in _CLASSES if pattern.search(title)), None)


def _title(entry: Entry) -> str:
    return entry.get("titleOfClass", "")[:200]


def _amount(entry: Entry, name: str) -> float:
    number = plain_number(entry.get(name))
    return number if isinstance(number, float) else 0.0


def _prices(entries: list[Entry]) -> list[float]:
    """Divide values by numbers of shares, where those are shares."""
    prices = []
    for entry in entries:
        title = _title(entry)
        is_share = entry.get("sshPrnamtType", "SH").upper() == "SH"
        # Warrants and rights are worth cents and would look like thousands.
        if not is_share or "putCall" in entry or _WARRANT.search(title):
            continue
        value, shares = _amount(entry, "value"), _amount(entry, "sshPrnamt")
        if value > 0 and shares > 0:
            prices.append(value / shares)
    return prices


def _stated_unit(cover: _Cover) -> tuple[bool, str] | None:
    """Give the unit that the form has by its header, version or day."""
    if cover.unit:
        return cover.unit == "thousand", "its header says so"
    for day, word in ((cover.filed, "filed"), (cover.signed, "signed")):
        if day:
            old = day < _DOLLARS_SINCE
            return old, f"{word} {day}, {'before' if old else 'not before'} 2023-01-03"
    if cover.schema and re.fullmatch(r"X\d{4}", cover.schema):
        return cover.schema < "X0200", f"version {cover.schema} of the form"
    if cover.period:
        old = cover.period < _DOLLARS_QUARTER
        return old, f"the quarter ended {'before' if old else 'not before'} 2022-12-31"
    return None


def _unit(entries: list[Entry], cover: _Cover) -> tuple[bool, str]:
    """Say whether values are thousands, and by what; prices overrule the form.

    Thousands of filings since 2023 still give thousands. Few prices prove nothing:
    then the form decides, if anything says which it is.
    """
    prices = _prices(entries)
    median = statistics.median(prices) if prices else 0.0
    stated = _stated_unit(cover)
    if stated is None:
        if not prices:
            return False, "nothing states it"
        why = f"nothing states it; the median price is {median:.3g}"
        return median < _LOWEST_PRICE, why
    thousands, why = stated
    if len(prices) >= _ENOUGH_PRICES:
        if not thousands and median < _LOWEST_PRICE:
            return True, f"though {why}: as dollars the median price is {median:.2g}"
        if thousands and median > _HIGHEST_IN_THOUSANDS:
            why = f"though {why}: as thousands the median price is {1000 * median:,.0f}"
            return False, why
    return thousands, why
