"""StressResult -> HedgePlan: what the mandate allows, valued in every scenario."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar

import numpy as np

from stresskit.core.hedge.question import index_of, is_line_of
from stresskit.core.record import instruments_hash
from stresskit.errors import ComputationError, HedgeInfeasible, InputError
from stresskit.hedgers.others import wrong_hedge
from stresskit.model import (
    HedgePlan,
    HedgeTarget,
    Instrument,
    Issue,
    Mandate,
    PlanScenario,
    Scenario,
)
from stresskit.plugins import make_hedgers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray
    from threadpoolctl import ThreadpoolController

    from stresskit.core.hedge.market import Market
    from stresskit.core.hedge.question import HedgeQuestion, Ticket
    from stresskit.model import (
        Exposures,
        Factor,
        Hedge,
        StressResult,
        Tradable,
    )
    from stresskit.model.plugin import Plugin
    from stresskit.plugins import Hedger

    Floats = NDArray[np.float64]

P = ParamSpec("P")
T = TypeVar("T")
SEVERITIES = (0.5, 1.5, 2.0)
MANDATES, INSTRUMENTS = "mandates", "instruments"
NO_VOLUME = "Without a value or a rate of the dollar no volume limits an order."


def _on_one_thread(search: Callable[P, T]) -> Callable[P, T]:
    """Let sums be taken in one order, however many processors there are.

    Solvers stop within their tolerance; where they stop hangs on the last bits of what
    they are given, and a command and a service would find other figures.
    """

    @wraps(search)
    def found(*given: P.args, **named: P.kwargs) -> T:
        # What is not loaded yet is not held to one thread.
        import scipy.linalg  # noqa: F401
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=1):
            return search(*given, **named)

    return found


@_on_one_thread
def hedge(  # noqa: PLR0913 - a keyword for each option of the command
    result: StressResult,
    *,
    target: float | str | HedgeTarget | None = None,
    mandate: str | Path | Mandate | None = None,
    instruments: str | Path | Sequence[Tradable] | None = None,
    place: Callable[[Factor], Exposures] | None = None,
    robust: str | None = None,
    families: Sequence[str] = (),
    factors: str | Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> HedgePlan:
    """Suggest what could be done about the loss, within a mandate.

    A family that cannot reach the target within its limits is shown with the most it
    can reach, and an issue says which limit binds and what moving it would buy.

    Parameters
    ----------
    target
        Share of the loss to take away, after cost (0.5 halves it), or a text such as
        ``250000`` or ``floor=4%``; None takes the mandate's.
    mandate
        A mandate, its file, or the name of a shipped one; None allows every family.
    instruments
        A table of instruments of your own (CSV), or tradables; None takes those
        shipped.
    place
        Places the portfolio for an event of the library, where files of the user go
        into that; without, a portfolio placed with such files is not valued on these
        days.
    robust
        ``budget`` or ``ellipsoid`` asks for a hedge that reaches the target though
        instruments deliver less; None takes the mandate's.
    families
        Only these, of those the mandate has.
    factors
        A folder with factors of your own.
    progress
        Called with the title of each family before it is searched.

    Raises
    ------
    InputError
        If the target, the mandate or the instruments cannot be used.
    ComputationError
        If a solver fails.
    """
    found = load_mandate(mandate, factors=factors)
    if robust is not None:
        found = replace(found, robust=robust)
    asked = load_target(target, found)
    if asked.kind == "money" and result.currency is None:
        raise InputError(
            "An amount cannot be taken away from a portfolio of weights.",
            hint="Give a share (--hedge-target 50%), or what it is worth (--value).",
            code="hedge-target",
        )
    hedgers = make_hedgers()
    chosen = checked_families(families, found)
    tradables = load_tradables(instruments, factors)
    question, left_out, issues = question_of(
        result,
        found,
        asked,
        tradables,
        families=chosen,
        place=place,
        factors=factors,
    )
    issues += hedgers.issues
    hedges = []
    for plugin, hedger in hedgers.things:
        if hedger.family not in chosen:
            continue
        if progress is not None:
            progress(hedger.family)
        suggested, noted = _suggested(plugin, hedger, question)
        hedges += [] if suggested is None else [suggested]
        issues += noted
    issues += _words_of(question, hedges, tradables)
    return HedgePlan(
        result=result,
        target=question.share if question.loss > 0 else _share_of(asked),
        hedges=tuple(hedges),
        instruments=question.instruments,
        issues=tuple(issues),
        mandate=found,
        asked=asked,
        scenarios=question.scenarios,
        left_out=left_out,
        value=question.value,
        families=chosen,
        instruments_sha256=instruments_hash(tradables),
    )


def load_mandate(
    mandate: str | Path | Mandate | None, *, factors: str | Path | None = None
) -> Mandate:
    """Return a mandate by its file or the name of a shipped one; None allows all.

    Raises
    ------
    InputError
        If there is none, or it cannot hold.
    """
    from stresskit.readers.mandate import read_mandate

    if mandate is None:
        return Mandate()
    if isinstance(mandate, Mandate):
        return mandate
    text = str(mandate)
    known = mandate_files(factors=factors)
    if text in known:
        return read_mandate(known[text])
    if not text.endswith(".toml") and not Path(text).is_file():
        raise InputError(
            f"There is no mandate {text!r}.",
            hint=f"Give a TOML file, or one of: {', '.join(known)}.",
            code="mandate",
        )
    return read_mandate(Path(text))


def mandate_files(*, factors: str | Path | None = None) -> dict[str, Path]:
    """Return the files of the mandates that ship, and of a folder's own, by name."""
    from stresskit.factors.folders import search_folders

    found: dict[str, Path] = {}
    for folder in search_folders(Path(factors) if factors else None):
        for path in sorted((folder / MANDATES).glob("*.toml")):
            found.setdefault(path.stem, path)
    return found


