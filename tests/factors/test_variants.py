"""Variants on disk: what is written, where the basis is found, what is checked."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from stresskit.errors import FactorError
from stresskit.factors import (
    check_factor,
    find_folders,
    list_factors,
    load_factor,
    save_factor,
    vary_factor,
)

DEEPSEEK = "deepseek-2025-01-27"


@pytest.fixture
def deeper(tmp_path):
    """A variant of the shipped factor, in a folder of one's own."""
    made = vary_factor(
        "deeper", drivers={"compute_demand": 1.5}, market=-0.02, title="Deeper"
    )
    return save_factor(made, tmp_path / "deeper", notes="# deeper\n")


@pytest.fixture
def named():
    """How a variant of the shipped factor names its basis."""
    return f'basis = "{DEEPSEEK}@{load_factor(DEEPSEEK).revision}"'


def edit(folder, old, new):
    """Change a text in a folder's factor.toml."""
    path = folder / "factor.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_variant_has_no_evidence_of_its_own(deeper):
    """Two files: what it is and why; figures of securities stay with the basis."""
    assert sorted(p.name for p in deeper.iterdir()) == ["NOTES.md", "factor.toml"]
    assert check_factor(deeper) == []


def test_a_variant_comes_back_as_it_was_saved(deeper):
    """Shocks, legs, drivers and the mark; evidence and history of the basis."""
    basis, again = load_factor(DEEPSEEK), load_factor(deeper)
    z = {s.id: s.narrative.get("compute_demand", 0.0) for s in basis.chain.segments}
    demand = {d.name: d.value for d in basis.drivers}["compute_demand"]

    for old, new in zip(basis.shocks, again.shocks, strict=True):
        expected = old.shrunk + z[old.segment] * 0.5 * demand
        assert new.shrunk == pytest.approx(expected, abs=1e-9)
    assert {m.value for m in again.market} == {-0.02}
    assert (again.title, again.expert_set) == ("Deeper", True)
    assert again.basis == f"{DEEPSEEK}@{basis.revision}"
    assert again.variant.basis_sha256 == basis.sha256
    assert [i.code for i in again.issues] == ["expert-set"]
    assert len(again.evidence) == len(basis.evidence)
    assert {e.role for e in again.evidence} == {"history", "fund"}
    assert all(e.event_return is None for e in again.evidence)
    assert np.array_equal(again.history.returns, basis.history.returns, equal_nan=True)


def test_the_basis_is_found_beside_it_or_by_its_id(saved, tmp_path):
    """A basis that lies beside serves first; moved away it is looked for by id."""
    made = vary_factor("darker", of=saved, market=-0.05)
    folder = save_factor(made, tmp_path / "darker", notes="# d\n")
    beside = load_factor(folder)

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    saved.rename(elsewhere / "my-event")
    by_id = load_factor(folder, factors=elsewhere)

    assert by_id.shocks == beside.shocks
    assert check_factor(folder, factors=elsewhere) == []
    with pytest.raises(FactorError, match="no factor 'my-event'"):
        load_factor(folder)


def test_a_basis_that_has_changed_is_refused(saved, tmp_path):
    """One byte in its notes is another hash; the hint says what to do."""
    made = vary_factor("darker", of=saved, market=-0.05)
    folder = save_factor(made, tmp_path / "darker", notes="# d\n")
    (saved / "NOTES.md").write_text("# first!\n", encoding="utf-8")

    with pytest.raises(FactorError, match="is a variant of my-event@1") as error:
        load_factor(folder)

    assert made.variant.basis_sha256[:12] in str(error.value)
    assert load_factor(saved).sha256[:12] in str(error.value)
    assert "make the variant again" in error.value.hint
    with pytest.raises(FactorError, match="is a variant of"):
        check_factor(folder)


def test_a_shock_edited_by_hand_is_found(deeper):
    """Check varies the basis again; the rest is in order."""
    stored = next(s for s in load_factor(deeper).shocks if s.segment == "MEMORY")
    edit(deeper, f"shrunk = {stored.shrunk!r}", "shrunk = -0.5")

    wrong = check_factor(deeper)

    assert len(wrong) == 1
    assert wrong[0].startswith("MEMORY: the stored shock -0.5 ")
    assert f"varying {DEEPSEEK}@" in wrong[0]


