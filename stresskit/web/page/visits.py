"""One request of a browser: who asks, with which form, against which service."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from fastapi import Request, Response
from starlette.formparsers import MultiPartException
from starlette.responses import HTMLResponse

from stresskit import __version__
from stresskit.web.callers import Caller
from stresskit.web.page.given import User
from stresskit.web.page.render import Pages
from stresskit.web.problems import Refused

if TYPE_CHECKING:
    from stresskit.web.callers import Callers
    from stresskit.web.ledger import Run
    from stresskit.web.service import Service


class SignIn(Exception):
    """The caller has to sign in first."""


@cache
def pages() -> Pages:
    """Return the pages, made once."""
    return Pages(version=__version__)


def service_of(request: Request) -> Service:
    """Return the service that a request came to."""
    return cast("Service", request.app.state.service)


def callers_of(request: Request) -> Callers:
    """Return who may call it."""
    return cast("Callers", request.app.state.callers)


class Visit:
    """One request of a browser: who, with which form, against which service."""

    def __init__(self, request: Request, caller: Caller):
        self.request = request
        self.caller = caller
        self.service = service_of(request)
        self.csrf, self._cookie = callers_of(request).form_key(request)
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
        set_form_cookie(self.request, answer, self._cookie)
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
        callers_of(self.request).check_form(self.request, form)
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


def set_form_cookie(request: Request, answer: Response, value: str | None) -> None:
    """Give the cookie that forms are checked with, where there is none yet."""
    if value is not None:
        answer.set_cookie(
            "stresskit_form",
            value,
            httponly=True,
            samesite="strict",
            secure=service_of(request).settings.secure,
        )


async def visit(request: Request) -> Visit:
    """Return the visit, or send its caller to sign in."""
    caller = await callers_of(request).of_page(request)
    if caller is None:
        raise SignIn
    return Visit(request, caller)
