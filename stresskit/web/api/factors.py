"""``/v1/factors``: the events that can be asked about, and one's own."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from stresskit.errors import FactorError
from stresskit.web import work
from stresskit.web.api import documents
from stresskit.web.api.answers import (
    STRICT,
    Reader,
    Runner,
    json_answer,
    problems,
    service_of,
)
from stresskit.web.api.schemas import FactorsOut, OwnFactorOut
from stresskit.web.factor_zips import own_factors
from stresskit.web.problems import Refused
from stresskit.web.results import made

if TYPE_CHECKING:
    from stresskit.web.callers import Caller
    from stresskit.web.service import Service

router = APIRouter(prefix="/v1/factors", tags=["factors"], dependencies=STRICT)
FactorId = Annotated[
    str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,63}(@[1-9][0-9]{0,5})?$", max_length=72)
]
MOST_OWN = 20
MOST_BYTES = 20_000_000
SHOWN = ("id", "revision", "title", "value_chain", "purpose")


async def factors_of(service: Service, caller: Caller) -> list[dict[str, Any]]:
    """Return every factor a caller can ask about, by id."""
    own = {f.id for f in await service.db(service.ledger.factors, caller.owner)}
    packed = await service.own(caller.owner)
    found = await asyncio.to_thread(_listed, packed)
    return [{**f, "own": f["id"] in own} for f in found]


def _listed(own: tuple[tuple[str, bytes], ...]) -> list[dict[str, Any]]:
    from stresskit.factors import list_factors

    found = list_factors(factors=own_factors(own))
    return sorted(
        (
            {
                **{k: f.get(k) or "" for k in SHOWN},
                "event_start": _day(f.get("event_start")),
                "event_end": _day(f.get("event_end")),
            }
            for f in found
        ),
        key=lambda f: str(f["id"]),
    )


def _day(value: object) -> str | None:
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if value else None


@router.get("", operation_id="listFactors", responses=problems(422))
async def list_factors(
    request: Request,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: Annotated[str | None, Query(max_length=72)] = None,
) -> FactorsOut:
    """List the factors there are, yours among them."""
    found = await factors_of(service_of(request), caller)
    rest = [f for f in found if after is None or f["id"] > after]
    page = rest[:limit]
    cursor = page[-1]["id"] if len(rest) > limit else None
    return json_answer({"items": page, "next": cursor})  # type: ignore[return-value]


@router.get(
    "/{factor_id}",
    operation_id="getFactor",
    response_class=Response,
    responses={
        200: {
            "description": "The factor, as `stresskit factor show --json` writes it.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        **problems(404, 422),
    },
)
async def get_factor(request: Request, factor_id: FactorId, caller: Reader) -> Response:
    """Show a factor: shocks with their evidence, sources, hash."""
    packed = await service_of(request).own(caller.owner)
    try:
        found = await asyncio.to_thread(_shown, factor_id, packed)
    except FactorError as error:
        raise Refused(
            404, "unknown-factor", str(error)[:500], fix="GET /v1/factors lists them."
        ) from error
    return json_answer(found)


def _shown(factor_id: str, own: tuple[tuple[str, bytes], ...]) -> bytes:
    from stresskit.factors import find_folders, load_factor
    from stresskit.writers.factor_folder import factor_table

    home = own_factors(own)
    if factor_id.partition("@")[0] not in find_folders("factor.toml", home):
        raise FactorError(f"There is no factor {factor_id}.")
    loaded = load_factor(factor_id, factors=home)
    content = {**factor_table(loaded), "sha256": loaded.sha256}
    return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)


@router.post(
    "",
    operation_id="uploadFactor",
    status_code=201,
    responses={
        201: {
            "model": OwnFactorOut,
            "description": "Taken; ask for it by its id.",
            "headers": documents.LOCATION,
        },
        **problems(408, 409, 413, 415, 422, 504),
    },
    openapi_extra=documents.FACTOR_REQUEST,
)
async def upload_factor(request: Request, caller: Runner) -> Response:
    """Add a factor of your own: a zip of its folder; nobody else sees it.

    What is there is never replaced, so that a result can be made again: give a
    corrected one another id.
    """
    service = service_of(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/zip":
        raise Refused(
            415,
            "media-type",
            "The body is no zip.",
            fix="Send application/zip: `zip -r f.zip my-event && curl --data-binary "
            "@f.zip -H 'Content-Type: application/zip' ...`.",
        )
    data = await request.body()
    job = work.Job(kind="file", name="factor.zip", data=data, options={})
    known = await factors_of(service, caller)
    found = await made(service, work.checked_factor, job)
    if found["id"] in {f["id"] for f in known}:
        raise _there(found)
    kept = sum(len(content) for _, content in await service.own(caller.owner))
    if sum(f["own"] for f in known) >= MOST_OWN or kept + len(data) > MOST_BYTES:
        raise Refused(
            409,
            "factors-full",
            f"You have {MOST_OWN} factors or {MOST_BYTES:,} bytes of them already.",
            fix="Ask the operator to serve them to everyone, with --factors.",
        )
    added = await service.db(
        service.ledger.add_factor, caller.owner, **found, content=data
    )
    service.forget_own(caller.owner)
    if not added:
        raise _there(found)
    headers = {"Location": f"/v1/factors/{found['id']}"}
    return json_answer(found, 201, headers)


def _there(found: dict[str, Any]) -> Refused:
    return Refused(
        409,
        "factor-there",
        f"There is a factor {found['id']} already.",
        fix="Give it another id.",
    )
