"""Mandate files: what ships, what is refused and in which words, hedge targets."""

from dataclasses import fields
from pathlib import Path

import pytest

from stresskit.errors import InputError
from stresskit.model import HedgeTarget, Mandate
from stresskit.readers.mandate import TABLES, read_mandate, read_target

SHIPPED = Path(__file__).parents[2] / "factors" / "mandates"
SCHEMA = 'schema = "stresskit/mandate/1"\n'


@pytest.fixture
def write(tmp_path):
    """Return a writer of a mandate file after its first line."""

    def made(text="", name="mine.toml"):
        path = tmp_path / name
        path.write_text(SCHEMA + text, encoding="utf-8")
        return path

    return made


def refusal(path):
    """Return the words by which a file is refused."""
    with pytest.raises(InputError) as refused:
        read_mandate(path)
    assert refused.value.hint
    return str(refused.value)


def test_three_mandates_ship():
    """The folder holds the private client's and two funds' mandates."""
    names = sorted(path.stem for path in SHIPPED.glob("*.toml"))

    assert names == ["long-short-fund", "private-client", "ucits-fund"]


@pytest.mark.parametrize("name", ["long-short-fund", "private-client", "ucits-fund"])
def test_a_shipped_mandate_loads(name):
    """Each is named as its file, has a title, a half as target and may do nothing."""
    mandate = read_mandate(SHIPPED / f"{name}.toml")

    assert mandate.name == name
    assert mandate.title != name
    assert mandate.target == HedgeTarget(kind="share", value=0.5)
    assert "nothing" in mandate.families


def test_the_private_client_sells_nothing_short():
    """The private client's limits are those written in the file."""
    mandate = read_mandate(SHIPPED / "private-client.toml")

    assert mandate.short == 0.0
    assert not {"overlay", "pairs"} & set(mandate.families)
    assert mandate.smallest_ticket == 5000.0
    assert mandate.tickets == 4


def test_the_fund_is_held_to_ucits():
    """The UCITS fund may use funds that are UCITS, and no share sold short."""
    mandate = read_mandate(SHIPPED / "ucits-fund.toml")

    assert mandate.ucits is True
    assert "stock" not in mandate.kinds
    assert "pairs" not in mandate.families


def test_the_long_short_fund_may_sell_shares():
    """The long/short fund's days and kinds are those written in the file."""
    mandate = read_mandate(SHIPPED / "long-short-fund.toml")

    assert mandate.kinds == ("etf", "future", "stock", "option")
    assert mandate.days == 2.0
    assert isinstance(mandate.days, float)
    assert mandate.short == 0.8


def test_a_bare_file_is_the_open_mandate(write):
    """Only the first line leaves every default, named as the file is."""
    mandate = read_mandate(write())

    assert mandate == Mandate(name="mine", title="mine")


def test_a_title_is_the_name_where_none_is_given(write):
    """A name alone is the title too."""
    mandate = read_mandate(write('name = "house"\n'))

    assert (mandate.name, mandate.title) == ("house", "house")


def test_every_key_has_a_place():
    """Each field of a mandate but the target can be written in exactly one table."""
    places = [field for keys in TABLES.values() for field in keys.values()]

    expected = sorted(f.name for f in fields(Mandate) if f.name != "target")
    assert expected == sorted(places)


