from __future__ import annotations

import hashlib

import pytest

from stresskit.errors import MappingError
from stresskit.mappers.override import checked, matched
from stresskit.model import Override


@pytest.fixture
def overrides(tmp_path):
    """Write an override file from lines of text."""

    def write(*lines: str):
        path = tmp_path / "mine.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


HEAD = "id,isin,ticker,segments,beta,reason,by,on"
SIGNED = "AB,2025-02-03"


def test_the_users_word_is_taken(position, place, overrides):
    """Segments and beta of an override are the exposure, with the user's reason."""
    file = overrides(HEAD, f"p1,,,CHIPS=0.25;POWER=0.5,1.3,I know them,{SIGNED}")
    exposures = place(position("Nobody"), overrides=file)
    e = exposures.rows[0]
    assert e.description == {"CHIPS": 0.25, "POWER": 0.5}
    # The typical chip maker is 0.8 chips: 0.25/0.8 and 0.5, scaled to 0.75 again.
    scale = 0.75 / (0.25 / 0.8 + 0.5)
    expected = {"CHIPS": 0.25 / 0.8 * scale, "POWER": 0.5 * scale}
    assert e.sensitivities == pytest.approx(expected, rel=1e-12)
    assert (e.beta, e.beta_sd, e.main_segment) == (1.3, 0.0, "POWER")
    # the label of the user: 1 - 0.02/0.45
    assert e.confidence == pytest.approx(43 / 45, rel=1e-12)
    assert (e.source, e.covered) == ("override", True)
    # 0.02/0.45 of the spread of all abnormal returns, -20% to +10%.
    assert e.mapping_sd == pytest.approx(0.15 / 1.6448536 * 0.02 / 0.45, rel=1e-6)
    assert e.basis == "I know them"
    assert "mine.csv" in e.matched
    assert "row 2" in e.matched
    assert exposures.issues == ()
    signed = {"by": "AB", "on": "2025-02-03", "reason": "I know them"}
    log = {"positions": "Nobody", "where": e.matched, **signed}
    assert exposures.overrides == (log,)


@pytest.mark.parametrize("signed", ["", "AB", "AB,", ",2025-02-03"])
def test_an_override_of_nobody_is_said(position, place, overrides, signed):
    """Rows without who or when are used, and said once with the first place."""
    row = "p1,,,POWER=1,,why," + signed
    exposures = place(position("Nobody"), overrides=overrides(HEAD, row, row))
    assert exposures.rows[0].source == "override"
    (issue,) = exposures.issues
    assert (issue.code, issue.severity) == ("override-unsigned", "info")
    assert "row 2 and 1 more" in issue.message
    assert "override_by" in issue.fix


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
    exposures = place(*lines, overrides=overrides(HEAD, f"{row}POWER=1,,,{SIGNED}"))
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
    file = overrides(HEAD, f"p1,US1234567890,NVC,POWER=1,,,{SIGNED}")
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
    file = overrides(HEAD, f"{row}POWER=1,,,{SIGNED}")
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


def _row(where="mine.csv, row 2", **given):
    """One row of overrides, signed."""
    fields = {
        "position_id": None,
        "name": None,
        "isin": None,
        "ticker": None,
        "segments": {"POWER": 1.0},
        "beta": None,
        "reason": "",
        "where": where,
        "by": "AB",
        "on": "2025-02-03",
    }
    return Override(**(fields | given))


SEGMENTS = ("CHIPS", "POWER", "ROM_35")


def test_all_wrong_rows_are_named_at_once():
    """Each bad row is said with its place; good ones and betas alone are not."""
    rows = [
        _row("row 2"),
        _row("row 3", segments={"CHIP": 1.0}),
        _row("row 4", segments={"POWER": 0.9, "CHIPS": 0.8}),
        _row("row 5", segments={}, beta=1.2),
        _row("row 6", segments={"POWER": -0.25, "CHIPS": 1.0}),
        _row("row 7", segments={"zebra": 1.0}),
        _row("row 8", segments={"POWER": 0.6, "CHIPS": 0.4009}),
        _row("row 9", segments={"POWER": 0.6, "CHIPS": 0.402}),
    ]
    with pytest.raises(MappingError) as caught:
        checked(rows, SEGMENTS, "toy-chain")
    assert str(caught.value).splitlines() == [
        "row 3: 'CHIP' is no segment of toy-chain. Is it CHIPS?",
        "  row 4: the fractions add up to 1.7.",
        "  row 6: a fraction is -0.25.",
        "  row 7: 'zebra' is no segment of toy-chain.",
        "  row 9: the fractions add up to 1.002.",
    ]
    assert "CHIPS, POWER, ROM_35" in caught.value.hint


