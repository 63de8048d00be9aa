"""A result in the form that is asked for: JSON, CSV, Parquet, workbook."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from fastapi import Response

from stresskit.web import work
from stresskit.web.crew import Died, Stopped
from stresskit.web.problems import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from stresskit.web.ledger import Run
    from stresskit.web.service import Service

T = TypeVar("T")
Form = Literal["json", "csv", "parquet", "xlsx"]
MEDIA: dict[Form, str] = {
    "json": "application/json",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def form_of(accept: str) -> Form:
    """Return the form that a client likes best; JSON where it does not say.

    Raises
    ------
    Refused
        If it wants none of those there are.

    Examples
    --------
    >>> form_of("text/csv;q=0.5, application/json"), form_of("text/*"), form_of("")
    ('json', 'csv', 'json')
    """
    liked: list[tuple[float, int, Form]] = []
    for part in accept.lower().split(",") if accept.strip() else ["*/*"]:
        kind, _, rest = part.partition(";")
        weight = re.search(r"q\s*=\s*([01](?:\.\d{0,3})?)", rest)
        q = float(weight[1]) if weight else 1.0
        for place, (form, media) in enumerate(MEDIA.items()):
            asked = kind.strip()
            whole = asked in {media, "*/*", media.partition("/")[0] + "/*"}
            if whole and q > 0:
                liked.append((-q, place, form))
    if not liked:
        raise Refused(
            406,
            "form",
            "The result is not there in any form that Accept names.",
            fix=f"Forms: {', '.join(MEDIA.values())}.",
        )
    return min(liked)[2]


async def result_in(service: Service, run: Run, form: Form) -> Response:
    """Return a run's result in one of its forms.

    Raises
    ------
    Refused
        If there is none yet, none any more, or the form cannot be made.
    """
    found = await service.db(service.ledger.result_of, run.id, run.owner)
    if found is None:
        raise _none(run)
    headers = {
        "Content-Disposition": f'attachment; filename="{run.id}.{form}"',
        "Vary": "Accept",
    }
    if form == "json":
        headers.pop("Content-Disposition")
        body = found
    elif form == "csv":
        body = await made(service, work.csv, found)
    elif form == "parquet":
        body = await made(service, work.parquet, found)
    else:
        kept = await service.db(service.ledger.kept_of, run.id, run.owner)
        job = await job_of(service, run)
        body = await made(service, work.workbook, kept or b"", job, found)
    return Response(body, 200, headers, MEDIA[form])


async def job_of(
    service: Service,
    run: Run,
    data: bytes = b"",
    sides: dict[str, tuple[str, bytes]] | None = None,
    *,
    options: dict[str, Any] | None = None,
) -> work.Job:
    """Return what a process needs to know of a run, perhaps with other options."""
    asked = run.options if options is None else options
    asked = {k: v for k, v in asked.items() if k not in {"page", "keep"}}
    return work.Job(
        kind=run.kind,
        name=run.input_name,
        data=data,
        options=asked,
        sides=sides or {},
        own=await service.own(run.owner),
    )


async def made(
    service: Service, task: Callable[..., T | work.Failure], *given: object
) -> T:
    """Let a process make something while the client waits.

    Raises
    ------
    Refused
        If it cannot be made, or took too long.
    """
    async with service.crew.short():
        try:
            found = await service.crew.call(f"made-{id(given)}", task, *given)
        except TimeoutError as error:
            raise Refused(504, "took-too-long", "It took too long.") from error
        except (Died, Stopped) as error:
            raise Refused(
                500,
                "killed",
                "The process that made it was ended.",
                fix="Try again; the file may need too much memory.",
            ) from error
    if isinstance(found, work.Failure):
        raise Refused.of(found.problem)
    return found


def _none(run: Run) -> Refused:
    if run.status in {"queued", "running", "draft"}:
        return Refused(
            409,
            "not-done",
            f"The run is {run.status}: there is no result yet.",
            fix=f"Ask /v1/runs/{run.id} until its status is done.",
            headers={"Retry-After": "1"},
        )
    why = "was removed" if run.status == "done" else f"is none: the run {run.status}"
    return Refused(
        404 if run.status == "done" else 409,
        "no-result",
        f"The result {why}.",
        fix="Send the holdings again.",
    )