def load_target(
    target: float | str | HedgeTarget | None, mandate: Mandate
) -> HedgeTarget:
    """Return how much of a loss to take away; None takes the mandate's.

    Raises
    ------
    InputError
        If a text is no target.
    """
    from stresskit.readers.mandate import read_target

    if target is None:
        return mandate.target
    if isinstance(target, HedgeTarget):
        return target
    if isinstance(target, str):
        return read_target(target)
    return HedgeTarget(kind="share", value=float(target))


def checked_families(families: Sequence[str], mandate: Mandate) -> tuple[str, ...]:
    """Return the families to search: those asked for, else the mandate's.

    Families of plugins are in no mandate, and are searched where there is none.

    Raises
    ------
    InputError
        If one is not known, or the mandate does not allow it.
    """
    from stresskit.model.mandate import FAMILIES

    own = tuple(h.family for p, h in make_hedgers().things if not p.built_in)
    every = (*FAMILIES, *own)
    odd = [f for f in families if f not in every]
    if odd:
        raise InputError(
            f"There is no family of hedges {odd[0]!r}.",
            hint=f"Families: {', '.join(every)}.",
            code="family",
        )
    usual = mandate.name == Mandate().name
    barred = [f for f in families if f not in mandate.families and not usual]
    if barred:
        raise InputError(
            f"The mandate {mandate.name} does not allow the family {barred[0]!r}.",
            hint=f"It allows: {', '.join(mandate.families)}.",
            code="family",
        )
    return tuple(families) or (*mandate.families, *(own if usual else ()))


def load_tradables(
    given: str | Path | Sequence[Tradable] | None, factors: str | Path | None
) -> tuple[Tradable, ...]:
    """Return instruments by their table, or those shipped.

    Raises
    ------
    InputError
        If a table cannot be read.
    """
    from stresskit.factors.folders import search_folders
    from stresskit.readers.instruments import read_instruments

    if given is None:
        for folder in search_folders(Path(factors) if factors else None):
            path = folder / INSTRUMENTS / "instruments.csv"
            if path.is_file():
                return read_instruments(path)
        return ()
    if isinstance(given, str | Path):
        return read_instruments(Path(given))
    return tuple(given)


