"""Workbooks in Excel's XML of 2003: places, types, formats and hostile files."""

import datetime as dt

import pytest

from stresskit.errors import HoldingsError
from stresskit.readers.cells import Broken
from stresskit.readers.files.spreadsheetml import read_spreadsheetml_grids

_HEAD = (
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
)

_THIRD, _BOLD = 'ss:Index="3"', 'ss:StyleID="bold"'


def _book(table, *, styles="", options="", name="Depot"):
    return (
        f"{_HEAD}<Styles>{styles}</Styles><Worksheet ss:Name='{name}'>"
        f"<Table>{table}</Table>{options}</Worksheet></Workbook>"
    )


def _cell(text, kind="String", attributes=""):
    return f'<Cell {attributes}><Data ss:Type="{kind}">{text}</Data></Cell>'


def _only(text):
    (grid,) = read_spreadsheetml_grids(text.encode())
    return grid


def test_types_become_values():
    """Each of the five types of a cell becomes the value it stands for."""
    row = (
        _cell("SAP &amp; Co")
        + _cell("1200.5", "Number")
        + _cell("2024-12-31T00:00:00.000", "DateTime")
        + _cell("1", "Boolean")
        + _cell("#N/A", "Error")
    )
    cells = _only(_book(f"<Row>{row}</Row>")).rows[0]
    day = dt.datetime.fromisoformat("2024-12-31")
    assert cells == ["SAP & Co", 1200.5, day, True, "#N/A"]
    assert isinstance(cells[4], Broken)


def test_indices_jump_over_rows_and_cells():
    """An index on a row or cell leaves blanks, and what follows counts on from it."""
    first = f"<Row>{_cell('a')}{_cell('b', attributes=_THIRD)}{_cell('c')}</Row>"
    second = f'<Row ss:Index="3">{_cell("d")}</Row><Row>{_cell("e")}</Row>'
    assert _only(_book(first + second)).rows == [
        ["a", None, "b", "c"],
        [None] * 4,
        ["d", None, None, None],
        ["e", None, None, None],
    ]


def test_merged_cells_push_the_next_ones_right():
    """A cell merged over two more leaves them blank, and its area is kept."""
    wide = _cell("a", attributes='ss:MergeAcross="2" ss:MergeDown="1"')
    grid = _only(_book(f"<Row>{wide}{_cell('b')}</Row>"))
    assert grid.rows == [["a", None, None, "b"]]
    assert grid.merged == ((0, 0, 1, 2),)


def test_number_formats_come_from_cell_row_and_column():
    """The style of the cell goes before that of its row and that of its column."""
    styles = (
        '<Style ss:ID="Default"><NumberFormat/></Style>'
        '<Style ss:ID="p"><NumberFormat ss:Format="Percent"/></Style>'
        '<Style ss:ID="e"><NumberFormat ss:Format="[$€-2] 0"/></Style>'
        '<Style ss:ID="bold" ss:Parent="p"><Font/></Style>'
    )
    table = (
        '<Column/><Column ss:StyleID="e"/>'
        f"<Row>{_cell('1', 'Number')}{_cell('1', 'Number')}"
        f"{_cell('1', 'Number', _BOLD)}</Row>"
        f'<Row ss:StyleID="p">{_cell("1", "Number")}</Row>'
    )
    assert _only(_book(table, styles=styles)).formats == {
        (0, 1): "[$€-2] 0",
        (0, 2): "0.00%",
        (1, 0): "0.00%",
    }


def test_hidden_rows_and_sheets_are_marked():
    """What Excel does not show is read, and said to be hidden."""
    table = f'<Row>{_cell("a")}</Row><Row ss:Hidden="1">{_cell("b")}</Row>'
    options = "<x:WorksheetOptions><x:Visible>SheetHidden</x:Visible>"
    grid = _only(_book(table, options=f"{options}</x:WorksheetOptions>"))
    assert grid.hidden
    assert grid.hidden_rows == frozenset({1})


def test_comments_and_rich_text_are_told_apart():
    """The text of a comment is no value; that in tags of its own is."""
    comment = '<Comment><ss:Data ss:Type="String">note</ss:Data></Comment>'
    rich = '<ss:Data ss:Type="String"><B>A</B>PPLE</ss:Data>'
    grid = _only(
        _book(f"<Row><Cell>{comment}{rich}</Cell><Cell>{comment}</Cell></Row>")
    )
    assert grid.rows == [["APPLE"]]


