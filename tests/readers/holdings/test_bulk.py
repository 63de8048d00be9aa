"""Long texts read in columns give what reading them row by row gives."""

from __future__ import annotations

import csv
import dataclasses
import io
from pathlib import Path
from random import Random
from typing import Any

import pytest
from stdnum import cusip, isin

from stresskit.core.identifiers import is_valid
from stresskit.errors import HoldingsError
from stresskit.model import Issue, Portfolio
from stresskit.readers import read_holdings_file
from stresskit.readers.holdings import checked, headers
from stresskit.readers.holdings import read as reading
from stresskit.readers.holdings.bulk import codes, issues, sketch
from stresskit.readers.holdings.bulk import read as bulk_read

NAMES = (
    *("Apple Inc", "Company 12 plc", "Nestle SA", "Total SA", "TotalEnergies SE"),
    *("Dollar General Corp", "Cash Converters 5", "Müller & Söhne AG", "Gold Fields"),
    *('Quoted "A", Inc', "Two\nlines Corp", "iShares Core UCITS ETF", "NVIDIA  Corp"),
    *("US Treasury 4.25% 15/11/2034", "Bund 2.5% 2031", "Call centre 24 AG"),
    *("NVDA MAR 21 2025 $130 CALL", "Bitcoin", "AMD", "SEK", "Barmittel", "3M Co"),
    *("Nil", "Putnam 100 Fund", "Options Clearing 7", "ISIN US0378331005 Apple"),
    *("Gold 12 physical", "FX Forward EUR/USD 3", "Bank Loan 2029", "Alpha/Beta 1"),
)
CASH = ("Cash USD", "Cash", "USD", "EUR Cash", "Lombardkredit 7", "Money Market 3")


def security(rng: Random) -> dict[str, str]:
    """Return a made-up security with codes."""
    body = f"{rng.choice(['US', 'DE', 'GB'])}{rng.randrange(10**9):09d}"
    number = f"{rng.randrange(10**8):08d}"
    return {
        "isin": body + isin.calc_check_digit(body),
        "cusip": number + cusip.calc_check_digit(number),
        "ticker": rng.choice(["AAPL", "BRK.B", "SAP GY", "7203.T", "NVDA UW Equity"]),
        "name": rng.choice(NAMES),
        "class": rng.choice(
            ["Equity", "Equity", "Bond", "Fund", "ETF", "Other", "Future"]
        ),
    }


class Writer:
    """Writes numbers in one of the usual styles."""

    def __init__(self, rng: Random) -> None:
        self.style = rng.choice(["plain", "plain", "thousands", "comma", "dollar"])
        self.delimiter = ";" if self.style == "comma" else rng.choice(",,;\t|")

    def number(self, value: float) -> str:
        """Return a number as the file writes it."""
        text = f"{value:.2f}"
        if self.style == "thousands":
            text = f"{value:,.2f}"
        if self.style == "dollar":
            text = f"(${abs(value):,.2f})" if value < 0 else f"${value:,.2f}"
        if self.style == "comma":
            text = f"{value:,.2f}".replace(",", "'").replace(".", ",").replace("'", ".")
        return text


def header_row(rng: Random) -> list[str]:
    """Return the headers of a file: some are there always, others sometimes."""
    codes = [
        *(["ISIN"], ["ISIN", "Ticker"], ["CUSIP", "ISIN"], ["Ticker"], []),
        *(["ISIN"], ["Identifier"], ["SEDOL", "Identifier"], ["FIGI"]),
    ]
    return [
        *(["Portfolio"] if rng.random() < 0.6 else []),
        *rng.choice(codes),
        *(["Name"] if rng.random() < 0.9 else []),
        *(["Asset Class"] if rng.random() < 0.7 else []),
        *(["Side"] if rng.random() < 0.2 else []),
        "Quantity",
        *(["Price"] if rng.random() < 0.8 else []),
        *(["Currency"] if rng.random() < 0.8 else []),
        *(["Market Value"] if rng.random() < 0.8 else []),
        *rng.choice([[], [], [], ["Local Market Value"], ["Value in kEUR"]]),
        *(["Exchange"] if rng.random() < 0.1 else []),
        *(["Notional"] if rng.random() < 0.1 else []),
        *(["Date"] if rng.random() < 0.1 else []),
        *(["Comment"] if rng.random() < 0.2 else []),
        *(["Weight (%)"] if rng.random() < 0.2 else []),
        *(["Maturity", "Coupon"] if rng.random() < 0.2 else []),
        *(["Sector", "Country"] if rng.random() < 0.2 else []),
    ]


