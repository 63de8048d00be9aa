"""Where a book is: its files, its columns, and what is said where they do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from stresskit.book.table.source import find_source, is_book, named_columns
from stresskit.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

ROW = {"portfolio": "A", "isin": "US67066G1040", "market_value": 1.0}


def _put(path: Path, **changed: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame([{**ROW, **changed}])
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path, index=False)
    return path


def test_columns_are_found_by_their_names(tmp_path: Path) -> None:
    """Capitals and blanks make no difference; what is not known is not used."""
    path = tmp_path / "book.csv"
    path.write_text("Portfolio ID,ISIN,Value,CCY,Advisor\nA,X,1,USD,Kim\n")
    source = find_source(path)
    assert source.columns == {
        "portfolio": "Portfolio ID",
        "isin": "ISIN",
        "local_value": "Value",
        "currency": "CCY",
    }
    assert source.unused == ("Advisor",)


def test_columns_can_be_named(tmp_path: Path) -> None:
    """What the user says comes before what columns are called."""
    path = _put(tmp_path / "book.parquet", CLIENT="B")
    source = find_source(path, columns=named_columns("portfolio=CLIENT"))
    assert source.columns["portfolio"] == "CLIENT"
    assert source.unused == ("portfolio",)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("portfolio", "'portfolio' is no pair"),
        ("portfolio=NOBODY", "no column 'NOBODY'"),
        ("portfolo=portfolio", "'portfolo', which is no column of a book"),
    ],
)
def test_columns_that_are_named_wrongly_are_told(
    tmp_path: Path, given: str, said: str
) -> None:
    """A role or a column that is not there is named, with those that are."""
    path = _put(tmp_path / "book.parquet")
    with pytest.raises(InputError, match=said) as caught:
        find_source(path, columns=named_columns(given))
    assert caught.value.hint


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("isin,market_value", "no column for portfolio"),
        ("portfolio,market_value", "no column for what is held"),
        ("portfolio,isin,quantity", "no column for an amount"),
    ],
)
def test_what_a_table_lacks_is_named(tmp_path: Path, header: str, said: str) -> None:
    """Whose, what and how much: each is needed."""
    path = tmp_path / "book.csv"
    path.write_text(f"{header}\n")
    with pytest.raises(InputError, match=said):
        find_source(path)


def test_files_that_differ_are_named_with_the_column(tmp_path: Path) -> None:
    """A type that changes from one file to the next is told, and not converted."""
    _put(tmp_path / "books" / "a.parquet")
    _put(tmp_path / "books" / "b.parquet", market_value="1.0")
    with pytest.raises(
        InputError,
        match=r"'market_value' is double in a.parquet and (large_)?string in b.parquet",
    ):
        find_source(tmp_path / "books")


def test_texts_with_their_columns_in_another_order_are_refused(tmp_path: Path) -> None:
    """By their place the values of one column would be those of another."""
    _put(tmp_path / "books" / "a.csv")
    (tmp_path / "books" / "b.csv").write_text("isin,portfolio,market_value\nX,A,1\n")
    with pytest.raises(InputError, match=r"b\.csv stand in another order"):
        find_source(tmp_path / "books")


def test_a_file_that_cannot_be_read_stops_the_run(tmp_path: Path) -> None:
    """Its positions would be missing from portfolios without a word."""
    _put(tmp_path / "books" / "a.parquet")
    (tmp_path / "books" / "b.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(InputError, match=r"1 of 2 files cannot be read: b.parquet"):
        find_source(tmp_path / "books")


def test_files_of_several_kinds_are_refused(tmp_path: Path) -> None:
    """Parquet beside CSV may be the same positions twice."""
    _put(tmp_path / "books" / "a.parquet")
    _put(tmp_path / "books" / "b.csv")
    with pytest.raises(InputError, match="files of several kinds"):
        find_source(tmp_path / "books")


def test_a_database_is_asked_for_its_table(tmp_path: Path) -> None:
    """A table that is not there is told with those that are."""
    import duckdb

    path = tmp_path / "books.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table held as select 'A' as portfolio")
    with pytest.raises(InputError, match="no table 'positions'") as caught:
        find_source(path, table="positions")
    assert caught.value.hint == "--table with one of: held."


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    """A text that is called so is none."""
    path = tmp_path / "books.duckdb"
    path.write_text("portfolio,isin\n")
    with pytest.raises(InputError, match="cannot be read as a DuckDB database"):
        find_source(path)


def test_a_table_names_the_portfolio_of_each_row(tmp_path: Path) -> None:
    """Only then is a file a book, and a folder of holdings is none."""
    book = _put(tmp_path / "one" / "book.csv")
    holdings = tmp_path / "two" / "holdings.csv"
    holdings.parent.mkdir()
    holdings.write_text("Account,ISIN,Value\n1,US67066G1040,5\n")
    parts = _put(tmp_path / "three" / "portfolio=A" / "part.parquet", portfolio="A")
    found = [book, book.parent, holdings, holdings.parent, parts.parent.parent]
    assert [is_book(path) for path in found] == [True, True, False, False, True]


def test_names_with_dots_and_underscores_are_no_data(tmp_path: Path) -> None:
    """What Spark and others leave beside the files of a dataset is passed over."""
    _put(tmp_path / "books" / "part-0.parquet")
    (tmp_path / "books" / "_SUCCESS").write_text("")
    (tmp_path / "books" / "_temporary").mkdir()
    _put(tmp_path / "books" / "_temporary" / "part-1.parquet")
    assert find_source(tmp_path / "books").files == ("part-0.parquet",)
