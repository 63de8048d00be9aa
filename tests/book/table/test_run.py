"""The run of a book: every portfolio answered or named, kept whole, gone on with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from books import alone

from stresskit.errors import InputError, OutputError

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Shelf

ONE = {"base_currency": "USD", "as_of": "2025-01-24", "currency": "USD"}
NVDA = {**ONE, "isin": "US67066G1040", "name": "NVIDIA", "market_value": 1_000.0}


def _read(folder: Path, dataset: str) -> pd.DataFrame:
    parts = sorted((folder / dataset).glob("*.parquet"))
    return pd.concat([pd.read_parquet(p) for p in parts], ignore_index=True)


def _hashes(folder: Path) -> dict[str, str]:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    return {k: v for k, v in manifest["files"].items() if not k.endswith(".xlsx")}


def test_every_portfolio_gets_the_answer_it_would_get_alone(
    shelf: Shelf, rows: pd.DataFrame
) -> None:
    """Whether the book answers or a run of its own: P&L, band and segments agree."""
    shelf.run(shelf.put(rows))
    found = _read(shelf.folder / "out", "portfolios")
    segments = _read(shelf.folder / "out", "segments")
    assert set(found["answered"]) == {"book", "alone"}
    main = found[found["scenario"] == "main"].set_index("portfolio")
    assert sorted(main.index) == sorted(set(rows["portfolio"]))
    for name, own in rows.groupby("portfolio"):
        result = alone(own, shelf.fx, scenario="severities")
        line = main.loc[name]
        stake = 1e-9 * max(abs(result.base_value), 1e-3)
        for scenario, one in zip(
            ("main", *(s.label for s in result.scenarios)),
            (result, *result.scenarios),
            strict=True,
        ):
            at = (found["portfolio"] == name) & (found["scenario"] == scenario)
            row = found[at].iloc[0]
            assert [row["pnl"], row["low"], row["high"]] == pytest.approx(
                [one.pnl, one.band.low, one.band.high], rel=1e-9, abs=stake
            )
            at = (segments["portfolio"] == name) & (segments["scenario"] == scenario)
            made = segments[at].set_index("segment")["pnl"]
            known = {s.segment: s.pnl for s in one.by_segment if s.exposure}
            assert made.to_dict() == pytest.approx(known, rel=1e-9, abs=stake)
        assert line["currency"] == result.currency or result.currency is None
        assert line["positions"] == len(own)


def test_positions_add_up_to_their_portfolio(shelf: Shelf, rows: pd.DataFrame) -> None:
    """Every row of the book is there under every scenario, and nothing besides."""
    shelf.run(shelf.put(rows), positions=True)
    lines = _read(shelf.folder / "out", "positions")
    whole = _read(shelf.folder / "out", "portfolios")
    assert len(lines) == len(rows) * whole["scenario"].nunique()
    by = ["portfolio", "scenario"]
    added = lines.groupby(by)[["base_value", "pnl"]].sum().sort_index()
    stated = whole.set_index(by)[["base_value", "pnl"]].sort_index()
    assert added.to_numpy() == pytest.approx(stated.to_numpy(), rel=1e-9, abs=1e-6)


def test_ores_profile_has_its_five_columns(shelf: Shelf, rows: pd.DataFrame) -> None:
    """A row per position and scenario, also for those that nothing moves."""
    shelf.run(shelf.put(rows), profile="ore")
    parts = sorted((shelf.folder / "out" / "ore").glob("*.csv"))
    made = pd.concat([pd.read_csv(p) for p in parts])
    assert list(made.columns) == [
        *("#TradeId", "ScenarioLabel", "Base NPV", "Scenario NPV", "Sensitivity")
    ]
    assert len(made) == len(rows) * made["ScenarioLabel"].nunique()
    change = made["Scenario NPV"] - made["Base NPV"]
    assert change.to_numpy() == pytest.approx(made["Sensitivity"].to_numpy(), abs=1e-6)


def test_the_same_run_again_does_nothing(shelf: Shelf, rows: pd.DataFrame) -> None:
    """The same question on the same file is answered already."""
    path = shelf.put(rows)
    first = shelf.run(path)
    before = (shelf.folder / "out" / "manifest.json").read_bytes()
    shelf.told.steps.clear()
    second = shelf.run(path)
    assert (first.kept, second.kept) == (0, second.parts)
    assert shelf.told.steps == ["Hashing the files"]
    assert (shelf.folder / "out" / "manifest.json").read_bytes() == before
    assert [x.name for x in second.summary.done] == [x.name for x in first.summary.done]


def test_two_runs_are_the_same_to_the_last_bit(
    shelf: Shelf, rows: pd.DataFrame
) -> None:
    """Whatever is done at a time: files of results have the same hashes."""
    path = shelf.put(rows)
    shelf.run(path, "one", positions=True, jobs=1)
    shelf.run(path, "two", positions=True, jobs=2)
    assert _hashes(shelf.folder / "one") == _hashes(shelf.folder / "two")


def test_pandas_answers_as_duckdb_does(shelf: Shelf, rows: pd.DataFrame) -> None:
    """Another engine, the same figures."""
    path = shelf.put(rows)
    made = []
    for engine in ("duckdb", "pandas"):
        shelf.run(path, engine, engine=engine)
        found = _read(shelf.folder / engine, "portfolios")
        found = found.sort_values(["portfolio", "scenario"], ignore_index=True)
        made.append(found.drop(columns="run_id"))
    pd.testing.assert_frame_equal(*made, rtol=1e-9, atol=1e-6)


def test_what_changed_is_run_again(shelf: Shelf, rows: pd.DataFrame) -> None:
    """Another file in its place has another id, and its results replace the old."""
    path = shelf.put(rows)
    first = shelf.run(path, positions=True)
    shelf.put(rows[rows["portfolio"] != rows["portfolio"].iloc[0]])
    second = shelf.run(path)
    assert first.manifest["run_id"] != second.manifest["run_id"]
    assert len(second.summary.done) == len(first.summary.done) - 1
    # A dataset that is of the earlier question does not stay beside the new ones.
    assert not (shelf.folder / "out" / "positions").exists()


def test_a_part_that_is_broken_is_done_again(
    shelf: Shelf, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that stopped goes on with the parts that are whole."""
    path = shelf.put(rows)
    expected = shelf.run(path, "whole")
    with monkeypatch.context() as patch:
        patch.setattr(
            "stresskit.book.table.run._Run._side_by_side",
            lambda *_: (_ for _ in ()).throw(KeyboardInterrupt),
        )
        with pytest.raises(KeyboardInterrupt):
            shelf.run(path)
    broken = next((shelf.folder / "out").glob(".unfinished/*/portfolios/part-0001*"))
    broken.write_bytes(broken.read_bytes()[:100])
    outcome = shelf.run(path)
    assert outcome.kept == outcome.parts - 1
    assert _hashes(shelf.folder / "out") == _hashes(shelf.folder / "whole")
    assert outcome.manifest["run_id"] == expected.manifest["run_id"]
    assert not (shelf.folder / "out" / ".unfinished").exists()


