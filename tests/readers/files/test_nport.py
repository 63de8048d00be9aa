"""Form N-PORT: shares, bonds, cash and every kind of contract."""

import pytest

from stresskit.errors import HoldingsError
from stresskit.readers import read_holdings_file
from stresskit.readers.files.nport import read_nport_grids


def _fund(*lines, series="Alpha Growth Fund"):
    return (
        '<?xml version="1.0"?><edgarSubmission xmlns="http://www.sec.gov/edgar/nport">'
        "<headerData><submissionType>NPORT-P</submissionType></headerData><formData>"
        f"<genInfo><regName>Alpha Trust</regName><seriesName>{series}</seriesName>"
        "<repPdEnd>2024-09-30</repPdEnd><repPdDate>2024-06-30</repPdDate></genInfo>"
        "<fundInfo><totAssets>1100.00</totAssets><totLiabs>100.00</totLiabs>"
        "<netAssets>1000.00</netAssets><cshNotRptdInCorD>7.5</cshNotRptdInCorD>"
        f"</fundInfo><invstOrSecs>{''.join(lines)}</invstOrSecs></formData>"
        "</edgarSubmission>"
    )


def _line(more="", *, name="Apple Inc", value="600.00", kind="EC", side="Long"):
    return (
        f"<invstOrSec><name>{name}</name><lei>N/A</lei><title>{name} stock</title>"
        f"<balance>3.00</balance><units>NS</units><valUSD>{value}</valUSD>"
        f"<pctVal>60.00</pctVal><payoffProfile>{side}</payoffProfile>"
        f"<assetCat>{kind}</assetCat><invCountry>US</invCountry>{more}</invstOrSec>"
    )


def _rows(*lines):
    (grid,) = read_nport_grids(_fund(*lines).encode())
    at = next(r for r, cells in enumerate(grid.rows) if "ISIN" in cells)
    return [
        dict(zip(grid.rows[at], cells, strict=True)) for cells in grid.rows[at + 1 :]
    ]


def _first(*lines):
    """Give the cells of the first row that hold something."""
    return {h: v for h, v in _rows(*lines)[0].items() if v is not None}


def test_the_fund_and_its_day_stand_above():
    """The day is that of the report, not the end of the fiscal year."""
    (grid,) = read_nport_grids(_fund(_line()).encode())
    assert grid.rows[:6] == [
        ["Portfolio Name", "Alpha Growth Fund"],
        ["Registrant", "Alpha Trust"],
        ["As of", "2024-06-30"],
        ["Net Assets", 1000.0],
        ["Cash not listed below", 7.5],
        ["Base Currency", "USD"],
    ]


def test_a_fund_without_a_series_has_the_registrants_name():
    """Where the series is N/A the trust is the fund."""
    (grid,) = read_nport_grids(_fund(_line(), series="N/A").encode())
    assert grid.rows[0] == ["Portfolio Name", "Alpha Trust"]


def test_a_share():
    """Codes stand in attributes, and the rest in elements."""
    more = (
        '<cusip>037833100</cusip><identifiers><isin value="US0378331005"/>'
        '<ticker value="AAPL"/><other otherDesc="SEDOL" value="2046251"/>'
        '<other otherDesc="Internal" value="X1"/></identifiers><curCd>USD</curCd>'
    )
    assert _first(_line(more)) == {
        "Name": "Apple Inc",
        "Title of Issue": "Apple Inc stock",
        "Asset Class": "Equity",
        "ISIN": "US0378331005",
        "CUSIP": "037833100",
        "SEDOL": "2046251",
        "Ticker": "AAPL",
        "Quantity": 3.0,
        "Unit of Quantity": "shares",
        "Currency": "USD",
        "Market Value (USD)": 600.0,
        "Weight (%)": 60.0,
        "Side": "Long",
        "Country": "US",
    }


@pytest.mark.parametrize("nothing", ["N/A", "000000000", "NA", "None", "XXXX", ""])
def test_words_for_nothing_are_nothing(nothing):
    """Filers write N/A and zeros where there is no code."""
    more = (
        f'<cusip>{nothing}</cusip><identifiers><isin value="{nothing}"/></identifiers>'
    )
    row = _rows(_line(more))[0]
    assert (row["CUSIP"], row["ISIN"], row["LEI"]) == (None, None, None)


def test_a_currency_with_its_rate_stands_in_an_attribute():
    """Securities in other currencies have no curCd; the value is in dollars."""
    row = _first(_line('<currencyConditional curCd="JPY" exchangeRt="157.1"/>'))
    assert (row["Currency"], row["Market Value (USD)"]) == ("JPY", 600.0)


