from __future__ import annotations

import pytest

from stresskit.errors import MappingError


@pytest.fixture
def overrides(tmp_path):
    """Write an override file from lines of text."""

    def write(*lines: str):
        path = tmp_path / "mine.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


HEAD = "id,isin,ticker,segments,beta,reason"


def test_the_users_word_is_taken(position, place, overrides):
    """Segments and beta of an override are the exposure, with the user's reason."""
    file = overrides(HEAD, "p1,,,CHIPS=0.25;POWER=0.5,1.3,I know them")
    exposures = place(position("Nobody"), overrides=file)
    e = exposures.rows[0]
    assert e.description == {"CHIPS": 0.25, "POWER": 0.5}
    # The typical chip maker is 0.8 chips: 0.25/0.8 and 0.5, scaled to 0.75 again.
    scale = 0.75 / (0.25 / 0.8 + 0.5)
    expected = {"CHIPS": 0.25 / 0.8 * scale, "POWER": 0.5 * scale}
    assert e.sensitivities == pytest.approx(expected, rel=1e-12)
    assert (e.beta, e.beta_sd, e.main_segment) == (1.3, 0.0, "POWER")
    assert (e.source, e.confidence, e.covered) == ("override", 1, True)
    # 0.02/0.45 of the spread of all abnormal returns, -20% to +10%.
    assert e.mapping_sd == pytest.approx(0.15 / 1.6448536 * 0.02 / 0.45, rel=1e-6)
    assert e.basis == "I know them"
    assert "mine.csv" in e.matched
    assert "row 2" in e.matched
    assert exposures.issues == ()
    assert exposures.overrides == ({"where": e.matched, "reason": "I know them"},)


def test_without_a_beta_the_segments_give_it(position, place, overrides):
    """An override without a beta takes the weighted betas of its segments."""
    file = overrides(HEAD, "p1,,,CHIPS=0.25;POWER=0.5,,")
    e = place(position("Nobody"), overrides=file).rows[0]
    # 0.25 * 1.4 + 0.5 * 0.8
    assert e.beta == pytest.approx(0.75, rel=1e-12)
    assert e.beta_sd == 0.2


def test_a_beta_alone_keeps_the_segments(position, place, overrides):
    """An override of the beta only leaves the program's placement as it was."""
    lines = (position(isin="US1234567890"), position(ticker="LOOK"))
    plain = place(*lines)
    told = place(*lines, overrides=overrides(HEAD, "p1,,,,0.7,calm", "p2,,,,0,"))
    for before, after, beta in zip(plain.rows, told.rows, (0.7, 0.0), strict=True):
        assert after.sensitivities == before.sensitivities
        assert after.description == before.description
        assert after.dispersion == before.dispersion
        assert (after.beta, after.beta_sd, after.source) == (beta, 0.0, "override")
    assert told.rows[0].basis.startswith("calm; segments:")


@pytest.mark.parametrize("kind", ["cash", "bond", "option", "fx_forward", "equity"])
def test_an_override_beats_everything(position, place, overrides, kind):
    """Cash, bonds and known securities move as the user says."""
    line = position(isin="US1234567890", sector="Utilities", asset_class=kind)
    e = place(line, overrides=overrides(HEAD, "p1,,,POWER=1,,")).rows[0]
    assert (e.source, e.moves, e.covered) == ("override", True, True)
    assert e.sensitivities == {"POWER": 1.0}


def test_a_bond_with_a_beta_alone_has_no_segment(position, place, overrides):
    """A beta on what has no place in the chain is the market and nothing else."""
    line = position(isin="US1234567890", asset_class="bond")
    e = place(line, overrides=overrides(HEAD, "p1,,,,0.2,")).rows[0]
    assert (e.beta, e.sensitivities, e.moves) == (0.2, {}, True)


@pytest.mark.parametrize(
    "row", ["p2,,,", ",US1234567890,,", ",us1234567890,,", ",,NVC,", ",,nvc,"]
)
def test_a_row_names_a_position_by_id_isin_or_ticker(position, place, overrides, row):
    """Exactly the position that the row names is changed."""
    lines = (
        position("Nobody"),
        position("N", isin="US1234567890", ticker="NVC"),
        position(ticker="LOOK"),
    )
    exposures = place(*lines, overrides=overrides(HEAD, row + "POWER=1,,"))
    assert [e.source for e in exposures.rows] == ["unmapped", "override", "fund"]
    assert {i.code for i in exposures.issues} == {"unmapped"}


def test_an_id_changes_one_line_of_two_in_a_security(position, place, overrides):
    """A row with an id leaves the same security in another account alone."""
    line = position("N", isin="US1234567890", ticker="NVC")
    file = overrides(HEAD, "p1,US1234567890,NVC,POWER=1,,")
    assert [e.source for e in place(line, line, overrides=file).rows] == [
        "override",
        "curated",
    ]


def test_an_id_that_moved_is_found_by_its_number(position, place, overrides):
    """Ids count lines: where the file's order changed, ISIN and ticker decide."""
    lines = (position(isin="FR0000000001"), position(isin="US1234567890"))
    file = overrides(HEAD, "p1,US1234567890,NVC,POWER=1,,")
    exposures = place(*lines, overrides=file)
    assert [e.source for e in exposures.rows] == ["curated", "override"]
    assert exposures.issues == ()


def test_the_last_row_counts(position, place, overrides):
    """Of two rows for one position the later one is used."""
    file = overrides(HEAD, "p1,,,POWER=1,,", "p1,,,CHIPS=1,,")
    e = place(position("Nobody"), overrides=file).rows[0]
    assert e.sensitivities == {"CHIPS": 1.0}
    assert "row 3" in e.matched


@pytest.mark.parametrize("row", ["p9,,,", ",XX0000000000,,", ",,ZZZ,"])
def test_an_override_of_nothing_is_said(position, place, overrides, row):
    """A row that names no position changes nothing and is an issue with its row."""
    file = overrides(HEAD, row + "POWER=1,,")
    exposures = place(position(isin="US1234567890"), overrides=file)
    assert exposures.rows[0].source == "curated"
    (issue,) = exposures.issues
    assert issue.code == "override-unused"
    assert "row 2" in issue.message


@pytest.mark.parametrize(
    ("segments", "message"),
    [
        ("CHIPS=0.9;POWER=0.8", r"row 3.*1\.7"),
        ("CHIPS=-0.5;POWER=1", r"row 3.*0\.5"),
        ("CHIP=1", "row 3.*'CHIP' is no segment"),
        ("chips=1", "row 3.*'chips' is no segment"),
    ],
)
def test_an_override_that_cannot_be_is_refused(
    position, place, overrides, segments, message
):
    """Unknown segments and fractions beyond one are refused with file and row."""
    file = overrides(HEAD, "p1,,,CHIPS=1,,", f"p1,,,{segments},,")
    with pytest.raises(MappingError, match=message) as caught:
        place(position("Nobody"), overrides=file)
    assert "mine.csv" in str(caught.value)
    assert caught.value.hint
