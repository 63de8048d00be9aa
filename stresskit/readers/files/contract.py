"""JSON to a grid: our own contract, or a list of records."""

from __future__ import annotations

import json
import re
from typing import Any

from stresskit.errors import HoldingsError
from stresskit.readers.cells import Value
from stresskit.readers.files.grids import MAX_CELLS, MAX_COLUMNS, Grid
from stresskit.readers.files.stated import SCHEMA

_LISTS = ("positions", "holdings", "data", "rows", "records", "items")
_HEADERS = {
    "ticker": "Ticker",
    "isin": "ISIN",
    "cusip": "CUSIP",
    "sedol": "SEDOL",
    "figi": "FIGI",
    "mic": "MIC",
    "local_value": "Market Value Local",
    "exposure": "Notional Exposure",
    "right": "Put/Call",
    "yield": "Yield to maturity",
}
# What a reader of the contract derives or keeps for itself.
_LEFT_OUT = frozenset({"id", "sheet", "row", "computed"})
_FIX = (
    f'Give {{"schema": "{SCHEMA}", "positions": [{{"name": ..., "market_value": '
    "...}, ...]}, or a list of such records."
)


def read_json_grids(content: bytes) -> list[Grid]:
    r"""Read a JSON file of positions into a grid with one row per record.

    Parameters
    ----------
    content : bytes
        The file.

    Raises
    ------
    HoldingsError
        If it is no JSON, or holds no list of records.

    Examples
    --------
    >>> read_json_grids(b'[{"isin": "US0378331005", "weight": 1}]')[0].rows
    [['ISIN', 'weight'], ['US0378331005', 1]]
    """
    try:
        whole = json.loads(content.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise HoldingsError(
            f"The JSON cannot be read: {error}.", hint=_FIX, code="damaged"
        ) from error
    stated: dict[str, Any] = {}
    records = whole
    if isinstance(whole, dict):
        _check_schema(whole)
        key = next((k for k in _LISTS if isinstance(whole.get(k), list)), None)
        records = whole[key] if key else []
        stated = {k: v for k, v in whole.items() if k != key and _is_scalar(v)}
    if not isinstance(records, list):
        records = []
    flat = [_flat(r) for r in records if isinstance(r, dict)]
    if not flat or len(flat) < len(records):
        raise HoldingsError(
            "The JSON holds no list of positions.", hint=_FIX, code="no-table"
        )
    return [_grid(flat, stated)]


def _check_schema(whole: dict[str, Any]) -> None:
    schema = str(whole.get("schema", ""))
    if schema.startswith("stresskit/") and schema != SCHEMA:
        raise HoldingsError(
            f"The file says it is {schema[:60]!r}, not {SCHEMA!r}.",
            hint="Give the holdings (stresskit holdings FILE --json), not a result.",
            code="no-table",
        )


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _is_scalar(value: Any) -> bool:
    return value is not None and isinstance(value, (str, int, float))


def _flat(record: dict[str, Any]) -> dict[str, Value]:
    """Bring the fields of inner records up; identifiers and terms are such."""
    found: dict[str, Value] = {}
    for key, value in record.items():
        if key in _LEFT_OUT and not isinstance(value, dict):
            continue
        inner = value.items() if isinstance(value, dict) else ((key, value),)
        for name, one in inner:
            if one is None or _is_scalar(one):
                found[str(name)] = one
            else:
                found[str(name)] = json.dumps(one)[:200]
    return found


def _grid(records: list[dict[str, Value]], stated: dict[str, Any]) -> Grid:
    keys = list(dict.fromkeys(k for r in records for k in r))[:MAX_COLUMNS]
    if len(records) * len(keys) > MAX_CELLS:
        raise HoldingsError(
            f"The file holds {len(records):,} records, which is too much.",
            hint="Give one portfolio per file.",
            code="too-large",
        )
    base = stated.get("base_currency")
    header: list[Value] = [_header(k, base) for k in keys]
    above: list[list[Value]] = [
        [_words(k), v] for k, v in stated.items() if k not in {"schema", "total_value"}
    ]
    rows: list[list[Value]] = [[r.get(k) for k in keys] for r in records]
    return Grid(sheet=None, rows=[*above, header, *rows])


def _header(key: str, base: Any) -> str:
    words = _HEADERS.get(key, _words(key))
    # Values of the contract are in base currency, whatever the security trades in.
    in_base = isinstance(base, str) and re.fullmatch(r"[A-Z]{3}", base)
    if in_base and key in {"market_value", "exposure"}:
        return f"{words} ({base})"
    return words


def _words(key: str) -> str:
    """Part camelCase and snake_case into words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", key).strip()
