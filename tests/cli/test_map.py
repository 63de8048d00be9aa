"""``stresskit map`` and what it gives to ``stress``: overrides, funds, prices."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import openpyxl
import pytest
from live_workbook import recalculate

import stresskit

HEAD = ["Ticker", "ISIN", "Name", "Type", "Market Value", "Currency"]
ROWS = [
    ["NVDA", "US67066G1040", "NVIDIA CORP", "Equity", 400000, "USD"],
    ["VST", "US92840M1027", "VISTRA CORP", "Equity", 100000, "USD"],
    ["PG", "US7427181091", "PROCTER & GAMBLE", "Equity", 250000, "USD"],
    ["SPY", "US78462F1030", "SPDR S&P 500 ETF", "ETF", 200000, "USD"],
    ["MINE", None, "MY OWN THEME FUND", "ETF", 50000, "USD"],
    ["XYZ9", None, "NOBODY KNOWS IT", "Equity", 10000, "USD"],
    [None, None, "US DOLLAR", "Cash", 50000, "USD"],
]
INSIDE = "Ticker,Name,Type,Weight,Currency\n"
FUND = INSIDE + "NVDA,NVIDIA CORP,Equity,60%,USD\nPG,PROCTER & GAMBLE,Equity,40%,USD\n"


@pytest.fixture
def file(sheet):
    """Two theme names, a staple, a known fund, an own fund, a stranger and cash."""
    return sheet(HEAD, *ROWS)


@pytest.fixture
def mapped(call, file):
    """Map that file and return the JSON."""

    def start(*options):
        return json.loads(call("map", file, "--json", "-", *options).out)

    return start


def fill(path, **rows):
    """Fill input cells of a mapping workbook: by ticker, a dictionary of cells."""
    book = openpyxl.load_workbook(path)
    page = book["Mapping"]
    at = {cell.value: cell.column for cell in page[1]}
    lines = {page.cell(r, at["ticker"]).value: r for r in range(2, page.max_row + 1)}
    for ticker, cells in rows.items():
        for name, value in cells.items():
            column = at[name if name == "reason" else f"override_{name}"]
            page.cell(lines[ticker], column).value = value
    book.save(path)
    return lines


EDITS = {
    "PG": {
        "segment_1": "AI_ACCEL",
        "share_1": 0.5,
        "segment_2": "ROM_30",
        "share_2": 0.3,
        "beta": 1.25,
        "by": "A. Analyst",
        "on": dt.date(2025, 1, 20),
        "reason": "robots make the soap",
    },
    "XYZ9": {
        "segment_3": "MEMORY",
        "by": "B. Boss",
        "on": dt.date(2025, 1, 21),
        "reason": "we know it",
    },
    "VST": {"beta": 0.8},
}


def assert_edits(before, after):
    """The three edited rows are as set, and all else is as it was."""
    rows = list(zip(before["positions"], after["positions"], strict=True))
    changed = {b["identifiers"]["ticker"]: b for a, b in rows if a != b}
    assert set(changed) == set(EDITS)
    soap, stranger, power = (changed[k] for k in ("PG", "XYZ9", "VST"))
    assert {r["source"] for r in changed.values()} == {"override"}
    assert {r["tier"] for r in changed.values()} == {"A"}
    assert (soap["beta"], soap["basis"]) == (1.25, "robots make the soap")
    assert soap["description"] == {"AI_ACCEL": 0.5, "ROM_30": 0.3}
    assert stranger["description"] == {"MEMORY": 1.0}
    # A beta alone keeps the segments.
    assert power["beta"] == 0.8
    assert power["segments"] == before["positions"][1]["segments"]
    assert after["segments"] == before["segments"]


def test_a_mapping_that_is_edited_and_fed_back_changes_those_rows(
    call, mapped, file, tmp_path
):
    """Untouched it sets nothing and says so; filled cells change their rows alone."""
    call("map", file, "-o", "mapping.xlsx")
    before = mapped()
    same = mapped("--overrides", "mapping.xlsx")
    assert same["positions"] == before["positions"]
    told = [i for i in same["issues"] if i["code"] == "overrides-empty"]
    assert [i["severity"] for i in told] == ["warning"]
    assert told[0]["message"].startswith("mapping.xlsx sets nothing")
    assert [i for i in same["issues"] if i not in told] == before["issues"]
    assert same["overrides"] == []

    lines = fill(tmp_path / "mapping.xlsx", **EDITS)
    after = mapped("--overrides", "mapping.xlsx")

    assert_edits(before, after)
    where = "mapping.xlsx, sheet Mapping, row {}"
    told = {o["where"]: (o["by"], o["on"], o["reason"]) for o in after["overrides"]}
    assert [o["positions"] for o in after["overrides"]] == [
        "VISTRA CORP",
        "PROCTER & GAMBLE",
        "NOBODY KNOWS IT",
    ]
    assert told == {
        where.format(lines["PG"]): ("A. Analyst", "2025-01-20", EDITS["PG"]["reason"]),
        where.format(lines["XYZ9"]): ("B. Boss", "2025-01-21", "we know it"),
        where.format(lines["VST"]): ("", "", ""),
    }
    assert [i["code"] for i in after["issues"] if "override" in i["code"]] == [
        "override-unsigned"
    ]


def test_who_when_and_why_stand_in_the_run_log(call, file, tmp_path):
    """A report made with overrides names each with its place, and the file's hash."""
    call("map", file, "-o", "mapping.xlsx")
    lines = fill(tmp_path / "mapping.xlsx", PG=EDITS["PG"])

    stressed = call(
        *("stress", file, "--no-hedge", "--overrides", "mapping.xlsx"),
        *("-o", "report.xlsx", "--json", "-"),
    )

    page = openpyxl.load_workbook(tmp_path / "report.xlsx")["Run log"]
    texts = [str(c.value) for row in page.iter_rows() for c in row if c.value]
    (said,) = [t for t in texts if "robots" in t]
    assert said == (
        "positions: PROCTER & GAMBLE; "
        f"where: mapping.xlsx, sheet Mapping, row {lines['PG']}; by: A. Analyst; "
        "on: 2025-01-20; reason: robots make the soap"
    )
    assert [t for t in texts if t.startswith("overrides: mapping.xlsx ")]
    row = json.loads(stressed.out)["by_position"][2]
    assert (row["source"], row["tier"], row["beta"]) == ("override", "A", 1.25)
    assert row["pnl"] < 0


