"""What one of each instrument would make: columns that amounts are multiplied with.

P&L is linear in the amount held, and the variance of the band in its square, so that
sums of amounts times these columns say of any portfolio what its positions would.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from stresskit.core.stress.band import CLUSTER_CORRELATION, multiplier_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stresskit.core.stress.stressed import Stressed

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Names: TypeAlias = tuple[object, ...] | Sequence["Names"]

PARTS = ("market", "own_name", "fx", "options", "others")
SIZES = ("gross", "uncovered", "known", "unmapped")


class Columns:
    """Columns (n,) by name, each kept once: what is another's multiple is not summed.

    ``matrix`` (n, M) holds those that are kept, ``of`` reads the sums of one from the
    sums of these.
    """

    def __init__(self) -> None:
        self._kept: list[Floats] = []
        self._at: dict[tuple[object, ...], tuple[int, float]] = {}
        self._by_shape: dict[tuple[int, bytes], list[int]] = {}

    def add(self, name: tuple[object, ...], values: Floats) -> None:
        """Add a column; one of zeros takes no room."""
        if not values.any():
            return
        peak = int(np.argmax(np.abs(values)))
        shape = peak, np.round(values / values[peak], 12).tobytes()
        for n in self._by_shape.setdefault(shape, []):
            kept = self._kept[n]
            scale = float(values[peak] / kept[peak])
            # No more than what rounding makes of a product.
            near = np.abs(values - scale * kept) <= 4 * np.spacing(np.abs(values))
            if near.all():
                self._at[name] = n, scale
                return
        self._by_shape[shape].append(len(self._kept))
        self._at[name] = len(self._kept), 1.0
        self._kept.append(values)

    @cached_property
    def matrix(self) -> Floats:
        """The columns that are kept, (n, M), once all are added."""
        return np.column_stack(self._kept) if self._kept else np.zeros((0, 0))

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, names: Names, sums: Floats) -> Floats:
        """Return the sums of columns from those of the kept ones.

        Parameters
        ----------
        names
            A name, or lists of names of any shape (...).
        sums
            Sums of the kept columns, (P, M).

        Returns
        -------
        Floats
            (P, ...); zeros for columns of zeros.
        """
        at, scale = self._places(names)
        if not sums.shape[1]:
            return np.zeros((len(sums), *np.shape(at)))
        result: Floats = sums[:, at] * scale
        return result

    def _places(self, names: Names) -> tuple[Any, Any]:
        """Return which kept columns they are multiples of, and the multiples."""
        if isinstance(names, tuple):
            return self._at.get(names, (0, 0.0))
        at, scale = zip(*map(self._places, names), strict=True)
        return np.array(at), np.array(scale)


@dataclass(frozen=True)
class Units:
    """Columns per unit of n instruments under S scenarios.

    ``linear`` are multiplied by amounts, ``sized`` by amounts without their sign,
    ``squared`` by amounts squared. ``spread`` columns are linear too and summed by
    ``cluster`` (n,), -1 for none. ``shared`` (n,) says whether another instrument has
    the same ``issuer`` (n,): of those ``errors`` are summed by issuer before they are
    squared. ``curved`` (n,) are instruments on which errors act otherwise than moves
    (options), by ``bent`` columns. ``up`` and ``down`` (n,) say whether one of them is
    money held or money owed.
    """

    cluster: Ints
    issuer: Ints
    shared: Bools
    curved: Bools
    up: Bools
    down: Bools
    linear: Columns
    sized: Columns
    squared: Columns
    spread: Columns
    errors: Columns
    bent: Columns


@dataclass
class _Gathered:
    """Arrays of several tables, one after the other, by name."""

    arrays: dict[tuple[object, ...], list[Floats]] = field(default_factory=dict)

    def put(self, name: tuple[object, ...], values: Floats) -> None:
        self.arrays.setdefault(name, []).append(values)

    def into(self, columns: Columns) -> Columns:
        for name, parts in self.arrays.items():
            columns.add(name, np.concatenate(parts))
        return columns


def units_of(tables: Sequence[Sequence[Stressed]]) -> Units:
    """Return the columns of instruments in several tables, each under all scenarios.

    Parameters
    ----------
    tables
        For every table of instruments, one of each, its scenarios in one order.
    """
    names = ("linear", "sized", "squared", "spread", "errors", "bent")
    made = {name: _Gathered() for name in names}
    flags: dict[str, list[NDArray[np.generic]]] = {}
    first = 0
    for scenarios in tables:
        one = _Table(scenarios, made)
        one.put()
        own = {
            "cluster": one.table.clusters,
            "issuer": one.table.issuers + first,
            "shared": one.shared,
            "curved": one.curved,
            "up": one.up,
            "down": one.down,
        }
        first += int(one.table.issuers.max(initial=-1)) + 1
        for name, values in own.items():
            flags.setdefault(name, []).append(values)
    whole = {name: np.concatenate(parts) for name, parts in flags.items()}
    columns = {name: made[name].into(Columns()) for name in names}
    return Units(**whole, **columns)  # type: ignore[arg-type]


class _Table:
    """One table's columns, put where they belong."""

    def __init__(self, scenarios: Sequence[Stressed], made: dict[str, _Gathered]):
        self.scenarios, self._made = scenarios, made
        self.table = t = scenarios[0].table
        self.shared = np.bincount(t.issuers, minlength=1)[t.issuers] > 1
        # An option's delta moves with its spot; of all else errors act on the value.
        self.curved = t.optional
        self.up = (t.limit > 0) | (t.held > 0)
        self.down = (t.limit < 0) | (t.held < 0)

    def put(self) -> None:
        t, linear = self.table, self._made["linear"]
        sized = self._made["sized"]
        linear.put(("base",), t.base)
        sized.put(("gross",), t.gross)
        sized.put(("known",), t.gross * t.confidence)
        sized.put(("unmapped",), t.gross * t.unmapped)
        for s, stressed in enumerate(self.scenarios):
            own = stressed.table
            linear.put(("limit", s), own.limit)
            sized.put(("uncovered", s), own.gross * ~own.covered)
            projection = stressed.projection
            linear.put(("pnl", s), projection.pnl)
            for part in PARTS:
                linear.put((part, s), getattr(projection, part))
            exposures = own.value[:, None] * own.sensitivities
            for k in range(exposures.shape[1]):
                linear.put(("segment", s, k), exposures[:, k])
            self._put_errors(s, stressed)

    def _put_errors(self, s: int, stressed: Stressed) -> None:
        given, t = stressed.band_input, stressed.table
        v, rho = given.value, CLUSTER_CORRELATION
        dispersion = v * given.dispersion
        beta, mapping = v * given.beta_sd * given.market, v * given.mapping_sd
        outside = given.clusters < 0
        variance = (1 - rho) * dispersion**2 + beta**2 + mapping**2
        variance = variance + rho * np.where(outside, dispersion, 0.0) ** 2
        self._made["squared"].put(("own", s), np.where(self.shared, 0.0, variance))
        inside = np.where(outside, 0.0, dispersion)
        self._made["spread"].put(("spread", s), inside)
        shared = {
            "dispersion": dispersion,
            "outside": np.where(outside, dispersion, 0.0),
            "beta": beta,
            "mapping": mapping,
        }
        for name, values in shared.items():
            own = np.where(self.shared, values, 0.0)
            self._made["errors"].put((name, s), own)
        bent = (v - t.value)[:, None] * given.sensitivities
        for k in range(bent.shape[1]):
            self._made["bent"].put(("segment", s, k), bent[:, k])
        if given.other_covariance.any():
            for j, exposure in enumerate(_other_exposures(stressed).T):
                self._made["linear"].put(("other", s, j), exposure)


