from __future__ import annotations

from dataclasses import replace

import pytest

# A standard deviation of all abnormal returns, -20% to +10%.
SPREAD = 0.15 / 1.6448536
JAPAN = ("ROM_35",) * 5 + ("ROM_45",) * 3


@pytest.fixture(scope="module")
def eastern(toy):
    """The toy factor with eight Japanese companies outside the theme, one in it."""
    base = toy.chain.securities[0]

    def company(n, segment, country="JP"):
        return replace(
            base,
            ticker=f"J{n}",
            mic="XTKS",
            name=f"Ginza {'ABCDEFGHIJ'[n] * 4}",
            country=country,
            currency="JPY",
            isin=None,
            segments={segment: 1.0},
        )

    named = [company(n, k) for n, k in enumerate(JAPAN)]
    # A company of the theme says nothing of an unknown one.
    named.append(company(8, "CHIPS"))
    # Eight of the Caymans are no country either.
    seats = [replace(s, ticker=f"K{n}", country="KY") for n, s in enumerate(named[:8])]
    chain = replace(toy.chain, securities=(*toy.chain.securities, *named, *seats))
    return replace(toy, chain=chain)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"country": "Japan"}, "the file"),
        ({"country": "JP"}, "the file"),
        ({"isin": "JP0000000001"}, "ISIN"),
        ({"isin": "US0000000001", "country": "日本"}, "the file"),
    ],
)
def test_a_share_is_like_others_of_its_country(position, place, eastern, given, said):
    """Five of eight in one sector and three in another, none of the theme."""
    exposures = place(
        position("Unknown KK", row=8, currency="JPY", **given), factor=eastern
    )
    e = exposures.rows[0]
    assert e.sensitivities == e.description == {"ROM_35": 5 / 8, "ROM_45": 3 / 8}
    # 5/8 * 0.6 + 3/8 * 1.0; the spreads are those of the larger part
    assert e.beta == pytest.approx(0.75, rel=1e-12)
    assert (e.beta_sd, e.specific_sd) == (0.15, 0.7 * 0.01)
    assert e.dispersion == e.dispersion_replay == pytest.approx(0.012, rel=1e-12)
    # Knowing nothing: all of the spread, and no confidence.
    assert (e.source, e.tier, e.confidence, e.covered) == ("country", "E", 0.0, False)
    assert e.mapping_sd == pytest.approx(SPREAD, rel=1e-6)
    assert e.matched == f"country JP by {said}"
    assert (e.region, e.moves, e.main_segment) == ("Japan", True, None)
    (issue,) = exposures.issues
    assert (issue.code, issue.severity, issue.row) == ("country-only", "warning", 8)
    assert issue.money == 1000.0
    assert "other companies of JP" in issue.message


@pytest.mark.parametrize(
    "given",
    [
        {"isin": "KY0000000001"},  # where companies register
        {"isin": "FR0000000009"},  # too few of France
        {"country": "Atlantis"},
        {"cusip": "G00000001"},  # abroad
        {"country": "Japan", "asset_class": "fund"},
        {"country": "Japan", "asset_class": "other"},
        {"country": "Japan", "asset_class": "future"},
        {},
    ],
)
def test_a_country_that_says_nothing_is_left(position, place, eastern, given):
    """Seats of holdings, countries with few companies, and what is no share."""
    e = place(position("Unknown", **given), factor=eastern).rows[0]
    assert e.source == "unmapped"


def test_seven_companies_are_too_few(position, place, eastern):
    """A mean of seven companies is not given."""
    chain = eastern.chain
    fewer = tuple(s for s in chain.securities if s.ticker != "J0")
    factor = replace(eastern, chain=replace(chain, securities=fewer))
    e = place(position("Unknown", country="Japan"), factor=factor).rows[0]
    assert e.source == "unmapped"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"cusip": "000000001"}, "CUSIP"),
        ({"ticker": "QQQQQ", "mic": "XNYS"}, "exchange"),
        ({"ticker": "QQQQQ", "mic": "XNAS"}, "exchange"),
    ],
)
def test_american_numbers_and_exchanges_say_the_country(
    position, place, shipped, given, said
):
    """A CUSIP that begins with a digit, or an American exchange."""
    e = place(position("Unknown", **given), factor=shipped).rows[0]
    assert e.matched == f"country US by {said}"
    assert sum(e.description.values()) == pytest.approx(1.0, rel=1e-12)
    theme = {s.id for s in shipped.chain.segments if s.theme}
    assert not theme & set(e.description)


def test_a_sector_says_more_than_a_country(position, place, eastern):
    """The sector of the file comes before its country."""
    line = position("Unknown", country="Japan", sector="Utilities")
    assert place(line, factor=eastern).rows[0].source == "sector"


@pytest.mark.parametrize(
    ("isin", "source"),
    [
        ("DE0008471009", "unmapped"),
        ("DE0009769869", "unmapped"),
        ("DE0001234569", "country"),
    ],
)
def test_numbers_of_german_funds_say_no_country(position, place, shipped, isin, source):
    """DE0008 and DE0009 are mostly funds, which hold what they like."""
    line = position("Nobody Knows It", isin=isin, currency="EUR")
    assert place(line, factor=shipped).rows[0].source == source
