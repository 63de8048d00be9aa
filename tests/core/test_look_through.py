"""A fund as the sum of what it holds: by hand, and what can never change."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresskit.core.look_through import Held, look_through


def held(weights, **given) -> Held:
    """Holdings in two segments and two regions; each its own issuer and segment."""
    n = len(weights)
    fields_ = {
        "description": np.tile([1.0, 0.0], (n, 1)),
        "sensitivities": np.tile([1.0, 0.0], (n, 1)),
        "beta": np.ones(n),
        "beta_sd": np.full(n, 0.2),
        "regions": np.tile([1.0, 0.0], (n, 1)),
        "specific_sd": np.full(n, 0.02),
        "dispersion": np.full(n, 0.04),
        "dispersion_replay": np.full(n, 0.03),
        "mapping_sd": np.full(n, 0.01),
        "own_name": np.zeros(n),
        "issuers": np.arange(n),
        "clusters": np.full(n, -1),
        "known": np.ones(n, dtype=bool),
    }
    rows = {k: np.array(v) for k, v in (fields_ | given).items()}
    return Held(weights=np.array(weights, dtype=float), **rows)


def test_a_fund_by_hand():
    """Two shares of one segment, a short of another, and cash."""
    whole = look_through(
        held(
            [0.6, 0.3, -0.2, 0.3],
            description=[[1, 0], [0.5, 0.5], [0, 1], [0, 0]],
            sensitivities=[[1.2, 0], [0.4, 0.6], [0, 1], [0, 0]],
            beta=[1.5, 1.0, 0.5, 0.0],
            beta_sd=[0.2, 0.1, 0.3, 0.0],
            regions=[[1, 0], [0.5, 0.5], [0, 1], [1, 0]],
            specific_sd=[0.02, 0.03, 0.01, 0.0],
            dispersion=[0.04, 0.06, 0.02, 0.0],
            dispersion_replay=[0.02, 0.03, 0.01, 0.0],
            mapping_sd=[0.0, 0.02, 0.05, 0.0],
            own_name=[-0.1, 0.05, 0.2, 0.0],
            clusters=[0, 0, 1, -1],
            known=[True, False, True, True],
        )
    )
    # 0.6*1 + 0.3*0.5; 0.3*0.5 - 0.2 is below zero, and no fraction is.
    assert whole.description == pytest.approx([0.75, 0.0], abs=1e-12)
    # 0.6*1.2 + 0.3*0.4; 0.3*0.6 - 0.2
    assert whole.sensitivities == pytest.approx([0.84, -0.02], abs=1e-12)
    # 0.6*1.5 + 0.3*0.5; 0.3*0.5 - 0.2*0.5
    assert whole.market == pytest.approx([1.05, 0.05], abs=1e-12)
    # sqrt(0.12^2 + 0.03^2 + 0.06^2), and so on
    assert whole.beta_sd == pytest.approx(math.sqrt(0.0189), rel=1e-12)
    # the root of 0.012^2 + 0.009^2 + 0.002^2
    assert whole.specific_sd == pytest.approx(math.sqrt(0.000229), rel=1e-12)
    # errors 0.024, 0.018, -0.004: nine tenths alone, one tenth per segment
    alone, grouped = 0.024**2 + 0.018**2 + 0.004**2, 0.042**2 + 0.004**2
    spread = math.sqrt(0.9 * alone + 0.1 * grouped)
    assert whole.dispersion == pytest.approx(spread, rel=1e-12)
    assert whole.dispersion_replay == pytest.approx(spread / 2, rel=1e-12)
    # the root of 0.006^2 + 0.01^2
    assert whole.mapping_sd == pytest.approx(math.sqrt(0.000136), rel=1e-12)
    # -0.06 + 0.015 - 0.04
    assert whole.own_name == pytest.approx(-0.085, rel=1e-12)
    # 0.6 + 0.2 + 0.3 of a gross 1.4
    assert whole.known == pytest.approx(1.1 / 1.4, rel=1e-12)


def test_lines_of_one_company_are_one_error():
    """Two classes of one company add up, long and short cancel."""
    both = look_through(held([0.5, 0.5], issuers=[0, 0], clusters=[0, 0]))
    assert both.beta_sd == pytest.approx(0.2, rel=1e-12)
    assert both.dispersion == pytest.approx(0.04, rel=1e-12)
    against = look_through(held([0.5, -0.5], issuers=[0, 0], clusters=[0, 0]))
    assert against.beta_sd == against.dispersion == against.mapping_sd == 0.0


def test_two_lines_of_an_unplaced_company_are_one_error():
    """Without a main segment, too, half a share and half a share are the share."""
    whole = look_through(held([0.5, 0.5], issuers=[0, 0], clusters=[-1, -1]))
    assert whole.dispersion == pytest.approx(0.04, rel=1e-12)


def test_companies_of_different_segments_share_nothing():
    """Without a common segment the squares add up."""
    whole = look_through(held([0.5, 0.5], clusters=[0, 1]))
    assert whole.dispersion == pytest.approx(0.04 / math.sqrt(2), rel=1e-12)


def test_an_empty_fund_is_nothing():
    """A fund without holdings moves nothing and knows nothing."""
    whole = look_through(held([0.0]))
    assert whole.known == 0.0
    assert whole.sensitivities.tolist() == [0.0, 0.0]


NUMBER = st.floats(0.0, 2.0)
LINE = st.tuples(
    st.floats(-1.0, 1.0),  # weight
    st.tuples(NUMBER, NUMBER),
    NUMBER,
    st.integers(0, 2),  # issuer
    st.integers(-1, 1),  # segment
    st.booleans(),
)


def made(lines) -> Held:
    """Holdings out of drawn lines; a line's figures are its issuer's."""
    w, x, beta, issuer, _, known = zip(*lines, strict=True)
    errors = 0.01 * (1 + np.array(issuer))
    # A company has one main segment.
    segment = [(i - 1) for i in issuer]
    return held(
        w,
        description=np.array(x) / 4,
        sensitivities=x,
        beta=beta,
        beta_sd=errors,
        specific_sd=errors,
        dispersion=2 * errors,
        dispersion_replay=errors,
        mapping_sd=errors,
        own_name=np.array(beta) / 10,
        issuers=issuer,
        clusters=segment,
        known=known,
    )


def figures(whole):
    """All numbers of a fund in one list."""
    parts = [np.atleast_1d(getattr(whole, f.name)) for f in fields(whole)]
    return np.concatenate(parts).tolist()


@given(st.lists(LINE, min_size=1, max_size=6), st.floats(0.0, 1.0), st.integers(0, 5))
def test_splitting_a_holding_in_two_changes_nothing(lines, share, at):
    """Half a share and half a share are the share."""
    at %= len(lines)
    weight, *rest = lines[at]
    split = [(share * weight, *rest), ((1 - share) * weight, *rest)]
    whole, parts = made(lines), made([*lines[:at], *split, *lines[at + 1 :]])
    assert figures(look_through(parts)) == pytest.approx(
        figures(look_through(whole)), abs=1e-9
    )


@given(st.lists(LINE, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_holdings_changes_nothing(lines, random):
    """Holdings are a sum."""
    mixed = list(lines)
    random.shuffle(mixed)
    assert figures(look_through(made(mixed))) == pytest.approx(
        figures(look_through(made(lines))), abs=1e-9
    )


@given(LINE)
def test_a_fund_that_is_all_one_holding_is_that_holding(line):
    """One line of 100% gives back every figure of the line."""
    one = made([(1.0, *line[1:])])
    whole = look_through(one)
    for name in ("description", "sensitivities"):
        assert getattr(whole, name) == pytest.approx(getattr(one, name)[0], abs=1e-12)
    for name in ("beta_sd", "specific_sd", "dispersion", "mapping_sd", "own_name"):
        expected = getattr(one, name)[0]
        assert getattr(whole, name) == pytest.approx(expected, abs=1e-12), name
    assert whole.dispersion_replay == pytest.approx(one.dispersion_replay[0], abs=1e-12)
    assert whole.market.tolist() == pytest.approx([one.beta[0], 0.0], abs=1e-12)
    assert whole.known == float(line[-1])


@given(st.lists(LINE, min_size=1, max_size=6), st.floats(0.0, 1.0))
def test_cash_dilutes(lines, cash):
    """With a share in cash all figures shrink by it; what is known does not fall."""
    invested = [((1 - cash) * w, *rest) for w, *rest in lines]
    plain, diluted = look_through(made(lines)), look_through(made(invested))
    known = len(fields(plain)) - 1
    assert [f.name for f in fields(plain)][known] == "known"
    expected = [(1 - cash) * v for v in figures(plain)[:-1]]
    assert figures(diluted)[:-1] == pytest.approx(expected, abs=1e-9)
