"""The addresses of the upload page: what a browser asks, answered with pages."""

from __future__ import annotations

import datetime as dt
from asyncio import to_thread
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

from stresskit.web import work
from stresskit.web.callers import SESSION
from stresskit.web.page import drafts, questions
from stresskit.web.page.addresses import run as address_of
from stresskit.web.page.given import Problem, Step, View
from stresskit.web.page.visits import (
    SignIn,
    Visit,
    callers_of,
    pages,
    set_form_cookie,
    visit,
)
from stresskit.web.problems import Refused
from stresskit.web.results import Form, job_of, made, result_in

if TYPE_CHECKING:
    from stresskit.web.ledger import Run

router = APIRouter(include_in_schema=False)
HERE = Path(__file__).parent
DOWNLOADS: dict[str, Form] = {
    "report.xlsx": "xlsx",
    "result.json": "json",
    "positions.csv": "csv",
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def add_to(app: FastAPI) -> None:
    """Add the page to an application."""
    # Its addresses are narrower, so that they come first.
    app.include_router(drafts.router)
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=HERE / "static"), "static")
    app.add_exception_handler(SignIn, _to_sign_in)


async def _to_sign_in(request: Request, _: Any) -> Response:
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    return RedirectResponse("/sign-in", 303)


@router.get("/docs")
async def api(request: Request) -> Response:
    """Show what can be asked over HTTP."""
    v = await visit(request)
    address = str(request.base_url).rstrip("/")
    document = request.app.openapi()
    return v.html(pages().api(document, address=address, csrf=v.csrf, user=v.user))


@router.get("/runs/{run_id}")
async def show(request: Request, run_id: str) -> Response:
    """Show a run as far as it is."""
    v = await visit(request)
    run = await v.run(run_id)
    if run.status == "draft":
        return await drafts.show_draft(v, run)
    if run.status in {"queued", "running"}:
        step = await _step(v, run)
        return v.html(pages().progress(run, step, csrf=v.csrf, user=v.user))
    if run.status == "done":
        view = View.of(request.query_params)
        given = await _result(v, run)
        text = await to_thread(
            pages().result, run, *given, view, csrf=v.csrf, user=v.user
        )
        return v.html(text)
    return v.html(pages().failed(run, _why(run), csrf=v.csrf, user=v.user))


def _why(run: Run) -> Problem:
    if run.problem is None:
        words = {
            "cancelled": "The run was stopped.",
            "interrupted": "The service ended while the run was under way.",
        }
        return Problem(title=words.get(run.status, "The run has no result."))
    return Problem(
        title="The run failed" if run.status == "failed" else "The run was interrupted",
        detail=run.problem["detail"],
        fix=run.problem["fix"],
        errors=run.problem["errors"],
    )


async def _step(v: Visit, run: Run) -> Step:
    if run.status == "queued":
        return Step(words="Waiting for a free process", ahead=v.service.ahead(run.id))
    words = v.service.step(run.id)
    number, of = questions.place_of(words, run.options)
    begun = run.started or run.created
    seconds = (dt.datetime.now(dt.UTC) - begun).total_seconds()
    return Step(words=words or "Starting", number=number, of=of, seconds=seconds)


@router.get("/runs/{run_id}/progress")
async def progress(request: Request, run_id: str) -> Response:
    """Show how far a run is."""
    v = await visit(request)
    run = await v.run(run_id)
    if run.status not in {"queued", "running"}:
        return Response(headers={"HX-Refresh": "true"})
    return v.html(pages().progress_fragment(await _step(v, run)))


async def _result(v: Visit, run: Run) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    ledger = v.service.ledger
    result = await v.service.db(ledger.result_of, run.id, run.owner)
    if result is None:
        raise Refused(404, "no-result", "The result was removed.")
    levels = await v.service.db(ledger.levels_of, run.id, run.owner)
    return await to_thread(orjson.loads, result), await to_thread(
        orjson.loads, levels or b"[]"
    )


@router.get("/runs/{run_id}/figures")
async def figures(request: Request, run_id: str) -> Response:
    """Show what the severity changes."""
    v = await visit(request)
    run = await v.run(run_id)
    view = View.of(request.query_params)
    given = await _result(v, run)
    answer = v.html(await to_thread(pages().figures, run, *given, view))
    answer.headers["HX-Replace-Url"] = address_of(run.id, "", view.asked())
    return answer


