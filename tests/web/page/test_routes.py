"""The page without a browser: forms, refusals, and what becomes of an upload."""

from __future__ import annotations

import html
import re
import time

import httpx
import pytest
from examples_run import ROOT
from served import served

HOLDINGS = b"""Ticker,Name,Market Value (USD)
NVDA,NVIDIA CORP,600000
VST,VISTRA CORP,300000
"""
QUICK = {"factor": "deepseek-2025-01-27", "severity": "1", "mandate": "none"}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """Run the service."""
    with served(tmp_path_factory.mktemp("served")) as service:
        yield service


@pytest.fixture
def visitor(service):
    """Return a browser without scripts, and the key of its forms."""
    headers = {"accept": "text/html"}
    with httpx.Client(base_url=service.address, headers=headers, timeout=60) as client:
        client.csrf = key_in(client.get("/"))
        yield client


def key_in(page):
    """Return the key that the forms of a page carry."""
    return re.search(r'name="csrf" value="([^"]+)"', page.text)[1]


def uploaded(visitor, name="holdings.csv", content=HOLDINGS, **more):
    """Upload a file."""
    form = {"csrf": visitor.csrf, **more}
    return visitor.post("/runs", data=form, files={"file": (name, content)})


def asked(visitor, address, **changes):
    """Ask about a draft and wait for its end; return the page."""
    form = {"csrf": visitor.csrf, **QUICK, **changes}
    answer = visitor.post(f"{address}/start", data=form)
    assert answer.status_code == 303, words(answer)
    for _ in range(300):
        page = visitor.get(address)
        if "http-equiv" not in page.text:
            return page
        time.sleep(0.1)
    raise AssertionError("the run has not ended")


def words(page):
    """Return the text of a page without tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def test_an_upload_is_gone_after_its_run_unless_it_was_to_stay(visitor):
    """Only a ticked box keeps the file for another question."""
    found = []
    for keep in ({}, {"keep": "1"}):
        address = uploaded(visitor, **keep).headers["location"]
        page = asked(visitor, address)
        copy = visitor.get(f"{address}/files/annotated.xlsx")
        found.append(("/again" in page.text, copy.status_code))

    assert found == [(False, 404), (True, 200)]


def test_asking_again_begins_with_what_was_asked(visitor):
    """The form of a kept upload is filled with the last question."""
    address = uploaded(visitor, keep="1").headers["location"]
    asked(visitor, address, severity="2.5", base_currency="USD")

    again = visitor.post(f"{address}/again", data={"csrf": visitor.csrf})
    form = visitor.get(again.headers["location"]).text

    assert re.search(r'name="severity"[^>]*value="2.5"', form)
    assert re.search(r'name="base_currency"[^>]*value="USD"', form)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("virus.exe", b"MZ\x90\x00" + bytes(200), "cannot be read"),
        ("empty.csv", b"", "empty"),
        ("notes.txt", b"Dear client,\nthank you.\n", "table"),
        ("../../etc/passwd", b"root:x:0:0\n", "passwd cannot be read"),
        ("b.xlsx", b"PK\x03\x04 damaged", "cannot be read"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(visitor, name, content, said):
    """The page says what is wrong, and what to do."""
    answer = uploaded(visitor, name, content)

    assert answer.status_code == 422
    assert said in words(answer)
    assert "What to do" in words(answer)


def test_no_file_at_all(visitor):
    """A form without a file is answered with the form."""
    answer = visitor.post("/runs", data={"csrf": visitor.csrf})

    assert (answer.status_code, "no file" in words(answer)) == (422, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"severity": "much"}, "Give a number"),
        ({"severity": "99"}, "less than or equal to 10"),
        ({"fx": "EUR 1.05"}, "is no rate"),
        ({"factor": "../../etc"}, "pattern"),
        ({"as_of": "yesterday"}, "pattern"),
    ],
)
def test_a_question_that_makes_no_sense_comes_back(visitor, change, said):
    """The form comes back as typed, with the field that is wrong named."""
    address = uploaded(visitor).headers["location"]

    form = {"csrf": visitor.csrf, **QUICK, **change}
    answer = visitor.post(f"{address}/start", data=form)

    assert answer.status_code == 422
    assert said in words(answer)


def test_a_factor_that_is_not_there_fails_the_run_in_words(visitor):
    """What only the run can know is said on its page."""
    address = uploaded(visitor).headers["location"]

    page = asked(visitor, address, factor="no-such-event")

    assert "There is no factor" in words(page)


def test_a_correction_without_scripts(visitor):
    """The form of a row works as an ordinary form too."""
    address = uploaded(visitor).headers["location"]
    form = {"csrf": visitor.csrf, "position": "p1"}

    wrong = visitor.post(
        f"{address}/mapping", data={**form, "segment_1": "MEMORY", "share_1": "150"}
    )
    right = visitor.post(
        f"{address}/mapping", data={**form, "segment_1": "MEMORY", "share_1": "50"}
    )

    assert (wrong.status_code, "0 to 100" in words(wrong)) == (422, True)
    assert right.status_code == 303
    assert "by you" in words(visitor.get(address))


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


def test_an_example_is_one_click(visitor):
    """Each shipped example leads to what was read from it."""
    names = re.findall(r'action="/examples/([^"]+)"', visitor.get("/").text)
    answer = visitor.post(f"/examples/{names[0]}", data={"csrf": visitor.csrf})

    shipped = sorted(p.parent.name for p in ROOT.glob("examples/*/holdings.*"))
    assert names == shipped
    assert "Nothing is computed yet" in words(visitor.get(answer.headers["location"]))


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
