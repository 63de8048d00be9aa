"""The parts of reading in columns, each against what reads one row."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from random import Random
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresskit.core import identifiers
from stresskit.readers import read_holdings_file
from stresskit.readers.cells import decimal_vote, is_missing, name_of, parse_number
from stresskit.readers.files.long_text import long_text
from stresskit.readers.files.text import read_text_grid
from stresskit.readers.holdings import classes, identity, labels, options
from stresskit.readers.holdings import read as reading
from stresskit.readers.holdings.bulk.known_words import is_known, plainer
from stresskit.readers.holdings.bulk.names import cleaned, words_of
from stresskit.readers.holdings.bulk.numbers import NumberReader

# These are asked about class columns, tickers, titles and headers, not about names.
OF_NO_NAMES = {
    *("_CLASS_RULES", "_BY_SECTOR", "_BY_SECTION", "_CIC_SHAPE", "_FUTURE_CODE"),
    *("_CLASS_WORDS", "_SUBTOTAL", "_DERIVATIVE", "_PART", "_BREAKDOWN"),
    *("_WKN", "_NO_CODE", "_CONTRACT_KEY"),
}

digits = st.text("0123456789", min_size=1, max_size=17)
written = st.one_of(
    st.text("0123456789.,-+$€%()' eE", max_size=12),
    st.builds(
        "{}{}{}.{}{}".format,
        *[st.sampled_from(["", "-", "$", "("])] * 2,
        digits,
        digits,
        st.sampled_from(["", "%", ")"]),
    ),
    st.builds(
        "{},{:03d},{:03d}.{}".format,
        st.integers(0, 999),
        *[st.integers(0, 999)] * 2,
        digits,
    ),
    st.builds("{}.{:03d},{}".format, st.integers(0, 999), st.integers(0, 999), digits),
    st.sampled_from(
        ["", "-", "n/a", "#", "0,123", "0.123", "1e5", "<0.5", "1,23", "x"]
    ),
)


@settings(deadline=None)
@given(st.lists(written, min_size=1, max_size=20), st.sampled_from([".", ","]))
def test_numbers_read_together_are_those_read_alone(cells, mark):
    """Each cell has the value, the percent and the failing that it has by itself."""
    found = NumberReader(mark, weights=False, scale=1.0).read(cells)
    for n, cell in enumerate(cells):
        if is_missing(cell):
            assert math.isnan(found.values[n])
            assert not found.unread[n]
            continue
        try:
            number = parse_number(cell, decimal=mark)
        except ValueError:
            assert found.unread[n]
            continue
        assert found.values[n] == number.value
        assert math.copysign(1, found.values[n]) == math.copysign(1, number.value)
        assert found.percent[n] == number.percent
        # What proves the other mark is for the rows' own reader.
        assert found.unread[n] == (decimal_vote(cell) not in {None, mark})
        assert not (found.plain[n] and found.unread[n])


@settings(deadline=None)
@given(st.lists(st.text(max_size=8), min_size=1, max_size=20))
def test_words_cleaned_together_are_those_cleaned_alone(texts):
    """Each text is what ``name_of`` makes of it."""
    found, filled, said = cleaned(texts)
    assert found == [name_of(t) for t in texts]
    assert filled.tolist() == [not is_missing(t) for t in texts]
    assert said.tolist() == [bool(name_of(t)) for t in texts]


def test_digits_and_words_of_no_meaning_make_no_shape():
    """Names that no rule can tell apart are of one shape; coupons tell."""
    names = ["Lufthansa 12", "Volkswagn 13", "Lufthansa Bank", "T 2.5%", "T 3.5%"]
    shape = words_of(names).shape.tolist()
    assert shape[0] == shape[1]
    assert len(set(shape)) == 4


def pieces(pattern: re.Pattern[str]) -> set[str]:
    """Return the words, or parts of them, that a pattern can match by their letters."""
    found: set[str] = set()
    for text in texts_of(parser.parse(pattern.pattern, pattern.flags), found):
        found.update(re.findall(r"[^\W\d_]+", text))
    return found


def texts_of(tree: Iterator[tuple[object, object]], found: set[str]) -> set[str]:
    """Return the texts that a tree matches, with a blank for what is no one letter."""
    out = {""}
    for op, value in tree:
        parts = part_of(op, value, found)
        if len(out) * len(parts) > 50_000:
            # What stands before is whole: it need not be joined to all that follows.
            for text in out:
                found.update(re.findall(r"[^\W\d_]+", text))
            out = {" "}
        out = {one + two for one in out for two in parts}
    return out


def part_of(op: object, value: object, found: set[str]) -> set[str]:
    """Return the texts that one part of a tree matches."""
    if op is sre.LITERAL:
        return {chr(value).lower()}
    if op is sre.IN:
        return letters_of(value)
    if op is sre.BRANCH:
        return set().union(*(texts_of(b, found) for b in value[1]))
    if op is sre.SUBPATTERN:
        return texts_of(value[3], found)
    if op in {sre.MAX_REPEAT, sre.MIN_REPEAT}:
        least, most, inner = value
        texts = texts_of(inner, found)
        texts = texts if most <= 2 else {f"{t} " for t in texts}
        return texts | {""} if least == 0 else texts
    return {""} if op in {sre.ASSERT, sre.ASSERT_NOT} else {" "}


def letters_of(choices: list[tuple[object, object]]) -> set[str]:
    """Return the letters of a set; a blank stands for a class of them."""
    found: set[str] = set()
    for op, value in choices:
        if op is sre.LITERAL:
            found.add(chr(value).lower())
        elif op is sre.RANGE and value[1] - value[0] < 6:
            found |= {chr(c).lower() for c in range(value[0], value[1] + 1)}
        else:
            found.add(" ")
    return found if len(found) < 10 else {" "}


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Give the patterns of the modules whose rules are asked about names."""
    for module in (classes, labels, options, identity):
        for name, value in vars(module).items():
            if name in OF_NO_NAMES:
                continue
            rules = value if isinstance(value, tuple) else [(value,)]
            for rule in rules:
                first = rule[0] if isinstance(rule, tuple) and rule else rule
                if isinstance(first, re.Pattern):
                    yield f"{module.__name__}.{name}", first