def _other_exposures(stressed: Stressed) -> Floats:
    """Return P&L per 1.00 of a small move of each other factor, (n, J)."""
    t = stressed.table
    money = t.held[:, None] * t.currency_shares
    result: Floats = (
        t.other_value[:, None] * t.loadings + money @ stressed.currencies.loadings
    )
    return result


@dataclass(frozen=True)
class Frame:
    """What of S scenarios is the same for all portfolios.

    ``shocks`` and ``errors`` (S, K) are those of the segments at the severity,
    ``covariance`` (S, J, J) what stays open of other factors, ``multiplier`` (S,) half
    of the band in standard deviations.
    """

    shocks: Floats
    errors: Floats
    covariance: Floats
    multiplier: Floats


def frame_of(scenarios: Sequence[Stressed]) -> Frame:
    """Return what a table's scenarios share with any other's."""
    return Frame(
        shocks=np.array([x.shocks for x in scenarios]),
        errors=np.array([x.errors for x in scenarios]),
        covariance=np.array([x.moves.covariance for x in scenarios]),
        multiplier=np.array([multiplier_of(x.scenario.factor) for x in scenarios]),
    )


@dataclass(frozen=True)
class Sums:
    """Sums over the positions of P portfolios, by the columns of ``Units``.

    ``linear`` (P, L), ``sized`` (P, Z), ``squared`` (P, Q) and ``bent`` (P, B) are by
    portfolio; ``spread`` (G, D) by portfolio and cluster with the number ``group``
    (G,) of its portfolio; ``errors`` (H, E) by portfolio and issuer with ``issuer_of``
    (H,). ``short`` (P,) counts lines of money owed.
    """

    linear: Floats
    sized: Floats
    squared: Floats
    spread: Floats
    group: Ints
    errors: Floats
    issuer_of: Ints
    bent: Floats
    short: Ints