def _share_of(asked: HedgeTarget) -> float:
    return asked.value if asked.kind == "share" else 0.0


def _infeasible(error: HedgeInfeasible) -> Issue:
    return Issue(
        code=error.code, severity="warning", message=str(error), fix=error.hint
    )


def _failed(question: HedgeQuestion, family: str, error: ComputationError) -> Hedge:
    """Return a suggestion without legs for a family whose solver failed."""
    from stresskit.hedgers.record import unhedged

    title = family.capitalize()
    return unhedged(question, family, title, "infeasible", f"No answer: {error}")


def _not_solved(family: str, error: ComputationError) -> Issue:
    return Issue(
        code="hedge-failed",
        severity="warning",
        message=f"The family {family} has no answer: {error}",
        fix=error.hint or f"Leave it out (--family), or loosen the limits of {family}.",
    )


def _words_of(
    question: HedgeQuestion, hedges: list[Hedge], tradables: Sequence[Tradable]
) -> list[Issue]:
    """Say which words of the mandate match nothing, and which orders lack a price."""
    m, found = question.mandate, []
    listed = {w for t in tradables for w in (t.ticker, t.key, t.isin) if w}
    unknown = [w for w in (*m.include, *m.exclude) if w not in listed]
    unknown += [w for w in m.restricted if not question.is_name_held(w)]
    if unknown:
        found.append(
            Issue(
                code="mandate-names",
                severity="warning",
                message=f"The mandate names {', '.join(unknown)}: no instrument is "
                "called so, and no holding.",
                fix="Write tickers, ISINs or names as the holdings and the table of "
                "instruments have them.",
            )
        )
    lacking = {
        leg.instrument
        for h in hedges
        for leg in h.legs
        if leg.quantity is None and leg.kind != "cash"
    }
    if lacking and question.result.currency is not None:
        found.append(
            Issue(
                code="hedge-price",
                severity="info",
                message=f"No price or rate of {', '.join(sorted(lacking))}: these "
                "orders are amounts, not numbers of units.",
                fix="Give their prices in a table of your own (--instruments FILE), "
                "and rates with --fx.",
            )
        )
    return found


def _suggested(
    plugin: Plugin, hedger: Hedger, question: HedgeQuestion
) -> tuple[Hedge | None, list[Issue]]:
    """Ask a family; its failure does not take the others' answers away."""
    try:
        found = hedger.hedge(question)
        wrong = "" if plugin.built_in else wrong_hedge(found, hedger.family, question)
        if not wrong:
            return found, []
    except HedgeInfeasible as error:
        return error.best, [_infeasible(error)]
    except ComputationError as error:
        failed = _failed(question, hedger.family, error)
        return failed, [_not_solved(hedger.family, error)]
    except Exception as error:
        if plugin.built_in:
            raise
        wrong = f"raises {error!r}"
    what = f"failed for its family {hedger.family}: it {wrong}."
    return None, [plugin.issue(what)]


def searched(
    question: HedgeQuestion, family: str
) -> tuple[Hedge | None, tuple[Issue, ...]]:
    """Return what one family suggests, and why it does not reach what is asked."""
    (found,) = (x for x in _hedgers() if x[1].family == family)
    with _threads().limit(limits=1):
        suggested, issues = _suggested(*found, question)
    return suggested, tuple(issues)


@cache
def _hedgers() -> tuple[tuple[Plugin, Hedger], ...]:
    return tuple(make_hedgers().things)


@cache
def _threads() -> ThreadpoolController:
    """Return what holds sums to one thread, found once: that takes milliseconds."""
    import scipy.linalg  # noqa: F401
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


# Scenarios -------------------------------------------------------------------


@dataclass(frozen=True)
class _Case:
    """One scenario of the plan with every position's P&L in it."""

    plan: PlanScenario
    pnls: Floats


