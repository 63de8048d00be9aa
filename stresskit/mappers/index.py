"""What is the same for every portfolio that is placed with one factor, made once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, TypeVar

from stresskit.core.names import sector_key, words_of
from stresskit.mappers.directory import Directory, issuer_key

if TYPE_CHECKING:
    import datetime as dt

    import numpy as np
    from numpy.typing import NDArray

    from stresskit.model import Evidence, Exposure, Factor, Shock, ValueChain

# Factors and value chains kept for the next portfolio; a run seldom has more.
MOST_KEPT = 8
MOST_KNOWN = 100_000
MOST_SETTINGS = 16

Settings = tuple[tuple[type, ...], str | None, "dt.date | None"]
_Of = TypeVar("_Of")
_Made = TypeVar("_Made")


class Index:
    """A factor indexed for look-up, and what was found with it.

    Everything here follows from the factor alone. ``known`` holds the exposures of
    lines by all that mappers look at, for each base currency and date of a portfolio
    and the mappers asked; only of lines of which there was nothing to tell.
    """

    def __init__(self, factor: Factor) -> None:
        chain = factor.chain
        self.directory = directory_of(chain)
        self.evidence: dict[str, Evidence] = {e.key: e for e in factor.evidence}
        self.evidence_by_issuer: dict[str, Evidence] = {}
        for e in factor.evidence:
            item = self.directory.items.get(e.key)
            if item is not None and e.role != "fund" and has_history(e):
                self.evidence_by_issuer.setdefault(issuer_key(item), e)
        self.shocks: dict[str, Shock] = {s.segment: s for s in factor.shocks}
        self.theme = {s.id for s in chain.segments if s.theme}
        self.futures = [(words_of(w), f) for f in chain.futures for w in f.words]
        self.sectors = {sector_key(s.label): s for s in chain.sectors}
        others = factor.others.factors if factor.others else ()
        self.other_ids = {f.id for f in others}
        self.sensitivities: dict[tuple[tuple[str, float], ...], dict[str, float]] = {}
        self.composition: NDArray[np.float64] | None = None
        self.countries: dict[str, tuple[dict[str, float], int]] = {}
        self._known: dict[Settings, dict[Hashable, Exposure]] = {}

    def known(self, settings: Settings) -> dict[Hashable, Exposure]:
        """Return the exposures found before by these mappers in portfolios like it."""
        found = self._known.get(settings)
        if found is None or len(found) > MOST_KNOWN:
            if len(self._known) >= MOST_SETTINGS:
                self._known = {}
            found = self._known[settings] = {}
        return found


def has_history(evidence: Evidence) -> bool:
    """Whether a line has returns before the event, and not a published move alone."""
    return evidence.beta is not None and bool(evidence.residual_sd)


def _kept_for(
    kept: list[tuple[_Of, _Made]], of: _Of, make: Callable[[_Of], _Made]
) -> _Made:
    """Return what was made of the very same thing, or make it and keep it a while."""
    # The list is replaced and never changed: threads that look see a whole one.
    for known, made in tuple(kept):
        if known is of:
            return made
    fresh = make(of)
    kept[:] = [*kept[-MOST_KEPT + 1 :], (of, fresh)]
    return fresh


_directories: list[tuple[ValueChain, Directory]] = []
_indices: list[tuple[Factor, Index]] = []


def directory_of(chain: ValueChain) -> Directory:
    """Return a chain's directory; it is kept for the next portfolio."""
    return _kept_for(_directories, chain, Directory)


def index_of(factor: Factor) -> Index:
    """Return a factor's index; it is kept for the next portfolio."""
    return _kept_for(_indices, factor, Index)
