"""Which market leg a listing belongs to: exchanges and currencies by region."""

from __future__ import annotations

US_EXCHANGES = frozenset({"XNAS", "XNYS", "ARCX", "XASE", "BATS", "XNGS", "OTCM"})

# Venues of one country that list the same lines under the same tickers.
_ONE_PLACE = (
    US_EXCHANGES | {"XNGS", "XNCM", "XNMS", "XOTC", "OOTC"},
    frozenset("XETR XFRA XSTU XMUN XDUS XBER XHAM XHAN XGAT TGAT".split()),
    frozenset({"XLON", "AIMX"}),
    frozenset({"XKRX", "XKOS"}),
    frozenset({"XTAI", "ROCO"}),
    frozenset({"XMIL", "MTAA", "ETFP"}),
    frozenset({"XSWX", "XVTX"}),
    frozenset({"XTSE", "XTSX", "NEOE"}),
    frozenset({"XNSE", "XBOM"}),
    frozenset({"XTKS", "XOSE"}),
)

_EXCHANGES = {
    "US": US_EXCHANGES,
    "Europe": frozenset(
        "XETR XFRA XPAR XAMS XBRU XLIS XMIL XMAD XSTO XCSE XHEL XOSL XSWX XVTX XLON "
        "XWBO XDUB XWAR XATH XPRA XBUD XLUX".split()
    ),
    "Japan": frozenset({"XTKS", "XOSE"}),
    "Asia ex-Japan": frozenset(
        "XTAI ROCO XKRX XKOS XHKG XSHG XSHE XSES XASX XNSE XBOM XNZE XIDX XBKK".split()
    ),
}
_CURRENCIES = {
    "US": frozenset({"USD"}),
    "Europe": frozenset("EUR GBP GBX CHF SEK NOK DKK PLN CZK HUF ISK RON TRY".split()),
    "Japan": frozenset({"JPY"}),
    "Asia ex-Japan": frozenset(
        "TWD KRW HKD CNY CNH SGD AUD NZD INR IDR THB MYR PHP".split()
    ),
}
OTHER = "Other"


def region_of(mic: str | None, currency: str | None) -> str:
    """Return the region of a listing: by its exchange, else by its currency.

    Examples
    --------
    >>> region_of("XPAR", None), region_of(None, "USD"), region_of(None, "BRL")
    ('Europe', 'US', 'Other')
    """
    for region, mics in _EXCHANGES.items():
        if mic in mics:
            return region
    for region, currencies in _CURRENCIES.items():
        if currency in currencies:
            return region
    return OTHER


def currencies_of_region(region: str) -> frozenset[str]:
    """Return the currencies of a region.

    Examples
    --------
    >>> "CHF" in currencies_of_region("Europe")
    True
    """
    return _CURRENCIES.get(region, frozenset())


def same_market(mic_a: str, mic_b: str) -> bool:
    """Whether two exchanges list the same lines under the same tickers.

    American venues are named at random, and so are the German floors.

    Examples
    --------
    >>> same_market("XNYS", "ARCX"), same_market("XETR", "XPAR")
    (True, False)
    """
    return mic_a == mic_b or any(mic_a in p and mic_b in p for p in _ONE_PLACE)
