"""The page without a browser: forms, refusals, and what becomes of an upload."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from visited import HOLDINGS, asked, uploaded, words


def test_an_upload_is_gone_after_its_run_unless_it_was_to_stay(visitor):
    """Only a ticked box keeps the file for another question."""
    found = []
    for keep in ({}, {"keep": "1"}):
        address = uploaded(visitor, **keep).headers["location"]
        page = asked(visitor, address)
        copy = visitor.get(f"{address}/files/annotated.xlsx")
        found.append(("/again" in page.text, copy.status_code))

    assert found == [(False, 404), (True, 200)]


def test_the_upload_with_its_problems_marked(visitor):
    """While a file is there, a copy of it says what is wrong in which cell."""
    content = HOLDINGS + b"ZZZQ,UNHEARD OF PLC,twelve\n"
    address = uploaded(visitor, content=content).headers["location"]
    link = re.search(r'href="([^"]+annotated.xlsx)"', visitor.get(address).text)[1]

    copy = openpyxl.load_workbook(io.BytesIO(visitor.get(link).content))

    marked = [c.coordinate for row in copy.active for c in row if c.comment]
    # The cell that is no number, and the line that has no value because of it.
    assert marked == ["A4", "C4"]


def test_a_factor_that_is_not_there_fails_the_run_in_words(visitor):
    """What only the run can know is said on its page."""
    address = uploaded(visitor).headers["location"]

    page = asked(visitor, address, factor="no-such-event")

    assert "There is no factor" in words(page)


@pytest.mark.parametrize(
    ("headers", "change"),
    [
        ({"origin": "https://evil.example"}, {}),
        ({"sec-fetch-site": "cross-site"}, {}),
        ({}, {"csrf": "0" * 64}),
        ({"cookie": ""}, {}),
    ],
)
def test_forms_of_others_are_refused(visitor, headers, change):
    """Another site cannot make a visitor's browser upload or delete."""
    form = {"csrf": visitor.csrf, **change}

    answer = visitor.post(
        "/runs", data=form, files={"file": ("a.csv", HOLDINGS)}, headers=headers
    )

    assert answer.status_code == 403


def test_every_page_forbids_scripts_of_others(visitor):
    """The policy stands on pages, fragments, files and errors."""
    pages = [visitor.get(a) for a in ("/", "/static/page.js", "/nothing", "/runs/x")]

    assert [p.status_code for p in pages] == [200, 200, 404, 404]
    for page in pages:
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_a_file_of_a_users_is_never_a_page(visitor):
    """Names from a file come back escaped."""
    name = "<script>alert(1)</script>"
    content = f"Ticker,Name,Market Value (USD)\nNVDA,{name},1000\n".encode()
    address = uploaded(visitor, f"{name}.csv", content).headers["location"]

    shown = visitor.get(address).text
    result = asked(visitor, address).text

    assert "<script>alert" not in shown + result
    assert "&lt;script&gt;alert" in shown


def test_the_rest_interface_is_listed(visitor):
    """Each operation of the OpenAPI document stands on its page."""
    document = visitor.get("/v1/openapi.json").json()
    shown = words(visitor.get("/docs"))

    asked = [f"{m.upper()} {p}" for p, ms in document["paths"].items() for m in ms]
    assert [a for a in asked if a not in shown] == []


def test_a_filter_stays_when_the_page_is_loaded_again(visitor):
    """The address follows what is filtered, as it follows the severity."""
    address = uploaded(visitor).headers["location"]
    asked(visitor, address)

    found = visitor.get(f"{address}/positions?text=vistra&severity=2")

    assert found.headers["hx-replace-url"] == f"{address}?severity=2&text=vistra"


def test_a_deleted_run_is_nowhere(visitor):
    """Its page, its files and its place in the list are gone."""
    address = uploaded(visitor).headers["location"]
    asked(visitor, address)

    visitor.post(f"{address}/delete", data={"csrf": visitor.csrf})

    left = [
        visitor.get(f"{address}{a}").status_code for a in ("", "/files/result.json")
    ]
    assert left == [404, 404]
    assert address not in visitor.get("/").text
