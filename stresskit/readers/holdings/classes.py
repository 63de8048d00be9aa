"""What kind of thing a line is: by its class column, code, name and terms."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from stresskit.core.identifiers import currency_of
from stresskit.model.portfolio import AssetClass
from stresskit.readers.dates import parse_date
from stresskit.readers.holdings.labels import class_label, says_derivative
from stresskit.readers.holdings.lines import Line
from stresskit.readers.holdings.options import (
    names_an_option,
    option_code,
    option_terms,
)

_LONGEST = 200
# Third character of a CIC code (Solvency II): the category of the asset.
_CIC: dict[str, AssetClass] = {
    "0": "other",
    "1": "bond",
    "2": "bond",
    "3": "equity",
    "4": "fund",
    "5": "bond",
    "6": "bond",
    "7": "cash",
    "8": "other",
    "9": "other",
    "A": "future",
    "B": "option",
    "C": "option",
    "D": "other",
    "E": "other",
    "F": "other",
}
_CIC_SHAPE = re.compile(r"[A-Z]{2}([0-9A-F])[0-9A-Z]")


# The words of the outside contract, in its small letters, need no guessing.
_OURS: dict[str, AssetClass] = {
    "equity": "equity",
    "fund": "fund",
    "bond": "bond",
    "option": "option",
    "future": "future",
    "fx_forward": "fx_forward",
    "cash": "cash",
    "crypto": "crypto",
    "other": "other",
}


def _rule(words: str, kind: AssetClass) -> tuple[re.Pattern[str], AssetClass]:
    return re.compile(words, re.IGNORECASE), kind


# Words of a class column, in the order in which they decide.
_CLASS_RULES = (
    # Codes of Form N-PORT, item C.4.
    _rule(r"^(EC|EP)$", "equity"),
    _rule(r"^(DBT|SN|ABS-.*)$", "bond"),
    _rule(r"^STIV$", "cash"),
    _rule(r"^DFE$", "fx_forward"),
    _rule(r"^(DCO|DCR|DE|DIR|DO|RA|LON|COMM|RE|OTHER)$", "other"),
    _rule(
        r"forward|\bfx\b|\bfwd|currency contract|termingeschäft|devisen", "fx_forward"
    ),
    _rule(
        r"cash|money market|margin|collateral|deposit(?!or)|liquid|kasse|konto|"
        r"tesorer|現金|預金|contanti|efectivo|\bcurrency\b|geldmarkt",
        "cash",
    ),
    _rule(r"^(reverse )?repo", "cash"),
    _rule(r"futures?\b|\bfut\b|先物", "future"),
    _rule(r"option|\bcalls?\b|\bputs?\b|warrant|optie|opzion|optionsschein", "option"),
    _rule(
        r"\bswap|\bcds\b|\bcfd|commodit|real estate$|rohstoff|immobilien$|"
        r"^irs$|structured|strukturiert|precious metal|edelmetall|zertifikat",
        "other",
    ),
    _rule(r"bitcoin|crypto|krypto|digital asset", "crypto"),
    _rule(
        r"bond|fixed income|treasur|\bnotes?\b|anleihe|obliga|rente|\bdebt|債券|"
        r"debenture|certificate of deposit|government|\bgilt|\bloans?\b|credit",
        "bond",
    ),
    _rule(
        r"\betfs?\b|\betps?\b|fund|fonds|ucits|sicav|unit trust|投資信託|mutual|"
        r"investmentanteil|\bopc",
        "fund",
    ),
    _rule(
        r"equit|stock|share|aktie|\baction|acci|azion|\badr|deposit[oa]ry|\breit|"
        r"common|株式|aandeel|preferred|ordinary|\brights?\b",
        "equity",
    ),
)
_BY_SECTOR = tuple(r for r in _CLASS_RULES if not r[0].pattern.startswith("^"))[:6]
_CASH_NAME = re.compile(
    r"\b(cash|money market|margin balance|margin|cash collateral|liquidität|bankkonto|"
    r"kontokorrent|\w*konto|"
    r"barmittel|liquidités|efectivo|liquidità|现金|settlement account|"
    r"pending activity|sweep|cash account|verrechnungskonto|treps|reverse repo|"
    r"cuenta corriente|conto corrente|compte courant|rekening courant|current account|"
    r"(net )?(receivables?|payables?)|net (other|current) assets|"
    r"(cash and )?other assets|other assets (less|and) liabilities|"
    r"liabilities in excess.*|andere activa)\b|現金|預り金|现金|余额",
    re.IGNORECASE,
)
_SURE_CASH = re.compile(
    r"\b(money market|money mkt|csh f(u)?nd|cash f(u)?nd|cash collateral|"
    r"cash account|(us dollar|usd|eur|gbp|jpy|chf) cash|cash (usd|eur|gbp|jpy|chf))\b",
    re.IGNORECASE,
)
_LIKE_MONEY = re.compile(
    r"fund|\bfnd|fd\b|trsy|treasury|govt|government|liquid|money|cash|oblig|inst\b|\bmm",
    re.IGNORECASE,
)
_NAME_RULES = (
    _rule(
        r"\b(fx|currency|ccy|[A-Z]{3}\s?/\s?[A-Z]{3})\b.*\b(fwd|forward)\b|"
        r"\b(fwd|forward)\b.*\b[A-Z]{3}\s?/?\s?[A-Z]{3}\b|devisentermin",
        "fx_forward",
    ),
    _rule(
        r"\bfut(r|ures?)?\b|e-?mini|\b(long|short)\b.*\b"
        r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[ -]?\d{2,4}",
        "future",
    ),
    _rule(r"\bswap\b|\bcfd\b|reverse convertible|barrier|autocall", "other"),
    _rule(r"term loan|\btlb\b|\bbank loan", "bond"),
    _rule(
        r"\betf\b|\betc\b|\betn\b|\bucits\b|\bsicav\b|\bfonds\b|\bfunds?\b|\bfcp\b|"
        r"\bindex trust\b|ishares|\bspdr\b|\bxtrackers\b|bitcoin trust|xetra-?gold|"
        r"physical (gold|silver)|\betp\b|\baccumulation\b|\boeic\b|\bunit trust\b|"
        r"\bmsci (world|em|acwi|emerging|europe|usa)\b|\badmiral\b|"
        r"\bindex\b.*\b(pl|inst\w*|premium)\b|private equity.*feeder|\bfeeder\b",
        "fund",
    ),
    _rule(
        r"\bt-?(note|bond|bill)\b|treasury (note|bond|bill|n/b)|\bbund(esrep|\b)|"
        r"\b\d{2}/\d{2}$|anl\.? ?v\.? ?\d{4}|\boat\b|\bbtps?\b|\bgilt\b|\banleihe\b|"
        r"\bobligation|"
        r"\d+([.,]\d+)?\s?%.*\b(19|20)\d{2}\b|\d+([.,]\d+)?\s?%.*\d{2}[/.]\d{2}[/.]\d{2}",
        "bond",
    ),
)
_PAIR = re.compile(r"\b([A-Z]{3})\s?[/ -]?\s?([A-Z]{3})\b")
_FUTURE_CODE = re.compile(r"/?[A-Z]{1,3}[FGHJKMNQUVXZ]\d{1,2}")
# Bloomberg's keys of contracts; those of shares are Equity.
_CONTRACT_KEY = re.compile(r"\s(comdty|index|curncy)$", re.IGNORECASE)
_LISTED_FUND = re.compile(
    r"\bet[fcp]\b|\bucits\b|private equity.*\bfund|xetra-?gold", re.IGNORECASE
)
_EARNED = re.compile(r"accrued|zinsen|courus", re.IGNORECASE)
_BY_SECTION = tuple(r for r in _CLASS_RULES if not r[0].pattern.startswith("^"))
_METALS = frozenset(
    {"gold", "silver", "platinum", "palladium", "silber", "platin", "or", "oro"}
)
# Money owed or earned and not yet paid; a security's name can hold these words too.
_OWED = re.compile(
    r"\b(lombard\w*|kredit|(?<!term )(?<!bank )loans?(?! [ab0-9])|darlehen|"
    r"hypothek(arkredit)?|borrow(ed|ings?)|"
    r"overdraft|margin debit|crédit lombard|prestito|préstamo|"
    r"accrued (interest|income)|"
    r"stückzinsen|marchzinsen|intérêts courus)\b",
    re.IGNORECASE,
)
# Brokers head the kind of account a position is held in with "Type".
ACCOUNT_TYPES = frozenset({"cash", "margin", "short"})
# Codes that are hardly ever tickers; NOK, AMD and ALL are companies first.
_MAJOR = frozenset("USD EUR GBP JPY CHF CAD AUD NZD SEK DKK HKD SGD CNY".split())
_COINS = frozenset(
    {"bitcoin", "ethereum", "ether", "solana", "xrp", "cardano", "litecoin"}
    | {"usd coin", "tether", "dogecoin", "avalanche", "polkadot", "chainlink", "bnb"}
)
COIN_TICKERS = frozenset({"BTC", "ETH", "SOL", "XBT", "BTC-USD", "ETH-USD", "SOL-USD"})


def asset_class(
    line: Line, *, name: str, ticker: str | None, secure: bool
) -> AssetClass:
    """Say what kind of thing a line is.

    Parameters
    ----------
    line : Line
        Row of the table.
    name : str
        Its name.
    ticker : str or None
        Its ticker, if it has one.
    secure : bool
        Whether it has an identifier with a right check digit, as securities have.
    """
    # Nothing that tells the kind stands further back, and the patterns look far.
    name, stated = name[:_LONGEST], (line.text("asset_class") or "")[:_LONGEST]
    if line.text("currency") == "%":
        return "bond"
    if stated in _OURS:
        return _OURS[stated]
    cic = _CIC_SHAPE.fullmatch(stated.strip().upper())
    if cic:
        forward = stated.strip()[2:4].upper() == "E2"
        return "fx_forward" if forward else _CIC[cic[1]]
    # Shares of Singapore, such as BN4, have codes that could be futures.
    coded = _FUTURE_CODE.fullmatch(ticker or "") and not _first(_CLASS_RULES, stated)
    if coded and _is_listed_contract(line, secure):
        return "future"
    told = _told(name)
    if option_code(ticker or "") or told.coded_option or line.text("right"):
        return "option"
    by_class = _first(_CLASS_RULES, stated) if stated else None
    by_name = _by_name(line, name, ticker, secure=secure)
    listed = told.listed_fund or re.search("private equit", stated, re.IGNORECASE)
    if by_class == "equity" and listed:
        # Brokers file ETFs under stocks, and a stake in a fund is no share.
        return "fund"
    if by_class:
        return by_class
    sector = (line.text("sector") or "")[:_LONGEST]
    by_sector = _first(_BY_SECTOR, sector) if sector else None
    if by_sector and by_name in {None, "cash"}:
        return by_sector
    return by_name or told.by_label or _by_section(line) or "equity"


def _by_section(line: Line) -> AssetClass | None:
    """Say what the title above a row's block tells of its kind, or None."""
    if not line.section:
        return None
    known = class_label(line.section) is not None
    if known or says_derivative(line.section):
        return _first(_BY_SECTION, line.section)
    return None