def test_a_run_that_was_killed_while_it_moved_is_finished(
    shelf: Shelf, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some datasets are in their place and some not: the next run moves the rest."""
    from stresskit.book.table import parts

    path, moved = shelf.put(rows), []
    move = parts.move

    def once(made: Path, place: Path) -> None:
        if moved:
            raise KeyboardInterrupt
        moved.append(place)
        move(made, place)

    with monkeypatch.context() as patch:
        patch.setattr(parts, "move", once)
        with pytest.raises(KeyboardInterrupt):
            shelf.run(path)
    assert not (shelf.folder / "out" / "manifest.json").exists()
    outcome = shelf.run(path)
    assert outcome.kept == outcome.parts
    shelf.run(path, "whole")
    assert _hashes(shelf.folder / "out") == _hashes(shelf.folder / "whole")


def test_bad_portfolios_are_named_and_stop_nobody(shelf: Shelf) -> None:
    """No amount, two base currencies, no rate, no name: each with its reason."""
    bad: list[dict[str, Any]] = [
        {**NVDA, "portfolio": "good"},
        {**NVDA, "portfolio": "no amount", "market_value": None},
        {**NVDA, "portfolio": "two bases"},
        {**NVDA, "portfolio": "two bases", "base_currency": "EUR"},
        {**NVDA, "portfolio": "no rate", "market_value": None, "local_value": 5.0},
        {**NVDA, "portfolio": None},
        {**NVDA, "portfolio": "wrong word", "asset_class": "stonks"},
    ]
    bad[4]["currency"] = "BRL"
    outcome = shelf.run(shelf.put(pd.DataFrame(bad)))
    assert [x.name for x in outcome.summary.done] == ["good"]
    said = {f.portfolio: (f.kind, f.message) for f in outcome.failed}
    assert sorted(said) == ["", "no amount", "no rate", "two bases", "wrong word"]
    assert {kind for kind, _ in said.values()} == {"input"}
    assert "more than one base_currency: EUR and USD" in said["two bases"][1]
    assert said[""][1] == "1 rows name no portfolio and are in no result."
    assert "stonks" in said["wrong word"][1] or "asset_class" in said["wrong word"][1]
    assert all(f.fix for f in outcome.failed)


def test_numbers_that_are_none_are_told_with_their_place(shelf: Shelf) -> None:
    """A text where a number should be fails its portfolio alone, by row and column."""
    rows = pd.DataFrame(
        [
            {**NVDA, "portfolio": "A"},
            {**NVDA, "portfolio": "B"},
            {**NVDA, "portfolio": "B", "market_value": "12,000.50"},
            {**NVDA, "portfolio": "C", "market_value": "inf"},
        ]
    )
    outcome = shelf.run(shelf.put(rows, "book.csv"))
    said = "The holdings are not what they must be in 1 place."
    assert [x.name for x in outcome.summary.done] == ["A"]
    assert [f.message for f in outcome.failed] == [
        f"{said} Position 2: market_value is no number.",
        f"{said} Position 1: market_value is no finite number.",
    ]


def test_partitions_are_columns_and_stay_text(shelf: Shelf) -> None:
    """A portfolio called 007 in the name of a folder is not the number seven."""
    for name in ("007", "7"):
        shelf.put(pd.DataFrame([NVDA]), f"books/portfolio={name}/part.parquet")
    outcome = shelf.run(shelf.folder / "books")
    assert sorted(x.name for x in outcome.summary.done) == ["007", "7"]


def test_a_table_of_a_database_is_a_book(shelf: Shelf, rows: pd.DataFrame) -> None:
    """DuckDB reads its own file; the table is named where there are several."""
    import duckdb

    path = shelf.folder / "books.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.register("given", rows)
        connection.execute("create table held as select * from given")
        connection.execute("create table other as select 1 as one")
    with pytest.raises(InputError, match="has 2 tables"):
        shelf.run(path)
    outcome = shelf.run(path, table="held")
    assert len(outcome.summary.done) == rows["portfolio"].nunique()


def test_reports_of_chosen_portfolios(shelf: Shelf) -> None:
    """Names become file names that lead nowhere else, and are in the comparison."""
    rows = [
        {**NVDA, "portfolio": "../../etc/passwd"},
        {**NVDA, "portfolio": "calm", "isin": "US7427181091", "name": "P&G"},
    ]
    outcome = shelf.run(shelf.put(pd.DataFrame(rows)), reports="breaches")
    made = [p.name for p in (shelf.folder / "out" / "reports").iterdir()]
    assert [name.startswith("etc-passwd-") for name in made] == [True]
    outputs = {x.name: x.output for x in outcome.summary.done}
    assert outputs == {"../../etc/passwd": f"reports/{made[0]}", "calm": ""}


def test_another_run_in_the_folder_is_refused(shelf: Shelf, rows: pd.DataFrame) -> None:
    """Two runs at once do not disturb each other: the second is told to wait."""
    from stresskit.book.lock import only_one

    path = shelf.put(rows)
    (shelf.folder / "out").mkdir()
    with (
        only_one(shelf.folder / "out"),
        pytest.raises(OutputError, match="Another run is writing"),
    ):
        shelf.run(path)


def test_results_do_not_go_among_the_book(shelf: Shelf) -> None:
    """A folder of results that holds the book would be read as part of it."""
    shelf.put(pd.DataFrame([{**NVDA, "portfolio": "A"}]), "books/part.parquet")
    with pytest.raises(OutputError, match="holds the book"):
        shelf.run(shelf.folder / "books", "books")


def test_the_base_currency_is_that_of_all_positions_or_asked_for(shelf: Shelf) -> None:
    """One currency of all positions is the book's; of several none is guessed."""
    row = {k: v for k, v in NVDA.items() if k != "base_currency"}
    one = shelf.run(shelf.put(pd.DataFrame([{**row, "portfolio": "A"}])))
    assert [x.currency for x in one.summary.done] == ["USD"]
    mixed = [{**row, "portfolio": "A"}, {**row, "portfolio": "B", "currency": "EUR"}]
    with pytest.raises(InputError, match=r"positions are in 2 currencies \(EUR, USD\)"):
        shelf.run(shelf.put(pd.DataFrame(mixed)))


def test_who_breaches_gets_a_hedge_and_nobody_else(shelf: Shelf) -> None:
    """The dataset has their orders; the comparison says what is left of the loss."""
    rows = [
        {**NVDA, "portfolio": "bold", "market_value": 1e6},
        {**NVDA, "portfolio": "calm", "isin": "US7427181091", "name": "P&G"},
    ]
    outcome = shelf.run(shelf.put(pd.DataFrame(rows)), mandate="ucits-fund")
    found = _read(shelf.folder / "out", "hedges")
    assert set(found["portfolio"]) == {"bold"}
    assert set(found["family"]) == {"overlay", "trim"}
    lines = {x.name: x for x in outcome.summary.done}
    bold, calm = lines["bold"], lines["calm"]
    assert (calm.hedge, calm.hedged_pct) == ("", None)
    assert bold.hedge
    assert bold.hedged_pct is not None
    assert bold.pnl_pct is not None
    assert bold.hedged_pct > bold.pnl_pct
    left = set((found["residual_pnl"] / 1e6).round(12))
    assert round(bold.hedged_pct, 12) in left
    again = shelf.run(shelf.folder / "book.parquet", mandate="ucits-fund")
    assert [x.hedge for x in again.summary.done] == [
        x.hedge for x in outcome.summary.done
    ]


def test_what_is_held_is_one_instrument_whatever_its_amounts(shelf: Shelf) -> None:
    """Neither quantity nor value makes a share known by its ticker another one."""
    rows = [
        {**ONE, "portfolio": f"P{n}", "ticker": "NVDA", "name": "NVIDIA"}
        | {"quantity": n + 1.0, "market_value": 142.6 * (n + 1) + 0.01}
        for n in range(5)
    ]
    outcome = shelf.run(shelf.put(pd.DataFrame(rows)))
    assert outcome.manifest["instruments"] == 1
