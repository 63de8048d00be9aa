from __future__ import annotations

from dataclasses import replace

import pytest

import stresskit
from stresskit.mappers import place as places
from stresskit.mappers.context import MappingContext, tier_of
from stresskit.mappers.curated import CuratedMapper
from stresskit.mappers.fallback import still
from stresskit.mappers.override import OverrideMapper
from stresskit.model import Override, Position
from stresskit.model.plugin import Plugin


class Counting:
    """A mapper that answers every position and counts how often it was asked.

    It passes for one of the package's own: only their answers are shared.
    """

    __module__ = "stresskit.mappers.counting"
    tier = 2.0

    def __init__(self, *, noting=None):
        self.asked = []
        self.noting = noting

    def map(self, position, context):
        """Answer with the position's own name."""
        self.asked.append(position.id)
        if self.noting:
            context.note(
                stresskit.model.Issue(
                    code="odd", severity="info", message=self.noting, row=position.row
                )
            )
        return still(position, "cash", position.name, 1.0, covered=True)


@pytest.fixture
def asked(toy, portfolio):
    """Place positions with the mappers given; rows and context."""

    def run(mappers, *positions, overridden=None):
        book = portfolio(*positions)
        context = MappingContext(toy, book, overridden or {}, mappers=tuple(mappers))
        return places.place(book.positions, context), context

    return run


def _override(position_id):
    return Override(
        position_id=position_id,
        name=None,
        isin=None,
        ticker=None,
        segments={"POWER": 1.0},
        beta=None,
        reason="",
        where="mine.csv, row 2",
    )


def test_lines_written_alike_are_looked_up_once(asked, position):
    """Each keeps its own id; what differs in money only is written alike."""
    mapper = Counting()
    rows, _ = asked(
        [mapper],
        position("Acme", market_value=1.0),
        position("Acme", market_value=2.0, row=3, account="B"),
        position("Acme", market_value=3.0, row=4),
    )
    assert mapper.asked == ["p1"]
    assert [e.position_id for e in rows] == ["p1", "p2", "p3"]
    assert len({replace(e, position_id="").basis for e in rows}) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Other"},
        {"currency": "EUR"},
        {"sector": "Utilities"},
        {"country": "DE"},
        {"asset_class": "fund"},
        {"isin": "US1234567890"},
        {"ticker": "NVC"},
        {"mic": "XNAS"},
        {"wkn": "765432"},
    ],
)
def test_what_a_mapper_looks_at_is_not_shared(asked, position, change):
    """A line that differs in anything a mapper reads is asked by itself."""
    mapper = Counting()
    asked([mapper], position("Acme"), position(**({"name": "Acme"} | change)))
    assert mapper.asked == ["p1", "p2"]


def test_lines_with_an_issue_are_asked_each(asked, position):
    """Where something is to be said each line says it with its row."""
    mapper = Counting(noting="look")
    _, context = asked([mapper], position("Acme", row=2), position("Acme", row=3))
    assert mapper.asked == ["p1", "p2"]
    assert [i.row for i in context.issues] == [2, 3]


@pytest.mark.parametrize("which", ["p1", "p2", "p3"])
def test_an_overridden_line_is_neither_shared_nor_lent(asked, position, which):
    """Of three lines of one security the user changes one, wherever it stands."""
    lines = [position(isin="US1234567890", account=a) for a in "ABC"]
    rows, _ = asked(
        [OverrideMapper(), CuratedMapper()],
        *lines,
        overridden={which: _override(which)},
    )
    sources = {e.position_id: e.source for e in rows}
    assert sources == dict.fromkeys(("p1", "p2", "p3"), "curated") | {which: "override"}


def test_the_first_answer_counts(asked, position):
    """A later mapper is not asked where an earlier one knows."""
    first, second = Counting(), Counting()
    rows, _ = asked([first, second], position("Acme"))
    assert (first.asked, second.asked) == (["p1"], [])
    assert rows[0].basis == "Acme"