def _is_listed_contract(line: Line, secure: bool) -> bool:
    """Say whether a row with a code of a future is one and no share."""
    code = line.text("ticker") or ""
    if secure:
        return False
    marked = code[:1] == "/" or _CONTRACT_KEY.search(code) is not None
    return line.number("notional") is not None or marked


def _first(
    rules: tuple[tuple[re.Pattern[str], AssetClass], ...], text: str
) -> AssetClass | None:
    return next((kind for pattern, kind in rules if pattern.search(text)), None)


class _Told(NamedTuple):
    """What a name tells by itself."""

    sure_cash: bool
    cash: bool
    like_money: bool
    owed: bool
    option: bool
    coded_option: bool
    listed_fund: bool
    kind: AssetClass | None
    by_label: AssetClass | None


# The same names come every night, and each takes some thirty patterns.
@lru_cache(maxsize=20_000)
def _told(name: str) -> _Told:
    return _Told(
        sure_cash=_SURE_CASH.search(name) is not None,
        cash=_CASH_NAME.search(name) is not None,
        like_money=_LIKE_MONEY.search(name) is not None,
        owed=_OWED.search(name) is not None,
        option=names_an_option(name),
        coded_option=bool(option_code(name)),
        listed_fund=_LISTED_FUND.search(name) is not None,
        kind=_first(_NAME_RULES, name),
        by_label=_first(_CLASS_RULES, name) if class_label(name) else None,
    )


