"""What is asked, made into scenarios: single shocks, sets by name, other factors."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from stresskit.core.identifiers import CURRENCIES
from stresskit.errors import FactorError, InputError
from stresskit.factors import list_factors, load_factor
from stresskit.factors.folders import is_file
from stresskit.model import MARKET, Factor, Scenario
from stresskit.readers.scenarios import (
    SETS,
    SETTINGS,
    AskedScenario,
    read_scenario,
    read_scenario_set,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from stresskit.model.scenario import Mode, OtherMode

SEVERITIES = (0.5, 1.0, 1.5, 2.0)


def with_shocks(scenario: Scenario, moves: Mapping[str, float]) -> Scenario:
    """Return the scenario with single shocks of the user's in place of its own.

    Names are those of segments (id or title), MARKET, other factors, or currencies
    (against the base currency; FX_EUR is against the dollar).

    Raises
    ------
    InputError
        If a name is none of these, or two contradict each other.
    """
    factor = scenario.factor
    segments = {s.id.upper(): s.id for s in factor.chain.segments}
    segments |= {s.title.upper(): s.id for s in factor.chain.segments}
    others = {f.id for f in factor.others.factors} if factor.others else set()
    shocks, fx, other = (
        dict(scenario.shocks),
        dict(scenario.fx),
        dict(scenario.other_moves),
    )
    market = scenario.market
    said: dict[str, float] = {}
    for name, value in moves.items():
        upper = segments.get(name.upper(), name.upper())
        if said.get(upper, value) != value:
            raise _contradiction(upper, said[upper], value)
        said[upper] = value
    for name, value in said.items():
        if name == MARKET:
            if market is not None and market != value:
                raise _contradiction("The market", market, value)
            market = value
        elif name in segments.values():
            shocks[name] = value
        elif name in others:
            # A currency is set against the dollar or the base: the last word counts.
            fx.pop(name.removeprefix("FX_"), None)
            other[name] = value
        elif name in CURRENCIES:
            if f"FX_{name}" in said:
                raise _contradiction(name, value, said[f"FX_{name}"])
            other.pop(f"FX_{name}", None)
            fx[name] = value
        else:
            raise _unknown(name, list(factor.chain.segment_ids), sorted(others))
    return replace(scenario, shocks=shocks, fx=fx, other_moves=other, market=market)


def _unknown(name: str, segments: list[str], others: list[str]) -> InputError:
    settings = {s.upper(): f"the setting {s}" for s in SETTINGS}
    near = get_close_matches(name, [*segments, MARKET, *others, *settings], n=1)
    return InputError(
        f"{name!r} is no segment, other factor or currency.",
        hint=(f"Did you mean {settings.get(near[0], near[0])}? " if near else "")
        + f"Segments: {', '.join(segments)}; others: {', '.join([MARKET, *others])}; "
        "currencies by their codes.",
        code="shock",
    )


def _contradiction(name: str, one: float, two: float) -> InputError:
    return InputError(
        f"{name} is set twice, to {one:g} and {two:g}.",
        hint="Say it once.",
        code="contradiction",
    )


def scenario_set(scenario: Scenario, name: str = "severities") -> tuple[Scenario, ...]:
    """Return a set of scenarios of the same factor: ``severities`` or ``path``.

    Severities are 0.5, 1, 1.5 and 2; the path follows the event 0, 1, 5, 10 and 20
    sessions on, as far as the factor goes.

    Raises
    ------
    InputError
        If there is no such set.
    """
    if name == "severities":
        asked = [
            replace(scenario, severity=s, label=f"severity {s:g}") for s in SEVERITIES
        ]
    elif name == "path":
        asked = [replace(scenario, day=d, label=_after(d)) for d in scenario.days]
    else:
        raise InputError(
            f"There is no set of scenarios {name!r}.",
            hint=f"Sets: {', '.join(SETS)}.",
            code="scenario",
        )
    return tuple(s for s in asked if _differs(s, scenario))


def _after(day: int) -> str:
    if day == 0:
        return "the event itself"
    return "1 session later" if day == 1 else f"{day} sessions later"


def _differs(one: Scenario, other: Scenario) -> bool:
    return (one.severity, one.day) != (other.severity, other.day)


def asked_scenarios(
    scenario: Scenario, given: Iterable[str], *, factors: Path | None = None
) -> tuple[Scenario, ...]:
    """Return the scenarios that lines, names of sets and TOML files ask for.

    Parameters
    ----------
    scenario
        The main one: what is not said is as there.
    given
        Each a set by name (``severities``, ``path``, ``variants``, ``library``;
        ``none`` for none), a TOML file, or a line such as
        ``deepseek-overspend,severity=2``.
    factors
        A folder with factors of your own.

    Raises
    ------
    InputError
        If one cannot be read, or two have the same label and differ.
    FactorError
        If a factor is not found.
    """
    made: list[Scenario] = []
    loaded: dict[str, Factor] = {}

    def load(name: str) -> Factor:
        if name not in loaded:
            loaded[name] = load_factor(name, factors=factors)
        return loaded[name]

    for text in given:
        if text == "none":
            continue
        if text in ("severities", "path"):
            made += scenario_set(scenario, text)
        elif text in SETS:
            relatives = _relatives(scenario.factor, text, factors)
            if not relatives:
                raise InputError(
                    f"--scenario {text}: {scenario.factor.id} has none.",
                    hint="Name the scenarios one by one.",
                    code="scenario",
                )
            made += [replace(_plain(scenario, load(i)), label=i) for i in relatives]
        elif is_set(text):
            path = Path(text)
            made += [
                _made(scenario, a, load, f"{path.name}, scenario {n}")
                for n, a in enumerate(read_scenario_set(path), 1)
            ]
        else:
            asked = read_scenario(text)
            made.append(_made(scenario, asked, load, f"--scenario {text}"))
    return _labelled(made)


def is_set(text: str) -> bool:
    """Whether what is asked is a file of scenarios and no line."""
    return text.endswith(".toml") or is_file(Path(text))


def _plain(scenario: Scenario, factor: Factor) -> Scenario:
    """Return another factor's scenario at the same severity and in the same mode."""
    return Scenario(factor, scenario.severity, scenario.mode, others=scenario.others)


