"""A mandate file (TOML) -> Mandate; what is not known is named with its place."""

from __future__ import annotations

import difflib
from dataclasses import fields
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from stresskit.errors import InputError
from stresskit.model import Content, HedgeTarget, Mandate
from stresskit.readers.toml_table import read_table

if TYPE_CHECKING:
    from pathlib import Path

MANDATE_SCHEMA = "stresskit/mandate/1"
LARGEST = 10**15
# Where each limit stands in the file; at the top is what has no table.
TABLES: dict[str, dict[str, str]] = {
    "": {k: k for k in ("name", "title", "families", "kinds", "ucits")},
    "universe": {k: k for k in ("include", "exclude", "restricted")},
    "limits": {
        k: k
        for k in (
            *("gross", "short", "instrument", "premium", "turnover"),
            *("tracking_error", "cost"),
        )
    },
    "trading": {
        k: k
        for k in (
            *("tickets", "ticket_cost", "smallest_ticket", "whole_lots"),
            *("participation", "days", "horizon"),
        )
    },
    "tax": {"rate": "tax_rate", "gain_share": "gain_share"},
    "honesty": {k: k for k in ("harm", "regret", "over_hedge", "confidence")},
    "robust": {"kind": "robust", "gamma": "gamma", "kappa": "kappa"},
}
LISTS = ("families", "kinds", "include", "exclude", "restricted")


def read_mandate(path: Path | Content) -> Mandate:
    """Read a mandate file.

    Raises
    ------
    InputError
        If the file is missing, is no mandate, or its limits cannot hold; the message
        names the file and every key that is wrong.
    """
    where = path.name
    try:
        table = read_table(path, MANDATE_SCHEMA)
    except ValueError as error:
        raise _wrong(where, str(error)) from error
    target = _target(where, table.pop("target", None))
    given: dict[str, Any] = {}
    wrong: list[str] = []
    for key, value in table.items():
        if isinstance(value, dict) and not key:
            wrong.append("there is no table with an empty name")
        elif isinstance(value, dict):
            wrong += _taken(key, value, given)
        else:
            wrong += _taken("", {key: value}, given)
    if wrong:
        raise _wrong(where, "; ".join(wrong))
    given.setdefault("name", PurePath(path.name).stem)
    given.setdefault("title", str(given["name"]))
    try:
        return Mandate(**given, target=target)
    except InputError as error:
        raise InputError(
            f"{where}: {error}", hint=error.hint, code=error.code
        ) from error


def _taken(name: str, table: dict[str, Any], given: dict[str, Any]) -> list[str]:
    """Take a table's keys into ``given``; return what is wrong with them."""
    if name not in TABLES:
        return [f"there is no table [{name}]{_near(name, TABLES)}"]
    known, wrong = TABLES[name], []
    types = {f.name: f.type for f in fields(Mandate)}
    for key, value in table.items():
        at = f"[{name}] {key}" if name else key
        if key not in known:
            wrong.append(f"{at} is not known{_near(key, known)}")
            continue
        field = known[key]
        kind = str(types[field])
        if field in LISTS:
            if not (isinstance(value, list) and all(isinstance(v, str) for v in value)):
                wrong.append(f"{at} is no list of texts")
                continue
            given[field] = tuple(value)
        elif not _fits(kind, value):
            wrong.append(f"{at} is {value!r}, which is no {_words(kind)}")
        else:
            given[field] = float(value) if kind == "float" else value
    return wrong


def _fits(kind: str, value: object) -> bool:
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "str":
        return isinstance(value, str)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if isinstance(value, int):
        # No limit is that large, and beyond a point no float holds it.
        return abs(value) < LARGEST
    return kind != "int"


def _words(kind: str) -> str:
    return {"bool": "true or false", "str": "text", "int": "whole number"}.get(
        kind, "number"
    )


def _near(name: str, known: dict[str, Any]) -> str:
    near = difflib.get_close_matches(name, [k for k in known if k], n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _target(where: str, table: object) -> HedgeTarget:
    if table is None:
        return HedgeTarget()
    if not (isinstance(table, dict) and len(table) == 1):
        raise _wrong(where, "[target] needs one of share, money and floor")
    ((kind, value),) = table.items()
    if not _fits("float", value):
        raise _wrong(where, f"[target] {kind} is {value!r}, which is no number")
    try:
        return HedgeTarget(kind=kind, value=float(value))
    except InputError as error:
        raise InputError(
            f"{where}: {error}", hint=error.hint, code=error.code
        ) from error


def _wrong(where: str, what: str) -> InputError:
    return InputError(
        f"The mandate {where}: {what}.",
        hint="`stresskit mandate show private-client` prints one to start from.",
        code="mandate",
    )


def read_target(text: str) -> HedgeTarget:
    """Read a hedge target: ``0.5`` or ``50%`` of the loss, an amount, ``floor=4%``.

    Raises
    ------
    InputError
        If it is none of these.

    Examples
    --------
    >>> [(t.kind, t.value) for t in map(read_target, ["50%", "250,000", "floor=4%"])]
    [('share', 0.5), ('money', 250000.0), ('floor', 0.04)]
    """
    from stresskit.readers.cells import decimal_mark, parse_number

    bare = text.strip()
    word, sign, after = bare.partition("=")
    floor = bool(sign) and word.strip().lower() == "floor"
    number = after.strip() if floor else bare
    try:
        found = parse_number(number, decimal=decimal_mark([number]))
    except ValueError:
        found = None
    if found is None or found.at_most:
        raise InputError(
            f"--hedge-target {text}: no number.",
            hint="Give 0.5 or 50% (of the loss), an amount above 1, or floor=4% (the "
            "largest loss left, of the value).",
            code="hedge-target",
        )
    value = found.value / 100 if found.percent else found.value
    kind = "floor" if floor else "share" if found.percent or value <= 1 else "money"
    return HedgeTarget(kind=kind, value=value)