@router.get("/runs/{run_id}/positions")
async def positions(request: Request, run_id: str) -> Response:
    """Show the positions, sorted and filtered."""
    v = await visit(request)
    run = await v.run(run_id)
    view = View.of(request.query_params)
    given = await _result(v, run)
    answer = v.html(await to_thread(pages().positions, run, *given, view))
    answer.headers["HX-Replace-Url"] = address_of(run.id, "", view.asked())
    return answer


@router.post("/runs/{run_id}/{action}")
async def act(request: Request, run_id: str, action: str) -> Response:
    """Stop, delete or repeat a run."""
    v = await visit(request)
    await v.form()
    run = await v.run(run_id)
    if action == "cancel":
        return await _stopped(v, run)
    if action == "delete":
        await v.service.cancel(run.id)
        await v.service.db(v.service.ledger.delete, run.id, run.owner)
        return RedirectResponse("/", 303)
    if action == "again" and run.status == "interrupted":
        await v.service.again(run.id)
        return RedirectResponse(address_of(run.id), 303)
    if action == "again":
        return await drafts.once_more(v, run)
    raise Refused(404, "no-such-address", "There is nothing at this address.")


async def _stopped(v: Visit, run: Run) -> Response:
    """Stop a run, and go back to its question with its upload where that is there."""
    given = await v.service.db(v.service.ledger.input_of, run.id)
    if not await v.service.cancel(run.id) or given is None or run.kind != "file":
        return RedirectResponse(address_of(run.id), 303)
    return await drafts.begin(v, run, *given)


@router.get("/runs/{run_id}/files/{name}")
async def download(request: Request, run_id: str, name: str) -> Response:
    """Give a file of a run."""
    v = await visit(request)
    run = await v.run(run_id)
    if name in DOWNLOADS:
        answer = await result_in(v.service, run, DOWNLOADS[name])
    elif name == "annotated.xlsx":
        given = await v.service.db(v.service.ledger.input_of, run.id)
        if given is None:
            raise Refused(404, "no-upload", "The upload is no longer kept.")
        job = await job_of(v.service, run, *given)
        answer = Response(await made(v.service, work.annotated, job), media_type=XLSX)
    else:
        raise Refused(404, "no-such-file", "A run has no such file.")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@router.get("/sign-in")
async def sign_in_form(request: Request) -> Response:
    """Ask for a token."""
    csrf, cookie = callers_of(request).form_key(request)
    answer = HTMLResponse(pages().sign_in(csrf=csrf))
    set_form_cookie(request, answer, cookie)
    return answer


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Let a token open the page."""
    callers = callers_of(request)
    form = await request.form(max_files=0, max_fields=5)
    callers.check_form(request, form)
    answer: Response = RedirectResponse("/", 303)
    try:
        callers.slow_down(request)
        await callers.sign_in(str(form.get("token", "")), answer)
    except Refused as error:
        if error.status not in {401, 429}:
            raise
        csrf, _ = callers.form_key(request)
        text = pages().sign_in(csrf=csrf, error=error.body["detail"])
        answer = HTMLResponse(text, error.status)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """Forget the token."""
    form = await request.form(max_files=0, max_fields=5)
    callers_of(request).check_form(request, form)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(SESSION)
    return answer


def problem_page(request: Request, body: dict[str, Any]) -> Response | None:
    """Return a page for a problem, where a browser asked for one."""
    path = request.url.path
    if path.startswith("/v1") or path in {"/livez", "/readyz", "/metrics"}:
        return None
    status = int(body["status"])
    if "hx-request" in request.headers:
        headers = {"HX-Retarget": "#notice", "HX-Reswap": "innerHTML"}
        text = pages().notice(body["title"], body["detail"], body["fix"])
        return HTMLResponse(text, status, headers)
    if "text/html" not in request.headers.get("accept", ""):
        return None
    text = pages().problem(status, body["title"], body["detail"], body["fix"])
    return HTMLResponse(text, status)
