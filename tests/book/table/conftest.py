"""What tests of a book's run share: a book in a file, its question, a progress."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from books import COUNT, Singles, alone, book, write_rates

from stresskit.asking import Files, Question
from stresskit.book.files import Request
from stresskit.book.table.run import Wanted, run_book
from stresskit.book.table.source import find_source
from stresskit.factors.folders import DEFAULT_FACTOR
from stresskit.hedging import load_mandate
from stresskit.presenting import present

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from stresskit.book.table.run import BookOutcome


@dataclass
class Told:
    """A progress that keeps what it is told."""

    steps: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)

    def step(self, name: str) -> None:
        """Keep a step."""
        self.steps.append(name)

    def start(self, total: int, kept: int) -> None:
        """Keep the numbers of rows."""
        self.rows += [total, kept]

    def advance(self, rows: int) -> None:
        """Keep the rows done."""
        self.rows.append(rows)


@dataclass
class Shelf:
    """A folder with a book, its rates and its question."""

    folder: Path
    fx: Path
    question: tuple[Any, Any]
    told: Told = field(default_factory=Told)

    def put(self, rows: pd.DataFrame, name: str = "book.parquet") -> Path:
        """Write rows as a book."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".csv":
            rows.to_csv(path, index=False)
        else:
            rows.to_parquet(path, index=False)
        return path

    def run(self, path: Path, out: str = "out", **wanted: Any) -> BookOutcome:
        """Run a book into a folder beside it."""
        main, more = self.question
        request = Request(
            files=Files(fx=self.fx),
            main=main,
            more=more,
            limit=(0.1, True),
            presentation=present(),
        )
        overrides = wanted.pop("overrides", None)
        if overrides is not None:
            request = replace(
                request, files=replace(request.files, overrides=overrides)
            )
        mandate = wanted.pop("mandate", None)
        if mandate is not None:
            request = replace(request, mandate=load_mandate(mandate))
        columns = wanted.pop("columns", None)
        table = wanted.pop("table", None)
        source = find_source(path, columns=columns, table=table)
        how = Wanted(**{"shard_rows": 120, **wanted})
        return run_book(source, self.folder / out, request, how, self.told)


@pytest.fixture(scope="session")
def question() -> tuple[Any, Any]:
    """Read the default question once: two scenarios are as good as eight."""
    return Question(factor=DEFAULT_FACTOR, scenarios=("severities",)).asked()


@pytest.fixture
def shelf(tmp_path: Path, question: tuple[Any, Any]) -> Shelf:
    """Give a folder to put books in."""
    return Shelf(tmp_path, write_rates(tmp_path / "fx.csv"), question)


@pytest.fixture(scope="session")
def rows() -> pd.DataFrame:
    """Make the positions of a book of every kind."""
    return book(28)


@pytest.fixture(scope="session")
def singles(tmp_path_factory: pytest.TempPathFactory) -> Singles:
    """Run every portfolio of a book alone, once."""
    folder = tmp_path_factory.mktemp("book")
    rows, fx = book(COUNT), write_rates(folder / "fx.csv")
    rows.to_parquet(folder / "book.parquet")
    main, more = Question(factor=DEFAULT_FACTOR).asked()
    results = {str(name): alone(own, fx) for name, own in rows.groupby("portfolio")}
    return Singles(rows, folder / "book.parquet", fx, (main, *more), results)