def _by_name(
    line: Line, name: str, ticker: str | None, *, secure: bool
) -> AssetClass | None:
    """Say what the name tells of the kind, or None."""
    if _is_money(line, name, ticker, secure=secure):
        return "cash"
    told = _told(name)
    if told.sure_cash or (told.cash and not (secure or ticker)):
        return "cash"
    if not secure and told.like_money and _worth_one(line):
        return "cash"
    if told.owed and not (secure or ticker):
        return "cash"
    if name.casefold() in _METALS and not (secure or ticker):
        return "other"
    if name.casefold() in _COINS or ((ticker or "") in COIN_TICKERS and not secure):
        return "crypto"
    if told.option:
        return "option"
    kind = told.kind
    if kind is None and line.text("maturity") and line.text("coupon"):
        return "bond"
    return kind


def _worth_one(line: Line) -> bool:
    """Say whether a line is worth its quantity, as money is."""
    value, quantity = line.number("value"), line.number("quantity")
    if value is None or not quantity:
        return False
    return abs(value / quantity - 1) < 1e-4


def _is_money(line: Line, name: str, ticker: str | None, *, secure: bool) -> bool:
    """Say whether a line named after a currency is money and not a share.

    AMD, COP, NOK, BAM and ALL are currencies and shares: the bare code counts
    only if the row says money in another way, or says nothing else at all.
    """
    code = cash_currency(name, ticker)
    if code is None:
        return False
    if not is_bare_code(name):
        # Custodians give cash codes of their own, with right check digits.
        return True
    if secure:
        return False
    own = currency_of(line.text("currency") or "")
    if own is not None and own[0] != code:
        return False
    price = line.number("price")
    if price is not None:
        # Money is quoted at 1, or at 100 percent.
        return price in {1.0, 100.0} and (own is not None or code in _MAJOR)
    if line.number("quantity") is not None and line.number("value") is not None:
        return _worth_one(line) and (own is not None or code in _MAJOR)
    return own is not None or code in _MAJOR


