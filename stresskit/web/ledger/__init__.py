"""Who ran what when on which input: the ledger, on SQLite or PostgreSQL.

::

    draft ──> queued ──> running ──> done
                 ^          ├──────> failed
                 │          v
                 └─── interrupted        (draft, queued, running and interrupted
                                          can be cancelled)

A line is never deleted. What lies beside it (input, side files, preview, result) goes
when the run is over, when its owner says so, or when it is old.

A name is loaded when it is first used: the processes that compute know its errors, and
need no database.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stresskit.web.ledger.errors import IdempotencyConflict, LedgerError
    from stresskit.web.ledger.ledger import Ledger
    from stresskit.web.ledger.place import ledger_url
    from stresskit.web.ledger.records import (
        Delivery,
        NewRun,
        Outcome,
        OwnFactor,
        Role,
        Run,
        Status,
        Token,
    )

_HOME = {
    "IdempotencyConflict": "errors",
    "Ledger": "ledger",
    "LedgerError": "errors",
    "ledger_url": "place",
}

__all__ = [
    "Delivery",
    "IdempotencyConflict",
    "Ledger",
    "LedgerError",
    "NewRun",
    "Outcome",
    "OwnFactor",
    "Role",
    "Run",
    "Status",
    "Token",
    "ledger_url",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        module = import_module(f"stresskit.web.ledger.{_HOME.get(name, 'records')}")
        return getattr(module, name)
    raise AttributeError(f"module 'stresskit.web.ledger' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
