from __future__ import annotations

import re
from dataclasses import replace

import pytest

from stresskit.mappers.context import MappingContext
from stresskit.mappers.directory import issuer_key
from stresskit.mappers.identify import find_listed
from stresskit.model import Portfolio


@pytest.mark.parametrize(
    ("given", "found", "by"),
    [
        ({"isin": "US1234567890"}, "NVC:XNAS", "ISIN"),
        ({"cusip": "123456789"}, "NVC:XNAS", "CUSIP"),
        ({"cusip": "987654321"}, "MPL:XTSE", "CUSIP"),
        ({"sedol": "BGRDWK7"}, "GRD:XLON", "SEDOL"),
        ({"sedol": "BTRSHK8"}, "IRL:XNYS", "SEDOL"),
        ({"ticker": "SU", "mic": "XPAR"}, "SU:XPAR", "ticker and exchange"),
        ({"ticker": "SAN", "mic": "XMAD"}, "SAN:XMAD", "ticker and exchange"),
        ({"ticker": "NVC", "mic": "XNYS"}, "NVC:XNAS", "ticker and exchange"),
        ({"ticker": "NVC"}, "NVC:XNAS", "ticker and currency"),
        ({"ticker": "SU", "currency": "EUR"}, "SU:XPAR", "ticker and currency"),
        ({"ticker": "brk/b"}, "BRK.B:XNYS", "ticker and currency"),
        ({"ticker": "70", "currency": "HKD"}, "0070:XHKG", "ticker and currency"),
        ({"ticker": "LOOK"}, "LOOK:ARCX", "ticker and currency"),
        ({"name": "NOVACHIP CORPORATION"}, "NVC:XNAS", "exact name"),
        ({"name": "Gridworks PLC", "currency": "GBP"}, "GRD:XLON", "exact name"),
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
        {"ticker": "NVC", "isin": "JP0000000000", "name": "Novachip Corp"},
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
    (issue,) = [i for i in exposures.issues if i.code.startswith("ticker-")]
    assert (issue.sheet, issue.row, issue.value) == ("Sheet1", 7, given["ticker"])
    assert all(name in issue.message for name in named)
    assert "ISIN" in issue.fix


@pytest.mark.parametrize(
    ("lines", "rows"),
    [(3, [2, 3, 4]), (4, [None]), (12, [None])],
)
def test_many_tickers_alone_are_one_issue(position, place, lines, rows):
    """A file of tickers and nothing else is told once what it lacks, with the sum."""
    held = [
        position(ticker="NVC", currency=None, market_value=5.0, row=n + 2)
        for n in range(lines)
    ]
    exposures = place(*held, base=None)
    alone = [i for i in exposures.issues if i.code == "ticker-alone"]
    assert [i.row for i in alone] == rows
    assert sum(i.money for i in alone) == 5.0 * lines
    assert all("--base-currency" in i.fix for i in alone)
    # Nothing is lost: each line is still said not to be placed.
    said = [i.row for i in exposures.issues if i.code == "unmapped"]
    assert said == [n + 2 for n in range(lines)]


def test_a_ticker_alone_is_suggested_its_own_lines(position, place):
    """Not what is called like the ticker, such as products on the company."""
    (row,) = place(position(ticker="SAN", currency=None), base=None).rows
    assert row.suggestions == ("Sanova SA (SAN:XPAR)", "Banco Santo SA (SAN:XMAD)")


def test_the_name_settles_a_doubtful_ticker(position, place):
    """A ticker of two companies beside the exact name of one is no doubt."""
    exposures = place(position("Banco Santo", ticker="SAN", currency="EUR"))
    assert (
        exposures.rows[0].matched == "Banco Santo SA (SAN:XMAD) by ticker and currency"
    )
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
    # the label of the curated map: 1 - 0.05/0.45
    assert e.confidence == pytest.approx(8 / 9, rel=1e-12)
    assert (e.source, e.covered) == ("curated", True)
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
    line = position(key if by == "ticker" else s.name, **{by: given[by]})
    exposures = place(line, factor=shipped)
    assert exposures.rows[0].matched.startswith(f"{s.name} ({key}:{s.mic})")
    assert exposures.issues == ()


def test_every_shipped_isin_finds_its_own_line(position, shipped):
    """The ISIN of each shipped security, fund and other line is that of its company."""
    context = MappingContext(shipped, Portfolio(name="T", positions=()))
    chain, items = shipped.chain, context.directory.items
    own = [(x.isin, x) for x in (*chain.securities, *chain.funds)]
    lines = [(x.isin, items[x.of]) for x in chain.lines]
    wrong = []
    for isin, item in [x for x in (*own, *lines) if x[0]]:
        found = find_listed(position(isin=isin), context)
        if found is None or issuer_key(found[0]) != issuer_key(item):
            wrong.append((isin, item.key, found and found[0].key))
    assert wrong == []
    assert context.issues == []


@pytest.mark.parametrize(
    ("named", "exchange"), [(True, True), (False, True), (True, False)]
)
def test_every_shipped_ticker_finds_its_own_line(position, shipped, named, exchange):
    """With its exchange, or with its currency and name, a ticker is its company's."""
    context = MappingContext(shipped, Portfolio(name="T", positions=()))
    chain, items = shipped.chain, context.directory.items
    lines = [(x, x) for x in (*chain.securities, *chain.funds)]
    lines += [(x, items[x.of]) for x in chain.lines if x.kind != "former"]
    wrong, lost = [], []
    for x, item in lines:
        if not (x.ticker and x.mic and x.name and x.currency):
            continue
        given = {"mic": x.mic, "currency": None} if exchange else {}
        line = position(
            x.name if named else x.ticker,
            **{"ticker": x.ticker, "currency": x.currency} | given,
        )
        found = find_listed(line, context)
        if found is None:
            lost.append(x)
        elif issuer_key(found[0]) != issuer_key(item):
            wrong.append((x.ticker, x.mic, found[0].key))
    assert wrong == []
    assert lost == []


def test_a_name_alone_does_not_outweigh_a_foreign_number(position, shipped):
    """An unknown ISIN of another country beside a known name is another security."""
    context = MappingContext(shipped, Portfolio(name="T", positions=()))
    receipt = re.compile(r"\b(ADR|ADS|GDR|SPON\w*|DEPOSIT\w*|DR)\b", re.IGNORECASE)
    found = [
        s.name
        for s in shipped.chain.securities
        if s.isin and not receipt.search(s.name)
        if find_listed(
            position(s.name, isin="QQ" + s.isin[2:], currency=s.currency), context
        )
    ]
    assert found == []


SUNCOR, TELUS, BANK = "Suncor Energy", "TELUS Corp", "National Bank of Canada"
ESTEE, ESSILOR, ARISTOCRAT = "The Estée Lauder", "EssilorLux", "Aristocrat Leisure"
# Ticker, name, what else the row says, and the only company it can be.
TRAPS = [
    ("SU", "SUNCOR ENERGY INC", {"isin": "CA8672241079", "currency": "EUR"}, SUNCOR),
    ("SU", "SUNCOR ENERGY INC", {"cusip": "867224107"}, SUNCOR),
    ("SU", "SUNCOR ENERGY INC", {}, SUNCOR),
    ("SU", "SUNCOR ENERGY INC", {"currency": "EUR"}, SUNCOR),
    ("SU", "SUNCOR ENERGY INC", {"currency": None}, SUNCOR),
    ("SU", "SCHNEIDER ELECTRIC SE", {}, "Schneider"),
    ("SU", "SCHNEIDER ELECTRIC SE", {"currency": "CAD"}, "Schneider"),
    ("SU", None, {"mic": "XNYS"}, SUNCOR),
    ("SU", None, {"mic": "XTSE", "currency": None}, SUNCOR),
    ("SU", None, {"mic": "XPAR", "currency": None}, "Schneider"),
    ("SU", None, {"mic": "XLON"}, None),
    ("SU", None, {"currency": "GBP"}, None),
    ("SU", None, {"currency": None}, None),
    ("EL", "ESSILORLUXOTTICA", {"isin": "FR0000121667"}, ESSILOR),
    ("EL", "ESSILORLUXOTTICA", {}, ESSILOR),
    ("EL", "ESTEE LAUDER", {"isin": "US5184391044", "currency": "EUR"}, ESTEE),
    ("EL", "ESTEE LAUDER", {}, ESTEE),
    ("EL", "ESTEE LAUDER COMPANIES INC", {"currency": "EUR"}, ESTEE),
    ("EL", None, {"mic": "XPAR", "currency": None}, ESSILOR),
    ("EL", None, {"mic": "XNYS", "currency": None}, ESTEE),
    ("EL", None, {"currency": None}, None),
    ("MRK", "MERCK KGAA", {"isin": "DE0006599905", "currency": "EUR"}, "Merck KGaA"),
    ("MRK", "MERCK KGAA", {"mic": "XETR", "currency": "EUR"}, "Merck KGaA"),
    ("MRK", "MERCK KGAA", {"currency": "EUR"}, "Merck KGaA"),
    ("MRK", "MERCK KGAA", {"currency": "USD"}, "Merck KGaA"),
    ("MRK", "MERCK KGAA", {"currency": None}, "Merck KGaA"),
    ("MRK", "MERCK & CO. INC.", {"currency": "USD"}, "Merck & Co."),
    ("MRK", "MERCK & CO. INC.", {"currency": "EUR"}, "Merck & Co."),
    ("MRK", "MERCK & CO. INC.", {"currency": None}, "Merck & Co."),
    ("MRK", None, {"mic": "XETR", "currency": None}, "Merck KGaA"),
    ("MRK", None, {"mic": "XNYS", "currency": None}, "Merck & Co."),
    ("MRK", None, {"currency": None}, None),
    ("ALL", "ARISTOCRAT LEISURE LTD", {"isin": "AU000000ALL7"}, ARISTOCRAT),
    ("ALL", "ARISTOCRAT LEISURE LTD", {"currency": "AUD"}, ARISTOCRAT),
    ("ALL", "ARISTOCRAT LEISURE LTD", {}, ARISTOCRAT),
    ("ALL", "ALLSTATE CORP", {"currency": "AUD"}, "Allstate"),
    ("ALL", None, {"mic": "XASX", "currency": None}, ARISTOCRAT),
    ("ALL", None, {"mic": "XNYS", "currency": None}, "Allstate"),
    ("ALL", None, {"currency": None}, None),
    ("SAN", "SANTANDER UK", {"currency": "GBP"}, None),
    ("SAN", "BANCO SANTANDER SA", {"currency": "EUR"}, "Banco Santander"),
    ("SAN", "BANCO SANTANDER SA", {"currency": None}, "Banco Santander"),
    ("SAN", "SANOFI", {"currency": "USD"}, "Sanofi"),
    ("SAN", None, {"mic": "XNYS"}, "Banco Santander"),
    ("SAN", None, {"currency": None}, None),
    ("T", "TELUS CORP", {"isin": "CA87971M1032"}, TELUS),
    ("T", "TELUS CORP", {"currency": "CAD"}, TELUS),
    ("T", "TELUS CORP", {}, TELUS),
    ("T", "AT&T INC", {"currency": "CAD"}, "AT&T"),
    ("T", None, {"mic": "XTSE", "currency": None}, TELUS),
    ("T", None, {"mic": "XNYS", "currency": None}, "AT&T"),
    ("T", None, {"mic": "XTKS", "currency": None}, None),
    ("T", None, {"currency": None}, None),
    ("2330", "TAIWAN SEMICONDUCTOR MANUFACTURING", {}, "Taiwan Semi"),
    ("2330", "FORSIDE CO LTD", {"currency": "JPY", "mic": "XTKS"}, None),
    ("2330", "FORSIDE CO LTD", {"currency": "JPY"}, None),
    ("2330", None, {"currency": "TWD"}, "Taiwan Semi"),
    ("2330", None, {"mic": "XTAI", "currency": None}, "Taiwan Semi"),
    ("2330", None, {"mic": "XTKS", "currency": None}, None),
    ("2330", None, {"mic": "XHKG", "currency": "HKD"}, None),
    ("2330", None, {"currency": None}, None),
    ("NA", "NATIONAL BANK OF CANADA", {"isin": "CA6330671034"}, BANK),
    ("NA", "NATIONAL BANK OF CANADA", {}, BANK),
    ("NA", "NANO LABS LTD", {}, None),
    ("NA", "NANO LABS LTD", {"mic": "XNAS"}, None),
    ("NA", None, {"mic": "XTSE", "currency": None}, BANK),
    ("NA", None, {"mic": "XAMS", "currency": "EUR"}, None),
    ("NA", None, {"currency": None}, None),
    ("ON", "ONTEX GROUP NV", {"currency": "EUR"}, None),
    ("ON", "ONTEX GROUP NV", {}, None),
    ("ON", "ON SEMICONDUCTOR CORP", {"currency": "EUR"}, "ON Semi"),
    ("ON", None, {"mic": "XNAS", "currency": None}, "ON Semi"),
    ("ON", None, {"mic": "XBRU", "currency": "EUR"}, None),
    ("ON", None, {"currency": None}, None),
]


@pytest.mark.parametrize(("ticker", "name", "given", "company"), TRAPS)
def test_a_ticker_of_two_companies_is_no_trap(
    position, shipped, ticker, name, given, company
):
    """Each row is the company it can only be, or none; never the other one."""
    context = MappingContext(shipped, Portfolio(name="T", positions=()))
    found = find_listed(position(name or ticker, ticker=ticker, **given), context)
    assert bool(found) == bool(company)
    if company:
        assert found[0].name.startswith(company)


def test_the_traps_cover_every_pair_with_and_without_a_name():
    """Each ticker stands with a name, without one, with an exchange, and bare."""
    for ticker in "SU EL MRK ALL SAN T 2330 NA ON".split():
        rows = [(name, given) for t, name, given, _ in TRAPS if t == ticker]
        assert any(name for name, _ in rows), ticker
        assert any("mic" in given for name, given in rows if not name), ticker
        assert (None, {"currency": None}) in rows, ticker


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


def test_a_line_with_a_published_move_alone_takes_its_receipts_returns(
    position, place, shipped
):
    """ASML in Amsterdam has a move of the day, its American line the history."""
    home, receipt = place(
        position(isin="NL0010273215", currency="EUR", mic="XAMS"),
        position(ticker="ASML", mic="XNAS", currency="USD"),
        factor=shipped,
    ).rows

    assert home.beta == receipt.beta
    assert home.sensitivities == receipt.sensitivities
    # In dollars, as the returns are that place it.
    assert home.currencies == {"USD": 1.0}