def test_every_value_arrives(write):
    """A file that gives every key makes the mandate that says the same."""
    text = """
name = "full"
title = "Everything"
families = ["overlay", "nothing"]
kinds = ["etf"]
ucits = true
[universe]
include = ["SPY"]
exclude = ["QQQ:XNAS"]
restricted = ["Old Holding"]
[target]
floor = 0.04
[limits]
gross = 0.5
short = 0.4
instrument = 0.1
premium = 0.01
turnover = 0.2
tracking_error = 0.05
cost = 0.005
[trading]
tickets = 3
ticket_cost = 7
smallest_ticket = 100
whole_lots = false
participation = 0.2
days = 3
horizon = 10
[tax]
rate = 0.25
gain_share = 0.4
[honesty]
harm = 0.001
regret = 0.3
over_hedge = 0.01
confidence = 0.7
[robust]
kind = "budget"
gamma = 2
kappa = 1.0
"""
    expected = Mandate(
        name="full",
        title="Everything",
        families=("overlay", "nothing"),
        kinds=("etf",),
        ucits=True,
        include=("SPY",),
        exclude=("QQQ:XNAS",),
        restricted=("Old Holding",),
        gross=0.5,
        short=0.4,
        instrument=0.1,
        premium=0.01,
        turnover=0.2,
        tracking_error=0.05,
        cost=0.005,
        tickets=3,
        ticket_cost=7.0,
        smallest_ticket=100.0,
        whole_lots=False,
        participation=0.2,
        days=3.0,
        horizon=10,
        tax_rate=0.25,
        gain_share=0.4,
        harm=0.001,
        regret=0.3,
        over_hedge=0.01,
        confidence=0.7,
        robust="budget",
        gamma=2.0,
        kappa=1.0,
        target=HedgeTarget(kind="floor", value=0.04),
    )

    assert expected == read_mandate(write(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[limits]\nshort = 0.7\n", "short (70%) is more than gross (60%)"),
        (
            'families = ["overlay"]\n[limits]\nshort = 0\n',
            "families has 'overlay', which sells short, and short is 0: leave one out",
        ),
        (
            'families = ["pairs"]\n[limits]\nshort = 0\n',
            "families has 'pairs', which sell short, and short is 0",
        ),
        ('kinds = ["etf"]\n', "families has 'options' and kinds has no 'option'"),
        (
            "[limits]\npremium = 0.0\n",
            "families has 'options' and premium is 0, so that none is paid",
        ),
        (
            'families = ["trim"]\n[limits]\nturnover = 0.0\n',
            "which trades holdings, and turnover is 0",
        ),
        (
            'families = ["rotation"]\n[limits]\nturnover = 0.0\n',
            "which trades holdings, and turnover is 0",
        ),
        (
            '[universe]\ninclude = ["B", "A", "C"]\nexclude = ["A", "B"]\n',
            "A, B is both included and excluded",
        ),
        (
            "[trading]\nticket_cost = 60\nsmallest_ticket = 50\n",
            "ticket_cost is more than smallest_ticket",
        ),
        ("families = []\n", "families is empty, so that nothing may be done"),
        ('families = ["hedge"]\n', "families has 'hedge', which is none of overlay"),
        ('kinds = ["etf", "swap"]\n', "kinds has 'swap', which is none of etf"),
        (
            '[robust]\nkind = "box"\n',
            "robust has 'box', which is none of none, budget, ellipsoid",
        ),
        (
            "[trading]\ntickets = 0\n",
            "tickets is 0, so that nothing may be ordered",
        ),
        ("[trading]\nhorizon = 0\n", "horizon is shorter than a day"),
        ("[limits]\ngross = -1\n", "gross is -1, below zero or no number"),
        ("[limits]\ninstrument = nan\n", "instrument is nan, below zero or no number"),
        ("[limits]\ngross = inf\n", "gross is inf, below zero or no number"),
        ("[limits]\ncost = 2\n", "cost is 2; 0.05 is 5%"),
        ("[tax]\nrate = 25\n", "tax_rate is 25; 0.05 is 5%"),
    ],
)
def test_a_contradiction_is_refused_in_its_words(write, text, words):
    """What cannot hold is said, with the file's name."""
    said = refusal(write(text))

    assert said.startswith("mine.toml: ")
    assert words in said


SHARES = (
    "participation tax_rate gain_share harm regret confidence over_hedge cost premium "
    "turnover tracking_error"
).split()


@pytest.mark.parametrize("field", SHARES)
def test_a_share_above_one_is_refused(field):
    """Five percent written as 5 is seen for every share that cannot be more than 1."""
    with pytest.raises(InputError, match=f"{field} is 5; 0.05 is 5%"):
        Mandate(**{field: 5.0})


def test_a_smallest_ticket_of_nothing_may_cost_something():
    """Without a smallest ticket any order may have its price."""
    assert Mandate(ticket_cost=50.0).smallest_ticket == 0.0


