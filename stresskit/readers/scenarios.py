"""Scenarios as the user writes them: in a line, in a TOML file, single shocks."""

from __future__ import annotations

import math
import re
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stresskit.errors import InputError
from stresskit.readers.cells import decimal_mark, parse_number

# Sets of scenarios by name; ``stresskit.scenario_set`` makes them.
SETS = ("severities", "path", "variants", "library")
_UNITS = {"%": 0.01, "bp": 1e-4, "bps": 1e-4} | dict.fromkeys(
    ("pt", "pts", "point", "points"), 0.01
)
_MOVE = re.compile(r"([+-]?\d*\.?\d+(?:[eE][+-]?\d+)?)\s*([a-zA-Z%]*)")
# 1,125: a thousand and something, or one and an eighth.
_THOUSANDS = re.compile(r"[1-9]\d{0,2},\d{3}(?!\d)")
SETTINGS = ("label", "factor", "severity", "mode", "day", "market", "others", "drivers")
_EXAMPLES = {"severity": "severity=1.5", "day": "day=5"}
_TABLE = (
    'Write a table for each: [[scenario]], then label = "...", factor = "...", '
    'severity = 1.5, shocks = { AI_ACCEL = "-20%" }.'
)
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
    if _THOUSANDS.search(text):
        raise InputError(
            f"{where}: {text!r} may be read two ways.",
            hint="Write 1000bp without a comma, or 1.125% with a point.",
            code="shock",
        )
    # What is copied from a page has a minus sign of its own.
    found = _MOVE.fullmatch(text.strip().replace(",", ".").replace("−", "-"))
    unit = found[2].lower() if found else "?"
    if found is None or (unit and unit not in _UNITS):
        raise InputError(
            f"{where}: {text!r} is no move.",
            hint="Write -20% for a return, -8bp for a yield or spread, +3pt for "
            "volatility, or a decimal (-0.2 is -20%).",
            code="shock",
        )
    return float(found[1]) * _UNITS.get(unit, 1.0)


def read_limit(text: str) -> tuple[float, bool]:
    """Read a loss limit: a number, and whether it is a share of the value.

    Raises
    ------
    InputError
        If it is no number, or not above zero.

    Examples
    --------
    >>> read_limit("10%"), read_limit("250,000"), read_limit("1.5e6")
    ((0.1, True), (250000.0, False), (1500000.0, False))
    """
    bare = text.strip()
    try:
        number = parse_number(bare, decimal=decimal_mark([bare]))
    except ValueError:
        number = None
    if number is None or number.at_most or number.value <= 0:
        raise InputError(
            f"--loss-limit {text}: no amount above zero.",
            hint="Give an amount (250000), or a share of the value (10%).",
            code="loss-limit",
        )
    share = number.value / 100 if number.percent else number.value
    return share, number.percent


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


def _key(name: str) -> str:
    """Return a setting in small letters; the name of a move as it is."""
    return name.lower() if name.lower() in SETTINGS else name


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
            key = _key(name.strip())
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
    odd = [name for name in table if name != "scenario"]
    if not (isinstance(rows, list) and rows and all(isinstance(r, dict) for r in rows)):
        raise InputError(
            f"{path} holds no [[scenario]]"
            + (f", only {', '.join(odd)}." if odd else "."),
            hint=_TABLE,
            code="scenario",
        )
    if odd:
        raise InputError(
            f"{path}: {odd[0]} stands outside of any [[scenario]].",
            hint=_TABLE,
            code="scenario",
        )
    return tuple(
        _asked(_flat(row, where), where)
        for n, row in enumerate(rows, 1)
        for where in [f"{path.name}, scenario {n}"]
    )


def _flat(row: dict[str, Any], where: str) -> dict[str, Any]:
    """Return the settings and shocks of a table in one, settings in small letters."""
    shocks = row.get("shocks", {})
    if not isinstance(shocks, dict):
        raise InputError(
            f"{where}: shocks is {shocks!r}, which is no table.",
            hint=_TABLE,
            code="scenario",
        )
    found: dict[str, Any] = {}
    for name, value in (*row.items(), *shocks.items()):
        key = _key(name)
        if key in found:
            raise InputError(
                f"{where}: {name} stands twice.",
                hint="Give each setting and each shock once.",
                code="contradiction",
            )
        if name != "shocks":
            found[key] = value
    return found


def _asked(table: dict[str, Any], where: str) -> AskedScenario:
    moves: dict[str, float] = {}
    for name, value in table.items():
        if name in SETTINGS:
            continue
        if not re.search(r"\d", str(value)):
            raise InputError(
                f"{where}: {name} is {value!r}, which is neither a setting nor a move.",
                hint=f"Settings: {', '.join(SETTINGS)}; a move is -20%, -8bp, +3pt or "
                "a decimal.",
                code="shock",
            )
        _add(moves, name, read_move(str(value), f"{where}, {name}"), where)
    if "market" in table:
        market = read_move(str(table["market"]), f"{where}, market")
        _add(moves, "MARKET", market, where)
    drivers = table.get("drivers", ())
    if isinstance(drivers, str):
        drivers = drivers.replace("+", " ").split()
    if not isinstance(drivers, list | tuple):
        raise InputError(
            f"{where}: drivers is {drivers!r}, which names none.",
            hint='Write drivers = ["AI_ACCEL", "MARKET"].',
            code="drivers",
        )
    return AskedScenario(
        label=str(table.get("label", "")).strip(),
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
    given, number = table[key], math.nan
    # In TOML a truth is a number to Python, and inf is a number to both.
    if not isinstance(given, bool):
        with suppress(TypeError, ValueError):
            number = float(given)
    if not math.isfinite(number):
        raise InputError(
            f"{where}: {key} is {given!r}, which is no number.",
            hint=f"Write for instance {_EXAMPLES[key]}.",
            code=key,
        )
    return number


def _whole(table: dict[str, Any], where: str) -> int | None:
    number = _number(table, "day", where)
    if number is not None and number != int(number):
        raise InputError(
            f"{where}: day is {number:g}; sessions are counted whole.",
            hint=f"Write for instance {_EXAMPLES['day']}.",
            code="day",
        )
    return None if number is None else int(number)
