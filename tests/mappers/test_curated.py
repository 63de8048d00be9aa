from __future__ import annotations

from dataclasses import replace

import pytest

from stresskit.mappers.curated import find_listed


@pytest.mark.parametrize(
    ("given", "found", "by"),
    [
        ({"isin": "US1234567890"}, "NVC:XNAS", "ISIN"),
        ({"cusip": "123456789"}, "NVC:XNAS", "CUSIP"),
        ({"cusip": "987654321"}, "MPL:XTSE", "CUSIP"),
        ({"sedol": "BGRIDW1"}, "GRD:XLON", "SEDOL"),
        ({"sedol": "BIRISH3"}, "IRL:XNYS", "SEDOL"),
        ({"ticker": "SU", "mic": "XPAR"}, "SU:XPAR", "ticker and exchange"),
        ({"ticker": "SAN", "mic": "XMAD"}, "SAN:XMAD", "ticker and exchange"),
        ({"ticker": "NVC", "mic": "XNYS"}, "NVC:XNAS", "ticker and exchange"),
        ({"ticker": "NVC"}, "NVC:XNAS", "ticker and currency"),
        ({"ticker": "SU", "currency": "EUR"}, "SU:XPAR", "ticker and currency"),
        ({"ticker": "brk/b"}, "BRK.B:XNYS", "ticker and currency"),
        ({"ticker": "70", "currency": "HKD"}, "0070:XHKG", "ticker and currency"),
        ({"ticker": "LOOK"}, "LOOK:ARCX", "ticker and currency"),
        ({"name": "NOVACHIP CORPORATION"}, "NVC:XNAS", "exact name"),
        ({"name": "Gridworks PLC"}, "GRD:XLON", "exact name"),
    ],
)
def test_a_listed_line_is_found(position, context, given, found, by):
    """A number, a ticker with its exchange or currency, or the name finds the line."""
    listed, how = find_listed(position(**given), context)
    assert (f"{listed.ticker}:{listed.mic}", how) == (found, by)
    assert context.issues == []


@pytest.mark.parametrize(
    "given",
    [
        {"ticker": "NVC", "isin": "US0000000000"},
        {"ticker": "NVC", "cusip": "000000000"},
        {"ticker": "NVC", "mic": "XLON"},
        {"ticker": "NVC", "currency": "CAD"},
        {"ticker": "BRK.B", "isin": "DE0001234567"},
        {"ticker": "NVC", "isin": "US0000000000", "name": "Novachip Corp"},
        {"ticker": "NVC", "cusip": "000000000", "name": "Novachip Corp"},
        {"isin": "US0000000000", "cusip": "123456789"},
        {"isin": "XS1234567899"},
        {"name": "Novachip Holdings"},
        {"name": "Twin"},
        {"ticker": "ES", "asset_class": "future"},
        {"ticker": "ES", "asset_class": "crypto"},
        {},
    ],
)
def test_another_security_is_not_taken_for_it(position, context, given):
    """A contradicting number, exchange, currency or name leaves the position alone."""
    if given.get("name") == "Twin":
        given = {**given, "currency": "GBP"}
    assert find_listed(position(**given), context) is None
    assert context.issues == []


def test_the_same_name_in_two_places_goes_by_the_currency(position, context):
    """Of two companies with one name, the one in the position's currency is meant."""
    euro = find_listed(position("Twin AG", currency="EUR"), context)
    dollar = find_listed(position("Twin", currency="USD"), context)
    assert euro[0].ticker == "TWB"
    assert dollar[0].ticker == "TWA"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"ticker": "SAN", "currency": "EUR"}, ["Sanova", "Banco Santo"]),
        ({"ticker": "NVC", "name": "Nova Cement"}, ["Novachip"]),
        ({"ticker": "NVC", "currency": None}, ["Novachip"]),
    ],
)
def test_a_doubtful_ticker_is_an_issue(position, place, given, named):
    """A ticker that may be another company is not used, and said once with its row."""
    exposures = place(position(row=7, **given), base=None)
    assert exposures.rows[0].source == "unmapped"
    (issue,) = [i for i in exposures.issues if i.code == "ticker-ambiguous"]
    assert (issue.sheet, issue.row, issue.value) == ("Sheet1", 7, given["ticker"])
    assert all(name in issue.message for name in named)
    assert "ISIN" in issue.fix


def test_the_name_settles_a_doubtful_ticker(position, place):
    """A ticker of two companies beside the exact name of one is no doubt."""
    exposures = place(position("Banco Santo", ticker="SAN", currency="EUR"))
    assert exposures.rows[0].matched == "Banco Santo SA (SAN:XMAD) by exact name"
    assert exposures.issues == ()


