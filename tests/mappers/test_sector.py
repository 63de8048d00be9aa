from __future__ import annotations

import pytest

from stresskit.mappers.sector import SECTORS


@pytest.mark.parametrize(
    ("spelling", "segment"),
    [
        ("Information Technology", "ROM_45"),
        ("TECHNOLOGY", "ROM_45"),
        ("IT", "ROM_45"),
        (" utilities ", "ROM_55"),
        ("Healthcare", "ROM_35"),
        ("Health Care", "ROM_35"),
    ],
)
def test_a_stated_sector_places_a_share(position, place, spelling, segment):
    """The sector beside a share places it in that sector outside the theme."""
    exposures = place(position("Acme", sector=spelling))
    e = exposures.rows[0]
    assert e.sensitivities == e.description == {segment: 1.0}
    assert (e.source, e.confidence) == ("sector", 0.3)
    # 0.35/0.45 of the spread of all abnormal returns, -20% to +10%.
    assert e.mapping_sd == pytest.approx(0.15 / 1.6448536 * 0.35 / 0.45, rel=1e-6)
    assert e.covered
    assert exposures.issues == ()


def test_a_sector_gives_the_figures_of_its_segment(position, place):
    """Beta, spread and dispersion are those of the sector's segment."""
    e = place(position("Acme", sector="Utilities")).rows[0]
    assert (e.beta, e.beta_sd, e.specific_sd) == (0.4, 0.10, 0.7 * 0.01)
    assert e.dispersion == pytest.approx(1.2 * 0.01, rel=1e-12)


@pytest.mark.parametrize(
    "given",
    [
        {"sector": "Widgets"},
        {"sector": ""},
        {"sector": "Energy"},  # the toy chain has no such segment
        {"sector": "Utilities", "asset_class": "fund"},
        {"sector": "Utilities", "asset_class": "future"},
    ],
)
def test_a_sector_that_says_nothing_is_left(position, place, given):
    """An unknown sector, or a sector of something that is no share, does not place."""
    assert place(position("Acme", **given)).rows[0].source == "unmapped"


def test_the_curated_map_knows_better_than_the_file(position, place):
    """A known security goes by the map, not by the sector beside it."""
    e = place(position(isin="US1234567890", sector="Utilities")).rows[0]
    assert e.source == "curated"


def test_every_sector_of_the_table_exists(shipped):
    """The spellings lead to the eleven sectors of the shipped chain, all of them."""
    known = {s.gics_sector for s in shipped.chain.segments if s.gics_sector}
    assert set(SECTORS.values()) == known
    assert len(known) == 11
    assert all(k == k.strip().lower() for k in SECTORS)
