"""A portfolio and its exposures as arrays: what every scenario of a factor shares."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.instruments import options as pricing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stresskit.model import Exposure, Exposures, Factor, OptionTerms, Portfolio

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Options:
    """The options of a portfolio as arrays (m,); ``rows`` are their positions' numbers.

    ``money`` is the base currency gained per unit that the premium rises; ``before``
    the model's value of one, ``delta`` its slope by the spot.
    """

    rows: Ints
    spot: Floats
    strike: Floats
    money: Floats
    premium: Floats
    years: Floats
    vol: Floats
    rate: Floats
    dividend: Floats
    call: Bools
    slope: Floats
    american: Bools
    index: tuple[str | None, ...]

    def value(self, spot: Floats, vol: Floats, later: float = 0.0) -> Floats:
        """Return the value of one of each, ``later`` years from now, (m,)."""
        years = np.maximum(self.years - later, 0.0)
        european = pricing.value(
            spot, self.strike, years, vol, self.rate, self.dividend, self.call
        )
        floored = pricing.floored_at_exercise(european, spot, self.strike, self.call)
        result: Floats = np.where(self.american, floored, european)
        return result

    def slope_at(self, spot: Floats, vol: Floats, later: float = 0.0) -> Floats:
        """Return the delta of one of each, (m,): that of the stock where exercised."""
        years = np.maximum(self.years - later, 0.0)
        given = (spot, self.strike, years, vol, self.rate, self.dividend, self.call)
        delta = pricing.greeks(*given).delta
        sign = np.where(self.call, 1.0, -1.0)
        inside = sign * (spot - self.strike)
        held = self.american & (inside > pricing.value(*given))
        result: Floats = np.where(held, sign, delta)
        return result

    @cached_property
    def before(self) -> Floats:
        """The model's value of one before the event, (m,)."""
        return self.value(self.spot, self.vol)

    @cached_property
    def delta(self) -> Floats:
        """The delta of one before the event, (m,)."""
        return self.slope_at(self.spot, self.vol)


class Table:
    """n positions over K segments, J other factors and C currencies, as arrays.

    ``held`` (n,) is the money that stands in the position's currencies, ``value`` what
    shares' moves act on (an option's delta times its underlying), ``other_value`` what
    other factors' moves act on; ``limit`` what can be lost at most (long) or gained
    (short).
    """

    def __init__(
        self, portfolio: Portfolio, exposures: Exposures, factor: Factor, base: Floats
    ):
        self.portfolio, self.exposures, self.factor = portfolio, exposures, factor
        self.base = base
        rows = exposures.rows
        self.rows = rows
        moved = [p.exposure for p in portfolio.positions]
        stated = np.array([np.nan if m is None else m for m in moved], dtype=float)
        self.money = np.where(np.isnan(stated), base, stated)
        moves = np.array([e.moves for e in rows], dtype=bool)
        value = np.where(moves, self.money, 0.0)
        self.options = _options(rows, base)
        at = self.options.rows
        delta = self.options.money * self.options.delta * self.options.spot
        worth = self.options.money * self.options.premium
        self.other_value = value.copy()
        # What is not the option (a convertible's bond): nothing of a plain option.
        self.other_value[at] = base[at] - worth
        value[at] = delta
        self.value = value
        self.optional = np.zeros(len(rows), dtype=bool)
        self.optional[at] = True
        shares = [_sums_to(e.currencies) for e in rows]
        # A forward holds two currencies and no money.
        self.held = np.where(np.abs(shares) < 1e-9, self.money, base)
        self.limit = np.where(self.optional | ~moves, base, value)
        self.sensitivities = _matrix(
            [e.sensitivities for e in rows], exposures.segments
        )
        ids = tuple(f.id for f in factor.others.factors) if factor.others else ()
        self.other_ids = ids
        self.loadings = _matrix([e.others for e in rows], ids)
        self.convexity = np.array([e.convexity for e in rows])
        rates = {
            f.id
            for f in (factor.others.factors if factor.others else ())
            if f.kind == "rate"
        }
        self.is_rate = np.array([name in rates for name in ids], dtype=bool)
        self.beta = np.array([e.beta for e in rows])
        self.own = np.array([e.own_name for e in rows])
        self.leverage = np.array([e.leverage for e in rows])
        # An option by its delta is no fund that is set back every day.
        self.daily = np.where(
            [p.asset_class == "option" for p in portfolio.positions], 1.0, self.leverage
        )
        self.regions, self.market_shares = _by_name([e.markets for e in rows])
        self.currencies, self.currency_shares = _by_name(
            [
                e.currencies or ({p.currency: 1.0} if p.currency else {})
                for p, e in zip(portfolio.positions, rows, strict=True)
            ]
        )
        self._set_errors(rows, exposures.segments)

    def _set_errors(self, rows: Sequence[Exposure], segments: tuple[str, ...]) -> None:
        """Set what is not known of the positions, (n,) each."""
        index = {name: n for n, name in enumerate(segments)}
        self.clusters = np.array(
            [index[e.main_segment] if e.main_segment else -1 for e in rows],
            dtype=np.int64,
        )
        self.dispersion = np.array([e.dispersion for e in rows])
        self.dispersion_replay = np.array([e.dispersion_replay for e in rows])
        self.mapping_sd = np.array([e.mapping_sd for e in rows])
        self.beta_sd = np.array([e.beta_sd for e in rows])
        self.specific_sd = np.array([e.specific_sd for e in rows])
        self.covered = np.array([e.covered for e in rows], dtype=bool)
        self.confidence = np.array([e.confidence for e in rows])
        self.unmapped = np.array([e.source == "unmapped" for e in rows], dtype=bool)
        numbers: dict[str, int] = {}
        self.issuers = np.array(
            [numbers.setdefault(e.issuer, len(numbers)) for e in rows], dtype=np.int64
        )

    @cached_property
    def gross(self) -> Floats:
        """The money each position stands for, stressed or not, without its sign."""
        result: Floats = np.maximum(np.abs(self.base), np.abs(self.money))
        return result


