"""What an option is on: a share, a fund, an index under any of its names."""

from __future__ import annotations

import datetime as dt

import pytest

from stresskit.mappers import MappingContext
from stresskit.mappers.underlying import underlying_of
from stresskit.plugins import load_mappers

DAY = dt.date(2025, 1, 24)


@pytest.fixture(scope="module")
def context(shipped, portfolio):
    """Return a context of the shipped factor in which codes can be looked up."""
    book = portfolio(base="USD")
    return MappingContext(shipped, book, mappers=load_mappers(), as_of=DAY)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("NVDA", "NVDA:XNAS"),
        (" nvda ", "NVDA:XNAS"),
        ("NVDA US Equity", "NVDA:XNAS"),
        ("NVIDIA CORP", "NVDA:XNAS"),
        ("US67066G1040", "NVDA:XNAS"),
        ("BRK/B", "BRK.B:XNYS"),
    ],
)
def test_a_share_is_found_under_any_code(position, context, code, found):
    """Tickers as exchanges and terminals write them, names and ISINs are one share."""
    beneath = underlying_of(position(asset_class="option"), code, context)
    assert found in beneath.exposure.matched
    # A share: delivered, and its volatility is its own.
    assert (beneath.is_index, beneath.american) == (False, True)


@pytest.mark.parametrize(
    ("code", "fund"),
    [
        *[(c, "SPY:ARCX") for c in ("SPX", "SPXW", "XSP", "^SPX", "SPX Index")],
        ("SPX US Index", "SPY:ARCX"),
        *[(c, "QQQ:XNAS") for c in ("NDX", "NDXP", "$NDX")],
        *[(c, "IWM:ARCX") for c in ("RUT", "RUTW", "MRUT")],
        ("DJX", "DIA:ARCX"),
    ],
)
def test_an_index_moves_like_the_fund_on_it(position, context, code, fund):
    """The roots of index options lead to the fund that futures on it lead to."""
    beneath = underlying_of(position(asset_class="option"), code, context)
    assert fund in beneath.exposure.matched
    # Settled in cash: exercised on the last day only.
    assert (beneath.is_index, beneath.american) == (True, False)


@pytest.mark.parametrize(
    ("code", "is_index"),
    [
        ("SPY", True),
        ("VOO", True),  # follows SPY
        ("IWM", True),
        ("SMH", False),  # chips alone
        ("SOXL", False),  # three times a day
        ("GLD", False),  # no index of shares
        ("TLT", False),
    ],
)
def test_funds_are_delivered(position, context, code, is_index):
    """Options on funds are American; those on broad ones move like an index."""
    beneath = underlying_of(position(asset_class="option"), code, context)
    assert (beneath.is_index, beneath.american) == (is_index, True)


@pytest.mark.parametrize("code", ["ZZZQ", "VIX", "", "  "])
def test_what_no_mapper_knows_is_nothing(position, context, code):
    """An unknown code is no share with a beta of one."""
    assert underlying_of(position(asset_class="option"), code, context) is None


def test_a_code_is_looked_up_once_per_currency(position, context):
    """Options on one share have one exposure underneath."""
    one, two = (position(name, asset_class="option") for name in ("One", "Two"))
    first = underlying_of(one, "MSFT", context)
    assert underlying_of(two, "msft", context) is first
