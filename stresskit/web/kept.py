"""A result kept whole, so that its workbook can be written when it is asked for.

Python's pickle can run any code it names. What is read here may name the nouns of
``stresskit.model`` and dates, and nothing else; factors are kept by id and hash.
"""

from __future__ import annotations

import copyreg
import datetime as dt
import io
import pickle
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any

from stresskit.model import Factor

if TYPE_CHECKING:
    from collections.abc import Callable

    from stresskit.model import HedgePlan, StressResult

_MODEL = "stresskit.model"
_DATES = {"date": dt.date, "datetime": dt.datetime, "timezone": dt.timezone}


class NotKept(Exception):
    """What was kept cannot be used by this version of the program."""


def _named(id_: str, revision: int, sha256: str) -> Factor:
    """Stand for a factor in what is kept; reading replaces it."""
    raise NotKept(f"{id_}@{revision} ({sha256[:12]}) was read without its folder")


def keep(result: StressResult, plan: HedgePlan | None) -> bytes:
    """Return a result and its hedges as bytes, factors by name."""
    buffer = io.BytesIO()
    writer = pickle.Pickler(buffer, protocol=5)
    table: dict[type, Callable[[Any], Any]] = copyreg.dispatch_table.copy()
    table[Factor] = lambda f: (_named, (f.id, f.revision, f.sha256))
    writer.dispatch_table = table
    writer.dump((result, plan))
    return buffer.getvalue()


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

    class Reader(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            if module == "datetime" and name in _DATES:
                return _DATES[name]
            if (module, name) == (__name__, "_named"):
                return factor
            if module == _MODEL or module.startswith(f"{_MODEL}."):
                found = super().find_class(module, name)
                if is_dataclass(found):
                    return found
            raise NotKept(f"it names {module}.{name}")

    def factor(id_: str, revision: int, sha256: str) -> Factor:
        found = load(f"{id_}@{revision}")
        if found.sha256 != sha256:
            raise NotKept(f"the factor {id_}@{revision} has changed")
        return found

    try:
        result, plan = Reader(io.BytesIO(data)).load()
    except NotKept:
        raise
    except Exception as error:
        raise NotKept(f"it cannot be read ({type(error).__name__})") from error
    return result, plan
