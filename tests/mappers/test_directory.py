from __future__ import annotations

from dataclasses import replace

import pytest

from stresskit.mappers.directory import Directory, bare_ticker, issuer_key
from stresskit.model import Identifiers


@pytest.fixture(scope="module")
def directory(toy):
    """Return the directory of the toy chain."""
    return Directory(toy.chain)


@pytest.mark.parametrize(
    ("ticker", "bare"),
    [
        ("BRK.B", "BRKB"),
        ("brk/b", "BRKB"),
        ("BRK B", "BRKB"),
        ("brk-b", "BRKB"),
        ("0070", "70"),
        ("70", "70"),
        ("BP.", "BP"),
        ("0A1", "0A1"),
    ],
)
def test_spellings_of_a_ticker_are_one(ticker, bare):
    """Separators and the zeros in front of a number say nothing."""
    assert bare_ticker(ticker) == bare


@pytest.mark.parametrize(
    ("scheme", "number", "key", "said"),
    [
        ("isin", "US1234567890", "NVC:XNAS", ""),
        # Inside the ISIN of America and Canada stands the CUSIP,
        ("cusip", "123456789", "NVC:XNAS", ""),
        ("cusip", "987654321", "MPL:XTSE", ""),
        # of Britain and Ireland the SEDOL, of Germany the WKN,
        ("sedol", "BGRDWK7", "GRD:XLON", ""),
        ("sedol", "BTRSHK8", "IRL:XNYS", ""),
        ("wkn", "765432", "KES:XETR", ""),
        # of Switzerland the valor, without the zeros in front.
        ("valor", "1234567", "ALP:XSWX", ""),
        # Those of the list itself.
        ("figi", "BBG000FIGTR1", "FIG:XNAS", ""),
        ("sedol", "2FIGTR1", "FIG:XNAS", ""),
        ("wkn", "A0FIG1", "FIG:XNAS", ""),
        # Of a fund, a receipt, a share class, and of what is no longer traded.
        ("isin", "US4444444440", "LOOK:ARCX", ""),
        ("isin", "US4040404040", "0070:XHKG", "its receipt HBRY"),
        ("cusip", "404040404", "0070:XHKG", "its receipt HBRY"),
        ("isin", "US2222222222", "DUA:XNYS", "its share class DUC"),
        ("isin", "US9999999990", "NVC:XNAS", "formerly OLD until 2022-06-09"),
    ],
)
def test_every_number_leads_to_its_line(directory, scheme, number, key, said):
    """Numbers of the list, those inside an ISIN, and those of other lines."""
    listing = directory.by_number[scheme, number]
    assert (listing.item.key, listing.said) == (key, said)


@pytest.mark.parametrize(
    ("scheme", "number"),
    [
        ("cusip", "000000000"),  # of the French FR0000000001
        ("sedol", "BPROXY5"),  # no SEDOL has vowels
        ("wkn", "077777"),  # DE0007777777 has 777777
        ("valor", "001234567"),
    ],
)
def test_what_is_inside_no_isin_is_no_number(directory, scheme, number):
    """National numbers come from ISINs of their own country, as they are written."""
    assert (scheme, number) not in directory.by_number


def test_the_surest_number_is_first(directory):
    """ISIN before FIGI before SEDOL before WKN; unknown numbers are left out."""
    ids = Identifiers(
        wkn="765432", sedol="BGRDWK7", figi="BBG000FIGTR1", cusip="000", valor=None
    )
    found = [(s, x.item.ticker) for s, x in directory.numbered(ids)]
    assert found == [("figi", "FIG"), ("sedol", "GRD"), ("wkn", "KES")]


def test_all_lines_of_a_company_share_its_issuer(directory):
    """Share classes, receipts and other lines count as the main line's company."""
    keys = ("DUA:XNYS", "DUB:XNYS", "NVC:XNAS")
    assert [issuer_key(directory.items[k]) for k in keys] == [
        "DUA:XNYS",
        "DUA:XNYS",
        "NVC:XNAS",
    ]
    numbers = ("US2222222220", "US2222222221", "US2222222222")
    issuers = {directory.by_number["isin", n].issuer for n in numbers}
    assert issuers == {"DUA:XNYS"}


def test_the_own_line_stands_before_other_lines(directory):
    """A ticker is first that of the chain's own line."""
    assert [x.said for x in directory.by_ticker["NOV"]] == ["its line NOV"]
    assert [x.said for x in directory.by_name["NOVACHIP"]] == [""]
    assert [x.said for x in directory.by_name["OLDNAME"]] == [
        "formerly OLD until 2022-06-09"
    ]


def test_all_names_of_a_company_are_known(directory):
    """A company is also called what its other lines are called."""
    assert directory.names["NVC:XNAS"] == {"NOVACHIP", "OLDNAME"}


def test_a_name_of_several_companies_lists_each_once(directory):
    """Two companies of one name stand beside each other; two classes as well."""
    assert [x.item.key for x in directory.by_name["TWIN"]] == ["TWA:XNYS", "TWB:XETR"]
    duality = [x.item.key for x in directory.by_name["DUALITY"]]
    assert duality == ["DUA:XNYS", "DUB:XNYS"]


def test_only_isins_of_german_numbers_have_a_wkn_inside(toy):
    """A German ISIN that does not begin with DE000 holds no WKN."""
    kessel = next(s for s in toy.chain.securities if s.key == "KES:XETR")
    other = replace(kessel, isin="DE1107654320")
    directory = Directory(replace(toy.chain, securities=(other,), funds=(), lines=()))
    assert ("isin", "DE1107654320") in directory.by_number
    assert [k for k in directory.by_number if k[0] == "wkn"] == []
