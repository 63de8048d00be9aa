"""Form 13F: the three shapes it comes in, and dollars told from thousands."""

import pytest

from stresskit.errors import HoldingsError
from stresskit.readers import read_holdings_file
from stresskit.readers.files.thirteenf import read_13f_grids

_NAMESPACE = "http://www.sec.gov/edgar/document/thirteenf/informationtable"
# A median price of 200 dollars, or of 0.2 where values are thousands.
_PRICES = (50, 100, 200, 300, 400)


def _entry(value, shares, *, title="COM", kind="SH", more="", n=0):
    return (
        f"<infoTable><nameOfIssuer>ISSUER {n}</nameOfIssuer>"
        f"<titleOfClass>{title}</titleOfClass><cusip>037833100</cusip>"
        f"<value>{value}</value><shrsOrPrnAmt><sshPrnamt>{shares}</sshPrnamt>"
        f"<sshPrnamtType>{kind}</sshPrnamtType></shrsOrPrnAmt>{more}"
        "<investmentDiscretion>SOLE</investmentDiscretion><votingAuthority>"
        "<Sole>1</Sole><Shared>0</Shared><None>0</None></votingAuthority></infoTable>"
    )


def _table(*entries):
    return (
        f'<informationTable xmlns="{_NAMESPACE}">{"".join(entries)}</informationTable>'
    )


