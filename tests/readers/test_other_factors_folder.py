"""The folder of other factors: what ships holds together, what is damaged is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from stresskit.errors import FactorError
from stresskit.readers.other_factors_folder import read_other_factors_folder

SHIPPED = Path(__file__).parent.parent.parent / "factors" / "other-factors"


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the shipped folder."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "other-factors"))


def test_what_ships_holds_together():
    """A positive definite covariance, drivers in it, moves of known days and sizes."""
    found = read_other_factors_folder(SHIPPED)

    assert np.linalg.eigvalsh(found.covariance)[0] > 0
    assert set(found.drivers) <= set(found.names)
    assert {m.factor for m in found.moves} <= {f.id for f in found.factors}
    limits = {"rate": 0.005, "credit": 0.005, "volatility": 0.2, "crypto": 0.2}
    kinds = {f.id: f.kind for f in found.factors}
    for m in found.moves:
        assert abs(m.value) <= limits.get(kinds[m.factor], 0.05), m


def test_the_day_is_as_published():
    """27 January 2025: ten-year yield -10 bp (H.15), VIX 14.85 to 17.90."""
    found = read_other_factors_folder(SHIPPED)
    day = next(m.start for m in found.moves if m.start.isoformat() == "2025-01-27")
    moves = {k: m.value for k, m in found.on(day, day).items()}

    assert moves["RATE_USD"] == pytest.approx(-0.0010, abs=1e-9)
    assert moves["VIX"] == pytest.approx(0.1790 - 0.1485, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("other_factors.toml", 'kind = "rate"', 'kind = "rates"', "none of rate"),
        ("other_factors.toml", '"AI_ACCEL", ', '"AI_CHIPS", ', "AI_CHIPS"),
        ("other_factors.toml", 'id = "GOLD"', 'id = "VIX"', "stands twice"),
        ("moves.csv", "RATE_USD", "RATE_XXX", "RATE_XXX"),
        ("moves.csv", "0.0305", "3.05", "3.05"),
        ("covariance.csv", "name,MARKET", "name,INDEX", "no covariance"),
        ("covariance.csv", "0.00", "x.00", "covariance.csv"),
    ],
)
def test_damage_is_named(folder, name, old, new, said):
    """The file and what is wrong in it."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(FactorError) as caught:
        read_other_factors_folder(folder)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["other_factors.toml", "moves.csv", "covariance.csv"])
def test_a_file_that_is_missing(folder, name):
    """Its name is in the message."""
    (folder / name).unlink()
    with pytest.raises(FactorError, match=name.replace(".", "\\.")):
        read_other_factors_folder(folder)
