"""Tell other systems that a run has ended, signed by the Standard Webhooks way.

Only hosts that the operator named are told, no redirect is followed, and every message
is tried again with growing pauses until it was taken or given up.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime as dt
import hashlib
import hmac
import json
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from stresskit.errors import InputError
from stresskit.web.problems import Refused, where_of

if TYPE_CHECKING:
    from stresskit.web.ledger import Delivery, Run
    from stresskit.web.service import Service
    from stresskit.web.settings import Settings

log = logging.getLogger("stresskit.web")
PREFIX = "whsec_"
# Pauses before the next try, in seconds; then it is given up.
PAUSES = (5, 60, 300, 1_800, 7_200, 21_600, 43_200)
SECONDS = 10.0
# An answer may come in drops, each in time: others wait for it.
WHOLE_SECONDS = 20.0
LOOK = 5.0
AT_ONCE = 20
MOST_URL = 500


def key_of(secret: str) -> bytes:
    """Return the key of a secret (``whsec_`` and base64).

    Raises
    ------
    InputError
        If it is none, or shorter than 24 bytes.
    """
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not 24 <= len(key) <= 64:
        raise InputError(
            "The secret of webhooks is not whsec_ and 24 to 64 bytes in base64.",
            hint="Make one: python -c \"import base64,secrets;print('whsec_'+"
            'base64.b64encode(secrets.token_bytes(32)).decode())"',
            code="webhook-secret",
        )
    return key


def signature(key: bytes, id_: str, timestamp: int, body: bytes) -> str:
    """Return ``v1,BASE64``: HMAC-SHA256 of ``ID.TIMESTAMP.BODY``.

    Source: Standard Webhooks, specification 1.0.0, "Signature scheme".

    Examples
    --------
    >>> signature(b"k" * 24, "msg_1", 1, b"{}")[:10]
    'v1,Vmlv3+J'
    """
    signed = b".".join([id_.encode(), str(timestamp).encode(), body])
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def checked_url(url: str, hosts: tuple[str, ...]) -> str:
    """Return the address if it may be told.

    Raises
    ------
    Refused
        If its host is not one the operator allows, or it is no plain https address.
    """

    def refused(why: str) -> Refused:
        return Refused(
            422,
            "webhook",
            f"The webhook cannot be used: {why}.",
            fix="The operator names the hosts that may be told with --webhook-host.",
        )

    if len(url) > MOST_URL or not url.isascii() or not url.isprintable():
        raise refused("its address is too long or holds odd characters")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise refused("its address cannot be read") from error
    if parts.username or parts.password or parts.fragment or "\\" in url:
        raise refused("its address holds a user or a fragment")
    named = f"{host}:{port}" if port else host
    if named not in hosts:
        raise refused(f"{named[:100] or 'its host'} is not allowed")
    local = host in {"localhost", "127.0.0.1", "::1"}
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise refused("its address does not begin with https://")
    return url


class Messenger:
    """Sends what is due; the ledger knows what that is, also after a restart."""

    def __init__(self, settings: Settings, service: Service):
        self._settings = settings
        self._service = service
        self._awake = asyncio.Event()
        self._client: Any = None

    def wake(self) -> None:
        """Look now whether a message is due."""
        if self._settings.webhook_hosts:
            self._awake.set()

    async def deliver(self) -> None:
        """Send messages as they become due, until cancelled."""
        if not self._settings.webhook_hosts:
            return
        import httpx

        self._client = httpx.AsyncClient(
            timeout=SECONDS, follow_redirects=False, trust_env=False
        )
        while True:
            try:
                await self._round()
            except Exception as error:  # noqa: BLE001 - it tries again
                log.error("webhooks are not delivered: %s", where_of(error))  # noqa: TRY400
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._awake.wait(), LOOK)
            self._awake.clear()

    async def _round(self) -> None:
        service = self._service
        now = dt.datetime.now(dt.UTC)
        due = await service.db(service.ledger.due_deliveries, now, AT_ONCE)
        await asyncio.gather(*(self._send(delivery) for delivery in due))

    async def _send(self, delivery: Delivery) -> None:
        service = self._service
        run = await service.db(service.ledger.line, delivery.run_id)
        why = "the run is gone"
        if run is not None:
            try:
                checked_url(delivery.url, self._settings.webhook_hosts)
                why = await self._posted(delivery, run)
            except Refused as error:
                why = str(error)
        if not why:
            await service.db(service.ledger.delivered, delivery.id)
            return
        # The try that has just failed is counted already.
        tries = delivery.attempts - 1
        pause = PAUSES[tries] if tries < len(PAUSES) else None
        again = None
        if pause is not None and run is not None:
            again = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=pause)
        await service.db(service.ledger.not_delivered, delivery.id, again, why[:200])

    async def _posted(self, delivery: Delivery, run: Run) -> str:
        """Send one message; return why it was not taken, nothing where it was."""
        import httpx

        body = json.dumps(message_of(run)).encode()
        stamp = int(dt.datetime.now(dt.UTC).timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": "stresskit",
            "webhook-id": delivery.id,
            "webhook-timestamp": str(stamp),
            "webhook-signature": signature(
                key_of(self._settings.webhook_secret), delivery.id, stamp, body
            ),
        }
        try:
            async with (
                asyncio.timeout(WHOLE_SECONDS),
                self._client.stream(
                    "POST", delivery.url, content=body, headers=headers
                ) as answer,
            ):
                ok = 200 <= answer.status_code < 300
                return "" if ok else f"it answered {answer.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return f"it could not be reached ({type(error).__name__})"

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()


def message_of(run: Run) -> dict[str, Any]:
    """Return what is told: that a run has ended and where it stands, no holdings."""
    ended = run.finished or run.created
    return {
        "type": f"run.{run.status}",
        "timestamp": ended.isoformat(),
        "data": {
            "id": run.id,
            "status": run.status,
            "run": f"/v1/runs/{run.id}",
            "result_sha256": run.result_sha256,
        },
    }
