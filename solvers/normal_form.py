"""How far play is from equilibrium in a game given by its payoff tensor.

``payoffs`` has the shape (n, A_1, ..., A_n): ``payoffs[i, a_1, ..., a_n]`` is what player i gets, and the axes after
the first are the players' actions in order, the same for every player. A *profile* is one distribution a player
(independent play); a *joint* distribution has the shape (A_1, ..., A_n) and may be correlated.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..envs.core.distributions import as_numbers, check_distributions


def expected_payoffs(payoffs: np.ndarray, profile: Sequence[np.ndarray]) -> np.ndarray:
    """Return every player's expected payoff (n,) under a mixed profile.

    Raises
    ------
    ValueError
        when ``payoffs`` or ``profile`` has the wrong shape, NaN, or entries that are no probabilities.
    """
    payoffs, profile = check_payoffs(payoffs), check_profile(payoffs, profile)
    return np.array([_action_values(payoffs, profile, player) @ profile[player] for player in range(len(payoffs))])


def action_values(payoffs: np.ndarray, profile: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return for every player the payoff (A_i,) of each own action when the others play their part of the profile.

    Raises
    ------
    ValueError
        as `expected_payoffs`.
    """
    payoffs, profile = check_payoffs(payoffs), check_profile(payoffs, profile)
    return [_action_values(payoffs, profile, player) for player in range(len(payoffs))]


def deviation_gains(payoffs: np.ndarray, profile: Sequence[np.ndarray]) -> np.ndarray:
    """Return what every player (n,) would gain by the best reply to the others; all are 0 at a Nash equilibrium.

    Raises
    ------
    ValueError
        as `expected_payoffs`.
    """
    payoffs, profile = check_payoffs(payoffs), check_profile(payoffs, profile)
    values = [_action_values(payoffs, profile, player) for player in range(len(payoffs))]
    return np.array([max(0.0, own.max() - own @ x) for own, x in zip(values, profile, strict=True)])


def nash_conv(payoffs: np.ndarray, profile: Sequence[np.ndarray]) -> float:
    """Return NashConv, the sum of the players' `deviation_gains`: 0 exactly at Nash equilibria.

    Source: Lanctot et al., A unified game-theoretic approach to multiagent reinforcement learning, NeurIPS 2017.

    Raises
    ------
    ValueError
        as `expected_payoffs`.
    """
    return float(deviation_gains(payoffs, profile).sum())


def largest_pure_nash_conv(payoffs: np.ndarray) -> float:
    """Return the largest NashConv that a pure profile has, the yardstick of a game's gaps.

    NashConv is convex in each player's distribution, so that no mixed profile has a larger one.

    Raises
    ------
    ValueError
        when ``payoffs`` has the wrong shape or NaN.
    """
    return float(_pure_gains(check_payoffs(payoffs)).sum(axis=0).max())


def pure_nash(payoffs: np.ndarray, tolerance: float = 0.0) -> list[tuple[int, ...]]:
    """Return all pure Nash equilibria: profiles of actions in which nobody gains more than ``tolerance`` by deviating.

    Raises
    ------
    ValueError
        when ``payoffs`` has the wrong shape or NaN.
    """
    stable = (_pure_gains(check_payoffs(payoffs)) <= tolerance).all(axis=0)
    return [tuple(int(action) for action in profile) for profile in np.argwhere(stable)]


def joint_payoffs(payoffs: np.ndarray, joint: np.ndarray) -> np.ndarray:
    """Return every player's expected payoff (n,) under a joint distribution.

    Raises
    ------
    ValueError
        when ``payoffs`` or ``joint`` has the wrong shape, NaN, or entries that are no probabilities.
    """
    payoffs = check_payoffs(payoffs)
    return payoffs.reshape(len(payoffs), -1) @ check_joint(payoffs, joint).ravel()


def cce_gap(payoffs: np.ndarray, joint: np.ndarray) -> float:
    """Return how far a joint distribution is from a coarse correlated equilibrium.

    Sum over players of what the best fixed action, chosen before the recommendation is seen, gains (at least 0).

    Raises
    ------
    ValueError
        as `joint_payoffs`.
    """
    return float(sum(max(0.0, own.sum(axis=0).max()) for own in swap_gains(payoffs, joint)))


def ce_gap(payoffs: np.ndarray, joint: np.ndarray) -> float:
    """Return how far a joint distribution is from a correlated equilibrium (swap form).

    Sum over players and recommended actions of what the best other action gains, weighted with the probability of
    the recommendation (at least 0). A player's part is its swap regret a round when ``joint`` is the empirical play.

    Raises
    ------
    ValueError
        as `joint_payoffs`.
    """
    return float(sum(own.max(axis=1).sum() for own in swap_gains(payoffs, joint)))


def swap_gains(payoffs: np.ndarray, joint: np.ndarray) -> list[np.ndarray]:
    """Return for every player the gain (A_i, A_i) from playing column b whenever row a is recommended.

    It is weighted with the probability of the recommendation; the diagonal is 0. A column's sum is the gain from
    always playing b.

    Raises
    ------
    ValueError
        as `joint_payoffs`.
    """
    payoffs = check_payoffs(payoffs)
    joint = check_joint(payoffs, joint)
    return [_swaps(payoffs, joint, player) for player in range(len(payoffs))]