class Book:
    """Rows of one made-up file; ``odd`` is how often something is wrong with one."""

    def __init__(self, rng: Random) -> None:
        self.rng, self.write = rng, Writer(rng)
        self.odd = rng.choice([0.0, 0.02, 0.05])
        self.columns = header_row(rng)
        self.known = [security(rng) for _ in range(rng.choice([3, 12, 400]))]
        all_of = [["USD"], ["USD", "EUR"], ["GBX", "USD"], ["CHF"]]
        self.currencies = rng.choice(all_of)
        self.cash = rng.choice([0.0, 0.0, 0.1])
        self.count = rng.randrange(150, 500)

    def row(self, n: int) -> tuple[list[str], float]:
        """Return a row and its true value."""
        cells, value = self.position(n)
        if self.rng.random() < self.cash:
            value = self.as_cash(cells)
        self.spoil(cells)
        row = [cells[c] for c in self.columns]
        if self.rng.random() < self.odd / 3:
            row.append(self.rng.choice(["note", ""]))
        if self.rng.random() < self.odd / 3:
            row = row[: self.rng.randrange(1, len(row) + 1)]
        return row, value

    def position(self, n: int) -> tuple[dict[str, str], float]:
        """Return the cells of a security, and what it is worth."""
        rng, number = self.rng, self.write.number
        one = rng.choice(self.known)
        quantity = float(rng.randrange(1, 5000)) * (-1 if rng.random() < 0.05 else 1)
        price, currency = rng.randrange(100, 50_000) / 100, rng.choice(self.currencies)
        value = quantity * price * (0.01 if one["class"] == "Bond" else 1.0)
        value /= 100 if currency == "GBX" and rng.random() < 0.5 else 1
        value *= 3 if rng.random() < self.odd / 2 else 1
        share = number(100 / self.count) + rng.choice(["", "%"])
        return {
            "Portfolio": f"PF{n // 60:03d}",
            "ISIN": one["isin"],
            "CUSIP": one["cusip"],
            "SEDOL": rng.choice(["2046251", "B15KXQ8", "B15KXQ9", ""]),
            "FIGI": rng.choice(["BBG000BLNNH6", "BBG000BLNNH7", ""]),
            "Identifier": rng.choice([one["isin"], one["ticker"], "X1"]),
            "Exchange": rng.choice(["NYSE", "Xetra", "", "Elsewhere"]),
            "Notional": rng.choice([number(100_000), ""]),
            "Date": rng.choice(["2024-12-31", "31/12/2024", "30.12.2024"]),
            "Comment": rng.choice(["", "-", "checked", "Total"]),
            "Ticker": one["ticker"],
            "Name": one["name"],
            "Asset Class": one["class"],
            "Side": rng.choice(["Long", "Short", "", "L"]),
            "Quantity": number(quantity),
            "Price": number(price),
            "Currency": currency,
            "Market Value": number(round(value, 2)),
            "Local Market Value": rng.choice([number(round(value, 2)), ""]),
            "Value in kEUR": number(round(value / 1000, 2)),
            "Weight (%)": share,
            "Maturity": rng.choice(["2031-05-01", "", "15.11.2034"]),
            "Coupon": number(rng.choice([2.5, 4.25])),
            "Sector": rng.choice(["IT", "-", "Energy"]),
            "Country": rng.choice(["US", "", "DE"]),
        }, value

    def as_cash(self, cells: dict[str, str]) -> float:
        """Make a line of cash of a security."""
        amount = self.rng.randrange(1, 5000)
        cells |= {"ISIN": "", "CUSIP": "-", "Ticker": "", "Asset Class": "Cash"}
        cells |= {"Name": self.rng.choice(CASH), "Price": self.rng.choice(["1", ""])}
        cells |= dict.fromkeys(("Quantity", "Market Value"), self.write.number(amount))
        return float(amount)

    def spoil(self, cells: dict[str, str]) -> None:
        """Write something wrong or odd into some cells."""
        rng = self.rng
        numbers = ["n/a", "abc", "", "#N/A", "1,2,3", "0,123", "12,5", "1e3", "-", "<5"]
        codes = ["US0378331009", "us0378331005", "n/a", "AAPL", "US 0378331005", "0"]
        if rng.random() < self.odd:
            where = rng.choice(["Quantity", "Price", "Market Value"])
            cells[where] = rng.choice(numbers)
        if rng.random() < self.odd:
            cells["ISIN"] = rng.choice(codes)
        if rng.random() < self.odd:
            cells["Currency"] = rng.choice(["XYZ", "", "Euro", "usd"])

    def total(self, label: str, amount: float) -> list[str]:
        """Return a row of a total."""
        cells = {"Name": label, "Market Value": self.write.number(round(amount, 2))}
        return [cells.get(c, "") for c in self.columns]


