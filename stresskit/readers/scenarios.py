"""Scenarios as the user writes them: in a line, in a TOML file, single shocks."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stresskit.errors import InputError

# Sets of scenarios by name; ``stresskit.scenario_set`` makes them.
SETS = ("severities", "path", "variants", "library")
SCHEMA = "stresskit/scenarios/1"
_UNITS = {"%": 0.01, "bp": 1e-4, "bps": 1e-4, "pt": 0.01, "pts": 0.01, "points": 0.01}
_MOVE = re.compile(r"([+-]?\d*\.?\d+(?:[eE][+-]?\d+)?)\s*([a-zA-Z%]*)")
_KEYS = ("label", "factor", "severity", "mode", "day", "market", "others", "drivers")
_HOW = (
    "Write a factor and settings, for instance "
    "deepseek-2025-01-27,severity=2,day=5,AI_ACCEL=-20%,RATE_USD=-8bp,EUR=-1%."
)


@dataclass(frozen=True)
class AskedScenario:
    """One scenario as asked for; None and "" take those of the main scenario.

    ``moves`` are single shocks by the name of a segment, MARKET, another factor or a
    currency (against the base currency), decimals.
    """

    label: str = ""
    factor: str = ""
    severity: float | None = None
    mode: str = ""
    day: int | None = None
    others: str = ""
    drivers: tuple[str, ...] = ()
    moves: dict[str, float] = field(default_factory=dict)


def read_move(text: str, where: str) -> float:
    """Read a move: ``-20%``, ``-8bp``, ``+3pt`` (volatility points) or a decimal.

    Raises
    ------
    InputError
        If it is none of these.

    Examples
    --------
    >>> read_move("-20%", "x"), read_move("-8bp", "x"), read_move("-0.2", "x")
    (-0.2, -0.0008, -0.2)
    """
    found = _MOVE.fullmatch(text.strip().replace(",", "."))
    unit = found[2].lower() if found else "?"
    if found is None or (unit and unit not in _UNITS):
        raise InputError(
            f"{where}: {text!r} is no move.",
            hint="Write -20% for a return, -8bp for a yield or spread, +3pt for "
            "volatility, or a decimal (-0.2 is -20%).",
            code="shock",
        )
    return float(found[1]) * _UNITS.get(unit, 1.0)


def read_shocks(given: list[str] | None) -> dict[str, float]:
    """Read single shocks, ``NAME=MOVE`` each.

    Raises
    ------
    InputError
        If one is none, or a name has two moves.
    """
    moves: dict[str, float] = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not (equals and name.strip()):
            raise InputError(
                f"--shock {text}: no name and move.",
                hint="Write NAME=MOVE, for instance AI_ACCEL=-20% or RATE_USD=-8bp.",
                code="shock",
            )
        _add(
            moves, name.strip(), read_move(value, f"--shock {text}"), f"--shock {text}"
        )
    return moves


def _add(moves: dict[str, float], name: str, value: float, where: str) -> None:
    if moves.get(name.upper(), value) != value:
        raise InputError(
            f"{where}: {name} has two moves, {moves[name.upper()]:g} and {value:g}.",
            hint="Give each name once.",
            code="contradiction",
        )
    moves[name.upper()] = value


def read_scenario(text: str) -> AskedScenario:
    """Read one scenario from a line: a factor, then settings after commas.

    Raises
    ------
    InputError
        If a part is no setting.

    Examples
    --------
    >>> read_scenario("severity=2,AI_ACCEL=-20%").moves
    {'AI_ACCEL': -0.2}
    """
    table: dict[str, Any] = {}
    for n, part in enumerate(p.strip() for p in text.split(",")):
        name, equals, value = part.partition("=")
        if not equals and n == 0 and part:
            table["factor"] = part
        elif equals and name.strip():
            key = (
                name.strip().lower() if name.strip().lower() in _KEYS else name.strip()
            )
            if key in table:
                raise InputError(
                    f"--scenario {text}: {key} stands twice.",
                    hint="Give each setting once.",
                    code="contradiction",
                )
            table[key] = value.strip()
        else:
            raise InputError(
                f"--scenario {text}: {part!r} is no setting.",
                hint=_HOW,
                code="scenario",
            )
    return _asked(table, f"--scenario {text}")


def read_scenario_set(path: Path) -> tuple[AskedScenario, ...]:
    """Read a TOML file of scenarios, a ``[[scenario]]`` table each.

    Raises
    ------
    InputError
        If it cannot be read, holds none, or one has an unknown setting.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"The scenarios in {path} cannot be read: {error}.",
            hint="Give a TOML file with a [[scenario]] table for each.",
            code="scenario",
        ) from error
    rows = table.get("scenario")
    if not isinstance(rows, list) or not rows:
        raise InputError(
            f"{path} holds no scenario.",
            hint='Write a table for each: [[scenario]], then label = "...", factor = '
            '"...", severity = 1.5, shocks = { AI_ACCEL = "-20%" }.',
            code="scenario",
        )
    found = []
    for n, row in enumerate(rows, 1):
        flat = dict(row)
        shocks = flat.pop("shocks", {})
        where = f"{path.name}, scenario {n}"
        twice = [k for k in shocks if k in flat]
        if twice:
            raise InputError(
                f"{where}: {twice[0]} stands twice.",
                hint="Give each shock once.",
                code="contradiction",
            )
        found.append(_asked({**flat, **shocks}, where))
    return tuple(found)


def _asked(table: dict[str, Any], where: str) -> AskedScenario:
    moves: dict[str, float] = {}
    for name, value in table.items():
        if name.lower() not in _KEYS:
            _add(moves, name, read_move(str(value), f"{where}, {name}"), where)
    if "market" in table:
        market = read_move(str(table["market"]), f"{where}, market")
        _add(moves, "MARKET", market, where)
    drivers = table.get("drivers", ())
    if isinstance(drivers, str):
        drivers = drivers.replace("+", " ").split()
    return AskedScenario(
        label=str(table.get("label", "")),
        factor=str(table.get("factor", "")),
        severity=_number(table, "severity", where),
        mode=str(table.get("mode", "")),
        day=_whole(table, where),
        others=str(table.get("others", "")),
        drivers=tuple(str(d).upper() for d in drivers),
        moves=moves,
    )


def _number(table: dict[str, Any], key: str, where: str) -> float | None:
    if key not in table:
        return None
    try:
        return float(table[key])
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{where}: {key} is {table[key]!r}, which is no number.",
            hint="Write for instance severity=1.5.",
            code=key,
        ) from error


def _whole(table: dict[str, Any], where: str) -> int | None:
    number = _number(table, "day", where)
    if number is not None and number != int(number):
        raise InputError(
            f"{where}: day is {number:g}; sessions are counted whole.",
            hint="Write for instance day=5.",
            code="day",
        )
    return None if number is None else int(number)
