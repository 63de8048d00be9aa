"""Identifiers of securities, exchanges and currencies: checked, split and named."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from stdnum import cusip, figi, isin
from stdnum.gb import sedol

Scheme = Literal["isin", "cusip", "sedol", "figi"]

CURRENCIES = frozenset(
    (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB "
        "BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK "
        "DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG "
        "HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT "
        "LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR "
        "MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB "
        "RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT "
        "TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF "
        "YER ZAR ZMW ZWG"
    ).split()
)

# Quotations in hundredths of a currency; the lower-case letter is the custom.
_MINOR = {
    "GBX": "GBP",
    "GBp": "GBP",
    "GBPX": "GBP",
    "GBPp": "GBP",
    "PENCE": "GBP",
    "ZAC": "ZAR",
    "ZAc": "ZAR",
    "ILA": "ILS",
    "USX": "USD",
    "USd": "USD",
}

# CNH is the offshore quotation of the yuan and RMB its everyday name.
_CURRENCY_NAMES = {
    "CNH": "CNY",
    "RMB": "CNY",
    "人民币": "CNY",
    "人民幣": "CNY",
    "元": "CNY",
    "円": "JPY",
    "日本円": "JPY",
    "米ドル": "USD",
    "美元": "USD",
    "港币": "HKD",
    "港幣": "HKD",
    "ユーロ": "EUR",
    "欧元": "EUR",
    "원": "KRW",
    "新台幣": "TWD",
    "$": "USD",
    "US$": "USD",
    "US DOLLAR": "USD",
    "U.S. DOLLAR": "USD",
    "US DOLLARS": "USD",
    "UNITED STATES DOLLAR": "USD",
    "DOLLAR": "USD",
    "€": "EUR",
    "EURO": "EUR",
    "EUROS": "EUR",
    "EURO CURRENCY": "EUR",
    "£": "GBP",
    "BRITISH POUND": "GBP",
    "POUND STERLING": "GBP",
    "STERLING": "GBP",
    "UK POUND": "GBP",
    "JAPANESE YEN": "JPY",
    "YEN": "JPY",
    "SWISS FRANC": "CHF",
    "SCHWEIZER FRANKEN": "CHF",
    "CANADIAN DOLLAR": "CAD",
    "AUSTRALIAN DOLLAR": "AUD",
    "NEW ZEALAND DOLLAR": "NZD",
    "HONG KONG DOLLAR": "HKD",
    "HK$": "HKD",
    "SINGAPORE DOLLAR": "SGD",
    "SWEDISH KRONA": "SEK",
    "NORWEGIAN KRONE": "NOK",
    "DANISH KRONE": "DKK",
    "INDIAN RUPEE": "INR",
    "₹": "INR",
    "RS": "INR",
    "SOUTH KOREAN WON": "KRW",
    "TAIWAN DOLLAR": "TWD",
    "NEW TAIWAN DOLLAR": "TWD",
}

_MIC_OF_EXCHANGE = {
    "nasdaq": "XNAS",
    "nasdaqstockmarket": "XNAS",
    "nasdaqgs": "XNAS",
    "nasdaqgm": "XNAS",
    "nasdaqglobalselect": "XNAS",
    "nyse": "XNYS",
    "newyorkstockexchange": "XNYS",
    "newyorkstockexchangeinc": "XNYS",
    "nysearca": "ARCX",
    "nyseamerican": "XASE",
    "nysemktllc": "XASE",
    "cboebzx": "BATS",
    "cboebzxformerlyknownasbats": "BATS",
    "xetra": "XETR",
    "deutscheboersexetra": "XETR",
    "frankfurt": "XFRA",
    "frankfurtstockexchange": "XFRA",
    "stuttgart": "XSTU",
    "tradegate": "XGAT",
    "euronextparis": "XPAR",
    "nyseeuronexteuronextparis": "XPAR",
    "paris": "XPAR",
    "euronextamsterdam": "XAMS",
    "nyseeuronexteuronextamsterdam": "XAMS",
    "euronextbrussels": "XBRU",
    "nyseeuronexteuronextbrussels": "XBRU",
    "euronextlisbon": "XLIS",
    "nyseeuronexteuronextlisbon": "XLIS",
    "euronextdublin": "XDUB",
    "irishstockexchangeallmarket": "XDUB",
    "borsaitaliana": "XMIL",
    "bolsademadrid": "XMAD",
    "sixswissexchange": "XSWX",
    "six": "XSWX",
    "londonstockexchange": "XLON",
    "lse": "XLON",
    "wienerboerseag": "XWBO",
    "nasdaqomxnordic": "XSTO",
    "nasdaqstockholm": "XSTO",
    "omxnordicexchangecopenhagenas": "XCSE",
    "nasdaqcopenhagen": "XCSE",
    "nasdaqomxhelsinkiltd": "XHEL",
    "nasdaqhelsinki": "XHEL",
    "oslobors": "XOSL",
    "osloborsasa": "XOSL",
    "tokyostockexchange": "XTKS",
    "東証": "XTKS",
    "osakasecuritiesexchange": "XOSE",
    "hongkongexchangesandclearingltd": "XHKG",
    "hongkongstockexchange": "XHKG",
    "hkex": "XHKG",
    "singaporeexchange": "XSES",
    "asx": "XASX",
    "asxallmarkets": "XASX",
    "australiansecuritiesexchange": "XASX",
    "newzealandexchangeltd": "XNZE",
    "torontostockexchange": "XTSE",
    "tsx": "XTSE",
    "telavivstockexchange": "XTAE",
    "koreaexchangestockmarket": "XKRX",
    "koreaexchange": "XKRX",
    "taiwanstockexchange": "XTAI",
    "nationalstockexchangeofindia": "XNSE",
    "nse": "XNSE",
    "bse": "XBOM",
    "chicagomercantileexchange": "XCME",
    "eurexdeutschland": "XEUR",
    "eurex": "XEUR",
}


def _pairs(text: str) -> dict[str, str | None]:
    """Split ``PA:XPAR US:`` into a table; nothing after the colon is no exchange."""
    return {k: v or None for k, _, v in (p.partition(":") for p in text.split())}


# Yahoo and Reuters write the exchange after a dot.
_MIC_OF_SUFFIX = _pairs(
    "O:XNAS OQ:XNAS N:XNYS PA:XPAR AS:XAMS BR:XBRU LS:XLIS IR:XDUB DE:XETR F:XFRA "
    "MI:XMIL MC:XMAD SW:XSWX S:XSWX L:XLON VI:XWBO ST:XSTO CO:XCSE HE:XHEL OL:XOSL "
    "T:XTKS HK:XHKG SI:XSES AX:XASX NZ:XNZE TO:XTSE TA:XTAE KS:XKRX KQ:XKOS "
    "TW:XTAI SS:XSHG SZ:XSHE NS:XNSE BO:XBOM SA:BVMF US:"
)

# Bloomberg writes it after a blank; US is a composite of several exchanges.
_MIC_OF_BLOOMBERG = _pairs(
    "US: UW:XNAS UQ:XNAS UR:XNAS UN:XNYS UP:ARCX UA:XASE FP:XPAR NA:XAMS BB:XBRU "
    "PL:XLIS ID:XDUB GY:XETR GR:XETR IM:XMIL SM:XMAD SW:XSWX SE:XSWX LN:XLON "
    "AV:XWBO SS:XSTO DC:XCSE FH:XHEL NO:XOSL JP:XTKS JT:XTKS HK:XHKG SP:XSES "
    "AU:XASX AT:XASX NZ:XNZE CN:XTSE CT:XTSE IT:XTAE KS:XKRX KP:XKRX TT:XTAI "
    "CH:XSHG"
)

# Google writes it before a colon.
_MIC_OF_PREFIX = _pairs(
    "ETR:XETR FRA:XFRA LON:XLON EPA:XPAR AMS:XAMS EBR:XBRU BIT:XMIL BME:XMAD SWX:XSWX "
    "VTX:XSWX STO:XSTO CPH:XCSE HEL:XHEL TYO:XTKS HKG:XHKG SGX:XSES KRX:XKRX TPE:XTAI "
    "NYSEARCA:ARCX NYSEAMERICAN:XASE US: OTCMKTS:"
)

_YELLOW_KEY = re.compile(r"\s+(equity|index|comdty|curncy|corp)$", re.IGNORECASE)

# A FIGI never starts as the ISINs of these islands do, whose CINS begin with G.
_NOT_FIGI = r"(?!BS|BM|GG|GB|GH|KY|VG)"
_SHAPES: tuple[tuple[Scheme, re.Pattern[str]], ...] = (
    ("figi", re.compile(_NOT_FIGI + r"[B-DF-HJ-NP-TV-Z]{2}G[B-DF-HJ-NP-TV-Z0-9]{8}\d")),
    ("isin", re.compile(r"[A-Z]{2}[A-Z0-9]{9}\d")),
    ("cusip", re.compile(r"[A-Z0-9]{4}[A-Z0-9*@#]{4}\d")),
    ("sedol", re.compile(r"[B-DF-HJ-NP-TV-Z0-9]{6}\d")),
)
_CHECKS = {"isin": isin, "cusip": cusip, "sedol": sedol, "figi": figi}


def has_shape(text: str, scheme: Scheme) -> bool:
    """Say whether a text is built like an identifier, its check digit aside.

    Parameters
    ----------
    text : str
        Identifier in capitals without blanks.
    scheme : {"isin", "cusip", "sedol", "figi"}
        Numbering scheme.

    Examples
    --------
    >>> has_shape("US0378331009", "isin")
    True
    """
    return any(s == scheme and shape.fullmatch(text) for s, shape in _SHAPES)


@lru_cache(maxsize=65_536)
def is_valid(text: str, scheme: Scheme) -> bool:
    """Say whether a text is an identifier of a scheme with the right check digit.

    Parameters
    ----------
    text : str
        Identifier in capitals without blanks.
    scheme : {"isin", "cusip", "sedol", "figi"}
        Numbering scheme.

    Examples
    --------
    >>> is_valid("US0378331005", "isin"), is_valid("US0378331009", "isin")
    (True, False)
    """
    return has_shape(text, scheme) and bool(_CHECKS[scheme].is_valid(text))


@lru_cache(maxsize=65_536)
def scheme_of(text: str) -> Scheme | None:
    """Recognise an ISIN, CUSIP, SEDOL or FIGI by its shape and check digit.

    Parameters
    ----------
    text : str
        Identifier in capitals without blanks.

    Examples
    --------
    >>> scheme_of("037833100"), scheme_of("AAPL")
    ('cusip', None)
    """
    for scheme, _ in _SHAPES:
        if is_valid(text, scheme):
            return scheme
    return None


def restore_zeros(digits: str, scheme: Scheme) -> str | None:
    """Give back leading zeros that a number cell lost, if the check digit then holds.

    Parameters
    ----------
    digits : str
        Digits as they were found.
    scheme : {"cusip", "sedol"}
        Numbering scheme of nine or seven characters.

    Examples
    --------
    >>> restore_zeros("37833100", "cusip")
    '037833100'
    """
    length = {"cusip": 9, "sedol": 7}.get(scheme, 0)
    if not digits.isdigit() or not length - 4 <= len(digits) <= length:
        return None
    filled = digits.zfill(length)
    return filled if is_valid(filled, scheme) else None


def split_ticker(text: str) -> tuple[str, str | None]:
    """Split a ticker from the exchange that Bloomberg, Reuters or Yahoo append.

    Parameters
    ----------
    text : str
        Ticker as written.

    Returns
    -------
    tuple of str and (str or None)
        Bare ticker and the exchange's MIC, where the text names one.

    Examples
    --------
    >>> split_ticker("NVDA UW Equity"), split_ticker("7203.T"), split_ticker("BRK.B")
    (('NVDA', 'XNAS'), ('7203', 'XTKS'), ('BRK.B', None))
    """
    bare = _YELLOW_KEY.sub("", text.strip())
    head, _, tail = bare.rpartition(" ")
    if head and " " not in head and tail.upper() in _MIC_OF_BLOOMBERG:
        return head, _MIC_OF_BLOOMBERG[tail.upper()]
    head, _, tail = bare.partition(":")
    if head and tail and not re.search(r"[\s:]", head + tail):
        return _split_at_colon(head, tail) or (bare, None)
    head, _, tail = bare.rpartition(".")
    if head and tail in _MIC_OF_SUFFIX:
        return head, _MIC_OF_SUFFIX[tail]
    return bare, None


def _split_at_colon(head: str, tail: str) -> tuple[str, str | None] | None:
    """Split ``XETR:NVD`` or ``NVDA:US``; None if neither side is an exchange."""
    first, last = head.upper(), tail.upper()
    if first in _MIC_OF_PREFIX:
        return tail, _MIC_OF_PREFIX[first]
    if mic := exchange_mic(first):
        return tail, mic
    if last in _MIC_OF_BLOOMBERG:
        return head, _MIC_OF_BLOOMBERG[last]
    mic = exchange_mic(last)
    return (head, mic) if mic else None


def ticker_key(ticker: str) -> str:
    """Spell a ticker so that ``BRK.B``, ``BRK-B``, ``BRK/B`` and ``brk b`` agree.

    London pads its two-letter tickers with a dot, which goes: ``BP.`` is ``BP``.

    Parameters
    ----------
    ticker : str
        Bare ticker.

    Examples
    --------
    >>> ticker_key("brk-b")
    'BRK.B'
    """
    return re.sub(r"[\s/.\-]+", ".", ticker.strip().upper()).strip(".")


def exchange_mic(name: str) -> str | None:
    """Give the MIC of an exchange by its name, or None if it is not known.

    Parameters
    ----------
    name : str
        Name or MIC as written in a file.

    Examples
    --------
    >>> exchange_mic("New York Stock Exchange Inc.")
    'XNYS'
    """
    if name in _MIC_OF_EXCHANGE.values():
        return name
    return _MIC_OF_EXCHANGE.get(re.sub(r"[\W_]+", "", name.casefold()))


@lru_cache(maxsize=4_096)
def currency_of(text: str) -> tuple[str, float] | None:
    """Recognise a currency by code, symbol or name, with the unit it is quoted in.

    Parameters
    ----------
    text : str
        Code, symbol or name.

    Returns
    -------
    tuple of str and float, or None
        ISO 4217 code and currency units per unit of the text (pence: 0.01).

    Examples
    --------
    >>> currency_of("usd"), currency_of("GBX"), currency_of("Euro"), currency_of("XX")
    (('USD', 1.0), ('GBP', 0.01), ('EUR', 1.0), None)
    """
    bare = text.strip()
    for spelling in (bare, bare.upper()):
        if spelling in _MINOR:
            return _MINOR[spelling], 0.01
    code = _CURRENCY_NAMES.get(bare.upper(), bare.upper())
    return (code, 1.0) if code in CURRENCIES else None
