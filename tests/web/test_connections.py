"""Connections that ask nothing."""

from __future__ import annotations

import http.client
import socket
import time
from contextlib import closing

import pytest

from stresskit.web import connections

HEAD = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize("first", [b"", b"GET /li", HEAD, HEAD + b"\r\n" + b"GET /"])
def test_a_head_that_does_not_come(rest, monkeypatch, first):
    """Nothing, half a line, half a head, and half a second request are closed."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    with socket.create_connection(rest.place, 10) as connection:
        connection.sendall(first)
        begun = time.monotonic()
        while connection.recv(65536):
            pass

    assert time.monotonic() - begun < 5


def test_a_connection_that_asks_stays(rest, monkeypatch):
    """Requests one after another, with pauses, keep theirs."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    connection = http.client.HTTPConnection(*rest.place, timeout=10)
    found, sockets = [], set()
    with closing(connection):
        for _ in range(4):
            connection.request("GET", "/livez")
            sockets.add(connection.sock)
            with connection.getresponse() as answer:
                found.append(answer.status)
                answer.read()
            time.sleep(0.2)

    assert found == [200] * 4
    assert len(sockets) == 1