def test_a_name_against_the_ticker_is_said(position, place):
    """Where name and ticker mean two companies, the name counts and it is said."""
    exposures = place(position("Twin Corp", ticker="NVC"))
    assert exposures.rows[0].matched.startswith("Twin Corp (TWA:XNYS)")
    assert [i.code for i in exposures.issues] == ["ticker-ambiguous"]


def test_the_currency_of_the_portfolio_serves_where_the_line_has_none(position, place):
    """A line without a currency is read in the portfolio's."""
    line = position(ticker="SU", currency=None)
    assert place(line, base="EUR").rows[0].source == "curated"
    assert place(line, base="USD").rows[0].source == "unmapped"


def test_own_evidence_is_used(position, place):
    """A security with returns before the event has its own beta and sensitivities."""
    e = place(position(isin="US1234567890")).rows[0]
    assert (e.beta, e.beta_sd, e.specific_sd) == (1.6, 0.2, 0.025)
    assert e.sensitivities == {"CHIPS": 0.9, "POWER": 0.1}
    assert e.description == {"CHIPS": 1.0}
    # dispersion of the theme 1.5 times the residual 3.5%
    assert e.dispersion == pytest.approx(0.0525, rel=1e-12)
    assert (e.own_name, e.region, e.main_segment) == (-0.02, "US", "CHIPS")
    # left after its own move of the day: 0.8 times the residual 3.5%
    assert e.dispersion_replay == pytest.approx(0.028, rel=1e-12)
    assert (e.source, e.confidence, e.covered) == ("curated", 0.9, True)
    assert e.mapping_sd == 0.0


def test_without_evidence_the_segment_speaks(position, place):
    """A security without returns takes the means of its main segment."""
    e = place(position(isin="FR0000000001", currency="EUR")).rows[0]
    assert (e.beta, e.beta_sd) == (1.4, 0.30)
    assert e.specific_sd == pytest.approx(0.7 * 0.03, rel=1e-12)
    # The typical chip maker is 0.8 chips and 0.2 other: 0.6/0.8 of it is 0.75,
    # which brings 0.15 other along; 0.4 - 0.15 is left.
    assert e.sensitivities == pytest.approx({"CHIPS": 0.75, "ROM_45": 0.25})
    assert e.dispersion == pytest.approx(1.5 * 0.03, rel=1e-12)
    assert (e.own_name, e.region) == (0.0, "Europe")


def test_the_typical_member_takes_its_shock_once(context):
    """A business like the typical member of its segment has one of it, nothing else."""
    typical = context.shocks["CHIPS"].composition
    assert context.sensitivities_of(dict(typical)) == pytest.approx({"CHIPS": 1.0})


def test_a_mixture_counts_no_business_twice(position, place):
    """Half a typical chip maker brings its other business along."""
    e = place(position(isin="US8888888880")).rows[0]
    # 0.4/0.8 typical chip makers bring 0.5 * 0.2 of the 0.25 other technology.
    expected = {"CHIPS": 0.5, "POWER": 0.35, "ROM_45": 0.15}
    assert e.sensitivities == pytest.approx(expected, rel=1e-12)
    assert e.main_segment == "CHIPS"


@pytest.mark.parametrize("key", ["NVDA", "VST", "MSFT", "PG"])
@pytest.mark.parametrize("by", ["isin", "cusip", "ticker"])
def test_shipped_securities_are_found_by_every_identifier(
    position, place, shipped, key, by
):
    """A US security of the shipped chain is found by ISIN, CUSIP and ticker."""
    (s,) = [s for s in shipped.chain.securities if s.ticker == key]
    given = {"isin": s.isin, "cusip": s.isin[2:11], "ticker": key}
    line = position("Anything" if by != "ticker" else key, **{by: given[by]})
    exposures = place(line, factor=shipped)
    assert exposures.rows[0].matched.startswith(f"{s.name} ({key}:{s.mic})")
    assert exposures.issues == ()


def test_every_shipped_isin_finds_its_own_line(position, place, shipped):
    """The ISIN of each shipped line finds that line, and its name nothing else."""
    lines = [s for s in (*shipped.chain.securities, *shipped.chain.funds) if s.isin]
    placed = place(*(position(isin=s.isin) for s in lines), factor=shipped)
    for s, e in zip(lines, placed.rows, strict=True):
        bonds = e.source == "not stressed" and s.name in e.basis
        assert bonds or e.matched.startswith(f"{s.name} (")
    renamed = [
        position(s.name, isin="QQ" + s.isin[2:], currency=s.currency) for s in lines
    ]
    assert {e.source for e in place(*renamed, factor=shipped).rows} == {"unmapped"}


