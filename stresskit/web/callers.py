"""Who calls: a bearer token for programs, a signed cookie for the page.

Without any token, a service that only this machine can reach trusts this machine's
user, and still no web page of another site.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from stresskit.web.access import hash_of
from stresskit.web.problems import Refused

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from stresskit.web.ledger import Role
    from stresskit.web.service import Service

LOCAL = "local"
SESSION = "stresskit_session"
FORM = "stresskit_form"
SECRET = "STRESSKIT_SECRET"  # noqa: S105 - the name of the variable
SESSION_SECONDS = 8 * 3600
KNOWN_SECONDS = 5.0
TRIES = RateLimitItemPerMinute(10)


@dataclass(frozen=True)
class Caller:
    """Whose request it is, and what they may do."""

    owner: str
    role: Role
    signed_in: bool = False

    def may_run(self) -> None:
        """Refuse who may only read.

        Raises
        ------
        Refused
            If so.
        """
        if self.role != "run":
            raise Refused(
                403,
                "role",
                "This token may read and not run.",
                fix="Ask the operator for one with --role run.",
            )


class Callers:
    """Finds out who calls."""

    def __init__(self, service: Service):
        self._service = service
        secret = os.environ.get(SECRET) or secrets.token_urlsafe(32)
        self._sessions = URLSafeTimedSerializer(secret, salt="session")
        self._key = hashlib.sha256(secret.encode()).digest()
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._open: tuple[float, bool] = (-KNOWN_SECONDS, False)

    async def is_open(self) -> bool:
        """Whether there are no tokens, so that this machine's user is trusted."""
        asked, found = self._open
        if time.monotonic() - asked > KNOWN_SECONDS or found:
            # Asked each time while it is open: the first token closes it at once.
            ledger = self._service.ledger
            found = not await self._service.look(ledger.has_tokens)
            self._open = (time.monotonic(), found)
        return found and not self._service.settings.public

    async def of_program(self, request: Request) -> Caller:
        """Return who calls the API.

        Raises
        ------
        Refused
            If a token is missing, not known, or the request comes from a page of
            another site.
        """
        given = request.headers.get("authorization", "")
        kind, _, token = given.partition(" ")
        if kind.lower() == "bearer" and token.strip():
            return await self._with_token(hash_of(token.strip()))
        if not given and await self.is_open():
            from_here(request)
            return Caller(LOCAL, "run")
        raise Refused(
            401,
            "no-token",
            "The request carries no bearer token.",
            fix="Send `Authorization: Bearer TOKEN`; `stresskit token create` makes "
            "one.",
            headers={"WWW-Authenticate": "Bearer"},
        )

    async def _with_token(self, hashed: str, *, signed_in: bool = False) -> Caller:
        service = self._service
        token = await service.look(service.ledger.find_token, hashed)
        if token is None:
            raise Refused(
                401,
                "token",
                "The token is not known, has expired or was revoked.",
                fix="Ask the operator for a new one (`stresskit token create`).",
                headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
            )
        return Caller(token.owner, token.role, signed_in)

    async def of_page(self, request: Request) -> Caller | None:
        """Return who looks at the page, None where they have to sign in first."""
        cookie = request.cookies.get(SESSION, "")
        if cookie:
            try:
                hashed = self._sessions.loads(cookie, max_age=SESSION_SECONDS)
                return await self._with_token(str(hashed), signed_in=True)
            except (BadSignature, Refused):
                return None
        return Caller(LOCAL, "run") if await self.is_open() else None

    async def sign_in(self, token: str, response: Response) -> None:
        """Let a token open the page.

        Raises
        ------
        Refused
            If it is not known.
        """
        hashed = hash_of(token.strip())
        await self._with_token(hashed)
        response.set_cookie(
            SESSION,
            self._sessions.dumps(hashed),
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="strict",
            secure=self._service.settings.secure,
        )

    def slow_down(self, request: Request) -> None:
        """Refuse who guesses: ten tries a minute from one address.

        Raises
        ------
        Refused
            If there were more.
        """
        address = request.client.host if request.client else ""
        if not self._limiter.hit(TRIES, address):
            raise Refused(
                429,
                "too-many",
                "Too many tries from your address.",
                fix="Wait a minute.",
                headers={"Retry-After": "60"},
            )

    def form_key(self, request: Request) -> tuple[str, str | None]:
        """Return what forms carry, and the cookie to set where there is none yet."""
        cookie = request.cookies.get(FORM, "")
        new = None
        if not 20 <= len(cookie) <= 100:
            cookie = new = secrets.token_urlsafe(24)
        return self._form_of(request, cookie), new

    def _form_of(self, request: Request, cookie: str) -> str:
        # The session too: who was given a pair of cookie and key of their own, and can
        # set cookies for our name, still has none for another's session.
        both = f"{cookie} {request.cookies.get(SESSION, '')}"
        return hmac.new(self._key, both.encode(), hashlib.sha256).hexdigest()

    def check_form(self, request: Request, form: Any) -> None:
        """Refuse a form that our own page did not show.

        Raises
        ------
        Refused
            If so.
        """
        from_here(request)
        cookie = request.cookies.get(FORM, "")
        given = str(form.get("csrf", ""))
        wanted = self._form_of(request, cookie)
        same = hmac.compare_digest(wanted.encode(), given.encode())
        if not (cookie and same):
            raise Refused(
                403,
                "form",
                "The form is too old, or cookies are switched off.",
                fix="Load the page again and repeat it.",
            )


def from_here(request: Request) -> None:
    """Refuse what a page of another site sends.

    Raises
    ------
    Refused
        If so.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    host = request.headers.get("host", "")
    foreign = origin is not None and urlsplit(origin).netloc.lower() != host.lower()
    if site not in {"same-origin", "none"} or foreign:
        raise Refused(
            403,
            "other-site",
            "The request comes from a page of another site.",
            fix="Open the service's own page.",
        )