def test_a_bond():
    """A bond has a coupon and a maturity."""
    debt = (
        "<debtSec><maturityDt>2034-05-15</maturityDt><couponKind>Fixed</couponKind>"
        "<annualizedRt>4.375</annualizedRt></debtSec>"
    )
    row = _first(_line(debt, kind="DBT"))
    assert (row["Asset Class"], row["Coupon"]) == ("Bond", 4.375)
    assert row["Maturity"] == "2034-05-15"


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("<assetCat>EP</assetCat>", "Preferred Equity"),
        ("<assetCat>STIV</assetCat>", "Money Market"),
        ("<assetCat>RA</assetCat>", "Cash (repurchase agreement)"),
        ("<assetCat>ABS-MBS</assetCat>", "Mortgage-Backed Bond"),
        ("<assetCat>EC</assetCat><issuerCat>RF</issuerCat>", "Fund"),
        ("<assetCat>STIV</assetCat><issuerCat>RF</issuerCat>", "Money Market"),
        ('<assetConditional assetCat="OTHER" desc="ETF"/>', "Fund (ETF)"),
        ('<assetConditional assetCat="OTHER" desc="Right"/>', "Right"),
        ("<assetCat>DCR</assetCat>", "Derivative (swap or other contract)"),
        ("<assetCat>QQ</assetCat>", "QQ"),
    ],
)
def test_classes_in_plain_words(category, expected):
    """The codes of the form are put into words; what filers add in words is kept."""
    line = _line().replace("<assetCat>EC</assetCat>", category)
    assert _first(line)["Asset Class"] == expected


def _contract(inner, *, name="N/A", value="-5.00", kind="DE"):
    info = f"<derivativeInfo>{inner}</derivativeInfo>"
    return _line(info, name=name, value=value, kind=kind, side="N/A")


def test_a_written_option_is_short():
    """A written call has a strike, an expiry, a right, and is short."""
    option = (
        '<optionSwaptionWarrantDeriv derivCat="OPT"><counterparties><counterpartyName>'
        "Big Bank</counterpartyName></counterparties><putOrCall>Call</putOrCall>"
        "<writtenOrPur>Written</writtenOrPur><descRefInstrmnt><otherRefInst>"
        "<issuerName>Apple Inc</issuerName><issueTitle>Apple Inc COM</issueTitle>"
        "</otherRefInst></descRefInstrmnt><shareNo>100</shareNo>"
        "<exercisePrice>250.00</exercisePrice><exercisePriceCurCd>USD"
        "</exercisePriceCurCd><expDt>2025-01-17</expDt><delta>XXXX</delta>"
        "<unrealizedAppr>2.5</unrealizedAppr></optionSwaptionWarrantDeriv>"
    )
    row = _first(_contract(option, name="Big Bank"))
    assert row["Name"] == "Big Bank stock"
    assert (row["Asset Class"], row["Side"], row["Put/Call"]) == (
        "Option",
        "Short",
        "Call",
    )
    assert (row["Strike"], row["Maturity"]) == (250.0, "2025-01-17")
    assert (row["Underlying"], row["Unrealized Gain (USD)"]) == ("Apple Inc COM", 2.5)
    assert "Delta" not in row


@pytest.mark.parametrize(
    ("category", "expected"), [("WAR", "Warrant"), ("SWO", "Option on a swap")]
)
def test_terms_within_terms_are_not_the_contracts_own(category, expected):
    """The swap under a swaption has a notional of its own."""
    option = (
        f'<optionSwaptionWarrantDeriv derivCat="{category}"><writtenOrPur>Purchased'
        "</writtenOrPur><descRefInstrmnt><nestedDerivInfo><swapDeriv><notionalAmt>9"
        "</notionalAmt><terminationDt>2040-01-01</terminationDt></swapDeriv>"
        "</nestedDerivInfo></descRefInstrmnt><expDt>2025-01-17</expDt>"
        "</optionSwaptionWarrantDeriv>"
    )
    row = _first(_contract(option))
    assert (row["Asset Class"], row["Side"]) == (expected, "Long")
    assert row["Maturity"] == "2025-01-17"
    assert "Notional (USD)" not in row


