"""The addresses of the upload page: what a browser asks, answered with pages."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

from stresskit import __version__
from stresskit.web import work
from stresskit.web.api.factors import factors_of
from stresskit.web.callers import SESSION, Caller
from stresskit.web.ledger import NewRun
from stresskit.web.page import questions
from stresskit.web.page.addresses import run as address_of
from stresskit.web.page.corrections import read_correction
from stresskit.web.page.given import (
    Chosen,
    Correction,
    Example,
    Limits,
    Problem,
    Step,
    User,
    View,
)
from stresskit.web.page.render import Pages
from stresskit.web.problems import Refused
from stresskit.web.requests import safe_name
from stresskit.web.results import Form, job_of, made, result_in

if TYPE_CHECKING:
    from stresskit.web.callers import Callers
    from stresskit.web.ledger import Run
    from stresskit.web.service import Service

router = APIRouter(include_in_schema=False)
HERE = Path(__file__).parent
SHOWN_RUNS = 20
DOWNLOADS: dict[str, Form] = {
    "report.xlsx": "xlsx",
    "result.json": "json",
    "positions.csv": "csv",
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SignIn(Exception):
    """The caller has to sign in first."""


@cache
def pages() -> Pages:
    """Return the pages, made once."""
    return Pages(version=__version__)


def add_to(app: FastAPI) -> None:
    """Add the page to an application."""
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=HERE / "static"), "static")
    app.add_exception_handler(SignIn, _to_sign_in)


async def _to_sign_in(request: Request, _: Any) -> Response:
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    return RedirectResponse("/sign-in", 303)


def _service(request: Request) -> Service:
    return cast("Service", request.app.state.service)


def _callers(request: Request) -> Callers:
    return cast("Callers", request.app.state.callers)


class Visit:
    """One request of a browser: who, with which form, against which service."""

    def __init__(self, request: Request, caller: Caller):
        self.request = request
        self.caller = caller
        self.service = _service(request)
        self.csrf, self._cookie = _callers(request).form_key(request)
        self.user = User(
            name=caller.owner if caller.signed_in else "",
            may_run=caller.role == "run",
            signs_in=caller.signed_in,
        )

    @property
    def fragment(self) -> bool:
        """Whether a part of the page is asked for."""
        return "hx-request" in self.request.headers

    def html(self, text: str, status: int = 200) -> Response:
        """Answer with a page."""
        answer = HTMLResponse(text, status, {"Vary": "HX-Request"})
        return self.with_cookie(answer)

    def with_cookie(self, answer: Response) -> Response:
        """Set the cookie that forms are checked with, where there is none."""
        _set_form_cookie(self.request, answer, self._cookie)
        return answer

    async def form(self) -> dict[str, Any]:
        """Return the fields of a form that our own page showed.

        Raises
        ------
        Refused
            If another site sent it, or the caller may not run.
        """
        try:
            form = await self.request.form(max_files=1, max_fields=60)
        except MultiPartException as error:
            raise Refused(400, "form", "The form cannot be read.") from error
        _callers(self.request).check_form(self.request, form)
        self.caller.may_run()
        return dict(form.items())

    async def run(self, id_: str) -> Run:
        """Return a run of the caller's.

        Raises
        ------
        Refused
            If there is none.
        """
        found = await self.service.db(self.service.ledger.get, id_, self.caller.owner)
        if found is None or found.deleted:
            raise Refused(
                404,
                "unknown-run",
                "There is no such run, or it was deleted.",
                fix="The first page lists your runs.",
            )
        return found


def _set_form_cookie(request: Request, answer: Response, value: str | None) -> None:
    if value is not None:
        answer.set_cookie(
            "stresskit_form",
            value,
            httponly=True,
            samesite="strict",
            secure=_service(request).settings.secure,
        )


async def visit(request: Request) -> Visit:
    """Return the visit, or send its caller to sign in."""
    caller = await _callers(request).of_page(request)
    if caller is None:
        raise SignIn
    return Visit(request, caller)


@router.get("/")
async def home(request: Request) -> Response:
    """Show upload, examples and runs."""
    return await _home(await visit(request))


async def _home(v: Visit, error: Problem | None = None, status: int = 200) -> Response:
    ledger = v.service.ledger
    found, _ = await v.service.db(ledger.list, v.caller.owner, limit=SHOWN_RUNS)
    text = pages().home(
        [r for r in found if not r.deleted],
        csrf=v.csrf,
        user=v.user,
        limits=Limits(most_bytes=v.service.settings.upload_bytes),
        examples=_examples(),
        error=error,
    )
    return v.html(text, status)


@cache
def _examples() -> tuple[Example, ...]:
    from stresskit.pipeline import example_names

    return tuple(Example(name=name, title=title) for name, title in example_names())


@router.get("/docs")
async def api(request: Request) -> Response:
    """Show what can be asked over HTTP."""
    v = await visit(request)
    address = str(request.base_url).rstrip("/")
    document = request.app.openapi()
    return v.html(pages().api(document, address=address, csrf=v.csrf, user=v.user))


@router.post("/runs")
async def upload(request: Request) -> Response:
    """Take a file, read it, and show what was read."""
    v = await visit(request)
    form = await v.form()
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        wrong = Problem(
            title="There is no file",
            fix="Choose the file with the holdings, then press the button.",
        )
        return await _home(v, wrong, 422)
    name, data = safe_name(file.filename), await file.read()
    return await _drafted(v, name, data, {}, keep=form.get("keep") == "1")


@router.post("/examples/{name}")
async def example(request: Request, name: str) -> Response:
    """Begin with a shipped example."""
    from stresskit.pipeline import example_files

    v = await visit(request)
    await v.form()
    if name not in {e.name for e in _examples()}:
        raise Refused(404, "unknown-example", "There is no such example.")
    holdings, fx = example_files(name)
    sides = {"fx": (fx.name, await asyncio.to_thread(fx.read_bytes))} if fx else {}
    data = await asyncio.to_thread(holdings.read_bytes)
    return await _drafted(v, holdings.name, data, sides, keep=True)


async def _drafted(
    v: Visit,
    name: str,
    data: bytes,
    sides: dict[str, tuple[str, bytes]],
    *,
    keep: bool,
) -> Response:
    options: dict[str, Any] = {"page": True, "keep": keep}
    new = NewRun(
        owner=v.caller.owner,
        kind="file",
        input_name=name,
        input=data,
        options=options,
        sides=sides,
        status="draft",
    )
    run, _ = await v.service.submit(new)
    try:
        await _read(v, run, options, data, sides)
    except Refused as error:
        await v.service.cancel(run.id)
        wrong = Problem(
            title=f"{name} cannot be read",
            detail=error.body["detail"],
            fix=error.body["fix"],
            errors=error.body["errors"],
        )
        return await _home(v, wrong, error.status)
    return v.with_cookie(RedirectResponse(address_of(run.id), 303))


async def _read(
    v: Visit,
    run: Run,
    options: dict[str, Any],
    data: bytes,
    sides: dict[str, tuple[str, bytes]],
) -> None:
    """Read a draft as it is asked now, and keep what was read beside it."""
    job = await job_of(v.service, run, data, sides, options=options)
    found = await made(v.service, work.preview, job)
    await v.service.db(v.service.ledger.set_options, run.id, options)
    await v.service.db(v.service.ledger.set_preview, run.id, found)


@router.get("/runs/{run_id}")
async def show(request: Request, run_id: str) -> Response:
    """Show a run as far as it is."""
    v = await visit(request)
    run = await v.run(run_id)
    if run.status == "draft":
        return await _preview(v, run)
    if run.status in {"queued", "running"}:
        step = await _step(v, run)
        return v.html(pages().progress(run, step, csrf=v.csrf, user=v.user))
    if run.status == "done":
        view = View.of(request.query_params)
        given = await _result(v, run)
        return v.html(pages().result(run, *given, view, csrf=v.csrf, user=v.user))
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


async def _seen(v: Visit, run: Run) -> tuple[dict[str, Any], dict[str, Any]]:
    found = await v.service.db(v.service.ledger.preview_of, run.id)
    if found is None:
        raise Refused(409, "no-draft", "The upload is gone.", fix="Upload it again.")
    both = json.loads(found)
    return both["holdings"], both["mapping"]


async def _preview(
    v: Visit,
    run: Run,
    *,
    chosen: Chosen | None = None,
    errors: dict[str, str] | None = None,
    correction: Correction | None = None,
    status: int = 200,
) -> Response:
    holdings, mapping = await _seen(v, run)
    factors = await factors_of(v.service, v.caller)
    choices = questions.choices(factors, v.service.settings.factors)
    shown = replace(
        chosen or questions.chosen(run.options),
        page=View.of(v.request.query_params).page,
        correction=correction or _opened(v.request.query_params.get("edit")),
    )
    text = pages().preview(
        run,
        holdings,
        mapping,
        choices,
        shown,
        csrf=v.csrf,
        user=v.user,
        errors=errors,
    )
    return v.html(text, status)


def _opened(position: str | None) -> Correction | None:
    """Return the form of a position, open with what stands."""
    return Correction(position=position) if position else None


@router.get("/runs/{run_id}/mapping")
async def mapping_row(request: Request, run_id: str) -> Response:
    """Show one position's rows, with its form where it is asked for."""
    v = await visit(request)
    run = await v.run(run_id)
    position = request.query_params.get("position", "")
    edit = "edit" in request.query_params
    return await _row(v, run, position, _opened(position if edit else None))


