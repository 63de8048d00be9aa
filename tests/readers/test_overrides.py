"""Overrides: the four shapes of the file and what is wrong with bad ones."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    assert (second.where, second.beta) == ("file.csv, row 3", None)
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
    assert second.where == "file.xlsx, sheet Mapping, row 4"
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


PAIRS = "id,segment_1,share_1,segment_2,share_2,segment_3,share_3\n"


@pytest.mark.parametrize("prefix", ["", "override_"])
@pytest.mark.parametrize(
    ("cells", "segments"),
    [
        ("AI_ACCEL,0.4,ROM_45,0.6,,", {"AI_ACCEL": 0.4, "ROM_45": 0.6}),
        (
            "AI_ACCEL,0.2,ROM_45,0.3,MEMORY,0.5",
            {"AI_ACCEL": 0.2, "ROM_45": 0.3, "MEMORY": 0.5},
        ),
        # What is left to 1 moves with no segment.
        ("AI_ACCEL,0.4,,,,", {"AI_ACCEL": 0.4}),
        # One segment alone is the whole, in whichever pair it stands.
        ("AI_ACCEL,,,,,", {"AI_ACCEL": 1.0}),
        (",,,,MEMORY,", {"MEMORY": 1.0}),
        ("AI_ACCEL,40%,ROM_45,60%,,", {"AI_ACCEL": 0.4, "ROM_45": 0.6}),
        ("AI_ACCEL,-,,,,", {"AI_ACCEL": 1.0}),
        (" AI_ACCEL ,1,,,,", {"AI_ACCEL": 1.0}),
    ],
)
def test_pairs_of_segment_and_share(write_csv, prefix, cells, segments):
    """Up to three, with the workbook's prefix or without; percent is understood."""
    head = PAIRS.replace("segment", f"{prefix}segment")
    head = head.replace("share", f"{prefix}share")
    (found,), issues = read_overrides(write_csv(f"{head}p1,{cells}\n"))
    assert found.segments == pytest.approx(segments)
    where = "file.csv, row 2"
    assert (found.position_id, found.where, found.beta) == ("p1", where, None)
    assert issues == ()


def test_pairs_without_shares(write_csv):
    """A column of segments alone is enough."""
    text = "isin,override_segment_1\nUS67066G1040,AI_ACCEL\nUS92840M1027,\n"
    (found,), _ = read_overrides(write_csv(text))
    assert (found.isin, found.segments) == ("US67066G1040", {"AI_ACCEL": 1.0})


def test_shares_of_cells_are_numbers_or_percent(write_xlsx):
    """A cell of 0.4 is 40%, and so is the text 40% and the text 0,4."""
    head = ["ticker", "segment_1", "share_1"]
    rows = [head, *(["NVDA", "AI_ACCEL", v] for v in (0.4, "40%", "0,4", "40 %"))]
    found, _ = read_overrides(write_xlsx({"Mine": rows}))
    assert [o.segments["AI_ACCEL"] for o in found] == pytest.approx([0.4] * 4)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 100), min_size=1, max_size=3))
def test_shares_come_back_as_they_were_written(tmp_path_factory, hundredths):
    """Whatever the shares are, also beyond the whole: that is judged later."""
    cells = [f"S_{n},{v / 100!r}" for n, v in enumerate(hundredths)]
    head = ",".join(f"segment_{n + 1},share_{n + 1}" for n in range(len(cells)))
    path = tmp_path_factory.mktemp("o") / "o.csv"
    path.write_text(f"id,{head}\np1,{','.join(cells)}\n", encoding="utf-8")
    (found,), _ = read_overrides(path)
    wanted = {f"S_{n}": v / 100 for n, v in enumerate(hundredths)}
    assert found.segments == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (",0.4,,,,", "row 2, column C: a share without a segment"),
        ("AI_ACCEL,0.4,,0.6,,", "row 2, column E: a share without a segment"),
        (
            "AI_ACCEL,0.4,AI_ACCEL,0.6,,",
            "row 2, column D: AI_ACCEL stands twice",
        ),
        ("AI_ACCEL,0.4,ROM_45,,,", "row 2, column D: ROM_45 has no share"),
        ("AI_ACCEL,,ROM_45,0.6,,", "row 2, column B: AI_ACCEL has no share"),
        ("AI_ACCEL,,,,MEMORY,", "row 2, column B: AI_ACCEL has no share"),
        ("AI_ACCEL,half,,,,", "row 2, column C: 'half' is no number"),
    ],
)
def test_pairs_that_cannot_be_are_named_by_cell(write_csv, cells, message):
    """A share alone, a segment twice, two segments and one share, words."""
    with pytest.raises(MappingError, match=message):
        read_overrides(write_csv(f"{PAIRS}p1,{cells}\n"))


