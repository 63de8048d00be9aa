"""Check a factor folder: its files, its schema, its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.factors.folders import locate, stray_files
from stresskit.factors.loading import basis_of, load_factor
from stresskit.readers.factor_folder import REVISIONS, factor_identity

if TYPE_CHECKING:
    from pathlib import Path


def check_factor(id_or_folder: str | Path, *, factors: Path | None = None) -> list[str]:
    """Check a factor folder and return what is wrong, in sentences; empty if nothing.

    The files are read, the folder is searched for files that do not belong there,
    and the shocks are recomputed: from ``moves.csv``, from the stated moves, or from
    the basis of a variant.

    Raises
    ------
    FactorError
        If the folder cannot be read at all.
    """
    from stresskit.core.factor.recompute import recompute_shocks, recompute_variant

    folder = locate(id_or_folder, "factor.toml", "factor", factors)
    factor = load_factor(folder, factors=factors)
    wrong = [
        f"{folder.name}/{name} does not belong in a factor folder."
        for name in stray_files(folder)
    ]
    earlier = folder.parent.name == REVISIONS
    called, name = (
        (f"{folder.parent.parent.name}@{folder.name}", f"{factor.id}@{factor.revision}")
        if earlier
        else (folder.name, factor.id)
    )
    if called != name:
        wrong.append(f"The folder is that of {called}, the factor is {name}.")
    wrong += [
        f"{folder.name}/{name} is missing."
        for name in (("NOTES.md",) if factor.variant else ("moves.csv", "NOTES.md"))
        if not (folder / name).is_file()
    ]
    if factor.variant:
        home = folder.parent.parent if earlier else folder
        basis = basis_of(factor_identity(folder), home, factors)
        wrong += recompute_variant(factor, basis)
    else:
        wrong += recompute_shocks(factor)
    return wrong
