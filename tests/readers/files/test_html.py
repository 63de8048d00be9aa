"""Tables of web pages: spans, nesting, text above, encodings and hostile pages."""

import time

import pytest

from stresskit.errors import HoldingsError
from stresskit.readers.files.html import read_html_grids


def _rows(page):
    (grid,) = read_html_grids(page.encode())
    assert grid.sheet is None
    return grid.rows


def test_cells_are_text_as_written():
    """Entities are resolved, breaks are blanks, and numbers stay as they stand."""
    page = (
        "<table><tr><th>Name</th><th>Market<br>Value</th></tr>"
        "<tr><td>AT&amp;T&nbsp;Inc</td><td> 1,234.50 </td></tr></table>"
    )
    assert _rows(page) == [["Name", "Market Value"], ["AT&T Inc", "1,234.50"]]


def test_end_tags_may_be_missing():
    """Rows and cells end where the next ones begin, in capitals too."""
    assert _rows("<TABLE><TR><TD>a<TD>b<TR><TD>c</TABLE>") == [["a", "b"], ["c"]]


def test_spans_leave_blanks_and_are_kept_as_areas():
    """A cell over several columns and rows stands once; the next go around it."""
    page = (
        '<table><tr><td rowspan="2">a<td colspan=2>b<td>c</tr>'
        "<tr><td>d<td>e<td>f</tr></table>"
    )
    (grid,) = read_html_grids(page.encode())
    assert grid.rows == [["a", "b", None, "c"], [None, "d", "e", "f"]]
    assert grid.merged == ((0, 0, 1, 0), (0, 1, 0, 2))


def test_text_above_a_table_becomes_rows():
    """Headings and captions stand above the header, below each other."""
    page = (
        "<html><head><title>x</title><style>td {}</style></head><body>"
        "<h1>Fund A</h1><p>As of 31.12.2024<br>in EUR</p>"
        "<script>var a = '<table>';</script><!-- <table> -->"
        "<table><caption>Holdings</caption><tr><td>ISIN<td>Value</table></body></html>"
    )
    assert _rows(page) == [
        ["Fund A"],
        ["As of 31.12.2024"],
        ["in EUR"],
        ["Holdings"],
        ["ISIN", "Value"],
    ]


def test_only_the_last_lines_above_are_kept():
    """Of a long text above a table the last twenty lines are kept."""
    page = "".join(f"<p>line {n}</p>" for n in range(50))
    rows = _rows(f"{page}<table><tr><td>a</table>")
    assert (len(rows), rows[0], rows[19]) == (21, ["line 30"], ["line 49"])


def test_each_table_is_a_grid_and_text_goes_to_the_next_one():
    """Several tables are numbered, and each has the text between it and the last."""
    page = "<p>one<table><tr><td>a<td>b<td>c</table><p>two<table><tr><td>d</table>"
    grids = read_html_grids(page.encode())
    assert [(g.sheet, g.rows) for g in grids] == [
        ("Table 1", [["one"], ["a", "b", "c"]]),
        ("Table 2", [["two"], ["d"]]),
    ]


def test_a_small_table_of_facts_stands_above_the_next_table():
    """A date in a table of its own is found above the table of positions."""
    page = (
        "<table><tr><td>As of<td>2024-12-31</table>"
        "<table><tr><td>ISIN<td>Value<td>Weight</table>"
    )
    assert read_html_grids(page.encode())[1].rows == [
        ["As of", "2024-12-31"],
        ["ISIN", "Value", "Weight"],
    ]


def test_an_inner_table_is_a_grid_of_its_own():
    """In a layout made of tables the heading goes with the table below it."""
    page = (
        "<table><tr><td><b>Depot 7</b><br>Stand 1.2.2024"
        "<table><tr><td>ISIN<td>Wert</table></table>"
    )
    inner, outer = read_html_grids(page.encode())
    assert inner.rows == [["Depot 7"], ["Stand 1.2.2024"], ["ISIN", "Wert"]]
    assert outer.rows == [["Depot 7 Stand 1.2.2024"]]


@pytest.mark.parametrize(
    ("meta", "codec"),
    [
        ('<meta charset="utf-8">', "utf-8"),
        ("<meta http-equiv=x content='text/html; charset=windows-1252'>", "cp1252"),
        ("<meta charset=iso-8859-1>", "cp1252"),
        ("", "utf-8-sig"),
        ("", "utf-16"),
        ("", "cp1252"),
        ('<meta charset="no-such">', "utf-8"),
    ],
)
def test_encodings(meta, codec):
    """The byte order mark decides, then what the page says, then what fits."""
    page = f"{meta}<table><tr><td>Zürich 5 €</table>"
    assert read_html_grids(page.encode(codec))[0].rows == [["Zürich 5 €"]]


def test_signs_in_attributes_and_text_end_no_tag():
    """A greater sign between quotes and a lone less sign are text."""
    page = '<table><tr><td title="a > b" colspan="1">x < 5</td><td>y</table>'
    assert _rows(page) == [["x < 5", "y"]]


def test_a_cut_off_page_is_damaged():
    """A page that ends within a table may lack rows; one that says its end does not."""
    with pytest.raises(HoldingsError, match="middle of a table") as caught:
        read_html_grids(b"<html><table><tr><td>a</td></tr><tr><td>b")
    assert caught.value.code == "damaged"
    assert _rows("<html><table><tr><td>a</body></html>") == [["a"]]


@pytest.mark.parametrize(
    ("page", "code"),
    [
        ("", "no-table"),
        ("<html><p>Nothing</p></html>", "no-table"),
        ("<table></table><table><tr><td> &nbsp; </table>", "no-table"),
        ("<informationTable><cusip/></informationTable>", "no-table"),
        ("<table><tr>" + "<td>" * 5_000, "too-large"),
        ("<table>" + "<tr><td colspan=99999999>x" * 10_000, "too-large"),
        ("<table><tr><td>" * 500, "too-large"),
        (
            "<table><tr>" + "<td rowspan=99999999>" * 999 + "<tr><td>x" * 100_000,
            "too-large",
        ),
    ],
)
def test_pages_that_cannot_be_read(page, code):
    """Pages without a table, and those made to take much memory, are refused."""
    with pytest.raises(HoldingsError) as caught:
        read_html_grids(page.encode())
    assert caught.value.code == code
    assert caught.value.hint


@pytest.mark.parametrize(
    "piece",
    [
        *("<", "<a", '<a "', "<!--", "<![CDATA[", "<script", "</", "&#", "<td "),
        *("<table/>", "<table></table>", "<td/a=", "<a ''", "x<br>", "<?"),
    ],
)
def test_unfinished_tags_take_time_in_proportion(piece):
    """Repeating what never ends costs no more than its length."""
    before = time.process_time()
    try:
        read_html_grids(f"<table><tr><td>{piece * 200_000}".encode())
    except HoldingsError as error:
        assert error.code in {"damaged", "too-large"}  # noqa: PT017 - both will do
    assert time.process_time() - before < 10


def test_a_number_of_thousands_of_digits_is_left_alone():
    """A character reference that Python refuses to read stays as it is."""
    assert _rows(f"<table><tr><td>&#{'9' * 5000};</table>")[0][0].startswith("&#99")