@pytest.mark.parametrize("kind", ["cash", "bond", "option", "fx_forward"])
def test_what_does_not_move_is_asked_of_the_user_only(asked, position, kind):
    """Only an override places cash, bonds, options and forwards."""
    mapper = Counting()
    line = position("Acme", asset_class=kind)
    rows, _ = asked([mapper], line)
    assert (mapper.asked, rows[0].moves) == ([], False)
    mapper.tier = 1
    asked([mapper], line)
    assert mapper.asked == ["p1"]


def test_without_mappers_everything_is_still_answered(asked, position):
    """Cash stays and the rest is unmapped, one row each in order."""
    rows, context = asked(
        [], position("Nobody"), position("Dollar", asset_class="cash")
    )
    assert [(e.position_id, e.source) for e in rows] == [
        ("p1", "unmapped"),
        ("p2", "cash"),
    ]
    assert [i.code for i in context.issues] == ["unmapped"]


@pytest.mark.parametrize(
    ("given", "source"),
    [
        # From the least sure to the surest: each adds what an earlier tier reads.
        ({}, "unmapped"),
        ({"sector": "Utilities"}, "sector"),
        ({"sector": "Electric Utilities"}, "industry"),
        ({"sector": "Utilities", "ticker": "LOOK"}, "fund"),
        ({"sector": "Utilities", "ticker": "LOOK", "isin": "US1234567890"}, "curated"),
    ],
)
def test_the_tiers_answer_in_their_order(position, place, given, source):
    """Curated before fund before industry and sector before nothing."""
    assert place(position(**given)).rows[0].source == source


def test_an_overridden_issue_free_run_is_signed(position, place, tmp_path):
    """The user's row beats every tier below."""
    path = tmp_path / "mine.csv"
    path.write_text("id,segments,by,on\np1,POWER=1,AB,2025-02-03\n")
    line = position(isin="US1234567890", sector="Utilities")
    exposures = place(line, overrides=path)
    assert (exposures.rows[0].source, exposures.issues) == ("override", ())


def test_the_largest_unplaced_lines_get_the_suggestions(asked, position, monkeypatch):
    """Beyond the limit likenesses are looked up for the most money, short or long."""
    monkeypatch.setattr(places, "MOST_SUGGESTED", 2)
    rows, _ = asked(
        [],
        position("Gridwork A", market_value=5.0),
        position("Gridwork B", market_value=-7.0),
        position("Gridwork C", market_value=6.0),
        position("Gridwork D", market_value=None, weight=0.2),
    )
    assert [bool(e.suggestions) for e in rows] == [False, True, True, False]


def test_what_a_line_may_be_is_said_in_its_issue(position, place):
    """The advice of each unplaced line names its own likenesses, and no others."""
    exposures = place(
        position("Gridwork plc", row=2),
        position("Flowers", row=3),
        position("Eastern Suply", row=4),
    )
    fixes = [i.fix.partition("? ")[0] for i in exposures.issues]
    assert fixes[0] == "Is it Gridworks plc (GRD:XLON)"
    assert fixes[1].startswith("Add an ISIN")
    assert fixes[2] == "Is it Eastern Supply (ES:XNYS)"
    assert [i.row for i in exposures.issues] == [2, 3, 4]


@pytest.mark.parametrize(
    "given",
    [
        {"isin": " us1234567890 "},
        {"ticker": "US1234567890"},
        {"ticker": " us1234567890"},
        {"ticker": "NVC", "mic": " xnas"},
        {"ticker": "NVC", "currency": "usd "},
        {"cusip": " 123456789"},
    ],
)
def test_codes_are_read_in_any_spelling(position, place, given):
    """Blanks and small letters are no other code; an ISIN may stand for a ticker."""
    (e,) = place(position("Novachip", **given)).rows
    assert (e.source, e.issuer) == ("curated", "NVC:XNAS")


class Foreign:
    """A mapper of another package that does as it is told."""

    tier = 2.0

    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    def map(self, position, context):
        """Answer, or raise."""
        del context
        self.asked.append(position.id)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


