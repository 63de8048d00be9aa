"""A visitor of the upload page without a browser: forms sent, pages read."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

HOLDINGS = b"""Ticker,Name,Market Value (USD)
NVDA,NVIDIA CORP,600000
VST,VISTRA CORP,300000
"""
QUICK = {"factor": "deepseek-2025-01-27", "severity": "1", "mandate": "none"}


class Visitor(httpx.Client):
    """A browser without scripts; ``csrf`` is the key of the service's forms."""

    csrf: str


@contextmanager
def visiting(address: str) -> Iterator[Visitor]:
    """Open the first page of a service."""
    headers = {"accept": "text/html"}
    with Visitor(base_url=address, headers=headers, timeout=60) as visitor:
        visitor.csrf = key_in(visitor.get("/"))
        yield visitor


def key_in(page: httpx.Response) -> str:
    """Return the key that the forms of a page carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


def uploaded(
    visitor: Visitor,
    name: str = "holdings.csv",
    content: bytes = HOLDINGS,
    **more: str,
) -> httpx.Response:
    """Upload a file."""
    form = {"csrf": visitor.csrf, **more}
    return visitor.post("/runs", data=form, files={"file": (name, content)})


def sent(visitor: Visitor, address: str, **fields: str) -> httpx.Response:
    """Send a form."""
    return visitor.post(address, data={"csrf": visitor.csrf, **fields})


def asked(visitor: Visitor, address: str, **changes: str) -> httpx.Response:
    """Ask about a draft and wait for its end; return the page."""
    answer = sent(visitor, f"{address}/start", **{**QUICK, **changes})
    assert answer.status_code == 303, words(answer)
    for _ in range(300):
        page = visitor.get(address)
        if "http-equiv" not in page.text:
            return page
        time.sleep(0.1)
    raise AssertionError("the run has not ended")


def words(page: httpx.Response) -> str:
    """Return the text of a page without tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())
