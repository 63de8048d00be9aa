from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

import stresskit
from stresskit.mappers.context import MappingContext
from stresskit.mappers.identify import find_listed, suggestions
from stresskit.model import Portfolio


def keyed(found):
    """The ``TICKER:MIC`` and by what it was found, or None."""
    return found and (found[0].key, found[1])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"isin": "US1234567890"}, ("NVC:XNAS", "ISIN")),
        ({"figi": "BBG000FIGTR1"}, ("FIG:XNAS", "FIGI")),
        ({"cusip": "123456789"}, ("NVC:XNAS", "CUSIP")),
        ({"sedol": "2FIGTR1"}, ("FIG:XNAS", "SEDOL")),
        ({"wkn": "765432"}, ("KES:XETR", "WKN")),
        ({"wkn": "A0FIG1"}, ("FIG:XNAS", "WKN")),
        ({"valor": "1234567"}, ("ALP:XSWX", "valor")),
        ({"isin": "US4040404040"}, ("0070:XHKG", "ISIN (its receipt HBRY)")),
        ({"cusip": "515151515"}, ("KES:XETR", "CUSIP (its receipt KSL)")),
        ({"isin": "US2222222222"}, ("DUA:XNYS", "ISIN (its share class DUC)")),
        (
            {"isin": "US9999999990"},
            ("NVC:XNAS", "ISIN (formerly OLD until 2022-06-09)"),
        ),
        ({"isin": "US4444444440"}, ("LOOK:ARCX", "ISIN")),
        ({"figi": "BBG000000000"}, None),
        ({"wkn": "000000"}, None),
        ({"valor": "7"}, None),
    ],
)
def test_every_scheme_finds_its_line(position, context, given, expected):
    """Each number finds the company, and how is said where it is another line."""
    assert keyed(find_listed(position(**given), context)) == expected
    assert context.issues == []


@pytest.mark.parametrize(
    ("ticker", "currency", "expected"),
    [
        ("NVC US Equity", "USD", ("NVC:XNAS", "ticker and currency")),
        ("NVC UW Equity", None, ("NVC:XNAS", "ticker and exchange")),
        ("NVC.O", None, ("NVC:XNAS", "ticker and exchange")),
        ("NVC.N", None, ("NVC:XNAS", "ticker and exchange")),
        ("NASDAQ:NVC", None, ("NVC:XNAS", "ticker and exchange")),
        ("nvc", "USD", ("NVC:XNAS", "ticker and currency")),
        ("BRK/B", "USD", ("BRK.B:XNYS", "ticker and currency")),
        ("BRK-B", "USD", ("BRK.B:XNYS", "ticker and currency")),
        ("BRK B", "USD", ("BRK.B:XNYS", "ticker and currency")),
        ("BRKB", "USD", ("BRK.B:XNYS", "ticker and currency")),
        ("0070.HK", None, ("0070:XHKG", "ticker and exchange")),
        ("70 HK Equity", None, ("0070:XHKG", "ticker and exchange")),
        ("70", "HKD", ("0070:XHKG", "ticker and currency")),
        ("00070", "HKD", ("0070:XHKG", "ticker and currency")),
        ("SU.PA", None, ("SU:XPAR", "ticker and exchange")),
        ("SAN SM Equity", None, ("SAN:XMAD", "ticker and exchange")),
        ("NOV.DE", None, ("NVC:XNAS", "ticker and exchange (its line NOV)")),
        ("NOV", "EUR", None),
        (
            "HBRY",
            "USD",
            ("0070:XHKG", "ticker and currency (its receipt HBRY)"),
        ),
        ("KSL", "USD", ("KES:XETR", "ticker and currency (its receipt KSL)")),
        ("NVC.L", None, None),
        ("700", "HKD", None),
    ],
)
def test_tickers_in_every_spelling(position, toy, ticker, currency, expected):
    """Bloomberg, Reuters, Yahoo and brokers; a second German ticker needs a place."""
    context = MappingContext(toy, Portfolio(name="T", positions=()))
    line = position(ticker=ticker, currency=currency)
    assert keyed(find_listed(line, context)) == expected


@pytest.mark.parametrize(
    ("given", "by"),
    [
        ({"ticker": "NOV", "currency": "EUR"}, None),
        (
            {"ticker": "NOV", "currency": "EUR", "name": "NOVACHIP"},
            "ticker and currency (its line NOV)",
        ),
        ({"ticker": "HBRY"}, "ticker and currency (its receipt"),
        ({"ticker": "HBRY", "name": "Harbour"}, "ticker and currency (its receipt"),
        ({"ticker": "HBRY", "name": "Gadgets"}, None),
        ({"ticker": "NOV", "currency": "EUR", "name": "Gadgets"}, None),
    ],
)
def test_a_second_ticker_needs_the_name(position, context, given, by):
    """Those of German floors say nothing by themselves, receipts do by currency."""
    found = find_listed(position(**given), context)
    assert bool(found) == bool(by)
    assert by is None or found[1].startswith(by)


