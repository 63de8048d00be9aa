"""The outbox: messages that tell a client's own server that a run is over."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from stresskit.web.ledger.database import Database, utc_now
from stresskit.web.ledger.records import Delivery
from stresskit.web.ledger.tables import deliveries, runs
from stresskit.web.ledger.words import clean, new_id

if TYPE_CHECKING:
    from sqlalchemy import Connection

# While one server tries, the others leave the message alone.
CLAIM = dt.timedelta(seconds=60)
WAITING = (
    select(
        *(deliveries.c[name] for name in ("id", "run_id", "url", "event", "attempts")),
        deliveries.c.created,
        deliveries.c.next_try,
        runs.c.owner,
    )
    .join(runs, runs.c.id == deliveries.c.run_id)
    .order_by(deliveries.c.next_try)
)


def queue_delivery(connection: Connection, run_id: str, url: str, status: str) -> None:
    """Put a message into the outbox, in the transaction that ends the run."""
    now = utc_now()
    values = {
        "id": new_id("msg"),
        "run_id": run_id,
        "url": url,
        "event": f"run.{status}",
        "attempts": 0,
        "created": now,
        "next_try": now,
    }
    connection.execute(insert(deliveries), values)


class Deliveries(Database):
    """Messages that are due."""

    def due_deliveries(self, now: dt.datetime, limit: int) -> list[Delivery]:
        """Return messages to send now; no other server gets them for a minute.

        Say what became of each with ``delivered`` or ``not_delivered``; one of which
        nothing is heard is due again, so each arrives at least once.

        Raises
        ------
        LedgerError
            If the ledger cannot be written.
        """
        due = WAITING.where(deliveries.c.next_try <= now).limit(limit)
        with self._reading() as connection:
            rows = connection.execute(due).mappings().all()
        if not rows:
            return []
        taken = []
        with self._writing() as connection:
            for row in rows:
                claim = update(deliveries).where(
                    deliveries.c.id == row["id"],
                    deliveries.c.next_try == row["next_try"],
                )
                values = {"next_try": now + CLAIM, "attempts": row["attempts"] + 1}
                if connection.execute(claim.values(values)).rowcount == 1:
                    told = {k: v for k, v in row.items() if k != "next_try"}
                    told["attempts"] += 1
                    taken.append(Delivery(**told))
        return taken

    def delivered(self, delivery_id: str) -> None:
        """Record that a message arrived.

        Raises
        ------
        LedgerError
            If the ledger cannot be written.
        """
        self._settle(delivery_id, next_try=None, delivered=utc_now(), reason=None)

    def not_delivered(
        self, delivery_id: str, next_try: dt.datetime | None, reason: str
    ) -> None:
        """Record why a message did not arrive, and when to try again; None gives up.

        Raises
        ------
        LedgerError
            If the ledger cannot be written.
        """
        self._settle(delivery_id, next_try=next_try, reason=clean(reason))

    def _settle(self, delivery_id: str, **values: dt.datetime | str | None) -> None:
        its = deliveries.c.id == delivery_id
        with self._writing() as connection:
            connection.execute(update(deliveries).where(its).values(values))
