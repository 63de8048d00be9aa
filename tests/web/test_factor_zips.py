"""Hostile zips: nothing is written where it should not be, and all is told alike."""

from __future__ import annotations

import os
import random
import stat
import subprocess
import sys
import zipfile

import pytest
from factor_zips import own_folder, zip_of, zipped

from stresskit.errors import FactorError
from stresskit.web import factor_zips
from stresskit.web.factor_zips import checked_zip, own_factors
from stresskit.web.work import Failure, Job, checked_factor


@pytest.fixture(autouse=True)
def room(tmp_path, monkeypatch):
    """A room of the test's own."""
    home = tmp_path / "room"
    home.mkdir()
    monkeypatch.setattr(factor_zips, "_room", lambda: home)
    return home


@pytest.fixture
def folder(tmp_path):
    """A good factor."""
    return own_folder(tmp_path)


def link(name):
    """Return an entry that is a symbolic link."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


HOSTILE = {
    "out of the folder": [("../evil/factor.toml", b"x")],
    "absolute": [("/etc/factor.toml", b"x")],
    "backslashes": [("..\\evil\\factor.toml", b"x")],
    "drive": [("C:/evil/factor.toml", b"x")],
    "dots": [("./factor.toml", b"x")],
    "no folder": [("factor.toml", b"x")],
    "another file": [("my-event/evil.py", b"x")],
    "deeper": [("my-event/a/b/factor.toml", b"x")],
    "odd revision": [("my-event/revisions/../factor.toml", b"x")],
    "foreign digits": [("my-event/revisions/\u0661/factor.toml", b"x")],
    "twice": [("my-event/factor.toml", b"x")] * 2,
    "link": [(link("my-event/factor.toml"), b"/etc/passwd")],
    "two factors": [("a/factor.toml", b"x"), ("b/factor.toml", b"x")],
    "bomb": [("my-event/moves.csv", bytes(20_000_000))],
    "many": [(f"my-event/{n}.csv", b"") for n in range(10_000)],
    "in another": [("my-event/factor.toml", zip_of([("factor.toml", b"x")]))],
    "NUL": [("my\x00event/factor.toml", b"x")],
    "empty": [],
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_hostile_zips_are_refused(room, name):
    """One kind of error, no path in its words, nothing left behind."""
    with pytest.raises(FactorError) as caught:
        checked_zip(zip_of(HOSTILE[name]))

    assert str(room) not in str(caught.value)
    assert [p for p in room.parent.rglob("*") if p != room] == []


def test_a_good_zip_with_one_file_more(folder):
    """Nothing but a factor's files comes in beside them."""
    good = zipped(folder)

    assert checked_zip(good)["id"] == "my-event"
    with pytest.raises(FactorError, match="no file of a factor folder"):
        checked_zip(zipped(folder, {"my-event/conftest.py": b""}))


def test_damaged_zips_are_the_users_mistake(folder):
    """However the bytes are hurt, the answer is the user's to read, not a crash."""
    good, chance = zipped(folder), random.Random(9)  # noqa: S311 - no secret
    found = set()
    for _ in range(60):
        data = bytearray(good)
        for _ in range(chance.randint(1, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        answer = checked_factor(Job(kind="file", name="", data=bytes(data), options={}))
        if isinstance(answer, Failure):
            found.add(answer.problem["status"])

    assert found == {422}


def test_folders_of_many_callers_stay_few(room, folder):
    """Only the latest stay unpacked, and each is unpacked once."""
    data = zipped(folder)
    homes = [own_factors(((f"{n:064d}", data),)) for n in range(20)]

    assert len(list(room.iterdir())) == factor_zips.MOST_HOMES
    assert own_factors(((f"{19:064d}", data),)) == homes[-1]


def test_what_ended_processes_left_is_cleared(tmp_path, monkeypatch):
    """A process of the pool that begins removes the folders of those that are gone."""
    monkeypatch.setattr(factor_zips, "_base", None)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for process in (gone.pid, os.getpid()):
        (tmp_path / "rooms" / str(process)).mkdir(parents=True)

    factor_zips.settle(tmp_path / "rooms")

    left = [p.name for p in (tmp_path / "rooms").iterdir()]
    assert left == [str(os.getpid())]
