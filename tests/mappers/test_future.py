from __future__ import annotations

from dataclasses import replace

import pytest

from stresskit.mappers.future import words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("S&P500 EMINI SEP 25", " S P 500 EMINI SEP 25 "),
        ("E-Mini S&P 500", " E MINI S P 500 "),
        ("nikkei225 (ose)", " NIKKEI 225 OSE "),
        ("", "  "),
    ],
)
def test_names_become_words(text, words):
    """Letters and numbers stand apart, in capitals, with one blank on each side."""
    assert words_of(text) == words


def _alike(e, other):
    """Whether two exposures are the same but for what was found how."""
    blank = {"position_id": "", "matched": "", "issuer": ""}
    return replace(e, **blank) == replace(other, **blank)


@pytest.mark.parametrize(
    ("given", "of", "matched"),
    [
        ({"name": "LOOK INDEX SEP25"}, "LOOK", "future on Look 100 by name"),
        ({"name": "Look100 E-mini"}, None, None),
        ({"name": "LOOK100 EMINI DEC 24"}, "LOOK", "future on Look 100 by name"),
        # The longest words count.
        (
            {"name": "Look Index Short Mar 25"},
            "INV",
            "future on Look 100 short by name",
        ),
        ({"ticker": "LK"}, "LOOK", "future on Look 100 by root LK"),
        ({"ticker": "LKH5"}, "LOOK", "future on Look 100 by root LK"),
        ({"ticker": "lk h25"}, "LOOK", "future on Look 100 by root LK"),
        # The name is surer than the root.
        ({"name": "OWN INDEX", "ticker": "LKH5"}, "OWN", "future on Own by name"),
        # Two futures with one root.
        ({"ticker": "DXM5"}, None, None),
        ({"ticker": "LKA5"}, None, None),  # A is no month
        ({"name": "OVERLOOK INDEX"}, None, None),  # part of a word
        ({"name": "NOWHERE 50"}, None, None),  # no fund on it is known
    ],
)
def test_a_future_moves_like_the_fund_on_its_index(position, place, given, of, matched):
    """By the words of the name, else the root of the ticker, month and year aside."""
    future = position(asset_class="future", **given)
    e, fund = place(future, position(ticker=of or "LOOK")).rows
    if of is None:
        assert e.source == "unmapped"
    else:
        assert e.matched == matched
        assert _alike(e, fund)


@pytest.mark.parametrize(
    "given", [{"name": "US TEN YEAR NOTE MAR25"}, {"name": "DOLLAR INDEX"}]
)
def test_rates_and_currencies_do_not_move(position, place, given):
    """A future on a bond or a currency is a gap, not an unknown share."""
    exposures = place(position(asset_class="future", **given))
    e = exposures.rows[0]
    assert (e.source, e.moves, e.covered) == ("not stressed", False, False)
    assert "not stressed yet" in e.basis
    assert exposures.issues == ()


@pytest.mark.parametrize("kind", ["equity", "fund", "option"])
def test_only_futures_are_futures(position, place, kind):
    """A share whose ticker looks like a future's is none."""
    e = place(position("LOOK INDEX", ticker="LKH5", asset_class=kind)).rows[0]
    assert not e.matched.startswith("future")


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("S&P500 EMINI FUT Mar25", "S&P 500"),
        ("E-mini S&P 500 Index Future", "S&P 500"),
        ("NASDAQ 100 E-MINI MAR25", "Nasdaq-100"),
        ("EURO STOXX 50 Mar25", "EURO STOXX 50"),
        ("NIKKEI 225 (OSE) MAR25", "Nikkei 225"),
    ],
)
def test_shipped_futures_are_known_by_name(position, place, shipped, name, index):
    """The names that holdings files write find their index."""
    e = place(position(name, asset_class="future"), factor=shipped).rows[0]
    assert e.source == "fund"
    assert e.matched.startswith(f"future on {index} by name")


def test_every_shipped_future_has_a_place(position, place, shipped):
    """By its words each moves like its fund or is said not to move, or unknown."""
    written = [(f, w) for f in shipped.chain.futures for w in f.words]
    lines = [position(w, asset_class="future") for _, w in written]
    rows = place(*lines, factor=shipped).rows
    wrong = []
    for (f, w), e in zip(written, rows, strict=True):
        left = "unmapped" if f.asset_class == "equity" else "not stressed"
        if f.asset_class == "crypto" or f.index == "gold":
            left = "terms"
        if e.source != ("fund" if f.of else left):
            wrong.append((f.root, w, e.source))
        elif f.of and f"future on {f.index} by name" != e.matched:
            wrong.append((f.root, w, e.matched))
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "covered", "said"),
    [
        ("CME BITCOIN MAR25", True, []),
        ("ETHER FUT MAR25", False, ["crypto-like-bitcoin"]),
    ],
)
def test_a_future_on_a_coin_moves_like_bitcoin(
    position, place, shipped, name, covered, said
):
    """Other coins are taken to move like bitcoin, and not covered."""
    exposures = place(position(name, asset_class="future"), factor=shipped)
    (e,) = exposures.rows
    assert (e.source, e.covered, e.others) == ("terms", covered, {"BITCOIN": 1.0})
    assert [i.code for i in exposures.issues] == said
