"""What can go wrong with a ledger, in words: no error of a database leaves it."""

from __future__ import annotations

from typing import Literal

from stresskit.errors import InputError, OutputError

Reason = Literal[
    "read-only",
    "full",
    "locked",
    "gone",
    "not-a-ledger",
    "newer",
    "in-use",
    "damaged",
    "failed",
]


class LedgerError(OutputError):
    """The ledger cannot be read or written; ``reason`` says why in one word."""

    code = "ledger"

    def __init__(self, message: str, *, reason: Reason = "failed", hint: str = ""):
        super().__init__(message, hint=hint)
        self.reason: Reason = reason


class IdempotencyConflict(InputError):
    """The idempotency key stands for another request of the same owner."""

    code = "idempotency"
