"""A result as tables: a row per position, as CSV or Parquet."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

COLUMNS = (
    *("run_id", "as_of", "factor", "revision", "severity", "id", "name"),
    *("ticker", "isin", "cusip", "sedol", "figi", "asset_class", "sheet", "row"),
    *("currency", "base_value", "stressed_value", "pnl", "pnl_pct", "low", "high"),
    *("market", "segments", "own_name", "fx", "options", "others", "cross"),
    *("beta", "source", "confidence", "covered"),
)
TEXTS = frozenset(
    {*COLUMNS[:15], "currency", "source"} - {"revision", "severity", "row"}
)
WHOLE = frozenset({"revision", "row"})
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def rows_of(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a row per position of a result by the contract."""
    run, currency = result["run"], result["summary"]["currency"]
    scenario = run["scenario"]
    about = {
        "run_id": run["id"],
        "as_of": run.get("as_of"),
        "factor": run["factor"]["id"],
        "revision": run["factor"]["revision"],
        "severity": scenario["severity"],
        "currency": currency,
    }
    rows = []
    for p in result["by_position"]:
        found = {**about, **p["identifiers"], **p["attribution"], **about}
        for name in COLUMNS:
            if name in p and name not in p["attribution"]:
                found[name] = p[name]
        found["stressed_value"] = p["base_value"] + p["pnl"]
        rows.append({name: found.get(name) for name in COLUMNS})
    return rows


def csv_of(content: bytes) -> bytes:
    """Return the positions of a result (JSON) as CSV, texts safe to open."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows_of(json.loads(content)):
        writer.writerow([_cell(name, value) for name, value in row.items()])
    return text.getvalue().encode("utf-8-sig")


def _cell(name: str, value: Any) -> Any:
    if value is None:
        return ""
    if name in TEXTS:
        said = str(value)
        return f"'{said}" if said.startswith(FORMULA) else said
    return repr(value) if isinstance(value, float) else value


def parquet_of(content: bytes) -> bytes:
    """Return the positions of a result (JSON) as Parquet, texts as they are."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = rows_of(json.loads(content))
    kinds = {
        name: pa.string()
        if name in TEXTS
        else pa.int64()
        if name in WHOLE
        else pa.bool_()
        if name == "covered"
        else pa.float64()
        for name in COLUMNS
    }
    table = pa.table(
        {
            name: pa.array([row[name] for row in rows], kind)
            for name, kind in kinds.items()
        }
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()
