"""Exchange rates: read with coordinates, re-based by crossing."""

import pytest

from stresskit.errors import InputError
from stresskit.readers import fx_to_base, read_fx


def test_rates_with_base_and_per(write_csv):
    """A rate per hundred yen and a base of its own are understood."""
    path = write_csv("currency,rate,base,per\nEUR,1.25,USD,\nJPY,0.66,USD,100\n")
    rates = read_fx(path)
    assert rates[("EUR", "USD")] == 1.25
    assert rates[("JPY", "USD")] == pytest.approx(0.0066, rel=1e-12)


def test_rates_cross_to_any_base(write_xlsx):
    """Two rates in dollars give a rate between them."""
    rows = [["Currency", "Rate", "Base"], ["EUR", 1.25, "USD"], ["GBP", 1.5, "USD"]]
    to_euro = fx_to_base(read_fx(write_xlsx({"FX": rows})), "EUR")
    assert to_euro == pytest.approx({"EUR": 1.0, "USD": 0.8, "GBP": 1.2}, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("currency,rate,base\nXXQ,1.2,USD\n", "row 2, column A"),
        ("currency,rate,base\nEUR,much,USD\n", "row 2, column B"),
        ("currency,rate,base\nEUR,-1,USD\n", "row 2, column B"),
        ("currency,rate,base\nEUR,1,USD\nEUR,2,USD\n", "row 3, column B"),
        ("currency,rate,base\n", "no rows"),
        ("currency,rate\nEUR,1\n", "no columns"),
        ("currency,rate,base\nEUR,1,\n", "row 2, column C"),
        ("a,b\n1,2\n", "no columns"),
    ],
)
def test_bad_rates_are_named_by_cell(write_csv, text, message):
    """What is wrong with a rate is said with its place."""
    with pytest.raises(InputError, match=message):
        read_fx(write_csv(text))


def test_a_base_out_of_reach_is_refused():
    """No path of rates to a currency is an error, not a guess."""
    with pytest.raises(InputError, match="No rate leads to JPY"):
        fx_to_base({("EUR", "USD"): 1.25}, "JPY")
