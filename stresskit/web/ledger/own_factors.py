"""Factors that users bring: each revision is kept once and never changed."""

from __future__ import annotations

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from stresskit.web.ledger.database import Database, utc_now
from stresskit.web.ledger.records import OwnFactor
from stresskit.web.ledger.tables import factors
from stresskit.web.ledger.words import clean

LARGEST = 2**31
ABOUT = tuple(factors.c[n] for n in OwnFactor.__dataclass_fields__ if n != "content")


class OwnFactors(Database):
    """The factors of users, each seen by its owner only."""

    def add_factor(
        self,
        owner: str,
        *,
        id: str,  # noqa: A002 - a factor's id is called so everywhere
        revision: int,
        title: str,
        sha256: str,
        content: bytes,
    ) -> bool:
        """Keep a factor; False if the owner has one with this id and revision.

        Raises
        ------
        LedgerError
            If the ledger cannot be written.
        """
        values = {
            "owner": clean(owner),
            "id": clean(id),
            "revision": revision,
            "title": clean(title),
            "sha256": sha256,
            "created": utc_now(),
            "content": content,
        }
        try:
            with self._writing() as connection:
                try:
                    connection.execute(insert(factors), values)
                except IntegrityError as error:
                    raise _Known from error
        except _Known:
            return False
        return True

    def factors(self, owner: str) -> list[OwnFactor]:
        """Return an owner's factors without their content, by id and revision.

        Raises
        ------
        LedgerError
            If the ledger cannot be read.
        """
        its = select(*ABOUT).where(factors.c.owner == clean(owner))
        its = its.order_by(factors.c.id, factors.c.revision)
        with self._reading() as connection:
            return [OwnFactor(**row) for row in connection.execute(its).mappings()]

    def factor(
        self, owner: str, factor_id: str, revision: int | None = None
    ) -> OwnFactor | None:
        """Return an owner's factor with its content, the newest unless said.

        Raises
        ------
        LedgerError
            If the ledger cannot be read.
        """
        if revision is not None and not 0 <= revision < LARGEST:
            return None
        its = select(*ABOUT, factors.c.content).where(
            factors.c.owner == clean(owner), factors.c.id == clean(factor_id)
        )
        if revision is not None:
            its = its.where(factors.c.revision == revision)
        with self._reading() as connection:
            newest = its.order_by(factors.c.revision.desc()).limit(1)
            row = connection.execute(newest).mappings().first()
        return OwnFactor(**row) if row else None


class _Known(Exception):
    """The owner has this revision of the factor."""
