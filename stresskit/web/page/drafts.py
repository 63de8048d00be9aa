"""What comes before a run: upload, reading, correcting, asking."""

from __future__ import annotations

import json
from asyncio import to_thread
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse

from stresskit.web import work
from stresskit.web.api.factors import factors_of
from stresskit.web.ledger import NewRun
from stresskit.web.options import sealed
from stresskit.web.page import questions, spelled
from stresskit.web.page.addresses import run as address_of
from stresskit.web.page.corrections import read_correction
from stresskit.web.page.given import (
    Chosen,
    Correction,
    Example,
    Limits,
    Problem,
    View,
)
from stresskit.web.page.visits import Visit, pages, visit
from stresskit.web.problems import Refused
from stresskit.web.requests import safe_name
from stresskit.web.results import job_of, made

if TYPE_CHECKING:
    from stresskit.web.ledger import Run

router = APIRouter(include_in_schema=False)
SHOWN_RUNS = 20
# Why a file was not read although the form could help, beside what names a field.
HELPED = frozenset({"encrypted", "no-table", "no-amounts", "no-sheet", "no-such-table"})

Sides = dict[str, tuple[str, bytes]]


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
    options = {"page": True, "keep": form.get("keep") == "1"}
    return await drafted(v, name, data, {}, options)


@router.post("/examples/{name}")
async def example(request: Request, name: str) -> Response:
    """Begin with a shipped example."""
    from stresskit.pipeline import example_files

    v = await visit(request)
    await v.form()
    if name not in {e.name for e in _examples()}:
        raise Refused(404, "unknown-example", "There is no such example.")
    holdings, fx = example_files(name)
    sides = {"fx": (fx.name, await to_thread(fx.read_bytes))} if fx else {}
    data = await to_thread(holdings.read_bytes)
    options = {"page": True, "keep": True}
    return await drafted(v, holdings.name, data, sides, options)


async def drafted(
    v: Visit, name: str, data: bytes, sides: Sides, options: dict[str, Any]
) -> Response:
    """Begin a run with a file: read it, and lead to what was read, or what is missing.

    A file that no answer of a form could make readable is answered with the first page.
    """
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
        if not _helped(error):
            await _discard(v, run)
            wrong = _problem(error, f"{name} cannot be read")
            return await _home(v, wrong, error.status)
        await _note_unread(v, run, options, error)
    return v.with_cookie(RedirectResponse(address_of(run.id), 303))


def _helped(error: Refused) -> bool:
    """Whether something that the form asks for may make the file readable."""
    body = error.body
    said = [body["fix"], *(e["fix"] for e in body["errors"])]
    return body["code"] in HELPED or bool(spelled.fields_in(said))


def _problem(error: Refused, title: str) -> Problem:
    body = error.body
    return Problem(
        title=title, detail=body["detail"], fix=body["fix"], errors=body["errors"]
    )


async def _discard(v: Visit, run: Run) -> None:
    """Forget an upload; nobody needs it in the list of runs."""
    await v.service.cancel(run.id)
    await v.service.db(v.service.ledger.delete, run.id, run.owner)


async def _read(
    v: Visit, run: Run, options: dict[str, Any], data: bytes, sides: Sides
) -> None:
    """Read a draft as it is asked now, and keep what was read beside it."""
    job = await job_of(v.service, run, data, sides, options=options)
    found = await made(v.service, work.preview, job)
    await v.service.db(v.service.ledger.set_options, run.id, options)
    await v.service.db(v.service.ledger.set_preview, run.id, found)


async def _note_unread(
    v: Visit, run: Run, options: dict[str, Any], error: Refused
) -> None:
    """Keep why a draft was not read in the place of what was read."""
    noted = json.dumps({"unread": error.body}).encode()
    await v.service.db(v.service.ledger.set_options, run.id, options)
    await v.service.db(v.service.ledger.set_preview, run.id, noted)


async def _preview_of(v: Visit, run: Run) -> dict[str, Any]:
    found = await v.service.db(v.service.ledger.preview_of, run.id)
    if found is None or run.status != "draft":
        raise _gone()
    return dict(await to_thread(orjson.loads, found))


def _gone() -> Refused:
    return Refused(409, "no-draft", "The upload is gone.", fix="Upload it again.")


async def _seen(v: Visit, run: Run) -> tuple[dict[str, Any], dict[str, Any]]:
    both = await _preview_of(v, run)
    if "unread" in both:
        raise Refused(
            409,
            "not-read",
            "The file is not read yet.",
            fix="Give what its page asks for, and read it again.",
        )
    return both["holdings"], both["mapping"]


