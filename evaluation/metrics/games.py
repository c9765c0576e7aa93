"""What play of a game was like: how far from equilibrium, how good for whom, how cooperative, and whether it cycles.

``payoffs`` is a tensor (n, A_0, ..., A_{n-1}); axis k + 1 is player k's action.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ...envs.core.distributions import check_distributions
from ...envs.games.strategies import PLACES
from ...solvers.normal_form import cce_gap, ce_gap, check_joint, check_payoffs, deviation_gains, marginals, nash_conv


class Cycle(NamedTuple):
    """A cycle of joint actions: the round in which it begins, from 0, and its length in rounds."""

    start: int
    period: int


def equilibrium_gaps(payoffs: np.ndarray, joint: np.ndarray) -> dict[str, float]:
    """Return every distance of a joint distribution of play from equilibrium, each under a name of its own.

    ``ce_gap`` and ``cce_gap`` are those of the joint distribution; ``nash_conv_of_marginals`` and ``largest_gain``
    those of the profile of its marginals, play that is as frequent and not correlated. The CCE gap may be 0 where
    NashConv is not (Shapley's game), and the reverse.

    Raises
    ------
    ValueError
        for a tensor or a distribution that is none.
    """
    payoffs = check_payoffs(payoffs)
    gains = deviation_gains(payoffs, marginals(check_joint(payoffs, joint)))
    return {
        "nash_conv_of_marginals": float(gains.sum()),
        "largest_gain": float(gains.max()),
        "ce_gap": ce_gap(payoffs, joint),
        "cce_gap": cce_gap(payoffs, joint),
    }


def iterate_gaps(payoffs: np.ndarray, policies: Sequence[ArrayLike]) -> dict[str, float]:
    """Return NashConv of the time average and of the last iterate of a sequence of mixed actions.

    Parameters
    ----------
    payoffs : the game.
    policies : one a player, float (rounds, A_k), the mixed action of each round.

    Returns
    -------
    dict with ``time_average`` and ``last_iterate``.

    Raises
    ------
    ValueError
        for a tensor or mixed actions that are none, or players that have not as many rounds.
    """
    tables = [np.asarray(each, np.float64) for each in policies]
    if len({len(table) for table in tables if table.ndim == 2}) != 1 or any(table.ndim != 2 for table in tables):
        shapes = [table.shape for table in tables]
        raise ValueError(f"policies must have the shape (rounds, actions) and as many rounds, not {shapes}")
    return {
        "time_average": nash_conv(payoffs, [table.mean(axis=0) for table in tables]),
        "last_iterate": nash_conv(payoffs, [table[-1] for table in tables]),
    }


def welfare(returns: ArrayLike) -> float:
    """Return the sum of the players' ``returns`` (n,)."""
    return float(_returns(returns).sum())


def egalitarian_welfare(returns: ArrayLike) -> float:
    """Return the least of the players' ``returns`` (n,)."""
    return float(_returns(returns).min())


def equality(returns: ArrayLike, low: float = 0.0) -> float:
    """Return 1 minus the Gini coefficient, 1 - sum |R_i - R_j| / (2 n sum R): 1 where all have the same, 1/n at worst.

    Source: Perolat et al., A multi-agent reinforcement learning model of common-pool resource appropriation, NeurIPS
    2017.

    Parameters
    ----------
    returns : (n,), one a player.
    low : the least return that the game allows, which is counted as 0; a Gini coefficient needs returns from 0.

    Raises
    ------
    ValueError
        for returns below ``low``, and where all are equal to it and there is nothing to share.
    """
    shares, rounding = _returns(returns) - low, 1e-9 * max(1.0, abs(low))
    if np.any(shares < -rounding):
        raise ValueError(f"returns must be at least low={low}, not {shares.min() + low}")
    if shares.sum() <= rounding:
        raise ValueError(f"equality is undefined where every return is the least possible, low={low}")
    shares = np.maximum(shares, 0.0)
    return float(1 - np.abs(shares[:, None] - shares).sum() / (2 * len(shares) * shares.sum()))


def cooperation_rate(joint: np.ndarray, cooperate: int = 0) -> np.ndarray:
    """Return in what share of the rounds each player cooperated (n,), given how play was distributed.

    Parameters
    ----------
    joint : float (A_0, ..., A_{n-1}), see `regretlab.solvers.normal_form.empirical_joint`.
    cooperate : the number of the action that is called so, the same for every player.

    Raises
    ------
    ValueError
        for a distribution that is none, or an action that some player does not have.
    """
    joint = check_distributions(joint, "joint", axis=None)
    if not 0 <= cooperate < min(joint.shape):
        raise ValueError(f"cooperate must be an action of every player, 0 to {min(joint.shape) - 1}, not {cooperate}")
    return np.array([own[cooperate] for own in marginals(joint)])


def conditional_cooperation(
    actions: ArrayLike, player: int = 0, *, begins: ArrayLike | None = None, cooperate: int = 0
) -> dict[str, float]:
    """Return how often a player of two cooperated in the first round and after CC, CD, DC and DD, its own action first.

    These are the frequencies that estimate its strategy of memory one, see `regretlab.envs.games.strategies`. A
    condition that never came is left out: nothing is known about it.

    Parameters
    ----------
    actions : integer (rounds, 2), what was played.
    player : whose, 0 or 1.
    begins : bool (rounds,), the rounds with which an episode begins; default the first only.
    cooperate : the number of the action that counts as C; every other counts as D.

    Raises
    ------
    ValueError
        for play that is not of two players, no rounds, or ``begins`` of another shape.
    """
    played = _played(actions)
    if played.shape[1] != 2 or player not in (0, 1):
        raise ValueError(f"conditional cooperation is for player 0 or 1 of two, not {player} of {played.shape[1]}")
    first = np.arange(len(played)) == 0 if begins is None else np.asarray(begins)
    if first.shape != (len(played),) or first.dtype != bool or not first[0]:
        raise ValueError(f"begins must be bool ({len(played)},), the first entry True, not {first.dtype} {first.shape}")
    defects = played != cooperate
    own, other = defects[:, player], defects[:, 1 - player]
    place = np.where(first, 0, 1 + np.roll(2 * own + other, 1))
    return {name: float(1 - own[place == k].mean()) for k, name in enumerate(PLACES) if np.any(place == k)}


def pareto_efficient(payoffs: np.ndarray) -> np.ndarray:
    """Return which joint actions are Pareto efficient, bool (A_0, ..., A_{n-1}).

    A joint action is not when another pays nobody less and somebody more. Mixtures of joint actions do not count.
    """
    payoffs = check_payoffs(payoffs)
    points = payoffs.reshape(len(payoffs), -1).T
    efficient = [not np.any(np.all(points >= own, axis=1) & np.any(points > own, axis=1)) for own in points]
    return np.array(efficient).reshape(payoffs.shape[1:])


def pareto_efficiency(payoffs: np.ndarray, joint: np.ndarray) -> float:
    """Return the share of play, a joint distribution (A_0, ..., A_{n-1}), that fell on `pareto_efficient` actions."""
    payoffs = check_payoffs(payoffs)
    return float(check_joint(payoffs, joint)[pareto_efficient(payoffs)].sum())


def find_cycle(actions: ArrayLike) -> Cycle:
    """Return the cycle in which play ended.

    A joint action that comes back does not prove a cycle, for players remember more; so the cycle must have come
    twice at least and filled half of the record. Of several the one that began first counts, then the shortest.

    Parameters
    ----------
    actions : integer (rounds, n), what was played.

    Raises
    ------
    ValueError
        where there is none: play that is no cycle, or a record that is too short to show it.
    """
    played = _played(actions)
    backwards = np.unique(played, axis=0, return_inverse=True)[1].ravel()[::-1].tolist()
    rounds = len(backwards)
    agreed = _agreements(backwards)
    found = [Cycle(rounds - p - agreed[p], p) for p in range(1, rounds // 2 + 1) if agreed[p] >= p]
    if not found or min(found).start > rounds // 2:
        raise ValueError(f"no cycle fills the last half of the {rounds} rounds and comes twice")
    return min(found)


def basin_frequencies(ends: ArrayLike, attractors: ArrayLike, tolerance: float) -> np.ndarray:
    """Return in what share of the runs from random starts each attractor was the end: the sizes of its basin.

    Shares (attractors,) sum to 1 less the share of the runs that ended elsewhere. For dynamics in continuous time
    `regretlab.solvers.basins` finds the attractors too.

    Parameters
    ----------
    ends : float (runs, dimensions), where each run ended, for instance all players' mixed actions side by side.
    attractors : float (attractors, dimensions), such as the equilibria.
    tolerance : a run belongs to the nearest attractor, if no coordinate is farther from it than this.

    Raises
    ------
    ValueError
        for other shapes, no runs, numbers that are not finite, or a tolerance that is not positive.
    """
    runs, points = np.asarray(ends, np.float64), np.asarray(attractors, np.float64)
    if runs.ndim != 2 or points.ndim != 2 or runs.shape[1] != points.shape[1] or 0 in (len(runs), len(points)):
        raise ValueError(f"ends and attractors must be (runs, d) and (attractors, d), not {runs.shape}, {points.shape}")
    if not (np.all(np.isfinite(runs)) and np.all(np.isfinite(points)) and tolerance > 0):
        raise ValueError(f"ends and attractors must be finite and tolerance positive, not {tolerance}")
    distances = np.abs(runs[:, None, :] - points).max(axis=2)
    nearest = np.where(distances.min(axis=1) <= tolerance, distances.argmin(axis=1), len(points))
    return np.bincount(nearest, minlength=len(points) + 1)[:-1] / len(runs)


def _agreements(sequence: list[int]) -> list[int]:
    """Return for every shift how many entries of the sequence from the shift on agree with those from the beginning.

    This is the Z function (Gusfield, Algorithms on Strings, Trees and Sequences, 1997, section 1.4), in linear time.
    """
    length = len(sequence)
    agreed, left, right = [length] + [0] * (length - 1), 0, 0  # sequence[left:right] agrees with the beginning
    for k in range(1, length):
        count = min(right - k, agreed[k - left]) if k < right else 0
        while k + count < length and sequence[count] == sequence[k + count]:
            count += 1
        agreed[k] = count
        if k + count > right:
            left, right = k, k + count
    return agreed


def _played(actions: ArrayLike) -> np.ndarray:
    played = np.asarray(actions)
    if played.ndim != 2 or played.size == 0 or not np.issubdtype(played.dtype, np.integer):
        raise ValueError(f"actions must be integer (rounds, players), not {played.dtype} {played.shape}")
    return played


def _returns(returns: ArrayLike) -> np.ndarray:
    values = np.asarray(returns, np.float64)
    if values.ndim != 1 or len(values) == 0 or not np.all(np.isfinite(values)):
        raise ValueError(f"returns must be finite numbers, one a player, not {returns!r}")
    return values
