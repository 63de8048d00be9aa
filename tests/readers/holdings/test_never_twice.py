"""No amount counts twice and none is lost, unless an issue says why.

Tables are made of positions with totals of every kind at every place. What the file
is worth is known from how it was made: the market values add up to it, or some issue
names a difference.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stresskit.errors import InputError
from stresskit.model import Portfolio
from stresskit.readers import read_holdings_file

_ISINS = (
    *("US0378331005", "US5949181045", "US67066G1040", "US88160R1014", "US0231351067"),
    *("DE0007164600", "DE0008404005", "DE000BASF111", "DE0007236101", "DE0008430026"),
    *("NL0010273215", "FR0000120271", "FR0000120073", "GB00B10RZP78", "GB00BP6MXD84"),
    *("CH0038863350", "ES0113900J37", "ES0144580Y14", "IE00B4L5Y983", "JP3633400001"),
)
_NAMES = (
    *("Alpha Industries", "Beta Holding AG", "Gamma Inc", "TotalEnergies SE", "Delta"),
    *("Epsilon Group", "Zeta Systems", "Eta Pharma", "Theta Motors", "Iota Foods"),
    *("Kappa Energy", "Lambda Labs", "Mu Software", "Nu Retail", "Xi Airlines"),
    *("Omicron Bank", "Pi Insurance", "Rho Steel", "Sigma Chemicals", "Tau Media"),
)
# Issues that own up to a row counted, left out or doubted, with its row and money.
_TELLING = frozenset(
    {
        "total",  # the sum is not what the file states
        "total-differs",  # a row with a total's words that nothing adds up to
        "total-by-sum",  # a row without a total's words that others add up to
        "no-name",  # an amount beside no name that is no total
        "second-table",  # a table that was not read
        "several-sheets",  # a sheet that was not read
        "repeated-rows",  # a block under a repeated header that was counted once
        "duplicate-rows",  # the same line twice
        "value-mismatch",  # the value is not quantity times price
        "not-a-number",  # an amount that could not be read
    }
)
_CLASSES = ("Equities", "Aktien", "Bonds", "Fixed Income", "Funds", "Anleihen", "ETFs")
_TOTALS = ("Total", "Grand Total", "Summe", "Gesamtsumme", "Total général", "TOTAL:")
_SUBTOTALS = ("Total {}", "Subtotal {}", "Summe {}", "Zwischensumme", "Subtotal", "{}")
_SETTINGS = settings(
    deadline=None,
    derandomize=True,
    max_examples=300,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class _Holding:
    """A position of a made file; ``code`` is empty where only its name is known."""

    name: str
    code: str
    quantity: int
    price: int
    cents: int

    @property
    def value(self) -> float:
        """Quantity times price; prices have cents."""
        return round(self.quantity * (100 * self.price + self.cents) / 100, 2)


@dataclass(frozen=True)
class _Style:
    """How a made file shows what it holds."""

    columns: tuple[str, ...]
    nested: str = "none"
    grand: str = "none"
    word: str = "Total"
    part: str = "Total {}"
    label_at: str = "name"
    titles: bool = False
    blanks: bool = False
    headers: bool = False
    accounts: bool = False
    sections: tuple[tuple[str, tuple[_Holding, ...]], ...] = field(default=())


_HEADERS = {
    "account": "Account",
    "name": "Name",
    "code": "ISIN",
    "kind": "Sector",
    "quantity": "Quantity",
    "price": "Price",
    "value": "Market Value (EUR)",
}


def _amount(number: float) -> str:
    return f"{number:.2f}"


def _row(style: _Style, **cells: str) -> list[str]:
    return [cells.get(c, "") for c in style.columns]


def _line(style: _Style, held: _Holding, account: str) -> list[str]:
    return _row(
        style,
        account=account,
        name=held.name,
        code=held.code,
        kind="",
        quantity=str(held.quantity),
        price=_amount(held.price + held.cents / 100),
        value=_amount(held.value),
    )


def _total(style: _Style, label: str, held: tuple[_Holding, ...]) -> list[str]:
    value = _amount(sum(h.value for h in held))
    if style.label_at == "nowhere":
        return _row(style, value=value)
    return _row(style, **{style.label_at: label, "value": value})


def _rows(style: _Style) -> list[list[str]]:
    """Lay the sections out in rows, in the style asked for."""
    header = [_HEADERS[c] for c in style.columns]
    everything = tuple(h for _, held in style.sections for h in held)
    out = [header]
    if style.grand == "above":
        out.append(_total(style, style.word, everything))
    for number, (title, held) in enumerate(style.sections):
        if style.blanks and number:
            out.append([])
        if style.headers and number:
            out.append(header)
        if style.titles:
            out.append([title])
        part = _total(style, style.part.format(title), held)
        if style.nested == "above":
            out.append(part)
        account = f"A-{number + 1}" if style.accounts else ""
        out += [_line(style, h, account) for h in held]
        if style.nested == "below":
            out.append(part)
    if style.grand == "below":
        if style.blanks:
            out.append([])
        out.append(_total(style, style.word, everything))
    return out


def _text(rows: list[list[str]]) -> str:
    return "".join(";".join(row) + "\n" for row in rows)


def _read(text: str) -> Portfolio | None:
    """Read a text; None where it is refused, which loses nothing in silence."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.csv"
        path.write_text(text, encoding="utf-8")
        try:
            return read_holdings_file(path)
        except InputError:
            return None


