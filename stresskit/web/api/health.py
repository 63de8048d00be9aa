"""Whether the service lives, is ready, and how it does."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from stresskit.web.api.answers import json_answer, problems, service_of
from stresskit.web.api.schemas import StateOut
from stresskit.web.problems import Refused

router = APIRouter(tags=["operation"])


@router.get("/livez", operation_id="isAlive")
async def livez() -> StateOut:
    """Answer while the process lives."""
    return StateOut(status="alive")


@router.get("/readyz", operation_id="isReady", responses=problems(503))
async def readyz(request: Request) -> StateOut:
    """Answer 200 when runs can be taken: processes loaded, ledger at hand."""
    service = service_of(request)
    if not service.crew.ready:
        raise Refused(503, "starting", "The processes are still loading.")
    await service.db(service.ledger.ping)
    return StateOut(status="ready")


@router.get(
    "/metrics",
    operation_id="metrics",
    response_class=Response,
    responses={
        200: {
            "description": "Figures for Prometheus.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        **problems(503),
    },
)
async def metrics(request: Request) -> Response:
    """Show figures for Prometheus."""
    service = service_of(request)
    waiting = await service.db(service.ledger.queue_length)
    text = service.metrics.text(waiting=waiting, under_way=service.crew.under_way)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


@router.get("/v1/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    """Show the OpenAPI document."""
    return json_answer(request.app.openapi())
