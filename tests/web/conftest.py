"""One service for the tests of the REST interface, and three who call it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from serving import Running, running


@pytest.fixture(scope="session")
def rest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with tokens."""
    with running(tmp_path_factory.mktemp("rest")) as found:
        found.token("operator", "read")
        yield found


@pytest.fixture(scope="session")
def anna(rest: Running) -> Iterator[httpx.Client]:
    """A client that may run."""
    with rest.client(rest.token("anna")) as client:
        yield client


@pytest.fixture(scope="session")
def bela(rest: Running) -> Iterator[httpx.Client]:
    """Another one."""
    with rest.client(rest.token("bela")) as client:
        yield client


@pytest.fixture(scope="session")
def reader(rest: Running) -> Iterator[httpx.Client]:
    """A client of Anna's that may read only."""
    with rest.client(rest.token("anna", "read")) as client:
        yield client
