"""What was wrong with rows: the first of each kind by itself, the rest counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from stresskit.model import Issue
from stresskit.readers.holdings.classes import is_loan
from stresskit.readers.holdings.rows import computed_issues, loan_issues, worth_nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from stresskit.readers.holdings.bulk.drafts import Drafted
    from stresskit.readers.holdings.bulk.priced import Sheet

    Ints = NDArray[np.int64]

SHOWN = 100
_ROWS_NAMED = 20


def settle_contracts(found: Drafted) -> list[Issue]:
    """Give contracts that are listed by their exposure alone the value 0.

    Parameters
    ----------
    found : Drafted
        Drafts of the positions; those of contracts are among the lone ones.
    """
    places = sorted(found.alone)
    drafts, issues = worth_nothing([found.alone[p] for p in places], found.rows.table)
    found.alone.update(zip(places, drafts, strict=True))
    return issues


def table_issues(found: Drafted, sheet: Sheet) -> list[Issue]:
    """Say once what was multiplied, and which positions have no value.

    Parameters
    ----------
    found : Drafted
        Drafts of the positions.
    sheet : Sheet
        Their amounts.
    """
    notional = found.amounts.notional[sheet.own]
    known = np.array([d.notional is not None for _, d in sheet.alone], bool)
    valueless = np.isnan(sheet.value)
    some = np.flatnonzero(~valueless)[:1].tolist()
    # In a list of weights alone, no row wants for a value.
    if not some:
        valueless = np.isnan(sheet.weight)
    valueless &= np.concatenate([np.isnan(notional), ~known])
    missing = np.flatnonzero(valueless)
    missing = missing[np.argsort(sheet.place[missing], kind="stable")]
    chosen = missing[:_ROWS_NAMED].tolist()
    # One more for the dots, and one with a quantity, which prices would help.
    more = missing[_ROWS_NAMED:]
    counted = more[~np.isnan(sheet.quantity[more])]
    chosen += [*counted[:1].tolist(), *more[:1].tolist()][:1]
    computed = np.flatnonzero(sheet.computed)
    _, first = np.unique(sheet.manner[computed], return_index=True)
    drafts = [sheet.draft(n) for n in (*computed[first].tolist(), *some, *chosen)]
    issues = computed_issues(drafts, found.rows.table)
    return [
        replace(i, message=i.message.replace(f"{len(chosen)} ", f"{len(missing)} ", 1))
        if i.code == "no-value"
        else i
        for i in issues
    ]


def row_issues(found: Drafted, sheet: Sheet, worth: Worth) -> list[Issue]:
    """Say what was wrong with the identifiers and currencies of rows.

    Parameters
    ----------
    found : Drafted
        Drafts of the positions.
    sheet : Sheet
        Their amounts.
    worth : callable
        Gives the value of rows, counted from 1, in base currency.
    """
    own: dict[str, list[Issue]] = defaultdict(list)
    turn: dict[int, int] = {}
    for issue in found.told:
        own[issue.code].append(issue)
        turn[id(issue)] = len(turn)
    sorts = found.sorts[sheet.own]
    codes = dict.fromkeys(c for t in found.templates for c in t.issues)
    shown: list[Issue] = []
    rest: list[Issue] = []
    for code in dict.fromkeys([*codes, *own]):
        times = np.array([t.issues[code] for t in found.templates], np.int64)[sorts]
        at = np.flatnonzero(times)
        rows = np.concatenate(
            [
                np.repeat(sheet.row[at], times[at]),
                np.array([i.row or 0 for i in own[code]], np.int64),
            ]
        )
        last = np.sort(rows)[SHOWN - 1] if len(rows) > SHOWN else rows.max(initial=0)
        first = sheet.place[at[sheet.row[at] <= last]].tolist()
        named = [i for i in own[code] if (i.row or 0) <= last]
        for place in first:
            for n, issue in enumerate(_issues_of(found, place)):
                if issue.code == code:
                    named.append(issue)
                    turn[id(issue)] = n
        shown += named
        hidden = np.sort(rows[rows > last])
        if len(hidden):
            rest.append(more_rows(named[0], hidden, worth))
    # The issues of one row come in the order in which its reader finds them.
    return [*sorted(shown, key=lambda i: (i.row or 0, turn[id(i)])), *rest]


def _issues_of(found: Drafted, place: int) -> list[Issue]:
    issues: list[Issue] = []
    found.rows.draft(place, issues)
    return issues


def loans(sheet: Sheet, worth: Worth) -> list[Issue]:
    """Say where money owed has no minus.

    Parameters
    ----------
    sheet : Sheet
        Amounts of the positions.
    worth : callable
        Gives the value of rows, counted from 1, in base currency.
    """
    cash = np.array([m.kind == "cash" for m in sheet.manners], bool)[sheet.manner]
    rows = np.flatnonzero(cash)
    rows = rows[np.argsort(sheet.place[rows], kind="stable")]
    owed = {name: is_loan(name) for name in {sheet.name(n) for n in rows.tolist()}}
    if not any(owed.values()):
        return []
    drafts = (sheet.draft(n) for n in rows.tolist() if owed[sheet.name(n)])
    return capped(loan_issues(list(drafts)), worth)


def capped(issues: Iterable[Issue], worth: Worth) -> list[Issue]:
    """Name the first issues of a code one by one, and count the rest.

    Parameters
    ----------
    issues : iterable of Issue
        Issues of rows.
    worth : callable
        Gives the value of rows, counted from 1, in base currency.

    Examples
    --------
    >>> of = {"code": "x", "severity": "info", "message": ""}
    >>> lines = [Issue(**of, row=n) for n in range(102)]
    >>> [i.message for i in capped(lines, lambda rows: None)][-1]
    '2 more rows have the same problem: rows 100, 101.'
    """
    seen: Counter[str] = Counter()
    shown: list[Issue] = []
    rest: dict[str, list[Issue]] = defaultdict(list)
    for issue in issues:
        seen[issue.code] += 1
        if issue.row is None or seen[issue.code] <= SHOWN:
            shown.append(issue)
        else:
            rest[issue.code].append(issue)
    for hidden in rest.values():
        rows = np.array([i.row for i in hidden], np.int64)
        shown.append(more_rows(hidden[0], rows, worth))
    return shown


def more_rows(like: Issue, rows: Ints, worth: Worth) -> Issue:
    """Count the rows that have the same problem as those named before.

    Parameters
    ----------
    like : Issue
        One of them.
    rows : array of int
        The others, counted from 1.
    worth : callable
        Gives the value of rows, counted from 1, in base currency.
    """
    named = ", ".join(str(n) for n in rows[:_ROWS_NAMED].tolist())
    dots = " ..." if len(rows) > _ROWS_NAMED else ""
    return replace(
        like,
        message=f"{len(rows):,} more rows have the same problem: rows {named}{dots}.",
        row=int(rows[0]),
        value=None,
        money=worth(rows),
    )


if TYPE_CHECKING:
    Worth = Callable[[Ints], float | None]
