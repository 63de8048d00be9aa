"""Lines whose answer hangs on more than themselves: as alone, or named as alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from books import COLUMNS, alone

from stresskit.errors import InputError, MappingError

if TYPE_CHECKING:
    from conftest import Shelf

Row = dict[str, Any]
ALL: Row = {"base_currency": "USD", "as_of": "2025-01-24"}
NVDA: Row = {"name": "NVIDIA", "isin": "US67066G1040", "currency": "USD"}
PG: Row = {"name": "Procter & Gamble", "isin": "US7427181091", "currency": "USD"}
JAPAN: Row = {"name": "Advantest", "isin": "JP3122400009", "currency": "JPY"}
OPTION: Row = {
    "name": "NVDA 06/20/25 put 140",
    "asset_class": "option",
    "currency": "USD",
    "price": 6.4,
    "strike": 140.0,
    "expiry": "2025-06-20",
    "right": "put",
    "underlying": "NVDA",
    "underlying_price": 142.6,
    "contract_size": 100.0,
}


def _rows(**portfolios: list[Row]) -> pd.DataFrame:
    found = [
        {**ALL, **row, "portfolio": name, "id": f"{name}{n}"}
        for name, rows in portfolios.items()
        for n, row in enumerate(rows)
    ]
    return pd.DataFrame(found, columns=list(COLUMNS))


CASES = {
    "a contract by its weight": _rows(
        A=[{**NVDA, "weight": 0.95}, {**OPTION, "weight": 0.05}],
        B=[{**NVDA, "weight": 1.0}],
    ),
    "a spot of zero is none, and no other client's": _rows(
        A=[
            {**NVDA, "market_value": 1e4},
            {
                **OPTION,
                "underlying_price": 0.0,
                "quantity": 5.0,
                "market_value": 3200.0,
            },
        ],
        B=[{**OPTION, "quantity": 5.0, "market_value": 3200.0}],
    ),
    "what is underneath is placed by the row's own words": _rows(
        A=[{**OPTION, "underlying": "ZZQX", "sector": "Utilities", "quantity": 5.0}],
        B=[
            {
                **OPTION,
                "underlying": "ZZQX",
                "sector": "Semiconductors",
                "quantity": 5.0,
            }
        ],
    ),
    "a value is in its own currency, whatever others are in": _rows(
        A=[{**JAPAN, "local_value": 100.0}, {"name": "A thing", "local_value": 100.0}],
        B=[{"name": "A thing", "local_value": 100.0}],
        C=[{**NVDA, "local_value": 100.0}],
    ),
    "weights beside values do not say what values are in": _rows(
        A=[
            {**NVDA, "local_value": 600.0, "weight": 0.6},
            {**JAPAN, "local_value": 400.0, "weight": 0.4},
        ],
    ),
    "cash that is worth its quantity says nothing of the others": _rows(
        A=[
            {"name": "Cash", "asset_class": "cash", "currency": "USD", "quantity": 1e3}
            | {"local_value": 1e3},
            {"name": "Cash", "asset_class": "cash", "currency": "EUR", "quantity": 1e3}
            | {"local_value": 1050.0},
            {**NVDA, "local_value": 1e4},
        ],
    ),
    "a class that is guessed from numbers": _rows(
        A=[
            {"name": "Nasdaq", "ticker": "NQH5", "currency": "USD"}
            | {"market_value": 1e3, "exposure": 4e5},
            {"name": "XY Liquid Reserve", "currency": "USD"}
            | {"market_value": 1e3, "quantity": 1e3},
        ],
        B=[{"name": "XY Liquid Reserve", "currency": "USD", "market_value": 1e3}],
    ),
    "a base currency that the run gives": _rows(
        A=[
            {**NVDA, "market_value": 1e3},
            {"market_value": 1e-9, "asset_class": "other"},
        ],
    ),
    "long and short of the same size": _rows(
        A=[
            {**NVDA, "market_value": 0.1},
            {**NVDA, "market_value": 0.2},
            {**PG, "market_value": -0.3},
        ],
    ),
}


@pytest.mark.parametrize("case", list(CASES))
def test_the_answer_is_that_of_a_run_alone(shelf: Shelf, case: str) -> None:
    """P&L, value and band of every portfolio agree to 1e-9 of the money at stake."""
    rows = CASES[case].dropna(axis=1, how="all")
    shelf.run(shelf.put(rows))
    found = pd.read_parquet(shelf.folder / "out" / "portfolios")
    found = found[found["scenario"] == "main"].set_index("portfolio")
    for name, own in CASES[case].groupby("portfolio"):
        one, line = alone(own, shelf.fx), found.loc[name]
        stake = 1e-9 * max(abs(p.base_value) for p in one.by_position)
        assert [line["base_value"], line["pnl"], line["low"]] == pytest.approx(
            [one.base_value, one.pnl, one.band.low], rel=1e-9, abs=stake
        )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            _rows(
                A=[{**NVDA, "market_value": 1.0}, {**PG, "market_value": 1.0}]
            ).assign(id="p1"),
            "id is that of position 1 too",
        ),
        (_rows(A=[{**NVDA, "market_value": 1e19}]), "larger than any amount"),
        (
            _rows(A=[{**NVDA, "market_value": 1.0, "price": float("inf")}]),
            "price is no finite number",
        ),
    ],
)
def test_what_a_run_alone_refuses_is_refused(
    shelf: Shelf, rows: pd.DataFrame, said: str
) -> None:
    """The portfolio is named, and the one beside it is answered."""
    good = _rows(good=[{**NVDA, "market_value": 5.0}])
    both = pd.concat([rows, good], ignore_index=True).dropna(axis=1, how="all")
    outcome = shelf.run(shelf.put(both))
    assert [x.name for x in outcome.summary.done] == ["good"]
    assert [f.portfolio for f in outcome.failed] == ["A"]
    assert said in outcome.failed[0].message


def test_a_cell_that_is_no_number_is_told_in_any_column(shelf: Shelf) -> None:
    """A strike that is none does not silently make another option."""
    rows = _rows(A=[{**OPTION, "quantity": 5.0, "market_value": 3200.0}]).astype(str)
    rows = rows.replace("nan", "").assign(strike="1,40")
    good = _rows(good=[{**NVDA, "market_value": 5.0}])
    both = pd.concat([rows, good], ignore_index=True).dropna(axis=1, how="all")
    outcome = shelf.run(shelf.put(both, "book.csv"))
    assert [f.portfolio for f in outcome.failed] == ["A"]
    assert "strike is no number" in outcome.failed[0].message


def test_portfolios_without_a_base_currency_fail_by_name(shelf: Shelf) -> None:
    """A blank in the column stops nobody else, whose base is stated."""
    rows = _rows(
        A=[{**NVDA, "market_value": 5.0}],
        B=[{**NVDA, "local_value": 5.0}, {**JAPAN, "local_value": 5.0}],
    )
    rows.loc[rows["portfolio"] == "B", "base_currency"] = None
    outcome = shelf.run(shelf.put(rows.dropna(axis=1, how="all")))
    assert "A" in [x.name for x in outcome.summary.done]


def test_a_killed_run_with_other_parts_is_not_mixed(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts of another cut are done again, and what is left of them is removed."""
    rows = _rows(**{f"P{n:02d}": [{**NVDA, "market_value": n + 1.0}] for n in range(9)})
    path = shelf.put(rows.dropna(axis=1, how="all"))
    with monkeypatch.context() as patch:
        patch.setattr(
            "stresskit.book.table.run._Run._side_by_side",
            lambda *_: (_ for _ in ()).throw(KeyboardInterrupt),
        )
        with pytest.raises(KeyboardInterrupt):
            shelf.run(path, shard_rows=2)
    outcome = shelf.run(path, shard_rows=4)
    found = pd.read_parquet(shelf.folder / "out" / "portfolios")
    assert len(outcome.summary.done) == 9
    assert sorted(found[found["scenario"] == "main"]["portfolio"]) == sorted(
        f"P{n:02d}" for n in range(9)
    )
    made = {p.name for p in (shelf.folder / "out" / "portfolios").iterdir()}
    assert made == {"part-0000.parquet", "part-0001.parquet", "part-0002.parquet"}


