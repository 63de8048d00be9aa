"""Damaged files give a portfolio or one of our own errors, and never anything else.

Every mutant is made by its number alone: ``text_mutant(4711)`` is the same file
everywhere. What a batch prints when it fails are the numbers of its mutants.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from stresskit.errors import InputError
from stresskit.model import Issue, Portfolio
from stresskit.model.portfolio import NUMBERS
from stresskit.readers import read_holdings_file
from stresskit.readers.files import source
from stresskit.readers.files.cage import _answer, _as_json, _parse
from stresskit.readers.files.kinds import kind_of

_FILES = Path(__file__).parents[2] / "data" / "holdings" / "files"
_MAX_SECONDS = 5.0
_LAST_ROW = 1_048_576
_BATCH = 250
_TEXT_MUTANTS = 6_000
_CONTAINER_MUTANTS = 1_500
_WHOLE_MUTANTS = 100

_13F = (
    '<informationTable xmlns="http://www.sec.gov/edgar/document/thirteenf/'
    'informationtable">'
    + "".join(
        f"<infoTable><nameOfIssuer>{name}</nameOfIssuer><titleOfClass>COM</titleOfClass>"
        f"<cusip>{cusip}</cusip><value>{value}</value><shrsOrPrnAmt><sshPrnamt>{shares}"
        "</sshPrnamt><sshPrnamtType>SH</sshPrnamtType></shrsOrPrnAmt>{right}"
        "<investmentDiscretion>SOLE</investmentDiscretion><votingAuthority><Sole>1"
        "</Sole><Shared>0</Shared><None>0</None></votingAuthority></infoTable>".replace(
            "{right}", right
        )
        for name, cusip, value, shares, right in (
            ("APPLE INC", "037833100", 191450, 1000, ""),
            ("MICROSOFT CORP", "594918104", 374580, 1000, ""),
            (
                "SPDR S&amp;P 500 ETF",
                "78462F103",
                475310,
                1000,
                "<putCall>Put</putCall>",
            ),
        )
    )
    + "</informationTable>"
)
_13F_SUBMISSION = (
    "<SEC-DOCUMENT>0000000000-24-000001.txt : 20240214\n<SEC-HEADER>\n"
    "CONFORMED SUBMISSION TYPE:\t13F-HR\nCONFORMED PERIOD OF REPORT:\t20231231\n"
    "FILED AS OF DATE:\t\t20240214\n\nFILER:\n\n\tCOMPANY DATA:\n"
    "\t\tCOMPANY CONFORMED NAME:\t\tALPHA CAPITAL LLC\n</SEC-HEADER>\n"
    "<DOCUMENT>\n<TYPE>13F-HR\n<TEXT>\n<XML>\n<?xml version='1.0'?>\n"
    f"{_13F}\n</XML>\n</TEXT>\n</DOCUMENT>\n"
)
_NPORT = (
    '<?xml version="1.0"?><edgarSubmission xmlns="http://www.sec.gov/edgar/nport">'
    "<headerData><submissionType>NPORT-P</submissionType></headerData><formData>"
    "<genInfo><regName>Alpha Trust</regName><seriesName>Alpha Growth</seriesName>"
    "<repPdEnd>2024-09-30</repPdEnd><repPdDate>2024-06-30</repPdDate></genInfo>"
    "<fundInfo><totAssets>1100.00</totAssets><totLiabs>100.00</totLiabs>"
    "<netAssets>1000.00</netAssets><cshNotRptdInCorD>7.5</cshNotRptdInCorD>"
    "</fundInfo><invstOrSecs>"
    + "".join(
        f"<invstOrSec><name>{name}</name><lei>N/A</lei><title>{name} stock</title>"
        f'<cusip>037833100</cusip><identifiers><isin value="{isin}"/></identifiers>'
        f"<balance>3.00</balance><units>NS</units><curCd>USD</curCd><valUSD>{value}"
        f"</valUSD><pctVal>{weight}</pctVal><payoffProfile>Long</payoffProfile>"
        "<assetCat>EC</assetCat><invCountry>US</invCountry></invstOrSec>"
        for name, isin, value, weight in (
            ("Apple Inc", "US0378331005", "600.00", "60.00"),
            ("Microsoft Corp", "US5949181045", "392.50", "39.25"),
        )
    )
    + "</invstOrSecs></formData></edgarSubmission>"
)
_JSON = json.dumps(
    {
        "schema": "stresskit/holdings/1",
        "name": "Client A",
        "as_of": "2025-01-31",
        "base_currency": "EUR",
        "stated_total": 5000.0,
        "positions": [
            {
                "id": "p1",
                "name": "SAP SE",
                "identifiers": {"isin": "DE0007164600", "ticker": "SAP"},
                "asset_class": "equity",
                "quantity": 10,
                "price": 300.0,
                "currency": "EUR",
                "market_value": 3000.0,
                "weight": 0.6,
                "terms": {"note": "x"},
            },
            {
                "id": "p2",
                "name": "Apple Inc",
                "identifiers": {"isin": "US0378331005"},
                "quantity": 10,
                "currency": "USD",
                "market_value": 2000.0,
                "local_value": 2200.0,
                "weight": 0.4,
            },
        ],
    },
    indent=1,
)
_EXTREMES = (
    *("1e308", "-1e308", "1e-400", "1e999", "-0", "0", "NaN", "inf", "-Infinity"),
    *("1,2,3.4.5", "9" * 400, "0." + "1" * 300, "٣٤٥", "１２３", "½", "²", "0x10"),
    *("(5", "5)", "--5", "(-5)", "5-", "+-5", "1'2'3", "1 000,00", "1.234", "0,5"),
    *("5%%", "%5", "$-5", "-$5", "EUR", "#N/A", "#REF!", "=1+1", "TRUE", "<0.01"),
    *(
        "31.12.2024",
        "12/31/2024",
        "2024-12-31T00:00:00",
        "1_000",
        "1e5",
        "e5",
        ".",
        ",",
    ),
)
_WEIRD = (
    *(
        "\u202e",
        "\u200f",
        "\x00",
        "😀",
        "a" + "\u0301" * 40,
        "\ufeff",
        "\u200b",
        "\x1b[31m",
    ),
    *(
        "\r",
        "\n",
        "\r\n",
        "\t",
        '"',
        '""',
        "'",
        "\x0b",
        "\x0c",
        "\x1f",
        "\x85",
        "\u2028",
    ),
    *(
        "ﬁ",
        "İ",
        "ß",
        "ſ",
        "Ⅷ",
        "\uffff",
        "\U0010ffff",
        "Total",
        "Summe",
        "=",
        "@",
        "\\",
    ),
)
_HEADERS = (
    *("Name", "ISIN", "Ticker", "Market Value", "Market Value (USD m)", "Wert in TEUR"),
    *("Quantity", "Price", "Weight (%)", "Weight", "Currency", "Cost", "Cost Basis"),
    *("Notional", "Account", "Side", "Date", "Type", "Local Value", "Unrealized P&L"),
    *("Coupon", "Maturity", "Strike", "Put/Call", "Base Currency", "1_x", "24_y"),
    *("", " ", "-", "Foo", "Total", "2024", "Value 2023", "Value 2024", "12", "%", "$"),
)
_ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-32", "cp932")
_LETTERS = "abcXYZ019 .,;:-()%€"

Rows = list[list[str]]


# What is damaged, and how


def _damaged_bytes(content: bytes, draw: Random) -> bytes:
    """Change, cut, double or insert a few bytes."""
    out = bytearray(content or b"x")
    for _ in range(draw.choice((1, 1, 2, 5, 20))):
        at, length = draw.randrange(len(out)), draw.choice((1, 1, 2, 9, 60))
        match draw.randrange(8):
            case 0:
                out[at] = draw.randrange(256)
            case 1:
                out[at] ^= 1 << draw.randrange(8)
            case 2:
                del out[at : at + length]
            case 3:
                out[at:at] = out[at : at + length]
            case 4 if draw.random() < 0.3:
                out[at:at] = draw.randbytes(length)
            case 5 if draw.random() < 0.3:
                del out[at:]
            case 6 if draw.random() < 0.3:
                out[at : at + length] = bytes(length)
            case _:
                other = draw.randrange(len(out))
                out[at : at + length] = out[other : other + length]
        out = out or bytearray(b"x")
    return bytes(out)


def _damaged_text(text: str, draw: Random) -> str:
    """Change letters, separators, quotes, numbers and words of a text."""
    at = draw.randrange(len(text) + 1)
    head, tail = text[:at], text[at:]
    old, new = draw.choice(";,\t|.\n '\"-"), draw.choice(";,\t|. \n'\"-\x01")
    number, word = re.compile(r"\d[\d.,']*"), re.compile(r"[^\W\d]{3,}")
    ways: tuple[Callable[[], str], ...] = (
        lambda: head + draw.choice(_WEIRD) + tail,
        lambda: head + draw.choice(_WEIRD) * draw.choice((3, 50, 2_000)) + tail,
        lambda: text.replace(old, new),
        lambda: head + tail.replace(old, new, draw.choice((1, 3, -1))),
        lambda: head + '"' + tail,
        lambda: text.replace('"', "", 1) if '"' in text else f'"{text}',
        lambda: head,
        lambda: tail + head,
        lambda: text + tail,
        lambda: _with_one(text, number, draw.choice(_EXTREMES), draw),
        lambda: _with_one(text, word, draw.choice((*_HEADERS, *_WEIRD)), draw),
        lambda: (
            head + "".join(draw.choices(_LETTERS, k=draw.choice((1, 5, 300)))) + tail
        ),
    )
    return draw.choice(ways)()


def _with_one(text: str, pattern: re.Pattern[str], new: str, draw: Random) -> str:
    """Put something else where one of the matches stands."""
    found = list(pattern.finditer(text))
    if not found:
        return text + new
    match = draw.choice(found)
    return text[: match.start()] + new + text[match.end() :]


def _rename_header(rows: Rows, draw: Random) -> None:
    head = max(rows[:15], key=lambda r: sum(bool(v.strip()) for v in r))
    if head:
        head[draw.randrange(len(head))] = draw.choice(_HEADERS)


def _drop_column(rows: Rows, draw: Random) -> None:
    at = draw.randrange(max(map(len, rows)) or 1)
    for row in rows:
        del row[at : at + 1]


def _double_column(rows: Rows, draw: Random) -> None:
    width = max(map(len, rows)) or 1
    at, to = draw.randrange(width), draw.randrange(width + 1)
    for row in rows:
        row[to:to] = row[at : at + 1]


def _swap_columns(rows: Rows, draw: Random) -> None:
    width = max(map(len, rows)) or 1
    one, two = draw.randrange(width), draw.randrange(width)
    start = draw.choice((0, draw.randrange(len(rows))))
    for row in rows[start:]:
        if max(one, two) < len(row):
            row[one], row[two] = row[two], row[one]


def _swap_cells(rows: Rows, draw: Random) -> None:
    full = [r for r in rows if r]
    one, two = draw.choice(full), draw.choice(full)
    i, j = draw.randrange(len(one)), draw.randrange(len(two))
    one[i], two[j] = two[j], one[i]


def _fill_cell(rows: Rows, draw: Random) -> None:
    row = draw.choice([r for r in rows if r])
    row[draw.randrange(len(row))] = draw.choice((*_EXTREMES, *_WEIRD, "", "-", "n/a"))


def _fill_column(rows: Rows, draw: Random) -> None:
    at, new = draw.randrange(max(map(len, rows)) or 1), draw.choice((*_EXTREMES, ""))
    for row in rows[draw.randrange(len(rows)) :]:
        if at < len(row):
            row[at] = new


def _huge_cell(rows: Rows, draw: Random) -> None:
    row = draw.choice([r for r in rows if r])
    unit = draw.choice(("x", " ", "9", "1,", "(", "a ", "😀", "Total ", '"', "-"))
    row[draw.randrange(len(row))] = unit * draw.choice(
        (200, 200, 1_000, 20_000, 140_000)
    )


def _double_rows(rows: Rows, draw: Random) -> None:
    at, length = draw.randrange(len(rows)), draw.choice((1, 3, 100))
    to = draw.randrange(len(rows) + 1)
    rows[to:to] = [list(r) for r in rows[at : at + length]]


def _drop_rows(rows: Rows, draw: Random) -> None:
    at = draw.randrange(len(rows))
    del rows[at : at + draw.choice((1, 2, 5))]


def _turn_rows(rows: Rows, draw: Random) -> None:
    if draw.random() < 0.5:
        rows.reverse()
    else:
        draw.shuffle(rows)


def _widen(rows: Rows, draw: Random) -> None:
    width = draw.choice((3, 3, 40, 40, 3_000))
    filler = draw.choice(("", "x", "1", "Market Value"))
    for row in draw.sample(rows, k=min(len(rows), draw.choice((1, 3)))):
        row.extend([filler] * width)


def _blank_rows(rows: Rows, draw: Random) -> None:
    to = draw.randrange(len(rows) + 1)
    rows[to:to] = [[] for _ in range(draw.choice((1, 2, 5, 2_000)))]


_ON_TABLES: tuple[Callable[[Rows, Random], None], ...] = (
    *(_rename_header, _rename_header, _drop_column, _double_column, _swap_columns),
    *(_swap_cells, _fill_cell, _fill_cell, _fill_column, _huge_cell, _double_rows),
    *(_drop_rows, _turn_rows, _widen, _blank_rows),
)


def _damaged_table(text: str, draw: Random) -> str:
    """Change cells, rows and columns of a text that is a table."""
    delimiter = max(";\t|,", key=lambda d: text.count(d) * (1 if d != "," else 0.7))
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:
        return text
    for _ in range(draw.choice((1, 1, 2, 4))):
        if any(rows):
            draw.choice(_ON_TABLES)(rows, draw)
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if draw.random() < 0.1 else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=delimiter, quoting=quoting).writerows(rows)
    return out.getvalue()


def _decoded(content: bytes) -> tuple[str, str]:
    """Give a text and the encoding that it is likely in."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace"), "utf-16"
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), "cp1252"


