"""Headers of holdings files: what a column is, by the many names it goes by."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from stresskit.readers.dates import find_date, period_of
from stresskit.readers.holdings.units import Unit, split_unit

IDENTIFIERS = ("isin", "cusip", "sedol", "figi", "identifier", "ticker")
NAMES = ("name", "code_name")
VALUES = ("value", "local_value")
AMOUNTS = (*VALUES, "weight", "quantity")
SCALED = (
    *(*VALUES, "quantity", "price", "notional", "unrealized", "stated_total"),
    "currency",
)
NUMBERS = (
    *(*AMOUNTS, "price", "notional", "unrealized", "stated_total", "coupon"),
    *("strike", "contract_size", "delta", "implied_vol", "underlying_price"),
    *("duration", "spread_duration", "yield_to_maturity"),
    *("conversion_ratio", "bond_floor"),
)

_SPELLINGS: dict[str, tuple[str, ...]] = {
    "isin": ("isin", "isin code", "isin-code", "isin number", "isin no", "isin nr"),
    "cusip": ("cusip", "cusip #", "cusip number", "cusip no", "cusip id"),
    "sedol": ("sedol", "sedol code"),
    "figi": ("figi", "composite figi", "bbgid", "openfigi"),
    "ticker": (
        *("ticker", "symbol", "holding ticker", "holdingsticker", "ticker symbol"),
        *("symbole", "símbolo", "simbolo", "bloomberg ticker", "bloomberg", "ric"),
        *(
            "bbg ticker",
            "security ticker",
            "stock symbol",
            "kürzel",
            "mnemo",
            "tickers",
        ),
        *(
            "銘柄コード",
            "证券代码",
            "股票代码",
            "基金代码",
            "代码",
            "股票代號",
            "股票代碼",
            "證券代號",
            "代號",
            "종목코드",
            "コード",
            "証券コード",
            "code",
            "stock code",
            "epic",
            "stock ticker",
            "stockticker",
            "emittententicker",
            "emittenten-ticker",
            "código de negociação",
            "kortnamn",
            "銘柄コード・ティッカー",
            "security symbol",
            "bb ticker",
        ),
    ),
    "identifier": (
        *("identifier", "security identifier", "security id", "securitynum", "id"),
        *(
            "security #",
            "ext sec id",
            "sec id",
            "security number",
            "symbool/isin",
            "symbol/isin",
            "valor",
        ),
        *(
            "wkn",
            "valoren",
            "valorennummer",
            "valoren-nummer",
            "isin/wkn",
            "kenn-nummer",
            "wertpapierkennnummer",
        ),
        *("instrument id", "security code", "asset id", "identifiant", "wkn/isin"),
        *("symbol/cusip", "identification code", "kennung", "instrument code"),
    ),
    "code_name": ("銘柄(コード)", "銘柄(コード・名称)", "銘柄コード・名称"),
    "name": (
        *("name", "company", "company name", "description", "investment name"),
        *("name of the instrument", "product", "bezeichnung", "wertpapiername"),
        *("security description", "security name", "security", "nameofissuer"),
        *("title", "name of the instrument / issuer", "holding", "holdings", "stock"),
        *("company/issuer/instrument name", "instrument", "instrument name", "issuer"),
        *("name of issuer", "issuer name", "asset", "asset name", "investment"),
        *(
            "wertpapier",
            "titel",
            "emittent",
            "wertpapierbezeichnung",
            "titelbezeichnung",
        ),
        *("libellé", "libelle", "nom", "valeur", "désignation", "designation"),
        *("produit", "produkt", "naam", "omschrijving", "fonds", "effect"),
        *("nombre", "descripción", "valor mobiliario", "activo", "nome", "titolo"),
        *("descrizione", "strumento", "denominazione", "denominación", "position"),
        *("銘柄", "銘柄名", "ファンド名", "名称", "holding name", "stock name"),
        *("证券名称", "股票名称", "基金名称", "名稱", "股票名稱", "證券名稱", "종목명"),
        *("financial instrument", "instrument description", "instrument title", "namn"),
        *("security/description", "reference asset", "short name", "issue", "coin"),
        *("desc instmt", "sec name", "issuer title", "värdepapper", "produto", "ativo"),
        *("종목명", "instrumento", "nazwa", "security long name", "security desc"),
        *("contract", "fund"),
        *("issuer/security", "constituent", "constituent name", "position name"),
    ),
    "quantity": (
        *("quantity", "shares", "shares held", "shares/par value", "qty", "units"),
        *("quantity available", "sshprnamt", "shrs or prn amt", "balance", "nominal"),
        *("number of shares", "no of shares", "units held", "par value", "par"),
        *("shares or principal amount", "holding quantity", "contracts", "lots"),
        *("shares/par", "face value", "principal amount", "position size", "amount"),
        *("stk./nominale", "stück/nom.", "stück", "stueck", "anzahl", "menge"),
        *("nominale", "bestand", "stück/nominal", "stück/nominale", "anteile"),
        *("antal", "volym", "quantidade", "cur face", "qty sod", "qty eod", "보유수량"),
        *(
            "current face",
            "position qty",
            "수량",
            "nominal amount",
            "数量(股)",
            "liczba",
        ),
        *("quantité", "quantite", "nombre de titres", "nombre de parts", "qté"),
        *("aantal", "cantidad", "títulos", "titulos", "participaciones"),
        *(
            "quantità",
            "quantita",
            "q.tà",
            "数量",
            "保有数量",
            "口数",
            "保有口数",
            "残高数量",
            "保有株数",
            "证券数量",
            "持仓数量",
            "持有数量",
            "股票余额",
            "當前數量",
            "股數",
            "株数",
            "par amount",
        ),
        *(
            "total shares",
            "shares owned",
            "nominal value",
            "quantity/par",
            "units/shares",
        ),
    ),
    "price": (
        *("price", "last", "share price", "last price", "close price", "close"),
        *("previous closing price", "current price", "market price", "unit price"),
        *(
            "closing price",
            "mark price",
            "local price",
            "last trade",
            "price local",
            "price/share",
            "px last",
            "px",
            "px_last",
            "last px",
        ),
        *(
            "mkt price",
            "senast",
            "preço de fechamento",
            "현재가",
            "mkt prc",
            "unit value",
        ),
        *("kurs", "akt. kurs", "aktueller kurs", "preis", "schlusskurs", "marktpreis"),
        *("cours", "dernier cours", "prix", "lastprice", "slotkoers", "koers"),
        *(
            "precio",
            "cotización",
            "último precio",
            "prezzo",
            "prezzo di mercato",
            "p.zo di mercato",
            "prezzo mercato",
        ),
        *(
            "現在値",
            "基準価額",
            "参考市价",
            "市价",
            "最新价",
            "現價",
            "時価単価",
            "株価",
            "mark",
            "quote",
            "nav price",
        ),
    ),
    "value": (
        *("market value", "marketvalue", "value", "total value", "current value"),
        *("mkt value", "mkt val", "market val", "mv", "fair value", "valuation"),
        *("market/fair value", "exposure/market value", "base market value"),
        *("market value base", "position value", "holding value", "valusd"),
        *("total market value", "balance value", "equity value", "amount invested"),
        *("value base", "market valuation", "current market value", "net value"),
        *("wert", "aktueller wert", "marktwert", "kurswert", "gesamtwert", "bewertung"),
        *("depotwert", "gegenwert", "valorisation", "valeur de marché", "montant"),
        *("valeur boursière", "valeur totale", "évaluation", "waarde", "marktwaarde"),
        *("valor", "valor de mercado", "valor efectivo", "valoración", "valor actual"),
        *(
            "controvalore",
            "valore",
            "valore di mercato",
            "評価額",
            "時価評価額",
            "参考市值",
            "市值",
            "最新市值",
            "市場價值",
            "評価金額",
            "時価",
        ),
        *("totale waarde", "huidige waarde", "net liquidity", "market value total"),
        *("base value", "valuation base", "valuation (base)", "base", "currency value"),
        *("adjusted value", "marknadsvärde", "värde", "valor atualizado", "평가금액"),
        *("mkt val sod", "mkt value base", "mkt value", "market val base", "公允价值"),
        *("net liq", "netliq", "market value pc", "ending market value", "mv base"),
        *("valuation amount", "valeur estimée", "valor total", "wartość", "mtm base"),
    ),
    "local_value": (
        *("lokale waarde", "local value", "local market value", "market value local"),
        *("lokaler wert", "marktwert lokal", "valeur locale", "value local"),
        *("market value (local)", "market value in local currency", "wert lokal"),
        *("market value (local currency)", "value (local)", "local mv", "local"),
        *("valuation local", "valuation (local)", "local valuation", "mv local"),
        *("mkt val local", "mv (local)", "local market val", "market val local"),
    ),
    "weight": (
        *("weight", "weights", "wgt", "index weight", "portfolio weight", "pctval"),
        *("% of account", "percent of portfolio", "percent of account", "% to nav"),
        *("% to aum", "% to net assets", "% of net assets", "% of portfolio", "%"),
        *("% of fund", "% nav", "% of nav", "% weight", "weighting", "weightings"),
        *("% of total", "allocation", "% portfolio", "% assets", "% of assets"),
        *("percentage", "percent", "% mkt value", "% of market value", "portfolio %"),
        *("percentage of fund", "fund weight", "net assets", "valuation weight"),
        *("target weight", "portfolio weighting", "portfolio weighting %", "wgt (p)"),
        *(
            "占基金资产净值比例",
            "占净值比例",
            "holdingspercent",
            "holdings percent",
            "pct nav",
        ),
        *(
            "ending weight",
            "port. ending weight",
            "model weight",
            "vikt",
            "udział",
            "比例",
        ),
        *("gewicht", "gewichtung", "anteil", "anteil in %", "poids", "pondération"),
        *(
            "gewicht in %",
            "% depot",
            "anteil %",
            "gewicht %",
            "% s/total",
            "% sobre total",
            "weging",
            "wegingspercentage",
            "peso",
            "% peso",
        ),
        *("peso %", "% del patrimonio", "ponderación", "構成比", "比率", "組入比率"),
    ),
    "currency": (
        *("currency", "market currency", "local currency", "curcd", "ccy", "curr"),
        *("currency code", "trading currency", "price currency", "security currency"),
        *("currency local", "quotation currency", "asset currency", "crncy", "cur"),
        *("währung", "waehrung", "whg", "whg.", "devise", "monnaie", "valuta", "munt"),
        *(
            "divisa",
            "moneda",
            "通貨",
            "币种",
            "幣別",
            "货币",
            "통화",
            "currency (local)",
            "local ccy",
            "kurswährung",
        ),
    ),
    "base_currency": (
        *("base currency", "portfolio currency", "fund currency", "account currency"),
        *("reporting currency", "fondswährung", "depotwährung", "base ccy"),
        *("reference currency", "referenzwährung", "devise du portefeuille"),
    ),
    "asset_class": (
        *("asset class", "class of shares", "security type", "kategorie", "type"),
        *("asset category", "titleofclass", "assetcat", "asset type"),
        *("instrument type", "assetclass", "class", "typ", "anlageklasse", "category"),
        *(
            "sm sec type",
            "sec typ cd",
            "gattung",
            "assetclass",
            "asset sub class",
            "tipo",
        ),
        *("security sub type", "instrument category", "asset sub-class"),
        *("classe d'actifs", "catégorie", "clase de activo", "tipo", "asset group"),
        *("beleggingscategorie", "soort", "wertpapierart", "gattungsart", "種別"),
        *("investment type", "product type", "sec type", "holding type", "sectype"),
        *("wertpapiertyp", "anlagetyp", "type d'actif", "classe di attività"),
    ),
    "sector": (
        *("sector", "gics sector", "industry / rating", "industry", "branche"),
        *("sektor", "secteur", "settore", "sektoren", "industry group", "業種"),
        *("gics", "economic sector", "sector name", "industry/rating"),
    ),
    "country": (
        *(
            "location",
            "country",
            "standort",
            "country of risk",
            "country of incorporation",
        ),
        *("land", "pays", "país", "paese", "issuer country", "domicile", "invcountry"),
    ),
    "exchange": (
        *(
            "exchange",
            "market",
            "börse",
            "交易所名称",
            "交易市场",
            "市场",
            "boerse",
            "handelsplatz",
            "listing",
        ),
        *("stock exchange", "place de cotation", "beurs", "bolsa", "mercato", "市場"),
        *("listing exchange", "primary exchange", "marché", "mercado", "mic"),
    ),
    "account": (
        *("account number", "account #", "account", "depot", "konto", "account no"),
        *("account registration", "account nickname", "account name", "compte"),
        *("portfolio", "portfolio name", "portfolio id", "rekening", "cuenta"),
        *("conto", "depotnummer", "口座", "account id", "kontonummer", "book"),
        *("portfolio code", "trading book", "sub account", "sub-account", "mandate"),
    ),
    "side": (
        *("side", "long/short", "l/s", "direction", "position type", "payoffprofile"),
        *("long short", "buy/sell", "position side", "ls", "richtung", "sens"),
        *("long / short", "long or short"),
    ),
    "date": (
        *("date", "as of date", "as of", "valuation date", "holdings date", "datum"),
        *("position date", "as-of date", "report date", "reporting date", "stichtag"),
        *(
            "price date",
            "reportdate",
            "effective date",
            "asofdate",
            "bewertungstag",
            "fecha",
            "data",
        ),
        *("bewertungsdatum", "kursdatum", "基準日", "effectivedate", "period end"),
    ),
    "notional": (
        *(
            "notional value",
            "notional",
            "exposure",
            "notional exposure",
            "base exposure",
        ),
        *(
            "nominalwert",
            "exposure value (notional + g/l)",
            "exposure (eur)",
            "exposure eur",
        ),
        *("notional amount", "delta exposure", "exposure value", "base exposure"),
    ),
    "coupon": ("coupon", "coupon rate", "coupon (%)", "kupon", "interest rate", "zins"),
    "maturity": (
        *("maturity", "maturity date", "fälligkeit", "échéance", "vencimiento"),
        *("scadenza", "looptijd", "expiry", "expiration", "expiry date"),
        *("expiration date", "laufzeit", "endfälligkeit", "満期日"),
    ),
    "strike": ("strike", "strike price", "basispreis", "exercise price"),
    "contract_size": (
        *("multiplier", "contract size", "contract multiplier", "point value"),
        *("kontraktgröße", "kontraktgrösse", "multiplikator", "taille du contrat"),
        *("contract value per point", "trade unit", "mult"),
    ),
    "right": ("put/call", "call/put", "option type", "putcall", "right", "c/p", "p/c"),
    "unrealized": (
        *("unrealized gain/loss", "unrealised gain/loss", "unrealized p&l", "mtm"),
        *(
            "unrealised p&l",
            "mark to market",
            "unrealized appreciation",
            "mark-to-market",
        ),
        *("unrealized appreciation/depreciation", "unrealised appreciation"),
        *(
            "unrealized appreciation (depreciation)",
            "unrealised gain",
            "unrealized gain",
        ),
        *("unrealisierter gewinn/verlust", "plus/moins-value latente"),
    ),
    "underlying": (
        *("underlying", "underlying symbol", "underlying ticker", "basiswert"),
        *("underlying security", "sous-jacent"),
    ),
    "delta": ("delta", "option delta"),
    "implied_vol": (
        *("implied volatility", "implied vol", "implied vol.", "impl. vol", "iv"),
        *("implizite volatilität", "volatilité implicite", "volatility (implied)"),
    ),
    "underlying_price": (
        *(
            "underlying price",
            "spot",
            "spot price",
            "underlying last",
            "kurs basiswert",
        ),
        *("price of underlying", "cours du sous-jacent"),
    ),
    "duration": (
        *("duration", "modified duration", "mod. duration", "effective duration"),
        *("mod duration", "mod dur", "eff. duration", "eff dur", "duration (modified)"),
        *("modifizierte duration", "duration mod.", "duration modifiée", "sensibilité"),
        *(
            "duración modificada",
            "durata modificata",
            "oad",
            "option adjusted duration",
        ),
    ),
    "spread_duration": (
        *("spread duration", "credit duration", "credit spread duration", "oasd"),
        *("spreadduration", "credit sensitivity"),
    ),
    "yield_to_maturity": (
        *(
            "ytm",
            "yield to maturity",
            "yield to worst",
            "ytw",
            "ytm (%)",
            "yield to mat",
        ),
        *("verfallrendite", "rendite auf verfall", "rendement à l'échéance"),
        *("yield to maturity (%)", "ytw (%)", "yield to worst (%)"),
    ),
    "rating": (
        *("rating", "credit rating", "s&p rating", "rating s&p", "bonität"),
        *("composite rating", "sp rating", "issue rating", "note de crédit"),
    ),
    "conversion_ratio": ("conversion ratio", "wandlungsverhältnis"),
    "bond_floor": ("bond floor", "investment value", "bondfloor"),
    "detail": ("levelofdetail", "level of detail"),
    "fund": ("fund ticker", "etf ticker", "fund name"),
}

# The tripartite template numbers its fields and every producer words them anew.
_TPT = {
    "1": "account",
    "3": "portfolio_name",
    "4": "base_currency",
    "5": "stated_total",
    "6": "date",
    "12": "asset_class",
    "14": "identifier",
    "15": "id_type",
    "17": "name",
    "18": "quantity",
    "21": "currency",
    "22": "local_value",
    "24": "value",
    "26": "weight",
    "28": "notional",
    "33": "coupon",
    "39": "maturity",
    "52": "country",
    "60": "right",
    "61": "strike",
    "68": "underlying",
    "72": "underlying_price",
    "90": "duration",
    "92": "spread_duration",
    "93": "delta",
}

ROLES = (
    *(r for r in _SPELLINGS if r not in {"unrealized", "detail"}),
    *("value_currency", "stated_total", "portfolio_name", "id_type", "other_name"),
)

_ROLE_OF = {s: role for role, group in _SPELLINGS.items() for s in group}
_RANK_OF = {s: i for group in _SPELLINGS.values() for i, s in enumerate(group)}
_UNRANKED = 1000
_NOT_AMOUNTS = re.compile(
    r"cost|book|gain|loss|unreali[sz]ed|reali[sz]ed|p&l|pnl|profit|52 week|change|"
    r"einstand|kauf|gewinn|verlust|income|dividend|yield|target|accrued|day|ytd|"
    r"level|hierarchy|損益|取得|average|avg|previous value|purchase|acquisition|achat|"
    r"aankoop|invested"
)
_WEIGHT = re.compile(
    r"(%|percent|percentage|pct|prozent)( ?(of|to|des|am|du|de|del|van))? .*"
    r"(nav|aum|net assets|portfolio|account|fund|total|assets|portfolios?|fonds|"
    r"vermögens?|depots?|actif|portefeuille|index|market value)"
)
_VALUE = re.compile(
    r"\b(market value|fair value|marktwert|kurswert|market valuation|"
    r"valeur de marché)\b"
)
_CODE = re.compile(r"\b(isin|cusip|sedol|wkn|valoren|kenn-?nummer)s?\b")
_ANOTHER = re.compile(
    r"\b(fund|etf|share ?class|index|benchmark|portfolio|underlying|parent|old|"
    r"previous|basiswert|fonds|issuer|account)\b"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_DATE_WORDS = r"(?:\b(?:as of|as at|as on|per|zum|am|vom|au|at|al|on|stand)|\(|-)"


@dataclass(frozen=True)
class Header:
    """What a header says: the column's role, its scale, currency and percent sign.

    Of two columns with one role the lower ``rank`` is the usual name for it;
    ``day`` is the date that the header names, ``period`` its month from year 0.
    """

    role: str
    scale: float = 1.0
    currency: str | None = None
    percent: bool = False
    text: str = ""
    fraction: bool = False
    rank: int = _UNRANKED
    day: dt.date | None = None
    period: int = 0


@lru_cache(maxsize=4096)
def read_header(text: str) -> Header | None:
    """Recognise a column by its header, or None if the header is not known.

    Parameters
    ----------
    text : str
        Header as written.

    Examples
    --------
    >>> read_header("Wert in EUR").role, read_header("Wert in EUR").currency
    ('value', 'EUR')
    >>> read_header("Gain/Loss $") is None
    True
    """
    plain = _plain(text)
    if not plain or len(plain) > 90:
        return None
    numbered = re.match(r"(\d{1,3})_\s*[a-z]", plain)
    if numbered:
        role = _TPT.get(numbered[1])
        return Header(role, text=text, fraction=role == "weight") if role else None
    plain = plain.replace("_", " ")
    percent = re.search(r"%|percent|pct", plain) is not None
    full, day = plain, None
    if any(c.isdigit() for c in plain):
        plain, day = _without_date(plain)
    bare, unit = split_unit(plain)
    role = _role_of(text, plain, bare, unit)
    if role is None:
        return None
    if day is not None and role not in (*AMOUNTS, "price"):
        # A title such as "Holdings as of 7 Feb 2025" heads no column.
        plain, day = full, None
        role = _ROLE_OF.get(plain)
        if role is None:
            return None
    currency = "USD" if plain in {"valusd", "currency value"} else unit.currency
    if role not in SCALED:
        # The (p) of a weight is that of the portfolio, not of pence.
        currency = None
    rank = _RANK_OF.get(plain, _RANK_OF.get(bare, _UNRANKED))
    scale = 1.0 if role not in SCALED else unit.scale
    return Header(
        role,
        scale,
        currency,
        percent,
        text,
        rank=rank,
        day=day,
        period=period_of(full, day),
    )


def _role_of(text: str, plain: str, bare: str, unit: Unit) -> str | None:
    """Name the role of a header by its words, whole or without its unit."""
    role = _ROLE_OF.get(plain) or _ROLE_OF.get(bare)
    role = role or _ROLE_OF.get(_plain(_CAMEL.sub(" ", text)))
    role = role or _by_parts(bare) or _by_words(plain)
    if role == "unrealized" and re.search(r"%|percent|pct|day|ytd", plain):
        return None
    if bare == "valeur" and unit.currency:
        # In French a security, unless it is in a currency.
        return "value"
    if role == "value" and re.search(r"\blocal\b|\blokal", plain):
        return "local_value"
    return role


def _plain(text: str) -> str:
    """Give a header in small letters with single blanks."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return plain.replace("\ufeff", "").strip(" :*")