@pytest.mark.parametrize(
    ("as_of", "name", "by"),
    [
        (dt.date(2022, 6, 9), "", "ticker and currency (formerly OLD until"),
        (dt.date(2022, 6, 10), "", None),
        (None, "", None),
        (dt.date(2026, 1, 1), "Oldname Corp", "ticker and currency (formerly OLD"),
        (None, "OLDNAME", "ticker and currency (formerly OLD"),
        (None, "Novachip Corp", "ticker and currency (formerly OLD"),
        (None, "New Gadgets", None),
    ],
)
def test_a_former_ticker_counts_by_date_or_name(position, toy, as_of, name, by):
    """A ticker that ended may be another's today, unless date or name speak for it."""
    context = MappingContext(
        toy, Portfolio(name="T", positions=(), base_currency="USD", as_of=as_of)
    )
    found = find_listed(position(name, ticker="OLD"), context)
    assert bool(found) == bool(by)
    assert by is None or (found[0].key == "NVC:XNAS" and found[1].startswith(by))


def test_a_former_name_finds_the_company(position, context):
    """What a company was called is its name for all time."""
    found = find_listed(position("OLDNAME CORPORATION"), context)
    assert keyed(found) == ("NVC:XNAS", "exact name (formerly OLD until 2022-06-09)")


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        # Another class of the company has a number of the same country.
        ("Kessel AG Pref", {"isin": "DE0001234569"}, None),
        ("Kessel AG", {"isin": "DE0001234569"}, "KES:XETR"),
        ("Harbour Ltd ADR", {"isin": "US0000000000"}, "0070:XHKG"),
        ("Harbour Ltd", {"isin": "US0000000000"}, None),
        ("Harbour Ltd", {"isin": "KYG000000999"}, "0070:XHKG"),
        ("Twin Corp GDR", {"isin": "DE0001234569"}, None),
        ("Look Fund", {"isin": "US0000000000"}, None),
    ],
)
def test_an_unknown_number_beside_an_exact_name(
    position, context, name, given, expected
):
    """Another line of the same company: same country, or a receipt by its name."""
    found = find_listed(position(name, **given), context)
    assert (found and found[0].key) == expected
    assert found is None or found[1] == "exact name, another line of the company"


@pytest.mark.parametrize(
    ("ticker", "given", "expected"),
    [
        ("SU", {"country": "France"}, ("SU:XPAR", "ticker and country")),
        ("SU", {"country": "Frankreich"}, ("SU:XPAR", "ticker and country")),
        ("SU", {"country": "Canada"}, None),
        ("SAN", {"country": "ES"}, ("SAN:XMAD", "ticker and country")),
        # Two companies in euro; the country says which.
        (
            "SAN",
            {"country": "Spain", "currency": "EUR"},
            ("SAN:XMAD", "ticker and country"),
        ),
        ("70", {"country": "Hong Kong"}, ("0070:XHKG", "ticker and country")),
        ("IRL", {"isin": "US0000000000"}, None),
    ],
)
def test_the_country_settles_a_ticker(position, context, ticker, given, expected):
    """A ticker counts with the country of the row, in any language."""
    line = position(ticker=ticker, **({"currency": "CHF"} | given))
    found = find_listed(line, context)
    assert keyed(found) == expected


def test_the_country_settles_a_name_of_two_companies(position, context):
    """Of two companies with one name the one of the row's country is meant."""
    twin = position("Twin", currency="GBP", country="Germany")
    assert keyed(find_listed(twin, context)) == ("TWB:XETR", "exact name")


def test_two_classes_of_one_name_are_no_doubt(position, context):
    """The name of a company with several lines is its first."""
    found = find_listed(position("Duality Inc"), context)
    assert keyed(found) == ("DUA:XNYS", "exact name")


