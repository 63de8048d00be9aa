"""What was read of folders is kept, and never longer than they stay as they were."""

from __future__ import annotations

import os
import shutil

import pytest

import stresskit
from stresskit.errors import FactorError
from stresskit.factors import keeping
from stresskit.factors.folders import shipped_folder
from stresskit.factors.keeping import kept, looked_once


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """Begin with nothing kept, and take what was changed just now for old."""
    monkeypatch.setattr(keeping, "_kept", {})
    monkeypatch.setattr(keeping, "SURELY_OLD_NS", -(10**12))


@pytest.fixture
def factors(tmp_path):
    """Copy a factor, its value chain and the other factors into a folder."""
    for name in ("deepseek-2025-01-27", "ai-value-chain", "other-factors"):
        shutil.copytree(shipped_folder() / name, tmp_path / name)
    return tmp_path


def test_the_same_folder_gives_the_very_same_factor():
    """Until a file changes nothing is read again."""
    assert stresskit.load_factor() is stresskit.load_factor()


@pytest.mark.parametrize(
    "name",
    [
        "deepseek-2025-01-27/factor.toml",
        "deepseek-2025-01-27/NOTES.md",
        "ai-value-chain/securities.csv",
        "other-factors/NOTES.md",
    ],
)
def test_a_changed_file_is_read_again(factors, name, monkeypatch):
    """A blank more in any file is another factor, also with the time put back."""
    monkeypatch.setattr("stresskit.factors.folders.shipped_folder", lambda: factors)
    path = factors / name
    before = stresskit.load_factor()
    info = path.stat()
    path.write_bytes(path.read_bytes() + b"\n")
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))

    after = stresskit.load_factor()

    assert before is not after
    assert after is stresskit.load_factor()


def test_a_damaged_file_is_an_error_though_the_factor_was_kept(factors):
    """What was right before is no answer for what is wrong now."""
    folder = factors / "deepseek-2025-01-27"
    stresskit.load_factor(folder)
    (folder / "factor.toml").write_text("nonsense")

    with pytest.raises(FactorError):
        stresskit.load_factor(folder)


def test_a_new_folder_is_found_and_one_gone_is_not(factors, monkeypatch):
    """Ids are looked up again as soon as a folder comes or goes."""
    monkeypatch.setenv("STRESSKIT_FACTORS", "")
    mine = factors / "mine"
    mine.mkdir()
    with pytest.raises(FactorError, match="There is no factor"):
        stresskit.load_factor("my-factor", factors=mine)
    shutil.copytree(factors / "deepseek-2025-01-27", mine / "my-factor")
    text = (mine / "my-factor/factor.toml").read_text()
    (mine / "my-factor/factor.toml").write_text(
        text.replace('"deepseek-2025-01-27"', '"my-factor"', 1)
    )

    assert stresskit.load_factor("my-factor", factors=mine).id == "my-factor"
    shutil.rmtree(mine / "my-factor")
    with pytest.raises(FactorError, match="There is no factor"):
        stresskit.load_factor("my-factor", factors=mine)


def test_nothing_is_kept_of_what_was_changed_just_now(tmp_path, monkeypatch):
    """Two changes within a tick of the disk's clock look like one."""
    monkeypatch.setattr(keeping, "SURELY_OLD_NS", 2_000_000_000)
    (tmp_path / "a").write_text("1")
    made = []

    def make():
        made.append(1)
        return len(made)

    assert [kept("x", (tmp_path,), make) for _ in range(3)] == [1, 2, 3]
    monkeypatch.setattr(keeping, "SURELY_OLD_NS", -(10**12))
    assert [kept("x", (tmp_path,), make) for _ in range(3)] == [4, 4, 4]


def test_a_bounded_number_is_kept(tmp_path, monkeypatch):
    """The oldest goes when there are too many."""
    monkeypatch.setattr(keeping, "MOST_KEPT", 3)
    held = {}
    monkeypatch.setattr(keeping, "_kept", held)
    for n in range(5):
        assert kept(f"{n}", (tmp_path,), lambda n=n: n) == n

    assert [what for what, _ in held] == ["2", "3", "4"]


def test_a_question_looks_at_each_folder_once(factors, monkeypatch):
    """Inside what changes is not seen, and what is asked afterwards sees it."""
    looked = []

    def looking(folder):
        looked.append(folder)
        return ()

    monkeypatch.setattr(keeping, "_stamp_of", looking)
    with looked_once():
        first = kept("a", (factors,), object), kept("b", (factors,), object)
        again = kept("a", (factors,), object)
    outside = kept("a", (factors,), object)

    assert again is first[0]
    assert outside is first[0]
    assert looked == [factors, factors]
