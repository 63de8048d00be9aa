"""The base currency of a file, and whether its values are in it or in local money."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from stresskit.errors import HoldingsError
from stresskit.model import Issue, Position
from stresskit.model.portfolio import with_amounts
from stresskit.readers.holdings.classes import is_bare_code
from stresskit.readers.holdings.rows import Draft

Rates = Mapping[str, float] | Callable[[str], Mapping[str, float]]

_FX_FIX = "Give the rates with --fx FILE (columns currency, rate, base)."


@dataclass(frozen=True)
class Clues:
    """What the file says about its currency.

    ``header`` stands over the values (``header_is_sign``: a $ sign, which is the
    dollar of several countries), ``stated`` beside the portfolio, ``symbols``
    counts the signs in the cells; ``local_column`` says whether a column of local
    values stands beside, ``total`` is the file's own total; ``each_own`` says that
    every value is in the currency of its own row, whatever the others look like.
    """

    header: str | None = None
    header_is_sign: bool = False
    stated: str | None = None
    symbols: Counter[str] = field(default_factory=Counter)
    local_column: bool = False
    total: float | None = None
    sheet: str | None = None
    each_own: bool = False


@dataclass(frozen=True)
class Priced:
    """Positions in base currency, the rates used and what was wrong.

    ``total_rate`` is base currency per unit of what the file adds up in.
    """

    positions: tuple[Position, ...]
    base: str | None
    fx: dict[str, float]
    issues: list[Issue]
    total_rate: float = 1.0


@dataclass(frozen=True)
class Facts:
    """What all rows together say about the currency of their values.

    ``valued`` and ``computed`` say whether any row has a value, or one that was
    multiplied; ``over`` holds the currencies that values are stated in, ``stated``
    those that rows state. ``proved`` is the one currency whose cash is worth its
    quantity, ``named_cash`` the one that lines of cash are named after.
    ``weights_fit`` says that weights are the values' shares of their plain ``total``,
    ``over_all`` that every value is stated in one of ``over``.
    """

    valued: bool
    computed: bool
    over: frozenset[str]
    stated: frozenset[str]
    proved: str | None
    named_cash: str | None
    american: bool
    weights_fit: bool
    total: float
    over_all: bool = True


@dataclass(frozen=True)
class Decision:
    """The base currency, and how the values of rows come into it.

    ``common`` is the one currency of all values, if they have one; ``shared`` says
    that nothing names it. ``local`` says that rows state currencies. ``known`` holds
    base currency per unit of each currency.
    """

    target: str | None
    common: str | None
    shared: bool
    local: bool
    known: Mapping[str, float]
    issues: list[Issue]
    each_own: bool = False

    @property
    def total_rate(self) -> float:
        """Base currency per unit of what the file adds up in."""
        return self.known.get(self.common, 1.0) if self.common else 1.0

    def unit_of(
        self, value_currency: str | None, currency: str | None, *, named: bool
    ) -> str | None:
        """Give the currency that the value of a row is in."""
        if self.shared:
            return self.target
        # Where no other row has a currency, cash stands in that of the others.
        own = currency if self.local or self.each_own or not named else None
        return self.common or value_currency or own or self.target

    def rate_of(self, unit: str | None, *, unread: bool) -> float | None:
        """Give base currency per unit of a row's value, or None if it is not known."""
        if unread and self.common is None and not self.shared:
            return None
        if unit is None:
            # Beside rows in several currencies, one without says nothing.
            lost = self.local and self.common is None and not self.shared
            return None if lost else 1.0
        return self.known.get(unit)