def is_loan(name: str) -> bool:
    """Say whether a line of cash is money owed, by its name.

    Parameters
    ----------
    name : str
        Name of the line.

    Examples
    --------
    >>> is_loan("Lombardkredit"), is_loan("Accrued interest")
    (True, False)
    """
    return _OWED.search(name) is not None and _EARNED.search(name) is None


def is_bare_code(name: str) -> bool:
    """Say whether a name is no more than letters that could be a ticker.

    Parameters
    ----------
    name : str
        Name of the line.

    Examples
    --------
    >>> is_bare_code("AMD"), is_bare_code("USD CASH"), is_bare_code("€")
    (True, False, False)
    """
    return re.fullmatch(r"[A-Za-z]{2,4}", name.strip()) is not None


def cash_currency(name: str, ticker: str | None) -> str | None:
    """Give the currency that a line is named after, or None.

    Parameters
    ----------
    name : str
        Name of the line.
    ticker : str or None
        Its ticker, if it has one.

    Examples
    --------
    >>> cash_currency("USD CASH", "USD"), cash_currency("US DOLLAR", None)
    ('USD', 'USD')
    >>> cash_currency("SEK CASH", "NVDA") is None
    True
    """
    words = re.sub(
        r"\b(cash|account|balance|konto|kontokorrent|currency|bank|spot)\b|[()\-:,]",
        " ",
        name,
        flags=re.IGNORECASE,
    )
    found = currency_of(" ".join(words.split()))
    if found and (ticker is None or currency_of(ticker) or ticker.upper() == "CASH"):
        return found[0]
    return None


NUMBERED = {
    "option": ("contract_size", "delta", "implied_vol", "underlying_price"),
    "future": ("contract_size",),
    "bond": (
        *("coupon", "duration", "spread_duration", "yield_to_maturity"),
        *("conversion_ratio", "bond_floor", "delta", "underlying_price"),
    ),
}
WORDED = {"option": ("underlying",), "bond": ("underlying", "rating")}
ENDS = {
    "bond": "maturity",
    "option": "expiry",
    "future": "expiry",
    "fx_forward": "expiry",
}
TERM_OF = {"yield_to_maturity": "yield"}


def terms_of(
    line: Line, kind: AssetClass, *, name: str, ticker: str | None
) -> dict[str, str | float]:
    """Collect the terms of an option or a bond that the file states.

    Parameters
    ----------
    line : Line
        Row of the table.
    kind : str
        Its asset class.
    name : str
        Its name.
    ticker : str or None
        Its ticker, if it has one.

    Returns
    -------
    dict of str to (str or float)
        ``underlying``, ``right`` (call or put), ``strike`` in the option's currency,
        ``expiry``; ``coupon`` as written and ``maturity``; ``contract_size``; ``pair``
        of the currencies of a forward; dates as ISO texts. What measures them where
        the file does: ``duration``, ``spread_duration``, ``yield``, ``rating``;
        ``delta``, ``implied_vol``, ``underlying_price``; ``conversion_ratio`` and
        ``bond_floor`` of convertible bonds.
    """
    terms: dict[str, str | float] = {}
    maturity = parse_date(line.cells.get("maturity"))
    for role in NUMBERED.get(kind, ()):
        number = line.number(role)
        # A contract of no size is one whose size is not known.
        if number is not None and (number or role != "contract_size"):
            terms[TERM_OF.get(role, role)] = number
    for role in WORDED.get(kind, ()):
        if text := line.text(role):
            terms[role] = text
    if maturity and kind in ENDS:
        terms[ENDS[kind]] = maturity.isoformat()
    pair = _PAIR.search(name.upper()) if kind == "fx_forward" else None
    if pair and currency_of(pair[1]) and currency_of(pair[2]):
        terms["pair"] = f"{pair[1]}/{pair[2]}"
    if kind == "option":
        terms |= option_terms(line, name=name, ticker=ticker)
    return terms
