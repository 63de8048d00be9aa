"""``/v1/holdings``: what would be read, with every issue; nothing is kept."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from stresskit.web import work
from stresskit.web.api import documents
from stresskit.web.api.answers import STRICT, Runner, json_answer, problems, service_of
from stresskit.web.requests import body_of
from stresskit.web.results import made

router = APIRouter(prefix="/v1/holdings", tags=["holdings"], dependencies=STRICT)


@router.post(
    "",
    operation_id="readHoldings",
    response_class=Response,
    responses={
        200: documents.HOLDINGS_ANSWER,
        **problems(400, 408, 413, 415, 422, 501, 504),
    },
    openapi_extra=documents.HOLDINGS_REQUEST,
)
async def read_holdings(request: Request, caller: Runner) -> Response:
    """Read positions or a file and say what was read; nothing is computed or kept."""
    service = service_of(request)
    body = await body_of(request)
    job = work.Job(
        kind=body.kind,
        name=body.name,
        data=body.data,
        options=body.options.given(),
        sides=body.sides,
        own=await service.own(caller.owner),
    )
    return json_answer(await made(service, work.holdings, job))
