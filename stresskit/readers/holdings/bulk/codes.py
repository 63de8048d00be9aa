"""Check digits of many identifiers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.identifiers import is_valid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

SCHEMES = ("isin", "cusip", "sedol", "figi")
_LENGTHS = {"isin": 12, "cusip": 9, "sedol": 7, "figi": 12}
_BLOCK = 100_000
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CONSONANTS = "BCDFGHJKLMNPQRSTVWXYZ"
_DIGITS = "0123456789"
# Islands whose ISINs could be taken for a FIGI.
_NOT_FIGI = ("BS", "BM", "GG", "GB", "GH", "KY", "VG")


def _letters(allowed: str) -> NDArray[np.bool_]:
    table = np.zeros(256, bool)
    table[[ord(c) for c in allowed]] = True
    return table


def _numbers(letters: str) -> NDArray[np.int64]:
    table = np.zeros(256, np.int64)
    table[[ord(c) for c in letters]] = np.arange(len(letters))
    return table


_VALUE = _numbers(_ALPHABET)
_CUSIP_VALUE = _numbers(_ALPHABET + "*@#")
_CAPITAL, _DIGIT = _letters(_ALPHABET[10:]), _letters(_DIGITS)
_EITHER, _CUSIP_LETTER = _letters(_ALPHABET), _letters(_ALPHABET + "*@#")
_SEDOL_LETTER, _CONSONANT = _letters(_DIGITS + _CONSONANTS), _letters(_CONSONANTS)


class CodeTexts:
    """Texts in columns of letters, so that many are checked at once.

    Parameters
    ----------
    texts : sequence of str
        Identifiers in capitals without blanks.

    Examples
    --------
    >>> found = CodeTexts(["US0378331005", "US0378331009", "AAPL"])
    >>> found.shaped("isin").tolist(), found.valid("isin").tolist()
    ([True, True, False], [True, False, False])
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._count = len(texts)
        lengths = np.fromiter(map(len, texts), np.int32, len(texts))
        self._of: dict[int, tuple[NDArray[np.int64], NDArray[np.uint8]]] = {}
        for length in set(_LENGTHS.values()):
            at = np.flatnonzero(lengths == length)
            chosen = texts if len(at) == len(texts) else [texts[i] for i in at.tolist()]
            # A letter beyond Latin 1 becomes one that no identifier has.
            raw = "".join(chosen).encode("latin-1", errors="replace")
            letters = np.frombuffer(raw, np.uint8).reshape(len(at), length)
            self._of[length] = at, letters

    def shaped(self, scheme: str) -> NDArray[np.bool_]:
        """Say which have the letters and the length of a scheme's identifiers."""
        return self._found(scheme, _shape)

    def valid(self, scheme: str) -> NDArray[np.bool_]:
        """Say which are identifiers of a scheme with the right check digit."""
        return self._found(scheme, _checked)

    def _found(
        self,
        scheme: str,
        check: Callable[[NDArray[np.uint8], str], NDArray[np.bool_]],
    ) -> NDArray[np.bool_]:
        found = np.zeros(self._count, bool)
        at, letters = self._of[_LENGTHS[scheme]]
        for start in range(0, len(at), _BLOCK):
            part = slice(start, start + _BLOCK)
            found[at[part]] = check(letters[part], scheme)
        return found


def _checked(letters: NDArray[np.uint8], scheme: str) -> NDArray[np.bool_]:
    found = _shape(letters, scheme)
    found[found] = _check(letters[found], scheme)
    return found


def _shape(letters: NDArray[np.uint8], scheme: str) -> NDArray[np.bool_]:
    ends: NDArray[np.bool_] = _DIGIT[letters[:, -1]]
    if scheme == "isin":
        return _all(_CAPITAL, letters[:, :2]) & _all(_EITHER, letters[:, 2:]) & ends
    if scheme == "cusip":
        first = _all(_EITHER, letters[:, :4])
        return first & _all(_CUSIP_LETTER, letters[:, 4:8]) & ends
    if scheme == "sedol":
        return _all(_SEDOL_LETTER, letters[:, :6]) & ends
    island = np.zeros(len(letters), bool)
    for country in _NOT_FIGI:
        one, two = ord(country[0]), ord(country[1])
        island |= (letters[:, 0] == one) & (letters[:, 1] == two)
    return np.asarray(
        _all(_CONSONANT, letters[:, :2])
        & (letters[:, 2] == ord("G"))
        & _all(_SEDOL_LETTER, letters[:, 3:11])
        & ends
        & ~island
    )


def _all(allowed: NDArray[np.bool_], letters: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray(allowed[letters].all(axis=1))


def _check(letters: NDArray[np.uint8], scheme: str) -> NDArray[np.bool_]:
    last = _VALUE[letters[:, -1]]
    if scheme == "sedol":
        weights = np.array([1, 3, 1, 7, 3, 9])
        # Old numbers are all digits; those of today begin with a letter.
        dated = ~_DIGIT[letters[:, 0]] | _all(_DIGIT, letters)
        sums = (_VALUE[letters[:, :6]] * weights).sum(axis=1)
        return np.asarray(dated & (-sums % 10 == last))
    if scheme == "isin":
        return np.asarray(_known_country(letters) & (_luhn(_VALUE[letters]) == 0))
    # Every second letter counts twice; the digits of what comes out are added up.
    table = _CUSIP_VALUE if scheme == "cusip" else _VALUE
    values = table[letters[:, :-1]].copy()
    values[:, 1::2] *= 2
    return np.asarray(-(values // 10 + values % 10).sum(axis=1) % 10 == last)


def _known_country(letters: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Say whether ISINs begin with the letters of a country that has them."""
    pairs = letters[:, 0].astype(np.int64) * 256 + letters[:, 1]
    found, at = np.unique(pairs, return_inverse=True)
    known = [
        any(
            is_valid(f"{chr(p // 256)}{chr(p % 256)}{'0' * 9}{d}", "isin")
            for d in _DIGITS
        )
        for p in found.tolist()
    ]
    return np.asarray(np.array(known, bool)[at.reshape(-1)])


def _luhn(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give Luhn's sum modulo 10; from 10 on a letter counts as two digits."""
    total = np.zeros(len(values), np.int64)
    twice = np.zeros(len(values), bool)
    for place in range(values.shape[1] - 1, -1, -1):
        value = values[:, place]
        tens, ones = value // 10, value % 10
        total += np.where(twice, _DOUBLED[ones], ones)
        wide = value > 9
        total += np.where(wide, np.where(twice, tens, _DOUBLED[tens]), 0)
        twice = np.where(wide, twice, ~twice)
    return total % 10


_DOUBLED = np.array([2 * d // 10 + 2 * d % 10 for d in range(10)])
