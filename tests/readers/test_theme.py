"""Theme files: what is wrong in them is said all at once."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from stresskit.errors import InputError
from stresskit.presenting import theme_files
from stresskit.readers.theme import picture_size, read_theme

FIRST = 'schema = "stresskit/theme/1"\n'


def picture(width=40, height=20):
    """Return a PNG of a size."""
    file = io.BytesIO()
    Image.new("1", (width, height)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("name", ["neutral", "private-bank"])
def test_shipped_themes_can_be_used(name):
    """Both are read, each with words in three languages."""
    theme = read_theme(theme_files()[name])

    assert theme.name == name
    said = {theme.text("classification", code) for code in ("en", "de", "fr")}
    assert len(said) == 3


def test_everything_wrong_is_said_at_once(tmp_path):
    """Unknown keys, colours, fonts, languages and a missing logo in one message."""
    path = tmp_path / "mine.toml"
    path.write_text(
        FIRST + 'titel = "x"\nlogo = "no.png"\n'
        '[colours]\nprimary = "blue"\nlila = "#112233"\n'
        '[fonts]\nbody = "<b>"\n[footer]\nit = "ciao"\n'
    )

    with pytest.raises(InputError) as caught:
        read_theme(path)

    words = str(caught.value)
    wrong = ("titel", "'blue'", "lila", "'<b>'", "language it", "no.png is missing")
    assert [w for w in wrong if w not in words] == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"GIF89a" + b"0" * 40, "no PNG or JPEG"),
        (picture(90_000, 10), "90000 by 10 pixels"),
        (picture() + b"0" * 1_000_001, "larger than 1,000,000 bytes"),
    ],
)
def test_a_logo_that_is_none(tmp_path, content, words):
    """Another format, a huge picture, a huge file."""
    (tmp_path / "logo.png").write_bytes(content)
    path = tmp_path / "mine.toml"
    path.write_text(FIRST + 'logo = "logo.png"\n')

    with pytest.raises(InputError, match=words):
        read_theme(path)


def test_a_logo_from_elsewhere_is_refused(tmp_path):
    """A theme names no file outside its folder."""
    folder = tmp_path / "theme"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(picture())
    path = folder / "mine.toml"
    path.write_text(FIRST + 'logo = "../secret.png"\n')

    with pytest.raises(InputError, match="outside the theme's folder"):
        read_theme(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title = 'x'\n", "its first line is not"),
        ("= nonsense", "cannot be read"),
        (FIRST + "[colours]\nprimary = 3\n", "the colour primary is 3"),
        (FIRST + "colours = 3\n", "colours is not a table"),
        (FIRST + "title = 3\n", "title is not a text"),
        (FIRST + f"footer = '{'x' * 121}'\n", "footer is not a text of at most 120"),
    ],
)
def test_what_is_no_theme(tmp_path, text, words):
    """Each is refused with the file's name and what is wrong."""
    path = tmp_path / "mine.toml"
    path.write_text(text)

    with pytest.raises(InputError, match=words) as caught:
        read_theme(path)

    assert "mine.toml" in str(caught.value)


def test_a_missing_file(tmp_path):
    """It is named."""
    with pytest.raises(InputError, match=r"none\.toml: there is no such file"):
        read_theme(tmp_path / "none.toml")


def test_what_is_not_given_is_neutral(tmp_path):
    """One colour changed leaves the others; the heading follows the body's font."""
    path = tmp_path / "mine.toml"
    path.write_text(FIRST + '[colours]\ngain = "#0a0b0c"\n[fonts]\nbody = "Calibri"\n')

    theme = read_theme(path)

    assert theme.colours["gain"] == "#0A0B0C"
    assert theme.colours["primary"] == "#14284B"
    assert (theme.font, theme.heading_font) == ("Calibri", "Calibri")
    assert (theme.name, theme.title) == ("mine", "mine")


def test_the_size_of_a_jpeg():
    """The frame's size is found behind other blocks."""
    file = io.BytesIO()
    Image.new("RGB", (70, 30)).save(file, "JPEG")
    content = file.getvalue()

    assert picture_size(content) == (70, 30)


@pytest.mark.parametrize("length", [33, 40, 70])
def test_a_logo_that_is_cut_off(tmp_path, length):
    """The start of a picture is none: it is refused before any work."""
    whole = theme_files()["private-bank"].with_suffix(".png").read_bytes()
    (tmp_path / "logo.png").write_bytes(whole[:length])
    path = tmp_path / "mine.toml"
    path.write_text(FIRST + 'logo = "logo.png"\n')

    with pytest.raises(InputError, match="or damaged"):
        read_theme(path)


def test_words_nobody_can_read(tmp_path):
    """White on white is refused; the message names both colours."""
    path = tmp_path / "mine.toml"
    path.write_text(FIRST + '[colours]\nink = "#FFFFFF"\nprimary = "#FFFFFF"\n')

    with pytest.raises(InputError, match="ink #FFFFFF cannot be read on white"):
        read_theme(path)
