"""Connections that ask nothing are closed, so that they cannot use up all there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

# The head of a request may take once to twice as long.
HEAD_SECONDS = 10.0


class Connection(H11Protocol):
    """HTTP/1.1, where the head of a request has to come in time.

    The server ends a connection that stands still after an answer; one that sends its
    first line a letter at a time would stay, and hold a file, for ever.
    """

    _looking: asyncio.TimerHandle | None = None
    _idle_with: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to look whether anything comes."""
        super().connection_made(transport)
        self._idle_with = self
        self._looking = self.loop.call_later(HEAD_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no longer."""
        if self._looking is not None:
            self._looking.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        waiting = self.conn.their_state is h11.IDLE
        # The same request, or none, was the last one when we looked before.
        if waiting and self._idle_with is (self.cycle or self):
            self.transport.close()
            return
        self._idle_with = (self.cycle or self) if waiting else None
        self._looking = self.loop.call_later(HEAD_SECONDS, self._look)
