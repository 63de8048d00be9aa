"""Figures and sentences of the summary, in words that never change their marks."""

from __future__ import annotations

import datetime as dt
import io
from types import SimpleNamespace

import formualizer
import numpy as np
import openpyxl
import pytest

from stresskit.writers.workbook.book import Book
from stresskit.writers.workbook.language import Language
from stresskit.writers.workbook.words import (
    TEXT,
    Figure,
    amount,
    rounded,
    write_figures,
)


def layout_of(language="en", *, currency="USD", shares=False):
    """Return what amounts in words need of a layout."""
    result = SimpleNamespace(currency=currency)
    return SimpleNamespace(result=result, shares=shares, language=Language(language))


def texts(layout, figures):
    """Return the figures' texts: as written, and as calculated from their formulas."""
    book = Book(title="", run_id="", created=dt.datetime(2025, 1, 27))  # noqa: DTZ001
    sheet = book.sheet("Checks")
    write_figures(sheet, layout, 0, figures)
    payload = book.finish()
    engine = formualizer.Workbook.from_bytes(payload)
    engine.evaluate_all()
    written = openpyxl.load_workbook(io.BytesIO(payload), data_only=True)["Checks"]
    rows = range(1, len(figures) + 1)
    return (
        [written.cell(r, TEXT + 1).value for r in rows],
        [engine.get_value("Checks", r, TEXT + 1) for r in rows],
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "USD 0.00"),
        (0.126, "USD 0.13"),
        (7.0, "USD 7.00"),
        (52.36, "USD 52.4"),
        (999.6, "USD 1,000"),
        (1_234.0, "USD 1,230"),
        (262_989.0, "USD 263,000"),
        (999_499.0, "USD 999,000"),
        (999_500.0, "USD 1.00 million"),
        (12_345_678.0, "USD 12.3 million"),
        (999_700_000.0, "USD 1.00 billion"),
        (1.25e12, "USD 1,250 billion"),
    ],
)
def test_amounts_have_three_digits(value, words):
    """A loss of the same size reads the same."""
    layout = layout_of()

    assert amount(layout, value) == words
    assert amount(layout, -value) == words


@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize("shares", [False, True])
def test_formulas_write_what_the_program_writes(language, shares):
    """Amounts, shares and numbers of every size, edges of rounding among them."""
    rng = np.random.default_rng(5)
    layout = layout_of(language, shares=shares, currency=None if shares else "CHF")
    sizes = 10.0 ** rng.uniform(-4, 0 if shares else 12, 60) * rng.choice([-1, 1], 60)
    edges = [0.0, 0.995, 9.995, 99.95, 999.4, 999.5, 999_499.9, 999_500.0, 1e6, 1e9]
    values = [*sizes.tolist(), *([0.0, 0.125, 0.99995, 1.0] if shares else edges)]
    figures = [Figure(str(n), repr(v), v) for n, v in enumerate(values)]
    figures += [
        Figure(str(n), repr(v), v, "share") for n, v in enumerate((0.0822, -1.5))
    ]
    figures += [Figure("w", "0.834", 0.834, "whole"), Figure("n", "1.5", 1.5, "number")]

    written, calculated = texts(layout, figures)

    assert calculated == written


def test_halves_are_rounded_as_spreadsheets_do():
    """Away from zero, on the digits one sees."""
    found = [rounded(0.125, 2), rounded(2.5, 0), rounded(-2.5, 0), rounded(1.005, 2)]

    assert found == [0.13, 3.0, -3.0, 1.01]
