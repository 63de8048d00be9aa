"""Every folder under ``factors/``: schema, no stray file, figures that agree."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections import Counter
from functools import cache

import pytest
from babel.numbers import list_currencies
from stdnum import cusip, figi, isin
from stdnum.de import wkn
from stdnum.gb import sedol

from stresskit import validate_factor
from stresskit.core.names import sector_key
from stresskit.core.regions import region_of
from stresskit.core.tables import parse_fractions
from stresskit.factors import (
    check_factor,
    find_folders,
    list_factors,
    load_chain,
    load_factor,
    stray_files,
)
from stresskit.factors.folders import shipped_folder
from stresskit.mappers.future import words_of
from stresskit.readers.instruments import read_instruments

FACTORS = sorted(find_folders("factor.toml"))
CHAINS = sorted(find_folders("segments.toml"))
# Irish ISINs since 2020 hold no SEDOL: those that begin with 0 are all digits.
NO_SEDOL_INSIDE = re.compile(r"IE000(?=.*[A-Z]).{6}\d")
REGIONS = {"US", "Europe", "Japan", "Asia ex-Japan", "Other"}
# Exchanges whose market has no region of its own: Toronto, Tel Aviv, Sao Paulo.
NO_REGION = {"XTSE", "XTAE", "BVMF"}


@cache
def table(chain, name):
    """The rows of one of a chain's files, each a dictionary of its cells."""
    path = find_folders("segments.toml")[chain] / name
    with path.open(encoding="utf-8", newline="") as handle:
        return tuple(csv.DictReader(handle))


@pytest.mark.parametrize("name", FACTORS)
def test_a_factor_is_in_order(name):
    """The folder reads, holds nothing else, and its shocks follow from moves.csv."""
    assert check_factor(name) == []


@pytest.mark.parametrize("name", FACTORS)
def test_a_factor_states_where_its_figures_come_from(name):
    """Title, narrative, sources and notes are there, and every row has a source."""
    factor = load_factor(name)

    assert factor.title
    assert len(factor.narrative) > 100
    assert factor.sources
    known = {s.id for s in factor.sources}
    assert {e.source for e in factor.evidence} <= known
    notes = find_folders("factor.toml")[name] / "NOTES.md"
    assert len(notes.read_text(encoding="utf-8")) > 500


@pytest.mark.parametrize("name", FACTORS)
def test_evidence_is_plausible_and_unique(name):
    """One row per line; returns, betas and volatilities within what shares do."""
    factor = load_factor(name)
    keys = [e.key for e in factor.evidence]

    assert sorted(set(keys)) == sorted(keys)
    for e in factor.evidence:
        assert e.event_return is None or -0.6 < e.event_return < 0.6, e.key
        # An inverse or levered fund may lie outside what shares do.
        assert e.role == "fund" or (e.beta is not None and -1 < e.beta < 5), e.key
        assert e.residual_sd is None or 0 < e.residual_sd < 0.2, e.key


@pytest.mark.parametrize("name", CHAINS)
def test_a_value_chain_holds_nothing_else(name):
    """No file lies about that the format does not know."""
    assert stray_files(find_folders("segments.toml")[name]) == []


@pytest.mark.parametrize("name", CHAINS)
def test_check_digits_hold(name):
    """Every ISIN, and the CUSIP or SEDOL inside it, has a valid check digit."""
    chain = load_chain(name)
    listed = [*chain.securities, *chain.funds, *chain.lines]
    numbers = [(x.ticker, x.isin) for x in listed if x.isin]

    assert len(numbers) > 2500
    for ticker, number in numbers:
        assert isin.is_valid(number), f"{ticker}: {number}"
        if number[:2] in ("US", "CA"):
            assert cusip.is_valid(number[2:11]), f"{ticker}: {number}"
        elif number[:2] in ("GB", "IE") and not NO_SEDOL_INSIDE.fullmatch(number):
            assert number[2:4] == "00", f"{ticker}: {number}"
            assert sedol.is_valid(number[4:11]), f"{ticker}: {number}"


