"""What time it is: the system's, or the one that makes a run repeatable."""

from __future__ import annotations

import datetime as dt
import os

from stresskit.errors import InputError

VARIABLE = "SOURCE_DATE_EPOCH"
# What a workbook can be dated with.
EARLIEST = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)
LATEST = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)


def now() -> dt.datetime:
    """Return the time in UTC, to the second.

    ``SOURCE_DATE_EPOCH`` (seconds since 1970, the convention of reproducible builds)
    stands in for the system's clock, so that the same input gives the same bytes.

    Raises
    ------
    InputError
        If the variable is set and holds no time from 1980 on.
    """
    given = os.environ.get(VARIABLE, "").strip()
    if not given:
        return dt.datetime.now(dt.UTC).replace(microsecond=0)
    # Digits of other scripts are digits to Python.
    if given.isascii() and given.isdecimal() and len(given) < 13:
        seconds = int(given)
        if EARLIEST.timestamp() <= seconds <= LATEST.timestamp():
            return dt.datetime.fromtimestamp(seconds, dt.UTC)
    raise InputError(
        f"{VARIABLE} is {given[:40]!r}, which is no time.",
        hint="Give whole seconds since 1970, from 1980 on (`date -d 2025-01-27 +%s`), "
        "or unset it.",
        code="source-date-epoch",
    )
