"""Identifiers of all rows: each distinct code is looked at once, most in one go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.identifiers import currency_of, exchange_mic
from stresskit.model.portfolio import Identifiers, made_of_columns
from stresskit.readers.holdings.bulk.codes import SCHEMES, CodeTexts
from stresskit.readers.holdings.bulk.columns import taken
from stresskit.readers.holdings.bulk.numbers import lines_at
from stresskit.readers.holdings.classes import COIN_TICKERS as _COINS
from stresskit.readers.holdings.classes import asset_class
from stresskit.readers.holdings.columns import IDENTIFIERS
from stresskit.readers.holdings.identity import identity_of
from stresskit.readers.holdings.lines import Line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int32]

    from stresskit.readers.holdings.bulk.columns import Columns, Plan
    from stresskit.readers.holdings.bulk.names import Words
    from stresskit.readers.holdings.tables import Table

# The order in which a code is recognised: a FIGI has the shape of an ISIN too.
_ORDER = ("figi", "isin", "cusip", "sedol")
_NATIONAL = re.compile("wkn|kenn|valor", re.IGNORECASE)
# Placeholders such as 999USDZ92 and zeros are no codes, and no wrong ones.
_PLACEHOLDER = re.compile(r"999|0+$")
_CAPITALS = re.compile(r"^[A-Z]{1,6}$", re.MULTILINE)
_NOTHING, _WRONG, _TICKER, _NO_CODE, _OWN = 0, 5, 6, 7, 10


@dataclass(frozen=True)
class Codes:
    """The distinct texts of a column of identifiers.

    ``fields`` holds what they are by the identifiers' names; texts of one ``kind``
    are alike to all rules.
    """

    fields: dict[str, NDArray[np.object_]]
    kind: Ints


@dataclass(frozen=True)
class Identities:
    """The identifiers of rows: each distinct combination once, and its number.

    ``kinds`` are the columns that rules can tell rows apart by; ``names`` what rows
    without a column of names are called.
    """

    codes: Ints
    identifiers: list[Identifiers]
    names: list[str]
    kinds: list[Ints]


def codes_of(role: str, words: Words, table: Table) -> Codes:
    """Look at the distinct texts of a column of identifiers.

    Parameters
    ----------
    role : str
        What the column holds.
    words : Words
        Its texts.
    table : Table
        The table.
    """
    count = len(words.texts)
    fields: dict[str, NDArray[np.object_]] = {}
    kind = np.zeros(count, np.int32)
    texts = [t or "" for t in words.texts]
    done = np.fromiter((not t for t in texts), bool, count)
    header = table.columns[role].header.text
    if role == "ticker" and not _NATIONAL.search(header):
        plain = _letters_alone(texts)
        fields["ticker"] = np.array(texts, dtype=object)
        fields["ticker"][~plain] = None
        kind[plain] = _TICKER
        done |= plain
    elif not _NATIONAL.search(header):
        column, letters = np.array(texts, dtype=object), CodeTexts(texts)
        for scheme in _ORDER:
            found = letters.valid(scheme) & ~done
            if role == "identifier":
                # Digits alone can be another numbering: the rows' reader knows.
                digits = np.fromiter((t.isdigit() for t in texts), bool, count)
                found &= ~digits | _takes(scheme, texts, found & digits, table)
            if found.any():
                fields[scheme] = column.copy()
                fields[scheme][~found] = None
                kind[found] = 1 + SCHEMES.index(scheme)
                done |= found
        if role in SCHEMES:
            wrong = _shaped_for(role, letters) & ~done
            if role in {"cusip", "sedol"}:
                at = np.flatnonzero(wrong).tolist()
                wrong[[n for n in at if _PLACEHOLDER.match(texts[n])]] = False
            kind[wrong] = _WRONG
            done |= wrong
    for n in np.flatnonzero(~done).tolist():
        kind[n] = _one_by_one(role, texts[n], n, fields, table, count)
    return Codes(fields, kind)


def _takes(
    scheme: str, texts: list[str], found: NDArray[np.bool_], table: Table
) -> bool:
    """Say whether the rows' reader takes the first of some texts for a scheme's."""
    first = np.flatnonzero(found)[:1].tolist()
    lines = (Line(0, {"identifier": texts[n]}, {}) for n in first)
    return all(scheme in identity_of(line, table).found for line in lines)


def _letters_alone(texts: list[str]) -> NDArray[np.bool_]:
    """Say which tickers are capitals that mean nothing else: no exchange, no money."""
    found = np.zeros(len(texts), bool)
    found[lines_at("\n".join(texts), _CAPITALS, texts)] = True
    for n in np.flatnonzero(found).tolist():
        text = texts[n]
        if text in _COINS or text == "CASH" or currency_of(text):
            found[n] = False
    return found


def _shaped_for(role: str, letters: CodeTexts) -> NDArray[np.bool_]:
    if role in {"isin", "figi"}:
        return letters.shaped("isin") | letters.shaped("figi")
    return letters.shaped(role)


def _one_by_one(
    role: str,
    text: str,
    n: int,
    fields: dict[str, NDArray[np.object_]],
    table: Table,
    count: int,
) -> int:
    """Look at one text as the rows' reader does; give its kind."""
    identity = identity_of(Line(0, {role: text}, {}), table)
    for name, code in identity.found.items():
        if name not in fields:
            fields[name] = np.full(count, None, dtype=object)
        fields[name][n] = code
    named = set(identity.found)
    if not named:
        return (
            _WRONG
            if identity.issues
            else _NO_CODE
            if identity.name == text
            else _OWN + n
        )
    if identity.issues:
        return _OWN + n
    if len(named) == 1 and named <= set(SCHEMES):
        return 1 + SCHEMES.index(named.pop())
    plain = named <= {"ticker", "mic"} and _is_plain(identity.found.get("ticker", ""))
    return _TICKER if plain else _OWN + n


