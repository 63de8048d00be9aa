"""Bodies as hostile clients send them: each has its answer, and none is a crash."""

from __future__ import annotations

import gzip
import io
import json
import tempfile
import zipfile

import pytest
from serving import body_of, form_of

WAIT = {"Prefer": "wait=60"}
JSON = {"Content-Type": "application/json"}
WHOLE = json.dumps(body_of())


def changed(**fields):
    """Return a body whose first position has other fields."""
    body = body_of()
    body["positions"][0] |= fields
    return json.dumps(body)


def asking(**options):
    """Return a body with other options."""
    return json.dumps(body_of(options={**body_of()["options"], **options}))


NO_JSON = {
    "NaN": WHOLE.replace("500000", "NaN"),
    "Infinity": WHOLE.replace("500000", "-Infinity"),
    "beyond doubles": WHOLE.replace("500000", "1e999"),
    "a number of 400 digits": WHOLE.replace("500000", "9" * 400),
    "deep": "[" * 100_000,
    "deep and whole": WHOLE.replace("500000", "[" * 900 + "]" * 900),
    "deeper": '{"positions": ' + "[" * 2000 + "]" * 2000 + "}",
    "twice": WHOLE.replace('"base_currency"', '"positions": [], "base_currency"'),
    "twice inside": WHOLE.replace("500000", '1, "market_value": 2'),
    "twice beside a mark": WHOLE.replace(
        "NVIDIA CORP", 'a \\" b", "name": "NVIDIA \\u0022'
    ),
    "twice, one spelled otherwise": WHOLE.replace(
        '"name": "NVIDIA', '"n\\u0061me": "", "name": "NVIDIA'
    ),
    "twice with much in it": WHOLE.replace(
        '"positions"', '"positions": [{"name": "a"}], "positions"'
    ),
    "torn": WHOLE[:-10],
    "empty": "",
    "half a pair": WHOLE.replace("NVIDIA", "\\ud800"),
    "two": WHOLE + WHOLE,
}


@pytest.mark.parametrize("name", NO_JSON)
def test_what_is_no_json(anna, name):
    """400, or 422 where it is JSON and no positions."""
    answer = anna.post("/v1/runs", content=NO_JSON[name].encode(), headers=JSON | WAIT)

    assert answer.status_code in {400, 422}, answer.text[:300]
    assert answer.headers["content-type"] == "application/problem+json"


def test_bytes_that_are_no_text(anna):
    """UTF-16 and Latin-1 are not guessed."""
    for data in (
        WHOLE.encode("utf-16"),
        WHOLE.replace("NVIDIA", "ÄÖ").encode("cp1252"),
    ):
        answer = anna.post("/v1/runs", content=data, headers=JSON)

        assert (answer.status_code, answer.json()["code"]) == (400, "json")


WRONG = {
    "a list": "[]",
    "a text": '"positions"',
    "null": "null",
    "positions of another kind": json.dumps(body_of(positions={})),
    "none of them": json.dumps({"positions": []}),
    "a position that is none": json.dumps(body_of(positions=[1])),
    "a schema of another kind": json.dumps(body_of(schema="stresskit/result/1")),
    "a schema that is a number": json.dumps(body_of(schema=1)),
    "a webhook that is a number": json.dumps(body_of(webhook=1)),
    "options that are a list": json.dumps(body_of(options=[])),
    "options that are a text": json.dumps(body_of(options="")),
    "options that are false": json.dumps(body_of(options=False)),
    "a value that is a text": changed(market_value="500000 or so"),
    "a value that is true": changed(market_value=True),
    "a value that is a list": changed(market_value=[1]),
    "a kind that is none": changed(asset_class="spaceship"),
    "identifiers that are a text": changed(identifiers="NVDA"),
    "a name that is an object": changed(name={}),
    "a date that is none": json.dumps(body_of(as_of="24.13.2025")),
    "a currency that is none": json.dumps(body_of(base_currency="DOLLARS")),
    "severity in words": asking(severity="1"),
    "severity below zero": asking(severity=-1),
    "severity that is true": asking(severity=True),
    "an option that is none": asking(serverity=1),
    "a mode that is none": asking(mode="guess"),
    "a factor that is a path": asking(factor="../../etc/passwd"),
    "a factor that is a folder": asking(factor="/etc"),
    "a theme that is a file": asking(theme="theme.toml"),
    "a mandate that is a file": asking(mandate="mandate.toml", no_hedge=False),
    "a scenario in a file": asking(scenarios=["book.toml"]),
    "a scenario one folder up": asking(scenarios=["..,severity=2"]),
    "a scenario that is a file here": asking(scenarios=["uv.lock"]),
    "a shock without a move": asking(shocks=["AI_ACCEL"]),
    "rates below zero": asking(fx={"EUR": -1.0}),
    "a date as a number": asking(as_of=20250124),
    "draws as a number": asking(draws=1),
    "too many drivers": asking(drivers=["A", "B", "C", "D"]),
    "ten thousand options": asking(**{f"o{n}": n for n in range(10_000)}),
    "overrides of fields that are none": asking(overrides=[{"x": 1}] * 5_000),
    "overrides of a crowd of fields": asking(
        overrides=[{f"x{n}": 1 for n in range(5_000)}]
    ),
    "a long name of an option": asking(**{"s" * 100_000: 1}),
}


@pytest.mark.parametrize("name", WRONG)
def test_json_that_is_no_run(anna, name):
    """422, every wrong field named, nothing of the server's told."""
    answer = anna.post("/v1/runs", content=WRONG[name].encode(), headers=JSON | WAIT)
    problem = answer.json()

    assert answer.status_code == 422, answer.text[:300]
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["fix"] or problem["errors"]
    assert "Traceback" not in answer.text
    assert "/work" not in answer.text
    assert len(answer.content) < 300_000