def test_the_words_of_all_rules_are_known():
    """Every word that a rule asks for stays in a name's shape."""
    strange = {}
    for name, pattern in patterns():
        words = {w for w in pieces(pattern) if len(w) > 1 and w.isascii()}
        unknown = {w for w in words if not is_known(w)}
        if unknown:
            strange[name] = unknown
    assert strange == {}


def test_the_names_of_currencies_and_coins_are_known():
    """What is compared as a whole is made of known words."""
    names = [
        *(set(identifiers._CURRENCY_NAMES) | identifiers.CURRENCIES),  # noqa: SLF001
        *(classes._COINS | classes._METALS | classes.ACCOUNT_TYPES),  # noqa: SLF001
    ]
    plain = [n for n in names if re.fullmatch(r"[A-Za-z ]+", n)]
    words = {w for n in plain for w in n.split()}
    assert {w for w in words if not is_known(w)} == set()


def test_rules_see_a_shape_as_they_see_its_name():
    """A name and its shape are of one kind, whatever made-up words stand in it."""
    rng = Random(3)  # noqa: S311 - made-up names, not secrets
    known = ["cash", "fund", "Bank", "total", "bond", "call", "USD", "trust", "note"]
    fresh = ["Lufthansa", "Abc", "Xy", "Qwertz", "Zorro", "Ikarus", "Hjk"]
    names = [
        " ".join(rng.choices(known + fresh * 3, k=rng.randrange(1, 5)))
        for _ in range(2000)
    ]
    shapes, to = plainer(names)
    for name, n in zip(names, to.tolist(), strict=True):
        for rule in (labels.sounds_total, labels.class_label, labels.says_cash):
            assert rule(name) == rule(shapes[n])
        line = identity.Line(0, {}, {})
        kinds = {
            classes.asset_class(line, name=text, ticker=None, secure=True)
            for text in (name, shapes[n])
        }
        assert len(kinds) == 1


