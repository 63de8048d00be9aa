"""Every folder under ``factors/``: schema, no stray file, figures that agree."""

from __future__ import annotations

import re

import pytest
from stdnum import cusip, isin
from stdnum.gb import sedol

from stresskit.core.regions import region_of
from stresskit.factors import (
    check_factor,
    find_folders,
    load_chain,
    load_factor,
    stray_files,
)

FACTORS = sorted(find_folders("factor.toml"))
CHAINS = sorted(find_folders("segments.toml"))
# Merged or moved companies whose Irish ISIN holds no SEDOL of the same number.
NO_SEDOL_INSIDE = {"LIN", "TEL", "SW"}


@pytest.mark.parametrize("name", FACTORS)
def test_a_factor_is_in_order(name):
    """The folder reads, holds nothing else, and its shocks follow from moves.csv."""
    assert check_factor(name) == []


@pytest.mark.parametrize("name", FACTORS)
def test_a_factor_states_where_its_figures_come_from(name):
    """Title, narrative, sources and notes are there, and every row has a source."""
    factor = load_factor(name)

    assert factor.title
    assert len(factor.narrative) > 100
    assert factor.sources
    known = {s.id for s in factor.sources}
    assert {e.source for e in factor.evidence} <= known
    notes = find_folders("factor.toml")[name] / "NOTES.md"
    assert len(notes.read_text(encoding="utf-8")) > 500


@pytest.mark.parametrize("name", FACTORS)
def test_evidence_is_plausible_and_unique(name):
    """One row per line; returns, betas and volatilities within what shares do."""
    factor = load_factor(name)
    keys = [e.key for e in factor.evidence]

    assert sorted(set(keys)) == sorted(keys)
    for e in factor.evidence:
        assert e.event_return is None or -0.6 < e.event_return < 0.6, e.key
        # An inverse or levered fund may lie outside what shares do.
        assert e.role == "fund" or (e.beta is not None and -1 < e.beta < 5), e.key
        assert e.residual_sd is None or 0 < e.residual_sd < 0.2, e.key


@pytest.mark.parametrize("name", CHAINS)
def test_a_value_chain_holds_nothing_else(name):
    """No file lies about that the format does not know."""
    assert stray_files(find_folders("segments.toml")[name]) == []


@pytest.mark.parametrize("name", CHAINS)
def test_check_digits_hold(name):
    """Every ISIN, and the CUSIP or SEDOL inside it, has a valid check digit."""
    chain = load_chain(name)
    listed = [*chain.securities, *chain.funds, *chain.tradables]
    numbers = [(x.ticker, x.isin) for x in listed if x.isin]

    assert len(numbers) > 350
    for ticker, number in numbers:
        assert isin.is_valid(number), f"{ticker}: {number}"
        if number[:2] in ("US", "CA"):
            assert cusip.is_valid(number[2:11]), f"{ticker}: {number}"
        elif number[:2] in ("GB", "IE") and ticker not in NO_SEDOL_INSIDE:
            assert number[2:4] == "00", f"{ticker}: {number}"
            assert sedol.is_valid(number[4:11]), f"{ticker}: {number}"


@pytest.mark.parametrize("name", CHAINS)
def test_no_two_lines_share_a_number(name):
    """An ISIN stands once among securities and once among funds."""
    chain = load_chain(name)

    for listed in (chain.securities, chain.funds):
        numbers = [x.isin for x in listed if x.isin]
        assert sorted(set(numbers)) == sorted(numbers)


@pytest.mark.parametrize("name", CHAINS)
def test_securities_fit_their_sector_and_place(name):
    """A rest-of-market fraction is that of the stated sector; exchanges are known."""
    chain = load_chain(name)
    sector_of = {s.id: s.gics_sector for s in chain.segments if s.gics_sector}

    assert len(chain.securities) >= 350
    for s in chain.securities:
        for segment in s.segments:
            assert sector_of.get(segment, s.gics_sector) == s.gics_sector, s.ticker
        assert re.fullmatch(r"[A-Z]{4}|BATS", s.mic), s.ticker
        assert region_of(s.mic, None) != "Other" or s.mic == "XTSE", s.ticker
        assert re.fullmatch(r"[A-Z]{2}", s.country), s.ticker
        assert re.fullmatch(r"[A-Z]{3}", s.currency), s.ticker
        assert s.basis, s.ticker


@pytest.mark.parametrize("name", CHAINS)
def test_every_segment_has_a_member_and_a_reading(name):
    """No leaf is empty, each has a dated sign and loadings on the three drivers."""
    chain = load_chain(name)
    used = {k for s in chain.securities for k in s.segments}

    for segment in chain.segments:
        assert segment.id in used
        assert segment.expected_sign in {"--", "-", "0", "+", "0/+", "+/-", "0/-"}
        assert sorted(segment.narrative) == [
            "cheaper_inference",
            "china_parity",
            "compute_demand",
        ]


@pytest.mark.parametrize("name", CHAINS)
def test_instruments_have_cost_and_are_funds_that_are_known(name):
    """A hedge never trades what has no cost or no place in the chain."""
    chain = load_chain(name)
    funds = {(f.ticker, f.mic) for f in chain.funds}

    for t in chain.tradables:
        assert (t.ticker, t.mic) in funds
        assert t.half_spread > 0
        assert t.borrow > 0
        assert 0 < t.cap <= 1
        assert t.use in {"short", "buy"}
        assert t.source


def test_the_day_is_the_day():
    """Published closes of 27 January 2025 stand in the evidence to 0.1 points."""
    # Reuters and others, 27 and 28 January 2025, as listed in the factor's sources.
    published = {
        "NVDA": -0.1697,
        "AVGO": -0.174,
        "ORCL": -0.138,
        "MRVL": -0.191,
        "TSM": -0.133,
        "AAPL": 0.0318,
        "META": 0.0191,
        "MSFT": -0.0214,
        "VST": -0.283,
        "SPY": -0.014,
        "QQQ": -0.029,
    }
    evidence = {e.ticker: e for e in load_factor("deepseek-2025-01-27").evidence}

    for ticker, move in published.items():
        assert evidence[ticker].event_return == pytest.approx(move, abs=0.001)


def test_the_signs_of_the_day():
    """What was hit was hit and what held up held up."""
    shock = {s.segment: s.shrunk for s in load_factor("deepseek-2025-01-27").shocks}

    for hit in ("AI_ACCEL", "NETWORK_OPT", "COOL_ELEC", "IPP_NUC", "NEOCLOUD_HPC"):
        assert shock[hit] < -0.12
    for held in ("REG_UTIL_DC", "EDGE_DEV", "ROM_30", "ROM_35"):
        assert shock[held] > -0.01
