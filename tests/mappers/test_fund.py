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
    # 80% of the fund is placed; the label of look-through is 0.85
    assert e.confidence == pytest.approx(0.68, rel=1e-12)
    assert "80.0% of the fund" in e.basis
    # Common part 0.1 of (0.5 * 1.5 * 3%)^2 + (0.3 * 1.2 * 1.5%)^2
    spread = 0.1 * ((0.5 * 1.5 * 0.03) ** 2 + (0.3 * 1.2 * 0.015) ** 2)
    assert e.dispersion == pytest.approx(math.sqrt(spread), rel=1e-12)


def test_holdings_alone_give_means_of_their_segments(position, place):
    """Without estimates of its holdings a fund takes fractions and segment betas."""
    e = place(position(ticker="BARE")).rows[0]
    assert e.sensitivities == {"CHIPS": 0.5, "ROM_45": 0.3}
    # 0.5 * 1.4 + 0.3 * 1.0
    assert e.beta == pytest.approx(1.0, rel=1e-12)


def test_own_returns_speak_where_no_holdings_do(position, place):
    """A fund without holdings takes what its returns before the event said."""
    e = place(position(ticker="OWN")).rows[0]
    assert e.sensitivities == {"CHIPS": 0.3, "POWER": 0.1, "ROM_55": -0.2}
    assert (e.beta, e.beta_sd, e.confidence) == (0.9, 0.05, 0.85)
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


def test_every_shipped_fund_is_placed(position, place, shipped):
    """Each shipped fund is found by its line, with fractions of one at most."""
    funds = shipped.chain.funds
    lines = [
        position(f.name, ticker=f.ticker, mic=f.mic, currency=f.currency) for f in funds
    ]
    exposures = place(*lines, factor=shipped)
    assert exposures.issues == ()
    for f, e in zip(funds, exposures.rows, strict=True):
        assert e.source == ("not stressed" if f.asset_class == "bond" else "fund")
        assert sum(e.description.values()) <= 1 + 2e-4  # rounded to 1e-5 each
        assert e.confidence <= 0.85
        assert all(x >= 0 for x in e.description.values())


def test_the_look_through_of_an_index_tracker_is_its_sisters(position, place, shipped):
    """Two funds on the S&P 500 have the same place in the chain."""
    spy, cspx = place(
        position(isin="US78462F1030"), position(isin="IE00B5BMR087"), factor=shipped
    ).rows
    assert spy.sensitivities == cspx.sensitivities
    assert spy.beta == cspx.beta
