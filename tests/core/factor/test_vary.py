"""A factor varied by its narrative drivers: by hand, and what is refused."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from small_factor import EVENT, small_factor

from stresskit.core.factor.recompute import recompute_variant
from stresskit.core.factor.vary import Story, vary
from stresskit.errors import FactorError
from stresskit.model import Driver

STORY = Story(id="deeper", title="Deeper")
# How the segments are read to respond to two drivers.
LOADINGS = {
    "GPU": {"demand": -1.0},
    "FAB": {"demand": -0.5, "adoption": 0.5},
    "NUKE": {"adoption": 0.2},
}


@pytest.fixture
def basis():
    """Every shock at -10%; demand fell by .12, adoption rose by .04."""
    made = small_factor()
    segments = tuple(
        replace(s, narrative=LOADINGS.get(s.id, {})) for s in made.chain.segments
    )
    return replace(
        made,
        chain=replace(made.chain, segments=segments),
        drivers=(
            Driver(name="demand", value=0.12, standard_error=0.02),
            Driver(name="adoption", value=0.04, standard_error=0.01),
        ),
        sha256="a" * 64,
    )


def shocks(factor):
    """The shocks used, by segment."""
    return {s.segment: s.shrunk for s in factor.shocks}


def test_one_driver_by_hand(basis):
    """Half as much demand again: -1 and -.5 times half of .12 more, nothing else.

    The day's -10% were not what the drivers explain, and what they leave stays.
    """
    found = shocks(vary(basis, STORY, {"demand": 1.5}))

    assert found["GPU"] == pytest.approx(-0.10 - 1.0 * 0.06, rel=1e-12)
    assert found["FAB"] == pytest.approx(-0.10 - 0.5 * 0.06, rel=1e-12)
    assert {found[k] for k in ("RAM_CHIPS", "NUKE", "GAS", "ROM_40")} == {-0.1}


def test_two_drivers_add_up(basis):
    """Demand taken away, adoption tripled: FAB -10% + .5 x .12 + .5 x .08."""
    found = shocks(vary(basis, STORY, {"demand": 0.0, "adoption": 3.0}))

    assert found["GPU"] == pytest.approx(-0.10 + 0.12, rel=1e-12)
    assert found["FAB"] == pytest.approx(-0.10 + 0.06 + 0.04, abs=1e-15)
    assert found["NUKE"] == pytest.approx(-0.10 + 0.2 * 0.08, rel=1e-12)


def test_a_driver_may_turn_round(basis):
    """Scaled by -1 its part changes sign: -10% + 2 x 12%."""
    assert shocks(vary(basis, STORY, {"demand": -1.0}))["GPU"] == pytest.approx(0.14)


def test_scales_of_one_change_nothing(basis):
    """All drivers at one, or none named: the basis's shocks to the last digit."""
    same = vary(basis, STORY, {"demand": 1.0, "adoption": 1.0})

    assert shocks(same) == shocks(basis)
    assert shocks(vary(basis, STORY, {}, market=-0.03)) == shocks(basis)


def test_the_drivers_are_told_as_scaled(basis):
    """By name, those not named as they were; no R2, since nothing was fitted."""
    made = vary(basis, STORY, {"demand": 1.5})

    assert [(d.name, d.value) for d in made.drivers] == [
        ("demand", pytest.approx(0.18)),
        ("adoption", 0.04),
    ]
    assert made.drivers_r2 is None
    assert made.variant.drivers == {"demand": 1.5}


def test_the_market_is_set_in_every_region(basis):
    """US, World and Europe alike, and the legs say by whom; days stay."""
    made = vary(basis, STORY, {}, market=-0.05)

    assert [(m.region, m.value) for m in made.market] == [
        ("US", -0.05),
        ("World", -0.05),
        ("Europe", -0.05),
    ]
    assert {m.basis for m in made.market} == {"set by the author of the variant"}
    assert {(m.start, m.end) for m in made.market} == {(EVENT, EVENT)}
    assert made.variant.market == -0.05


