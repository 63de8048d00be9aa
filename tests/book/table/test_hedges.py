"""Hedges for many: each portfolio gets the one that it would get alone."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from books import DAY, alone, book, write_rates
from deadly_portfolios import DeadlyNumbers

from stresskit.asking import Files, Question, asked_hedge
from stresskit.book.table import hedges, work
from stresskit.book.table.engines import Duck
from stresskit.book.table.source import find_source
from stresskit.errors import ComputationError, InputError
from stresskit.factors.folders import DEFAULT_FACTOR
from stresskit.hedging import hedge, load_mandate
from stresskit.model import Content
from stresskit.stressing import check_own_currency

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from stresskit.book.table.hedges import Breaching, Desk, HedgedPortfolio
    from stresskit.book.table.instruments import Instruments
    from stresskit.book.table.work import Held
    from stresskit.model import Hedge, Mandate, Scenario

COUNT = 28
FUNDS = ("SPY", "QQQ", "SOXX", "SMH", "XLU", "IWM", "EXSA", "VGK", "XLK", "IEF", "GLD")
LOTS = replace(
    load_mandate("ucits-fund"),
    name="lots",
    families=("overlay", "trim", "nothing"),
    kinds=("etf",),
    ucits=False,
    include=FUNDS,
    tickets=4,
    tracking_error=1.0,
)
LINEAR = replace(LOTS, name="linear", whole_lots=False, tickets=1_000, ticket_cost=0.0)


@dataclass(frozen=True)
class Book:
    """A book in a file, all that it holds, and its portfolios."""

    rows: pd.DataFrame
    fx: Path
    files: Files
    scenarios: tuple[Scenario, ...]
    held: Held
    instruments: Instruments
    found: list[Breaching]

    def desk(self, mandate: Mandate, target: str | None = None) -> Desk:
        """Return what all portfolios are hedged with."""
        return hedges.desk_of(
            self.found,
            asked_hedge(target, mandate, None, None, None, None),
            self.files,
            self.scenarios,
            self.held,
            self.instruments,
        )

    def named(self, *kinds: str) -> list[Breaching]:
        """Return the portfolios of some kinds."""
        return [b for b in self.found if b.portfolio.partition(" ")[2] in kinds]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Read a book of every kind of portfolio; some state how many shares they are."""
    folder = tmp_path_factory.mktemp("book")
    rows, fx = book(COUNT), write_rates(folder / "fx.csv")
    own = rows["portfolio"].str.endswith((" shares", " lots"))
    rows.loc[own, "quantity"] = np.arange(100.0, 100.0 + own.sum())
    rows.to_parquet(folder / "book.parquet")
    source, files = find_source(folder / "book.parquet"), Files(fx=fx)
    main, more = Question(factor=DEFAULT_FACTOR).asked()
    engine = Duck(source, 2**30, folder)
    held = work.held_in(engine, source, files)
    priced = work.priced(files, held, (main, *more), check_own_currency)
    found = hedges.breaching(
        engine, work.described(engine, source), held, set(rows["portfolio"])
    )
    engine.close()
    return Book(rows, fx, files, (main, *more), held, priced, found)


def _singles(whole: Book, mandate: Mandate, name: str) -> dict[str, Hedge]:
    """Return what a single run suggests, by family."""
    result = alone(whole.rows[whole.rows["portfolio"] == name], whole.fx)
    place = partial(
        replace(whole.files, base_currency=result.portfolio.base_currency).place,
        result.portfolio,
    )
    plan = hedge(result, mandate=mandate, families=hedges.LINEAR, place=place)
    return {h.family: h for h in plan.hedges}


def _figures(hedge: Hedge) -> list[float]:
    """Return the numbers of a hedge; NaN for a quantity that is not known."""
    legs = [
        (x.notional, x.cost, x.pnl, np.nan if x.quantity is None else x.quantity)
        for x in hedge.legs
    ]
    whole = (hedge.cost, hedge.cost_bps, hedge.hedge_pnl, hedge.residual_pnl)
    return [*whole, *(number for leg in legs for number in leg)]


