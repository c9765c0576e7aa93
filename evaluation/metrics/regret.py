"""Regret: against a certificate, and against the play that one could have made (external, internal, swap).

Regret against sequences of actions stands in `dynamic`, against opponents that would have reacted in `policy_regret`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...envs.core.certificate import Certificate
from ...envs.core.distributions import check_distributions


def per_step_regret(certificate: Certificate, achieved: ArrayLike) -> np.ndarray:
    """Return optimum minus achieved, entry by entry, in the certificate's unit (for a gap: the gap itself).

    ``achieved`` has any shape; an entry is what the certificate's unit counts, the reward of a step under a gain,
    the return of an episode under a return. Raises ValueError for values that are not finite.
    """
    values: Any = finite(achieved, "achieved")
    return np.asarray(certificate.regret(values))


def cumulative_regret(certificate: Certificate, achieved: ArrayLike) -> np.ndarray:
    """Return the running sum of `per_step_regret` along the last axis: n optima minus the first n entries."""
    return np.cumsum(per_step_regret(certificate, achieved), axis=-1)


def normalised_score(certificate: Certificate, achieved: ArrayLike) -> np.ndarray:
    """Return (achieved - random) / (optimal - random): 0 is uniform random play, 1 the certified optimum.

    It is not clipped. Raises ValueError for a gap, and where random play is optimal.
    """
    values: Any = finite(achieved, "achieved")
    return np.asarray(certificate.normalised(values))


def utilities_of_play(payoffs: ArrayLike, actions: ArrayLike, player: int) -> np.ndarray:
    """Return what each own action would have paid in every round, against what the others played.

    Parameters
    ----------
    payoffs : the player's own payoff tensor; axis k is player k's action.
    actions : integer (rounds, players), what was played.
    player : whose, from 0.

    Returns
    -------
    float64 (rounds, actions of ``player``), the ``utilities`` of the regrets.
    """
    payoffs, played = finite(payoffs, "payoffs"), np.asarray(actions)
    if not 0 <= player < payoffs.ndim:
        raise ValueError(f"player must be from 0 to {payoffs.ndim - 1}, not {player}")
    if played.ndim != 2 or played.shape[1] != payoffs.ndim or not np.issubdtype(played.dtype, np.integer):
        raise ValueError(f"actions must be integer (rounds, {payoffs.ndim}), not {played.dtype} {played.shape}")
    if np.any(played < 0) or np.any(played >= payoffs.shape):
        raise ValueError(f"actions must lie from 0 to below {payoffs.shape} in every round")
    others = np.delete(played, player, axis=1)
    return np.moveaxis(payoffs, player, -1)[tuple(others.T)]


def deviation_gains(utilities: ArrayLike, strategies: ArrayLike) -> np.ndarray:
    """Return what each deviation would have gained: entry (a, b) is sum over t of x_t(a) (u_t(b) - u_t(a)).

    The three regrets are functions of this matrix. They are sums over rounds; divide by the number of rounds for
    averages.

    Parameters
    ----------
    utilities : (rounds, actions), u_t(a): what each own action would have paid in each round.
    strategies : (rounds, actions), x_t: the mixed action of each round; a row with a single 1 is a realised action.

    Returns
    -------
    array (actions, actions), with a diagonal of zeros.
    """
    utilities, strategies = check_rounds(utilities, strategies)
    return _minus_diagonal(strategies.T @ utilities)


def cumulative_deviation_gains(utilities: ArrayLike, strategies: ArrayLike) -> np.ndarray:
    """Return the matrix of `deviation_gains` after every round, (rounds, actions, actions): regrets of it are curves.

    Parameters are those of `deviation_gains`, the last entry is its matrix.
    """
    utilities, strategies = check_rounds(utilities, strategies)
    return np.cumsum(strategies[:, :, None] * (utilities[:, None, :] - utilities[:, :, None]), axis=0)


def deviation_gains_of_play(payoffs: ArrayLike, counts: ArrayLike, player: int) -> np.ndarray:
    """Return the matrix of `deviation_gains` for realised play of a game.

    Parameters
    ----------
    payoffs : the player's own payoff tensor; axis k is player k's action.
    counts : same shape, how often each joint action was played. With frequencies instead of counts (see
        `regretlab.solvers.normal_form.empirical_joint`) the regrets are averages, and the swap regret is the player's
        term of the CE gap of that distribution.
    player : whose regret, from 0.
    """
    payoffs, counts = finite(payoffs, "payoffs"), finite(counts, "counts")
    if payoffs.shape != counts.shape:
        raise ValueError(f"payoffs and counts must have the same shape, not {payoffs.shape} and {counts.shape}")
    if not 0 <= player < payoffs.ndim:
        raise ValueError(f"player must be from 0 to {payoffs.ndim - 1}, not {player}")
    if np.any(counts < 0) or not np.any(counts):
        raise ValueError("counts must hold no negative entry, and at least one positive")
    own = payoffs.shape[player]
    utilities = np.moveaxis(payoffs, player, 0).reshape(own, -1)
    played = np.moveaxis(counts, player, 0).reshape(own, -1)
    return _minus_diagonal(played @ utilities.T)


def external_regret(gains: ArrayLike) -> np.ndarray:
    """Return max over b of the sum over a of ``gains[a, b]``: against the best fixed action in hindsight.

    ``gains`` comes from `deviation_gains` or `deviation_gains_of_play`, for a number, or from
    `cumulative_deviation_gains`, for the curve (rounds,) of which the last value is that number; so for the regrets
    below. It is negative where changing actions beat every fixed one.
    """
    return _gains(gains).sum(axis=-2).max(axis=-1)


def internal_regret(gains: ArrayLike) -> np.ndarray:
    """Return the best single replacement of a by b, max over a and b of ``gains[a, b]``.

    Replacing nothing (a = b) is allowed, so that it is never negative and
    internal <= swap <= number of actions * internal always holds.
    """
    return _gains(gains).max(axis=(-2, -1))


def swap_regret(gains: ArrayLike) -> np.ndarray:
    """Return the best replacement of every action at once, sum over a of max over b of ``gains[a, b]``."""
    return _gains(gains).max(axis=-1).sum(axis=-1)


def check_rounds(utilities: ArrayLike, strategies: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return both as float64 (rounds, actions); ValueError for other shapes or a strategy that is none, naming it."""
    utilities, strategies = finite(utilities, "utilities"), np.asarray(strategies, np.float64)
    if utilities.ndim != 2 or utilities.shape != strategies.shape:
        raise ValueError(
            f"utilities and strategies must both have the shape (rounds, actions), "
            f"not {utilities.shape} and {strategies.shape}"
        )
    return utilities, check_distributions(strategies, "strategies")


def _minus_diagonal(matrix: np.ndarray) -> np.ndarray:
    return matrix - np.diagonal(matrix)[:, None]


def _gains(gains: ArrayLike) -> np.ndarray:
    matrix = finite(gains, "gains")
    square = matrix.ndim >= 2 and matrix.shape[-2] == matrix.shape[-1]
    if not square or np.any(np.diagonal(matrix, axis1=-2, axis2=-1)):
        raise ValueError(f"gains must be square matrices with diagonals of zeros, not of shape {matrix.shape}")
    return matrix


def finite(values: ArrayLike, name: str) -> np.ndarray:
    """Return ``values`` as float64; ValueError, naming the argument, for none or one that is not finite."""
    data = np.asarray(values, np.float64)
    if data.size == 0 or not np.all(np.isfinite(data)):
        raise ValueError(f"{name} must hold finite numbers, at least one, not {values!r}")
    return data
