"""A correction is a new revision; the old one stays as it was, and is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stresskit.errors import FactorError, InputError, OutputError
from stresskit.factors import check_factor, load_factor, save_factor, vary_factor


def files(folder):
    """Every file below a folder with its bytes, by relative name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def revised(better, folder, reason="A shorter window"):
    """Write a new revision over a folder."""
    return save_factor(better, folder, notes="# better\n", revise=reason)


def test_the_old_revision_is_kept_byte_for_byte(saved, better):
    """Under revisions/1, all of it; the folder itself holds the new one."""
    before = files(saved)
    assert len(before) == 5

    revised(better, saved)

    after = files(saved)
    kept = {k: v for k, v in after.items() if k.startswith("revisions/")}
    assert kept == {f"revisions/1/{k}": v for k, v in before.items()}
    # Without an about text there is no such file; the old one's went with it.
    own = {k for k in after if "/" not in k}
    assert own == {"factor.toml", "moves.csv", "segment_returns.csv", "NOTES.md"}
    assert [p.name for p in saved.parent.iterdir()] == ["my-event"]


def test_each_revision_is_found_by_its_number(saved, first, better):
    """Newest by id and by @2, the first by @1, by id and by folder."""
    old = load_factor(saved)
    revised(better, saved)

    newest = load_factor("my-event", factors=saved.parent)
    earlier = load_factor("my-event@1", factors=saved.parent)

    assert (newest.revision, newest.revision_reason) == (2, "A shorter window")
    assert newest.title == "Better"
    assert load_factor("my-event@2", factors=saved.parent).sha256 == newest.sha256
    assert load_factor(f"{saved}@1").shocks == earlier.shocks == old.shocks
    assert (earlier.revision, earlier.sha256) == (1, old.sha256)
    assert earlier.revision_reason == "First publication"
    assert newest.shocks != earlier.shocks
    assert earlier.shocks[0].shrunk == pytest.approx(first.shocks[0].shrunk, rel=1e-9)


def test_the_shipped_factor_has_its_first_revision():
    """What was published first is still found, still in order, and another one."""
    newest, first = (load_factor(f"deepseek-2025-01-27{at}") for at in ("", "@1"))

    assert newest.revision > 1
    assert first.revision == 1
    assert first.event_start == newest.event_start
    assert first.sha256 != newest.sha256
    assert check_factor("deepseek-2025-01-27@1") == []


def test_an_unknown_revision_is_refused(saved, better):
    """The message says which, the hint which there are."""
    revised(better, saved)

    with pytest.raises(FactorError, match="my-event has no revision 9") as error:
        load_factor("my-event@9", factors=saved.parent)

    assert error.value.hint == "Known: 1, 2."
    assert error.value.code == "unknown-factor"


@pytest.mark.parametrize("number", ["0", "3", "00", "²", "1.0", "-1", "", "one"])
def test_what_is_no_revision_is_refused_in_words(saved, number):
    """Whatever stands after the @, an error of ours says so."""
    with pytest.raises(InputError):
        load_factor(f"{saved}@{number}")


def test_both_revisions_are_in_order(saved, better):
    """Check recomputes the one asked for; a revision has its own name."""
    revised(better, saved)

    assert check_factor(saved) == []
    assert check_factor(f"{saved}@1") == []
    assert check_factor(saved / "revisions" / "1") == []


def test_an_edited_old_revision_is_found(saved, better):
    """A shock changed under revisions/1 is not what its own moves.csv gives."""
    revised(better, saved)
    path = saved / "revisions" / "1" / "factor.toml"
    text = path.read_text(encoding="utf-8")
    shrunk = load_factor(f"{saved}@1").shocks[0].shrunk
    path.write_text(text.replace(f"shrunk = {shrunk!r}", "shrunk = -0.5", 1), "utf-8")

    wrong = check_factor(f"{saved}@1")

    assert len(wrong) == 1
    assert wrong[0].startswith("AI_ACCEL: the stored shock -0.5 ")
    assert check_factor(saved) == []


def test_a_revision_in_another_folder_is_found(saved, better):
    """Renamed by hand it says it is not what it is called."""
    revised(better, saved)
    (saved / "revisions" / "1").rename(saved / "revisions" / "7")

    wrong = check_factor(saved / "revisions" / "7")

    assert wrong == ["The folder is that of my-event@7, the factor is my-event@1."]


def test_revising_twice_keeps_both(saved, first, better):
    """Three revisions; the first is carried along unchanged."""
    before = files(saved)
    revised(better, saved)
    second = {k: v for k, v in files(saved).items() if "/" not in k}

    revised(first, saved, "Back to the long window")

    after = files(saved)
    for number, old in ((1, before), (2, second)):
        for name, content in old.items():
            assert after[f"revisions/{number}/{name}"] == content
    assert len(after) == 4 + len(before) + len(second)
    assert load_factor(saved).revision == 3
    assert [load_factor(f"{saved}@{n}").revision for n in (1, 2, 3)] == [1, 2, 3]