def test_shares_beyond_the_whole_are_refused(call, file, tmp_path):
    """0.9 and 0.8 add up to 1.7: exit code 2, with file, sheet and row."""
    call("map", file, "-o", "mapping.xlsx")
    cells = {"segment_1": "AI_ACCEL", "share_1": 0.9}
    cells |= {"segment_2": "ROM_30", "share_2": 0.8}
    fill(tmp_path / "mapping.xlsx", PG=cells)

    done = call("map", file, "--overrides", "mapping.xlsx", code=2)

    assert "mapping.xlsx, sheet Mapping, row 4: the fractions add up to 1.7" in (
        done.said
    )
    assert done.out == ""


OVERRIDES = "ticker,isin,segments,beta\n"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("PG,,AI_ACCEL=0.9;ROM_30=0.8,", "row 2: the fractions add up to 1.7"),
        ("PG,,AI_ACCELL=1,", "'AI_ACCELL' is no segment of ai-value-chain. Is it AI"),
        ("PG,,ROM_30=-0.5;AI_ACCEL=1,", "row 2: a fraction is -0.5"),
        ("PG,,AI_ACCEL=much,", "row 2, column C: 'much' is no number"),
        (",,AI_ACCEL=1,", "row 2, column A: the row names no position"),
    ],
)
@pytest.mark.parametrize("command", ["map", "stress"])
def test_a_bad_override_names_its_row(call, file, tmp_path, command, row, words):
    """What cannot be is refused by both commands; nothing is written."""
    (tmp_path / "mine.csv").write_text(f"{OVERRIDES}{row}\n", encoding="utf-8")
    done = call(*(command, file, "--overrides", "mine.csv", "-o", "out.xlsx"), code=2)
    assert words in done.said
    assert done.out == ""
    assert not (tmp_path / "out.xlsx").exists()


