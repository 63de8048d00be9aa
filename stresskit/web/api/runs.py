"""``/v1/runs``: ask, look, fetch, take back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from stresskit.web.api import documents
from stresskit.web.api.answers import (
    STRICT,
    Reader,
    Runner,
    json_answer,
    problems,
    run_of,
    service_of,
)
from stresskit.web.api.schemas import RunOut, RunsOut, run_out
from stresskit.web.ledger import NewRun
from stresskit.web.problems import Refused
from stresskit.web.requests import body_of
from stresskit.web.results import Form, form_of, result_in
from stresskit.web.webhooks import checked_url

if TYPE_CHECKING:
    from stresskit.web.ledger import Run
    from stresskit.web.requests import Body
    from stresskit.web.service import Service

router = APIRouter(prefix="/v1/runs", tags=["runs"], dependencies=STRICT)
LONGEST_WAIT = 60.0
USUAL_WAIT = 10.0
_WAIT = re.compile(r"wait\s*(?:=\s*\"?(\d{1,4})\"?)?", re.IGNORECASE)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def wait_of(request: Request) -> float:
    """Return how many seconds the client will wait (``Prefer: wait=10``); 0 is none."""
    for part in request.headers.get("prefer", "").split(","):
        found = _WAIT.fullmatch(part.partition(";")[0].strip())
        if found:
            return min(float(found[1] or USUAL_WAIT), LONGEST_WAIT)
    return 0.0


def key_of(request: Request) -> str | None:
    """Return the idempotency key.

    Raises
    ------
    Refused
        If it holds blanks or other than ASCII, or is too long.
    """
    given = request.headers.get("idempotency-key")
    if given is None:
        return None
    key = given.strip().strip('"')
    if not _KEY.fullmatch(key):
        raise Refused(
            400,
            "idempotency-key",
            "The Idempotency-Key is not 1 to 255 visible ASCII characters.",
            fix="A UUID is a good one.",
        )
    return key


@router.post(
    "",
    operation_id="createRun",
    status_code=202,
    responses={
        200: documents.RESULT,
        202: {
            "model": RunOut,
            "description": "The run waits or is under way.",
            "headers": documents.LOCATION,
        },
        **problems(400, 408, 409, 413, 415, 422, 501, 504),
    },
    openapi_extra=documents.RUN_REQUEST,
)
async def create_run(request: Request, caller: Runner) -> Response:
    """Stress positions (JSON) or a holdings file (form).

    With `Prefer: wait=10` a run that is done in time is answered with its result (200);
    otherwise the answer is 202 with the run's address in `Location`. The same
    `Idempotency-Key` with the same request stands for the same run.
    """
    service = service_of(request)
    key, seconds = key_of(request), wait_of(request)
    body = await body_of(request)
    at_once = bool(seconds) and body.options.quick
    new = new_run(service, body, caller.owner, key, at_once=at_once)
    if at_once:
        id_, found = await service.at_once(new, seconds)
        return await _answer(service, id_, caller.owner, found)
    run, _ = await service.submit(new)
    if not seconds:
        return _taken(run)
    found = await service.wait(run.id, seconds)
    return await _answer(service, run.id, caller.owner, found)


def new_run(
    service: Service, body: Body, owner: str, key: str | None, *, at_once: bool
) -> NewRun:
    """Return what is written down of a request.

    Raises
    ------
    Refused
        If its webhook may not be told.
    """
    if body.webhook is not None:
        checked_url(body.webhook, service.settings.webhook_hosts)
    return NewRun(
        owner=owner,
        kind="json" if body.kind == "json" else "file",
        input_name=body.name,
        input=body.data,
        options=body.options.given(),
        sides=body.sides,
        status="running" if at_once else "queued",
        idempotency_key=key,
        webhook=body.webhook,
    )


async def _answer(
    service: Service, id_: str, owner: str, found: bytes | None
) -> Response:
    """Answer who waited."""
    headers = {"Location": f"/v1/runs/{id_}"}
    if found is None:
        run = await service.db(service.ledger.get, id_, owner)
        assert run is not None  # noqa: S101 - no line is ever deleted
        if run.has_result:
            found = await service.db(service.ledger.result_of, id_, owner)
        elif run.problem is not None:
            raise Refused.of(run.problem, headers)
        if found is None:
            return _taken(run)
    headers["Content-Location"] = f"/v1/runs/{id_}/result"
    headers["Preference-Applied"] = "wait"
    return json_answer(found, 200, headers)


def _taken(run: Run) -> Response:
    """Say that a run waits or is under way, and where."""
    headers = {"Location": f"/v1/runs/{run.id}", "Retry-After": "1"}
    return json_answer(run_out(run), 202, headers)


@router.get("", operation_id="listRuns", responses=problems(422))
async def list_runs(
    request: Request,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    after: Annotated[str | None, Query(max_length=64)] = None,
    status: Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
    | None = None,
) -> RunsOut:
    """List your runs, newest first; `next` is the cursor of the next page."""
    service = service_of(request)
    found, cursor = await service.db(
        service.ledger.list, caller.owner, limit=limit, after=after, status=status
    )
    content = {"items": [run_out(r) for r in found], "next": cursor}
    headers = {}
    if cursor:
        asked = {"limit": str(limit), "after": cursor}
        asked |= {"status": status} if status else {}
        headers["Link"] = f'</v1/runs?{urlencode(asked)}>; rel="next"'
    return json_answer(content, headers=headers)  # type: ignore[return-value]


@router.get("/{run_id}", operation_id="getRun", responses=problems(404))
async def get_run(request: Request, run_id: str, caller: Reader) -> RunOut:
    """Say how a run stands."""
    service = service_of(request)
    run = await run_of(service, run_id, caller)
    headers = {"Retry-After": "1"} if run.status in {"queued", "running"} else {}
    return json_answer(run_out(run), headers=headers)  # type: ignore[return-value]


@router.delete(
    "/{run_id}",
    operation_id="deleteRun",
    status_code=204,
    responses={204: {"description": "Stopped and removed."}, **problems(404)},
)
async def delete_run(request: Request, run_id: str, caller: Runner) -> Response:
    """Stop a run, and remove its input and result; its line in the ledger stays."""
    service = service_of(request)
    run = await run_of(service, run_id, caller)
    if run.status in {"draft", "queued", "running", "interrupted"}:
        await service.cancel(run.id)
    await service.db(service.ledger.delete, run.id, caller.owner)
    return Response(status_code=204)


@router.post(
    "/{run_id}/again",
    operation_id="runAgain",
    status_code=202,
    responses={
        202: {"model": RunOut, "description": "It waits again."},
        **problems(404, 409),
    },
)
async def run_again(request: Request, run_id: str, caller: Runner) -> Response:
    """Run again what was under way when the service or its process ended."""
    service = service_of(request)
    run = await run_of(service, run_id, caller)
    if not await service.again(run.id):
        raise Refused(
            409,
            "not-interrupted",
            f"The run is {run.status}, not interrupted.",
            fix="Only what was interrupted can be run again; send others anew.",
        )
    run = await run_of(service, run_id, caller)
    return json_answer(run_out(run), 202, {"Location": f"/v1/runs/{run.id}"})


async def _result(request: Request, run_id: str, caller: Any, form: Form) -> Response:
    service = service_of(request)
    run = await run_of(service, run_id, caller)
    return await result_in(service, run, form)


@router.get(
    "/{run_id}/result",
    operation_id="getResult",
    response_class=Response,
    responses={200: documents.RESULT_ANY, **problems(404, 406, 409, 501, 504)},
)
async def get_result(request: Request, run_id: str, caller: Reader) -> Response:
    """Fetch the result as JSON, CSV, Parquet or workbook, as `Accept` says."""
    return await _result(
        request, run_id, caller, form_of(request.headers.get("accept", ""))
    )


@router.get(
    "/{run_id}/result.{suffix}",
    operation_id="getResultAs",
    response_class=Response,
    responses={200: documents.RESULT_ANY, **problems(404, 406, 409, 422, 501, 504)},
)
async def get_result_as(
    request: Request,
    run_id: str,
    suffix: Literal["json", "csv", "parquet", "xlsx"],
    caller: Reader,
) -> Response:
    """Fetch the result in the form that the address ends with."""
    return await _result(request, run_id, caller, suffix)