def test_a_formula_without_a_result_is_broken():
    """A formula whose result was not stored is no blank cell."""
    grid = _only(_book('<Row><Cell ss:Formula="=R1C2"/></Row>'))
    assert isinstance(grid.rows[0][0], Broken)


def test_several_sheets_keep_their_names():
    """Every worksheet becomes a grid, an empty one too."""
    other = f"<Worksheet ss:Name='B'><Table><Row>{_cell('x')}</Row></Table></Worksheet>"
    text = _book("", name="A").replace("</Workbook>", f"{other}</Workbook>")
    grids = read_spreadsheetml_grids(text.encode())
    assert [(g.sheet, g.rows) for g in grids] == [("A", []), ("B", [["x"]])]


@pytest.mark.parametrize(
    ("declared", "codec", "mark"),
    [
        ("utf-8", "utf-8", b""),
        ("UTF-8", "utf-8", b"\xef\xbb\xbf"),
        ("utf-16", "utf-16", b""),
        ("utf-16", "utf-16-le", b""),
        # Programs on .NET say UTF-16 and then write UTF-8.
        ("utf-16", "utf-8", b""),
        ("windows-1252", "cp1252", b""),
        ("iso-8859-1", "cp1252", b""),
        ("utf-8", "cp1252", b"\r\n \n"),
        ("shift_jis", "ascii", b""),
    ],
)
def test_encodings(declared, codec, mark):
    """Text is read in the encoding it has, whatever it says and stands before it."""
    word = "Zürich 5 €" if codec != "ascii" else "Zurich"
    text = f'<?xml version="1.0" encoding="{declared}"?>' + _book(
        f"<Row>{_cell(word)}</Row>"
    )
    (grid,) = read_spreadsheetml_grids(mark + text.encode(codec))
    assert grid.rows == [[word]]


def test_bare_ampersands_are_forgiven():
    """A name such as AT&T that was not escaped does not make the file unreadable."""
    assert _only(_book(f"<Row>{_cell('AT&T &#38; Co')}</Row>")).rows == [["AT&T & Co"]]


@pytest.mark.parametrize("attributes", ['ss:Index="1000000000"', 'ss:Index="1001"'])
def test_a_huge_index_is_refused(attributes):
    """A cell far out makes no grid of a billion cells."""
    with pytest.raises(HoldingsError, match="too much") as caught:
        _only(_book(f"<Row>{_cell('a', attributes=attributes)}</Row>"))
    assert caught.value.code == "too-large"


def test_a_huge_index_without_a_value_does_no_harm():
    """Blank cells and spans of a billion are passed over."""
    table = '<Column ss:Span="999999999" ss:StyleID="s"/><Row ss:Span="999999999"/>'
    table += f'<Row ss:Index="1">{_cell("a")}<Cell ss:Index="99999999999"/></Row>'
    assert _only(_book(table)).rows == [["a"]]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (_book("<Row>")[:-40], "damaged"),
        ("<Workbook><Worksheet>", "damaged"),
        ("<Workbook></Workbook>", "damaged"),
        ("<informationTable/>", "not-a-spreadsheet"),
        ("<a>" * 200_000, "not-a-spreadsheet"),
        ("<Workbook>" * 200_000, "damaged"),
        (f"{_HEAD}<Row>{'<Cell/>' * 200_000}", "too-large"),
        ("", "damaged"),
        (
            '<!DOCTYPE w [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;">]>' + _book("&b;"),
            "damaged",
        ),
        (
            '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + _book("&a;"),
            "damaged",
        ),
        ('<!DOCTYPE w SYSTEM "http://127.0.0.1/x.dtd">' + _book(""), "damaged"),
    ],
)
def test_files_that_cannot_be_read(text, code):
    """Damaged, foreign and hostile files are refused with a reason and a fix."""
    with pytest.raises(HoldingsError) as caught:
        read_spreadsheetml_grids(text.encode())
    assert caught.value.code == code
    assert caught.value.hint