def _sums_to(shares: dict[str, float]) -> float:
    return sum(shares.values()) if shares else 1.0


def _matrix(rows: Sequence[dict[str, float]], names: tuple[str, ...]) -> Floats:
    """Return the rows' numbers in columns by name, (n, len(names))."""
    index = {name: k for k, name in enumerate(names)}
    found = np.zeros((len(rows), len(names)))
    # All numbers are put in their places in one go, without a loop in Python.
    counts = list(map(len, rows))
    size = sum(counts)
    at = np.repeat(np.arange(len(rows)), counts)
    columns = map(index.__getitem__, chain.from_iterable(rows))
    values = chain.from_iterable(map(dict.values, rows))
    found[at, np.fromiter(columns, np.int64, size)] = np.fromiter(values, float, size)
    return found


def _by_name(rows: Sequence[dict[str, float]]) -> tuple[tuple[str, ...], Floats]:
    """Return the names in the rows and the rows' numbers by them."""
    names = tuple(dict.fromkeys(name for row in rows for name in row))
    return names, _matrix(rows, names)


def _options(rows: Sequence[Exposure], base: Floats) -> Options:
    found: list[tuple[int, OptionTerms]] = [
        (n, e.option) for n, e in enumerate(rows) if e.option is not None
    ]
    terms = [t for _, t in found]

    def numbers(name: str) -> Floats:
        return np.array([getattr(t, name) for t in terms], dtype=np.float64)

    at = np.array([n for n, _ in found], dtype=np.int64)
    counts = numbers("per_value")
    return Options(
        rows=at,
        spot=numbers("spot"),
        strike=numbers("strike"),
        money=np.where(counts != 0, base[at] * counts, numbers("units")),
        premium=numbers("premium"),
        years=numbers("years"),
        vol=numbers("volatility"),
        rate=numbers("rate"),
        dividend=numbers("dividend"),
        call=np.array([t.call for t in terms], dtype=bool),
        slope=numbers("slope"),
        american=np.array([t.exercise == "american" for t in terms], dtype=bool),
        index=tuple(t.index for t in terms),
    )
