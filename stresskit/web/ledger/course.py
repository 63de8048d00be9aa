"""The course of a run: started by one server, finished once, marked when lost."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Unpack

from sqlalchemy import and_, bindparam, delete, insert, select, update

from stresskit.web.ledger.database import Database, database_now, utc_now
from stresskit.web.ledger.deliveries import queue_delivery
from stresskit.web.ledger.parts import (
    NO_UPLOAD,
    SIDE,
    blobs_of_outcome,
    blobs_of_sides,
    words_of,
)
from stresskit.web.ledger.records import Outcome, Status
from stresskit.web.ledger.tables import blobs, runs, servers
from stresskit.web.ledger.words import clean, is_run_id, sha256_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

LEASE = dt.timedelta(seconds=30)
OPEN: tuple[Status, ...] = ("draft", "queued", "running", "interrupted")
OF_RUN = runs.c.id == bindparam("run")
IF_MINE = and_(
    OF_RUN, runs.c.status == "running", runs.c.server == bindparam("server_is")
)
# The values are those of the parameters that are named like columns.
END = update(runs).where(IF_MINE).returning(runs.c.webhook)
ADD_BLOBS = insert(blobs)
DROP_UPLOAD = delete(blobs).where(
    blobs.c.run_id == bindparam("run"), blobs.c.part.not_in(NO_UPLOAD)
)


class Course(Database):
    """What becomes of a run."""

    def start(self, run_id: str) -> bool:
        """Begin a run that waits or was interrupted; False if another one did.

        Raises
        ------
        LedgerError
            If the ledger cannot be written, or another server uses its file.
        """
        self._join()
        return self._move(
            run_id,
            ("queued", "interrupted"),
            status="running",
            server=self._server,
            started=utc_now(),
            attempts=runs.c.attempts + 1,
        )

    def finish(self, run_id: str, **outcome: Unpack[Outcome]) -> bool:
        """Record what came of a run: result, hash, webhook, and the input is gone.

        One transaction. False if the run is no longer this server's to finish: it was
        cancelled, deleted, or taken for lost and begun by another.

        Raises
        ------
        LedgerError
            If the ledger cannot be written.
        """
        values = {"status": "done", "has_result": True, **words_of(outcome)}
        keep = outcome.get("keep_input", False)
        return self._end(run_id, values, blobs_of_outcome(outcome), keep=keep)

    def fail(
        self, run_id: str, problem: dict[str, Any], *, keep_input: bool = False
    ) -> bool:
        """Record why a run failed; False as in ``finish``.

        Its input is gone, unless it is kept so that the question can be put right.

        Raises
        ------
        LedgerError
            If the ledger cannot be written.
        """
        values = {"status": "failed", "problem": problem}
        return self._end(run_id, values, [], keep=keep_input)

    def interrupt(self, run_id: str, problem: dict[str, Any]) -> bool:
        """Mark a run whose process ended over it; it can be run again.

        Raises
        ------
        LedgerError
            If the ledger cannot be written.
        """
        return self._move(
            run_id, ("running",), status="interrupted", problem=problem, server=None
        )

    def _end(
        self,
        run_id: str,
        values: dict[str, Any],
        parts: list[dict[str, Any]],
        *,
        keep: bool = False,
    ) -> bool:
        keep = keep or self._keep_uploads
        values |= {
            "run": run_id,
            "server_is": self._server,
            "finished": utc_now(),
            "has_input": keep,
        }
        with self._writing() as connection:
            row = connection.execute(END, values).first()
            if row is None:
                return False
            if not keep:
                connection.execute(DROP_UPLOAD, {"run": run_id})
            if parts:
                connection.execute(ADD_BLOBS, [{"run_id": run_id, **p} for p in parts])
            if row.webhook:
                queue_delivery(connection, run_id, row.webhook, values["status"])
        return True

    def cancel(self, run_id: str) -> bool:
        """Give up a run that is not over; its input is gone, even if uploads are kept.

        Raises
        ------
        LedgerError
            If the ledger cannot be written.
        """
        return self._move(
            run_id,
            OPEN,
            drop=True,
            status="cancelled",
            finished=utc_now(),
            has_input=False,
        )

    def requeue(self, run_id: str) -> bool:
        """Let an interrupted run wait for its turn again.

        Raises
        ------
        LedgerError
            If the ledger cannot be written.
        """
        return self._move(run_id, ("interrupted",), status="queued")

    def set_options(self, run_id: str, options: dict[str, Any]) -> bool:
        """Change what a draft asks.

        Raises
        ------
        LedgerError
            If the ledger cannot be written.
        """
        return self._move(run_id, ("draft",), options=options)

    def submit(
        self,
        run_id: str,
        options: dict[str, Any],
        sides: dict[str, tuple[str, bytes]] | None = None,
    ) -> bool:
        """Queue a draft as it is asked now; side files given take the older's place.

        Raises
        ------
        LedgerError
            If the ledger cannot be written.
        """
        sides = sides or {}
        added = {
            clean(role): (clean(name), sha256_of(content))
            for role, (name, content) in sides.items()
        }
        with self._writing() as connection:
            draft = and_(runs.c.id == run_id, runs.c.status == "draft")
            row = connection.execute(
                select(runs.c.sides).where(draft).with_for_update()
            ).first()
            if row is None:
                return False
            values = {"options": options, "status": "queued"}
            values["sides"] = {**row.sides, **added}
            connection.execute(update(runs).where(runs.c.id == run_id).values(values))
            same = blobs.c.part.in_([SIDE + role for role in added])
            connection.execute(delete(blobs).where(blobs.c.run_id == run_id, same))
            parts = blobs_of_sides(sides)
            if parts:
                connection.execute(ADD_BLOBS, [{"run_id": run_id, **p} for p in parts])
        return True

    def _move(
        self,
        run_id: str,
        states: tuple[Status, ...],
        *,
        drop: bool = False,
        **values: Any,
    ) -> bool:
        if not is_run_id(run_id):
            return False
        moved = update(runs).where(runs.c.id == run_id, runs.c.status.in_(states))
        with self._writing() as connection:
            if connection.execute(moved.values(values)).rowcount != 1:
                return False
            if drop:
                connection.execute(DROP_UPLOAD, {"run": run_id})
        return True

    def recover(self) -> tuple[list[str], list[str]]:
        """Mark what servers that are gone left behind; to call when a server starts.

        With SQLite there is one server, so every run under way was left behind. With
        PostgreSQL a server is gone when it has closed its ledger or not called
        ``beat`` for 30 seconds, by the database's clock.

        Returns
        -------
        interrupted : list of str
            Runs that were under way, marked now.
        queued : list of str
            Runs that wait, the oldest first.

        Raises
        ------
        LedgerError
            If the ledger cannot be written, or another server uses its file.
        """
        self._join()
        waiting = select(runs.c.id).where(runs.c.status == "queued")
        with self._writing() as connection:
            lost = self._mark_lost(connection)
            queued = connection.scalars(waiting.order_by(runs.c.id)).all()
        return lost, list(queued)

    def beat(self) -> list[str]:
        """Say that this server lives; to call every few seconds.

        Returns
        -------
        list of str
            Runs of other servers that were found to be gone, marked now.

        Raises
        ------
        LedgerError
            If the ledger cannot be written, or another server uses its file.
        """
        self._join()
        mine = servers.c.id == self._server
        with self._writing() as connection:
            seen = {"seen": database_now(connection)}
            alive = connection.execute(update(servers).where(mine).values(seen))
            if alive.rowcount == 0:
                # Others took this server for gone while it stood still.
                self._greet(connection)
            lost = self._mark_lost(connection)
        self.tidy()
        return lost

    def _mark_lost(self, connection: Connection) -> list[str]:
        others = servers.c.id != self._server
        gone = others
        if not self._file:
            gone = and_(others, servers.c.seen < database_now(connection) - LEASE)
        connection.execute(delete(servers).where(gone))
        lost = (
            update(runs)
            .where(
                runs.c.status == "running", runs.c.server.not_in(select(servers.c.id))
            )
            .values(status="interrupted", server=None)
            .returning(runs.c.id)
        )
        return sorted(connection.scalars(lost))