@dataclass(frozen=True)
class Lines:
    """N lines of P portfolios: what each holds of an instrument, once each.

    ``owner`` (N,) is the number of the portfolio, in order; ``at`` (N,) the place of
    the instrument among those of ``Units``; ``amount`` (N,) what is held, ``size`` (N,)
    the sum of its lots without their signs.
    """

    owner: Ints
    at: Ints
    amount: Floats
    size: Floats


def sums_over(units: Units, lines: Lines, count: int) -> Sums:
    """Return sums of amounts times columns per unit, as products of sparse matrices.

    ``linear = A U`` with ``A`` (P, n) the amounts and ``U`` (n, L) the columns;
    ``sized`` and ``squared`` the same with amounts without signs and squared.

    Parameters
    ----------
    units
        Per unit of n instruments.
    lines
        Of P portfolios.
    count
        P.
    """
    amount, size, at = lines.amount, lines.size, lines.at
    own = _Product(lines.owner, at, count)
    inside = units.cluster[at] >= 0
    group, spread = _grouped(lines, inside, units.cluster, units.spread.matrix)
    issuer_of, errors = _grouped(
        lines, units.shared[at], units.issuer, units.errors.matrix
    )
    few = units.curved[at]
    bent = _Product(lines.owner[few], at[few], count)
    owed = (units.up[at] & (size > amount)) | (units.down[at] & (size > -amount))
    return Sums(
        linear=own.of(amount, units.linear.matrix),
        sized=own.of(size, units.sized.matrix),
        squared=own.of(amount**2, units.squared.matrix),
        spread=spread,
        group=group,
        errors=errors,
        issuer_of=issuer_of,
        bent=bent.of(amount[few], units.bent.matrix),
        short=np.bincount(lines.owner, owed, count).astype(np.int64),
    )


class _Product:
    """Rows of sums: amounts at places, times the columns there."""

    def __init__(self, row: Ints, at: Ints, count: int):
        self._row, self._at, self._count = row, at, count

    def of(self, amount: Floats, columns: Floats) -> Floats:
        from scipy.sparse import csr_array

        if not columns.size:
            return np.zeros((self._count, 0))
        where = (self._row, self._at)
        shape = (self._count, len(columns))
        return np.asarray(csr_array((amount, where), shape=shape) @ columns)


def _grouped(
    lines: Lines, some: Bools, by: Ints, columns: Floats
) -> tuple[Ints, Floats]:
    """Return sums over some lines by portfolio and a number, and whose each is."""
    owner, at = lines.owner[some], lines.at[some]
    number = by[at]
    most = int(number.max(initial=0)) + 1
    keys, row = np.unique(owner * most + number, return_inverse=True)
    sums = _Product(row.ravel(), at, len(keys)).of(lines.amount[some], columns)
    return keys // most, sums


@dataclass(frozen=True)
class Answers:
    """P portfolios under S scenarios; money, losses negative.

    ``value`` (P,) is what they are worth, ``gross`` (P,) without signs, ``known`` (P,)
    the share by what is known of it, ``unmapped`` (P,) money that nothing places;
    ``pnl``, ``low``, ``high``, ``coverage`` and each of ``parts`` are (P, S),
    ``exposure`` (P, S, K) money exposed to a segment; with ``shocks`` (S, K) it makes
    the segment's P&L. ``gross`` is never zero where a share is asked of it.
    """

    value: Floats
    gross: Floats
    known: Floats
    unmapped: Floats
    pnl: Floats
    low: Floats
    high: Floats
    coverage: Floats
    parts: dict[str, Floats]
    exposure: Floats
    shocks: Floats


