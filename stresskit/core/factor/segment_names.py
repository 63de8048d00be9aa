"""The names people give segments and groups -> their ids."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from stresskit.errors import FactorError

if TYPE_CHECKING:
    from stresskit.model import ValueChain

MARKET = "MARKET"


def name_key(name: str) -> str:
    """Return a name without what people write differently: case and separators.

    Examples
    --------
    >>> name_key("AI_ACCEL") == name_key("ai accel") == name_key("Ai-Accel")
    True
    >>> name_key("Cooling & electrical")
    'cooling and electrical'
    """
    words = re.sub(r"[\W_]+", " ", name.casefold().replace("&", " and "))
    return words.strip()


class SegmentNames:
    """Every name a value chain's segments and groups go by, and MARKET.

    An id comes before a title and the GICS sector of a rest-of-market segment.
    """

    def __init__(self, chain: ValueChain):
        self._chain = chain
        self._parents = {s.id: s.group for s in chain.segments}
        groups = [g.id for g in chain.groups]
        self._ids = {name_key(i): i for i in (*self._parents, *groups, MARKET)}
        titles: dict[str, set[str]] = defaultdict(set)
        for group in chain.groups:
            titles[name_key(group.title)].add(group.id)
        for segment in chain.segments:
            titles[name_key(segment.title)].add(segment.id)
            if segment.gics_sector:
                titles[name_key(segment.gics_sector)].add(segment.id)
        self._titles = dict(titles)

    def known(self, name: str) -> bool:
        """Whether a name means anything in the chain."""
        return name_key(name) in self._ids or name_key(name) in self._titles

    def resolve(self, name: str, where: str) -> str:
        """Return the id that a name means.

        Raises
        ------
        FactorError
            If it means nothing, or more than one thing.
        """
        key = name_key(name)
        if key in self._ids:
            return self._ids[key]
        found = sorted(self._titles.get(key, ()))
        if not found:
            raise FactorError(
                f"{where}: {name!r} is no segment or group of {self._chain.id}.",
                hint=self._nearest(key) + self._list(),
                code="unknown-segment",
            )
        if len(found) > 1:
            raise FactorError(
                f"{where}: {name!r} can mean {' or '.join(found)}.",
                hint="Write the id.",
                code="ambiguous-segment",
            )
        return found[0]

    def check_parent(self, name: str, group: str, where: str) -> None:
        """Check that a group, as written, is the parent of what an id names.

        Raises
        ------
        FactorError
            If it is another one, or no group at all.
        """
        given, parent = self.resolve(group, where), self._parents.get(name, name)
        if given != parent:
            belongs = "stands alone" if parent == name else f"belongs to {parent}"
            raise FactorError(
                f"{where}: {name} {belongs}, not to {given}.",
                hint=f"Write {parent} as the group, or leave the group out."
                if parent != name
                else "Leave the group out.",
                code="other-group",
            )

    def _nearest(self, key: str) -> str:
        keys = {**self._titles, **{k: {i} for k, i in self._ids.items()}}
        near = difflib.get_close_matches(key, keys, n=1, cutoff=0.5)
        return f"Did you mean {min(keys[near[0]])}? " if near else ""

    def _list(self) -> str:
        segments = ", ".join(self._parents)
        groups = ", ".join(g.id for g in self._chain.groups)
        return (
            f"Segments: {segments}. Groups: {groups}. The market: {MARKET}. A title "
            "or the GICS sector of a segment serves too."
        )
