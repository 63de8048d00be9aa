"""Read one factor or value chain, list all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stresskit.errors import FactorError
from stresskit.factors.folders import (
    DEFAULT_FACTOR,
    check_id,
    find_folders,
    home_of,
    identity_of,
    locate,
)
from stresskit.factors.keeping import kept
from stresskit.readers.chain_folder import read_chain_folder
from stresskit.readers.factor_folder import (
    factor_identity,
    read_factor_folder,
)
from stresskit.readers.other_factors_folder import MARKER, read_other_factors_folder

if TYPE_CHECKING:
    from pathlib import Path

    from stresskit.model import Factor, OtherFactors, ValueChain


OTHER_FACTORS = "other-factors"


def load_chain(id_or_folder: str | Path, *, factors: Path | None = None) -> ValueChain:
    """Load a value chain by id or folder.

    Raises
    ------
    FactorError
        If there is none of that id, or its files cannot be read.
    """
    folder = locate(id_or_folder, "segments.toml", "value chain", factors)
    return kept("chain", (folder,), lambda: read_chain_folder(folder))


def load_other_factors(*, factors: Path | None = None) -> OtherFactors:
    """Load what is known of rates, credit, volatility, gold, bitcoin and currencies.

    Raises
    ------
    FactorError
        If the folder is not found or cannot be read.
    """
    folder = locate(OTHER_FACTORS, MARKER, "folder of other factors", factors)
    return kept("others", (folder,), lambda: read_other_factors_folder(folder))


def load_factor(
    id_or_folder: str | Path = DEFAULT_FACTOR, *, factors: Path | None = None
) -> Factor:
    """Load a factor by id or folder.

    Parameters
    ----------
    id_or_folder
        ``deepseek-2025-01-27``, a folder that holds a ``factor.toml``, or either
        with ``@1`` for an earlier revision.
    factors
        A folder with factor folders of your own, searched before the shipped ones.

    Raises
    ------
    FactorError
        If there is none of that id, or its files cannot be read.

    Examples
    --------
    >>> factor = load_factor("deepseek-2025-01-27")
    >>> factor.event_start.isoformat()
    '2025-01-27'
    """
    factor = _load(id_or_folder, factors, ())
    others = load_other_factors(factors=factors)
    # The same parts make the same factor: what is indexed by it stays good.
    whole = f"{factor.id}@{factor.revision} {factor.sha256}"
    return kept(whole, (), lambda: replace(factor, others=others), (factor, others))


def _load(
    id_or_folder: str | Path, factors: Path | None, above: tuple[Path, ...]
) -> Factor:
    """Load a factor; ``above`` are the variants it is loaded for."""
    folder = locate(id_or_folder, "factor.toml", "factor", factors)
    if folder in above:
        raise FactorError(
            f"{folder.name} is a variant of itself, by way of others.",
            hint="A variant's basis must in the end be measured or stated.",
        )
    identity = identity_of(folder)
    check_id(str(identity["id"]))
    chain_id = check_id(str(identity["value_chain"]))
    home = home_of(folder)
    beside = home.parent / chain_id
    own = (beside / "segments.toml").is_file()
    chain = load_chain(beside if own else chain_id, factors=factors)
    basis = None
    if identity["variant"]:
        basis = basis_of(identity, home, factors, (*above, folder))
    factor = kept(
        "factor",
        (folder,),
        lambda: read_factor_folder(folder, chain, basis),
        (chain, basis),
    )
    wanted = factor.variant.basis_sha256 if factor.variant else ""
    if basis is not None and basis.sha256 != wanted:
        raise FactorError(
            f"{factor.id} is a variant of {factor.basis} with SHA-256 {wanted[:12]}, "
            f"but the one found has {basis.sha256[:12]}.",
            hint="Give the folder it was made from, or make the variant again.",
        )
    return factor


def basis_of(
    identity: dict[str, Any],
    home: Path,
    factors: Path | None,
    above: tuple[Path, ...] = (),
) -> Factor:
    """Load the factor that a variant is one of: beside it, else by its id.

    Raises
    ------
    FactorError
        If it is not found, or the variant itself.
    """
    name, _, revision = str(identity["basis"]).partition("@")
    if check_id(name) == identity["id"]:
        raise FactorError(f"{name} is called a variant of itself.")
    beside = home.parent / name
    own = (beside / "factor.toml").is_file()
    at = f"{beside if own else name}@{revision}" if revision else name
    return _load(at, factors, above)


def list_factors(
    *, factors: Path | None = None, like: str = DEFAULT_FACTOR
) -> list[dict[str, Any]]:
    """List every factor: id, revision, title, purpose, event dates, folder, ...

    ``severity`` and ``similarity`` say how much of the event ``like`` another one
    shows over the theme's segments (1 and 1 for itself), None on another value
    chain: ``s = theta'f / theta'theta`` and ``theta'f / (|theta| |f|)``.

    Raises
    ------
    FactorError
        If one cannot be read or an id exists twice.
    """
    folders = find_folders("factor.toml", factors)
    found = [factor_identity(f) | {"folder": str(f)} for f in folders.values()]
    reference = next((f for f in found if f["id"] == like), None)
    if reference is None:
        # Says what is known, and what was probably meant.
        locate(like, "factor.toml", "factor", factors)
        raise FactorError(
            f"{like!r} is a folder, and not among the listed factors.",
            hint="Give its id, and the place it is in with --factors DIR.",
        )
    chain = load_chain(reference["value_chain"], factors=factors)
    theme = [s.id for s in chain.segments if s.theme]
    return [_likened(f, reference, theme) for f in found]


def _likened(
    found: dict[str, Any], reference: dict[str, Any], theme: list[str]
) -> dict[str, Any]:
    """Replace the moves by how much of the reference's event they show."""
    import numpy as np

    from stresskit.core.factor.pattern import likeness

    rest = {k: v for k, v in found.items() if k not in ("raw", "shrunk")}
    # What was set has shocks only; what was measured is compared as it was measured.
    key = "raw" if found["measured"] and reference["measured"] else "shrunk"
    moves, wanted = found[key], reference[key]
    names = [k for k in theme if k in moves and k in wanted]
    theta = np.array([wanted[k] for k in names])
    if found["value_chain"] != reference["value_chain"] or not np.any(theta):
        return rest | {"severity": None, "similarity": None}
    seen = likeness(theta, np.array([[moves[k] for k in names]]))
    return rest | {
        "severity": float(seen.severity[0]),
        "similarity": float(seen.similarity[0]),
    }