@pytest.mark.parametrize(
    ("category", "currency", "expected"),
    [
        ("FUT", "USD", ("Future", 275000.0, None)),
        ("FWD", "USD", ("Future (over the counter)", 275000.0, None)),
        ("FUT", "EUR", ("Future", None, "275000.00 EUR")),
    ],
)
def test_a_future_has_its_own_side_and_notional(category, currency, expected):
    """A notional that is not in dollars stands apart, since rates go both ways."""
    future = (
        f'<futrDeriv derivCat="{category}"><payOffProf>Short</payOffProf>'
        "<expDate>2024-09-20</expDate><notionalAmt>275000.00</notionalAmt>"
        f"<curCd>{currency}</curCd><unrealizedAppr>-5.00</unrealizedAppr></futrDeriv>"
    )
    row = _rows(_contract(future))[0]
    assert (row["Side"], row["Maturity"]) == ("Short", "2024-09-20")
    found = row["Asset Class"], row["Notional (USD)"], row["Notional in Local Currency"]
    assert found == expected


def test_a_currency_forward_is_named_after_its_currencies():
    """The leg in dollars is the notional; a forward without a name gets one."""
    forward = (
        '<fwdDeriv derivCat="FWD"><amtCurSold>1080.00</amtCurSold>'
        "<curSold>USD</curSold>"
        "<amtCurPur>1000.00</amtCurPur><curPur>EUR</curPur>"
        "<settlementDt>2024-08-01</settlementDt></fwdDeriv>"
    )
    line = _contract(forward, kind="DFE").replace("N/A stock", "N/A")
    row = _first(line)
    assert (row["Name"], row["Asset Class"]) == ("FX forward EUR/USD", "FX Forward")
    assert (row["Notional (USD)"], row["Maturity"]) == (1080.0, "2024-08-01")


def test_a_swap():
    """A swap has a notional and an end; what it swaps is not read."""
    swap = (
        '<swapDeriv derivCat="SWP"><swapFlag>Y</swapFlag><terminationDt>2031-06-20'
        "</terminationDt><notionalAmt>500.00</notionalAmt><curCd>USD</curCd></swapDeriv>"
    )
    row = _first(_contract(swap, kind="DCR"))
    assert (row["Asset Class"], row["Notional (USD)"]) == ("Swap", 500.0)
    assert row["Maturity"] == "2031-06-20"


def test_a_submission_wraps_the_document():
    """The full text of a submission is read like the document in it."""
    page = _fund(_line())
    text = f"<SEC-DOCUMENT>\n<DOCUMENT>\n<TYPE>NPORT-P\n<TEXT>\n<XML>\n{page}\n</XML>\n"
    assert read_nport_grids(text.encode()) == read_nport_grids(page.encode())


def test_contracts_and_shorts_become_positions(tmp_path):
    """Shorts, options and futures come out as such, in dollars."""
    option = (
        '<optionSwaptionWarrantDeriv derivCat="OPT"><putOrCall>Put</putOrCall>'
        "<writtenOrPur>Written</writtenOrPur><exercisePrice>90</exercisePrice>"
        "<expDt>2025-01-17</expDt></optionSwaptionWarrantDeriv>"
    )
    future = (
        '<futrDeriv derivCat="FUT"><payOffProf>Short</payOffProf>'
        "<notionalAmt>-500.00</notionalAmt><curCd>USD</curCd></futrDeriv>"
    )
    short = _line(value="-10.00", side="Short")
    file = tmp_path / "primary_doc.xml"
    file.write_text(_fund(_line(), short, _contract(option), _contract(future)))
    portfolio = read_holdings_file(file)
    assert [
        (p.asset_class, p.quantity, p.market_value, p.exposure)
        for p in portfolio.positions
    ] == [
        ("equity", 3.0, 600.0, None),
        ("equity", -3.0, -10.0, None),
        ("option", -3.0, -5.0, None),
        ("future", -3.0, -5.0, -500.0),
    ]
    terms = portfolio.positions[2].terms
    assert (terms["expiry"], terms["right"]) == ("2025-01-17", "put")
    assert (portfolio.name, str(portfolio.as_of)) == ("Alpha Growth Fund", "2024-06-30")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (_fund(_line())[:-40], "damaged"),
        (f"<XML>{_fund(_line())}", "damaged"),
        (_fund(), "no-table"),
        ("<Workbook/>", "no-table"),
        ("<SEC-DOCUMENT>\n<DOCUMENT>\n<TEXT>\nplain\n", "no-table"),
        ("", "damaged"),
        ("<edgarSubmission>" + "<a>" * 300_000, "damaged"),
        ("<edgarSubmission><invstOrSec>" + "<a/>" * 300_000, "too-large"),
        (
            '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + _line("&b;"),
            "damaged",
        ),
        ('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///x">]>' + _line("&a;"), "damaged"),
    ],
)
def test_files_that_cannot_be_read(text, code):
    """Damaged, empty, foreign and hostile files are refused with a reason."""
    with pytest.raises(HoldingsError) as caught:
        read_nport_grids(text.encode())
    assert caught.value.code == code
    assert caught.value.hint
