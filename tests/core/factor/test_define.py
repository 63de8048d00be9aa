"""Factors of stated moves, worked out by hand on a chain of seven segments.

Betas: GPU 1.5, RAM_CHIPS 2.0, FAB 1.0 (group CHIPS); NUKE 0.8, GAS 1.2 (POWER);
ROM_40 Financials 1.1, ROM_55 Utilities 0.5 (ROM).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_factor import small_factor

from stresskit.core.factor.define import Move, define
from stresskit.core.factor.legs import WORLD_SHARE
from stresskit.errors import FactorError

DAY = dt.date(2026, 2, 3)
IDS = ("GPU", "RAM_CHIPS", "FAB", "NUKE", "GAS", "ROM_40", "ROM_55")


@pytest.fixture(scope="module")
def basis():
    """A factor to take betas from."""
    return small_factor()


def row(segment, move, *, raw=False, error=None, group="", at=2):
    """A row as a reader gives it, in row ``at`` of a table."""
    return Move(
        segment=segment,
        group=group,
        move=move,
        raw=raw,
        standard_error=error,
        where=f"row {at}, column B",
        named_at=f"row {at}, column A",
    )


def shocks_of(factor):
    """The shocks by segment."""
    return {s.segment: s for s in factor.shocks}


def issues_of(factor):
    """The issues by code."""
    return {i.code: i for i in factor.issues}


@pytest.mark.parametrize(
    ("name", "segment"),
    [
        ("RAM_CHIPS", "RAM_CHIPS"),
        ("ram chips", "RAM_CHIPS"),
        ("Ram-Chips", "RAM_CHIPS"),
        ("memory and storage", "RAM_CHIPS"),
        ("MEMORY & STORAGE", "RAM_CHIPS"),
        ("gas fired", "GAS"),
        ("Power", "POWER"),
        ("electricity", "POWER"),
        ("Utilities", "ROM_55"),
        ("rest of market financials", "ROM_40"),
        ("Rest of market", "ROM"),
        ("market", "MARKET"),
    ],
)
def test_a_name_is_an_id_a_title_or_a_sector(basis, name, segment):
    """Case, blanks, hyphens and underscores make no difference."""
    other = "GPU" if segment != "GPU" else "FAB"

    made = define("e", (row(name, -0.05), row(other, -0.1, at=3)), DAY, basis)

    assert made.stated[0].segment == segment


def test_stated_moves_stay_as_stated_and_the_rest_follows_its_group(basis):
    """FAB takes (-17% - 11%) / 2 = -14%, POWER and ROM do not move."""
    moves = (row("GPU", -0.17, error=0.02), row("RAM_CHIPS", -0.11, at=3))

    made = shocks_of(define("e", moves, DAY, basis))

    assert (made["GPU"].shrunk, made["GPU"].standard_error) == (-0.17, 0.02)
    assert (made["RAM_CHIPS"].shrunk, made["RAM_CHIPS"].standard_error) == (-0.11, 0.05)
    assert made["FAB"].shrunk == pytest.approx(-0.14, rel=1e-12)
    assert (made["FAB"].members, made["FAB"].raw) == (0, None)
    assert [made[k].shrunk for k in ("NUKE", "GAS", "ROM_40", "ROM_55")] == [0.0] * 4


@pytest.mark.parametrize(
    ("gpu", "ram", "fab", "share"),
    [
        # FAB takes half of the mean 2%, 4%; more than all; against it; nothing known.
        ((0.03, 0.06), (0.01, 0.02), (0.01, 0.02), 0.5),
        ((0.02, 0.01), (0.02, 0.01), (0.06, 0.03), 1.0),
        ((0.02, 0.01), (0.02, 0.01), (-0.02, -0.01), 0.0),
        ((0.0, 0.0), (0.0, 0.0), (0.02, 0.01), 1.0),
    ],
)
def test_an_unstated_segment_takes_its_usual_share(basis, gpu, ram, fab, share):
    """GPU -17% and RAM -11% are -14% on average; FAB takes b times that."""
    returns = np.zeros((3, 1 + len(IDS)))
    for name, days in (("GPU", gpu), ("RAM_CHIPS", ram), ("FAB", fab)):
        returns[:2, 1 + IDS.index(name)] = days
    # The third day lies outside the estimation window and must not count.
    returns[2] = 0.5
    known = replace(basis, history=replace(basis.history, returns=returns))
    moves = (row("GPU", -0.17), row("RAM_CHIPS", -0.11, at=3))

    made = shocks_of(define("e", moves, DAY, known))

    assert made["FAB"].shrunk == pytest.approx(share * -0.14, rel=1e-12)


def test_an_inferred_move_is_no_surer_than_what_it_rests_on(basis):
    """With an error of 8% on one member, the others of the group have 8% too."""
    made = define("e", (row("GPU", -0.17, error=0.08),), DAY, basis)

    assert shocks_of(made)["FAB"].standard_error == 0.08


def test_a_total_return_loses_beta_times_the_market(basis):
    """GPU: -20% less 1.5 times -2% is -17%; both figures are kept."""
    moves = (row("GPU", -0.20, raw=True), row("MARKET", -0.02, at=3))

    made = shocks_of(define("e", moves, DAY, basis))

    assert made["GPU"].total == -0.20
    assert made["GPU"].raw == pytest.approx(-0.17, rel=1e-12)
    assert made["GPU"].shrunk == pytest.approx(-0.17, rel=1e-12)


def test_a_groups_total_return_meets_each_segments_beta(basis):
    """-10% less -2% times 0.8 and 1.2 is -8.4% and -7.6%; GAS may have its own."""
    moves = (row("Electricity", -0.10, raw=True),)

    made = shocks_of(define("e", moves, DAY, basis, market=-0.02))
    own = shocks_of(
        define("e", (*moves, row("GAS", -0.05, at=3)), DAY, basis, market=-0.02)
    )

    assert made["NUKE"].shrunk == pytest.approx(-0.084, rel=1e-12)
    assert made["GAS"].shrunk == pytest.approx(-0.076, rel=1e-12)
    assert (own["NUKE"].shrunk, own["GAS"].shrunk) == (made["NUKE"].shrunk, -0.05)


def test_a_row_with_a_group_alone_states_the_groups_move(basis):
    """An empty segment beside CHIPS moves all three of its segments."""
    made = shocks_of(define("e", (row("", -0.1, group="Chips"),), DAY, basis))

    assert [made[k].shrunk for k in IDS] == [-0.1, -0.1, -0.1, 0.0, 0.0, 0.0, 0.0]


def test_the_market_is_the_american_leg_and_its_share_the_worlds(basis):
    """World takes 70% of -2%; Europe stays at zero and says so."""
    made = define("e", (row("GPU", -0.1), row("Market", -0.02, at=3)), DAY, basis)

    legs = {m.region: m for m in made.market}
    assert WORLD_SHARE == 0.70
    assert legs["US"].value == -0.02
    assert legs["World"].value == pytest.approx(-0.014, rel=1e-12)
    assert legs["Europe"].value == 0.0
    assert legs["Europe"].basis == "not stated for this region; zero is assumed"
    assert {(m.start, m.end) for m in made.market} == {(DAY, DAY)}
    assert "Europe" in issues_of(made)["market-elsewhere"].message


def test_without_a_market_every_leg_is_zero_and_said(basis):
    """Abnormal moves need no market."""
    made = define("e", (row("GPU", -0.1),), DAY, basis)

    assert [m.value for m in made.market] == [0.0, 0.0, 0.0]
    assert "--market" in issues_of(made)["market-not-stated"].fix


def test_nothing_of_the_other_event_is_left(basis):
    """Betas, volatilities and histories stay; the day, its tests and story go."""
    made = define("my-event", (row("GPU", -0.1),), DAY, basis)

    chip, fund = made.evidence
    shock = made.shocks[0]
    assert (made.id, made.revision, made.basis) == ("my-event", 1, "old-event@3")
    assert (made.purpose, made.questions, made.expert_set) == ("", (), False)
    assert (made.drivers, made.drivers_r2, made.path) == ((), None, ())
    assert made.plausibility is None
    assert (shock.beta, shock.residual_sd) == (1.5, 0.02)
    assert (shock.alternatives, shock.path, shock.mapped) == ({}, {}, False)
    assert (chip.role, fund.role) == ("history", "fund")
    assert (chip.beta, chip.sensitivities) == (1.6, {"GPU": 1.1})
    assert (
        chip.abnormal_return is chip.event_return is chip.own_name is chip.sar is None
    )
    assert made.history is basis.history
    assert made.method["window_end"] == "2024-12-03"
    assert (made.universe_low, made.universe_high) == (-0.1, 0.0)


def test_the_authors_rows_are_kept(basis):
    """Id, move as written, kind, error and place; the market's return is total."""
    moves = (
        row("graphics chips", -0.2, raw=True, error=0.01),
        row("MARKET", -0.02, at=3),
    )

    kept = define("e", moves, DAY, basis).stated

    assert [(m.segment, m.move, m.raw, m.standard_error, m.where) for m in kept] == [
        ("GPU", -0.2, True, 0.01, "row 2, column B"),
        ("MARKET", -0.02, True, None, "row 3, column B"),
    ]


