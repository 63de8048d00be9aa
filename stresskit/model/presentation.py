"""How a report looks and reads: whose it is, in which language, on which paper."""

from __future__ import annotations

from dataclasses import dataclass, field

LANGUAGES = ("en", "de", "fr")
PAPERS = ("A4", "Letter")
FORMS = ("full", "short")
# What a report can hold, in its order; the short form is what clients are shown.
SECTIONS = (
    *("summary", "scenario", "attribution", "breakdowns", "positions"),
    *("scenarios", "sensitivities", "hedges", "hedge-detail", "quality"),
    *("validation", "assumptions", "method", "limitations", "checks", "run-log"),
)
SHORT = ("summary", "scenario", "attribution", "hedges", "limitations")

COLOURS = {
    "primary": "#14284B",
    "on_primary": "#FFFFFF",
    "quiet_on_primary": "#D8E0EC",
    "ink": "#1F2933",
    "muted": "#5F6B7A",
    "rule": "#D5DBE3",
    "loss": "#B3261E",
    "gain": "#2E7D5B",
    "input": "#0000FF",
    "input_fill": "#FFFBE0",
}


@dataclass(frozen=True, kw_only=True)
class Theme:
    """Whose report it is: colours, fonts, logo and the words every page carries.

    ``texts`` holds ``footer``, ``classification``, ``disclaimer`` and ``contact`` by
    language, the one for all languages under the empty name.
    """

    name: str = "neutral"
    title: str = "Neutral"
    organisation: str = ""
    logo: bytes | None = None
    colours: dict[str, str] = field(default_factory=lambda: dict(COLOURS))
    font: str = "Arial"
    heading_font: str = "Arial"
    texts: dict[str, dict[str, str]] = field(default_factory=dict)

    def text(self, name: str, language: str) -> str:
        """Return one of the texts in a language, else the one for all."""
        given = self.texts.get(name, {})
        return given.get(language, given.get("", ""))


@dataclass(frozen=True, kw_only=True)
class Presentation:
    """A theme, a language, a paper, a client's name, and what the report holds.

    ``sections`` are those of ``form`` unless given, in the order of ``SECTIONS``; the
    summary is always one of them.
    """

    theme: Theme = field(default_factory=Theme)
    language: str = "en"
    form: str = "full"
    sections: tuple[str, ...] = ()
    paper: str = "A4"
    client: str = ""

    @property
    def shown(self) -> tuple[str, ...]:
        """The sections the report holds, in their order."""
        asked = self.sections or (SHORT if self.form == "short" else SECTIONS)
        return tuple(s for s in SECTIONS if s in asked or s == "summary")