def _without_date(plain: str) -> tuple[str, dt.date | None]:
    """Split ``market value 31.12.2024`` into the words and the date."""
    found = find_date(plain)
    if found is None:
        return plain, None
    day, start, stop = found
    head = re.sub(rf"\s*{_DATE_WORDS}*\s*$", "", plain[:start])
    rest = f"{head} {plain[stop:].lstrip(') ')}".strip(" ,:-")
    return (rest, day) if rest else (plain, None)


def is_no_amount(text: str) -> bool:
    """Say whether a header is of what looks like a value and is none, such as a cost.

    Parameters
    ----------
    text : str
        Header as written.

    Examples
    --------
    >>> is_no_amount("Cost Basis"), is_no_amount("Betrag")
    (True, False)
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return _NOT_AMOUNTS.search(plain) is not None


def names_another(plain: str) -> bool:
    """Say whether a header is about the fund or an underlying, not the security.

    Parameters
    ----------
    plain : str
        Header in small letters.

    Examples
    --------
    >>> names_another("fund isin"), names_another("code isin")
    (True, False)
    """
    return _ANOTHER.search(plain) is not None


def _by_parts(bare: str) -> str | None:
    """Recognise ``Nominal / Shares``: two names of one and the same thing."""
    parts = [p.strip() for p in re.split(r"[/|]| or | oder | ou ", bare)]
    roles = {_ROLE_OF.get(p) for p in parts}
    return roles.pop() if len(parts) > 1 and len(roles) == 1 else None


def _by_words(plain: str) -> str | None:
    """Recognise a value or weight in a longer header by its words."""
    if _NOT_AMOUNTS.search(plain):
        return None
    if _WEIGHT.search(plain):
        return "weight"
    if _VALUE.search(plain):
        return "value"
    # Code ISIN, Codes ISIN, Valoren-Nr. / ISIN and the like.
    code = None if names_another(plain) else _CODE.search(plain)
    if len(plain) <= 40 and code:
        return code[1] if code[1] in {"isin", "cusip", "sedol"} else "identifier"
    return None
