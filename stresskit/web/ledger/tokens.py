"""Tokens: kept as hashes, found by them, revoked for ever."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import bindparam, exists, insert, or_, select, update

from stresskit.errors import InputError
from stresskit.web.ledger.database import Database, utc_now
from stresskit.web.ledger.records import Role, Token
from stresskit.web.ledger.tables import tokens
from stresskit.web.ledger.words import clean

COLUMNS = tuple(tokens.c[name] for name in Token.__dataclass_fields__)
BY_HASH = select(*COLUMNS).where(tokens.c.token_hash == bindparam("hash"))
# Built once: both are asked with every request.
ANY_VALID = select(
    exists().where(
        tokens.c.revoked.is_(None),
        or_(tokens.c.expires.is_(None), tokens.c.expires > bindparam("now")),
    )
)
LONGEST = 200


class Tokens(Database):
    """Who may call."""

    def add_token(
        self,
        owner: str,
        role: Role,
        *,
        token_hash: str,
        expires: dt.datetime | None = None,
        label: str = "",
    ) -> Token:
        """Keep the hash of a new token.

        Raises
        ------
        InputError
            If the owner is no name.
        LedgerError
            If the ledger cannot be written.
        """
        if not (owner.strip() and owner.isprintable() and len(owner) <= LONGEST):
            raise InputError(
                "The owner of a token needs a name of up to 200 visible characters.",
                hint="Name the person or the system that will call.",
                code="owner",
            )
        token = Token(
            id=f"tok_{secrets.token_hex(6)}",
            owner=owner.strip(),
            role=role,
            label=clean(label[:LONGEST]),
            created=utc_now(),
            expires=expires,
            revoked=None,
        )
        with self._writing() as connection:
            values = {**vars(token), "token_hash": token_hash}
            connection.execute(insert(tokens), values)
        return token

    def find_token(self, token_hash: str) -> Token | None:
        """Return the token of a hash, if it still opens anything.

        Raises
        ------
        LedgerError
            If the ledger cannot be read.
        """
        with self._reading() as connection:
            row = connection.execute(BY_HASH, {"hash": token_hash}).mappings().first()
        found = Token(**row) if row else None
        return found if found and found.valid(utc_now()) else None

    def tokens(self) -> list[Token]:
        """Return every token there ever was, the oldest first.

        Raises
        ------
        LedgerError
            If the ledger cannot be read.
        """
        every = select(*COLUMNS).order_by(tokens.c.created, tokens.c.id)
        with self._reading() as connection:
            return [Token(**row) for row in connection.execute(every).mappings()]

    def revoke(self, token_id: str) -> bool:
        """End a token now; False if there is none that is not ended.

        Raises
        ------
        LedgerError
            If the ledger cannot be written.
        """
        its = update(tokens).where(
            tokens.c.id == clean(token_id), tokens.c.revoked.is_(None)
        )
        with self._writing() as connection:
            return connection.execute(its.values(revoked=utc_now())).rowcount == 1

    def has_tokens(self) -> bool:
        """Say whether any token opens anything now.

        Raises
        ------
        LedgerError
            If the ledger cannot be read.
        """
        with self._reading() as connection:
            return bool(connection.execute(ANY_VALID, {"now": utc_now()}).scalar_one())
