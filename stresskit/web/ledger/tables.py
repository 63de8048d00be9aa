"""The tables of the ledger, as the newest migration leaves them."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

if TYPE_CHECKING:
    from sqlalchemy import Dialect

# Oldest first. Known without alembic, whose import start-up need not wait for.
REVISIONS = ("0001", "0002")
VERSION_TABLE = "alembic_version"


class Utc(TypeDecorator[dt.datetime]):
    """An aware time in UTC; SQLite knows no zones and gets it without."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: dt.datetime | None, dialect: Dialect
    ) -> dt.datetime | None:
        """Return what is stored."""
        if value is None:
            return None
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(
        self,
        value: dt.datetime | None,
        dialect: Dialect,  # noqa: ARG002 - the interface's
    ) -> dt.datetime | None:
        """Return what was stored, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else _utc(value)


def _utc(value: dt.datetime) -> dt.datetime:
    return value.astimezone(dt.UTC)


class Json(TypeDecorator[Any]):
    """JSON as ASCII text: any string of a client fits any database, NUL included."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self,
        value: Any,
        dialect: Dialect,  # noqa: ARG002 - the interface's
    ) -> str | None:
        """Return what is stored."""
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002 - the interface's
    ) -> Any:
        """Return what was stored."""
        return None if value is None else json.loads(value)


metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created", Utc, nullable=False),
    Column("started", Utc),
    Column("finished", Utc),
    Column("deleted", Utc),
    Column("input_name", Text, nullable=False),
    Column("input_sha256", Text, nullable=False),
    Column("sides", Json, nullable=False),
    Column("options", Json, nullable=False),
    Column("request_sha256", Text, nullable=False),
    Column("idempotency_key", Text),
    Column("factor", Text),
    Column("factor_revision", Integer),
    Column("factor_sha256", Text),
    Column("version", Text),
    Column("result_sha256", Text),
    Column("summary", Json),
    Column("problem", Json),
    Column("attempts", Integer, nullable=False),
    Column("webhook", Text),
    Column("has_input", Boolean, nullable=False),
    Column("has_result", Boolean, nullable=False),
    Column("server", Text),
    UniqueConstraint("owner", "idempotency_key", name="one_run_per_key"),
    Index("runs_of_owner", "owner", "id"),
    Index("runs_by_status", "status", "id"),
)

blobs = Table(
    "blobs",
    metadata,
    Column("run_id", Text, ForeignKey("runs.id"), primary_key=True),
    Column("part", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("packed", Boolean, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("created", Utc, nullable=False),
    Column("expires", Utc),
    Column("revoked", Utc),
)

servers = Table(
    "servers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("seen", Utc, nullable=False),
)

factors = Table(
    "factors",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("created", Utc, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("run_id", Text, ForeignKey("runs.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created", Utc, nullable=False),
    Column("next_try", Utc),
    Column("delivered", Utc),
    Column("reason", Text),
    Index("deliveries_due", "next_try"),
)
