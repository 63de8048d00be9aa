"""Tables of segment moves: headers, units, layouts, and what cannot be read."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import openpyxl
import pandas as pd
import pytest

from stresskit.errors import FactorError
from stresskit.readers.moves import read_moves


@pytest.fixture
def table(tmp_path):
    """Write a text file and return its path."""

    def write(text, name="moves.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_text(text, encoding=encoding)
        return path

    return write


@pytest.fixture
def book(tmp_path):
    """Write a workbook: sheets of rows, a cell may be a value and its format."""

    def write(**sheets):
        path = tmp_path / "moves.xlsx"
        made = openpyxl.Workbook()
        made.remove(made.active)
        for name, rows in sheets.items():
            page = made.create_sheet(name)
            for n, cells in enumerate(rows, 1):
                for k, cell in enumerate(cells, 1):
                    value, style = cell if isinstance(cell, tuple) else (cell, None)
                    page.cell(n, k, value)
                    if style:
                        page.cell(n, k).number_format = style
        made.save(path)
        return path

    return write


def figures(moves):
    """Name and move of each row."""
    return [(m.segment or m.group, m.move) for m in moves]


@pytest.mark.parametrize(
    "header",
    ["segment,move", "Sector,Abnormal Return", "LEAF,ABNORMAL", "Segments,Moves"],
)
def test_headers_of_abnormal_moves(table, header):
    """Case and plural make no difference; a move is net of the market."""
    (move,) = read_moves(table(f"{header}\nMEMORY,-0.1\n"))

    assert (move.segment, move.move, move.raw) == ("MEMORY", -0.1, False)


@pytest.mark.parametrize(
    "header",
    ["raw", "Raw move", "raw_return", "Return", "Total", "total return", "Move (raw)"],
)
def test_headers_of_total_returns(table, header):
    """A return without a word on the market is a total one."""
    (move,) = read_moves(table(f"segment,{header}\nMEMORY,-0.1\n"))

    assert (move.move, move.raw) == (-0.1, True)


@pytest.mark.parametrize(
    "header", ["standard error", "Standard_Error", "Std. error", "SE", "error"]
)
def test_headers_of_standard_errors(table, header):
    """An error may be missing in a row, and the column altogether."""
    text = f"segment,move,{header}\nMEMORY,-10%,2%\nEDA_IP,-0.2,\nFAB,-0.3\n"

    found = read_moves(table(text))

    assert [m.standard_error for m in found] == [0.02, None, None]


@pytest.mark.parametrize("header", ["group", "Parent", "parent group"])
def test_headers_of_groups(table, header):
    """A row may have a segment with its group, or a group alone."""
    text = f"{header},segment,move\nCompute,MEMORY,-10%\nPower,,-20%\n"

    found = read_moves(table(text))

    assert [(m.segment, m.group) for m in found] == [
        ("MEMORY", "Compute"),
        ("", "Power"),
    ]
    assert [m.named_at for m in found] == [
        "moves.csv, row 2, column B",
        "moves.csv, row 3, column A",
    ]


@pytest.mark.parametrize(
    "header",
    [
        "Move (%)",
        "move %",
        "Move in %",
        "% move",
        "move [%]",
        "Move (in %)",
        "Move, pct",
    ],
)
def test_a_header_in_percent(table, header):
    """-17 under it is -17%, and so is -17% written out."""
    found = read_moves(table(f"segment;{header}\nMEMORY;-17\nEDA_IP;-17%\n"))

    assert figures(found) == [("MEMORY", -0.17), ("EDA_IP", -0.17)]


def test_two_headers_in_percent(table):
    """A sign in the cell does as well, and zero is zero in any unit."""
    text = "segment,move (%),se (%)\nMEMORY,-17,2\n"
    mixed = "segment,move (%),se\nMEMORY,-17,2%\nEDA_IP,-5,0\n"

    assert [m.standard_error for m in read_moves(table(text))] == [0.02]
    assert [m.standard_error for m in read_moves(table(mixed))] == [0.02, 0.0]


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("-17%", -0.17),
        ("-0.17", -0.17),
        ("(17%)", -0.17),
        ("−17 %", -0.17),
        ("+3.5%", 0.035),
        (".17", 0.17),
        ("100%", 1.0),
        ("0", 0.0),
    ],
)
def test_ways_to_write_a_move(table, text, move):
    """Signs, brackets, blanks and percent as people write them."""
    assert figures(read_moves(table(f"segment,move\nMEMORY,{text}\n"))) == [
        ("MEMORY", move)
    ]


def test_decimal_commas(table):
    """The comma of one row settles the column."""
    text = "segment;move;se\nMEMORY;-17,5%;1%\nEDA_IP;-0,2;0,01\n"

    found = read_moves(table(text, encoding="utf-16"))

    assert figures(found) == [("MEMORY", -0.175), ("EDA_IP", -0.2)]
    assert [m.standard_error for m in found] == [0.01, 0.01]


def test_titles_stand_above_the_table_in_a_workbook(book):
    """A cell formatted as percent holds the decimal, whatever its header says."""
    path = book(
        Moves=[
            ["Export controls, second round"],
            [None, "as of 3 February 2026"],
            [],
            [None, "Segment", "Move (%)", "Comment"],
            [None, "MEMORY", -17, "see note"],
            [None, "EDA_IP", (-0.17, "0.0%"), None],
        ]
    )

    found = read_moves(path)

    assert figures(found) == [("MEMORY", -0.17), ("EDA_IP", -0.17)]
    assert found[0].where == "moves.xlsx, sheet Moves, row 5, column C"
    assert found[0].named_at == "moves.xlsx, sheet Moves, row 5, column B"


def test_tables_below_and_beside_each_other_are_all_read(book):
    """Two side by side, one below under a title of its own, one on another sheet."""
    path = book(
        One=[
            ["segment", "move", None, "segment", "raw"],
            ["MEMORY", -0.1, None, "EDA_IP", -0.2],
            ["SEMICAP", -0.3],
            [],
            ["Power"],
            ["segment", "move"],
            ["GAS_INFRA", -0.4],
        ],
        Two=[["group", "move"], ["ADOPT", 0.05]],
        Notes=[["Nothing to see here"]],
    )

    found = read_moves(path)

    assert [(*f, m.raw) for f, m in zip(figures(found), found, strict=True)] == [
        ("MEMORY", -0.1, False),
        ("SEMICAP", -0.3, False),
        ("EDA_IP", -0.2, True),
        ("GAS_INFRA", -0.4, False),
        ("ADOPT", 0.05, False),
    ]


def test_a_raw_and_an_abnormal_column_are_filled_row_by_row(table):
    """Each row says one of the two."""
    text = "segment,raw,abnormal\nMEMORY,-10%,\nEDA_IP,,-20%\n"

    found = read_moves(table(text))

    assert [(m.move, m.raw) for m in found] == [(-0.1, True), (-0.2, False)]
    assert found[1].where == "moves.csv, row 3, column C"


def test_a_column_move_may_hold_total_returns(table):
    """With raw it does, and a column named raw is not changed by it."""
    found = read_moves(table("segment,move\nMEMORY,-10%\n"), raw=True)
    named = read_moves(table("segment,raw\nMEMORY,-10%\n"), raw=True)

    assert [m.raw for m in (*found, *named)] == [True, True]


def test_a_note_below_the_table_is_a_row_without_a_move(table):
    """Whether it is a segment whose move was forgotten, the value chain decides."""
    found = read_moves(table("segment,move\nMEMORY,-10%\n\nSource: desk\n"))

    assert figures(found) == [("MEMORY", -0.1), ("Source: desk", None)]


def test_a_mapping():
    """Numbers of any kind and texts; the place is the key."""
    moves = {"MEMORY": -0.1, "EDA_IP": "-20%", "FAB": np.float64(-0.25)}

    found = read_moves({**moves, "GPU": Decimal("-0.3")})

    assert figures(found) == [
        ("MEMORY", -0.1),
        ("EDA_IP", -0.2),
        ("FAB", -0.25),
        ("GPU", -0.3),
    ]
    assert found[1].where == "moves['EDA_IP']"


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"Segment": ["MEMORY", "EDA_IP"], "Move (%)": [-10, -20]}),
        pd.DataFrame({"move": [-0.1, -0.2]}, index=["MEMORY", "EDA_IP"]),
        pd.Series([-0.1, -0.2], index=["MEMORY", "EDA_IP"]),
        pd.DataFrame(
            {
                "segment": ["MEMORY", "EDA_IP"],
                "move": ["-10%", -0.2],
                "se": [None, pd.NA],
            }
        ),
    ],
)
def test_a_data_frame(frame):
    """Names stand in a column or in the index; what is missing is missing."""
    found = read_moves(frame)

    assert figures(found) == [("MEMORY", -0.1), ("EDA_IP", -0.2)]
    assert [m.standard_error for m in found] == [None, None]


def test_a_cell_of_a_data_frame_is_named_by_row_and_column():
    """Rows count from one."""
    frame = pd.DataFrame({"segment": ["MEMORY", "EDA_IP"], "move": [-0.1, 20.0]})

    with pytest.raises(FactorError, match=r"moves, row 2, column 'move': 20 is not"):
        read_moves(frame)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "segment,move\nMEMORY,17\n",
            r"moves.csv, row 2, column B: 17 is not a return",
            "If a fall is meant, write -17% or -0.17; if a rise, write 17% or 0.17.",
        ),
        (
            "segment,move\nMEMORY,-17\n",
            "-17 is not a return",
            "If a fall is meant, write -17% or -0.17.",
        ),
        ("segment,move\nMEMORY,1\n", "1 is not a return", "write 1% or 0.01"),
        ("segment,move\nMEMORY,-100%\n", "-100% is not a return", "above -100%"),
        ("segment,move (%)\nMEMORY,-170\n", "-170% is not a return", "above -100%"),
        (
            "segment,move,se\nMEMORY,-17%,2\n",
            r"row 2, column C: 2 is not a standard error",
            "Write 2% or 0.02.",
        ),
        ("segment,move,se\nMEMORY,-17%,-2%\n", "-2% is not a standard", "between 0%"),
        (
            "segment,move (%),se\nMEMORY,-17,0.5\n",
            r"row 2, column C: 0.5 may be a decimal, or percent",
            "into the header of this column too",
        ),
        ("segment,move\nMEMORY,down\n", "'down' is not a number", "Write -17%"),
        ("segment,move\nMEMORY,<5%\n", "'<5%' is not a number", "Write -17%"),
        ("segment,move\nMEMORY,2026-02-03\n", "is not a number", "Write -17%"),
        ("segment,move\n", "row 1, column A: the table has no move", "a row per"),
        ("segment,move\n,-5%\n", "row 2, column A: a move stands without", "MARKET"),
        ("name,value\nMEMORY,-5%\n", "seen: 'name', 'value'", "Write a header row"),
        ("segment\nMEMORY\n", "no table with the columns", "Write a header row"),
        ("only words\n", "seen: 'only words'", "Write a header row"),
        ("\n\n", "moves.csv is empty", "Write a header row"),
        (
            "segment,raw,move\nMEMORY,-5%,-6%\n",
            r"row 2, column B: both the raw and the abnormal",
            "Keep one",
        ),
        (
            "segment,sector,move\nMEMORY,Energy,-5%\n",
            r"row 1, column B: 'sector' says the same as 'segment' in .*column A",
            "Keep one of the two columns",
        ),
        ("segment,move,abnormal\nMEMORY,-5%,-6%\n", "'abnormal' says the same", "Keep"),
    ],
)
def test_a_table_that_cannot_be_read_says_where_and_how(table, text, message, hint):
    """Percents without a sign, text, bounds, empty tables, columns that clash."""
    with pytest.raises(FactorError, match=message) as error:
        read_moves(table(text))

    assert hint in error.value.hint


def test_total_returns_are_no_abnormal_ones(table):
    """The header and the option contradict each other."""
    path = table("segment,abnormal return\nMEMORY,-5%\n")

    with pytest.raises(FactorError, match="'abnormal return' are no total returns"):
        read_moves(path, raw=True)


def test_a_formula_without_a_result_is_no_number(book):
    """A workbook that no spreadsheet program has calculated."""
    path = book(Moves=[["segment", "move"], ["MEMORY", "=-1/10"]])

    with pytest.raises(FactorError, match=r"sheet Moves, row 2, column B: .*=-1/10"):
        read_moves(path)


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        (None, "There is no file", "Check the name"),
        (b"%PDF-1.7", "is a PDF document", "Give a .csv or .xlsx file"),
        (b"PK\x03\x04cut off", "cut off or damaged", "Copy or download"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "no workbook",
            "Give a .csv or .xlsx file",
        ),
    ],
)
def test_a_file_that_is_no_table(tmp_path, content, message, hint):
    """Missing, another format, damaged: the message is of moves, not of positions."""
    path = tmp_path / "moves.xlsx"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(FactorError, match=message) as error:
        read_moves(path)

    assert hint in error.value.hint
    assert "position" not in error.value.hint


@pytest.mark.parametrize("moves", [{}, pd.DataFrame(), 0.17, None])
def test_what_holds_no_moves_is_refused(moves):
    """An empty mapping, an empty frame, a number, nothing."""
    with pytest.raises(FactorError):
        read_moves(moves)
