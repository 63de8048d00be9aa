from __future__ import annotations

import pytest

from stresskit.core.names import sector_key
from stresskit.mappers.sector import label_of

# A standard deviation of all abnormal returns, -20% to +10%, of which lambda/0.45.
SPREAD = 0.15 / 1.6448536


@pytest.mark.parametrize(
    ("spelling", "segment"),
    [
        ("Information Technology", "ROM_45"),
        ("TECHNOLOGY", "ROM_45"),
        ("IT", "ROM_45"),
        (" utilities ", "ROM_55"),
        ("Versorger", "ROM_55"),
        ("Healthcare", "ROM_35"),
        ("Health  Care", "ROM_35"),
    ],
)
@pytest.mark.parametrize("kind", ["equity", "fund", "other"])
def test_a_stated_sector_places_a_share(position, place, spelling, segment, kind):
    """The sector beside a share or fund places it in that sector outside the theme."""
    exposures = place(position("Acme", sector=spelling, asset_class=kind))
    e = exposures.rows[0]
    assert e.sensitivities == e.description == {segment: 1.0}
    # the label of a sector: 1 - 0.35/0.45
    assert e.confidence == pytest.approx(2 / 9, rel=1e-12)
    assert e.mapping_sd == pytest.approx(SPREAD * 0.35 / 0.45, rel=1e-6)
    assert (e.source, e.covered, e.main_segment) == ("sector", True, segment)
    assert e.matched == f"sector {spelling!r} in the file"
    assert exposures.issues == ()


def test_an_industry_says_more_than_a_sector(position, place):
    """A narrow label spreads over segments of the theme and is surer."""
    e = place(position("Acme", sector="Semiconductors")).rows[0]
    assert e.description == {"CHIPS": 0.4, "ROM_45": 0.6}
    # 0.4/0.8 typical chip makers bring 0.5 * 0.2 of the 0.6 along.
    assert e.sensitivities == pytest.approx({"CHIPS": 0.5, "ROM_45": 0.5}, rel=1e-12)
    # 0.4 * 1.4 + 0.6 * 1.0; the spread is that of the larger part
    assert e.beta == pytest.approx(1.16, rel=1e-12)
    assert (e.beta_sd, e.main_segment) == (0.25, "ROM_45")
    assert e.dispersion == pytest.approx(1.2 * 0.015, rel=1e-12)
    # the label of an industry: 1 - 0.30/0.45
    assert e.confidence == pytest.approx(1 / 3, rel=1e-12)
    assert e.mapping_sd == pytest.approx(SPREAD * 0.30 / 0.45, rel=1e-6)
    assert (e.source, e.tier, e.covered) == ("industry", "D", True)
    assert "half of it" in e.basis


def test_a_sector_gives_the_figures_of_its_segment(position, place):
    """Beta, spread and dispersion are those of the sector's segment."""
    e = place(position("Acme", sector="Utilities")).rows[0]
    assert (e.beta, e.beta_sd, e.specific_sd) == (0.4, 0.10, 0.7 * 0.01)
    assert e.dispersion == pytest.approx(1.2 * 0.01, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Utilities", "utilities"),
        ("Technology - Semiconductors", "semiconductors"),
        ("Technology > Semiconductors", "semiconductors"),
        ("Technology/IT Services", None),
        ("Technology / Widgets", "technology"),
        ("Technology; Widgets", "technology"),
        ("Widgets | Utilities", "utilities"),
        ("Utilities > Electric Utilities", "electric utilities"),
        ("Pharma & Chips", "pharma and chips"),
        ("Widgets - Gadgets", None),
        ("Utilities-ish", None),
        ("  ", None),
    ],
)
def test_the_last_part_that_is_known_counts(context, text, label):
    """The whole text first, then its parts from the narrowest to the broadest."""
    found = label_of(text, context)
    assert (found and found.label) == label


@pytest.mark.parametrize(
    "given",
    [
        {"sector": "Widgets"},
        {"sector": ""},
        {"sector": None},
        {"sector": "Energy"},  # the toy chain has no such label
        {"sector": "Utilities", "asset_class": "future"},
        {"sector": "Utilities", "asset_class": "crypto"},
    ],
)
def test_a_sector_that_says_nothing_is_left(position, place, given):
    """An unknown sector, or a sector of something that is no share, does not place."""
    assert place(position("Acme", **given)).rows[0].source == "unmapped"


@pytest.mark.parametrize("kind", ["bond", "cash", "option"])
def test_what_does_not_move_has_no_sector(position, place, kind):
    """A utility's bond is a bond."""
    e = place(position("Acme", sector="Utilities", asset_class=kind)).rows[0]
    assert not e.moves


def test_the_curated_map_knows_better_than_the_file(position, place):
    """A known security goes by the map, not by the sector beside it."""
    e = place(position(isin="US1234567890", sector="Utilities")).rows[0]
    assert e.source == "curated"


def test_every_label_of_the_shipped_table_can_be_found(shipped):
    """Labels are written as they are looked up, once each, and say whole businesses."""
    labels = [s.label for s in shipped.chain.sectors]
    assert labels == [sector_key(x) for x in labels]
    assert len(set(labels)) == len(labels)
    known = set(shipped.chain.segment_ids)
    for s in shipped.chain.sectors:
        assert set(s.segments) <= known, s.label
        assert sum(s.segments.values()) == pytest.approx(1.0, abs=1e-9), s.label


@pytest.mark.parametrize(
    ("text", "segment"),
    [
        ("Energy", "ROM_10"),
        ("Informationstechnologie", "ROM_45"),
        ("Health Care", "ROM_35"),
        ("Finanzen", "ROM_40"),
        ("Utilities", "ROM_55"),
        ("Santé", "ROM_35"),
    ],
)
def test_shipped_sectors_are_known_in_several_languages(
    position, place, shipped, text, segment
):
    """A broad sector is outside the theme, in the reader's language."""
    e = place(position("Acme", sector=text), factor=shipped).rows[0]
    assert (e.source, e.main_segment) == ("sector", segment)


def test_the_eleven_sectors_all_have_a_label(shipped):
    """Each sector outside the theme is reached by some broad label."""
    broad = [s.segments for s in shipped.chain.sectors if not s.narrow]
    reached = {k for row in broad for k in row if row[k] == 1.0}
    outside = {s.id for s in shipped.chain.segments if not s.theme}
    assert len(outside) == 11
    assert outside <= reached