@pytest.mark.parametrize(
    ("first", "second", "label", "other"),
    [
        ({"isin": "US1234567890"}, {"wkn": "765432"}, "ISIN", "WKN"),
        ({"isin": "US1234567890"}, {"figi": "BBG000FIGTR1"}, "ISIN", "FIGI"),
        ({"isin": "US1234567890"}, {"cusip": "333333333"}, "ISIN", "CUSIP"),
        ({"cusip": "123456789"}, {"sedol": "BGRDWK7"}, "CUSIP", "SEDOL"),
        ({"cusip": "123456789"}, {"valor": "1234567"}, "CUSIP", "valor"),
    ],
)
def test_two_numbers_of_two_companies_are_said(
    position, context, first, second, label, other
):
    """The surer number counts and the other is named."""
    line = position("Novachip Corp", row=5, **first, **second)
    assert keyed(find_listed(line, context)) == ("NVC:XNAS", label)
    (issue,) = context.issues
    assert (issue.code, issue.severity) == ("numbers-disagree", "warning")
    (number,) = second.values()
    assert (issue.row, issue.value, issue.money) == (5, number, 1000.0)
    assert f"the {label} is that of Novachip Corp, the {other} that of" in issue.message


def test_two_numbers_of_one_company_agree(position, context):
    """Numbers of two lines of one company are no contradiction."""
    line = position("Kessel AG", figi=None, cusip="515151515", wkn="765432")
    assert keyed(find_listed(line, context)) == (
        "KES:XETR",
        "CUSIP (its receipt KSL)",
    )
    assert context.issues == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Gridworks PLC", True),  # another company of the chain
        ("Flowers Ltd", True),  # no company of the chain, no word in common
        ("Novachip Industries", False),
        ("NOVA CHIP", False),  # written apart
        ("Novachi", False),  # cut short
        ("Oldname", False),  # what it was called
        ("\u30a8\u30cc\u30d3\u30c7\u30a3\u30a2", False),  # in other letters
        ("\u041d\u043e\u0432\u0430\u0447\u0438\u043f", False),
        ("", False),
    ],
)
def test_a_number_is_believed_and_an_unlike_name_is_said(position, context, name, said):
    """A name without a word in common is a warning, likeness and other letters none."""
    found = find_listed(position(name, isin="US1234567890"), context)
    assert keyed(found) == ("NVC:XNAS", "ISIN")
    assert [(i.code, i.severity) for i in context.issues] == (
        [("name-differs", "warning")] if said else []
    )


def test_a_number_in_place_of_a_name_is_no_other_name(shipped, tmp_path):
    """A file without names is read with its numbers for names: nothing differs."""
    path = tmp_path / "mine.csv"
    path.write_text("ISIN,Market value,Currency\nUS67066G1040,1000,USD\n")
    book = stresskit.read_holdings(path)
    exposures = stresskit.map_exposures(book, shipped)
    assert exposures.rows[0].matched == "NVIDIA Corp (NVDA:XNAS) by ISIN"
    assert exposures.issues == ()


def test_a_ticker_on_its_exchange_with_another_name_is_refused(position, context):
    """A name without a word of the company's is another's, and the user is told."""
    line = position("Flowers Ltd", ticker="NVC", mic="XNAS", row=7)
    assert find_listed(line, context) is None
    (issue,) = context.issues
    assert (issue.code, issue.severity, issue.row, issue.money) == (
        "name-differs",
        "warning",
        7,
        1000.0,
    )
    assert "The ticker NVC at its exchange is that of Novachip Corp" in issue.message
    assert "The ticker was not used" in issue.message


def test_the_name_of_another_company_beats_ticker_and_exchange(position, context):
    """The exact name of a company in the chain is believed before a ticker."""
    line = position("Gridworks PLC", ticker="NVC", mic="XNAS", currency="GBP")
    assert keyed(find_listed(line, context)) == ("GRD:XLON", "exact name")


def test_a_company_registered_abroad_is_found_on_its_exchange(position, context):
    """A foreign number is believed where exchange, ticker and name all agree."""
    given = {"ticker": "0070", "mic": "XHKG", "currency": "HKD"}
    unnumbered = replace(
        context.directory.items["0070:XHKG"], isin=None, name="Harbour Group"
    )
    chain = replace(
        context.factor.chain,
        securities=tuple(
            unnumbered if s.key == "0070:XHKG" else s
            for s in context.factor.chain.securities
        ),
    )
    own = MappingContext(replace(context.factor, chain=chain), context.portfolio)
    agreed = position("HARBOUR GROUP", isin="KYG123456789", **given)
    unlike = position("FLOWERS", isin="KYG123456789", **given)
    assert find_listed(agreed, own)[0].key == "0070:XHKG"
    assert find_listed(unlike, own) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Gridwork plc", ("Gridworks plc (GRD:XLON)",)),
        ("Novachips Inc", ("Novachip Corp (NVC:XNAS)",)),
        ("Eastern Suply", ("Eastern Supply (ES:XNYS)",)),
        ("Flowers", ()),
    ],
)
def test_a_likeness_is_shown_and_places_nothing(position, place, name, expected):
    """A misspelt name is not placed; the user sees what it looks like."""
    e = place(position(name)).rows[0]
    assert (e.source, e.suggestions) == ("unmapped", expected)


