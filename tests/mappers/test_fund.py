from __future__ import annotations

import math

import pytest

from stresskit.mappers.fund import describe


def test_published_holdings_are_looked_through(position, place):
    """A fund with holdings takes their sensitivities, beta and placed share."""
    e = place(position(isin="US4444444440", asset_class="fund")).rows[0]
    assert e.sensitivities == {"CHIPS": 0.55, "ROM_45": 0.28}
    assert e.description == {"CHIPS": 0.5, "ROM_45": 0.3}
    assert (e.beta, e.source) == (1.1, "fund")
    # 0.05/0.45 of the spread of all abnormal returns, -20% to +10%.
    assert e.mapping_sd == pytest.approx(0.15 / 1.6448536 * 0.05 / 0.45, rel=1e-6)
    # 80% of the fund is placed; the label of look-through is 1 - 0.05/0.45
    assert e.confidence == pytest.approx(0.8 * 8 / 9, rel=1e-12)
    assert e.looked_through == pytest.approx(0.8, rel=1e-12)
    assert "80.0% of the fund" in e.basis
    # Common part 0.1 of (0.5 * 1.5 * 3%)^2 + (0.3 * 1.2 * 1.5%)^2
    spread = 0.1 * ((0.5 * 1.5 * 0.03) ** 2 + (0.3 * 1.2 * 0.015) ** 2)
    assert e.dispersion == pytest.approx(math.sqrt(spread), rel=1e-12)


def test_holdings_alone_give_means_of_their_segments(position, place):
    """Without estimates of its holdings a fund takes fractions and segment betas."""
    e = place(position(ticker="BARE")).rows[0]
    # The typical chip maker is 0.8 chips and 0.2 other: 0.5/0.8 of it bring
    # 0.5/0.8 * 0.2 of the 0.3 other along. The sum stays 0.8.
    expected = {"CHIPS": 0.5 / 0.8, "ROM_45": 0.3 - 0.2 * 0.5 / 0.8}
    assert e.sensitivities == pytest.approx(expected, rel=1e-12)
    # 0.5 * 1.4 + 0.3 * 1.0
    assert e.beta == pytest.approx(1.0, rel=1e-12)


def test_own_returns_speak_where_no_holdings_do(position, place):
    """A fund without holdings takes what its returns before the event said."""
    e = place(position(ticker="OWN")).rows[0]
    assert e.sensitivities == {"CHIPS": 0.3, "POWER": 0.1, "ROM_55": -0.2}
    assert (e.beta, e.beta_sd) == (0.9, 0.05)
    # the label of a regression: 1 - 0.10/0.45
    assert e.confidence == pytest.approx(7 / 9, rel=1e-12)
    assert e.mapping_sd == pytest.approx(0.15 / 1.6448536 * 0.10 / 0.45, rel=1e-6)
    assert e.description == pytest.approx({"CHIPS": 0.75, "POWER": 0.25})
    assert e.covered


def test_a_proxy_on_the_same_index_serves(position, place):
    """A fund with a proxy is the proxy, and says so."""
    fund, proxy = place(
        position(isin="IE00BPROXY56", currency="EUR"), position(ticker="OWN")
    ).rows
    assert fund.sensitivities == proxy.sensitivities
    assert fund.beta == proxy.beta
    assert fund.matched == "Proxy Fund (PRX:XLON) by ISIN"
    assert "OWN:ARCX" in fund.basis


def test_an_inverse_fund_turns_every_sign(position, place):
    """Leverage of -1 turns sensitivities and beta round and keeps the spread."""
    plain, inverse = place(position(ticker="LOOK"), position(ticker="INV")).rows
    assert inverse.sensitivities == {k: -v for k, v in plain.sensitivities.items()}
    assert inverse.beta == -plain.beta
    assert inverse.dispersion == plain.dispersion
    assert inverse.beta_sd == plain.beta_sd
    assert inverse.description == plain.description
    assert "leverage -1" in inverse.basis


