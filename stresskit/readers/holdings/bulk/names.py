"""Distinct texts of a column: cleaned, and told apart by what rules can see in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from stresskit.readers.cells import is_missing, name_of
from stresskit.readers.holdings.bulk.known_words import is_known, plainer
from stresskit.readers.holdings.bulk.numbers import lines_at
from stresskit.readers.holdings.labels import class_label, says_cash, sounds_total
from stresskit.readers.holdings.options import option_code
from stresskit.readers.holdings.totals import AMOUNT as _AMOUNT

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A text of these letters, with single blanks inside, is clean as it is, and longer
# than any word for nothing.
_UNCLEAN = re.compile(r"^(?![A-Za-z0-9](?:[!-~]| (?! |$)){4,}$)", re.MULTILINE)
_NO_CODE = re.compile(r"^(?![A-Z0-9]{5,11}\d$)", re.MULTILINE)
_BLOCK = 100_000
_DIGITS = str.maketrans("0123456789", "1" * 10)
# Coupons, terms of options and codes inside names: there the digits themselves tell.
_TELLING = re.compile(r"%|\b(?:call|put)s?\b|[A-Z]{2}[A-Z0-9]{9}1", re.IGNORECASE)


def cleaned(
    texts: list[str],
) -> tuple[list[str | None], NDArray[np.bool_], NDArray[np.bool_]]:
    """Clean cells of words, and say which hold something.

    Parameters
    ----------
    texts : list of str
        Cells as written.

    Returns
    -------
    tuple of list of (str or None) and two arrays of bool
        What ``name_of`` makes of each, whether it is not missing, and whether there
        are words left.

    Examples
    --------
    >>> cleaned(["SAP  SE", "-", "NA", "Nokia"])[0]
    ['SAP SE', None, 'NA', 'Nokia']
    """
    filled, said = np.ones(len(texts), bool), np.ones(len(texts), bool)
    joined = "\n".join(texts)
    unclean = np.arange(len(texts))
    if joined.count("\n") < len(texts):
        unclean = lines_at(joined, _UNCLEAN, texts)
    # Where all is clean, the list itself need not be a second one.
    found = cast("list[str | None]", texts if len(unclean) == 0 else list(texts))
    for n in unclean.tolist():
        found[n] = name_of(texts[n])
        filled[n] = not is_missing(texts[n])
        said[n] = bool(found[n])
    return found, filled, said


@dataclass(frozen=True)
class Words:
    """The distinct texts of a column, cleaned, and what they look like.

    ``filled`` are those that are not missing, ``said`` those with words left, and
    ``coded`` those of them that can be codes. Texts that differ in digits alone have
    one ``shape``, unless their digits tell. ``total`` are those that could head a
    total or a class, ``money`` those that say cash.
    """

    texts: list[str | None]
    filled: NDArray[np.bool_]
    said: NDArray[np.bool_]
    coded: NDArray[np.bool_]
    shape: NDArray[np.int32]
    total: NDArray[np.bool_]
    money: NDArray[np.bool_]


def words_of(texts: list[str], *, codes: bool = False) -> Words:
    """Look at the distinct texts of a column.

    Parameters
    ----------
    texts : list of str
        Cells as written.
    codes : bool
        Whether they are identifiers, whose shape nobody asks for.

    Examples
    --------
    >>> found = words_of(["Fund 12", "Fund 34", "Total", "Cash 5"])
    >>> found.shape.tolist(), found.total.tolist()
    ([0, 0, 1, 2], [False, False, True, False])
    """
    import pandas as pd

    found, filled, said = cleaned(texts)
    if codes:
        return _of_codes(found, filled, said)
    number: dict[str, int] = {}
    parts = []
    for start in range(0, len(found), _BLOCK):
        joined = "\n".join(t or "" for t in found[start : start + _BLOCK])
        patterns = np.array(joined.translate(_DIGITS).split("\n"), dtype=object)
        part, distinct = pd.factorize(patterns)
        known = [number.setdefault(t, len(number)) for t in distinct.tolist()]
        parts.append(np.array(known, np.int32)[part])
    own = np.concatenate(parts) if parts else np.zeros(0, np.int32)
    shapes, to = plainer(list(number))
    own = to[own]
    total = np.array([sounds_total(s) or class_label(s) is not None for s in shapes])
    money = np.array([says_cash(s) for s in shapes])
    telling = np.array([_digits_tell(s) for s in shapes])
    shape = own.copy()
    alone = telling[shape]
    # The digits of these tell: each text is a shape of its own.
    shape[alone] = len(shapes) + np.flatnonzero(alone)
    return Words(found, filled, said, said, shape, total[own], money[own])


def _of_codes(
    found: list[str | None], filled: NDArray[np.bool_], said: NDArray[np.bool_]
) -> Words:
    """Look at identifiers: a word for a total has no digit at its end."""
    texts = [t or "" for t in found]
    total, coded = np.zeros(len(texts), bool), said.copy()
    for n in lines_at("\n".join(texts), _NO_CODE, texts).tolist():
        if is_known(texts[n]):
            total[n] = sounds_total(texts[n]) or class_label(texts[n]) is not None
        # An amount that slipped among codes is none.
        coded[n] &= _AMOUNT.fullmatch(texts[n]) is None
    shape, nothing = np.zeros(len(texts), np.int32), np.zeros(len(texts), bool)
    return Words(found, filled, said, coded, shape, total, nothing)


def _digits_tell(shape: str) -> bool:
    return _TELLING.search(shape) is not None or option_code(shape) is not None