def test_all_contradictions_are_said_at_once(write):
    """Three things wrong are three things said."""
    said = refusal(
        write('kinds = ["etf"]\n[limits]\nshort = 0.7\n[trading]\nhorizon = 0\n')
    )

    assert "short (70%) is more than gross (60%)" in said
    assert "families has 'options' and kinds has no 'option'" in said
    assert "horizon is shorter than a day" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[limits]\ngros = 1\n", "[limits] gros is not known (did you mean gross?)"),
        (
            "[trading]\nsmalest_ticket = 1\n",
            "[trading] smalest_ticket is not known (did you mean smallest_ticket?)",
        ),
        ("[tax]\nrates = 0.1\n", "[tax] rates is not known (did you mean rate?)"),
        ('family = ["trim"]\n', "family is not known (did you mean families?)"),
        ("[limit]\ngross = 1\n", "there is no table [limit] (did you mean limits?)"),
        ("[honest]\nharm = 0\n", "there is no table [honest] (did you mean honesty?)"),
        ("[limits]\nzzz = 1\n", "[limits] zzz is not known."),
        ("[zzz]\ngross = 1\n", "there is no table [zzz]."),
        ("gross = 1\n", "gross is not known"),
    ],
)
def test_a_typo_names_the_near_one(write, text, words):
    """A key or table that is not known is named, with the one that was meant."""
    assert words in refusal(write(text))


def test_every_typo_is_said_at_once(write):
    """Two keys that are wrong, in two tables, are both named."""
    said = refusal(write("[limits]\ngros = 1\n[tax]\nrates = 1\n"))

    assert "[limits] gros is not known" in said
    assert "[tax] rates is not known" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[limits]\ngross = "1"\n', "[limits] gross is '1', which is no number"),
        ("[limits]\ngross = true\n", "[limits] gross is True, which is no number"),
        ("[limits]\ngross = [1]\n", "[limits] gross is [1], which is no number"),
        (
            "[trading]\ntickets = 2.5\n",
            "[trading] tickets is 2.5, which is no whole number",
        ),
        (
            "[trading]\ntickets = true\n",
            "[trading] tickets is True, which is no whole number",
        ),
        (
            '[trading]\nwhole_lots = "yes"\n',
            "[trading] whole_lots is 'yes', which is no true or false",
        ),
        ("ucits = 1\n", "ucits is 1, which is no true or false"),
        ("name = 5\n", "name is 5, which is no text"),
        ("[robust]\nkind = 1\n", "[robust] kind is 1, which is no text"),
        ('families = "trim"\n', "families is no list of texts"),
        ("[universe]\ninclude = [1]\n", "[universe] include is no list of texts"),
        ("[limits.gross]\na = 1\n", "which is no number"),
        ("limits = 3\n", "limits is not known"),
        ("[[limits]]\ngross = 1\n", "limits is not known"),
    ],
)
def test_a_wrong_type_is_named_with_its_place(write, text, words):
    """A value of the wrong type is shown with its table and key."""
    said = refusal(write(text))

    assert said.startswith("The mandate mine.toml: ")
    assert words in said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[limits]\ngross = 1\n",
        'schema = "stresskit/mandate/2"\n',
        "schema = 1\n",
        "[schema]\na = 1\n",
    ],
)
def test_a_file_without_its_schema_is_refused(tmp_path, text):
    """A file that does not say it is a mandate is not taken for one."""
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")

    assert 'is not schema = "stresskit/mandate/1"' in refusal(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[target]\nshare = 0.5\nmoney = 5\n", "needs one of share, money and floor"),
        ("[target]\n", "needs one of share, money and floor"),
        ("target = 0.5\n", "needs one of share, money and floor"),
        ('[target]\nshare = "half"\n', "[target] share is 'half', which is no number"),
        ("[target]\nshare = true\n", "[target] share is True, which is no number"),
        ("[target]\nloss = 0.5\n", "A hedge target by 'loss' is not known"),
        ("[target]\nshare = 50\n", "A hedge target of 50 is not a share of the loss"),
        ("[target]\nshare = 0\n", "A hedge target of 0 is not a share of the loss"),
        ("[target]\nshare = nan\n", "A hedge target of nan is not a share"),
        ("[target]\nmoney = -5\n", "A hedge target of -5 is not an amount above zero"),
        ("[target]\nmoney = inf\n", "A hedge target of inf is not an amount"),
        ("[target]\nfloor = 4\n", "A hedge target of 4 is not a loss as a share"),
        ("[target]\nfloor = -0.1\n", "A hedge target of -0.1 is not a loss"),
    ],
)
def test_a_wrong_target_is_refused(write, text, words):
    """A target that is none, or two, is said with the file's name."""
    said = refusal(write(text))

    assert "mine.toml: " in said
    assert words in said


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("[target]\nshare = 1\n", "share", 1.0),
        ("[target]\nmoney = 250000\n", "money", 250_000.0),
        ("[target]\nfloor = 0\n", "floor", 0.0),
    ],
)
def test_each_kind_of_target_is_read(write, text, kind, value):
    """A share, an amount and the largest loss left are all targets."""
    assert read_mandate(write(text)).target == HedgeTarget(kind=kind, value=value)


