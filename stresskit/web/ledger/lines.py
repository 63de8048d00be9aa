"""The lines of the ledger: runs are added, found and listed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Unpack

from sqlalchemy import and_, bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError

from stresskit.errors import InputError
from stresskit.web.ledger.database import Database, utc_now
from stresskit.web.ledger.deliveries import queue_delivery
from stresskit.web.ledger.errors import IdempotencyConflict, LedgerError
from stresskit.web.ledger.parts import blobs_of_outcome, blobs_of_upload, words_of
from stresskit.web.ledger.records import NewRun, Outcome, Run, Status
from stresskit.web.ledger.tables import blobs, runs
from stresskit.web.ledger.words import (
    clean,
    is_run_id,
    new_id,
    request_hash,
    sha256_of,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

MOST = 500
Page = list[Run]
LINE = tuple(runs.c[name] for name in Run.__dataclass_fields__)
ONE = select(*LINE).where(
    and_(runs.c.id == bindparam("run"), runs.c.owner == bindparam("by"))
)
OF_KEY = select(*LINE, runs.c.request_sha256).where(
    and_(runs.c.owner == bindparam("by"), runs.c.idempotency_key == bindparam("key"))
)
WAITING = select(func.count()).where(runs.c.status == "queued")
ADD, ADD_BLOBS = insert(runs), insert(blobs)
STATES_TO_ADD = ("draft", "queued", "running")


class Lines(Database):
    """Adding and finding runs."""

    def add(self, new: NewRun) -> tuple[Run, bool]:
        """Add a run with its input, and say whether it is new.

        Returns
        -------
        run : Run
            The new one, or the one that the idempotency key already stands for.
        created : bool
            Whether it is new.

        Raises
        ------
        IdempotencyConflict
            If the key stands for another request.
        LedgerError
            If the ledger cannot be written.
        """
        if new.status not in STATES_TO_ADD:
            raise ValueError(f"A run is not added as {new.status}.")
        line = self._line(new)
        line["has_input"] = True
        if new.status == "running":
            self._join()
            now = line["created"]
            line |= {"started": now, "attempts": 1, "server": self._server}
        return self._added(new, line, blobs_of_upload(new))

    def record(
        self, new: NewRun, *, began: dt.datetime, **outcome: Unpack[Outcome]
    ) -> tuple[Run, bool]:
        """Add a run that is done, in one transaction: its client waited for it.

        Nothing is written before there is an answer, so nothing is lost or done twice
        if the process dies: the client has no answer and asks again. The input is
        written only if uploads are kept. Two requests with one key at the same time
        are both computed and recorded once; ``find`` avoids it for later ones.

        Parameters
        ----------
        new : NewRun
            What was asked.
        began : datetime
            When the computation began, aware.
        **outcome
            As in ``finish``.

        Returns
        -------
        run, created
            As in ``add``.

        Raises
        ------
        IdempotencyConflict
            If the key stands for another request.
        LedgerError
            If the ledger cannot be written.
        """
        line = self._line(new) | words_of(outcome)
        line |= {"status": "done", "has_result": True, "has_input": self._keep_uploads}
        parts = blobs_of_outcome(outcome)
        return self._recorded(new, line, parts, began)

    def record_failure(
        self, new: NewRun, *, began: dt.datetime, problem: dict[str, Any]
    ) -> tuple[Run, bool]:
        """Add a run that has failed, in one transaction; the rest as in ``record``.

        Raises
        ------
        IdempotencyConflict
            If the key stands for another request.
        LedgerError
            If the ledger cannot be written.
        """
        line = self._line(new)
        line |= {"status": "failed", "problem": problem}
        line["has_input"] = self._keep_uploads
        return self._recorded(new, line, [], began)

    def find(self, new: NewRun) -> Run | None:
        """Return the run that a request's idempotency key already stands for.

        Raises
        ------
        IdempotencyConflict
            If the key stands for another request.
        LedgerError
            If the ledger cannot be read.
        """
        if new.idempotency_key is None:
            return None
        with self._reading() as connection:
            return _same(connection, new, self._line(new))

    def get(self, run_id: str, owner: str) -> Run | None:
        """Return a run of an owner; None of another's, or if there is none.

        Raises
        ------
        LedgerError
            If the ledger cannot be read.
        """
        if not is_run_id(run_id):
            return None
        with self._reading() as connection:
            asked = {"run": run_id, "by": clean(owner)}
            row = connection.execute(ONE, asked).mappings().first()
        return run_of(row) if row else None

    def line(self, run_id: str) -> Run | None:
        """Return a run whoever it belongs to: for the service, not for a caller.

        Raises
        ------
        LedgerError
            If the ledger cannot be read.
        """
        if not is_run_id(run_id):
            return None
        whole = select(*LINE).where(runs.c.id == run_id)
        with self._reading() as connection:
            row = connection.execute(whole).mappings().first()
        return run_of(row) if row else None

    def queue_length(self) -> int:
        """Return how many runs wait.

        Raises
        ------
        LedgerError
            If the ledger cannot be read.
        """
        with self._reading() as connection:
            return int(connection.execute(WAITING).scalar_one())

    def _line(self, new: NewRun) -> dict[str, Any]:
        input_sha256 = sha256_of(new.input)
        sides = {
            clean(role): (clean(name), sha256_of(content))
            for role, (name, content) in new.sides.items()
        }
        hashes = {role: sha256 for role, (_, sha256) in sides.items()}
        key = new.idempotency_key
        return dict.fromkeys(runs.c.keys()) | {
            "id": new.id or new_id("run"),
            "owner": clean(new.owner),
            "kind": new.kind,
            "status": new.status,
            "created": utc_now(),
            "input_name": clean(new.input_name),
            "input_sha256": input_sha256,
            "sides": sides,
            "options": new.options,
            "request_sha256": request_hash(new, input_sha256, hashes),
            "idempotency_key": None if key is None else clean(key),
            "attempts": 0,
            "webhook": None if new.webhook is None else clean(new.webhook),
            "has_input": False,
            "has_result": False,
        }

    def _recorded(
        self,
        new: NewRun,
        line: dict[str, Any],
        parts: list[dict[str, Any]],
        began: dt.datetime,
    ) -> tuple[Run, bool]:
        now = line["created"]
        line |= {"created": began, "started": began, "finished": now, "attempts": 1}
        if self._keep_uploads:
            parts = [*parts, *blobs_of_upload(new)]
        return self._added(new, line, parts)

    def _added(
        self, new: NewRun, line: dict[str, Any], parts: list[dict[str, Any]]
    ) -> tuple[Run, bool]:
        try:
            with self._writing() as connection:
                if new.idempotency_key is not None:
                    known = _same(connection, new, line)
                    if known is not None:
                        return known, False
                _insert(connection, line, parts)
        except _Taken:
            # Another server was faster between our look and our write.
            with self._reading() as connection:
                known = _same(connection, new, line)
            if known is None:
                raise LedgerError(
                    "The ledger did not take the run.",
                    reason="failed",
                    hint="Look into the database's own log.",
                ) from None
            return known, False
        return run_of(line), True

    # The last one, since its name hides the type's.
    def list(
        self,
        owner: str,
        *,
        limit: int = 50,
        after: str | None = None,
        status: Status | None = None,
    ) -> tuple[Page, str | None]:
        """Return a page of an owner's runs, the newest first, and the next cursor.

        Runs that are added meanwhile stand before the first page and move nothing.
        Drafts are listed only if they are asked for.

        Parameters
        ----------
        owner : str
            Whose runs.
        limit : int
            How many at most; 500 if more are asked for.
        after : str, optional
            The cursor of the page before.
        status : Status, optional
            Only these.

        Raises
        ------
        InputError
            If the cursor is none.
        LedgerError
            If the ledger cannot be read.
        """
        if after is not None and not is_run_id(after):
            raise InputError(
                "The cursor is none that a page ended with.",
                hint="Take it from the page before, or leave it out.",
                code="cursor",
            )
        limit = min(max(limit, 1), MOST)
        wanted = runs.c.status == status if status else runs.c.status != "draft"
        page = select(*LINE).where(runs.c.owner == clean(owner), wanted)
        if after is not None:
            page = page.where(runs.c.id < after)
        page = page.order_by(runs.c.id.desc()).limit(limit + 1)
        with self._reading() as connection:
            rows = connection.execute(page).mappings().all()
        found = [run_of(row) for row in rows[:limit]]
        return found, found[-1].id if len(rows) > limit else None


class _Taken(Exception):
    """The key, free a moment ago, is taken."""


def _insert(
    connection: Connection, line: dict[str, Any], parts: list[dict[str, Any]]
) -> None:
    try:
        connection.execute(ADD, line)
    except IntegrityError as error:
        raise _Taken from error
    if parts:
        connection.execute(ADD_BLOBS, [{"run_id": line["id"], **p} for p in parts])
    if line["finished"] is not None and line["webhook"]:
        queue_delivery(connection, line["id"], line["webhook"], line["status"])


def _same(connection: Connection, new: NewRun, line: dict[str, Any]) -> Run | None:
    asked = {"by": line["owner"], "key": line["idempotency_key"]}
    row = connection.execute(OF_KEY, asked).mappings().first()
    if row is None:
        return None
    if row["request_sha256"] != line["request_sha256"]:
        raise IdempotencyConflict(
            f"The idempotency key {new.idempotency_key!r} stands for another request "
            f"({row['id']}).",
            hint="Give each request a key of its own, and repeat one unchanged.",
        )
    return run_of(row)


def run_of(row: RowMapping | dict[str, Any]) -> Run:
    """Return a line as the record it is."""
    values = {name: row[name] for name in Run.__dataclass_fields__}
    values["sides"] = {k: (v[0], v[1]) for k, v in values["sides"].items()}
    return Run(**values)