class Planned(NamedTuple):
    """A scenario of a plan, before what a portfolio makes in it is known."""

    label: str
    kind: str
    scenario: Scenario

    def with_pnl(self, pnl: float) -> PlanScenario:
        """Return it as a plan has it."""
        return PlanScenario(**self._asdict(), pnl=pnl)


def planned(main: Scenario, more: Iterable[tuple[str, Scenario]]) -> list[Planned]:
    """Return the scenario itself, harder and milder ones, those asked of its factor.

    Parameters
    ----------
    main
        What hedges are for.
    more
        Labels and scenarios that were asked for besides.
    """
    found = [Planned("this scenario", "target", main)]
    for severity in SEVERITIES:
        asked = replace(main, severity=severity, label=f"severity {severity:g}")
        if severity != main.severity:
            found.append(Planned(asked.label, "severity", asked))
    done = {_sameness(p.scenario) for p in found}
    for label, asked in more:
        if _sameness(asked) in done or asked.factor.id != main.factor.id:
            continue
        done.add(_sameness(asked))
        found.append(Planned(label, "asked", asked))
    return found


def days_of(main: Factor, factors: str | Path | None) -> list[Planned]:
    """Return the measured events of the library on the same chain, as they happened.

    Raises
    ------
    FactorError
        If one cannot be read.
    """
    from stresskit.factors import list_factors, load_factor

    folder = Path(factors) if factors else None
    found = []
    for listed in list_factors(factors=folder):
        name = str(listed["id"])
        same = listed["value_chain"] == main.chain.id
        if not same or listed["basis"] or listed["expert_set"] or name == main.id:
            continue
        factor = load_factor(name, factors=folder)
        if factor.chain.sha256 == main.chain.sha256:
            found.append(
                Planned(name, "day", Scenario(factor, mode="replay", label=name))
            )
    return found


def _cases(
    result: StressResult,
    place: Callable[[Factor], Exposures] | None,
    factors: str | Path | None,
) -> tuple[list[_Case], list[Issue]]:
    """Value the portfolio in every scenario of a plan."""
    main = result.scenario
    table = _table(result, result.exposures, main.factor)
    known = {id(m.scenario): m for m in result.scenarios}
    cases = []
    for p in planned(main, [(m.label, m.scenario) for m in result.scenarios]):
        more = known.get(id(p.scenario))
        if p.kind == "target":
            cases.append(_Case(p.with_pnl(result.pnl), _main(result)))
        elif more is not None:
            cases.append(_Case(p.with_pnl(more.pnl), np.array(more.by_position)))
        else:
            cases.append(_case(table, p, result))
    days, issues = _days(result, place, factors)
    return [*cases, *days], issues


def _sameness(s: Scenario) -> tuple[Any, ...]:
    moves = (*s.shocks.items(), *s.fx.items(), *s.other_moves.items())
    return (s.factor.id, s.factor.revision, s.severity, s.mode, s.day, s.market, moves)


def _main(result: StressResult) -> Floats:
    return np.array([r.pnl for r in result.by_position])


def _table(result: StressResult, exposures: Exposures, factor: Factor) -> Any:
    from stresskit.core.stress.table import Table

    base = np.array([r.base_value for r in result.by_position], dtype=np.float64)
    return Table(result.portfolio, exposures, factor, base)


def _case(table: Any, planned: Planned, result: StressResult) -> _Case:
    from stresskit.core.stress.stressed import Stressed

    stressed = Stressed(table, planned.scenario, result.portfolio.base_currency)
    return _Case(planned.with_pnl(stressed.pnl), stressed.projection.pnl)


def _days(
    result: StressResult,
    place: Callable[[Factor], Exposures] | None,
    factors: str | Path | None,
) -> tuple[list[_Case], list[Issue]]:
    """Value the portfolio on the days of the library."""
    from stresskit.mapping import map_exposures

    own = bool(result.exposures.inputs or result.exposures.overrides)
    days = days_of(result.scenario.factor, factors)
    if place is None and own and days:
        return [], [_not_valued([p.label for p in days])]
    cases = []
    for p in days:
        factor = p.scenario.factor
        exposures = place(factor) if place else map_exposures(result.portfolio, factor)
        cases.append(_case(_table(result, exposures, factor), p, result))
    return cases, []