async def show_draft(
    v: Visit,
    run: Run,
    *,
    chosen: Chosen | None = None,
    errors: dict[str, str] | None = None,
    correction: Correction | None = None,
    status: int = 200,
) -> Response:
    """Show what was read, or what is missing, and the form that goes on from there.

    Parameters
    ----------
    chosen, errors
        The form as it was sent, why the file could not be read as it asks, and what is
        wrong with it, by field.
    correction
        The form of a position, open.

    Raises
    ------
    Refused
        If the upload is gone.
    """
    both = await _preview_of(v, run)
    shown = replace(
        chosen or questions.chosen(run.options),
        page=View.of(v.request.query_params).page,
        correction=correction or _opened(v.request.query_params.get("edit")),
        rates_file=run.sides["fx"][0] if "fx" in run.sides else "",
    )
    if "unread" in both:
        why = _problem(Refused.of(both["unread"]), "")
        text = pages().unread(
            run,
            replace(why, title=f"{run.input_name} cannot be read as it is"),
            shown,
            asks_password=both["unread"]["code"] == "encrypted",
            csrf=v.csrf,
            user=v.user,
            errors=errors,
        )
        return v.html(text, status)
    factors = await factors_of(v.service, v.caller)
    text = await to_thread(
        pages().preview,
        run,
        both["holdings"],
        both["mapping"],
        questions.choices(factors, v.service.settings.factors),
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
    text = await to_thread(
        pages().mapping_row,
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
        return await show_draft(v, run, correction=found, status=422)
    options = questions.corrected(run.options, holdings, found, by=v.caller.owner)
    given = await _given(v, run)
    await _read(v, run, options, *given)
    if v.fragment:
        return await _row(v, run, found.position, None)
    return RedirectResponse(address_of(run.id), 303)


@router.post("/runs/{run_id}/read")
async def read_again(request: Request, run_id: str) -> Response:
    """Read an upload again, with what the form says about it."""
    v = await visit(request)
    form = await v.form()
    run = await v.run(run_id)
    await _preview_of(v, run)
    asked = questions.asked(form)
    options, errors = questions.options(run.options, asked)
    if errors:
        return await show_draft(v, run, chosen=asked, errors=errors, status=422)
    data, sides = await _given(v, run)
    password = form.get("password")
    if isinstance(password, str) and password:
        # What is kept beside a run is given when it begins.
        sides = {**sides, "password": ("", sealed(password[:1_000], data))}
        await _discard(v, run)
        return await drafted(v, run.input_name, data, sides, options)
    try:
        await _read(v, run, options, data, sides)
    except Refused as error:
        if "unread" in await _preview_of(v, run):
            await _note_unread(v, run, options, error)
        wrong = _problem(error, "The file cannot be read like this")
        return await show_draft(
            v, run, chosen=replace(asked, problem=wrong), status=error.status
        )
    return RedirectResponse(address_of(run.id), 303)


async def _given(v: Visit, run: Run) -> tuple[bytes, Sides]:
    given = await v.service.db(v.service.ledger.input_of, run.id)
    if given is None or run.status != "draft":
        raise _gone()
    return given


@router.post("/runs/{run_id}/start")
async def start(request: Request, run_id: str) -> Response:
    """Ask the question of the form."""
    v = await visit(request)
    form = await v.form()
    run = await v.run(run_id)
    if run.status != "draft":
        return RedirectResponse(address_of(run.id), 303)
    await _seen(v, run)
    asked = questions.asked(form)
    options, errors = questions.options(run.options, asked)
    if errors:
        return await show_draft(v, run, chosen=asked, errors=errors, status=422)
    if await v.service.db(v.service.ledger.submit, run.id, options):
        v.service.launch(run.id)
    return RedirectResponse(address_of(run.id), 303)


async def once_more(v: Visit, run: Run) -> Response:
    """Begin anew with an upload that was kept, as it was asked before.

    Raises
    ------
    Refused
        If it is no longer kept.
    """
    given = await v.service.db(v.service.ledger.input_of, run.id)
    if given is None:
        raise Refused(
            409, "no-upload", "The upload is no longer kept.", fix="Upload it again."
        )
    return await begin(v, run, *given)


async def begin(v: Visit, run: Run, data: bytes, sides: Sides) -> Response:
    """Begin a draft with what a run was given, asked as it was."""
    options = {**run.options, "page": True}
    return await drafted(v, run.input_name, data, sides, options)