def test_a_bad_pair_in_a_workbook_names_its_sheet(write_xlsx):
    """Sheet, row and column of the cell."""
    rows = [["id", "override_segment_1", "override_share_1"], ["p1", None, 0.4]]
    with pytest.raises(MappingError, match="sheet Mapping, row 2, column C: a share"):
        read_overrides(write_xlsx({"Mapping": rows}))


@pytest.mark.parametrize("prefix", ["", "override_"])
@pytest.mark.parametrize(
    ("cell", "on"),
    [
        (dt.datetime(2025, 1, 27), "2025-01-27"),  # noqa: DTZ001 - as Excel has it
        (dt.date(2025, 1, 27), "2025-01-27"),
        ("2025-01-27", "2025-01-27"),
        ("27.01.2025", "2025-01-27"),
        ("27 January 2025", "2025-01-27"),
        ("last week", "last week"),
        (None, ""),
    ],
)
def test_who_and_when_and_why(write_xlsx, prefix, cell, on):
    """Dates become ISO text; what is none stays as it was written."""
    head = ["id", "segments", f"{prefix}by", f"{prefix}on", "reason"]
    head[1] = f"{prefix}segments"
    row = ["p1", "AI_ACCEL", "A. Analyst", cell, "CFO call"]
    (found,), issues = read_overrides(write_xlsx({"Mapping": [head, row]}))
    assert (found.by, found.on, found.reason) == ("A. Analyst", on, "CFO call")
    assert found.segments == {"AI_ACCEL": 1.0}
    assert issues == ()


def test_who_alone_overrides_nothing(write_csv):
    """A name, a day or a reason without a segment or a beta is no override."""
    text = "id,override_segment_1,override_beta,override_by,override_on,reason\n"
    text += "p1,,,A. Analyst,2025-01-27,to do\np2,,1.5,,,\n"
    (found,), _ = read_overrides(write_csv(text))
    assert (found.position_id, found.beta, found.segments) == ("p2", 1.5, {})


INFORMATION = [
    "market_value",
    "weight",
    "tier",
    "source",
    "confidence",
    "matched",
    "region",
    "suggestions",
    "basis",
    "covered",
    "override_check",
    "note",
    "sector",
]


def test_columns_that_inform_are_no_news(write_csv):
    """The workbook's own columns are passed over in silence, whatever they hold."""
    head = ",".join(["id", *INFORMATION, "override_segment_1"])
    text = f"{head}\np1,{','.join('x' for _ in INFORMATION)},AI_ACCEL\n"
    (found,), issues = read_overrides(write_csv(text))
    assert found.segments == {"AI_ACCEL": 1.0}
    assert issues == ()


def test_columns_that_are_not_known_are_said(write_csv):
    """With their place, so that a misspelt header is seen."""
    text = "id,segmnt_1,segment_1,Comment\np1,MEMORY,AI_ACCEL,x\n"
    (found,), issues = read_overrides(write_csv(text))
    assert found.segments == {"AI_ACCEL": 1.0}
    assert [(i.code, i.column, i.value) for i in issues] == [
        ("unknown-column", "B", "segmnt_1"),
        ("unknown-column", "D", "Comment"),
    ]


def test_a_column_that_is_not_known_is_a_warning(write_csv):
    """A misspelt heading is no remark: what stands below it is lost."""
    _, (issue,) = read_overrides(write_csv("id,segments,betta\np1,AI_ACCEL,1.2\n"))
    assert (issue.code, issue.severity, issue.column) == (
        "unknown-column",
        "warning",
        "C",
    )