def test_of_many_alike_the_three_nearest_are_shown(toy):
    """Names are ranked by likeness, each company once."""
    base = next(s for s in toy.chain.securities if s.key == "GRD:XLON")
    names = ("Stonebridgesses", "Stonebridge", "Stonebridg", "Stonebridges", "Stone")
    alike = tuple(
        replace(base, ticker=f"G{n}", isin=None, name=name)
        for n, name in enumerate(names)
    )
    chain = replace(toy.chain, securities=(*toy.chain.securities, *alike))
    context = MappingContext(
        replace(toy, chain=chain), Portfolio(name="T", positions=())
    )
    (found,) = suggestions(["Stonebridgs"], context)
    # Twice the letters in common over all letters: 22/23, 20/21, 20/22 (and 22/26).
    assert found == (
        "Stonebridges (G3:XLON)",
        "Stonebridg (G2:XLON)",
        "Stonebridge (G1:XLON)",
    )


def test_a_placed_line_has_no_suggestions(position, place):
    """Only what is not placed by itself is shown what it may be."""
    rows = place(
        position("Novachips", sector="Utilities"), position(isin="US1234567890")
    ).rows
    assert [e.suggestions for e in rows] == [(), ()]


@pytest.mark.parametrize(
    ("name", "ticker", "currency", "expected"),
    [
        # Merck & Co and Merck KGaA, Prudential plc and Prudential Financial.
        ("MERCK", "MRK", "USD", "MRK:XNYS"),
        ("MERCK", "MRK", "EUR", "MRK:XETR"),
        ("MERCK SHARP & DOHME", "MRK", "EUR", None),
        ("MERCK KGAA", "MRK", "USD", "MRK:XETR"),
        ("MERCK & CO INC", "MRK", "USD", "MRK:XNYS"),
        ("PRUDENTIAL FINANCIAL", "PRU", "EUR", "PRU:XNYS"),
        ("PRUDENTIAL", "PRU", "USD", "PRU:XNYS"),
        ("PRUDENTIAL FINL", "PRU", "GBP", None),
    ],
)
def test_a_word_that_rivals_share_tells_neither(
    position, shipped, name, ticker, currency, expected
):
    """A word of its own says which of two companies, or its currency; no shared one."""
    context = MappingContext(shipped, Portfolio(name="T", positions=()))
    found = find_listed(position(name, ticker=ticker, currency=currency), context)
    assert (found and found[0].key) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", "SMH:XNAS"),
        ("VANECK SEMICONDUCTOR ETF", "SMH:XNAS"),
        ("VANECK SEMICONDUCTOR UCITS ETF", "SMGB:XLON"),
    ],
)
def test_the_own_line_wins_over_a_second_ticker(position, shipped, name, expected):
    """SMH is a fund in New York, and in dollars the ticker of its sister in London."""
    context = MappingContext(shipped, Portfolio(name="T", positions=()))
    found = find_listed(position(name, ticker="SMH", currency="USD"), context)
    assert found[0].key == expected


def test_a_receipt_over_the_counter_counts_with_its_currency(position, shipped):
    """RHHBY in dollars is Roche, as no German floor's code is anything alone."""
    context = MappingContext(shipped, Portfolio(name="T", positions=()))
    found = find_listed(position(ticker="RHHBY", currency="USD"), context)
    assert found[0].key == "ROG:XSWX"
    assert find_listed(position(ticker="RHHBY", currency="EUR"), context) is None


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("IREN Ltd", {"currency": "USD"}, "IREN:XNAS"),
        ("Eli Lilly & Co", {"currency": "USD"}, "LLY:XNYS"),
        ("Eli Lilly", {"currency": "USD"}, "LLY:XNYS"),
        ("IREN SpA", {"currency": "EUR"}, None),
        ("IREN SpA", {"currency": "USD", "country": "Italy"}, None),
    ],
)
def test_a_name_counts_where_the_company_is(position, shipped, name, given, expected):
    """IREN of Australia is in dollars, the Italian is another; "& Co" is no matter."""
    context = MappingContext(shipped, Portfolio(name="T", positions=()))
    found = find_listed(position(name, **given), context)
    assert (found and found[0].key) == expected


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("Novachip Corp", "equity", "NVC:XNAS"),
        ("Novachip Corp", "fund", None),
        ("Look Fund", "fund", "LOOK:ARCX"),
    ],
)
def test_a_fund_is_no_company_of_its_name(position, context, name, kind, expected):
    """What the file calls a fund is matched by name to funds alone."""
    found = find_listed(position(name, asset_class=kind), context)
    assert (found and found[0].key) == expected