def made_up(seed: int) -> bytes:
    """Return a file of positions with the oddities of real ones."""
    rng = Random(seed)  # noqa: S311 - made-up files, not secrets
    book = Book(rng)
    out = io.StringIO()
    table = csv.writer(out, delimiter=book.write.delimiter, lineterminator="\n")
    if rng.random() < 0.3:
        out.write("Demo Fund\nAs of 31 December 2024\n\n")
    table.writerow(book.columns)
    total = block = 0.0
    for n in range(book.count):
        row, value = book.row(n)
        total, block = total + value, block + value
        table.writerow(row)
        if rng.random() < book.odd / 4:
            out.write(rng.choice(["\n", "\n\n", "  \n", "Equities\n", "Note: x\n"]))
        if rng.random() < book.odd / 200:
            table.writerow(book.columns)
        if rng.random() < book.odd / 200:
            out.write(rng.choice(["Account: 12\n", "Short positions\n", "Futures\n"]))
        if seed % 3 == 0 and n % 60 == 59:
            table.writerow(book.total("Subtotal", block))
            block = 0.0
    if seed % 2:
        table.writerow(book.total("Total", total))
    encoding = rng.choice(["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    ends = "\r\n" if rng.random() < 0.3 else "\n"
    return out.getvalue().replace("\n", ends).encode(encoding)


@pytest.fixture
def short_heads(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Let small files be read in columns, and note which could be."""
    done: list[bool] = []
    # The checks of columns look at the first rows alone, and so must find them all.
    for module in (headers, checked):
        monkeypatch.setattr(module, "_LOOKED_AT", 40)
    monkeypatch.setattr(sketch, "HEAD_ROWS", 60)
    monkeypatch.setattr(bulk_read, "HEAD_ROWS", 60)
    monkeypatch.setattr(sketch, "_SAMPLE_ROWS", 5)
    monkeypatch.setattr(sketch, "_TAIL_ROWS", 5)
    monkeypatch.setattr(issues, "SHOWN", 10**6)

    inner = bulk_read._read  # noqa: SLF001 - what says why a file is left

    def noted(*given: Any) -> Any:
        try:
            found = inner(*given)
        except bulk_read.Unfit as error:
            done.append(str(error))
            return None
        done.append("")
        return found

    monkeypatch.setattr(bulk_read, "read_in_bulk", noted)
    monkeypatch.setattr("stresskit.readers.holdings.bulk.read_in_bulk", noted)
    return done


def both(
    path: Path, monkeypatch: pytest.MonkeyPatch, **given: Any
) -> tuple[Portfolio | str, Portfolio | str]:
    """Read a file in columns and row by row; a refusal comes as its text."""
    found: list[Portfolio | str] = []
    for lines in (10, 10**9):
        monkeypatch.setattr(reading, "LONG_TEXT_LINES", lines)
        try:
            found.append(read_holdings_file(path, **given))
        except HoldingsError as error:
            found.append(f"{error.code}: {error}")
    return found[0], found[1]


def plain(issue: Issue) -> tuple[object, ...]:
    """Return an issue with its money rounded."""
    money = None if issue.money is None else f"{issue.money:.6g}"
    return tuple(map(str, (*dataclasses.astuple(issue)[:-1], money)))


def differences(one: Portfolio | str, two: Portfolio | str) -> list[str]:
    """Name what two readings of one file differ in."""
    if isinstance(one, str) or isinstance(two, str):
        return [] if one == two else [f"{one!s:.200} against {two!s:.200}"]
    found = [
        f"{p} against {q}"
        for p, q in zip(one.positions, two.positions, strict=False)
        if p != q
    ]
    found += [
        f"{name}: {getattr(one, name)} against {getattr(two, name)}"
        for name in ("name", "base_currency", "as_of", "source", "columns", "fx")
        if getattr(one, name) != getattr(two, name)
    ]
    if len(one.positions) != len(two.positions):
        found.append(f"{len(one.positions)} against {len(two.positions)} positions")
    if one.stated_total != pytest.approx(two.stated_total):
        found.append(f"{one.stated_total} against {two.stated_total}")
    mine, theirs = ([plain(i) for i in p.issues] for p in (one, two))
    if mine != theirs:
        found += [f"only in columns: {i}" for i in mine if i not in theirs]
        found += [f"only by row: {i}" for i in theirs if i not in mine]
        found += ["issues in another order"] if sorted(mine) == sorted(theirs) else []
    return found


@pytest.mark.parametrize("first", range(0, 240, 40))
def test_made_up_files(tmp_path, monkeypatch, short_heads, first):
    """Positions, totals and issues are those of reading row by row."""
    wrong = {}
    for seed in range(first, first + 40):
        path = tmp_path / "book.csv"
        path.write_bytes(made_up(seed))
        given = {"base_currency": "USD", "fx": {"EUR": 1.1, "GBP": 1.3, "CHF": 1.2}}
        found = differences(*both(path, monkeypatch, **(given if seed % 4 else {})))
        if found:
            wrong[seed] = found[:4]
    assert wrong == {}
    assert sum(not why for why in short_heads) > 0.5 * len(short_heads)


@pytest.mark.parametrize("scheme", ["isin", "cusip", "sedol", "figi"])
def test_check_digits_of_many_codes_are_those_of_one(scheme):
    """Codes checked together are valid exactly where each is alone."""
    rng = Random(7)  # noqa: S311 - made-up codes, not secrets
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789*@#"
    known = ["US0378331005", "037833100", "2046251", "BBG000B9XRY4", "B10RZP7", ""]
    texts = [*known, *(k[:-1] + d for k in known if k for d in "0123456789")]
    texts += [
        "".join(rng.choices(letters, k=rng.randrange(6, 13))) for _ in range(3000)
    ]
    for _ in range(3000):
        digits = f"{rng.randrange(10**9):09d}"
        texts += [f"US{digits}{rng.randrange(10)}", digits, digits[:7]]
        texts.append(
            f"BBG{''.join(rng.choices('BCDFGHJKLMNPQRSTVWXYZ0123456789', k=9))}"
        )
    expected = [is_valid(t, scheme) for t in texts]
    assert codes.CodeTexts(texts).valid(scheme).tolist() == expected
