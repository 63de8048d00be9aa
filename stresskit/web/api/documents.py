"""Parts of the OpenAPI document that no signature says: bodies, headers, forms."""

from __future__ import annotations

from typing import Any

from stresskit.web.options import Options
from stresskit.web.problems import MEDIA_TYPE
from stresskit.web.results import MEDIA

LOCATION = {
    "Location": {"description": "The run's address.", "schema": {"type": "string"}}
}
_NUMBER = {"type": ["number", "null"]}
_TEXT = {"type": ["string", "null"]}

IDENTIFIERS = ("ticker", "isin", "cusip", "sedol", "figi")
AMOUNTS = ("quantity", "price", "market_value", "local_value", "exposure", "weight")
POSITION: dict[str, Any] = {
    "type": "object",
    "description": "One line of the portfolio, by the contract of `stresskit holdings "
    "--json`. Long is positive, short negative; values are in base currency, "
    "`local_value` and `price` in `currency`; `weight` is a decimal.",
    "properties": {
        "name": _TEXT,
        "identifiers": {
            "type": "object",
            "properties": dict.fromkeys(
                ("ticker", "isin", "cusip", "sedol", "figi"), _TEXT
            ),
        },
        "asset_class": {
            "enum": [
                *("equity", "fund", "bond", "option", "future", "fx_forward"),
                *("cash", "crypto", "other"),
            ]
        },
        **dict.fromkeys(
            ("quantity", "price", "market_value", "local_value", "exposure"), _NUMBER
        ),
        "weight": _NUMBER,
        **dict.fromkeys(("currency", "account", "sector", "country"), _TEXT),
        "terms": {"type": "object"},
    },
}


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Put the definitions of a schema where they are used."""
    named = schema.pop("$defs", {})

    def put(part: Any) -> Any:
        if isinstance(part, list):
            return [put(p) for p in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return put(named[part["$ref"].rsplit("/", 1)[-1]])
        return {k: put(v) for k, v in part.items()}

    found: dict[str, Any] = put(schema)
    return found


OPTIONS = _inlined(Options.model_json_schema())

HOLDINGS: dict[str, Any] = {
    "type": "object",
    "required": ["positions"],
    "additionalProperties": False,
    "properties": {
        "schema": {"const": "stresskit/holdings/1"},
        "name": _TEXT,
        "as_of": {**_TEXT, "description": "Date of the holdings, 2025-01-24."},
        "base_currency": {**_TEXT, "description": "ISO 4217."},
        "total_value": _NUMBER,
        "stated_total": _NUMBER,
        "fx": {"type": "object", "additionalProperties": {"type": "number"}},
        "columns": {"type": "array"},
        "source": {"type": "object"},
        "issues": {"type": "array"},
        "positions": {"type": "array", "items": POSITION},
    },
}
_FILE = {"type": "string", "contentMediaType": "application/octet-stream"}


def _form(**more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["file"],
        "properties": {
            "file": {**_FILE, "description": "Holdings in any format."},
            "options": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": OPTIONS,
                "description": "The options as JSON.",
            },
            "password": {"type": "string", "description": "Of a protected workbook."},
            "fx": {**_FILE, "description": "Exchange rates."},
            "overrides": {**_FILE, "description": "Placements of your own."},
            "prices": {**_FILE, "description": "Adjusted closes."},
            **more,
        },
        "description": "A part `fund:ISIN` is a file of what that fund holds.",
    }


RUN_HEADERS: list[dict[str, Any]] = [
    {
        "name": "Prefer",
        "in": "header",
        "description": "`wait` or `wait=SECONDS`: answer with the result (RFC 7240).",
        "schema": {"type": "string"},
        "example": "wait=10",
    },
    {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The same key with the same request is the same run, for ever.",
        "schema": {"type": "string", "pattern": "^[!#-~]{1,255}$"},
    },
]


def _request(content: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": content}}


RUN_REQUEST = _request(
    {
        "application/json": {
            "schema": {
                **HOLDINGS,
                "properties": {
                    **HOLDINGS["properties"],
                    "options": OPTIONS,
                    "webhook": {
                        **_TEXT,
                        "description": "Told when the run has ended.",
                    },
                },
            },
            "example": {
                "schema": "stresskit/holdings/1",
                "base_currency": "USD",
                "as_of": "2025-01-24",
                "positions": [
                    {
                        "name": "NVIDIA CORP",
                        "identifiers": {"ticker": "NVDA", "isin": "US67066G1040"},
                        "asset_class": "equity",
                        "market_value": 356550,
                    }
                ],
                "options": {"severity": 1.5, "no_hedge": True},
            },
        },
        "multipart/form-data": {
            "schema": _form(
                webhook={"type": "string"},
                mandate={**_FILE, "description": "What the client may do (TOML)."},
            )
        },
    }
)
RUN_REQUEST["parameters"] = RUN_HEADERS
HOLDINGS_REQUEST = _request(
    {
        "application/json": {
            "schema": {
                **HOLDINGS,
                "properties": {**HOLDINGS["properties"], "options": OPTIONS},
            }
        },
        "multipart/form-data": {"schema": _form()},
    }
)
FACTOR_REQUEST = _request(
    {
        "application/zip": {
            "schema": {
                **_FILE,
                "description": "A zip of one factor folder, as `stresskit factor new` "
                "writes it.",
            }
        }
    }
)
_SECTIONS = ("run", "summary", "attribution")
RESULT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "As `stresskit stress --json` writes it.",
    "required": ["schema", *_SECTIONS, "by_segment", "by_position", "hedges", "issues"],
    "properties": {
        "schema": {"const": "stresskit/result/1"},
        **{k: {"type": "object"} for k in _SECTIONS},
        **{
            k: {"type": "array"}
            for k in ("by_segment", "by_position", "hedges", "issues")
        },
    },
}
RESULT: dict[str, Any] = {
    "description": "The result, where the client waited and it was done in time.",
    "content": {"application/json": {"schema": RESULT_SCHEMA}},
    "headers": LOCATION,
}
RESULT_ANY: dict[str, Any] = {
    "description": "The result.",
    "content": {
        "application/json": {"schema": RESULT_SCHEMA},
        **{MEDIA[k]: {"schema": _FILE} for k in ("csv", "parquet", "xlsx")},
    },
}
HOLDINGS_ANSWER: dict[str, Any] = {
    "description": "What was read, by the contract of `stresskit holdings --json`.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["schema", "positions", "issues"],
                "properties": {
                    "schema": {"const": "stresskit/holdings/1"},
                    "positions": {"type": "array", "items": {"type": "object"}},
                    "issues": {"type": "array", "items": {"type": "object"}},
                },
            }
        }
    },
}


def finished(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with problems as they are: of one kind, for parameters too.

    The framework writes each model down as plain JSON, and gives refused parameters a
    shape that this service never answers with.
    """
    found = {"$ref": "#/components/schemas/ProblemOut"}
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if status >= "400":
                    answer["content"] = {MEDIA_TYPE: {"schema": found}}
                    answer["description"] = answer["description"].replace(
                        "Validation Error", "A parameter of the address is none."
                    )
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
    return document
