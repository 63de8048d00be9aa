"""The JSON contracts: keys as promised, sums that tie out, nothing JSON cannot say."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from stresskit.errors import OutputError
from stresskit.model import Exposures, HedgePlan, Portfolio, StressResult
from stresskit.writers import (
    holdings_to_dict,
    mapping_to_dict,
    result_bytes,
    result_to_dict,
    write_result_json,
)


def test_keys_of_the_result(result: StressResult, plan: HedgePlan) -> None:
    """Every key of the contract is there, at every level."""
    content = result_to_dict(result, plan)
    assert content["schema"] == "stresskit/result/1"
    assert {
        "run": {
            "id",
            "created",
            "version",
            "input_sha256",
            "factor",
            "scenario",
            "chain_sha256",
            "other_factors_sha256",
            "inputs",
            "overrides",
        },
        "summary": {
            "base_value",
            "stressed_value",
            "pnl",
            "pnl_pct",
            "band",
            "coverage_ratio",
            "uncovered_value",
            "coverage",
            "currency",
            "distance",
        },
        "attribution": {
            *("market", "segments", "own_name", "fx", "options", "others", "cross")
        },
    } == {k: set(content[k]) for k in ("run", "summary", "attribution")}
    assert set(content["run"]["factor"]) == {"id", "revision", "sha256"}
    assert {"level", "low", "high"} <= set(content["summary"]["band"])
    assert set(content["summary"]["coverage"]) == {
        "by_value",
        "by_risk",
        "light",
        "by_source",
        "unmapped_value",
        "worst_segment",
        "pnl_if",
    }
    assert set(content["by_segment"][0]) >= {
        "segment",
        "group",
        "exposure",
        "shock",
        "pnl",
    }
    assert set(content["by_position"][0]) >= {
        "id",
        "name",
        "identifiers",
        "base_value",
        "pnl",
        "pnl_pct",
        "beta",
        "segments",
        "source",
        "tier",
        "matched",
        "confidence",
        "looked_through",
        "suggestions",
        "covered",
    }
    assert set(content["by_position"][0]["identifiers"]) == {
        "ticker",
        "isin",
        "cusip",
        "sedol",
        "figi",
        "wkn",
        "valor",
    }
    assert set(content["hedges"][0]) >= {
        "family",
        "legs",
        "cost",
        "cost_bps",
        "hedge_pnl",
        "residual_pnl",
        "status",
        "binding",
    }
    assert set(content["hedges"][0]["legs"][0]) >= {
        "instrument",
        "side",
        "quantity",
        "notional",
        "cost",
    }


@pytest.mark.parametrize("name", ["result", "replay", "weights", "gains"])
def test_sums_tie_out(name: str, request: pytest.FixtureRequest) -> None:
    """Positions, sources and segments give the summary, to nine digits."""
    content = result_to_dict(request.getfixturevalue(name))
    pnl = content["summary"]["pnl"]
    rows = content["by_position"]
    parts = content["attribution"]
    assert sum(r["pnl"] for r in rows) == pytest.approx(pnl, rel=1e-9)
    assert sum(parts.values()) == pytest.approx(pnl, rel=1e-9)
    assert sum(s["pnl"] for s in content["by_segment"]) == pytest.approx(
        parts["segments"], rel=1e-9
    )
    for key, value in parts.items():
        from_rows = sum(r["attribution"][key] for r in rows)
        assert from_rows == pytest.approx(value, rel=1e-9, abs=1e-9)
    assert content["summary"]["stressed_value"] == pytest.approx(
        content["summary"]["base_value"] + pnl, rel=1e-9
    )


def test_a_position_says_how_it_was_found(by_hand: SimpleNamespace) -> None:
    """Tier, match, looked-through share and suggestions are those of its exposure."""
    positions, (first, *_) = by_hand.holdings()
    fund = replace(first, source="fund", matched="NVDA by o.csv", looked_through=0.875)
    lost = replace(first, source="unmapped", suggestions=("Nvidia Corp (NVDA:XNAS)",))
    answer = result_to_dict(
        by_hand.stress(positions[:2], (fund, lost), by_hand.Inputs())
    )
    keys = ("tier", "matched", "looked_through", "suggestions")
    assert [
        ["C", "NVDA by o.csv", 0.875, []],
        ["F", first.matched, None, ["Nvidia Corp (NVDA:XNAS)"]],
    ] == [[r[k] for k in keys] for r in answer["by_position"]]


def test_hedges_tie_out(result: StressResult, plan: HedgePlan) -> None:
    """What is left is the P&L plus the hedge's less its cost."""
    content = result_to_dict(result, plan)
    for hedge in content["hedges"]:
        left = result.pnl + hedge["hedge_pnl"] - hedge["cost"]
        assert hedge["residual_pnl"] == pytest.approx(left, rel=1e-9)


def test_nothing_json_cannot_say(result: StressResult) -> None:
    """NaN and infinity become null; numpy's numbers become plain ones."""
    first, *others = result.by_position
    odd = replace(first, pnl_pct=math.nan, low=-math.inf, high=np.float64(2.5))
    content = result_to_dict(replace(result, by_position=(odd, *others)))
    again = json.loads(json.dumps(content, allow_nan=False))
    row = again["by_position"][0]
    assert (row["pnl_pct"], row["low"], row["high"]) == (None, None, 2.5)


