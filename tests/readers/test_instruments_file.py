"""The table of instruments: what ships is sound, what is wrong is named by its cell."""

import csv
import datetime as dt
import re
from collections import Counter
from pathlib import Path

import pytest
from stdnum import isin

from stresskit.errors import InputError
from stresskit.readers.instruments import DEFAULTS, NEEDED, read_instruments

SHIPPED = Path(__file__).parents[2] / "factors" / "instruments" / "instruments.csv"
# One row that is right; tests change a cell of it.
GOOD = {
    "ticker": "SPY",
    "mic": "ARCX",
    "isin": "US78462F1030",
    "name": "A fund",
    "currency": "USD",
    "kind": "etf",
    "ucits": "no",
    "short": "yes",
    "buy": "yes",
    "options": "no",
    "half_spread_bp": "0.2",
    "fee_bp": "0.5",
    "borrow_bp_per_year": "25",
    "adv_musd": "20000",
    "lot": "1",
    "multiplier": "1",
    "price": "607.97",
    "price_date": "2025-01-24",
    "of": "SPY:ARCX",
    "volatility": "0.15",
    "volatility_date": "2025-01-23",
    "cap_share": "0.5",
    "source": "assumption",
}


@pytest.fixture
def write(tmp_path):
    """Return a writer of rows, each a set of changes to the good one."""

    def made(*changes, leave=(), add=()):
        path = tmp_path / "instruments.csv"
        columns = [c for c in GOOD if c not in leave] + list(add)
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, columns, restval="1", extrasaction="ignore")
            writer.writeheader()
            writer.writerows({**GOOD, **change} for change in changes)
        return path

    return made


def refusal(path):
    """Return the words by which a table is refused."""
    with pytest.raises(InputError) as refused:
        read_instruments(path)
    assert refused.value.code == "instruments"
    assert all(column in refused.value.hint for column in (*NEEDED, *DEFAULTS))
    return str(refused.value)


@pytest.fixture(scope="module")
def shipped():
    """Return the rows that ship, as read and as written."""
    with SHIPPED.open(encoding="utf-8", newline="") as handle:
        written = list(csv.DictReader(handle))
    return read_instruments(SHIPPED), written


def test_the_shipped_table_loads(shipped):
    """Every row becomes an instrument: 60 funds and 15 futures at least."""
    read, written = shipped

    kinds = Counter(row["kind"] for row in written)
    assert Counter(t.kind for t in read) == kinds
    assert kinds["etf"] >= 60
    assert kinds["future"] >= 15


def test_shipped_isins_are_valid(shipped):
    """Each ISIN that is given has the right check digit, and none stands twice."""
    given = [row["isin"] for row in shipped[1] if row["isin"]]

    assert [code for code in given if not isin.is_valid(code)] == []
    assert len(given) >= 60
    assert [c for c, times in Counter(given).items() if times > 1] == []


def test_every_shipped_row_has_a_source(shipped):
    """Where a row's figures come from is said in the row."""
    assert [row["ticker"] for row in shipped[1] if not row["source"].strip()] == []


def test_a_shipped_price_has_its_day(shipped):
    """No price or volatility that ships is without a date, and no date alone."""
    for t in shipped[0]:
        assert (t.price is None) == (t.price_date is None), t.key
        if t.volatility is None:
            assert t.volatility_date is None, t.key


def test_shipped_funds_are_told_from_futures(shipped):
    """A unit of a fund or share is one; a future has no fee to borrow."""
    for t in shipped[0]:
        if t.kind == "future":
            assert t.borrow == 0.0, t.key
        else:
            assert t.multiplier == 1.0, t.key


def test_what_is_sold_short_has_a_fee_to_borrow(shipped):
    """Each shipped fund or share that may be sold short costs something to borrow."""
    sold = [t for t in shipped[0] if t.short and t.kind != "future"]

    assert sold
    assert [t.key for t in sold if not t.borrow > 0] == []


