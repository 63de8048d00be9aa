"""Who is a member of a segment, and what its members did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor import shrinkage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

MEMBER, PURE, ENOUGH = 0.5, 0.75, 4
MEMBER_OF_REST = 0.95
# A move of another day, or one with no history beside it, counts for a quarter.
MAPPED_VARIANCE = 4.0


@dataclass(frozen=True)
class Leaves:
    """Group number (K,) of each segment and whether it is the theme's (K,)."""

    groups: Ints
    theme: Bools


@dataclass(frozen=True)
class LeafMeans:
    """What each leaf's members did; arrays have shape (..., K).

    ``members`` counts the lines, ``effective`` the equal ones that would be as
    sure, ``raw`` is their weighted mean abnormal return (NaN without members).
    """

    members: Floats
    effective: Floats
    raw: Floats
    shrunk: shrinkage.Shrunk


def lines_of(issuer: Ints) -> Floats:
    """Return 1 over the number of lines of the same issuer, shape (N,).

    Examples
    --------
    >>> lines_of(np.array([0, 1, 0])).tolist()
    [0.5, 1.0, 0.5]
    """
    result: Floats = 1.0 / np.bincount(issuer)[issuer]
    return result


def without_each(issuer: Ints) -> Floats:
    """Mark what is left without each line in turn, with the company's others, (N, N).

    A second share class would predict the first.

    Examples
    --------
    >>> without_each(np.array([0, 1, 0])).tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    result: Floats = (issuer[:, None] != issuer[None, :]).astype(np.float64)
    return result


def wide_and_pure(tags: Floats, leaves: Leaves) -> tuple[Floats, Floats]:
    """Mark who may be a member: by half of its business, and by three quarters.

    Outside the theme both ask for 0.95, so that no theme enters. Two arrays of
    shape (N, K), 1 for a member.
    """
    rows = np.arange(len(tags))
    main = np.argmax(tags, axis=1)
    share = tags[rows, main]
    wide, pure = np.zeros_like(tags), np.zeros_like(tags)
    theme = leaves.theme[main]
    wide[rows, main] = share >= np.where(theme, MEMBER, MEMBER_OF_REST)
    pure[rows, main] = share >= np.where(theme, PURE, MEMBER_OF_REST)
    return wide, pure


def members_of(tags: Floats, leaves: Leaves) -> Floats:
    """Mark the members of each leaf, shape (N, K); 0 is no member.

    A member has its largest fraction in the leaf: 0.75 at least where four such
    are found, else one half; 0.95 in the rest of the market.
    """
    wide, pure = wide_and_pure(tags, leaves)
    found: Floats = np.where(pure.sum(axis=0) >= ENOUGH, pure, wide)
    return found


def compositions(tags: Floats, leaves: Leaves, lines: Floats) -> Floats:
    """Return the mean fractions of each leaf's members, shape (K, K).

    A leaf without members is pure by definition: its row is the unit row. Weights
    are those of the shocks: ``lines`` (N,) counts share classes as one company.
    """
    weights = members_of(tags, leaves) * lines[:, None]
    total = weights.sum(axis=0)
    mean = weights.T @ tags / np.where(total > 0, total, 1.0)[:, None]
    result: Floats = np.where((total > 0)[:, None], mean, np.eye(len(total)))
    return result


def priors_of(tags: Floats, composition: Floats) -> Floats:
    """Turn fractions into sensitivities to the shocks of typical members, (N, K).

    ``x = t C^-1``, then at least 0 and scaled back to the row's sum. A shock is
    the mean of members that also do other things, ``theta = C f`` with f what pure
    businesses would do; ``t f = t C^-1 theta``. To multiply fractions by shocks
    would count the members' other business twice.

    Parameters
    ----------
    tags
        Shape (N, K), fractions of the business.
    composition
        Shape (K, K), C: the mean fractions of each leaf's members, rows sum to 1.

    Examples
    --------
    >>> c = np.array([[0.5, 0.5], [0.0, 1.0]])
    >>> priors_of(np.array([[0.5, 0.5], [0.25, 0.75]]), c).tolist()
    [[1.0, 0.0], [0.5, 0.5]]
    """
    raw = np.maximum(np.linalg.solve(composition.T, tags.T).T, 0.0)
    total = raw.sum(axis=1, keepdims=True)
    wanted = tags.sum(axis=1, keepdims=True)
    result: Floats = raw * wanted / np.where(total > 0, total, 1.0)
    return result


def leaf_means(
    abnormal: Floats,
    tags: Floats,
    leaves: Leaves,
    weights: Floats,
    *,
    mapped: Bools | None = None,
    keep: Floats | None = None,
) -> LeafMeans:
    """Average the abnormal returns of each leaf's members and shrink.

    ``f_k = sum w_i y_i / sum w_i`` over the members of leaf k;
    ``v_k = s_k^2 sum w_i^2 / (sum w_i)^2`` with the moderated variance s_k^2.

    Parameters
    ----------
    abnormal
        Shape (N,), abnormal event returns of the securities estimated on.
    tags
        Shape (N, K), fractions, rows sum to 1.
    leaves
        Group numbers and theme marks of the leaves.
    weights
        Shape (N,); equal weights are 1 over the number of lines of the same
        issuer, so that two share classes count as one company and none counts for
        more than a third where three or more issuers are members.
    mapped
        Shape (N,), observations that enter only where a leaf has no other, with
        four times the variance.
    keep
        Shape (B, N), 1 for the securities of each of B estimates; all in one by
        default. Leaving one out in turn is 1 minus the identity.
    """
    loose = np.zeros(len(abnormal), dtype=bool) if mapped is None else mapped
    wide, pure = wide_and_pure(tags, leaves)
    spare, wide, pure = (
        m * k[:, None] for m, k in ((wide, loose), (wide, ~loose), (pure, ~loose))
    )
    kept = np.ones((1, len(abnormal))) if keep is None else keep
    enough = kept @ pure >= ENOUGH
    empty = kept @ wide == 0

    def summed(column: Floats) -> Floats:
        one = column[:, None]
        own = np.where(enough, kept @ (pure * one), kept @ (wide * one))
        return np.where(empty, kept @ (spare * one), own)

    n, w = summed(np.ones_like(weights)), summed(weights)
    wy, w2 = summed(weights * abnormal), summed(weights**2)
    y, y2 = summed(abnormal), summed(abnormal**2)
    have = n > 0
    safe = np.where(have, w, 1.0)
    squares = w2 / safe**2
    many = n > 1
    inner = np.where(many, y2 - y**2 / np.where(have, n, 1.0), 0.0)
    spread = np.sqrt(np.maximum(inner, 0.0) / np.where(many, n - 1, 1.0))
    s2, _ = shrinkage.moderated_variances(n, spread)
    variance = s2 * squares * np.where(empty, MAPPED_VARIANCE, 1.0)
    effective = np.where(have, 1.0 / np.where(have, squares, 1.0), 0.0)
    raw = np.where(have, wy / safe, np.nan)
    if keep is None:
        n, effective, raw, variance = n[0], effective[0], raw[0], variance[0]
    shrunk = shrinkage.shrink(raw, n, variance, leaves.groups)
    return LeafMeans(n, effective, raw, shrunk)