def test_without_a_market_the_legs_are_the_bases(basis):
    """And the variant records that none was set; zero is a market as well."""
    assert vary(basis, STORY, {"demand": 2.0}).market == basis.market
    assert vary(basis, STORY, {"demand": 2.0}).variant.market is None
    assert {m.value for m in vary(basis, STORY, {}, market=0.0).market} == {0.0}


def test_it_is_marked_as_a_judgement(basis):
    """Expert-set, with an issue that says so, the basis and its hash."""
    made = vary(basis, STORY, {"demand": 1.5})

    assert made.expert_set
    # The basis is a judgement itself: what it assumed is assumed here too.
    assert [i.code for i in made.issues] == ["expert-set", "old"]
    assert "deeper is a judgement, not a measurement" in made.issues[0].message
    assert "old-event@3" in made.issues[0].message
    assert (made.basis, made.variant.basis_sha256) == ("old-event@3", "a" * 64)
    assert (made.id, made.title, made.revision) == ("deeper", "Deeper", 1)
    assert (made.sha256, made.folder) == ("", "")


def test_it_has_the_words_of_its_story(basis):
    """Its own narrative, else the basis's; its own purpose, never the basis's."""
    told = vary(
        basis, Story(id="x", title="X", purpose="P", narrative="N"), {"demand": 2.0}
    )
    plain = vary(basis, STORY, {"demand": 2.0})

    assert (told.narrative, told.purpose) == ("N", "P")
    assert (plain.narrative, plain.purpose) == ("What happened then.", "")


def test_only_what_was_known_before_the_event_is_kept(basis):
    """No return of the day in the evidence; betas and volatilities stay, and funds."""
    made = vary(basis, STORY, {"demand": 1.5})

    assert [e.role for e in made.evidence] == ["history", "fund"]
    for old, new in zip(basis.evidence, made.evidence, strict=True):
        assert (new.event_return, new.abnormal_return, new.own_name) == (None,) * 3
        assert (new.sar, new.start, new.end, new.path) == (None, None, None, {})
        assert (new.beta, new.residual_sd) == (old.beta, old.residual_sd)
        assert new.sensitivities == old.sensitivities
    assert made.history is basis.history
    assert made.event_start == basis.event_start == EVENT


def test_shocks_have_no_members_of_their_own(basis):
    """Counts, raw moves, tests and alternatives were the basis's day; errors stay."""
    made = vary(basis, STORY, {"demand": 1.5})

    for old, new in zip(basis.shocks, made.shocks, strict=True):
        assert (new.members, new.effective_members) == (0, 0.0)
        assert (new.raw, new.total, new.significance) == (None, None, None)
        assert new.alternatives == {}
        assert new.standard_error == old.standard_error
        assert (new.beta, new.residual_sd) == (old.beta, old.residual_sd)


def test_the_universe_holds_the_new_shocks(basis):
    """-30% to +10% of the basis, wider where a shock lies beyond."""
    milder = vary(basis, STORY, {"demand": 1.5})
    deeper = vary(basis, STORY, {"demand": 4.0})
    turned = vary(basis, STORY, {"demand": -2.0})

    assert (milder.universe_low, milder.universe_high) == (-0.3, 0.1)
    # -10% - 3 x 12%, and -10% + 3 x 12%.
    assert deeper.universe_low == pytest.approx(-0.46, rel=1e-12)
    assert turned.universe_high == pytest.approx(0.26, rel=1e-12)


def test_the_method_says_what_was_done(basis):
    """Not estimated; of the basis's method only the window is left."""
    told = {
        "estimator": "x",
        "window_start": "2024-12-02",
        "window_end": "2024-12-03",
        "index": "QQQ",
        "index_return": -0.03,
    }

    method = vary(replace(basis, method=told), STORY, {"demand": 1.5}).method

    assert method == {
        "estimator": "narrative drivers of the basis scaled by its author",
        "window_start": "2024-12-02",
        "window_end": "2024-12-03",
    }