def test_a_scale_edited_by_hand_is_found(deeper):
    """Every segment with a loading on it is named."""
    edit(deeper, "compute_demand = 1.5", "compute_demand = 1.6")

    wrong = check_factor(deeper)

    chain = load_factor(DEEPSEEK).chain
    loaded = [s.id for s in chain.segments if s.narrative.get("compute_demand")]
    assert [w.partition(":")[0] for w in wrong] == loaded


def test_notes_are_asked_for_and_moves_are_not(deeper):
    """A variant without its reasons is not in order."""
    (deeper / "NOTES.md").unlink()

    assert check_factor(deeper) == ["deeper/NOTES.md is missing."]


def test_a_variant_of_itself_is_refused(deeper, named):
    """It would never be found."""
    edit(deeper, named, 'basis = "deeper@1"')

    with pytest.raises(FactorError, match="variant of itself"):
        load_factor(deeper)


def test_two_variants_of_each_other_are_refused(deeper, named):
    """Edited by hand to go round in a circle: an error of ours, in words."""
    other = deeper.parent / "other"
    shutil.copytree(deeper, other)
    edit(other, 'id = "deeper"', 'id = "other"')
    edit(other, named, 'basis = "deeper@1"')
    edit(deeper, named, 'basis = "other@1"')

    with pytest.raises(FactorError):
        load_factor(deeper)


def test_nothing_varied_is_refused():
    """Neither a driver nor the market: there is nothing to make."""
    for drivers in (None, {}):
        with pytest.raises(FactorError, match="Nothing is varied") as error:
            vary_factor("same", drivers=drivers)
        assert "--driver compute_demand=1.5" in error.value.hint


@pytest.mark.parametrize("name", ["My Event", "", "../up"])
def test_an_id_that_cannot_be_a_folder_is_refused(name):
    """As for every factor."""
    with pytest.raises(FactorError, match="cannot be an id"):
        vary_factor(name, market=-0.01)


def test_an_unknown_basis_is_refused():
    """With what was probably meant."""
    with pytest.raises(FactorError, match="no factor 'deepseek'") as error:
        vary_factor("mine", of="deepseek", market=-0.01)

    assert DEEPSEEK in error.value.hint


def test_a_variant_is_listed_with_its_likeness(deeper):
    """Its shocks against those of the basis, by hand; it is marked as a judgement."""
    listed = {f["id"]: f for f in list_factors(factors=deeper.parent)}

    found, basis = load_factor(deeper), load_factor(DEEPSEEK)
    theme = [s.theme for s in basis.chain.segments]
    a = np.array([s.shrunk for s in basis.shocks])
    b = np.array([s.shrunk for s in found.shocks])
    a, b = a[theme], b[theme]
    row = listed["deeper"]
    assert row["severity"] == pytest.approx(a @ b / (a @ a), rel=1e-6)
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    assert row["similarity"] == pytest.approx(cosine, rel=1e-6)
    assert row["expert_set"] is True
    assert row["title"] == "Deeper"


def test_every_factor_is_wholly_like_itself(saved):
    """Severity and similarity one, whichever it is compared with; others are not."""
    for like, other in ((DEEPSEEK, "my-event"), ("my-event", DEEPSEEK)):
        found = {f["id"]: f for f in list_factors(factors=saved.parent, like=like)}
        assert found[like]["severity"] == pytest.approx(1.0, rel=1e-12)
        assert found[like]["similarity"] == pytest.approx(1.0, rel=1e-12)
        assert found[other]["similarity"] < 0.999
        assert "moves" not in found[like]


def test_an_unknown_event_to_be_like_is_refused():
    """The nearest is named; a path is no id."""
    with pytest.raises(FactorError, match="no factor 'deepsek'") as error:
        list_factors(like="deepsek")
    assert DEEPSEEK in error.value.hint

    with pytest.raises(FactorError, match="listed factor"):
        list_factors(like=str(find_folders("factor.toml")[DEEPSEEK]))


def test_another_value_chain_is_not_compared(saved):
    """Its segments are others: no severity and no similarity, None and no zero."""
    edit(saved, 'value_chain = "ai-value-chain"', 'value_chain = "my-chain"')

    found = {f["id"]: f for f in list_factors(factors=saved.parent)}

    assert found["my-event"]["severity"] is None
    assert found["my-event"]["similarity"] is None
    assert found[DEEPSEEK]["severity"] == pytest.approx(1.0)
