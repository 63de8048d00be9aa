"""The comparison of very many portfolios: figures over all, lists of the first."""

from __future__ import annotations

import datetime as dt
import io

import numpy as np
import openpyxl
import pandas as pd
import pytest

from stresskit.model.batch import BatchLine, BatchSummary
from stresskit.writers.comparison import comparison_bytes

COUNT, FAILED, LIMIT = 3000, 1200, 0.1
REST = "1,000 of {} are listed here; all are in portfolios, beside this workbook."
SEGMENTS = ("AI accelerators", "Gold", "Memory")


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Many portfolios that were stressed, one a row; some are of weights only."""
    random = np.random.default_rng(7)
    found = pd.DataFrame(random.normal(-0.05, 0.04, (COUNT, 3)), columns=list(SEGMENTS))
    found = found.mask(random.random(found.shape) < 0.3)
    found["pnl_pct"] = found.sum(axis=1)
    found["value"] = np.exp(random.normal(13, 1, COUNT))
    found.loc[::50, "value"] = np.nan
    found["currency"] = random.choice(["CHF", "EUR", "USD"], COUNT)
    found["pnl"] = found["pnl_pct"] * found["value"]
    found["coverage"] = random.uniform(0.4, 1.0, COUNT)
    bands = pd.cut(found["coverage"], [0.0, 0.6, 0.8, 1.0], labels=False)
    found["light"] = bands.map({0: "red", 1: "amber", 2: "green"})
    found["name"] = [f"P{n:05d}" for n in range(COUNT)]
    return found


@pytest.fixture(scope="module")
def summary(frame: pd.DataFrame) -> BatchSummary:
    """These portfolios, and failures, all of which a dataset holds too."""
    rows = frame.drop(columns=list(SEGMENTS)).astype(object)
    rows = rows.where(rows.notna(), None).to_dict("records")
    done = [
        BatchLine(
            file="book.parquet",
            output="",
            segments={t: row[t] for t in SEGMENTS if np.isfinite(row[t])},
            **line,
        )
        for line, row in zip(rows, frame.to_dict("records"), strict=True)
    ]
    failed = [
        BatchLine(
            file="book.parquet",
            output="",
            name=f"F{n:05d}",
            status="input" if n % 4 else "killed",
            message="No rate for JPY." if n % 4 else f"Process {n} ended.",
        )
        for n in range(FAILED)
    ]
    return BatchSummary(
        lines=(*failed, *done),
        limit=LIMIT,
        limit_share=True,
        hedged=False,
        created=dt.datetime(2025, 2, 3, 9, 30),  # noqa: DTZ001 - no zone in xlsx
        whole="portfolios",
    )


@pytest.fixture(scope="module")
def payload(summary: BatchSummary) -> bytes:
    """The file."""
    return comparison_bytes(summary)


@pytest.fixture(scope="module")
def book(payload: bytes) -> openpyxl.Workbook:
    """The file as it is read."""
    return openpyxl.load_workbook(io.BytesIO(payload))


def labelled(sheet: openpyxl.worksheet.worksheet.Worksheet) -> dict[str, list[object]]:
    """Return what stands right of each text in the first column."""
    rows = list(sheet.iter_rows(values_only=True))
    return {str(row[0]): list(row[1:]) for row in rows if row[0] is not None}


def test_there_are_no_formulas_over_rows_that_are_not_there(book):
    """A formula over the rows listed would give another figure."""
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert [c.value for c in cells if c.data_type == "f"] == ["=SUM($D$5:$D$20)"]


def test_the_summary_is_over_all(book, frame):
    """Counts, shares, quantiles and sums are those of pandas, over every portfolio."""
    found = labelled(book["Summary"])
    breach = frame["pnl_pct"] < -LIMIT

    counts = ("All", "Stressed", "Without an answer: see the sheet Not done")
    assert [found[label][0] for label in counts] == [COUNT + FAILED, COUNT, FAILED]
    assert found["In breach of the limit"][0] == breach.sum()
    labels = ("Worst", "The worst 1% begin at", "The worst 5% begin at", "Median")
    actual = [found[label][0] for label in labels]
    expected = frame["pnl_pct"].quantile([0.0, 0.01, 0.05, 0.5]).tolist()
    assert actual == pytest.approx(expected, rel=1e-12)
    money = frame[frame["value"].notna()]
    for currency, rows in money.groupby("currency"):
        value, pnl, lost = (
            rows["value"].sum(),
            rows["pnl"].sum(),
            rows[breach[rows.index]],
        )
        assert found[currency] == [
            *(len(rows), pytest.approx(value), pytest.approx(pnl)),
            *(pytest.approx(pnl / value), len(lost)),
            pytest.approx(len(lost) / len(rows)),
            pytest.approx(lost["value"].sum()),
            pytest.approx(lost["value"].sum() / value),
        ]
    weights = breach[frame["value"].isna()]
    assert found["Weights only"][:1] + found["Weights only"][4:5] == [
        *(len(weights), weights.sum())
    ]
    # Amounts of different currencies have no sum.
    assert found["Together"] == [
        *(COUNT, None, None, None, breach.sum()),
        *(pytest.approx(breach.mean()), None, None),
    ]


def test_the_league_table_lists_the_largest_losses(book, frame):
    """So many of how many is said above and below, and where all are."""
    sheet = book["League table"]
    rows = list(sheet.iter_rows(min_row=9, max_row=1008, values_only=True))

    expected = frame.nsmallest(1000, "pnl_pct")
    assert [row[1] for row in rows] == expected["name"].tolist()
    breaches = np.where(expected["pnl_pct"] < -LIMIT, "yes", "no").tolist()
    assert [row[14] for row in rows] == breaches
    said = (
        "1,000 of 3,000 are listed here; all are in portfolios, beside this workbook."
    )
    assert [sheet["B7"].value, sheet["B1009"].value] == [said, said]
    count = (frame["pnl_pct"] < -LIMIT).sum()
    first = f"{count:,} of 3,000 portfolios breach the limit of 10%."
    assert sheet["B4"].value == first


def test_all_are_listed_where_they_are_nowhere_else(summary):
    """Without a dataset beside the workbook nothing is left out of it."""
    from dataclasses import replace

    payload = comparison_bytes(replace(summary, whole=""))
    sheet = openpyxl.load_workbook(io.BytesIO(payload))["League table"]

    assert sheet.max_row == 8 + COUNT
    assert sheet["G9"].data_type == "f"


def test_breaches_are_listed_worst_first(book, frame):
    """With what is lost beyond the limit, and of how many."""
    rows = list(book["Limits breached"].iter_rows(min_row=6, values_only=True))[:1000]
    breached = frame[frame["pnl_pct"] < -LIMIT].sort_values("pnl_pct")

    assert len(breached) > 1000
    assert [row[0] for row in rows] == breached["name"].head(1000).tolist()
    beyond = (-breached["pnl_pct"] - LIMIT).head(1000).tolist()
    assert [row[7] for row in rows] == pytest.approx(beyond)
    said = book["Limits breached"]["A4"].value
    assert said.startswith(f"1,000 of {len(breached):,} are listed here; all are in ")


def test_the_distribution_is_over_all(book, frame):
    """Every portfolio is in one range."""
    sheet = book["Distribution"]
    rows = list(sheet.iter_rows(min_row=5, max_col=4, values_only=True))
    rows = [row for row in rows if isinstance(row[0], float | int)]

    edges = [row[0] for row in rows] + [rows[-1][1]]
    counts = pd.cut(frame["pnl_pct"], edges, right=False).value_counts(sort=False)
    assert [row[3] for row in rows] == counts.tolist()
    assert sum(row[3] for row in rows) == COUNT


def test_segments_are_over_all(book, frame):
    """What each costs, whom it costs most, and its sum in each currency."""
    sheet = book["Segments"]
    heads = [cell.value for cell in sheet[4]][8:]
    rows = {r[0]: list(r[1:]) for r in sheet.iter_rows(min_row=5, values_only=True)}
    made = frame[list(SEGMENTS)]
    worst = made[made.min(axis=1) <= -0.0005].idxmin(axis=1).value_counts()

    assert sorted(rows) == sorted(SEGMENTS)
    for title, row in rows.items():
        of = made[title]
        money = (of * frame["value"]).groupby(frame["currency"]).sum()
        assert row[:7] == [
            pytest.approx(of.fillna(0.0).mean(), abs=5e-5),
            pytest.approx(of.median(), abs=5e-5),
            *(of.count(), (of <= -0.00005).sum(), worst[title]),
            *(frame["name"][of.idxmin()], pytest.approx(of.min())),
        ]
        sums = {head[5:8]: value for head, value in zip(heads, row[7:], strict=True)}
        assert sums == pytest.approx(money.to_dict())


def test_coverage_is_over_all(book, frame):
    """Lights are counted; the fifty known least are named."""
    found = labelled(book["Coverage"])
    rows = list(book["Coverage"].iter_rows(min_row=10, values_only=True))
    names = [row[0] for row in rows if str(row[0]).startswith("P0")]

    lights = frame["light"].value_counts()
    assert {light: found[light][0] for light in lights.index} == lights.to_dict()
    assert names == frame.nsmallest(50, "coverage")["name"].tolist()
    said = f"50 of {(frame['light'] != 'green').sum():,} that are not green"
    assert any(str(row[0]).startswith(said) for row in rows)


def test_failures_are_counted_by_reason(book):
    """With the most frequent message; the first thousand are listed."""
    rows = list(book["Not done"].iter_rows(min_row=4, values_only=True))

    assert [row[:4] for row in rows[1:3]] == [
        ("The holdings", 900, "No rate for JPY.", 900),
        ("The process was ended", 300, "Process 0 ended.", 1),
    ]
    listed = [row[0] for row in rows if str(row[0]).startswith("F0")]
    assert listed == [f"F{n:05d}" for n in range(1000)]
    said = (
        "1,000 of 1,200 are listed here; all are in portfolios, beside this workbook."
    )
    assert said in [row[0] for row in rows]


def test_it_can_be_mailed_and_made_again(payload, summary):
    """The file is small, and the same portfolios give the same bytes."""
    assert len(payload) < 500_000
    assert payload == comparison_bytes(summary)
