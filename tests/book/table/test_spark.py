"""Spark gives the answers that other engines give, and says what stops it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import pytest
from books import COUNT, KINDS, KINDS_APART, compared

from stresskit.book.table.engines import Duck
from stresskit.book.table.source import Source, find_source
from stresskit.book.table.spark import Spark
from stresskit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from books import Singles

pytestmark = pytest.mark.spark

ROWS = pd.DataFrame(
    {
        "isin": ["US67066G1040", None],
        "name": ['A "good", long\nname', "b"],
        "market_value": ["1.5", "x"],
        "as_of": pd.to_datetime(["2025-01-24 23:30"] * 2),
        "maturity": [pd.Timestamp("2034-11-15").date(), None],
    }
)
STARTING = """
import sys
from pathlib import Path
from stresskit.book.table.source import Source, find_source
from stresskit.book.table.spark import Spark
from stresskit.errors import StresskitError
try:
    Spark(find_source(Path(sys.argv[1])), *sys.argv[2:])
except StresskitError as error:
    print(type(error).__name__, error.code, error)
"""


@pytest.fixture(scope="module", autouse=True)
def one_session(singles: Singles) -> Iterator[None]:
    """Start Spark once: engines that follow join the session."""
    with closing(Spark(find_source(singles.file))):
        yield


def _rows(path: Path) -> list[dict[str, Any]]:
    with closing(Spark(find_source(path))) as engine:
        return engine.collect(engine.rows()).to_pylist()


def _csv(folder: Path, *files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for n, text in enumerate(files):
        (folder / f"{n}.csv").write_text(text, encoding="utf-8")
    return folder


def test_each_portfolio_gets_the_answer_it_would_get_alone(singles: Singles) -> None:
    """P&L, band, coverage, parts and exposures agree to 1e-9 of the money at stake."""
    with closing(Spark(find_source(singles.file))) as engine:
        held = compared(engine, singles)
    assert held == COUNT - COUNT // len(KINDS) * len(KINDS_APART)


@pytest.mark.parametrize("unit", ["ns", "us"])
def test_rows_are_those_of_duckdb(tmp_path: Path, unit: str) -> None:
    """Names of folders stay text, days are days, and paths are no patterns."""
    folder = tmp_path / "a [1] {b}*"
    for name in ("007", "8%25", "b%20c"):
        file = folder / f"portfolio={name}" / "x.parquet"
        file.parent.mkdir(parents=True)
        ROWS.astype({"as_of": f"datetime64[{unit}]"}).to_parquet(file)
    source = find_source(tmp_path)
    with closing(Duck(source, 2**28, tmp_path)) as duck:
        expected = duck.collect(duck.rows()).to_pylist()
    assert {row["portfolio"] for row in expected} == {"007", "8%", "b c"}
    assert sorted(expected, key=str) == sorted(_rows(tmp_path), key=str)


@pytest.mark.parametrize("mark", [",", ";"])
def test_csv_is_read_as_text(tmp_path: Path, mark: str) -> None:
    """Quotes, line breaks in cells and a byte order mark are read."""
    file = tmp_path / "book.csv"
    own = ROWS.assign(portfolio="007").drop(columns=["as_of", "maturity"])
    own.to_csv(file, index=False, sep=mark, encoding="utf-8-sig")
    first = {"portfolio": "007", "isin": "US67066G1040", "market_value": 1.5}
    second = {"portfolio": "007", "isin": None, "market_value": None, "name": "b"}
    names = {name: name for name in own.columns}
    source = Source(kind="csv", folder=tmp_path, files=(file.name,), columns=names)
    with closing(Spark(source)) as engine:
        rows = engine.collect(engine.rows()).to_pylist()
    # The second value is no number: it is not taken for one that is not stated.
    broken = [row.pop("broken") for row in rows]
    assert [{**first, "name": 'A "good", long\nname'}, second] == rows
    assert broken == [False, True]


def test_texts_are_what_the_file_says(tmp_path: Path) -> None:
    """What is no number is seen by who reads a portfolio alone."""
    ROWS.assign(portfolio="1").to_parquet(tmp_path / "x.parquet")
    with closing(Spark(find_source(tmp_path))) as engine:
        texts = engine.collect(engine.texts())
    assert texts.column("market_value").to_pylist() == ["1.5", "x"]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """A frame becomes a folder of Parquet files alone."""
    ROWS.assign(portfolio="1").to_parquet(tmp_path / "x.parquet")
    out = tmp_path / "out"
    with closing(Spark(find_source(tmp_path / "x.parquet"))) as engine:
        engine.write(engine.keep(engine.rows()), out)
    assert {p.suffix for p in out.glob("[!.]*")} == {".parquet"}
    assert len(pd.read_parquet(out)) == len(ROWS)


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("portfolio,market_value,name\n2,1,b\n", "stand in another order"),
        ("portfolio,name,market_value\n2,b\n", "Malformed CSV record: 2,b"),
        ("portfolio,name,market_value\n2,b,1,1\n", "Malformed CSV record: 2,b,1,1"),
    ],
)
def test_a_csv_file_of_another_shape_is_refused(
    tmp_path: Path, second: str, said: str
) -> None:
    """Columns are not mixed up, cells not lost."""
    folder = _csv(tmp_path, "portfolio,name,market_value\n1,a,1\n", second)
    with pytest.raises(InputError, match=said):
        _rows(folder)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    """Not the Java class that found it."""
    file = tmp_path / "broken.parquet"
    ROWS.assign(portfolio="1").to_parquet(file)
    whole = file.read_bytes()
    file.write_bytes(whole[:4] + bytes(400) + whole[404:])
    with pytest.raises(
        InputError, match=r"reading file file:.*broken\.parquet"
    ) as said:
        _rows(file)
    assert "org.apache" not in str(said.value).partition(".parquet")[0]


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    """Between the first look and the reading."""
    file = tmp_path / "gone.parquet"
    ROWS.assign(portfolio="1").to_parquet(file)
    with closing(Spark(find_source(file))) as engine:
        frame = engine.rows()
        file.unlink()
        with pytest.raises(InputError, match=r"gone\.parquet does not exist"):
            engine.collect(frame)


def test_a_table_of_a_database_is_refused(tmp_path: Path) -> None:
    """It says how to export it."""
    file = tmp_path / "book.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "create table held as select '1' portfolio, 'a' as name, 1 weight"
        )
    with pytest.raises(InputError, match="DuckDB databases") as said:
        Spark(find_source(file))
    assert "COPY held TO 'book.parquet'" in said.value.hint


def test_another_cluster_than_the_active_session_is_refused(singles: Singles) -> None:
    """The session is not left for another without a word."""
    with pytest.raises(InputError, match=r"active on local\[\*\], not spark://a:1"):
        Spark(find_source(singles.file), "spark://a:1")


@pytest.mark.parametrize(
    ("home", "master", "said"),
    [
        (True, [], "MissingExtra java Java does not start: "),
        (False, ["spark://localhost:1"], "InputError master The Spark master cannot"),
        (False, ["yarn"], "InputError master --master yarn is neither"),
    ],
)
def test_what_stops_it_from_starting_is_one_sentence(
    singles: Singles, tmp_path: Path, home: bool, master: list[str], said: str
) -> None:
    """No Java, no master: nothing of Java reaches the terminal."""
    done = subprocess.run(
        [sys.executable, "-c", STARTING, singles.file, *master],
        env={**os.environ, **({"JAVA_HOME": str(tmp_path)} if home else {})},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(said)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
