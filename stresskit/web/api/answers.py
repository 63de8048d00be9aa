"""Answers that several routes give."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Annotated, Any, cast

from fastapi import Depends, Request, Response, Security
from fastapi.security import HTTPBearer

from stresskit.web.api.schemas import ProblemOut
from stresskit.web.api.spelled import in_request
from stresskit.web.callers import Caller
from stresskit.web.problems import MEDIA_TYPE, Refused, one_error

if TYPE_CHECKING:
    from stresskit.web.callers import Callers
    from stresskit.web.ledger import Run
    from stresskit.web.service import Service

_LATER = {
    "Retry-After": {
        "description": "Seconds to wait.",
        "schema": {"type": "integer", "minimum": 0},
    }
}
HEADERS: dict[int, dict[str, Any]] = {
    401: {
        "WWW-Authenticate": {
            "description": "How to ask.",
            "required": True,
            "schema": {"type": "string", "pattern": "^Bearer"},
        }
    },
    429: _LATER,
    503: _LATER,
}
bearer = HTTPBearer(
    auto_error=False,
    description="A token of `stresskit token create`. Not needed by this machine's own "
    "user while there are no tokens.",
)


def service_of(request: Request) -> Service:
    """Return the service of the application."""
    return cast("Service", request.app.state.service)


async def _reader(request: Request, _: Annotated[Any, Security(bearer)]) -> Caller:
    callers = cast("Callers", request.app.state.callers)
    return await callers.of_program(request)


async def _runner(caller: Annotated[Caller, Depends(_reader)]) -> Caller:
    caller.may_run()
    return caller


Reader = Annotated[Caller, Depends(_reader)]
Runner = Annotated[Caller, Depends(_runner)]


async def known_parameters(request: Request) -> None:
    """Refuse parameters of the address that mean nothing: ``limt=5`` was a slip.

    Raises
    ------
    Refused
        If there are any.
    """
    known = [p.alias for p in request.scope["route"].dependant.query_params]
    unknown = [n[:60] for n in request.query_params if n not in known]
    if not unknown:
        return
    errors = []
    for name in unknown[:20]:
        near = difflib.get_close_matches(name, known, n=1)
        fix = f"Did you mean {near[0]}?" if near else "Leave it out."
        errors.append(one_error(message="not known", column=name, fix=fix))
    raise Refused(
        422,
        "parameters",
        f"The address has parameters that are not known: {', '.join(unknown)[:300]}.",
        fix=f"Known: {', '.join(known)}." if known else "There are none here.",
        errors=tuple(errors),
    )


STRICT = (Depends(known_parameters),)


def json_answer(
    content: Any, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Return JSON that is checked by nobody twice."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Response(body, status, headers, "application/json")


def problem_answer(
    body: dict[str, Any], headers: dict[str, str] | None = None
) -> Response:
    """Return a problem."""
    text = json.dumps(in_request(body)).encode()
    return Response(text, int(body["status"]), headers, MEDIA_TYPE)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the problems of a route for the OpenAPI document."""
    said = {
        400: "The body cannot be read.",
        401: "No token, or one that is not known.",
        403: "The token may not do this.",
        404: "There is none of this id.",
        406: "No such form.",
        408: "The body came too slowly.",
        409: "Not in this state.",
        413: "The body is too large.",
        415: "The body is of no known kind.",
        421: "The service has another name.",
        422: "The input cannot be used; each error says where and how to fix it.",
        429: "Too many requests.",
        500: "A mistake of the service.",
        501: "Something is not installed.",
        503: "Too much is waiting, or the ledger cannot be used.",
        504: "It took too long.",
    }
    always = (401, 403, 421, 429, 500, 503)
    return {
        status: {
            "model": ProblemOut,
            "description": said[status],
            "headers": HEADERS.get(status, {}),
        }
        for status in sorted({*always, *statuses})
    }


async def run_of(service: Service, id_: str, caller: Caller) -> Run:
    """Return a run of the caller's.

    Raises
    ------
    Refused
        If there is none of this id; another caller's is none.
    """
    run = await service.db(service.ledger.get, id_, caller.owner)
    if run is None:
        raise Refused(
            404,
            "unknown-run",
            "You have no run of this id.",
            fix="GET /v1/runs lists your runs.",
        )
    return run