def test_there_must_be_something_to_revise(better, tmp_path):
    """Neither nothing, nor a folder without a factor; nothing is made."""
    (tmp_path / "other").mkdir()

    with pytest.raises(
        FactorError, match=r"no factor in .*my-event to revise"
    ) as error:
        revised(better, tmp_path / "my-event")
    with pytest.raises(FactorError, match="to revise"):
        revised(replace(better, id="other"), tmp_path / "other")

    assert "first one" in error.value.hint
    assert files(tmp_path) == {}


def test_another_factors_folder_is_not_revised(saved, better):
    """A folder of the right name that holds another id is left as it is."""
    path = saved / "factor.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('id = "my-event"', 'id = "your-event"', 1), "utf-8")
    before = files(saved)

    with pytest.raises(FactorError, match="holds the factor 'your-event'"):
        revised(better, saved)
    with pytest.raises(FactorError, match="must be named like the id 'elsewhere'"):
        revised(replace(better, id="elsewhere"), saved)

    assert files(saved) == before


def test_a_revision_that_is_kept_is_never_overwritten(saved, better):
    """A folder revisions/1 put there by hand stops a second one."""
    (saved / "revisions" / "1").mkdir(parents=True)
    (saved / "revisions" / "1" / "factor.toml").write_text("mine", encoding="utf-8")
    before = files(saved)

    with pytest.raises(OutputError, match="keeps a revision 1 already"):
        revised(better, saved)

    assert files(saved) == before


@pytest.mark.parametrize("failing", [1, 2])
def test_nothing_is_lost_if_a_folder_cannot_be_moved(
    saved, better, monkeypatch, failing
):
    """The old aside, or the new in its place: the old one stands as before."""
    before = files(saved)
    real, calls = Path.rename, []

    def rename(self, target):
        calls.append(target)
        if len(calls) == failing:
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OutputError, match="cannot be written: No space left"):
        revised(better, saved)
    monkeypatch.undo()

    assert len(calls) >= failing
    assert files(saved) == before
    assert [p.name for p in saved.parent.iterdir()] == ["my-event"]
    assert load_factor(saved).revision == 1


def test_nothing_is_lost_if_a_file_cannot_be_written(saved, better, monkeypatch):
    """A full disk half way: no new folder, the old one as it was."""
    before = files(saved)

    def write(self, *args, **kwargs):
        if self.name == "moves.csv":
            raise OSError(28, "No space left on device")
        return real(self, *args, **kwargs)

    real = Path.write_text
    monkeypatch.setattr(Path, "write_text", write)
    with pytest.raises(OutputError, match="cannot be written"):
        revised(better, saved)
    monkeypatch.undo()

    assert files(saved) == before
    assert [p.name for p in saved.parent.iterdir()] == ["my-event"]


def test_a_first_writing_that_fails_leaves_nothing(first, tmp_path, monkeypatch):
    """Whole or not at all: no folder, nothing hidden beside it."""

    def rename(*_):
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OutputError, match="Permission denied"):
        save_factor(first, tmp_path / "my-event", notes="")
    monkeypatch.undo()

    assert list(tmp_path.iterdir()) == []


def test_what_lay_in_the_folder_besides_is_not_lost(saved, better):
    """A stray file goes with the old revision, and a folder of drafts somewhere."""
    (saved / "scratch.txt").write_text("keep me", encoding="utf-8")
    (saved / "drafts").mkdir()
    (saved / "drafts" / "idea.txt").write_text("keep me too", encoding="utf-8")

    revised(better, saved)

    texts = [v for v in files(saved).values() if v.startswith(b"keep me")]
    assert sorted(texts) == [b"keep me", b"keep me too"]


def test_an_odd_folder_among_the_revisions_breaks_nothing(saved, better):
    """A copy under a name that is no number: the known ones are still told."""
    revised(better, saved)
    odd = saved / "revisions" / "old"
    odd.mkdir()
    first = saved / "revisions" / "1" / "factor.toml"
    (odd / "factor.toml").write_bytes(first.read_bytes())

    with pytest.raises(FactorError, match="has no revision 9"):
        load_factor(f"{saved}@9")


def test_a_folder_that_is_called_revisions_is_a_folder(saved):
    """One's factors may lie in a folder of that name: it is no revision of anything."""
    moved = saved.parent / "revisions"
    moved.mkdir()
    saved.rename(moved / "my-event")

    assert check_factor(moved / "my-event") == []


def test_a_variant_of_a_revision_outlives_the_next(saved, better, tmp_path):
    """It names revision 1, which is found beside it once 2 is there."""
    variant = vary_factor("darker", of=saved, market=-0.05)
    folder = save_factor(variant, tmp_path / "darker", notes="# d\n")
    assert check_factor(folder) == []

    revised(better, saved)

    again = load_factor(folder)
    assert again.basis == "my-event@1"
    assert [s.shrunk for s in again.shocks] == [
        s.shrunk for s in load_factor(f"{saved}@1").shocks
    ]
    assert check_factor(folder) == []