def test_an_unknown_driver_is_refused(basis):
    """The message names it, the hint those that are known."""
    with pytest.raises(FactorError, match="'demnad' is no narrative driver") as error:
        vary(basis, STORY, {"demand": 1.5, "demnad": 2.0})

    assert error.value.hint == "Known: demand, adoption."


def test_a_basis_without_drivers_says_so(basis):
    """Its chain was not read for any."""
    with pytest.raises(FactorError, match="no narrative driver") as error:
        vary(replace(basis, drivers=()), STORY, {"demand": 1.5})

    assert "It has no estimate of the drivers" in error.value.hint


@pytest.mark.parametrize("scale", [np.nan, np.inf, -np.inf])
def test_a_scale_that_is_no_number_is_refused(basis, scale):
    """Named with its driver."""
    with pytest.raises(FactorError, match=r"demand is scaled by .* no number"):
        vary(basis, STORY, {"demand": scale})


@pytest.mark.parametrize(
    ("scale", "moved"),
    [
        # -10% - 7.6 x 12% is -101%; a return may be +100% and no more.
        (8.6, "-101%"),
        (10.0, "-118%"),
        (-9.0, r"\+110%"),
    ],
)
def test_a_shock_that_is_no_return_is_refused(basis, scale, moved):
    """The segment is named; the hint says how a harder event is asked for."""
    with pytest.raises(FactorError, match=f"GPU would move {moved}") as error:
        vary(basis, STORY, {"demand": scale})

    assert "--severity" in error.value.hint


def test_a_shock_just_above_minus_100_percent_is_one(basis):
    """-10% - 7.4 x 12% is -98.8%."""
    found = shocks(vary(basis, STORY, {"demand": 8.4}))

    assert found["GPU"] == pytest.approx(-0.988, rel=1e-9)


@pytest.mark.parametrize("market", [1.0, -1.0, 5.0, -5.0, np.nan])
def test_a_market_that_is_no_return_is_refused(basis, market):
    """-5 for -5% is a slip, and so is 1 for 1%."""
    with pytest.raises(FactorError, match="which is not a return") as error:
        vary(basis, STORY, {}, market=market)

    assert "-0.05" in error.value.hint


def test_a_variant_is_recomputed_from_its_basis(basis):
    """In order as made; a changed shock, another scale and another basis are not."""
    made = vary(basis, STORY, {"demand": 1.5})
    assert recompute_variant(made, basis) == []

    edited = replace(
        made,
        shocks=tuple(
            replace(s, shrunk=-0.2) if s.segment == "NUKE" else s for s in made.shocks
        ),
    )
    scaled = replace(made, variant=replace(made.variant, drivers={"demand": 1.6}))

    wrong = recompute_variant(edited, basis)
    assert len(wrong) == 1
    assert wrong[0].startswith("NUKE: the stored shock -0.2 ")
    assert "varying old-event@3 gives: -0.1" in wrong[0]
    named = [w.partition(":")[0] for w in recompute_variant(scaled, basis)]
    assert named == ["GPU", "FAB"]
    moved = replace(basis, drivers=(replace(basis.drivers[0], value=0.2),))
    assert recompute_variant(made, moved)


def test_a_variant_may_be_varied_again(basis):
    """From its own shocks and drivers: 1.5 times 2 of demand is 3 of the first."""
    once = vary(basis, STORY, {"demand": 1.5})

    twice = vary(once, Story(id="deepest", title="D"), {"demand": 2.0})

    assert shocks(twice) == pytest.approx(
        shocks(vary(basis, STORY, {"demand": 3.0})), rel=1e-12
    )
    assert twice.basis == "deeper@1"


def test_the_day_is_the_bases(basis):
    """A variant is what could have happened on that day."""
    made = vary(basis, STORY, {"demand": 1.5})

    assert made.event_end == dt.date(2025, 1, 27)
    assert made.revision_reason == "First publication"