def test_a_double_fund_doubles_all_its_risk(position, place):
    """Leverage of 2 doubles sensitivities, beta and each standard deviation."""
    plain, double = place(position(ticker="OWN"), position(ticker="DBL")).rows
    assert double.sensitivities == {k: 2 * v for k, v in plain.sensitivities.items()}
    for name in ("beta", "beta_sd", "specific_sd", "dispersion", "mapping_sd"):
        assert getattr(double, name) == 2 * getattr(plain, name), name


@pytest.mark.parametrize("kind", ["fund", "equity", "other"])
def test_a_bond_fund_stays_and_is_shown(position, place, kind):
    """A bond fund keeps its value and counts as not covered, whatever the file says."""
    e = place(position(isin="US6666666660", asset_class=kind)).rows[0]
    assert (e.moves, e.covered, e.source) == (False, False, "not stressed")
    assert "Bond Fund" in e.basis


def test_a_fund_without_any_evidence_is_unmapped(position, place):
    """A fund that is known by name only is stressed like the market, and said so."""
    exposures = place(position(ticker="LOST"))
    assert exposures.rows[0].source == "unmapped"
    assert [i.code for i in exposures.issues] == ["unmapped"]


def test_a_description_is_made_of_what_moves_the_fund_up(toy):
    """Negative estimates are left out of the picture and the rest sums to one."""
    (own,) = [e for e in toy.evidence if e.role == "fund"]
    assert sum(describe(own).values()) == pytest.approx(1.0)
    assert "ROM_55" not in describe(own)


STILL = {"cash": "cash", "bond": "not stressed", "commodity": "not stressed"}


def test_every_shipped_fund_is_placed(position, place, shipped):
    """Each shipped fund is found by its line, with fractions of one at most."""
    funds = [f for f in shipped.chain.funds if f.asset_class != "crypto"]
    lines = [
        position(f.name, ticker=f.ticker, mic=f.mic, currency=f.currency) for f in funds
    ]
    exposures = place(*lines, factor=shipped)
    assert exposures.issues == ()
    for f, e in zip(funds, exposures.rows, strict=True):
        still = STILL.get(f.asset_class, "fund")
        assert e.source == ("fund" if f.others else still), f.key
        assert e.others == f.others, f.key
        assert sum(e.description.values()) <= 1 + 2e-4, f.key  # rounded to 1e-5 each
        # One on a single share is as sure as the share, 1 - 0.05/0.45.
        assert e.confidence <= (1 if e.source == "cash" else 8 / 9 + 1e-12), f.key
        assert all(x >= 0 for x in e.description.values())
        shares = e.source == "fund" and not f.others
        assert bool(e.sensitivities) == shares, f.key


def test_a_fund_of_bitcoin_is_bitcoin_and_of_other_coins_a_gap(
    position, place, shipped
):
    """What nothing describes is not covered, and no answer of zero."""
    funds = [f for f in shipped.chain.funds if f.asset_class == "crypto"]
    rows = place(*(position(isin=f.isin) for f in funds), factor=shipped).rows
    known = {"fund": True, "unmapped": False}
    assert [e.source for e in rows] == [
        "fund" if f.others else "unmapped" for f in funds
    ]
    assert [e.covered for e in rows] == [known[e.source] for e in rows]
    assert {e.source for e in rows} == {"fund", "unmapped"}


def test_the_look_through_of_an_index_tracker_is_its_sisters(position, place, shipped):
    """Two funds on the S&P 500 have the same place in the chain."""
    spy, cspx = place(
        position(isin="US78462F1030"), position(isin="IE00B5BMR087"), factor=shipped
    ).rows
    assert spy.sensitivities == cspx.sensitivities
    assert spy.beta == cspx.beta