def _not_valued(missing: list[str]) -> Issue:
    return Issue(
        code="hedge-days",
        severity="warning",
        message=f"Hedges are not valued on {', '.join(missing)}: the portfolio was "
        "placed with files of yours, and not for these events.",
        fix="Give place=lambda factor: map_exposures(portfolio, factor, ...); the "
        "command does so by itself.",
    )


# Instruments -----------------------------------------------------------------


def question_of(
    result: StressResult,
    mandate: Mandate,
    asked: HedgeTarget,
    tradables: Sequence[Tradable],
    *,
    families: Sequence[str] = (),
    place: Callable[[Factor], Exposures] | None = None,
    factors: str | Path | None = None,
) -> tuple[HedgeQuestion, dict[str, str], list[Issue]]:
    """Return what every hedger is asked, what was left out and why, and issues.

    The portfolio and the universe are valued in every scenario here, once for all
    families.

    Raises
    ------
    FactorError
        If an event of the library cannot be read.
    """
    from stresskit.core.hedge.market import dollar_rate, market_of
    from stresskit.core.hedge.question import HedgeQuestion
    from stresskit.mapping import map_exposures

    value = scale_of(result)
    families = tuple(families) or mandate.families
    allowed, left_out = allowed_by(mandate, tradables)
    needed = bool(set(families) - {"nothing"}) and result.pnl < 0 and value > 0
    if not needed:
        plain = planned(result.scenario, ())[0]
        question = HedgeQuestion(
            result=result,
            mandate=mandate,
            target=asked,
            value=value or 1.0,
            scenarios=(plain.with_pnl(result.pnl),),
            pnls=_main(result)[None, :],
            instruments=(),
        )
        return question, left_out, []
    cases, issues = _cases(result, place, factors)
    market = market_of(
        allowed,
        mandate,
        [c.plan.scenario for c in cases],
        result.portfolio.base_currency,
        map_exposures,
    )
    left_out |= market.left_out
    found = market.seen_by(result, value)
    if not found and set(families) - {"nothing", "trim", "rotation"}:
        issues.append(_nothing_known(left_out))
    if result.currency is None or dollar_rate(result) is None:
        issues.append(Issue(code="hedge-volume", severity="info", message=NO_VOLUME))
    question = HedgeQuestion(
        result=result,
        mandate=mandate,
        target=asked,
        value=value,
        scenarios=tuple(c.plan for c in cases),
        pnls=np.array([c.pnls for c in cases]),
        instruments=found,
    )
    if "options" in families:
        packages = _packages(question, market)
        question = replace(question, options=packages)
    return question, left_out, issues


def scale_of(result: StressResult) -> float:
    """Return the money that shares refer to: the value, or the gross if none."""
    gross = sum(abs(r.stressed_exposure) for r in result.by_position)
    return result.base_value if result.base_value > 0 else gross


def allowed_by(
    mandate: Mandate, tradables: Sequence[Tradable]
) -> tuple[list[Tradable], dict[str, str]]:
    """Return what the mandate allows, and why the rest is left out."""
    allowed, left_out = [], {}
    for t in tradables:
        names = {t.ticker, t.key, t.isin}
        if t.kind not in mandate.kinds and not (
            t.options and "option" in mandate.kinds
        ):
            left_out[t.key] = f"the mandate allows no {t.kind}"
        elif mandate.ucits and not t.ucits and not t.options:
            left_out[t.key] = "no UCITS"
        elif mandate.include and not names & set(mandate.include):
            left_out[t.key] = "not in the mandate's universe"
        elif names & set(mandate.exclude):
            left_out[t.key] = "excluded by the mandate"
        else:
            allowed.append(_within(t, mandate))
    return allowed, left_out


