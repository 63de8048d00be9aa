"""The base currency of a file, and whether its values are in it or in local money."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from stresskit.errors import HoldingsError
from stresskit.model import Issue, Position
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
    values stands beside, ``total`` is the file's own total.
    """

    header: str | None = None
    header_is_sign: bool = False
    stated: str | None = None
    symbols: Counter[str] = field(default_factory=Counter)
    local_column: bool = False
    total: float | None = None
    sheet: str | None = None


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
    issues: list[Issue] = []
    proved = _cash_base(drafts)
    file_base = _file_base(drafts, clues, proved, issues)
    if base is not None:
        issues = [i for i in issues if i.code != "no-base-currency"]
    target = base or file_base
    used: dict[str, float] = {}
    common = _common_currency(drafts, clues, proved, file_base)
    # One currency for all that nothing names: the one asked for, or none.
    shared = common is None and _in_one_currency(drafts, clues, proved)
    given = _given(rates, target)
    known = {**given, **({target: 1.0} if target else {})}
    if base is not None and common is not None and common not in known:
        raise HoldingsError(
            f"The values are in {common} and {target} was asked for, but there is no "
            f"rate from {common} to {target}.",
            hint=_FX_FIX,
            code="fx-missing",
        )
    missing: dict[str, list[Draft]] = defaultdict(list)
    positions = []
    local = bool(_stated_currencies(drafts))
    for draft in drafts:
        # Where no other row has a currency, cash stands in that of the others.
        own = draft.position.currency if local or not draft.currency_named else None
        unit = common or draft.value_currency or own or target
        unit = target if shared else unit
        rate = 1.0 if unit is None else known.get(unit)
        if unit is not None and rate is not None and unit != target:
            used[unit] = rate
        if draft.currency_unread and common is None and not shared:
            rate = None
        elif rate is None and unit is not None and draft.value is not None:
            missing[unit].append(draft)
        positions.append(_priced(draft, rate, unit=unit))
    issues += [_missing_rate(c, d, target, clues.sheet) for c, d in missing.items()]
    total_rate = known.get(common, 1.0) if common else 1.0
    return Priced(tuple(positions), target, used, issues, total_rate)


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


def _file_base(
    drafts: list[Draft], clues: Clues, proved: str | None, issues: list[Issue]
) -> str | None:
    """Find the base currency in the file: stated, shared, proved or assumed."""
    over = {d.value_currency for d in drafts} - {None}
    if clues.header_is_sign and clues.header and not clues.stated:
        issues.append(
            _assumed(clues.header, "from the sign in the header", clues.sheet)
        )
    if clues.stated or clues.header:
        return clues.stated or clues.header
    if len(over) == 1:
        return over.pop()
    currencies = _stated_currencies(drafts)
    if len(currencies) == 1:
        return currencies.pop()
    if proved:
        return proved
    if clues.symbols:
        code = clues.symbols.most_common(1)[0][0]
        issues.append(_assumed(code, "from the signs in the cells", clues.sheet))
        return code
    if not currencies and not clues.local_column and _american(drafts):
        issues.append(
            _assumed("USD", "since the securities have US identifiers", clues.sheet)
        )
        return "USD"
    cash = None if currencies else _named_cash(drafts)
    if cash:
        issues.append(_assumed(cash, "from the name of a line of cash", clues.sheet))
        return cash
    if any(d.value is not None for d in drafts):
        seen = f"has {len(currencies)} currencies" if currencies else "states none"
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


def _stated_currencies(drafts: list[Draft]) -> set[str]:
    """Give the currencies that rows state; the name of a line of cash states none."""
    return {
        d.position.currency
        for d in drafts
        if d.position.currency and not d.currency_named
    }


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


def _common_currency(
    drafts: list[Draft], clues: Clues, proved: str | None, file_base: str | None
) -> str | None:
    """Give the one currency that all values are in, or None if they are local."""
    if all(d.value is None for d in drafts):
        return None
    computed = any(d.computed for d in drafts)
    over = {d.value_currency for d in drafts} - {None}
    if len(over) == 1:
        return over.pop()
    if clues.header and not computed:
        return clues.header
    currencies = _stated_currencies(drafts)
    if len(currencies) == 1 and (computed or not clues.local_column):
        return currencies.pop()
    if not currencies:
        return file_base
    if computed:
        return None
    if _in_one_currency(drafts, clues, proved):
        return proved or file_base
    return None


def _in_one_currency(drafts: list[Draft], clues: Clues, proved: str | None) -> bool:
    """Say whether the values of rows in several currencies add up as they stand."""
    if any(d.computed for d in drafts) or all(d.value is None for d in drafts):
        return False
    if clues.local_column or proved is not None:
        return True
    return _weights_fit(drafts) or _total_fits(drafts, clues)


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


def _total_fits(drafts: list[Draft], clues: Clues) -> bool:
    """Say whether a file that states its currency adds its values up in it."""
    total = sum(d.value or 0.0 for d in drafts)
    if not (clues.stated and clues.total and total):
        return False
    return abs(total / clues.total - 1) < 5e-4


def _priced(draft: Draft, rate: float | None, *, unit: str | None) -> Position:
    position, value = draft.position, draft.value
    local = position.local_value
    if local is None and unit is not None and unit == position.currency:
        local = value
    worth = None if value is None or rate is None else value * rate
    exposure = None
    if position.asset_class in {"future", "option"} and draft.notional is not None:
        moved = None if rate is None else draft.notional * rate
        if moved is not None and moved != worth:
            exposure = moved
    return replace(position, market_value=worth, local_value=local, exposure=exposure)


def _assumed(code: str, why: str, sheet: str | None) -> Issue:
    return Issue(
        code="assumed-currency",
        severity="warning",
        message=f"The file states no currency: {code} is assumed {why}.",
        fix="Give it with --base-currency CCY.",
        sheet=sheet,
        value=code,
    )


def _missing_rate(
    currency: str, drafts: list[Draft], target: str | None, sheet: str | None
) -> Issue:
    rows = ", ".join(str(d.position.row) for d in drafts[:20])
    more = f" and {len(drafts) - 20} more" if len(drafts) > 20 else ""
    return Issue(
        code="fx-missing",
        severity="error",
        message=f"There is no rate from {currency} to {target or 'a base currency'}, "
        f"for rows {rows}{more}.",
        fix=_FX_FIX if target else f"{_FX_FIX} Name the base with --base-currency CCY.",
        sheet=sheet,
        row=drafts[0].position.row,
        value=currency,
    )
