"""The files a run used besides the holdings: which there were, and whether they are."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stresskit.core.identifiers import ticker_key
from stresskit.errors import InputError
from stresskit.factors.folders import is_file

if TYPE_CHECKING:
    from stresskit.verifying.recorded import Said


@dataclass(frozen=True, kw_only=True)
class SideFiles:
    """What a run may have used besides the holdings, given again to verify it.

    ``mandate`` and ``theme`` are names or files, ``columns`` a file or pairs;
    ``factor`` is a folder in place of the recorded id, ``factors`` a folder with
    factors, mandates and themes of one's own. Without ``hedges`` they are left out.
    """

    fx: Path | None = None
    overrides: Path | None = None
    prices: Path | None = None
    funds: dict[str, Path] = field(default_factory=dict)
    columns: str | None = None
    password: str | None = None
    mandate: str | None = None
    instruments: Path | None = None
    benchmark: Path | None = None
    theme: str | None = None
    factor: str | None = None
    factors: Path | None = None
    hedges: bool = True


@dataclass(frozen=True)
class _Side:
    """A file that was used: which option gives it, its name and hash."""

    option: str
    name: str
    sha256: str
    fund: str = ""

    @property
    def example(self) -> str:
        return f"--fund {self.fund}=FILE" if self.fund else f"--{self.option} FILE"

    def given(self, sides: SideFiles) -> Path | None:
        """Return the file given for it."""
        if self.fund:
            key = ticker_key(self.fund)
            files = (p for k, p in sides.funds.items() if ticker_key(k) == key)
            return next(files, None)
        found = getattr(sides, self.option)
        # Columns may be pairs, which are no file.
        return Path(found) if found and is_file(Path(found)) else None

    def put(self, sides: SideFiles, path: Path) -> SideFiles:
        """Return the files with this one in place."""
        if self.fund:
            key = ticker_key(self.fund)
            kept = {k: p for k, p in sides.funds.items() if ticker_key(k) != key}
            return replace(sides, funds={**kept, self.fund: path})
        if self.option == "columns":
            return replace(sides, columns=str(path))
        given: dict[str, Any] = {self.option: path}
        return replace(sides, **given)


def _recorded(said: Said) -> list[_Side]:
    """Return the files that a record names."""
    found = [
        _Side(what, said.asked[f"{what}_file"], said.asked.get(f"{what}_sha256", ""))
        for what in ("columns", "fx", "prices")
        if f"{what}_file" in said.asked
    ]
    for key, sha256 in said.inputs.items():
        what, _, name = key.partition(": ")
        fund = what.removeprefix("fund ") if what.startswith("fund ") else ""
        if fund or what == "overrides":
            found.append(_Side("funds" if fund else what, name, sha256, fund))
        elif what == "prices" and all(side.option != what for side in found):
            found.append(_Side(what, name, sha256))
    found += [_Side("benchmark", name, sha) for name, sha in said.benchmark.items()]
    return found


def check_sides(
    said: Said, sides: SideFiles, folder: Path
) -> tuple[SideFiles, list[str], list[str]]:
    """Compare the files that were used with those given.

    Returns
    -------
    tuple
        The files to use, each under the name it was read by; what makes the report
        differ; what does not.

    Raises
    ------
    InputError
        If a file that is given is not there.
    """
    reasons, remarks = [], []
    recorded = _recorded(said)
    for side in recorded:
        path = side.given(sides)
        words = f"The report was made with {side.name} (SHA-256 {side.sha256[:16]}...)"
        if path is None and side.option == "fx":
            remarks.append(
                f"{words}; without {side.example} the rates it records are used."
            )
        elif path is None:
            reasons.append(f"{words}: give it with {side.example}.")
        elif (found := sha256_of(path)) != side.sha256 and side.sha256:
            reasons.append(
                f"{words}; {path.name} is another file (SHA-256 {found[:16]}...)."
            )
        else:
            sides = side.put(sides, named(path, side.name, folder))
    return _without_others(sides, recorded, said, remarks), reasons, remarks


def _without_others(
    sides: SideFiles, recorded: list[_Side], said: Said, remarks: list[str]
) -> SideFiles:
    """Leave out what the report was made without, and say so."""
    used = {side.option for side in recorded} | set(said.asked)
    for option in ("fx", "overrides", "prices", "benchmark", "columns"):
        given = getattr(sides, option)
        if given is not None and option not in used:
            remarks.append(
                f"{Path(given).name} is not used: the report was made without "
                f"--{option}."
            )
            nothing: dict[str, Any] = {option: None}
            sides = replace(sides, **nothing)
    keys = {ticker_key(side.fund) for side in recorded if side.fund}
    remarks += [
        f"The file of {key} is not used: the report was made without --fund."
        for key in sides.funds
        if ticker_key(key) not in keys
    ]
    kept = {k: p for k, p in sides.funds.items() if ticker_key(k) in keys}
    return replace(sides, funds=kept)


def named(path: Path, name: str, folder: Path) -> Path:
    """Return a file under the name it was read by; a copy, if it has another.

    What a report says of a file may be its name.
    """
    plain = Path(name).name
    if plain == path.name or plain != name or not 0 < len(plain) < 200:
        return path
    try:
        return Path(shutil.copyfile(path, folder / plain))
    except (OSError, ValueError):
        return path


def sha256_of(path: Path) -> str:
    """Return the hash of a file.

    Raises
    ------
    InputError
        If it is not there or cannot be read.
    """
    digest = hashlib.sha256()
    if not is_file(path):
        raise InputError(
            f"There is no file {path}.",
            hint="Give the file the report was made from.",
            code="not-found",
        )
    try:
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    except OSError as error:
        raise InputError(f"{path} cannot be opened: {error}.") from error
    return digest.hexdigest()
