"""The OpenAPI document: checked in, valid, and true by what schemathesis tries."""

from __future__ import annotations

import json

import pytest
import schemathesis
from examples_run import ROOT
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks

from stresskit.web.app import document

PATH = ROOT / "docs" / "openapi.json"
PLAIN = json.loads(PATH.read_text(encoding="utf-8"))
SCHEMA = schemathesis.openapi.from_dict(PLAIN)
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
    checks.allow_header_conformance,
]


@schemathesis.serializer("application/zip")
def zip_as_it_is(_: schemathesis.SerializationContext, value: object) -> bytes:
    """Send whatever was made up where a zip is wanted."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def test_the_document_is_that_of_the_service():
    """After a change: `python .ci/update_openapi.py`, and read the difference."""
    assert json.loads(json.dumps(document())) == PLAIN


def test_the_document_is_valid():
    """It is OpenAPI 3.1, and every operation has a name of its own."""
    operations = [o for path in PLAIN["paths"].values() for o in path.values()]
    names = [o["operationId"] for o in operations]

    assert PLAIN["openapi"].startswith("3.1")
    SCHEMA.validate()
    assert len(set(names)) == len(names) == len(list(SCHEMA.get_all_operations()))


def test_every_refusal_is_a_problem():
    """Whatever is answered with 400 or more is of one kind."""
    kinds = {
        tuple(answer["content"])
        for path in PLAIN["paths"].values()
        for operation in path.values()
        for status, answer in operation["responses"].items()
        if status >= "400"
    }

    assert kinds == {("application/problem+json",)}


@pytest.fixture(scope="module")
def headers(anna):
    """Headers of a caller who may run."""
    return {"Authorization": anna.headers["Authorization"]}


@SCHEMA.parametrize()
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_what_is_answered_is_documented(rest, headers, case):
    """Made-up requests, right and wrong, get documented answers and none crashes."""
    case.call_and_validate(
        base_url=rest.address, headers=headers, checks=CHECKS, timeout=30
    )
