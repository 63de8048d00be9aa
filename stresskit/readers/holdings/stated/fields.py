"""The fields of all positions, a column of each.

A column is checked as a whole, since most are right; only where one is not are its
values looked at one by one.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stresskit.model import Issue
from stresskit.readers.holdings.stated.checks import (
    CHECKS,
    HOLDERS,
    KNOWN,
    fault,
    shown_value,
)

MOST_FAULTS = 1_000
MOST_UNKNOWN = 50
_INNER = tuple(f"{holder}." for holder in HOLDERS)


@dataclass
class Stated:
    """Columns of fields, as long as the list of positions, and what was wrong.

    A field that no position has is no column; None stands where one has not.
    """

    count: int
    columns: dict[str, list[Any]] = field(default_factory=dict)
    faults: list[Issue] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    def get(self, name: str) -> list[Any]:
        """Return a column; one of None where there is none."""
        return self.columns.get(name) or [None] * self.count


def read_fields(records: list[Any]) -> Stated:
    """Check the fields of all positions and bring those of inner objects up.

    Parameters
    ----------
    records : list
        What stands in the list of positions.
    """
    found = Stated(len(records))
    if set(map(type, records)) != {dict}:
        found.faults += _no_objects(records)
        records = [r if type(r) is dict else {} for r in records]
    names = set().union(*records)
    for name in sorted(names & KNOWN - HOLDERS.keys() - {"computed"}):
        _put(found, name, [r.get(name) for r in records], name)
    unknown = dict.fromkeys(names - KNOWN, records)
    for holder, fields in HOLDERS.items():
        if holder not in names:
            continue
        inner = _objects(found, holder, [r.get(holder) for r in records])
        own = set().union(*inner)
        for name in sorted(own & set(fields)):
            _put(found, name, [r.get(name) for r in inner], f"{holder}.{name}")
        unknown |= {f"{holder}.{n}": inner for n in own - set(fields)}
    found.issues += _unknown(found, unknown)
    del found.faults[MOST_FAULTS:]
    return found


def _no_objects(records: list[Any]) -> list[Issue]:
    return [
        fault(
            n,
            None,
            record,
            ("wrong-type", "is no object with fields", "Give one object per position."),
        )
        for n, record in enumerate(records, 1)
        if type(record) is not dict
    ]


def _objects(found: Stated, holder: str, values: list[Any]) -> list[dict[str, Any]]:
    """Return the inner objects of all positions, an empty one where there is none."""
    wrong = [n for n, v in enumerate(values) if v is not None and type(v) is not dict]
    for n in wrong:
        fix = f"Give an object: {HOLDERS[holder][0]} and other fields in it."
        told = ("wrong-type", "is no object with fields", fix)
        found.faults.append(fault(n + 1, holder, values[n], told))
    return [v if type(v) is dict else {} for v in values]


def _put(found: Stated, name: str, values: list[Any], said: str) -> None:
    """Check a column and keep it; where it was stated before, both must agree."""
    check, clean = CHECKS[name]
    types = set(map(type, values)) - {type(None)}
    if not types <= clean.types or not clean.fits(values):
        told = [None if v is None else check(name, v) for v in values]
        found.faults += [
            fault(n, said, values[n - 1], one)
            for n, one in enumerate(told, 1)
            if one is not None
        ]
        values = [
            v if one is None else None for v, one in zip(values, told, strict=True)
        ]
    values = clean.clean(values, types)
    before = found.columns.get(name)
    if before is not None:
        twice = ("stated-twice", "is stated twice, and differently", "State it once.")
        found.faults += [
            fault(n, said, b, twice)
            for n, (a, b) in enumerate(zip(before, values, strict=True), 1)
            if a is not None and b is not None and a != b
        ]
        values = [a if b is None else b for a, b in zip(before, values, strict=True)]
    found.columns[name] = values


def _unknown(found: Stated, unknown: Mapping[str, list[dict[str, Any]]]) -> list[Issue]:
    """Name each field that is not known once, with the positions that state it."""
    issues = []
    sheets, rows = found.get("sheet"), found.get("row")
    for said in sorted(unknown)[:MOST_UNKNOWN]:
        name = said.partition(".")[2] if said.startswith(_INNER) else said
        at = [n for n, record in enumerate(unknown[said]) if name in record]
        places = [rows[n] or n + 1 for n in at]
        shown = ", ".join(map(str, places[:10]))
        more = " ..." if len(places) > 10 else ""
        field_name = shown_value(said)
        issues.append(
            Issue(
                code="unknown-field",
                severity="warning",
                message=f"{field_name} is no field of stresskit/holdings/1 and was not "
                f"read: {len(at)} positions have it ({shown}{more}).",
                fix=_meant(name),
                sheet=sheets[at[0]],
                row=places[0],
                column=field_name,
            )
        )
    if len(unknown) > MOST_UNKNOWN:
        issues.append(
            Issue(
                code="unknown-field",
                severity="warning",
                message=f"{len(unknown) - MOST_UNKNOWN} more fields are not known.",
                fix="Leave them out, or correct their names.",
            )
        )
    return issues


def _meant(name: str) -> str:
    near = difflib.get_close_matches(name[:60], sorted(KNOWN), n=1)
    if near:
        return f"Did you mean {near[0]}? Otherwise leave it out."
    return "Leave it out, or correct its name."
