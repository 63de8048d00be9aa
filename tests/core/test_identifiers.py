"""Identifiers: check digits, tickers with exchanges, currencies."""

import pytest

from stresskit.core.identifiers import (
    currency_of,
    exchange_mic,
    is_valid,
    restore_zeros,
    scheme_of,
    split_ticker,
    ticker_key,
)


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        ("US0378331005", "isin"),
        ("KYG875721634", "isin"),
        ("037833100", "cusip"),
        ("G39387108", "cusip"),
        ("2046251", "sedol"),
        ("BBG000BLNNH6", "figi"),
        ("US0378331009", None),
        ("NVDA", None),
        ("", None),
    ],
)
def test_scheme_is_recognised_by_content(text, scheme):
    """A code is known by its shape and check digit."""
    assert scheme == scheme_of(text)


def test_one_wrong_digit_is_seen():
    """Every single changed digit of an ISIN is refused."""
    isin = "US0378331005"
    for i in range(2, 12):
        for digit in "0123456789":
            changed = isin[:i] + digit + isin[i + 1 :]
            assert (changed == isin) == is_valid(changed, "isin")


def test_lost_zeros_come_back_only_if_the_check_digit_holds():
    """A number cell's CUSIP regains its zeros, another number does not."""
    assert restore_zeros("37833100", "cusip") == "037833100"
    assert restore_zeros("37833101", "cusip") is None
    assert restore_zeros("ABC", "cusip") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NVDA US Equity", ("NVDA", None)),
        ("DKNG UW", ("DKNG", "XNAS")),
        ("NVDA.O", ("NVDA", "XNAS")),
        ("SU.PA", ("SU", "XPAR")),
        ("7203.T", ("7203", "XTKS")),
        ("0700.HK", ("0700", "XHKG")),
        ("BRK.B", ("BRK.B", None)),
        ("BALD B", ("BALD B", None)),
        ("NVDA.US", ("NVDA", None)),
        ("NVDA:US", ("NVDA", None)),
        ("XETR:NVD", ("NVD", "XETR")),
        ("NASDAQ:NVDA", ("NVDA", "XNAS")),
        ("LON:BP.", ("BP.", "XLON")),
        ("A:B", ("A:B", None)),
    ],
)
def test_ticker_is_split_from_its_exchange(text, expected):
    """Bloomberg, Reuters and Yahoo suffixes name the exchange, share classes do not."""
    assert expected == split_ticker(text)


def test_share_classes_compare_equal():
    """The four spellings of a share class have one key."""
    spellings = ["BRK.B", "BRK-B", "BRK/B", "brk b"]
    assert {"BRK.B"} == set(map(ticker_key, spellings))


def test_londons_trailing_dot_is_padding():
    """BP. and RR. are BP and RR."""
    assert [ticker_key(t) for t in ("BP.", "RR.", "BP/")] == ["BP", "RR", "BP"]


def test_currencies_by_code_name_and_minor_unit():
    """Pence are pounds by a hundred and unknown codes are nothing."""
    assert currency_of("GBp") == ("GBP", 0.01)
    assert currency_of("us dollar") == ("USD", 1.0)
    assert currency_of("€") == ("EUR", 1.0)
    assert currency_of("XXQ") is None


def test_exchanges_by_name():
    """A fund house's exchange names lead to the MIC."""
    assert exchange_mic("Nyse Euronext - Euronext Paris") == "XPAR"
    assert exchange_mic("XETR") == "XETR"
    assert exchange_mic("Somewhere") is None