def _told(read: Portfolio) -> set[str]:
    return {i.code for i in read.issues} & _TELLING


def _wrong(read: Portfolio | None, worth: float) -> str | None:
    """Return a sum that is untrue with no issue that owns up to it; None if none."""
    if read is None:
        return "refused"
    found = read.total_value or 0.0
    if found == pytest.approx(worth, rel=1e-9, abs=1e-6) or _told(read):
        return None
    said = [f"{i.code}: {i.message}" for i in read.issues]
    return f"{found} instead of {worth}, and only {said} said"


@st.composite
def _holdings(draw: st.DrawFn, *, least: int = 2, most: int = 10) -> list[_Holding]:
    count = draw(st.integers(least, most))
    codes = draw(st.permutations(_ISINS))[:count]
    names = draw(st.permutations(_NAMES))[:count]
    # Without quantities no row tells that codes would be usual.
    coded = draw(st.sampled_from(("all", "most", "none")))
    out = []
    for n, (name, code) in enumerate(zip(names, codes, strict=True)):
        shown = coded == "all" or (coded == "most" and n != 0)
        quantity = draw(st.integers(1, 5_000))
        price = draw(st.integers(2, 900))
        cents = draw(st.sampled_from((0, 0, 5, 37, 99)))
        short = draw(st.integers(0, 9)) == 0
        out.append(
            _Holding(
                name,
                code if shown else "",
                -quantity if short else quantity,
                price,
                cents,
            )
        )
    return out


@st.composite
def _styles(draw: st.DrawFn) -> _Style:
    held = draw(_holdings())
    cuts = sorted(draw(st.sets(st.integers(1, len(held) - 1), max_size=3)))
    titles = draw(st.permutations(_CLASSES))
    edges = [0, *cuts, len(held)]
    sections = tuple(
        (title, tuple(held[a:b]))
        for title, a, b in zip(titles, edges, edges[1:], strict=False)
    )
    accounts = draw(st.booleans())
    amounts = draw(st.sampled_from((("quantity", "price"), ("quantity",), ())))
    columns = ("name", "code", "kind", *amounts, "value")
    if draw(st.booleans()):
        columns = ("code", "name", "kind", *amounts, "value")
    if accounts:
        columns = ("account", *columns)
    return _Style(
        columns=columns,
        nested=draw(st.sampled_from(("none", "above", "below"))),
        grand=draw(st.sampled_from(("none", "above", "below", "below"))),
        word=draw(st.sampled_from(_TOTALS)),
        part=draw(st.sampled_from(_SUBTOTALS)),
        label_at=draw(
            st.sampled_from(("name", "name", "code", "kind", columns[0], "nowhere"))
        ),
        titles=draw(st.booleans()),
        blanks=draw(st.booleans()),
        headers=draw(st.booleans()),
        accounts=accounts,
        sections=sections,
    )


def _worth(style: _Style) -> float:
    return sum(h.value for _, held in style.sections for h in held)


@settings(_SETTINGS, max_examples=600)
@given(_styles())
def test_totals_anywhere_are_not_counted(style):
    """Totals of any kind at any place leave the sum of the positions as it is."""
    text = _text(_rows(style))
    assert _wrong(_read(text), _worth(style)) is None, text