@pytest.mark.parametrize("name", CHAINS)
def test_no_two_lines_share_a_number(name):
    """An ISIN stands once among all lines; SEDOL, FIGI and WKN once each."""
    chain = load_chain(name)
    listed = [*chain.securities, *chain.funds, *chain.lines]
    columns = {
        "isin": [x.isin for x in listed],
        "sedol": [s.sedol for s in chain.securities],
        "figi": [s.figi for s in chain.securities],
        "wkn": [s.wkn for s in chain.securities],
    }

    for kind, cells in columns.items():
        counts = Counter(c for c in cells if c)
        assert counts, kind
        assert [c for c, n in counts.items() if n > 1] == [], kind


@pytest.mark.parametrize("name", CHAINS)
def test_other_numbers_hold_and_agree_with_the_isin(name):
    """SEDOL, FIGI and WKN by check digit or form, and as the ISIN has them inside."""
    checks = {"sedol": sedol, "figi": figi, "wkn": wkn}

    for s in load_chain(name).securities:
        for kind, module in checks.items():
            number = getattr(s, kind)
            assert number is None or module.is_valid(number), f"{s.key} {number}"
        own = s.isin or ""
        if s.sedol and own[:2] in ("GB", "IE") and not NO_SEDOL_INSIDE.fullmatch(own):
            assert own[4:11] == s.sedol, s.key
        if s.wkn and own.startswith("DE"):
            assert own[5:11] == s.wkn, s.key


@pytest.mark.parametrize("name", CHAINS)
def test_securities_fit_their_sector_and_place(name):
    """A rest-of-market fraction is that of the stated sector; exchanges are known."""
    chain = load_chain(name)
    sector_of = {s.id: s.gics_sector for s in chain.segments if s.gics_sector}

    assert len(chain.securities) >= 1200
    for s in chain.securities:
        for segment in s.segments:
            assert sector_of.get(segment, s.gics_sector) == s.gics_sector, s.ticker
        assert re.fullmatch(r"[A-Z]{4}|BATS", s.mic), s.ticker
        assert (region_of(s.mic, None) == "Other") == (s.mic in NO_REGION), s.ticker
        assert re.fullmatch(r"[A-Z]{2}", s.country), s.ticker
        assert s.currency in list_currencies(), s.ticker


@pytest.mark.parametrize("name", CHAINS)
def test_every_security_says_whole_why_and_whence(name):
    """Fractions above zero that sum to 1; basis, source and a day that has been."""
    for row in table(name, "securities.csv"):
        fractions = parse_fractions(row["segments"])
        assert min(fractions.values()) > 0, row
        assert sum(fractions.values()) == pytest.approx(1.0, abs=1e-9), row
        assert row["basis"].strip(), row
        assert row["source"].strip(), row
        assert dt.date(2024, 1, 1) < dt.date.fromisoformat(row["as_of"]), row


@pytest.mark.parametrize("name", CHAINS)
def test_an_issuer_is_a_main_line_of_the_same_business(name):
    """It is a row that is its own, with the same country, sector and fractions."""
    by_key = {s.key: s for s in load_chain(name).securities}
    others = [s for s in by_key.values() if s.issuer]

    assert len(others) > 40
    for s in others:
        main = by_key[s.issuer]
        assert main.issuer in (None, main.key), s.key
        assert main.key != s.key
        assert (s.country, s.gics_sector) == (main.country, main.gics_sector), s.key
        assert s.segments == main.segments, s.key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GOOG:XNAS", "GOOGL:XNAS"),
        ("TSM:XNYS", "2330:XTAI"),
        ("ASML:XNAS", "ASML:XAMS"),
        ("BABA:XNYS", "9988:XHKG"),
        ("SAP:XNYS", "SAP:XETR"),
    ],
)
def test_lines_of_one_company_have_one_issuer(one, other):
    """Share classes, receipts and home lines that everybody knows."""
    lines = {s.key: s for s in load_chain("ai-value-chain").securities}
    first, second = lines[one], lines[other]

    assert (first.issuer or first.key) == (second.issuer or second.key)