def uniform_profile(payoffs: np.ndarray) -> list[np.ndarray]:
    """Return the profile in which every player plays every action with equal probability.

    Raises
    ------
    ValueError
        when ``payoffs`` has the wrong shape or NaN.
    """
    return [np.full(size, 1.0 / size) for size in check_payoffs(payoffs).shape[1:]]


def product_joint(profile: Sequence[np.ndarray]) -> np.ndarray:
    """Return the joint distribution (A_1, ..., A_n) of independent play."""
    joint = np.ones(())
    for x in profile:
        joint = np.multiply.outer(joint, np.asarray(x, np.float64))
    return joint


def marginals(joint: np.ndarray) -> list[np.ndarray]:
    """Return the profile of the players' own frequencies in a joint distribution."""
    joint = np.asarray(joint, np.float64)
    axes = range(joint.ndim)
    return [joint.sum(axis=tuple(other for other in axes if other != player)) for player in axes]


def empirical_joint(actions: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """Return the frequencies (A_1, ..., A_n) of the joint actions that were played.

    Parameters
    ----------
    actions : integer (T, n), the players' actions in T rounds.
    sizes : the numbers of actions (A_1, ..., A_n).

    Raises
    ------
    ValueError
        for no rounds, another shape or dtype, or an action that does not exist.
    """
    actions, sizes = np.asarray(actions), tuple(int(size) for size in sizes)
    if actions.ndim != 2 or actions.shape[1] != len(sizes) or not np.issubdtype(actions.dtype, np.integer):
        raise ValueError(f"actions must be integer (T, {len(sizes)}), not {actions.dtype} {actions.shape}")
    if len(actions) == 0:
        raise ValueError("actions must hold at least one round")
    if np.any(actions < 0) or np.any(actions >= np.array(sizes)):
        raise ValueError(
            f"actions must lie from 0 to below {sizes}, and span {actions.min(axis=0)} to {actions.max(axis=0)}"
        )
    counts = np.bincount(np.ravel_multi_index(tuple(actions.T), sizes), minlength=int(np.prod(sizes)))
    return counts.reshape(sizes) / len(actions)


def check_payoffs(payoffs: np.ndarray) -> np.ndarray:
    """Return ``payoffs`` as float64, or raise a ValueError that names what is wrong with it."""
    payoffs = as_numbers(payoffs, "payoffs")
    if payoffs.ndim < 2 or payoffs.shape[0] != payoffs.ndim - 1 or payoffs.size == 0:
        raise ValueError(
            "payoffs must have the shape (n, A_1, ..., A_n), with one axis of actions for each of n players, "
            f"not {payoffs.shape}"
        )
    if not np.all(np.isfinite(payoffs)):
        raise ValueError(f"payoffs must be finite, and hold {int((~np.isfinite(payoffs)).sum())} entries that are not")
    return payoffs


def check_profile(payoffs: np.ndarray, profile: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return ``profile`` as float64 vectors that fit ``payoffs``, or raise a ValueError that names what is wrong."""
    if len(profile) != len(payoffs):
        raise ValueError(f"profile must hold one distribution for each of {len(payoffs)} players, not {len(profile)}")
    vectors = [as_numbers(x, f"profile[{player}]") for player, x in enumerate(profile)]
    for player, (x, size) in enumerate(zip(vectors, payoffs.shape[1:], strict=True)):
        if x.shape != (size,):
            raise ValueError(f"profile[{player}] must have the shape ({size},), not {x.shape}")
        check_distributions(x, f"profile[{player}]")
    return vectors


def check_joint(payoffs: np.ndarray, joint: np.ndarray) -> np.ndarray:
    """Return ``joint`` as float64 that fits ``payoffs``, or raise a ValueError that names what is wrong with it."""
    joint = as_numbers(joint, "joint")
    if joint.shape != payoffs.shape[1:]:
        raise ValueError(f"joint must have the shape {payoffs.shape[1:]}, not {joint.shape}")
    return check_distributions(joint, "joint", axis=None)


def _action_values(payoffs: np.ndarray, profile: list[np.ndarray], player: int) -> np.ndarray:
    values = payoffs[player]
    for other in reversed(range(len(profile))):  # from the last axis on, so that the numbers of the others stand
        if other != player:
            values = np.tensordot(values, profile[other], axes=(other, 0))
    return values


def _pure_gains(payoffs: np.ndarray) -> np.ndarray:
    """Return every player's gain (n, A_1, ..., A_n) from the best reply to each pure profile."""
    return np.stack([own.max(axis=player, keepdims=True) - own for player, own in enumerate(payoffs)])


def _swaps(payoffs: np.ndarray, joint: np.ndarray, player: int) -> np.ndarray:
    """Return the gain (A_i, A_i) from playing column b whenever row a is recommended, weighted with its probability."""
    size = joint.shape[player]
    own = np.moveaxis(payoffs[player], player, 0).reshape(size, -1)
    weight = np.moveaxis(joint, player, 0).reshape(size, -1)
    values = weight @ own.T
    return values - np.diag(values)[:, None]
