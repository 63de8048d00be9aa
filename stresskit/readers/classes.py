"""What kind of thing a line is: by its class column, code, name and terms."""

from __future__ import annotations

import re

from stresskit.core.identifiers import currency_of
from stresskit.model.portfolio import AssetClass
from stresskit.readers.dates import parse_date
from stresskit.readers.lines import Line

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


def _rule(words: str, kind: AssetClass) -> tuple[re.Pattern[str], AssetClass]:
    return re.compile(words, re.IGNORECASE), kind


# Words of a class column, in the order in which they decide.
_CLASS_RULES = (
    _rule(
        r"forward|\bfx\b|\bfwd|currency contract|termingeschäft|devisen", "fx_forward"
    ),
    _rule(
        r"cash|money market|margin|collateral|deposit(?!or)|liquid|kasse|konto|"
        r"tesorer|現金|預金|contanti|efectivo|\bcurrency\b|geldmarkt",
        "cash",
    ),
    _rule(r"futures?\b|\bfut\b|先物", "future"),
    _rule(r"option|\bcalls?\b|\bputs?\b|warrant|optie|opzion", "option"),
    _rule(r"\bswap|\bcds\b|\bcfd", "other"),
    _rule(r"bitcoin|crypto|krypto|digital asset", "crypto"),
    _rule(
        r"bond|fixed income|treasur|\bnotes?\b|anleihe|obliga|rente|\bdebt|債券|"
        r"debenture|certificate of deposit|government|\bgilt",
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
_CASH_NAME = re.compile(
    r"\b(cash|money market|margin balance|margin|cash collateral|liquidität|bankkonto|"
    r"kontokorrent|barmittel|liquidités|efectivo|liquidità|现金|settlement account|"
    r"pending activity|sweep|cash account|verrechnungskonto)\b|現金|預り金",
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
    _rule(r"\bfut(ures?)?\b", "future"),
    _rule(
        r"\betf\b|\betc\b|\betn\b|\bucits\b|\bsicav\b|\bfonds\b|\bfunds?\b|\bfcp\b|"
        r"\bindex trust\b|ishares|\bspdr\b|\bxtrackers\b|bitcoin trust",
        "fund",
    ),
    _rule(
        r"\bt-?(note|bond|bill)\b|treasury (note|bond|bill|n/b)|\bbund(esrepub|\b)|"
        r"\boat\b|\bbtps?\b|\bgilt\b|\banleihe\b|\bobligation|"
        r"\d+([.,]\d+)?\s?%.*\b(19|20)\d{2}\b|\d+([.,]\d+)?\s?%.*\d{2}[/.]\d{2}[/.]\d{2}",
        "bond",
    ),
)
_LISTED_FUND = re.compile(r"\betf\b|\bucits\b", re.IGNORECASE)
# Six digits of date, then the strike in thousandths (OCC) or as it is (Fidelity).
_OPTION_CODE = re.compile(r"[-.]?([A-Z.]{1,6})\s*(\d{6})([CP])(\d{8}|\d+(?:\.\d+)?)")
_OPTION_NAME = re.compile(r"\b(call|put)s?\b", re.IGNORECASE)
_STRIKE = re.compile(
    r"(?:\$|@|strike\s*)\s?(\d+(?:[.,]\d+)?)|\b(\d+(?:\.\d+)?)\s+(?:call|put)\b|"
    r"\b(?:call|put|[CP])\s?(\d+(?:\.\d+)?)\b",
    re.IGNORECASE,
)
# Brokers head the kind of account a position is held in with "Type".
ACCOUNT_TYPES = frozenset({"cash", "margin", "short"})
_COINS = frozenset(
    {"bitcoin", "ethereum", "ether", "solana", "xrp", "cardano", "litecoin"}
)
_COIN_TICKERS = frozenset({"BTC", "ETH", "SOL", "XBT", "BTC-USD", "ETH-USD", "SOL-USD"})


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
    stated = line.text("asset_class") or ""
    cic = _CIC_SHAPE.fullmatch(stated.strip().upper())
    if cic:
        forward = stated.strip()[2:4].upper() == "E2"
        return "fx_forward" if forward else _CIC[cic[1]]
    if _OPTION_CODE.fullmatch(ticker or "") or line.text("right"):
        return "option"
    by_class = _first(_CLASS_RULES, stated)
    by_name = _by_name(line, name, ticker, secure=secure)
    if by_class == "equity" and _LISTED_FUND.search(name):
        # Brokers file ETFs under stocks.
        return "fund"
    if by_class:
        return by_class
    by_sector = _first(_CLASS_RULES[:6], line.text("sector") or "")
    if by_sector and by_name in {None, "cash"}:
        return by_sector
    return by_name or "equity"


def _first(
    rules: tuple[tuple[re.Pattern[str], AssetClass], ...], text: str
) -> AssetClass | None:
    return next((kind for pattern, kind in rules if pattern.search(text)), None)


def _by_name(
    line: Line, name: str, ticker: str | None, *, secure: bool
) -> AssetClass | None:
    """Say what the name tells of the kind, or None."""
    if cash_currency(name, ticker):
        return "cash"
    if _SURE_CASH.search(name) or (_CASH_NAME.search(name) and not (secure or ticker)):
        return "cash"
    if not secure and _worth_one(line) and _LIKE_MONEY.search(name):
        return "cash"
    if name.casefold() in _COINS or ((ticker or "") in _COIN_TICKERS and not secure):
        return "crypto"
    if _OPTION_NAME.search(name) and (_STRIKE.search(name) or parse_date(name)):
        return "option"
    kind = _first(_NAME_RULES, name)
    if kind is None and line.text("maturity") and line.text("coupon"):
        return "bond"
    return kind


def _worth_one(line: Line) -> bool:
    """Say whether a line is worth its quantity, as money is."""
    value, quantity = line.number("value"), line.number("quantity")
    if value is None or not quantity:
        return False
    return abs(value / quantity - 1) < 1e-4


def cash_currency(name: str, ticker: str | None) -> str | None:
    """Give the currency of a cash line that is named after it, or None.

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
        ``expiry``; ``coupon`` as written and ``maturity``; dates as ISO texts.
    """
    terms: dict[str, str | float] = {}
    maturity = parse_date(line.cells.get("maturity"))
    if kind == "bond":
        coupon = line.number("coupon")
        if coupon is not None:
            terms["coupon"] = coupon
        if maturity:
            terms["maturity"] = maturity.isoformat()
    elif kind in {"option", "future", "fx_forward"} and maturity:
        terms["expiry"] = maturity.isoformat()
    if kind == "option":
        terms |= _option_terms(line, name, ticker)
    return terms


def _option_terms(line: Line, name: str, ticker: str | None) -> dict[str, str | float]:
    code = _OPTION_CODE.fullmatch(ticker or "") or _OPTION_CODE.search(name)
    if code:
        day = parse_date("20" + code[2])
        return {
            "underlying": code[1],
            **({"expiry": day.isoformat()} if day else {}),
            "right": "call" if code[3] == "C" else "put",
            "strike": float(code[4]) / (1000 if len(code[4]) == 8 else 1),
        }
    terms: dict[str, str | float] = {}
    words = " ".join(t for r in ("right", "asset_class") if (t := line.text(r)))
    right = _OPTION_NAME.search(f"{words} {name}")
    if right:
        terms["right"] = right[1].lower()
    elif words[:1].upper() in {"C", "P"}:
        terms["right"] = "call" if words[0].upper() == "C" else "put"
    strike = line.number("strike")
    found = _STRIKE.search(name)
    if strike is None and found:
        digits = next(g for g in found.groups() if g)
        strike = float(digits.replace(",", "."))
    if strike is not None:
        terms["strike"] = strike
    day = parse_date(name)
    if day:
        terms["expiry"] = day.isoformat()
    return terms