def test_what_is_assumed_is_said(basis):
    """FAB rests on two members, GAS on one, two segments do not move, one error."""
    moves = (
        row("GPU", -0.17, error=0.02),
        row("RAM_CHIPS", -0.11, error=0.02, at=3),
        row("NUKE", -0.2, at=4),
    )

    found = issues_of(define("e", moves, DAY, basis))

    assert found["group-mean"].severity == "info"
    assert found["group-mean"].message == (
        "FAB -14.0% is not stated: assumed from GPU and RAM_CHIPS of CHIPS, by the "
        "share of such moves that each usually took."
    )
    assert found["one-member"].severity == "warning"
    assert found["one-member"].message == (
        "GAS -20.0% is not stated: assumed from NUKE, the only stated segment of "
        "POWER, by the share of such moves that each usually took."
    )
    assert found["not-moving"].message.startswith("2 of 7 segments do not move")
    assert "assumption" in found["not-moving"].message
    assert found["default-error"].message == (
        "No standard error is stated for NUKE: 5% is assumed."
    )
    assert all(i.fix for i in found.values())


def test_nothing_is_said_where_everything_is_stated(basis):
    """With every segment, error and a market of zero there is nothing to assume."""
    moves = tuple(row(k, -0.1, error=0.01, at=n) for n, k in enumerate(IDS, 2))

    assert define("e", moves, DAY, basis, market=0.0).issues == ()


