"""A value chain small enough to work out by hand, and ways to place positions in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest

import stresskit
from stresskit.mappers.context import MappingContext
from stresskit.model import (
    Evidence,
    Exposures,
    Factor,
    Fund,
    Group,
    Identifiers,
    IndexFuture,
    MarketLeg,
    OtherLine,
    Portfolio,
    Position,
    SectorLabel,
    Security,
    Segment,
    Shock,
    ValueChain,
)

DAY = dt.date(2025, 1, 27)
SEGMENTS = (
    ("CHIPS", "MAKERS", None),
    ("POWER", "MAKERS", None),
    ("ROM_35", "REST", "Health Care"),
    ("ROM_45", "REST", "Information Technology"),
    ("ROM_55", "REST", "Utilities"),
)
# shock, beta, beta_sd, residual_sd, what a typical member does
FIGURES = {
    "CHIPS": (-0.15, 1.4, 0.30, 0.03, {"CHIPS": 0.8, "ROM_45": 0.2}),
    "POWER": (-0.20, 0.8, 0.20, 0.02, {"POWER": 1.0}),
    "ROM_35": (0.01, 0.6, 0.15, 0.01, {"ROM_35": 1.0}),
    "ROM_45": (-0.02, 1.0, 0.25, 0.015, {"ROM_45": 1.0}),
    "ROM_55": (0.02, 0.4, 0.10, 0.01, {"ROM_55": 1.0}),
}


def _security(
    key: str, name: str, country: str, currency: str, isin: str | None, **of: float
) -> Security:
    ticker, mic = key.split(":")
    return Security(
        ticker=ticker,
        mic=mic,
        name=name,
        country=country,
        currency=currency,
        isin=isin,
        gics_sector="Information Technology",
        segments=of,
        basis="annual report",
        as_of=DAY,
    )


def _fund(key: str, name: str, **changes: object) -> Fund:
    ticker, mic = key.split(":")
    given: dict[str, object] = {
        "ticker": ticker,
        "mic": mic,
        "name": name,
        "country": "US",
        "currency": "USD",
        "isin": None,
        "asset_class": "equity",
        "segments": {},
        "sensitivities": {},
        "beta": None,
        "markets": {},
        "proxy": None,
        "leverage": 1.0,
        "basis": "published holdings",
        "as_of": DAY,
    }
    return Fund(**(given | changes))  # type: ignore[arg-type]


def _evidence(key: str, name: str, role: str, **changes: object) -> Evidence:
    ticker, mic = key.split(":")
    given: dict[str, object] = {
        "ticker": ticker,
        "mic": mic,
        "isin": None,
        "name": name,
        "role": role,
        "segments": {},
        "event_return": -0.1,
        "observations": 250,
        "beta": 1.6,
        "beta_se": 0.2,
        "residual_sd": 0.035,
        "specific_sd": 0.025,
        "abnormal_return": -0.11,
        "sensitivities": {"CHIPS": 0.9, "POWER": 0.1},
        "own_name": -0.02,
        "source": "prices",
    }
    return Evidence(**(given | changes))  # type: ignore[arg-type]


SECURITIES = (
    _security("NVC:XNAS", "Novachip Corp", "US", "USD", "US1234567890", CHIPS=1.0),
    _security(
        "SU:XPAR", "Schwarz Elec SE", "FR", "EUR", "FR0000000001", CHIPS=0.6, ROM_45=0.4
    ),
    _security("SAN:XPAR", "Sanova SA", "FR", "EUR", "FR0000000002", ROM_35=1.0),
    _security("SAN:XMAD", "Banco Santo SA", "ES", "EUR", "ES0000000003", ROM_45=1.0),
    _security("GRD:XLON", "Gridworks plc", "GB", "GBP", "GB00BGRDWK72", POWER=1.0),
    _security("IRL:XNYS", "Irishtek plc", "US", "USD", "IE00BTRSHK84", ROM_45=1.0),
    _security("MPL:XTSE", "Maple Ltd", "CA", "CAD", "CA9876543210", ROM_35=1.0),
    _security("ES:XNYS", "Eastern Supply", "US", "USD", "US5555555550", ROM_55=1.0),
    _security("BRK.B:XNYS", "Brook Inc Class B", "US", "USD", None, ROM_45=1.0),
    _security("0070:XHKG", "Harbour Ltd", "HK", "HKD", "KYG000000005", CHIPS=1.0),
    _security("TWA:XNYS", "Twin Corp", "US", "USD", "US7777777770", ROM_35=1.0),
    _security("TWB:XETR", "Twin AG", "DE", "EUR", "DE0007777777", POWER=1.0),
    _security(
        "MIX:XNAS",
        "Mixture Inc",
        "US",
        "USD",
        "US8888888880",
        CHIPS=0.4,
        POWER=0.35,
        ROM_45=0.25,
    ),
    _security("KES:XETR", "Kessel AG", "DE", "EUR", "DE0007654320", ROM_35=1.0),
    _security("ALP:XSWX", "Alpina SA", "CH", "CHF", "CH0012345670", POWER=1.0),
    replace(
        _security("FIG:XNAS", "Figtree Inc", "US", "USD", "US3333333330", ROM_45=1.0),
        figi="BBG000FIGTR1",
        sedol="2FIGTR1",
        wkn="A0FIG1",
    ),
    # Two lines of one company; the second has no figures of its own.
    _security("DUA:XNYS", "Duality Inc A", "US", "USD", "US2222222220", ROM_45=1.0),
    replace(
        _security("DUB:XNYS", "Duality Inc B", "US", "USD", "US2222222221", ROM_45=1.0),
        issuer="DUA:XNYS",
    ),
)


def _line(
    key: str, name: str, currency: str, isin: str | None, of: str, **changes: object
) -> OtherLine:
    ticker, mic = key.split(":")
    given: dict[str, object] = {
        "ticker": ticker,
        "mic": mic,
        "name": name,
        "currency": currency,
        "isin": isin,
        "of": of,
        "kind": "listing",
        "until": None,
        "source": "exchange",
    }
    return OtherLine(**(given | changes))  # type: ignore[arg-type]


ENDED = dt.date(2022, 6, 9)
LINES = (
    _line("NOV:XFRA", "Novachip Corp", "EUR", None, "NVC:XNAS"),
    _line(
        "HBRY:OTCM",
        "Harbour Ltd ADR",
        "USD",
        "US4040404040",
        "0070:XHKG",
        kind="receipt",
    ),
    _line(
        "KSL:XNYS", "Kessel AG ADR", "USD", "US5151515150", "KES:XETR", kind="receipt"
    ),
    _line("DUC:XNYS", "Duality Inc C", "USD", "US2222222222", "DUA:XNYS", kind="class"),
    _line(
        "OLD:XNAS",
        "Oldname Corp",
        "USD",
        "US9999999990",
        "NVC:XNAS",
        kind="former",
        until=ENDED,
    ),
    _line("LKE:XETR", "Look Fund in euro", "EUR", None, "LOOK:ARCX"),
)
FUTURES = tuple(
    IndexFuture(
        root=root,
        words=words,
        index=index,
        asset_class=kind,
        of=of,
        source="exchange",
    )
    for root, words, index, kind, of in (
        ("LK", ("LOOK INDEX", "LOOK 100 EMINI"), "Look 100", "equity", "LOOK:ARCX"),
        ("IV", ("LOOK INDEX SHORT",), "Look 100 short", "equity", "INV:ARCX"),
        ("BD", ("TEN YEAR NOTE",), "10-year note", "bond", None),
        ("NX", ("NOWHERE 50",), "Nowhere 50", "equity", None),
        ("DX", ("OWN INDEX",), "Own", "equity", "OWN:ARCX"),
        ("DX", ("DOLLAR INDEX",), "Dollar", "currency", None),
    )
)
LABELS = tuple(
    SectorLabel(
        label=label,
        scheme="GICS industry" if narrow else "GICS sector",
        language=language,
        narrow=narrow,
        segments=segments,
        basis="half of it" if narrow else "a broad sector",
    )
    for label, language, narrow, segments in (
        ("information technology", "en", False, {"ROM_45": 1.0}),
        ("technology", "en", False, {"ROM_45": 1.0}),
        ("it", "en", False, {"ROM_45": 1.0}),
        ("utilities", "en", False, {"ROM_55": 1.0}),
        ("versorger", "de", False, {"ROM_55": 1.0}),
        ("health care", "en", False, {"ROM_35": 1.0}),
        ("healthcare", "en", False, {"ROM_35": 1.0}),
        ("pharma and chips", "en", False, {"ROM_35": 0.5, "CHIPS": 0.5}),
        ("semiconductors", "en", True, {"CHIPS": 0.4, "ROM_45": 0.6}),
        ("electric utilities", "en", True, {"POWER": 0.7, "ROM_55": 0.3}),
    )
)
LOOK = {"CHIPS": 0.5, "ROM_45": 0.3}
FUNDS = (
    _fund(
        "LOOK:ARCX",
        "Look Fund",
        isin="US4444444440",
        segments=LOOK,
        sensitivities={"CHIPS": 0.55, "ROM_45": 0.28},
        beta=1.1,
        placed_by="holdings",
    ),
    _fund("BARE:ARCX", "Bare Fund", segments=LOOK, placed_by="holdings"),
    _fund("OWN:ARCX", "Own Returns Fund"),
    _fund(
        "PRX:XLON",
        "Proxy Fund",
        proxy="OWN:ARCX",
        placed_by="proxy",
        country="IE",
        isin="IE00BPROXY56",
        currency="EUR",
    ),
    _fund(
        "INV:ARCX",
        "Inverse Fund",
        segments=LOOK,
        sensitivities={"CHIPS": 0.55, "ROM_45": 0.28},
        beta=1.1,
        placed_by="holdings",
        leverage=-1.0,
    ),
    _fund("DBL:ARCX", "Double Fund", proxy="OWN:ARCX", placed_by="proxy", leverage=2.0),
    _fund(
        "BND:XNAS",
        "Bond Fund",
        asset_class="bond",
        placed_by="none",
        isin="US6666666660",
    ),
    _fund("LOST:ARCX", "Lost Fund"),
    _fund(
        "SHR:XNAS",
        "Novachip Twice",
        proxy="NVC:XNAS",
        placed_by="proxy",
        leverage=2.0,
    ),
    _fund("PPX:ARCX", "Proxy Squared", proxy="PRX:XLON", placed_by="proxy"),
    _fund("CAT:ARCX", "Grid Fund", segments={"POWER": 1.0}, placed_by="category"),
    _fund("MMF:XNAS", "Money Fund", asset_class="cash", placed_by="none"),
    _fund("ORE:ARCX", "Gold Fund", asset_class="commodity", placed_by="none"),
    _fund(
        "HDG:ARCX", "Look Hedged", proxy="LOOK:ARCX", placed_by="proxy", hedged="EUR"
    ),
    _fund(
        "WLD:ARCX",
        "World Fund",
        segments={"ROM_45": 1.0},
        sensitivities={"ROM_45": 1.0},
        beta=1.0,
        markets={"US": 0.7, "Europe": 0.3},
        placed_by="holdings",
    ),
)


def _toy() -> Factor:
    chain = ValueChain(
        id="toy-chain",
        title="Toy chain",
        revision=1,
        groups=(
            Group(id="MAKERS", title="Makers", definition="Who makes."),
            Group(id="REST", title="Rest", definition="Who does not."),
        ),
        segments=tuple(
            Segment(
                id=k,
                group=g,
                title=k.title(),
                definition=k,
                theme=sector is None,
                expected_sign="-",
                expected_sign_date=DAY,
                gics_sector=sector,
            )
            for k, g, sector in SEGMENTS
        ),
        securities=SECURITIES,
        funds=FUNDS,
        sha256="c" * 64,
        lines=LINES,
        futures=FUTURES,
        sectors=LABELS,
    )
    return Factor(
        id="toy-event",
        revision=1,
        revision_reason="first",
        title="Toy event",
        narrative="",
        questions=(),
        event_start=DAY,
        event_end=DAY,
        chain=chain,
        shocks=tuple(
            Shock(
                segment=k,
                members=4,
                effective_members=4.0,
                total=f,
                raw=f,
                shrunk=f,
                standard_error=0.01,
                shrinkage=0.0,
                beta=beta,
                beta_sd=beta_sd,
                residual_sd=sd,
                specific_sd=0.7 * sd,
                composition=typical,
            )
            for k, (f, beta, beta_sd, sd, typical) in FIGURES.items()
        ),
        market=(MarketLeg(region="US", value=0.01, start=DAY, end=DAY, basis="toy"),),
        evidence=(
            _evidence("NVC:XNAS", "Novachip Corp", "theme"),
            _evidence(
                "OWN:ARCX",
                "Own Returns Fund",
                "fund",
                beta=0.9,
                beta_se=0.05,
                residual_sd=0.004,
                specific_sd=0.003,
                sensitivities={"CHIPS": 0.3, "POWER": 0.1, "ROM_55": -0.2},
                own_name=None,
            ),
            _evidence(
                "DUA:XNYS",
                "Duality Inc A",
                "rest",
                segments={"ROM_45": 1.0},
                beta=0.7,
                beta_se=0.1,
                residual_sd=0.02,
                specific_sd=0.018,
                sensitivities={"ROM_45": 1.1},
                own_name=None,
            ),
        ),
        history=None,
        dispersion_theme=1.5,
        dispersion_rest=1.2,
        replay_theme=0.8,
        replay_rest=0.5,
        universe_low=-0.2,
        universe_high=0.1,
        sha256="f" * 64,
    )


@pytest.fixture(scope="session")
def toy() -> Factor:
    """Return the toy factor."""
    return _toy()


@pytest.fixture(scope="session")
def shipped() -> Factor:
    """Return the factor that ships with the package."""
    return stresskit.load_factor()


def _position(name: str = "", **given: object) -> Position:
    ids = ("ticker", "isin", "cusip", "sedol", "figi", "wkn", "valor", "mic")
    numbers = {k: given.pop(k) for k in ids if k in given}
    # A file of tickers has them for names; one of numbers may have none.
    unnamed = "" if numbers else "Something"
    fields: dict[str, object] = {
        "id": "p1",
        "name": name or str(numbers.get("ticker") or unnamed),
        "identifiers": Identifiers(**numbers),  # type: ignore[arg-type]
        "market_value": 1000.0,
        "currency": "USD",
        "sheet": "Sheet1",
        "row": 2,
    }
    return Position(**(fields | given))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def position() -> Callable[..., Position]:
    """Build a position; identifiers are given like any other field."""
    return _position


@pytest.fixture(scope="session")
def portfolio() -> Callable[..., Portfolio]:
    """Build a portfolio of positions, numbered p1, p2, ... as readers do."""

    def build(*positions: Position, base: str | None = "USD") -> Portfolio:
        numbered = tuple(replace(p, id=f"p{n}") for n, p in enumerate(positions, 1))
        return Portfolio(name="Test", positions=numbered, base_currency=base)

    return build


@pytest.fixture(scope="session")
def place(toy: Factor, portfolio: Callable[..., Portfolio]) -> Callable[..., Exposures]:
    """Place positions in the toy chain, or in the factor given."""

    def run(
        *positions: Position,
        factor: Factor | None = None,
        base: str | None = "USD",
        as_of: dt.date | None = None,
        **files: object,
    ) -> Exposures:
        book = replace(portfolio(*positions, base=base), as_of=as_of)
        return stresskit.map_exposures(book, factor or toy, **files)  # type: ignore[arg-type]

    return run


@pytest.fixture
def context(toy: Factor) -> MappingContext:
    """Return a context of the toy factor and an empty portfolio in dollars."""
    return MappingContext(toy, Portfolio(name="T", positions=(), base_currency="USD"))