def test_good_rows_are_no_error():
    """A sum of one, of less, and no fractions at all are taken."""
    rows = [_row(), _row(segments={"POWER": 0.2}), _row(segments={}, beta=0.5)]
    assert checked(rows, SEGMENTS, "toy-chain") is None


def test_of_many_wrong_rows_the_first_twenty_are_shown():
    """The rest are counted."""
    rows = [_row(f"row {n}", segments={"zebra": 1.0}) for n in range(23)]
    with pytest.raises(MappingError) as caught:
        checked(rows, SEGMENTS, "toy-chain")
    lines = str(caught.value).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "  and 3 more"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"position_id": "p1"}, ["p1"]),
        ({"position_id": "p1", "isin": "us1234567890"}, ["p1"]),
        ({"position_id": "p1", "ticker": "NVC"}, ["p1"]),
        ({"position_id": "p3", "name": "MAPLE LIMITED"}, ["p3"]),
        # The ids have moved: the number, the ticker or the name is another's.
        ({"position_id": "p3", "isin": "US1234567890"}, ["p1", "p2"]),
        ({"position_id": "p3", "ticker": "NVC"}, ["p1", "p2"]),
        ({"position_id": "p3", "name": "Novachip"}, []),
        ({"isin": "US1234567890"}, ["p1", "p2"]),
        ({"ticker": "mpl"}, ["p3"]),
        ({"ticker": "ZZZ"}, []),
        # The ticker is that of a line with another number.
        ({"isin": "CA0000000000", "ticker": "MPL"}, []),
        ({"isin": "CA0000000000", "ticker": "LOOK"}, ["p4"]),
    ],
)
def test_a_row_means_these_positions(position, row, expected):
    """Id where the rest agrees, then ISIN, then ticker; else none, and it is said."""
    nova = {"isin": "US1234567890", "ticker": "NVC"}
    positions = [
        position("Novachip", id="p1", **nova),
        position("Novachip", id="p2", **nova),
        position("Maple Ltd", id="p3", isin="CA9876543210", ticker="MPL"),
        position("Look Fund", id="p4", ticker="LOOK"),
    ]
    found, issues = matched([_row(**row)], positions)
    assert list(found) == expected
    assert [i.code for i in issues] == ([] if expected else ["override-unused"])


def test_a_ticker_of_two_securities_changes_neither(position):
    """The user is told which they are and to give a number."""
    positions = [
        position("Sanova SA", id="p1", isin="FR0000000002", ticker="SAN"),
        position("Banco Santo SA", id="p2", isin="ES0000000003", ticker="SAN"),
    ]
    found, issues = matched([_row(ticker="SAN")], positions)
    assert found == {}
    (issue,) = issues
    assert issue.code == "override-ambiguous"
    assert "(Sanova SA, Banco Santo SA)" in issue.message
    assert "ISIN" in issue.fix


def test_a_ticker_on_two_lines_of_one_security_changes_both(position):
    """Two accounts hold the same share."""
    positions = [
        position("Sanova", id=k, isin="FR0000000002", ticker="SAN")
        for k in ("p1", "p2")
    ]
    found, issues = matched([_row(ticker="SAN")], positions)
    assert (list(found), issues) == (["p1", "p2"], [])