def test_bytes_are_what_the_command_writes(
    result: StressResult, plan: HedgePlan, tmp_path: Path
) -> None:
    """Parsed, the bytes of a request are the file's content, key after key."""
    first, *others = result.by_position
    odd = replace(first, pnl_pct=math.nan, low=-math.inf, high=np.float64(2.5))
    found = replace(result, by_position=(odd, *others))
    write_result_json(tmp_path / "a.json", found, plan)
    expected = json.loads((tmp_path / "a.json").read_text())

    actual = json.loads(result_bytes(found, plan))

    assert expected == actual
    assert list(expected["by_position"][0]) == list(actual["by_position"][0])


def test_bytes_take_any_name(result: StressResult) -> None:
    """Half a surrogate pair in a name becomes a question mark, as in the file."""
    first, *others = result.by_position
    named = replace(first, position=replace(first.position, name="a\ud800"))

    made = result_bytes(replace(result, by_position=(named, *others)))

    assert json.loads(made)["by_position"][0]["name"] == "a?"


def test_issues_come_once(result: StressResult) -> None:
    """An issue that the file and the result both carry is listed once."""
    codes = [i["code"] for i in result_to_dict(result)["issues"]]
    assert codes == ["unmapped", "stale-price", "no-date"]


def test_without_a_plan(result: StressResult) -> None:
    """No hedges are an empty list."""
    assert result_to_dict(result)["hedges"] == []


def test_dash_is_standard_output(
    result: StressResult, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dash writes to standard output and makes no file."""
    write_result_json("-", result)
    assert json.loads(capsys.readouterr().out) == result_to_dict(result)


def test_a_file(result: StressResult, tmp_path: Path) -> None:
    """The file holds the dictionary; a folder that is missing is an OutputError."""
    write_result_json(tmp_path / "r.json", result)
    text = (tmp_path / "r.json").read_text(encoding="utf-8")
    assert json.loads(text) == result_to_dict(result)
    with pytest.raises(OutputError):
        write_result_json(tmp_path / "none" / "r.json", result)


def test_holdings(result: StressResult) -> None:
    """The holdings contract: totals, weights, and every position with its row."""
    content = holdings_to_dict(result.portfolio)
    assert {
        "schema",
        "source",
        "as_of",
        "base_currency",
        "total_value",
        "stated_total",
        "positions",
        "issues",
    } <= set(content)
    assert (content["as_of"], content["total_value"]) == ("2025-01-24", 3_670_000.0)
    assert sum(p["weight"] for p in content["positions"]) == pytest.approx(1.0)
    assert [p["row"] for p in content["positions"]] == list(range(5, 14))
    assert set(content["issues"][0]) >= {
        "code",
        "severity",
        "message",
        "fix",
        "sheet",
        "row",
        "column",
        "value",
    }


def test_holdings_with_weights_only(weights: StressResult) -> None:
    """A weight-only file has weights and no values."""
    content = holdings_to_dict(replace(weights.portfolio, as_of=None))
    assert (content["total_value"], content["as_of"]) == (None, None)
    assert content["positions"][0]["market_value"] is None
    assert content["positions"][0]["weight"] == pytest.approx(1_250 / 3_670)


def test_mapping(by_hand: SimpleNamespace) -> None:
    """The mapping says description, sensitivities, source and confidence."""
    positions, exposures = by_hand.holdings()
    content = mapping_to_dict(
        Portfolio(name="x", positions=positions),
        Exposures(segments=("AI_ACCEL",), rows=exposures),
    )
    row = content["positions"][1]
    assert row["segments"] == {"IPP_NUC": 0.95, "AI_ACCEL": 0.1}
    assert row["description"] == {"IPP_NUC": 0.5, "AI_ACCEL": 0.5}
    assert (row["id"], row["source"], row["confidence"]) == ("VST", "curated", 0.89)
    assert (row["tier"], row["looked_through"], row["suggestions"]) == ("B", None, [])
    assert (content["coverage"], content["overrides"]) == (None, [])


def test_mapping_with_coverage_and_overrides(result: StressResult) -> None:
    """How well the whole is known, and who changed what, stand beside the rows."""
    content = mapping_to_dict(result.portfolio, result.exposures, result.coverage)
    known = content["coverage"]
    # In thousands: 1250 + 800 + 600 + 350 + 420 + 500 curated, 300 cash, 150 unknown
    # and 500 in bonds are 4870; all but the unknown have confidence 0.89, it has 0.1.
    assert known["by_source"] == {
        "curated": 3.92e6,
        "cash": 3e5,
        "unmapped": 1.5e5,
        "not stressed": 5e5,
    }
    assert known["by_value"] == pytest.approx((0.89 * 4720 + 0.1 * 150) / 4870)
    assert (known["light"], known["worst_segment"]) == ("green", "IPP_NUC")
    assert known["unmapped_value"] == 150_000
    # 150,000 x 0.94%, and with -21.87% on top of it.
    rest = known["pnl_if"]["nothing"]
    assert known["pnl_if"]["market"] - rest == pytest.approx(1_410)
    assert known["pnl_if"]["worst_segment"] - rest == pytest.approx(1_410 - 32_805)
    assert content["overrides"] == [
        {"where": "o.csv, row 2", "reason": "=1+1 says the client"}
    ]
    tiers = {r["id"]: r["tier"] for r in content["positions"]}
    assert (tiers["NVDA"], tiers["MYST"], tiers["CASH"], tiers["BOND"]) == (
        "B",
        "F",
        "-",
        "-",
    )


def test_the_run_says_what_the_mapping_was_made_of(result: StressResult) -> None:
    """The chain's hash, and the hashes and overrides of the exposures."""
    known = replace(result, run=result.run | {"chain_sha256": "b" * 64})
    run = result_to_dict(known)["run"]
    assert run["chain_sha256"] == "b" * 64
    assert run["inputs"] == result.exposures.inputs
    assert run["overrides"] == list(result.exposures.overrides)
