"""A frame of prices is checked as a file is, and a table of copies is read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stresskit.errors import FactorError, InputError
from stresskit.readers import checked_prices, read_copies

DAYS = pd.to_datetime(["2025-01-23", "2025-01-24", "2025-01-27"])


def frame(**columns):
    """A frame of three days."""
    return pd.DataFrame(columns or {"NVDA": [147.2, 142.6, 118.4]}, index=DAYS)


def test_a_frame_of_closes_stays_what_it_is():
    """Values, tickers and days; a missing price stays missing."""
    found = checked_prices(frame(NVDA=[147.2, 142.6, 118.4], NA=[np.nan, 1.0, 2.0]))

    assert found["NVDA"].tolist() == [147.2, 142.6, 118.4]
    assert found["NA"].isna().tolist() == [True, False, False]
    assert list(found.index) == list(DAYS)
    assert found.index.unit == "ns"


def test_whole_numbers_and_texts_of_numbers_are_prices():
    """A column read as integers or as text that is all numbers."""
    found = checked_prices(frame(A=[100, 101, 102], B=["1.5", "2.5", "3.5"]))

    assert found["A"].tolist() == [100.0, 101.0, 102.0]
    assert found["B"].tolist() == [1.5, 2.5, 3.5]


def test_days_may_be_texts_or_dates():
    """An index of ISO texts or of plain dates is an index of days."""
    for index in (["2025-01-23", "2025-01-24", "2025-01-27"], DAYS.date):
        given = frame().set_axis(index, axis=0)
        assert list(checked_prices(given).index) == list(DAYS)


def test_the_newest_day_may_be_first():
    """A frame from new to old is put in order, in a copy."""
    given = frame(A=[3.0, 2.0, 1.0]).set_axis(DAYS[::-1], axis=0)
    found = checked_prices(given)
    assert (list(found.index), found["A"].tolist()) == (list(DAYS), [1.0, 2.0, 3.0])
    assert list(given.index) == list(DAYS[::-1])


def test_the_frame_given_is_left_alone():
    """Column names that are no text become text, in a copy."""
    given = frame(A=[1, 2, 3]).rename(columns={"A": 8035})
    before = given.copy(deep=True)

    found = checked_prices(given)

    assert list(found.columns) == ["8035"]
    pd.testing.assert_frame_equal(given, before)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (frame(A=["one", "2", "3"]), "no table of prices: .*one"),
        (frame(A=[1.0, 0.0, 2.0]), "Column A has the price 0.0"),
        (frame(A=[1.0, -3.0, 2.0]), "Column A has the price -3.0"),
        (frame().iloc[[1, 0, 2]], "dates do not increase at 2025-01-23"),
        (frame().iloc[[0, 1, 1]], "dates do not increase at 2025-01-24"),
        (frame().iloc[:0], "no prices"),
        (frame().iloc[:, :0], "no prices"),
        (pd.concat([frame(), frame()], axis=1), "Ticker NVDA occurs twice"),
        (
            frame(A=[1.0, 2, 3], B=[1.0, 2, 3]).set_axis([1, "1"], axis=1),
            "Ticker 1 occurs twice",
        ),
        (frame().set_axis(["Mon", "Tue", "Wed"], axis=0), "no table of prices"),
    ],
)
def test_what_is_no_panel_is_named(given, message):
    """Text, a price of nothing, days that do not increase, a ticker twice."""
    with pytest.raises(FactorError, match=message):
        checked_prices(given)


@pytest.mark.parametrize(
    "index",
    [
        range(3),
        pd.DatetimeIndex([DAYS[0], pd.NaT, DAYS[2]]),
    ],
)
def test_an_index_that_holds_no_dates_is_refused(index):
    """Row numbers are no days of 1970, and a missing day is none."""
    with pytest.raises(FactorError):
        checked_prices(frame().set_axis(index, axis=0))


def test_a_table_of_copies(tmp_path):
    """By header, in any order and capitals; a row without a ticker is none."""
    path = tmp_path / "copies.csv"
    path.write_text(
        "Copies,day,Ticker\n"
        "agree within 1bp,2025-01-27,NVDA\n"
        '"26.28% in three, 25.85% in one",2025-01-27,MOD\n'
        ",,\n"
        ",2025-01-27,VRT\n",
        encoding="utf-8",
    )

    found = read_copies(path)

    assert found == {
        "NVDA": "agree within 1bp",
        "MOD": "26.28% in three, 25.85% in one",
        "VRT": "",
    }


def test_copies_of_a_workbook(write_xlsx):
    """The sheet that has the columns is read, whichever it is."""
    path = write_xlsx(
        {
            "Notes": [["Made by hand"], ["on Monday"]],
            "Copies": [["ticker", "copies"], ["NVDA", "2 of 2"]],
        }
    )

    assert read_copies(path) == {"NVDA": "2 of 2"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ticker,agree\nNVDA,yes\n", "no columns ticker and copies"),
        ("NVDA,yes\n", "no columns ticker and copies"),
        ("ticker,copies\nNVDA,a\nMOD,b\nNVDA,c\n", "row 4: NVDA stands twice"),
    ],
)
def test_a_table_that_is_none_of_copies_is_refused(tmp_path, text, message):
    """Without the columns, or with a ticker twice; the file and row are named."""
    path = tmp_path / "copies.csv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(FactorError, match=message) as error:
        read_copies(path)

    assert "copies.csv" in str(error.value)


def test_a_table_of_copies_that_is_not_there_is_refused(tmp_path):
    """An error of ours, with its name."""
    with pytest.raises(InputError, match=r"copies\.csv"):
        read_copies(tmp_path / "copies.csv")
