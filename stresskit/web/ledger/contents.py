"""What lies beside the lines: inputs, previews, results, and when they go."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, insert, or_, select, update

from stresskit.web.ledger.course import OPEN
from stresskit.web.ledger.database import Database, utc_now
from stresskit.web.ledger.errors import LedgerError
from stresskit.web.ledger.parts import NO_UPLOAD, SIDE, blob
from stresskit.web.ledger.tables import blobs, runs
from stresskit.web.ledger.words import (
    clean,
    id_at,
    is_run_id,
    pack,
    sha256_of,
    unpack,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

OVER = ("done", "failed", "cancelled")
AT_ONCE = 50
PART = (
    select(blobs.c.packed, blobs.c.content, runs.c.result_sha256)
    .join(runs, runs.c.id == blobs.c.run_id)
    .where(
        blobs.c.run_id == bindparam("run"),
        blobs.c.part == bindparam("which"),
        or_(runs.c.owner == bindparam("by"), bindparam("by").is_(None)),
    )
)


class Contents(Database):
    """Inputs and results of runs."""

    def input_of(
        self, run_id: str
    ) -> tuple[bytes, dict[str, tuple[str, bytes]]] | None:
        """Return the input and the side files by role; None if they are gone.

        Raises
        ------
        LedgerError
            If the ledger cannot be read.
        """
        given = or_(blobs.c.part == "input", blobs.c.part.startswith(SIDE))
        wanted = select(blobs).where(blobs.c.run_id == clean(run_id), given)
        with self._reading() as connection:
            rows = connection.execute(wanted).all()
        found = {
            row.part: (row.name, unpack(row.content, packed=row.packed)) for row in rows
        }
        if "input" not in found:
            return None
        _, content = found.pop("input")
        return content, {part.removeprefix(SIDE): v for part, v in found.items()}

    def set_preview(self, run_id: str, preview: bytes) -> bool:
        """Keep what was read of a draft; it goes with the input.

        Raises
        ------
        LedgerError
            If the ledger cannot be written.
        """
        with self._writing() as connection:
            draft = select(runs.c.id).where(
                runs.c.id == clean(run_id), runs.c.status == "draft"
            )
            if connection.execute(draft.with_for_update()).first() is None:
                return False
            old = and_(blobs.c.run_id == run_id, blobs.c.part == "preview")
            connection.execute(delete(blobs).where(old))
            new = blob("preview", pack(preview), packed=True)
            connection.execute(insert(blobs), {"run_id": run_id, **new})
        return True

    def preview_of(self, run_id: str) -> bytes | None:
        """Return what was read of a draft, while its input is there.

        Raises
        ------
        LedgerError
            If the ledger cannot be read.
        """
        return self._part(run_id, "preview", None)

    def result_of(self, run_id: str, owner: str) -> bytes | None:
        """Return the result, as it was given to ``finish``.

        Raises
        ------
        LedgerError
            If the ledger cannot be read, or the result is not the one recorded.
        """
        return self._part(run_id, "result", owner)

    def kept_of(self, run_id: str, owner: str) -> bytes | None:
        """Return what was kept to write further files from.

        Raises
        ------
        LedgerError
            If the ledger cannot be read.
        """
        return self._part(run_id, "kept", owner)

    def levels_of(self, run_id: str, owner: str) -> bytes | None:
        """Return the results at other severities.

        Raises
        ------
        LedgerError
            If the ledger cannot be read.
        """
        return self._part(run_id, "levels", owner)

    def _part(self, run_id: str, part: str, owner: str | None) -> bytes | None:
        if not is_run_id(run_id):
            return None
        by = None if owner is None else clean(owner)
        with self._reading() as connection:
            asked = {"run": run_id, "which": part, "by": by}
            row = connection.execute(PART, asked).first()
        if row is None:
            return None
        content = unpack(row.content, packed=row.packed)
        if part == "result" and sha256_of(content) != row.result_sha256:
            raise LedgerError(
                f"The result of {run_id} is not the one that was recorded: its hash "
                "differs.",
                reason="damaged",
                hint="Restore the database from a backup, or run it again.",
            )
        return content

    def delete(self, run_id: str, owner: str) -> bool:
        """Remove input and result of an owner's run; its line stays.

        A run that is not over is cancelled. The bytes have left the file of SQLite
        after the next ``beat``; PostgreSQL frees them with its next vacuum.

        Returns
        -------
        bool
            Whether the owner has such a run, emptied now or before.

        Raises
        ------
        LedgerError
            If the ledger cannot be written.
        """
        if not is_run_id(run_id):
            return False
        its = and_(runs.c.id == run_id, runs.c.owner == clean(owner))
        with self._writing() as connection:
            known = select(runs.c.status, runs.c.deleted).where(its).with_for_update()
            row = connection.execute(known).first()
            if row is None:
                return False
            if row.deleted is None:
                _empty(connection, [run_id], cancel=row.status in OPEN)
        return True

    def prune(
        self,
        *,
        results_older_than: dt.timedelta | None,
        drafts_older_than: dt.timedelta,
        interrupted_older_than: dt.timedelta = dt.timedelta(days=30),
    ) -> int:
        """Remove inputs and results that are old; the lines stay.

        Parameters
        ----------
        results_older_than : timedelta or None
            Of runs that are over, by when they were made; None keeps them.
        drafts_older_than : timedelta
            Of drafts nobody sent, which are cancelled, and of uploads that were kept
            so that they could be asked again.
        interrupted_older_than : timedelta
            Of interrupted runs nobody asked for again, which are cancelled.

        Returns
        -------
        int
            How many runs were emptied.

        Raises
        ------
        LedgerError
            If the ledger cannot be written.
        """
        now = utc_now()
        count = self._prune(("draft",), id_at(now - drafts_older_than), cancel=True)
        waited = id_at(now - interrupted_older_than)
        count += self._prune(("interrupted",), waited, cancel=True)
        if not self._keep_uploads:
            count += self._drop_uploads(id_at(now - drafts_older_than))
        if results_older_than is not None:
            count += self._prune(OVER, id_at(now - results_older_than), cancel=False)
        if count:
            self.tidy()
        return count

    def _drop_uploads(self, before: str) -> int:
        """Remove uploads of runs that are over; their results stay."""
        old = select(runs.c.id).where(
            runs.c.id < before, runs.c.status.in_(OVER), runs.c.has_input
        )
        with self._writing() as connection:
            found = list(connection.scalars(old))
            its = blobs.c.run_id.in_(found)
            gone = delete(blobs).where(its, blobs.c.part.not_in(NO_UPLOAD))
            connection.execute(gone)
            emptied = update(runs).where(runs.c.id.in_(found))
            connection.execute(emptied.values(has_input=False))
        return len(found)

    def _prune(self, states: tuple[str, ...], before: str, *, cancel: bool) -> int:
        # Ids begin with the time: the key of the blobs finds the oldest at once.
        old = (
            select(runs.c.id)
            .where(
                runs.c.id < before,
                runs.c.status.in_(states),
                select(blobs.c.part).where(blobs.c.run_id == runs.c.id).exists(),
            )
            .order_by(runs.c.id)
            .limit(AT_ONCE)
            .with_for_update()
        )
        count = 0
        while True:
            # In small portions: whoever else wants to write gets a turn.
            with self._writing() as connection:
                found = list(connection.scalars(old))
                if found:
                    _empty(connection, found, cancel=cancel)
            count += len(found)
            if len(found) < AT_ONCE:
                return count


def _empty(connection: Connection, found: list[str], *, cancel: bool) -> None:
    now = utc_now()
    # What failed may quote the upload's cells, and a summary names the client.
    values = {"deleted": now, "has_input": False, "has_result": False}
    values |= {"problem": None, "summary": None}
    connection.execute(delete(blobs).where(blobs.c.run_id.in_(found)))
    emptied = update(runs).where(runs.c.id.in_(found))
    if cancel:
        emptied = emptied.values(status="cancelled", finished=now)
    connection.execute(emptied.values(values))
