"""A service in a thread of the tests' own, so that they can look into it."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from examples_run import ROOT

from stresskit.web.access import new_token
from stresskit.web.app import make_app
from stresskit.web.connections import Connection
from stresskit.web.ledger import Role
from stresskit.web.service import Service
from stresskit.web.settings import Settings

THREE = (
    {"name": "NVIDIA CORP", "identifiers": {"ticker": "NVDA"}, "market_value": 500000},
    {"name": "VISTRA CORP", "identifiers": {"ticker": "VST"}, "market_value": 300000},
    {"name": "JOHNSON & JOHNSON", "identifiers": {"ticker": "JNJ"}},
)
QUICK = {"no_hedge": True, "draws": False, "scenarios": [], "loss_limit": "none"}
GROWTH = ROOT / "examples" / "us-growth" / "holdings.csv"
OVER = {"done", "failed", "cancelled", "interrupted"}


def body_of(*positions: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a request of three positions, quick to answer unless told otherwise."""
    last = {**THREE[2], "asset_class": "equity", "market_value": 200000}
    usual = [{"asset_class": "equity", **p} for p in THREE[:2]]
    return {
        "schema": "stresskit/holdings/1",
        "base_currency": "USD",
        "as_of": "2025-01-24",
        "positions": list(positions) or [*usual, last],
        "options": QUICK,
        **more,
    }


@dataclass
class Running:
    """A service that runs in this process, and clients of it."""

    address: str
    service: Service
    app: Any

    def token(self, owner: str, role: Role = "run", **more: Any) -> str:
        """Make a token."""
        text, hashed = new_token()
        self.service.ledger.add_token(owner, role, token_hash=hashed, **more)
        return text

    def client(self, token: str | None = None, **headers: str) -> httpx.Client:
        """Return a client that carries a token."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return httpx.Client(base_url=self.address, headers=headers, timeout=60)

    @property
    def place(self) -> tuple[str, int]:
        """Host and port."""
        host, _, port = self.address.removeprefix("http://").partition(":")
        return host, int(port)

    def raw(self, sent: bytes, seconds: float = 10.0) -> bytes:
        """Send bytes as they are and return all that comes back."""
        with socket.create_connection(self.place, seconds) as connection:
            connection.sendall(sent)
            found = b""
            while part := connection.recv(65536):
                found += part
        return found


@contextmanager
def running(folder: Path, **changes: Any) -> Iterator[Running]:
    """Run a service for as long as the block."""
    usual = {"ledger": f"sqlite:///{folder / 'ledger.db'}", "workers": 2}
    settings = Settings(**{"rate": 100_000, **usual, **changes})
    app = make_app(settings)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=Connection,
            log_config=None,
            server_header=False,
            access_log=False,
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    host, port = listener.getsockname()
    found = Running(f"http://{host}:{port}", app.state.service, app)
    try:
        end = time.monotonic() + 60
        with found.client() as client:
            while not (server.started and client.get("/readyz").status_code == 200):
                assert time.monotonic() < end
                time.sleep(0.02)
        yield found
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()


def ended(client: httpx.Client, location: str, seconds: float = 60) -> dict[str, Any]:
    """Ask until a run is over, and return it."""
    end = time.monotonic() + seconds
    while True:
        run = client.get(location).json()
        if run["status"] in OVER:
            return dict(run)
        assert time.monotonic() < end, run
        time.sleep(0.03)


def kill_processes(running: Running) -> None:
    """Kill every process of a service's pool, as a lack of memory does."""
    pool = running.service.crew._pool._pool_manager  # noqa: SLF001 - no other way to them
    for pid in list(pool.worker_manager.workers):
        os.kill(pid, signal.SIGKILL)


def form_of(options: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return what httpx sends as a form with options."""
    data = {} if options is None else {"options": json.dumps(options)}
    return {"data": {**data, **more}}