def test_each_cell_arrives_in_its_unit(write):
    """Basis points become decimals, millions become dollars, texts dates."""
    (t,) = read_instruments(write({}))

    assert (t.ticker, t.mic, t.isin) == ("SPY", "ARCX", "US78462F1030")
    assert (t.name, t.currency, t.kind) == ("A fund", "USD", "etf")
    assert (t.ucits, t.short, t.buy, t.options) == (False, True, True, False)
    assert t.half_spread == pytest.approx(0.00002, rel=1e-12)
    assert t.fee == pytest.approx(0.00005, rel=1e-12)
    assert t.borrow == pytest.approx(0.0025, rel=1e-12)
    assert t.volume == pytest.approx(20e9, rel=1e-12)
    assert (t.lot, t.multiplier, t.price, t.cap) == (1.0, 1.0, 607.97, 0.5)
    assert t.price_date == dt.date(2025, 1, 24)
    assert (t.volatility, t.volatility_date) == (0.15, dt.date(2025, 1, 23))
    assert t.source == "assumption"


def test_five_columns_are_enough(tmp_path):
    """What is left out has its default: a fund that is bought and not sold short."""
    path = tmp_path / "few.csv"
    path.write_text(",".join(NEEDED) + "\nspy,A fund,usd,0.2,0.5\n", encoding="utf-8")
    (t,) = read_instruments(path)

    assert (t.ticker, t.currency, t.kind) == ("SPY", "USD", "etf")
    assert (t.short, t.buy, t.ucits, t.options) == (False, True, False, False)
    assert (t.fee, t.borrow, t.lot, t.multiplier) == (0.0, 0.0, 1.0, 1.0)
    assert (t.price, t.price_date, t.volume, t.isin) == (None, None, None, None)


def test_a_table_saved_by_excel_is_read(tmp_path, write):
    """A mark at the beginning and line ends of Windows do no harm."""
    text = write({}).read_text(encoding="utf-8").replace("\n", "\r\n")
    path = tmp_path / "excel.csv"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())

    assert read_instruments(path)[0].ticker == "SPY"


def test_empty_cells_are_what_is_not_known(write):
    """Price, volume and volatility may be empty, and borrow where nothing is short."""
    unknown = (
        "price price_date adv_musd volatility volatility_date borrow_bp_per_year isin"
    )
    (t,) = read_instruments(
        write({**dict.fromkeys(unknown.split(), ""), "short": "no"})
    )

    assert (t.price, t.price_date, t.volume) == (None, None, None)
    assert (t.volatility, t.volatility_date, t.isin) == (None, None, None)


def test_a_future_is_sold_without_borrowing(write):
    """A future that is sold short needs no fee to borrow."""
    (t,) = read_instruments(write({"kind": "future", "borrow_bp_per_year": ""}))

    assert t.short is True
    assert t.borrow == 0.0


@pytest.mark.parametrize(
    ("column", "text", "words"),
    [
        ("price", "0", "zero; leave it empty where it is not known"),
        ("price", "-1", "'-1' is no number of 0 or more"),
        ("price", "nan", "'nan' is no number of 0 or more"),
        ("price", "inf", "'inf' is no number of 0 or more"),
        ("price", "1e999", "'1e999' is no number of 0 or more"),
        ("price", "12 USD", "'12 USD' is no number of 0 or more"),
        ("half_spread_bp", "", "missing, cost data is needed"),
        ("half_spread_bp", "-0.1", "'-0.1' is no number of 0 to 1000"),
        ("half_spread_bp", "1001", "'1001' is no number of 0 to 1000"),
        ("half_spread_bp", "NaN", "'NaN' is no number of 0 to 1000"),
        ("fee_bp", "-1", "'-1' is no number of 0 to 1000"),
        ("fee_bp", "inf", "'inf' is no number of 0 to 1000"),
        ("borrow_bp_per_year", "", "missing, and it is sold short"),
        ("borrow_bp_per_year", "-5", "'-5' is no number of 0 to 100000"),
        ("adv_musd", "-1", "'-1' is no number of 0 or more"),
        ("adv_musd", "Inf", "'Inf' is no number of 0 or more"),
        ("cap_share", "", "missing"),
        ("cap_share", "-0.1", "'-0.1' is no number of 0 to 10"),
        ("cap_share", "50", "'50' is no number of 0 to 10"),
        ("lot", "0", "zero; leave it empty"),
        ("lot", "-1", "'-1' is no number of 0 or more"),
        ("multiplier", "0", "zero; leave it empty"),
        ("multiplier", "x", "'x' is no number of 0 or more"),
        ("volatility", "0", "zero; leave it empty"),
        ("volatility", "nan", "'nan' is no number of 0 or more"),
        ("price_date", "24.01.2025", "'24.01.2025' is no date like 2025-01-24"),
        ("price_date", "2025-02-30", "'2025-02-30' is no date like 2025-01-24"),
        ("volatility_date", "soon", "'soon' is no date like 2025-01-24"),
        ("short", "maybe", "'maybe' is neither yes nor no"),
        ("buy", "1", "'1' is neither yes nor no"),
        ("ucits", "true", "'true' is neither yes nor no"),
        ("options", "", "'' is neither yes nor no"),
        ("kind", "bond", "'bond' is none of etf, future, stock"),
        ("kind", "option", "'option' is none of etf, future, stock"),
        ("ticker", "", "'' is no code"),
        ("ticker", "=1+1", "'=1+1' is no code"),
        ("mic", "<b>", "'<B>' is no code"),
        ("currency", "", "'' is no ISO code"),
        ("currency", "DOLLAR", "'DOLLAR' is no ISO code"),
    ],
)
def test_a_bad_cell_is_refused_by_row_and_column(write, column, text, words):
    """The second of three rows is named with its column and what it holds."""
    others = {"ticker": "AAA"}, {"ticker": "BBB"}
    said = refusal(write(others[0], {column: text}, others[1]))

    assert f"row 3, {column}: {words}" in said
    assert set(re.findall(r"row \d+", said)) == {"row 3"}