def _priced(unit):
    return _table(*(_entry(p * 1000 // unit, 1000) for p in _PRICES))


def _cover(*, total=1050, signed="02-14-2024", schema="X0202", more=""):
    return (
        '<edgarSubmission xmlns="http://www.sec.gov/edgar/thirteenffiler">'
        f"<schemaVersion>{schema}</schemaVersion><headerData><submissionType>13F-HR"
        "</submissionType><filerInfo><periodOfReport>12-31-2023</periodOfReport>"
        "</filerInfo></headerData><formData><coverPage>"
        f"{more}<filingManager><name>ALPHA CAPITAL LLC</name></filingManager>"
        "</coverPage><signatureBlock><name>J. Doe</name>"
        f"<signatureDate>{signed}</signatureDate></signatureBlock><summaryPage>"
        f"<tableEntryTotal>5</tableEntryTotal><tableValueTotal>{total}"
        "</tableValueTotal></summaryPage></formData></edgarSubmission>"
    )


def _submission(*documents, filed="20240214", kind="13F-HR"):
    header = (
        "<SEC-DOCUMENT>0000000000-24-000001.txt : 20240214\n<SEC-HEADER>\n"
        f"CONFORMED SUBMISSION TYPE:\t{kind}\nCONFORMED PERIOD OF REPORT:\t20231231\n"
        f"FILED AS OF DATE:\t\t{filed}\n\nFILER:\n\n\tCOMPANY DATA:\n"
        "\t\tCOMPANY CONFORMED NAME:\t\tALPHA CAPITAL LLC\n</SEC-HEADER>\n"
    )
    return header + "".join(
        f"<DOCUMENT>\n<TYPE>{kind}\n<TEXT>\n<XML>\n<?xml version='1.0'?>\n{d}\n</XML>\n"
        "</TEXT>\n</DOCUMENT>\n"
        for d in documents
    )


def _facts(text):
    """Give the rows above the header as a dictionary, and the table below."""
    (grid,) = read_13f_grids(text.encode())
    at = next(r for r, cells in enumerate(grid.rows) if "CUSIP" in cells)
    header = grid.rows[at]
    rows = [dict(zip(header, cells, strict=True)) for cells in grid.rows[at + 1 :]]
    return dict(grid.rows[:at]), rows


def test_an_information_table_alone():
    """Names and codes are text, amounts numbers; the price tells the unit."""
    stated, rows = _facts(_table(_entry(191450, 1000)))
    assert stated == {
        "Base Currency": "USD",
        "Unit": "USD (nothing states it; the median price is 191)",
    }
    assert rows == [
        {
            "Name": "ISSUER 0",
            "Title of Class": "COM",
            "Asset Class": "Equity",
            "CUSIP": "037833100",
            "FIGI": None,
            "Quantity": 1000.0,
            "SH/PRN": "SH",
            "Market Value (USD)": 191450.0,
            "Put/Call": None,
            "Discretion": "SOLE",
            "Other Manager": None,
        }
    ]


def test_any_prefix_will_do():
    """Some filers write a prefix before every name."""
    text = _table(_entry(191450, 1000)).replace("</", "</ns1:").replace("<", "<ns1:")
    text = text.replace("<ns1:/ns1:", "</ns1:").replace("xmlns=", "xmlns:ns1=")
    assert _facts(text)[1][0]["Market Value (USD)"] == 191450.0


@pytest.mark.parametrize(
    ("title", "kind", "more", "expected"),
    [
        ("CL A", "SH", "", "Equity"),
        ("SPONSORED ADS", "SH", "", "Equity"),
        ("CORE S&amp;P500 ETF", "SH", "", "Fund"),
        ("*W EXP 01/01/2027", "SH", "", "Warrant"),
        ("RIGHT 12/31/2025", "SH", "", "Rights"),
        ("NOTE 1.250% 3/1", "PRN", "", "Bond"),
        ("SHS", "SH", "", None),
        ("COM", "SH", "<putCall>Put</putCall>", "Option"),
    ],
)
def test_the_class_is_what_the_entry_states(title, kind, more, expected):
    """Titles of classes are put into plain words where they say something."""
    _, rows = _facts(_table(_entry(1000, 10, title=title, kind=kind, more=more)))
    assert rows[0]["Asset Class"] == expected


def test_a_submission_has_name_day_and_total():
    """The cover page says whose holdings these are, of which day and how much."""
    stated, rows = _facts(_submission(_cover(total=1_050_000), _priced(1)))
    assert stated == {
        "Portfolio Name": "ALPHA CAPITAL LLC",
        "As of": "2023-12-31",
        "Total Value (USD)": 1_050_000.0,
        "Entries": "5 stated, 5 read",
        "Base Currency": "USD",
        "Unit": "USD (filed 2024-02-14, not before 2023-01-03)",
    }
    assert [r["Market Value (USD)"] for r in rows] == [1000.0 * p for p in _PRICES]


def test_filings_before_2023_are_in_thousands():
    """The header states thousands, and the total is brought to dollars."""
    text = _submission(_cover(schema="X0101"), _priced(1000), filed="20210214")
    stated, rows = _facts(text)
    assert stated["Unit"] == "USD thousands (filed 2021-02-14, before 2023-01-03)"
    assert stated["Total Value (USD)"] == 1_050_000.0
    assert rows[0]["Market Value (USD thousand)"] == 50.0


def test_a_total_in_dollars_over_thousands_is_left_alone():
    """Some filers add up in dollars what they list in thousands."""
    text = _submission(_cover(total=1_050_000), _priced(1000), filed="20210214")
    assert _facts(text)[0]["Total Value (USD)"] == 1_050_000.0


@pytest.mark.parametrize(
    ("table", "filed", "thousands", "why"),
    [
        (_priced(1000), "20240214", True, "as dollars the median price is 0.2"),
        (_priced(1), "20210214", False, "as thousands the median price is 200,000"),
        (_priced(1), "20230103", False, "not before 2023-01-03"),
        (_priced(1000), "20230102", True, "before 2023-01-03"),
        # Two prices below a dollar prove nothing against the form.
        (_table(_entry(1, 10), _entry(2, 10)), "20240214", False, "not before"),
    ],
)
def test_prices_overrule_the_day_only_if_there_are_enough(table, filed, thousands, why):
    """Filers who still give thousands are found out by their prices."""
    stated, rows = _facts(_submission(_cover(), table, filed=filed))
    assert stated["Unit"].startswith("USD thousands" if thousands else "USD (")
    assert why in stated["Unit"]
    assert ("Market Value (USD thousand)" in rows[0]) == thousands


@pytest.mark.parametrize(
    ("entries", "thousands"),
    [
        ([_entry(200, 1000)], True),
        ([_entry(200_000, 1000)], False),
        # Only the share counts: warrants, bonds and options would mislead.
        (
            [
                _entry(50, 1000, title="*W EXP 01/01/2027"),
                _entry(90, 1000, kind="PRN"),
                _entry(90, 1000, more="<putCall>Call</putCall>"),
                _entry(20_000, 1000),
            ],
            False,
        ),
        ([_entry(0, 1000), _entry(90, 0)], False),
    ],
)
def test_without_a_day_the_median_price_decides(entries, thousands):
    """Below half a dollar a share the values are thousands."""
    unit = _facts(_table(*entries))[0]["Unit"]
    assert unit.startswith("USD thousands" if thousands else "USD (")


def test_the_cover_page_alone_says_the_unit_of_nothing():
    """A cover page without the table is refused, saying what is missing."""
    with pytest.raises(HoldingsError, match="cover page") as caught:
        read_13f_grids(_cover().encode())
    assert caught.value.code == "no-table"


@pytest.mark.parametrize(
    ("signed", "schema", "thousands"),
    [("02-14-2021", "X0202", True), ("", "X0101", True), ("", "X0202", False)],
)
def test_signature_and_version_stand_in_for_the_day(signed, schema, thousands):
    """Where the day of filing is missing the signature counts, then the version."""
    wrapped = _submission(_cover(signed=signed, schema=schema), _table(_entry(5, 10)))
    unit = _facts(wrapped.replace("FILED AS OF", "X"))[0]["Unit"]
    assert unit.startswith("USD thousands") == thousands


def test_several_tables_are_several_grids():
    """Each table is a sheet; the total is that of all and left out."""
    text = _submission(_cover(), _priced(1), _table(_entry(200, 1)))
    grids = read_13f_grids(text.encode())
    assert [g.sheet for g in grids] == ["Information table 1", "Information table 2"]
    assert all(row[0] != "Total Value (USD)" for g in grids for row in g.rows)


def test_an_amendment_of_new_holdings_says_so():
    """Such an amendment lists only what was left out before."""
    more = "<amendmentInfo><amendmentType>NEW HOLDINGS</amendmentType></amendmentInfo>"
    stated, _ = _facts(_submission(_cover(more=more), _priced(1)))
    assert stated["Amendment"] == "NEW HOLDINGS"


def _page(unit, *rows):
    cells = ["NAME OF ISSUER", "TITLE OF CLASS", "CUSIP", "FIGI", unit, "PRN AMT"]
    cells += ["PRN", "CALL", "DISCRETION", "MANAGER", "SOLE", "SHARED", "NONE"]
    upper = ["", "", "", "", "VALUE", "SHRS OR", "SH/", "PUT/", "INVESTMENT", "OTHER"]
    lines = [[f"COLUMN {n}" for n in range(1, 9)], upper, cells, *rows]
    body = "".join(f"<tr><td>{'</td><td>'.join(x)}</td></tr>" for x in lines)
    return f"<!DOCTYPE html><html><p>FORM 13F</p><table>{body}</table></html>"


@pytest.mark.parametrize(
    ("unit", "value", "header"),
    [
        ("(to the nearest dollar)", "191,450", "Market Value (USD)"),
        ("(x$1000)", "191", "Market Value (USD thousand)"),
    ],
)
def test_the_page_of_the_sec(unit, value, header):
    """The page that the SEC shows states the unit in its header of two rows."""
    row = ["APPLE INC", "COM", "037833100", "", value, "1,000", "SH", "Put", "SOLE", ""]
    stated, rows = _facts(_page(unit, row))
    assert "its header says so" in stated["Unit"]
    assert rows[0][header] == float(value.replace(",", ""))
    assert (rows[0]["Quantity"], rows[0]["Put/Call"]) == (1000.0, "Put")


def test_thousands_become_dollars_once(tmp_path):
    """A filing in thousands is a portfolio in dollars that adds up to its total."""
    file = tmp_path / "filing.txt"
    file.write_text(_submission(_cover(), _priced(1000), filed="20210214"))
    portfolio = read_holdings_file(file)
    assert [p.market_value for p in portfolio.positions] == [1000 * p for p in _PRICES]
    assert (portfolio.name, str(portfolio.as_of)) == ("ALPHA CAPITAL LLC", "2023-12-31")
    assert (portfolio.base_currency, portfolio.stated_total) == ("USD", 1_050_000)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (_table(_entry(1, 1))[:-30], "damaged", "cut off"),
        (_submission(_cover(), _table(_entry(1, 1)))[:-60], "damaged", "middle"),
        (_table(), "no-table", "empty"),
        ("<Workbook/>", "no-table", "no information table"),
        ("", "damaged", "cut off"),
        (_submission(_cover(), kind="13F-NT"), "no-table", "notice"),
        (
            _submission() + "<DOCUMENT>\n<TEXT>\n<TABLE>\nAPPLE COM 037833100\n",
            "no-table",
            "plain text",
        ),
        ("<html><table><tr><td>a</table>", "no-table", "web page"),
        (
            '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + _table("&b;"),
            "damaged",
            "entities",
        ),
        (
            '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + _table("&a;"),
            "damaged",
            "entities",
        ),
        ("<informationTable>" + "<a>" * 300_000, "damaged", "deep"),
        ("<XML>" * 300_000, "damaged", "middle"),
    ],
)
def test_files_that_cannot_be_read(text, code, words):
    """Damaged, empty, foreign and hostile files are refused with a reason."""
    with pytest.raises(HoldingsError, match=words) as caught:
        read_13f_grids(text.encode())
    assert caught.value.code == code
    assert caught.value.hint