def _words(hedge: Hedge) -> tuple[Any, ...]:
    legs = [(x.instrument, x.side, x.currency) for x in hedge.legs]
    return hedge.status, hedge.title, hedge.binding, hedge.note, legs


@pytest.mark.parametrize("mandate", [LINEAR, LOTS], ids=["linear", "lots"])
def test_each_portfolio_gets_the_hedge_it_would_get_alone(
    whole: Book, mandate: Mandate
) -> None:
    """Status, orders and limits are the same, figures to 1e-7, in three currencies."""
    compared = set()
    known: dict[str, dict[str, Hedge]] = {}
    for one in hedges.hedged(whole.found, whole.desk(mandate)):
        if one.hedge is None:
            continue
        if one.portfolio not in known:
            known[one.portfolio] = _singles(whole, mandate, one.portfolio)
        expected = known[one.portfolio][one.family]
        assert _words(one.hedge) == _words(expected)
        assert _figures(one.hedge) == pytest.approx(
            _figures(expected), rel=1e-7, abs=1e-6, nan_ok=True
        )
        if one.hedge.legs:
            compared.add((one.family, one.currency))
    currencies = ("USD", "EUR", "CHF")
    assert compared >= {(f, c) for f in hedges.LINEAR for c in currencies}


def test_two_processes_find_what_one_finds(whole: Book) -> None:
    """The answers of one job and of two are equal."""
    found, desk = whole.named("shares", "counted", "nameless"), whole.desk(LOTS)
    one, two = (
        hedges.table_of(hedges.hedged(found, desk, jobs=jobs)) for jobs in (1, 2)
    )
    assert one == two


def test_work_can_be_spread_elsewhere(whole: Book) -> None:
    """What is done and what it is done with go through pickle, as to a cluster."""
    found, desk = whole.named("shares"), whole.desk(LINEAR)

    def spread(do: Any, portfolios: Any) -> Any:
        do, portfolios = pickle.loads(pickle.dumps((do, portfolios)))  # noqa: S301 - ours
        return map(do, portfolios)

    here = hedges.table_of(hedges.hedged(found, desk))
    assert hedges.table_of(hedges.hedged(found, desk, spread=spread)) == here


def test_what_hangs_on_other_lines_is_left_to_a_run_of_its_own(whole: Book) -> None:
    """A portfolio that stands apart is named with the reason, and stops no other."""
    found = [*whole.named("option without spot")[:1], *whole.named("shares")[:1]]
    done = list(hedges.hedged(found, whole.desk(LINEAR)))
    first, second = done[: len(hedges.LINEAR)], done[len(hedges.LINEAR) :]
    assert {h.status for h in first} == {"failed"}
    assert {h.portfolio for h in first} == {found[0].portfolio}
    assert "must be run by itself" in first[0].message
    assert all(h.hedge is not None for h in second)


def test_a_run_of_its_own_is_done_with_the_others(whole: Book) -> None:
    """What stands apart is read by itself, and gets what a single run gets."""
    (name, *_) = (b.portfolio for b in whole.named("small coupon"))
    rows = whole.rows[whole.rows["portfolio"] == name]
    (base,) = set(rows["base_currency"])
    stated = rows.drop(columns=["portfolio", "base_currency", "as_of"])
    records = [row.dropna().to_dict() for _, row in stated.iterrows()]
    document = {
        "schema": "stresskit/holdings/1",
        "base_currency": base,
        "as_of": DAY,
        "positions": records,
    }
    holdings = Content("own.json", json.dumps(document).encode())
    files = replace(whole.files, base_currency=base)
    apart = hedges.Apart(name, holdings, files)
    expected = _singles(whole, LINEAR, name)
    done = list(hedges.hedged([apart], whole.desk(LINEAR)))
    assert [h.family for h in done] == list(hedges.LINEAR)
    for one in done:
        assert one.hedge is not None
        assert _words(one.hedge) == _words(expected[one.family])
        assert _figures(one.hedge) == pytest.approx(
            _figures(expected[one.family]), rel=1e-12, nan_ok=True
        )


