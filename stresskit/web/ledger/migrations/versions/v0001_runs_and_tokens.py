"""Runs, what they were given and gave, who may ask, and which servers live."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of an empty database."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        "runs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created", time, nullable=False),
        sa.Column("started", time),
        sa.Column("finished", time),
        sa.Column("deleted", time),
        sa.Column("input_name", sa.Text, nullable=False),
        sa.Column("input_sha256", sa.Text, nullable=False),
        sa.Column("sides", sa.Text, nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("request_sha256", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.Text),
        sa.Column("factor", sa.Text),
        sa.Column("factor_revision", sa.Integer),
        sa.Column("factor_sha256", sa.Text),
        sa.Column("version", sa.Text),
        sa.Column("result_sha256", sa.Text),
        sa.Column("summary", sa.Text),
        sa.Column("problem", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("webhook", sa.Text),
        sa.Column("has_input", sa.Boolean, nullable=False),
        sa.Column("has_result", sa.Boolean, nullable=False),
        sa.Column("server", sa.Text),
        sa.UniqueConstraint("owner", "idempotency_key", name="one_run_per_key"),
    )
    op.create_index("runs_of_owner", "runs", ["owner", "id"])
    op.create_index("runs_by_status", "runs", ["status", "id"])
    op.create_table(
        "blobs",
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("part", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("packed", sa.Boolean, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False, unique=True),
        sa.Column("created", time, nullable=False),
        sa.Column("expires", time),
        sa.Column("revoked", time),
    )
    op.create_table(
        "servers",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("seen", time, nullable=False),
    )
