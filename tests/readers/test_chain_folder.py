"""A value chain folder: what each of its files may leave out, and what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from stresskit.errors import FactorError
from stresskit.readers.chain_folder import read_chain_folder

SEGMENTS = """\
schema = "stresskit/segments/1"
id = "tiny"
title = "Tiny chain"
revision = 1

[[groups]]
id = "ALL"
title = "All"
definition = "Everything."
"""
SEGMENT = """
[[segments]]
id = "{0}"
group = "ALL"
theme = true
title = "{0}"
definition = "Companies of {0}."
expected_sign = "-"
expected_sign_date = 2025-01-27
narrative = {{}}
"""
SECURITIES = """\
ticker,mic,name,country,currency,isin,gics_sector,segments,basis,as_of
AAA,XNAS,Alpha Inc,US,USD,US0378331005,Energy,CHIPS=0.6;ROM_45=0.4,report,2025-01-01
BBB,XPAR,Beta SA,FR,EUR,,Energy,ROM_45=1,report,2025-01-01
"""
FUND_HEAD = (
    "ticker,mic,name,country,currency,isin,asset_class,placed_by,segments,"
    "sensitivities,beta,markets,proxy,leverage,hedged,basis,as_of\n"
)
FUNDS = (
    FUND_HEAD
    + """\
FFF,ARCX,Fund,US,USD,,equity,category,CHIPS=0.5,,,US=0.7;Japan=0.3,,1,EUR,m,2025-01-01
GGG,ARCX,Triple,US,USD,,equity,proxy,,,,,FFF:ARCX,-3,,m,2025-01-01
"""
)
LINE_HEAD = "ticker,mic,name,currency,isin,of,kind,until,source\n"
LINES = (
    LINE_HEAD
    + """\
