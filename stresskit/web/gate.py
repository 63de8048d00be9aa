"""What every request passes before anything else looks at it, and every answer after.

Host names, sizes, slowness, numbers and rates are bounded here, in one place; answers
get the headers that keep browsers from doing more than they should.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from stresskit.web.problems import Refused, where_of
from stresskit.web.settings import LOCAL_NAMES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from stresskit.web.metrics import Metrics
    from stresskit.web.settings import Settings

log = logging.getLogger("stresskit.web")
WINDOW = 10  # seconds over which a rate is averaged
# Callers behind one address, who may be made up: each has a rate of its own.
CALLERS = 5
# Requests under way besides those that wait for a process.
MOST_AT_ONCE = 200
# Bodies of the largest size that may be in memory at once.
BODIES = 10
# What is refused goes by: bodies of the largest size, seconds.
PASSED_OVER = 5
PASSED_SECONDS = 5.0
# An answer of this size waits for a client that does not read it, so long.
LARGE = 65_536
READ_SECONDS = 60.0
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
HSTS = (b"strict-transport-security", b"max-age=31536000")
ALWAYS = frozenset({"/livez", "/readyz", "/metrics"})


class Gate:
    """The outermost layer of the service."""

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        metrics: Metrics,
        mistake: Callable[[Scope, Exception], Awaitable[ASGIApp]],
    ):
        self._app = app
        self._mistake = mistake
        self._held = _Held(BODIES * settings.upload_bytes)
        self._settings = settings
        self._metrics = metrics
        self._under_way = 0
        self._names = {*LOCAL_NAMES, *(n.lower() for n in settings.names)}
        self._callers = _Counted(settings.rate * WINDOW)
        self._addresses = _Counted(CALLERS * settings.rate * WINDOW)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or say why not."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        answered: dict[str, Any] = {"status": 0}
        body = _Body(scope, receive, self._settings, self._held)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered["status"] = message["status"]
                self._dress(message)
            elif body.refused and not message.get("more_body"):
                # The client still sends; closed on it, it would not see the answer.
                await send({**message, "more_body": True})
                await body.passed_over()
                message = {"type": "http.response.body", "body": b""}
            await _sent(send, message)

        self._under_way += 1
        try:
            self._check(scope)
            body.check()
            await self._app(scope, body.receive, answer)
        except Refused as error:
            if not answered["status"]:
                # A browser is told in a page, a program in a problem.
                await (await self._mistake(scope, error))(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 - the last place to answer it
            # Its words, which may be the user's, stay out of the log.
            log.error("a mistake of ours: %s", where_of(error))  # noqa: TRY400
            if not answered["status"]:
                await (await self._mistake(scope, error))(scope, receive, answer)
        finally:
            body.let_go()
            self._under_way -= 1
            status = str(answered["status"] or 499)
            self._metrics.requests.labels(_method(scope), status).inc()
            self._metrics.seconds.observe(time.perf_counter() - begun)

    def _check(self, scope: Scope) -> None:
        headers = dict(scope["headers"])
        self._check_name(headers.get(b"host", b"").decode("latin-1"))
        path = scope["path"]
        if path in ALWAYS:
            return
        most = self._settings.queue + MOST_AT_ONCE
        if self._under_way > most:
            raise Refused(
                503,
                "busy",
                f"More than {most} requests are under way.",
                fix="Try again in some seconds.",
                headers={"Retry-After": "5"},
            )
        caller = headers.get(b"authorization", b"") + headers.get(b"cookie", b"")
        address = (scope.get("client") or ("",))[0]
        who = hashlib.sha256(address.encode() + b"\0" + caller).hexdigest()[:32]
        # The address first: who makes up tokens gets no more, and fills no memory.
        if not (self._addresses.let_in(address) and self._callers.let_in(who)):
            raise Refused(
                429,
                "too-many",
                f"More than {self._settings.rate} requests a second.",
                fix="Send fewer, or ask the operator for a higher --rate.",
                headers={"Retry-After": str(WINDOW)},
            )

    def _check_name(self, host: str) -> None:
        """Refuse names the service does not go by: another site may have lent them."""
        name = host.lower()
        bare = name.rsplit(":", 1)[0] if not name.endswith("]") else name
        if "*" in self._names or bare in self._names:
            return
        raise Refused(
            421,
            "host",
            "The service does not answer to this host name.",
            fix="The operator adds names with --name.",
        )

    def _dress(self, message: Message) -> None:
        given = list(message.get("headers", []))
        given += HEADERS
        if self._settings.secure:
            given.append(HSTS)
        if not any(name == b"cache-control" for name, _ in given):
            given.append((b"cache-control", b"no-store"))
        message["headers"] = given


def _method(scope: Scope) -> str:
    known = {"GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"}
    return scope["method"] if scope["method"] in known else "other"


class _Counted:
    """Requests by name within a window, all forgotten with it.

    The package that counts tries of tokens starts a thread for every request.
    """

    def __init__(self, most: int):
        self._most = most
        self._counts: Counter[str] = Counter()
        self._window = -1

    def let_in(self, name: str) -> bool:
        """Count a request and say whether it is one of those allowed."""
        window = int(time.monotonic() // WINDOW)
        if window != self._window:
            self._window = window
            self._counts.clear()
        self._counts[name] += 1
        return self._counts[name] <= self._most


class _Held:
    """How many bytes of bodies are in memory, over all requests."""

    def __init__(self, most: int):
        self.most = most
        self.now = 0


class _Body:
    """A body that may be neither too large nor too slow."""

    def __init__(self, scope: Scope, receive: Receive, settings: Settings, held: _Held):
        self._receive = receive
        self._held = held
        self._most = settings.upload_bytes
        self._seconds = settings.body_seconds
        self._left = settings.body_seconds
        self._size = 0
        self._whole = False
        self._length = dict(scope["headers"]).get(b"content-length", b"0")
        self.refused = False

    def check(self) -> None:
        """Refuse a body that says it is too large.

        Raises
        ------
        Refused
            If so.
        """
        if self._length.isdigit() and int(self._length) > self._most:
            raise self._too_large()

    def _too_large(self) -> Refused:
        self.refused = not self._whole
        return Refused(
            413,
            "too-large",
            f"The body is larger than {self._most:,} bytes.",
            fix="Send one portfolio at a time, or ask the operator for more "
            "--upload-bytes.",
            headers={"Connection": "close"},
        )

    async def receive(self) -> Message:
        if self._whole:
            # What follows is the end of the connection, which may take its time.
            return await self._receive()
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self._left):
                message = await self._receive()
        except TimeoutError as error:
            raise Refused(
                408,
                "too-slow",
                f"The body took longer than {self._seconds:g} seconds.",
                fix="Send it again over a faster connection.",
                headers={"Connection": "close"},
            ) from error
        self._left = max(0.001, self._left - (time.monotonic() - begun))
        if message["type"] == "http.request":
            self._size += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
            self._held.now += len(message.get("body", b""))
            if self._size > self._most:
                raise self._too_large()
            if self._held.now > self._held.most:
                self.refused = not self._whole
                raise Refused(
                    503,
                    "busy",
                    "Too many large bodies are being read.",
                    fix="Try again in some seconds.",
                    headers={"Retry-After": "5", "Connection": "close"},
                )
        return message

    async def passed_over(self) -> None:
        """Let what the client still sends go by, some of it and for some time."""
        # Others may go on reading theirs.
        self.let_go()
        left = PASSED_OVER * self._most
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PASSED_SECONDS):
                while left > 0:
                    message = await self._receive()
                    left -= len(message.get("body", b""))
                    if not message.get("more_body", False):
                        return

    def let_go(self) -> None:
        """Count its bytes no longer."""
        self._held.now -= self._size
        self._size = 0


async def _sent(send: Send, message: Message) -> None:
    """Send, and give up on a client that does not read."""
    if len(message.get("body", b"")) > LARGE:
        async with asyncio.timeout(READ_SECONDS):
            await send(message)
    else:
        await send(message)