TRAPS = [
    ("SU", "SUNCOR ENERGY INC", {"isin": "CA8672241079", "currency": "EUR"}),
    ("SU", "SUNCOR ENERGY INC", {"cusip": "867224107", "currency": "USD"}),
    ("SU", "SUNCOR ENERGY INC", {"currency": "USD"}),
    ("SU", "SUNCOR ENERGY INC", {"currency": "EUR"}),
    ("SU", "SU", {"mic": "XNYS"}),
    ("EL", "ESSILORLUXOTTICA", {"isin": "FR0000121667", "currency": "USD"}),
    ("EL", "ESTEE LAUDER", {"isin": "US5184391044", "currency": "EUR"}),
    ("MRK", "MERCK KGAA", {"isin": "DE0006599905", "currency": "EUR"}),
    ("MRK", "MERCK KGAA", {"mic": "XETR", "currency": "EUR"}),
    ("MRK", "MERCK KGAA", {"currency": "EUR"}),
    ("ALL", "ARISTOCRAT LEISURE LTD", {"isin": "AU000000ALL7", "currency": "USD"}),
    ("ALL", "ARISTOCRAT LEISURE LTD", {"currency": "AUD"}),
    ("ALL", "ARISTOCRAT LEISURE LTD", {"currency": "USD"}),
    ("T", "TELUS CORP", {"isin": "CA87971M1032", "currency": "USD"}),
    ("T", "TELUS CORP", {"currency": "CAD"}),
    ("T", "TELUS CORP", {"currency": "USD"}),
    ("ON", "ONTEX GROUP NV", {"currency": "EUR"}),
    ("ON", "ONTEX GROUP NV", {"currency": "USD"}),
    ("NA", "NATIONAL BANK OF CANADA", {"isin": "CA6330671034", "currency": "CAD"}),
    ("SAN", "SANTANDER UK", {"currency": "GBP"}),
]
# What each ticker is in the shipped chain, by the first word of the company's name.
MEANT = {
    "SU": "Schneider",
    "MRK": "Merck & Co",
    "ALL": "Allstate",
    "T": "AT&T",
    "ON": "ON Semi",
}


@pytest.mark.parametrize(("ticker", "name", "given"), TRAPS)
def test_a_ticker_of_two_companies_is_no_trap(
    position, place, shipped, ticker, name, given
):
    """The same ticker at another company is never taken for the one in the chain."""
    line = position(name, ticker=ticker, **given)
    matched = place(line, factor=shipped).rows[0].matched
    wrong = {"ESSILORLUXOTTICA": "The Est", "ESTEE LAUDER": "Essilor"}.get(name)
    assert not matched.startswith(wrong or MEANT.get(ticker, "San"))


@pytest.mark.parametrize(
    ("given", "first"),
    [
        ({"mic": "XPAR"}, "Sanofi"),
        ({"mic": "XMAD"}, "Banco Santander"),
        ({"isin": "FR0000120578"}, "Sanofi"),
        ({"isin": "ES0113900J37"}, "Banco Santander"),
        ({"name": "Sanofi"}, "Sanofi"),
    ],
)
def test_san_is_two_companies(position, place, shipped, given, first):
    """SAN is Sanofi in Paris and Santander in Madrid, and neither without more."""
    line = position(ticker="SAN", currency="EUR")
    alone = place(line, factor=shipped)
    assert alone.rows[0].source == "unmapped"
    assert "ticker-ambiguous" in {i.code for i in alone.issues}
    name = given.get("name", "SAN")
    numbers = {k: v for k, v in given.items() if k != "name"}
    told = replace(line, name=name, identifiers=replace(line.identifiers, **numbers))
    assert place(told, factor=shipped).rows[0].matched.startswith(first)


def test_a_second_line_takes_the_figures_of_the_first(position, place):
    """The home line of a company moves with its American line's figures."""
    first = place(position(isin="US1234567890")).rows[0]
    second = place(position("Novachip Corp", currency="EUR")).rows[0]
    assert first.issuer == second.issuer == "NVC:XNAS"
    assert second.beta == first.beta
    assert second.region == "US"


def test_a_name_of_another_company_beside_the_number_is_said(position, place):
    """The number is believed, and the user is told that the name disagrees."""
    exposures = place(position("Gridworks PLC", isin="US1234567890", row=4))
    assert exposures.rows[0].matched.startswith("Novachip Corp")
    names = [i for i in exposures.issues if i.code == "name-differs"]
    assert [i.row for i in names] == [4]
    assert "Novachip" in names[0].message
