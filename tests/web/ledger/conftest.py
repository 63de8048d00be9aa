"""An empty ledger per test: on SQLite, and on PostgreSQL where one is given."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ledgers import SECRET
from sqlalchemy import create_engine, make_url, text

from stresskit.web.ledger import Ledger, NewRun

GIVEN = os.environ.get("STRESSKIT_TEST_POSTGRES", "")
KINDS = ["sqlite", *(["postgresql"] if GIVEN else [])]


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database; on PostgreSQL a schema of its own, dropped afterwards."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ledger.db'}"
        return
    schema = f"test_{uuid.uuid4().hex}"
    whole = make_url(GIVEN).set(drivername="postgresql+psycopg")
    engine = create_engine(whole)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    inside = whole.update_query_dict(
        {"options": f"-csearch_path={schema}", "application_name": schema}
    )
    yield inside.render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@pytest.fixture
def opened() -> Iterator[Callable[..., Ledger]]:
    """Open ledgers that are closed when the test is over."""
    ledgers: list[Ledger] = []

    def open_one(url: str, **options: bool) -> Ledger:
        ledgers.append(Ledger(url, **options))
        return ledgers[-1]

    yield open_one
    for one in ledgers:
        one.close()


@pytest.fixture
def ledger(url: str, opened: Callable[..., Ledger]) -> Ledger:
    """An empty ledger."""
    return opened(url)


@pytest.fixture
def file(tmp_path: Path, opened: Callable[..., Ledger]) -> tuple[Ledger, Path]:
    """An empty ledger on SQLite, and its file."""
    path = tmp_path / "ledger.db"
    return opened(f"sqlite:///{path}"), path


@pytest.fixture
def asked() -> Callable[..., NewRun]:
    """Make a run to add, Anna's unless said."""

    def make(**changes: Any) -> NewRun:
        usual: dict[str, Any] = {
            "owner": "anna",
            "kind": "file",
            "input_name": "client.xlsx",
            "input": SECRET,
            "options": {"severity": 1.0},
        }
        return NewRun(**{**usual, **changes})

    return make