async def _row(
    v: Visit, run: Run, position: str, correction: Correction | None
) -> Response:
    holdings, mapping = await _seen(v, run)
    factors = await factors_of(v.service, v.caller)
    choices = questions.choices(factors, v.service.settings.factors)
    if position not in {p["id"] for p in holdings["positions"]}:
        raise Refused(404, "unknown-position", "There is no such position.")
    text = pages().mapping_row(
        run,
        holdings,
        mapping,
        choices,
        position,
        csrf=v.csrf,
        correction=correction,
    )
    return v.html(text)


@router.post("/runs/{run_id}/mapping")
async def correct(request: Request, run_id: str) -> Response:
    """Put a position where the user says."""
    v = await visit(request)
    form = await v.form()
    run = await v.run(run_id)
    holdings, mapping = await _seen(v, run)
    found = read_correction(form, mapping["segments"])
    if isinstance(found, Correction):
        if v.fragment:
            return await _row(v, run, found.position, found)
        return await _preview(v, run, correction=found, status=422)
    options = questions.corrected(run.options, holdings, found, by=v.caller.owner)
    given = await v.service.db(v.service.ledger.input_of, run.id)
    if given is None or run.status != "draft":
        raise Refused(409, "no-draft", "The upload is gone.", fix="Upload it again.")
    await _read(v, run, options, *given)
    if v.fragment:
        return await _row(v, run, found.position, None)
    return RedirectResponse(address_of(run.id), 303)