def test_a_target_out_of_reach_is_said_with_its_limits(whole: Book) -> None:
    """The most that limits allow is shown, with the words of a single run."""
    found = whole.named("shares")[:1]
    overlay, _ = hedges.hedged(found, whole.desk(LINEAR, "100%"))
    assert overlay.status == "infeasible"
    assert overlay.message.startswith("The overlay can take away")
    assert "Limited by" in overlay.message


def test_a_solver_that_fails_is_reported(
    whole: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its family has no answer, the other has one."""

    def failing(*_: Any, **__: Any) -> None:
        raise ComputationError("The solver stopped: no reason.")

    monkeypatch.setattr("stresskit.hedgers.linear.solve", failing)
    found = whole.named("counted")[:1]
    overlay, trim = hedges.hedged(found, whole.desk(LINEAR))
    assert "The solver stopped: no reason." in overlay.message
    assert overlay.hedge is not None
    assert overlay.hedge.legs == ()
    assert trim.hedge is not None
    assert trim.hedge.legs


def test_a_mistake_of_the_program_stops_no_other(
    whole: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody thought of is said of its portfolio."""

    def wrong(*_: Any) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(hedges, "searched", wrong)
    done = list(hedges.hedged(whole.named("shares")[:2], whole.desk(LINEAR)))
    assert [h.status for h in done] == ["failed"] * 4
    assert "ZeroDivisionError: oh" in done[0].message


def test_a_process_that_dies_takes_its_portfolio_alone(whole: Book) -> None:
    """The others are hedged, and the one that died is named."""
    first, *others = whole.named("shares", "local")[:3]
    deadly = replace(first, number=DeadlyNumbers())  # type: ignore[arg-type]
    done = list(hedges.hedged([deadly, *others], whole.desk(LINEAR), jobs=2))
    failed = {h.portfolio for h in done if h.status == "failed"}
    assert failed == {first.portfolio}
    assert len(done) == 3 * len(hedges.LINEAR)
    assert any("was ended" in h.message for h in done)


def test_a_mandate_without_a_linear_family_is_refused(whole: Book) -> None:
    """Rotations alone are nothing for many."""
    mandate = replace(LINEAR, families=("rotation", "nothing"))
    with pytest.raises(InputError, match="no family that many"):
        whole.desk(mandate)


def test_positions_of_two_days_are_refused(whole: Book) -> None:
    """Positions that were read with different currencies make no portfolio."""
    dollars, euros = whole.named("shares")[0], whole.named("local")[0]
    mixed = replace(
        dollars,
        ids=("a", "b"),
        number=np.array([dollars.number[0], euros.number[0]]),
        amount=np.ones(2),
        quantity=np.full(2, np.nan),
        price=np.full(2, np.nan),
    )
    done = list(hedges.hedged([mixed], whole.desk(LINEAR)))
    assert {h.message for h in done} == {
        "Its positions are not of one base currency and day."
    }


def _summed(found: list[HedgedPortfolio], name: str) -> list[float]:
    return [getattr(h.hedge, name) for h in found if h.hedge and h.hedge.legs]


def test_the_table_adds_up(whole: Book) -> None:
    """Costs, with charges per order, and P&L of all orders are those of the hedges."""
    found = sorted(
        hedges.hedged(whole.named("shares", "counted"), whole.desk(LOTS)),
        key=lambda h: (h.portfolio, h.family),
    )
    table = hedges.table_of(found)
    frame = table.to_pandas()
    assert table.schema == hedges.SCHEMA
    ordered = frame.dropna(subset=["instrument"]).groupby(["portfolio", "family"])
    for name, column in (("cost", "cost"), ("hedge_pnl", "hedge_pnl")):
        assert ordered[column].sum().tolist() == pytest.approx(
            _summed(found, name), rel=1e-12
        )
    assert set(zip(frame["portfolio"], frame["family"], strict=True)) == {
        (h.portfolio, h.family) for h in found
    }
