"""Columns and published moves paired with the lines of a chain."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from stresskit.core.factor.listing import listed_columns, published_lines, some
from stresskit.errors import FactorError
from stresskit.model import Published

DAY = dt.date(2025, 1, 27)


@pytest.fixture(scope="module")
def chain(chain_of):
    """Three American lines, one Japanese and one in Hong Kong, and a fund."""
    rom = {"ROM_40": 1.0}
    return chain_of(
        [
            ("NVDA", "XNAS", "Nvidia", {"GPU": 1.0}),
            ("BRK.B", "XNYS", "Berkshire Hathaway", rom),
            ("KO", "XNYS", "Coca-Cola", rom),
            ("8035", "XTKS", "Tokyo Electron", rom),
            ("9988", "XHKG", "Alibaba", rom),
        ],
        funds=[("SMH", "XNAS", "Semiconductor fund")],
    )


def columns(*names):
    """A price file with those columns."""
    return pd.DataFrame(np.ones((2, len(names))), columns=list(names))


def test_columns_are_paired_in_the_chains_order(chain):
    """However the file orders and spells them; suffixes name the exchange."""
    file = columns("SMH", "8035.T", "brk-b", "9988.HK", "NVDA")

    listed, issues = listed_columns(file, chain, "QQQ")

    assert [(x.item.ticker, x.column) for x in listed] == [
        ("NVDA", "NVDA"),
        ("BRK.B", "brk-b"),
        ("8035", "8035.T"),
        ("9988", "9988.HK"),
        ("SMH", "SMH"),
    ]
    assert issues == []


@pytest.mark.parametrize(
    "pair",
    [("BRK-B", "BRK.B"), ("NVDA", "NVDA"), ("KO", "KO.N"), ("8035.T", "8035 JP")],
)
def test_two_columns_of_one_security_are_refused(chain, pair):
    """Both spellings are named."""
    with pytest.raises(FactorError, match="are the same security") as error:
        listed_columns(columns(*pair), chain, "QQQ")

    assert pair[0] in str(error.value)
    assert pair[1] in str(error.value)


def test_columns_that_are_no_line_are_named(chain):
    """A stranger, and a home ticker without its exchange's suffix."""
    listed, issues = listed_columns(columns("NVDA", "ZZZZ", "8035"), chain, "QQQ")

    assert [x.column for x in listed] == ["NVDA"]
    assert [(i.code, i.severity) for i in issues] == [("not-in-chain", "info")]
    assert issues[0].message == (
        "Columns of the price file that are no line of toy-chain and were not used "
        "(2): ZZZZ, 8035."
    )


def test_many_names_are_cut_short():
    """As many as asked for are named, the others counted."""
    names = [str(n) for n in range(10)]

    assert some(names, 8) == "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"
    assert some(names[:8], 8) == "0, 1, 2, 3, 4, 5, 6, 7"


def move(ticker, mic, value=-0.1):
    """A published move."""
    return Published(
        ticker=ticker, mic=mic, move=value, start=DAY, end=DAY, source="press"
    )


def test_published_moves_are_paired_with_lines(chain):
    """By ticker and exchange."""
    found = published_lines(chain, (move("9988", "XHKG"),), {("NVDA", "XNAS")})

    assert [(x.item.name, x.column, x.published.move) for x in found] == [
        ("Alibaba", None, -0.1)
    ]


def test_a_published_move_of_an_unknown_line_is_refused(chain):
    """The right ticker on the wrong exchange is no line."""
    with pytest.raises(FactorError, match="8035:XHKG belongs to no line of toy-chain"):
        published_lines(chain, (move("8035", "XHKG"),), set())


def test_a_published_move_beside_prices_is_refused(chain):
    """One of the two must go."""
    with pytest.raises(FactorError, match="NVDA:XNAS has prices and a published move"):
        published_lines(chain, (move("NVDA", "XNAS"),), {("NVDA", "XNAS")})


def test_a_move_published_twice_is_refused(chain):
    """Two figures for one line would count it twice."""
    twice = move("9988", "XHKG", -0.1), move("9988", "XHKG", -0.2)

    with pytest.raises(FactorError, match="9988:XHKG"):
        published_lines(chain, twice, set())
