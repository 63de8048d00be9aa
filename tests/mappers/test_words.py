"""Names that say bonds, money or commodities leave a position where it is."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("Acme Euro Aggregate Bond ETF", {}, ("not stressed", False)),
        ("Acme Renten", {"asset_class": "fund"}, ("not stressed", False)),
        ("Acme Short Duration Fund", {}, ("not stressed", False)),
        ("Acme Liquidity Fund", {}, ("cash", True)),
        ("Acme Geldmarkt", {"asset_class": "fund"}, ("cash", True)),
        ("Physical Gold", {}, ("not stressed", False)),
        ("Acme Commodities", {"asset_class": "fund"}, ("not stressed", False)),
        ("Acme", {"sector": "Precious Metals"}, ("not stressed", False)),
    ],
)
def test_words_leave_a_position_still(position, place, name, given, expected):
    """Bond funds and metals are a gap, money funds an answer; none of them moves."""
    (e,) = place(position(name, **given)).rows
    assert (e.source, e.covered) == expected
    assert (e.moves, e.beta, e.sensitivities) == (False, 0.0, {})
    assert name in e.basis


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("Treasury Wine Estates", {}),  # no fund
        ("Gold Fields Ltd", {}),
        ("Gold Mining Corp", {}),
        ("Silver Oak Resources", {}),
        ("Goldsmith", {}),
        ("Acme Equity Fund", {"asset_class": "fund"}),
        ("Physical Gold", {"asset_class": "future"}),
    ],
)
def test_words_of_companies_say_nothing(position, place, name, given):
    """A company is not its name: what is no fund and no metal is stressed."""
    (e,) = place(position(name, **given)).rows
    assert (e.source, e.moves) == ("unmapped", True)


def test_a_known_fund_is_not_judged_by_its_name(position, place):
    """What the value chain knows comes before words, words before a sector."""
    known = position("Novachip Bond Fund", isin="US1234567890")
    unknown = position("Acme Bond Fund", sector="Utilities")
    rows = place(known, unknown).rows
    assert [e.source for e in rows] == ["curated", "not stressed"]
