"""A book, and what each of its portfolios is told alone."""

from __future__ import annotations

import pytest
from books import COUNT, Singles, alone, book, write_rates

from stresskit.asking import Question
from stresskit.factors.folders import DEFAULT_FACTOR


@pytest.fixture(scope="session")
def singles(tmp_path_factory: pytest.TempPathFactory) -> Singles:
    """Run every portfolio of a book alone, once."""
    folder = tmp_path_factory.mktemp("book")
    rows, fx = book(COUNT), write_rates(folder / "fx.csv")
    rows.to_parquet(folder / "book.parquet")
    main, more = Question(factor=DEFAULT_FACTOR).asked()
    results = {str(name): alone(own, fx) for name, own in rows.groupby("portfolio")}
    return Singles(rows, folder / "book.parquet", fx, (main, *more), results)
