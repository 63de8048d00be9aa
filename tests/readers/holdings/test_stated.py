"""Holdings that state what every figure is are read by their fields."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stresskit
from stresskit.errors import HoldingsError
from stresskit.model import Content, Position
from stresskit.model.contract import holdings_to_dict
from stresskit.readers.files import stated as stated_files

ROOT = Path(__file__).parents[3]
FILES = [
    *sorted((ROOT / "examples").glob("*/holdings.*")),
    *sorted((ROOT / "tests/data/holdings/files").iterdir()),
]
NVDA = {"name": "NVIDIA", "isin": "US67066G1040", "market_value": 60.0}
KO = {"name": "Coca-Cola", "ticker": "KO", "market_value": 40.0, "currency": "USD"}


def read(*positions, text=None, **whole):
    """Read positions of the contract; ``text`` in place of them."""
    content = {"schema": "stresskit/holdings/1", "base_currency": "USD", **whole}
    data = text or json.dumps({**content, "positions": positions})
    return stresskit.read_holdings(Content("book.json", data.encode()))


def faults(*positions, **more):
    """Return row, field and code of every fault that reading finds."""
    with pytest.raises(HoldingsError) as caught:
        read(*positions, **more)
    assert caught.value.code == "contract"
    assert all(i.severity == "error" and i.fix for i in caught.value.issues)
    return [(i.row, i.column, i.code) for i in caught.value.issues]


def test_what_was_written_is_read_again():
    """Positions, name, total and date of every test file come back as they were."""
    count = 0
    for path in FILES:
        try:
            expected = stresskit.read_holdings(path)
        except HoldingsError:
            continue
        data = json.dumps(holdings_to_dict(expected)).encode()
        actual = stresskit.read_holdings(Content(path.name, data))

        for one, other in zip(expected.positions, actual.positions, strict=True):
            for f in fields(Position):
                # The contract states the weight that a value has.
                if f.name != "weight" or one.weight is not None:
                    assert getattr(one, f.name) == getattr(other, f.name), path.name
        for name in ("name", "as_of", "base_currency", "stated_total"):
            assert getattr(expected, name) == getattr(actual, name), path.name
        count += 1
    assert count > 60


names = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20
)
amounts = st.none() | st.floats(-1e12, 1e12).filter(
    lambda x: x or math.copysign(1, x) > 0
)
records = st.fixed_dictionaries(
    {"name": names, "market_value": amounts},
    optional={
        "quantity": amounts | st.integers(-(10**12), 10**12),
        "price": amounts,
        "exposure": amounts,
        "local_value": amounts,
        "weight": amounts,
        "currency": st.sampled_from(["USD", "EUR", "JPY", None]),
        "asset_class": st.sampled_from(["equity", "fund", "bond", "cash", "option"]),
        "account": names,
        "sector": names,
        "country": names,
        "sheet": names,
        "row": st.integers(1, 10**6),
        "terms": st.fixed_dictionaries(
            {}, optional={"strike": amounts, "maturity": st.just("2031-02-03")}
        ),
    },
)


@settings(max_examples=60, deadline=None)
@given(st.lists(records, min_size=1, max_size=5))
def test_values_are_what_was_stated(positions):
    """Whatever is stated is what the portfolio holds, field by field."""
    portfolio = read(*positions)

    for n, (stated, p) in enumerate(
        zip(positions, portfolio.positions, strict=True), 1
    ):
        assert p.row == stated.get("row", n)
        plain = ("name", "market_value", "quantity", "price", "weight", "account")
        for name in (*plain, "sector", "country", "sheet"):
            assert stated.get(name) == getattr(p, name)
        if stated.get("currency"):
            assert stated["currency"] == p.currency
        if stated.get("asset_class"):
            assert stated["asset_class"] == p.asset_class
        if stated.get("local_value") is not None:
            assert stated["local_value"] == p.local_value
        said = {k: v for k, v in stated.get("terms", {}).items() if v is not None}
        assert said.items() <= p.terms.items()


@pytest.mark.parametrize(
    "name", ["Total", "Summe", "Net assets", "-", "n/a", "Apple 3%"]
)
def test_a_name_is_a_name(name):
    """No position is taken for a total, a title or nothing for what it is called."""
    portfolio = read({"name": name, "market_value": 100.0, "asset_class": "equity"}, KO)

    assert [name, "Coca-Cola"] == [p.name for p in portfolio.positions]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("market_value", "60", "wrong-type"),
        ("market_value", True, "wrong-type"),
        ("market_value", float("nan"), "not-finite"),
        ("quantity", float("-inf"), "not-finite"),
        ("price", -0.0, "negative-zero"),
        ("weight", 1e18, "too-large"),
        ("price", [1.0], "wrong-type"),
        ("isin", 67066, "wrong-type"),
        ("cusip", {"a": 1}, "wrong-type"),
        ("name", 5, "wrong-type"),
        ("name", "x" * 1001, "too-long"),
        ("currency", "XXQ", "currency"),
        ("asset_class", "Stock", "unknown-word"),
        ("row", 0, "wrong-type"),
        ("row", 2.0, "wrong-type"),
        ("maturity", "24.1.2025", "not-a-date"),
        ("expiry", "2025-02-30", "not-a-date"),
        ("right", "C", "unknown-word"),
        ("terms", [], "wrong-type"),
        ("identifiers", "US67066G1040", "wrong-type"),
    ],
)
def test_each_wrong_value_is_named_with_its_place(field, value, code):
    """Position and field of a fault are told, and nothing of it is read."""
    assert [(2, field, code)] == faults(KO, {**NVDA, field: value})


def test_all_faults_are_told_at_once():
    """Faults of several fields and positions come together, with those of the whole."""
    bad = {"name": 1, "identifiers": {"isin": 5}, "terms": {"strike": "9"}}

    found = faults(bad, 7, {**KO, "id": "p1"}, as_of="soon", fx={"EUR": -1})

    assert {
        (1, "name", "wrong-type"),
        (1, "identifiers.isin", "wrong-type"),
        (1, "terms.strike", "wrong-type"),
        (2, None, "wrong-type"),
        (3, "id", "duplicate-id"),
        (None, "as_of", "not-a-date"),
        (None, "fx.EUR", "fx"),
    } == set(found)


def test_an_unknown_field_is_a_warning_with_its_positions():
    """It is said once, with the positions that have it, and the rest is read."""
    portfolio = read(
        {**NVDA, "colour": 1},
        {**KO, "colour": 2, "identifiers": {"ric": "KO.N"}, "row": 9},
        desk="A",
    )

    found = {(i.row, i.column) for i in portfolio.issues if i.code == "unknown-field"}
    assert {(1, "colour"), (9, "identifiers.ric"), (None, "desk")} == found
    assert portfolio.total_value == 100.0


def test_a_field_stated_twice_must_agree():
    """Beside the identifiers and in them the same number is one."""
    assert read({**NVDA, "identifiers": {"isin": "US67066G1040"}}).positions
    other = {**NVDA, "identifiers": {"isin": "US1912161007"}}
    assert faults(other) == [(1, "identifiers.isin", "stated-twice")]


def test_what_is_not_stated_is_derived():
    """Class, identifiers, option terms, values and local values as from files."""
    option = {"name": "NVDA 03/21/2025 150.00 C", "quantity": 2, "price": 5.0}
    euro = {"isin": "DE0007164600", "quantity": 10, "price": 250.0, "currency": "EUR"}
    portfolio = read(option, euro, fx={"EUR": 1.1})

    call, sap = portfolio.positions
    assert (
        call.asset_class,
        call.terms["strike"],
        call.market_value,
    ) == ("option", 150.0, 1000.0)
    assert (sap.name, sap.local_value) == ("DE0007164600", 2500.0)
    assert sap.market_value == pytest.approx(2750.0)
    assert portfolio.fx == {"EUR": 1.1}


def test_values_of_holdings_in_other_currencies_are_said_to_be_in_base():
    """A value in base currency is what the field means; a local one says itself."""
    dollars = {**KO, "currency": "EUR"}
    local = {**NVDA, "currency": "EUR", "local_value": 50.0}

    said = read(dollars, local, fx={"EUR": 1.2}).issues

    found = [(i.code, i.severity, i.row, i.money) for i in said]
    assert ("value-in-base", "info", 1, 40.0) in found
    assert [c for c, *_ in found].count("value-in-base") == 1


def test_stated_terms_and_ids_count():
    """A term stated counts before one derived, and a position keeps its own id."""
    option = {
        "id": "T-1",
        "name": "NVDA 03/21/2025 150.00 C",
        "market_value": 5.0,
        "terms": {"strike": 155.0},
    }

    (p,) = read(option).positions

    assert (p.id, p.terms["strike"], p.terms["underlying"]) == ("T-1", 155.0, "NVDA")


def test_a_wrong_check_digit_is_a_warning_in_its_field():
    """The identifier is not used; the issue names the field and the position."""
    portfolio = read(KO, {**NVDA, "isin": "US67066G1041"})

    (issue,) = [i for i in portfolio.issues if i.code == "identifier"]
    assert (issue.row, issue.column, issue.value) == (2, "isin", "US67066G1041")
    assert portfolio.positions[1].identifiers.isin is None


def test_amounts_of_two_signs_are_taken_as_they_stand():
    """A short quantity with a long value is said, and not turned round."""
    portfolio = read({**KO, "quantity": -1.0})

    assert portfolio.positions[0].market_value == 40.0
    assert "mixed-signs" in {i.code for i in portfolio.issues}


@pytest.mark.parametrize(
    "text",
    [
        '{"schema": "stresskit/holdings/1"}',
        '{"schema": "stresskit/holdings/1", "positions": []}',
        '{"schema": "stresskit/holdings/1", "positions": {"a": 1}}',
        '{"schema": "stresskit/holdings/1", "positions": [',
        '{"schema": "stresskit/result/1", "positions": [{"name": "a"}]}',
        '{"schema": "stresskit/holdings/1", "positions": ' + "[" * 50_000,
        '{"a":' * 5_000 + '"schema"' + "}" * 5_000,
    ],
    ids=["none", "empty", "object", "cut off", "result", "deep", "deep objects"],
)
def test_what_is_no_list_of_positions_is_refused(text):
    """Cut off, nested without end or another contract: an error and no crash."""
    with pytest.raises(HoldingsError):
        read(text=text)


def test_what_would_take_too_much_memory_is_refused_before(monkeypatch):
    """Objects and entries are counted before any of them is made."""
    monkeypatch.setattr(stated_files, "MAX_MEMORY_BYTES", 5_000)

    with pytest.raises(HoldingsError, match="too much") as caught:
        read(*[KO] * 50)

    assert caught.value.code == "too-large"


def test_escapes_marks_and_slashes_are_json():
    """A byte order mark and an escaped slash do not hide the contract."""
    text = json.dumps({"schema": "stresskit/holdings/1", "positions": [KO]})

    escaped = read(text="\ufeff" + text.replace("/", "\\/"))

    assert escaped.positions == read(text=text).positions
    assert escaped.source["table"] == "positions"


def test_other_json_and_named_columns_keep_their_way():
    """A plain list of records is a table, as is ours where columns are named."""
    plain = Content("a.json", json.dumps([KO, NVDA]).encode())
    ours = json.dumps({"schema": "stresskit/holdings/1", "positions": [KO, NVDA]})

    assert stresskit.read_holdings(plain).source["table"] != "positions"
    named = stresskit.read_holdings(
        Content("b.json", ours.encode()), columns="name=name,value=market value"
    )
    assert named.total_value == 100.0