def _encoded(text: str, encoding: str, draw: Random) -> bytes:
    """Write a text in its encoding, seldom in another one or in two."""
    if draw.random() < 0.1:
        encoding = draw.choice(_ENCODINGS)
    if draw.random() < 0.05:
        at = draw.randrange(len(text) + 1)
        other = draw.choice(_ENCODINGS)
        return text[:at].encode(encoding, "replace") + text[at:].encode(
            other, "replace"
        )
    return text.encode(encoding, "replace")


def _seeds() -> tuple[dict[str, bytes], dict[str, list[bytes]]]:
    """Give the sound texts by name, and the sound containers by format."""
    texts: dict[str, bytes] = {}
    containers: dict[str, list[bytes]] = {
        "json": [_JSON.encode()],
        "13f": [_13F.encode(), _13F_SUBMISSION.encode()],
        "nport": [_NPORT.encode()],
    }
    for path in sorted(_FILES.iterdir()):
        content = path.read_bytes()
        kind = kind_of(path.name, content)
        if kind == "csv":
            texts[path.name] = content
        else:
            containers.setdefault(kind, []).append(content)
    return texts, containers


_TEXTS, _CONTAINERS = _seeds()


def text_mutant(number: int) -> bytes:
    """Make the damaged text of a number."""
    draw = Random(number)  # noqa: S311 - damage, not secrets
    content = _TEXTS[draw.choice(sorted(_TEXTS))]
    for _ in range(draw.choice((1, 1, 2, 3))):
        way = draw.random()
        if way < 0.25:
            content = _damaged_bytes(content, draw)
            continue
        text, encoding = _decoded(content)
        damaged = _damaged_table if way < 0.75 else _damaged_text
        content = _encoded(damaged(text, draw), encoding, draw)
    return content