def _relatives(factor: Factor, name: str, factors: Path | None) -> list[str]:
    """Return the variants of a factor, or the other events on its value chain."""
    same = [
        f
        for f in list_factors(factors=factors)
        if f["value_chain"] == factor.chain.id and f["id"] != factor.id
    ]
    if name == "library":
        return [f["id"] for f in same if not f["basis"] and not f["expert_set"]]
    of = factor.basis.partition("@")[0] or factor.id
    return [
        f["id"]
        for f in same
        if str(f["basis"]).partition("@")[0] == of and f["expert_set"]
    ]


def _made(
    scenario: Scenario, asked: AskedScenario, load: Callable[[str], Factor], where: str
) -> Scenario:
    """Make one scenario; what is wrong with it is said with its place."""
    try:
        return _made_of(scenario, asked, load)
    except InputError as error:
        hint = error.hint
        if isinstance(error, FactorError) and error.code == "unknown-factor":
            hint += f" Sets of scenarios: {', '.join(SETS)}."
        raise type(error)(f"{where}: {error}", hint=hint, code=error.code) from error


def _made_of(
    scenario: Scenario, asked: AskedScenario, load: Callable[[str], Factor]
) -> Scenario:
    own = scenario.factor
    name, _, revision = asked.factor.partition("@")
    same = name in (own.id, "") and revision in (str(own.revision), "")
    other = asked.factor and not same
    start = _plain(scenario, load(asked.factor)) if other else scenario
    settings: dict[str, Any] = {
        "label": asked.label,
        "severity": start.severity if asked.severity is None else asked.severity,
        "mode": cast("Mode", asked.mode or start.mode),
        "day": start.day if asked.day is None else asked.day,
        "others": cast("OtherMode", asked.others or start.others),
        "drivers": asked.drivers or start.drivers,
    }
    # What this scenario says counts before what the main one does.
    kept = replace(start, **settings)
    if MARKET in asked.moves:
        kept = replace(kept, market=None)
    return with_shocks(kept, asked.moves)


def _labelled(made: list[Scenario]) -> tuple[Scenario, ...]:
    """Give each scenario without one a label, and no label to two."""
    found: dict[str, Scenario] = {}
    for s in made:
        label = s.label or label_of(s)
        if label in found and replace(s, label=label) != found[label]:
            raise InputError(
                f"Two scenarios are called {label!r}.",
                hint="Give each a label: --scenario label=mild,severity=0.5.",
                code="scenario",
            )
        found[label] = replace(s, label=label)
    return tuple(found.values())


def label_of(scenario: Scenario) -> str:
    """Return what tells a scenario from others, in a few words."""
    parts = [scenario.factor.id, f"severity {scenario.severity:g}"]
    if scenario.mode != "factor":
        parts.append(scenario.mode)
    if scenario.day:
        parts.append(_after(scenario.day))
    if scenario.others:
        parts.append(f"others {scenario.others}")
    own = {**scenario.shocks, **scenario.other_moves, **scenario.fx}
    if scenario.market is not None:
        own[MARKET] = scenario.market
    parts += [f"{k} {v:+.2%}" for k, v in own.items()]
    return ", ".join(parts)