def _within(t: Tradable, mandate: Mandate) -> Tradable:
    """Take away what the mandate does not allow of an instrument."""
    listed = t.kind in mandate.kinds and (t.ucits or not mandate.ucits)
    return replace(
        t,
        short=t.short and listed and mandate.short > 0,
        buy=t.buy and listed,
        options=t.options and "option" in mandate.kinds,
    )


def _nothing_known(left_out: dict[str, str]) -> Issue:
    reasons: dict[str, int] = {}
    for reason in left_out.values():
        reasons[reason] = reasons.get(reason, 0) + 1
    said = "; ".join(f"{count} {reason}" for reason, count in reasons.items())
    return Issue(
        code="hedge-universe",
        severity="warning",
        message=f"No instrument can be used: {said or 'the universe is empty'}.",
        fix="Widen the mandate's universe, or give instruments of your own "
        "(--instruments FILE) with what they are on (column of).",
    )


# Options ---------------------------------------------------------------------


def _packages(question: HedgeQuestion, market: Market) -> tuple[Ticket, ...]:
    """Return puts, put spreads and collars on what has listed options and falls."""
    from stresskit.core.hedge.instruments import (
        CALL_STRIKE,
        MONEYNESS,
        MONTHS,
        SPREAD_WIDTH,
        Wanted,
        quotes,
        smile,
    )
    from stresskit.core.hedge.question import Ticket, TicketLeg

    at = {p.id: n for n, p in enumerate(market.units.positions)}
    held = _held_of(question)
    wanted: list[Wanted] = []
    plans: list[tuple[str, Instrument, list[tuple[int, str]], float]] = []

    def want(i: Instrument, strike: float, years: float, *, call: bool = False) -> int:
        vol = smile(i.volatility, strike)
        one = Wanted(at[i.data.key], call, strike, years, vol)
        if one not in wanted:
            wanted.append(one)
        return wanted.index(one)

    for i in question.instruments:
        if not (i.data.options and i.local_return < 0):
            continue
        cap = question.cap_of(i)
        for months in MONTHS:
            years = months / 12
            for k in MONEYNESS:
                put = want(i, k, years)
                name = f"{i.ticker} {k:.0%} {months}m"
                plans.append((f"put {name}", i, [(put, "buy")], cap))
                low = want(i, k - SPREAD_WIDTH, years)
                legs = [(put, "buy"), (low, "short")]
                plans.append((f"put spread {name}", i, legs, cap))
                mine = held.get(i.data.key, 0.0)
                if mine > 0:
                    call = want(i, CALL_STRIKE, years, call=True)
                    legs = [(put, "buy"), (call, "short")]
                    plans.append((f"collar {name}", i, legs, min(cap, mine)))
    found = quotes(wanted, market.units, market.placed, question.mandate.horizon)
    tickets = []
    for key, i, parts, cap in plans:
        paid = sum(found[n].carry for n, side in parts if side == "buy")
        earned = sum(found[n].carry for n, side in parts if side != "buy")
        credit = min(1.0, paid / earned) if earned > 0 else 1.0
        legs_ = tuple(TicketLeg(i, side, found[n], credit) for n, side in parts)
        tickets.append(Ticket(key, legs_, cap, index_of(i)))
    return tuple(tickets)


def _held_of(question: HedgeQuestion) -> dict[str, float]:
    """Return what the portfolio holds of each instrument itself, share of the value."""
    found: dict[str, float] = {}
    base = question.result.portfolio.base_currency
    for i in question.instruments:
        rows = question.result.by_position
        same = [r for r in rows if r.exposure.issuer == i.exposure.issuer]
        # Where calls are written on it already, what is free is not known.
        if any(r.exposure.option and r.base_value < 0 for r in same):
            continue
        mine = sum(
            r.base_value
            for r in rows
            if r.base_value > 0 and is_line_of(i.data, i.exposure, r, base)
        )
        if mine:
            found[i.data.key] = mine / question.value
    return found
