"""Totals are found by arithmetic first, by words second, and never in silence."""

import pytest

from stresskit.readers import read_holdings_file

_HEAD = "Name,ISIN,Value (EUR)\n"
_SHARES = "SAP,DE0007164600,5000.10\nApple,US0378331005,6000\n"


def rows(portfolio):
    """Give the rows of the positions."""
    return [p.row for p in portfolio.positions]


def issues(portfolio, code):
    """Give the issues of a code."""
    return [i for i in portfolio.issues if i.code == code]


@pytest.mark.parametrize(
    "label",
    [
        "Gesamtvermögen",
        "TOTAL PORTEFEUILLE",
        "Totale patrimonio",
        "Portfolio value",
        "Portfolio value EUR",
        "Depotwert",
        "Vermögen",
        "Valeur totale",
        "Patrimoine",
        "Totaal",
        "",
    ],
)
def test_a_grand_total_below_a_line_of_cash(write_csv, label):
    """The sum of shares and cash is no position, whatever language names it."""
    text = f"{_HEAD}{_SHARES}Konto EUR,,1000\n{label},,12000.10\n"
    read = read_holdings_file(write_csv(text))
    assert rows(read) == [2, 3, 4]
    assert read.stated_total == pytest.approx(12000.10, rel=1e-12)
    assert issues(read, "total-differs") == []


def test_an_unknown_label_is_a_total_by_its_sum(write_csv):
    """A row without code that is the sum of all above it is named and left out."""
    text = f"{_HEAD}{_SHARES}Konto EUR,,1000\nAlles in allem,,12000.10\n"
    read = read_holdings_file(write_csv(text))
    assert rows(read) == [2, 3, 4]
    (issue,) = issues(read, "total-by-sum")
    assert (issue.row, issue.money) == (5, 12000.10)


def test_class_subtotals_above_their_rows(write_csv):
    """Classes above blocks of two rows and of one are subtotals, cash is not."""
    text = (
        _HEAD + "Equities,,11000\nSAP,DE0007164600,5000\nApple,US0378331005,6000\n"
        "Fixed Income,,1000\nBund,DE0001102333,1000\nLiquidity,,1000\nKonto EUR,,1000\n"
        "Gesamtvermögen,,13000\n"
    )
    read = read_holdings_file(write_csv(text))
    assert rows(read) == [3, 4, 6, 8]
    assert (read.total_value, read.stated_total) == (13000.0, 13000.0)


def test_class_subtotals_below_their_rows(write_csv):
    """The same below the blocks."""
    text = (
        _HEAD + "SAP,DE0007164600,5000\nApple,US0378331005,6000\nEquities,,11000\n"
        "Bund,DE0001102333,1000\nFixed Income,,1000\nKonto EUR,,1000\nLiquidity,,1000\n"
    )
    read = read_holdings_file(write_csv(text))
    assert rows(read) == [2, 3, 5, 7]


def test_cash_that_equals_the_shares_is_cash(write_csv):
    """A line of cash as large as all shares is no subtotal of them."""
    text = _HEAD + "SAP,DE0007164600,5000\nApple,US0378331005,5000\nCash,,10000\n"
    read = read_holdings_file(write_csv(text + "Total,,20000\n"))
    assert rows(read) == [2, 3, 4]
    assert read.stated_total == 20000.0


def test_a_class_that_does_not_add_up_is_said(write_csv):
    """Words and no identifier decide, and the warning names row and money."""
    text = _HEAD + "SAP,DE0007164600,5000\nApple,US0378331005,6000\nEquities,,11500\n"
    read = read_holdings_file(write_csv(text + "Cash,,1000\n"))
    assert rows(read) == [2, 3, 5]
    (issue,) = issues(read, "total-differs")
    assert (issue.severity, issue.row, issue.money) == ("warning", 4, 11500.0)


def test_the_files_own_total_decides_for_a_position(write_csv):
    """Funds without a code that the stated total needs are counted, and it is said."""
    text = _HEAD + "SAP,DE0007164600,5000\nApple,US0378331005,6000\nFunds,,700\n"
    read = read_holdings_file(write_csv(text + "Total,,11700\n"))
    assert rows(read) == [2, 3, 4]
    assert "counted" in issues(read, "total-differs")[0].message


def test_a_list_of_classes_is_a_portfolio(write_csv):
    """Where nothing has a code the classes are the positions."""
    text = "Name,Value (EUR)\nEquities,6000\nBonds,3000\nCash,1000\n"
    read = read_holdings_file(write_csv(text))
    kinds = [p.asset_class for p in read.positions]
    assert kinds == ["equity", "bond", "cash"]


def test_names_that_add_up_by_chance_stay(write_csv):
    """In a list of names alone 1,000 and 2,000 do not make 3,000 a total."""
    read = read_holdings_file(write_csv("Name,Value (EUR)\nA,1000\nB,2000\nC,3000\n"))
    assert rows(read) == [2, 3, 4]


def test_a_last_row_without_label_is_compared(write_csv):
    """An unlabelled sum that leaves out the cash gives an issue with the gap."""
    text = _HEAD + "SAP,DE0007164600,5000\nApple,US0378331005,6000\nKonto,,500\n"
    read = read_holdings_file(write_csv(text + ",,11000\n"))
    assert read.total_value == 11500.0
    assert [i.money for i in issues(read, "total")] == [500.0]


def test_labels_in_the_column_of_quantities(write_csv):
    """A German statement writes the words for sums where the pieces stand."""
    text = (
        "Stück/Nominale;Bezeichnung;ISIN;Kurs;Kurswert EUR\n"
        "10;SAP;DE0007164600;200,00;2.000,00\n5;Allianz;DE0008404005;300,00;1.500,00\n"
        "Summe Aktien;;;;3.500,00\n1.000;Bund;DE0001102333;98,50;985,00\n"
        "Summe Anleihen;;;;985,00\nGesamtsumme;;;;4.485,00\n"
    )
    read = read_holdings_file(write_csv(text))
    assert rows(read) == [2, 3, 5]
    assert (read.total_value, read.stated_total) == (4485.0, 4485.0)
    assert read.issues == ()


def test_the_files_own_total_saves_a_stake_that_equals_the_rest(write_csv):
    """A stake worth as much as all shares counts if the stated total needs it."""
    text = _HEAD + "SAP,DE0007164600,1000\nApple,US0378331005,2000\nMuster GmbH,,3000\n"
    read = read_holdings_file(write_csv(text + "Total,,6000\n"))
    assert (read.total_value, read.stated_total) == (6000.0, 6000.0)
    assert "counted" in issues(read, "total-by-sum")[0].message


@pytest.mark.parametrize(
    ("lines", "values"),
    [
        (
            [
                "Name;Sector;Country;Market Value EUR",
                "Nvidia;Semiconductors;US;1000",
                "Sonstiges;Industrie;Schweiz;1000",
                "SAP;Software;Germany;500",
            ],
            [1000.0, 1000.0, 500.0],
        ),
        (
            [
                "Name;Asset Class;Value EUR",
                "Bundesanleihe;Bond;5000",
                "Gold;Precious Metals;5000",
                "SAP;Equity;2000",
            ],
            [5000.0, 5000.0, 2000.0],
        ),
    ],
)
def test_a_row_that_says_what_it_is_is_no_total(write_csv, lines, values):
    """A name with a sector, country or class of its own may equal what is above it."""
    read = read_holdings_file(write_csv("\n".join(lines)))
    assert [p.market_value for p in read.positions] == values
    assert read.total_value == sum(values)