@_SETTINGS
@given(_styles(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(style, draw):
    """Positions in another order, under one total, are worth the same."""
    held = [h for _, held in style.sections for h in held]
    draw.shuffle(held)
    grand = "below" if style.grand == "none" else style.grand
    plain = replace(style, nested="none", titles=False, headers=False, grand=grand)
    shuffled = replace(plain, sections=(("Equities", tuple(held)),))
    text = _text(_rows(shuffled))
    assert _wrong(_read(text), _worth(style)) is None, text


@_SETTINGS
@given(_styles(), st.randoms(use_true_random=False))
def test_totals_that_lost_their_place_are_said(style, draw):
    """Rows shuffled with their totals among them give the sum, or say what is wrong."""
    header, *rows = _rows(replace(style, headers=False, blanks=False, titles=False))
    draw.shuffle(rows)
    text = _text([header, *rows])
    assert _wrong(_read(text), _worth(style)) is None, text


@_SETTINGS
@given(_styles(), st.data())
def test_a_total_that_does_not_fit_is_said(style, data):
    """A value that is blank or changed after the total was drawn up is an issue."""
    rows = _rows(replace(style, grand="below", label_at="name", headers=False))
    names = {h.name for _, held in style.sections for h in held}
    lines = [n for n, r in enumerate(rows) if set(r) & names]
    at = data.draw(st.sampled_from(lines))
    old = float(rows[at][-1])
    rows[at][-1] = data.draw(st.sampled_from(("", "n/a", "n.n.", "1.00")))
    new = float(rows[at][-1]) if rows[at][-1] == "1.00" else 0.0
    text = _text(rows)
    read = _read(text)
    if read is None:
        return
    found = read.total_value or 0.0
    # The blank one may be quantity times price again.
    sums = {round(_worth(style), 2), round(_worth(style) - old + new, 2)}
    told = [f"{i.code}: {i.message}" for i in read.issues]
    # A difference of less than 0.05% is one of rounding.
    slight = 5e-4 * max(abs(_worth(style)), 1.0)
    near = any(abs(found - known) <= slight for known in sums)
    assert near or _told(read), f"{found} of {sums}, {told}:\n{text}"
    if old != new and abs(found - _worth(style)) > slight:
        warned = {i.code for i in read.issues if i.severity in {"error", "warning"}}
        assert warned & {*_TELLING, "no-value"}, f"{found}, only {told} said:\n{text}"


@_SETTINGS
@given(_styles(), st.booleans())
def test_a_file_in_two_tables_is_worth_the_same(style, blank):
    """The same positions below two headers are all read, or a table is named."""
    held = [h for _, held in style.sections for h in held]
    half = max(1, len(held) // 2)
    plain = replace(style, nested="none", titles=False, headers=False, grand="none")
    parts = [
        _rows(replace(plain, sections=(("Equities", tuple(part)),)))
        for part in (held[:half], held[half:])
    ]
    between = [[]] if blank else []
    # A header of its own words makes it another table and no new page.
    parts[1][0] = [
        "Holding" if cell == "Name" else "Shares" if cell == "Quantity" else cell
        for cell in parts[1][0]
    ]
    text = _text([*parts[0], *between, *parts[1]])
    assert _wrong(_read(text), _worth(style)) is None, text


@_SETTINGS
@given(_styles(), st.booleans())
def test_the_same_rows_a_second_time_count_once(style, blank):
    """Rows that stand again below the header repeated count once, or it is said."""
    plain = replace(style, nested="none", titles=False, headers=False, grand="none")
    rows = _rows(plain)
    between = [[]] if blank else []
    text = _text([*rows, *between, *rows])
    assert _wrong(_read(text), _worth(style)) is None, text


@_SETTINGS
@given(_styles(), st.data())
def test_a_row_written_twice_is_said(style, data):
    """A position that stands twice, cell by cell, is worth two and an issue says so."""
    plain = replace(style, nested="none", titles=False, headers=False, grand="none")
    header, *rows = _rows(plain)
    rows = [r for r in rows if any(r)]
    again = data.draw(st.sampled_from(rows))
    text = _text([header, *rows, again])
    assert _wrong(_read(text), _worth(style)) is None, text


@settings(_SETTINGS, max_examples=12)
@given(_styles(), st.booleans())
def test_a_second_sheet_with_the_same_rows_counts_once(style, totals):
    """A copy of the sheet, with other totals or none, adds nothing."""
    book = openpyxl.Workbook()
    book.active.title = "Positions"
    other = book.create_sheet("Copy")
    bare = replace(style, nested="none", grand="none", titles=False)
    for sheet, laid in ((book.active, style), (other, style if totals else bare)):
        for row in _rows(laid):
            cells = [float(v) if _is_amount(v) else v or None for v in row]
            sheet.append(cells)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.xlsx"
        book.save(path)
        read = read_holdings_file(path)
    assert _wrong(read, _worth(style)) is None, _text(_rows(style))


def _is_amount(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        (
            (
                "Name;ISIN;Market Value (EUR)\nZwischensumme;;2.00\n"
                "Alpha;US0378331005;2.00\nZwischensumme;;2.05\nBeta;US5949181045;2.05\n"
                "Total général;;4.05\n"
            ),
            4.05,
        ),
        (
            (
                "Name;ISIN;Market Value (EUR)\nSAP;DE0007164600;600.00\n"
                "Allianz;DE0008404005;\nBASF;DE000BASF111;400.00\n"
                "TOTAL CARTERA;;1300.00\n"
            ),
            1000.0,
        ),
        (
            (
                "Nome;Foo;Simbolo;Valore (EUR)\nENI;x;100.5;600.00\n"
                "ENEL;y;50.25;400.00\n;TOTALE;150.75;1000.00\n"
            ),
            1000.0,
        ),
    ],
    ids=["subtotals-of-one-row", "a-blank-value", "a-total-under-another-header"],
)
def test_files_that_counted_twice(text, worth):
    """Small files whose totals were counted as positions, found by damaging others."""
    assert _wrong(_read(text), worth) is None, text
