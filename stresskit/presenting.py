"""How a report is to look: themes by name or file, checked words of the options."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from stresskit.errors import InputError
from stresskit.model.presentation import (
    FORMS,
    LANGUAGES,
    PAPERS,
    SECTIONS,
    Presentation,
    Theme,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

THEMES = "themes"
LONGEST_CLIENT = 120


def theme_files(*, factors: str | Path | None = None) -> dict[str, Path]:
    """Return the files of the themes that ship, and of a folder's own, by name."""
    from stresskit.factors.folders import search_folders
    from stresskit.factors.keeping import kept

    def found() -> dict[str, Path]:
        paths = (p for f in folders for p in sorted(f.glob("*.toml")))
        by_name: dict[str, Path] = {}
        for path in paths:
            by_name.setdefault(path.stem, path)
        return by_name

    roots = search_folders(Path(factors) if factors else None)
    folders = tuple(f for f in (root / THEMES for root in roots) if f.is_dir())
    return dict(kept("themes", folders, found))


def load_theme(
    theme: str | Path | Theme = "neutral", *, factors: str | Path | None = None
) -> Theme:
    """Return a theme by its file or the name of a shipped one.

    Raises
    ------
    InputError
        If there is none, or something in it is wrong.
    """
    from stresskit.factors.keeping import kept
    from stresskit.readers.theme import read_theme

    if isinstance(theme, Theme):
        return theme
    text = str(theme)
    known = theme_files(factors=factors)
    if text in known:
        path = known[text]
        found = kept(f"theme {text}", (path.parent,), lambda: read_theme(path))
        # A logo may lie in a folder inside, which is not looked at.
        return found if found.logo is None else read_theme(path)
    if not text.endswith(".toml") and not Path(text).is_file():
        near = difflib.get_close_matches(text, known, n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        raise InputError(
            f"There is no theme {text!r}.{meant}",
            hint=f"Give a TOML file, or one of: {', '.join(known)}.",
            code="theme",
        )
    return read_theme(Path(text))


def present(
    *,
    theme: str | Path | Theme = "neutral",
    language: str = "en",
    form: str = "full",
    sections: str | Iterable[str] | None = None,
    paper: str = "A4",
    client: str = "",
    factors: str | Path | None = None,
) -> Presentation:
    """Return how a report is to look and read, every word checked.

    Parameters
    ----------
    theme
        The name of a shipped theme (``neutral``, ``private-bank``) or a TOML file.
    language
        ``en``, ``de`` or ``fr``.
    form
        ``full`` for committees, ``short`` for clients.
    sections
        The sections it holds, in place of the form's: names, or one text with commas.
    paper
        ``A4`` or ``Letter``.
    client
        Whom the report is for; it stands on the cover.
    factors
        A folder with ``themes`` of one's own.

    Raises
    ------
    InputError
        If a word is not known, or the theme cannot be read.

    Examples
    --------
    >>> present(sections="summary, positions").shown
    ('summary', 'positions')
    """
    if isinstance(sections, str):
        sections = (part.strip() for part in sections.split(","))
    chosen = tuple(_known("section", s, SECTIONS) for s in sections or () if s)
    if len(client) > LONGEST_CLIENT:
        raise InputError(
            f"The client's name has {len(client)} characters.",
            hint=f"Give at most {LONGEST_CLIENT}.",
            code="client",
        )
    return Presentation(
        theme=load_theme(theme, factors=factors),
        language=_known("language", language, LANGUAGES),
        form=_known("form", form, FORMS),
        sections=chosen,
        paper=_known("paper", paper, PAPERS),
        client=client.strip(),
    )


def _known(what: str, given: str, words: tuple[str, ...]) -> str:
    """Return a word as it is spelled among the known ones."""
    for word in words:
        if given.strip().casefold() == word.casefold():
            return word
    near = difflib.get_close_matches(given.casefold(), words, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    raise InputError(
        f"There is no {what} {given!r}.{meant}",
        hint=f"Known: {', '.join(words)}.",
        code=what,
    )