_TOKENS = re.compile(r"<[^<>]*>|[^<>]+")


def _damaged_markup(text: str, draw: Random) -> str:
    """Drop, double, swap or rename tags of a page or an XML file."""
    tokens = _TOKENS.findall(text)
    if len(tokens) < 3 or draw.random() < 0.4:
        return _damaged_text(text, draw)
    for _ in range(draw.choice((1, 1, 3, 10))):
        at, other = draw.randrange(len(tokens)), draw.randrange(len(tokens))
        match draw.randrange(7):
            case 0:
                tokens[at] = ""
            case 1:
                tokens[at] *= draw.choice((2, 50))
            case 2:
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case 3:
                tokens[at] = re.sub(r"\w+", "x", tokens[at], count=1)
            case 4:
                new = draw.choice((*_EXTREMES, "-1", "16385", "1048577", "A0", "XFE1"))
                tokens[at] = re.sub(r'"[^"]*"', f'"{new}"', tokens[at], count=1)
            case 5:
                tokens[at] = draw.choice(_EXTREMES)
            case _:
                tokens[at] = draw.choice(
                    ("<td>", "</table>", "<tr>", "<!--", "<![CDATA[")
                )
    return "".join(tokens)


def _damaged_archive(content: bytes, draw: Random) -> bytes:
    """Damage a member, the list of members, or the archive's own bytes."""
    if draw.random() < 0.15:
        return _damaged_bytes(content, draw)
    if draw.random() < 0.1:
        at = len(content) - draw.randrange(1, 400)
        return content[:at] + _damaged_bytes(content[at:], draw)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [(n, archive.read(n)) for n in archive.namelist()]
    at = draw.randrange(len(parts))
    if draw.random() < 0.5:
        sheets = [i for i, (n, _) in enumerate(parts) if re.search("sheet|content", n)]
        at = draw.choice(sheets or [at])
    name, part = parts[at]
    match draw.randrange(10):
        case 0:
            del parts[at]
        case 1:
            parts[at] = (draw.choice((name.upper(), "x/" + name, "../" + name)), part)
        case 2:
            other = draw.randrange(len(parts))
            parts[at], parts[other] = (name, parts[other][1]), (parts[other][0], part)
        case 3 | 4:
            parts[at] = (name, _damaged_bytes(part, draw))
        case _:
            text = part.decode("utf-8", errors="replace")
            parts[at] = (name, _damaged_markup(text, draw).encode("utf-8", "replace"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts:
            archive.writestr(name, part)
    return packed.getvalue()


def container_mutant(number: int) -> bytes:
    """Make the damaged workbook, page or record file of a number."""
    draw = Random(number)  # noqa: S311 - damage, not secrets
    kinds = sorted(_CONTAINERS)
    kind = draw.choice((*kinds, "xlsx", "xlsx", "xls", "ods"))
    content = draw.choice(_CONTAINERS[kind])
    for _ in range(draw.choice((1, 1, 2))):
        if kind in {"xlsx", "ods"}:
            try:
                content = _damaged_archive(content, draw)
            except Exception:  # noqa: BLE001 - damaged before, it is no archive now
                content = _damaged_bytes(content, draw)
        elif kind in {"xls", "parquet"} or draw.random() < 0.2:
            content = _damaged_bytes(content, draw)
        else:
            text = content.decode("utf-8", errors="replace")
            content = _damaged_markup(text, draw).encode("utf-8", "replace")
    return content


# What must hold of whatever comes out


class _TooLong(BaseException):
    """No handler of errors stops it."""


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Stop what takes too long, where the system can."""
    if not hasattr(signal, "SIGALRM") or (
        threading.current_thread() is not threading.main_thread()
    ):
        yield
        return

    def stop(*_: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _issue_faults(issue: Issue, last_row: int) -> list[str]:
    name = f"issue {issue.code!r}"
    out = [
        f"{name}: no {what}"
        for what, there in (
            ("code", re.fullmatch(r"[a-z][a-z-]+", issue.code)),
            ("severity", issue.severity in {"error", "warning", "info"}),
            ("message", issue.message.strip()),
        )
        if not there
    ]
    if issue.row is not None and not 1 <= issue.row <= last_row:
        out.append(f"{name}: row {issue.row} is not in the file")
    if issue.money is not None and not math.isfinite(issue.money):
        out.append(f"{name}: money {issue.money}")
    return out


def _portfolio_faults(read: Portfolio, last_row: int) -> list[str]:
    out = [f for issue in read.issues for f in _issue_faults(issue, last_row)]
    nameless = {i.row for i in read.issues if i.code == "no-name"}
    numbers = {f"fx {c}": rate for c, rate in read.fx.items()}
    numbers |= {"stated total": read.stated_total, "total": read.total_value}
    for p in read.positions:
        if p.row is None or not 1 <= p.row <= last_row:
            out.append(f"{p.id}: row {p.row} is not in the file")
        if not p.name.strip() and p.row not in nameless:
            out.append(f"{p.id}: no name, and no issue says so")
        numbers |= {f"{p.id} {n}": getattr(p, n) for n in NUMBERS}
        numbers |= {f"{p.id} {k}": v for k, v in p.terms.items() if type(v) is float}
    out += [
        f"{name} is {n}"
        for name, n in numbers.items()
        if n is not None and not math.isfinite(n)
    ]
    return out if read.positions else [*out, "no positions and no error"]


def _read(path: Path, last_row: int) -> list[str]:
    """Read a file, and say what of the outcome must not be."""
    try:
        read = read_holdings_file(path)
    except InputError as error:
        issues = getattr(error, "issues", ())
        out = [f for issue in issues for f in _issue_faults(issue, last_row)]
        told = (("message", str(error)), ("hint", error.hint), ("code", error.code))
        return out + [
            f"error without {what}" for what, text in told if not text.strip()
        ]
    if read.source["format"] != "csv":
        last_row = _LAST_ROW
    return _portfolio_faults(read, last_row)


def faults(path: Path, last_row: int = _LAST_ROW) -> list[str]:
    """Read a file, and say what of the outcome, its errors and its time must not be."""
    begun = time.perf_counter()
    try:
        with _limited(2 * _MAX_SECONDS):
            out = _read(path, last_row)
    except _TooLong as error:
        return [f"took longer than {2 * _MAX_SECONDS:g} s in {_place(error)}"]
    except Exception as error:  # noqa: BLE001 - any other error is what is looked for
        return [f"{type(error).__name__}: {str(error)[:200]} in {_place(error)}"]
    took = time.perf_counter() - begun
    return [*out, f"took {took:.1f} s"] if took > _MAX_SECONDS else out


def _place(error: BaseException) -> str:
    """Say where in our own code an error was raised."""
    place, trace = "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "stresskit" in code.co_filename and __file__ != code.co_filename:
            place = f"{Path(code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


@pytest.mark.parametrize("first", range(0, _TEXT_MUTANTS, _BATCH))
def test_damaged_texts(tmp_path, first):
    """Thousands of damaged texts let nothing out but portfolios and input errors."""
    path, found = tmp_path / "damaged.csv", {}
    for number in range(first, first + _BATCH):
        content = text_mutant(number)
        path.write_bytes(content)
        wrong = faults(path, content.count(b"\n") + content.count(b"\r") + 1)
        if wrong:
            found[number] = wrong[:5]
    assert found == {}


# Containers are read in a process of their own, as the cage does, but many in each


def _parse_here(content: bytes, kind: str, *, password: str | None) -> list[Any]:
    """Parse as the cage does, limits and the way through JSON included."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime + 2 * _MAX_SECONDS) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard))
    print(json.dumps("parsing"), flush=True)  # noqa: T201 - what the parent reads
    grids = _parse(content, kind, password)
    output = json.dumps({"grids": [_as_json(g) for g in grids]}).encode()
    print(json.dumps("parsed"), flush=True)  # noqa: T201 - what the parent reads
    return _answer(output)


def _drive(first: int, last: int) -> None:
    """Read the containers of a range of numbers and print what is wrong with each."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, hard))
    source.parse_in_cage = _parse_here
    with TemporaryDirectory() as folder:
        path = Path(folder) / "damaged.bin"
        for number in range(first, last):
            path.write_bytes(container_mutant(number))
            print(json.dumps(number), flush=True)  # noqa: T201 - what the parent reads
            print(json.dumps(faults(path)), flush=True)  # noqa: T201 - likewise


def _driven(first: int, last: int) -> dict[int, list[str]]:
    """Read a range of containers in children; a new one where one was killed."""
    found: dict[int, list[str]] = {}
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",
    }
    while first < last:
        command = [sys.executable, __file__, str(first), str(last)]
        done = subprocess.run(
            command, capture_output=True, timeout=300, env=environment, check=False
        )
        said = [json.loads(line) for line in done.stdout.splitlines()]
        numbers = [i for i, what in enumerate(said) if isinstance(what, int)]
        for i in numbers:
            found[said[i]] = next((w for w in said[i:] if isinstance(w, list)), [])
        if done.returncode == 0:
            break
        # The parser may bring its process down: the cage is there for that.
        assert numbers, done.stderr.decode(errors="replace")[-2000:]
        first = said[numbers[-1]] + 1
        if said[-1] != "parsing":
            found[first - 1] = [f"process ended with {done.returncode}"]
    return {number: wrong[:5] for number, wrong in found.items() if wrong}


@pytest.mark.skipif(sys.platform == "win32", reason="limits of resources are Unix's")
@pytest.mark.parametrize("first", range(0, _CONTAINER_MUTANTS, _BATCH))
def test_damaged_containers(first):
    """Damaged workbooks, pages and records let nothing out but input errors."""
    assert _driven(first, first + _BATCH) == {}


@pytest.mark.parametrize("first", range(0, _WHOLE_MUTANTS, 25))
def test_damaged_containers_from_end_to_end(tmp_path, first):
    """The same through the cage itself: its processes, limits and answers."""
    path, found = tmp_path / "damaged.bin", {}
    for number in range(1_000_000 + first, 1_000_000 + first + 25):
        path.write_bytes(container_mutant(number))
        wrong = faults(path)
        if wrong:
            found[number] = wrong[:5]
    assert found == {}


if __name__ == "__main__":
    _drive(int(sys.argv[1]), int(sys.argv[2]))
