"""The time of a run: the system's, or the one it is told."""

from __future__ import annotations

import datetime as dt

import pytest

from stresskit.clock import now
from stresskit.errors import InputError


def test_the_variable_says_what_time_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """1,737,936,000 seconds after 1970 the event's day began."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1737936000")

    assert now() == dt.datetime(2025, 1, 27, tzinfo=dt.UTC)


def test_without_it_the_clock_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is this one, in UTC, to the second."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    before = dt.datetime.now(dt.UTC).replace(microsecond=0)

    assert before <= now() <= dt.datetime.now(dt.UTC)
    assert now().microsecond == 0


@pytest.mark.parametrize(
    "given", ["yesterday", "-1", "0", "1e9", "1737936000.5", "9" * 40, "١٢٣٤٥٦٧٨٩"]
)
def test_what_is_no_time(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words, fractions, years before workbooks and after all: named with a hint."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", given)

    with pytest.raises(InputError, match="SOURCE_DATE_EPOCH") as caught:
        now()
    assert "seconds since 1970" in caught.value.hint
