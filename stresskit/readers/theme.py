"""A theme file (TOML) -> Theme; every key that is wrong is named, all at once."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from stresskit.errors import InputError
from stresskit.model.presentation import COLOURS, LANGUAGES, Theme
from stresskit.readers.toml_table import MAX_BYTES, read_table

if TYPE_CHECKING:
    from pathlib import Path

THEME_SCHEMA = "stresskit/theme/1"
TEXTS = ("footer", "classification", "disclaimer", "contact")
KEYS = ("name", "title", "organisation", "logo")
LONGEST = {"footer": 120, "classification": 60, "disclaimer": 1200, "contact": 200}
MAX_PIXELS = 6000
# What is written in which colour on which; the paper is white.
WHITE = "#FFFFFF"
READ = (
    *(("ink", "white"), ("primary", "white"), ("muted", "white"), ("loss", "white")),
    *(("gain", "white"), ("on_primary", "primary"), ("input", "input_fill")),
)
LEAST_CONTRAST = 3.0
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
# A font's name goes into the file as it is: letters, digits, blanks.
_FONT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{0,40}")


def read_theme(path: Path) -> Theme:
    """Read a theme file and the logo it names.

    Raises
    ------
    InputError
        If the file is missing, is no theme, a key or colour in it is wrong, or its
        logo is missing or no picture; the message names everything found.
    """
    try:
        table = read_table(path, THEME_SCHEMA)
    except ValueError as error:
        raise _wrong(path, str(error)) from error
    wrong = [
        f"{key} is not known"
        for key in table
        if key not in (*KEYS, *TEXTS, "colours", "fonts")
    ]
    known = {k: _plain(k, table.get(k, ""), wrong) for k in KEYS}
    colours = _colours(table.get("colours", {}), wrong)
    fonts = _fonts(table.get("fonts", {}), wrong)
    texts = {k: _texts(k, table[k], wrong) for k in TEXTS if k in table}
    logo = _logo(path, known["logo"], wrong) if known["logo"] else None
    if wrong:
        raise _wrong(path, "; ".join(wrong))
    name = known["name"] or path.stem
    return Theme(
        name=name,
        title=known["title"] or name,
        organisation=known["organisation"],
        logo=logo,
        colours=colours,
        font=fonts["body"],
        heading_font=fonts["heading"],
        texts=texts,
    )


def _wrong(path: Path, what: str) -> InputError:
    return InputError(
        f"The theme {path.name}: {what}.",
        hint="A theme names title, organisation, logo, [colours] as #RRGGBB, [fonts] "
        "body and heading, footer, classification, disclaimer, contact; "
        "`stresskit theme show neutral` prints one to start from.",
        code="theme",
    )


def _plain(key: str, value: object, wrong: list[str]) -> str:
    if isinstance(value, str) and len(value) <= 120:
        return value.strip()
    wrong.append(f"{key} is not a text of at most 120 characters")
    return ""


def _colours(given: object, wrong: list[str]) -> dict[str, str]:
    if not isinstance(given, dict):
        wrong.append("colours is not a table")
        return dict(COLOURS)
    for key, value in given.items():
        if key not in COLOURS:
            wrong.append(f"there is no colour {key}; there are {', '.join(COLOURS)}")
        elif not (isinstance(value, str) and _COLOUR.fullmatch(value)):
            wrong.append(f"the colour {key} is {value!r}, not like #14284B")
    if wrong:
        return dict(COLOURS)
    found = COLOURS | {k: str(v).upper() for k, v in given.items()}
    for ink, paper in READ:
        on = found.get(paper, WHITE)
        if contrast(found[ink], on) < LEAST_CONTRAST:
            wrong.append(f"{ink} {found[ink]} cannot be read on {paper} {on}")
    return found


def _fonts(given: object, wrong: list[str]) -> dict[str, str]:
    found = {"body": "Arial", "heading": "Arial"}
    if not isinstance(given, dict):
        wrong.append("fonts is not a table")
        return found
    for key, value in given.items():
        if key not in found:
            wrong.append(f"there is no font for {key}; there are body and heading")
        elif not (isinstance(value, str) and _FONT.fullmatch(value)):
            wrong.append(f"the font for {key} is {value!r}, not a font's name")
        else:
            found[key] = value
    if "body" in given and "heading" not in given:
        found["heading"] = found["body"]
    return found


def _texts(key: str, given: object, wrong: list[str]) -> dict[str, str]:
    """Return a text by language: one for all, or a table of languages."""
    table = given if isinstance(given, dict) else {"": given}
    for language, text in table.items():
        if language not in ("", *LANGUAGES):
            wrong.append(f"{key} has no language {language}: {', '.join(LANGUAGES)}")
        if not isinstance(text, str) or len(text) > LONGEST[key]:
            wrong.append(f"{key} is not a text of at most {LONGEST[key]} characters")
    return {k: " ".join(str(v).split()) for k, v in table.items()}


def _logo(path: Path, name: str, wrong: list[str]) -> bytes | None:
    """Return the picture; it lies beside the theme file, not elsewhere."""
    folder = path.resolve().parent
    file = (folder / name).resolve()
    if not file.is_relative_to(folder):
        wrong.append(f"the logo {name} lies outside the theme's folder")
        return None
    try:
        if file.stat().st_size > MAX_BYTES:
            wrong.append(f"the logo {name} is larger than {MAX_BYTES:,} bytes")
            return None
        content = file.read_bytes()
    except OSError:
        wrong.append(f"the logo {name} is missing beside the theme file")
        return None
    size = picture_size(content)
    if size is None:
        wrong.append(f"the logo {name} is no PNG or JPEG picture, or damaged")
        return None
    if not all(0 < side <= MAX_PIXELS for side in size):
        wrong.append(f"the logo {name} has {size[0]} by {size[1]} pixels")
        return None
    return content


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height in pixels of a PNG or JPEG, None of anything else.

    Examples
    --------
    >>> picture_size(b"GIF89a") is None
    True
    """
    from xlsxwriter.image import Image

    ends = {_PNG: b"IEND", _JPEG: b"\xff\xd9"}
    kind = next((k for k in ends if content.startswith(k)), None)
    if kind is None or ends[kind] not in content:
        return None
    try:
        image = Image(io.BytesIO(content))
    except Exception:  # noqa: BLE001 - the library trips over damage in many ways
        return None
    return round(image.width), round(image.height)


def contrast(one: str, other: str) -> float:
    """Return how far two colours stand apart, from 1 (the same) to 21.

    ``(L1 + 0.05) / (L2 + 0.05)`` with the relative luminance of WCAG 2.

    Examples
    --------
    >>> round(contrast("#000000", "#FFFFFF")), round(contrast("#777777", "#777777"))
    (21, 1)
    """

    def luminance(colour: str) -> float:
        parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
        linear = (
            p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
        )
        weights = (0.2126, 0.7152, 0.0722)
        return sum(w * p for w, p in zip(weights, linear, strict=True))

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
