"""Members of segments, their means and what they are made of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresskit.core.factor.leaves import (
    Leaves,
    compositions,
    leaf_means,
    members_of,
    priors_of,
)

# Two segments of the theme in one group, one in another, one outside.
LEAVES = Leaves(np.array([0, 0, 1, 2]), np.array([True, True, True, False]))
TAGS = np.array(
    [
        [1.0, 0.0, 0.0, 0.0],
        [0.9, 0.1, 0.0, 0.0],
        [0.8, 0.0, 0.0, 0.2],
        [1.0, 0.0, 0.0, 0.0],
        [0.6, 0.4, 0.0, 0.0],
        [0.3, 0.7, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0],
        [0.0, 0.45, 0.3, 0.25],
        [0.0, 0.0, 0.8, 0.2],
        [0.0, 0.0, 0.0, 1.0],
        [0.0, 0.0, 0.04, 0.96],
        [0.0, 0.0, 0.1, 0.9],
    ]
)
Y = np.array(
    [-0.2, -0.1, -0.15, -0.12, -0.08, -0.05, -0.09, -0.03, -0.11, 0.01, 0.02, -0.01]
)
ONES = np.ones(12)


def _rows(member: np.ndarray) -> list[list[int]]:
    return [np.flatnonzero(column).tolist() for column in member.T]


def test_members_have_three_quarters_where_four_do_else_one_half():
    """Four pure names fill the first; the others take all with half; 95% outside."""
    member = members_of(TAGS, LEAVES)

    assert _rows(member) == [[0, 1, 2, 3], [5, 6], [8], [9, 10]]


def test_with_three_pure_names_half_is_enough():
    """Without one of the four the fifth, with 60%, is a member too."""
    member = members_of(TAGS[1:], LEAVES)

    assert _rows(member)[0] == [0, 1, 2, 3]


def test_a_security_without_a_place_is_no_member():
    """A row of zeros, as of a fund, belongs nowhere."""
    assert members_of(np.zeros((2, 4)), LEAVES).sum() == 0


def test_compositions_are_means_of_members_companies_once():
    """Two lines of one company count half each; an empty segment is pure."""
    lines = np.array([1, 1, 1, 1, 1, 0.5, 1, 1, 1, 1, 1, 1])

    found = compositions(TAGS[:9], LEAVES, lines[:9])

    # (.5 [.3 .7] + 1 [0 1]) / 1.5.
    assert found[1] == pytest.approx([0.1, 0.9, 0, 0], rel=1e-12)
    assert found[0] == pytest.approx([0.925, 0.025, 0, 0.05], rel=1e-12)
    assert found[3].tolist() == [0, 0, 0, 1]
    assert found.sum(axis=1) == pytest.approx(np.ones(4), rel=1e-12)


def test_the_typical_member_has_one_unit_of_its_own_shock():
    """A business mixed as its segment's members are takes that shock once."""
    c = compositions(TAGS, LEAVES, ONES)

    assert priors_of(c, c) == pytest.approx(np.eye(4), abs=1e-12)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_priors_are_not_negative_and_keep_the_sum(fractions):
    """Whatever the fractions; where nothing is cut, ``x C`` gives them back."""
    tags = np.array([fractions])
    c = compositions(TAGS, LEAVES, ONES)

    x = priors_of(tags, c)

    assert x.min() >= 0
    free = np.linalg.solve(c.T, tags.T).T
    if free.min() >= 0:
        assert x @ c == pytest.approx(tags, abs=1e-12)
    if free.max() > 1e-9:
        assert x.sum() == pytest.approx(tags.sum(), abs=1e-12)


def test_raw_shocks_are_weighted_means_of_members():
    """With equal weights plain means, with weights weighted; members are counted."""
    weights = ONES.copy()
    weights[5] = 0.5

    found = leaf_means(Y, TAGS, LEAVES, weights)

    assert found.members.tolist() == [4, 2, 1, 2]
    expected = [-0.1425, (0.5 * -0.05 - 0.09) / 1.5, -0.11, 0.015]
    assert found.raw == pytest.approx(expected, rel=1e-12)
    # 1.5^2 / (.25 + 1).
    assert found.effective == pytest.approx([4, 1.8, 1, 2], rel=1e-12)


def test_variances_of_means_are_moderated():
    """By hand: within the first .0043.., pooled with the other spreads, over n."""
    found = leaf_means(Y, TAGS, LEAVES, ONES)

    sd2 = np.array([np.var(Y[:4], ddof=1), np.var(Y[5:7], ddof=1), 0.0, 0.00005])
    freedom = np.array([3, 1, 0, 1])
    pooled = freedom @ sd2 / 5
    expected = (4 * pooled + freedom * sd2) / (4 + freedom) / [4, 2, 1, 2]
    assert found.shrunk.variance == pytest.approx(expected, rel=1e-9)


def test_a_second_share_class_changes_nothing():
    """One company with two lines of the same move is one company."""
    tags, y = np.vstack([TAGS, TAGS[:1]]), np.append(Y, Y[0])
    lines = np.ones(13)
    lines[[0, 12]] = 0.5

    twice, once = leaf_means(y, tags, LEAVES, lines), leaf_means(Y, TAGS, LEAVES, ONES)

    assert twice.raw == pytest.approx(once.raw, rel=1e-12)
    assert twice.effective[1:] == pytest.approx(once.effective[1:], rel=1e-12)