def price_positions(
    drafts: list[Draft],
    clues: Clues,
    *,
    base: str | None,
    rates: Rates | None,
) -> Priced:
    """Bring every value into the base currency.

    Parameters
    ----------
    drafts : list of Draft
        Positions as read.
    clues : Clues
        What the file says about its currency.
    base : str or None
        Base currency asked for; None takes the file's.
    rates : mapping of str to float, a function of the base currency to one, or None
        Base currency per unit of each currency.

    Raises
    ------
    HoldingsError
        If the file's values are in another currency and no rate converts them.
    """
    how = decided(facts_of(drafts), clues, base=base, rates=rates)
    used: dict[str, float] = {}
    missing: dict[str, list[int | None]] = defaultdict(list)
    bare: list[Draft] = []
    amounts = []
    for draft in drafts:
        unit = how.unit_of(
            draft.value_currency, draft.position.currency, named=draft.currency_named
        )
        known = how.rate_of(unit, unread=False)
        rate = how.rate_of(unit, unread=draft.currency_unread)
        if unit is not None and known is not None and unit != how.target:
            used[unit] = known
        if unit is not None and known is None and _counts(draft, how):
            missing[unit].append(draft.position.row)
        if unit is None and known is None and draft.value is not None:
            bare.append(draft)
        amounts.append(_amounts(draft, rate, unit=unit))
    issues = [
        *how.issues,
        *_bare_issues(bare, clues.sheet),
        *(
            missing_rate(c, rows[:20], len(rows), how.target, clues.sheet)
            for c, rows in missing.items()
        ),
    ]
    positions = with_amounts([d.position for d in drafts], amounts)
    return Priced(tuple(positions), how.target, used, issues, how.total_rate)


def total_in_base(clues: Clues, priced: Priced) -> float | None:
    """Give the stated total in base currency, if it can be compared at all.

    Parameters
    ----------
    clues : Clues
        What the file says.
    priced : Priced
        Its positions.
    """
    total = clues.total
    if total is None or all(p.market_value is None for p in priced.positions):
        return None
    return total * priced.total_rate


def _bare_issues(drafts: list[Draft], sheet: str | None) -> list[Issue]:
    if not drafts:
        return []
    rows = [d.position.row for d in drafts[:20]]
    money = sum(d.value or 0.0 for d in drafts)
    return [without_currency(rows, len(drafts), money, sheet)]


def without_currency(
    rows: Sequence[int | None], count: int, money: float, sheet: str | None
) -> Issue:
    """Name the rows that state no currency where others state several.

    Parameters
    ----------
    rows : sequence of int
        The first twenty of them, counted from 1.
    count : int
        How many they are.
    money : float
        The sum of their values, in whatever they are in.
    sheet : str or None
        Sheet.

    Examples
    --------
    >>> without_currency([4], 1, 20.0, None).row
    4
    """
    named = ", ".join(str(row) for row in rows)
    return Issue(
        code="no-currency",
        severity="error",
        message=f"{count} rows state no currency, and others state several: "
        f"their values are not known. Rows {named}"
        f"{' ...' if count > len(rows) else ''}.",
        fix="Write their currency, or name the base with --base-currency CCY.",
        sheet=sheet,
        row=rows[0],
        money=money,
    )


def _counts(draft: Draft, how: Decision) -> bool:
    """Say whether a row's value is lost for want of a rate, and of that alone."""
    blank = draft.currency_unread and how.common is None and not how.shared
    return draft.value is not None and not blank


def facts_of(drafts: list[Draft]) -> Facts:
    """Collect what all rows together say about the currency of their values.

    Parameters
    ----------
    drafts : list of Draft
        Positions as read.

    Examples
    --------
    >>> line = Position(id="p1", name="SAP", currency="EUR")
    >>> sorted(facts_of([Draft(line, value=5.0)]).stated)
    ['EUR']
    """
    over = frozenset(c for d in drafts if (c := d.value_currency))
    return Facts(
        valued=any(d.value is not None for d in drafts),
        computed=any(d.computed for d in drafts),
        over=over,
        stated=_stated_currencies(drafts),
        proved=_cash_base(drafts),
        named_cash=_named_cash(drafts),
        american=_american(drafts),
        weights_fit=_weights_fit(drafts),
        total=sum(d.value or 0.0 for d in drafts),
        over_all=all(d.value_currency for d in drafts if d.value is not None),
    )