def _is_plain(ticker: str) -> bool:
    """Say whether nothing follows from a ticker but that it is one."""
    bare = Line(0, {}, {})
    if currency_of(ticker) or ticker.upper() == "CASH":
        return False
    return asset_class(bare, name="x", ticker=ticker, secure=False) == "equity"


def identities_of(
    columns: Columns, plan: Plan, words: dict[str, Words], rows: Ints
) -> Identities:
    """Collect the identifiers of rows from all columns that hold some.

    Parameters
    ----------
    columns : Columns
        Columns of the text.
    plan : Plan
        What is in them.
    words : dict of str to Words
        Their texts.
    rows : array of int
        Rows, counted from 0.
    """
    parts: list[tuple[Ints, dict[str, NDArray[np.object_]]]] = []
    kinds, texts = [], []
    for role in (*IDENTIFIERS, "exchange"):
        if role not in plan.texts:
            continue
        own = taken(columns.texts[plan.texts[role]].codes, rows)
        if role == "exchange":
            mics = [exchange_mic(t or "") for t in words[role].texts]
            parts.append((own, {"mic": np.array([*mics, None], dtype=object)[:-1]}))
            continue
        found = codes_of(role, words[role], plan.table)
        kinds.append(found.kind[own])
        parts.append((own, found.fields))
        texts.append(
            (len(parts) - 1, np.array([*words[role].texts, None], object)[:-1])
        )
    codes, first = _combined([own for own, _ in parts], len(rows))
    fields: dict[str, NDArray[np.object_]] = {}
    for own, known in parts:
        for name, column in known.items():
            here = column[own[first]]
            before = fields.get(name)
            # The first column that has a code keeps it.
            fields[name] = here if before is None else _first_of(before, here)
    made = _made(fields, len(first))
    names: list[str] = []
    if "name" not in plan.texts:
        called = [fields[n] for n in ("ticker", *SCHEMES) if n in fields]
        called += [column[parts[n][0][first]] for n, column in texts]
        whole = np.full(len(first), None, dtype=object)
        for column in called:
            whole = _first_of(whole, column)
        names = [t or "" for t in whole.tolist()]
    return Identities(codes, made, names, kinds)


def _made(fields: dict[str, NDArray[np.object_]], count: int) -> list[Identifiers]:
    """Make the identifiers; all that have none share one."""
    some = np.zeros(count, bool)
    for column in fields.values():
        some |= np.not_equal(column, np.array(None, dtype=object)).astype(bool)
    known = {name: column[some].tolist() for name, column in fields.items()}
    made = made_of_columns(Identifiers, known, int(some.sum()))
    if some.all():
        return made
    whole = np.full(count, Identifiers(), dtype=object)
    whole[some] = made
    listed: list[Identifiers] = whole.tolist()
    return listed


def _first_of(
    one: NDArray[np.object_], two: NDArray[np.object_]
) -> NDArray[np.object_]:
    missing = np.array([v is None for v in one.tolist()], bool)
    return np.asarray(np.where(missing, two, one))


def _combined(parts: list[Ints], count: int) -> tuple[Ints, Ints]:
    """Give each distinct combination a number, and the first place of each."""
    codes = combined(parts, count)
    first = np.zeros(int(codes.max(initial=-1)) + 1, np.int32)
    first[codes[::-1]] = np.arange(count - 1, -1, -1, dtype=np.int32)
    return codes, first


def combined(parts: list[Ints], count: int) -> Ints:
    """Give each distinct combination of columns a number, in the order they come.

    Parameters
    ----------
    parts : list of array of int
        Columns of numbers of 0 or more.
    count : int
        Length of each.

    Examples
    --------
    >>> combined([np.array([0, 1, 0]), np.array([5, 5, 5])], 3).tolist()
    [0, 1, 0]
    """
    codes: Ints = np.zeros(count, np.int32)
    for part in parts:
        width = int(part.max(initial=0)) + 1
        if width > 1:
            codes = _numbered(codes.astype(np.int64) * width + part)
    return codes


def _numbered(values: NDArray[np.int64]) -> Ints:
    import pandas as pd

    return pd.factorize(values)[0].astype(np.int32)