@settings(deadline=None)
@given(st.lists(st.integers(1, 4), min_size=3, max_size=6))
def test_no_issuer_counts_for_more_than_a_third(lines_of):
    """Of three or more; what a mean takes from a company is what it moves by 1."""
    owner = np.repeat(np.arange(len(lines_of)), lines_of)
    tags = np.zeros((len(owner), 4))
    tags[:, 0] = 1.0
    lines = 1 / np.array(lines_of)[owner]

    for company in range(len(lines_of)):
        y = (owner == company).astype(float)
        share = leaf_means(y, tags, LEAVES, lines).raw[0]
        assert share == pytest.approx(1 / len(lines_of), rel=1e-9)
        assert share <= 1 / 3 + 1e-9


def test_a_mapped_move_does_not_enter_where_a_member_is():
    """A published move beside one of the day's own changes nothing at all."""
    tags, y = np.vstack([TAGS, [0, 0, 1.0, 0]]), np.append(Y, -0.5)
    mapped = np.arange(13) == 12

    found = leaf_means(y, tags, LEAVES, np.ones(13), mapped=mapped)

    plain = leaf_means(Y, TAGS, LEAVES, ONES)
    assert found.members.tolist() == plain.members.tolist()
    assert found.shrunk.theta == pytest.approx(plain.shrunk.theta, rel=1e-12)
    assert found.shrunk.sd == pytest.approx(plain.shrunk.sd, rel=1e-12)


def test_a_mapped_move_alone_has_four_times_the_variance():
    """The same move as a member of its own day would have a quarter."""
    mapped = np.arange(12) == 8

    found = leaf_means(Y, TAGS, LEAVES, ONES, mapped=mapped)

    plain = leaf_means(Y, TAGS, LEAVES, ONES)
    assert found.raw == pytest.approx(plain.raw, rel=1e-12)
    ratio = found.shrunk.variance / plain.shrunk.variance
    assert ratio == pytest.approx([1, 1, 4, 1], rel=1e-12)


def test_mapped_names_do_not_make_a_segment_pure():
    """Three pure names of the day and one mapped: the fifth, with 60%, stays in."""
    mapped = np.arange(12) == 3

    found = leaf_means(Y, TAGS, LEAVES, ONES, mapped=mapped)

    assert found.members[0] == 4
    assert found.raw[0] == pytest.approx(np.mean(Y[[0, 1, 2, 4]]), rel=1e-12)


@pytest.mark.parametrize("mapped", [None, 8, 6])
def test_leaving_one_out_equals_an_estimate_without_it(mapped):
    """Each row of the batch is what the other eleven give, deleted for good."""
    marks = None if mapped is None else np.arange(12) == mapped
    keep = 1 - np.eye(12)

    batch = leaf_means(Y, TAGS, LEAVES, ONES, mapped=marks, keep=keep)

    for i in range(12):
        rest = np.arange(12) != i
        alone = leaf_means(
            Y[rest],
            TAGS[rest],
            LEAVES,
            ONES[rest],
            mapped=None if marks is None else marks[rest],
        )
        assert batch.members[i].tolist() == alone.members.tolist()
        assert batch.raw[i] == pytest.approx(alone.raw, rel=1e-9, nan_ok=True)
        assert batch.shrunk.theta[i] == pytest.approx(alone.shrunk.theta, rel=1e-9)
        assert batch.shrunk.sd[i] == pytest.approx(alone.shrunk.sd, rel=1e-9)


def test_leaving_out_the_last_member_lets_the_mapped_one_in():
    """Without the only name of its day a published move is all there is."""
    tags, y = np.vstack([TAGS, [0, 0, 1.0, 0]]), np.append(Y, -0.3)
    mapped = np.arange(13) == 12
    keep = np.ones((1, 13))
    keep[0, 8] = 0

    found = leaf_means(y, tags, LEAVES, np.ones(13), mapped=mapped, keep=keep)

    rest = np.arange(13) != 8
    alone = leaf_means(y[rest], tags[rest], LEAVES, np.ones(12), mapped=mapped[rest])
    assert alone.raw[2] == -0.3
    assert found.raw[0, 2] == pytest.approx(-0.3, rel=1e-12)


@settings(deadline=None)
@given(st.permutations(range(12)), st.permutations(range(4)))
def test_neither_the_order_of_rows_nor_of_segments_matters(rows, columns):
    """Shuffled securities and renamed segments give the same shocks."""
    found = leaf_means(
        Y[rows],
        TAGS[np.ix_(rows, columns)],
        Leaves(LEAVES.groups[columns], LEAVES.theme[columns]),
        ONES,
    )

    plain = leaf_means(Y, TAGS, LEAVES, ONES)
    assert found.raw == pytest.approx(plain.raw[columns], rel=1e-9)
    assert found.shrunk.theta == pytest.approx(plain.shrunk.theta[columns], rel=1e-9)
    assert found.shrunk.sd == pytest.approx(plain.shrunk.sd[columns], rel=1e-9)
