"""The sessions of a region: which days are the event, the window, the aftermath."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from stresskit.core.factor.sessions import sessions_of
from stresskit.errors import FactorError


@pytest.fixture(scope="module")
def prices(prices_of):
    """Four lines on 300 weekdays from Monday 2 January 2023 on."""
    returns = np.random.default_rng(1).normal(0, 0.01, (299, 4))
    return prices_of(returns, "ABCD")


def day(prices, row):
    """The date of a row."""
    return prices.index[row].date()


def at(prices, row, *, until=None, named=""):
    """The sessions around one event day."""
    return sessions_of(prices, (day(prices, row), day(prices, row)), until, named=named)


def test_the_window_holds_250_returns_and_ends_20_sessions_before(prices):
    """Rows 20 to 269 stand before the gap of an event in row 290."""
    found = at(prices, 290)

    assert np.flatnonzero(found.inside).tolist() == list(range(20, 270))
    assert found.event_rows == [290]
    assert found.late is False


def test_the_event_and_its_neighbours_are_returns_of_closes(prices):
    """By division of prices: the day, the session before, those that follow."""
    found = at(prices, 290)

    p = prices.to_numpy()
    assert found.event.to_numpy() == pytest.approx(p[290] / p[289] - 1, rel=1e-12)
    assert found.days.to_numpy() == pytest.approx(p[290:291] / p[289:290] - 1)
    assert found.before.to_numpy() == pytest.approx(p[289] / p[288] - 1, rel=1e-9)
    assert found.after.to_numpy() == pytest.approx(p[291:] / p[290:-1] - 1, rel=1e-9)


def test_a_window_of_three_sessions_is_compounded(prices):
    """From the close before the first to the close of the last."""
    window = day(prices, 200), day(prices, 202)

    found = sessions_of(prices, window, None)

    p = prices.to_numpy()
    assert found.event.to_numpy() == pytest.approx(p[202] / p[199] - 1, rel=1e-12)
    assert found.days.shape == (3, 4)
    assert np.prod(1 + found.days.to_numpy(), axis=0) - 1 == pytest.approx(found.event)
    assert found.event_rows == [200, 201, 202]
    assert np.flatnonzero(found.inside)[-1] == 179
    assert len(found.after) == 20
    assert found.after.index[0].date() == day(prices, 203)


def test_the_window_may_end_on_a_stated_day(prices):
    """The last return is that of the day itself, or of the session before it."""
    exact = at(prices, 200, until=day(prices, 150))
    saturday = dt.date(2023, 7, 15)
    assert saturday.weekday() == 5

    weekend = at(prices, 200, until=saturday)
    eve = at(prices, 200, until=day(prices, 199))

    assert np.flatnonzero(exact.inside).tolist() == list(range(1, 151))
    assert day(prices, np.flatnonzero(weekend.inside)[-1]) == dt.date(2023, 7, 14)
    assert np.flatnonzero(eve.inside)[-1] == 199


@pytest.mark.parametrize("later", [0, 3])
def test_a_window_that_ends_in_the_event_is_refused(prices, later):
    """The event must not be part of what is usual."""
    with pytest.raises(FactorError, match="after the event starts on 2023-10-09") as e:
        at(prices, 200, until=day(prices, 200 + later))

    assert "--estimate-until" in e.value.hint


def test_a_weekend_is_no_session(prices):
    """Saturday and Sunday 7 and 8 October: Friday and Monday are named."""
    saturday = dt.date(2023, 10, 7)

    with pytest.raises(
        FactorError,
        match=r"2023-10-07 is no session: the market was closed .*2023-10-06 and "
        "2023-10-09",
    ) as error:
        sessions_of(prices, (saturday, saturday), None)

    assert "such as 2023-10-09" in error.value.hint


def test_a_day_on_which_less_than_half_have_a_price_is_a_holiday(prices):
    """One of four lines quoted on a holiday makes no session of it."""
    holiday = prices.copy()
    holiday.iloc[200, 1:] = np.nan

    with pytest.raises(FactorError, match="2023-10-09 is no session"):
        at(holiday, 200)

    found = at(holiday, 201)
    p = prices.to_numpy()
    assert len(found.returns) == 299
    assert found.event.to_numpy() == pytest.approx(p[201] / p[199] - 1, rel=1e-12)


def test_lines_not_listed_yet_do_not_make_days_holidays(prices):
    """Two of four start late: before, one of the other two is half."""
    young = prices.copy()
    young.iloc[:150, 2:] = np.nan
    young.iloc[100, 1] = np.nan

    assert len(at(young, 290).returns) == 300


@pytest.mark.parametrize("away", [dt.date(2022, 12, 30), dt.date(2024, 3, 1)])
def test_a_day_outside_the_file_is_refused(prices, away):
    """Before the first and after the last price, also for a named region."""
    for named in ("", "Japan"):
        if named and away < prices.index[0].date():
            continue
        with pytest.raises(
            FactorError,
            match=f"{away} lies outside the price file, which runs from 2023-01-02 to "
            "2024-02-23",
        ):
            sessions_of(prices, (away, away), None, named=named)


def test_an_event_on_the_first_row_has_no_return(prices):
    """No close stands before it."""
    with pytest.raises(FactorError, match="No session stands before 2023-01-02"):
        at(prices, 0)


def test_an_event_on_the_last_row_has_no_aftermath(prices):
    """It is an event like others, and nothing follows."""
    found = at(prices, 299)

    assert len(found.after) == 0
    assert found.event_rows == [299]
    assert np.isfinite(found.event).all()


@pytest.mark.parametrize(("row", "count"), [(80, 59), (10, 0), (1, 0)])
def test_too_few_returns_before_the_event_are_refused(prices, row, count):
    """Sixty are the least, after the gap: row 81 is the first that can be."""
    with pytest.raises(
        FactorError, match=rf"Only {count} returns stand before.*60 are the least"
    ) as error:
        at(prices, row)

    assert "2023-01-02" in error.value.hint
    assert at(prices, 81).inside.sum() == 60


def test_an_event_that_ends_before_it_starts_is_refused(prices):
    """The two days stand the wrong way round."""
    with pytest.raises(FactorError, match="ends on 2023-10-06, before it starts on"):
        sessions_of(prices, (day(prices, 200), day(prices, 199)), None)


def test_a_named_region_that_was_closed_takes_its_first_session_after(prices):
    """Closed on rows 200 to 202: row 203 stands in, and the region is late."""
    closed = prices.drop(prices.index[200:203])
    asked = day(prices, 200)

    found = sessions_of(closed, (asked, asked), None, named="Japan")

    p = prices.to_numpy()
    assert found.late is True
    assert (found.asked, found.start, found.end) == (asked, *[day(prices, 203)] * 2)
    assert found.event.to_numpy() == pytest.approx(p[203] / p[199] - 1, rel=1e-12)


def test_the_region_the_event_is_named_by_cannot_be_late(prices):
    """Its own sessions are what the event's days mean."""
    closed = prices.drop(prices.index[200:203])

    with pytest.raises(FactorError, match="is no session: the market was closed"):
        sessions_of(closed, (day(prices, 200), day(prices, 200)), None)


def test_a_named_region_closed_on_the_last_day_is_told_by_name(prices):
    """It opened on the first day of the window and not on the last."""
    closed = prices.drop(prices.index[201])

    with pytest.raises(FactorError, match="is no session of Japan"):
        sessions_of(closed, (day(prices, 200), day(prices, 201)), None, named="Japan")
