"""Columns per unit and sums over lines: what many portfolios make at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresskit.core.stress.units import Columns, Lines, Units, sums_over


def _columns(**named: list[float]) -> Columns:
    made = Columns()
    for name, values in named.items():
        made.add((name,), np.array(values))
    return made


def test_a_multiple_of_a_column_is_not_summed_again() -> None:
    """Three columns, one of zeros and one twice another: one is kept."""
    columns = _columns(a=[1.0, -3.0], b=[2.0, -6.0], c=[0.0, 0.0])
    sums = np.array([[10.0]])
    assert len(columns) == 1
    assert columns.of(("a",), sums).tolist() == [10.0]
    assert columns.of(("b",), sums).tolist() == [20.0]
    assert columns.of(("c",), sums).tolist() == [0.0]


def test_a_column_that_is_nearly_a_multiple_is_kept() -> None:
    """Beyond rounding it is another: small figures count beside large ones."""
    columns = _columns(a=[1e12, 1e-6], b=[2e12, 2.000001e-6])
    assert len(columns) == 2


def _units(rng: np.random.Generator, n: int) -> Units:
    def columns(count: int) -> Columns:
        made = Columns()
        for k in range(count):
            made.add((k,), rng.normal(size=n))
        return made

    issuer = rng.integers(0, max(n // 2, 1), n)
    return Units(
        cluster=rng.integers(-1, 3, n),
        issuer=issuer,
        shared=np.bincount(issuer)[issuer] > 1,
        curved=rng.random(n) < 0.3,
        up=rng.random(n) < 0.9,
        down=rng.random(n) < 0.1,
        linear=columns(3),
        sized=columns(2),
        squared=columns(2),
        spread=columns(2),
        errors=columns(2),
        bent=columns(2),
    )


@given(st.integers(0, 2**32 - 1), st.integers(2, 8), st.integers(1, 5))
def test_sums_are_those_of_a_loop_over_lines(seed: int, n: int, count: int) -> None:
    """Products of sparse matrices add what a loop adds."""
    rng = np.random.default_rng(seed)
    units = _units(rng, n)
    held = [(p, i) for p in range(count) for i in range(n) if rng.random() < 0.6]
    owner = np.array([p for p, _ in held], dtype=np.int64)
    at = np.array([i for _, i in held], dtype=np.int64)
    amount = rng.normal(size=len(held))
    size = np.abs(amount) * rng.choice([1.0, 1.5], len(held))
    sums = sums_over(units, Lines(owner, at, amount, size), count)

    linear, squared = np.zeros((count, 3)), np.zeros((count, 2))
    spread: dict[tuple[int, int], np.ndarray] = {}
    errors: dict[tuple[int, int], np.ndarray] = {}
    short = np.zeros(count, dtype=int)
    for p, i, a, s in zip(owner, at, amount, size, strict=True):
        linear[p] += a * units.linear.matrix[i]
        squared[p] += a * a * units.squared.matrix[i]
        short[p] += (units.up[i] and s > a) or (units.down[i] and s > -a)
        if units.cluster[i] >= 0:
            key = (int(p), int(units.cluster[i]))
            spread[key] = spread.get(key, 0.0) + a * units.spread.matrix[i]
        if units.shared[i]:
            key = (int(p), int(units.issuer[i]))
            errors[key] = errors.get(key, 0.0) + a * units.errors.matrix[i]

    assert sums.linear == pytest.approx(linear, abs=1e-12)
    assert sums.squared == pytest.approx(squared, abs=1e-12)
    assert sums.short.tolist() == short.tolist()
    assert sums.group.tolist() == [p for p, _ in sorted(spread)]
    assert sums.spread == pytest.approx(
        np.array([spread[k] for k in sorted(spread)]).reshape(-1, 2), abs=1e-12
    )
    assert sums.issuer_of.tolist() == [p for p, _ in sorted(errors)]
    assert sums.errors == pytest.approx(
        np.array([errors[k] for k in sorted(errors)]).reshape(-1, 2), abs=1e-12
    )
