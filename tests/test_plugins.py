"""The seams: the built-ins are plugins, and one that fails is a named warning."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from stresskit import plugins
from stresskit.cli.failures import exit_code_of
from stresskit.errors import FactorError, PluginError
from stresskit.factors import factor_plugin_issues, find_folders, load_factor
from stresskit.readers.files.formats import BY_KIND


@pytest.fixture
def installed(monkeypatch):
    """Put entry points in place of the installed ones, and forget them afterwards.

    Each has a name, what its loading does, and the package that brings it.
    """

    def point(group, name, load, package="theirs"):
        ours = package == "portfolio-stresskit"
        return SimpleNamespace(
            group=group,
            name=name,
            value=f"{'stresskit.' if ours else ''}somewhere:{name}",
            load=load,
            dist=SimpleNamespace(name=package, version="1.2"),
        )

    def install(**groups):
        def entry_points(*, group):
            return [point(group, *given) for given in groups.get(group[10:], ())]

        monkeypatch.setattr(plugins, "entry_points", entry_points)
        plugins.loaded.cache_clear()

    yield install
    monkeypatch.undo()
    plugins.loaded.cache_clear()


def mapper(**more):
    """Return what an entry point of a mapper gives: it makes one."""
    made = SimpleNamespace(**{"map": print, "tier": 2, **more})
    return lambda: lambda: made


def _broken():
    raise ImportError("no module named frobnicate")


BUILT_IN = {
    "readers": set(BY_KIND),
    "mappers": {
        *("override", "fund_file", "curated", "fund", "future", "words", "sector"),
        "country",
    },
    "hedgers": {"overlay", "pairs", "options", "trim", "rotation", "cvar", "nothing"},
    "writers": {"xlsx", "json"},
}


def test_the_built_ins_are_plugins():
    """The package's own parts come through the entry points of everyone, and work."""
    found = [p for p in plugins.list_plugins() if p.built_in]

    for seam, names in BUILT_IN.items():
        assert {p.name for p in found if p.seam == seam} == names
    assert {(p.package, p.failure) for p in found} == {("portfolio-stresskit", "")}


def test_the_built_in_readers_are_the_formats():
    """What is registered under a name is the format of that name."""
    for name, reader in plugins.load_plugins("readers").items():
        assert reader == BY_KIND[name]()


def test_mappers_and_hedgers_fit_their_seams():
    """Each mapper has a tier and maps; each hedger has an order and a family."""
    mappers = plugins.load_mappers()
    assert [m.tier for m in mappers] == [1, 1.5, 2, 3, 3, 4, 5, 6]
    hedgers = [h for _, h in plugins.make_hedgers().things]
    assert {h.family for h in hedgers} == BUILT_IN["hedgers"]
    orders = [h.order for h in hedgers]
    assert sorted(set(orders)) == orders


def test_a_plugin_of_others_is_found(installed):
    """What another package registers is made anew each time."""
    made = mapper()
    installed(mappers=[("mine", made), ("yours", made)])

    assert list(plugins.load_plugins("mappers")) == ["mine", "yours"]
    assert plugins.others_used("mappers") == "mine of theirs 1.2; yours of theirs 1.2"


@pytest.mark.parametrize(
    ("load", "why"),
    [
        (_broken, "failed to load (somewhere:mine): no module named frobnicate."),
        (lambda: 3, "cannot be used: it gives int, which cannot be called."),
        (lambda: _broken, "cannot be used: no module named frobnicate."),
        (mapper(map=1), "cannot be used: it has no map to call."),
        (mapper(tier="second"), "cannot be used: could not convert"),
        (mapper(tier=float("nan")), "cannot be used: its tier is nan."),
    ],
)
def test_a_plugin_that_fails_is_a_warning(installed, load, why):
    """It is named with package, version, seam, reason and fix; the others work."""
    installed(mappers=[("mine", load), ("yours", mapper())])

    made = plugins.make_mappers()

    assert [p.name for p, _ in made.things] == ["yours"]
    (issue,) = made.issues
    assert (issue.code, issue.severity) == ("plugin", "warning")
    said = f"The plugin 'mine' of the mappers (theirs 1.2) {why}"
    assert issue.message.startswith(said)
    assert "uninstall" in issue.fix


