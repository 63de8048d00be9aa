"""Errors as answers: RFC 9457 problem details, from one table."""

from __future__ import annotations

import reprlib
import traceback
from http import HTTPStatus
from pathlib import PurePath
from typing import Any

from stresskit.errors import (
    ComputationError,
    HoldingsError,
    InputError,
    MissingExtra,
    OutputError,
    PluginError,
    StresskitError,
)
from stresskit.web.ledger.errors import IdempotencyConflict, LedgerError

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 1_000
# A process takes 10 KB for each; of more a book is made (`stresskit batch`).
MOST_POSITIONS = 20_000
# The first that fits counts: whose fault it is, unless the code says more.
STATUSES: dict[type[StresskitError], int] = {
    IdempotencyConflict: 422,
    LedgerError: 503,
    InputError: 422,
    ComputationError: 422,
    PluginError: 501,
    MissingExtra: 501,
    OutputError: 500,
}
STATUS_OF_CODE = {"too-large": 413, "not-found": 404, "unknown-id": 404}


class Refused(Exception):
    """A request that is answered with a problem."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        fix: str = "",
        errors: tuple[dict[str, Any], ...] = (),
        headers: dict[str, str] | None = None,
    ):
        super().__init__(detail)
        self.body = problem(status, code, detail, fix=fix, errors=errors)
        self.headers = headers or {}

    @classmethod
    def of(cls, body: dict[str, Any], headers: dict[str, str] | None = None) -> Refused:
        """Return the same for a problem that is already one."""
        made = cls(int(body["status"]), "", "", headers=headers)
        made.body = body
        return made

    @property
    def status(self) -> int:
        """The status of the answer."""
        return int(self.body["status"])


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    fix: str = "",
    errors: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:
    """Return a problem: what is wrong, where, and how to fix it."""
    return {
        "type": f"urn:stresskit:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "fix": fix,
        "errors": list(errors[:MOST_ERRORS]),
    }


def one_error(
    *,
    message: str,
    fix: str = "",
    sheet: str | None = None,
    row: int | None = None,
    column: str | None = None,
    value: str | None = None,
) -> dict[str, Any]:
    """Return an entry of a problem's ``errors``; positions of JSON count as rows."""
    return {
        "sheet": sheet,
        "row": row,
        "column": column,
        "value": value,
        "message": message,
        "fix": fix,
    }


def shown(value: object) -> str:
    """Return a value as an error shows it, whatever its size."""
    said = value if isinstance(value, str) else reprlib.repr(value)
    return said[:100]


def refuse_many(positions: int) -> None:
    """Refuse more positions than a portfolio has.

    Raises
    ------
    Refused
        If there are more than 20,000.
    """
    if positions > MOST_POSITIONS:
        raise Refused(
            413,
            "too-many-positions",
            f"There are {positions:,} positions, more than {MOST_POSITIONS:,}.",
            fix="Send one portfolio at a time; for a whole book there is "
            "`stresskit batch`.",
        )


def problem_of(error: Exception) -> dict[str, Any]:
    """Return the problem of an error; what is no fault of a user's is ours."""
    if isinstance(error, Refused):
        return error.body
    if not isinstance(error, StresskitError):
        return problem(
            500,
            "program",
            f"stresskit made a mistake ({type(error).__name__}).",
            fix="Please report it with the time of the request.",
        )
    if isinstance(error, LedgerError):
        from stresskit.web.ledger.failures import SAID

        # Where the ledger is concerns the operator, who finds it in the log.
        what, fix = SAID.get(error.reason, SAID["failed"])
        return problem(503, error.code, f"The ledger {what}.", fix=fix)
    status = next((s for kind, s in STATUSES.items() if isinstance(error, kind)), 500)
    if isinstance(error, InputError):
        status = STATUS_OF_CODE.get(error.code, status)
    found: tuple[dict[str, Any], ...] = ()
    if isinstance(error, HoldingsError):
        serious = [i for i in error.issues if i.severity == "error"] or error.issues
        found = tuple(
            one_error(
                message=i.message,
                fix=i.fix,
                sheet=i.sheet,
                row=i.row,
                column=i.column,
                value=i.value,
            )
            for i in serious
        )
    return problem(status, error.code, str(error), fix=error.hint, errors=found)


def where_of(error: BaseException) -> str:
    """Return what kind of error was raised where, without its words.

    Messages of errors may hold what a user sent, and a log must not.

    Examples
    --------
    >>> where_of(ValueError("MEIER FAMILY OFFICE"))
    'ValueError'
    """
    told: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(told) < 5:
        frames = traceback.extract_tb(cause.__traceback__)[-6:]
        places = (f"{PurePath(f.filename).name}:{f.lineno}" for f in frames)
        told.append(" ".join([type(cause).__name__, *places]))
        cause = cause.__cause__ or cause.__context__
    return ", from ".join(told)