GOOD = still(Position(id="?", name="?"), "cash", "theirs", 1.0, covered=True)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (ValueError("oops"), "raises ValueError('oops')"),
        (stresskit.InputError("no table"), "raises InputError('no table')"),
        ("CHIPS", "gives str, no exposure"),
        (replace(GOOD, sensitivities={"CHIP": 1.0}), "gives the segment 'CHIP'"),
        (replace(GOOD, description={"CHIP": 1.0}), "gives the segment 'CHIP'"),
        (replace(GOOD, beta=float("nan")), "gives a figure that is no number"),
        (replace(GOOD, sensitivities={"CHIPS": float("inf")}), "is no number"),
        (replace(GOOD, confidence=1.5), "gives the confidence 1.5"),
        (replace(GOOD, confidence=-0.1), "gives the confidence -0.1"),
    ],
)
def test_a_plugin_that_answers_wrongly_is_a_warning(asked, position, answer, words):
    """It is named once, with the number and the first; the next mapper answers."""
    given = [position("Acme"), position("Bolt", market_value=5.0)]

    rows, context = asked([Foreign(answer), CuratedMapper()], *given)

    assert [e.source for e in rows] == ["unmapped", "unmapped"]
    (issue,) = [i for i in context.issues if i.code == "plugin"]
    assert issue.severity == "warning"
    assert "test_place.Foreign' of the mappers" in issue.message
    assert "failed for 2 positions" in issue.message
    assert "the first is Acme: it " in issue.message
    assert words in issue.message
    assert issue.money == sum(
        p.market_value or 0.0 for p in context.portfolio.positions
    )
    assert "uninstall" in issue.fix


def test_the_warning_says_of_whom_the_mapper_is(toy, portfolio, position):
    """Name, package and version are those of the entry point."""
    mapper = Foreign(ValueError("oops"))
    book = portfolio(position("Acme"))
    plugin = Plugin(seam="mappers", name="mine", package="my-package", version="1.2")
    context = MappingContext(
        toy, book, mappers=(mapper,), brought_by={id(mapper): plugin}
    )

    places.place(book.positions, context)

    (issue,) = [i for i in context.issues if i.code == "plugin"]
    assert issue.message.startswith(
        "The plugin 'mine' of the mappers (my-package 1.2) failed for 1 position,"
    )


def test_a_plugin_that_fails_below_an_override_is_counted_once(asked, position):
    """A beta alone asks the other mappers, and their failures are named as well."""
    row = replace(_override("p1"), segments={}, beta=0.7)
    mappers = [OverrideMapper(), Foreign(ValueError("oops"))]

    rows, context = asked(mappers, position("Acme"), overridden={"p1": row})

    assert rows[0].beta == 0.7
    (issue,) = [i for i in context.issues if i.code == "plugin"]
    assert "failed for 1 position," in issue.message


def test_a_plugins_answer_is_of_the_position_asked(asked, position):
    """A wrong id is put right, and each line is asked: what it reads is not known."""
    mapper = Foreign(GOOD)
    rows, _ = asked([mapper], position("Acme"), position("Acme"))
    assert [e.position_id for e in rows] == ["p1", "p2"]
    assert mapper.asked == ["p1", "p2"]
    assert {e.basis for e in rows} == {"theirs"}


def test_a_mapper_without_a_tier_stands_last(asked, position):
    """Below the country, and below an override's reach of what does not move."""

    class Plain:
        def map(self, position, context):
            del position, context
            return GOOD

    assert tier_of(Plain()) > 6
    rows, _ = asked([Plain()], position("Bund", asset_class="bond"))
    assert rows[0].source == "not stressed"


def test_suggestions_of_two_lines_in_one_row_keep_to_their_names(position, place):
    """Rows and sheets may be missing: the name says which line an issue is of."""
    exposures = place(
        position("Gridwork plc", sheet=None, row=None),
        position("Flowers", sheet=None, row=None),
    )
    fixes = {i.value: i.fix for i in exposures.issues}
    assert fixes["Gridwork plc"].startswith("Is it Gridworks plc (GRD:XLON)? ")
    assert fixes["Flowers"].startswith("Add an ISIN")