def test_a_built_in_that_fails_is_an_error(installed):
    """Our own parts are no option: nothing is computed without one."""
    installed(mappers=[("override", _broken, "portfolio-stresskit")])

    with pytest.raises(PluginError, match=r"'override'.*frobnicate") as caught:
        plugins.load_plugins("mappers")

    assert exit_code_of(caught.value) == 4
    assert "again" in caught.value.hint


def test_of_two_plugins_of_one_name_the_built_in_is_used(installed):
    """Else that of the first package by its name: nothing is left to chance."""
    theirs, ours = mapper(), mapper()
    installed(
        mappers=[
            ("same", theirs, "a-package"),
            ("same", ours, "portfolio-stresskit"),
            ("more", theirs, "z-package"),
            ("more", ours, "b-package"),
        ]
    )

    made = plugins.make("mappers")

    assert [(p.name, p.package) for p, _ in made.things] == [
        ("same", "portfolio-stresskit"),
        ("more", "b-package"),
    ]
    same, more = (i.message for i in made.issues)
    assert same.endswith("(a-package 1.2) is not used: a built-in has its name.")
    assert more.endswith("(z-package 1.2) is not used: one of b-package has its name.")


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


@pytest.mark.parametrize(
    "load", [_broken, lambda: _broken, lambda: lambda: None, lambda: lambda: "nowhere"]
)
def test_a_factor_plugin_that_fails_is_a_warning(installed, load):
    """Factors are found without it, and it is named where one is missing."""
    installed(factors=[("mine", load)])

    assert plugins.plugin_factor_folders() == ()
    (issue,) = factor_plugin_issues()
    assert issue.message.startswith("The plugin 'mine' of the factors (theirs 1.2)")
    with pytest.raises(FactorError, match="no factor 'theirs'") as caught:
        load_factor("theirs")
    assert issue.message in caught.value.hint


def test_a_factor_that_ships_is_not_replaced(installed, tmp_path):
    """A plugin's folder of the same id is passed over, and named."""
    (tmp_path / "deepseek-2025-01-27").mkdir()
    (tmp_path / "deepseek-2025-01-27/factor.toml").write_text("odd")
    installed(factors=[("mine", lambda: lambda: tmp_path)])

    assert find_folders("factor.toml")["deepseek-2025-01-27"].parent != tmp_path
    (issue,) = factor_plugin_issues()
    assert "brings deepseek-2025-01-27, which is known already" in issue.message


def test_a_mapper_without_a_tier_stands_last(installed):
    """Whoever does not say where it stands is asked last, whatever its order."""
    last, sixth = SimpleNamespace(map=print), SimpleNamespace(map=print, tier=6)
    made = [("mine", lambda: lambda: last), ("yours", lambda: lambda: sixth)]
    installed(mappers=made)
    assert plugins.load_mappers() == (sixth, last)


def test_of_two_hedgers_of_one_family_the_first_is_used(installed):
    """The built-in's, where it has it; the other is a warning."""

    def hedger(**more):
        return lambda: lambda: SimpleNamespace(hedge=print, **more)

    installed(
        hedgers=[
            ("mine", hedger(family="overlay", order=0)),
            ("late", hedger(family="late")),
            ("nameless", hedger()),
            ("overlay", hedger(family="overlay", order=1), "portfolio-stresskit"),
        ]
    )

    made = plugins.make_hedgers()

    assert [p.name for p, _ in made.things] == ["overlay", "late"]
    assert [p.name for p in made.failed] == ["nameless", "mine"]
    assert "there is a family 'overlay' already" in made.failed[1].failure