def test_an_override_that_matches_nothing_is_said(mapped, tmp_path):
    """Its place is named in a warning, and every position stays as it was."""
    text = f"{OVERRIDES}TSLA,,AI_ACCEL=1,\n,US0378331005,AI_ACCEL=1,\n"
    (tmp_path / "mine.csv").write_text(text, encoding="utf-8")

    after = mapped("--overrides", "mine.csv")

    said = [i["message"] for i in after["issues"] if i["code"] == "override-unused"]
    assert said == [
        f"The override at mine.csv, row {n} ({meant}) names no position of the "
        "portfolio."
        for n, meant in ((2, "TSLA"), (3, "US0378331005"))
    ]
    assert [o["positions"] for o in after["overrides"]] == ["", ""]
    assert after["positions"] == mapped()["positions"]


@pytest.mark.libreoffice
def test_a_mapping_edited_in_libreoffice_changes_those_rows(
    call, mapped, file, tmp_path
):
    """Saved by LibreOffice it reads the same, and its check says what is used."""
    call("map", file, "-o", "mapping.xlsx")
    before = mapped()
    untouched = recalculate(tmp_path / "mapping.xlsx", tmp_path / "one")
    assert mapped("--overrides", untouched)["positions"] == before["positions"]

    lines = fill(tmp_path / "mapping.xlsx", **EDITS)
    saved = recalculate(tmp_path / "mapping.xlsx", tmp_path / "two")
    after = mapped("--overrides", saved)

    assert_edits(before, after)
    days = {o["by"]: o["on"] for o in after["overrides"] if o["by"]}
    assert days == {"A. Analyst": "2025-01-20", "B. Boss": "2025-01-21"}
    page = openpyxl.load_workbook(saved, data_only=True)["Mapping"]
    said = {r: page.cell(r, page.max_column).value for r in lines.values()}
    used = {r for r, text in said.items() if text == "will be used"}
    assert used == {lines[t] for t in EDITS}
    assert {text or "" for r, text in said.items() if r not in used} == {""}
    # The lists are still there for the next edit.
    rules = openpyxl.load_workbook(saved)["Mapping"].data_validations.dataValidation
    assert "list" in {r.type for r in rules}


def test_a_fund_by_its_file(call, mapped, file, tmp_path):
    """Named by its stem it is the sum of what it holds, and nothing else changes."""
    (tmp_path / "MINE.csv").write_text(FUND, encoding="utf-8")
    before, after = mapped(), mapped("--fund", "MINE.csv")

    rows = list(zip(before["positions"], after["positions"], strict=True))
    (fund,) = [b for a, b in rows if a != b]
    assert (fund["source"], fund["tier"], fund["looked_through"]) == ("fund", "C", 1)
    assert fund["matched"] == "MINE by MINE.csv"
    assert fund["description"] == {"AI_ACCEL": 0.6, "ROM_30": 0.4}
    answer = json.loads(
        call(*("stress", file, "--json", "-", "--no-hedge", "--fund", "MINE.csv")).out
    )
    r = {p["name"]: p["pnl"] / p["base_value"] for p in answer["by_position"]}
    assert answer["by_position"][4]["looked_through"] == 1
    # 60% of the one and 40% of the other.
    assert r["MY OWN THEME FUND"] == pytest.approx(
        0.6 * r["NVIDIA CORP"] + 0.4 * r["PROCTER & GAMBLE"], rel=1e-9
    )


def test_a_fund_by_its_number_in_part(mapped, tmp_path):
    """KEY=FILE goes before what ships; what is not placed inside is said as a share."""
    text = INSIDE + "NVDA,NVIDIA CORP,Equity,60%,USD\n,Nobody,Equity,30%,USD\n"
    (tmp_path / "held.csv").write_text(f"{text},US DOLLAR,Cash,10%,USD\n")

    fund = mapped("--fund", "US78462F1030=held.csv")["positions"][3]

    assert fund["matched"] == "US78462F1030 by held.csv"
    assert fund["description"] == {"AI_ACCEL": 0.6}
    # 60% in the share and 10% in cash.
    assert fund["looked_through"] == pytest.approx(0.7)


