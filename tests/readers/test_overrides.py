"""Overrides: the three shapes of the file and what is wrong with bad ones."""

import pytest

from stresskit.errors import MappingError
from stresskit.readers import read_overrides


def test_segments_as_text(write_csv):
    """One cell holds the fractions of all segments."""
    text = "id,isin,segments,beta,reason,Colour\n"
    text += 'p1,,AI_ACCEL=0.5;ROM_45=50%,1.2,"CFO call",red\n'
    text += ",DE0007164600,SOFTWARE_APP,,,\n,,,,,\n"
    (first, second), issues = read_overrides(write_csv(text))
    assert first.segments == {"AI_ACCEL": 0.5, "ROM_45": 0.5}
    assert (first.position_id, first.beta, first.reason) == ("p1", 1.2, "CFO call")
    assert (second.isin, second.segments) == ("DE0007164600", {"SOFTWARE_APP": 1.0})
    assert (second.row, second.beta) == (3, None)
    assert [i.code for i in issues] == ["unknown-column"]


def test_a_column_per_segment(write_xlsx):
    """Segment names stand in the header; blanks are nothing."""
    rows = [["ticker", "AI_ACCEL", "ROM_45"], ["NA", 0.25, 0.75], ["AMD", 1, None]]
    overrides, issues = read_overrides(write_xlsx({"Mine": rows}))
    assert overrides[0].segments == {"AI_ACCEL": 0.25, "ROM_45": 0.75}
    assert overrides[0].ticker == "NA"
    assert overrides[1].segments == {"AI_ACCEL": 1.0}
    assert issues == ()


def test_the_mapping_workbook_fed_back(write_xlsx):
    """Only rows with an override count; the program's own segments inform."""
    header = ["id", "name", "isin", "ticker", "segments", "beta"]
    header += ["override_segments", "override_beta", "reason"]
    rows = [
        ["Mapping of demo"],
        header,
        ["p1", "NVIDIA", None, "NVDA", "AI_ACCEL=1", 1.8, None, None, None],
        ["p2", "SAP", None, "SAP", "ROM_45=1", 1.0, "SOFTWARE_APP=1", None, "why"],
        ["p3", "Bund", None, None, "ROM_10=1", 0.1, None, 0, None],
    ]
    sheets = {"Summary": [["id", "segments"]], "Mapping": rows}
    (second, third), issues = read_overrides(write_xlsx(sheets))
    assert (second.position_id, second.beta) == ("p2", None)
    assert second.segments == {"SOFTWARE_APP": 1.0}
    assert (third.beta, third.segments) == (0.0, {})
    assert (second.sheet, second.row) == ("Mapping", 4)
    assert issues == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,segments\np1,AI_ACCEL=half\n", "row 2, column B: 'half'"),
        ("id,segments\np1,=0.5\n", "row 2, column B"),
        ("id,segments\np1,A_B=0.5;A_B=0.5\n", "row 2, column B"),
        ("id,segments\n,AI_ACCEL=1\n", "row 2, column A"),
        ("id,AI_ACCEL\np1,much\n", "row 2, column B: 'much'"),
        ("id,segments,beta\np1,AI_ACCEL=1,big\n", "row 2, column C: 'big'"),
        ("name,colour\nSAP,red\n", "no table of overrides"),
    ],
)
def test_bad_overrides_are_named_by_cell(write_csv, text, message):
    """What is wrong with an override is said with its place."""
    with pytest.raises(MappingError, match=message):
        read_overrides(write_csv(text))
