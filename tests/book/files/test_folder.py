"""Which files of a folder are portfolios, and what comes of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from stresskit.book.files.folder import find
from stresskit.book.lock import only_one
from stresskit.errors import InputError, OutputError


def make(folder: Path, *names: str) -> Path:
    """Write small files, in subfolders too."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return folder


def test_subfolders_are_mirrored_in_order(tmp_path):
    """Every file with an ending of holdings is taken, in the order of its name."""
    source = make(tmp_path / "in", "b.csv", "a.XLSX", "sub/deep/c.v2.parquet")

    found = find(source, tmp_path / "out")

    assert [t.file for t in found.tasks] == ["a.XLSX", "b.csv", "sub/deep/c.v2.parquet"]
    names = [t.output for t in found.tasks]
    assert names == ["a.xlsx", "b.xlsx", "sub/deep/c.v2.xlsx"]
    assert found.tasks[2].outputs(json=True)[1] == "sub/deep/c.v2.json"
    assert found.left_out == ()


def test_what_is_left_out_is_said(tmp_path):
    """Hidden files, locks, results, files of the run and strangers are named."""
    source = make(
        tmp_path,
        *("a.csv", ".b.csv", "~$a.xlsx", "fx.csv", "notes.pdf", ".git/c.csv"),
        *("out/a.xlsx", "older/.batch.lock", "older/a.xlsx"),
    )

    found = find(source, tmp_path / "out", [tmp_path / "fx.csv"])

    assert [t.file for t in found.tasks] == ["a.csv"]
    assert dict(found.left_out) == {
        ".git/": "hidden",
        "older/": "results of a batch",
        "out/": "the results",
        ".b.csv": "hidden",
        "fx.csv": "used by every portfolio",
        "notes.pdf": "no ending of holdings",
        "~$a.xlsx": "a lock of an open workbook",
    }


def test_no_two_results_have_one_name(tmp_path):
    """Files of one name keep their endings, also against our own files' names."""
    source = make(
        tmp_path / "in",
        *("a.csv", "a.xlsx", "A.txt", "a.csv.ods", "comparison.csv", "batch.csv"),
        "sub/comparison.csv",
    )

    found = find(source, tmp_path / "out")

    names = {t.file: t.output for t in found.tasks}
    assert names == {
        "A.txt": "A.txt.xlsx",
        "a.csv": "a.csv.xlsx",
        "a.csv.ods": "a.csv (2).xlsx",
        "a.xlsx": "a.xlsx.xlsx",
        "batch.csv": "batch.csv.xlsx",
        "comparison.csv": "comparison.csv.xlsx",
        "sub/comparison.csv": "sub/comparison.xlsx",
    }
    assert len({n.casefold() for n in names.values()}) == 7


def test_one_file_is_a_batch_of_one(tmp_path):
    """A file is taken whatever its ending says."""
    make(tmp_path, "holdings.dat")

    found = find(tmp_path / "holdings.dat", tmp_path / "out")

    assert [(t.file, t.output) for t in found.tasks] == [
        ("holdings.dat", "holdings.xlsx")
    ]


def test_nothing_to_do_is_an_error(tmp_path):
    """A folder that is not there or holds no portfolio says so, and what it holds."""
    with pytest.raises(InputError, match="There is no folder"):
        find(tmp_path / "nowhere", tmp_path / "out")
    with pytest.raises(InputError, match="no holdings") as caught:
        find(make(tmp_path / "in", "a.pdf"), tmp_path / "out")
    assert caught.value.hint == "Left out: a.pdf: no ending of holdings."


def test_results_never_stand_among_the_holdings(tmp_path):
    """Neither in their folder, nor above it, nor in the place of a file."""
    source = make(tmp_path / "in", "a.xlsx")

    for folder in (source, tmp_path):
        with pytest.raises(OutputError, match="holds the holdings"):
            find(source, folder)
    with pytest.raises(OutputError, match="would be replaced"):
        find(source / "a.xlsx", source)


def test_a_folder_has_one_run_at_a_time(tmp_path):
    """The second is refused by the number of the first; a dead one's lock is free."""
    (tmp_path / ".batch.lock").write_text("99999999\n")
    with only_one(tmp_path):
        with (
            pytest.raises(OutputError, match=r"Another run .*\(process") as caught,
            only_one(tmp_path),
        ):
            pass
        assert caught.value.code == "locked"
    with only_one(tmp_path):
        pass