@pytest.mark.parametrize(
    ("moves", "code"),
    [
        ((row("ROM_40", -0.02), row("GPU", -0.1, at=3)), "not-moving"),
        ((row("GPU", -0.004),), "small-moves"),
        (
            (row("GPU", -0.1), row("Source: desk", None, at=9)),
            "row-not-read",
        ),
        (
            (row("POWER", -0.1), row("NUKE", -0.1, at=3), row("GAS", -0.1, at=4)),
            "group-unused",
        ),
        (
            (row("GPU", -0.1), row("MARKET", -0.01, error=0.01, at=3)),
            "market-error",
        ),
    ],
)
def test_what_looks_odd_is_said(basis, moves, code):
    """One sector of the rest, -0.4 for -40%, a footnote, a group in vain, an error."""
    assert code in issues_of(define("e", moves, DAY, basis))


@pytest.mark.parametrize(
    ("moves", "message", "hint"),
    [
        ((row("GPUS", -0.1),), "row 2, column A: 'GPUS' is no segment", "mean GPU?"),
        ((row("Nuclaer", -0.1),), "'Nuclaer' is no segment", "Did you mean NUKE?"),
        ((row("x" * 9, -0.1),), "is no segment", "Segments: GPU, RAM_CHIPS, FAB"),
        (
            (row("GPU", -0.1), row("graphics chips", -0.2, at=7)),
            r"row 7, column B: GPU \(Graphics chips\) stands twice.*row 2, column B",
            "Keep one",
        ),
        (
            (row("GPU", -0.1, group="Electricity"),),
            "GPU belongs to CHIPS, not to POWER",
            "Write CHIPS",
        ),
        ((row("GPU", -0.1, group="Chops"),), "'Chops' is no segment", "mean CHIPS?"),
        ((row("MARKET", -0.1, group="Chips"),), "MARKET stands alone", "Leave"),
        ((row("GPU", None),), "row 2, column B: GPU has no move", "delete the row"),
        ((row("GPU", -0.2, raw=True),), "needs the market's", "Add a row MARKET"),
        (
            # -95% less 2.0 times 4% is -103%.
            (row("RAM_CHIPS", -0.95, raw=True), row("MARKET", 0.04, at=3)),
            r"-95.0% less beta 2.00 times the market's \+4.0% leaves -103.0%",
            "row 3, column B",
        ),
        ((), "no move", "a row per segment"),
        ((row("MARKET", -0.1),), "no move but the market's", "a row per segment"),
    ],
)
def test_moves_that_cannot_be_used_say_why(basis, moves, message, hint):
    """The message says where and what, the hint how to fix it."""
    with pytest.raises(FactorError, match=message) as error:
        define("e", moves, DAY, basis)

    assert hint in error.value.hint