def test_a_field_of_a_position_that_is_none(anna):
    """It is an issue of the result, which says what was probably meant."""
    answer = anna.post(
        "/v1/runs", content=changed(market_vaule=1).encode(), headers=JSON | WAIT
    )

    issues = answer.json()["issues"]
    assert [i["code"] for i in issues] == ["unknown-field"]
    assert "market_value" in issues[0]["fix"]


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        (body_of(positons=[]), "positions"),
        (body_of(options={"serverity": 2.0}), "severity"),
    ],
)
def test_a_slip_of_the_keyboard(anna, body, meant):
    """The field that was probably meant is said."""
    answer = anna.post("/v1/runs", json=body, headers=WAIT)

    said = " ".join(e["message"] + e["fix"] for e in answer.json()["errors"])
    assert answer.status_code == 422
    assert meant in said


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/xml", "application/x-www-form-urlencoded", "json"],
)
def test_kinds_of_bodies_there_are_not(anna, kind):
    """415 names those there are."""
    headers = {"Content-Type": kind} if kind else {}
    answer = anna.post("/v1/runs", content=WHOLE.encode(), headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (415, "media-type")


def test_a_body_said_to_be_packed(anna):
    """Nothing is unpacked: a small body stays small."""
    data = gzip.compress(WHOLE.encode())
    headers = {**JSON, "Content-Encoding": "gzip"}

    assert anna.post("/v1/runs", content=data, headers=headers).status_code == 400


def bomb():
    """Return a workbook whose sheet unpacks to 300 MB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 300_000_000)
    return buffer.getvalue()


def test_files_that_are_bombs(anna):
    """A workbook that unpacks to 300 MB, and a file of zeros that is said to be one."""
    packed = gzip.compress(b"0" * 50_000_000)
    for data in (bomb(), packed):
        answer = anna.post(
            "/v1/runs",
            files={"file": ("book.xlsx", data)},
            headers=WAIT,
            **form_of({"no_hedge": True}),
        )

        assert answer.status_code in {413, 422}, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


FORMS = {
    "no file": {"files": {"options": (None, "{}")}},
    "a file that is a text": {"files": {"file": (None, "NVDA")}},
    "a part that is none": {"files": {"file": ("a.csv", b"x"), "fxx": ("b", b"x")}},
    "a fund that is a path": {
        "files": {"file": ("a.csv", b"x"), "fund:../x": ("b", b"")}
    },
    "options twice": {
        "files": [("file", ("a.csv", b"x")), *[("options", (None, "{}"))] * 2]
    },
    "options that are no JSON": {
        "files": {"file": ("a.csv", b"x"), "options": (None, "severity=1")}
    },
    "options that are no text": {
        "files": {"file": ("a.csv", b"x"), "options": ("o", b"\xff\xfe")}
    },
    "options that are a list": {
        "files": {"file": ("a.csv", b"x"), "options": (None, "[]")}
    },
    "a hundred parts": {"files": [(f"fund:{n}", ("x", b"")) for n in range(100)]},
    "an empty file": {"files": {"file": ("a.csv", b"")}},
    "a mandate that is none": {
        "files": {"file": ("a.csv", WHOLE.encode()), "mandate": ("m", b"\x00")}
    },
}


@pytest.mark.parametrize("name", FORMS)
def test_forms_that_are_none(anna, name):
    """400 or 422, as a problem."""
    answer = anna.post("/v1/runs", headers=WAIT, **FORMS[name])

    assert answer.status_code in {400, 422}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_form_without_a_boundary(anna):
    """A torn form is no crash."""
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        answer = anna.post(
            "/v1/runs", content=b"--y\r\n", headers={"Content-Type": kind}
        )

        assert answer.status_code in {400, 422}


def test_names_cannot_add_headers(rest, anna):
    """Line breaks in names and keys stay in their place."""
    name = 'a"\r\nSet-Cookie: x=1\r\n.csv'
    answer = anna.post(
        "/v1/holdings", files={"file": (name, b"Ticker,Value\nNVDA,1\nVST,2\n")}
    )
    token = rest.token("lines")
    sent = rest.raw(
        b"POST /v1/runs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Authorization: Bearer " + token.encode() + b"\r\n"
        b"Idempotency-Key: a\rSet-Cookie: x=1\r\nContent-Length: 0\r\n\r\n"
    )

    assert "set-cookie" not in answer.headers
    assert b"set-cookie" not in sent.lower()
    assert b" 400 " in sent.splitlines()[0]


def test_a_hundred_thousand_positions(anna):
    """They are refused as positions and as a file, and others are served meanwhile."""
    one = {"asset_class": "equity", "name": "X", "market_value": 1.5}
    body = json.dumps(body_of(*[one] * 100_000)).encode()
    file = b"Name,Market Value\n" + b"X,1.5\n" * 25_000
    sent = anna.post("/v1/runs", content=body, headers=JSON)
    read = anna.post("/v1/holdings", files={"file": ("a.csv", file)})

    for answer in (sent, read):
        assert answer.status_code == 413
        assert answer.json()["code"] == "too-many-positions"
    assert anna.get("/livez").status_code == 200


def test_no_room_for_an_upload(anna, monkeypatch):
    """Large parts go through the disk: when it is full, the answer says so."""
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    answer = anna.post("/v1/runs", files={"file": ("a.csv", b"x" * 2_000_000)})

    assert (answer.status_code, answer.json()["code"]) == (503, "no-room")
    assert "/nowhere" not in answer.text