def test_two_rows_that_disagree_are_said(position):
    """The later row counts; the same content twice is no contradiction."""
    positions = [position("Sanova", id="p1", isin="FR0000000002")]
    first = _row("row 2", isin="FR0000000002")
    same = _row("row 3", position_id="p1")
    other = _row("row 4", position_id="p1", segments={"CHIPS": 1.0})
    found, issues = matched([first, same], positions)
    assert (found["p1"].where, issues) == ("row 3", [])
    found, issues = matched([first, other], positions)
    assert found["p1"].where == "row 4"
    (issue,) = issues
    assert (issue.code, issue.money) == ("override-twice", 1000.0)
    assert "at row 2 and at row 4" in issue.message


def test_a_known_company_keeps_its_own_figures(position, place, overrides):
    """The user's fractions come with the company's beta, spread, region and issuer."""
    file = overrides(HEAD, f"p1,,,POWER=1,,,{SIGNED}")
    e = place(position(isin="US1234567890", currency="EUR"), overrides=file).rows[0]
    assert (e.beta, e.beta_sd, e.specific_sd) == (1.6, 0.2, 0.025)
    assert (e.region, e.issuer) == ("US", "NVC:XNAS")
    # dispersion of the theme 1.5 times the residual 3.5%; its own move is unknown
    assert e.dispersion == pytest.approx(0.0525, rel=1e-12)
    assert e.dispersion_replay == e.dispersion
    assert e.sensitivities == {"POWER": 1.0}


def test_who_when_and_why_are_kept(position, place, overrides):
    """Every row of the file is in the log, used or not, and so is the file's hash."""
    file = overrides(
        HEAD, "p1,,,POWER=1,,mine,AB,2025-02-03", "p9,,,POWER=1,,lost,CD,2025-02-04"
    )
    exposures = place(position("Nobody"), overrides=file)
    kept = [(o["by"], o["on"], o["reason"]) for o in exposures.overrides]
    assert kept == [("AB", "2025-02-03", "mine"), ("CD", "2025-02-04", "lost")]
    assert [o["where"][-5:] for o in exposures.overrides] == ["row 2", "row 3"]
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert exposures.inputs == {"overrides: mine.csv": digest}


def test_a_name_alone_means_the_one_line_of_it(position):
    """A name names its line where there is one; of two neither is changed."""
    positions = [position("Sanova SA", id="p1"), position("Acme", id="p2")]
    found, issues = matched([_row(name="  sanova  sa ")], positions)
    assert (list(found), issues) == (["p1"], [])
    twins = [position("Acme", id="p1"), position("Acme", id="p2")]
    found, (issue,) = matched([_row(name="Acme")], twins)
    assert (found, issue.code) == ({}, "override-unused")
    assert "(Acme)" in issue.message


def test_a_row_of_a_file_may_have_a_name_alone(position, place, overrides):
    """The user writes the name as the portfolio does, and nothing else."""
    head = "id,name,segments,by,on"
    file = overrides(head, f",Nobody,POWER=1,{SIGNED}")
    exposures = place(position("Nobody"), position("Acme"), overrides=file)
    assert [e.source for e in exposures.rows] == ["override", "unmapped"]


def test_a_file_that_sets_nothing_is_said(position, place, overrides):
    """A mapping fed back unfilled changes nothing and is a warning."""
    file = overrides(HEAD, "p1,,,,,,,")
    exposures = place(position(isin="US1234567890"), overrides=file)
    (issue,) = exposures.issues
    assert (issue.code, issue.severity) == ("overrides-empty", "warning")
    assert issue.message.startswith("mine.csv sets nothing")
    assert exposures.overrides == ()


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        (f"{HEAD}\np1,,,POWER=much,,,,\n", "mine.csv, row 2, column D"),
        (f"{HEAD}\np1,,,POWR=1,,,,\n", "mine.csv, row 2: 'POWR' is no segment"),
        ("hello\n", "mine.csv has no table"),
        ("", "--overrides mine.csv: "),
    ],
)
def test_an_error_begins_with_the_files_name(position, place, tmp_path, text, begins):
    """Whatever is wrong with a file of overrides, it is said of which file."""
    file = tmp_path / "mine.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(MappingError) as caught:
        place(position("Nobody"), overrides=file)
    assert str(caught.value).startswith(begins)
    assert caught.value.hint