def answers_of(units: Units, frame: Frame, sums: Sums) -> Answers:
    """Return what portfolios would make, from the sums over their positions.

    ``pnl = sum_i a_i u_i`` over positions i of amount a with the P&L u of one. The half
    width of the band is ``multiplier`` times the root of
    ``sum_k (A_k e_k)^2 + sum_i a_i^2 w_i + rho sum_g (sum_{i in g} a_i d_i)^2
    + E' S E`` with the exposures A and the errors e of segments, w the variance of one
    that is its own, d its dispersion within segment g, E the exposures to other factors
    and S what stays open of them (see ``band.variance_parts``; lines of one issuer are
    netted).

    Parameters
    ----------
    units, frame
        Per unit of the instruments, and what the scenarios share.
    sums
        Of P portfolios.
    """
    scenarios = range(len(frame.shocks))
    linear, sized = units.linear, units.sized

    def by_scenario(name: str) -> Floats:
        return linear.of([(name, s) for s in scenarios], sums.linear)

    exposure = linear.of(_by_segment(frame), sums.linear)
    pnl = by_scenario("pnl")
    parts = {name: by_scenario(name) for name in PARTS}
    parts["segments"] = np.einsum("psk,sk->ps", exposure, frame.shocks)
    parts["cross"] = pnl - sum(parts.values(), start=np.zeros_like(pnl))
    width = frame.multiplier * np.sqrt(_variance(units, frame, sums, exposure))
    low = pnl - width
    # Without a short position no more than everything can be lost.
    low = np.where(
        sums.short[:, None] == 0, np.maximum(low, -by_scenario("limit")), low
    )
    gross = sized.of(("gross",), sums.sized)
    safe = np.where(gross > 0, gross, 1.0)
    uncovered = sized.of([("uncovered", s) for s in scenarios], sums.sized)
    return Answers(
        value=linear.of(("base",), sums.linear),
        gross=gross,
        known=np.where(gross > 0, sized.of(("known",), sums.sized) / safe, 1.0),
        unmapped=sized.of(("unmapped",), sums.sized),
        pnl=pnl,
        low=low,
        high=pnl + width,
        coverage=1.0 - uncovered / safe[:, None],
        parts=parts,
        exposure=exposure,
        shocks=frame.shocks,
    )


def _variance(units: Units, frame: Frame, sums: Sums, exposure: Floats) -> Floats:
    """Return the variance of P portfolios in S scenarios, money squared, (P, S)."""
    count, rho = len(sums.linear), CLUSTER_CORRELATION
    scenarios = range(len(frame.shocks))
    acted = exposure + units.bent.of(_by_segment(frame), sums.bent)
    variance: Floats = np.einsum("psk,sk->ps", acted**2, frame.errors**2)
    variance += units.squared.of([("own", s) for s in scenarios], sums.squared)
    spread = units.spread.of([("spread", s) for s in scenarios], sums.spread)
    weights = {"dispersion": 1 - rho, "outside": rho, "beta": 1.0, "mapping": 1.0}
    errors = [
        weight * units.errors.of([(name, s) for s in scenarios], sums.errors) ** 2
        for name, weight in weights.items()
    ]
    for s in scenarios:
        variance[:, s] += rho * np.bincount(sums.group, spread[:, s] ** 2, count)
        for own in errors:
            variance[:, s] += np.bincount(sums.issuer_of, own[:, s], count)
    if frame.covariance.shape[1]:
        factors = range(frame.covariance.shape[1])
        names = [[("other", s, j) for j in factors] for s in scenarios]
        others = units.linear.of(names, sums.linear)
        moved = np.einsum("psj,sjk->psk", others, frame.covariance, optimize=True)
        variance += np.sum(moved * others, axis=2)
    return np.maximum(variance, 0.0)


def _by_segment(frame: Frame) -> list[list[tuple[object, ...]]]:
    """Return the names of exposures, by scenario and segment."""
    return [
        [("segment", s, k) for k in range(shocks.size)]
        for s, shocks in enumerate(frame.shocks)
    ]


def some_of(answers: Answers, at: Ints) -> Answers:
    """Return the answers of some portfolios."""
    own = {
        name: value[at] if name != "shocks" else value
        for name, value in vars(answers).items()
        if name != "parts"
    }
    return Answers(**own, parts={k: v[at] for k, v in answers.parts.items()})


def joined(several: Sequence[Answers]) -> Answers:
    """Return answers of one portfolio each as one."""
    own = {
        name: np.concatenate([getattr(a, name) for a in several])
        for name in vars(several[0])
        if name not in ("parts", "shocks")
    }
    parts = {
        name: np.concatenate([a.parts[name] for a in several])
        for name in several[0].parts
    }
    return Answers(**own, parts=parts, shocks=several[0].shocks)
