from __future__ import annotations

from types import SimpleNamespace

import pytest

from stresskit import plugins
from stresskit.errors import PluginError


@pytest.fixture
def installed(monkeypatch):
    """Put entry points in place of the installed ones, and forget them afterwards."""

    def point(name, load):
        return SimpleNamespace(name=name, value=f"somewhere:{name}", load=load)

    def install(**groups):
        def entry_points(*, group):
            return [point(name, load) for name, load in groups.get(group[10:], ())]

        monkeypatch.setattr(plugins, "entry_points", entry_points)
        plugins.load_plugins.cache_clear()
        plugins.plugin_factor_folders.cache_clear()

    yield install
    monkeypatch.undo()
    plugins.load_plugins.cache_clear()
    plugins.plugin_factor_folders.cache_clear()


def _broken():
    raise ImportError("no module named frobnicate")


@pytest.mark.parametrize(
    ("seam", "names"),
    [
        ("readers", {"csv", "xlsx"}),
        (
            "mappers",
            {
                "override",
                "fund_file",
                "curated",
                "fund",
                "future",
                "words",
                "sector",
                "country",
            },
        ),
        ("hedgers", {"overlay", "rotation", "nothing"}),
        ("writers", {"xlsx", "json"}),
    ],
)
def test_the_built_ins_are_plugins(seam, names):
    """The package's own parts come through the entry points of everyone."""
    found = plugins.load_plugins(seam)
    assert names <= set(found)
    assert all(callable(found[name]) for name in names)


def test_mappers_and_hedgers_fit_their_seams():
    """Each mapper has a tier and maps; each hedger has an order and hedges."""
    mappers = [m() for m in plugins.load_plugins("mappers").values()]
    assert sorted(m.tier for m in mappers) == [1, 1.5, 2, 3, 3, 4, 5, 6]
    assert all(callable(m.map) for m in mappers)
    hedgers = [h() for h in plugins.load_plugins("hedgers").values()]
    assert all(callable(h.hedge) for h in hedgers)
    assert len({h.order for h in hedgers}) == len(hedgers)


def test_a_plugin_of_others_is_found(installed):
    """What another package registers stands beside the built-ins."""
    installed(mappers=[("mine", lambda: "a mapper"), ("yours", lambda: "another")])
    assert plugins.load_plugins("mappers") == {"mine": "a mapper", "yours": "another"}


def test_a_plugin_that_fails_is_named(installed):
    """A plugin that cannot be imported says which, of which seam, and why."""
    installed(mappers=[("mine", _broken)])
    with pytest.raises(PluginError, match=r"'mine'.*mappers.*frobnicate") as caught:
        plugins.load_plugins("mappers")
    assert "uninstall" in caught.value.hint.lower()


def test_two_plugins_of_one_name_are_refused(installed):
    """Which of two would win is not left to chance."""
    installed(hedgers=[("same", lambda: 1), ("same", lambda: 2)])
    with pytest.raises(PluginError, match="'same'"):
        plugins.load_plugins("hedgers")


def test_a_seam_without_plugins_says_how_to_install(installed):
    """A bare copy of the source has no entry points, and is told so."""
    installed()
    with pytest.raises(PluginError, match=r"No plugin of stresskit\.readers") as caught:
        plugins.load_plugins("readers")
    assert "install" in caught.value.hint.lower()


def test_plugins_bring_factor_folders(installed, tmp_path):
    """A plugin's function gives a folder; without plugins there is none."""
    installed(factors=[("mine", lambda: lambda: str(tmp_path))])
    assert plugins.plugin_factor_folders() == (tmp_path,)
    installed()
    assert plugins.plugin_factor_folders() == ()


@pytest.mark.parametrize("load", [_broken, lambda: _broken, lambda: lambda: None])
def test_a_factor_plugin_that_fails_is_named(installed, load):
    """A plugin that brings no folder is an error that names it, not a crash."""
    installed(factors=[("mine", load)])
    with pytest.raises(PluginError, match=r"'mine'.*factors"):
        plugins.plugin_factor_folders()


def test_a_mapper_without_a_tier_stands_last(installed):
    """Whoever does not say where it stands is asked last, whatever its order."""
    last, sixth = SimpleNamespace(map=print), SimpleNamespace(map=print, tier=6)
    made = [("mine", lambda: lambda: last), ("yours", lambda: lambda: sixth)]
    installed(mappers=made)
    assert plugins.load_mappers() == (sixth, last)


@pytest.mark.parametrize(
    "make", [_broken, lambda: SimpleNamespace(tier=1), lambda: SimpleNamespace(map=1)]
)
def test_a_mapper_that_cannot_be_used_is_named(installed, make):
    """One that cannot be made or cannot map is an error that names it."""
    installed(mappers=[("mine", lambda: make)])
    with pytest.raises(PluginError, match=r"'mine' of stresskit\.mappers"):
        plugins.load_mappers()