def decided(
    facts: Facts, clues: Clues, *, base: str | None, rates: Rates | None
) -> Decision:
    """Decide on the base currency and on the currencies of the values.

    Parameters
    ----------
    facts : Facts
        What the rows say.
    clues : Clues
        What the rest of the file says.
    base : str or None
        Base currency asked for; None takes the file's.
    rates : mapping of str to float, a function of the base currency to one, or None
        Base currency per unit of each currency.

    Raises
    ------
    HoldingsError
        If the file's values are in another currency and no rate converts them.
    """
    issues: list[Issue] = []
    file_base = _file_base(facts, clues, issues)
    if base is not None:
        # Who names the currency that was assumed has answered that, too.
        answered = {"no-base-currency", *(["assumed-currency"] * (base == file_base))}
        issues = [i for i in issues if i.code not in answered]
    target = base or file_base
    common = _common_currency(facts, clues, file_base)
    known = {**_given(rates, target), **({target: 1.0} if target else {})}
    if base is not None and common is not None and common not in known:
        raise HoldingsError(
            f"The values are in {common} and {target} was asked for, but there is no "
            f"rate from {common} to {target}.",
            hint=_FX_FIX,
            code="fx-missing",
        )
    return Decision(
        target=target,
        common=common,
        # One currency for all that nothing names: the one asked for, or none.
        shared=common is None and _in_one_currency(facts, clues),
        each_own=clues.each_own,
        local=bool(facts.stated),
        known=known,
        issues=issues,
    )


def _given(rates: Rates | None, target: str | None) -> Mapping[str, float]:
    """Give the rates to the base currency."""
    if not callable(rates):
        return rates or {}
    if target is None:
        raise HoldingsError(
            "Exchange rates were given, but the file does not say which currency "
            "its total is in.",
            hint="Give it with --base-currency.",
            code="base-currency",
        )
    return rates(target)


def _file_base(facts: Facts, clues: Clues, issues: list[Issue]) -> str | None:
    """Find the base currency in the file: stated, shared, proved or assumed."""
    if clues.header_is_sign and clues.header and not clues.stated:
        issues.append(
            _assumed(clues.header, "from the sign in the header", clues.sheet)
        )
    if clues.stated or clues.header:
        return clues.stated or clues.header
    for alone in (facts.over, facts.stated):
        if len(alone) == 1:
            return next(iter(alone))
    if facts.proved:
        return facts.proved
    if clues.symbols:
        code = clues.symbols.most_common(1)[0][0]
        issues.append(_assumed(code, "from the signs in the cells", clues.sheet))
        return code
    if not facts.stated and not clues.local_column and facts.american:
        issues.append(
            _assumed("USD", "since the securities have US identifiers", clues.sheet)
        )
        return "USD"
    if facts.named_cash and not facts.stated:
        cash = facts.named_cash
        issues.append(_assumed(cash, "from the name of a line of cash", clues.sheet))
        return cash
    if facts.valued:
        count = len(facts.stated)
        seen = f"has {count} currencies" if count else "states none"
        issues.append(
            Issue(
                code="no-base-currency",
                severity="warning",
                message=f"The base currency is not known: the file {seen}.",
                fix="Give it with --base-currency CCY.",
                sheet=clues.sheet,
            )
        )
    return None


def _stated_currencies(drafts: list[Draft]) -> frozenset[str]:
    """Give the currencies that rows state; the name of a line of cash states none."""
    return frozenset(
        d.position.currency
        for d in drafts
        if d.position.currency and not d.currency_named
    )


def _named_cash(drafts: list[Draft]) -> str | None:
    """Give the one currency that lines such as ``Cash USD`` are named after."""
    named = {
        d.position.currency
        for d in drafts
        if d.currency_named and not is_bare_code(d.position.name)
    }
    return named.pop() if len(named) == 1 else None


def _cash_base(drafts: list[Draft]) -> str | None:
    """Give the one currency whose cash is worth its quantity, if others are not.

    In a file of local values every currency's cash is; in one of base values
    only the base currency's.
    """
    same: set[str] = set()
    other: set[str] = set()
    for draft in drafts:
        position, value = draft.position, draft.value
        if position.asset_class != "cash" or not position.currency:
            continue
        # Cents and single units are rounding, not proof.
        if value is None or not position.quantity or abs(position.quantity) < 100:
            continue
        equal = abs(value / position.quantity - 1) < 1e-4
        (same if equal else other).add(position.currency)
    return same.pop() if len(same) == 1 and other - same else None


def _american(drafts: list[Draft]) -> bool:
    securities = [d.position for d in drafts if d.position.asset_class != "cash"]
    found = sum(
        p.identifiers.cusip is not None or (p.identifiers.isin or "").startswith("US")
        for p in securities
    )
    return bool(securities) and found >= 0.9 * len(securities)