def test_a_missing_file_is_said(tmp_path):
    """A file that is not there is an error of input, by name."""
    said = refusal(tmp_path / "none.toml")

    assert said == "The mandate none.toml: there is no such file."


@pytest.mark.parametrize(
    "content",
    [
        bytes(range(256)),
        b"\x00" * 64,
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"PK\x03\x04\x14\x00\x06\x00",
        SCHEMA.encode() + b"gross = = 1\n",
        SCHEMA.encode() + b"[limits]\ngross = 1\ngross = 2\n",
    ],
)
def test_what_is_no_text_is_refused(tmp_path, content):
    """A binary file, and one that is no TOML, cannot be read and no more."""
    path = tmp_path / "mine.toml"
    path.write_bytes(content)

    assert "The mandate mine.toml: it cannot be read: " in refusal(path)


def test_a_folder_is_no_mandate(tmp_path):
    """A folder in place of a file is refused."""
    assert "it cannot be read" in refusal(tmp_path)


def test_a_file_that_is_too_large_is_refused(write):
    """A megabyte and more is not looked into."""
    assert "larger than 1,000,000 bytes" in refusal(write("#" * 1_000_000))


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("0.5", "share", 0.5),
        (".25", "share", 0.25),
        ("0,5", "share", 0.5),
        ("1", "share", 1.0),
        ("50%", "share", 0.5),
        (" 50 % ", "share", 0.5),
        ("100%", "share", 1.0),
        ("1%", "share", 0.01),
        ("1.5", "money", 1.5),
        ("250000", "money", 250_000.0),
        ("250,000", "money", 250_000.0),
        ("1,250,000.50", "money", 1_250_000.5),
        ("250'000", "money", 250_000.0),
        ("floor=4%", "floor", 0.04),
        ("floor=0.04", "floor", 0.04),
        ("Floor = 4 %", "floor", 0.04),
        ("floor=0", "floor", 0.0),
        ("floor=100%", "floor", 1.0),
    ],
)
def test_every_form_of_a_target_is_read(text, kind, value):
    """A share, a percentage, an amount and a floor are told apart."""
    found = read_target(text)

    assert found.kind == kind
    assert value == pytest.approx(found.value, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "half", "nan", "inf", "1/2", "0.5x", "<0.5", "share=0.5"),
        *("floor", "floor=", "floor 4%", "floor=low"),
    ],
)
def test_what_is_no_number_is_no_target(text):
    """The text is repeated, and the hint shows every form."""
    with pytest.raises(InputError) as refused:
        read_target(text)

    assert str(refused.value) == f"--hedge-target {text}: no number."
    assert "floor=4%" in refused.value.hint
    assert refused.value.code == "hedge-target"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0", "not a share of the loss above 0 and up to 1"),
        ("0%", "not a share of the loss above 0 and up to 1"),
        ("-0.5", "not a share of the loss above 0 and up to 1"),
        ("150%", "not a share of the loss above 0 and up to 1"),
        ("floor=4", "not a loss as a share of the value, from 0 to 1"),
        ("floor=-1%", "not a loss as a share of the value, from 0 to 1"),
    ],
)
def test_a_number_out_of_its_range_is_no_target(text, words):
    """A share of nothing, of more than all, or a floor above the value is refused."""
    with pytest.raises(InputError, match=words):
        read_target(text)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("share", 0.5, 40_000.0),
        ("money", 30_000.0, 30_000.0),
        ("money", 90_000.0, 80_000.0),
        ("floor", 0.06, 20_000.0),
        ("floor", 0.0, 80_000.0),
        ("floor", 0.2, 0.0),
    ],
)
def test_what_a_target_requires_in_money(kind, value, expected):
    """Of a loss of 80,000 on a million each kind asks for its part and no more."""
    target = HedgeTarget(kind=kind, value=value)

    assert expected == pytest.approx(target.required(80_000.0, 1e6), rel=1e-12)