def test_every_bad_cell_is_named_up_to_five(write):
    """Seven cells that are wrong are five named and two counted."""
    said = refusal(write(*({"ticker": f"T{n}", "price": "0"} for n in range(7))))

    assert [f"row {n}, price" in said for n in range(2, 9)] == [True] * 5 + [False] * 2
    assert said.endswith("; and 2 more.")


def test_two_bad_cells_of_a_row_are_both_named(write):
    """A row's second error is not hidden by its first."""
    said = refusal(write({"price": "-1", "kind": "bond"}))

    assert "row 2, kind: 'bond'" in said
    assert "row 2, price: '-1'" in said


def test_an_instrument_stands_once(write):
    """The same ticker on the same exchange is named with both rows."""
    said = refusal(write({}, {"ticker": "QQQ"}, {"ticker": "spy"}))

    assert "row 4, SPY:ARCX stands in row 2 too" in said


def test_a_ticker_may_stand_on_two_exchanges(write):
    """The same ticker elsewhere is another instrument."""
    read = read_instruments(write({}, {"mic": "XLON", "of": ""}))

    assert [t.of for t in read] == ["SPY:ARCX", "SPY:XLON"]


@pytest.mark.parametrize("column", NEEDED)
def test_a_missing_column_is_named(write, column):
    """Each of the five that are needed is missed by name."""
    assert f"the columns {column} are missing" in refusal(write({}, leave=[column]))


def test_an_unknown_column_is_named(write):
    """A column that is not known may be a typo and is refused."""
    said = refusal(write({}, leave=["fee_bp"], add=["fees_bp"]))

    assert "the column 'fees_bp' is not known" in said


def test_a_file_without_a_row_is_refused(write):
    """A header alone is no table of instruments."""
    assert refusal(write()) == "The instruments instruments.csv: it has no row."


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "are missing"),
        (b"\n\n", "are missing"),
        (b"\x00" * 64, "are missing"),
        (bytes(range(256)), "it cannot be read"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "it cannot be read"),
        (b"PK\x03\x04\x14\x00\x06\x00\xff\xfe", "it cannot be read"),
        ("ticker,name,currency\nSPY,Fünd,USD\n".encode("utf-16"), "it cannot be read"),
        (",".join(NEEDED).encode() + b'\n"SPY,A fund,USD,1,1\n', "it cannot be read"),
        (";".join(NEEDED).encode() + b"\nSPY;A fund;USD;1;1\n", "are missing"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, content, words):
    """An empty file, a binary one and one of another layout are no table."""
    path = tmp_path / "instruments.csv"
    path.write_bytes(content)

    said = refusal(path)
    assert said.startswith("The instruments instruments.csv: ")
    assert words in said


def test_a_missing_file_and_a_folder_are_said(tmp_path):
    """What is not there and what is no file are errors of input."""
    missing = refusal(tmp_path / "none.csv")

    assert missing == "The instruments none.csv: there is no such file."
    assert "it cannot be read" in refusal(tmp_path)


def test_a_file_that_is_too_large_is_refused(tmp_path):
    """Ten megabytes and more are not looked into."""
    path = tmp_path / "instruments.csv"
    path.write_bytes(b"," * 10_000_001)

    assert "larger than 10,000,000 bytes" in refusal(path)
