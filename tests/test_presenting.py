"""The words that say how a report looks."""

from __future__ import annotations

import base64

import pytest

from stresskit.errors import InputError
from stresskit.factors import keeping
from stresskit.model.presentation import SECTIONS, SHORT, Presentation, Theme
from stresskit.presenting import load_theme, present

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAA"
    "SUVORK5CYII="
)


def test_the_forms():
    """Full holds every section, short those that clients are shown."""
    assert present().shown == SECTIONS
    assert set(present(form="short").shown) == set(SHORT)


def test_sections_stand_in_their_order_behind_the_summary():
    """However they are named."""
    look = present(sections=["checks", "Hedges"], form="short")

    assert look.shown == ("summary", "hedges", "checks")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"language": "es"}, "no language 'es'"),
        ({"paper": "a5"}, "no paper 'a5'"),
        ({"form": "shrot"}, "Did you mean short"),
        ({"sections": "summary,hedge"}, "Did you mean hedges"),
        ({"theme": "nope"}, "no theme 'nope'"),
        ({"client": "x" * 121}, "121 characters"),
    ],
)
def test_a_word_that_is_not_known(given, words):
    """It is named, with what it may have meant."""
    with pytest.raises(InputError, match=words):
        present(**given)


def test_a_text_falls_back_on_the_one_for_all():
    """A footer for all languages serves each; none is empty."""
    theme = Theme(texts={"footer": {"": "Acme", "de": "Acme AG"}})

    found = [theme.text("footer", code) for code in ("en", "de", "fr")]

    assert found == ["Acme", "Acme AG", "Acme"]
    assert theme.text("contact", "en") == ""


def test_a_theme_of_ones_own_folder(tmp_path):
    """``--factors`` may bring themes, too."""
    (tmp_path / "themes").mkdir()
    text = 'schema = "stresskit/theme/1"\ntitle = "House"\n'
    (tmp_path / "themes" / "house.toml").write_text(text)

    assert load_theme("house", factors=tmp_path).title == "House"


def test_a_theme_that_changes_is_read_again(tmp_path, monkeypatch):
    """A theme is kept as long as its file, and the logo beside it or below, stays."""
    monkeypatch.setattr(keeping, "SURELY_OLD_NS", -(10**12))
    logos = tmp_path / "themes" / "logos"
    logos.mkdir(parents=True)
    file = tmp_path / "themes" / "changing.toml"
    text = 'schema = "stresskit/theme/1"\ntitle = "House"\n'
    file.write_text(text)
    first = load_theme("changing", factors=tmp_path)
    same = load_theme("changing", factors=tmp_path)
    file.write_text(text.replace("House", "Home") + 'logo = "logos/a.png"\n')
    (logos / "a.png").write_bytes(PNG)
    second = load_theme("changing", factors=tmp_path)
    (logos / "a.png").write_bytes(PNG + b"\0")
    third = load_theme("changing", factors=tmp_path)

    assert same is first
    assert (first.title, second.title) == ("House", "Home")
    assert (second.logo, third.logo) == (PNG, PNG + b"\0")


def test_what_is_not_said_is_neutral():
    """A presentation without words is the neutral one in English on A4."""
    look = Presentation()

    assert (look.theme.name, look.language, look.paper) == ("neutral", "en", "A4")