@pytest.mark.parametrize("market", [-1.0, 5.0, float("nan")])
def test_a_market_that_is_no_return_is_refused(basis, market):
    """Minus one hundred percent, 5 for 5%, nothing."""
    with pytest.raises(FactorError, match="which is not a return"):
        define("e", (row("GPU", -0.1),), DAY, basis, market=market)


def test_the_market_stated_twice_is_refused(basis):
    """A row MARKET and the option cannot both hold."""
    moves = (row("GPU", -0.1), row("MARKET", -0.02, at=3))

    with pytest.raises(FactorError, match=r"--market: MARKET stands twice.*row 3"):
        define("e", moves, DAY, basis, market=-0.02)


def test_a_title_that_two_segments_share_needs_the_id(basis):
    """With FAB called Graphics chips too, the title means either."""
    segments = tuple(
        replace(s, title="Graphics chips") if s.id == "FAB" else s
        for s in basis.chain.segments
    )
    twin = replace(basis, chain=replace(basis.chain, segments=segments))

    with pytest.raises(FactorError, match="can mean FAB or GPU"):
        define("e", (row("Graphics chips", -0.1),), DAY, twin)


def test_a_stated_factor_serves_as_a_basis(basis):
    """Its betas are those it was given, and its own moves do not pass on."""
    first = define("first", (row("GPU", -0.3),), DAY, basis)

    made = define("second", (row("NUKE", -0.1, raw=True),), DAY, first, market=-0.05)

    # -10% less 0.8 times -5%.
    assert shocks_of(made)["NUKE"].shrunk == pytest.approx(-0.06, rel=1e-12)
    assert shocks_of(made)["GPU"].shrunk == 0.0
    assert made.basis == "first@1"


MOVES = st.dictionaries(
    st.sampled_from(IDS), st.floats(-0.6, 0.6), min_size=1, max_size=len(IDS)
)


@given(moves=MOVES, order=st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(basis, moves, order):
    """Shocks and what is said of them are the same for every order."""
    rows = [row(k, x, at=n) for n, (k, x) in enumerate(moves.items())]
    mixed = order.sample(rows, len(rows))

    one, other = (define("e", tuple(r), DAY, basis) for r in (rows, mixed))

    assert other.shocks == one.shocks
    assert other.issues == one.issues


@given(moves=MOVES, market=st.floats(-0.1, 0.1))
def test_total_and_abnormal_moves_agree(basis, moves, market):
    """Stating ``abnormal + beta market`` as a total gives the abnormal shocks."""
    beta = {s.segment: s.beta for s in basis.shocks}
    plain = tuple(row(k, x) for k, x in moves.items())
    total = tuple(row(k, x + beta[k] * market, raw=True) for k, x in moves.items())

    expected = define("e", plain, DAY, basis, market=market)
    actual = define("e", total, DAY, basis, market=market)

    for a, b in zip(expected.shocks, actual.shocks, strict=True):
        assert b.shrunk == pytest.approx(a.shrunk, abs=1e-12)
        assert b.standard_error == a.standard_error
        assert b.members == a.members
    assert actual.market == expected.market