def test_a_fund_on_one_share_is_the_share_times_its_leverage(position, place):
    """Twice the share: all risk doubles, fractions and confidence stay."""
    share, fund = place(position(isin="US1234567890"), position(ticker="SHR")).rows
    assert fund.sensitivities == {"CHIPS": 1.8, "POWER": 0.2}
    assert (fund.beta, fund.beta_sd, fund.specific_sd) == (3.2, 0.4, 0.05)
    assert fund.own_name == -0.04
    assert fund.dispersion == pytest.approx(2 * 1.5 * 0.035, rel=1e-12)
    assert fund.dispersion_replay == pytest.approx(2 * 0.8 * 0.035, rel=1e-12)
    assert fund.description == share.description
    assert fund.confidence == share.confidence
    assert (fund.source, fund.tier, fund.main_segment) == ("fund", "C", "CHIPS")
    # Their errors are one: twice the money, with the sign of the multiple.
    assert (fund.issuer, fund.leverage) == (share.issuer, 2.0)
    assert fund.basis.startswith("Follows Novachip Corp (NVC:XNAS); annual report")
    assert fund.basis.endswith("daily leverage 2")


def test_a_proxy_of_a_proxy_serves(position, place):
    """The chain of proxies is followed to the fund with evidence, and said."""
    fund, own = place(position(ticker="PPX"), position(ticker="OWN")).rows
    assert fund.sensitivities == own.sensitivities
    assert (fund.beta, fund.confidence) == (own.beta, own.confidence)
    assert fund.matched == "Proxy Squared (PPX:ARCX) by ticker and currency"
    assert "that of Proxy Fund (PRX:XLON)" in fund.basis
    assert "that of Own Returns Fund (OWN:ARCX)" in fund.basis


def test_a_category_is_less_sure_than_holdings(position, place):
    """A fund placed by what it says it holds has a label of its own."""
    e = place(position(ticker="CAT")).rows[0]
    assert e.sensitivities == e.description == {"POWER": 1.0}
    assert e.beta == 0.8
    # the label of a category: 1 - 0.20/0.45, all of the fund placed
    assert e.confidence == pytest.approx(5 / 9, rel=1e-12)
    assert e.mapping_sd == pytest.approx(0.15 / 1.6448536 * 0.20 / 0.45, rel=1e-6)
    assert e.looked_through == 1.0
    assert e.basis.startswith("By its category: ")


def test_a_money_fund_is_cash(position, place):
    """A money market fund does not move and is an answer."""
    e = place(position(ticker="MMF")).rows[0]
    assert (e.source, e.covered, e.moves, e.confidence) == ("cash", True, False, 1.0)
    assert "Money Fund" in e.basis


def test_a_commodity_fund_is_a_gap(position, place):
    """Gold is no share: it keeps its value and is not covered."""
    e = place(position(ticker="ORE")).rows[0]
    assert (e.source, e.covered, e.moves) == ("not stressed", False, False)
    assert (e.confidence, e.basis[:26]) == (0.0, "Commodity fund (Gold Fund)")


def test_a_hedged_class_says_so(position, place):
    """The currency it is hedged into is on the page; the place is that of the index."""
    hedged, plain = place(position(ticker="HDG"), position(ticker="LOOK")).rows
    assert hedged.sensitivities == plain.sensitivities
    assert hedged.basis.endswith("; hedged into EUR")
    assert "hedged" not in plain.basis


def test_the_beta_of_a_world_fund_is_to_its_markets(position, place):
    """Shares of markets are kept, the largest is the region."""
    world, plain = place(position(ticker="WLD"), position(ticker="LOOK")).rows
    assert world.market_shares == world.markets == {"US": 0.7, "Europe": 0.3}
    assert world.region == "US"
    assert (plain.market_shares, plain.markets) == ({}, {"US": 1.0})


def test_another_line_of_a_fund_is_the_fund(position, place):
    """A second listing by its ticker and exchange."""
    line = position(ticker="LKE", mic="XETR", currency="EUR")
    e, own = place(line, position(ticker="LOOK")).rows
    assert e.sensitivities == own.sensitivities
    assert e.matched == "Look Fund (LOOK:ARCX) by ticker and exchange (its line LKE)"


def test_a_sector_places_a_fund_that_nothing_else_does(position, place):
    """A fund known by name only goes by the sector of the file."""
    e = place(position(ticker="LOST", sector="Utilities")).rows[0]
    assert e.source == "sector"
