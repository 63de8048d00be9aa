"""Check a factor folder: its files, its schema, its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.errors import FactorError
from stresskit.factors.folders import home_of, locate, stray_files
from stresskit.factors.loading import basis_of, load_factor
from stresskit.readers.about import read_about
from stresskit.readers.factor_folder import factor_identity

if TYPE_CHECKING:
    from pathlib import Path

    from stresskit.model import Factor

ESTIMATE_FILES = ("moves.csv", "segment_returns.csv")
TOLERANCE = 1e-6


def check_factor(id_or_folder: str | Path, *, factors: Path | None = None) -> list[str]:
    """Check a factor folder and return what is wrong, in sentences; empty if nothing.

    The files are read, the folder is searched for files that do not belong there,
    and the figures are recomputed: from ``moves.csv``, from the stated moves, or from
    the basis of a variant.

    Raises
    ------
    FactorError
        If the folder cannot be read at all.
    """
    folder = locate(id_or_folder, "factor.toml", "factor", factors)
    factor = load_factor(folder, factors=factors)
    return [
        *_files_wrong(folder, factor),
        *_name_wrong(folder, factor),
        *_figures_wrong(folder, factor, factors),
    ]


def _files_wrong(folder: Path, factor: Factor) -> list[str]:
    needed = ("NOTES.md", *(() if factor.variant else ESTIMATE_FILES))
    wrong = [
        f"{folder.name}/{name} does not belong in a factor folder."
        for name in stray_files(folder)
    ]
    wrong += [
        f"{folder.name}/{name} is missing."
        for name in needed
        if not (folder / name).is_file()
    ]
    about = folder / "about.toml"
    if about.is_file():
        try:
            read_about(about)
        except FactorError as error:
            wrong.append(str(error))
    return wrong


def _name_wrong(folder: Path, factor: Factor) -> list[str]:
    home = home_of(folder)
    called, name = folder.name, factor.id
    if home != folder:
        called, name = f"{home.name}@{called}", f"{name}@{factor.revision}"
    if called == name:
        return []
    return [f"The folder is that of {called}, the factor is {name}."]


def _figures_wrong(folder: Path, factor: Factor, factors: Path | None) -> list[str]:
    from stresskit.core.factor.recompute import (
        recompute_rest,
        recompute_shocks,
        recompute_variant,
    )

    if factor.variant:
        basis = basis_of(factor_identity(folder), home_of(folder), factors)
        return recompute_variant(factor, basis)
    wrong = recompute_shocks(factor)
    if factor.stated or wrong:
        return wrong
    return [*recompute_rest(factor), *_band_wrong(factor)]


def _band_wrong(factor: Factor) -> list[str]:
    """Say where the band's dispersion is not what the leave-one-out errors give.

    First revisions took it otherwise and are not recomputed.
    """
    import numpy as np

    from stresskit.core.factor.shocks import REGRESSION
    from stresskit.core.validation.day import day_of

    if factor.method.get("shocks") != REGRESSION:
        return []
    day = day_of(factor)
    again = day.scale(np.ones(len(day.rows), dtype=bool))
    off = np.abs(day.scale() - again) > TOLERANCE
    wrong = [
        f"dispersion: the stored {name} is not what the errors of the day give."
        for name, chosen in (("theme", day.theme), ("rest", day.rest))
        if (off & chosen).any()
    ]
    return [*wrong, *_calibration_wrong(factor)]


def _calibration_wrong(factor: Factor) -> list[str]:
    """Say where the band's conformal factors are not what the day's errors give.

    Revisions from before they were kept have none.
    """
    import math

    from stresskit.core.validation.calibration import calibration_of

    if factor.conformal_stocks is None and factor.conformal_portfolios is None:
        return []
    found = calibration_of(factor)
    pairs = (
        ("conformal_stocks", factor.conformal_stocks, found.stocks),
        ("conformal_portfolios", factor.conformal_portfolios, found.portfolios),
    )
    return [
        f"dispersion: the stored {name} is not what the errors of the day give."
        for name, stored, again in pairs
        if not math.isclose(stored or 0.0, again or 0.0, rel_tol=TOLERANCE)
    ]
