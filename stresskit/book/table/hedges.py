"""Hedges for many portfolios of a book, each the one that it would get alone.

What portfolios share is made once: what one of each instrument makes in every scenario
of a plan, and what may be traded. A portfolio is then a few arrays and programs of its
own, solved in a process that may die or in a task of a cluster.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stresskit.asking import answered, key_of, placed
from stresskit.book.crew import each
from stresskit.book.table import lines as rowwise
from stresskit.book.table import work
from stresskit.book.table.lines import (
    INSTRUMENT,
    PORTFOLIO,
    POSITION,
)
from stresskit.core.hedge.market import Market, market_of
from stresskit.core.hedge.question import HedgeQuestion
from stresskit.core.stress.stressed import Stressed
from stresskit.core.stress.table import Table
from stresskit.errors import InputError, StresskitError
from stresskit.hedging import (
    allowed_by,
    days_of,
    load_target,
    load_tradables,
    planned,
    question_of,
    scale_of,
    searched,
)
from stresskit.mapping import map_exposures
from stresskit.model import Exposures, Portfolio, Position
from stresskit.model.portfolio import made_of_columns
from stresskit.stressing import stress

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from stresskit.asking import AskedHedge, Files
    from stresskit.book.table.engines import Engine
    from stresskit.book.table.instruments import Instruments
    from stresskit.book.table.lines import Frame
    from stresskit.book.table.work import Held
    from stresskit.hedging import Planned
    from stresskit.model import (
        Content,
        Exposure,
        Hedge,
        HedgeTarget,
        Scenario,
    )

    Floats = NDArray[np.float64]

# The families that are linear programs: others take seconds for each portfolio.
LINEAR = ("overlay", "trim")
FAILED, OPTIMAL = "failed", "optimal"
HEDGES = "hedges"
SCHEMA = pa.schema(
    [
        ("portfolio", pa.string()),
        ("family", pa.string()),
        ("status", pa.string()),
        ("instrument", pa.string()),
        ("side", pa.string()),
        ("quantity", pa.float64()),
        ("notional", pa.float64()),
        ("cost", pa.float64()),
        ("hedge_pnl", pa.float64()),
        ("residual_pnl", pa.float64()),
        ("currency", pa.string()),
    ]
)


@dataclass(frozen=True)
class Breaching:
    """A portfolio that loses too much: n positions, by their instruments' numbers.

    ``quantity`` and ``price`` are as its rows state them, NaN where they do not.
    """

    portfolio: str
    ids: tuple[str, ...]
    number: NDArray[np.int64]
    amount: Floats
    quantity: Floats
    price: Floats


@dataclass(frozen=True)
class Apart:
    """A portfolio that only a run of its own can tell of.

    ``files`` are what its ``holdings`` are read and placed with.
    """

    portfolio: str
    holdings: Content
    files: Files


@dataclass(frozen=True)
class HedgedPortfolio:
    """What a family suggests for a portfolio.

    ``hedge`` is None where there is no answer; ``message`` says why, or what keeps it
    from reaching what is asked, and ``fix`` what to do.
    """

    portfolio: str
    family: str
    currency: str | None = None
    hedge: Hedge | None = None
    message: str = ""
    fix: str = ""

    @property
    def status(self) -> str:
        """As the hedge has it, ``failed`` where there is none."""
        return FAILED if self.hedge is None else self.hedge.status


@dataclass(frozen=True)
class Unit:
    """One of an instrument; ``pnls`` (S,) is what it makes in a plan's scenarios.

    ``context`` is what it was read in: base currency and day.
    """

    position: Position
    exposure: Exposure
    pnls: Floats
    context: tuple[str | None, dt.date | None]
    rate: float | None


@dataclass(frozen=True)
class Desk:
    """What all portfolios are hedged with; it can be sent to a process.

    ``units`` are by the instruments' numbers, ``markets`` by base currency; ``asked``
    and ``scenarios`` are for portfolios that are asked by themselves.
    """

    asked: AskedHedge
    scenarios: tuple[Scenario, ...]
    target: HedgeTarget
    families: tuple[str, ...]
    plan: tuple[Planned, ...]
    units: dict[int, Unit]
    markets: dict[str | None, Market]


Portfolios = Sequence[Breaching | Apart]
Hedging = tuple[HedgedPortfolio, ...]


def breaching(
    engine: Engine, rows: Frame, held: Held, names: Iterable[str]
) -> list[Breaching]:
    """Return portfolios with their positions, in the order of their names.

    Parameters
    ----------
    engine
        What works the rows out.
    rows
        Described rows of the book.
    held
        What the book holds.
    names
        Of the portfolios.
    """
    wanted = engine.put(pa.table({PORTFOLIO: pa.array(sorted(names), pa.string())}))
    own = rows.join(wanted, on=PORTFOLIO, how="inner")
    found = work.numbered(engine, own, held)
    known = found.collect_schema().names()
    columns = [PORTFOLIO, POSITION, INSTRUMENT, "amount", "quantity", "price"]
    table = engine.collect(found.select(*(c for c in columns if c in known)))
    by = [c for c in (PORTFOLIO, POSITION, INSTRUMENT, "amount") if c in known]
    if POSITION in known:
        # p2 comes before p10, as it mostly does in a file.
        table = table.append_column("size", pc.utf8_length(table.column(POSITION)))
        by.insert(1, "size")
    table = table.sort_by([(name, "ascending") for name in by])
    return [_breaching(own) for own in _by_portfolio(table)]


def _by_portfolio(table: pa.Table) -> Iterator[pa.Table]:
    names = table.column(PORTFOLIO).to_numpy(zero_copy_only=False)
    first = [n for n in range(len(names)) if n == 0 or names[n] != names[n - 1]]
    for start, end in zip(first, [*first[1:], len(names)], strict=True):
        yield table.slice(start, end - start)


def _breaching(own: pa.Table) -> Breaching:
    def numbers(name: str) -> Floats:
        if name not in own.column_names:
            return np.full(len(own), np.nan)
        made: Floats = own.column(name).cast(pa.float64()).to_numpy()
        return made

    ids = own.column(POSITION).to_pylist() if POSITION in own.column_names else []
    number = own.column(INSTRUMENT).fill_null(rowwise.UNKNOWN)
    return Breaching(
        portfolio=own.column(PORTFOLIO)[0].as_py(),
        ids=tuple(own or f"p{n}" for n, own in enumerate(ids or [""] * len(own), 1)),
        number=number.to_numpy().astype(np.int64),
        amount=np.nan_to_num(numbers("amount")),
        quantity=numbers("quantity"),
        price=numbers("price"),
    )


def desk_of(
    found: Sequence[Breaching],
    asked: AskedHedge,
    files: Files,
    scenarios: Sequence[Scenario],
    held: Held,
    instruments: Instruments | None,
) -> Desk:
    """Make what all portfolios share, of the instruments that they hold.

    Parameters
    ----------
    found
        The portfolios.
    asked
        What to search for; of its families those that are linear programs.
    files
        What the book is read and placed with.
    scenarios
        The scenario that hedges are for, and further ones.
    held, instruments
        What the book holds, read, placed and priced; None where nothing is.

    Raises
    ------
    InputError
        If the mandate has no family that is a linear program.
    FactorError
        If an event of the library cannot be read.
    """
    families = tuple(f for f in LINEAR if f in asked.families)
    if not families:
        raise InputError(
            f"The mandate {asked.mandate.name} has no family that many portfolios are "
            "hedged with.",
            hint=f"Give one that allows {' or '.join(LINEAR)}.",
            code="family",
        )
    main, *more = scenarios
    plan = (
        *planned(main, [(s.label or s.factor.id, s) for s in more]),
        *days_of(main.factor, asked.factors),
    )
    units: dict[int, Unit] = {}
    if instruments is not None:
        units = _units(found, files, plan, held, instruments)
    tradables = load_tradables(asked.instruments, asked.factors)
    allowed, _ = allowed_by(asked.mandate, tradables)
    markets = {
        base: market_of(
            allowed, asked.mandate, [p.scenario for p in plan], base, map_exposures
        )
        for base in dict.fromkeys(u.context[0] for u in units.values())
    }
    target = load_target(asked.target, asked.mandate)
    given = replace(asked, instruments=tradables)
    return Desk(given, tuple(scenarios), target, families, plan, units, markets)


def _units(
    found: Sequence[Breaching],
    files: Files,
    plan: Sequence[Planned],
    held: Held,
    instruments: Instruments,
) -> dict[int, Unit]:
    """Value one of each instrument in every scenario of a plan."""
    needed = set(np.concatenate([b.number for b in found]).tolist()) if found else set()
    by_context: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    for n, number in enumerate(instruments.number.tolist()):
        if number in needed:
            by_context[held.instruments[number].of.context].append(n)
    units = {}
    for context, at in by_context.items():
        whole = instruments.wholes[context]
        positions = tuple(instruments.positions[n] for n in at)
        portfolio = replace(whole, positions=positions)
        factor = plan[0].scenario.factor
        rows = tuple(instruments.exposures[n] for n in at)
        exposures = Exposures(segments=factor.chain.segment_ids, rows=rows)
        base = instruments.base[at]
        tables = {key_of(factor): Table(portfolio, exposures, factor, base)}
        pnls = []
        for _, _, scenario in plan:
            factor = scenario.factor
            if key_of(factor) not in tables:
                placed = files.place(portfolio, factor)
                tables[key_of(factor)] = Table(portfolio, placed, factor, base)
            stressed = Stressed(
                tables[key_of(factor)], scenario, portfolio.base_currency
            )
            pnls.append(stressed.projection.pnl)
        by_unit = np.ascontiguousarray(np.array(pnls).T)
        for n, position, e, own in zip(at, positions, rows, by_unit, strict=True):
            units[int(instruments.number[n])] = Unit(
                position=position,
                exposure=e,
                pnls=own,
                context=(whole.base_currency, whole.as_of),
                rate=whole.fx.get(position.currency or ""),
            )
    return units


def hedged(
    found: Portfolios,
    desk: Desk,
    *,
    jobs: int = 1,
    spread: Callable[
        [Callable[[Breaching | Apart], Hedging], Portfolios], Iterable[Hedging]
    ]
    | None = None,
) -> Iterator[HedgedPortfolio]:
    """Yield what every family suggests for every portfolio, as they are done.

    Parameters
    ----------
    found
        The portfolios.
    desk
        What they are hedged with.
    jobs
        How many at a time, each in a process that may die.
    spread
        Does the work elsewhere: called with what is to be done with a portfolio and
        with all of them, both of which can be pickled; on Spark ``lambda work, all:
        context.parallelize(all).map(work).toLocalIterator()``.
    """
    work = partial(hedge_one, desk)
    if spread is None:
        done: Iterable[Hedging] = each(work, partial(_died, desk), found, jobs)
    else:
        done = spread(work, found)
    for own in done:
        yield from own


def hedge_one(desk: Desk, one: Breaching | Apart) -> Hedging:
    """Return what every family suggests for a portfolio; it raises nothing."""
    try:
        question = (
            question_alone(desk, one)
            if isinstance(one, Apart)
            else question_for(desk, one)
        )
        return tuple(
            _suggested(question, one.portfolio, family) for family in desk.families
        )
    except StresskitError as error:
        return _without(desk, one, str(error), error.hint)
    except Exception as error:  # noqa: BLE001 - one portfolio may not stop the others
        what = f"stresskit made a mistake ({type(error).__name__}: {error})."
        return _without(desk, one, what, "Please report it, with this portfolio.")


def _died(desk: Desk, one: Breaching | Apart) -> Hedging:
    return _without(
        desk,
        one,
        "The process that looked for its hedges was ended.",
        "Run it again; with too little memory, with fewer --jobs.",
    )


def _without(desk: Desk, one: Breaching | Apart, message: str, fix: str) -> Hedging:
    return tuple(
        HedgedPortfolio(one.portfolio, family, message=message, fix=fix)
        for family in desk.families
    )


def _suggested(question: HedgeQuestion, portfolio: str, family: str) -> HedgedPortfolio:
    hedge, issues = searched(question, family)
    return HedgedPortfolio(
        portfolio,
        family,
        currency=question.result.currency,
        hedge=hedge,
        message=" ".join(i.message for i in issues),
        fix=" ".join(i.fix for i in issues),
    )


def question_for(desk: Desk, one: Breaching) -> HedgeQuestion:
    """Return what a single run would ask of a portfolio's hedges.

    Raises
    ------
    InputError
        If only a single run can tell what an instrument is, or its positions are not
        of one base currency and day.
    """
    missing = [n for n in one.number.tolist() if n not in desk.units]
    if missing or not len(one.number):
        raise InputError(
            "What some of its positions are hangs on the others: it must be run by "
            "itself.",
            hint="Run stresskit stress with its holdings and the mandate.",
            code="apart",
        )
    units = [desk.units[n] for n in one.number.tolist()]
    contexts = {u.context for u in units}
    if len(contexts) > 1:
        raise InputError(
            "Its positions are not of one base currency and day.",
            hint="Give all of them the same base_currency and as_of.",
            code="context",
        )
    ((base, day),) = contexts
    portfolio = Portfolio(
        name=one.portfolio,
        positions=_positions(units, one),
        base_currency=base,
        as_of=day,
        fx={
            str(u.position.currency): u.rate
            for u in units
            if u.rate is not None and u.position.currency != base
        },
    )
    main = desk.plan[0].scenario
    pairs = zip(units, one.ids, one.amount.tolist(), strict=True)
    rows = tuple(_exposure(u.exposure, own, amount) for u, own, amount in pairs)
    exposures = Exposures(segments=main.factor.chain.segment_ids, rows=rows)
    result = stress(portfolio, exposures, main)
    pnls = np.array([u.pnls for u in units]).T * one.amount
    pnls[0] = [r.pnl for r in result.by_position]
    sums = [result.pnl, *pnls[1:].sum(axis=1).tolist()]
    # What is worth nothing loses nothing: no share of it is asked for.
    value = scale_of(result) or 1.0
    return HedgeQuestion(
        result=result,
        mandate=desk.asked.mandate,
        target=desk.target,
        value=value,
        scenarios=tuple(p.with_pnl(x) for p, x in zip(desk.plan, sums, strict=True)),
        pnls=pnls,
        instruments=desk.markets[base].seen_by(result, value),
        further=False,
    )


def question_alone(desk: Desk, one: Apart) -> HedgeQuestion:
    """Return what a single run asks of a portfolio's hedges.

    Raises
    ------
    HoldingsError, MappingError
        If its holdings cannot be read or placed.
    """
    files, (main, *more) = one.files, desk.scenarios
    portfolio = files.read(one.holdings)
    places = placed(files, portfolio, desk.scenarios)
    result = answered(portfolio, places, main, tuple(more), limit=None, draws=False)
    asked = desk.asked
    question, _, _ = question_of(
        result,
        asked.mandate,
        desk.target,
        asked.instruments or (),
        families=desk.families,
        place=partial(files.place, portfolio),
        factors=asked.factors,
    )
    return replace(question, further=False)


def _positions(units: Sequence[Unit], one: Breaching) -> tuple[Position, ...]:
    """Return positions of the amounts; what rows state of their number stands."""
    known = [f.name for f in fields(Position)]
    columns = {name: [getattr(u.position, name) for u in units] for name in known}
    amounts = one.amount.tolist()
    for name in ("quantity", "market_value", "local_value", "exposure", "weight"):
        pairs = zip(columns[name], amounts, strict=True)
        columns[name] = [None if x is None else x * a for x, a in pairs]
    for name, stated in (("quantity", one.quantity), ("price", one.price)):
        own = zip(columns[name], stated.tolist(), strict=True)
        columns[name] = [
            x if x is not None or math.isnan(also) else also for x, also in own
        ]
    columns["id"] = list(one.ids)
    return tuple(made_of_columns(Position, dict(columns), len(units)))


def _exposure(unit: Exposure, own: str, amount: float) -> Exposure:
    made = unit.of(own)
    if made.option is None or not made.option.units:
        return made
    return replace(made, option=replace(made.option, units=made.option.units * amount))


def table_of(found: Iterable[HedgedPortfolio]) -> pa.Table:
    """Return hedges with a row per order, sorted by portfolio and family.

    Charges per order are in the orders' costs: costs and P&L of a hedge add up to its
    own. A hedge without orders is a row without an instrument.
    """
    rows: list[dict[str, object]] = []
    for one in sorted(found, key=lambda h: (h.portfolio, h.family)):
        own: dict[str, object] = {
            "portfolio": one.portfolio,
            "family": one.family,
            "status": one.status,
            "residual_pnl": one.hedge.residual_pnl if one.hedge else None,
            "currency": one.currency,
        }
        legs = one.hedge.legs if one.hedge else ()
        charged = sum(leg.kind != "cash" for leg in legs)
        for leg in legs:
            fee = one.hedge.ticket_cost / charged if leg.kind != "cash" else 0.0  # type: ignore[union-attr]
            rows.append(
                {
                    **own,
                    "instrument": leg.instrument,
                    "side": leg.side,
                    "quantity": leg.quantity,
                    "notional": leg.notional,
                    "cost": leg.cost + fee,
                    "hedge_pnl": leg.pnl,
                }
            )
        if not legs:
            rows.append(own)
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def with_run(table: pa.Table, run_id: str) -> pa.Table:
    """Return a table that says in every row which run it is of."""
    return table.add_column(0, "run_id", pa.array([run_id] * len(table), pa.string()))


def suggestions(found: Iterable[HedgedPortfolio]) -> dict[str, tuple[str, float]]:
    """Return by portfolio what is suggested, and the P&L that is left after it.

    The cheapest that reaches the target, else the one that leaves least to lose; no
    one where nothing is traded.
    """
    real: dict[str, list[Hedge]] = defaultdict(list)
    for one in found:
        if one.hedge is not None and one.hedge.legs:
            real[one.portfolio].append(one.hedge)
    best = {}
    for name, hedges in sorted(real.items()):
        reached = [h for h in hedges if h.status == OPTIMAL]
        if reached:
            chosen = min(reached, key=lambda h: h.cost)
        else:
            chosen = max(hedges, key=lambda h: h.residual_pnl)
        best[name] = chosen.title, chosen.residual_pnl
    return best
