"""What another package brings: where it is plugged in, and who made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stresskit.model.portfolio import Issue

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

UPDATE = (
    "Update or uninstall the package that brings it; `stresskit plugins` lists all."
)
GROUP = "stresskit."


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """One entry of a seam; ``failure`` says why it is not used, ``fix`` what helps."""

    seam: str
    name: str
    package: str = ""
    version: str = ""
    built_in: bool = False
    failure: str = ""
    fix: str = ""

    @classmethod
    def of(cls, point: EntryPoint) -> Plugin:
        """Return what an entry point says of itself.

        Examples
        --------
        >>> from importlib.metadata import EntryPoint
        >>> Plugin.of(EntryPoint("mine", "my.package:Mapper", "stresskit.mappers")).said
        "The plugin 'mine' of the mappers (package unknown)"
        """
        dist = getattr(point, "dist", None)
        return cls(
            seam=point.group.removeprefix(GROUP),
            name=point.name,
            package=dist.name if dist is not None else "",
            version=dist.version if dist is not None else "",
            built_in=point.value.startswith("stresskit."),
        )

    @property
    def said(self) -> str:
        """The plugin as the subject of a sentence."""
        package = f"{self.package} {self.version}" if self.package else ""
        return (
            f"The plugin {self.name!r} of the {self.seam} "
            f"({package or 'package unknown'})"
        )

    def issue(self, what: str, fix: str = "") -> Issue:
        """Return the warning that it failed: ``what`` goes on after its name."""
        return Issue(
            code="plugin",
            severity="warning",
            message=f"{self.said} {what}",
            fix=fix or UPDATE,
        )
