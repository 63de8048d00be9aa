"""The application: REST, page, gate and errors around one service."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from stresskit import __version__
from stresskit.errors import StresskitError
from stresskit.web.api import factors, health, holdings, runs
from stresskit.web.api.answers import problem_answer
from stresskit.web.api.documents import finished
from stresskit.web.callers import Callers
from stresskit.web.gate import Gate
from stresskit.web.ledger import LedgerError
from stresskit.web.problems import Refused, one_error, problem, problem_of
from stresskit.web.service import Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Scope

    from stresskit.web.settings import Settings

log = logging.getLogger("stresskit.web")
PARTS = (runs, holdings, factors, health)
ABOUT = (
    "Stress a portfolio with a market event: holdings in, P&L with a band, its causes "
    "and hedges out. Money is in base currency, returns are decimals, a loss is "
    "negative. Errors are problem details (RFC 9457) whose `errors` say where in the "
    "input, and how to fix it."
)


def make_app(settings: Settings) -> FastAPI:
    """Return the application of one server; its ledger is opened when it starts.

    Raises
    ------
    InputError
        If the ledger's address or a setting is none.
    LedgerError
        If the ledger cannot be opened.
    """
    service = Service(settings)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await service.start()
        try:
            yield
        finally:
            await service.close()

    app = _bare(life)
    app.state.service = service
    app.state.callers = Callers(service)
    from stresskit.web.page import routes

    routes.add_to(app)

    async def mistake(scope: Scope, error: Exception) -> ASGIApp:
        headers = error.headers if isinstance(error, Refused) else None
        return _shown(Request(scope), problem_of(error), headers)

    app.add_middleware(
        Gate, settings=settings, metrics=service.metrics, mistake=mistake
    )
    for kind, answer in (
        (Refused, _refused),
        (StresskitError, _failed),
        (RequestValidationError, _invalid),
        (HTTPException, _http),
    ):
        app.add_exception_handler(kind, answer)
    return app


def document() -> dict[str, Any]:
    """Return the OpenAPI document, which needs no service."""
    return _bare().openapi()


def _bare(life: Any = None) -> FastAPI:
    app = FastAPI(
        title="stresskit",
        version=__version__,
        description=ABOUT,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=life,
        redirect_slashes=False,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    for part in PARTS:
        app.include_router(part.router)
    plain = app.openapi
    app.openapi = cache(lambda: finished(plain()))  # type: ignore[method-assign]
    return app


async def _refused(request: Request, error: Any) -> Response:
    return _shown(request, error.body, error.headers)


async def _failed(request: Request, error: Any) -> Response:
    if isinstance(error, LedgerError):
        log.error("%s", error)
    return _shown(request, problem_of(error))


async def _invalid(request: Request, error: Any) -> Response:
    wrong = tuple(
        one_error(
            message=str(e["msg"]),
            column=".".join(str(p) for p in e["loc"][1:])[:100],
            value=repr(e.get("input"))[:100],
        )
        for e in error.errors()
    )
    body = problem(
        422,
        "parameters",
        "Parameters of the address cannot be used.",
        fix="See /v1/openapi.json for what each may be.",
        errors=wrong,
    )
    return _shown(request, body)


async def _http(request: Request, error: Any) -> Response:
    code = {404: "no-such-address", 405: "method"}.get(error.status_code, "http")
    body = problem(error.status_code, code, str(error.detail))
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_methods(request))
    return _shown(request, body, headers)


def _methods(request: Request) -> list[str]:
    """Return the methods of an address over all its routes, not the first alone."""
    found: set[str] = set()
    for route in chain(request.app.routes, *(p.router.routes for p in PARTS)):
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            found |= getattr(route, "methods", None) or set()
    return sorted(found)


def _shown(
    request: Request, body: dict[str, Any], headers: dict[str, str] | None = None
) -> Response:
    """Answer a browser with a page, and a program with a problem."""
    from stresskit.web.page import routes

    page: Response | None = routes.problem_page(request, body)
    if page is None:
        return problem_answer(body, headers)
    page.headers.update(headers or {})
    return page