@router.post("/runs/{run_id}/start")
async def start(request: Request, run_id: str) -> Response:
    """Ask the question of the form."""
    v = await visit(request)
    form = await v.form()
    run = await v.run(run_id)
    if run.status != "draft":
        return RedirectResponse(address_of(run.id), 303)
    asked = questions.asked(form)
    options, errors = questions.options(run.options, asked)
    if errors:
        return await _preview(v, run, chosen=asked, errors=errors, status=422)
    if await v.service.db(v.service.ledger.submit, run.id, options):
        v.service.launch(run.id)
    return RedirectResponse(address_of(run.id), 303)


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
    return json.loads(result), json.loads(levels or b"[]")


@router.get("/runs/{run_id}/figures")
async def figures(request: Request, run_id: str) -> Response:
    """Show what the severity changes."""
    v = await visit(request)
    run = await v.run(run_id)
    view = View.of(request.query_params)
    answer = v.html(pages().figures(run, *await _result(v, run), view))
    answer.headers["HX-Replace-Url"] = address_of(run.id, "", view.asked())
    return answer


@router.get("/runs/{run_id}/positions")
async def positions(request: Request, run_id: str) -> Response:
    """Show the positions, sorted and filtered."""
    v = await visit(request)
    run = await v.run(run_id)
    view = View.of(request.query_params)
    return v.html(pages().positions(run, *await _result(v, run), view))


@router.post("/runs/{run_id}/{action}")
async def act(request: Request, run_id: str, action: str) -> Response:
    """Stop, delete or repeat a run."""
    v = await visit(request)
    await v.form()
    run = await v.run(run_id)
    if action == "cancel":
        await v.service.cancel(run.id)
        return RedirectResponse(address_of(run.id), 303)
    if action == "delete":
        await v.service.cancel(run.id)
        await v.service.db(v.service.ledger.delete, run.id, run.owner)
        return RedirectResponse("/", 303)
    if action == "again" and run.status == "interrupted":
        await v.service.again(run.id)
        return RedirectResponse(address_of(run.id), 303)
    if action == "again":
        return await _once_more(v, run)
    raise Refused(404, "no-such-address", "There is nothing at this address.")


async def _once_more(v: Visit, run: Run) -> Response:
    """Begin anew with an upload that was kept, as it was asked before."""
    given = await v.service.db(v.service.ledger.input_of, run.id)
    if given is None:
        raise Refused(
            409, "no-upload", "The upload is no longer kept.", fix="Upload it again."
        )
    data, sides = given
    new = NewRun(
        owner=run.owner,
        kind="file",
        input_name=run.input_name,
        input=data,
        options=run.options,
        sides=sides,
        status="draft",
    )
    made_run, _ = await v.service.submit(new)
    await _read(v, made_run, run.options, data, sides)
    return RedirectResponse(address_of(made_run.id), 303)


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
    csrf, cookie = _callers(request).form_key(request)
    answer = HTMLResponse(pages().sign_in(csrf=csrf))
    _set_form_cookie(request, answer, cookie)
    return answer


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Let a token open the page."""
    callers = _callers(request)
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
    _callers(request).check_form(request, form)
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