def test_a_book_that_changes_while_it_is_run_is_not_vouched_for(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hashes would be those of other files: there is no manifest."""
    rows = _rows(A=[{**NVDA, "market_value": 5.0}]).dropna(axis=1, how="all")
    path = shelf.put(rows)
    from stresskit.book.table.run import _Run

    side_by_side = _Run._side_by_side  # noqa: SLF001 - the moment between

    def changed(run: _Run, *given: Any) -> Any:
        shelf.put(rows.assign(market_value=6.0))
        return side_by_side(run, *given)

    monkeypatch.setattr(_Run, "_side_by_side", changed)
    with pytest.raises(InputError, match=r"book\.parquet is another file now"):
        shelf.run(path)
    assert not (shelf.folder / "out" / "manifest.json").exists()


def test_a_question_that_is_another_is_asked_anew(shelf: Shelf) -> None:
    """What stands behind a label counts, not the label."""
    from stresskit.asking import Question
    from stresskit.factors.folders import DEFAULT_FACTOR

    path = shelf.put(_rows(A=[{**NVDA, "market_value": 5.0}]).dropna(axis=1, how="all"))
    ids = []
    for move in ("-20%", "-40%"):
        line = f"deepseek-2025-01-27,label=house,AI_ACCEL={move}"
        shelf.question = Question(factor=DEFAULT_FACTOR, scenarios=(line,)).asked()
        ids.append(shelf.run(path).manifest["run_id"])
    assert len(set(ids)) == 2


def test_a_book_among_other_files_is_refused(shelf: Shelf) -> None:
    """Clients would be taken for one portfolio per file."""
    from stresskit.book.table.source import is_book

    rows = _rows(A=[{**NVDA, "market_value": 5.0}]).dropna(axis=1, how="all")
    shelf.put(rows, "books/book.parquet")
    (shelf.folder / "books" / "readme.txt").write_text("Read me")
    with pytest.raises(InputError, match="is a book, but 1 other files are beside it"):
        is_book(shelf.folder / "books")


def test_overrides_are_by_isin(shelf: Shelf) -> None:
    """By ISIN they place as in a run alone; a name may be another client's."""
    rows = _rows(A=[{**NVDA, "market_value": 5.0}], B=[{**PG, "market_value": 5.0}])
    path = shelf.put(rows.dropna(axis=1, how="all"))
    by_isin = shelf.folder / "by-isin.csv"
    by_isin.write_text("isin,override_segment_1\nUS7427181091,AI_ACCEL\n")
    shelf.run(path, overrides=by_isin)
    found = pd.read_parquet(shelf.folder / "out" / "portfolios")
    found = found[found["scenario"] == "main"].set_index("portfolio")
    one = alone(rows[rows["portfolio"] == "B"], shelf.fx, overrides=by_isin)
    assert found.loc["B", "pnl"] == pytest.approx(one.pnl, rel=1e-9)
    by_name = shelf.folder / "by-name.csv"
    by_name.write_text("name,override_segment_1\nNVIDIA,MEMORY\n")
    with pytest.raises(MappingError, match="1 overrides name no ISIN"):
        shelf.run(path, overrides=by_name)