AA1,XETR,Alpha Inc,EUR,,AAA:XNAS,listing,,a list
OLD,XNAS,Aleph Inc,USD,,AAA:XNAS,former,2022-06-09,a notice
"""
)
FUTURE_HEAD = "root,words,index,asset_class,of,source\n"
FUTURES = (
    FUTURE_HEAD
    + "FF,BIG INDEX|BIG IDX,Big,equity,FFF:ARCX,list\nCL,,Oil,commodity,,l\n"
)
SECTOR_HEAD = "label,scheme,language,narrow,segments,basis\n"
SECTORS = (
    SECTOR_HEAD
    + "chips,GICS,en,yes,CHIPS=0.5;ROM_45=0.5,mean\nit,ICB,en,no,ROM_45=1,b\n"
)
FILES = {
    "segments.toml": SEGMENTS + SEGMENT.format("CHIPS") + SEGMENT.format("ROM_45"),
    "securities.csv": SECURITIES,
    "funds.csv": FUNDS,
    "lines.csv": LINES,
    "futures.csv": FUTURES,
    "sectors.csv": SECTORS,
}


@pytest.fixture
def chain(tmp_path: Path) -> Callable[..., object]:
    """Read a folder of the files above, some replaced or (None) left out."""

    def read(**changes: str | None) -> object:
        given = {f"{k}.csv": v for k, v in changes.items()}
        for name, text in (FILES | given).items():
            if text is not None:
                (tmp_path / name).write_text(text, encoding="utf-8")
        return read_chain_folder(tmp_path)

    return read


def test_every_file_is_read(chain):
    """Each cell stands in its record."""
    found = chain()
    alpha, beta = found.securities
    fund, triple = found.funds
    line, former = found.lines
    future, oil = found.futures
    chips, broad = found.sectors

    assert (alpha.key, alpha.segments) == ("AAA:XNAS", {"CHIPS": 0.6, "ROM_45": 0.4})
    assert (alpha.isin, beta.isin) == ("US0378331005", None)
    assert (fund.placed_by, fund.markets) == ("category", {"US": 0.7, "Japan": 0.3})
    assert (fund.hedged, fund.proxy, fund.leverage) == ("EUR", None, 1.0)
    assert (triple.placed_by, triple.proxy, triple.leverage) == (
        "proxy",
        "FFF:ARCX",
        -3.0,
    )
    assert (line.ticker, line.mic, line.of, line.kind, line.until) == (
        "AA1",
        "XETR",
        "AAA:XNAS",
        "listing",
        None,
    )
    assert (former.kind, former.until) == ("former", dt.date(2022, 6, 9))
    assert (future.root, future.words, future.of) == (
        "FF",
        ("BIG INDEX", "BIG IDX"),
        "FFF:ARCX",
    )
    assert (oil.words, oil.of, oil.asset_class) == ((), None, "commodity")
    assert (chips.narrow, chips.segments) == (True, {"CHIPS": 0.5, "ROM_45": 0.5})
    assert (broad.narrow, broad.label, broad.scheme) == (False, "it", "ICB")


@pytest.mark.parametrize("name", ["lines", "futures", "sectors"])
def test_a_file_may_be_left_out(chain, name):
    """Then the chain has none of its records, and all of the others."""
    found = chain(**{name: None})

    kept = {"lines": 2, "futures": 2, "sectors": 2} | {name: 0}
    assert kept == {
        "lines": len(found.lines),
        "futures": len(found.futures),
        "sectors": len(found.sectors),
    }
    assert (len(found.securities), len(found.funds)) == (2, 2)


def test_funds_may_be_left_out_where_nothing_leads_to_them(chain):
    """A future on a fund that is not there is refused; without it all is well."""
    with pytest.raises(FactorError, match=r"futures\.csv, row 2: 'FFF:ARCX' is no"):
        chain(funds=None)
    # The file of the first attempt still stands there.
    assert chain(funds=None, futures=FUTURE_HEAD).funds == ()


def test_securities_may_not_be_left_out(chain):
    """They are the chain."""
    with pytest.raises(FactorError, match=r"securities\.csv is missing"):
        chain(securities=None)


@pytest.mark.parametrize("row", ["sedol", "figi", "wkn", "issuer"])
def test_older_folders_have_fewer_columns(chain, row):
    """Numbers beside the ISIN and the issuer are optional, and so are their cells."""
    assert getattr(chain().securities[0], row) is None
    head, *lines = SECURITIES.splitlines()
    text = f"{head},{row}\n{lines[0]},X1\n{lines[1]},\n"
    alpha, beta = chain(securities=text).securities
    assert (getattr(alpha, row), getattr(beta, row)) == ("X1", None)


@pytest.mark.parametrize(
    ("cells", "placed_by"),
    [
        ("equity,CHIPS=1,CHIPS=1,1.1,US=1,,1", "holdings"),
        ("equity,,,,,AAA:XNAS,2", "proxy"),
        ("equity,,,,,,1", "returns"),
        ("bond,,,,,,1", "none"),
    ],
)
def test_older_funds_say_by_their_columns_what_places_them(chain, cells, placed_by):
    """Without ``placed_by`` the filled columns decide."""
    head = FUND_HEAD.replace("placed_by,", "").replace("hedged,", "")
    text = f"{head}FFF,ARCX,Fund,US,USD,,{cells},m,2025-01-01\n"
    (fund,) = chain(funds=text).funds
    assert (fund.placed_by, fund.hedged) == (placed_by, None)


LINE = "AA1,XETR,Alpha,EUR,,{of},{kind},{until},list\n"
BAD = [
    (
        "lines",
        LINE_HEAD + LINE.format(of="AAA:XNYS", kind="listing", until=""),
        "row 2: 'AAA:XNYS' is no line of securities.csv or funds.csv",
    ),
    (
        "lines",
        LINES + LINE.format(of="AAA:XNAS", kind="cousin", until=""),
        "row 4: 'cousin' is none of listing, receipt, class, former",
    ),
    (
        "lines",
        LINE_HEAD + LINE.format(of="AAA:XNAS", kind="former", until="9.6.2022"),
        "row 2: .*9.6.2022",
    ),
    ("lines", "ticker,mic,name\nAA1,XETR,Alpha\n", "row 2: 'currency' is missing"),
    ("lines", LINES + "AA2,XETR\n", "row 4 has not as many columns as the header"),
    (
        "futures",
        FUTURE_HEAD + "FF,BIG,Big,equity,NO:ARCX,list\n",
        "row 2: 'NO:ARCX' is no line",
    ),
    ("futures", "root,words,index\nFF,BIG,Big\n", "row 2: 'asset_class' is missing"),
    (
        "sectors",
        SECTORS + "soap,GICS,en,perhaps,ROM_45=1,b\n",
        "row 4: 'perhaps' is none of yes, no",
    ),
    (
        "sectors",
        SECTOR_HEAD + "soap,GICS,en,no,ROM_30=1,b\n",
        "row 2: unknown segment 'ROM_30'",
    ),
    # 0.5 + 0.4 = 0.9
    (
        "sectors",
        SECTOR_HEAD + "soap,GICS,en,no,CHIPS=0.5;ROM_45=0.4,b\n",
        "row 2: fractions of soap must be > 0 and sum to 1",
    ),
    (
        "sectors",
        SECTORS + "chips,ICB,en,no,CHIPS=1,b\n",
        "row 4: chips stands twice",
    ),
    (
        "securities",
        SECURITIES.replace("ROM_45=1,", "ROM_45=1.1,"),
        "row 3: fractions of BBB must be > 0 and sum to 1",
    ),
    (
        "securities",
        SECURITIES.replace("CHIPS=0.6", "CHIPZ=0.6"),
        "row 2: unknown segment 'CHIPZ'",
    ),
    (
        "securities",
        SECURITIES.replace("BBB,XPAR", "AAA,XNAS"),
        "row 3: AAA:XNAS stands twice",
    ),
    (
        "funds",
        FUNDS.replace("equity,proxy", "equity,guess"),
        "row 3: 'guess' is none of returns, proxy, holdings, category, none",
    ),
    ("funds", FUNDS.replace("GGG", "FFF"), "row 3: FFF:ARCX stands twice"),
    ("funds", FUNDS.replace(",-3,", ",lots,"), "row 3: .*lots"),
    ("funds", FUNDS.replace(",-3,", ",inf,"), "row 3: 'inf' is not a finite number"),
]


@pytest.mark.parametrize(("name", "text", "words"), BAD, ids=[b[2][:40] for b in BAD])
def test_what_is_wrong_is_said_with_its_place(chain, name, text, words):
    """The file and the row, counted as a spreadsheet does, and what stands there."""
    with pytest.raises(FactorError, match=rf"{name}\.csv, {words}"):
        chain(**{name: text})


def test_the_hash_covers_the_new_files(chain):
    """A change in any of them is another chain."""
    first = chain()
    second = chain(lines=LINES.replace("a notice", "another notice"))
    third = chain(sectors=SECTORS.replace("mean", "judged"))
    assert len({first.sha256, second.sha256, third.sha256}) == 3


def test_another_spelling_of_a_name_is_a_line(chain):
    """A line of kind "name" has neither ticker nor number."""
    row = ",,Alphabet Soup,USD,,AAA:XNAS,name,,use\n"
    (line,) = chain(lines=LINE_HEAD + row).lines
    assert (line.kind, line.name, line.ticker, line.of) == (
        "name",
        "Alphabet Soup",
        "",
        "AAA:XNAS",
    )


@pytest.mark.parametrize(("region", "markets"), [("Japan", {"Japan": 1.0}), ("", {})])
def test_older_funds_name_one_region(chain, region, markets):
    """The column ``region`` of earlier releases is the one market of a fund."""
    head = FUND_HEAD.replace("markets,", "region,")
    row = f"FFF,ARCX,Fund,US,USD,,equity,holdings,CHIPS=1,CHIPS=1,1.1,{region},,1,,m,"
    (fund,) = chain(funds=f"{head}{row}2025-01-01\n").funds
    assert (fund.markets, fund.beta) == (markets, 1.1)