def test_funds_in_funds(mapped, tmp_path):
    """60% a share, 40% a fund of two halves: 60%, 20% and 20%."""
    inner = INSIDE + "VST,VISTRA CORP,Equity,50%,USD\nPG,PROCTER,Equity,50%,USD\n"
    (tmp_path / "SUB.csv").write_text(inner, encoding="utf-8")
    outer = INSIDE + "NVDA,NVIDIA CORP,Equity,60%,USD\nSUB,SUB FUND,ETF,40%,USD\n"
    (tmp_path / "MINE.csv").write_text(outer, encoding="utf-8")

    answer = mapped("--fund", "MINE.csv", "--fund", "SUB.csv")

    fund = answer["positions"][4]
    wanted = {"AI_ACCEL": 0.6, "IPP_NUC": 0.2, "ROM_30": 0.2}
    assert fund["description"] == pytest.approx(wanted)
    assert "fund-unused" not in [i["code"] for i in answer["issues"]]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--fund", "MINE=gone.csv"), "--fund MINE=gone.csv: there is no file gone"),
        (("--fund", "gone.csv"), "there is no file gone.csv"),
        (("--fund", "MINE="), "there is no file MINE="),
        (("--fund", "."), "there is no file ."),
        (
            ("--fund", "MINE.csv", "--fund", "MINE=other.csv"),
            "MINE has two files, MINE.csv and other.csv",
        ),
        (("--fund", "MINE=bad.csv"), "bad.csv"),
    ],
)
@pytest.mark.parametrize("command", ["map", "stress"])
def test_a_fund_that_cannot_be_is_refused(
    call, file, tmp_path, command, options, words
):
    """No file, two files for one fund, a file that is no list: exit code 2."""
    for name in ("MINE.csv", "other.csv"):
        (tmp_path / name).write_text(FUND, encoding="utf-8")
    (tmp_path / "bad.csv").write_text("hello\n", encoding="utf-8")
    done = call(command, file, *options, code=2)
    assert words in done.said
    assert done.out == ""


def test_a_fund_that_is_not_held_is_said(mapped, tmp_path):
    """A file of another fund changes nothing and is named in a warning."""
    (tmp_path / "OTHER.csv").write_text(FUND, encoding="utf-8")

    after = mapped("--fund", "OTHER.csv")

    (issue,) = [i for i in after["issues"] if i["code"] == "fund-unused"]
    assert "The holdings of OTHER (OTHER.csv) were given" in issue["message"]
    assert after["positions"] == mapped()["positions"]


def test_files_that_are_read_are_not_replaced(call, file, tmp_path):
    """The file of a fund is an input like the others."""
    (tmp_path / "MINE.csv").write_text(FUND, encoding="utf-8")
    call("map", file, "--fund", "MINE.csv", "--json", "MINE.csv", code=5)
    assert (tmp_path / "MINE.csv").read_text(encoding="utf-8") == FUND


@pytest.fixture
def prices(tmp_path):
    """Made-up closes of XYZ9: beta 1.5, 0.9 of AI_ACCEL; and NVDA as it likes."""
    history = stresskit.load_factor().history
    at = [history.names.index(k) for k in ("MARKET", "AI_ACCEL")]
    market, segment = np.nan_to_num(history.returns[:, at]).T
    noise = np.random.default_rng(7).normal(0, 0.004, len(market))
    columns = {
        "XYZ9": 50 * np.cumprod(1 + 1.5 * market + 0.9 * segment + noise),
        "NVDA": 90 * np.cumprod(1 + 0.1 * market),
    }
    lines = [
        f"{day},{x:.6f},{n:.6f}"
        for day, x, n in zip(history.dates, *columns.values(), strict=True)
    ]
    path = tmp_path / "prices.csv"
    path.write_text("\n".join(["date,XYZ9,NVDA", *lines]), encoding="utf-8")
    return path