FILLED = {
    # Which columns each way of placing a fund fills, of those that place it.
    "returns": set(),
    "proxy": {"proxy"},
    "holdings": {"segments", "sensitivities", "beta", "markets"},
    "category": {"segments", "markets"},
    "none": set(),
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_fund_is_placed_by_what_it_says(name):
    """Its columns fit ``placed_by``; only shares are moved, and every way is used."""
    rows = table(name, "funds.csv")
    kinds = ("segments", "sensitivities", "beta", "markets", "proxy")

    assert len(rows) >= 120
    assert {r["placed_by"] for r in rows} == set(FILLED)
    for r in rows:
        assert {k for k in kinds if r[k]} == FILLED[r["placed_by"]], r
        assert (r["placed_by"] == "none") == (r["asset_class"] != "equity"), r


@pytest.mark.parametrize("name", CHAINS)
def test_a_proxy_stands_on_its_own(name):
    """It is a share, or a fund that is placed without another, unlevered."""
    chain = load_chain(name)
    shares, funds = {s.key for s in chain.securities}, {f.key: f for f in chain.funds}

    for f in (f for f in chain.funds if f.proxy):
        assert f.proxy != f.key
        if f.proxy not in shares:
            behind = funds[f.proxy]
            assert behind.placed_by in ("returns", "holdings", "category"), f.key
            assert behind.leverage == 1.0, f.key


@pytest.mark.parametrize("name", CHAINS)
def test_a_fund_by_its_returns_is_in_the_evidence(name):
    """The DeepSeek day has its beta and sensitivities; its leverage is in them."""
    evidence = {e.key: e for e in load_factor("deepseek-2025-01-27").evidence}
    placed = [f for f in load_chain(name).funds if f.placed_by == "returns"]

    assert len(placed) >= 20
    for f in placed:
        own = evidence[f.key]
        assert own.role == "fund", f.key
        assert own.beta is not None, f.key
        assert own.sensitivities, f.key
        assert f.leverage == 1.0, f.key


@pytest.mark.parametrize("name", CHAINS)
def test_figures_of_a_fund_are_plausible(name):
    """Shares add up, betas are those of funds, leverage and hedge are as named."""
    for f in load_chain(name).funds:
        if f.segments:
            # Some 30 shares, each rounded to five decimals: 30 x 5e-6 too much.
            assert min(f.segments.values()) > 0, f.key
            assert 0.5 < sum(f.segments.values()) <= 1 + 1.5e-4, f.key
            assert min(f.markets.values()) > 0, f.key
            assert sum(f.markets.values()) == pytest.approx(1.0, abs=1e-9), f.key
            assert set(f.markets) <= REGIONS, f.key
        assert f.beta is None or 0.2 < f.beta < 2, f.key
        assert f.leverage in (-3, -2, -1, 1, 2, 3), f.key
        said = re.search(r"(?<![\w.])([23])x\b", f.name)
        assert said is None or abs(f.leverage) == int(said[1]), f.key
        assert f.hedged is None or f.hedged in list_currencies(), f.key
        # BNDX is hedged though its name does not say so.
        hedged = "hedged" in f.name.lower() or f.ticker == "BNDX"
        assert bool(f.hedged) == hedged, f.key


@pytest.mark.parametrize("name", CHAINS)
def test_every_fund_says_why_and_whence(name):
    """Basis, source and day; exchange, country and currency as codes."""
    for r in table(name, "funds.csv"):
        assert r["basis"].strip(), r
        assert r["source"].strip(), r
        assert dt.date(2024, 1, 1) < dt.date.fromisoformat(r["as_of"]), r
        assert region_of(r["mic"], None) != "Other", r
        assert re.fullmatch(r"[A-Z]{2}", r["country"]), r
        assert r["currency"] in list_currencies(), r


@pytest.mark.parametrize("name", CHAINS)
def test_other_lines_lead_to_one_row(name):
    """A ticker is written once and is no row of its own, unless it is retired."""
    chain = load_chain(name)
    listed = {x.key for x in (*chain.securities, *chain.funds)}
    written = Counter((x.ticker, x.mic) for x in chain.lines if x.ticker)

    kinds = {"listing", "receipt", "class", "former", "name"}
    assert {x.kind for x in chain.lines} == kinds
    assert [k for k, n in written.items() if n > 1] == []
    for x in chain.lines:
        assert x.of in listed
        assert x.kind == "former" or f"{x.ticker}:{x.mic}" not in listed, x
        assert (x.until is not None) == (x.kind == "former"), x
        # A former name or number may stand alone, another line has its ticker.
        assert bool(x.ticker) == bool(x.mic), x
        assert x.ticker or x.isin or x.kind in ("former", "listing", "name"), x
        # Another spelling of the name brings no line of its own.
        assert x.kind != "name" or not (x.ticker or x.isin), x
        assert x.name, x
        assert x.currency in list_currencies(), x
        assert x.source, x


@pytest.mark.parametrize(
    ("ticker", "mic", "of"),
    [
        ("FB", "XNAS", "META:XNAS"),
        ("SQ", "XNYS", "XYZ:XNYS"),
        ("ANTM", "XNYS", "ELV:XNYS"),
        ("NSRGY", "OTCM", "NESN:XSWX"),
        ("TCEHY", "OTCM", "0700:XHKG"),
        ("005935", "XKRX", "005930:XKRX"),
        ("BRK.A", "XNYS", "BRK.B:XNYS"),
        ("NVD", "XETR", "NVDA:XNAS"),
    ],
)
def test_lines_that_everybody_knows(ticker, mic, of):
    """Retired symbols, receipts and the German floor's own codes."""
    lines = {(x.ticker, x.mic): x.of for x in load_chain("ai-value-chain").lines}

    assert lines[ticker, mic] == of


@pytest.mark.parametrize("name", CHAINS)
def test_words_of_futures_are_those_of_one_index(name):
    """Capitals with single blanks, each for one fund; shares have a fund or none."""
    chain = load_chain(name)
    listed = {x.key for x in (*chain.securities, *chain.funds)}
    meant = {}

    assert len(chain.futures) > 50
    for x in chain.futures:
        assert x.of is None or x.of in listed, x
        assert (x.of is None) == (x.asset_class != "equity"), x
        assert x.root, x
        assert x.words, x
        assert x.index, x
        assert x.source, x
        for word in x.words:
            assert re.fullmatch(r"[A-Z0-9]+( [A-Z0-9]+)*", word), x
            # As they are looked up: a number stands apart from letters before it.
            key = words_of(word)
            assert meant.setdefault(key, (x.index, x.of)) == (x.index, x.of), word


@pytest.mark.parametrize("name", CHAINS)
def test_a_sector_is_one_thing(name):
    """Labels stand as they are looked up, once; each is a whole with a basis."""
    sectors = load_chain(name).sectors
    keys = Counter(sector_key(s.label) for s in sectors)

    assert len(sectors) > 1500
    assert [k for k, n in keys.items() if n > 1] == []
    for s in sectors:
        assert sector_key(s.label) == s.label
        assert sum(s.segments.values()) == pytest.approx(1.0, abs=1e-9), s.label
        assert s.scheme, s.label
        assert s.language, s.label
        assert s.basis, s.label


# In the order of the GICS codes 10, 15, 20, ... 60.
SECTOR_WORDS = {
    "en": "Energy|Materials|Industrials|Consumer Discretionary|Consumer Staples|"
    "Health Care|Financials|Information Technology|Communication Services|Utilities|"
    "Real Estate",
    "de": "Energie|Grundstoffe|Industrie|Nicht-Basiskonsumgüter|Basiskonsumgüter|"
    "Gesundheitswesen|Finanzwesen|Informationstechnologie|Kommunikationsdienste|"
    "Versorger|Immobilien",
    "fr": "Énergie|Matériaux|Industrie|Consommation discrétionnaire|"
    "Biens de consommation de base|Santé|Finance|Technologies de l'information|"
    "Services de communication|Services aux collectivités|Immobilier",
    "it": "Energia|Materiali|Industria|Beni voluttuari|Beni di prima necessità|"
    "Assistenza sanitaria|Finanza|Tecnologia dell'informazione|"
    "Servizi di comunicazione|Servizi di pubblica utilità|Immobiliare",
    "es": "Energía|Materiales|Industria|Consumo discrecional|Consumo básico|Salud|"
    "Finanzas|Tecnología de la información|Servicios de comunicación|"
    "Servicios públicos|Inmobiliario",
    "nl": "Energie|Materialen|Industrie|Duurzame consumptiegoederen|"
    "Niet-duurzame consumptiegoederen|Gezondheidszorg|Financiële dienstverlening|"
    "Informatietechnologie|Communicatiediensten|Nutsbedrijven|Vastgoed",
    "ja": "エネルギー|素材|資本財・サービス|一般消費財・サービス|生活必需品|ヘルスケア|"
    "金融|情報技術|コミュニケーション・サービス|公益事業|不動産",
    "zh": "能源|原材料|工业|可选消费|日常消费|医疗保健|金融|信息技术|通信服务|公用事业|"
    "房地产",
}


@pytest.mark.parametrize("language", SECTOR_WORDS)
def test_broad_sectors_in_many_languages(language):
    """All eleven in English, ten at least elsewhere; none leads to another sector."""
    labels = {s.label: s for s in load_chain("ai-value-chain").sectors}
    words = SECTOR_WORDS[language].split("|")
    wanted = {
        w: {f"ROM_{c}": 1.0} for w, c in zip(words, range(10, 61, 5), strict=True)
    }
    found = {w: labels[k].segments for w in words if (k := sector_key(w)) in labels}

    assert {w: wanted[w] for w in found} == found
    assert len(found) >= (11 if language == "en" else 10), set(words) - set(found)


@pytest.mark.parametrize("name", CHAINS)
def test_every_segment_has_a_member_and_a_reading(name):
    """No leaf is empty, each has a dated sign and loadings on the three drivers."""
    chain = load_chain(name)
    used = {k for s in chain.securities for k in s.segments}

    for segment in chain.segments:
        assert segment.id in used
        assert segment.expected_sign in {"--", "-", "0", "+", "0/+", "+/-", "0/-"}
        assert sorted(segment.narrative) == [
            "cheaper_inference",
            "china_parity",
            "compute_demand",
        ]


@pytest.mark.parametrize("name", CHAINS)
def test_instruments_have_cost_and_move_with_a_line_that_is_known(name):
    """A hedge never trades what has no cost or no place in the chain."""
    chain = load_chain(name)
    listed = {line.key for line in (*chain.funds, *chain.securities)}

    shipped = read_instruments(shipped_folder() / "instruments" / "instruments.csv")
    kinds = Counter(t.kind for t in shipped)
    assert kinds["etf"] >= 60
    assert kinds["future"] >= 15
    for t in shipped:
        assert t.of in listed, t.key
        assert t.half_spread > 0, t.key
        assert t.borrow > 0 or not t.short or t.kind == "future", t.key
        assert 0 < t.cap <= 1, t.key
        assert t.source, t.key


def test_the_day_is_the_day():
    """Published closes of 27 January 2025 stand in the evidence to 0.1 points."""
    # Reuters and others, 27 and 28 January 2025, as listed in the factor's sources.
    published = {
        "NVDA": -0.1697,
        "AVGO": -0.174,
        "ORCL": -0.138,
        "MRVL": -0.191,
        "TSM": -0.133,
        "AAPL": 0.0318,
        "META": 0.0191,
        "MSFT": -0.0214,
        "VST": -0.283,
        "SPY": -0.014,
        "QQQ": -0.029,
    }
    evidence = {e.ticker: e for e in load_factor("deepseek-2025-01-27").evidence}

    for ticker, move in published.items():
        assert evidence[ticker].event_return == pytest.approx(move, abs=0.001)


def test_the_signs_of_the_day():
    """What was hit was hit and what held up held up."""
    shock = {s.segment: s.shrunk for s in load_factor("deepseek-2025-01-27").shocks}

    for hit in ("AI_ACCEL", "NETWORK_OPT", "COOL_ELEC", "IPP_NUC", "NEOCLOUD_HPC"):
        assert shock[hit] < -0.12
    for held in ("REG_UTIL_DC", "EDGE_DEV", "ROM_30", "ROM_35"):
        assert shock[held] > -0.01


DEEPSEEK = "deepseek-2025-01-27"
loaded = cache(load_factor)
LISTED = {f["id"]: f for f in list_factors()}
# Not made from another one: shocks of its own day's prices.
ESTIMATED = sorted(n for n, f in LISTED.items() if not f["basis"])
VARIANTS = sorted(n for n, f in LISTED.items() if f["variant"])


def moves(name):
    """The event returns of a factor's American lines, by ticker."""
    return {
        e.ticker: e.event_return for e in loaded(name).evidence if e.role != "mapped"
    }


def test_the_library_holds_events_and_variants():
    """The DeepSeek day, five others at least, and four variants of it at least."""
    assert DEEPSEEK in ESTIMATED
    assert len(ESTIMATED) >= 6
    assert len(VARIANTS) >= 4
    assert sorted({*ESTIMATED, *VARIANTS}) == FACTORS


def test_three_hundred_securities_have_all_their_figures():
    """Return, beta, volatility, place and sensitivities, each of its own company."""
    known = [
        e
        for e in loaded(DEEPSEEK).evidence
        if e.role in ("theme", "rest")
        and None not in (e.event_return, e.beta, e.residual_sd)
        and e.segments
        and e.sensitivities
    ]

    assert len(known) >= 300
    assert len([e for e in known if e.role == "theme"]) >= 150
    for e in known:
        assert sum(e.segments.values()) == pytest.approx(1.0, abs=1e-9), e.key
        assert e.observations >= 120, e.key


def test_every_row_says_where_it_is_from_and_how_copies_agree():
    """A source in each; what came from prices was held against other copies."""
    for e in loaded(DEEPSEEK).evidence:
        assert e.source, e.key
        assert e.copies, e.key
        assert (e.copies == "published") == (e.role == "mapped"), e.key


def test_europe_and_asia_stand_with_their_own_days():
    """Twelve published lines or more; days not before the event, a page for each."""
    factor = loaded(DEEPSEEK)
    pages = {s.id: s.url for s in factor.sources}
    lines = [e for e in factor.evidence if e.role == "mapped"]

    assert len(lines) >= 12
    assert {region_of(e.mic, None) for e in lines} >= {"Europe", "Japan"}
    assert not [e for e in lines if region_of(e.mic, None) == "US"]
    for e in lines:
        assert factor.event_start <= e.start <= e.end, e.key
        assert (e.end - factor.event_start).days <= 7, e.key
        assert pages[e.source].startswith("http"), e.key
    # Australia, Hong Kong and Korea had sessions of their own.
    assert len({e.start for e in lines}) >= 3


@pytest.mark.parametrize(
    ("name", "published", "tolerance"),
    [
        # Closes as reported by the press, two decimals of a percent.
        (
            "datacentre-pullback-2025-03-26",
            {"VRT": -0.1079, "SMCI": -0.0886, "ANET": -0.0607, "AVGO": -0.0478},
            0.001,
        ),
        # Rounded to a tenth, or to a whole percent.
        (
            "rebound-2025-01-28",
            {"NVDA": 0.089, "ORCL": 0.036, "MRVL": 0.035, "AVGO": 0.026},
            0.005,
        ),
        ("export-controls-2024-07-17", {"AMD": -0.10, "NVDA": -0.066}, 0.005),
    ],
)
def test_other_days_are_those_days(name, published, tolerance):
    """Published closes stand in the evidence of each."""
    found = moves(name)

    for ticker, move in published.items():
        assert found[ticker] == pytest.approx(move, abs=tolerance), ticker


def test_two_days_are_one_after_the_other():
    """The two-day event compounds the day and the rebound, for every share."""
    one, two = moves(DEEPSEEK), moves("rebound-2025-01-28")
    both = moves("deepseek-two-day")
    tickers = both.keys() & one.keys() & two.keys()

    assert len(tickers) > 600
    for t in tickers:
        expected = (1 + one[t]) * (1 + two[t]) - 1
        assert both[t] == pytest.approx(expected, abs=1e-6), t


@pytest.mark.parametrize("name", ESTIMATED)
def test_nothing_of_the_event_is_in_its_own_window(name):
    """The window ends before the first session; its history is there, in order."""
    factor = loaded(name)
    history = factor.history

    assert history is not None
    assert history.start < history.end < factor.event_start
    assert list(history.dates) == sorted(set(history.dates))
    inside = [d for d in history.dates if history.start <= d <= history.end]
    assert len(inside) == len(history.before) >= 200
    assert inside[0] == history.start
    assert inside[-1] == history.end
    assert factor.method["window_returns"] == len(inside)
    for e in factor.evidence:
        assert not e.start or e.start >= factor.event_start, e.key


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_are_marked_as_judgements(name):
    """Expert-set, with an issue, a revision of its basis, its hash, and its reasons."""
    factor = loaded(name)

    assert factor.expert_set
    assert [i.code for i in factor.issues] == ["expert-set"]
    basis = load_factor(factor.basis)
    assert factor.variant.basis_sha256 == basis.sha256
    assert factor.variant.drivers or factor.variant.market is not None
    assert factor.purpose
    assert {e.role for e in factor.evidence} <= {"history", "fund"}


@pytest.mark.parametrize("name", FACTORS)
def test_a_factor_says_what_it_is_for(name):
    """Its purpose in a sentence, and its shocks as returns that differ."""
    factor = loaded(name)

    assert len(factor.purpose) > 20
    assert len({round(s.shrunk, 6) for s in factor.shocks}) > 10
    assert not factor.expert_set or factor.basis


def test_no_raw_prices_are_in_the_folders():
    """Only known files, revisions too, and no column of levels in any table.

    Returns, betas and volatilities are of the order of one; prices are not.
    """
    tables = [
        path
        for name in FACTORS
        for path in find_folders("factor.toml")[name].rglob("*")
        if path.is_file() and path.name not in ("factor.toml", "about.toml", "NOTES.md")
    ]

    assert {p.name for p in tables} == {"moves.csv", "segment_returns.csv"}
    for path in tables:
        with path.open(encoding="utf-8", newline="") as handle:
            header, *rows = csv.reader(handle)
        for name, column in zip(header, zip(*rows, strict=True), strict=True):
            sizes = sorted(abs(v) for v in map(number, column) if v is not None)
            words = len([c for c in column if c]) - len(sizes)
            if name == "observations" or words > len(sizes):
                continue
            assert not sizes or sizes[len(sizes) // 2] < 3, f"{path}: {name}"
        if path.name == "segment_returns.csv":
            cells = [number(c) for row in rows for c in row[1:] if c]
            assert -0.5 < min(cells) < 0 < max(cells) < 0.5


def number(text):
    """The number a cell holds, or None."""
    try:
        return float(text)
    except ValueError:
        return None


@pytest.fixture(scope="module")
def validated():
    """The DeepSeek day, validated."""
    return validate_factor()


@pytest.fixture(scope="module")
def groups(validated):
    """Its groups by name."""
    return {g.name: g for g in validated.groups}


def test_the_day_is_predicted_well_enough(groups):
    """Errors of stocks left out and of funds, as accepted, and R2 of the theme."""
    theme, rest, funds = (
        groups[name].scores[-1] for name in ("theme", "rest", "funds")
    )

    assert (theme.method, rest.method, funds.method) == ("stresskit",) * 3
    assert theme.mae <= 0.030
    assert theme.r2 >= 0.85
    assert rest.mae <= 0.0145
    assert funds.n >= 20
    assert funds.mae <= 0.009
    assert theme.n >= 150
    assert rest.n >= 150


@pytest.mark.parametrize("name", ["theme", "rest", "funds", "other regions"])
def test_it_is_better_than_every_naive_way(groups, name):
    """By mean error and by R2; over stocks the gain is clear of zero."""
    *naive, model = groups[name].scores

    assert naive
    for s in naive:
        assert model.mae < s.mae, s.method
        assert model.r2 > s.r2, s.method
    if name in ("theme", "rest"):
        assert len(naive) == 5
        assert groups[name].gain_low > 0


@pytest.mark.parametrize("name", ["theme", "rest"])
def test_bands_cover_what_they_say(groups, name):
    """90% of stocks and some more: the width is that of portfolios, which need more."""
    assert 0.90 <= groups[name].coverage <= 0.95
    assert 0.90 <= groups[name].folded <= 0.95


def test_bands_of_portfolios_cover_what_they_say(validated):
    """90% to 95% of each kind, and an error below that of beta times the index."""
    assert [p.name for p in validated.portfolios] == [
        "theme",
        "rest",
        "all",
        "all, long/short",
    ]
    for p in validated.portfolios:
        assert 0.90 <= p.coverage <= 0.95, p.name
        assert p.mae < p.index_mae, p.name


def test_other_days_are_told_with_their_own_shocks(validated):
    """Every other estimated event but the one that shares its session."""
    days = {d.factor: d for d in validated.days}

    assert sorted(days) == sorted({*ESTIMATED} - {DEEPSEEK, "deepseek-two-day"})
    for d in days.values():
        assert 0.88 <= d.coverage <= 0.97, d.factor
        # Days that did not set the width: stocks, and funds as real portfolios.
        assert 0.90 <= d.carried <= 0.99, d.factor
        assert 0.90 <= d.funds <= 1.0, d.factor
        assert d.own < min(d.pattern, d.index), d.factor
    # What it is for: scares of the same kind, at their severity.
    for name in ("datacentre-pullback-2025-02-24", "datacentre-pullback-2025-03-26"):
        assert days[name].pattern < days[name].index
        assert days[name].similarity > 0.8
