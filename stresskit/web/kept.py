"""A result kept whole, so that its workbook can be written when it is asked for.

Python's pickle can run any code it names. What is read here may name one function
that makes the nouns of ``stresskit.model`` field by field, and dates, and nothing
else: not even the nouns' classes, whose attributes a pickle could set for everyone.
Factors are kept by id and hash.
"""

from __future__ import annotations

import datetime as dt
import inspect
import io
import pickle
import re
from dataclasses import fields, is_dataclass
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from stresskit import model
from stresskit.model import Factor
from stresskit.web.ledger.words import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Callable

    from stresskit.model import HedgePlan, StressResult

_DATES = {"date": dt.date, "datetime": dt.datetime, "timezone": dt.timezone}
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class NotKept(Exception):
    """What was kept cannot be used by this version of the program."""


@cache
def _nouns() -> dict[str, type]:
    """Return the nouns by name."""
    return {
        name: kind
        for name, kind in vars(model).items()
        if inspect.isclass(kind) and is_dataclass(kind) and kind is not Factor
    }


@cache
def _readers() -> dict[type, tuple[str, Callable[[Any], tuple[object, ...]]]]:
    """Return each noun's name and what reads all its fields: hundreds are written."""

    def reader(kind: type) -> Callable[[Any], tuple[object, ...]]:
        names = [f.name for f in fields(kind)]
        if len(names) > 1:
            return attrgetter(*names)
        return lambda noun: tuple(getattr(noun, name) for name in names)

    return {kind: (name, reader(kind)) for name, kind in _nouns().items()}


def _named(id_: str, revision: int, sha256: str) -> Factor:
    """Stand for a factor in what is kept; reading replaces it."""
    raise NotKept(f"{id_}@{revision} ({sha256[:12]}) was read without its folder")


def _noun(name: str, *values: object) -> object:
    """Make a noun from the values of its fields."""
    kind = _nouns().get(name) if isinstance(name, str) else None
    if kind is None:
        raise NotKept(f"it names {str(name)[:60]}")
    made: object = object.__new__(kind)
    for field, value in zip(fields(kind), values, strict=True):
        object.__setattr__(made, field.name, value)
    return made


class _Making:
    """Calls ``_noun``; without a dictionary, a pickle can do nothing else with it."""

    __slots__ = ()

    def __call__(self, name: str, *values: object) -> object:
        return _noun(name, *values)


class _Writer(pickle.Pickler):
    def __init__(self, buffer: io.BytesIO):
        super().__init__(buffer, protocol=5)
        self._readers = _readers()

    def reducer_override(self, given: Any) -> Any:
        """Write a noun as its name and values, a factor as its id and hash."""
        kind = type(given)
        if kind is Factor:
            return _named, (given.id, given.revision, given.sha256)
        if kind in self._readers:
            name, values = self._readers[kind]
            return _noun, (name, *values(given))
        return NotImplemented


def keep(result: StressResult, plan: HedgePlan | None) -> bytes:
    """Return a result and its hedges as bytes, factors by name."""
    buffer = io.BytesIO()
    _Writer(buffer).dump((result, plan))
    return pack(buffer.getvalue())


def kept(
    data: bytes, load: Callable[[str], Factor]
) -> tuple[StressResult, HedgePlan | None]:
    """Return what ``keep`` was given.

    Parameters
    ----------
    data
        What it gave.
    load
        Gives a factor by ``ID@REVISION``.

    Raises
    ------
    NotKept
        If the data is of another version, names anything but nouns, or a factor is no
        longer the same.
    """
    loaded: dict[tuple[str, int], Factor] = {}

    class Finding:
        __slots__ = ()

        def __call__(self, id_: str, revision: int, sha256: str) -> Factor:
            # An id only: a factor is also found by its folder's path.
            if not (_ID.fullmatch(id_) and type(revision) is int):
                raise NotKept("it names a factor by no id")
            found = loaded.get((id_, revision)) or load(f"{id_}@{revision}")
            loaded[id_, revision] = found
            if found.sha256 != sha256:
                raise NotKept(f"the factor {id_}@{revision} has changed")
            return found

    given = {"_named": Finding(), "_noun": _Making()}

    class Reader(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            """Return the few things there are; nothing is imported or looked up."""
            if module == "datetime" and name in _DATES:
                return _DATES[name]
            if module == __name__ and name in given:
                return given[name]
            raise NotKept(f"it names {module[:60]}.{name[:60]}")

    try:
        whole = unpack(data, packed=True)
        result, plan = Reader(io.BytesIO(whole)).load()
    except NotKept:
        raise
    except Exception as error:
        raise NotKept(f"it cannot be read ({type(error).__name__})") from error
    if not isinstance(result, model.StressResult):
        raise NotKept("it is no result")
    return result, plan
