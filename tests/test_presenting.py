"""The words that say how a report looks."""

from __future__ import annotations

import pytest

from stresskit.errors import InputError
from stresskit.model.presentation import SECTIONS, SHORT, Presentation, Theme
from stresskit.presenting import load_theme, present


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


def test_what_is_not_said_is_neutral():
    """A presentation without words is the neutral one in English on A4."""
    look = Presentation()

    assert (look.theme.name, look.language, look.paper) == ("neutral", "en", "A4")