cell = st.text("ab1;\"\n é\t'", max_size=5)


@settings(deadline=None)
@given(st.lists(st.lists(cell, min_size=1, max_size=4), min_size=2, max_size=8))
def test_blocks_have_the_rows_of_the_grid(rows):
    """Quotes, blank rows and ends of lines split a long text as they split any."""
    content = "\n".join(";".join(r) for r in [["a", "b", "c", "d"], *rows]).encode()
    found = long_text(content, least=1)
    if found is None:
        return
    grid = read_text_grid(content)[0].rows
    if grid and found[0].delimiter == ";":
        try:
            blocks = list(found[0].blocks())
        except ValueError:
            return
        together = [[str(v) for v in r] for b in blocks for r in zip(*b, strict=True)]
        width = found[0].width
        assert together == [[*r, *[""] * (width - len(r))] for r in grid]


def book(count: int, code: str = "US0378331005") -> str:
    """Return a file of securities that differ in their numbers alone."""
    lines = [f"{code},Company {n},{n},10,USD,{n * 10}" for n in range(1, count + 1)]
    return "\n".join(["ISIN,Name,Quantity,Price,Currency,Market Value", *lines])


@pytest.fixture
def long_from_five(monkeypatch):
    """Read files of five lines in columns."""
    monkeypatch.setattr(reading, "LONG_TEXT_LINES", 5)


@pytest.mark.usefixtures("long_from_five")
def test_a_million_wrong_codes_are_no_million_issues(tmp_path):
    """The first of many wrong codes are named, the rest counted with their money."""
    path = tmp_path / "book.csv"
    path.write_text(book(4000, code="US0378331009"))
    found = [i for i in read_holdings_file(path).issues if i.code == "identifier"]
    assert [i.row for i in found[:-1]] == list(range(2, 102))
    assert found[-1].message.startswith(
        "3,900 more rows have the same problem: rows 102"
    )
    assert found[-1].money == sum(n * 10 for n in range(101, 4001))


def test_columns_are_read_alike_with_the_head_of_a_long_file(tmp_path, monkeypatch):
    """What stands below the rows that decide on the columns is read by them."""
    path = tmp_path / "book.csv"
    path.write_text(book(6000) + "\n,Total,,,," + f"{sum(range(1, 6001)) * 10}\n")
    found = []
    for least in (5, 10**9):
        monkeypatch.setattr(reading, "LONG_TEXT_LINES", least)
        found.append(read_holdings_file(path))
    assert found[0] == found[1]
    assert len(found[0].positions) == 6000
    assert found[0].stated_total == sum(range(1, 6001)) * 10


@pytest.mark.parametrize(
    "wrong",
    [
        'US0378331005,"never closed,1,10,USD,10',
        "ISIN,Name,Quantity,Price,Currency,Market Value",
        "Securities sold short",
    ],
)
def test_what_does_not_fit_is_read_row_by_row(tmp_path, monkeypatch, wrong):
    """A row that columns cannot be sure of leaves the file to the rows' reader."""
    path = tmp_path / "book.csv"
    lines = book(4000).split("\n")
    path.write_text("\n".join([*lines[:3900], wrong, *lines[3900:]]))
    found = []
    for least in (5, 10**9):
        monkeypatch.setattr(reading, "LONG_TEXT_LINES", least)
        try:
            found.append(read_holdings_file(path))
        except Exception as error:  # noqa: BLE001 - both must fail alike
            found.append(str(error))
    assert found[0] == found[1]
