"""What is kept of a result cannot make the service run or change anything."""

from __future__ import annotations

import copyreg
import datetime as dt
import os
import pickle
from functools import partial

import pytest
from serving import body_of

from stresskit import model
from stresskit.asking import Ask, Files, Question
from stresskit.factors import load_factor
from stresskit.factors.folders import DEFAULT_FACTOR
from stresskit.model.contract import result_to_dict
from stresskit.web import kept as place
from stresskit.web.kept import NotKept, keep, kept
from stresskit.web.ledger.words import pack, unpack


@pytest.fixture(scope="module")
def result():
    """A result of three positions."""
    import orjson

    main, more = Question(factor=DEFAULT_FACTOR, scenarios=("none",)).asked()
    ask = Ask(files=Files(), main=main, more=more, draws=False)
    body = {k: v for k, v in body_of().items() if k != "options"}
    portfolio = ask.files.read(model.Content("a.json", orjson.dumps(body)))
    return ask.answer(portfolio, lambda _: None)[0]


def test_it_comes_back_whole(result):
    """Every field of every noun is as it was, the factor that of its folder."""
    again, plan = kept(keep(result, None), load_factor)

    assert plan is None
    assert repr(again) == repr(result)
    assert result_to_dict(again) == result_to_dict(result)


def test_no_figures_of_a_factor_are_kept(result):
    """A factor takes its id and hash, not its history."""
    assert len(keep(result, None)) < 60_000


def test_a_factor_that_changed_is_not_taken(result):
    """The workbook would otherwise explain another event."""
    sha256 = result.scenario.factor.sha256.encode()
    whole = unpack(keep(result, None), packed=True)
    data = pack(whole.replace(sha256, b"0" * 64))

    with pytest.raises(NotKept, match="has changed"):
        kept(data, load_factor)


def calling(module, name, *given):
    """Return a pickle that calls something of a module."""
    lines = [f"c{module}\n{name}\n".encode(), b"("]
    lines += [pickle.dumps(g, 0)[:-1] for g in given]
    return b"".join([*lines, b"tR."])


HOSTILE = {
    "a command": calling("os", "system", "touch /tmp/owned"),
    "an expression": calling("builtins", "eval", "1"),
    "an attribute": calling("builtins", "getattr", 1, "real"),
    "an import of the nouns' module": calling("stresskit.model", "Factor.__init__"),
    "a noun's class": calling("stresskit.model.portfolio", "Position"),
    "what a noun's module imported": calling(
        "stresskit.model.content", "re.compile", "a"
    ),
    "a module below": calling("stresskit.model.content", "re"),
    "an inner name": calling("stresskit.web.kept", "pickle.loads", b""),
    "a noun that is none": calling("stresskit.web.kept", "_noun", "os.system"),
    "a noun that is no name": calling("stresskit.web.kept", "_noun", ("a",)),
    "a noun of too few fields": calling("stresskit.web.kept", "_noun", "Issue"),
    "a factor by its path": calling("stresskit.web.kept", "_named", "../evil", 1, "x"),
    "a factor by a number": calling("stresskit.web.kept", "_named", 1, 1, "x"),
    "a revision in words": calling("stresskit.web.kept", "_named", "a", "1@2", "x"),
    "a date that is none": calling("datetime", "date", 1, 99, 1),
    "another of that module": calling("datetime", "sys"),
    "no pickle": b"PK\x03\x04",
    "nothing": b"",
    "no result": pickle.dumps((1, 2)),
    "not a pair": pickle.dumps(1),
    "an extension": b"\x82\x01.",
    "a persistent id": b"Pabc\n.",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_but_nouns_is_made(name):
    """Every other name ends in one error, and no factor is looked for by a path."""

    def load(which):
        raise AssertionError(which)

    with pytest.raises(NotKept):
        kept(pack(HOSTILE[name]), load)


def building(state):
    """Return a pickle that sets the state of what makes nouns."""
    start = b"cstresskit.web.kept\n_noun\n"
    return start + pickle.dumps(state, 0)[:-1] + b"b."


@pytest.mark.parametrize(
    "state",
    [{"a": 1}, (None, {"__call__": 1}), (None, {"__class__": 1}), {"__dict__": {}}],
)
def test_the_maker_of_nouns_cannot_be_changed(state):
    """A pickle that sets attributes changes nothing that outlives it."""
    with pytest.raises(NotKept):
        kept(pack(building(state)), load_factor)

    assert place._noun("Content", "n", b"d") == model.Content("n", b"d")  # noqa: SLF001 - what could be changed


def test_an_extension_registry_is_no_way_in(monkeypatch):
    """Codes of `copyreg` go through the same door."""
    monkeypatch.setitem(copyreg._inverted_registry, 7, ("os", "system"))  # noqa: SLF001 - as others may have done

    with pytest.raises(NotKept, match="names os"):
        kept(pack(b"\x82\x07(S'id'\ntR."), load_factor)
    assert os.system is not None


def test_dates_are_dates():
    """The only classes that are named cannot be changed either."""
    data = b"cdatetime\ndate\n" + pickle.dumps((None, {"min": 1}), 0)[:-1] + b"b."

    with pytest.raises(NotKept):
        kept(pack(data), partial(load_factor))
    assert dt.date.min.year == 1
