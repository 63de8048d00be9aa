"""Numbers and dates in the styles that files use."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresskit.readers.cells import (
    Broken,
    decimal_mark,
    is_missing,
    name_of,
    parse_number,
)
from stresskit.readers.dates import day_first, is_ambiguous, parse_date

_CENTS = st.integers(min_value=-(10**13), max_value=10**13)
_STYLES = [
    (lambda t: t, "."),
    (lambda t: "$" + t if t[0] != "-" else "-$" + t[1:], "."),
    (lambda t: f"({t[1:]})" if t[0] == "-" else "+" + t, "."),
    (lambda t: t.replace(",", "'"), "."),
    (lambda t: t.replace(",", "\u2009"), "."),
    (lambda t: t.translate(str.maketrans(",.", ".,")), ","),
    (lambda t: t.translate(str.maketrans(",.", "\xa0,")) + " €", ","),
    (lambda t: t + "%", "."),
]


@pytest.mark.parametrize("style", range(len(_STYLES)))
@settings(derandomize=True, database=None)
@given(cents=_CENTS)
def test_numbers_round_trip_in_every_style(style, cents):
    """A number written in a style is read back exactly."""
    write, decimal = _STYLES[style]
    text = write(f"{cents / 100:,.2f}")
    assert cents / 100 == parse_number(text, decimal=decimal).value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,234.56", 1234.56),
        ("$1,234.56", 1234.56),
        ("(3)", -3.0),
        ("($4,000.00)", -4000.0),
        ("12-", -12.0),
        ("1,00,000.50", 100000.5),
        ("+2.68%", 2.68),
        ("<.01%", 0.005),
        (".5", 0.5),
        ("−7", -7.0),
        ("1.5E+03", 1500.0),
    ],
)
def test_numbers_with_a_decimal_point(text, expected):
    """Signs, brackets, currency and percent are understood."""
    assert expected == parse_number(text).value


@pytest.mark.parametrize(
    "text", ["abc", "1.2.3", "12,34.5", "1 2", "#N/A", "$", "--5-x"]
)
def test_what_is_no_number_is_refused(text):
    """Nothing is guessed from a text that is no number."""
    with pytest.raises(ValueError, match="number"):
        parse_number(text)


@pytest.mark.parametrize("value", [float("inf"), float("nan"), True, Broken("1")])
def test_cells_that_only_look_like_numbers_are_refused(value):
    """Infinity, truth values and broken cells are no numbers."""
    with pytest.raises(ValueError, match="number"):
        parse_number(value)


def test_missing_is_not_a_broken_cell_and_na_is_a_name():
    """The many ways to say nothing are known, and NA stays a ticker."""
    assert all(map(is_missing, ["", "-", "--", "N/A", "NIL", "None", "\xa0", None]))
    assert not is_missing(Broken("#N/A"))
    assert name_of("NA") == "NA"
    assert name_of(" - ") is None


def test_the_column_decides_its_decimal_mark():
    """One clear number settles the ambiguous ones beside it."""
    assert decimal_mark(["1.000", "2.500", "265,50"]) == ","
    assert decimal_mark(["1,000", "12.5"]) == "."
    assert decimal_mark(["1,000"], default=",") == ","


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("As of 07-Feb-2025", dt.date(2025, 2, 7)),
        ("Aug 03, 2026", dt.date(2026, 8, 3)),
        ("31/01/2025", dt.date(2025, 1, 31)),
        ("06/04/2024", dt.date(2024, 6, 4)),
        ("2026/06/10", dt.date(2026, 6, 10)),
        ("17-Sep-25", dt.date(2025, 9, 17)),
        ("Stand: 31.01.2025", dt.date(2025, 1, 31)),
        ("1. März 2025", dt.date(2025, 3, 1)),
        ("15 août 2024", dt.date(2024, 8, 15)),
        ("2025年12月31日", dt.date(2025, 12, 31)),
        ("4/30/19", dt.date(2019, 4, 30)),
        (dt.datetime(2025, 1, 2, 3), dt.date(2025, 1, 2)),  # noqa: DTZ001 - as Excel gives
        ("99/99/2024", None),
        ("no date", None),
        (None, None),
    ],
)
def test_dates(text, expected):
    """Dates are found in words, six languages and several orders."""
    assert expected == parse_date(text)


def test_a_column_can_settle_the_order_of_its_dates():
    """One day above twelve decides; without one the date is ambiguous."""
    assert day_first(["06/04/2024", "31/01/2025"]) is True
    assert day_first(["06/04/2024", "01/31/2025"]) is False
    assert is_ambiguous("06/04/2024")
    assert not is_ambiguous("05/05/2024")
    assert parse_date("06/04/2024", day_is_first=True) == dt.date(2024, 4, 6)