def test_prices_place_what_nothing_else_does(mapped, prices):
    """The stranger gets the beta and the segment it was made with; no other changes."""
    before, after = mapped(), mapped("--prices", prices)

    rows = list(zip(before["positions"], after["positions"], strict=True))
    (row,) = [b for a, b in rows if a != b]
    assert row["matched"] == "prices of XYZ9"
    assert row["beta"] == pytest.approx(1.5, abs=0.2)
    assert row["segments"]["AI_ACCEL"] == pytest.approx(0.9, abs=0.2)
    assert row["covered"]
    assert "returns of prices.csv" in row["basis"]
    (issue,) = [i for i in after["issues"] if i["code"] == "prices-used"]
    assert issue["message"] == (
        "Updated with their returns in prices.csv: NOBODY KNOWS IT."
    )
    assert after["coverage"]["by_value"] > before["coverage"]["by_value"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("date,NVDA\n2030-01-02,1\n2030-01-03,2\n", "it has no day between"),
        ("date,OTHER\n2024-06-03,1\n2024-06-04,2\n", "no column is a position"),
    ],
)
def test_prices_that_do_not_overlap_are_said(mapped, tmp_path, text, words):
    """Other days or other columns: a warning says why they were not used."""
    (tmp_path / "late.csv").write_text(text, encoding="utf-8")

    after = mapped("--prices", "late.csv")

    (issue,) = [i for i in after["issues"] if i["code"] == "prices-unused"]
    assert issue["message"].startswith("late.csv was not used to place holdings: ")
    assert words in issue["message"]
    assert after["positions"] == mapped()["positions"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hello\n", "bad.csv"),
        ("date,NVDA\nsoon,1\n", "'soon' is no date"),
        (None, "bad.csv"),
    ],
)
def test_prices_that_cannot_be_read_are_refused(call, file, tmp_path, text, words):
    """Exit code 2, with the file or the cell."""
    if text is not None:
        (tmp_path / "bad.csv").write_text(text, encoding="utf-8")
    done = call("map", file, "--prices", "bad.csv", code=2)
    assert words in done.said
    assert done.out == ""


def test_a_long_list_is_cut_and_says_so(call, sheet):
    """Of 60 lines the 40 largest are shown, and that 20 more are in the files."""
    lines = [
        [None, None, f"COMPANY {n:02}X", "Equity", 1000 + n, "USD"] for n in range(60)
    ]
    done = call("map", sheet(HEAD, *lines))
    shown = [n for n in range(60) if f"COMPANY {n:02}X" in done.out]
    assert shown == list(range(20, 60))
    assert "and 20 smaller ones; -o and --json have them all" in done.shown


def test_forty_lines_are_all_shown(call, sheet):
    """Then nothing is left to say."""
    lines = [
        [None, None, f"COMPANY {n:02}X", "Equity", 1000 + n, "USD"] for n in range(40)
    ]
    done = call("map", sheet(HEAD, *lines))
    assert all(f"COMPANY {n:02}X" in done.out for n in range(40))
    assert "smaller ones" not in done.shown


def test_the_order_of_lines_changes_no_exposure(call, sheet):
    """The same holdings backwards have, line by line, the same exposure."""
    found = []
    for rows in (ROWS, ROWS[::-1]):
        answer = json.loads(call("map", sheet(HEAD, *rows), "--json", "-").out)
        place = ("id", "row")
        found.append(
            {
                p["name"]: {k: v for k, v in p.items() if k not in place}
                for p in answer["positions"]
            }
        )
        found[-1]["coverage"] = pytest.approx(answer["coverage"]["by_value"])
    assert found[0] == found[1]
    assert len(found[0]) == len(ROWS) + 1


def test_how_well_it_is_known_is_shown_and_told(call, file):
    """By value with the light, in words and in JSON; tiers of each source."""
    done = call("map", file, "--json", "map.json")
    answer = json.loads((file.parent / "map.json").read_text(encoding="utf-8"))
    coverage = answer["coverage"]
    rows = answer["positions"]

    values = [abs(p["market_value"]) for p in rows]
    sure = sum(v * p["confidence"] for v, p in zip(values, rows, strict=True))
    assert coverage["by_value"] == pytest.approx(sure / 1_060_000)
    assert coverage["light"] == "green"
    # 50,000 of the own fund and 10,000 of the stranger.
    assert coverage["unmapped_value"] == 60_000
    assert coverage["by_source"]["curated"] == 750_000
    tiers = {p["name"]: p["tier"] for p in rows}
    assert tiers["NVIDIA CORP"] == "B"
    assert tiers["SPDR S&P 500 ETF"] == "C"
    assert tiers["NOBODY KNOWS IT"] == "F"
    assert tiers["US DOLLAR"] == "-"
    assert (
        f"{coverage['by_value']:.0%} of the value, {coverage['by_risk']:.0%} of the "
        "risk (green)"
    ) in done.shown
    assert "curated B 3 70.8%" in done.shown