def _common_currency(facts: Facts, clues: Clues, file_base: str | None) -> str | None:
    """Give the one currency that all values are in, or None if they are local."""
    if not facts.valued or clues.each_own:
        return None
    if len(facts.over) == 1 and facts.over_all:
        return next(iter(facts.over))
    if clues.header and not facts.computed:
        return clues.header
    if len(facts.stated) == 1 and (facts.computed or not clues.local_column):
        return next(iter(facts.stated))
    if not facts.stated:
        return file_base
    if not facts.computed and _in_one_currency(facts, clues):
        return facts.proved or file_base
    return None


def _in_one_currency(facts: Facts, clues: Clues) -> bool:
    """Say whether the values of rows in several currencies add up as they stand."""
    if facts.computed or not facts.valued or clues.each_own:
        return False
    if clues.local_column or facts.proved is not None:
        return True
    return facts.weights_fit or _total_fits(facts.total, clues)


def _weights_fit(drafts: list[Draft]) -> bool:
    """Say whether the weights are the values' shares of their plain sum."""
    pairs = [
        (d.value, d.position.weight)
        for d in drafts
        if d.value is not None and d.position.weight is not None
    ]
    total = sum(value for value, _ in pairs)
    weight = sum(w for _, w in pairs)
    if len(pairs) < 2 or not total or abs(weight - 1) > 0.05:
        return False
    off = sum(abs(value / total - w) > 6e-4 + 0.02 * abs(w) for value, w in pairs)
    return off <= 0.02 * len(pairs)


def _total_fits(total: float, clues: Clues) -> bool:
    """Say whether a file that states its currency adds its values up in it."""
    if not (clues.stated and clues.total and total):
        return False
    return abs(total / clues.total - 1) < 5e-4


def priced(draft: Draft, rate: float | None, *, unit: str | None) -> Position:
    """Give a position with its value in base currency.

    Parameters
    ----------
    draft : Draft
        Position as read.
    rate : float or None
        Base currency per unit of its value, if it is known.
    unit : str or None
        Currency of its value.

    Examples
    --------
    >>> line = Position(id="p1", name="SAP", currency="EUR")
    >>> priced(Draft(line, value=5.0), 1.1, unit="EUR").market_value
    5.5
    """
    worth, local, exposure = _amounts(draft, rate, unit=unit)
    return replace(
        draft.position, market_value=worth, local_value=local, exposure=exposure
    )


def _amounts(
    draft: Draft, rate: float | None, *, unit: str | None
) -> tuple[float | None, float | None, float | None]:
    """Give the value in base currency, the local value and the exposure."""
    position, value = draft.position, draft.value
    local = position.local_value
    if local is None and unit is not None and unit == position.currency:
        local = value
    worth = None if value is None or rate is None else value * rate
    exposure = None
    if (
        position.asset_class in {"future", "option", "fx_forward"}
        and draft.notional is not None
    ):
        moved = None if rate is None else draft.notional * rate
        if moved is not None and moved != worth:
            exposure = moved
    return worth, local, exposure


def _assumed(code: str, why: str, sheet: str | None) -> Issue:
    return Issue(
        code="assumed-currency",
        severity="warning",
        message=f"The file states no currency: {code} is assumed {why}.",
        fix="Give it with --base-currency CCY.",
        sheet=sheet,
    )


def missing_rate(
    currency: str,
    rows: Sequence[int | None],
    count: int,
    target: str | None,
    sheet: str | None,
) -> Issue:
    """Say which rows have a value that no rate converts.

    Parameters
    ----------
    currency : str
        Their currency.
    rows : sequence of int
        The first twenty of them, counted from 1.
    count : int
        How many they are.
    target : str or None
        Base currency.
    sheet : str or None
        Sheet.

    Examples
    --------
    >>> missing_rate("EUR", [3, 4], 2, "USD", None).message
    'There is no rate from EUR to USD, for rows 3, 4.'
    """
    named = ", ".join(str(row) for row in rows)
    more = f" and {count - len(rows)} more" if count > len(rows) else ""
    return Issue(
        code="fx-missing",
        severity="error",
        message=f"There is no rate from {currency} to {target or 'a base currency'}, "
        f"for rows {named}{more}.",
        fix=_FX_FIX if target else f"{_FX_FIX} Name the base with --base-currency CCY.",
        sheet=sheet,
        row=rows[0],
        value=currency,
    )
