"""Stored shocks of a stated factor against what its rows give."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from small_factor import small_factor

from stresskit.core.factor.define import Move, define
from stresskit.core.factor.recompute import recompute_shocks


@pytest.fixture
def stated():
    """A total return (beta 1.5), an abnormal move with its error, a market of -2%."""
    moves = (
        Move(segment="GPU", move=-0.2, raw=True, where="row 2", named_at=""),
        Move(segment="NUKE", move=-0.1, standard_error=0.02, where="", named_at=""),
    )
    return define("e", moves, dt.date(2026, 2, 3), small_factor(), market=-0.02)


def altered(factor, segment, **changes):
    """The factor with one stored shock changed."""
    shocks = tuple(
        replace(s, **changes) if s.segment == segment else s for s in factor.shocks
    )
    return replace(factor, shocks=shocks)


def test_stored_shocks_that_follow_from_the_stated_moves_are_in_order(stated):
    """Nothing is wrong with what was just made."""
    assert recompute_shocks(stated) == []


@pytest.mark.parametrize(
    ("segment", "changes"),
    [
        ("GPU", {"shrunk": -0.3}),
        ("GPU", {"total": None}),
        ("GPU", {"total": -0.21}),
        # The mean that FAB takes from GPU.
        ("FAB", {"shrunk": -0.01}),
        ("NUKE", {"standard_error": 0.03}),
        # A beta changed by hand changes what is taken out of a total return.
        ("GPU", {"beta": 1.0}),
    ],
)
def test_a_stored_shock_that_does_not_follow_is_found(stated, segment, changes):
    """Moves, totals, means, errors and betas are recomputed."""
    wrong = recompute_shocks(altered(stated, segment, **changes))

    assert wrong
    assert wrong[0].startswith(f"{segment}: the stored shock ")


def test_a_stored_market_leg_that_does_not_follow_is_found(stated):
    """Europe at -1% and no leg for World: -2% times 70% is -1.4%."""
    us, _, europe = stated.market
    legs = (us, replace(europe, value=-0.01))

    assert recompute_shocks(replace(stated, market=legs)) == [
        "Market leg Europe: the stored -0.01 is not what the stated moves give: 0.",
        "Market leg World: the stored 0 is not what the stated moves give: -0.014.",
    ]


def test_stated_rows_that_give_no_shocks_are_found(stated):
    """A segment that is not in the chain is named with its place."""
    rows = (replace(stated.stated[0], segment="TPU"), *stated.stated[1:])

    wrong = recompute_shocks(replace(stated, stated=rows))

    assert len(wrong) == 1
    assert "row 2: 'TPU' is no segment" in wrong[0]
